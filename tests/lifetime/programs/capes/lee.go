package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// What loses its owner.

// shape fail rights-sent
var _ = add("rights-sent", func() error {
	a, b := pair()
	defer syscall.Close(a)
	defer syscall.Close(b)
	f := opened()
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	return syscall.Sendmsg(a, line, rights, nil, 0)
})

// shape fail rights-kept-early
var _ = add("rights-kept-early", func() error {
	a, b := pair()
	defer syscall.Close(a)
	defer syscall.Close(b)
	f := opened()
	rights := syscall.UnixRights(int(f.Fd()))
	runtime.KeepAlive(f)
	collect()
	return syscall.Sendmsg(a, line, rights, nil, 0)
})

// shape fail rights-of-several
var _ = add("rights-of-several", func() error {
	a, b := pair()
	defer syscall.Close(a)
	defer syscall.Close(b)
	f, g := opened(), opened()
	numbers := []int{int(f.Fd()), int(g.Fd())}
	rights := syscall.UnixRights(numbers...)
	collect()
	_, err := syscall.SendmsgN(a, line, rights, nil, 0)
	return err
})

// shape fail rights-by-function
var _ = add("rights-by-function", func() error {
	a, b := pair()
	defer syscall.Close(a)
	defer syscall.Close(b)
	return sent(a, opened())
})

func sent(to int, f *os.File) error {
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	return syscall.Sendmsg(to, line, rights, nil, 0)
}

// shape fail reopened-lost
var _ = add("reopened-lost", func() error {
	f, _ := os.Open(path)
	fd := int(f.Fd())
	status(fd)
	f.Close()
	f, _ = os.Open(other)
	fd = int(f.Fd())
	collect()
	return status(fd)
})

// shape fail reopened-closed
var _ = add("reopened-closed", func() error {
	f, _ := os.Open(path)
	fd := int(f.Fd())
	status(fd)
	f.Close()
	f, _ = os.Open(other)
	fd = int(f.Fd())
	f.Close()
	return status(fd)
})

// shape fail reopened-in-branch
var _ = add("reopened-in-branch", func() error {
	f, _ := os.Open(path)
	fd := int(f.Fd())
	f.Close()
	if len(os.Args) > 5 {
		f, _ = os.Open(other)
		fd = int(f.Fd())
	}
	err := status(fd)
	f.Close()
	return err
})

// shape fail found-process
var _ = add("found-process", func() error {
	p, err := find()
	if err != nil {
		return err
	}
	fd := p.handle
	collect()
	return write(fd)
})

// shape fail adopted-number
var _ = add("adopted-number", func() error {
	fd, err := syscall.Open(path, syscall.O_RDWR, 0)
	if err != nil {
		return err
	}
	p := newProc(fd)
	_ = p
	collect()
	return write(fd)
})

// shape fail holder-flushed-before
var _ = add("holder-flushed-before", func() error { return (&holder{f: opened()}).earlier() })

func (h *holder) earlier() error {
	fd := int(h.f.Fd())
	h.f.Sync()
	collect()
	return write(fd)
}

// shape fail deferred-with-number
var _ = add("deferred-with-number", func() (err error) {
	f := opened()
	defer func(fd int) {
		collect()
		err = write(fd)
	}(int(f.Fd()))
	return nil
})

// shape fail method-value-of-call
var _ = add("method-value-of-call", func() error {
	get := opened().Fd
	fd := get()
	collect()
	return write(int(fd))
})

// shape fail method-value-of-variable
var _ = add("method-value-of-variable", func() error {
	f := opened()
	get := f.Fd
	fd := get()
	collect()
	return write(int(fd))
})

// shape fail functional-option
var _ = add("functional-option", func() error {
	o := apply(with(opened()))
	collect()
	return write(o.fd)
})

func with(f *os.File) option { return func(o *opts) { o.fd = int(f.Fd()) } }

// shape fail option-literal
var _ = add("option-literal", func() error {
	f := opened()
	o := apply(func(o *opts) { o.fd = int(f.Fd()) })
	collect()
	return write(o.fd)
})

// shape fail once-value
var _ = add("once-value", func() error {
	f := opened()
	number := sync.OnceValue(func() uintptr { return f.Fd() })
	fd := number()
	collect()
	return write(int(fd))
})

// shape fail once-value-again
var _ = add("once-value-again", func() error {
	f := opened()
	number := sync.OnceValue(func() uintptr { return f.Fd() })
	number()
	collect()
	return write(int(number()))
})

// shape fail method-expression
var _ = add("method-expression", func() error { return used(opened(), (*os.File).Fd) })

func used[T any](value T, take func(T) uintptr) error {
	fd := take(value)
	collect()
	return write(int(fd))
}

// shape fail pooled
var _ = add("pooled", func() error {
	h := spare.Get().(*Proc)
	fd := h.handle
	collect()
	return write(fd)
})

// shape fail both-flushed-before
var _ = add("both-flushed-before", func() error {
	f := opened()
	b := &both{f: f, fd: int(f.Fd())}
	return b.early()
})

func (b *both) early() error {
	b.f.Sync()
	fd := b.fd
	collect()
	return write(fd)
}

// shape fail both-never-used
var _ = add("both-never-used", func() error {
	f := opened()
	b := both{f: f, fd: int(f.Fd())}
	return b.write()
})

func (b *both) write() error {
	fd := b.fd
	collect()
	return write(fd)
}

// shape fail both-passed-on
var _ = add("both-passed-on", func() error {
	f := opened()
	b := both{f: f, fd: int(f.Fd())}
	return b.run()
})

func (b *both) run() error { return b.write() }

// shape fail both-used-in-branch
var _ = add("both-used-in-branch", func() error {
	f := opened()
	b := both{f: f, fd: int(f.Fd())}
	return b.maybe(len(os.Args) > 5)
})

func (b *both) maybe(flush bool) error {
	if flush {
		b.f.Sync()
		return nil
	}
	fd := b.fd
	collect()
	return write(fd)
}

// shape fail owner-of-file-deferred
var _ = add("owner-of-file-deferred", func() error { return newOwner().later() })

func (o *owner) later() error {
	defer o.f.Sync()
	fd := int(o.f.Fd())
	collect()
	return write(fd)
}

// shape fail deferred-behind-close
var _ = add("deferred-behind-close", func() (err error) {
	f := opened()
	fd := int(f.Fd())
	defer func() { err = write(fd) }()
	defer f.Close()
	return nil
})

// shape fail rights-over-connection
var _ = add("rights-over-connection", func() error {
	a, b := connected()
	defer a.Close()
	defer b.Close()
	f := opened()
	rights := syscall.UnixRights(int(f.Fd()))
	collect()
	_, _, err := a.WriteMsgUnix(line, rights, nil)
	return err
})

// shape fail rights-joined
var _ = add("rights-joined", func() error {
	a, b := pair()
	defer syscall.Close(a)
	defer syscall.Close(b)
	f := opened()
	var rights []byte
	rights = append(rights, syscall.UnixRights(int(f.Fd()))...)
	collect()
	return syscall.Sendmsg(a, line, rights, nil, 0)
})

// shape fail rights-in-message
var _ = add("rights-in-message", func() error {
	a, b := pair()
	defer syscall.Close(a)
	defer syscall.Close(b)
	f := opened()
	m := &message{text: line, rights: syscall.UnixRights(int(f.Fd()))}
	collect()
	return m.send(a)
})

// shape fail set-of-descriptors
var _ = add("set-of-descriptors", func() error {
	r, w := pipe()
	var set syscall.FdSet
	fd := int(r.Fd())
	set.Bits[fd/64] |= 1 << (uint(fd) % 64)
	collect()
	n, err := syscall.Select(fd+1, &set, nil, nil, &syscall.Timeval{})
	w.Close()
	return awaited(n, err)
})

// shape fail switched
var _ = add("switched", func() error {
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
	return status(fd)
})

// shape fail started-needed-before
var _ = add("started-needed-before", func() (err error) {
	f := opened()
	done := make(chan error)
	go func(fd int) {
		_ = f.Name()
		collect()
		done <- write(fd)
	}(int(f.Fd()))
	return <-done
})

// shape fail struct-filled-and-emptied
var _ = add("struct-filled-and-emptied", func() error {
	c := &chip{name: "a"}
	c.file, _ = os.Open(path)
	c.fd = int(c.file.Fd())
	fd := c.fd
	c.file = nil
	c.lines = 2
	collect()
	err := status(fd)
	runtime.KeepAlive(c)
	return err
})

// shape fail path-opened
var _ = add("path-opened", func() error {
	f := opened()
	path := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	f.Close()
	if _, err := os.Stat(path); err != nil {
		return errGone
	}
	return nil
})
