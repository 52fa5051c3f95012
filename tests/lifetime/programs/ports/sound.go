package main

import (
	"bytes"
	"os"
	"runtime"
	"syscall"
)

// shape sound kept-behind
var _ = add("kept-behind", func() error {
	p := dial()
	fd := p.num
	collect()
	err := poke(fd)
	runtime.KeepAlive(p)
	return err
})

// shape sound kept-deferred
var _ = add("kept-deferred", func() error { return keptDeferred() })

func keptDeferred() error {
	p := dial()
	defer runtime.KeepAlive(p)
	fd := p.num
	collect()
	return poke(fd)
}

// shape sound used-later
var _ = add("used-later", func() error { return usedLater() })

func usedLater() error {
	p := dial()
	fd := p.num
	collect()
	err := poke(fd)
	if p.label == "" {
		return errGone
	}
	return err
}

// shape sound in-global
var thePort = dial()

var _ = add("in-global", func() error {
	fd := thePort.num
	collect()
	return poke(fd)
})

// shape sound registered
var registry = map[int]*Port{}

func registered() *Port {
	p := dial()
	registry[p.num] = p
	return p
}

var _ = add("registered", func() error {
	fd := registered().num
	collect()
	return poke(fd)
})

// shape sound returned
func openedAndSent() (*Port, error) {
	p := dial()
	fd := p.num
	collect()
	if err := poke(fd); err != nil {
		return nil, err
	}
	return p, nil
}

var _ = add("returned", func() error { _, err := openedAndSent(); return err })

// shape sound caller-keeps
func sendKept(p *Port) error {
	fd := p.num
	collect()
	return poke(fd)
}

var _ = add("caller-keeps", func() error {
	p := dial()
	err := sendKept(p)
	p.shut()
	return err
})

// shape sound close-deferred
var _ = add("close-deferred", func() error { return closeDeferred() })

func closeDeferred() error {
	f := file()
	defer f.Close()
	fd := int(f.Fd())
	collect()
	return poke(fd)
}

// shape sound duplicated
var _ = add("duplicated", func() error { return duplicated() })

func duplicated() error {
	p := dial()
	fd, err := syscall.Dup(p.num)
	runtime.KeepAlive(p)
	if err != nil {
		return err
	}
	collect()
	return poke(fd)
}

// shape sound disarmed
var _ = add("disarmed", func() error { return disarmed() })

func disarmed() error {
	p := dial()
	runtime.SetFinalizer(p, nil)
	fd := p.num
	collect()
	return poke(fd)
}

// shape sound detached
func (p *Port) detach() int {
	runtime.SetFinalizer(p, nil)
	fd := p.num
	p.num = -1
	return fd
}

var _ = add("detached", func() error {
	fd := dial().detach()
	collect()
	return poke(fd)
})

// shape sound no-finalizer
type plain struct{ num int }

func (p *plain) Close() error { return syscall.Close(p.num) }

var _ = add("no-finalizer", func() error {
	p := &plain{null()}
	fd := p.num
	collect()
	return poke(fd)
})

// shape sound struct-used-later
var _ = add("struct-used-later", func() error { return structUsedLater() })

func structUsedLater() error {
	s := &station{dial()}
	fd := s.port.num
	collect()
	err := poke(fd)
	s.port.ping()
	return err
}

// shape sound inside-control
var _ = add("inside-control", func() error { return insideControl() })

func insideControl() error {
	rc, err := file().SyscallConn()
	if err != nil {
		return err
	}
	var bad error
	if err := rc.Control(func(fd uintptr) { collect(); bad = poke(int(fd)) }); err != nil {
		return err
	}
	return bad
}

// shape sound goroutine-holds
var _ = add("goroutine-holds", func() error { return goroutineHolds() })

func goroutineHolds() error {
	done := make(chan error)
	p := dial()
	go func() {
		fd := p.num
		collect()
		err := poke(fd)
		p.ping()
		runtime.KeepAlive(p)
		done <- err
	}()
	return <-done
}

// shape sound deferred-literal-holds
var _ = add("deferred-literal-holds", func() error { return deferredLiteralHolds() })

func deferredLiteralHolds() error {
	p := dial()
	defer func() { p.shut() }()
	fd := p.num
	collect()
	return poke(fd)
}

// shape sound range-holds
var _ = add("range-holds", func() error { return rangeHolds() })

func rangeHolds() error {
	ports := []*Port{dial(), dial()}
	for _, p := range ports {
		fd := p.num
		collect()
		if err := poke(fd); err != nil {
			return err
		}
	}
	runtime.KeepAlive(ports)
	return nil
}

// shape sound copied-out
var _ = add("copied-out", func() error { return copiedOut() })

func copiedOut() error {
	r := mapRegion()
	own := bytes.Clone(r.data[:4])
	runtime.KeepAlive(r)
	collect()
	if own[0] != 7 {
		return errGone
	}
	return nil
}

// shape sound loop-carried
var _ = add("loop-carried", func() error { return loopCarried() })

func loopCarried() error {
	p := dial()
	for i := 0; i < 3; i++ {
		fd := p.num
		collect()
		if err := poke(fd); err != nil {
			return err
		}
	}
	p.ping()
	runtime.KeepAlive(p)
	return nil
}

// shape sound logging-finalizer
type counter struct {
	fd   int
	name string
}

var collected int

func newCounter() *counter {
	c := &counter{fd: null()}
	runtime.SetFinalizer(c, func(*counter) { collected++ })
	return c
}

var _ = add("logging-finalizer", func() error {
	fd := newCounter().fd
	collect()
	return poke(fd)
})

// shape sound sent-away
var queue = make(chan *Port, 4)

var _ = add("sent-away", func() error { return sentAway() })

func sentAway() error {
	p := dial()
	queue <- p
	fd := p.num
	collect()
	return poke(fd)
}

// shape sound closure-kept
var closers []func()

var _ = add("closure-kept", func() error { return closureKept() })

func closureKept() error {
	p := dial()
	closers = append(closers, func() { p.shut() })
	fd := p.num
	collect()
	return poke(fd)
}

// shape sound taken-last
var _ = add("taken-last", func() error { return takenLast() })

//go:noinline
func fresh() []byte { collect(); return payload }

func takenLast() error {
	f := file()
	b := fresh()
	n := f.Fd()
	f.Close()
	if n == 0 || len(b) == 0 {
		return errGone
	}
	return nil
}

// shape sound file-used-later
var _ = add("file-used-later", func() error { return fileUsedLater() })

func fileUsedLater() error {
	f := file()
	fd := f.Fd()
	collect()
	if err := poke(int(fd)); err != nil {
		return err
	}
	_, err := f.Write(payload)
	return err
}

// shape sound standard-file
var _ = add("standard-file", func() error {
	fd := os.Stderr.Fd()
	collect()
	return syscall.SetNonblock(int(fd), false)
})
