package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// What programs for devices have: handles, ports, terminals, mappings, event loops, locks.

const nothing = "/dev/null"

// Handle owns a descriptor; its finalizer closes it.
type Handle struct {
	fd   int
	name string
	mu   sync.Mutex
}

func OpenHandle(name string) (*Handle, error) {
	fd, err := syscall.Open(name, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	h := &Handle{fd: fd, name: name}
	runtime.SetFinalizer(h, (*Handle).Close)
	return h, nil
}

func mustHandle() *Handle {
	h, err := OpenHandle(nothing)
	if err != nil {
		panic(err)
	}
	return h
}

func (h *Handle) Close() error {
	runtime.SetFinalizer(h, nil)
	return syscall.Close(h.fd)
}

func (h *Handle) Fd() uintptr { return uintptr(h.fd) }

func (h *Handle) Write(b []byte) (int, error) {
	collect()
	n, err := syscall.Write(h.fd, b)
	runtime.KeepAlive(h)
	return n, err
}

// Tracked has its number by a cleanup.
type Tracked struct {
	raw  int
	stop runtime.Cleanup
	note *string
}

func newTracked() *Tracked {
	t := &Tracked{raw: null(), note: new(string)}
	t.stop = runtime.AddCleanup(t, func(fd int) { syscall.Close(fd) }, t.raw)
	return t
}

func (t *Tracked) Release() error {
	t.stop.Stop()
	return syscall.Close(t.raw)
}

func openFile() *os.File {
	f, err := os.OpenFile(nothing, os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

func tempFile() (*os.File, string) {
	f, err := os.CreateTemp("", "fjord")
	if err != nil {
		panic(err)
	}
	return f, f.Name()
}

func put(fd int) error {
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

func ioctl(fd, request uintptr, arg unsafe.Pointer) error {
	collect()
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, request, uintptr(arg))
	if errno != 0 {
		return errno
	}
	return nil
}

// Mapping is memory that a finalizer unmaps.
type Mapping struct {
	data []byte
	rows int
}

func mapRows(rows int) (*Mapping, error) {
	data, err := syscall.Mmap(-1, 0, rows*4096, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	m := &Mapping{data: data, rows: rows}
	runtime.SetFinalizer(m, func(m *Mapping) { unmap(m.data) })
	return m, nil
}

func mustMapping() *Mapping {
	m, err := mapRows(2)
	if err != nil {
		panic(err)
	}
	return m
}

func (m *Mapping) Row(i int) []byte { return m.data[i*4096 : (i+1)*4096] }

func (m *Mapping) Close() {
	runtime.SetFinalizer(m, nil)
	unmap(m.data)
}

// descriptor is what many types here have.
type descriptor interface{ Fd() uintptr }

var (
	errShort               = errors.New("short")
	_        io.Writer     = (*Handle)(nil)
	_        descriptor    = (*Handle)(nil)
	_        descriptor    = (*os.File)(nil)
	_                      = context.Background
	_        iter.Seq[int] = nil
)
