package main

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

type Tap struct {
	fd   int
	name string
}

//go:noinline
func newTap() *Tap {
	t := &Tap{fd: null(), name: "tap"}
	runtime.SetFinalizer(t, (*Tap).Close)
	return t
}

func (t *Tap) Close() error {
	runtime.SetFinalizer(t, nil)
	return syscall.Close(t.fd)
}

func write(fd int) error {
	_, err := syscall.Write(fd, payload)
	return err
}

func file() *os.File {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

// shape sound plain
var _ = add("plain", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	return err
})

// shape sound deferred
var _ = add("deferred", func() error {
	t := newTap()
	defer runtime.KeepAlive(t)
	fd := t.fd
	collect()
	return write(fd)
})

// shape sound parameter
var _ = add("parameter", func() error { return parameter(newTap()) })

//go:noinline
func parameter(t *Tap) error {
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	return err
}

// shape sound receiver
var _ = add("receiver", func() error { return newTap().send() })

//go:noinline
func (t *Tap) send() error {
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	return err
}

// shape sound loop
var _ = add("loop", func() error {
	t := newTap()
	fd := t.fd
	for i := 0; i < 2; i++ {
		collect()
		if err := write(fd); err != nil {
			return err
		}
	}
	runtime.KeepAlive(t)
	return nil
})

// shape sound branch
var _ = add("branch", func() error {
	t := newTap()
	fd := t.fd
	if len(payload) == 1 {
		collect()
		err := write(fd)
		runtime.KeepAlive(t)
		return err
	}
	return nil
})

// shape sound literal
var _ = add("literal", func() error {
	t := newTap()
	fd := t.fd
	return func() error {
		collect()
		err := write(fd)
		runtime.KeepAlive(t)
		return err
	}()
})

type rack struct{ tap *Tap }

// shape sound holder
var _ = add("holder", func() error {
	r := &rack{newTap()}
	fd := r.tap.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(r)
	return err
})

// shape sound field
var _ = add("field", func() error {
	r := rack{newTap()}
	fd := r.tap.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(r.tap)
	return err
})

// shape sound interface
var _ = add("interface", func() error {
	var c interface{ Close() error } = newTap()
	fd := c.(*Tap).fd
	collect()
	err := write(fd)
	runtime.KeepAlive(c)
	return err
})

// shape sound slice
var _ = add("slice", func() error {
	taps := []*Tap{newTap(), newTap()}
	a, b := taps[0].fd, taps[1].fd
	collect()
	err := errors.Join(write(a), write(b))
	runtime.KeepAlive(taps)
	return err
})

// shape sound generic
var _ = add("generic", func() error { return generic(newTap(), newTap().fd) })

func generic[T any](v T, _ int) error {
	fd := any(v).(*Tap).fd
	collect()
	err := write(fd)
	runtime.KeepAlive(v)
	return err
}

// shape sound file
var _ = add("file", func() error {
	f := file()
	fd := int(f.Fd())
	collect()
	err := write(fd)
	runtime.KeepAlive(f)
	return err
})

// shape sound address
var _ = add("address", func() error {
	p := new([64]*int)
	gone := make(chan bool, 1)
	runtime.SetFinalizer(p, func(*[64]*int) { gone <- true })
	n := uintptr(unsafe.Pointer(p))
	collect()
	runtime.KeepAlive(p)
	select {
	case <-gone:
		return errGone
	default:
		return check(n)
	}
})

func check(n uintptr) error {
	if n == 0 {
		return errGone
	}
	return nil
}

// shape sound then-printed
var _ = add("then-printed", func() error {
	t := newTap()
	fd := t.fd
	collect()
	if err := write(fd); err != nil {
		return err
	}
	runtime.KeepAlive(t)
	os.Stderr.WriteString("")
	return nil
})

// shape sound two-one-of-them
var _ = add("two-one-of-them", func() error {
	a, b := newTap(), newTap()
	fd, other := a.fd, b.fd
	collect()
	err := errors.Join(write(fd), write(other))
	runtime.KeepAlive(a)
	return errors.Join(err, b.Close())
})

// armed marks what a collection took.
type armed struct {
	gone chan bool
	n    uintptr
}

func (a *armed) lost() error {
	select {
	case <-a.gone:
		return errGone
	default:
		return check(a.n)
	}
}

func arm[T any](p *T) *armed {
	a := &armed{make(chan bool, 1), uintptr(unsafe.Pointer(p))}
	gone := a.gone
	runtime.SetFinalizer(p, func(*T) { gone <- true })
	return a
}

// shape sound array
var _ = add("array", func() error {
	var buffer [64]byte
	a := arm(&buffer)
	collect()
	runtime.KeepAlive(&buffer)
	return a.lost()
})

// shape sound array-by-value
var _ = add("array-by-value", func() error {
	var buffer [64]byte
	a := arm(&buffer)
	collect()
	runtime.KeepAlive(buffer)
	return a.lost()
})

// shape sound number-with-address
var _ = add("number-with-address", func() error {
	var n [4]int
	first := &n
	a := arm(first)
	collect()
	runtime.KeepAlive(&n)
	return a.lost()
})

type cell struct{ a, b, c, d int }

//go:noinline
func (c *cell) arm() *armed { return arm(c) }

// shape sound method-takes-address
var _ = add("method-takes-address", func() error {
	var c cell
	a := c.arm()
	collect()
	runtime.KeepAlive(c)
	return a.lost()
})

// shape sound method-value-takes-address
var _ = add("method-value-takes-address", func() error {
	var c cell
	get := c.arm
	a := get()
	collect()
	runtime.KeepAlive(&c)
	return a.lost()
})

//go:noinline
func armBytes(b []byte) *armed { return arm((*[64]byte)(b)) }

// shape sound sliced
var _ = add("sliced", func() error {
	var buffer [64]byte
	a := armBytes(buffer[:])
	collect()
	runtime.KeepAlive(&buffer)
	return a.lost()
})

// shape sound text
var _ = add("text", func() error {
	b := make([]byte, 64)
	text := unsafe.String(&b[0], len(b))
	a := armBytes(b)
	collect()
	runtime.KeepAlive(text)
	return a.lost()
})

//go:noinline
func textAndArmed() (string, *armed) {
	b := make([]byte, 64)
	return unsafe.String(&b[0], len(b)), armBytes(b)
}

// shape sound text-of-elsewhere
var _ = add("text-of-elsewhere", func() error {
	text, a := textAndArmed()
	collect()
	runtime.KeepAlive(text)
	return a.lost()
})

// shape sound copy-with-pointer
var _ = add("copy-with-pointer", func() error {
	r := &rack{newTap()}
	c := *r
	fd := c.tap.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(c)
	return err
})

var current = newTap()

// shape sound replaced
var _ = add("replaced", func() error {
	t := current
	current = newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	return err
})

var held = rack{newTap()}

// shape sound replaced-field
var _ = add("replaced-field", func() error {
	t := held.tap
	empty(&held)
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	return err
})

//go:noinline
func empty(r *rack) { r.tap = nil }

// shape sound captured
var _ = add("captured", func() error {
	t := newTap()
	keep := func() { runtime.KeepAlive(t) }
	fd := t.fd
	collect()
	err := write(fd)
	keep()
	return err
})

// shape sound closed-if
var _ = add("closed-if", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	if err != nil {
		t.Close()
	}
	return err
})

// shape sound closed-by-literal
var _ = add("closed-by-literal", func() error {
	f := file()
	fd := int(f.Fd())
	var last error
	collect()
	err := write(fd)
	defer func() { last = f.Close() }()
	runtime.KeepAlive(f)
	return errors.Join(err, last)
})

// ---- keep nothing

// shape fail closed-behind
var _ = add("closed-behind", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	t.Close()
	return err
})

// shape fail deferred-close
var _ = add("deferred-close", func() error {
	f := file()
	defer f.Close()
	fd := int(f.Fd())
	collect()
	err := write(fd)
	runtime.KeepAlive(f)
	return err
})

// shape fail number
var _ = add("number", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(fd)
	return err
})

// shape fail number-of-file
var _ = add("number-of-file", func() error {
	f := file()
	fd := f.Fd()
	collect()
	err := write(int(fd))
	runtime.KeepAlive(fd)
	return err
})

// shape fail too-early
var _ = add("too-early", func() error {
	t := newTap()
	fd := t.fd
	runtime.KeepAlive(t)
	collect()
	return write(fd)
})

// shape fail field-number
var _ = add("field-number", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	n := fd
	runtime.KeepAlive(n)
	return err
})

// shape fail nothing
var _ = add("nothing", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(nil)
	return err
})

var shared = newTap()

// shape fail global
var _ = add("global", func() error {
	fd := shared.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(shared)
	return err
})

// shape fail global-local
var _ = add("global-local", func() error {
	t := shared
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	return err
})

// shape fail twice
var _ = add("twice", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	runtime.KeepAlive(t)

	return err
})

// shape fail emptied
var _ = add("emptied", func() error {
	t := newTap()
	fd := t.fd
	t = nil
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	return err
})

// shape fail copy
var _ = add("copy", func() error {
	t := newTap()
	c := *t
	collect()
	err := write(c.fd)
	runtime.KeepAlive(c)
	return err
})

// shape fail used-behind
var _ = add("used-behind", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(t)
	if err := t.send(); err != nil {
		return err
	}
	return err
})

// shape fail pair
var _ = add("pair", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive([2]int{fd, fd})
	return err
})

// shape fail converted
var _ = add("converted", func() error {
	f := file()
	fd := f.Fd()
	collect()
	err := write(int(fd))
	runtime.KeepAlive(int(fd))
	return err
})

// shape fail name
var _ = add("name", func() error {
	t := newTap()
	fd, name := t.fd, t.name
	collect()
	err := write(fd)
	runtime.KeepAlive(name)
	return err
})

type number uintptr

// shape fail named-number
var _ = add("named-number", func() error {
	f := file()
	fd := number(f.Fd())
	collect()
	err := write(int(fd))
	runtime.KeepAlive(fd)
	return err
})

// shape fail address-of-number
var _ = add("address-of-number", func() error {
	t := newTap()
	fd := t.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(&fd)
	return err
})

// shape fail address-of-file-number
var _ = add("address-of-file-number", func() error {
	f := file()
	fd := f.Fd()
	collect()
	err := write(int(fd))
	runtime.KeepAlive(&fd)
	return err
})

// shape fail address-of-copy
var _ = add("address-of-copy", func() error {
	t := newTap()
	c := cell{a: t.fd}
	collect()
	err := write(c.a)
	runtime.KeepAlive(&c)
	return err
})

// shape fail number-in-literal
var _ = add("number-in-literal", func() error {
	t := newTap()
	fd := t.fd
	return func() error {
		collect()
		err := write(fd)
		runtime.KeepAlive(fd)
		return err
	}()
})

// shape fail number-deferred
var _ = add("number-deferred", func() error {
	t := newTap()
	fd := t.fd
	defer runtime.KeepAlive(fd)
	collect()
	return write(fd)
})

// shape fail field-of-owner
var _ = add("field-of-owner", func() error {
	r := rack{newTap()}
	fd := r.tap.fd
	c := *r.tap
	collect()
	err := write(fd)
	runtime.KeepAlive(c.fd)
	return err
})

// shape fail method-of-owner
var _ = add("method-of-owner", func() error {
	f := file()
	fd := f.Fd()
	collect()
	err := write(int(fd))
	runtime.KeepAlive(int(fd) + 1)
	return err
})

type numbered struct {
	f  *os.File
	fd int
}

func wrapped(f *os.File) *numbered { return &numbered{f, int(f.Fd())} }

func copied(f *os.File) numbered { return numbered{f, int(f.Fd())} }

// shape sound holder-of-owner
var _ = add("holder-of-owner", func() error {
	f := file()
	h := wrapped(f)
	fd := h.fd
	collect()
	err := write(fd)
	runtime.KeepAlive(h)
	return err
})

// shape sound struct-of-owner
var _ = add("struct-of-owner", func() error {
	h := copied(file())
	collect()
	err := write(h.fd)
	runtime.KeepAlive(h)
	return err
})

// shape fail number-of-call
var _ = add("number-of-call", func() error {
	fd := int(file().Fd())
	collect()
	err := write(fd)
	runtime.KeepAlive(fd)
	return err
})
