package corpus

// Row: fmt.Errorf without verbs.

// Later releases do the same for both.
// until go1.25

import "fmt"

//go:noinline
func FixedErrorf(n int) (int, string) {
	failed := fmt.Errorf("nothing to format")
	Sink = failed
	return n, failed.Error()
}

//go:noinline
func KeptErrorf(err error) (all []error) {
	all = append(all, fmt.Errorf("a %d", 1), fmt.Errorf("100%%"), fmt.Errorf("a: %w", err))
	all = append(all, fmt.Errorf("%"+"s", "b"))
	return all
}

func init() {
	Cases["FixedErrorf"] = func() any {
		_, text := FixedErrorf(1)
		return text
	}
	Cases["KeptErrorf"] = func() any { return fmt.Sprint(KeptErrorf(nil)) }
}
