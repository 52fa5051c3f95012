package main

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// Written to see what is told falsely, after the rules.

var logs = map[string]*os.File{}
var mu sync.Mutex
var present, backup *os.File
var berth atomic.Pointer[os.File]
var status struct {
	f  *os.File
	fd int
}
var owners []*os.File
var retire = make(chan *os.File, 8)

// shape sound ebb-mutex
var _ = add("ebb-mutex", func() error {
	logs["a"] = file()
	mu.Lock()
	f := logs["a"]
	delete(logs, "a")
	mu.Unlock()
	fd := int(f.Fd())
	err := use(fd)
	f.Close()
	return err
})

// shape sound ebb-retire
var _ = add("ebb-retire", func() error {
	present = file()
	old := present
	present = file()
	err := use(int(old.Fd()))
	retire <- old
	return err
})

// shape sound ebb-backup
var _ = add("ebb-backup", func() error {
	f := file()
	present = f
	backup = f
	fd := int(f.Fd())
	present = nil
	return use(fd)
})

// shape sound ebb-swap-close
var _ = add("ebb-swap-close", func() error {
	f := file()
	berth.Store(f)
	fd := int(f.Fd())
	if old := berth.Swap(nil); old != nil {
		defer old.Close()
	}
	return use(fd)
})

// shape sound ebb-branch
var _ = add("ebb-branch", func() error {
	f := file()
	logs["b"] = f
	fd := int(f.Fd())
	if fd < 0 {
		delete(logs, "b")
		return errGone
	}
	return use(fd)
})

// shape sound ebb-loop
var _ = add("ebb-loop", func() error {
	for _, k := range []string{"x", "y"} {
		f := file()
		logs[k] = f
		if err := use(int(f.Fd())); err != nil {
			return err
		}
		delete(logs, k)
	}
	return nil
})

func save(f *os.File) { owners = append(owners, f) }

// shape sound ebb-saved
var _ = add("ebb-saved", func() error {
	status.f = file()
	fd := int(status.f.Fd())
	save(status.f)
	status.f = nil
	return use(fd)
})

func saveCurrent() { owners = append(owners, present) }

// shape sound ebb-saved-behind
var _ = add("ebb-saved-behind", func() error {
	present = file()
	fd := int(present.Fd())
	saveCurrent()
	present = nil
	return use(fd)
})

// shape sound ebb-pair-appended
var _ = add("ebb-pair-appended", func() error {
	f, fd := both()
	owners = append(owners, f)
	return use(fd)
})

// shape sound ebb-pair-goroutine
var _ = add("ebb-pair-goroutine", func() error {
	f, fd := both()
	stop := make(chan struct{})
	go func() {
		<-stop
		f.Close()
	}()
	err := use(fd)
	close(stop)
	return err
})

type worker struct {
	f  *os.File
	fd int
	wg sync.WaitGroup
}

func newWorker() *worker {
	f := file()
	return &worker{f: f, fd: int(f.Fd())}
}

func (w *worker) run() error {
	defer w.wg.Done()
	return use(w.fd)
}

// shape sound ebb-wait
var _ = add("ebb-wait", func() error {
	w := newWorker()
	w.wg.Add(1)
	return w.run()
})

var devs = map[string]*device{}

// shape sound ebb-range-global
var _ = add("ebb-range-global", func() error {
	devs["a"] = openDevice(null0)
	for _, d := range devs {
		if err := use(d.fd); err != nil {
			return err
		}
	}
	return nil
})

var errFD = int(os.Stderr.Fd())

// shape sound ebb-stderr
var _ = add("ebb-stderr", func() error {
	if errFD < 0 {
		return errGone
	}
	collect()
	return nil
})

var held *device

func theHeld() *device {
	if held == nil {
		held = openDevice(null0)
	}
	return held
}

var heldFD = theHeld().fd

// shape sound ebb-held-number
var _ = add("ebb-held-number", func() error { return use(heldFD) })

type boat struct {
	fd int
	c  *os.File
}

type fitting func(*boat)

func fitFD(fd int) fitting       { return func(c *boat) { c.fd = fd } }
func fitFile(f *os.File) fitting { return func(c *boat) { c.c = f } }

func newBoat(options ...fitting) *boat {
	c := &boat{}
	for _, one := range options {
		one(c)
	}
	return c
}

// shape sound ebb-options
var _ = add("ebb-options", func() error {
	f := file()
	c := newBoat(fitFD(int(f.Fd())), fitFile(f))
	err := use(c.fd)
	c.c.Close()
	return err
})

func each(f func(d *device) error) error {
	for _, d := range devs {
		if err := f(d); err != nil {
			return err
		}
	}
	return nil
}

// shape sound ebb-each
var _ = add("ebb-each", func() error {
	devs["e"] = openDevice(null0)
	return each(func(d *device) error { return use(d.fd) })
})

func with(f func(d *device) error) error {
	d := openDevice(null0)
	defer d.Close()
	return f(d)
}

// shape sound ebb-with
var _ = add("ebb-with", func() error {
	return with(func(d *device) error { return use(d.fd) })
})

func withThen(f func(d *device) error) error {
	d := openDevice(null0)
	err := f(d)
	d.Close()
	return err
}

// shape sound ebb-with-then
var _ = add("ebb-with-then", func() error {
	return withThen(func(d *device) error {
		fd := d.fd
		return use(fd)
	})
})

func without(f func(d *device) error) error { return f(openDevice(null0)) }

// shape fail ebb-without
var _ = add("ebb-without", func() error {
	return without(func(d *device) error {
		fd := d.fd
		return use(fd)
	})
})

type cached struct {
	once sync.Once
	d    *device
}

func (c *cached) device() *device {
	c.once.Do(func() { c.d = openDevice(null0) })
	return c.d
}

// shape sound ebb-cached
var _ = add("ebb-cached", func() error {
	c := &cached{}
	fd := c.device().fd
	err := use(fd)
	runtime.KeepAlive(c)
	return err
})

type conn struct {
	file *os.File
	fd   int
}

func dial() (*conn, error) {
	c := &conn{fd: -1}
	f, err := os.OpenFile(null0, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	c.file = f
	c.fd = int(f.Fd())
	c.register()
	return c, nil
}

var registered sync.Map

func (c *conn) register() { registered.Store(c.fd, c) }

// shape sound ebb-registered
var _ = add("ebb-registered", func() error {
	c, err := dial()
	if err != nil {
		return err
	}
	fd := c.fd
	return use(fd)
})

type reader struct {
	f  *os.File
	fd int
}

func newReader(f *os.File) *reader { return &reader{f, int(f.Fd())} }

type session struct{ f *os.File }

// shape sound ebb-session
var _ = add("ebb-session", func() error {
	s := &session{f: file()}
	r := newReader(s.f)
	fd := r.fd
	err := use(fd)
	s.f.Close()
	return err
})

func (s *session) number() int { return newReader(s.f).fd }

// shape sound ebb-session-number
var _ = add("ebb-session-number", func() error {
	s := &session{f: file()}
	err := use(s.number())
	s.f.Close()
	return err
})

// shape fail ebb-session-lost
var _ = add("ebb-session-lost", func() error {
	s := &session{f: file()}
	fd := s.number()
	return use(fd)
})

func pairOf(s *session) (*os.File, int) { return s.f, int(s.f.Fd()) }

// shape sound ebb-pair-of
var _ = add("ebb-pair-of", func() error {
	s := &session{f: file()}
	_, fd := pairOf(s)
	err := use(fd)
	s.f.Close()
	return err
})

// shape fail ebb-pair-lost
var _ = add("ebb-pair-lost", func() error {
	s := &session{f: file()}
	f, fd := pairOf(s)
	if f == nil {
		return nil
	}
	return use(fd)
})

// shape sound ebb-pointed-map
var _ = add("ebb-pointed-map", func() error {
	files := map[string]*os.File{"a": file()}
	p := &files
	f := (*p)["a"]
	fd := int(f.Fd())
	delete((*p), "a")
	err := use(fd)
	f.Close()
	return err
})
