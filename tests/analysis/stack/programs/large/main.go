package main

import (
	"fmt"
	"io"
	"os"
)

var keep *byte

type page struct {
	head int
	data [1 << 20]byte
}

const size = 256 << 10

//go:noinline
func onlyLarge(i int) byte {
	var b [1 << 20]byte
	b[i] = 1
	return b[i/2]
}

//go:noinline
func escapes(i int) *byte {
	var b [1 << 20]byte
	return &b[i]
}

//go:noinline
func structLarge(i int) byte {
	var p page
	p.data[i] = 1
	return p.data[i/2]
}

//go:noinline
func structEscapes() *page {
	p := page{head: 1}
	return &p
}

//go:noinline
func made(i int) byte {
	b := make([]byte, size)
	b[i] = 1
	return b[i/2]
}

//go:noinline
func madeEscapes() []byte { return make([]byte, size) }

//go:noinline
func newLarge(i int) byte {
	p := new([100000]byte)
	p[i] = 1
	return p[i/2]
}

//go:noinline
func stored() { keep = &new([100000]byte)[0] }

//go:noinline
func literal(i int) byte {
	p := &page{}
	p.data[i] = 1
	return p.data[i/2]
}

//go:noinline
func closure(i int) func() byte {
	var b [1 << 20]byte
	return func() byte { b[i]++; return b[i] }
}

//go:noinline
func indexed() byte {
	var b [1 << 20]byte
	b[500000] = 1
	return b[400000+len(fmt.Sprint())]
}

func main() {
	fmt.Println(onlyLarge(1), escapes(1), structLarge(1), structEscapes(), made(1), madeEscapes(), newLarge(1), literal(2), closure(1), indexed())
	stored()
	printed(os.Stdout)
	fmt.Println(returned(1), elsewhere(1), ranged(nil), returnedEscapes(1))
	fmt.Println(keyed(1), keyedLiteral(1), keyedEscapes(), typed(1), typedKept(1))
}

//go:noinline
func keyed(i int) int64 {
	a := [...]int64{1, 19999: 3}
	return a[i]
}

//go:noinline
func keyedLiteral(i int) int64 {
	a := &[...]int64{9999: 3}
	return a[i]
}

//go:noinline
func keyedEscapes() *[20000]int64 {
	a := [...]int64{19999: 3}
	return &a
}

//go:noinline
func printed(w io.Writer) { var b [1 << 20]byte; fmt.Fprintln(w, b) }

//go:noinline
func returned(i int) byte {
	p, n := filled(i)
	return p.data[n]
}

//go:noinline
func filled(i int) (p page, n int) {
	p.data[i] = 1
	return p, i
}

//go:noinline
func elsewhere(i int) byte {
	var b [other]byte
	var f far
	b[i] = 1
	f.in.data[i] = 1
	return b[i/2] + f.in.data[i/2]
}

//go:noinline
func ranged(pages []page) (n int) {
	for _, p := range pages {
		n += int(p.data[n])
	}
	return n
}

//go:noinline
func returnedEscapes(i int) *page {
	p, _ := filled(i)
	return &p
}

//go:noinline
func fill(b *[131073]byte, i int) byte { b[i] = 1; return b[i/2] }

//go:noinline
func typed(i int) byte {
	var b [131073]byte
	return fill(&b, i)
}

var held *[131075]byte

//go:noinline
func hold(b *[131075]byte, i int) byte { held = b; return b[i/2] }

//go:noinline
func typedKept(i int) byte {
	var b [131075]byte
	return hold(&b, i)
}
