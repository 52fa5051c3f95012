package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// What holds its owner.

// shape sound rights-held
var _ = add("rights-held", func() error {
	a, b := pair()
	defer syscall.Close(a)
	defer syscall.Close(b)
	f := opened()
	defer f.Close()
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	return syscall.Sendmsg(a, line, rights, nil, 0)
})

// shape sound rights-kept
var _ = add("rights-kept", func() error {
	a, b := pair()
	defer syscall.Close(a)
	defer syscall.Close(b)
	f := opened()
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	err := syscall.Sendmsg(a, line, rights, nil, 0)
	runtime.KeepAlive(f)
	return err
})

// shape sound rights-measured
var _ = add("rights-measured", func() error {
	f := opened()
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	if len(rights) == 0 {
		return errGone
	}
	return nil
})

// shape sound reopened
var _ = add("reopened", func() error {
	f, _ := os.Open(path)
	fd := f.Fd()
	f.Close()
	f, _ = os.Open(other)
	fd = f.Fd()
	collect()
	err := status(int(fd))
	f.Close()
	return err
})

// shape sound reopened-by-turns
var _ = add("reopened-by-turns", func() error {
	var f *os.File
	var fd int
	for _, name := range []string{path, other} {
		f, _ = os.Open(name)
		fd = int(f.Fd())
		collect()
		if err := status(fd); err != nil {
			return err
		}
		f.Close()
	}
	return nil
})

// shape sound reopened-process
var _ = add("reopened-process", func() error {
	p, _ := find()
	fd := p.handle
	p.Release()
	p, _ = find()
	fd = p.handle
	collect()
	err := write(fd)
	p.Release()
	return err
})

// shape sound reopened-deferred
var _ = add("reopened-deferred", func() error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	if err := status(fd); err != nil {
		return err
	}
	f.Close()
	f, err = os.Open(other)
	if err != nil {
		return err
	}
	defer f.Close()
	fd = int(f.Fd())
	collect()
	return status(fd)
})

// shape sound reopened-both-ways
var _ = add("reopened-both-ways", func() error {
	f, _ := os.Open(path)
	fd := int(f.Fd())
	f.Close()
	if len(os.Args) > 5 {
		f, _ = os.Open(path)
		fd = int(f.Fd())
	} else {
		f, _ = os.Open(other)
		fd = int(f.Fd())
	}
	collect()
	err := status(fd)
	f.Close()
	return err
})

// shape sound found-kept
var _ = add("found-kept", func() error {
	p, err := find()
	if err != nil {
		return err
	}
	fd := p.handle
	collect()
	err = write(fd)
	runtime.KeepAlive(p)
	return err
})

// shape sound adopted-kept
var _ = add("adopted-kept", func() error {
	fd, err := syscall.Open(path, syscall.O_RDWR, 0)
	if err != nil {
		return err
	}
	p := newProc(fd)
	collect()
	err = write(fd)
	runtime.KeepAlive(p)
	return err
})

// shape sound holder-flushed
var _ = add("holder-flushed", func() error { return (&holder{f: opened()}).flushed() })

// shape sound holder-flushed-variable
var _ = add("holder-flushed-variable", func() error {
	h := &holder{f: opened()}
	return h.flushed()
})

// shape sound holder-named
var _ = add("holder-named", func() error {
	_, err := (&holder{f: opened()}).named()
	return err
})

// shape sound holder-deferred-sync
var _ = add("holder-deferred-sync", func() error {
	h := holder{f: opened()}
	return h.later()
})

// shape sound holder-here
var _ = add("holder-here", func() error {
	h := &holder{f: opened()}
	fd := int(h.f.Fd())
	collect()
	err := write(fd)
	h.f.Sync()
	return err
})

// shape sound holder-value-here
var _ = add("holder-value-here", func() error {
	h := holder{f: opened()}
	defer h.f.Sync()
	fd := int(h.f.Fd())
	collect()
	return write(fd)
})

// shape sound deferred-kept-inside
var _ = add("deferred-kept-inside", func() (err error) {
	f := opened()
	defer func(fd int) {
		defer runtime.KeepAlive(f)
		collect()
		err = write(fd)
	}(int(f.Fd()))
	return nil
})

// shape sound deferred-kept-last
var _ = add("deferred-kept-last", func() (err error) {
	f := opened()
	defer func(fd int) {
		collect()
		err = write(fd)
		runtime.KeepAlive(f)
	}(int(f.Fd()))
	return nil
})

// shape sound started-kept-inside
var _ = add("started-kept-inside", func() (err error) {
	f := opened()
	done := make(chan error)
	go func(fd int) {
		defer runtime.KeepAlive(f)
		collect()
		done <- write(fd)
	}(int(f.Fd()))
	return <-done
})

// shape sound method-value-used-again
var _ = add("method-value-used-again", func() error {
	get := opened().Fd
	fd := get()
	collect()
	err := write(int(fd))
	get()
	return err
})

// shape sound functional-option-held
var _ = add("functional-option-held", func() error {
	f := opened()
	o := apply(with(f))
	collect()
	err := write(o.fd)
	f.Close()
	return err
})

// shape sound option-literal-held
var _ = add("option-literal-held", func() error {
	f := opened()
	defer f.Close()
	o := apply(func(o *opts) { o.fd = int(f.Fd()) })
	collect()
	return write(o.fd)
})

// shape sound once-value-held
var _ = add("once-value-held", func() error {
	f := opened()
	number := sync.OnceValue(func() uintptr { return f.Fd() })
	fd := number()
	collect()
	err := write(int(fd))
	f.Close()
	return err
})

// shape sound method-expression-held
var _ = add("method-expression-held", func() error {
	f := opened()
	err := used(f, (*os.File).Fd)
	f.Close()
	return err
})

// shape sound pooled-put-back
var _ = add("pooled-put-back", func() error {
	h := spare.Get().(*Proc)
	fd := h.handle
	collect()
	err := write(fd)
	spare.Put(h)
	return err
})

// shape sound deferred-before-close
var _ = add("deferred-before-close", func() (err error) {
	f := opened()
	fd := int(f.Fd())
	defer f.Close()
	defer func() { err = write(fd) }()
	return nil
})

// shape sound holder-deferred-name
var _ = add("holder-deferred-name", func() error {
	h := &holder{f: opened(), name: "a"}
	return h.unheld()
})

func (h *holder) unheld() error {
	defer h.told()
	fd := int(h.f.Fd())
	collect()
	return write(fd)
}

func (h *holder) told() { _ = h.name }

// shape sound rights-over-connection-held
var _ = add("rights-over-connection-held", func() error {
	a, b := connected()
	defer a.Close()
	defer b.Close()
	f := opened()
	defer f.Close()
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	_, _, err := a.WriteMsgUnix(line, rights, nil)
	return err
})

// shape sound rights-shown
var _ = add("rights-shown", func() error {
	f := opened()
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	_ = fmt.Sprint(rights)
	return nil
})

// shape sound switched-held
var _ = add("switched-held", func() error {
	f, _ := os.Open(path)
	fd := int(f.Fd())
	f.Close()
	switch len(os.Args) {
	case 5:
		f, _ = os.Open(path)
		fd = int(f.Fd())
	default:
		f, _ = os.Open(other)
		fd = int(f.Fd())
	}
	collect()
	err := status(fd)
	f.Close()
	return err
})

// shape sound both-held
var _ = add("both-held", func() error {
	f := opened()
	b := &both{f: f, fd: int(f.Fd())}
	return b.flushed()
})

func (b *both) flushed() error {
	fd := b.fd
	collect()
	if err := write(fd); err != nil {
		return err
	}
	b.f.Sync()
	return nil
}

// shape sound both-passed-on-held
var _ = add("both-passed-on-held", func() error {
	f := opened()
	b := &both{f: f, fd: int(f.Fd())}
	return b.flush()
})

func (b *both) flush() error { return b.flushed() }

// shape sound both-held-by-name
var _ = add("both-held-by-name", func() error {
	f := opened()
	b := both{f: f, fd: int(f.Fd())}
	_, err := b.named()
	return err
})

func (b *both) named() (string, error) {
	fd := b.fd
	collect()
	err := write(fd)
	return b.f.Name(), err
}

// shape sound both-held-deferred
var _ = add("both-held-deferred", func() error {
	f := opened()
	b := &both{f: f}
	b.fd = int(f.Fd())
	return b.later()
})

func (b *both) later() error {
	defer b.f.Sync()
	fd := b.fd
	collect()
	return write(fd)
}

// shape sound both-held-by-value
var _ = add("both-held-by-value", func() error {
	f := opened()
	return use(both{f: f, fd: int(f.Fd())})
})

func use(b both) error {
	fd := b.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(b.f)
	return err
}

// shape sound deferred-needed-before
var _ = add("deferred-needed-before", func() (err error) {
	f := opened()
	defer func(fd int) {
		_ = f.Name()
		collect()
		err = write(fd)
	}(int(f.Fd()))
	return nil
})

// shape sound deferred-kept-in-branch
var _ = add("deferred-kept-in-branch", func() (err error) {
	f := opened()
	defer func(fd int) {
		if len(os.Args) > 5 {
			runtime.KeepAlive(f)
		}
		collect()
		err = write(fd)
	}(int(f.Fd()))
	return nil
})

// shape sound struct-filled-and-returned
var _ = add("struct-filled-and-returned", func() error {
	c, err := newChip()
	if err != nil {
		return err
	}
	c.file.Close()
	return nil
})

func newChip() (*chip, error) {
	c := chip{name: "a"}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	c.file = f
	c.fd = int(c.file.Fd())
	c.copy = append(c.copy, 1)
	c.name = f.Name()
	fd := c.fd
	collect()
	if err := status(fd); err != nil {
		return nil, err
	}
	c.lines = 2
	for range c.lines {
		if err := status(c.fd); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// shape sound path-told
var _ = add("path-told", func() error {
	f := opened()
	path := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	f.Close()
	if err := fmt.Errorf("what is %v", path); err == nil || len(path) == 0 {
		return errGone
	}
	return nil
})
