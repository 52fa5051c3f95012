// Command looms runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
	"weak"
)

// Loom is a handle whose body is released when the last handle is gone.
type Loom struct{ *body }

type body struct {
	mu     sync.Mutex
	fd     int
	refs   atomic.Int32
	closed bool
}

func NewLoom() Loom {
	b := &body{fd: null()}
	b.refs.Store(1)
	runtime.SetFinalizer(b, func(b *body) { b.decref() })
	return Loom{b}
}

func (b *body) incref() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return os.ErrClosed
	}
	b.refs.Add(1)
	return nil
}

func (b *body) decref() {
	if b.refs.Add(-1) == 0 {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.closed = true
		syscall.Close(b.fd)
	}
}

func (b *body) Descriptor() (fd int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		err = os.ErrClosed
		return
	}
	fd = b.fd
	return
}

// Thread is the outer part; the cleanup gets the inner one.
type Thread struct {
	core *core
	Name string
}

type core struct {
	fd    int
	stats struct{ reads, writes int64 }
}

func (c *core) free() error { return syscall.Close(c.fd) }

func (c *core) write(b []byte) (int, error) {
	n, err := syscall.Write(c.fd, b)
	if err != nil {
		return n, &os.PathError{Op: "write", Path: "thread", Err: err}
	}
	c.stats.writes++
	return n, nil
}

func NewThread(name string) *Thread {
	t := &Thread{core: &core{fd: null()}, Name: name}
	runtime.AddCleanup(t, func(c *core) { c.free() }, t.core)
	return t
}

func (t *Thread) Write(b []byte) (int, error) { return t.core.write(b) }

func (t *Thread) Core() *core { return t.core }

// Ring is shared memory with pointers into it.
type Ring struct {
	mem  []byte
	head *uint32
	tail *uint32
	slot []uint64
}

func NewRing(slots int) (*Ring, error) {
	size := 4096 + slots*8
	mem, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	r := &Ring{
		mem:  mem,
		head: (*uint32)(unsafe.Pointer(&mem[0])),
		tail: (*uint32)(unsafe.Pointer(&mem[64])),
		slot: unsafe.Slice((*uint64)(unsafe.Pointer(&mem[4096])), slots),
	}
	runtime.SetFinalizer(r, (*Ring).unmap)
	return r, nil
}

func (r *Ring) unmap() {
	if r.mem == nil {
		return
	}
	unmap(r.mem)
	r.mem, r.head, r.tail, r.slot = nil, nil, nil, nil
}

func (r *Ring) Slots() []uint64 { return r.slot }

func (r *Ring) Text(from, to int) string {
	return unsafe.String(&r.mem[from], to-from)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Arena gives memory of one mapping.
type Arena struct {
	base unsafe.Pointer
	size uintptr
	off  uintptr
}

func NewArena(size int) *Arena {
	mem := must(syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE))
	a := &Arena{base: unsafe.Pointer(unsafe.SliceData(mem)), size: uintptr(size)}
	runtime.SetFinalizer(a, func(a *Arena) { unmap(unsafe.Slice((*byte)(a.base), a.size)) })
	return a
}

func Alloc[T any](a *Arena) *T {
	var zero T
	size := unsafe.Sizeof(zero)
	if a.off+size > a.size {
		panic("arena is full")
	}
	p := (*T)(unsafe.Add(a.base, a.off))
	a.off += (size + 15) &^ 15
	return p
}

// Terminal has two files.
type Terminal struct {
	in, out *os.File
	raw     bool
}

func OpenTerminal() (*Terminal, error) {
	in, err := os.OpenFile("/dev/null", os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile("/dev/null", os.O_WRONLY, 0)
	if err != nil {
		in.Close()
		return nil, err
	}
	return &Terminal{in: in, out: out}, nil
}

func (t *Terminal) Descriptors() (in, out uintptr) { return t.in.Fd(), t.out.Fd() }

func (t *Terminal) Close() error { return errors.Join(t.in.Close(), t.out.Close()) }

// Store opens statements, which have the number of its handle.
type Store struct {
	handle int
	cache  map[string]*Statement
	mu     sync.RWMutex
}

type Statement struct {
	db   int
	text string
	args []any
}

func OpenStore() *Store {
	s := &Store{handle: null(), cache: make(map[string]*Statement)}
	runtime.SetFinalizer(s, (*Store).finalize)
	return s
}

func (s *Store) finalize() { _ = s.Close() }

func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handle == -1 {
		return nil
	}
	runtime.SetFinalizer(s, nil)
	err := syscall.Close(s.handle)
	s.handle = -1
	return err
}

func (s *Store) Prepare(text string) (*Statement, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.handle < 0 {
		return nil, os.ErrClosed
	}
	return &Statement{db: s.handle, text: text}, nil
}

func (st *Statement) Bind(args ...any) *Statement {
	st.args = append(st.args, args...)
	return st
}

func (st *Statement) Exec() error {
	_, err := syscall.Write(st.db, []byte(st.text))
	return err
}

// Spool is any resource of a number, with what frees it.
type Spool[N ~int | ~uintptr] struct {
	n    N
	free func(N) error
}

func NewSpool[N ~int | ~uintptr](n N, free func(N) error) *Spool[N] {
	s := &Spool[N]{n: n, free: free}
	runtime.AddCleanup(s, func(release func()) { release() }, func() { _ = free(n) })
	return s
}

func (s *Spool[N]) N() N { return s.n }

// track sets the finalizer of anything.
func track[T io.Closer](v T, closing func(T)) T {
	runtime.SetFinalizer(v, closing)
	return v
}

type Needle struct{ fd int }

func (n *Needle) Close() error { return syscall.Close(n.fd) }

func NewNeedle() *Needle {
	return track(&Needle{fd: null()}, func(n *Needle) { n.Close() })
}

func compareNeedles(a, b *Needle) int { return cmp.Compare(a.fd, b.fd) }

// base arms what embeds it.
type base struct {
	fd   int
	once sync.Once
}

func (b *base) open() { b.fd = null() }

func (b *base) shut() { b.once.Do(func() { syscall.Close(b.fd) }) }

func (b *base) number() int { return b.fd }

type Warp struct {
	base
	width int
}

func NewWarp(width int) *Warp {
	w := &Warp{width: width}
	w.open()
	runtime.SetFinalizer(w, func(w *Warp) { w.shut() })
	return w
}

// Weft has its pair in an array.
type Weft struct {
	ends  [2]int
	label string
}

func NewWeft() *Weft {
	w := &Weft{label: "weft"}
	if err := syscall.Pipe2(w.ends[:], syscall.O_CLOEXEC); err != nil {
		panic(err)
	}
	runtime.AddCleanup(w, func(ends [2]int) {
		for _, fd := range ends {
			syscall.Close(fd)
		}
	}, w.ends)
	return w
}

// patterns are known by name as long as somebody needs them.
type patterns struct {
	mu    sync.Mutex
	known map[string]weak.Pointer[Needle]
}

func (p *patterns) get(name string) *Needle {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w, ok := p.known[name]; ok {
		if n := w.Value(); n != nil {
			return n
		}
	}
	n := NewNeedle()
	p.known[name] = weak.Make(n)
	return n
}

var catalogue = patterns{known: map[string]weak.Pointer[Needle]{}}

var needles = sync.Pool{New: func() any { return NewNeedle() }}

type descriptor interface{ Descriptor() (int, error) }

// fdWriter writes to a descriptor.
type fdWriter int

func (w fdWriter) Write(b []byte) (int, error) {
	n, err := syscall.Write(int(w), b)
	if err != nil {
		return n, fmt.Errorf("descriptor %d: %w", int(w), err)
	}
	return n, nil
}

func put(fd int) error {
	_, err := syscall.Write(fd, payload)
	return err
}
