// Package sample holds one function for each way in which a value can escape.
package sample

import (
	"fmt"
	"io"
	"reflect"
	"unsafe"
)

type point struct{ x, y int }

type node struct {
	next *node
	data [4]int
}

var (
	global   *int
	globalS  []*int
	globalA  any
	globalF  func() int
	globalP  *point
	globalSl []int
	globalM  = map[string]*int{}
	globalMk = map[*int]int{}
)

type sink interface{ Keep(p *int) }

func assign() { x := 1; global = &x }

func returned() *int { x := 1; return &x }

func closure() func() int { x := 1; return func() int { x++; return x } }

func send(c chan *int) { x := 1; c <- &x }

func method(s sink) { x := 1; s.Keep(&x) }

func unknown(f func(*int)) { x := 1; f(&x) }

func keep(p *int) { global = p }

func known() { x := 1; keep(&x) }

func boxed(n int) { fmt.Println(n) }

func boxedReturn(p point) any { return p }

func iface(p point) fmt.Stringer { return named(p) }

type named point

func (n named) String() string { return "" }

func tooLarge() byte { var b [11 << 20]byte; return b[len(globalSl)] }

func tooLargeNew() byte { b := new([65537]byte); return b[len(globalSl)] }

func tooLargeMake() byte { b := make([]byte, 65537); return b[len(globalSl)] }

func nonConstant(n int) byte { b := make([]byte, n); return b[len(globalSl)] }

func zeroSized(n int) int { b := make([]struct{}, n); return len(b) }

func field() *int { p := point{}; return &p.x }

func element(i int) *int { a := [4]int{}; return &a[i] }

func sliceElement(i int) *int { s := []int{1, 2, 3}; return &s[i] }

func sliceOfArray() []int { a := [4]int{}; return a[:] }

func sliceLiteral() { x := 1; globalS = []*int{&x} }

func arrayLiteral() [1]*int { x := 1; return [1]*int{&x} }

func structLiteral() node { n := node{}; return node{next: &n} }

func structPointer() *node { n := node{}; return &node{next: &n} }

func mapLiteral() { x, k := 1, 2; globalMk = map[*int]int{&k: 1}; globalM = map[string]*int{"a": &x} }

func mapPut(m map[*int]*int) { k, v := 1, 2; m[&k] = &v }

func appended(s []*int) []*int { x := 1; return append(s, &x) }

func appendedAll(s []*int) []*int { x := 1; t := []*int{&x}; return append(s, t...) }

func copied(dst []*int) { x := 1; t := []*int{&x}; copy(dst, t) }

func appendee() []*int { x := 1; t := []*int{&x}; return append(t, nil) }

func indirect() *int { x := 1; p := &x; pp := &p; return *pp }

func throughField() *int { x := 1; h := struct{ p *int }{&x}; return h.p }

func throughPointer() *int { x := 1; h := &struct{ p *int }{&x}; return h.p }

func stored(h *node) { n := node{}; h.next = &n }

func ranged() {
	x := 1
	for _, p := range []*int{&x} {
		global = p
	}
}

func rangedArray() {
	x := 1
	for _, p := range [1]*int{&x} {
		global = p
	}
}

func loop(n int) int {
	var head *node
	for i := 0; i < n; i++ {
		head = &node{next: head}
	}
	return head.data[0]
}

func loopVar(n int) int {
	var last *int
	for i := 0; i < n; i++ {
		v := i
		last = &v
	}
	return *last
}

func outer() {
	var p *int
	func() {
		defer func() { _ = recover() }()
		x := 1
		p = &x
	}()
	_ = *p
}

func spawned() { x := 1; go func() { x++ }() }

func spawnedCall(p *int) { x := 1; go keep(&x); go fmt.Println(p) }

func deferredLoop(n int) {
	for i := 0; i < n; i++ {
		defer func() { globalSl = append(globalSl, i) }()
	}
}

func methodValue(p *point) { globalF = p.sum }

func (p *point) sum() int { return p.x + p.y }

func valueReceiver(p point) func() int { return p.total }

func (p point) total() int { return p.x + p.y }

func pair() { x, y := 1, 2; global, globalA = &x, &y }

func assertPair(a any) { var ok bool; globalP, ok = a.(*point); _ = ok }

func dotType(p point) { var a any = p; globalP = a.(*point) }

func dotTypeValue() *int { x := 1; var a any = &x; return a.(*int) }

func dotTypePair() (*int, bool) { x := 1; var a any = &x; p, ok := a.(*int); return p, ok }

func typeSwitch() *int {
	x := 1
	var a any = &x
	switch p := a.(type) {
	case *int:
		return p
	}
	return nil
}

func receivePair(c chan *int) { p, ok := <-c; global = p; _ = ok }

func mapPair() *int { x := 1; m := map[int]*int{1: &x}; p, ok := m[1]; _ = ok; return p }

func toArray() [1]*int { x := 1; s := []*int{&x}; return [1]*int(s) }

func toArrayPointer() *[1]*int { x := 1; s := []*int{&x}; return (*[1]*int)(s) }

func unsafePointer() uintptr { x := 1; return uintptr(unsafe.Pointer(&x)) }

func toUnsafe(u uintptr) unsafe.Pointer { return unsafe.Pointer(u) }

func header(s []byte) string {
	x := [3]byte{}
	var out string
	h := (*reflect.StringHeader)(unsafe.Pointer(&out))
	h.Data = uintptr(unsafe.Pointer(&x))
	return out
}

func headerRead() unsafe.Pointer {
	s := make([]byte, 10)
	return unsafe.Pointer((*reflect.SliceHeader)(unsafe.Pointer(&s)).Data)
}

func panics(n int) { panic(n) }

func panicsStruct(p point) { panic(p) }

func writes(w io.Writer, n int) { b := [8]byte{}; b[0] = byte(n); w.Write(b[:]) }

func concat(a, b string) string { return a + b }

func bytesOf(s string) []byte { return []byte(s) }

func stringOf(b []byte) string { return string(b) }

func formatted(n int) string { return fmt.Sprintf("%d", n) }

func reassigned() *int { x := 1; p := &x; q := p; return q }

func paramEscapes(x int) *int { return &x }

func namedResult() (p *int) { x := 1; p = &x; return }

func captures() { x := 1; f := func() *int { return &x }; global = f() }

func generic[T any](v T) *T { return &v }

func useGeneric() (*int, *string) { return generic(1), generic("a") }

func chanOf() { c := make(chan *int, 1); x := 1; c <- &x; <-c }

func stringRunes(s string) []rune { return []rune(s) }

func selfAssign(n *node) { m := node{}; n.next = &m; n.next.next = n.next }

//go:uintptrescapes
func syscallLike(u uintptr) {}

func callsSyscallLike() { x := 1; syscallLike(uintptr(unsafe.Pointer(&x))) }

func sliceExpr() []int { a := make([]int, 4); return a[1:] }

func arrayIndex() *int { x := 1; a := [2]*int{&x}; return a[0] }

func multiReturn() (*int, *int) { x, y := 1, 2; return &x, &y }

func useMulti() { p, q := multiReturn(); global, _ = p, q }

func viaInterface(s fmt.Stringer) string { return s.String() }

func literalOfPointers() []any { x := 1; return []any{x, &x} }

func cycle() *node { a, b := node{}, node{}; a.next = &b; b.next = &a; return a.next }

func conditionalPointer(c bool) *int {
	x, y := 1, 2
	p := &x
	if c {
		p = &y
	}
	return p
}
