package main

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// What the shapes own: a descriptor with a finalizer, one with a cleanup, and mapped memory.

type handle struct {
	fd   int
	mu   sync.Mutex
	name *string
}

func open() *handle {
	h := &handle{fd: null(), name: new(string)}
	runtime.SetFinalizer(h, (*handle).Close)
	return h
}

func tryOpen(name string) (*handle, error) {
	if name == "" {
		return nil, errors.New("no name")
	}
	return open(), nil
}

func (h *handle) Close() error {
	runtime.SetFinalizer(h, nil)
	if h.fd < 0 {
		return nil
	}
	err := syscall.Close(h.fd)
	h.fd = -1
	return err
}

func (h *handle) number() int { return h.fd }

// detach gives the descriptor to its caller.
func (h *handle) detach() int {
	runtime.SetFinalizer(h, nil)
	fd := h.fd
	h.fd = -1
	return fd
}

type latch struct {
	fd   int
	stop runtime.Cleanup
	name *string
}

func openLatch() *latch {
	l := &latch{fd: null(), name: new(string)}
	l.stop = runtime.AddCleanup(l, func(fd int) { syscall.Close(fd) }, l.fd)
	return l
}

func (l *latch) Close() error {
	l.stop.Stop()
	return syscall.Close(l.fd)
}

type region struct {
	data []byte
	name *string
}

func mapRegion() *region {
	data, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	r := &region{data, new(string)}
	runtime.SetFinalizer(r, (*region).Close)
	return r
}

func (r *region) Close() {
	runtime.SetFinalizer(r, nil)
	unmap(r.data)
}

//go:noinline
func use(fd int) error {
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

//go:noinline
func touch(b []byte) error {
	collect()
	b[0]++
	return nil
}

func file() *os.File {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}
