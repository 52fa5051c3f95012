package main

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"time"
)

var (
	one         = []byte{1}
	errReleased = errors.New("released")
)

// Handle owns a descriptor and has a finalizer.
type Handle struct {
	fd   int
	name string
}

func (h *Handle) Close() error {
	runtime.SetFinalizer(h, nil)
	return syscall.Close(h.fd)
}

func (h *Handle) Fd() uintptr { return uintptr(h.fd) }
func (h *Handle) raw() int    { return h.fd }
func (h *Handle) touch() int  { return len(h.name) }

func device() int {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return fd
}

func open() *Handle {
	h := &Handle{fd: device(), name: "null"}
	runtime.SetFinalizer(h, (*Handle).Close)
	return h
}

//go:noinline
func openSlowly(name string) (*Handle, error) {
	fd, err := syscall.Open(name, syscall.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	h := new(Handle)
	h.fd = fd
	h.name = name
	runtime.SetFinalizer(h, func(h *Handle) { syscall.Close(h.fd) })
	return h, nil
}

func openFile() *os.File {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

// settle collects and waits until finalizers and cleanups have run.
//
//go:noinline
func settle() {
	for range 2 {
		done := make(chan bool)
		func() {
			mark := &struct{ a, b *int }{}
			runtime.SetFinalizer(mark, func(*struct{ a, b *int }) { close(done) })
		}()
		runtime.GC()
		select {
		case <-done:
		case <-time.After(100 * time.Millisecond):
		}
	}
	time.Sleep(2 * time.Millisecond)
}

func write(fd int) error {
	_, err := syscall.Write(fd, one)
	return err
}

// slowWrite is a system call during which a collection ends.
//
//go:noinline
func slowWrite(fd int) error {
	settle()
	_, err := syscall.Write(fd, one)
	return err
}

// unchanged tells memory that is mapped anew, and reads as zero, from what was there.
func unchanged(same bool) error {
	if !same {
		return errReleased
	}
	return nil
}
