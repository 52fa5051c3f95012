package main

import (
	"runtime"
	"sync/atomic"
)

// What is to stay as it is: the value may be another later, or leads back.

type late struct{ slot int }

func KeptSetLater(id int) {
	h := &late{}
	runtime.AddCleanup(h, func(int) { release(h.slot) }, 0)
	h.slot = id
}

type grown struct{ place int }

func (g *grown) move(to int) { g.place = to }

func KeptSetByMethod(id int) {
	g := &grown{id}
	runtime.AddCleanup(g, func(int) { release(g.place) }, 0)
	g.move(id + 1)
}

type pointed struct{ at int }

func KeptAddressTaken(id int) {
	p := &pointed{id}
	to := &p.at
	runtime.AddCleanup(p, func(int) { release(p.at) }, 0)
	*to = 3
}

type whole struct{ part int }

func KeptSetAsWhole(id int) {
	w := &whole{id}
	runtime.AddCleanup(w, func(int) { release(w.part) }, 0)
	*w = whole{9}
}

type counted struct{ n atomic.Int64 }

func KeptAtomic(id int) {
	c := &counted{}
	c.n.Store(int64(id))
	runtime.AddCleanup(c, func(int) { release(int(c.n.Load())) }, 0)
}

type ring struct {
	own *ring
	key int
}

func FixedLeadsBack(id int) {
	r := &ring{key: id}
	r.own = r
	runtime.AddCleanup(r, func(int) { release(r.own.key) }, 0)
}

type used struct{ u int }

func (u *used) run() { release(u.u) }

func KeptWholeIsUsed(id int) {
	u := &used{id}
	runtime.AddCleanup(u, func(int) { u.run() }, 0)
}

type stopped struct{ s int }

func (s *stopped) Close() { runtime.SetFinalizer(s, nil); release(s.s) }

func KeptIsTakenBack(id int) {
	s := &stopped{id}
	runtime.SetFinalizer(s, func(s *stopped) { release(s.s) })
	s.Close()
}

type revived struct{ r int }

var again *revived

func KeptRevives(id int) {
	r := &revived{id}
	runtime.SetFinalizer(r, func(r *revived) { release(r.r); again = r })
}

type listed struct{ elements []int }

func KeptSlice(id int) {
	l := &listed{[]int{id}}
	runtime.AddCleanup(l, func(int) { release(l.elements[0]) }, 0)
}

type zeroed struct{ z int }

func KeptSetByCleanup(id int) {
	z := &zeroed{id}
	runtime.SetFinalizer(z, func(z *zeroed) { release(z.z); z.z = 0 })
}

type part struct{ p int }

var parts [2]part

func KeptLiesInAnArray(id int) {
	p := &parts[0]
	p.p = id
	runtime.AddCleanup(p, func(int) { release(p.p) }, 0)
}

type ranged struct{ r int }

func KeptSetByRange(id int) {
	r := &ranged{id}
	runtime.AddCleanup(r, func(int) { release(r.r) }, 0)
	for r.r = range 2 {
	}
}

type member struct{ m int }

func (m member) String() string { return "member" }

func KeptMethodOfValue(id int) {
	m := &member{id}
	runtime.AddCleanup(m, func(int) { note(m.String()); release(m.m) }, 0)
}
