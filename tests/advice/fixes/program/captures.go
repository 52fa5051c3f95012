package corpus

// Row: capture by a closure that escapes.

type calls struct{ fs []func() int }

//go:noinline
func (c *calls) add(f func() int) { c.fs = append(c.fs, f) }

func (c *calls) all() []int {
	found := make([]int, 0, len(c.fs))
	for _, f := range c.fs {
		found = append(found, f())
	}
	return found
}

//go:noinline
func FixedParameter(c *calls, name string) []int {
	if name == "" {
		name = "default"
	}
	for i := range c.fs {
		c.fs[i] = func() int { return len(name) + i }
	}
	return c.all()
}

//go:noinline
func FixedParameterNested(c *calls, d *duo, n int) []int {
	if d == nil {
		d = &duo{1, 2}
	} else if d.a > n {
		d = &duo{3, n}
	}
	for range n {
		if n > 2 {
			c.add(func() int { // of each round
				return func() int { d.a++; return d.a }()
			})
		}
	}
	return c.all()
}

//go:noinline
func KeptSetAfter(c *calls, n int) []int {
	k := n
	k++
	c.add(func() int { return k })
	k++
	return c.all()
}

//go:noinline
func KeptSetInLiteral(c *calls, k int) []int {
	k++
	c.add(func() int { k++; return k })
	return c.all()
}

//go:noinline
func KeptPointedAt(c *calls, k int) []int {
	k++
	q := &k
	for i := range c.fs {
		c.fs[i] = func() int { return k + i }
		*q = 100 + i
	}
	return c.all()
}

//go:noinline
func KeptMethodSets(c *calls, d duo) []int {
	d.a++
	for i := range c.fs {
		c.fs[i] = func() int { return d.sum() + i }
	}
	d.more()
	return c.all()
}

func (p *duo) more() { p.a *= 2 }

//go:noinline
func KeptNamedResult2(c *calls) (k int) {
	k = 3
	for i := range c.fs {
		c.fs[i] = func() int { return k + i }
	}
	Sink = c
	return 7
}

func init() {
	made := func() *calls { return &calls{make([]func() int, 4)} }
	Cases["FixedParameter"] = func() any { return [][]int{FixedParameter(made(), ""), FixedParameter(made(), long)} }
	Cases["FixedParameterNested"] = func() any {
		return [][]int{FixedParameterNested(&calls{}, nil, 4), FixedParameterNested(&calls{}, &duo{9, 9}, 3)}
	}
	Cases["KeptCaptures"] = func() any {
		c := made()
		KeptNamedResult2(c)
		return [][]int{KeptSetAfter(&calls{}, 3), KeptSetInLiteral(&calls{}, 3), KeptPointedAt(made(), 4),
			KeptMethodSets(made(), duo{1, 2}), c.all()}
	}
}
