package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

var takings = []shape{
	{"getter", failGetter},
	{"chain-field", failChainField},
	{"chain-getter", failChainGetter},
	{"chain-file", failChainFile},
	{"getter-of-getter", failGetterOfGetter},
	{"function-takes-it", failFunctionTakesIt},
	{"interface-getter", failInterfaceGetter},
	{"interface-parameter", failInterfaceParameter},
	{"method-value", failMethodValue},
	{"raw-conn", failRawConn},
	{"var-declaration", failVarDeclaration},
	{"converted", failConverted},
	{"assigned-later", failAssignedLater},
	{"inner-block", failInnerBlock},
	{"raw-returned", failRawReturned},
	{"two-owners", failTwoOwners},
	{"raw-in-struct", failRawInStruct},
	{"raw-in-slice", failRawInSlice},
	{"named-types", failNamedTypes},
}

// shape fail getter
func failGetter() error {
	h := open()
	fd := h.raw()
	settle()
	return write(fd)
}

// shape fail chain-field
func failChainField() error {
	fd := open().fd
	settle()
	return write(fd)
}

// shape fail chain-getter
func failChainGetter() error { return slowWrite(open().raw()) }

// shape fail chain-file
func failChainFile() error { return slowWrite(int(openFile().Fd())) }

// shape fail getter-of-getter
func (l *link) number() int { return l.h.raw() }

func failGetterOfGetter() error {
	l := newLink()
	number := l.number()
	settle()
	return write(number)
}

// shape fail function-takes-it
func numberOf(h *Handle) int { return h.fd }

func failFunctionTakesIt() error {
	h := open()
	fd := numberOf(h)
	settle()
	return write(fd)
}

// shape fail interface-getter
type descriptor interface{ Fd() uintptr }

func failInterfaceGetter() error {
	var d descriptor = open()
	fd := d.Fd()
	settle()
	return write(int(fd))
}

// shape fail interface-parameter
func isTerminal(d descriptor) error {
	fd := d.Fd()
	settle()
	return write(int(fd))
}

func failInterfaceParameter() error { return isTerminal(openFile()) }

// shape fail method-value
func failMethodValue() error {
	h := open()
	get := h.raw
	fd := get()
	settle()
	return write(fd)
}

// shape fail raw-conn
func failRawConn() error {
	f := openFile()
	rc, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var saved uintptr
	err = rc.Control(func(fd uintptr) { saved = fd })
	if err != nil {
		return err
	}
	settle()
	_, err = syscall.Write(int(saved), one)
	return err
}

// shape fail var-declaration
func failVarDeclaration() error {
	var h = open()
	var fd int = h.fd
	settle()
	return write(fd)
}

// shape fail converted
func failConverted() error {
	h := open()
	settle()
	fd := uintptr(h.fd)
	settle()
	_, _, errno := syscall.Syscall(syscall.SYS_FSYNC, fd, 0, 0)
	if errno == syscall.EBADF {
		return errno
	}
	return nil
}

// shape fail assigned-later
func failAssignedLater() error {
	var fd int
	h, err := openSlowly("/dev/null")
	if err == nil {
		fd = h.fd
	}
	settle()
	return write(fd)
}

// shape fail inner-block
func failInnerBlock() error {
	fd := -1
	{
		f := openFile()
		fd = int(f.Fd())
	}
	settle()
	return write(fd)
}

// shape fail raw-returned
func openRaw() int {
	h := open()
	return h.fd
}

func failRawReturned() error {
	fd := openRaw()
	settle()
	return write(fd)
}

// shape fail two-owners
func failTwoOwners() error {
	f := openFile()
	g := os.NewFile(f.Fd(), "again")
	settle()
	_, err := g.Write(one)
	runtime.SetFinalizer(g, nil)
	return badDescriptor(err)
}

func badDescriptor(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%v: %w", err, errReleased)
}

// shape fail raw-in-struct
type poller struct {
	fd     int32
	events int16
}

func failRawInStruct() error {
	h := open()
	p := poller{fd: int32(h.fd), events: 1}
	settle()
	return write(int(p.fd))
}

// shape fail raw-in-slice
func failRawInSlice() error {
	h := open()
	fds := []int{h.fd}
	settle()
	return write(fds[0])
}

// shape fail named-types
type channelNumber int

type port struct{ number channelNumber }

func newPort() *port {
	p := &port{channelNumber(device())}
	runtime.SetFinalizer(p, func(p *port) { syscall.Close(int(p.number)) })
	return p
}

func failNamedTypes() error {
	p := newPort()
	number := p.number
	settle()
	return write(int(number))
}
