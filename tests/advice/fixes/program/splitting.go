package corpus

// Row: strings.Split only ranged over.

// Go 1.24 does not inline what ranges over the parts.
// since go1.25

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
)

//go:noinline
func FixedSplit(s string) int {
	n := 0
	for _, part := range strings.Split(s, ",") {
		if part == "" {
			continue
		}
		if part == "stop" {
			break
		}
		n += len(part)
	}
	return n
}

//go:noinline
func FixedSplitVariable(s string) (first string, err error) {
	parts := strings.Split(s, ",")
	n := strings.Count(s, ",")
	for _, part := range parts {
		if n > 3 && part != "" {
			return part, nil
		}
		first += part[:min(len(part), 1)]
	}
	return first, nil
}

//go:noinline
func FixedFields(s string) (n int) {
outer:
	for _, word := range strings.Fields(s) {
		for _, part := range strings.SplitAfter(word, ",") {
			if part == "" {
				continue outer
			}
			n += len(part)
			s = part
		}
	}
	return n + len(s)
}

//go:noinline
func FixedSplitAssigned(s string) string {
	var part string
	for _, part = range strings.Split(s, ",") {
		if len(part) > 10 {
			break
		}
	}
	return part
}

//go:noinline
func FixedSplitRounds(s string) (n int) {
	for range strings.Split(s, ",") {
		n++
	}
	return n
}

//go:noinline
func KeptSplitIndex(s string) (n int) {
	for i, part := range strings.Split(s, ",") {
		n += i * len(part)
	}
	for i := range strings.Split(s, ",") {
		n += i
	}
	return n
}

//go:noinline
func KeptSplitSorted(s string) (n int) {
	parts := strings.Split(s, ",")
	sort.Strings(parts)
	for _, part := range parts {
		n += len(part)
	}
	return n
}

//go:noinline
func KeptSplitTwice(s string) (n int) {
	parts := strings.Split(s, ",")
	for range 2 {
		for _, part := range parts {
			n += len(part) + len(parts)
		}
	}
	return n
}

//go:noinline
func OtherSplitDeferred(s string) (n int) {
	for _, part := range strings.Split(s, ",") {
		defer func() { n += len(part) }()
	}
	return n
}

//go:noinline
func KeptSplitClosures(s string) []func() string {
	all := make([]func() string, 0, 9)
	for _, part := range strings.Split(s, ",") {
		all = append(all, func() string { return part })
	}
	return all
}

//go:noinline
func KeptSplitBytes(b []byte) (n int) {
	for _, part := range bytes.Split(b, []byte(",")) {
		n += len(part)
		b[0] = ','
	}
	return n
}

type splitter struct{}

func (splitter) Split(s, sep string) []string { return []string{s, sep} }

func KeptSplitOther(s string) (n int) {
	strings := splitter{}
	for _, part := range strings.Split(s, ",") {
		n += len(part)
	}
	return n
}

func init() {
	s := "a,bb,,ccc,a part that is longer,stop,x"
	Cases["FixedSplit"] = func() any { return FixedSplit(s) }
	Cases["FixedSplitVariable"] = func() any {
		first, err := FixedSplitVariable(s)
		return fmt.Sprint(first, err)
	}
	Cases["FixedFields"] = func() any { return FixedFields("a,b cc,d, e") }
	Cases["FixedSplitAssigned"] = func() any { return FixedSplitAssigned(s) }
	Cases["FixedSplitRounds"] = func() any { return FixedSplitRounds(s) }
	Cases["KeptSplit"] = func() any {
		n := KeptSplitIndex(s) + KeptSplitSorted(s) + KeptSplitTwice(s) + KeptSplitOther(s)
		for _, one := range KeptSplitClosures(s) {
			n += len(one())
		}
		return n + OtherSplitDeferred(s) + KeptSplitBytes([]byte(s))
	}
}
