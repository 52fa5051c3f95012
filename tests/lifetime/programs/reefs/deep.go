package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// shape sound got-before
var _ = add("got-before", func() error {
	m := mapped()
	view := m.View()
	view[0] = 1
	return m.Unmap()
})

// shape sound got-a-copy
var _ = add("got-a-copy", func() error {
	m := mapped()
	b := m.Copy()
	m.Unmap()
	b[0] = 1
	return nil
})

// shape sound got-anew
var _ = add("got-anew", func() error {
	m := mapped()
	view := m.View()
	m.Unmap()
	m = mapped()
	view = m.View()
	view[0] = 1
	return m.Unmap()
})

// shape sound unmapped-once-more
var _ = add("unmapped-once-more", func() error {
	m := mapped()
	if err := m.Unmap(); err != nil {
		return err
	}
	return m.Unmap()
})

// shape sound unmapped-last
var _ = add("unmapped-last", func() error {
	m := mapped()
	view := m.data[8:16]
	view[0] = 1
	return m.Unmap()
})

// shape sound length-behind
var _ = add("length-behind", func() error {
	m := mapped()
	b := m.data
	m.Unmap()
	if len(b) != 4096 || b == nil {
		return errGone
	}
	return nil
})

// shape sound nil-behind
var _ = add("nil-behind", func() error {
	m := mapped()
	m.Unmap()
	if m.data != nil {
		return errGone
	}
	return m.Unmap()
})

// shape sound grown
var _ = add("grown", func() error {
	m := mapped()
	for i := 0; i < 3; i++ {
		m.grow()
		m.data[0]++
	}
	return m.Unmap()
})

func (m *Map) grow() {
	old := m.data
	m.data = mapped().data
	copy(m.data, old)
	unmapAll(old)
}

// shape sound swapped
var _ = add("swapped", func() error {
	m := mapped()
	old := m.data
	m.data = mapped().data
	unmapAll(old)
	m.data[0] = 1
	unmapAll(m.data)
	return nil
})

// shape sound only-on-error
var _ = add("only-on-error", func() error {
	m := mapped()
	if err := fill(m.data); err != nil {
		unmapAll(m.data)
		return err
	}
	m.data[0] = 1
	return m.Unmap()
})

func fill(b []byte) error {
	for i := range b {
		b[i] = 1
	}
	return nil
}

// shape sound closed-flag
var _ = add("closed-flag", func() error {
	m := mapped()
	closed := false
	if len(payload) == 0 {
		unmapAll(m.data)
		closed = true
	}
	if !closed {
		m.data[0] = 1
		return m.Unmap()
	}
	return nil
})

// shape sound either
var _ = add("either", func() error {
	m := mapped()
	switch len(payload) {
	case 0:
		unmapAll(m.data)
	case 1:
		m.data[0] = 1
		unmapAll(m.data)
	}
	return nil
})

// shape sound other-map
var _ = add("other-map", func() error {
	a, b := mapped(), mapped()
	a.Unmap()
	b.data[0] = 1
	return b.Unmap()
})

// shape sound per-round
var _ = add("per-round", func() error {
	for i := 0; i < 3; i++ {
		m := mapped()
		m.data[0] = byte(i)
		unmapAll(m.data)
	}
	return nil
})

// shape sound reused-variable
var _ = add("reused-variable", func() error {
	var fd int
	for i := 0; i < 3; i++ {
		fd = null()
		if _, err := syscall.Write(fd, payload); err != nil {
			return err
		}
		syscall.Close(fd)
	}
	return nil
})

// shape sound printed-number
var _ = add("printed-number", func() error {
	fd := null()
	if err := syscall.Close(fd); err != nil {
		return fmt.Errorf("%d: %w", fd, err)
	}
	fmt.Fprintln(io.Discard, "closed", fd)
	return nil
})

// shape sound retried
var _ = add("retried", func() error {
	fd := null()
	for {
		_, err := syscall.Write(fd, payload)
		if err == syscall.EINTR {
			continue
		}
		syscall.Close(fd)
		return err
	}
})

// shape sound dup-target
var _ = add("dup-target", func() error {
	fd, src := null(), null()
	syscall.Close(fd)
	if err := syscall.Dup2(src, fd); err != nil {
		return err
	}
	_, err := syscall.Write(fd, payload)
	return err
})

// shape sound handed-over
var _ = add("handed-over", func() error {
	fd := null()
	f := os.NewFile(uintptr(fd), "null")
	if f == nil {
		syscall.Close(fd)
		return os.ErrInvalid
	}
	defer f.Close()
	_, err := f.Write(payload)
	return err
})

// shape sound closed-on-failure
var _ = add("closed-on-failure", func() error {
	f, err := wrapped()
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(payload)
	return err
})

func wrapped() (_ *os.File, err error) {
	fd := null()
	defer func() {
		if err != nil {
			syscall.Close(fd)
		}
	}()
	if err := syscall.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "null"), nil
}

// shape sound given-away
var _ = add("given-away", func() error {
	fd := null()
	defer func() {
		if fd >= 0 {
			syscall.Close(fd)
		}
	}()
	f := os.NewFile(uintptr(fd), "null")
	fd = -1
	defer f.Close()
	_, err := f.Write(payload)
	return err
})

// shape sound file-closed-twice
var _ = add("file-closed-twice", func() error {
	f, err := os.Open("/dev/null")
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	if err != nil {
		return err
	}
	return f.Close()
})

type line struct {
	fd     int
	closed bool
}

func (l *line) Close() error {
	if l.closed {
		return nil
	}
	l.closed = true
	return syscall.Close(l.fd)
}

// shape sound flagged-twice
var _ = add("flagged-twice", func() error {
	l := &line{fd: null()}
	defer l.Close()
	_, err := syscall.Write(l.fd, payload)
	return errors.Join(err, l.Close())
})

type shared struct {
	fd   int
	refs int
}

func (s *shared) Close() error {
	s.refs--
	if s.refs > 0 {
		return nil
	}
	return syscall.Close(s.fd)
}

// shape sound counted
var _ = add("counted", func() error {
	s := &shared{null(), 2}
	s.Close()
	_, err := syscall.Write(s.fd, payload)
	return errors.Join(err, s.Close())
})

type pool struct {
	mu   sync.Mutex
	free []int
}

func (p *pool) Close(fd int) { p.free = append(p.free, fd) }

// shape sound pooled
var _ = add("pooled", func() error {
	p, fd := &pool{}, null()
	p.Close(fd)
	_, err := syscall.Write(fd, payload)
	return err
})

// shape sound reopened
var _ = add("reopened", func() error {
	p := &port{null()}
	p.Close()
	p.reopen()
	_, err := syscall.Write(p.fd, payload)
	return err
})

func (p *port) reopen() { p.fd = null() }

// shape sound replaced
var _ = add("replaced", func() error {
	p := &port{null()}
	p.Close()
	*p = port{null()}
	_, err := syscall.Write(p.fd, payload)
	return err
})

// shape sound goroutine-before
var _ = add("goroutine-before", func() error {
	fd, done := null(), make(chan error)
	go func() {
		_, err := syscall.Write(fd, payload)
		done <- err
	}()
	err := <-done
	syscall.Close(fd)
	return err
})

// shape sound once-closed
var _ = add("once-closed", func() error {
	m := mapped()
	defer m.once.Do(func() { syscall.Munmap(m.data) })
	m.data[0] = 1
	return nil
})

// shape sound tree-down
var _ = add("tree-down", func() error {
	func() {
		n := &node{name: "root"}
		n.kids = append(n.kids, &node{name: "a"}, &node{name: "b"})
		runtime.SetFinalizer(n, (*node).end)
	}()
	return ran()
})

// shape sound child-marked
var _ = add("child-marked", func() error {
	func() {
		root := &node{name: "root"}
		c := &node{up: root, name: "leaf"}
		runtime.SetFinalizer(c, (*node).end)
	}()
	return ran()
})

// shape sound name-captured
var _ = add("name-captured", func() error {
	func() {
		n := &node{name: "n"}
		name := n.name
		n.done = func() { ended <- name }
		runtime.SetFinalizer(n, func(n *node) { n.done() })
	}()
	return ran()
})

// shape sound two-guards
var _ = add("two-guards", func() error {
	a, b := guarded("a"), guarded("b")
	_, _ = a, b
	for _, name := range []string{"c", "d"} {
		n := &node{name: name}
		guard(n)
	}
	return nil
})

// shape sound guard-once
var _ = add("guard-once", func() error {
	n := &node{name: "n"}
	if len(payload) > 5 {
		guard(n)
	} else {
		runtime.SetFinalizer(n, nil)
		guard(n)
	}
	return nil
})

type tap struct{ fd int }

// shape sound finalizer-swaps
var _ = add("finalizer-swaps", func() error {
	func() { t := newTap(); t.Close() }()
	return once()
})

func newTap() *tap {
	t := &tap{fd: null()}
	runtime.SetFinalizer(t, (*tap).Close)
	return t
}

func (t *tap) Close() error {
	fd := t.fd
	t.fd = -1
	if fd == -1 {
		return nil
	}
	return drop(fd)
}

type well struct {
	fd   int
	once sync.Once
}

// shape sound finalizer-once
var _ = add("finalizer-once", func() error {
	func() { w := newWell(); w.Close() }()
	return once()
})

func newWell() *well {
	w := &well{fd: null()}
	runtime.SetFinalizer(w, (*well).release)
	return w
}

func (w *well) release()     { w.once.Do(func() { drop(w.fd) }) }
func (w *well) Close() error { w.release(); return nil }

type spring struct{ p unsafe.Pointer }

// shape sound cleared-by-helper
var _ = add("cleared-by-helper", func() error {
	func() { s := newGeyser(); s.Close() }()
	return once()
})

type geyser struct{ fd int }

func newGeyser() *geyser {
	g := &geyser{fd: null()}
	runtime.SetFinalizer(g, (*geyser).Close)
	return g
}

func disarm(g *geyser) { runtime.SetFinalizer(g, nil) }

func (g *geyser) Close() error {
	disarm(g)
	return drop(g.fd)
}
