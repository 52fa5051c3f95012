package main

import (
	"os"
	"runtime"
	"sync"
	"syscall"

	"example.com/cables/wire"
)

// shape sound atomic-kept
var _ = add("atomic-kept", func() error { return atomicKept() })

func atomicKept() error {
	e := newEventFD()
	fd := int(e.fd.Load())
	collect()
	_, err := syscall.Write(fd, payload)
	e.fd.Store(int32(fd))
	return err
}

// shape sound each-holds
var _ = add("each-holds", func() error { return wire.New("e").Each(busy) })

// shape sound label-later
var _ = add("label-later", func() error { return labelLater() })

func labelLater() error {
	c := wire.New("l")
	fd, err := c.Handle()
	if err != nil {
		return err
	}
	err = busy(fd)
	if c.Label == "" {
		return errGone
	}
	return err
}

// shape sound closed-by-defer
var _ = add("closed-by-defer", func() error { return closedByDefer() })

func closedByDefer() (err error) {
	f := tmp()
	defer func() {
		if bad := f.Close(); err == nil {
			err = bad
		}
	}()
	return busy(f.Fd())
}

// shape sound file-method-later
var _ = add("file-method-later", func() error { return fileMethodLater() })

func fileMethodLater() error {
	f := tmp()
	if err := busy(f.Fd()); err != nil {
		return err
	}
	_, err := f.Stat()
	return err
}

// shape sound caller-closes
func lockFile(f *os.File) error { return busy(f.Fd()) }

var _ = add("caller-closes", func() error {
	f := tmp()
	defer f.Close()
	return lockFile(f)
})

// shape sound manager
type manager struct {
	mu    sync.Mutex
	lamps map[string]*lamp
}

func (m *manager) lamp(name string) *lamp {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.lamps[name]
	if !ok {
		l = newLamp()
		m.lamps[name] = l
	}
	return l
}

var theManager = &manager{lamps: map[string]*lamp{}}

var _ = add("manager", func() error {
	fd := theManager.lamp("a").b.fd
	return busy(uintptr(fd))
})

// shape sound owner-in-struct-returned
type session struct {
	l  *lamp
	fd int
}

func open() (*session, error) {
	l := newLamp()
	s := &session{l: l, fd: l.b.fd}
	return s, busy(uintptr(s.fd))
}

var _ = add("owner-in-struct-returned", func() error { _, err := open(); return err })

// shape sound swapped-out
func (e *eventFD) take() int { return int(e.fd.Swap(-1)) }

var _ = add("swapped-out", func() error {
	fd := newEventFD().take()
	collect()
	_, err := syscall.Write(fd, payload)
	return err
})

// shape sound number-of-plain
type plainPair struct{ ends struct{ r, w int } }

var _ = add("number-of-plain", func() error {
	p := &plainPair{}
	p.ends.w = null()
	w := p.ends.w
	collect()
	_, err := syscall.Write(w, payload)
	return err
})

// shape sound length-read
var _ = add("length-read", func() error { return lengthRead() })

func lengthRead() error {
	n := len(newPage().mem)
	collect()
	if n != 4096 {
		return errGone
	}
	return nil
}

// shape sound value-read-before
var _ = add("value-read-before", func() error { return valueReadBefore() })

func valueReadBefore() error {
	magic := newPage().head.magic
	collect()
	if magic != 42 {
		return errGone
	}
	return nil
}

// shape sound copied-before
var _ = add("copied-before", func() error { return copiedBefore() })

func copiedBefore() error {
	p := newPage()
	own := append([]byte(nil), p.mem[:8]...)
	collect()
	if own[0] != 42 {
		return errGone
	}
	return nil
}

// shape sound array-slice-holds
type block struct {
	fds [2]int
	tag *int
}

func (b *block) close() {
	for _, fd := range b.fds {
		syscall.Close(fd)
	}
}

var _ = add("array-slice-holds", func() error { return arraySliceHolds() })

func arraySliceHolds() error {
	b := &block{fds: [2]int{null(), null()}}
	runtime.SetFinalizer(b, (*block).close)
	fds := b.fds[:]
	collect()
	for _, fd := range fds {
		if _, err := syscall.Write(fd, payload); err != nil {
			return err
		}
	}
	return nil
}

// shape sound field-address-holds
var _ = add("field-address-holds", func() error { return fieldAddressHolds() })

func fieldAddressHolds() error {
	b := &block{fds: [2]int{null(), null()}}
	runtime.SetFinalizer(b, (*block).close)
	at := &b.fds[1]
	collect()
	_, err := syscall.Write(*at, payload)
	return err
}

// shape sound mutex-holds
type guarded struct {
	mu sync.Mutex
	l  *lamp
	fd int
}

func (g *guarded) write() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	fd := g.fd
	return busy(uintptr(fd))
}

var _ = add("mutex-holds", func() error {
	g := &guarded{fd: null()}
	runtime.SetFinalizer(g, func(g *guarded) { syscall.Close(g.fd) })
	return g.write()
})

// shape sound goroutine-owner-argument
var _ = add("goroutine-owner-argument", func() error { return goroutineOwner() })

func serve(l *lamp, out chan<- error) {
	fd := l.b.fd
	err := busy(uintptr(fd))
	l.name = "served"
	out <- err
}

func goroutineOwner() error {
	out := make(chan error)
	go serve(newLamp(), out)
	return <-out
}

// shape sound loop-holds-owner
var _ = add("loop-holds-owner", func() error { return loopHoldsOwner() })

func loopHoldsOwner() error {
	w := watch(2)
	for _, fd := range w.fds {
		if err := busy(uintptr(fd)); err != nil {
			return err
		}
	}
	close(w.done)
	return nil
}

// shape sound stdio
var _ = add("stdio", func() error { return busy(os.Stderr.Fd()) })

// shape sound stopped-cleanup
var _ = add("stopped-cleanup", func() error { return stoppedCleanup() })

func stoppedCleanup() error {
	b := &bulb{null()}
	fd := b.fd
	c := runtime.AddCleanup(b, func(fd int) { syscall.Close(fd) }, fd)
	c.Stop()
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// shape sound kept-in-literal
var _ = add("kept-in-literal", func() error {
	l := newLamp()
	defer func() { runtime.KeepAlive(l) }()
	return busy(uintptr(l.b.fd))
})

// shape sound argument-before-call
var _ = add("argument-before-call", func() error {
	f := tmp()
	return busyWith(f.Fd(), f)
})

//go:noinline
func busyWith(fd uintptr, f *os.File) error {
	err := busy(fd)
	f.Name()
	runtime.KeepAlive(f)
	return err
}
