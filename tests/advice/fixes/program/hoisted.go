package corpus

// Row: a buffer made in each iteration.

import "bytes"

func FixedHoisted(xs []string, text string) (n int) {
	for _, x := range xs {
		b := make([]byte, len(text))
		copy(b, x)
		b[0] |= 0x20
		n += bytes.Count(b, []byte{'a'})
		if string(b[:1]) == "z" {
			break
		}
	}
	return n
}

func KeptHoisted(xs []string, text string) [][]byte {
	all := make([][]byte, 0, len(xs))
	for _, x := range xs {
		b := make([]byte, len(text))
		copy(b, x)
		all = append(all, bytes.TrimSpace(b))
	}
	return all
}

func init() {
	xs := []string{long, long, "x", "yy"}
	Cases["FixedHoisted"] = func() any { return FixedHoisted(xs, long+long) + FixedHoisted(nil, "") }
	Cases["KeptHoisted"] = func() any { return KeptHoisted(xs, "four") }
}
