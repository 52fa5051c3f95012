// Command sockets runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"os"
	"runtime"
	"syscall"
)

func put(n int) (int, error) { return syscall.Write(n, payload) }

// FD is a number with methods of its own.
type FD int

func (f FD) Write(b []byte) (int, error) {
	collect()
	return syscall.Write(int(f), b)
}

type socket struct {
	n    int
	addr string
}

func (s *socket) close() { syscall.Close(s.n) }

// conn holds its socket by value; its finalizer closes it through two methods.
type conn struct {
	sock  socket
	peers []string
}

func (c *conn) finish()  { c.sock.close() }
func (c *conn) raw() int { return c.sock.n }

func connect() (*conn, error) {
	c := &conn{sock: socket{n: null(), addr: "here"}}
	runtime.SetFinalizer(c, func(c *conn) { c.finish() })
	return c, nil
}

// duplex has two descriptors in an array.
type duplex struct {
	fds  [2]int
	name string
}

func release(d *duplex) {
	for _, fd := range d.fds {
		syscall.Close(fd)
	}
}

func newDuplex() (*duplex, error) {
	d := new(duplex)
	if err := syscall.Pipe(d.fds[:]); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(d, release)
	return d, nil
}

// holder is generic.
type holder[T any] struct {
	fd    FD
	extra T
}

func hold[T any](extra T) *holder[T] {
	h := &holder[T]{fd: FD(null()), extra: extra}
	runtime.SetFinalizer(h, func(h *holder[T]) { syscall.Close(int(h.fd)) })
	return h
}

func (h *holder[T]) Fd() FD  { return h.fd }
func (h *holder[T]) more() T { return h.extra }

type ends struct{ in, out int }

// tube's cleanup gets a struct of numbers.
type tube struct {
	ends
	next *tube
}

func newTube() *tube {
	t := &tube{ends: ends{in: null(), out: null()}}
	runtime.AddCleanup(t, func(e ends) {
		syscall.Close(e.in)
		syscall.Close(e.out)
	}, t.ends)
	return t
}

func file() *os.File {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}
