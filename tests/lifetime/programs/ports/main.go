// Command ports runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

func poke(fd int) error {
	_, err := syscall.Write(fd, payload)
	return err
}

//go:noinline
func relay(fd int) error {
	collect()
	return poke(fd)
}

func relayed(fd int) error { return relay(fd) }

// Port closes its descriptor when it is collected.
type Port struct {
	num   int
	label string
}

func dial() *Port {
	p := &Port{num: null(), label: "null"}
	runtime.SetFinalizer(p, (*Port).shut)
	return p
}

func tryDial(name string) (*Port, error) {
	if name == "" {
		return nil, errors.New("no name")
	}
	p := dial()
	p.label = name
	return p, nil
}

func (p *Port) shut() {
	runtime.SetFinalizer(p, nil)
	syscall.Close(p.num)
}

func (p *Port) Number() int         { return p.num }
func (p *Port) Both() (int, string) { return p.num, p.label }
func (p *Port) ping() int           { return len(p.label) }

type numbered interface{ Number() int }

// Lamp has a cleanup instead.
type Lamp struct {
	h    uintptr
	name string
}

func newLamp() *Lamp {
	fd := null()
	l := &Lamp{h: uintptr(fd), name: "lamp"}
	runtime.AddCleanup(l, func(fd int) { syscall.Close(fd) }, fd)
	return l
}

func file() *os.File {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}
