package corpus

// Row: defer in a loop.

import "os"

//go:noinline
func CornerDeferred(xs []int) (n int) {
	count := func(by int) { n += by }
	for _, x := range xs {
		defer count(x)
		n++
	}
	return n
}

func CornerDeferredError(names []string) error {
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
	}
	return nil
}

//go:noinline
func KeptDeferred(xs []int) (n int) {
	for _, x := range xs {
		if x == 0 {
			continue
		}
		defer func() { n += x }()
	}
	return n
}

//go:noinline
func KeptDeferredError(xs []int, err error) error {
	for _, x := range xs {
		defer func() { Sink = x }()
		if x > 100 {
			return err
		}
	}
	return nil
}

func init() {
	Cases["CornerDeferred"] = func() any { return CornerDeferred([]int{1, 2, 3}) }
	Cases["CornerDeferredError"] = func() any {
		return CornerDeferredError([]string{os.DevNull, os.DevNull, os.DevNull})
	}
	Cases["KeptDeferred"] = func() any {
		return []any{KeptDeferred([]int{1, 0, 2}), KeptDeferredError([]int{1, 200}, nil)}
	}
}
