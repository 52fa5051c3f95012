package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
)

type T struct{ a, b int }

var sink any
var keep *T
var table = func() chan int { return make(chan int) }() // want once 0
var hooks = []func(){hook}
var once sync.Once
var lazy = sync.OnceValue(func() *T { // want once 0
	return &T{5, 5} // want once 0
})

type holder struct {
	mu   sync.Once
	v    *T
	tick func()
}

func init() {
	keep = &T{3, 4} // want once 0
	for i := 0; i < 3; i++ {
		keep = &T{i, i} // want loop 1
	}
}

func hook() { keep = &T{9, 9} } // want normal 0

func setup() {
	keep = &T{6, 6} // want once 0
}

func helper(i int) {
	keep = &T{i, 7} // want loop 1
}

func both(i int) {
	keep = &T{i, 8} // want loop 1
}

func bad(i int) error {
	return fmt.Errorf("bad %d", i) // want error 1
}

func check(i int) error {
	for j := 0; j < i; j++ {
		if j > 1000 {
			return fmt.Errorf("too %d", j) // want error 1
		}
	}
	if i > 5000 {
		return bad(i)
	}
	return nil
}

func boom(i int) {
	panic(fmt.Sprintf("x%d", i)) // want panic 1
}

func find(xs []int) *T {
	for _, x := range xs {
		if x == 3 {
			return &T{x, x} // want loop 1
		}
	}
	return nil
}

func nested(xs []int) {
	for _, x := range xs {
		for range 10 {
			keep = &T{x, x} // want loop 3
		}
	}
}

func gotoed(n int) {
again:
	keep = &T{n, n} // want loop 2
	n--
	if n > 0 {
		goto again
	}
}

func seq(n int) func(func(int) bool) {
	return func(yield func(int) bool) { // want loop 1
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func overFunc(n int) {
	for x := range seq(n) {
		keep = &T{x, x} // want loop 2
	}
}

func closure(n int) {
	f := func(i int) {
		keep = &T{i, i} // want loop 2
	}
	for i := 0; i < n; i++ {
		f(i)
	}
}

func each(xs []int, f func(int)) {
	for _, x := range xs {
		f(x)
	}
}

func eachUser(xs []int) {
	each(xs, func(x int) {
		keep = &T{x, x} // want loop 2
	})
}

func sorter(xs []int) {
	sort.Slice(xs, func(i, j int) bool { // want loop 1
		keep = &T{i, j} // want loop 2
		return xs[i] < xs[j]
	})
	slices.SortFunc(xs, func(a, b int) int {
		keep = &T{a, b} // want loop 2
		return a - b
	})
	_ = strings.FieldsFunc("a b", func(r rune) bool {
		keep = &T{int(r), 0} // want loop 2
		return r == ' '
	})
}

func deferred(n int) {
	for i := 0; i < n; i++ {
		func() {
			defer func() {
				keep = &T{i, i} // want loop 2
			}()
		}()
	}
}

func (h *holder) get() *T {
	h.mu.Do(func() {
		h.v = &T{1, 1} // want once 0
	})
	return h.v
}

func (h *holder) start() {
	h.tick = func() {
		keep = &T{2, 2} // want normal 0
	}
}

type myErr struct{ n int }

func (e *myErr) Error() string { return fmt.Sprintf("my %d", e.n) } // want error 0

func typed(n int) error {
	if n > 10000 {
		return &myErr{n} // want error 1
	}
	if n > 20000 {
		err := errors.New("x" + os.Args[0])
		return err
	}
	return nil
}

func dead(n int) { keep = &T{n, n} } // want test 0

func retry(n int) *T {
	for {
		n--
		if n > 0 {
			continue
		}
		return &T{n, n} // want loop 1
	}
}

func must(n int) {
	if n < -5 {
		boom(n + len(os.Args))
	}
}

func recurse(n int) {
	if n == 0 {
		return
	}
	keep = &T{n, n} // want loop 1
	recurse(n - 1)
}

func gen[E any](xs []E) {
	for _, x := range xs {
		sink = x // want loop 1
	}
}

func worker(n int) { keep = &T{n, n} } // want loop 1

func main() {
	once.Do(setup2)
	setup()
	xs := []int{1, 2, 3, 4} // want once 0
	for i := 0; i < 10; i++ {
		helper(i)
		both(i)
		_ = check(i)
		_ = typed(i)
		find(xs)
		nested(xs)
		gotoed(i)
		overFunc(i)
		closure(i)
		eachUser(xs)
		sorter(xs)
		deferred(2)
		retry(2)
		must(i)
		recurse(3)
	}
	both(1)
	h := &holder{} // want once 0
	for range 3 {
		h.get()
		h.start()
		h.tick()
		hooks[0]()
		lazy()
	}
	gen([]string{"a", "b"})
	var wg sync.WaitGroup // want once 0
	for i := range 4 {
		wg.Add(1)
		go func() { // want loop 1
			defer wg.Done()
			worker(i)
		}()
	}
	wg.Wait()
	go worker2(1)   // want once 0
	keep = &T{1, 1} // want once 0
}

func setup2() { keep = &T{8, 8} } // want once 0

func worker2(n int) { keep = &T{n, n} } // want once 0
