package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"example.com/winches/native"
	"example.com/winches/store"
)

// shape fail handle-type
var _ = add("handle-type", func() error { return handleType() })

func handleType() error {
	w := NewWinch(1, nil)
	h := w.Handle()
	collect()
	return h.write(payload)
}

// shape fail handle-control
var _ = add("handle-control", func() error { return handleControl() })

func handleControl() error {
	var out Handle
	if err := NewWinch(1, nil).Control(func(h Handle) error { out = h; return nil }); err != nil {
		return err
	}
	collect()
	return out.write(payload)
}

// shape fail armed-in-method
var _ = add("armed-in-method", func() error { return armedInMethod() })

func armedInMethod() error {
	w := new(Winch)
	w.reset(Handle(null()))
	h := int(w.h)
	collect()
	_, err := write(h, payload)
	return err
}

// shape fail embedded-pointer
var _ = add("embedded-pointer", func() error { return embeddedPointer() })

func embeddedPointer() error {
	c := newCrane()
	h := c.Handle()
	collect()
	return h.write(payload)
}

// shape fail hook-winch
var _ = add("hook-winch", func() error { return hookWinch() })

func hookWinch() error {
	c := newCrane()
	h, depth := c.hook.winch.Handle(), c.hook.depth
	collect()
	if err := h.write(payload); err != nil {
		return fmt.Errorf("depth %d: %w", depth, err)
	}
	return nil
}

// shape fail parts-of-crane
var _ = add("parts-of-crane", func() error { return partsOfCrane() })

func partsOfCrane() error {
	c := newCrane()
	c.parts["boom"] = NewWinch(3, nil)
	h := c.parts["boom"].h
	collect()
	return h.write(payload)
}

// shape fail list-of-cranes
var _ = add("list-of-cranes", func() error { return listOfCranes() })

func listOfCranes() error {
	var head *crane
	for range 3 {
		c := newCrane()
		c.next, head = head, c
	}
	var handles []Handle
	for c := head; c != nil; c = c.next {
		handles = append(handles, c.Winch.Handle())
	}
	collect()
	for _, h := range handles {
		if err := h.write(payload); err != nil {
			return err
		}
	}
	return nil
}

// shape fail inherited-files
type spawn struct {
	path  string
	files []uintptr
}

func (s *spawn) inherit(f *os.File) *spawn {
	s.files = append(s.files, f.Fd())
	return s
}

func (s *spawn) start() error {
	collect()
	for _, fd := range s.files {
		if _, err := syscall.Dup(int(fd)); err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
	}
	return nil
}

var _ = add("inherited-files", func() error { return inheritedFiles() })

func inheritedFiles() error {
	t, err := newTemp()
	if err != nil {
		return err
	}
	return (&spawn{path: "/bin/true"}).inherit(t.file).start()
}

// shape fail sent-rights
var _ = add("sent-rights", func() error { return sentRights() })

func sentRights() error {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(pair[0])
	defer syscall.Close(pair[1])
	t, err := newTemp()
	if err != nil {
		return err
	}
	rights := syscall.UnixRights(int(t.Fd()))
	collect()
	return syscall.Sendmsg(pair[0], payload, rights, nil, 0)
}

// shape fail locked-file
var _ = add("locked-file", func() error { return lockedFile() })

func lock(fd uintptr, how int) error {
	for {
		collect()
		err := syscall.Flock(int(fd), how)
		if err != syscall.EINTR {
			return err
		}
	}
}

func lockedFile() error {
	t, err := newTemp()
	if err != nil {
		return err
	}
	return lock(t.file.Fd(), syscall.LOCK_EX|syscall.LOCK_NB)
}

// shape fail words-of-region
var _ = add("words-of-region", func() error { return wordsOfRegion() })

func wordsOfRegion() error {
	words := newRegion(4096).words()
	collect()
	words[3] = 7
	return nil
}

// shape fail word-at
var _ = add("word-at", func() error { return wordAt() })

func wordAt() error {
	r := newRegion(4096)
	p := (*uint64)(r.at(64))
	collect()
	*p = 5
	return nil
}

// shape fail atomic-in-region
var _ = add("atomic-in-region", func() error { return atomicInRegion() })

func atomicInRegion() error {
	r := newRegion(4096)
	counter := (*atomic.Uint32)(r.at(8))
	collect()
	counter.Add(1)
	return nil
}

// shape fail binary-read
var _ = add("binary-read", func() error { return binaryRead() })

func binaryRead() error {
	r := newRegion(4096)
	view := unsafe.Slice((*byte)(r.base), 16)
	collect()
	var head struct{ A, B uint64 }
	return binary.Read(bytes.NewReader(view), binary.LittleEndian, &head)
}

// shape fail equal-memory
var _ = add("equal-memory", func() error { return equalMemory() })

func equalMemory() error {
	r := newRegion(4096)
	view := unsafe.Slice((*byte)(r.base), 4)
	collect()
	if !bytes.Equal(view, []byte{0, 0, 0, 0}) {
		return errors.New("not zero")
	}
	return nil
}

// shape fail lease-value
var _ = add("lease-value", func() error { return leaseValue() })

func leaseValue() error {
	l := grant(NewWinch(1, nil))
	h := l.get().Handle()
	collect()
	return h.write(payload)
}

// shape fail either-of
var _ = add("either-of", func() error { return eitherOf() })

func eitherOf() error {
	w, err := either(
		func() (*Winch, error) { return nil, errGone },
		func() (*Winch, error) { return NewWinch(4, nil), nil },
	)
	if err != nil {
		return err
	}
	h := w.Handle()
	collect()
	return h.write(payload)
}

// shape fail factory-map
var factories = map[string]func() *Winch{
	"small": func() *Winch { return NewWinch(1, nil) },
	"large": func() *Winch { return NewWinch(9, &Options{Retries: 3}) },
}

var _ = add("factory-map", func() error { return factoryMap("large") })

func factoryMap(name string) error {
	build, ok := factories[name]
	if !ok {
		return errors.New("no such winch")
	}
	w := build()
	h := w.Handle()
	collect()
	return h.write(payload)
}

// shape fail atomic-pointer
var _ = add("atomic-pointer", func() error { return atomicPointer() })

func atomicPointer() error {
	var current atomic.Pointer[Winch]
	current.Store(NewWinch(1, nil))
	h := current.Load().Handle()
	current.Store(nil)
	collect()
	return h.write(payload)
}

// shape fail interface-of-store
var _ = add("interface-of-store", func() error { return interfaceOfStore() })

func interfaceOfStore() error {
	c, err := store.Connect(context.Background(), "db")
	if err != nil {
		return err
	}
	fd := c.Sysfd()
	collect()
	_, err = write(fd, payload)
	return err
}

// shape fail pooled-and-lost
var _ = add("pooled-and-lost", func() error { return pooledAndLost() })

func pooledAndLost() error {
	var pool store.Pool
	c := pool.Get()
	fd := c.Sysfd()
	collect()
	_, err := write(fd, payload)
	return err
}

// shape fail native-pointer
var _ = add("native-pointer", func() error { return nativePointer() })

func nativePointer() error {
	e := native.New(3)
	p := e.Pointer()
	collect()
	return native.Peek(p)
}

// shape fail closure-counter
var _ = add("closure-counter", func() error { return closureCounter() })

func closureCounter() error {
	w := NewWinch(1, nil)
	fd, count := int(w.h), 0
	step := func() error {
		count++
		_, err := write(fd, payload)
		return err
	}
	collect()
	return errors.Join(step(), step())
}

// shape fail retry-helper
func retry(times int, f func(attempt int) error) (err error) {
	for i := range times {
		if err = f(i); err == nil {
			return nil
		}
	}
	return err
}

var _ = add("retry-helper", func() error { return retryHelper() })

func retryHelper() error {
	w := NewWinch(1, nil)
	h, times := w.Handle(), w.opts.Retries
	return retry(times, func(int) error {
		collect()
		return h.write(payload)
	})
}

// shape fail method-expression
var _ = add("method-expression", func() error { return methodExpression() })

func methodExpression() error {
	get := (*Winch).Handle
	w := NewWinch(1, nil)
	h := get(w)
	collect()
	return h.write(payload)
}

// shape fail deferred-number
var _ = add("deferred-number", func() error { return deferredNumber() })

func deferredNumber() (err error) {
	w := NewWinch(1, nil)
	defer func(h Handle) {
		collect()
		err = errors.Join(err, h.write(payload))
	}(w.Handle())
	return nil
}

// shape fail context-goroutine
var _ = add("context-goroutine", func() error { return contextGoroutine() })

func contextGoroutine() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	fd := int(NewWinch(1, nil).Handle())
	errs := make(chan error, 1)
	go func() {
		collect()
		_, err := write(fd, payload)
		errs <- err
	}()
	select {
	case err := <-errs:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// shape fail work-list
type work struct {
	handles []Handle
	done    sync.WaitGroup
	errs    chan error
}

func (w *work) run() {
	for _, h := range w.handles {
		w.done.Add(1)
		go func() {
			defer w.done.Done()
			collect()
			w.errs <- h.write(payload)
		}()
	}
	w.done.Wait()
	close(w.errs)
}

var _ = add("work-list", func() error { return workList() })

func workList() error {
	w := &work{errs: make(chan error, 2)}
	for kind := range 2 {
		w.handles = append(w.handles, NewWinch(Kind(kind), nil).Handle())
	}
	w.run()
	var all error
	for err := range w.errs {
		all = errors.Join(all, err)
	}
	return all
}

// shape fail attached
type logger struct {
	fd     int
	prefix string
}

func (l *logger) attach(t *temp) *logger {
	l.fd = int(t.Fd())
	return l
}

func (l *logger) print(text string) error {
	_, err := write(l.fd, []byte(l.prefix+text))
	return err
}

var _ = add("attached", func() error { return attached() })

func attached() error {
	t, err := newTemp()
	if err != nil {
		return err
	}
	l := (&logger{prefix: "winch: "}).attach(t)
	collect()
	return l.print("up")
}

// shape fail attached-later
var _ = add("attached-later", func() error { return attachedLater() })

func attachedLater() error {
	l := &logger{prefix: "winch: "}
	if t, err := newTemp(); err == nil {
		l.attach(t)
	}
	collect()
	return l.print("up")
}

// shape fail logger-made
func newLogger(f *os.File) *logger { return &logger{fd: int(f.Fd())} }

var _ = add("logger-made", func() error { return loggerMade() })

func loggerMade() error {
	t, err := newTemp()
	if err != nil {
		return err
	}
	l := newLogger(t.file)
	collect()
	return l.print("made")
}

// shape fail package-number
var consoleFD = -1

func openConsole() error {
	t, err := newTemp()
	if err != nil {
		return err
	}
	consoleFD = int(t.file.Fd())
	return nil
}

var _ = add("package-number", func() error { return packageNumber() })

func packageNumber() error {
	if err := openConsole(); err != nil {
		return err
	}
	collect()
	_, err := write(consoleFD, payload)
	return err
}

// shape fail snapshot
type gauge struct {
	fd    int
	level int
}

func newGauge() *gauge {
	g := &gauge{fd: null()}
	watch(g)
	return g
}

func (g *gauge) snapshot() gauge { return *g }

func (g gauge) poke() error {
	collect()
	_, err := write(g.fd, payload)
	return err
}

var _ = add("snapshot", func() error { return snapshot() })

func snapshot() error {
	s := newGauge().snapshot()
	return s.poke()
}

// shape fail value-method
var _ = add("value-method", func() error { return newGauge().poke() })

// shape fail map-of-values
var _ = add("map-of-values", func() error { return mapOfValues() })

func mapOfValues() error {
	known := map[string]gauge{"a": *newGauge(), "b": *newGauge()}
	collect()
	for name, g := range known {
		if _, err := write(g.fd, payload); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// shape fail struct-in-struct-copied
type panel struct {
	left, right gauge
	name        string
}

var _ = add("struct-in-struct-copied", func() error { return structInStructCopied() })

func structInStructCopied() error {
	p := panel{left: *newGauge(), name: "p"}
	collect()
	_, err := write(p.left.fd, payload)
	return err
}

// shape fail tcp-file
var _ = add("tcp-file", func() error { return tcpFile() })

func fileOf(conn net.Conn) (*os.File, error) {
	type filer interface{ File() (*os.File, error) }
	f, ok := conn.(filer)
	if !ok {
		return nil, errors.New("no file")
	}
	return f.File()
}

func tcpFile() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	defer conn.Close()
	f, err := fileOf(conn)
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	collect()
	return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
}

// shape fail loop-else
var _ = add("loop-else", func() error { return loopElse(2) })

func loopElse(n int) error {
	w := NewWinch(1, nil)
	fd := int(w.h)
	for i := 0; ; i++ {
		if i >= n {
			break
		} else if i%2 == 1 {
			continue
		}
		collect()
		if _, err := write(fd, payload); err != nil {
			return err
		}
	}
	return nil
}

// shape fail kept-on-success-only
var _ = add("kept-on-success-only", func() error { return keptOnSuccessOnly() })

func keptOnSuccessOnly() error {
	w := NewWinch(1, nil)
	h := w.h
	if h.valid() {
		collect()
		return h.write(payload)
	}
	return w.Close()
}

// shape fail two-step-conversion
type token struct{ raw uint64 }

func tokenOf(h Handle) token { return token{uint64(h)<<1 | 1} }

func (t token) handle() Handle { return Handle(t.raw >> 1) }

var _ = add("two-step-conversion", func() error { return twoStepConversion() })

func twoStepConversion() error {
	w := NewWinch(1, nil)
	t := tokenOf(w.Handle())
	collect()
	return t.handle().write(payload)
}

// shape fail sorted-handles
var _ = add("sorted-handles", func() error { return sortedHandles() })

func sortedHandles() error {
	winches := []*Winch{NewWinch(2, nil), NewWinch(1, nil)}
	slices.SortFunc(winches, func(a, b *Winch) int { return int(a.kind) - int(b.kind) })
	first := winches[0].Handle()
	collect()
	return first.write(payload)
}

// shape fail popped
var _ = add("popped", func() error { return popped() })

func popped() error {
	stack := []*Winch{NewWinch(2, nil), NewWinch(1, nil)}
	top := stack[len(stack)-1]
	stack[len(stack)-1] = nil
	stack = stack[:len(stack)-1]
	h := top.Handle()
	collect()
	err := h.write(payload)
	return errors.Join(err, stack[0].Close())
}

// shape fail swapped-owner
var _ = add("swapped-owner", func() error { return swappedOwner() })

func swappedOwner() error {
	a, b := NewWinch(1, nil), NewWinch(2, nil)
	h := a.Handle()
	a, b = b, nil
	collect()
	err := h.write(payload)
	return errors.Join(err, a.Close())
}

// shape fail number-in-error
type writeError struct{ h Handle }

func (e *writeError) retry() error  { return e.h.write(payload) }
func (e *writeError) Error() string { return "write" }

func attempt() error { return &writeError{NewWinch(1, nil).Handle()} }

var _ = add("number-in-error", func() error { return numberInError() })

func numberInError() error {
	err := attempt()
	collect()
	var failed *writeError
	if errors.As(err, &failed) {
		return failed.retry()
	}
	return nil
}

// shape fail method-of-part
type part struct {
	fd  int
	pad [4]int
}

func (p part) poke() error {
	collect()
	_, err := write(p.fd, payload)
	return err
}

type whole struct{ inner part }

func newWhole() *whole {
	w := &whole{part{fd: null()}}
	finish(w)
	return w
}

var _ = add("method-of-part", func() error { return methodOfPart() })

func methodOfPart() error {
	w := newWhole()
	return w.inner.poke()
}

// shape fail writer-closure
func (g *gauge) writer() func([]byte) error {
	fd := g.fd
	return func(b []byte) error {
		collect()
		_, err := write(fd, b)
		return err
	}
}

var _ = add("writer-closure", func() error { return writerClosure() })

func writerClosure() error {
	put := newGauge().writer()
	return put(payload)
}

// shape fail closure-iterator
func (g *gauge) lines() func(func(int, error) bool) {
	fd := g.fd
	return func(yield func(int, error) bool) {
		for i := range 2 {
			collect()
			if _, err := write(fd, payload); !yield(i, err) {
				return
			}
		}
	}
}

var _ = add("closure-iterator", func() error { return closureIterator() })

func closureIterator() error {
	for _, err := range newGauge().lines() {
		if err != nil {
			return err
		}
	}
	return nil
}

// shape fail deleted-by-method
type shelf struct {
	mu   sync.Mutex
	held map[string]*gauge
}

func (s *shelf) take(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.held[name]
	delete(s.held, name)
	return g.fd
}

var _ = add("deleted-by-method", func() error { return deletedByMethod() })

func deletedByMethod() error {
	s := &shelf{held: map[string]*gauge{"a": newGauge()}}
	fd := s.take("a")
	collect()
	_, err := write(fd, payload)
	return err
}
