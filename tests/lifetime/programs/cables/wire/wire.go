// Package wire has owners of its own, one below the other.
package wire

import (
	"fmt"
	"runtime"
	"syscall"
)

type raw struct{ fd int }

func (r *raw) destroy() { _ = syscall.Close(r.fd) }

// Base is embedded in what users see.
type Base struct {
	*raw
	Label string
}

// Handle is the number.
func (b *Base) Handle() (uintptr, error) {
	if b.raw == nil {
		return 0, fmt.Errorf("closed")
	}
	return uintptr(b.fd), nil
}

// Cable is an owner.
type Cable struct {
	Base
	next *Cable
}

// New makes one.
func New(label string) *Cable {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	c := &Cable{Base: Base{raw: &raw{fd}, Label: label}}
	runtime.SetFinalizer(c, func(c *Cable) { c.destroy() })
	return c
}

// Each hands the number to a function and keeps the cable until that returns.
func (c *Cable) Each(use func(fd uintptr) error) error {
	err := use(uintptr(c.fd))
	runtime.KeepAlive(c)
	return err
}
