package corpus

// Row: a buffer made in each iteration.

// Earlier releases say of every slice of unknown size that it escapes.
// since go1.25

import "bytes"

func FixedRounds(xs []string, text string) int {
	t := 0
	for _, x := range xs {
		b := make([]byte, len(text))
		b[0] ^= 1
		copy(b[1:], x)
		t += bytes.Count(b, []byte{'a'})
	}
	return t
}

func FixedMeasured(xs []string, head []byte) int {
	t := 0
	for i := 0; i < len(xs); i++ {
		b := make([]uint32, len(head))
		for j := range b {
			b[j] += uint32(j)
		}
		t += sum(b)
	}
	return t
}

func KeptGuarded(xs []string, n int, text string) int {
	t := 0
	for _, x := range xs {
		if n < 0 || n > 1<<40 {
			return -1
		}
		b := make([]byte, n)
		copy(b, x)
		t += bytes.Count(b, []byte{'a'})
	}
	for _, x := range xs {
		if text == "" {
			continue
		}
		b := make([]byte, len(text))
		copy(b, x)
		t += bytes.Count(b, []byte{'a'})
	}
	return t
}

func KeptNoRounds(xs []string, n int) (t int) {
	defer func() { recover() }()
	for _, x := range xs {
		t++
		_ = x
	}
	for range xs[:0] {
		b := make([]byte, n)
		t += bytes.Count(b, []byte{'a'})
	}
	return t
}

func sum(b []uint32) int {
	t := 0
	for i, x := range b {
		t += int(x)
		b[i] = 7
	}
	return t
}

func part(b []byte) []byte { return b[1:] }

func KeptParts(xs []string, n int) int {
	all := make([][]byte, 0, 8)
	for _, x := range xs {
		b := make([]byte, n)
		copy(b, x)
		all = append(all, part(b))
	}
	t := 0
	for _, b := range all {
		t += int(b[0])
	}
	return t
}

func KeptChangingLength(xs []string, n int) int {
	t := 0
	for _, x := range xs {
		b := make([]byte, n)
		t += bytes.Count(b, []byte{'a'}) + len(x)
		n++
	}
	return t
}

func KeptPointers(xs []string, n int) int {
	all := make([]*byte, 0, 8)
	for _, x := range xs {
		b := make([]byte, n)
		copy(b, x)
		all = append(all, &b[0])
	}
	return int(*all[0])
}

func KeptShadow(xs []string, b []byte, n int) int {
	t := 0
	for range xs {
		b := make([]byte, n)
		t += bytes.Count(b, []byte{'a'})
	}
	return t + len(b)
}

func init() {
	xs := []string{long, long, "x", "yy"}
	Cases["FixedRounds"] = func() any { return FixedRounds(xs, long+long) }
	Cases["FixedMeasured"] = func() any { return FixedMeasured(xs, []byte(long)) }
	Cases["KeptRounds"] = func() any {
		return []int{KeptParts(xs, 100), KeptChangingLength(xs, 90), KeptPointers(xs, 80), KeptShadow(xs, nil, 70),
			KeptGuarded(xs, -1, ""), KeptNoRounds(xs, -1)}
	}
}
