package main

import (
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"piers/rig"
)

// A number lies in a struct beside the file that it is of.

const null0 = "/dev/null"

func certain[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func use(fd int) error {
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

func file() *os.File { return certain(os.OpenFile(null0, os.O_RDWR, 0)) }

type device struct {
	f  *os.File
	fd int
}

func openDevice(path string) *device {
	f := certain(os.OpenFile(path, os.O_RDWR, 0))
	return &device{f: f, fd: int(f.Fd())}
}

//go:noinline
func openApart(path string) (*device, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	fd := int(f.Fd())
	d := &device{f: f, fd: fd}
	return d, nil
}

func (d *device) number() int { return d.fd }

func (d *device) Close() error { return d.f.Close() }

// shape fail beside-field
var _ = add("beside-field", func() error {
	d := openDevice(null0)
	fd := d.fd
	return use(fd)
})

// shape fail beside-field-direct
var _ = add("beside-field-direct", func() error {
	d := openDevice(null0)
	return use(d.fd)
})

// shape fail beside-with-error
var _ = add("beside-with-error", func() error {
	d, err := openApart(null0)
	if err != nil {
		return err
	}
	fd := d.fd
	return use(fd)
})

// shape fail beside-getter
var _ = add("beside-getter", func() error {
	d := openDevice(null0)
	fd := d.number()
	return use(fd)
})

// shape fail beside-method
type beam struct {
	f  *os.File
	fd int
}

func openBeam() (*beam, error) {
	f, err := os.OpenFile(null0, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &beam{f: f, fd: int(f.Fd())}, nil
}

func (b *beam) send() error { return use(b.fd) }

var _ = add("beside-method", func() error {
	return certain(openBeam()).send()
})

// shape fail beside-method-of-variable
type plank struct {
	f  *os.File
	fd int
}

func openPlank() (*plank, error) {
	f, err := os.OpenFile(null0, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &plank{f: f, fd: int(f.Fd())}, nil
}

func (p *plank) send() error {
	fd := p.fd
	return use(fd)
}

var _ = add("beside-method-of-variable", func() error {
	p, err := openPlank()
	if err != nil {
		return err
	}
	return p.send()
})

// shape fail beside-chain
var _ = add("beside-chain", func() error {
	return use(openDevice(null0).fd)
})

type slip struct {
	f  *os.File
	fd int
}

func openSlip() slip {
	var s slip
	s.f = file()
	s.fd = int(s.f.Fd())
	return s
}

// shape fail beside-value
var _ = add("beside-value", func() error {
	s := openSlip()
	return use(s.fd)
})

type sock struct {
	conn net.PacketConn
	fd   int
}

func openSock() *sock {
	c := certain(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	s := &sock{conn: c}
	rc, err := c.SyscallConn()
	if err != nil {
		panic(err)
	}
	rc.Control(func(fd uintptr) { s.fd = int(fd) })
	return s
}

// shape fail beside-conn
var _ = add("beside-conn", func() error {
	s := openSock()
	fd := s.fd
	collect()
	return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
})

type finalized struct {
	f    *os.File
	fd   int
	name string
}

func openFinalized() *finalized {
	f := file()
	z := &finalized{f: f, fd: int(f.Fd()), name: null0}
	runtime.SetFinalizer(z, func(z *finalized) { z.f.Close() })
	return z
}

// shape fail beside-own-finalizer
var _ = add("beside-own-finalizer", func() error {
	z := openFinalized()
	fd := z.fd
	return use(fd)
})

// shape fail beside-interface
type pile struct {
	f  *os.File
	fd int
}

func openPile() (*pile, error) {
	f, err := os.OpenFile(null0, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &pile{f: f, fd: int(f.Fd())}, nil
}

func (p *pile) emit() error { return use(p.fd) }

type sender interface{ emit() error }

func openSender() sender { return certain(openPile()) }

var _ = add("beside-interface", func() error {
	return openSender().emit()
})

type numbered interface{ number() int }

// shape fail beside-own-interface
var _ = add("beside-own-interface", func() error {
	var n numbered = openDevice(null0)
	fd := n.number()
	return use(fd)
})

type pair[T any] struct {
	owner T
	fd    int
}

func paired(f *os.File) *pair[*os.File] {
	return &pair[*os.File]{owner: f, fd: int(f.Fd())}
}

// shape fail beside-generic
var _ = add("beside-generic", func() error {
	p := paired(file())
	fd := p.fd
	return use(fd)
})

// shape fail option-with-number
type client struct{ fd int }

type option func(*client)

func withFD(fd int) option { return func(c *client) { c.fd = fd } }

func newClient(options ...option) *client {
	c := &client{fd: -1}
	for _, one := range options {
		one(c)
	}
	return c
}

var _ = add("option-with-number", func() error {
	f := file()
	c := newClient(withFD(int(f.Fd())))
	return use(c.fd)
})

// shape fail foreign-beside-field
var _ = add("foreign-beside-field", func() error {
	d := certain(rig.Open(null0))
	fd := d.FD
	return use(fd)
})

// shape fail foreign-beside-getter
var _ = add("foreign-beside-getter", func() error {
	d, err := rig.Open(null0)
	if err != nil {
		return err
	}
	fd := d.Fd()
	return use(fd)
})

type outerDevice struct {
	*device
	name string
}

// shape fail beside-embedded
var _ = add("beside-embedded", func() error {
	o := outerDevice{openDevice(null0), "o"}
	fd := o.fd
	return use(fd)
})

// shape fail not-held-at-all
type line struct{ fd int }

func openLine() line {
	f := file()
	return line{fd: int(f.Fd())}
}

var _ = add("not-held-at-all", func() error {
	l := openLine()
	return use(l.fd)
})

// shape fail package-variable-number
var packageNumber = int(certain(os.OpenFile(null0, os.O_RDWR, 0)).Fd())

var _ = add("package-variable-number", func() error { return use(packageNumber) })

func both() (*os.File, int) {
	f := file()
	return f, int(f.Fd())
}

// shape fail both-returned
var _ = add("both-returned", func() error {
	f, fd := both()
	if f == nil {
		return nil
	}
	return use(fd)
})

// shape fail both-returned-blank
var _ = add("both-returned-blank", func() error {
	_, fd := both()
	return use(fd)
})

// shape fail beside-goroutine
var _ = add("beside-goroutine", func() error {
	d := openDevice(null0)
	done := make(chan error)
	fd := d.fd
	go func() { done <- use(fd) }()
	return <-done
})

// shape fail beside-local-struct
var _ = add("beside-local-struct", func() error {
	f := file()
	d := device{f: f, fd: int(f.Fd())}
	fd := d.fd
	return use(fd)
})

func fill(d *device) {
	d.f = file()
	d.fd = int(d.f.Fd())
}

// shape fail beside-filled
var _ = add("beside-filled", func() error {
	var d device
	fill(&d)
	return use(d.fd)
})

// Owners dropped from what held them.

type registry struct {
	mu sync.Mutex
	by map[string]*os.File
}

// shape fail deleted
var _ = add("deleted", func() error {
	r := registry{by: map[string]*os.File{"a": file()}}
	fd := int(r.by["a"].Fd())
	delete(r.by, "a")
	return use(fd)
})

var open = map[string]*os.File{}

// shape fail deleted-from-package-map
var _ = add("deleted-from-package-map", func() error {
	open["a"] = file()
	fd := int(open["a"].Fd())
	delete(open, "a")
	return use(fd)
})

// shape fail cleared-package-map
var _ = add("cleared-package-map", func() error {
	f := file()
	open["b"] = f
	fd := int(f.Fd())
	clear(open)
	return use(fd)
})

var slot atomic.Pointer[os.File]

// shape fail slot-emptied
var _ = add("slot-emptied", func() error {
	f := file()
	slot.Store(f)
	fd := int(f.Fd())
	slot.Store(nil)
	return use(fd)
})

var current *os.File

// shape fail package-variable-emptied
var _ = add("package-variable-emptied", func() error {
	current = file()
	fd := int(current.Fd())
	current = nil
	return use(fd)
})

// shape fail package-variable-replaced
var _ = add("package-variable-replaced", func() error {
	f := file()
	current = f
	fd := int(f.Fd())
	current = file()
	return use(fd)
})

type holder struct{ f *os.File }

// shape fail field-emptied
var _ = add("field-emptied", func() error {
	h := &holder{f: file()}
	fd := int(h.f.Fd())
	h.f = nil
	err := use(fd)
	runtime.KeepAlive(h)
	return err
})

// shape fail syncmap-deleted
var _ = add("syncmap-deleted", func() error {
	var m sync.Map
	m.Store("a", file())
	v, _ := m.Load("a")
	fd := int(v.(*os.File).Fd())
	m.Delete("a")
	err := use(fd)
	runtime.KeepAlive(&m)
	return err
})

// shape fail slice-cut
var _ = add("slice-cut", func() error {
	stack := []*os.File{file(), file()}
	top := stack[1]
	stack[1] = nil
	stack = stack[:1]
	fd := int(top.Fd())
	err := use(fd)
	runtime.KeepAlive(stack)
	return err
})

// Own interfaces, pools, transactions.

type mem interface{ Raw() int }

type db struct{ fd int }

func openDB() *db {
	d := &db{fd: null()}
	runtime.SetFinalizer(d, func(d *db) { syscall.Close(d.fd) })
	return d
}

func (d *db) Raw() int { return d.fd }

// shape fail own-interface
var _ = add("own-interface", func() error {
	var m mem = openDB()
	fd := m.Raw()
	return use(fd)
})

type box struct{ m mem }

// shape fail interface-in-struct
var _ = add("interface-in-struct", func() error {
	b := box{m: openDB()}
	fd := b.m.Raw()
	return use(fd)
})

type txn struct {
	d  *db
	id int
}

func (d *db) begin() txn                       { return txn{d: d, id: 1} }
func (t txn) raw() int                         { return t.d.fd }
func (d *db) update(f func(t txn) error) error { return f(d.begin()) }

// shape fail txn-value
var _ = add("txn-value", func() error {
	t := openDB().begin()
	fd := t.raw()
	return use(fd)
})

// shape fail txn-in-literal
var _ = add("txn-in-literal", func() error {
	return openDB().update(func(t txn) error {
		fd := t.raw()
		return use(fd)
	})
})

var pool = sync.Pool{New: func() any { return openDB() }}

// shape fail pooled-and-dropped
var _ = add("pooled-and-dropped", func() error {
	d := pool.Get().(*db)
	fd := d.Raw()
	return use(fd)
})

// shape fail struct-of-two
var _ = add("struct-of-two", func() error {
	two := struct{ a, b *db }{openDB(), openDB()}
	a, b := two.a.fd, two.b.fd
	if err := use(a); err != nil {
		return err
	}
	return use(b)
})
