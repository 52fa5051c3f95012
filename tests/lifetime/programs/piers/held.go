package main

import (
	"os"
	"runtime"
	"sync"
	"syscall"

	"piers/rig"
)

// shape sound beside-closed
var _ = add("beside-closed", func() error {
	d := openDevice(null0)
	defer d.Close()
	fd := d.fd
	return use(fd)
})

// shape sound beside-closed-behind
var _ = add("beside-closed-behind", func() error {
	d, err := openApart(null0)
	if err != nil {
		return err
	}
	if err := use(d.fd); err != nil {
		return err
	}
	return d.f.Close()
})

// shape sound beside-kept
var _ = add("beside-kept", func() error {
	d := openDevice(null0)
	err := use(d.fd)
	runtime.KeepAlive(d)
	return err
})

type mast struct {
	f  *os.File
	fd int
}

// shape sound beside-method-kept
func (m *mast) send() error { return use(m.fd) }

var _ = add("beside-method-kept", func() error {
	f := file()
	m := &mast{f: f, fd: int(f.Fd())}
	defer m.f.Close()
	return m.send()
})

type careful struct {
	f  *os.File
	fd int
}

func openCareful() *careful {
	f := file()
	return &careful{f: f, fd: int(f.Fd())}
}

func (c *careful) send() error {
	defer runtime.KeepAlive(c)
	return use(c.fd)
}

// shape sound beside-keeps-itself
var _ = add("beside-keeps-itself", func() error {
	return openCareful().send()
})

type copied struct {
	f  *os.File
	fd int
}

func openCopied() *copied {
	f := file()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		panic(err)
	}
	runtime.KeepAlive(f)
	return &copied{f: f, fd: fd}
}

// shape sound beside-duplicate
var _ = add("beside-duplicate", func() error {
	c := openCopied()
	fd := c.fd
	return use(fd)
})

type either struct {
	f  *os.File
	fd int
}

func openEither(raw bool) *either {
	if raw {
		return &either{fd: null()}
	}
	f := file()
	return &either{f: f, fd: int(f.Fd())}
}

// shape sound beside-nothing
var _ = add("beside-nothing", func() error {
	e := openEither(true)
	fd := e.fd
	return use(fd)
})

type other struct {
	log *os.File
	fd  int
}

func openOther() *other {
	return &other{log: file(), fd: null()}
}

// shape sound beside-another
var _ = add("beside-another", func() error {
	o := openOther()
	fd := o.fd
	return use(fd)
})

type listed struct {
	f  *os.File
	fd int
}

var all []*listed

func openListed() *listed {
	f := file()
	l := &listed{f: f, fd: int(f.Fd())}
	all = append(all, l)
	return l
}

// shape sound beside-listed
var _ = add("beside-listed", func() error {
	l := openListed()
	fd := l.fd
	return use(fd)
})

type lent struct {
	f  *os.File
	fd int
}

func lend(f *os.File) *lent { return &lent{f: f, fd: int(f.Fd())} }

// shape sound beside-lent
var _ = add("beside-lent", func() error {
	f := file()
	defer f.Close()
	l := lend(f)
	fd := l.fd
	return use(fd)
})

// shape sound beside-lent-to-stdout
var _ = add("beside-lent-to-stdout", func() error {
	l := lend(os.Stdout)
	fd := l.fd
	collect()
	var stat syscall.Stat_t
	return syscall.Fstat(fd, &stat)
})

var global *device

// shape sound beside-global
var _ = add("beside-global", func() error {
	global = openDevice(null0)
	fd := global.fd
	return use(fd)
})

// shape sound foreign-closed
var _ = add("foreign-closed", func() error {
	d, err := rig.Open(null0)
	if err != nil {
		return err
	}
	defer d.Close()
	return use(d.Fd())
})

// shape sound beside-channel
var _ = add("beside-channel", func() error {
	d := openDevice(null0)
	done := make(chan error)
	go func() {
		done <- use(d.fd)
		d.Close()
	}()
	return <-done
})

// shape sound beside-loop
var _ = add("beside-loop", func() error {
	d := openDevice(null0)
	for i := 0; i < 3; i++ {
		if err := use(d.fd); err != nil {
			return err
		}
	}
	return d.Close()
})

type moved struct {
	f  *os.File
	fd int
}

func openMoved() *moved {
	f := file()
	return &moved{f: f, fd: int(f.Fd())}
}

func (m *moved) take() *os.File {
	f := m.f
	m.f = nil
	return f
}

// shape sound beside-moved-out
var _ = add("beside-moved-out", func() error {
	m := openMoved()
	f := m.take()
	err := use(m.fd)
	f.Close()
	return err
})

type again struct {
	f  *os.File
	fd int
}

func openAgain() *again {
	f := file()
	return &again{f: f, fd: int(f.Fd())}
}

// shape sound beside-number-replaced
var _ = add("beside-number-replaced", func() error {
	a := openAgain()
	a.f.Close()
	a.fd = null()
	return use(a.fd)
})

// shape sound option-with-number-held
var _ = add("option-with-number-held", func() error {
	f := file()
	defer f.Close()
	c := newClient(withFD(int(f.Fd())))
	return use(c.fd)
})

// shape sound package-variable-both
var packageFile = file()
var packageFD = int(packageFile.Fd())

var _ = add("package-variable-both", func() error { return use(packageFD) })

// shape sound both-returned-held
var _ = add("both-returned-held", func() error {
	f, fd := both()
	defer f.Close()
	return use(fd)
})

// shape sound deleted-behind
var _ = add("deleted-behind", func() error {
	open["c"] = file()
	err := use(int(open["c"].Fd()))
	delete(open, "c")
	return err
})

// shape sound deleted-another
var _ = add("deleted-another", func() error {
	open["d"], open["e"] = file(), file()
	fd := int(open["d"].Fd())
	delete(open, "e")
	return use(fd)
})

// shape sound slot-emptied-held
var _ = add("slot-emptied-held", func() error {
	f := file()
	slot.Store(f)
	fd := int(f.Fd())
	slot.Store(nil)
	err := use(fd)
	f.Close()
	return err
})

// shape sound slot-kept
var _ = add("slot-kept", func() error {
	slot.Store(file())
	fd := int(slot.Load().Fd())
	return use(fd)
})

var second *os.File

// shape sound package-variable-moved
var _ = add("package-variable-moved", func() error {
	current = file()
	fd := int(current.Fd())
	second, current = current, nil
	return use(fd)
})

// shape sound deleted-and-closed
var _ = add("deleted-and-closed", func() error {
	f := file()
	open["g"] = f
	defer f.Close()
	delete(open, "g")
	return use(int(f.Fd()))
})

// shape sound own-interface-held
var _ = add("own-interface-held", func() error {
	var m mem = openDB()
	fd := m.Raw()
	err := use(fd)
	runtime.KeepAlive(m)
	return err
})

// shape sound txn-in-literal-held
var _ = add("txn-in-literal-held", func() error {
	d := openDB()
	err := d.update(func(t txn) error { return use(t.raw()) })
	runtime.KeepAlive(d)
	return err
})

// shape sound pooled-put-back
var _ = add("pooled-put-back", func() error {
	d := pool.Get().(*db)
	err := use(d.Raw())
	pool.Put(d)
	return err
})

var fixed sync.Map

// shape sound syncmap-kept
var _ = add("syncmap-kept", func() error {
	fixed.Store("a", file())
	v, _ := fixed.Load("a")
	return use(int(v.(*os.File).Fd()))
})

// A handle with memory of its own: what points into it holds it.
type purse struct {
	fd   int
	room [64]byte
}

func openPurse() *purse {
	fd, err := syscall.Open("/dev/zero", syscall.O_RDONLY, 0)
	if err != nil {
		panic(err)
	}
	p := &purse{fd: fd}
	runtime.SetFinalizer(p, func(p *purse) { syscall.Close(p.fd) })
	return p
}

// shape sound own-array-given
var _ = add("own-array-given", func() error {
	p := openPurse()
	fd := p.fd
	runtime.GC()
	runtime.GC()
	_, err := syscall.Read(fd, p.room[:])
	return err
})

// shape sound own-array-named
var _ = add("own-array-named", func() error {
	p := openPurse()
	room := p.room[:]
	fd := p.fd
	runtime.GC()
	runtime.GC()
	_, err := syscall.Read(fd, room)
	return err
})
