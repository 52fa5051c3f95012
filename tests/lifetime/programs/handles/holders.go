package main

import (
	"container/list"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

var holders = []shape{
	{"kept", soundKept},
	{"kept-deferred", soundKeptDeferred},
	{"closed-deferred", soundClosedDeferred},
	{"used-later", soundUsedLater},
	{"closed-in-literal", soundClosedInLiteral},
	{"global", soundGlobal},
	{"stored-in-global", soundStoredInGlobal},
	{"registered", soundRegistered},
	{"in-global-map", soundInGlobalMap},
	{"in-foreign-list", soundInForeignList},
	{"in-atomic", soundInAtomic},
	{"from-global-getter", soundFromGlobalGetter},
	{"captured-by-goroutine", soundCapturedByGoroutine},
	{"waited-for", soundWaitedFor},
	{"captured-by-closure", soundCapturedByClosure},
	{"method-value-held", soundMethodValueHeld},
	{"struct-used-later", soundStructUsedLater},
	{"parent-used-later", soundParentUsedLater},
	{"slice-used-later", soundSliceUsedLater},
	{"map-used-later", soundMapUsedLater},
	{"alias-used-later", soundAliasUsedLater},
	{"interface-used-later", soundInterfaceUsedLater},
	{"raw-conn-control", soundRawConnControl},
	{"no-cleanup", soundNoCleanup},
	{"cleanup-removed", soundCleanupRemoved},
	{"cleanup-stopped", soundCleanupStopped},
	{"in-a-loop-with-owner", soundInALoopWithOwner},
	{"caller-keeps", soundCallerKeeps},
	{"caller-keeps-receiver", soundCallerKeepsReceiver},
	{"callers-chain-keeps", soundCallersChainKeeps},
	{"returned-with-owner", soundReturnedWithOwner},
	{"standard-input", soundStandardInput},
	{"only-printed", soundOnlyPrinted},
	{"only-compared", soundOnlyCompared},
	{"other-type-same-field", soundOtherTypeSameField},
	{"other-element", soundOtherElement},
	{"generic-kept", soundGenericKept},
	{"in-channel", soundInChannel},
	{"wrapped-reader", soundWrappedReader},
	{"deferred-holds", soundDeferredHolds},
	{"embedded-kept", soundEmbeddedKept},
	{"closes-itself", soundClosesItself},
	{"sync-map", soundSyncMap},
}

// shape sound kept
func soundKept() error {
	h := open()
	fd := h.fd
	settle()
	err := write(fd)
	runtime.KeepAlive(h)
	return err
}

// shape sound kept-deferred
func soundKeptDeferred() error {
	h := open()
	defer runtime.KeepAlive(h)
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound closed-deferred
func soundClosedDeferred() error {
	f := openFile()
	defer f.Close()
	fd := f.Fd()
	settle()
	return write(int(fd))
}

// shape sound used-later
func soundUsedLater() error {
	h := open()
	fd := h.fd
	settle()
	if err := write(fd); err != nil {
		return err
	}
	return h.Close()
}

// shape sound closed-in-literal
func soundClosedInLiteral() (err error) {
	h := open()
	defer func() {
		if failed := h.Close(); failed != nil {
			err = failed
		}
	}()
	fd := h.fd
	settle()
	_, err = syscall.Write(fd, one)
	return err
}

// shape sound global
var shared = open()

func soundGlobal() error {
	fd := shared.fd
	settle()
	return write(fd)
}

// shape sound stored-in-global
var last *Handle

func soundStoredInGlobal() error {
	h := open()
	last = h
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound registered
var registry []*Handle

func register(h *Handle) *Handle {
	registry = append(registry, h)
	return h
}

func soundRegistered() error {
	h := register(open())
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound in-global-map
var byName = map[string]*Handle{}

func openNamed(name string) *Handle {
	if h, ok := byName[name]; ok {
		return h
	}
	h := open()
	byName[name] = h
	return h
}

func soundInGlobalMap() error {
	h := openNamed("a")
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound in-foreign-list
var queue = list.New()

func soundInForeignList() error {
	h := open()
	queue.PushBack(h)
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound in-atomic
var current atomic.Pointer[Handle]

func soundInAtomic() error {
	h := open()
	current.Store(h)
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound from-global-getter
func stored() *Handle { return shared }

func soundFromGlobalGetter() error {
	fd := stored().fd
	settle()
	return write(fd)
}

// shape sound captured-by-goroutine
func soundCapturedByGoroutine() error {
	h := open()
	stop := make(chan bool)
	done := make(chan error)
	go func() {
		<-stop
		done <- h.Close()
	}()
	fd := h.fd
	settle()
	err := write(fd)
	close(stop)
	<-done
	return err
}

// shape sound waited-for
func soundWaitedFor() error {
	h := open()
	fd := h.fd
	var group sync.WaitGroup
	var err error
	group.Add(1)
	go func() {
		defer group.Done()
		settle()
		_, err = syscall.Write(fd, one)
	}()
	group.Wait()
	h.Close()
	return err
}

// shape sound captured-by-closure
func soundCapturedByClosure() error {
	h := open()
	name := func() string { return h.name }
	fd := h.fd
	settle()
	err := write(fd)
	if name() == "" {
		return errReleased
	}
	return err
}

// shape sound method-value-held
func soundMethodValueHeld() error {
	h := open()
	end := h.Close
	fd := h.fd
	settle()
	if err := write(fd); err != nil {
		return err
	}
	return end()
}

// shape sound struct-used-later
func soundStructUsedLater() error {
	h := open()
	l := link{h: h, peer: "b"}
	fd := h.fd
	settle()
	err := write(fd)
	l.h.Close()
	return err
}

// shape sound parent-used-later
func soundParentUsedLater() error {
	l := newLink()
	h := l.h
	fd := h.fd
	settle()
	err := write(fd)
	l.h.Close()
	return err
}

// shape sound slice-used-later
func soundSliceUsedLater() error {
	var all []*Handle
	for range 2 {
		all = append(all, open())
	}
	fd := all[0].fd
	settle()
	err := write(fd)
	for _, h := range all {
		h.Close()
	}
	return err
}

// shape sound map-used-later
func soundMapUsedLater() error {
	all := map[string]*Handle{}
	h := open()
	all["h"] = h
	fd := h.fd
	settle()
	err := write(fd)
	all["h"].Close()
	return err
}

// shape sound alias-used-later
func soundAliasUsedLater() error {
	h := open()
	same := h
	fd := same.fd
	settle()
	err := write(fd)
	h.Close()
	return err
}

// shape sound interface-used-later
func soundInterfaceUsedLater() error {
	h := open()
	var closer interface{ Close() error } = h
	fd := h.fd
	settle()
	err := write(fd)
	closer.Close()
	return err
}

// shape sound raw-conn-control
func soundRawConnControl() error {
	f := openFile()
	rc, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = rc.Control(func(fd uintptr) {
		settle()
		_, failed = syscall.Write(int(fd), one)
	})
	if err != nil {
		return err
	}
	return failed
}

// shape sound no-cleanup
type plain struct{ fd int }

func soundNoCleanup() error {
	p := &plain{device()}
	fd := p.fd
	settle()
	return write(fd)
}

// shape sound cleanup-removed
func soundCleanupRemoved() error {
	h := open()
	runtime.SetFinalizer(h, nil)
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound cleanup-stopped
type ticker struct{ fd int }

func soundCleanupStopped() error {
	t := &ticker{device()}
	cleanup := runtime.AddCleanup(t, func(fd int) { syscall.Close(fd) }, t.fd)
	cleanup.Stop()
	fd := t.fd
	settle()
	return write(fd)
}

// shape sound in-a-loop-with-owner
func soundInALoopWithOwner() error {
	h := open()
	for i := range 2 {
		if i > 0 && h.touch() == 0 {
			return nil
		}
		fd := h.fd
		settle()
		if err := write(fd); err != nil {
			return err
		}
	}
	return h.Close()
}

// shape sound caller-keeps
func writeSlowly(h *Handle) error {
	fd := h.fd
	settle()
	return write(fd)
}

func soundCallerKeeps() error {
	h := open()
	defer h.Close()
	return writeSlowly(h)
}

// shape sound caller-keeps-receiver
func (l *link) writeSlowly() error {
	fd := l.h.fd
	settle()
	return write(fd)
}

func soundCallerKeepsReceiver() error {
	l := newLink()
	err := l.writeSlowly()
	l.h.Close()
	return err
}

// shape sound callers-chain-keeps
func firstStep(h *Handle) error  { return secondStep(h) }
func secondStep(h *Handle) error { return thirdStep(h) }

func thirdStep(h *Handle) error {
	fd := h.fd
	settle()
	_, err := syscall.Write(fd, one)
	return err
}

func soundCallersChainKeeps() error {
	h := open()
	err := firstStep(h)
	h.Close()
	return err
}

// shape sound returned-with-owner
func openBoth() (*Handle, int) {
	h := open()
	return h, h.fd
}

func soundReturnedWithOwner() error {
	h, fd := openBoth()
	settle()
	err := write(fd)
	h.Close()
	return err
}

// shape sound standard-input
func soundStandardInput() error {
	fd := os.Stdout.Fd()
	settle()
	_, err := syscall.Write(int(fd), nil)
	return err
}

// shape sound only-printed
func soundOnlyPrinted() error {
	h := open()
	number := h.fd
	settle()
	if fmt.Sprint(number) == "" {
		return errReleased
	}
	return nil
}

// shape sound only-compared
func soundOnlyCompared() error {
	h := open()
	fd := h.fd
	settle()
	if fd < 0 {
		return errReleased
	}
	return nil
}

// shape sound other-type-same-field
type header struct {
	fd   int
	size int
}

func soundOtherTypeSameField() error {
	h := header{fd: device(), size: 1}
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound generic-kept
func soundGenericKept() error {
	b := newBox(1)
	fd := b.fd
	settle()
	err := write(fd)
	runtime.KeepAlive(b)
	return err
}

// shape sound in-channel
func soundInChannel() error {
	ready := make(chan *Handle, 1)
	h := open()
	ready <- h
	fd := h.fd
	settle()
	err := write(fd)
	(<-ready).Close()
	return err
}

// shape sound wrapped-reader
type reader struct{ from *Handle }

func newReader(h *Handle) *reader { return &reader{h} }

func (r *reader) close() { r.from.Close() }

func soundWrappedReader() error {
	h := open()
	r := newReader(h)
	fd := h.fd
	settle()
	err := write(fd)
	r.close()
	return err
}

// shape sound deferred-holds
func soundDeferredHolds() (err error) {
	h := open()
	fd := h.fd
	defer h.Close()
	defer func() {
		settle()
		_, err = syscall.Write(fd, one)
	}()
	return nil
}

// shape sound embedded-kept
func soundEmbeddedKept() error {
	s := socket{open(), 1}
	fd := s.fd
	settle()
	err := write(fd)
	s.Close()
	return err
}

// shape sound closes-itself
type closer struct{ fd int }

func newCloser() *closer {
	c := &closer{device()}
	runtime.SetFinalizer(c, (*closer).Close)
	return c
}

func (c *closer) Close() error {
	fd := c.fd
	c.fd = -1
	runtime.SetFinalizer(c, nil)
	return syscall.Close(fd)
}

func soundClosesItself() error {
	c := newCloser()
	return c.Close()
}

// shape sound sync-map
var open2 sync.Map

func soundSyncMap() error {
	h := open()
	open2.Store("h", h)
	fd := h.fd
	settle()
	return write(fd)
}

// shape sound other-element
func soundOtherElement() error {
	kept := open()
	fds := map[string]int{"first": open().fd}
	fds["lost"] = open().fd
	fds["kept"] = kept.fd
	settle()
	err := write(fds["kept"])
	runtime.KeepAlive(kept)
	return err
}
