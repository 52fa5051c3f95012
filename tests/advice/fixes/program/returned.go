package corpus

import "sync"

type pair struct{ a, b int }

func (p *pair) sum() int { return p.a + p.b }

func (p *pair) keep() { Sink = p }

//go:noinline
func FixedMade(n int) int {
	p := fixedPair(n)
	p.a++
	return p.sum() + p.b + fixedPair(n+1).b
}

//go:noinline
func FixedBuilt(n int) int {
	p := fixedBuiltPair(n)
	return p.sum()
}

//go:noinline
func FixedAddress(n int) int { return fixedAddressPair(n).a }

//go:noinline
func KeptShared(n int) int {
	p := keptPair(n)
	q := p
	q.a++
	r := storedPair(n)
	r.keep()
	t := nilPair(n)
	if t == nil {
		return p.a
	}
	l := lockedPair(n)
	l.mu.Lock()
	return t.a + l.n + valuePair(n)(n).a + escapedPair(n).a
}

// FixedMade calls it.
//
//go:noinline
func fixedPair(n int) *pair {
	if n < 0 {
		return &pair{}
	}
	return &pair{a: n, b: 2 * n}
}

//go:noinline
func fixedBuiltPair(n int) *pair {
	p := &pair{a: n}
	if n > 3 {
		return p
	}
	p.b = p.sum()
	return p
}

//go:noinline
func fixedAddressPair(n int) *pair {
	var p pair
	for i := range n {
		p.a += i
	}
	return &p
}

//go:noinline
func keptPair(n int) *pair { return &pair{n, n} }

//go:noinline
func storedPair(n int) *pair { return &pair{n, n} }

//go:noinline
func nilPair(n int) *pair {
	if n == 0 {
		return nil
	}
	return &pair{n, n}
}

type locked struct {
	mu sync.Mutex
	n  int
}

//go:noinline
func lockedPair(n int) *locked { return &locked{n: n} }

//go:noinline
func givenPair(n int) *pair { return &pair{n, n} }

func valuePair(n int) func(int) *pair { return givenPair }

var escaped *pair

//go:noinline
func escapedPair(n int) *pair {
	p := &pair{n, n}
	escaped = p
	p.a++
	return p
}

func init() {
	Cases["FixedMade"] = func() any { return FixedMade(7) }
	Cases["FixedBuilt"] = func() any { return FixedBuilt(2) + FixedBuilt(9) }
	Cases["FixedAddress"] = func() any { return FixedAddress(5) }
	Cases["KeptShared"] = func() any { return KeptShared(3) }
}
