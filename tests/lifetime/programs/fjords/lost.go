package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"unsafe"
)

// shape fail method-expression
var _ = add("method-expression", func() error {
	number := (*Handle).Fd
	fd := number(mustHandle())
	return put(int(fd))
})

// shape fail method-expression-direct
var _ = add("method-expression-direct", func() error {
	h := mustHandle()
	fd := (*Handle).Fd(h)
	return put(int(fd))
})

// shape fail file-method-expression
func each(fs []*os.File, number func(*os.File) uintptr) []uintptr {
	var all []uintptr
	for _, f := range fs {
		all = append(all, number(f))
	}
	return all
}

var _ = add("file-method-expression", func() error {
	fds := each([]*os.File{openFile(), openFile()}, (*os.File).Fd)
	return put(int(fds[1]))
})

// shape fail lock-by-value
type fileLock struct{ fd int }

func acquire(path string) (fileLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fileLock{}, err
	}
	return fileLock{fd: int(f.Fd())}, nil
}

func (l fileLock) lock() error {
	collect()
	_, err := syscall.Write(l.fd, payload)
	return err
}

var _ = add("lock-by-value", func() error {
	l, err := acquire(nothing)
	if err != nil {
		return err
	}
	return l.lock()
})

// shape fail flock-dropped
func lockFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

var _ = add("flock-dropped", func() error {
	f, path := tempFile()
	defer os.Remove(path)
	defer f.Close()
	if err := lockFile(path); err != nil {
		return err
	}
	collect()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		return errGone // the lock should be held
	}
	return nil
})

// shape fail numbers-of-files
func numbers(files []*os.File) []int {
	fds := make([]int, 0, len(files))
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	return fds
}

var _ = add("numbers-of-files", func() error {
	files := []*os.File{openFile(), openFile()}
	fds := numbers(files)
	collect()
	_, err := syscall.Write(fds[0], payload)
	return err
})

// shape fail numbers-in-place
var _ = add("numbers-in-place", func() error {
	var fds []int
	for _, f := range []*os.File{openFile(), openFile()} {
		fds = append(fds, int(f.Fd()))
	}
	for _, fd := range fds {
		if err := put(fd); err != nil {
			return err
		}
	}
	return nil
})

// shape fail numbers-by-map
var _ = add("numbers-by-map", func() error {
	byName := map[string]*os.File{"a": openFile(), "b": openFile()}
	numbers := make(map[string]int)
	for name, f := range byName {
		numbers[name] = int(f.Fd())
	}
	return put(numbers["b"])
})

// shape fail interface-field
type session struct {
	dev descriptor
	id  int
}

func newSession() *session { return &session{dev: mustHandle(), id: 1} }

func (s *session) send() error {
	fd := s.dev.Fd()
	return put(int(fd))
}

var _ = add("interface-field", func() error { return newSession().send() })

// shape fail embedded-interface
type wrapped struct{ descriptor }

var _ = add("embedded-interface", func() error {
	w := wrapped{mustHandle()}
	return put(int(w.Fd()))
})

// shape fail interface-file
func numberOf(v any) (int, error) {
	d, ok := v.(interface{ Fd() uintptr })
	if !ok {
		return -1, errShort
	}
	return int(d.Fd()), nil
}

var _ = add("interface-file", func() error {
	fd, err := numberOf(openFile())
	if err != nil {
		return err
	}
	return put(fd)
})

// shape fail promoted-value
type rawNumber int

func (r rawNumber) poke() error { return put(int(r)) }

type gate struct {
	rawNumber
	why *string
}

func newGate() *gate {
	g := &gate{rawNumber: rawNumber(null()), why: new(string)}
	runtime.SetFinalizer(g, func(g *gate) { syscall.Close(int(g.rawNumber)) })
	return g
}

var _ = add("promoted-value", func() error {
	poke := newGate().poke
	return poke()
})

// shape fail promoted-call
var _ = add("promoted-call", func() error { return newGate().poke() })

// shape fail context-value
type key struct{}

func withHandle(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, mustHandle())
}

var _ = add("context-value", func() error {
	ctx := withHandle(context.Background())
	h := ctx.Value(key{}).(*Handle)
	return put(h.fd)
})

// shape fail proc-path
func procPath(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }

var _ = add("proc-path", func() error {
	path := procPath(openFile())
	collect()
	_, err := os.Stat(path)
	return err
})

// shape fail pool-too-early
var scratch = sync.Pool{New: func() any { return mustHandle() }}

var _ = add("pool-too-early", func() error {
	h := scratch.Get().(*Handle)
	fd := h.fd
	scratch.Put(h)
	collect()
	return put(fd)
})

// shape fail second-file
func reopen(f *os.File) *os.File { return os.NewFile(f.Fd(), f.Name()) }

var _ = add("second-file", func() error {
	g := reopen(openFile())
	collect()
	_, err := g.Write(payload)
	return err
})

// shape fail behind-pointer
type cell struct {
	fd   *int
	name string
}

func newCell() *cell {
	fd := null()
	c := &cell{fd: &fd, name: "c"}
	runtime.SetFinalizer(c, func(c *cell) { syscall.Close(*c.fd) })
	return c
}

var _ = add("behind-pointer", func() error {
	c := newCell()
	return put(*c.fd)
})

// shape fail closure-writer
func writerOf(h *Handle) func([]byte) (int, error) {
	fd := h.fd
	return func(b []byte) (int, error) { return syscall.Write(fd, b) }
}

var _ = add("closure-writer", func() error {
	write := writerOf(mustHandle())
	collect()
	_, err := write(payload)
	return err
})

// shape fail iterator-of-handles
func handles(n int) iter.Seq[*Handle] {
	return func(yield func(*Handle) bool) {
		for range n {
			if !yield(mustHandle()) {
				return
			}
		}
	}
}

var _ = add("iterator-of-handles", func() error {
	fd := -1
	for h := range handles(2) {
		fd = h.fd
	}
	return put(fd)
})

// shape fail iterator-in-loop
var _ = add("iterator-in-loop", func() error {
	for h := range handles(1) {
		if err := put(h.fd); err != nil {
			return err
		}
	}
	return nil
})

// shape fail after-goroutine
var _ = add("after-goroutine", func() error {
	h := mustHandle()
	done := make(chan int, 1)
	go func() { done <- len(h.name) }()
	fd := h.fd
	<-done
	return put(fd)
})

// shape fail keepalive-of-copy
var _ = add("keepalive-of-copy", func() error {
	h := mustHandle()
	c := *h //nolint
	err := put(c.fd)
	runtime.KeepAlive(c.fd)
	return err
})

// shape fail value-receiver
type counter struct {
	fd  int
	tag *string
}

func newCounter() *counter {
	c := &counter{fd: null(), tag: new(string)}
	runtime.AddCleanup(c, func(fd int) { syscall.Close(fd) }, c.fd)
	return c
}

func (c counter) count() error {
	collect()
	_, err := syscall.Write(c.fd, payload)
	return err
}

var _ = add("value-receiver", func() error {
	c := newCounter()
	return c.count()
})

// shape fail epoll-registered
type poller struct{ epfd int }

func newPoller() *poller {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		panic(err)
	}
	return &poller{epfd: fd}
}

func (p *poller) add(d descriptor) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(d.Fd())}
	return syscall.EpollCtl(p.epfd, syscall.EPOLL_CTL_ADD, int(d.Fd()), &event)
}

func (p *poller) wait() (int, error) {
	events := make([]syscall.EpollEvent, 4)
	return syscall.EpollWait(p.epfd, events, 0)
}

var _ = add("epoll-registered", func() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	w.Write(payload)
	p := newPoller()
	defer syscall.Close(p.epfd)
	if err := p.add(r); err != nil {
		return err
	}
	collect()
	n, err := p.wait()
	if err == nil && n == 0 {
		return errGone
	}
	return err
})

// shape fail pty-pair
type pty struct {
	master *os.File
	slave  int
}

func openPTY() (*pty, error) {
	master, slave := openFile(), openFile()
	return &pty{master: master, slave: int(slave.Fd())}, nil
}

var _ = add("pty-pair", func() error {
	p, err := openPTY()
	if err != nil {
		return err
	}
	defer p.master.Close()
	return put(p.slave)
})

// shape fail tun-name
type ifreq struct {
	name  [16]byte
	flags uint16
	_     [22]byte
}

func setUp(f *os.File) error {
	var req ifreq
	copy(req.name[:], "tun0")
	fd := f.Fd()
	return ioctl(fd, syscall.F_GETFD, unsafe.Pointer(&req))
}

var _ = add("tun-name", func() error { return setUp(openFile()) })

// shape fail row-of-mapping
var _ = add("row-of-mapping", func() error {
	row := mustMapping().Row(1)
	collect()
	row[0] = 1
	return nil
})

// shape fail rows-collected
func allRows(m *Mapping) [][]byte {
	var rows [][]byte
	for i := range m.rows {
		rows = append(rows, m.Row(i))
	}
	return rows
}

var _ = add("rows-collected", func() error {
	rows := allRows(mustMapping())
	collect()
	for _, row := range rows {
		row[0]++
	}
	return nil
})

// shape fail reader-of-mapping
var _ = add("reader-of-mapping", func() error {
	m := mustMapping()
	r := bytes.NewReader(m.data)
	collect()
	_, err := io.ReadAll(r)
	return err
})

// shape fail header-of-mapping
type header struct{ magic, size uint32 }

func (m *Mapping) header() *header { return (*header)(unsafe.Pointer(&m.data[0])) }

var _ = add("header-of-mapping", func() error {
	h := mustMapping().header()
	collect()
	h.size = 4
	return nil
})

// shape fail generic-box
type box[T any] struct {
	value T
	drop  func(T)
}

func newBox[T any](value T, drop func(T)) *box[T] {
	b := &box[T]{value, drop}
	runtime.SetFinalizer(b, func(b *box[T]) { b.drop(b.value) })
	return b
}

func (b *box[T]) Get() T { return b.value }

var _ = add("generic-box", func() error {
	b := newBox(null(), func(fd int) { syscall.Close(fd) })
	return put(b.Get())
})

// shape fail generic-with
func with[T io.Closer, R any](open func() T, do func(T) R) R { return do(open()) }

var _ = add("generic-with", func() error {
	fd := with(openFile, func(f *os.File) int { return int(f.Fd()) })
	return put(fd)
})

// shape fail result-struct
type opened struct {
	fd   int
	size int64
	err  error
}

func openAll(paths ...string) []opened {
	var found []opened
	for _, path := range paths {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			found = append(found, opened{fd: -1, err: err})
			continue
		}
		found = append(found, opened{fd: int(f.Fd())})
	}
	return found
}

var _ = add("result-struct", func() error {
	all := openAll(nothing, nothing)
	return put(all[0].fd)
})

// shape fail conn-file
func socketNumber(c *net.UnixConn) (int, error) {
	f, err := c.File()
	if err != nil {
		return -1, err
	}
	return int(f.Fd()), nil
}

var _ = add("conn-file", func() error {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(pair[0]), "a")
	c, err := net.FileConn(f)
	if err != nil {
		return err
	}
	fd, err := socketNumber(c.(*net.UnixConn))
	if err != nil {
		return err
	}
	err = put(fd)
	runtime.KeepAlive(c)
	return err
})

// shape fail channel-of-numbers
func feed(out chan<- int, paths []string) {
	for range paths {
		f := openFile()
		out <- int(f.Fd())
	}
	close(out)
}

var _ = add("channel-of-numbers", func() error {
	out := make(chan int, 2)
	feed(out, []string{"a", "b"})
	for fd := range out {
		if err := put(fd); err != nil {
			return err
		}
	}
	return nil
})

// shape fail worker-request
type request struct {
	fd    int
	reply chan error
}

func worker(in <-chan request) {
	for r := range in {
		r.reply <- put(r.fd)
	}
}

var _ = add("worker-request", func() error {
	in := make(chan request)
	go worker(in)
	h := mustHandle()
	r := request{fd: h.fd, reply: make(chan error)}
	in <- r
	return <-r.reply
})

// shape fail once-value
var _ = add("once-value", func() error {
	number := sync.OnceValue(func() int { return int(openFile().Fd()) })
	return put(number())
})

// shape fail switch-of-kinds
func rawOf(v any) uintptr {
	switch v := v.(type) {
	case *os.File:
		return v.Fd()
	case *Handle:
		return v.Fd()
	}
	return ^uintptr(0)
}

var _ = add("switch-of-kinds", func() error { return put(int(rawOf(mustHandle()))) })

// shape fail sorted-handles
var _ = add("sorted-handles", func() error {
	all := []*Handle{mustHandle(), mustHandle()}
	first := slices.MinFunc(all, func(a, b *Handle) int { return a.fd - b.fd })
	fd := first.fd
	return put(fd)
})

// shape fail array-of-numbers
var _ = add("array-of-numbers", func() error {
	a, b := mustHandle(), mustHandle()
	fds := [2]int{a.fd, b.fd}
	for _, fd := range fds {
		if err := put(fd); err != nil {
			return err
		}
	}
	return nil
})

// shape fail error-path-number
func probe(h *Handle) (fd int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fd < 0 {
		return -1, errors.New("closed")
	}
	return h.fd, nil
}

var _ = add("error-path-number", func() error {
	fd, err := probe(mustHandle())
	if err != nil {
		return err
	}
	return put(fd)
})

// shape fail tracked-stopwatch
func (t *Tracked) write(b []byte) error {
	fd := t.raw
	collect()
	_, err := syscall.Write(fd, b)
	return err
}

var _ = add("tracked-stopwatch", func() error { return newTracked().write(payload) })

// shape fail tracked-sync
func (t *Tracked) flush() error { return syncNumber(t.raw) }

func syncNumber(fd int) error {
	collect()
	return syscall.SetNonblock(fd, true)
}

var _ = add("tracked-sync", func() error {
	t := newTracked()
	if *t.note != "" {
		return nil
	}
	return t.flush()
})

// shape fail manager-get
type manager struct {
	open map[int]*Handle
	mu   sync.Mutex
}

func (m *manager) pop(id int) (int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.open[id]
	if !ok {
		return -1, false
	}
	delete(m.open, id)
	return h.fd, true
}

var _ = add("manager-get", func() error {
	m := &manager{open: map[int]*Handle{1: mustHandle()}}
	fd, ok := m.pop(1)
	if !ok {
		return errShort
	}
	err := put(fd)
	runtime.KeepAlive(m)
	return err
})

// shape fail two-owners
func duplicate(h *Handle) *Handle {
	d := &Handle{fd: h.fd, name: h.name + "'"}
	return d
}

var _ = add("two-owners", func() error {
	d := duplicate(mustHandle())
	return put(d.fd)
})

// shape fail config-builder
type builder struct {
	fd    int
	flags int
}

func newBuilder() *builder { return &builder{fd: -1} }

func (b *builder) from(h *Handle) *builder {
	b.fd = h.fd
	return b
}

func (b *builder) with(flags int) *builder {
	b.flags |= flags
	return b
}

func (b *builder) run() error { return put(b.fd) }

var _ = add("config-builder", func() error {
	return newBuilder().from(mustHandle()).with(1).run()
})

// shape fail stat-of-number
var _ = add("stat-of-number", func() error {
	var st syscall.Stat_t
	fd := int(openFile().Fd())
	collect()
	return syscall.Fstat(fd, &st)
})

// shape fail select-set
var _ = add("select-set", func() error {
	h := mustHandle()
	var set syscall.FdSet
	set.Bits[h.fd/64] |= 1 << (uint(h.fd) % 64)
	n := h.fd + 1
	collect()
	_, err := syscall.Select(n, &set, nil, nil, &syscall.Timeval{})
	return err
})
