package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"example.com/kilns/tun"
)

// shape fail dialled
var _ = add("dialled", dialled)

func dialled() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	b, err := Dial(ctx, "there", WithFlame(3))
	if err != nil {
		return err
	}
	fd := b.Sysfd()
	if !fd.Valid() {
		return os.ErrInvalid
	}
	collect()
	_, err = send(fd.Int(), payload)
	return err
}

// shape fail flame-of-burner
var _ = add("flame-of-burner", flameOfBurner)

func flameOfBurner() error {
	b, err := Dial(context.Background(), "x", WithFlame(1))
	if err != nil {
		return err
	}
	f := b.flame
	collect()
	return f.Raise(2)
}

// shape fail retry-in-method
var _ = add("retry-in-method", func() error { return burner().ignite(3) })

func (b *Burner) ignite(attempts int) error {
	fd := int(b.sysfd)
	var last error
retry:
	for i := 0; ; i++ {
		collect()
		switch _, err := syscall.Write(fd, payload); err {
		case nil:
			return nil
		case syscall.EBADF:
			last = err
			if i >= attempts {
				break retry
			}
		default:
			continue retry
		}
	}
	return last
}

// shape fail receiver-select
var _ = add("receiver-select", receiverSelect)

func (b *Burner) loop(ticks <-chan time.Time, quit <-chan struct{}) error {
	fd := b.sysfd.Int()
	for {
		select {
		case <-ticks:
			collect()
			if _, err := send(fd, payload); err != nil {
				return err
			}
		case <-quit:
			return nil
		}
	}
}

func receiverSelect() error {
	ticks, quit := make(chan time.Time), make(chan struct{})
	done := make(chan error, 1)
	go func(b *Burner) { done <- b.loop(ticks, quit) }(burner())
	for range 2 {
		select {
		case ticks <- time.Time{}:
		case err := <-done:
			return err
		}
	}
	close(quit)
	return <-done
}

// shape fail worker-pool
var _ = add("worker-pool", workerPool)

type work struct {
	fd   Sys
	data []byte
	done chan<- error
}

func workerPool() error {
	jobs, done := make(chan work, 4), make(chan error, 4)
	var wg sync.WaitGroup
	for range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for w := range jobs {
				_, err := send(int(w.fd), w.data)
				w.done <- err
			}
		}()
	}
	b := burner()
	w := work{fd: b.Sysfd(), data: payload, done: done}
	collect()
	jobs <- w
	close(jobs)
	wg.Wait()
	return <-done
}

// shape fail pipeline
var _ = add("pipeline", pipeline)

func descriptors(n int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for range n {
			out <- burner().Sysfd().Int()
		}
	}()
	return out
}

func pipeline() error {
	for fd := range descriptors(2) {
		collect()
		if _, err := send(fd, payload); err != nil {
			return err
		}
	}
	return nil
}

// shape fail db-page
var _ = add("db-page", dbPage)

func dbPage() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	p := db.page(2)
	collect()
	p.count++
	if p.count != 1 {
		return errors.New("count")
	}
	return nil
}

// shape fail db-txn-value
var _ = add("db-txn-value", dbTxnValue)

func dbTxnValue() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	var value []byte
	err = db.View(func(t *txn) error { value = t.get(64); return nil })
	if err != nil {
		return err
	}
	collect()
	if words(value) != 0 {
		return errors.New("value")
	}
	return nil
}

// shape fail db-root-alone
var _ = add("db-root-alone", func() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	root := db.Begin().root
	collect()
	root.flags |= 2
	return nil
})

// shape fail db-file
var _ = add("db-file", dbFile)

func dbFile() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	fd := db.file.Fd()
	collect()
	return syscall.Fdatasync(int(fd))
}

// shape fail db-header-copied
var _ = add("db-header-copied", func() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	window := db.data[4096:8192]
	collect()
	header := [16]byte(window)
	if header[0] != 0 {
		return errors.New("header")
	}
	return nil
})

// shape fail db-words
var _ = add("db-words", dbWords)

func dbWords() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	list := unsafe.Slice((*uint64)(unsafe.Pointer(db.data)), db.size/8)
	collect()
	var sum uint64
	for _, w := range list[:16] {
		sum += w
	}
	if sum != 0 {
		return errors.New("sum")
	}
	return nil
}

// shape fail watch-wait
var _ = add("watch-wait", watchWait)

func watchWait() error {
	w, err := NewWatch()
	if err != nil {
		return err
	}
	if err := w.wake(); err != nil {
		return err
	}
	epfd := w.epfd
	events := make([]syscall.EpollEvent, 4)
	collect()
	n, err := syscall.EpollWait(epfd, events, 100)
	if err != nil {
		return os.NewSyscallError("epoll_wait", err)
	}
	if n != 1 {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// shape fail watch-pipe
var _ = add("watch-pipe", watchPipe)

func watchPipe() error {
	w, err := NewWatch()
	if err != nil {
		return err
	}
	ends := w.pipe
	collect()
	_, err = syscall.Write(ends.w, payload)
	return err
}

// shape fail watch-run
var _ = add("watch-run", func() error {
	w, err := NewWatch()
	if err != nil {
		return err
	}
	return w.run()
})

func (w *Watch) run() error {
	defer close(w.done)
	fd, buffer := w.pipe.r, make([]byte, 8)
	if err := w.wake(); err != nil {
		return err
	}
	for {
		collect()
		n, err := syscall.Read(fd, buffer)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return nil
		case err != nil:
			return err
		case n == 0:
			return io.EOF
		}
	}
}

// shape fail chest-number
var _ = add("chest-number", chestNumber)

func chestNumber() error {
	var c Chest[string, Sys]
	c.Put("a", burner().Sysfd())
	collect()
	fd, ok := c.Get("a")
	if !ok {
		return os.ErrNotExist
	}
	_, err := send(int(fd), payload)
	return err
}

// shape fail chest-owner-number
var _ = add("chest-owner-number", chestOwnerNumber)

func chestOwnerNumber() error {
	var c Chest[int, *Burner]
	c.Put(1, burner())
	b, ok := c.Get(1)
	if !ok {
		return os.ErrNotExist
	}
	fd := b.sysfd
	collect()
	_, err := send(int(fd), payload)
	return err
}

// shape fail result-value
var _ = add("result-value", resultValue)

func resultValue() error {
	b, err := try(Dial(context.Background(), "r")).Unwrap()
	if err != nil {
		return err
	}
	fd := b.sysfd
	collect()
	_, err = send(int(fd), payload)
	return err
}

// shape fail result-number
var _ = add("result-number", func() error {
	r := Result[Sys]{Value: burner().sysfd}
	collect()
	fd, err := r.Unwrap()
	if err != nil {
		return err
	}
	_, err = send(fd.Int(), payload)
	return err
})

// shape fail opener
var _ = add("opener", openerHandle)

func openerHandle() error {
	fd := opened("null").Descriptor()
	collect()
	_, err := send(int(fd), payload)
	return err
}

// shape fail opener-parameter
var _ = add("opener-parameter", func() error { return writeTo(opened("null"), payload) })

func writeTo(h Handle, b []byte) error {
	fd := int(h.Descriptor())
	collect()
	n, err := send(fd, b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

// shape fail opener-asserted
var _ = add("opener-asserted", openerAsserted)

func openerAsserted() error {
	h := opened("null")
	lid, ok := h.(*Lid)
	if !ok || lid.meta["name"] == "" {
		return os.ErrInvalid
	}
	fd := lid.fd
	collect()
	_, err := send(int(fd), payload)
	return err
}

// shape fail opener-switch
var _ = add("opener-switch", func() error { return describe(opened("zero")) })

func describe(v any) error {
	var fd int
	switch v := v.(type) {
	case interface{ Fd() uintptr }:
		fd = int(v.Fd())
	case Handle:
		fd = int(v.Descriptor())
	case int:
		fd = v
	default:
		return fmt.Errorf("%T", v)
	}
	collect()
	var st syscall.Stat_t
	return syscall.Fstat(fd, &st)
}

// shape fail tun-file
var _ = add("tun-file", tunFile)

func tunFile() error {
	dev, err := tun.Create("tun0", 1500)
	if err != nil {
		return err
	}
	fd := int(dev.File().Fd())
	collect()
	_, err = send(fd, payload)
	return err
}

// shape fail tun-conn
var _ = add("tun-conn", tunConn)

func tunConn() error {
	dev, err := tun.Create("tun1", 1500)
	if err != nil {
		return err
	}
	conn, err := dev.File().SyscallConn()
	if err != nil {
		return err
	}
	var fd uintptr
	if err := conn.Control(func(f uintptr) { fd = f }); err != nil {
		return err
	}
	collect()
	_, err = send(int(fd), payload)
	return err
}

// shape fail tun-netlink
var _ = add("tun-netlink", tunNetlink)

func tunNetlink() error {
	f, err := os.Open("/dev/null")
	if err != nil {
		return err
	}
	dev, err := tun.CreateFromFile(f, 0)
	if err != nil {
		return err
	}
	fd := dev.Netlink()
	collect()
	return syscall.SetNonblock(fd, true)
}

// shape fail listener-copy
var _ = add("listener-copy", listenerCopy)

func listenerCopy() error {
	l := listen()
	defer l.Close()
	f, err := l.File()
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	collect()
	_, err = syscall.Getsockname(fd)
	return err
}

// shape fail listener-options
var _ = add("listener-options", func() error {
	l := listen()
	defer l.Close()
	return withSocket(l, func(fd int) error {
		collect()
		return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	})
})

func withSocket(l interface{ File() (*os.File, error) }, set func(fd int) error) error {
	f, err := l.File()
	if err != nil {
		return err
	}
	return set(int(f.Fd()))
}

// shape fail locked-directory
var _ = add("locked-directory", lockedDirectory)

func lockDirectory(dir string) (func() error, error) {
	f, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	fd := int(f.Fd())
	if err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return func() error { return syscall.Flock(fd, syscall.LOCK_UN) }, nil
}

func lockedDirectory() error {
	dir, err := os.MkdirTemp("", "kilns")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	unlock, err := lockDirectory(dir)
	if err != nil {
		return err
	}
	collect()
	return unlock()
}

// shape fail proc-path
var _ = add("proc-path", procPath)

func procPath() error {
	f, err := os.CreateTemp("", "kilns")
	if err != nil {
		return err
	}
	os.Remove(f.Name())
	path := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	collect()
	g, err := os.Open(path)
	if err != nil {
		return err
	}
	return g.Close()
}

// shape fail command-input
var _ = add("command-input", commandInput)

func commandInput() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	attr := &syscall.ProcAttr{Files: []uintptr{r.Fd(), 1, 2}}
	collect()
	var st syscall.Stat_t
	if err := syscall.Fstat(int(attr.Files[0]), &st); err != nil {
		return err
	}
	path, err := exec.LookPath("true")
	if err != nil {
		return err
	}
	pid, err := syscall.ForkExec(path, []string{"true"}, attr)
	if err != nil {
		return err
	}
	_, err = syscall.Wait4(pid, nil, 0, nil)
	return err
}

// shape fail temp-copied
var _ = add("temp-copied", tempCopied)

func tempCopied() error {
	src, err := os.Open("/etc/hostname")
	if err != nil {
		return err
	}
	dst, err := os.CreateTemp("", "kilns")
	if err != nil {
		return err
	}
	defer os.Remove(dst.Name())
	in, out := int(src.Fd()), int(dst.Fd())
	for left := 4; left > 0; left-- {
		collect()
		if _, err := syscall.Sendfile(out, in, nil, 1); err != nil {
			return fmt.Errorf("sendfile: %w", err)
		}
	}
	return dst.Close()
}

// shape fail struct-of-handles
var _ = add("struct-of-handles", structOfHandles)

type console struct {
	stdin, stdout *os.File
	restore       func() error
}

func openConsole() *console {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	c := &console{stdin: r, stdout: w}
	in := int(r.Fd())
	c.restore = func() error { return syscall.SetNonblock(in, true) }
	return c
}

func structOfHandles() error {
	c := openConsole()
	restore := c.restore
	collect()
	return restore()
}

// shape fail cursor
var _ = add("cursor", cursorOf)

type cursor struct {
	fd  int
	pos int64
	buf [64]byte
}

func (c *cursor) next() (byte, bool) {
	n, err := syscall.Pread(c.fd, c.buf[:1], c.pos)
	if err != nil || n == 0 {
		return 0, false
	}
	c.pos++
	return c.buf[0], true
}

func newCursor(path string) (*cursor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &cursor{fd: int(f.Fd())}, nil
}

func cursorOf() error {
	c, err := newCursor("/etc/passwd")
	if err != nil {
		return err
	}
	collect()
	if _, ok := c.next(); !ok {
		return syscall.EBADF
	}
	return nil
}

// shape fail pairs
var _ = add("pairs", pairs)

func lids(names ...string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, name := range names {
			if !yield(name, int(opened(name).Descriptor())) {
				return
			}
		}
	}
}

func pairs() error {
	for name, fd := range lids("null", "zero") {
		collect()
		if _, err := send(fd, payload); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// shape fail pulled
var _ = add("pulled", pulled)

func pulled() error {
	next, stop := iter.Pull2(lids("null", "zero"))
	defer stop()
	_, fd, ok := next()
	if !ok {
		return io.EOF
	}
	collect()
	_, err := send(fd, payload)
	return err
}

// shape fail visited
var _ = add("visited", visited)

type visitor interface{ visit(fd int) error }

type visitorFunc func(int) error

func (f visitorFunc) visit(fd int) error { return f(fd) }

func (b *Burner) accept(v visitor) error { return v.visit(int(b.sysfd)) }

func visited() error {
	return burner().accept(visitorFunc(func(fd int) error {
		collect()
		_, err := send(fd, payload)
		return err
	}))
}

// shape fail command-object
var _ = add("command-object", commandObject)

type command struct {
	name string
	run  func() error
}

func (b *Burner) commands() []command {
	fd := b.sysfd.Int()
	return []command{
		{"write", func() error { _, err := send(fd, payload); return err }},
		{"stat", func() error { var st syscall.Stat_t; return syscall.Fstat(fd, &st) }},
	}
}

func commandObject() error {
	list := burner().commands()
	collect()
	for _, c := range list {
		if err := c.run(); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// shape fail builder-of-request
var _ = add("builder-of-request", builderOfRequest)

type request struct {
	target Sys
	body   []byte
	header map[string]string
}

func newRequest() *request { return &request{target: invalid, header: map[string]string{}} }

func (r *request) To(b *Burner) *request { r.target = b.sysfd; return r }

func (r *request) Body(b []byte) *request { r.body = b; return r }

func (r *request) Do() error { _, err := send(int(r.target), r.body); return err }

func builderOfRequest() error {
	r := newRequest().To(burner()).Body(payload)
	collect()
	return r.Do()
}

// shape fail package-cache-of-numbers
var _ = add("package-cache-of-numbers", packageCache)

var cache = struct {
	sync.Mutex
	fds map[string]int
}{fds: map[string]int{}}

func cachedNumber(name string) int {
	cache.Lock()
	defer cache.Unlock()
	if fd, ok := cache.fds[name]; ok {
		return fd
	}
	f, err := os.OpenFile("/dev/"+name, os.O_RDWR, 0)
	if err != nil {
		return -1
	}
	cache.fds[name] = int(f.Fd())
	return cache.fds[name]
}

func packageCache() error {
	fd := cachedNumber("null")
	collect()
	_, err := send(fd, payload)
	return err
}

// shape fail second-owner
var _ = add("second-owner", secondOwner)

func secondOwner() error {
	b := burner()
	f := os.NewFile(uintptr(b.sysfd), b.laddr)
	collect()
	_, err := f.Write(payload)
	return err
}

// shape fail nested-literal
var _ = add("nested-literal", nestedLiteral)

func nestedLiteral() error {
	do := func(f func(int) error) error {
		b := burner()
		return f(int(b.sysfd))
	}
	return do(func(fd int) error {
		collect()
		_, err := send(fd, payload)
		return err
	})
}

// shape fail else-branch
var _ = add("else-branch", func() error { return burner().either(false) })

func (b *Burner) either(dry bool) (err error) {
	fd := b.sysfd
	if dry {
		_ = b.laddr
		return nil
	} else if _, err = send(fd.Int(), nil); err != nil {
		return
	} else {
		collect()
		_, err = send(fd.Int(), payload)
	}
	return
}
