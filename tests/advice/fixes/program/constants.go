package corpus

// Row: errors.New, composite of constants per call.

import (
	"errors"
	"strings"
)

type code int

type answer struct {
	names []string
	err   error
}

//go:noinline
func CornerError(n int) (int, error) {
	err, large := errors.New("negative: no such number"), errors.New("number too large")
	if n < 0 {
		return 0, err
	} else if n > 1<<40 {
		err = large
	}
	return n, err
}

//go:noinline
func (a *answer) CornerErrorAgain(n int) error {
	switch a.err = errors.New("number too large"); {
	case n == 1:
		a.names = nil
	case n == 2:
		a.take(nil)
	}
	return a.err
}

//go:noinline
func CornerList() []string { return []string{"a", "b", "c"} }

//go:noinline
func CornerListGiven(a *answer) int {
	a.take([]string{
		"one",
		"two",
	})
	return len(a.names)
}

//go:noinline
func (a *answer) take(names []string) { a.names = names }

//go:noinline
func CornerMap() map[code]string {
	return map[code]string{
		1: "one",
		2: "two",
	}
}

//go:noinline
func KeptList(s string) []string {
	type code string
	Sink = []code{"a", "b"}
	return []string{"a", s}
}

func init() {
	Cases["CornerError"] = func() any {
		_, err := CornerError(-1)
		_, err2 := CornerError(1 << 50)
		return err.Error() + err2.Error()
	}
	Cases["(*answer).CornerErrorAgain"] = func() any {
		a := &answer{}
		return []any{a.CornerErrorAgain(1).Error(), a.CornerErrorAgain(2).Error()}
	}
	Cases["CornerList"] = func() any { return CornerList() }
	Cases["CornerListGiven"] = func() any { return CornerListGiven(&answer{}) }
	Cases["CornerMap"] = func() any { return len(CornerMap()) + len(CornerMap()[1]) }
	Cases["KeptConstants"] = func() any { return strings.Join(KeptList("x"), ",") }
}
