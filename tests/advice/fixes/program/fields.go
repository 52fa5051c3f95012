package corpus

// Row: fields badly ordered.

import (
	"fmt"
	"time"
)

type gappy struct {
	first bool // the first
	n     int64
	next  *gappy
	last  bool
	some  [3]byte
	after time.Duration
	end   bool
}

type unnamed struct {
	a bool
	n int64
	b bool
}

type ordered struct {
	n    int64
	a, b bool
}

type converted struct {
	a bool
	n int64
	b bool
}

type other converted

//go:noinline
func SmallerFields(n int64) int64 {
	g := &gappy{n: n, first: n > 3}
	g.next = new(gappy)
	Sink = g
	if g.first != g.last {
		return g.n + int64(g.next.after)
	}
	return 0
}

//go:noinline
func KeptFields(n int64) string {
	a, b, c := &unnamed{true, n, false}, &ordered{n: n}, &converted{n: n}
	d := other(*c)
	Sink = []any{a, b, c, &d}
	return fmt.Sprintf("%v %v %v %v", *a, *b, *c, d)
}

func init() {
	Cases["SmallerFields"] = func() any { return SmallerFields(7) }
	Cases["KeptFields"] = func() any { return KeptFields(7) }
}
