package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// shape sound port-closed
var _ = add("port-closed", portClosed)

func portClosed() (err error) {
	p := mustPort()
	defer func() { err = errors.Join(err, p.Close()) }()
	h := p.Handle()
	collect()
	return sink(int(h))
}

// shape sound port-written
var _ = add("port-written", portWritten)

func portWritten() error {
	p := mustPort()
	h := p.handle
	collect()
	if err := sink(h); err != nil {
		return err
	}
	_, err := p.Write(payload)
	return err
}

// shape sound port-named
var _ = add("port-named", portNamed)

func portNamed() error {
	p := mustPort()
	name, mode := p.name, p.mode
	collect()
	if name == "" || mode.BaudRate == 0 {
		return os.ErrInvalid
	}
	return nil
}

// shape sound port-in-table
var _ = add("port-in-table", portInTable)

var (
	portsMu sync.Mutex
	ports   = map[string]*Port{}
)

func lookup(name string) *Port {
	portsMu.Lock()
	defer portsMu.Unlock()
	p, ok := ports[name]
	if !ok {
		p = mustPort()
		ports[name] = p
	}
	return p
}

func portInTable() error {
	h := lookup("a").handle
	collect()
	return sink(h)
}

// shape sound mmap-copied
var _ = add("mmap-copied", mmapCopied)

func mmapCopied() error {
	r := mustMap()
	view, err := r.Slice(0, 16)
	if err != nil {
		return err
	}
	own := append([]byte(nil), view...)
	runtime.KeepAlive(r)
	collect()
	if own[0] != 0 {
		return errors.New("byte")
	}
	return nil
}

// shape sound mmap-read-at
var _ = add("mmap-read-at", mmapReadAt)

func mmapReadAt() error {
	sr := io.NewSectionReader(mustMap(), 0, 64)
	collect()
	_, err := io.ReadAll(sr)
	return err
}

// shape sound mmap-length
var _ = add("mmap-length", mmapLength)

func mmapLength() error {
	r := mustMap()
	n, data := r.Len(), r.data
	collect()
	if n != len(data) {
		return errors.New("length")
	}
	return nil
}

// shape sound mmap-value
var _ = add("mmap-value", mmapValue)

func mmapValue() error {
	r := mustMap()
	h := *r.Header()
	magic := binary.LittleEndian.Uint32(r.data[8:])
	runtime.KeepAlive(r)
	collect()
	if h.Magic != magic {
		return errors.New("magic")
	}
	return nil
}

// shape sound bpf-collection-kept
var _ = add("bpf-collection-kept", bpfCollectionKept)

func bpfCollectionKept() error {
	coll := NewCollection("a", "b")
	fd := coll.Maps["b"].FD()
	collect()
	if err := eight(fd); err != nil {
		return err
	}
	delete(coll.Maps, "b")
	return nil
}

// shape sound bpf-disowned
var _ = add("bpf-disowned", bpfDisowned)

func bpfDisowned() error {
	n := eventFD().disown()
	defer syscall.Close(n)
	collect()
	return eight(n)
}

// shape sound bpf-to-file
var _ = add("bpf-to-file", bpfToFile)

func (fd *FD) File(name string) *os.File {
	return os.NewFile(uintptr(fd.disown()), name)
}

func bpfToFile() error {
	f := eventFD().File("event")
	defer f.Close()
	collect()
	return eight(int(f.Fd()))
}

// shape sound bpf-dup-kept
var _ = add("bpf-dup-kept", bpfDupKept)

func bpfDupKept() error {
	fd := eventFD()
	dup, err := fd.Dup()
	if err != nil {
		return err
	}
	fd.Close()
	collect()
	err = eight(dup.Int())
	return errors.Join(err, dup.Close())
}

// shape sound netlink-locked
var _ = add("netlink-locked", netlinkLocked)

func netlinkLocked() error {
	c := mustConn()
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	fd := c.s.sysfd
	collect()
	_, err := syscall.Getsockname(fd)
	return err
}

// shape sound netlink-inside-control
var _ = add("netlink-inside-control", netlinkInsideControl)

func netlinkInsideControl() error {
	c := mustConn()
	var failed error
	err := c.Control(func(fd uintptr) {
		collect()
		_, failed = syscall.Getsockname(int(fd))
	})
	runtime.KeepAlive(c)
	return errors.Join(err, failed)
}

// shape sound netlink-worker
var _ = add("netlink-worker", netlinkWorker)

func netlinkWorker() error {
	c := mustConn()
	done := make(chan error, 1)
	go func(c *Conn) {
		fd := c.fd()
		collect()
		_, err := syscall.Getsockname(fd)
		runtime.KeepAlive(c)
		done <- err
	}(c)
	return <-done
}

// shape sound pooled-returned
var _ = add("pooled-returned", pooledReturned)

func pooledReturned() error {
	pool := &Pool[*FD]{make: func(context.Context) (*FD, error) { return eventFD(), nil }}
	h, err := pool.Get(context.Background())
	if err != nil {
		return err
	}
	defer pool.Put(h)
	n := h.Int()
	collect()
	return eight(n)
}

// shape sound image-set
var _ = add("image-set", imageSet)

func imageSet() error {
	img := mustDecode()
	pix := img.Pix()
	collect()
	pix[0] = 1
	img.Set(1, 0, 2)
	return nil
}

// shape sound image-sum
var _ = add("image-sum", imageSum)

func sum(img *Image) (total int) {
	for y := range img.bounds.h {
		collect()
		for _, v := range img.Row(y) {
			total += int(v)
		}
	}
	runtime.KeepAlive(img)
	return total
}

func imageSum() error {
	img, err := Decode(64, 4)
	if err != nil {
		return err
	}
	if sum(img) != 0 {
		return errors.New("sum")
	}
	return nil
}

// shape sound lock-released
var _ = add("lock-released", lockReleased)

func lockReleased() error {
	l := mustLock()
	defer l.Release()
	fd := int(l.f.Fd())
	collect()
	return syscall.Fstat(fd, new(syscall.Stat_t))
}

// shape sound lock-struct-returned
var _ = add("lock-struct-returned", lockStructReturned)

type session struct {
	*Lock
	fd int
}

func begin() (*session, error) {
	l, err := Acquire()
	if err != nil {
		return nil, err
	}
	return &session{l, int(l.f.Fd())}, nil
}

func lockStructReturned() error {
	s, err := begin()
	if err != nil {
		return err
	}
	defer s.Release()
	collect()
	return syscall.Fstat(s.fd, new(syscall.Stat_t))
}

// shape sound watcher-running
var _ = add("watcher-running", watcherRunning)

func watcherRunning() error {
	w, err := NewWatcher()
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		<-stop
		w.file.Close()
	}()
	return w.Add(os.TempDir())
}

// shape sound epoll-handler-holds
var _ = add("epoll-handler-holds", epollHandlerHolds)

func epollHandlerHolds() error {
	ep, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	l := &loop{ep: ep, handlers: map[int32]func() error{}}
	defer syscall.Close(l.ep)
	fd := eventFD()
	if err := l.register(fd.Int(), func() error { return eight(fd.Int()) }); err != nil {
		return err
	}
	collect()
	return l.once()
}

// shape sound scm-kept
var _ = add("scm-kept", scmKept)

func scmKept() error {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	a, b := os.NewFile(uintptr(pair[0]), "a"), os.NewFile(uintptr(pair[1]), "b")
	defer a.Close()
	defer b.Close()
	f, err := os.Open("/dev/null")
	if err != nil {
		return err
	}
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	err = syscall.Sendmsg(pair[0], payload, rights, nil, 0)
	runtime.KeepAlive(f)
	return err
}

// shape sound conn-syscall
var _ = add("conn-syscall", connSyscall)

func connSyscall() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) {
		collect()
		inner = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	})
	return errors.Join(err, inner)
}

// shape sound extra-files
var _ = add("extra-files", extraFiles)

func extraFiles() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	cmd := exec.Command("true")
	cmd.ExtraFiles = append(cmd.ExtraFiles, r)
	child := r.Fd()
	collect()
	if err := syscall.SetNonblock(int(child), false); err != nil {
		return err
	}
	return cmd.Run()
}

// shape sound memfd-adopted
var _ = add("memfd-adopted", memfdAdopted)

func memfdAdopted() error {
	f, err := memfd("x")
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	if err := syscall.Ftruncate(fd, 4096); err != nil {
		f.Close()
		return err
	}
	collect()
	b, err := syscall.Mmap(fd, 0, 4096, syscall.PROT_READ, syscall.MAP_SHARED)
	f.Close()
	if err != nil {
		return err
	}
	return syscall.Munmap(b)
}

// shape sound tap-logged
var _ = add("tap-logged", tapLogged)

func tapLogged() error {
	t := newTap()
	fd := t.Int()
	collect()
	err := eight(fd)
	t.Close()
	return err
}

// shape sound timer-stopped
var _ = add("timer-stopped", timerStopped)

func timerStopped() error {
	p := mustPort()
	h := p.handle
	timer := time.AfterFunc(time.Hour, func() { p.Close() })
	defer timer.Stop()
	collect()
	return sink(h)
}

// shape sound pointer-into-owner
var _ = add("pointer-into-owner", pointerIntoOwner)

func pointerIntoOwner() error {
	p := mustPort()
	raw := &p.handle
	collect()
	return sink(*raw)
}

// shape sound go-memory
var _ = add("go-memory", goMemory)

func goMemory() error {
	buf := make([]byte, 64)
	p := unsafe.Pointer(&buf[0])
	collect()
	if *(*byte)(p) != 0 {
		return errors.New("byte")
	}
	return nil
}
