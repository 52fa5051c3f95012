package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

func sink(fd int) error {
	_, err := syscall.Write(fd, payload)
	return err
}

func eight(fd int) error {
	var one [8]byte
	one[0] = 1
	_, err := syscall.Write(fd, one[:])
	return err
}

// shape fail port-drain
var _ = add("port-drain", func() error { return mustPort().Drain() })

// Drain waits until all is sent, and has no KeepAlive.
func (p *Port) Drain() error {
	h := p.handle
	collect()
	return syscall.Fstat(h, new(syscall.Stat_t))
}

// shape fail port-handle-ioctl
var _ = add("port-handle-ioctl", portHandleIoctl)

func portHandleIoctl() error {
	p := mustPort()
	h := p.Handle()
	collect()
	if _, _, e := syscall.Syscall(syscall.SYS_FCNTL, h, syscall.F_GETFL, 0); e != 0 {
		return os.NewSyscallError("fcntl", e)
	}
	return nil
}

// shape fail port-select
var _ = add("port-select", portSelect)

func portSelect() error {
	p := mustPort()
	fds := &syscall.FdSet{}
	h := p.handle
	fds.Bits[h/64] |= 1 << uint(h%64)
	collect()
	_, err := syscall.Select(h+1, nil, fds, nil, &syscall.Timeval{})
	return err
}

// shape fail port-as-writer-fd
var _ = add("port-as-writer-fd", portAsWriterFd)

type rawPort struct {
	fd      int
	timeout time.Duration
}

func (r *rawPort) Write(b []byte) (int, error) {
	deadline := time.Now().Add(r.timeout)
	total := 0
	for total < len(b) && time.Now().Before(deadline) {
		n, err := syscall.Write(r.fd, b[total:])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}

func portAsWriterFd() error {
	w := io.Writer(&rawPort{fd: mustPort().handle, timeout: time.Second})
	collect()
	_, err := fmt.Fprintln(w, "AT")
	return err
}

// shape fail port-middleware
var _ = add("port-middleware", portMiddleware)

type sender func([]byte) error

func logged(next sender) sender {
	return func(b []byte) error {
		if len(b) == 0 {
			return io.ErrShortWrite
		}
		return next(b)
	}
}

func portMiddleware() error {
	h := mustPort().handle
	send := logged(func(b []byte) error {
		_, err := syscall.Write(h, b)
		return err
	})
	collect()
	return send(payload)
}

// shape fail port-errgroup
var _ = add("port-errgroup", portErrgroup)

type group struct {
	wg   sync.WaitGroup
	once sync.Once
	err  error
}

func (g *group) Go(f func() error) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := f(); err != nil {
			g.once.Do(func() { g.err = err })
		}
	}()
}

func (g *group) Wait() error { g.wg.Wait(); return g.err }

func portErrgroup() error {
	var g group
	p := mustPort()
	h := int(p.Handle())
	for range 2 {
		g.Go(func() error {
			collect()
			return sink(h)
		})
	}
	return g.Wait()
}

// shape fail port-timeout-select
var _ = add("port-timeout-select", portTimeoutSelect)

func portTimeoutSelect() error {
	p := mustPort()
	h := p.handle
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			collect()
			if err := sink(h); err != nil {
				return fmt.Errorf("tick %d: %w", i, err)
			}
			if i == 2 {
				return nil
			}
		}
	}
}

// shape fail mmap-slice
var _ = add("mmap-slice", mmapSlice)

func mmapSlice() error {
	r := mustMap()
	view, err := r.Slice(0, 64)
	if err != nil {
		return err
	}
	collect()
	if bytes.IndexByte(view, 1) >= 0 {
		return errors.New("one")
	}
	return nil
}

// shape fail mmap-header
var _ = add("mmap-header", mmapHeader)

func mmapHeader() error {
	h := mustMap().Header()
	collect()
	if h.Magic != 0 || h.Version != 0 {
		return errors.New("magic")
	}
	return nil
}

// shape fail mmap-records
var _ = add("mmap-records", mmapRecords)

func (r *ReaderAt) Records(size int) iter.Seq2[int, []byte] {
	data := r.data
	return func(yield func(int, []byte) bool) {
		for i := 0; (i+1)*size <= len(data); i++ {
			if !yield(i, data[i*size:(i+1)*size]) {
				return
			}
		}
	}
}

func mmapRecords() error {
	sum := 0
	for i, rec := range mustMap().Records(1024) {
		collect()
		sum += i + int(binary.LittleEndian.Uint32(rec))
	}
	if sum != 28 {
		return errors.New("sum")
	}
	return nil
}

// shape fail mmap-string-table
var _ = add("mmap-string-table", mmapStringTable)

type table struct {
	strings []byte
	offsets []uint32
}

func (t *table) at(i int) string {
	b := t.strings[t.offsets[i]:]
	if n := bytes.IndexByte(b, 0); n >= 0 {
		b = b[:n]
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func newTable(r *ReaderAt) *table {
	return &table{strings: r.data, offsets: []uint32{0, 16}}
}

func mmapStringTable() error {
	t := newTable(mustMap())
	collect()
	if t.at(1) != "" {
		return errors.New("string")
	}
	return nil
}

// shape fail mmap-section-reader
var _ = add("mmap-section-reader", mmapSectionReader)

func mmapSectionReader() error {
	r := mustMap()
	sr := io.NewSectionReader(bytes.NewReader(r.data), 16, 32)
	collect()
	_, err := io.Copy(io.Discard, sr)
	return err
}

// shape fail bpf-attr
var _ = add("bpf-attr", func() error { return NewCollection("a").Maps["a"].update(1) })

func (m *Map) update(key uint32) error {
	a := attr{fd: m.fd.Uint(), key: unsafe.Pointer(&key)}
	collect()
	return bpf(2, &a)
}

// shape fail bpf-map-of-collection
var _ = add("bpf-map-of-collection", bpfMapOfCollection)

func bpfMapOfCollection() error {
	coll := NewCollection("counts")
	m, ok := coll.Maps["counts"]
	if !ok {
		return os.ErrNotExist
	}
	fd := m.FD()
	collect()
	return eight(fd)
}

// shape fail bpf-program-link
var _ = add("bpf-program-link", bpfProgramLink)

type linkOptions struct {
	Program *Program
	Flags   uint32
}

func attach(opts linkOptions) (func() error, error) {
	if opts.Program == nil {
		return nil, errors.New("no program")
	}
	fd := opts.Program.FD()
	if fd < 0 {
		return nil, fmt.Errorf("invalid program: %w", os.ErrClosed)
	}
	return func() error { return eight(fd) }, nil
}

func bpfProgramLink() error {
	run, err := attach(linkOptions{Program: NewCollection("p").Programs["p"]})
	if err != nil {
		return err
	}
	collect()
	return run()
}

// shape fail bpf-fd-list
var _ = add("bpf-fd-list", bpfFdList)

func bpfFdList() error {
	coll := NewCollection("a", "b")
	var fds []uint32
	for _, p := range coll.Programs {
		fds = append(fds, p.fd.Uint())
	}
	slices.Sort(fds)
	collect()
	for _, fd := range fds {
		if err := eight(int(fd)); err != nil {
			return err
		}
	}
	return nil
}

// shape fail bpf-dup-dropped
var _ = add("bpf-dup-dropped", bpfDupDropped)

func bpfDupDropped() error {
	fd := eventFD()
	dup, err := fd.Dup()
	if err != nil {
		return err
	}
	n := dup.Int()
	collect()
	err = eight(n)
	fd.Close()
	return err
}

// shape fail netlink-sock
var _ = add("netlink-sock", netlinkSock)

func netlinkSock() error {
	c := mustConn()
	s := c.fd()
	collect()
	_, err := syscall.Getsockname(s)
	return err
}

// shape fail netlink-control
var _ = add("netlink-control", netlinkControl)

func netlinkControl() error {
	c := mustConn()
	var kept int
	if err := c.Control(func(fd uintptr) { kept = int(fd) }); err != nil {
		return err
	}
	collect()
	return syscall.SetsockoptInt(kept, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 4096)
}

// shape fail netlink-request
var _ = add("netlink-request", netlinkRequest)

type request struct {
	sock int
	body []byte
	done chan error
}

func serve(in <-chan request) {
	for r := range in {
		collect()
		r.done <- syscall.Sendto(r.sock, r.body, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK})
	}
}

func netlinkRequest() error {
	in := make(chan request)
	defer close(in)
	go serve(in)
	c := mustConn()
	r := request{sock: c.s.sysfd, body: make([]byte, 16), done: make(chan error, 1)}
	binary.NativeEndian.PutUint32(r.body, 16)
	in <- r
	return <-r.done
}

// shape fail pooled-handle
var _ = add("pooled-handle", pooledHandle)

func pooledHandle() error {
	pool := &Pool[*FD]{make: func(context.Context) (*FD, error) { return eventFD(), nil }}
	h, err := pool.Get(context.Background())
	if err != nil {
		return err
	}
	n := h.Int()
	collect()
	return eight(n)
}

// shape fail image-row
var _ = add("image-row", imageRow)

func imageRow() error {
	row := mustDecode().Row(3)
	collect()
	sum := 0
	for _, v := range row {
		sum += int(v)
	}
	if sum != 0 {
		return errors.New("sum")
	}
	return nil
}

// shape fail image-pix-hash
var _ = add("image-pix-hash", imagePixHash)

func imagePixHash() error {
	img := mustDecode()
	img.Set(1, 1, 7)
	pix, stride := img.Pix(), img.stride
	collect()
	if pix[stride+1] != 7 {
		return errors.New("pixel")
	}
	return nil
}

// shape fail image-pointer
var _ = add("image-pointer", imagePointer)

func imagePointer() error {
	img := mustDecode()
	p := img.pix
	collect()
	if *(*uint16)(unsafe.Pointer(uintptr(p) + 2)) != 0 {
		return errors.New("pixel")
	}
	return nil
}

// shape fail lock-file
var _ = add("lock-file", lockFile)

func lockFile() error {
	fd := int(mustLock().f.Fd())
	collect()
	return syscall.Flock(fd, syscall.LOCK_UN)
}

// shape fail lock-release-func
var _ = add("lock-release-func", lockReleaseFunc)

func withLock() (release func() error, err error) {
	l, err := Acquire()
	if err != nil {
		return nil, err
	}
	fd := int(l.f.Fd())
	release = func() error { return syscall.Flock(fd, syscall.LOCK_UN) }
	return release, nil
}

func lockReleaseFunc() error {
	release, err := withLock()
	if err != nil {
		return err
	}
	collect()
	return release()
}

// shape fail inotify-watch
var _ = add("inotify-watch", inotifyWatch)

type Watcher struct {
	file *os.File
	wds  map[string]uint32
}

func NewWatcher() (*Watcher, error) {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return &Watcher{file: os.NewFile(uintptr(fd), "inotify"), wds: make(map[string]uint32)}, nil
}

func (w *Watcher) Add(dir string) error {
	fd := int(w.file.Fd())
	collect()
	wd, err := syscall.InotifyAddWatch(fd, dir, syscall.IN_CREATE)
	if err != nil {
		return fmt.Errorf("watch %s: %w", dir, err)
	}
	_ = wd
	return nil
}

func inotifyWatch() error {
	w, err := NewWatcher()
	if err != nil {
		return err
	}
	return w.Add(os.TempDir())
}

// shape fail inotify-raw-fd
var _ = add("inotify-raw-fd", inotifyRawFd)

func inotifyRawFd() error {
	fd, err := syscall.InotifyInit()
	if err != nil {
		return err
	}
	w := &Watcher{file: os.NewFile(uintptr(fd), "inotify")}
	if w.file == nil {
		return os.ErrInvalid
	}
	collect()
	_, err = syscall.InotifyAddWatch(fd, os.TempDir(), syscall.IN_CREATE)
	return err
}

// shape fail epoll-loop
var _ = add("epoll-loop", epollLoop)

type loop struct {
	ep       int
	handlers map[int32]func() error
}

func (l *loop) register(fd int, h func() error) error {
	l.handlers[int32(fd)] = h
	return syscall.EpollCtl(l.ep, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLOUT, Fd: int32(fd)})
}

func (l *loop) once() error {
	events := make([]syscall.EpollEvent, 8)
	n, err := syscall.EpollWait(l.ep, events, 20)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("no event")
	}
	for _, ev := range events[:n] {
		if err := l.handlers[ev.Fd](); err != nil {
			return err
		}
	}
	return nil
}

func epollLoop() error {
	ep, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	l := &loop{ep: ep, handlers: map[int32]func() error{}}
	defer syscall.Close(l.ep)
	fd := eventFD()
	n := fd.Int()
	if err := l.register(n, func() error { return eight(n) }); err != nil {
		return err
	}
	collect()
	return l.once()
}

// shape fail scm-rights
var _ = add("scm-rights", scmRights)

func scmRights() error {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(pair[0])
	defer syscall.Close(pair[1])
	f, err := os.Open("/dev/null")
	if err != nil {
		return err
	}
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	return syscall.Sendmsg(pair[0], payload, rights, nil, 0)
}

// shape fail unix-conn-file
var _ = add("unix-conn-file", unixConnFile)

func unixConnFile() error {
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "", Net: "unixgram"})
	if err != nil {
		return err
	}
	defer c.Close()
	file, err := c.File()
	if err != nil {
		return err
	}
	fd := int(file.Fd())
	collect()
	return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_PASSCRED, 1)
}

// shape fail extra-files-number
var _ = add("extra-files-number", extraFilesNumber)

func extraFilesNumber() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	child := r.Fd()
	collect()
	if err := syscall.SetNonblock(int(child), false); err != nil {
		return err
	}
	cmd := exec.Command("true")
	return cmd.Run()
}

// shape fail memfd-sealed
var _ = add("memfd-sealed", memfdSealed)

func memfd(name string) (*os.File, error) {
	b, err := syscall.BytePtrFromString(name)
	if err != nil {
		return nil, err
	}
	fd, _, e := syscall.Syscall(319, uintptr(unsafe.Pointer(b)), 1, 0)
	if e != 0 {
		return nil, os.NewSyscallError("memfd_create", e)
	}
	return os.NewFile(fd, name), nil
}

func memfdSealed() error {
	f, err := memfd("blob")
	if err != nil {
		return err
	}
	if _, err := f.Write(payload); err != nil {
		return err
	}
	path := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	collect()
	_, err = os.ReadFile(path)
	return err
}

// shape fail memfd-mmap
var _ = add("memfd-mmap", memfdMmap)

func memfdMmap() error {
	f, err := memfd("shared")
	if err != nil {
		return err
	}
	if err := f.Truncate(4096); err != nil {
		return err
	}
	fd := f.Fd()
	collect()
	b, err := syscall.Mmap(int(fd), 0, 4096, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return err
	}
	return syscall.Munmap(b)
}

// shape fail embedded-descriptor
var _ = add("embedded-descriptor", embeddedDescriptor)

type Tap struct {
	*FD
	name string
}

func newTap() Tap { return Tap{eventFD(), "tap0"} }

func embeddedDescriptor() error {
	t := newTap()
	fd, name := t.Int(), t.name
	collect()
	if err := eight(fd); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// shape fail tap-value-method
var _ = add("tap-value-method", func() error { return newTap().kick() })

func (t Tap) kick() error {
	fd := t.raw
	collect()
	return eight(fd)
}

// shape fail interface-descriptor
var _ = add("interface-descriptor", interfaceDescriptor)

type inter interface {
	Int() int
	io.Closer
}

func chooseBackend(kind string) inter {
	switch kind {
	case "event":
		return eventFD()
	case "tap":
		return newTap()
	}
	return nil
}

func interfaceDescriptor() error {
	b := chooseBackend("event")
	if b == nil {
		return os.ErrInvalid
	}
	fd := b.Int()
	collect()
	return eight(fd)
}

// shape fail method-value-getter
var _ = add("method-value-getter", methodValueGetter)

func methodValueGetter() error {
	get := eventFD().Int
	fd := get()
	collect()
	return eight(fd)
}

// shape fail generic-first
var _ = add("generic-first", genericFirst)

func transform[T, U any](in []T, f func(T) U) []U {
	var out []U
	for _, v := range in {
		out = append(out, f(v))
	}
	return out
}

func genericFirst() error {
	fds := transform([]*FD{eventFD(), eventFD()}, (*FD).Int)
	collect()
	return eight(fds[0])
}

// shape fail deferred-restore
var _ = add("deferred-restore", deferredRestore)

func deferredRestore() (err error) {
	p := mustPort()
	restore := makeRaw(int(p.Handle()))
	defer func() { err = errors.Join(err, restore()) }()
	collect()
	return nil
}

func makeRaw(fd int) func() error {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return func() error { return err }
	}
	return func() error { return syscall.Fstat(fd, &st) }
}

// shape fail process-pidfd
var _ = add("process-pidfd", processPidfd)

type Proc struct {
	pid   int
	pidfd *FD
}

func Self() (*Proc, error) {
	fd, _, e := syscall.Syscall(434, uintptr(os.Getpid()), 0, 0)
	if e != 0 {
		return nil, e
	}
	own, err := NewFD(int(fd))
	if err != nil {
		return nil, err
	}
	return &Proc{pid: os.Getpid(), pidfd: own}, nil
}

func (p *Proc) Signal(s syscall.Signal) error {
	fd := uintptr(p.pidfd.raw)
	collect()
	if _, _, e := syscall.Syscall6(424, fd, uintptr(s), 0, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}

func processPidfd() error {
	p, err := Self()
	if err != nil {
		return err
	}
	return p.Signal(0)
}

// shape fail retry-loop
var _ = add("retry-loop", retryLoop)

func ignoringEINTR(fn func() error) error {
	for {
		err := fn()
		if err != syscall.EINTR {
			return err
		}
	}
}

func retryLoop() error {
	fd := eventFD()
	n := fd.Int()
	return ignoringEINTR(func() error {
		collect()
		return eight(n)
	})
}

// shape fail error-path-only
var _ = add("error-path-only", errorPathOnly)

func errorPathOnly() error {
	p := mustPort()
	h := p.handle
	if n, err := p.Write(payload); err != nil || n == 0 {
		return err
	}
	collect()
	st := new(syscall.Stat_t)
	if err := syscall.Fstat(h, st); err != nil {
		return fmt.Errorf("stat after write: %w", err)
	}
	return nil
}
