// Package bay has slots that are configured by options.
package bay

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"syscall"
)

// Slot owns a descriptor.
type Slot struct {
	mu     sync.Mutex
	handle uintptr
	flags  int
	name   string
}

// Option changes a slot before it is opened.
type Option interface{ apply(*Slot) error }

type optionFunc func(*Slot) error

func (f optionFunc) apply(s *Slot) error { return f(s) }

// WithName names it.
func WithName(name string) Option {
	return optionFunc(func(s *Slot) error { s.name = name; return nil })
}

// WithFlags sets the flags of open.
func WithFlags(flags int) Option {
	return optionFunc(func(s *Slot) error {
		if flags < 0 {
			return errors.New("flags")
		}
		s.flags = flags
		return nil
	})
}

// New opens a slot.
func New(options ...Option) (*Slot, error) {
	s := &Slot{flags: syscall.O_RDWR, name: "/dev/null"}
	for _, o := range options {
		if err := o.apply(s); err != nil {
			return nil, err
		}
	}
	fd, err := syscall.Open(s.name, s.flags|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s.handle = uintptr(fd)
	runtime.SetFinalizer(s, func(s *Slot) { _ = s.Close() })
	return s, nil
}

// Handle returns the descriptor.
func (s *Slot) Handle() uintptr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handle
}

// Info returns name and descriptor.
func (s *Slot) Info() (name string, fd int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handle == 0 {
		return "", -1, io.ErrClosedPipe
	}
	return s.name, int(s.handle), nil
}

// Close releases it.
func (s *Slot) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handle == 0 {
		return nil
	}
	runtime.SetFinalizer(s, nil)
	fd := int(s.handle)
	s.handle = 0
	return syscall.Close(fd)
}
