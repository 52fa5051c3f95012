package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// What daemons have: descriptors with limits, watches, timers, rings, helpers that linters ask for.

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func openLog() *os.File { return must(os.OpenFile("/dev/null", os.O_RDWR, 0)) }

//go:noinline
func emit(fd int) error {
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// number is what a linter makes of int(f.Fd()).
func number(fd uintptr) (int, error) {
	if fd > math.MaxInt32 {
		return 0, errors.New("descriptor out of range")
	}
	return int(fd), nil
}

func clamp[T, U ~int | ~uintptr | ~int32](v T) U { return U(v) }

type fdError struct {
	fd int
	op string
}

func (e *fdError) Error() string { return fmt.Sprint(e.op, " ", e.fd) }

// Timer is a descriptor that fires; a finalizer closes it.
type Timer struct {
	fd     int
	period time.Duration
	label  *string
}

func NewTimer(period time.Duration) *Timer {
	t := &Timer{fd: null(), period: period, label: new(string)}
	runtime.SetFinalizer(t, (*Timer).stop)
	return t
}

func (t *Timer) stop() { syscall.Close(t.fd) }

func (t *Timer) Stop() {
	runtime.SetFinalizer(t, nil)
	t.stop()
}

func (t *Timer) C() int { return t.fd }

// Watch is a descriptor in a struct by value, closed by a cleanup.
type Watch struct {
	sys  watchState
	name *string
}

type watchState struct {
	fd   int
	mask uint32
}

func NewWatch(name string) *Watch {
	w := &Watch{sys: watchState{fd: null(), mask: 3}, name: &name}
	runtime.AddCleanup(w, func(fd int) { syscall.Close(fd) }, w.sys.fd)
	return w
}

func (w *Watch) state() *watchState   { return &w.sys }
func (w *Watch) snapshot() watchState { return w.sys }
func (w *Watch) Descriptor() (int, error) {
	if w.sys.mask == 0 {
		return -1, errors.New("no mask")
	}
	return w.sys.fd, nil
}

// Ring is shared memory.
type Ring struct {
	mem  []byte
	head int
	name *string
}

func NewRing() *Ring {
	mem := must(syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE))
	copy(mem, "ring of bytes\n")
	r := &Ring{mem: mem, name: new(string)}
	runtime.SetFinalizer(r, func(r *Ring) { unmap(r.mem) })
	return r
}

func (r *Ring) Window(n int) []byte { return r.mem[r.head : r.head+n] }

type device interface {
	Descriptor() (int, error)
}

// registry knows watches by name.
type registry struct {
	mu    sync.Mutex
	known map[string]*Watch
}

func (g *registry) open(name string) *Watch {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w, ok := g.known[name]; ok {
		return w
	}
	w := NewWatch(name)
	g.known[name] = w
	return w
}

func (g *registry) forget(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.known, name)
}

//go:noinline
func sum(b []byte) error {
	collect()
	n := 0
	for _, c := range b {
		n += int(c)
	}
	if n == 0 {
		return errGone
	}
	return nil
}
