package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

type Map struct {
	data []byte
	head *uint32
	file *os.File
	once sync.Once
}

func mapped() *Map {
	b, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	return &Map{data: b, head: (*uint32)(unsafe.Pointer(&b[0]))}
}

func (m *Map) Unmap() error {
	if m.data == nil {
		return nil
	}
	err := syscall.Munmap(m.data)
	m.data = nil
	return err
}

func (m *Map) release() { unmapAll(m.data) }

func unmapAll(b []byte) {
	if err := syscall.Munmap(b); err != nil {
		panic(err)
	}
}

// View is what a Map hands out.
func (m *Map) View() []byte { return m.data[:64] }

func (m *Map) Copy() []byte { return append([]byte(nil), m.data...) }

// shape fail got-late
var _ = add("got-late", func() error {
	m := mapped()
	view := m.View()[8:]
	m.Unmap()
	view[0] = 1
	return nil
})

// shape fail got-and-returned
var _ = add("got-and-returned", func() error {
	if unmappedView()[0] > 0 {
		return nil
	}
	return nil
})

func unmappedView() []byte {
	m := mapped()
	defer m.release()
	return m.View()
}

// shape fail unmapped-twice
var _ = add("unmapped-twice", func() error {
	b := mapped().data
	if err := syscall.Munmap(b); err != nil {
		return nil
	}
	return syscall.Munmap(b)
})

// shape fail view-kept
var _ = add("view-kept", func() error {
	m := mapped()
	view := m.data[8:16]
	m.Unmap()
	binary.LittleEndian.PutUint64(view, 1)
	return nil
})

// shape fail helper-unmaps
var _ = add("helper-unmaps", func() error {
	m := mapped()
	b := m.data
	unmapAll(b)
	if bytes.IndexByte(b, 3) > 0 {
		return nil
	}
	return nil
})

// shape fail method-by-helper
var _ = add("method-by-helper", func() error {
	m := mapped()
	m.release()
	m.data[3] = 1
	return nil
})

// shape fail ranged
var _ = add("ranged", func() error {
	m := mapped()
	data := m.data
	if err := m.Unmap(); err != nil {
		return err
	}
	sum := 0
	for _, b := range data {
		sum += int(b)
	}
	fmt.Fprint(io.Discard, sum)
	return nil
})

// shape fail copied-late
var _ = add("copied-late", func() error {
	m := mapped()
	data := m.data
	_ = m.Unmap()
	out := make([]byte, 4)
	copy(out, data)
	return nil
})

type header struct{ magic, size uint32 }

// shape fail header-late
var _ = add("header-late", func() error {
	m := mapped()
	h := (*header)(unsafe.Pointer(&m.data[0]))
	if err := m.Unmap(); err != nil {
		return err
	}
	if h.magic != 0 {
		return errGone
	}
	return nil
})

// shape fail closed-then-dup
var _ = add("closed-then-dup", func() error {
	fd := null()
	if err := syscall.Close(fd); err != nil {
		return err
	}
	_, err := syscall.Dup(fd)
	return err
})

// shape fail pair-closed
var _ = add("pair-closed", func() error {
	var p [2]int
	if err := syscall.Pipe(p[:]); err != nil {
		return err
	}
	r, w := p[0], p[1]
	syscall.Close(r)
	syscall.Close(w)
	_, err := syscall.Write(w, payload)
	return err
})

type port struct{ fd int }

func (p *port) Close() error { return syscall.Close(p.fd) }

// shape fail struct-closed
var _ = add("struct-closed", func() error {
	p := &port{null()}
	err := p.Close()
	if err != nil {
		return err
	}
	_, err = syscall.Write(p.fd, payload)
	return err
})

// shape fail value-returned
var _ = add("value-returned", func() error {
	b := first()
	fmt.Fprint(io.Discard, b[0])
	return nil
})

func first() []byte {
	m := mapped()
	defer unmapAll(m.data)
	m.data[0] = 7
	return m.data[:1]
}

// shape fail number-returned
var _ = add("number-returned", func() error {
	_, err := syscall.Write(opened(), payload)
	return err
})

func opened() int {
	fd := null()
	defer func() { syscall.Close(fd) }()
	return fd
}

// shape fail twice-deferred
var _ = add("twice-deferred", twiceDeferred)

func twiceDeferred() (err error) {
	fd := null()
	defer func() { err = syscall.Close(fd) }()
	if _, err := syscall.Write(fd, payload); err != nil {
		return err
	}
	return syscall.Close(fd)
}

// shape fail twice-file
var _ = add("twice-file", func() error {
	fd := null()
	f := os.NewFile(uintptr(fd), "null")
	if err := f.Close(); err != nil {
		return err
	}
	return syscall.Close(fd)
})

// shape fail file-of-port
var _ = add("file-of-port", func() error {
	p := &port{null()}
	f := os.NewFile(uintptr(p.fd), "port")
	p.Close()
	_, err := f.Write(payload)
	return err
})

// shape fail rounds
var _ = add("rounds", func() error {
	p := &port{null()}
	for i := 0; i < 3; i++ {
		if _, err := syscall.Write(p.fd, payload); err != nil {
			return err
		}
		p.Close()
	}
	return nil
})

type node struct {
	up   *node
	kids []*node
	done func()
	name string
}

func (n *node) end() { ended <- n.name }

var ended = make(chan string, 4)

func ran() error {
	collect()
	select {
	case <-ended:
		return nil
	default:
		return errGone
	}
}

func (n *node) add(name string) *node {
	c := &node{up: n, name: name}
	n.kids = append(n.kids, c)
	return c
}

// shape fail added
var _ = add("added", func() error {
	func() {
		n := &node{name: "root"}
		runtime.SetFinalizer(n, (*node).end)
		n.add("a")
	}()
	return ran()
})

// shape fail ring
var _ = add("ring", func() error {
	func() {
		a, b, c := &node{name: "a"}, &node{name: "b"}, &node{name: "c"}
		a.up, b.up, c.up = b, c, a
		runtime.SetFinalizer(a, (*node).end)
	}()
	return ran()
})

// shape fail literal-cycle
var _ = add("literal-cycle", func() error {
	func() {
		n := &node{name: "n"}
		n.kids = []*node{{up: n}}
		runtime.SetFinalizer(n, (*node).end)
	}()
	return ran()
})

// shape fail two-in-helper
var _ = add("two-in-helper", func() error {
	n := guarded("x")
	guard(n)
	return nil
})

func guarded(name string) *node {
	n := &node{name: name}
	guard(n)
	return n
}

func guard(n *node) { runtime.SetFinalizer(n, (*node).end) }

type hose struct {
	fd   int
	mu   sync.Mutex
	name string
}

// shape fail locked-close
var _ = add("locked-close", func() error {
	func() { h := newHose(); h.Close() }()
	return once()
})

func newHose() *hose {
	h := &hose{fd: null()}
	runtime.SetFinalizer(h, func(h *hose) { h.Close() })
	return h
}

func (h *hose) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return drop(h.fd)
}

var dropped = map[int]int{}

func drop(fd int) error {
	dropped[fd]++
	return syscall.Close(fd)
}

func once() error {
	collect()
	for fd, n := range dropped {
		if n > 1 {
			return fmt.Errorf("%d released %d times", fd, n)
		}
	}
	return nil
}
