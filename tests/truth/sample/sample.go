// Package sample allocates in every way that Go knows, so that the oracle can be tried on
// something small. Its tests run every function both with and without its condition.
package sample

import (
	"errors"
	"strconv"
)

type pair struct{ left, right *int }

type node struct {
	next  *node
	value [5]int
}

var (
	sink    any
	table   = map[string]int{"one": 1, "two": 2}
	pointer *pair
)

// Moved lets a variable's address leave.
func Moved(n int) *int {
	value := n
	return &value
}

// New and Literal take heap memory on every call.
//
//go:noinline
func New() *node { return new(node) }

//go:noinline
func Literal(next *node) *node {
	return &node{next: next}
}

// Guarded allocates in one branch only.
//
//go:noinline
func Guarded(yes bool) *pair {
	if yes {
		pointer = &pair{}
	}
	return pointer
}

// ShortCircuit allocates only if its argument is true, without an if.
//
//go:noinline
func ShortCircuit(yes bool) bool {
	return yes && keep(&node{})
}

//go:noinline
func keep(n *node) bool {
	sink = n
	return true
}

// Slice asks for a size that only the run time knows.
func Slice(n int) []int { return make([]int, n) }

// Fixed asks for a constant size.
//
//go:noinline
func Fixed() []*int { return make([]*int, 9) }

// Map returns a map with room.
//
//go:noinline
func Map(n int) map[int]string { return make(map[int]string, n) }

// Chan is an allocation that the escape analysis never mentions.
//
//go:noinline
func Chan() chan node { return make(chan node, 2) }

// Closure captures its argument.
func Closure(n int) func() int {
	return func() int { n++; return n }
}

// Method makes a method value.
//
//go:noinline
func Method(n *node) func() int { return n.sum }

func (n *node) sum() int {
	total := 0
	for _, v := range n.value {
		total += v
	}
	return total
}

// BoxStruct, BoxInt and BoxConstant put values into an interface.
//
//go:noinline
func BoxStruct(n *int) any { return pair{n, n} }

//go:noinline
func BoxInt(n int) any { return n }

func BoxConstant() any { return "nothing to allocate" }

// Concat, Bytes, Text and Rune make strings of other things.
//
//go:noinline
func Concat(a, b string) string { return a + b }

//go:noinline
func Bytes(s string) []byte { return []byte(s) }

//go:noinline
func Text(b []byte) string { return string(b) }

//go:noinline
func Rune(r rune) string { return string(r) }

// Append grows a slice that the caller owns.
//
//go:noinline
func Append(list []int, n int) []int {
	for i := range n {
		list = append(list, i)
	}
	return list
}

// Insert may grow the table.
//
//go:noinline
func Insert(key string) { table[key] = len(key) }

// Inlined escapes only if its caller lets it: its copy in Stays does not.
func Inlined() *pair { return &pair{} }

// Stays has a value that does not leave.
func Stays() int {
	p := Inlined()
	n := new(node)
	if p.left == nil {
		n.value[0] = 1
	}
	return n.value[0]
}

// Wrapped is inlined into its callers.
func Wrapped(text string) error { return errors.New(text) }

// Calls has the allocations of what was inlined into it.
//
//go:noinline
func Calls(n int) error {
	if n > 9 {
		return Wrapped("more than nine: " + strconv.Itoa(n))
	}
	return nil
}

// Start starts a goroutine and waits for it.
func Start() int {
	done := make(chan int)
	go func() { done <- 1 }()
	return <-done
}

// Deferred defers in a loop.
func Deferred(n int) (total int) {
	for i := range n {
		defer func() { total += i }()
	}
	return 0
}
