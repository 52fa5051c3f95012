package main

import (
	"log"
	"runtime"
	"sync/atomic"
	"syscall"
)

func watch(g *gauge) {
	runtime.AddCleanup(g, func(fd int) { _ = syscall.Close(fd) }, g.fd)
}

func finish(w *whole) {
	runtime.AddCleanup(w, func(p part) { syscall.Close(p.fd) }, w.inner)
}

// bell only says that it was lost.
type bell struct{ fd int }

func newBell() *bell {
	b := &bell{fd: null()}
	runtime.SetFinalizer(b, (*bell).lost)
	return b
}

func (b *bell) lost() {
	if b.fd >= 0 {
		log.Print("lost descriptor ", b.fd)
	}
}

var counted atomic.Int64

// newCounted makes a gauge that its user has to close.
func newCounted() *gauge {
	g := &gauge{fd: null()}
	runtime.AddCleanup(g, func(n int64) { counted.Add(-n) }, 1)
	return g
}
