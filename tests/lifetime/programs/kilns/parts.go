// Command kilns runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Burner is opened by address.
type Burner struct {
	lock   sync.Mutex
	sysfd  Sys
	laddr  string
	closed chan struct{}
	flame  *Flame
}

// Sys is a descriptor of the system.
type Sys int

const invalid Sys = -1

// Flame is what a burner burns.
type Flame struct {
	of    Sys
	level int
}

// Dial opens a burner.
func Dial(ctx context.Context, addr string, opts ...func(*Burner)) (*Burner, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	default:
	}
	b := &Burner{sysfd: invalid, laddr: addr, closed: make(chan struct{})}
	for _, set := range opts {
		set(b)
	}
	if err := b.connect(); err != nil {
		return nil, fmt.Errorf("dial %s: %w", addr, err)
	}
	return b, nil
}

func WithFlame(level int) func(*Burner) {
	return func(b *Burner) { b.flame = &Flame{of: invalid, level: level} }
}

func (b *Burner) connect() error {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	b.sysfd = Sys(fd)
	if b.flame != nil {
		b.flame.of = b.sysfd
	}
	runtime.SetFinalizer(b, (*Burner).destroy)
	return nil
}

func (b *Burner) destroy() {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.sysfd == invalid {
		return
	}
	syscall.Close(int(b.sysfd))
	b.sysfd = invalid
}

func (b *Burner) Close() error {
	runtime.SetFinalizer(b, nil)
	b.destroy()
	return nil
}

func (b *Burner) Sysfd() Sys {
	b.lock.Lock()
	fd := b.sysfd
	b.lock.Unlock()
	return fd
}

func (s Sys) Int() int { return int(s) }

func (s Sys) Valid() bool { return s > invalid }

func (f *Flame) Raise(by int) error {
	if _, err := syscall.Write(int(f.of), []byte{byte(by)}); err != nil {
		return err
	}
	f.level += by
	return nil
}

// DB maps a file.
type DB struct {
	file   *os.File
	data   *[1 << 20]byte
	size   int
	pages  map[uint64]*page
	opened time.Time
}

type page struct {
	id    uint64
	count uint16
	flags uint16
}

type txn struct {
	db   *DB
	root *page
}

func OpenDB() (*DB, error) {
	f, err := os.CreateTemp("", "kilns")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	if err := f.Truncate(1 << 14); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	db := &DB{file: f, pages: map[uint64]*page{}, opened: time.Now()}
	if err := db.mmap(1 << 14); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	runtime.AddCleanup(db, func(m []byte) { unmap(m) }, db.data[:db.size])
	return db, nil
}

func (db *DB) mmap(size int) error {
	b, err := syscall.Mmap(int(db.file.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	db.data = (*[1 << 20]byte)(unsafe.Pointer(&b[0]))
	db.size = size
	return nil
}

func (db *DB) page(id uint64) *page {
	return (*page)(unsafe.Pointer(&db.data[id*4096]))
}

func (db *DB) Begin() *txn { return &txn{db: db, root: db.page(1)} }

func (db *DB) View(f func(t *txn) error) error {
	t := db.Begin()
	defer func() { t.db = nil }()
	return f(t)
}

func (t *txn) get(off int) []byte { return t.db.data[off : off+8] }

// Watch has an epoll descriptor and what it waits for.
type Watch struct {
	poller
	paths map[string]int
	done  chan struct{}
}

type poller struct {
	epfd int
	pipe struct{ r, w int }
}

func (p *poller) add(fd int) error {
	return syscall.EpollCtl(p.epfd, syscall.EPOLL_CTL_ADD, fd,
		&syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

func NewWatch() (*Watch, error) {
	w := &Watch{paths: map[string]int{}, done: make(chan struct{})}
	var err error
	if w.epfd, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	var p [2]int
	if err = syscall.Pipe2(p[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		syscall.Close(w.epfd)
		return nil, err
	}
	w.pipe.r, w.pipe.w = p[0], p[1]
	if err := w.add(w.pipe.r); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(w, func(w *Watch) { w.poller.close() })
	return w, nil
}

func (p *poller) close() {
	for _, fd := range []int{p.epfd, p.pipe.r, p.pipe.w} {
		syscall.Close(fd)
	}
}

func (p *poller) wake() error {
	_, err := syscall.Write(p.pipe.w, payload)
	return err
}

// Chest keeps anything.
type Chest[K comparable, V any] struct {
	mu    sync.RWMutex
	items map[K]V
}

func (c *Chest[K, V]) Put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items == nil {
		c.items = make(map[K]V)
	}
	c.items[k] = v
}

func (c *Chest[K, V]) Get(k K) (v V, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok = c.items[k]
	return
}

// Result is a value or an error.
type Result[T any] struct {
	Value T
	Err   error
}

func (r Result[T]) Unwrap() (T, error) { return r.Value, r.Err }

func try[T any](v T, err error) Result[T] { return Result[T]{v, err} }

// Lid is owned by pointer and passed by interfaces.
type Lid struct {
	fd   uintptr
	meta map[string]string
}

type Opener interface {
	Open(name string) (Handle, error)
}

type Handle interface {
	Descriptor() uintptr
	Release() error
}

type local struct{ root string }

func (l local) Open(name string) (Handle, error) {
	fd, err := syscall.Open(l.root+name, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	lid := &Lid{fd: uintptr(fd), meta: map[string]string{"name": name}}
	runtime.SetFinalizer(lid, func(l *Lid) { _ = l.Release() })
	return lid, nil
}

func (l *Lid) Descriptor() uintptr { return l.fd }

func (l *Lid) Release() error {
	fd := l.fd
	l.fd = ^uintptr(0)
	runtime.SetFinalizer(l, nil)
	return syscall.Close(int(fd))
}

func opened(name string) Handle {
	var o Opener = local{root: "/dev/"}
	h, err := o.Open(name)
	if err != nil {
		panic(err)
	}
	return h
}

func burner() *Burner {
	b, err := Dial(context.Background(), "here")
	if err != nil {
		panic(err)
	}
	return b
}

func listen() *net.TCPListener {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		panic(err)
	}
	return l
}

func words(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func send(fd int, b []byte) (n int, err error) {
	for n < len(b) {
		m, e := syscall.Write(fd, b[n:])
		switch {
		case e == nil:
			n += m
		case errors.Is(e, syscall.EINTR), errors.Is(e, syscall.EAGAIN):
			continue
		default:
			return n, e
		}
	}
	return n, nil
}
