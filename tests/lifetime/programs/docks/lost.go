package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

var line = []byte("x\n")

// shape fail b01
// helper returns the descriptor of a local file
var _ = add("b01", b01)

func b01open() (int, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return -1, err
	}
	return int(f.Fd()), nil
}
func b01() error {
	fd, err := b01open()
	if err != nil {
		return err
	}
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

// shape fail b02
// NewFile over a raw descriptor, which is used again after the file's last use
var _ = add("b02", b02)

func b02() error {
	fd, err := syscall.Open(path, syscall.O_RDWR, 0)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), path)
	if _, err := f.Write(line); err != nil {
		return err
	}
	collect()
	return syscall.Fsync(fd)
}

// shape fail b03
// RawConn.Control leaks the descriptor
var _ = add("b03", b03)

func b03() error {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	rc, err := c.(*net.UDPConn).SyscallConn()
	if err != nil {
		return err
	}
	var saved int
	if err := rc.Control(func(fd uintptr) { saved = int(fd) }); err != nil {
		return err
	}
	collect()
	return syscall.SetsockoptInt(saved, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
}

// shape fail b04
// goroutine gets the number only
var _ = add("b04", b04)

func b04() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	done := make(chan error)
	go func() {
		collect()
		_, err := syscall.Write(fd, line)
		done <- err
	}()
	return <-done
}

// shape fail b05
// channel of descriptors
var _ = add("b05", b05)

func b05() error {
	ch := make(chan int, 1)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	ch <- int(f.Fd())
	collect()
	_, err = syscall.Write(<-ch, line)
	return err
}

// shape fail b06
// value handle copied out of the owner
var _ = add("b06", b06)

type b06owner struct{ fd int }
type b06handle struct{ fd int }

func b06new() (*b06owner, error) {
	fd, err := syscall.Open(path, syscall.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	o := &b06owner{fd}
	runtime.AddCleanup(o, func(fd int) { syscall.Close(fd) }, fd)
	return o, nil
}
func (o *b06owner) handle() b06handle { return b06handle{o.fd} }
func (h b06handle) write(b []byte) error {
	_, err := syscall.Write(h.fd, b)
	return err
}
func b06() error {
	o, err := b06new()
	if err != nil {
		return err
	}
	h := o.handle()
	collect()
	return h.write(line)
}

// shape fail b07
// closure that carries the number only
var _ = add("b07", b07)

func b07writer() (func([]byte) error, error) {
	o, err := b06new()
	if err != nil {
		return nil, err
	}
	fd := o.fd
	return func(b []byte) error {
		_, err := syscall.Write(fd, b)
		return err
	}, nil
}
func b07() error {
	w, err := b07writer()
	if err != nil {
		return err
	}
	collect()
	return w(line)
}

// shape fail b08
// defer evaluates its argument at once
var _ = add("b08", b08)

func b08() (err error) {
	f, e := os.OpenFile(path, os.O_RDWR, 0)
	if e != nil {
		return e
	}
	defer func(fd int) { err = syscall.Fsync(fd) }(int(f.Fd()))
	collect()
	return nil
}

// shape fail b09
// generic owner
var _ = add("b09", b09)

type b09owner[T any] struct {
	fd  int
	val T
}

func b09new[T any](v T) *b09owner[T] {
	fd, _ := syscall.Open(path, syscall.O_RDWR, 0)
	o := &b09owner[T]{fd, v}
	runtime.SetFinalizer(o, func(o *b09owner[T]) { syscall.Close(o.fd) })
	return o
}
func b09() error {
	o := b09new("x")
	fd := o.fd
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

// shape fail b10
// interface with Fd
var _ = add("b10", b10)

type fder interface{ Fd() uintptr }

func b10open() fder {
	f, _ := os.OpenFile(path, os.O_RDWR, 0)
	return f
}
func b10() error {
	x := b10open()
	fd := int(x.Fd())
	collect()
	return syscall.Ftruncate(fd, 8192)
}

// shape fail b11
// PollFd-like struct
var _ = add("b11", b11)

func b11() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	w.Write(line)
	var set syscall.FdSet
	fd := int(r.Fd())
	set.Bits[fd/64] |= 1 << (fd % 64)
	collect()
	_, err = syscall.Select(fd+1, &set, nil, nil, &syscall.Timeval{Sec: 1})
	runtime.KeepAlive(w)
	return err
}

// shape fail b12
// epoll registration
var _ = add("b12", b12)

func b12() error {
	ep, err := syscall.EpollCreate1(0)
	if err != nil {
		return err
	}
	defer syscall.Close(ep)
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	w.Write(line)
	fd := int(r.Fd())
	if err := syscall.EpollCtl(ep, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
		return err
	}
	collect()
	var ev [1]syscall.EpollEvent
	n, err := syscall.EpollWait(ep, ev[:], 100)
	runtime.KeepAlive(w)
	if n == 0 {
		return errors.New("event lost")
	}
	return err
}

// shape fail b13
// loop over writes
var _ = add("b13", b13)

func b13() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	for i := 0; i < 3; i++ {
		if _, err := syscall.Write(fd, line); err != nil {
			return err
		}
		collect()
	}
	return nil
}

// shape fail b14
// the variable gets the next file while the old number is used
var _ = add("b14", b14)

func b14() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	old := int(f.Fd())
	f, err = os.Open("/dev/null")
	if err != nil {
		return err
	}
	defer f.Close()
	collect()
	_, err = syscall.Write(old, line)
	return err
}

// shape fail b15
// a guard object holds the cleanup, the struct is a value
var _ = add("b15", b15)

type b15guard struct{ _ *int }
type b15sock struct {
	fd    int
	guard *b15guard
}

func b15new() b15sock {
	fd, _ := syscall.Open(path, syscall.O_RDWR, 0)
	g := &b15guard{new(int)}
	runtime.AddCleanup(g, func(fd int) { syscall.Close(fd) }, fd)
	return b15sock{fd, g}
}
func b15() error {
	s := b15new()
	collect()
	_, err := syscall.Write(s.fd, line)
	return err
}

// shape fail b16
// mapped memory, its view outlives the region
var _ = add("b16", b16)

type b16region struct{ data []byte }

func b16map() *b16region {
	b, err := syscall.Mmap(-1, 0, 8192, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	r := &b16region{b}
	runtime.SetFinalizer(r, func(r *b16region) { unmap(r.data) })
	return r
}
func (r *b16region) Bytes() []byte { return r.data }
func b16() (err error) {
	r := b16map()
	b := r.Bytes()
	b[0] = 1
	collect()
	// write(2) from an unmapped buffer tells EFAULT instead of dying
	f, _ := os.OpenFile(path, os.O_RDWR, 0)
	defer f.Close()
	_, err = f.Write(b)
	return err
}

// shape fail b17
// the same as a string without a copy
var _ = add("b17", b17)

func b17() error {
	r := b16map()
	copy(r.data, "hello")
	s := unsafe.String(&r.data[0], 5)
	collect()
	f, _ := os.OpenFile(path, os.O_RDWR, 0)
	defer f.Close()
	_, err := f.WriteString(s)
	return err
}

// shape fail b18
// method expression as finalizer
var _ = add("b18", b18)

type b18dev struct{ fd int }

func (d *b18dev) Close() error { return syscall.Close(d.fd) }
func b18open() *b18dev {
	fd, _ := syscall.Open(path, syscall.O_RDWR, 0)
	d := &b18dev{fd}
	runtime.SetFinalizer(d, (*b18dev).Close)
	return d
}
func (d *b18dev) Sync() error {
	fd := d.fd
	collect()
	return syscall.Fsync(fd)
}
func b18() error { return b18open().Sync() }

// shape fail b19
// an element of a slice of files
var _ = add("b19", b19)

func b19() error {
	var files []*os.File
	for range 2 {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	fd := int(files[0].Fd())
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

// shape fail b20
// callback gets a number
var _ = add("b20", b20)

func b20with(fn func(fd int) error) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return fn(int(f.Fd()))
}
func b20() error {
	return b20with(func(fd int) error {
		collect()
		_, err := syscall.Write(fd, line)
		return err
	})
}

// shape fail b21
// raw Syscall
var _ = add("b21", b21)

func b21() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := f.Fd()
	collect()
	_, _, e := syscall.Syscall(syscall.SYS_FSYNC, fd, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// shape fail b22
// fmt.Fprintf to a writer that is a number
var _ = add("b22", b22)

type fdWriter int

func (w fdWriter) Write(b []byte) (int, error) { return syscall.Write(int(w), b) }
func b22() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	w := fdWriter(f.Fd())
	collect()
	_, err = fmt.Fprintf(w, "%d\n", 1)
	return err
}

// shape fail b23
// io.Copy to the number
var _ = add("b23", b23)

func b23() error {
	o, err := b06new()
	if err != nil {
		return err
	}
	var dst io.Writer = fdWriter(o.fd)
	collect()
	_, err = io.Copy(dst, strings.NewReader("abc"))
	return err
}

// shape fail b24
// a timer
var _ = add("b24", b24)

func b24() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	res := make(chan error, 1)
	time.AfterFunc(20*time.Millisecond, func() {
		_, err := syscall.Write(fd, line)
		res <- err
	})
	collect()
	return <-res
}

// shape fail b25
// ForkExec with the number
var _ = add("b25", b25)

func b25() error {
	// ForkExec opens a pipe: it gets the numbers of these.
	low := []int{null(), null(), null()}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	attr := &syscall.ProcAttr{Files: []uintptr{0, f.Fd(), 2}}
	collect()
	for _, fd := range low {
		syscall.Close(fd)
	}
	pid, err := syscall.ForkExec("/bin/true", []string{"true"}, attr)
	if err == nil {
		syscall.Wait4(pid, nil, 0, nil)
	}
	return err
}

// shape fail b26
// a sequence that yields descriptors
var _ = add("b26", b26)

func b26seq() iter.Seq[int] {
	return func(yield func(int) bool) {
		for range 2 {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil || !yield(int(f.Fd())) {
				return
			}
		}
	}
}
func b26() error {
	for fd := range b26seq() {
		collect()
		if _, err := syscall.Write(fd, line); err != nil {
			return err
		}
	}
	return nil
}

// shape fail b27
// field of an outer struct is set to nil
var _ = add("b27", b27)

type b27conn struct{ file *os.File }

func (c *b27conn) detach() int {
	fd := int(c.file.Fd())
	c.file = nil
	return fd
}
func b27() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	c := &b27conn{f}
	fd := c.detach()
	collect()
	_, err = syscall.Write(fd, line)
	runtime.KeepAlive(c)
	return err
}

// shape fail b28
// a map of numbers
var _ = add("b28", b28)

func b28() error {
	fds := map[string]int{}
	for _, n := range []string{"a", "b"} {
		o, err := b06new()
		if err != nil {
			return err
		}
		fds[n] = o.fd
	}
	collect()
	_, err := syscall.Write(fds["a"], line)
	return err
}

// shape fail b29
// File() of a listener, number kept
var _ = add("b29", b29)

func b29() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	collect()
	return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
}

// shape fail b30
// embedded file
var _ = add("b30", b30)

type b30log struct {
	*os.File
	name string
}

func b30() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	l := &b30log{f, "log"}
	fd := l.Fd()
	collect()
	return syscall.Flock(int(fd), syscall.LOCK_EX)
}

// shape fail b31
// sync.Once that keeps the number in a package variable
var _ = add("b31", b31)

var b31fd int
var b31once sync.Once

func b31get() int {
	b31once.Do(func() {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			panic(err)
		}
		b31fd = int(f.Fd())
	})
	return b31fd
}
func b31() error {
	b31get()
	collect()
	_, err := syscall.Write(b31get(), line)
	return err
}

// shape fail b32
// the number in a struct of options
var _ = add("b32", b32)

type b32opts struct {
	FD   int
	Name string
}

func b32run(o b32opts) error {
	collect()
	_, err := syscall.Write(o.FD, line)
	return err
}
func b32() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return b32run(b32opts{FD: int(f.Fd()), Name: f.Name()})
}

// shape fail b33
// a constructor that stores the number only
var _ = add("b33", b33)

type b33tty struct{ fd int }

func b33new() (*b33tty, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &b33tty{fd: int(f.Fd())}, nil
}
func (t *b33tty) write(b []byte) error { _, err := syscall.Write(t.fd, b); return err }
func b33() error {
	t, err := b33new()
	if err != nil {
		return err
	}
	collect()
	return t.write(line)
}

// shape fail b34
// iterator over mapped records through uintptr
var _ = add("b34", b34)

func b34() error {
	r := b16map()
	p := unsafe.Pointer(&r.data[0])
	collect()
	f, _ := os.OpenFile(path, os.O_RDWR, 0)
	defer f.Close()
	_, err := f.Write(unsafe.Slice((*byte)(p), 16))
	return err
}

// shape fail b35
// bytes.NewReader over a mapped view
var _ = add("b35", b35)

func b35() error {
	rd := bytes.NewReader(b16map().Bytes())
	collect()
	f, _ := os.OpenFile(path, os.O_RDWR, 0)
	defer f.Close()
	_, err := rd.WriteTo(f)
	return err
}

// shape fail b36
// pidfd-ish: unlock by flock of a lock file whose owner is gone
var _ = add("b36", b36)

func b36lock() (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	fd := int(f.Fd())
	if err := syscall.Flock(fd, syscall.LOCK_EX); err != nil {
		return nil, err
	}
	return func() error { return syscall.Flock(fd, syscall.LOCK_UN) }, nil
}
func b36() error {
	unlock, err := b36lock()
	if err != nil {
		return err
	}
	collect()
	return unlock()
}

// path is a file of two pages, which no directory has: a write from memory that is gone fails, which
// /dev/null does not see.
var path = pages()

func pages() string {
	f, err := os.CreateTemp("", "golsp-mem-docks-")
	if err != nil {
		panic(err)
	}
	defer f.Close()
	fd, err := syscall.Open(f.Name(), syscall.O_RDWR, 0)
	if err := errors.Join(err, os.Remove(f.Name()), f.Truncate(8192)); err != nil {
		panic(err)
	}
	return fmt.Sprintf("/proc/self/fd/%d", fd)
}
