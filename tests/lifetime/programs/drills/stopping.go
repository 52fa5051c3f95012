package main

import (
	"os"
	"runtime"
	"syscall"
)

// leash has its cleanup in a field, by which it can be stopped.
type leash struct {
	fd      int
	cleanup runtime.Cleanup
}

func newLeash() *leash {
	fd := must(syscall.Open("/dev/null", syscall.O_RDWR|syscall.O_CLOEXEC, 0))
	l := &leash{fd: fd}
	l.cleanup = runtime.AddCleanup(l, func(fd int) { syscall.Close(fd) }, fd)
	return l
}

func (l *leash) detach() int {
	l.cleanup.Stop()
	fd := l.fd
	runtime.KeepAlive(l)
	return fd
}

func (l *leash) number() int {
	fd := l.fd
	runtime.KeepAlive(l)
	return fd
}

// shape sound detached
var _ = add("detached", func() error {
	fd := newLeash().detach()
	defer syscall.Close(fd)
	collect()
	return put(fd)
})

// shape sound detached-by-name
var _ = add("detached-by-name", func() error {
	l := newLeash()
	fd := l.detach()
	defer syscall.Close(fd)
	collect()
	return put(fd)
})

// shape sound stopped-here
var _ = add("stopped-here", func() error {
	l := newLeash()
	l.cleanup.Stop()
	fd := l.fd
	defer syscall.Close(fd)
	collect()
	return put(fd)
})

// shape fail not-detached
var _ = add("not-detached", func() error {
	fd := newLeash().number()
	collect()
	return put(fd)
})

// shape fail another-stopped
var _ = add("another-stopped", func() error {
	l, other := newLeash(), newLeash()
	other.cleanup.Stop()
	fd := l.fd
	collect()
	defer syscall.Close(other.fd)
	return put(fd)
})

// writer holds the file beside its number.
type writer struct {
	file *os.File
	fd   int
}

func (w *writer) keeping(b []byte) (int, error) {
	collect()
	n, err := syscall.Write(w.fd, b)
	runtime.KeepAlive(w.file)
	return n, err
}

func (w *writer) losing(b []byte) (int, error) {
	fd := w.fd
	collect()
	return syscall.Write(fd, b)
}

// shape sound kept-by-method
var _ = add("kept-by-method", func() error {
	f := temporary()
	w := &writer{f, int(f.Fd())}
	collect()
	_, err := w.keeping(payload)
	return err
})

// shape fail lost-in-method
var _ = add("lost-in-method", func() error {
	f := temporary()
	w := &writer{f, int(f.Fd())}
	collect()
	_, err := w.losing(payload)
	return err
})
