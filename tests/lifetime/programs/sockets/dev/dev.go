// Package dev opens devices; its values close them when they are collected.
package dev

import (
	"runtime"
	"syscall"
)

// Port is open until it is collected.
type Port struct {
	FD   int
	name string
}

// Open opens a device.
func Open(name string) (*Port, error) {
	fd, err := syscall.Open(name, syscall.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	p := &Port{FD: fd, name: name}
	runtime.SetFinalizer(p, (*Port).Close)
	return p, nil
}

// Close releases the descriptor.
func (p *Port) Close() error {
	runtime.SetFinalizer(p, nil)
	return syscall.Close(p.FD)
}

// Raw is the descriptor.
func (p *Port) Raw() int { return p.FD }

// Fd is the descriptor too.
func (p *Port) Fd() uintptr { return uintptr(p.FD) }

// Name needs the port.
func (p *Port) Name() string { return p.name }

// RawOf is the descriptor of a port.
func RawOf(p *Port) int { return p.FD }

// Link has a cleanup.
type Link struct {
	fd    int
	users []string
}

// NewLink opens one.
func NewLink() *Link {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	l := &Link{fd: fd}
	runtime.AddCleanup(l, func(fd int) { syscall.Close(fd) }, fd)
	return l
}

// Descriptor is the number.
func (l *Link) Descriptor() int { return l.fd }

// Quiet has no cleanup.
type Quiet struct{ FD int }

// Raw is its number.
func (q *Quiet) Raw() int { return q.FD }

// NewQuiet opens one that nobody closes.
func NewQuiet() *Quiet {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return &Quiet{fd}
}
