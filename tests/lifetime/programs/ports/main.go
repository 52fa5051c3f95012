// Command ports runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

var errGone = errors.New("released")

var shapes = map[string]func() error{}

func add(name string, run func() error) bool {
	shapes[name] = run
	return true
}

func outcome(run func() error) (text string) {
	defer func() {
		if fault := recover(); fault != nil {
			text = fmt.Sprint("fault: ", fault)
		}
	}()
	if err := run(); err != nil {
		return err.Error()
	}
	return "ok"
}

func main() {
	debug.SetPanicOnFault(true)
	f, _ := os.Open("/dev/null")
	f.Close()
	collect()
	for _, name := range os.Args[1:] {
		fmt.Printf("%s\t%s\n", name, outcome(shapes[name]))
	}
}

// collect returns when what nobody holds is finalized.
//
//go:noinline
func collect() {
	for i := 0; i < 2; i++ {
		done := make(chan struct{})
		func() {
			sentry := &struct{ a, b *int }{}
			runtime.SetFinalizer(sentry, func(*struct{ a, b *int }) { close(done) })
		}()
		runtime.GC()
		select {
		case <-done:
		case <-time.After(100 * time.Millisecond):
		}
	}
	time.Sleep(2 * time.Millisecond)
}

var payload = []byte("x")

func null() int {
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	return fd
}

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
