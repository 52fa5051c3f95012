package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// --- serial ports

// Mode is how a port is opened.
type Mode struct {
	BaudRate int
	Parity   byte
	NonBlock bool
}

// Option changes a mode.
type Option func(*Mode)

func WithBaud(n int) Option { return func(m *Mode) { m.BaudRate = n } }

// Port is a serial port.
type Port struct {
	name   string
	handle int
	mode   Mode
	closed atomic.Bool
	once   sync.Once
}

func OpenPort(name string, opts ...Option) (*Port, error) {
	mode := Mode{BaudRate: 9600}
	for _, apply := range opts {
		apply(&mode)
	}
	h, err := syscall.Open(name, syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	p := &Port{name: name, handle: h, mode: mode}
	runtime.SetFinalizer(p, (*Port).Close)
	return p, nil
}

func mustPort() *Port {
	p, err := OpenPort("/dev/null", WithBaud(115200))
	if err != nil {
		panic(err)
	}
	return p
}

func (p *Port) Close() (err error) {
	p.once.Do(func() {
		p.closed.Store(true)
		runtime.SetFinalizer(p, nil)
		err = syscall.Close(p.handle)
	})
	return err
}

func (p *Port) Write(b []byte) (int, error) {
	if p.closed.Load() {
		return 0, os.ErrClosed
	}
	n, err := syscall.Write(p.handle, b)
	runtime.KeepAlive(p)
	return n, err
}

func (p *Port) Handle() uintptr { return uintptr(p.handle) }

// --- mapped readers

// ReaderAt reads a file that is mapped.
type ReaderAt struct {
	data []byte
}

func MapFile(size int) (*ReaderAt, error) {
	data, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return &ReaderAt{data: make([]byte, 0)}, nil
	}
	r := &ReaderAt{data}
	runtime.SetFinalizer(r, (*ReaderAt).Close)
	return r, nil
}

func mustMap() *ReaderAt {
	r, err := MapFile(8192)
	if err != nil {
		panic(err)
	}
	return r
}

func (r *ReaderAt) Close() error {
	if r.data == nil {
		return nil
	}
	data := r.data
	r.data = nil
	runtime.SetFinalizer(r, nil)
	unmap(data)
	return nil
}

func (r *ReaderAt) Len() int { return len(r.data) }

func (r *ReaderAt) At(i int) byte { return r.data[i] }

func (r *ReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if r.data == nil {
		return 0, errors.New("mmap: closed")
	}
	if off < 0 || int64(len(r.data)) < off {
		return 0, fmt.Errorf("mmap: invalid ReadAt offset %d", off)
	}
	n := copy(p, r.data[off:])
	runtime.KeepAlive(r)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Slice is a view.
func (r *ReaderAt) Slice(from, to int) ([]byte, error) {
	if to > len(r.data) {
		return nil, io.ErrUnexpectedEOF
	}
	return r.data[from:to:to], nil
}

// Header lies at the start of the file.
type Header struct {
	Magic   uint32
	Version uint32
}

func (r *ReaderAt) Header() *Header { return (*Header)(unsafe.Pointer(&r.data[0])) }

// --- event descriptors, as of an eBPF library

// FD is a descriptor that is closed when it is collected. The name keeps it out of the blocks that
// the runtime fills with small objects of any kind.
type FD struct {
	raw  int
	name string
}

func NewFD(value int) (*FD, error) {
	if value < 0 {
		return nil, fmt.Errorf("invalid fd %d", value)
	}
	fd := &FD{raw: value}
	runtime.SetFinalizer(fd, (*FD).Close)
	return fd, nil
}

func (fd *FD) Int() int { return fd.raw }

func (fd *FD) Uint() uint32 { return uint32(fd.raw) }

func (fd *FD) Close() error {
	if fd.raw < 0 {
		return nil
	}
	value := fd.disown()
	return syscall.Close(value)
}

func (fd *FD) disown() int {
	value := fd.raw
	fd.raw = -1
	runtime.SetFinalizer(fd, nil)
	return value
}

func (fd *FD) Dup() (*FD, error) {
	dup, err := syscall.Dup(fd.raw)
	if err != nil {
		return nil, err
	}
	return NewFD(dup)
}

// Map is a map of the kernel.
type Map struct {
	fd        *FD
	keySize   uint32
	valueSize uint32
}

// Program is a program of the kernel.
type Program struct {
	fd   *FD
	maps []*Map
	name string
}

// Collection has all of an object file.
type Collection struct {
	Maps     map[string]*Map
	Programs map[string]*Program
}

func eventFD() *FD {
	r, _, e := syscall.Syscall(syscall.SYS_EVENTFD2, 1, 0, 0)
	if e != 0 {
		panic(e)
	}
	fd, err := NewFD(int(r))
	if err != nil {
		panic(err)
	}
	return fd
}

func NewCollection(names ...string) *Collection {
	c := &Collection{map[string]*Map{}, map[string]*Program{}}
	for _, name := range names {
		m := &Map{fd: eventFD(), keySize: 4, valueSize: 8}
		c.Maps[name] = m
		c.Programs[name] = &Program{fd: eventFD(), maps: []*Map{m}, name: name}
	}
	return c
}

func (m *Map) FD() int { return m.fd.Int() }

func (p *Program) FD() int { return p.fd.Int() }

// bpf stands for the system call of that name.
func bpf(cmd int, attr *attr) error {
	var value [8]byte
	binary.NativeEndian.PutUint64(value[:], uint64(cmd))
	_, err := syscall.Write(int(attr.fd), value[:])
	return err
}

type attr struct {
	fd    uint32
	flags uint32
	key   unsafe.Pointer
}

// --- netlink

// Conn is a netlink socket.
type Conn struct {
	s   *socket
	seq uint32
	pid uint32
}

type socket struct {
	sysfd int
	mu    sync.RWMutex
}

func DialNetlink() (*Conn, error) {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	s := &socket{sysfd: fd}
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	runtime.AddCleanup(s, func(fd int) { _ = syscall.Close(fd) }, fd)
	return &Conn{s: s}, nil
}

func mustConn() *Conn {
	c, err := DialNetlink()
	if err != nil {
		panic(err)
	}
	return c
}

func (c *Conn) SetOption(value int) error {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return syscall.SetsockoptInt(c.s.sysfd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, value)
}

func (c *Conn) fd() int { return c.s.sysfd }

func (c *Conn) Control(f func(fd uintptr)) error {
	f(uintptr(c.s.sysfd))
	return nil
}

// --- a pool of handles

// Pool lends handles.
type Pool[H interface{ Close() error }] struct {
	mu   sync.Mutex
	free []H
	make func(context.Context) (H, error)
}

func (p *Pool[H]) Get(ctx context.Context) (H, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		h := p.free[n-1]
		p.free = p.free[:n-1]
		return h, nil
	}
	return p.make(ctx)
}

func (p *Pool[H]) Put(h H) {
	p.mu.Lock()
	p.free = append(p.free, h)
	p.mu.Unlock()
}

// --- decoded images

// Image has its pixels outside of Go's memory.
type Image struct {
	pix    unsafe.Pointer
	stride int
	bounds struct{ w, h int }
}

func Decode(w, h int) (*Image, error) {
	mem, err := syscall.Mmap(-1, 0, w*h, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	img := &Image{pix: unsafe.Pointer(&mem[0]), stride: w}
	img.bounds.w, img.bounds.h = w, h
	runtime.SetFinalizer(img, func(img *Image) { unmap(unsafe.Slice((*byte)(img.pix), w*h)) })
	return img, nil
}

func mustDecode() *Image {
	img, err := Decode(128, 64)
	if err != nil {
		panic(err)
	}
	return img
}

func (img *Image) Pix() []byte {
	return unsafe.Slice((*byte)(img.pix), img.stride*img.bounds.h)
}

func (img *Image) Row(y int) []byte {
	return img.Pix()[y*img.stride : (y+1)*img.stride]
}

func (img *Image) Set(x, y int, v byte) {
	*(*byte)(unsafe.Add(img.pix, y*img.stride+x)) = v
	runtime.KeepAlive(img)
}

// --- a lock file

// Lock is held by an open file.
type Lock struct{ f *os.File }

func Acquire() (*Lock, error) {
	f, err := os.CreateTemp("", "yards-lock-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}

func mustLock() *Lock {
	l, err := Acquire()
	if err != nil {
		panic(err)
	}
	return l
}

func (l *Lock) Release() error { return syscall.Flock(int(l.f.Fd()), syscall.LOCK_UN) }
