package main

import (
	"container/list"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// The same as programs have it: ports, listeners, watchers, locks.

// shape fail tide-port
type port struct {
	f     *os.File
	fd    uintptr
	speed int
}

func newPort(speed int) (p *port, err error) {
	f, err := os.OpenFile(null0, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	p = &port{f: f, fd: f.Fd(), speed: speed}
	return p, nil
}

func (p *port) drain() error { return use(int(p.fd)) }

var _ = add("tide-port", func() error {
	p, err := newPort(9600)
	if err != nil {
		return err
	}
	return p.drain()
})

type tty struct {
	*os.File
	fd int
}

func openTTY() *tty {
	f := file()
	return &tty{File: f, fd: int(f.Fd())}
}

// shape fail tide-embedded-file
var _ = add("tide-embedded-file", func() error {
	t := openTTY()
	return use(t.fd)
})

type watcher struct {
	files map[string]*os.File
	fds   map[string]int
}

func (w *watcher) add(name string) {
	f := file()
	w.files[name] = f
	w.fds[name] = int(f.Fd())
}

// shape fail tide-watcher
var _ = add("tide-watcher", func() error {
	w := &watcher{files: map[string]*os.File{}, fds: map[string]int{}}
	w.add("a")
	fd := w.fds["a"]
	return use(fd)
})

func socketOf(c *net.UDPConn) int {
	rc, err := c.SyscallConn()
	if err != nil {
		return -1
	}
	found := -1
	rc.Control(func(fd uintptr) { found = int(fd) })
	return found
}

type endpoint struct {
	c  *net.UDPConn
	fd int
}

func newEndpoint() *endpoint {
	c := certain(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	return &endpoint{c: c, fd: socketOf(c)}
}

// shape fail tide-endpoint
var _ = add("tide-endpoint", func() error {
	e := newEndpoint()
	fd := e.fd
	collect()
	return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
})

type listener struct {
	ln   *net.TCPListener
	file *os.File
	fd   int
}

func listen() (*listener, error) {
	ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	l := &listener{ln: ln}
	l.file, err = ln.File()
	if err != nil {
		return nil, err
	}
	l.fd = int(l.file.Fd())
	return l, nil
}

// shape fail tide-listener
var _ = add("tide-listener", func() error {
	l, err := listen()
	if err != nil {
		return err
	}
	fd := l.fd
	collect()
	return syscall.SetNonblock(fd, true)
})

type server struct {
	dev  *device
	name string
}

// shape fail tide-two-levels
var _ = add("tide-two-levels", func() error {
	s := &server{dev: openDevice(null0), name: "s"}
	fd := s.dev.fd
	return use(fd)
})

func openAll(n int) []*device {
	var found []*device
	for i := 0; i < n; i++ {
		found = append(found, openDevice(null0))
	}
	return found
}

// shape fail tide-slice
var _ = add("tide-slice", func() error {
	all := openAll(2)
	fd := all[0].fd
	return use(fd)
})

// shape fail tide-deferred
var _ = add("tide-deferred", func() (err error) {
	d := openDevice(null0)
	defer func(fd int) { err = use(fd) }(d.fd)
	return nil
})

// shape fail tide-removed
type shelf struct{ by map[string]*os.File }

func (s *shelf) take(k string) int {
	f := s.by[k]
	delete(s.by, k)
	return int(f.Fd())
}

var _ = add("tide-removed", func() error {
	s := &shelf{by: map[string]*os.File{"a": file()}}
	fd := s.take("a")
	err := use(fd)
	runtime.KeepAlive(s)
	return err
})

var latest atomic.Pointer[os.File]

// shape fail tide-swapped
var _ = add("tide-swapped", func() error {
	latest.Store(file())
	old := latest.Swap(nil)
	fd := int(old.Fd())
	return use(fd)
})

// shape fail tide-list
var _ = add("tide-list", func() error {
	l := list.New()
	l.PushBack(file())
	f := l.Remove(l.Front()).(*os.File)
	fd := int(f.Fd())
	err := use(fd)
	runtime.KeepAlive(l)
	return err
})

// shape fail tide-lock
func lock() (fd int, err error) {
	f, err := os.OpenFile(null0, os.O_RDWR, 0)
	if err != nil {
		return -1, err
	}
	fd = int(f.Fd())
	return
}

var _ = add("tide-lock", func() error {
	fd, err := lock()
	if err != nil {
		return err
	}
	return use(fd)
})

var state struct {
	f  *os.File
	fd int
}

// shape fail tide-state
var _ = add("tide-state", func() error {
	state.f = file()
	state.fd = int(state.f.Fd())
	state.f = nil
	return use(state.fd)
})

// shape fail tide-any
var _ = add("tide-any", func() error {
	var v any = openDevice(null0)
	fd := v.(*device).fd
	return use(fd)
})

// shape fail tide-method-value
type skiff struct {
	f  *os.File
	fd int
}

func openSkiff() *skiff {
	f := file()
	return &skiff{f, int(f.Fd())}
}

func (s *skiff) row() error { return use(s.fd) }

var _ = add("tide-method-value", func() error {
	row := openSkiff().row
	return row()
})

// shape sound tide-embedded-closed
var _ = add("tide-embedded-closed", func() error {
	t := openTTY()
	defer t.Close()
	return use(t.fd)
})

// shape sound tide-watcher-kept
var _ = add("tide-watcher-kept", func() error {
	w := &watcher{files: map[string]*os.File{}, fds: map[string]int{}}
	w.add("a")
	err := use(w.fds["a"])
	w.files["a"].Close()
	return err
})

// shape sound tide-two-levels-closed
var _ = add("tide-two-levels-closed", func() error {
	s := &server{dev: openDevice(null0), name: "s"}
	defer s.dev.Close()
	fd := s.dev.fd
	return use(fd)
})

// shape sound tide-swapped-closed
var _ = add("tide-swapped-closed", func() error {
	latest.Store(file())
	old := latest.Swap(nil)
	defer old.Close()
	return use(int(old.Fd()))
})

func (s *shelf) drop(k string) error {
	f := s.by[k]
	delete(s.by, k)
	defer f.Close()
	return use(int(f.Fd()))
}

// shape sound tide-removed-closed
var _ = add("tide-removed-closed", func() error {
	s := &shelf{by: map[string]*os.File{"a": file()}}
	return s.drop("a")
})

func checked() (*device, error) {
	d := openDevice(null0)
	if err := use(d.fd); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// shape sound tide-checked
var _ = add("tide-checked", func() error {
	d, err := checked()
	if err != nil {
		return err
	}
	return d.Close()
})

type harbour struct {
	mu   sync.Mutex
	idle []*device
}

func (h *harbour) put(d *device) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.idle = append(h.idle, d)
}

var home harbour

// shape sound tide-put
var _ = add("tide-put", func() error {
	d := openDevice(null0)
	home.put(d)
	return use(d.fd)
})

var (
	once sync.Once
	lazy *device
)

func theDevice() *device {
	once.Do(func() { lazy = openDevice(null0) })
	return lazy
}

// shape sound tide-lazy
var _ = add("tide-lazy", func() error {
	return use(theDevice().fd)
})

var devices = map[string]*device{}

// shape sound tide-map-of-devices
var _ = add("tide-map-of-devices", func() error {
	devices["a"] = openDevice(null0)
	d := devices["a"]
	return use(d.fd)
})

var kept []*os.File

func bothKept() (*os.File, int) {
	f := file()
	kept = append(kept, f)
	return f, int(f.Fd())
}

// shape sound tide-both-kept
var _ = add("tide-both-kept", func() error {
	_, fd := bothKept()
	return use(fd)
})

// shape sound tide-any-kept
var _ = add("tide-any-kept", func() error {
	var v any = openDevice(null0)
	err := use(v.(*device).fd)
	runtime.KeepAlive(v)
	return err
})

// shape sound tide-slice-closed
var _ = add("tide-slice-closed", func() error {
	all := openAll(2)
	err := use(all[0].fd)
	for _, one := range all {
		one.Close()
	}
	return err
})

type yawl struct {
	f  *os.File
	fd int
}

func (y *yawl) Close() error {
	err := y.f.Close()
	y.f, y.fd = nil, -1
	return err
}

func openYawl() (*yawl, error) {
	f, err := os.Open(null0)
	if err != nil {
		return nil, err
	}
	y := new(yawl)
	y.f, y.fd = f, int(f.Fd())
	return y, nil
}

// shape sound tide-yawl
var _ = add("tide-yawl", func() error {
	y, err := openYawl()
	if err != nil {
		return err
	}
	defer y.Close()
	fd := y.fd
	collect()
	var stat syscall.Stat_t
	return syscall.Fstat(fd, &stat)
})

// shape sound tide-spawned
var _ = add("tide-spawned", func() error {
	d := openDevice(null0)
	var wg sync.WaitGroup
	var err error
	wg.Add(1)
	go func() {
		defer wg.Done()
		err = use(d.fd)
	}()
	wg.Wait()
	runtime.KeepAlive(d)
	return err
})

// shape fail tide-adopted
type adopted struct {
	f  *os.File
	fd int
}

func adopt() *adopted {
	fd := null()
	f := os.NewFile(uintptr(fd), null0)
	return &adopted{f: f, fd: fd}
}

var _ = add("tide-adopted", func() error {
	a := adopt()
	fd := a.fd
	return use(fd)
})

type ferry struct {
	f    *os.File
	fd   int
	stop chan struct{}
}

func newFerry() *ferry {
	f := file()
	y := &ferry{f: f, fd: int(f.Fd()), stop: make(chan struct{})}
	go func() {
		<-y.stop
		y.f.Close()
	}()
	return y
}

// shape sound tide-served
var _ = add("tide-served", func() error {
	y := newFerry()
	fd, stop := y.fd, y.stop
	err := use(fd)
	close(stop)
	return err
})
