package corpus

import (
	"bytes"
	"errors"
	"os"
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

//go:noinline
func fixedLength(s string, n int) int {
	b := make([]byte, n)
	copy(b, s)
	return bytes.Count(b, []byte{'a'}) + len(b)
}

const eighty = 80

func FixedLength(s string) int {
	if s == "" {
		return fixedLength(s, 0)
	}
	return fixedLength(s, 2*eighty) + fixedLength(s, 1<<10)
}

//go:noinline
func keptLength(s string, n int) int {
	b := make([]byte, n)
	copy(b, s)
	return bytes.Count(b, []byte{'a'}) + cap(b)
}

//go:noinline
func keptLengthOf(s string, n int) int {
	b := make([]byte, n)
	copy(b, s)
	return bytes.Count(b, []byte{'a'})
}

func KeptLength(s string) int {
	return keptLength(s, 100) + keptLength(s, 10) + keptLengthOf(s, len(os.Args)) + keptLengthOf(s, 7)
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
	Cases["FixedLength"] = func() any { return FixedLength(long) + FixedLength("") }
	Cases["KeptLength"] = func() any { return KeptLength(long) > 0 }
}
