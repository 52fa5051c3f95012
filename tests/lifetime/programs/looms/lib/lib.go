// Package lib is a binding as cgo wrappers are: handles behind interfaces, options as a struct.
package lib

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
)

// ErrClosed is returned by closed tables.
var ErrClosed = errors.New("closed")

// Config configures a table.
type Config struct {
	Path  string
	Flags int
	Hook  func(fd int) error
}

// Table is open until it is closed.
type Table interface {
	Raw() uintptr
	Shuttle() *Shuttle
	Close() error
}

type table struct {
	state  *state
	closed atomic.Bool
}

type state struct {
	fd   int
	path string
}

func (s *state) release() {
	if s.fd >= 0 {
		syscall.Close(s.fd)
		s.fd = -1
	}
}

// Open opens a table.
func Open(cfg Config) (Table, error) {
	if cfg.Path == "" {
		cfg.Path = "/dev/null"
	}
	fd, err := syscall.Open(cfg.Path, cfg.Flags|syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", cfg.Path, err)
	}
	if cfg.Hook != nil {
		if err := cfg.Hook(fd); err != nil {
			syscall.Close(fd)
			return nil, err
		}
	}
	t := &table{state: &state{fd: fd, path: cfg.Path}}
	runtime.AddCleanup(t, (*state).release, t.state)
	return t, nil
}

func (t *table) Raw() uintptr { return uintptr(t.state.fd) }

func (t *table) Shuttle() *Shuttle { return &Shuttle{fd: t.state.fd} }

func (t *table) Close() error {
	if !t.closed.CompareAndSwap(false, true) {
		return ErrClosed
	}
	t.state.release()
	return nil
}

// Shuttle runs on a table, which must be open.
type Shuttle struct{ fd int }

// Pass writes.
func (s *Shuttle) Pass(b []byte) (int, error) { return syscall.Write(s.fd, b) }

// Bobbin has a descriptor that anybody may see.
type Bobbin struct {
	FD   int
	Next *Bobbin
}

// NewBobbin opens one.
func NewBobbin() *Bobbin {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	b := &Bobbin{FD: fd}
	runtime.SetFinalizer(b, func(b *Bobbin) { b.Wind() })
	return b
}

// Wind closes it.
func (b *Bobbin) Wind() {
	if b.FD < 0 {
		return
	}
	_ = syscall.Close(b.FD)
	b.FD = -1
}
