package main

import (
	"fmt"
	rt "runtime"
	"unsafe"
)

type handle struct {
	fd   int
	next *handle // what has no pointer may share its block
}

type number int

type inner struct {
	fd    int
	where unsafe.Pointer
}

type outer struct {
	inner
	name  string
	raw   number
	state *shared
	next  *outer
	hook  func()
}

type shared struct{ fd int }

type box[T any] struct {
	value T
	fd    int
}

// Give the value.

func FixedCaptures(id int) {
	h := &handle{fd: id}
	rt.AddCleanup(h, func(int) { release(h.fd) }, 0)
}

func FixedCapturesNil(id int) {
	o := &outer{raw: number(id)}
	rt.AddCleanup(o, func(_ any) { release(int(o.raw)) }, nil)
}

func FixedCapturesPromoted(id int) {
	o := &outer{inner: inner{fd: id}}
	// The embedded struct's.
	rt.AddCleanup(o, func(struct{}) {
		// a comment in it
		release(o.fd)
	}, struct{}{})
}

func FixedCapturesDeep(id int) {
	o := new(outer)
	o.inner.fd = id
	c := rt.AddCleanup(o, func(string) { release(o.inner.fd) }, "")
	_ = c
}

func FixedCapturesTwo(id int) {
	o := &outer{name: "two", raw: number(id)}
	rt.AddCleanup(o, func(int) { note(o.name); release(int(o.raw)) }, 0)
}

func FixedCapturesBesideArgument(id int) {
	o := &outer{name: "beside", raw: number(id)}
	rt.AddCleanup(o, func(fd int) { note(o.name); release(fd) }, id)
}

func FixedCapturesInLoop(id int) {
	for i := range 3 {
		h := &handle{fd: id}
		rt.AddCleanup(h, func(int) {
			if i == 1 {
				release(h.fd)
			}
		}, 0)
	}
}

func FixedCapturesGeneric(id int) { generic("g", id) }

func generic[T any](value T, id int) {
	b := &box[T]{value, id}
	rt.AddCleanup(b, func(int) { release(b.fd) }, 0)
}

func FixedCapturesInClosure(id int) {
	func() {
		h := &handle{fd: id}
		func() { rt.AddCleanup(h, func(int) { release(h.fd) }, 0) }()
	}()
}

func FixedCapturesShadowed(id int) {
	fd := 7
	o := &outer{inner: inner{fd: id}, name: "s"}
	rt.AddCleanup(o, func(int) { note(fmt.Sprint(fd, o.name)); release(o.fd) }, 0)
}

func (h *handle) free(int) { release(h.fd) }

func FixedMethodValue(id int) {
	h := &handle{fd: id}
	rt.AddCleanup(h, h.free, 0)
}

func FixedGetsPart(id int) {
	o := &outer{inner: inner{fd: id}}
	rt.AddCleanup(o, func(in *inner) { release(in.fd) }, &o.inner)
}

func (in *inner) free() { release(in.fd) }

func FixedGetsPartMethod(id int) {
	o := &outer{inner: inner{fd: id}}
	rt.AddCleanup(o, (*inner).free, &o.inner)
}

func FixedSwitch(id int) {
	switch h := (&handle{fd: id}); {
	case h.fd > 0:
		rt.AddCleanup(h, func(int) { release(h.fd) }, 0)
	default:
		release(id)
	}
}

// The finalizer's parameter.

func FixedFinalizerCaptures(id int) {
	h := &handle{fd: id}
	rt.SetFinalizer(h, func(*handle) { release(h.fd) })
}

func FixedFinalizerCapturesNamed(id int) {
	h := &handle{fd: id}
	rt.SetFinalizer(h, func(x *handle) {
		if x != nil {
			release(h.fd)
		}
	})
}

func FixedFinalizerCapturesBlank(id int) {
	h := &handle{fd: id}
	rt.SetFinalizer(h, func(_ *handle) { free(h) })
}

func free(h *handle) { release(h.fd) }

// In a cycle: a cleanup does not mind.

func FixedCycle(id int) {
	o := &outer{inner: inner{fd: id}}
	o.next = &outer{next: o}
	rt.SetFinalizer(o, func(o *outer) { release(o.fd) })
}

// A pointer of an object to itself is none for the collector (runtime.scanobject).
func SoundCycleOfOne(id int) {
	o := &outer{inner: inner{fd: id}}
	o.next = o
	rt.SetFinalizer(o, func(o *outer) { release(o.fd) })
}

func FixedCycleByHook(id int) {
	o := &outer{raw: number(id)}
	o.hook = func() { note(o.name) }
	rt.SetFinalizer(o, func(x *outer) { release(int(x.raw)) })
}

func (o *outer) done() { release(int(o.raw)) }

func FixedCycleMethod(id int) {
	o := &outer{raw: number(id)}
	o.next = &outer{next: o}
	o.next.next = o
	rt.SetFinalizer(o, (*outer).done)
}

// A finalizer that only releases: the same as a cleanup.

func SoundFinalizer(id int) {
	h := &handle{fd: id}
	rt.SetFinalizer(h, func(h *handle) { release(h.fd) })
}

func SoundFinalizerFunction(id int) {
	h := &handle{fd: id}
	rt.SetFinalizer(h, free2)
}

func free2(gone *handle) {
	release(gone.fd)
}

func (h *handle) close() error { return closed(h.fd) }

func closed(fd int) error { release(fd); return nil }

func SoundFinalizerResult(id int) {
	h := &handle{fd: id}
	rt.SetFinalizer(h, (*handle).close)
}

func SoundFinalizerTwo(id int) {
	o := &outer{name: "x", raw: number(id)}
	rt.SetFinalizer(o, func(o *outer) { note(o.name); release(int(o.raw)) })
}
