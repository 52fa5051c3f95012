package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Device is opened with functional options.
type Device struct {
	path string
	opts settings
	sys  struct {
		fd    int
		flags int
	}
	once sync.Once
}

type settings struct {
	flags   int
	timeout time.Duration
}

// DeviceOption changes the settings.
type DeviceOption func(*settings)

// ReadOnly opens for reading.
func ReadOnly() DeviceOption { return func(s *settings) { s.flags = syscall.O_RDONLY } }

// Timeout limits calls.
func Timeout(d time.Duration) DeviceOption { return func(s *settings) { s.timeout = d } }

// OpenDevice opens one.
func OpenDevice(path string, opts ...DeviceOption) (*Device, error) {
	s := settings{flags: syscall.O_RDWR}
	for _, opt := range opts {
		opt(&s)
	}
	fd, err := syscall.Open(path, s.flags|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	d := &Device{path: path, opts: s}
	d.sys.fd, d.sys.flags = fd, s.flags
	runtime.SetFinalizer(d, (*Device).Close)
	return d, nil
}

// Close closes once.
func (d *Device) Close() (err error) {
	d.once.Do(func() {
		runtime.SetFinalizer(d, nil)
		err = syscall.Close(d.sys.fd)
		d.sys.fd = -1
	})
	return err
}

// FD returns the descriptor.
func (d *Device) FD() int { return d.sys.fd }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// builder makes sessions.
type builder struct {
	path  string
	flags int
	err   error
}

func newBuilder() *builder { return &builder{flags: syscall.O_RDWR} }

func (b *builder) Path(path string) *builder {
	if path == "" {
		b.err = errors.New("no path")
	}
	b.path = path
	return b
}

func (b *builder) Append() *builder { b.flags |= syscall.O_APPEND; return b }

func (b *builder) Build() (*session, error) {
	if b.err != nil {
		return nil, b.err
	}
	dev, err := OpenDevice(b.path)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	return &session{dev: dev, started: time.Now(), log: io.Discard}, nil
}

type session struct {
	dev     *Device
	started time.Time
	log     io.Writer
}

func (s *session) device() *Device { return s.dev }

func (s *session) details() (*Device, time.Time, error) {
	if s.dev == nil {
		return nil, time.Time{}, os.ErrClosed
	}
	return s.dev, s.started, nil
}

// transport has one implementation.
type transport interface {
	Socket() (int, error)
	io.Closer
}

type socketTransport struct{ pair [2]int }

func (t *socketTransport) Socket() (int, error) {
	if t.pair[0] == 0 {
		return 0, os.ErrClosed
	}
	return t.pair[0], nil
}

func (t *socketTransport) Close() error {
	for i := range t.pair {
		syscall.Close(t.pair[i])
		t.pair[i] = 0
	}
	return nil
}

func dialPair(ctx context.Context) (transport, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	t := &socketTransport{fds}
	runtime.SetFinalizer(t, func(t *socketTransport) { t.Close() })
	return t, nil
}

// mapping is memory from mmap.
type mapping struct {
	data []byte
	size int
}

func newMapping(size int) (*mapping, error) {
	data, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	m := &mapping{data: data, size: size}
	runtime.AddCleanup(m, unmap, data)
	return m, nil
}

func (m *mapping) Bytes() []byte { return m.data[:m.size] }

func (m *mapping) header() *frameHeader { return (*frameHeader)(unsafe.Pointer(&m.data[0])) }

type frameHeader struct {
	magic, length uint32
}

// resource is generic over what it holds.
type resource[H any] struct {
	handle H
	free   func(H)
}

func own[H any](handle H, free func(H)) *resource[H] {
	r := &resource[H]{handle, free}
	runtime.SetFinalizer(r, func(r *resource[H]) { r.free(r.handle) })
	return r
}

func (r *resource[H]) get() H { return r.handle }

func closeFD(fd int) { syscall.Close(fd) }

// registry of handles, as cgo wrappers have them.
var registry = struct {
	sync.Mutex
	live map[uintptr]string
	next uintptr
}{live: map[uintptr]string{}}

func registerName(name string) uintptr {
	registry.Lock()
	defer registry.Unlock()
	registry.next++
	registry.live[registry.next] = name
	return registry.next
}

func unregister(h uintptr) {
	registry.Lock()
	defer registry.Unlock()
	delete(registry.live, h)
}

// epoll has two descriptors.
type epoll struct {
	epfd   int
	wakeup [2]int
	events []syscall.EpollEvent
}

func newEpoll() (e *epoll, err error) {
	e = &epoll{events: make([]syscall.EpollEvent, 8)}
	if e.epfd, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if err = syscall.Pipe(e.wakeup[:]); err != nil {
		syscall.Close(e.epfd)
		return nil, err
	}
	runtime.SetFinalizer(e, (*epoll).shutdown)
	return e, nil
}

func (e *epoll) shutdown() {
	syscall.Close(e.epfd)
	syscall.Close(e.wakeup[0])
	syscall.Close(e.wakeup[1])
}

// journal wraps a file and a position.
type journal struct {
	*os.File
	offset int64
}

func openJournal() *journal { return &journal{File: temporary()} }

// group is a small errgroup.
type group struct {
	wg   sync.WaitGroup
	once sync.Once
	err  error
}

func (g *group) Go(f func() error) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := f(); err != nil {
			g.once.Do(func() { g.err = err })
		}
	}()
}

func (g *group) Wait() error {
	g.wg.Wait()
	return g.err
}
