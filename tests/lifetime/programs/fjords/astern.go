package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// The same after the rules for the others: what libraries for terminals, events and processes do.

// shape fail raw-mode
func makeRaw(f *os.File) (restore func() error, err error) {
	fd := int(f.Fd())
	if err := syscall.SetNonblock(fd, false); err != nil {
		return nil, err
	}
	return func() error { return syscall.SetNonblock(fd, true) }, nil
}

var _ = add("raw-mode", func() error {
	restore, err := makeRaw(openFile())
	if err != nil {
		return err
	}
	collect()
	return restore()
})

// shape fail unlock-closure
func lockPath(path string) (unlock func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	fd := int(f.Fd())
	if err := syscall.Flock(fd, syscall.LOCK_SH); err != nil {
		f.Close()
		return nil, err
	}
	return func() error { return syscall.Flock(fd, syscall.LOCK_UN) }, nil
}

var _ = add("unlock-closure", func() error {
	unlock, err := lockPath("/etc/hosts")
	if err != nil {
		return err
	}
	collect()
	return unlock()
})

// shape fail struct-of-functions
type operations struct {
	write func([]byte) (int, error)
	sync  func() error
}

func operationsOf(h *Handle) operations {
	fd := h.fd
	return operations{
		write: func(b []byte) (int, error) { return syscall.Write(fd, b) },
		sync:  func() error { return syscall.SetNonblock(fd, true) },
	}
}

var _ = add("struct-of-functions", func() error {
	ops := operationsOf(mustHandle())
	collect()
	_, err := ops.write(payload)
	return err
})

// shape fail process-files
type process struct {
	path  string
	files []uintptr
}

func (p *process) attach(f *os.File) { p.files = append(p.files, f.Fd()) }

func (p *process) start() error {
	pid, err := syscall.ForkExec(p.path, []string{p.path}, &syscall.ProcAttr{Files: p.files})
	if err != nil {
		return err
	}
	_, err = syscall.Wait4(pid, nil, 0, nil)
	return err
}

var _ = add("process-files", func() error {
	above := pads()
	p := &process{path: "/bin/true"}
	p.attach(openFile())
	above()
	collect()
	return p.start()
})

// pads takes the numbers that the next pipes would get, until what it returns is called.
func pads() func() {
	var taken []int
	for range 6 {
		taken = append(taken, null())
	}
	return func() {
		for _, fd := range taken {
			syscall.Close(fd)
		}
	}
}

// shape fail fork-files
var _ = add("fork-files", func() error {
	above := pads()
	in, out := openFile(), openFile()
	above()
	attr := &syscall.ProcAttr{Files: []uintptr{in.Fd(), out.Fd(), out.Fd()}}
	collect()
	pid, err := syscall.ForkExec("/bin/true", []string{"true"}, attr)
	if err != nil {
		return err
	}
	_, err = syscall.Wait4(pid, nil, 0, nil)
	return err
})

// shape fail event-channel
type event struct {
	fd   int
	name *string
}

func newEvent() *event {
	e := &event{fd: null(), name: new(string)}
	runtime.SetFinalizer(e, func(e *event) { syscall.Close(e.fd) })
	return e
}

func (e *event) results() <-chan error {
	c := make(chan error, 1)
	fd := e.fd
	go func() {
		defer close(c)
		c <- put(fd)
	}()
	return c
}

var _ = add("event-channel", func() error { return <-newEvent().results() })

// shape fail poll-set
type pollFd struct {
	fd      int32
	events  int16
	revents int16
}

func poll(fds []pollFd) (int, error) {
	n, _, errno := syscall.Syscall(syscall.SYS_POLL, uintptr(unsafe.Pointer(&fds[0])), uintptr(len(fds)), 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

var _ = add("poll-set", func() error {
	h := mustHandle()
	fds := []pollFd{{fd: int32(h.fd), events: 4}}
	collect()
	if _, err := poll(fds); err != nil {
		return err
	}
	if fds[0].revents&0x20 != 0 { // POLLNVAL
		return errGone
	}
	return nil
})

// shape fail source-of-size
type source struct {
	fd   int
	size int64
}

func openSource(path string) (*source, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &source{fd: int(f.Fd()), size: info.Size()}, nil
}

func (s *source) copyTo(out int) error {
	_, err := syscall.Sendfile(out, s.fd, nil, int(s.size))
	return err
}

var _ = add("source-of-size", func() error {
	s, err := openSource("/etc/hosts")
	if err != nil {
		return err
	}
	out := openFile()
	defer out.Close()
	collect()
	return s.copyTo(int(out.Fd()))
})

// shape fail embedded-tty
type tty struct {
	*os.File
	saved []byte
}

func openTTY() (*tty, error) { return &tty{File: openFile()}, nil }

func (t *tty) raw() error {
	fd := t.Fd()
	collect()
	return syscall.SetNonblock(int(fd), true)
}

var _ = add("embedded-tty", func() error {
	t, err := openTTY()
	if err != nil {
		return err
	}
	return t.raw()
})

// shape fail deferred-restore
var _ = add("deferred-restore", func() (err error) {
	f := openFile()
	fd := int(f.Fd())
	defer func() { err = syscall.SetNonblock(fd, false) }()
	collect()
	return nil
})

// shape fail group-of-workers
type group struct {
	wg  sync.WaitGroup
	err error
}

func (g *group) run(do func() error) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := do(); err != nil {
			g.err = err
		}
	}()
}

var _ = add("group-of-workers", func() error {
	var g group
	h := mustHandle()
	fd := h.fd
	g.run(func() error { return put(fd) })
	g.wg.Wait()
	return g.err
})

// shape fail timer
var _ = add("timer", func() error {
	h := mustHandle()
	fd := h.fd
	done := make(chan error)
	time.AfterFunc(time.Millisecond, func() { done <- put(fd) })
	return <-done
})

// shape fail mapped-slice
func transform[S, T any](all []S, do func(S) T) []T {
	out := make([]T, len(all))
	for i, one := range all {
		out[i] = do(one)
	}
	return out
}

var _ = add("mapped-slice", func() error {
	fds := transform([]*os.File{openFile()}, func(f *os.File) int { return int(f.Fd()) })
	return put(fds[0])
})

// shape fail native-context
type native struct {
	ptr  unsafe.Pointer
	size int
}

func newNative(size int) *native {
	data, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	n := &native{ptr: unsafe.Pointer(&data[0]), size: size}
	runtime.SetFinalizer(n, func(n *native) { unmap(unsafe.Slice((*byte)(n.ptr), 4096)) })
	return n
}

func (n *native) bytes() []byte { return unsafe.Slice((*byte)(n.ptr), n.size) }

var _ = add("native-context", func() error {
	b := newNative(16).bytes()
	collect()
	b[0] = 1
	return nil
})

// shape fail mapped-number
var _ = add("mapped-number", func() error {
	m := mustMapping()
	row := m.data[:8]
	collect()
	if binary.LittleEndian.Uint32(row) != 0 {
		return errShort
	}
	return nil
})

// shape fail mapped-text
func (m *Mapping) title() string { return unsafe.String(&m.data[0], 4) }

var _ = add("mapped-text", func() error {
	title := mustMapping().title()
	collect()
	if strings.Contains(title, "x") {
		return errShort
	}
	return nil
})

// shape fail memory-file
func memoryFile(size int64) (int, error) {
	fd := null()
	f := os.NewFile(uintptr(fd), "memory")
	if f == nil {
		return -1, errShort
	}
	if _, err := f.Seek(size, io.SeekStart); err != nil {
		f.Close()
		return -1, err
	}
	return int(f.Fd()), nil
}

var _ = add("memory-file", func() error {
	fd, err := memoryFile(0)
	if err != nil {
		return err
	}
	return put(fd)
})

// shape fail config-of-numbers
type config struct {
	input, output int
	name          string
}

func (c config) run() error {
	collect()
	_, err := syscall.Write(c.output, payload)
	return err
}

var _ = add("config-of-numbers", func() error {
	in, out := openFile(), openFile()
	c := config{input: int(in.Fd()), output: int(out.Fd()), name: "c"}
	return c.run()
})

// shape fail if-header
var _ = add("if-header", func() error {
	h := mustHandle()
	if fd := h.fd; fd >= 0 {
		return put(fd)
	}
	return errShort
})

// shape fail raw-writer
type rawWriter int

func (w rawWriter) Write(b []byte) (int, error) {
	collect()
	return syscall.Write(int(w), b)
}

var _ = add("raw-writer", func() error {
	h := mustHandle()
	_, err := fmt.Fprintf(rawWriter(h.fd), "%d\n", 1)
	return err
})

// shape fail logger
type logger struct {
	w      io.Writer
	prefix string
}

func newLogger(h *Handle, prefix string) *logger { return &logger{w: rawWriter(h.fd), prefix: prefix} }

func (l *logger) print(text string) error {
	_, err := io.WriteString(l.w, l.prefix+text)
	return err
}

var _ = add("logger", func() error { return newLogger(mustHandle(), "> ").print("x") })

// shape fail state-of-object
type resource struct{ fd int }

func (r *resource) release() { syscall.Close(r.fd) }

type object struct {
	*resource
	tag string
}

func newObject() *object {
	o := &object{resource: &resource{fd: null()}, tag: "o"}
	runtime.AddCleanup(o, func(r *resource) { r.release() }, o.resource)
	return o
}

var _ = add("state-of-object", func() error {
	r := newObject().resource
	return put(r.fd)
})

// shape fail option-with-file
type settings struct{ fd int }

type option func(*settings)

func withFile(f *os.File) option {
	fd := int(f.Fd())
	return func(s *settings) { s.fd = fd }
}

func newSettings(options ...option) *settings {
	s := &settings{fd: -1}
	for _, apply := range options {
		apply(s)
	}
	return s
}

var _ = add("option-with-file", func() error { return put(newSettings(withFile(openFile())).fd) })

// shape fail loop-of-opens
var _ = add("loop-of-opens", func() error {
	last := -1
	for _, path := range []string{nothing, nothing} {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		last = int(f.Fd())
	}
	return put(last)
})

// shape fail first-that-opens
func firstOpen(paths ...string) (fd int, err error) {
	for _, path := range paths {
		var f *os.File
		if f, err = os.OpenFile(path, os.O_RDWR, 0); err == nil {
			return int(f.Fd()), nil
		}
	}
	return -1, err
}

var _ = add("first-that-opens", func() error {
	fd, err := firstOpen("/nowhere", nothing)
	if err != nil {
		return err
	}
	return put(fd)
})

// shape fail locked-getter
type guarded struct {
	mu sync.RWMutex
	h  *Handle
}

func (g *guarded) swap(h *Handle) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.h
	g.h = h
	return old.fd
}

var _ = add("locked-getter", func() error {
	g := &guarded{h: mustHandle()}
	fd := g.swap(mustHandle())
	err := put(fd)
	runtime.KeepAlive(g)
	return err
})

// shape fail visited
func (m *manager) visit(do func(fd int) error) error {
	for id, h := range m.open {
		fd := h.fd
		delete(m.open, id)
		if err := do(fd); err != nil {
			return err
		}
	}
	return nil
}

var _ = add("visited", func() error {
	m := &manager{open: map[int]*Handle{1: mustHandle()}}
	return m.visit(put)
})

// shape fail pipe-numbers
func pipeNumbers() (r, w int, err error) {
	rf, wf, err := os.Pipe()
	if err != nil {
		return -1, -1, err
	}
	return int(rf.Fd()), int(wf.Fd()), nil
}

var _ = add("pipe-numbers", func() error {
	_, w, err := pipeNumbers()
	if err != nil {
		return err
	}
	return put(w)
})

// shape sound raw-mode-kept
func makeRawKept(f *os.File) (restore func() error, err error) {
	if err := syscall.SetNonblock(int(f.Fd()), false); err != nil {
		return nil, err
	}
	return func() error {
		defer f.Close()
		return syscall.SetNonblock(int(f.Fd()), true)
	}, nil
}

var _ = add("raw-mode-kept", func() error {
	restore, err := makeRawKept(openFile())
	if err != nil {
		return err
	}
	collect()
	return restore()
})

// shape sound raw-mode-caller
var _ = add("raw-mode-caller", func() error {
	f := openFile()
	defer f.Close()
	restore, err := makeRaw(f)
	if err != nil {
		return err
	}
	collect()
	return restore()
})

// shape sound unlock-closes
func lockPathKept(path string) (unlock func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	fd := int(f.Fd())
	if err := syscall.Flock(fd, syscall.LOCK_SH); err != nil {
		f.Close()
		return nil, err
	}
	return func() error {
		if err := syscall.Flock(fd, syscall.LOCK_UN); err != nil {
			return err
		}
		return f.Close()
	}, nil
}

var _ = add("unlock-closes", func() error {
	unlock, err := lockPathKept("/etc/hosts")
	if err != nil {
		return err
	}
	collect()
	return unlock()
})

// shape sound functions-kept
func operationsKept(h *Handle) operations {
	return operations{
		write: func(b []byte) (int, error) { return h.Write(b) },
		sync:  func() error { return h.Close() },
	}
}

var _ = add("functions-kept", func() error {
	ops := operationsKept(mustHandle())
	collect()
	if _, err := ops.write(payload); err != nil {
		return err
	}
	return ops.sync()
})

// shape sound process-kept
var _ = add("process-kept", func() error {
	p := &process{path: "/bin/true"}
	f := openFile()
	p.attach(f)
	collect()
	err := p.start()
	f.Close()
	return err
})

// shape sound fork-closed
var _ = add("fork-closed", func() error {
	in := openFile()
	defer in.Close()
	attr := &syscall.ProcAttr{Files: []uintptr{in.Fd(), in.Fd(), in.Fd()}}
	collect()
	pid, err := syscall.ForkExec("/bin/true", []string{"true"}, attr)
	if err != nil {
		return err
	}
	_, err = syscall.Wait4(pid, nil, 0, nil)
	return err
})

// shape sound event-kept
func (e *event) resultsKept() <-chan error {
	c := make(chan error, 1)
	go func() {
		defer close(c)
		err := put(e.fd)
		runtime.KeepAlive(e)
		c <- err
	}()
	return c
}

var _ = add("event-kept", func() error { return <-newEvent().resultsKept() })

// shape sound poll-kept
var _ = add("poll-kept", func() error {
	h := mustHandle()
	defer h.Close()
	fds := []pollFd{{fd: int32(h.fd), events: 4}}
	collect()
	if _, err := poll(fds); err != nil {
		return err
	}
	if fds[0].revents&0x20 != 0 {
		return errGone
	}
	return nil
})

// shape sound source-with-file
type sourceFile struct {
	*os.File
	fd   int
	size int64
}

func openSourceFile(path string) (*sourceFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &sourceFile{File: f, fd: int(f.Fd()), size: 1}, nil
}

var _ = add("source-with-file", func() error {
	s, err := openSourceFile("/etc/hosts")
	if err != nil {
		return err
	}
	defer s.Close()
	out := openFile()
	defer out.Close()
	collect()
	_, err = syscall.Sendfile(int(out.Fd()), s.fd, nil, int(s.size))
	return err
})

// shape sound tty-closed
var _ = add("tty-closed", func() error {
	t, err := openTTY()
	if err != nil {
		return err
	}
	defer t.Close()
	return t.raw()
})

// shape sound deferred-both
var _ = add("deferred-both", func() (err error) {
	f := openFile()
	defer f.Close()
	fd := int(f.Fd())
	defer func() { err = syscall.SetNonblock(fd, false) }()
	collect()
	return nil
})

// shape sound group-kept
var _ = add("group-kept", func() error {
	var g group
	h := mustHandle()
	g.run(func() error {
		defer runtime.KeepAlive(h)
		return put(h.fd)
	})
	g.wg.Wait()
	return g.err
})

// shape sound group-waited
var _ = add("group-waited", func() error {
	var g group
	h := mustHandle()
	fd := h.fd
	g.run(func() error { return put(fd) })
	g.wg.Wait()
	h.Close()
	return g.err
})

// shape sound timer-kept
var _ = add("timer-kept", func() error {
	h := mustHandle()
	done := make(chan error)
	time.AfterFunc(time.Millisecond, func() {
		err := put(h.fd)
		h.Close()
		done <- err
	})
	return <-done
})

// shape sound mapped-slice-kept
var _ = add("mapped-slice-kept", func() error {
	files := []*os.File{openFile()}
	fds := transform(files, func(f *os.File) int { return int(f.Fd()) })
	err := put(fds[0])
	files[0].Close()
	return err
})

// shape sound native-kept
var _ = add("native-kept", func() error {
	n := newNative(16)
	b := n.bytes()
	collect()
	b[0] = 1
	runtime.KeepAlive(n)
	return nil
})

// shape sound mapped-number-copied
var _ = add("mapped-number-copied", func() error {
	m := mustMapping()
	n := binary.LittleEndian.Uint32(m.data)
	runtime.KeepAlive(m)
	collect()
	if n != 0 {
		return errShort
	}
	return nil
})

// shape sound mapped-text-copied
var _ = add("mapped-text-copied", func() error {
	m := mustMapping()
	title := strings.Clone(m.title())
	m.Close()
	collect()
	if strings.Contains(title, "x") {
		return errShort
	}
	return nil
})

// shape sound memory-file-returned
func memoryFileHeld(size int64) (*os.File, int, error) {
	f := os.NewFile(uintptr(null()), "memory")
	if _, err := f.Seek(size, io.SeekStart); err != nil {
		f.Close()
		return nil, -1, err
	}
	return f, int(f.Fd()), nil
}

var _ = add("memory-file-returned", func() error {
	f, fd, err := memoryFileHeld(0)
	if err != nil {
		return err
	}
	defer f.Close()
	return put(fd)
})

// shape sound config-kept
var _ = add("config-kept", func() error {
	in, out := openFile(), openFile()
	defer in.Close()
	defer out.Close()
	c := config{input: int(in.Fd()), output: int(out.Fd()), name: "c"}
	return c.run()
})

// shape sound raw-writer-kept
var _ = add("raw-writer-kept", func() error {
	h := mustHandle()
	_, err := fmt.Fprintf(rawWriter(h.fd), "%d\n", 1)
	h.Close()
	return err
})

// shape sound logger-kept
var _ = add("logger-kept", func() error {
	h := mustHandle()
	l := newLogger(h, "> ")
	err := l.print("x")
	runtime.KeepAlive(h)
	return err
})

// shape sound logger-of-handle
var _ = add("logger-of-handle", func() error {
	l := &logger{w: mustHandle(), prefix: "> "}
	return l.print("x")
})

// shape sound state-kept
var _ = add("state-kept", func() error {
	o := newObject()
	err := put(o.resource.fd)
	runtime.KeepAlive(o)
	return err
})

// shape sound option-kept
var _ = add("option-kept", func() error {
	f := openFile()
	defer f.Close()
	return put(newSettings(withFile(f)).fd)
})

// shape sound loop-of-closes
var _ = add("loop-of-closes", func() error {
	for _, path := range []string{nothing, nothing} {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		err = put(int(f.Fd()))
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
})

// shape sound locked-kept
func (g *guarded) number() int {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.h.fd
}

var _ = add("locked-kept", func() error {
	g := &guarded{h: mustHandle()}
	err := put(g.number())
	runtime.KeepAlive(g)
	return err
})

// shape sound visited-kept
func (m *manager) each(do func(fd int) error) error {
	for _, h := range m.open {
		if err := do(h.fd); err != nil {
			return err
		}
		runtime.KeepAlive(h)
	}
	return nil
}

var _ = add("visited-kept", func() error {
	m := &manager{open: map[int]*Handle{1: mustHandle()}}
	return m.each(put)
})

// shape sound pipe-files
var _ = add("pipe-files", func() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	fd := int(w.Fd())
	return put(fd)
})

// shape fail closed-by-finalizer
type watch struct{ fd uintptr }

func newWatch() *watch {
	f := openFile()
	w := &watch{f.Fd()}
	runtime.SetFinalizer(w, func(*watch) { f.Close() })
	return w
}

func (w *watch) poke() error { return put(int(w.fd)) }

var _ = add("closed-by-finalizer", func() error { return newWatch().poke() })

// shape fail closed-by-cleanup
func newWatchOf(f *os.File) *watch {
	fd := f.Fd()
	w := &watch{fd: fd}
	runtime.AddCleanup(w, func(f *os.File) { f.Close() }, f)
	return w
}

var _ = add("closed-by-cleanup", func() error {
	w := newWatchOf(openFile())
	return put(int(w.fd))
})

// shape fail number-by-methods
type line struct {
	f    *os.File
	baud int
}

func newLine() *line { return &line{f: openFile(), baud: 9600} }

func (l *line) File() *os.File { return l.f }

func numberOfLine(l *line) int { return int(l.File().Fd()) }

var _ = add("number-by-methods", func() error { return put(numberOfLine(newLine())) })

// shape fail owners-then-numbers
var _ = add("owners-then-numbers", func() error {
	var all []*Handle
	for range 3 {
		h, err := OpenHandle(nothing)
		if err != nil {
			return err
		}
		all = append(all, h)
	}
	fds := make([]int, 0, len(all))
	for _, h := range all {
		fds = append(fds, h.fd)
	}
	for _, fd := range fds {
		if err := put(fd); err != nil {
			return err
		}
	}
	return nil
})

// shape fail counted
type counted struct {
	fd  atomic.Int64
	tag *string
}

func newCounted() *counted {
	c := &counted{tag: new(string)}
	c.fd.Store(int64(null()))
	runtime.SetFinalizer(c, func(c *counted) { syscall.Close(int(c.fd.Load())) })
	return c
}

func numberOfCounted(c *counted) int64 { return c.fd.Load() }

var _ = add("counted", func() error { return put(int(numberOfCounted(newCounted()))) })

// shape sound closed-by-finalizer-kept
var _ = add("closed-by-finalizer-kept", func() error {
	w := newWatch()
	err := w.poke()
	runtime.KeepAlive(w)
	return err
})

// shape sound closed-by-cleanup-kept
var _ = add("closed-by-cleanup-kept", func() error {
	w := newWatchOf(openFile())
	err := put(int(w.fd))
	runtime.KeepAlive(w)
	return err
})

// shape sound cleanup-that-tells
func newWatchTold(f *os.File) *watch {
	w := &watch{fd: f.Fd()}
	runtime.AddCleanup(w, func(name string) { io.Discard.Write([]byte(name)) }, f.Name())
	return w
}

var _ = add("cleanup-that-tells", func() error {
	f := openFile()
	w := newWatchTold(f)
	err := put(int(w.fd))
	f.Close()
	return err
})

// shape sound number-by-methods-kept
var _ = add("number-by-methods-kept", func() error {
	l := newLine()
	err := put(numberOfLine(l))
	l.File().Close()
	return err
})

// shape sound owners-closed
var _ = add("owners-closed", func() error {
	var all []*Handle
	for range 3 {
		h, err := OpenHandle(nothing)
		if err != nil {
			return err
		}
		all = append(all, h)
	}
	fds := make([]int, 0, len(all))
	for _, h := range all {
		fds = append(fds, h.fd)
	}
	for _, fd := range fds {
		if err := put(fd); err != nil {
			return err
		}
	}
	for _, h := range all {
		h.Close()
	}
	return nil
})

// shape sound counted-kept
var _ = add("counted-kept", func() error {
	c := newCounted()
	err := put(int(numberOfCounted(c)))
	runtime.KeepAlive(c)
	return err
})

// shape sound deleted-from-one
type directory struct {
	byID   map[int]*Handle
	byName map[string]*Handle
}

func (d *directory) forget(id int) error {
	h := d.byID[id]
	delete(d.byID, id)
	return put(h.fd)
}

var _ = add("deleted-from-one", func() error {
	h := mustHandle()
	d := &directory{byID: map[int]*Handle{1: h}, byName: map[string]*Handle{h.name: h}}
	err := d.forget(1)
	runtime.KeepAlive(d)
	return err
})

// shape sound deleted-and-closed
func (m *manager) drop(id int) error {
	h, ok := m.open[id]
	if !ok {
		return errShort
	}
	delete(m.open, id)
	err := put(h.fd)
	h.Close()
	return err
}

var _ = add("deleted-and-closed", func() error {
	m := &manager{open: map[int]*Handle{1: mustHandle()}}
	return m.drop(1)
})

// shape fail deleted-then-used
func (m *manager) end(id int) error {
	h, ok := m.open[id]
	if !ok {
		return errShort
	}
	delete(m.open, id)
	return put(h.fd)
}

var _ = add("deleted-then-used", func() error {
	m := &manager{open: map[int]*Handle{1: mustHandle()}}
	err := m.end(1)
	runtime.KeepAlive(m)
	return err
})

// shape sound path-replaced
type mountPoint struct {
	source, target string
}

func resolved(m mountPoint) (mountPoint, error) {
	f, err := os.Open(m.target)
	if err != nil {
		return mountPoint{}, err
	}
	m.source = procPath(f)
	collect()
	if _, err := os.Stat(m.source); err != nil {
		f.Close()
		return mountPoint{}, err
	}
	m.source = f.Name()
	f.Close()
	return m, nil
}

var _ = add("path-replaced", func() error {
	m, err := resolved(mountPoint{target: nothing})
	if err != nil {
		return err
	}
	_, err = os.Stat(m.source)
	return err
})

// shape fail path-returned
func unresolved(m mountPoint) (mountPoint, error) {
	f, err := os.Open(m.target)
	if err != nil {
		return mountPoint{}, err
	}
	m.source = "nowhere"
	if f.Name() != "" {
		m.source = procPath(f)
	}
	return m, nil
}

var _ = add("path-returned", func() error {
	m, err := unresolved(mountPoint{target: nothing})
	if err != nil {
		return err
	}
	collect()
	_, err = os.Stat(m.source)
	return err
})
