package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"unsafe"
)

// shape sound method-expression-kept
var _ = add("method-expression-kept", func() error {
	number := (*Handle).Fd
	h := mustHandle()
	defer h.Close()
	return put(int(number(h)))
})

// shape sound method-expression-alive
var _ = add("method-expression-alive", func() error {
	h := mustHandle()
	err := put(int((*Handle).Fd(h)))
	runtime.KeepAlive(h)
	return err
})

// shape sound method-expression-files
var _ = add("method-expression-files", func() error {
	files := []*os.File{openFile(), openFile()}
	fds := each(files, (*os.File).Fd)
	err := put(int(fds[1]))
	for _, f := range files {
		f.Close()
	}
	return err
})

// shape sound lock-with-file
type heldLock struct {
	f  *os.File
	fd int
}

func acquireHeld(path string) (heldLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return heldLock{}, err
	}
	return heldLock{f: f, fd: int(f.Fd())}, nil
}

func (l heldLock) lock() error {
	collect()
	_, err := syscall.Write(l.fd, payload)
	return err
}

var _ = add("lock-with-file", func() error {
	l, err := acquireHeld(nothing)
	if err != nil {
		return err
	}
	defer l.f.Close()
	return l.lock()
})

// shape sound lock-of-dup
func acquireDup(path string) (fileLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fileLock{}, err
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return fileLock{}, err
	}
	return fileLock{fd: fd}, nil
}

var _ = add("lock-of-dup", func() error {
	l, err := acquireDup(nothing)
	if err != nil {
		return err
	}
	return l.lock()
})

// shape sound flock-returned
func lockFileHeld(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

var _ = add("flock-returned", func() error {
	f, path := tempFile()
	defer os.Remove(path)
	defer f.Close()
	lock, err := lockFileHeld(path)
	if err != nil {
		return err
	}
	collect()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		return errGone
	}
	return lock.Close()
})

// shape sound flock-deferred
func exclusively(path string, do func() error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	defer syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	return do()
}

var _ = add("flock-deferred", func() error {
	f, path := tempFile()
	defer os.Remove(path)
	defer f.Close()
	return exclusively(path, func() error { collect(); return nil })
})

// shape sound numbers-closed-later
var _ = add("numbers-closed-later", func() error {
	files := []*os.File{openFile(), openFile()}
	fds := numbers(files)
	err := put(fds[0])
	for _, f := range files {
		f.Close()
	}
	return err
})

// shape sound numbers-all-deferred
var _ = add("numbers-all-deferred", func() error {
	var fds []int
	for range 2 {
		f := openFile()
		defer f.Close()
		fds = append(fds, int(f.Fd()))
	}
	for _, fd := range fds {
		if err := put(fd); err != nil {
			return err
		}
	}
	return nil
})

// shape sound numbers-of-table
var table = map[string]*os.File{}

var _ = add("numbers-of-table", func() error {
	table["a"] = openFile()
	table["b"] = openFile()
	numbers := map[string]int{}
	for name, f := range table {
		numbers[name] = int(f.Fd())
	}
	return put(numbers["b"])
})

// shape sound interface-field-kept
var _ = add("interface-field-kept", func() error {
	s := newSession()
	err := s.sendKept()
	runtime.KeepAlive(s)
	return err
})

func (s *session) sendKept() error {
	err := put(int(s.dev.Fd()))
	runtime.KeepAlive(s.dev)
	return err
}

// shape sound embedded-interface-kept
var _ = add("embedded-interface-kept", func() error {
	w := wrapped{mustHandle()}
	err := put(int(w.Fd()))
	runtime.KeepAlive(w)
	return err
})

// shape sound interface-file-closed
var _ = add("interface-file-closed", func() error {
	f := openFile()
	defer f.Close()
	fd, err := numberOf(f)
	if err != nil {
		return err
	}
	return put(fd)
})

// shape sound promoted-kept
var _ = add("promoted-kept", func() error {
	g := newGate()
	err := g.poke()
	runtime.KeepAlive(g)
	return err
})

// shape sound promoted-value-kept
var _ = add("promoted-value-kept", func() error {
	g := newGate()
	poke := g.poke
	err := poke()
	runtime.KeepAlive(g)
	return err
})

// shape sound context-kept
var _ = add("context-kept", func() error {
	ctx := withHandle(context.Background())
	h := ctx.Value(key{}).(*Handle)
	err := put(h.fd)
	runtime.KeepAlive(ctx)
	return err
})

// shape sound context-asked-again
var _ = add("context-asked-again", func() error {
	ctx := withHandle(context.Background())
	h := ctx.Value(key{}).(*Handle)
	err := put(h.fd)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
})

// shape sound proc-path-held
var _ = add("proc-path-held", func() error {
	f := openFile()
	defer f.Close()
	path := procPath(f)
	collect()
	_, err := os.Stat(path)
	return err
})

// shape sound proc-path-text
var _ = add("proc-path-text", func() error {
	text := procPath(openFile())
	collect()
	if len(text) == 0 {
		return errShort
	}
	fmt.Fprintln(io.Discard, "opened as", text)
	return nil
})

// shape sound pool-put-behind
var _ = add("pool-put-behind", func() error {
	h := scratch.Get().(*Handle)
	defer scratch.Put(h)
	return put(h.fd)
})

// shape sound pool-copied
var _ = add("pool-copied", func() error {
	h := scratch.Get().(*Handle)
	fd := h.fd
	err := put(fd)
	scratch.Put(h)
	return err
})

// shape sound second-file-of-dup
func reopenDup(f *os.File) (*os.File, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	runtime.KeepAlive(f)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

var _ = add("second-file-of-dup", func() error {
	g, err := reopenDup(openFile())
	if err != nil {
		return err
	}
	collect()
	_, err = g.Write(payload)
	return err
})

// shape sound behind-pointer-kept
var _ = add("behind-pointer-kept", func() error {
	c := newCell()
	err := put(*c.fd)
	runtime.KeepAlive(c)
	return err
})

// shape sound behind-pointer-named
var _ = add("behind-pointer-named", func() error {
	c := newCell()
	if err := put(*c.fd); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.name = "written"
	fmt.Fprintln(io.Discard, c)
	return nil
})

// shape sound closure-writer-kept
func writerKept(h *Handle) func([]byte) (int, error) {
	return func(b []byte) (int, error) {
		n, err := syscall.Write(h.fd, b)
		runtime.KeepAlive(h)
		return n, err
	}
}

var _ = add("closure-writer-kept", func() error {
	write := writerKept(mustHandle())
	collect()
	_, err := write(payload)
	return err
})

// shape sound closure-method
var _ = add("closure-method", func() error {
	write := mustHandle().Write
	collect()
	_, err := write(payload)
	return err
})

// shape sound iterator-kept
var _ = add("iterator-kept", func() error {
	for h := range handles(1) {
		err := put(h.fd)
		h.Close()
		if err != nil {
			return err
		}
	}
	return nil
})

func open(all []*Handle) iter.Seq2[int, *Handle] {
	return func(yield func(int, *Handle) bool) {
		for i, h := range all {
			if !yield(i, h) {
				return
			}
		}
	}
}

// shape sound iterator-of-slice
var _ = add("iterator-of-slice", func() error {
	all := []*Handle{mustHandle(), mustHandle()}
	for i, h := range open(all) {
		if i > 0 {
			break
		}
		if err := put(h.fd); err != nil {
			return err
		}
	}
	runtime.KeepAlive(all)
	return nil
})

// shape sound goroutine-holds
var _ = add("goroutine-holds", func() error {
	h := mustHandle()
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		<-stop
		h.Close()
		close(done)
	}()
	err := put(h.fd)
	close(stop)
	<-done
	return err
})

// shape sound copy-kept
var _ = add("copy-kept", func() error {
	h := mustHandle()
	fd := h.fd
	err := put(fd)
	runtime.KeepAlive(h)
	return err
})

// shape sound value-receiver-kept
var _ = add("value-receiver-kept", func() error {
	c := newCounter()
	err := c.count()
	runtime.KeepAlive(c)
	return err
})

// shape sound epoll-file-kept
var _ = add("epoll-file-kept", func() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
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

// shape sound pty-both
type ptyBoth struct {
	master, slave *os.File
	fd            int
}

var _ = add("pty-both", func() error {
	p := &ptyBoth{master: openFile(), slave: openFile()}
	p.fd = int(p.slave.Fd())
	err := put(p.fd)
	p.master.Close()
	p.slave.Close()
	return err
})

// shape sound tun-kept
func setUpKept(f *os.File) error {
	var req ifreq
	err := ioctl(f.Fd(), syscall.F_GETFD, unsafe.Pointer(&req))
	runtime.KeepAlive(f)
	return err
}

var _ = add("tun-kept", func() error { return setUpKept(openFile()) })

// shape sound row-kept
var _ = add("row-kept", func() error {
	m := mustMapping()
	row := m.Row(1)
	collect()
	row[0] = 1
	m.Close()
	return nil
})

// shape sound rows-copied
func rowsCopied(m *Mapping) [][]byte {
	var rows [][]byte
	for i := range m.rows {
		rows = append(rows, bytes.Clone(m.Row(i)))
	}
	runtime.KeepAlive(m)
	return rows
}

var _ = add("rows-copied", func() error {
	rows := rowsCopied(mustMapping())
	collect()
	for _, row := range rows {
		row[0]++
	}
	return nil
})

// shape sound row-as-string
var _ = add("row-as-string", func() error {
	m := mustMapping()
	text := string(m.Row(0)[:4])
	runtime.KeepAlive(m)
	collect()
	if len(text) != 4 {
		return errShort
	}
	return nil
})

// shape sound reader-kept
type mapReader struct {
	*bytes.Reader
	m *Mapping
}

func readerOf(m *Mapping) *mapReader { return &mapReader{bytes.NewReader(m.data), m} }

var _ = add("reader-kept", func() error {
	r := readerOf(mustMapping())
	collect()
	_, err := io.Copy(io.Discard, r)
	runtime.KeepAlive(r)
	return err
})

// shape sound channel-closed-later
func feedClosing(out chan<- int, done <-chan struct{}) error {
	f := openFile()
	out <- int(f.Fd())
	<-done
	return f.Close()
}

var _ = add("channel-closed-later", func() error {
	out, done := make(chan int, 1), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- put(<-out)
		close(done)
	}()
	if err := feedClosing(out, done); err != nil {
		return err
	}
	return <-failed
})

// shape sound channel-named-later
func feedNaming(out chan<- int, done <-chan struct{}) string {
	f := openFile()
	out <- int(f.Fd())
	<-done
	return f.Name()
}

var _ = add("channel-named-later", func() error {
	out, done := make(chan int, 1), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- put(<-out)
		close(done)
	}()
	if feedNaming(out, done) == "" {
		return errShort
	}
	return <-failed
})

// shape sound channel-of-pairs
type pair struct {
	f  *os.File
	fd int
}

func feedPairs(out chan<- pair, n int) {
	for range n {
		f := openFile()
		out <- pair{f, int(f.Fd())}
	}
	close(out)
}

var _ = add("channel-of-pairs", func() error {
	out := make(chan pair, 2)
	feedPairs(out, 2)
	for one := range out {
		err := put(one.fd)
		one.f.Close()
		if err != nil {
			return err
		}
	}
	return nil
})

// shape sound switch-of-other
type quiet struct{ name string }

func rawOrNone(v any) (uintptr, bool) {
	switch v := v.(type) {
	case *os.File:
		return v.Fd(), true
	case *quiet:
		return 0, false
	}
	return 0, false
}

var _ = add("switch-of-other", func() error {
	fd, ok := rawOrNone(&quiet{name: "q"})
	if ok {
		return put(int(fd))
	}
	return nil
})

// shape sound pool-of-buffers
var buffers = &sync.Pool{New: func() any { return new(bytes.Buffer) }}

var _ = add("pool-of-buffers", func() error {
	b := buffers.Get().(*bytes.Buffer)
	b.WriteString("x")
	data := b.Bytes()
	h := mustHandle()
	_, err := h.Write(data)
	buffers.Put(b)
	return err
})

// shape sound generic-box-kept
var _ = add("generic-box-kept", func() error {
	b := newBox(null(), func(fd int) { syscall.Close(fd) })
	err := put(b.Get())
	runtime.KeepAlive(b)
	return err
})

// shape sound generic-with-inside
var _ = add("generic-with-inside", func() error {
	return with(openFile, func(f *os.File) error {
		defer f.Close()
		return put(int(f.Fd()))
	})
})

// shape sound result-struct-files
type openedFile struct {
	f  *os.File
	fd int
}

func openAllFiles(n int) []openedFile {
	var found []openedFile
	for range n {
		f := openFile()
		found = append(found, openedFile{f: f, fd: int(f.Fd())})
	}
	return found
}

var _ = add("result-struct-files", func() error {
	all := openAllFiles(2)
	err := put(all[0].fd)
	for _, one := range all {
		one.f.Close()
	}
	return err
})

// shape sound worker-with-file
type job struct {
	h     *Handle
	reply chan error
}

func work(in <-chan job) {
	for j := range in {
		err := put(j.h.fd)
		runtime.KeepAlive(j.h)
		j.reply <- err
	}
}

var _ = add("worker-with-file", func() error {
	in := make(chan job)
	go work(in)
	j := job{h: mustHandle(), reply: make(chan error)}
	in <- j
	return <-j.reply
})

// shape sound once-file
var _ = add("once-file", func() error {
	f := sync.OnceValue(openFile)
	err := put(int(f().Fd()))
	f().Close()
	return err
})

// shape sound switch-kept
var _ = add("switch-kept", func() error {
	h := mustHandle()
	defer h.Close()
	return put(int(rawOf(h)))
})

// shape sound sorted-kept
var _ = add("sorted-kept", func() error {
	all := []*Handle{mustHandle(), mustHandle()}
	slices.SortFunc(all, func(a, b *Handle) int { return a.fd - b.fd })
	err := put(all[0].fd)
	for _, h := range all {
		h.Close()
	}
	return err
})

// shape sound manager-kept
func (m *manager) peek(id int) (int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.open[id]
	if !ok {
		return -1, false
	}
	return h.fd, true
}

var _ = add("manager-kept", func() error {
	m := &manager{open: map[int]*Handle{1: mustHandle()}}
	fd, ok := m.peek(1)
	if !ok {
		return errShort
	}
	err := put(fd)
	runtime.KeepAlive(m)
	return err
})

// shape sound own-copy
func duplicateOwn(h *Handle) (*Handle, error) {
	fd, err := syscall.Dup(h.fd)
	runtime.KeepAlive(h)
	if err != nil {
		return nil, err
	}
	d := &Handle{fd: fd, name: h.name + "'"}
	runtime.SetFinalizer(d, (*Handle).Close)
	return d, nil
}

var _ = add("own-copy", func() error {
	d, err := duplicateOwn(mustHandle())
	if err != nil {
		return err
	}
	defer d.Close()
	return put(d.fd)
})

// shape sound builder-kept
var _ = add("builder-kept", func() error {
	h := mustHandle()
	defer h.Close()
	return newBuilder().from(h).with(1).run()
})

// shape sound stat-closed
var _ = add("stat-closed", func() error {
	var st syscall.Stat_t
	f := openFile()
	fd := int(f.Fd())
	collect()
	err := syscall.Fstat(fd, &st)
	f.Close()
	return err
})

// shape sound select-kept
var _ = add("select-kept", func() error {
	h := mustHandle()
	var set syscall.FdSet
	set.Bits[h.fd/64] |= 1 << (uint(h.fd) % 64)
	n := h.fd + 1
	collect()
	_, err := syscall.Select(n, &set, nil, nil, &syscall.Timeval{})
	runtime.KeepAlive(h)
	return err
})

func (r rawNumber) say() error {
	collect()
	if r < 0 {
		return io.EOF
	}
	return nil
}

// shape sound promoted-value-told
var _ = add("promoted-value-told", func() error {
	say := newGate().say
	return say()
})

// shape sound selected-value-told
var _ = add("selected-value-told", func() error {
	say := newGate().rawNumber.say
	return say()
})
