// Command winches runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

func write(fd int, p []byte) (int, error) { return syscall.Write(fd, p) }

// Winch is a handle as syscall packages have it.
type Winch struct {
	mu   sync.RWMutex
	h    Handle
	kind Kind
	opts *Options
}

// Handle is a descriptor.
type Handle int

// Kind says what it is.
type Kind uint8

// Options may be shared.
type Options struct {
	Retries int
	Delay   time.Duration
}

func (h Handle) valid() bool { return h >= 0 }

func (h Handle) write(p []byte) error {
	_, err := write(int(h), p)
	return err
}

// NewWinch opens one.
func NewWinch(kind Kind, opts *Options) *Winch {
	if opts == nil {
		opts = &Options{Retries: 1}
	}
	w := &Winch{kind: kind, opts: opts}
	w.reset(Handle(null()))
	return w
}

func (w *Winch) reset(h Handle) {
	w.h = h
	runtime.SetFinalizer(w, func(w *Winch) { w.close() })
}

func (w *Winch) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.h.valid() {
		syscall.Close(int(w.h))
		w.h = -1
	}
}

// Close releases it now.
func (w *Winch) Close() error {
	runtime.SetFinalizer(w, nil)
	w.close()
	return nil
}

// Handle returns the handle.
func (w *Winch) Handle() Handle {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.h
}

// Control calls f with the handle.
func (w *Winch) Control(f func(h Handle) error) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return f(w.h)
}

// crane embeds a pointer and has parts.
type crane struct {
	*Winch
	hook  *hook
	parts map[string]*Winch
	next  *crane
}

type hook struct {
	winch *Winch
	depth int
}

func newCrane() *crane {
	return &crane{Winch: NewWinch(1, nil), hook: &hook{winch: NewWinch(2, nil)}, parts: map[string]*Winch{}}
}

// region is memory.
type region struct {
	base unsafe.Pointer
	size uintptr
}

func newRegion(size int) *region {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	r := &region{base: unsafe.Pointer(&b[0]), size: uintptr(size)}
	runtime.SetFinalizer(r, func(*region) { unmap(b) })
	return r
}

func (r *region) at(offset uintptr) unsafe.Pointer { return unsafe.Add(r.base, offset) }

func (r *region) words() []uint32 {
	return unsafe.Slice((*uint32)(r.base), r.size/4)
}

// temp is a file that removes itself.
type temp struct {
	file *os.File
	path string
}

func newTemp() (*temp, error) {
	f, err := os.CreateTemp("", "winch")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return &temp{file: f, path: f.Name()}, nil
}

func (t *temp) Fd() uintptr { return t.file.Fd() }

func (t *temp) Write(p []byte) (int, error) { return t.file.Write(p) }

var _ io.Writer = (*temp)(nil)

// lease is generic over a pointer.
type lease[T any] struct {
	value *T
	until time.Time
}

func grant[T any](value *T) lease[T] { return lease[T]{value, time.Now().Add(time.Hour)} }

func (l lease[T]) get() *T { return l.value }

// either returns the first that works.
func either[T any](makers ...func() (T, error)) (value T, err error) {
	for _, make := range makers {
		if value, err = make(); err == nil {
			return value, nil
		}
	}
	return value, err
}
