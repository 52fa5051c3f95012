package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"example.com/cables/wire"
)

// eventFD's finalizer is a method value of another type.
type eventFD struct {
	fd   atomic.Int32
	name string
}

type reaper struct{ count int }

func (r *reaper) reap(e *eventFD) {
	r.count++
	if fd := e.fd.Swap(-1); fd >= 0 {
		syscall.Close(int(fd))
	}
}

var theReaper = &reaper{}

func newEventFD() *eventFD {
	e := &eventFD{name: "event"}
	e.fd.Store(int32(null()))
	runtime.SetFinalizer(e, theReaper.reap)
	return e
}

// shape fail atomic-number
var _ = add("atomic-number", func() error { return atomicNumber() })

func atomicNumber() error {
	e := newEventFD()
	fd := int(e.fd.Load())
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// device embeds a file.
type device struct {
	*os.File
	serial string
}

// shape fail embedded-file
var _ = add("embedded-file", func() error { return embeddedFile() })

func embeddedFile() error {
	d := device{File: tmp(), serial: "1"}
	if err := busy(d.Fd()); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// shape fail embedded-file-receiver
func (d *device) flush() error { return busy(d.Fd()) }

var _ = add("embedded-file-receiver", func() error { return (&device{File: tmp()}).flush() })

// shape fail interface-of-file
type fder interface{ Fd() uintptr }

func sendTo(f fder) error {
	fd := f.Fd()
	collect()
	_, err := syscall.Write(int(fd), payload)
	return err
}

var _ = add("interface-of-file", func() error { return sendTo(tmp()) })

// shape fail asserted-file
var _ = add("asserted-file", func() error { return assertedFile(tmp()) })

func assertedFile(w io.Writer) error {
	f, ok := w.(interface{ Fd() uintptr })
	if !ok {
		return errors.New("no file")
	}
	fd := int(f.Fd())
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// shape fail file-in-map
var _ = add("file-in-map", func() error { return fileInMap() })

func fileInMap() error {
	files := map[string]*os.File{"a": tmp(), "b": tmp()}
	fds := make(map[string]int)
	for name, f := range files {
		fds[name] = int(f.Fd())
	}
	collect()
	for _, fd := range fds {
		if _, err := syscall.Write(fd, payload); err != nil {
			return err
		}
	}
	return nil
}

// shape fail flock
var _ = add("flock", func() error { return flocked() })

func flocked() error {
	f := tmp()
	fd := f.Fd()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK}
	collect()
	return syscall.FcntlFlock(fd, syscall.F_SETLK, &lock)
}

// shape fail stat-result
var _ = add("stat-result", func() error { return statResult() })

func statResult() (err error) {
	var st syscall.Stat_t
	fd := int(tmp().Fd())
	collect()
	if err = syscall.Fstat(fd, &st); err == nil {
		err = syscall.Fchmod(fd, 0o600)
	}
	return
}

// shape fail raw-syscall
var _ = add("raw-syscall", func() error { return rawSyscall() })

func rawSyscall() error {
	f := tmp()
	fd := f.Fd()
	collect()
	if _, _, e := syscall.RawSyscall(syscall.SYS_FSYNC, fd, 0, 0); e != 0 {
		return e
	}
	return nil
}

// resource is generic and has its release as a field.
type resource[T any] struct {
	value   T
	release func(T)
}

func acquire[T any](value T, release func(T)) *resource[T] {
	r := &resource[T]{value, release}
	runtime.SetFinalizer(r, func(r *resource[T]) { r.release(r.value) })
	return r
}

func (r *resource[T]) get() T { return r.value }

// shape fail released-by-field
var _ = add("released-by-field", func() error { return releasedByField() })

func releasedByField() error {
	r := acquire(null(), func(fd int) { syscall.Close(fd) })
	fd := r.get()
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// pair has its ends in a struct, closed by a helper that gets pointers.
type pair struct {
	ends struct{ r, w int }
	tag  string
}

func shut(fds ...*int) {
	for _, fd := range fds {
		syscall.Close(*fd)
	}
}

func newPair() (p *pair, err error) {
	p = &pair{tag: "p"}
	var fds [2]int
	if err = syscall.Pipe(fds[:]); err != nil {
		return nil, err
	}
	p.ends.r, p.ends.w = fds[0], fds[1]
	runtime.SetFinalizer(p, func(p *pair) { shut(&p.ends.r, &p.ends.w) })
	return p, nil
}

// shape fail anonymous-struct
var _ = add("anonymous-struct", func() error { return anonymousStruct() })

func anonymousStruct() error {
	p, err := newPair()
	if err != nil {
		return err
	}
	w := p.ends.w
	collect()
	_, err = syscall.Write(w, payload)
	return err
}

// shape fail anonymous-struct-copied
var _ = add("anonymous-struct-copied", func() error { return anonymousCopied() })

func anonymousCopied() error {
	p, err := newPair()
	if err != nil {
		return err
	}
	ends := p.ends
	collect()
	_, err = syscall.Write(ends.w, payload)
	return err
}

// watcher keeps its descriptors in a slice.
type watcher struct {
	fds  []int
	done chan struct{}
}

func watch(n int) *watcher {
	w := &watcher{done: make(chan struct{})}
	for range n {
		w.fds = append(w.fds, null())
	}
	runtime.AddCleanup(w, func(fds []int) {
		for _, fd := range fds {
			syscall.Close(fd)
		}
	}, w.fds)
	return w
}

// shape fail slice-field
var _ = add("slice-field", func() error { return sliceField() })

func sliceField() error {
	fds := watch(2).fds
	collect()
	for i := range fds {
		if _, err := syscall.Write(fds[i], payload); err != nil {
			return err
		}
	}
	return nil
}

// shape fail slice-field-last
func (w *watcher) last() int { return w.fds[len(w.fds)-1] }

var _ = add("slice-field-last", func() error { return sliceFieldLast() })

func sliceFieldLast() error {
	w := watch(1)
	fd := w.last()
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// lamp's cleanup is a method value of what holds the number.
type bulb struct{ fd int }

func (b *bulb) off() { syscall.Close(b.fd) }

type lamp struct {
	b    *bulb
	name string
}

func newLamp() *lamp {
	l := &lamp{b: &bulb{null()}, name: "lamp"}
	runtime.AddCleanup(l, (*bulb).off, l.b)
	return l
}

// shape fail shared-state
var _ = add("shared-state", func() error { return sharedState() })

func sharedState() error {
	l := newLamp()
	b := l.b
	collect()
	_, err := syscall.Write(b.fd, payload)
	return err
}

// shape fail shared-state-number
var _ = add("shared-state-number", func() error { return sharedStateNumber() })

func sharedStateNumber() error {
	fd := newLamp().b.fd
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// shape fail shared-state-receiver
func (l *lamp) shine() error {
	fd := l.b.fd
	defer func() { recover() }()
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

var _ = add("shared-state-receiver", func() error { return newLamp().shine() })

// page is mapped memory with a typed view.
type page struct {
	head *header
	mem  []byte
}

type header struct{ magic, size uint32 }

var pagesGone int

func newPage() *page {
	mem, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	must(err)
	p := &page{mem: mem}
	p.head = (*header)(unsafe.Pointer(&mem[0]))
	p.head.magic = 42
	runtime.SetFinalizer(p, (*page).unmap)
	return p
}

func (p *page) unmap() {
	pagesGone++
	syscall.Munmap(p.mem)
}

func gone() error {
	if pagesGone > 0 {
		return errGone
	}
	return nil
}

// shape fail window
var _ = add("window", func() error { return window() })

func window() error {
	w := newPage().mem[8:16]
	collect()
	if err := gone(); err != nil {
		return err
	}
	w[0] = 1
	return nil
}

// shape fail read-into
var _ = add("read-into", func() error { return readInto() })

func readInto() error {
	p := newPage()
	buf := p.mem[:64]
	z, err := syscall.Open("/dev/zero", syscall.O_RDONLY, 0)
	must(err)
	collect()
	if err := gone(); err != nil {
		return err
	}
	_, err = syscall.Read(z, buf)
	return err
}

// shape fail string-of-memory
var _ = add("string-of-memory", func() error { return stringOfMemory() })

func stringOfMemory() error {
	p := newPage()
	s := unsafe.String(&p.mem[0], 4)
	collect()
	if err := gone(); err != nil {
		return err
	}
	if s[0] != 42 {
		return errGone
	}
	return nil
}

// shape fail foreign-two-results
var _ = add("foreign-two-results", func() error { return foreignTwoResults() })

func foreignTwoResults() error {
	fd, err := wire.New("a").Handle()
	if err != nil {
		return err
	}
	return busy(fd)
}

// shape fail foreign-in-slice
var _ = add("foreign-in-slice", func() error { return foreignInSlice() })

func foreignInSlice() error {
	cables := []*wire.Cable{wire.New("a"), wire.New("b")}
	var fds []uintptr
	for _, c := range cables {
		fd, err := c.Handle()
		must(err)
		fds = append(fds, fd)
	}
	for _, fd := range fds {
		if err := busy(fd); err != nil {
			return err
		}
	}
	return nil
}

// shape fail foreign-wrapped
type plug struct{ c *wire.Cable }

func (p plug) number() uintptr { fd, _ := p.c.Handle(); return fd }

var _ = add("foreign-wrapped", func() error { return foreignWrapped() })

func foreignWrapped() error {
	p := plug{wire.New("w")}
	fd := p.number()
	collect()
	_, err := syscall.Write(int(fd), payload)
	return err
}

// options are functions that see the number.
type option func(fd int) error

func nonblock(fd int) error { return syscall.SetNonblock(fd, true) }

// shape fail options
var _ = add("options", func() error { return withOptions(nonblock) })

func withOptions(options ...option) error {
	e := newEventFD()
	fd := int(e.fd.Load())
	collect()
	for _, o := range options {
		if err := o(fd); err != nil {
			return err
		}
	}
	return nil
}

// shape fail option-closure
func settle(fd int) func() error {
	return func() error { return syscall.Fsync(fd) }
}

var _ = add("option-closure", func() error { return optionClosure() })

func optionClosure() error {
	f := tmp()
	do := settle(int(f.Fd()))
	collect()
	return do()
}

// shape fail loop-with-owner-inside
var _ = add("loop-with-owner-inside", func() error { return loopInside() })

func loopInside() error {
	for i := 0; i < 2; i++ {
		f := tmp()
		if err := busy(f.Fd()); err != nil {
			return err
		}
	}
	return nil
}

// shape fail retry-loop
var _ = add("retry-loop", func() error { return retryLoop() })

func retryLoop() error {
	w := watch(1)
	fd := w.fds[0]
	for {
		collect()
		_, err := syscall.Write(fd, payload)
		if errors.Is(err, syscall.EINTR) || errors.Is(err, syscall.EAGAIN) {
			continue
		}
		return err
	}
}

// shape fail select-loop
var _ = add("select-loop", func() error { return selectLoop() })

func selectLoop() error {
	events := make(chan int, 2)
	events <- 1
	events <- 2
	close(events)
	fd := newLamp().b.fd
	for range events {
		collect()
		if _, err := syscall.Write(fd, payload); err != nil {
			return err
		}
	}
	return nil
}

// shape fail receiver-defer
func (e *eventFD) signal() (err error) {
	fd := int(e.fd.Load())
	defer func() {
		if _, bad := syscall.Write(fd, payload); bad != nil {
			err = bad
		}
	}()
	collect()
	return nil
}

var _ = add("receiver-defer", func() error { return newEventFD().signal() })

// shape fail receiver-goroutine
func (w *watcher) start() <-chan error {
	out := make(chan error, 1)
	fd := w.fds[0]
	go func() {
		collect()
		_, err := syscall.Write(fd, payload)
		out <- err
	}()
	return out
}

var _ = add("receiver-goroutine", func() error { return <-watch(1).start() })

// shape fail parameter-of-literal
var _ = add("parameter-of-literal", func() error {
	use := func(l *lamp) error {
		fd := l.b.fd
		collect()
		_, err := syscall.Write(fd, payload)
		return err
	}
	return use(newLamp())
})

// shape fail error-path
var _ = add("error-path", func() error { return errorPath(1) })

func errorPath(k int) error {
	f := tmp()
	fd := int(f.Fd())
	if k == 0 {
		return f.Close()
	}
	collect()
	if _, err := syscall.Seek(fd, 0, 0); err != nil {
		return &os.PathError{Op: "seek", Path: "tmp", Err: err}
	}
	return nil
}

// shape fail comma-ok-owner
var _ = add("comma-ok-owner", func() error { return commaOk(map[int]*lamp{1: newLamp()}) })

func commaOk(lamps map[int]*lamp) error {
	l, ok := lamps[1]
	if !ok {
		return nil
	}
	fd := l.b.fd
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// shape fail buffered-owner
var _ = add("buffered-owner", func() error { return bufferedOwner() })

func bufferedOwner() error {
	lamps := make(chan *lamp, 1)
	go func() { lamps <- newLamp() }()
	l := <-lamps
	fd := l.b.fd
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}
