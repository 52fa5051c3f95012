// Package flow hides its descriptors behind an interface and functions.
package flow

import (
	"runtime"
	"syscall"
)

// Source is implemented by an owner that is not exported.
type Source interface {
	Descriptor() int
	Close() error
}

type source struct {
	inner struct{ number int }
	next  *source
}

func (s *source) Descriptor() int { return s.inner.number }

func (s *source) Close() error {
	runtime.SetFinalizer(s, nil)
	return syscall.Close(s.inner.number)
}

// Open returns an owner.
func Open() (Source, error) {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	s := &source{}
	s.inner.number = fd
	runtime.SetFinalizer(s, (*source).Close)
	return s, nil
}

// Valve is opened by a method.
type Valve struct {
	Fd   int
	Open bool
	link *Valve
}

// Turn opens it.
func (v *Valve) Turn() *Valve {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	v.Fd, v.Open = fd, true
	runtime.AddCleanup(v, func(fd int) { syscall.Close(fd) }, fd)
	return v
}

// Make returns a turned one.
func Make() *Valve { return new(Valve).Turn() }
