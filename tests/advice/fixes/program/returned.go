package corpus

// Row: pointer to a local returned, callers only read.

import "sync"

type duo struct{ a, b int }

func (p *duo) sum() int { return p.a + p.b }

func (p *duo) keep() { Sink = p }

//go:noinline
func FixedMade(n int) int {
	p := fixedDuo(n)
	p.a++
	return p.sum() + p.b + fixedDuo(n+1).b
}

//go:noinline
func FixedMadeBefore(n int) int {
	p := fixedBuiltDuo(n)
	return p.sum()
}

//go:noinline
func FixedAddress(n int) int { return fixedAddressDuo(n).a }

//go:noinline
func KeptDuos(n int) int {
	p := keptDuo(n)
	q := p
	q.a++
	r := storedDuo(n)
	r.keep()
	t := nilDuo(n)
	if t == nil {
		return p.a
	}
	l := lockedDuo(n)
	l.mu.Lock()
	return t.a + l.n + valueDuo(n)(n).a + escapedDuo(n).a
}

// FixedMade calls it.
//
//go:noinline
func fixedDuo(n int) *duo {
	if n < 0 {
		return &duo{}
	}
	return &duo{a: n, b: 2 * n}
}

//go:noinline
func fixedBuiltDuo(n int) *duo {
	p := &duo{a: n}
	if n > 3 {
		return p
	}
	p.b = p.sum()
	return p
}

//go:noinline
func fixedAddressDuo(n int) *duo {
	var p duo
	for i := range n {
		p.a += i
	}
	return &p
}

//go:noinline
func keptDuo(n int) *duo { return &duo{n, n} }

//go:noinline
func storedDuo(n int) *duo { return &duo{n, n} }

//go:noinline
func nilDuo(n int) *duo {
	if n == 0 {
		return nil
	}
	return &duo{n, n}
}

type locked struct {
	mu sync.Mutex
	n  int
}

//go:noinline
func lockedDuo(n int) *locked { return &locked{n: n} }

//go:noinline
func givenDuo(n int) *duo { return &duo{n, n} }

func valueDuo(n int) func(int) *duo { return givenDuo }

var escaped *duo

//go:noinline
func escapedDuo(n int) *duo {
	p := &duo{n, n}
	escaped = p
	p.a++
	return p
}

func init() {
	Cases["FixedMade"] = func() any { return FixedMade(7) }
	Cases["FixedMadeBefore"] = func() any { return FixedMadeBefore(2) + FixedMadeBefore(9) }
	Cases["FixedAddress"] = func() any { return FixedAddress(5) }
	Cases["KeptDuos"] = func() any { return KeptDuos(3) }
}
