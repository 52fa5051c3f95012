// Package sample is compiled by each release for the reader's tests; keep its lines where they are.
package sample

import "errors"

type block struct {
	words [5]int
	next  *block
}

func direct() *block { return &block{} }

//go:noinline
func large() int {
	var words [512]int
	return sum(words[:])
}

//go:noinline
func sum(words []int) int {
	total := 0
	for _, word := range words {
		total += word
	}
	return total
}

func inner() error { return errors.New("inlined") }

func outer() error {
	return inner()
}

func generic[T any](value T) *T { return &value }

var numbers, strings = generic(1), generic("a")
