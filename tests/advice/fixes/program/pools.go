package corpus

// Row: boxed for sync.Pool.

import (
	"strconv"
	"sync"
)

var buffers = sync.Pool{
	New: func() any {
		return make([]byte, 0, 256)
	},
}

var counters = &sync.Pool{New: func() any { return []int{0, 0, 0} }}

var given = sync.Pool{New: func() any { return make([]byte, 0, 64) }}

type duoPool struct{ a, b int }

var duos = sync.Pool{New: func() any { return duoPool{} }}

var pointed = sync.Pool{New: func() any { return new(duoPool) }}

//go:noinline
func FixedPool(xs []int) (n int) {
	for _, x := range xs {
		if x < 0 {
			return -1
		}
		b := buffers.Get().([]byte)[:0]
		b = strconv.AppendInt(b, int64(x), 10)
		b = append(b, long...)
		n += len(b)
		if cap(b) < 1<<16 {
			buffers.Put(b)
		}
	}
	return n
}

func (d duoPool) more(x int) duoPool { d.a += x; return d }

//go:noinline
func (d duoPool) FixedPoolDeferred(xs []int) int {
	c := counters.Get().([]int)
	defer counters.Put(c)
	clear(c)
	for i, x := range xs {
		c[i%3] += x + d.b
	}
	return c[0] + c[2]*1000
}

//go:noinline
func FixedPoolStruct(xs []int) int {
	d := duos.Get().(duoPool)
	d.a = 0
	for _, x := range xs {
		d = d.more(x)
	}
	duos.Put(d)
	return d.a
}

//go:noinline
func KeptPool(xs []int) int {
	b := given.Get().([]byte)
	c := given.Get().([]byte)
	given.Put(c)
	p := pointed.Get().(*duoPool)
	p.a = len(b) + cap(c)
	defer pointed.Put(p)
	return p.a
}

func init() {
	xs := numbers(20)
	Cases["FixedPool"] = func() any { return FixedPool(xs) + FixedPool(nil) + FixedPool([]int{-1}) }
	Cases["duoPool.FixedPoolDeferred"] = func() any { return duoPool{1, 2}.FixedPoolDeferred(xs) }
	Cases["FixedPoolStruct"] = func() any { return FixedPoolStruct(xs) }
	Cases["KeptPool"] = func() any { return KeptPool(xs) }
}
