package corpus

// Row: map of constants per call.

import "errors"

// FixedTable has a comment, which stays with it.
//
//go:noinline
func FixedTable(k string) (int, bool) {
	weights := map[string]int{
		"a": 1, "b": 2, "c": 3, "d": 4, "e": 5,
		"f": 6, "g": 7, "h": 8, "i": 9, "j": 10,
		"k": 11, "l": -12,
	}
	n, ok := weights[k]
	for _, w := range weights {
		n += w
	}
	return n + len(weights), ok
}

func KeptWritten(k string) int {
	weights := map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9}
	weights[k]++
	return weights[k]
}

func KeptGiven() map[string]int {
	weights := map[string]int{"a": 1}
	return weights
}

func KeptOfCalls(s string) int {
	weights := map[string]int{"a": len(s), "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7, "h": 8, "i": 9}
	return weights[s]
}

func KeptErrors(n int) error {
	err := errors.New("an error of this call")
	if n > 3 {
		return err
	}
	return errors.New("another")
}

func init() {
	Cases["FixedTable"] = func() any {
		n, _ := FixedTable("c")
		return n
	}
	Cases["KeptTables"] = func() any {
		return []any{KeptWritten("a"), KeptGiven()["a"], KeptOfCalls("a"), KeptErrors(1) == KeptErrors(1)}
	}
}
