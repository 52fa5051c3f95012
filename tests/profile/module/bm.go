package bm

import (
	"fmt"
	"strings"
)

type T struct{ a, b, c int64 }

var Sink any
var keep *T

func New(n int) *T { return &T{a: int64(n)} } // in New

func Two(n int) {
	keep = New(n)
	keep = &T{b: 3} // in Two
}

func Text(n int) string { return fmt.Sprintf("%d:%s", n, strings.Repeat("x", 40)) } // in Text

func Small(n int) { Sink = n } // in Small

func Slice(n int) []int {
	var xs []int
	for i := range n {
		xs = append(xs, i)
	}
	return xs
}
func Concat(a, b string) string { return a + b } // in Concat
