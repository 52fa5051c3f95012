package main

import (
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
)

const (
	path  = "/dev/null"
	other = "/dev/zero"
)

var line = []byte{1}

func opened() *os.File {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

func write(fd int) error {
	_, err := syscall.Write(fd, line)
	return err
}

func status(fd int) error {
	var st syscall.Stat_t
	return syscall.Fstat(fd, &st)
}

func pair() (int, int) {
	both, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		panic(err)
	}
	return both[0], both[1]
}

// Proc is a process as os has it: what finds it makes the owner of a number that is there already.
type Proc struct{ handle int }

func (p *Proc) Release() { runtime.SetFinalizer(p, nil); syscall.Close(p.handle) }

func newProc(handle int) *Proc {
	p := &Proc{handle: handle}
	runtime.SetFinalizer(p, (*Proc).Release)
	return p
}

func find() (*Proc, error) {
	fd, err := syscall.Open(path, syscall.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return newProc(fd), nil
}

type holder struct {
	f    *os.File
	name string
}

func (h *holder) flushed() error {
	fd := int(h.f.Fd())
	collect()
	if err := write(fd); err != nil {
		return err
	}
	h.f.Sync()
	return nil
}

func (h *holder) named() (string, error) {
	fd := int(h.f.Fd())
	collect()
	err := write(fd)
	return h.f.Name(), err
}

func (h *holder) later() error {
	defer h.f.Sync()
	fd := int(h.f.Fd())
	collect()
	return write(fd)
}

// both has a file and its number.
type both struct {
	f  *os.File
	fd int
}

// owner closes its file itself.
type owner struct{ f *os.File }

func newOwner() *owner {
	o := &owner{opened()}
	runtime.SetFinalizer(o, (*owner).Close)
	return o
}

func (o *owner) Close() error { return o.f.Close() }

type message struct{ text, rights []byte }

func (m *message) send(to int) error { return syscall.Sendmsg(to, m.text, m.rights, nil, 0) }

func pipe() (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	w.Write(line)
	return r, w
}

func awaited(n int, err error) error {
	if err == nil && n == 0 {
		return errGone
	}
	return err
}

func connected() (a, b *net.UnixConn) {
	of := func(fd int) *net.UnixConn {
		f := os.NewFile(uintptr(fd), "socket")
		defer f.Close()
		c, err := net.FileConn(f)
		if err != nil {
			panic(err)
		}
		return c.(*net.UnixConn)
	}
	one, another := pair()
	return of(one), of(another)
}

type opts struct{ fd int }

type option func(*opts)

func apply(list ...option) *opts {
	o := &opts{}
	for _, one := range list {
		one(o)
	}
	return o
}

var spare = sync.Pool{New: func() any { h, _ := find(); return h }}

type chip struct {
	file  *os.File
	name  string
	fd    int
	lines int
	copy  []byte
}
