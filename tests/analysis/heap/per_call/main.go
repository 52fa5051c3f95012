// Each function is called with 0 to 6 and measured; want: allocations as least..most (* is no bound).
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"example.com/percall/links"
)

type T struct{ p [8]*T } // 64 B

var (
	sink    *T
	text    string
	ints    []*int
	number  *int
	chained *links.Link
	many    = make([]*T, 8)
	few     []*T
	ch      = make(chan *T, 100)
)

func keep(v *T) { sink = v }

func always(k int) { sink = &T{} } // want 1..1 64..64

func oneBranch(k int) { // want 0..1 0..64
	if k > 3 {
		sink = &T{}
	}
}

func bothBranches(k int) { // want 1..1 64..64
	if k > 3 {
		sink = &T{}
	} else {
		sink = new(T)
	}
}

func chain(k int) { // want 0..2 0..128
	if k == 1 {
		sink = &T{}
	} else if k == 2 {
		sink = &T{}
		sink = &T{}
	} else if k == 3 {
		return
	}
}

func earlyReturn(k int) { // want 0..1 0..64
	if k > 3 {
		return
	}
	sink = &T{}
}

func loop(k int) { // want 0..* 0..*
	for i := 0; i < k; i++ {
		sink = &T{}
	}
}

func firstTurn(k int) { // want 1..* 64..*
	for {
		sink = &T{}
		if k--; k <= 0 {
			break
		}
	}
}

func beforeLoop(k int) { // want 1..1 64..64
	sink = &T{}
	for i := 0; i < k; i++ {
		k--
	}
}

func leavesLoop(k int) { // want 0..1 0..64
	for i := 0; i < 10; i++ {
		if i == k {
			sink = &T{}
			return
		}
	}
}

func breaksLabel(k int) { // want 1..1 64..64
outer:
	for i := 0; ; i++ {
		for j := 0; j < 3; j++ {
			if i+j > k {
				break outer
			}
			continue outer
		}
	}
	sink = &T{}
}

func switchAll(k int) { // want 1..2 64..128
	switch k {
	case 1, 2:
		sink = &T{}
	case 3:
		sink = &T{}
		fallthrough
	default:
		sink = new(T)
	}
}

func switchSome(k int) { // want 0..1 0..64
	switch {
	case k == 1:
		sink = &T{}
	case k == 2:
		sink = &T{}
	}
}

func switchBreak(k int) { // want 1..2 64..128
	switch k {
	case 1:
		if k < 5 {
			break
		}
		sink = &T{}
	case 2:
		sink = &T{}
	}
	sink = &T{}
}

func typeSwitch(k int) { // want 0..2 0..128
	var v any = k
	if k > 3 {
		v = "x"
	}
	switch v.(type) {
	case int:
		sink = &T{}
	case bool:
		sink = &T{}
		sink = &T{}
		panic("never")
	}
}

func chosen(k int) { // want 1..1 64..64
	select {
	case ch <- new(T):
	default:
	}
}

func received(k int) { // want 0..1 0..64
	select {
	case v := <-ch:
		sink = v
		sink = &T{}
	default:
	}
}

func jumpsBack(k int) { // want 1..* 64..*
again:
	sink = &T{}
	if k--; k > 0 {
		goto again
	}
}

func jumpsOver(k int) { // want 0..1 0..64
	if k > 3 {
		goto end
	}
	sink = &T{}
end:
}

func deferred(k int) { // want 0..1 0..64
	if k > 3 {
		defer keep(new(T))
	}
}

func panics(k int) { // want 0..1 0..64
	defer func() { _ = recover() }()
	if k > 3 {
		panic("text")
	}
	sink = &T{}
}

func fails(k int) { // want 0..1 0..64
	if err := try(k); err != nil {
		text = err.Error()
		return
	}
	sink = &T{}
}

var errTry = errors.New("no")

func try(k int) error {
	if k > 3 {
		return errTry
	}
	return nil
}

func moved(k int) { // want 1..1 8..16
	number = &k
}

func appends(k int) { // want 0..1 0..*
	few = append(many[:0:k], nil, nil, nil)
}

func perTurn(k int) { // want 0..* 0..*
	for _, v := range make([]int, 7)[:k] {
		ints[0] = &v
	}
}

func nested(k int) { // want 1..* 64..*
	sink = &T{}
	for range k {
		for range k {
			sink = &T{}
		}
	}
}

func literal(k int) { // want 1..1 64..64
	f := func() { sink = &T{} }
	_ = f
	sink = &T{}
}

func foreignLoop(k int) { // want 0..* 0..*
	chained = links.Chain(k)
}

func foreign(k int) { chained = links.One(k) } // want 1..1 64..64

func rangeFunc(k int) { // want 0..* 0..*
	for i := range upTo(k) {
		if i >= 0 {
			sink = &T{}
		}
	}
}

func upTo(k int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < k; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func generic(k int) { both(k); both("x") }

func both[V any](v V) { // want 0..1 0..64
	if any(v) == any(5) {
		sink = &T{}
	}
}

func grows(k int) { // want 0..2 0..*
	b := make([]byte, k*100)
	text = string(b)
}

func tooLarge(k int) { // want 1..1 131072..131072
	t := new([1 << 17]byte)
	t[k] = 1
	few = few[:copy(few, few[:t[k*2]/2])]
}

func main() {
	type fn struct {
		name string
		call func(int)
	}
	ints = make([]*int, 1, 8)
	for _, f := range []fn{
		{"always", always}, {"oneBranch", oneBranch}, {"bothBranches", bothBranches}, {"chain", chain},
		{"earlyReturn", earlyReturn}, {"loop", loop}, {"firstTurn", firstTurn}, {"beforeLoop", beforeLoop},
		{"leavesLoop", leavesLoop}, {"breaksLabel", breaksLabel}, {"switchAll", switchAll},
		{"switchSome", switchSome}, {"switchBreak", switchBreak}, {"typeSwitch", typeSwitch},
		{"chosen", chosen}, {"received", received}, {"jumpsBack", jumpsBack}, {"jumpsOver", jumpsOver},
		{"deferred", deferred}, {"panics", panics}, {"fails", fails}, {"moved", moved}, {"appends", appends}, {"grows", grows},
		{"tooLarge", tooLarge},
		{"perTurn", perTurn}, {"nested", nested}, {"literal", literal}, {"rangeFunc", rangeFunc},
		{"foreignLoop", foreignLoop}, {"foreign", foreign}, {"both", func(k int) { both(k) }},
	} {
		for k := 0; k < 7; k++ {
			objects, bytes := measured(f.call, k)
			fmt.Fprintln(os.Stdout, f.name, k, objects, bytes)
		}
	}
}

// measured is the mean of 16 calls (small objects share a block), the least of several runs: the
// runtime allocates for itself now and then.
func measured(f func(int), k int) (objects, bytes float64) {
	objects, bytes = 1<<62, 1<<62
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 16 {
			f(k)
		}
		runtime.ReadMemStats(&after)
		objects = min(objects, float64(after.Mallocs-before.Mallocs)/16)
		bytes = min(bytes, float64(after.TotalAlloc-before.TotalAlloc)/16)
	}
	return
}
