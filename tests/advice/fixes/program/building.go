package corpus

// Row: += of strings in a loop.

import (
	"strconv"
	"strings"
)

func FixedBuilt(xs []string) string {
	s := ""
	for _, x := range xs {
		s += x + ","
	}
	return s
}

func FixedBegun(xs []string) (string, int) {
	line := "begin "
	for i, x := range xs {
		if i > 0 {
			line += ", "
		}
		line = line + x
	}
	line += "."
	return line, len(line)
}

func FixedOuter(rows [][]string) string {
	var text string
	for _, row := range rows {
		for _, cell := range row {
			text += cell
		}
		text += "\n"
	}
	return strings.TrimSpace(text)
}

func KeptRead(xs []string) string {
	s := ""
	for _, x := range xs {
		if len(s) > 3 {
			s += "|"
		}
		s += x
	}
	return s
}

func KeptReturned(xs []string) string {
	s := ""
	for _, x := range xs {
		s += x
		if x == "" {
			return s
		}
	}
	return s
}

func KeptFront(xs []string) string {
	s := ""
	for _, x := range xs {
		s = x + s
	}
	return s
}

func FixedBareResult(xs []string) (s string) {
	for _, x := range xs {
		s += x
	}
	return
}

func KeptSeen(xs []string) string {
	s := ""
	see := func() int { return len(s) }
	for _, x := range xs {
		s += x
	}
	if see() == 0 {
		return "none"
	}
	return s
}

var told = "first"

//go:noinline
func tell(x string) string {
	told = x
	return x
}

func FixedCalls(xs []string) string {
	s := ""
	for i, x := range xs {
		s += x + tell(x) + ","
		s += strconv.Itoa(i) + strings.TrimSpace(x)
	}
	return s
}

func KeptToldBefore(xs []string) string {
	s := ""
	for _, x := range xs {
		s += told + tell(x)
	}
	return s
}

func KeptChangedTerm(xs []string) string {
	s, last := "", "first"
	set := func(x string) string { last = x; return x }
	for _, x := range xs {
		s += last + set(x)
	}
	return s
}

func KeptConverted(xs []string) string {
	s := ""
	b := []byte("first")
	for _, x := range xs {
		s += string(b) + string(rune('a'+clobber(b))) + x
	}
	return s
}

func FixedNamedResult(words []string) (n int, out string) {
	for i := 0; i < 3; i++ {
		for _, w := range words {
			out += w + "-"
		}
	}
	return len(words), out + "."
}

func KeptBareReturn2(words []string) (out string) {
	for _, w := range words {
		out += w
		if len(w) > 4 {
			return
		}
	}
	return
}

func KeptDeferredResult(words []string) (out string) {
	defer func() { out += "!" }()
	for _, w := range words {
		out += w
	}
	return
}

func init() {
	words := strings.Fields("some words that make a text of more than a few letters, one by one")
	Cases["FixedBuilt"] = func() any { return FixedBuilt(words) }
	Cases["FixedBegun"] = func() any {
		s, n := FixedBegun(words)
		return s + FixedNumber(n)
	}
	Cases["FixedOuter"] = func() any { return FixedOuter([][]string{words, words}) }
	Cases["FixedCalls"] = func() any { return FixedCalls(words) }
	Cases["FixedBareResult"] = func() any { return FixedBareResult(words) }
	Cases["FixedNamedResult"] = func() any {
		n, s := FixedNamedResult(words)
		return s + FixedNumber(n)
	}
	Cases["KeptResults"] = func() any { return KeptBareReturn2(words) + KeptDeferredResult(words) }
	Cases["KeptOrder"] = func() any {
		told = "first"
		return KeptToldBefore(words) + KeptChangedTerm(words) + KeptConverted(words)
	}
	Cases["KeptBuilding"] = func() any {
		return KeptRead(words) + KeptReturned(words) + KeptFront(words) + KeptSeen(words)
	}
}
