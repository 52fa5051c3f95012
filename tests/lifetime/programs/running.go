// How a program runs its shapes: each program has this file, by a link.
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
		cleaned := make(chan struct{})
		func() {
			sentry := &struct{ a, b *int }{}
			runtime.AddCleanup(sentry, func(done chan struct{}) { close(done) }, cleaned)
		}()
		runtime.GC()
		for _, one := range []chan struct{}{done, cleaned} {
			select {
			case <-one:
			case <-time.After(100 * time.Millisecond):
			}
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

// unmap stands for Munmap, whose addresses somebody else, the runtime say, may get at once.
func unmap(b []byte) { syscall.Mprotect(b, syscall.PROT_NONE) }
