// Package lib is called from elsewhere.
package lib

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

type Node struct {
	left, right *Node
	value       int
}

type visitor interface{ visit(n int) *Node }

type counter struct{ last *Node }

var Kept []*Node

// Exported is called by nobody knows whom.
func Exported(n int) *Node {
	if n < 0 {
		return nil
	}
	return &Node{value: n} // want normal 0
}

// Many calls helpers in its loops only.
func Many(n int) {
	c := &counter{}
	for i := 0; i < n; i++ {
		Kept = append(Kept, inner(i))
		c.step(i)
	}
	var v visitor = c
	v.visit(n)
	again(n)
	Kept = nil
	_ = c
}

func inner(n int) *Node { return &Node{value: n} } // want loop 1

//go:noinline
func (c *counter) step(n int) {
	c.last = &Node{value: n} // want normal 0
}

func (c *counter) visit(n int) *Node { return &Node{value: n} } // want normal 0

type plain struct{ last *Node }

func (p *plain) step(n int) {
	p.last = &Node{value: n} // want loop 2
}

// Plain has methods that nothing but direct calls reaches.
func Plain(p *plain, n int) {
	for i := range n {
		for range i {
			p.step(i)
		}
	}
}

func again(n int) {
	if n > 0 {
		Kept = append(Kept, &Node{value: n}) // want normal 0
		again(n - 1)
	}
}

func onlyTests(n int) *Node {
	return &Node{value: n} // want test 0
}

func fail(n int) error {
	return errors.New(strings.Repeat("x", n) + "y") // want error 0
}

// Checked returns what fail makes.
func Checked(n int) (*Node, error) {
	if n > 10 {
		return nil, fail(n)
	}
	for i := range n {
		if i > 5 {
			err := fmt.Errorf("at %d", i) // want error 0
			return nil, err
		}
	}
	return &Node{value: n}, nil // want normal 0
}

// Search leaves its loop with what it makes.
func Search(xs []int, x int) *Node {
	for i, y := range xs {
		if x != y {
			continue
		}
		return &Node{value: i} // want normal 0
	}
outer:
	for {
		for _, y := range xs {
			if y > x {
				Kept = append(Kept, &Node{value: y}) // want normal 0
				break outer
			}
			if y < x {
				Kept = append(Kept, &Node{value: y}) // want loop 2
			}
		}
		switch {
		case x > 7:
			Kept = append(Kept, &Node{value: x}) // want loop 1
			break
		case x < -8:
			return &Node{value: x} // want normal 0
		}
	}
	return nil
}

// Sorted has its words from a function literal kept in a variable.
func Sorted(xs []string) []string {
	less := func(i, j int) bool {
		Kept = append(Kept, &Node{value: i}) // want loop 1
		return xs[i] < xs[j]
	}
	sort.Slice(xs, less)
	stored := func() { Kept = append(Kept, &Node{}) } // want normal 0
	hooks = append(hooks, stored)
	return xs
}

var hooks []func()

// Bounded runs ten rounds of three.
func Bounded() {
	for i := 0; i < 10; i++ {
		for range 3 {
			Kept = append(Kept, &Node{value: i}) // want loop 2
		}
	}
}

func mustPositive(n int) {
	if n < 0 {
		stop("negative", n)
	}
}

func stop(why string, n int) {
	panic(why + fmt.Sprint(n)) // want panic 0
}

// Must panics where it must.
func Must(n int) *Node {
	mustPositive(n)
	return &Node{value: n} // want normal 0
}
