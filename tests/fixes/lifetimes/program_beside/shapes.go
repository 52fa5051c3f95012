package main

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

func fstat(fd int) error {
	collected(0)
	var st syscall.Stat_t
	return syscall.Fstat(fd, &st)
}

type keyed struct {
	fd   int
	name *string
}

func newKeyed() *keyed {
	f := open()
	return &keyed{fd: int(f.Fd()), name: new(string)}
}

func (k *keyed) stat() error { return fstat(k.fd) }

func FixedKeyed() string { return ok(newKeyed().stat()) }

type positional struct{ fd uintptr }

func newPositional() *positional {
	f := open()
	return &positional{f.Fd()}
}

func (p *positional) stat() error {
	err := fstat(int(p.fd))
	return err
}

func FixedPositional() string { return ok(newPositional().stat()) }

type spread struct {
	// name is nobody's.
	name string
	fd   uintptr // the number
	mode os.FileMode
}

func newSpread() (*spread, error) {
	f, err := os.Open(os.Args[0])
	if err != nil {
		return nil, err
	}
	return &spread{
		name: "spread",
		fd:   f.Fd(), // of f
		mode: 0o600,
	}, nil
}

func FixedSpread() string {
	s, err := newSpread()
	if err != nil {
		return ok(err)
	}
	err = fstat(int(s.fd))
	runtime.KeepAlive(s)
	return ok(err)
}

type numbered struct {
	fd   int
	file string
}

func newNumbered() *numbered {
	f := open()
	fd := int(f.Fd())
	n := &numbered{fd: fd, file: os.Args[0]}
	return n
}

func FixedNumbered() string {
	n := newNumbered()
	defer runtime.KeepAlive(n)
	return ok(fstat(n.fd))
}

type assigned struct {
	name *string
	fd   int
}

func newAssigned() *assigned {
	a := &assigned{name: new(string)}
	f := open()
	a.fd = int(f.Fd())
	return a
}

func FixedAssigned() string {
	a := newAssigned()
	err := fstat(a.fd)
	return ok(errors.Join(err, a.done()))
}

func (a *assigned) done() error {
	*a.name = "done"
	return nil
}

type attached struct {
	fd   int
	name *string
}

func (a *attached) attach() error {
	f, err := os.Open(os.Args[0])
	if err != nil {
		return err
	}
	a.fd = int(f.Fd())
	return nil
}

func (a *attached) stat() error { return fstat(a.fd) }

func FixedAttached() string {
	a := &attached{name: new(string)}
	if err := a.attach(); err != nil {
		return ok(err)
	}
	err := a.stat()
	*a.name = "done"
	return ok(err)
}

type byValue struct{ fd int }

func newByValue() byValue {
	f := open()
	return byValue{int(f.Fd())}
}

func FixedByValue() string {
	v := newByValue()
	err := fstat(v.fd)
	return ok(err)
}

type handle struct {
	fd   int
	name *string
}

func openHandle() *handle {
	fd, err := syscall.Open(os.Args[0], syscall.O_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	h := &handle{fd, new(string)}
	runtime.SetFinalizer(h, func(h *handle) { syscall.Close(h.fd) })
	return h
}

type borrower struct {
	fd   int
	name *string
}

func borrow() *borrower {
	h := openHandle()
	return &borrower{fd: h.fd, name: new(string)}
}

func FixedBorrower() string {
	b := borrow()
	err := fstat(b.fd)
	runtime.KeepAlive(b)
	return ok(err)
}

type closing struct {
	fd   int
	name *string
}

func newClosing() *closing {
	f := open()
	return &closing{fd: int(f.Fd()), name: new(string)}
}

func (c *closing) Close() error { return syscall.Close(c.fd) }

// Close would close the number under the file.
func KeptClosing() string {
	c := newClosing()
	err := fstat(c.fd)
	c.Close()
	return ok(err)
}

type closingLater struct {
	fd   int
	name *string
}

func newClosingLater() *closingLater {
	f := open()
	return &closingLater{fd: int(f.Fd()), name: new(string)}
}

func KeptClosingLater() string {
	c := newClosingLater()
	fd := c.fd
	err := fstat(fd)
	syscall.Close(fd)
	return ok(err)
}

type compared struct{ fd int }

func newCompared() compared {
	f := open()
	return compared{int(f.Fd())}
}

func KeptCompared() string {
	c := newCompared()
	err := fstat(c.fd)
	if c == (compared{}) {
		return "0 none"
	}
	return ok(err)
}

type key struct{ fd int }

func newKey() key {
	f := open()
	return key{int(f.Fd())}
}

func KeptKey() string {
	k := newKey()
	known := map[key]bool{k: true}
	err := fstat(k.fd)
	if !known[k] {
		return "0 another"
	}
	return ok(err)
}

type setAgain struct {
	fd   int
	name *string
}

func newSetAgain() *setAgain {
	f := open()
	return &setAgain{fd: int(f.Fd()), name: new(string)}
}

func (s *setAgain) set(fd int) { s.fd = fd }

func KeptSetAgain() string {
	s := newSetAgain()
	err := fstat(s.fd)
	s.set(7)
	return ok(err)
}

type laidOut struct{ fd uintptr }

func newLaidOut() *laidOut {
	f := open()
	return &laidOut{f.Fd()}
}

func KeptLaidOut() string {
	l := newLaidOut()
	fd := *(*uintptr)(unsafe.Pointer(l))
	return ok(fstat(int(fd)))
}

func number() int {
	f := open()
	return int(f.Fd())
}

func KeptNumber() string { return ok(fstat(number())) }

var reserve int

func KeptPackageNumber() string {
	f := open()
	reserve = int(f.Fd())
	return ok(fstat(reserve))
}

type held struct {
	fd int
	f  *os.File
}

func newHeld() *held {
	f := open()
	return &held{int(f.Fd()), f}
}

func SoundHeld() string {
	h := newHeld()
	err := fstat(h.fd)
	return ok(errors.Join(err, h.f.Close()))
}
