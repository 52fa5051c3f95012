package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// shape fail socket-by-value
var _ = add("socket-by-value", func() error { return socketByValue() })

func socketByValue() error {
	c, err := connect()
	if err != nil {
		return err
	}
	n := c.sock.n
	collect()
	_, err = put(n)
	return err
}

// shape fail socket-copied
var _ = add("socket-copied", func() error { return socketCopied() })

func socketCopied() error {
	c, err := connect()
	if err != nil {
		return err
	}
	s := c.sock
	collect()
	_, err = put(s.n)
	return err
}

// shape fail getter-in-call
var _ = add("getter-in-call", func() error { return getterInCall() })

//go:noinline
func slowly(n int, what []byte) error {
	collect()
	_, err := syscall.Write(n, what)
	return err
}

func getterInCall() error {
	c, _ := connect()
	return slowly(c.raw(), payload)
}

// shape fail number-with-method
var _ = add("number-with-method", func() error { return numberWithMethod() })

func numberWithMethod() error {
	h := hold("x")
	_, err := h.fd.Write(payload)
	return err
}

// shape fail number-with-method-getter
var _ = add("number-with-method-getter", func() error { return numberMethodGetter() })

func numberMethodGetter() error {
	fd := hold(1).Fd()
	collect()
	_, err := fd.Write(payload)
	return err
}

// shape fail number-as-writer
var _ = add("number-as-writer", func() error { return numberAsWriter() })

func numberAsWriter() error {
	var w io.Writer = hold(1).fd
	collect()
	_, err := w.Write(payload)
	return err
}

// shape fail array-of-ends
var _ = add("array-of-ends", func() error { return arrayOfEnds() })

func arrayOfEnds() error {
	d, err := newDuplex()
	if err != nil {
		return err
	}
	r, w := d.fds[0], d.fds[1]
	collect()
	if _, err := put(w); err != nil {
		return err
	}
	_, err = syscall.Read(r, make([]byte, 1))
	return err
}

// shape fail ranged-ends
var _ = add("ranged-ends", func() error { return rangedEnds() })

func rangedEnds() error {
	d, err := newDuplex()
	if err != nil {
		return err
	}
	for i, fd := range d.fds {
		collect()
		if i == 1 {
			_, err = put(fd)
		}
	}
	return err
}

// shape fail generic-owner
var _ = add("generic-owner", func() error { return genericOwner() })

func genericOwner() error {
	h := hold([]int{1})
	fd := h.Fd()
	collect()
	_, err := put(int(fd))
	return err
}

// shape fail generic-receiver
func (h *holder[T]) send() error {
	n := int(h.fd)
	collect()
	_, err := put(n)
	return err
}

var _ = add("generic-receiver", func() error { return hold("r").send() })

// shape fail generic-function
func sendAny[T any](h *holder[T]) error {
	n := h.fd
	collect()
	_, err := put(int(n))
	return err
}

var _ = add("generic-function", func() error { return sendAny(hold(2)) })

// shape fail tube-promoted
var _ = add("tube-promoted", func() error { return tubePromoted() })

func tubePromoted() error {
	t := newTube()
	n := t.in
	collect()
	_, err := put(n)
	return err
}

// shape fail tube-struct
var _ = add("tube-struct", func() error { return tubeStruct() })

func tubeStruct() error {
	both := newTube().ends
	collect()
	_, err := put(both.out)
	return err
}

// shape fail alias
type alias = conn

func (c *alias) again() int { return c.sock.n }

var _ = add("alias", func() error { return viaAlias() })

func viaAlias() error {
	var c *alias
	c, _ = connect()
	n := c.again()
	collect()
	_, err := put(n)
	return err
}

// shape fail method-value-getter
var _ = add("method-value-getter", func() error { return methodValueGetter() })

func methodValueGetter() error {
	c, _ := connect()
	get := c.raw
	n := get()
	collect()
	_, err := put(n)
	return err
}

// shape fail method-expression
var _ = add("method-expression", func() error { return methodExpression() })

func methodExpression() error {
	c, _ := connect()
	n := (*conn).raw(c)
	collect()
	_, err := put(n)
	return err
}

// shape fail accepted-conn
var _ = add("accepted-conn", func() error { return acceptedConn() })

func acceptedConn() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	go net.Dial("tcp", l.Addr().String())
	c, err := l.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	f, err := c.(*net.TCPConn).File()
	if err != nil {
		return err
	}
	n := int(f.Fd())
	collect()
	return syscall.SetsockoptInt(n, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
}

// shape fail number-of-conn
func numberOf(c syscall.Conn) (int, error) {
	rc, err := c.SyscallConn()
	if err != nil {
		return -1, err
	}
	n := -1
	err = rc.Control(func(fd uintptr) { n = int(fd) })
	return n, err
}

var _ = add("number-of-conn", func() error { return useNumberOfConn() })

func useNumberOfConn() error {
	n, err := numberOf(file())
	if err != nil {
		return err
	}
	collect()
	_, err = put(n)
	return err
}

// shape fail two-owners
var _ = add("two-owners", func() error { return twoOwners() })

func twoOwners() error {
	f := file()
	g := os.NewFile(f.Fd(), "again")
	collect()
	_, err := g.Write(payload)
	return err
}

// shape fail own-new-file
var _ = add("own-new-file", func() error { return ownNewFile() })

func ownNewFile() error {
	c, _ := connect()
	f := os.NewFile(uintptr(c.sock.n), "conn")
	collect()
	_, err := f.Write(payload)
	return err
}

// shape fail poll-array
type pollFd struct {
	fd      int32
	events  int16
	revents int16
}

var _ = add("poll-array", func() error { return pollArray() })

func pollArray() error {
	c, _ := connect()
	fds := [1]pollFd{{fd: int32(c.raw()), events: 4}}
	collect()
	_, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&fds[0])), 1, uintptr(unsafe.Pointer(&syscall.Timespec{})), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	if fds[0].revents&0x20 != 0 {
		return syscall.EBADF
	}
	return nil
}

// shape fail bytes-reader
type chunk struct{ mem []byte }

func (k *chunk) Bytes() []byte { return k.mem }

func mapChunk() *chunk {
	mem, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	mem[0] = 9
	k := &chunk{mem}
	runtime.AddCleanup(k, func(mem []byte) { syscall.Munmap(mem) }, mem)
	return k
}

var _ = add("bytes-reader", func() error { return bytesReader() })

func bytesReader() error {
	r := bytes.NewReader(mapChunk().mem)
	collect()
	b, err := r.ReadByte()
	if err == nil && b != 9 {
		return errGone
	}
	return err
}

// shape fail view-copied-late
var _ = add("view-copied-late", func() error { return viewCopiedLate() })

func viewCopiedLate() error {
	k := mapChunk()
	v := k.Bytes()
	collect()
	var own [4]byte
	copy(own[:], v)
	if own[0] != 9 {
		return errGone
	}
	return nil
}

// shape fail base-address
type arena struct {
	base uintptr
	size int
	next *arena
}

// The runtime may map something else at that address at once.
var arenaGone bool

func newArena() *arena {
	base, _, errno := syscall.Syscall6(syscall.SYS_MMAP, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE, ^uintptr(0), 0)
	if errno != 0 {
		panic(errno)
	}
	a := &arena{base: base, size: 4096}
	runtime.SetFinalizer(a, func(a *arena) {
		syscall.Syscall(syscall.SYS_MUNMAP, a.base, uintptr(a.size), 0)
		arenaGone = true
	})
	return a
}

var _ = add("base-address", func() error { return baseAddress() })

func baseAddress() error {
	a := newArena()
	b := unsafe.Slice((*byte)(unsafe.Pointer(a.base)), a.size)
	collect()
	if arenaGone {
		return errGone
	}
	b[0] = 1
	return nil
}

// shape fail base-pointer
func (a *arena) at(i int) *byte { return (*byte)(unsafe.Pointer(a.base + uintptr(i))) }

var _ = add("base-pointer", func() error { return basePointer() })

func basePointer() error {
	p := newArena().at(8)
	collect()
	if arenaGone {
		return errGone
	}
	*p = 3
	return nil
}
