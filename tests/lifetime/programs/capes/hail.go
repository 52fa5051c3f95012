package main

import (
	"io"
	"os"
	"runtime"
	"syscall"
)

// What a call returns holds an owner from then on, not while the call runs.

type mast struct {
	f    *os.File
	name string
}

type settings struct {
	name string
	sink io.Writer
}

// lines are asked for by a mast, and know it by name only.
type lines struct {
	settings settings
	watch    io.Closer
	n        int
}

type watcher struct {
	file *os.File
	sink io.Writer
}

func (w *watcher) Close() error { return nil }

func newMast() *mast { return &mast{f: opened(), name: "mast"} }

func watching(n int, sink io.Writer) (io.Closer, error) {
	return &watcher{sink: sink}, nil
}

func (c *mast) watched() io.Closer { return &watcher{file: c.f} }

//go:noinline
func (c *mast) asked() error {
	fd := int(c.f.Fd())
	collect()
	return status(fd)
}

// shape fail result-holds-later
func (c *mast) line(s settings) (int, io.Closer, error) {
	fd := int(c.f.Fd())
	collect()
	if err := status(fd); err != nil {
		return 0, nil, err
	}
	w, err := watching(fd, s.sink)
	return fd, w, err
}

func (c *mast) request(s settings) (*lines, error) {
	l := lines{settings: s}
	var err error
	if s.name == "" {
		l.n, l.watch, err = c.line(s)
	} else {
		l.watch = c.watched()
	}
	if err != nil {
		return nil, err
	}
	return &l, nil
}

var _ = add("result-holds-later", func() error {
	_, err := newMast().request(settings{})
	return err
})

// shape sound result-holds-already
func (c *mast) held() (*lines, error) {
	l := lines{watch: c.watched()}
	err := c.asked()
	return &l, err
}

var _ = add("result-holds-already", func() error {
	l, err := newMast().held()
	if l.watch == nil {
		return errGone
	}
	return err
})

// shape sound result-of-earlier-turn
func (c *mast) turned() (*lines, error) {
	l := lines{}
	var err error
	for range 2 {
		l.n, l.watch, err = c.both()
	}
	return &l, err
}

//go:noinline
func (c *mast) both() (int, io.Closer, error) {
	w := c.watched()
	err := c.asked()
	return 1, w, err
}

var _ = add("result-of-earlier-turn", func() error {
	l, err := newMast().turned()
	if l.watch == nil {
		return errGone
	}
	return err
})

// An interface is not what has a method of the same name.

type register interface {
	Put(fd int) error
	Has(fd int) bool
}

type manifest struct{ seen map[int]bool }

func (t *manifest) Put(fd int) error {
	t.seen[fd] = true
	collect()
	return status(fd)
}

func (t *manifest) Has(fd int) bool { return t.seen[fd] }

type ring struct{ register register }

// shape fail interface-of-numbers
func (r *ring) Put(f *os.File) error {
	return r.register.Put(int(f.Fd()))
}

var _ = add("interface-of-numbers", func() error {
	r := &ring{&manifest{map[int]bool{}}}
	return r.Put(opened())
})

// shape sound interface-of-numbers-held
var _ = add("interface-of-numbers-held", func() error {
	r := &ring{&manifest{map[int]bool{}}}
	f := opened()
	defer f.Close()
	return r.register.Put(int(f.Fd()))
})

// What lists more than a file has is none.

type gauge interface {
	Fd() uintptr
	Level() int
}

type dial struct{ fd int }

func (d *dial) Fd() uintptr { return uintptr(d.fd) }
func (d *dial) Level() int  { return d.fd }

// shape sound gauge-of-own
var _ = add("gauge-of-own", func() error {
	fd, err := syscall.Open(path, syscall.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return Gauged(&dial{fd})
})

func Gauged(g gauge) error {
	fd := int(g.Fd())
	collect()
	return status(fd)
}

// Finalizers may get their object as any.

type deal struct{ fd int }

func (d *deal) end() {
	if d.fd >= 0 {
		syscall.Close(d.fd)
	}
}

func newDeal() *deal {
	fd, _ := syscall.Open(path, syscall.O_RDONLY, 0)
	d := &deal{fd: fd}
	runtime.SetFinalizer(d, func(v interface{}) { v.(*deal).end() })
	return d
}

// shape fail finalizer-of-any
func (d *deal) size() error {
	fd := d.fd
	collect()
	return status(fd)
}

var _ = add("finalizer-of-any", func() error { return newDeal().size() })

// shape sound finalizer-of-any-held
func (d *deal) both() error {
	fd := d.fd
	collect()
	err := status(fd)
	runtime.KeepAlive(d)
	return err
}

var _ = add("finalizer-of-any-held", func() error { return newDeal().both() })

// A constructor that puts the file beside its number returns both.

type berthed struct {
	file *os.File
	fd   int
}

type numbered struct{ fd int }

//go:noinline
func newBerthed(f *os.File) io.Closer { return &berthed{file: f, fd: int(f.Fd())} }

//go:noinline
func newNumbered(f *os.File) *numbered { return &numbered{fd: int(f.Fd())} }

func (b *berthed) Close() error { return b.file.Close() }

// shape sound constructor-returned
func berthing() (io.Closer, error) {
	f := opened()
	return newBerthed(f), nil
}

var _ = add("constructor-returned", func() error {
	c, _ := berthing()
	b := c.(*berthed)
	collect()
	err := status(b.fd)
	b.Close()
	return err
})

// shape fail constructor-of-number
func numbering() (*numbered, error) {
	f := opened()
	return newNumbered(f), nil
}

var _ = add("constructor-of-number", func() error {
	n, _ := numbering()
	collect()
	return status(n.fd)
})

// A function that gets a literal and calls it needs it no more when it runs.

//go:noinline
func within(run func() error) error {
	if err := run(); err != nil {
		return err
	}
	return last
}

var (
	last error
	kept func() error
)

//go:noinline
func storing(run func() error) error {
	kept = run
	return run()
}

//go:noinline
func retried(run func() error) error {
	err := errGone
	for range 2 {
		err = run()
	}
	return err
}

//go:noinline
func needing(run func() error) error {
	err := run()
	if run == nil {
		return last
	}
	return err
}

// shape fail called-back
func (c *mast) within() error {
	return within(func() error {
		fd := int(c.f.Fd())
		collect()
		return status(fd)
	})
}

var _ = add("called-back", func() error { return newMast().within() })

// shape sound called-back-stored
func (c *mast) stored() error {
	return storing(func() error {
		fd := int(c.f.Fd())
		collect()
		return status(fd)
	})
}

var _ = add("called-back-stored", func() error { return newMast().stored() })

// shape sound called-back-kept
func (c *mast) kept() error {
	err := within(func() error {
		fd := int(c.f.Fd())
		collect()
		return status(fd)
	})
	runtime.KeepAlive(c)
	return err
}

var _ = add("called-back-kept", func() error { return newMast().kept() })

// shape sound called-back-needed
func (c *mast) needed() error {
	return needing(func() error {
		fd := int(c.f.Fd())
		collect()
		return status(fd)
	})
}

var _ = add("called-back-needed", func() error { return newMast().needed() })

// shape sound called-back-in-turns
func (c *mast) turns() error {
	return retried(func() error {
		fd := int(c.f.Fd())
		collect()
		return status(fd)
	})
}

var _ = add("called-back-in-turns", func() error { return newMast().turns() })
