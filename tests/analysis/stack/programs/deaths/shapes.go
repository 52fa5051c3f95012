package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Every shape recurses until its goroutine's stack is full. `enter` counts the entries of the function
// that the comment `dies NAME` names, as `golsp-mem explain` names it.

type tree struct {
	left, right *tree
	value       int
}

var endless = func() *tree { t := &tree{value: 1}; t.left, t.right = t, t; return t }()

// dies direct
func direct(n int) int { enter(); return direct(n+1) + 1 }

// dies (*tree).method
func (t *tree) method(n int) int { enter(); return t.left.method(n+1) + t.value }

// dies even
func even(n int) int { enter(); return odd(n+1) + 1 }
func odd(n int) int  { return even(n+1) + 1 }

// dies selfInlined
func selfInlined(n int) int { enter(); return throughHelper(n + 1) }
func throughHelper(n int) int {
	if n < 0 {
		return 0
	}
	return selfInlined(n) + selfInlined(n+1)
}

// dies first
//
//go:noinline
func first(n int) int { enter(); return second(n+1) + 1 }

//go:noinline
func second(n int) int { var b [200]byte; b[n%200] = 1; return third(n+1) + int(b[(n+1)%200]) }

//go:noinline
func third(n int) int { var b [900]byte; b[n%900] = 1; return first(n+1) + int(b[(n+1)%900]) }

// dies threeInlined
func threeInlined(n int) int { enter(); return threeSecond(n+1) + 1 }
func threeSecond(n int) int  { return threeThird(n+1) + 1 }
func threeThird(n int) int   { return threeInlined(n+1) + 1 }

// dies expr
type expr interface{ eval(n int) int }

type unary struct{ operand expr }

// dies (*unary).eval
func (u *unary) eval(n int) int { enter(); return u.operand.eval(n+1) + 1 }

var cyclic = func() *unary { u := new(unary); u.operand = u; return u }()

type shape interface{ area(n int) int }
type square struct{ inner shape }
type circle struct{ inner shape }

// dies (*square).area
func (s *square) area(n int) int { enter(); return s.inner.area(n+1) + 1 }

//go:noinline
func (c *circle) area(n int) int {
	var b [100]byte
	b[n%100] = 1
	return c.inner.area(n+1) + int(b[(n+1)%100])
}

var squareInCircle = func() *square { s, c := new(square), new(circle); s.inner, c.inner = c, s; return s }()

func closure(n int) int {
	var walk func(n int) int
	// dies closure.func1
	walk = func(n int) int { enter(); return walk(n+1) + 1 }
	return walk(n)
}

func closureField(n int) int {
	type holder struct{ f func(n int) int }
	h := &holder{}
	// dies closureField.func1
	h.f = func(n int) int { enter(); return h.f(n+1) + 1 }
	return h.f(n)
}

func twoClosures(n int) int {
	var a, b func(n int) int
	// dies twoClosures.func1
	a = func(n int) int { enter(); return b(n+1) + 1 }
	b = func(n int) int { var p [500]byte; p[n%500] = 1; return a(n+1) + int(p[(n+1)%500]) }
	return a(n)
}

//go:noinline
func apply(f func(int) int, n int) int { return f(n) + 1 }

// dies callback
func callback(n int) int {
	enter()
	return apply(func(m int) int { return callback(m+1) + n }, n)
}

// dies byName
func byName(n int) int { enter(); return apply(byName, n+1) + 1 }

// dies (*tree).valued
func (t *tree) valued(n int) int { enter(); return apply(t.left.valued, n+1) + 1 }

// dies (*tree).methodValue
func (t *tree) methodValue(n int) int { enter(); f := t.left.methodValue; return f(n+1) + 1 }

var table = map[string]func(int) int{}

func init() { table["again"] = fromMap }

// dies fromMap
func fromMap(n int) int { enter(); return table["again"](n+1) + 1 }

var handlers [2]func(int) int

func init() { handlers = [2]func(int) int{fromArray, nil} }

// dies fromArray
func fromArray(n int) int { enter(); return handlers[n&0](n+1) + 1 }

// dies deferred
func deferred(n int) (r int) {
	enter()
	defer func() { r += deferred(n + 1) }()
	return n
}

// dies deferredDirect
func deferredDirect(n int) {
	enter()
	defer deferredDirect(n + 1)
	sink++
}

// dies deferredInLoop
func deferredInLoop(n int) {
	enter()
	for i := 0; i < 1; i++ {
		defer func() { deferredInLoop(n + i) }()
	}
}

// dies generic
func generic[T any](v T, n int) int { enter(); return generic(v, n+1) + 1 }

type pair[T any] struct{ a, b T }

// dies shapes
func shapes[T any](v T, n int) int {
	enter()
	var room [4]T
	room[n%4] = v
	keep(&room)
	return shapes(v, n+1) + 1
}

// dies valuedFirst
func (t *tree) valuedFirst(n int) int {
	enter()
	again := t.valuedFirst
	return handed(again, n+1) + 1
}

//go:noinline
func handed(f func(int) int, n int) int { return f(n) + 1 }

// dies swapped
func swapped[A, B any](a A, b B, n int) int {
	enter()
	var room [4]A
	room[n%4] = a
	keep(&room)
	return swapped(b, a, n+1) + 1
}

//go:noinline
func keep[T any](p *[4]T) { sink += len(p) }

type list[T any] struct {
	next *list[T]
	v    T
}

// dies (*list[...]).length
func (l *list[T]) length(n int) int { enter(); return l.next.length(n+1) + 1 }

var ring = func() *list[string] { l := &list[string]{}; l.next = l; return l }()

// dies rounds
//
//go:noinline
func rounds(n int) int {
	enter()
	if n%2 == cheap {
		return rounds(n+2) + 1
	}
	return dear(n + 2)
}

//go:noinline
func dear(n int) int {
	var b [60]byte
	b[n%60] = 1
	return rounds(n) + int(b[(n+1)%60])
}

// dies parse
//
//go:noinline
func parse(s string, n int) int {
	enter()
	switch s[n%len(s)] {
	case '(':
		return parseList(s, n+1)
	case '[':
		return parseArray(s, n+1)
	}
	return parse(s, n+1) + 1
}

//go:noinline
func parseList(s string, n int) int { var b [100]byte; b[n%100] = 1; return parse(s, n) + int(b[(n+1)%100]) }

//go:noinline
func parseArray(s string, n int) int { return parse(s, n) + 1 }

// dies embeddedWalk
type base struct{ self walker }
type walker interface{ walk(n int) int }
type derived struct{ base }

// dies (*base).walk
func (b *base) walk(n int) int { enter(); return b.self.walk(n+1) + 1 }

var selfDerived = func() *derived { d := new(derived); d.self = d; return d }()

type byValue struct {
	next *byValue
	pad  [40]int
}

// dies byValue.visit
func (b byValue) visit(n int) int { enter(); return b.next.visit(n+1) + b.pad[n%40] }

var loopByValue = func() *byValue { b := new(byValue); b.next = b; return b }()

// dies manyResults
func manyResults(n int) (a, b, c, d, e, f, g, h, i, j, k, l int) {
	enter()
	a, b, c, d, e, f, g, h, i, j, k, l = manyResults(n + 1)
	return b, a, d, c, f, e, h, g, j, i, l, k
}

// dies variadic
func variadic(ns ...int) int { enter(); return variadic(append(ns[:0], ns[0]+1)...) + 1 }

type visitor func(n int) int

// dies visitor.visit
func (v visitor) visit(n int) int { enter(); return v(n+1) + 1 }

func funcType(n int) int {
	var v visitor
	v = func(n int) int { return v.visit(n) }
	return v.visit(n)
}

// dies selectLoop
func selectLoop(n int) int {
	enter()
	select {
	case <-closed:
		return selectLoop(n+1) + 1
	}
}

var closed = func() chan int { c := make(chan int); close(c); return c }()

// dies ranged
func ranged(n int) int {
	enter()
	for v := range sequence(n) {
		sink += ranged(v + 1)
	}
	return n
}

func sequence(n int) func(func(int) bool) {
	return func(yield func(int) bool) { yield(n) }
}

// dies stringer
type stringer struct{ n int }

// dies (*stringer).again
func (s *stringer) again(in []int) []int { enter(); return s.again(append(in[:0], len(in))) }

// dies bigArgument
func bigArgument(b [100]int, n int) int { enter(); b[n%100]++; return bigArgument(b, n+1) + b[(n+1)%100] }

// dies mapped
func mapped(s string) string {
	enter()
	return strings.Map(func(r rune) rune { return r + rune(len(mapped(s))) }, s)
}

// dies once: sync.Once.Do is inlined, what it calls then is not
func once(n int) int {
	enter()
	var first sync.Once
	first.Do(func() { n += once(n + 1) })
	return n
}

// dies fromTable: of functions that another one has put there
func fromTable(n int) int {
	enter()
	if f, ok := listed[n&1]; ok {
		return f(n) + 1
	}
	return 0
}

var listed = map[int]func(int) int{}

func put(key int, f func(int) int) { listed[key] = f }

func init() {
	put(0, func(n int) int { return fromTable(n + 2) })
	put(1, func(n int) int { return fromTable(n + 1) })
}

// dies (*failed).Error: the cause is an error of its own
type failed struct{ cause error }

func (f *failed) Error() string { enter(); return "x" + f.cause.Error() }

var failing = func() *failed { f := new(failed); f.cause = f; return f }()

// dies (*formatted).Format: fmt asks what it is given for the same
type formatted struct{ next *formatted }

func (f *formatted) Format(s fmt.State, verb rune) {
	enter()
	f.next = f
	fmt.Fprintf(s, "%d", f.next)
}

// dies (*isAgain).Is: so does errors.Is
type isAgain struct{ err error }

func (e *isAgain) Error() string        { return "" }
func (e *isAgain) Is(target error) bool { enter(); return errors.Is(e.err, target) }

var matching = func() *isAgain { e := new(isAgain); e.err = e; return e }()

// dies iterated: the iterator of another package calls the loop's body
func iterated(text string) int {
	enter()
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n += iterated(line)
	}
	return n
}

// dies (*wrapped).Read: each round of a loop wraps the last
type wrapped struct{ r io.Reader }

func (w *wrapped) Read(p []byte) (int, error) { enter(); n, err := w.r.Read(p); return n, err }

func wrappers(n int) io.Reader {
	var r io.Reader = strings.NewReader("")
	for range n {
		r = &wrapped{r}
	}
	return r
}

// dies compose.func2: so do literals
//go:noinline
func compose(n int) func(int) int {
	f := func(x int) int { return x }
	for range n {
		next := f
		f = func(x int) int { enter(); return 1 + next(x) }
	}
	return f
}

func composed() { sink += compose(1 << 20)(0) }
