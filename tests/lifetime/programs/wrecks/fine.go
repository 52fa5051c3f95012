package main

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// ---- one finalizer

// shape sound once-replaced
var _ = add("once-replaced", func() error {
	v := &Valve{fd: null()}
	runtime.SetFinalizer(v, (*Valve).Close)
	runtime.SetFinalizer(v, nil)
	runtime.SetFinalizer(v, (*Valve).drop)
	return nil
})

// shape sound once-either
var _ = add("once-either", func() error { return onceEither(len(payload) > 1) })

func onceEither(quiet bool) error {
	v := &Valve{fd: null()}
	if quiet {
		runtime.SetFinalizer(v, (*Valve).drop)
	} else {
		runtime.SetFinalizer(v, (*Valve).Close)
	}
	return nil
}

// shape sound once-returned
var _ = add("once-returned", func() error { onceReturned(true); return nil })

func onceReturned(early bool) *Valve {
	v := &Valve{fd: null()}
	if early {
		runtime.SetFinalizer(v, (*Valve).drop)
		return v
	}
	runtime.SetFinalizer(v, (*Valve).Close)
	return v
}

// shape sound once-switched
var _ = add("once-switched", func() error {
	v := &Valve{fd: null()}
	switch len(payload) {
	case 1:
		runtime.SetFinalizer(v, (*Valve).drop)
	default:
		runtime.SetFinalizer(v, (*Valve).Close)
	}
	return nil
})

// shape sound once-each
var _ = add("once-each", func() error {
	a, b := &Valve{fd: null()}, &Valve{fd: null()}
	runtime.SetFinalizer(a, (*Valve).Close)
	runtime.SetFinalizer(b, (*Valve).Close)
	for i := 0; i < 3; i++ {
		v := &Valve{fd: null()}
		runtime.SetFinalizer(v, (*Valve).Close)
	}
	return nil
})

// shape sound once-assigned
var _ = add("once-assigned", func() error {
	v := &Valve{fd: null()}
	runtime.SetFinalizer(v, (*Valve).Close)
	v = &Valve{fd: null()}
	runtime.SetFinalizer(v, (*Valve).Close)
	return nil
})

// shape sound once-in-loop-assigned
var _ = add("once-in-loop-assigned", func() error {
	var v *Valve
	for i := 0; i < 3; i++ {
		v = &Valve{fd: null()}
		runtime.SetFinalizer(v, (*Valve).Close)
	}
	return nil
})

// shape sound once-file
var _ = add("once-file", func() error {
	f := openNull()
	runtime.SetFinalizer(f, func(f *os.File) { f.Close() })
	return put(f)
})

// shape sound once-cleanups
var _ = add("once-cleanups", func() error {
	v := &Valve{fd: null()}
	runtime.AddCleanup(v, func(int) {}, 1)
	runtime.AddCleanup(v, func(int) {}, 2)
	runtime.SetFinalizer(v, (*Valve).Close)
	return nil
})

// shape sound once-disarmed
var _ = add("once-disarmed", func() error {
	v := newValve()
	v.disarm()
	runtime.SetFinalizer(v, (*Valve).drop)
	return nil
})

func (v *Valve) disarm() { runtime.SetFinalizer(v, nil) }

// ---- one owner

// shape sound owner-dup
var _ = add("owner-dup", func() error {
	f := openNull()
	fd, err := syscall.Dup(int(f.Fd()))
	runtime.KeepAlive(f)
	if err != nil {
		return err
	}
	g := os.NewFile(uintptr(fd), "dup")
	f.Close()
	collect()
	return put(g)
})

// shape sound owner-raw
var _ = add("owner-raw", func() error {
	fd := null()
	g := os.NewFile(uintptr(fd), "raw")
	collect()
	if err := put(g); err != nil {
		return err
	}
	return g.Close()
})

// shape sound owner-kept
var _ = add("owner-kept", func() error {
	f := openNull()
	g := os.NewFile(f.Fd(), "copy")
	collect()
	err := put(g)
	runtime.KeepAlive(f)
	return err
})

// shape sound owner-detached
var _ = add("owner-detached", func() error {
	v := newValve()
	g := os.NewFile(uintptr(v.detach()), "valve")
	collect()
	return put(g)
})

func (v *Valve) detach() int {
	runtime.SetFinalizer(v, nil)
	fd := v.fd
	v.fd = -1
	return fd
}

// shape sound owner-connfile
var _ = add("owner-connfile", func() error {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	f, err := c.(*net.UDPConn).File()
	if err != nil {
		return err
	}
	c.Close()
	d, err := net.FilePacketConn(f)
	if err != nil {
		return err
	}
	f.Close()
	collect()
	defer d.Close()
	_, err = d.WriteTo(payload, d.LocalAddr())
	return err
})

// shape sound owner-fileconn-used
var _ = add("owner-fileconn-used", func() error {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fds[0]), "sock")
	c, err := net.FileConn(f)
	if err != nil {
		return err
	}
	f.Close()
	collect()
	_, err = c.Write(payload)
	return err
})

// shape sound owner-two-numbers
var _ = add("owner-two-numbers", func() error {
	a := os.NewFile(uintptr(null()), "a")
	b := os.NewFile(uintptr(null()), "b")
	a.Close()
	return put(b)
})

// shape sound owner-renewed
var _ = add("owner-renewed", func() error {
	fd := null()
	a := os.NewFile(uintptr(fd), "a")
	a.Close()
	fd = null()
	b := os.NewFile(uintptr(fd), "b")
	return errors.Join(put(b), b.Close())
})

// ---- used before the release

// shape sound before-close
var _ = add("before-close", func() error {
	f := openNull()
	fd := int(f.Fd())
	_, err := syscall.Write(fd, payload)
	f.Close()
	return err
})

// shape sound before-deferred
var _ = add("before-deferred", func() error {
	f := openNull()
	defer f.Close()
	fd := int(f.Fd())
	collect()
	_, err := syscall.Write(fd, payload)
	return err
})

// shape sound before-branch
var _ = add("before-branch", func() error {
	f := openNull()
	defer f.Close()
	fd := int(f.Fd())
	if len(payload) == 0 {
		f.Close()
		return errGone
	}
	_, err := syscall.Write(fd, payload)
	return err
})

// shape sound before-assigned
var _ = add("before-assigned", func() error {
	fd := null()
	syscall.Close(fd)
	fd = null()
	_, err := syscall.Write(fd, payload)
	return err
})

// shape sound before-reopened
var _ = add("before-reopened", func() error {
	f := openNull()
	f.Close()
	f = openNull()
	fd := int(f.Fd())
	collect()
	_, err := syscall.Write(fd, payload)
	f.Close()
	return err
})

// shape sound before-dup
var _ = add("before-dup", func() error {
	f := openNull()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return err
	}
	f.Close()
	collect()
	_, err = syscall.Write(fd, payload)
	return err
})

// shape sound before-copied
var _ = add("before-copied", func() error {
	b := page()
	c := append([]byte(nil), b[:16]...)
	s := string(b[:4])
	syscall.Munmap(b)
	c[0] = s[0]
	return nil
})

// shape sound before-remapped
var _ = add("before-remapped", func() error {
	b := page()
	syscall.Munmap(b)
	b = page()
	b[0]++
	return syscall.Munmap(b)
})

// shape sound before-other
var _ = add("before-other", func() error {
	f, g := openNull(), openNull()
	fd := int(f.Fd())
	g.Close()
	_, err := syscall.Write(fd, payload)
	f.Close()
	return err
})

// shape sound before-loop
var _ = add("before-loop", func() error {
	for i := 0; i < 3; i++ {
		f := openNull()
		fd := int(f.Fd())
		if _, err := syscall.Write(fd, payload); err != nil {
			return err
		}
		f.Close()
	}
	return nil
})

// shape sound before-closure
var _ = add("before-closure", func() error {
	f := openNull()
	stop := func() { f.Close() }
	fd := int(f.Fd())
	_, err := syscall.Write(fd, payload)
	stop()
	return err
})

// shape sound before-mapped-file
var _ = add("before-mapped-file", func() error {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, 4096, syscall.PROT_READ, syscall.MAP_PRIVATE)
	f.Close()
	if err != nil {
		return err
	}
	collect()
	if b[1] != 'E' {
		return errGone
	}
	return syscall.Munmap(b)
})

// shape sound before-failed
var _ = add("before-failed", func() error {
	fd, err := openChecked()
	if err != nil {
		return err
	}
	_, err = syscall.Write(fd, payload)
	return errors.Join(err, syscall.Close(fd))
})

func openChecked() (int, error) {
	fd := null()
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// shape sound before-field-renewed
var _ = add("before-field-renewed", func() error {
	m := &mapping{page()}
	m.Unmap()
	m.data = page()
	m.data[0]++
	return m.Unmap()
})

// ---- no cycle

// shape sound loose-self
var _ = add("loose-self", func() error {
	func() {
		p := &parent{name: "a"}
		p.self = p
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape sound loose-child
var _ = add("loose-child", func() error {
	func() {
		p := &parent{name: "a"}
		p.child = &child{name: "c"}
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape sound loose-broken
var _ = add("loose-broken", func() error {
	func() {
		p := &parent{name: "a"}
		p.child = &child{owner: p}
		runtime.SetFinalizer(p, (*parent).end)
		p.child = nil
	}()
	return ran()
})

// shape sound loose-hook
var _ = add("loose-hook", func() error {
	func() {
		p := &parent{name: "a"}
		name := p.name
		p.hook = func() string { return name }
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape sound loose-cleanup-cycle
var _ = add("loose-cleanup-cycle", func() error {
	func() {
		p := &parent{name: "a"}
		p.child = &child{owner: p}
		runtime.AddCleanup(p, func(name string) { ended <- name }, p.name)
	}()
	return ran()
})

// shape sound loose-other-parent
var _ = add("loose-other-parent", func() error {
	func() {
		q := &parent{name: "q"}
		p := &parent{name: "a"}
		p.child = &child{owner: q}
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape sound loose-argument-part
var _ = add("loose-argument-part", func() error {
	func() {
		p := &parent{child: &child{name: "a"}}
		runtime.AddCleanup(p, func(c *child) { ended <- c.name }, p.child)
	}()
	return ran()
})

// shape sound loose-inner-guard
var _ = add("loose-inner-guard", func() error {
	func() {
		p := &parent{name: "a"}
		g := &child{name: "guard"}
		p.child = g
		p.self = p
		runtime.SetFinalizer(g, func(g *child) { ended <- g.name })
	}()
	return ran()
})

// shape sound loose-shadowed
var _ = add("loose-shadowed", func() error {
	func() {
		p := &parent{name: "a"}
		runtime.SetFinalizer(p, func(p *parent) { ended <- p.name })
	}()
	return ran()
})

// ---- released once

type capA struct {
	fd int
	c  runtime.Cleanup
}

// shape sound one-stopped
var _ = add("one-stopped", func() error {
	func() { t := openCapA(); t.Close() }()
	return once()
})

func openCapA() *capA {
	t := &capA{fd: null()}
	t.c = runtime.AddCleanup(t, func(fd int) { release(fd) }, t.fd)
	return t
}

func (t *capA) Close() error {
	t.c.Stop()
	return release(t.fd)
}

type capB struct{ fd int }

// shape sound one-cleared
var _ = add("one-cleared", func() error {
	func() { t := openCapB(); t.Close() }()
	return once()
})

func openCapB() *capB {
	t := &capB{fd: null()}
	runtime.SetFinalizer(t, (*capB).Close)
	return t
}

func (t *capB) Close() error {
	runtime.SetFinalizer(t, nil)
	return release(t.fd)
}

type capC struct {
	fd   int
	done sync.Once
}

// shape sound one-once
var _ = add("one-once", func() error {
	func() { t := openCapC(); t.Close() }()
	return once()
})

func openCapC() *capC {
	t := &capC{fd: null()}
	runtime.SetFinalizer(t, (*capC).Close)
	return t
}

func (t *capC) Close() (err error) {
	t.done.Do(func() { err = release(t.fd) })
	return err
}

type capD struct{ fd int }

// shape sound one-minus
var _ = add("one-minus", func() error {
	func() { t := openCapD(); t.Close() }()
	return once()
})

func openCapD() *capD {
	t := &capD{fd: null()}
	runtime.SetFinalizer(t, (*capD).Close)
	return t
}

func (t *capD) Close() error {
	if t.fd < 0 {
		return os.ErrClosed
	}
	err := release(t.fd)
	t.fd = -1
	return err
}

type capE struct {
	fd     int
	closed atomic.Bool
}

// shape sound one-flag
var _ = add("one-flag", func() error {
	func() { t := openCapE(); t.Close() }()
	return once()
})

func openCapE() *capE {
	t := &capE{fd: null()}
	runtime.SetFinalizer(t, func(t *capE) { t.Close() })
	return t
}

func (t *capE) Close() error {
	if !t.closed.CompareAndSwap(false, true) {
		return os.ErrClosed
	}
	return release(t.fd)
}

type state struct {
	fd   int
	once sync.Once
}

func (s *state) free() { s.once.Do(func() { release(s.fd) }) }

type capF struct{ state *state }

// shape sound one-shared
var _ = add("one-shared", func() error {
	func() { t := openCapF(); t.Close() }()
	return once()
})

func openCapF() *capF {
	t := &capF{&state{fd: null()}}
	runtime.AddCleanup(t, (*state).free, t.state)
	return t
}

func (t *capF) Close() { t.state.free() }

type capG struct{ fd int }

// shape sound one-log
var _ = add("one-log", func() error {
	func() { t := openCapG(); t.Close() }()
	return once()
})

func openCapG() *capG {
	t := &capG{fd: null()}
	runtime.AddCleanup(t, func(fd int) { os.Stderr.WriteString("") }, t.fd)
	return t
}

func (t *capG) Close() error { return release(t.fd) }

type capH struct {
	fd int
	c  *runtime.Cleanup
}

// shape sound one-stopped-pointer
var _ = add("one-stopped-pointer", func() error {
	func() { t := openCapH(); t.Close() }()
	return once()
})

func openCapH() *capH {
	t := &capH{fd: null()}
	c := runtime.AddCleanup(t, func(fd int) { release(fd) }, t.fd)
	t.c = &c
	return t
}

func (t *capH) Close() error {
	t.stop()
	return release(t.fd)
}

func (t *capH) stop() { t.c.Stop() }

type capI struct{ fd int }

// shape sound marked-behind
var _ = add("marked-behind", func() error {
	_, err := openCapI(payload[:0])
	return err
})

func openCapI(b []byte) (*capI, error) {
	t := &capI{fd: null()}
	if len(b) == 0 {
		return nil, probe(t.fd) // no finalizer would close it yet
	}
	runtime.SetFinalizer(t, func(t *capI) { release(t.fd) })
	return t, nil
}

//go:noinline
func probe(fd int) error {
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

type lid struct {
	seal seal
	n    int
}

// shape sound refused-not-first
var _ = add("refused-not-first", func() error {
	l := &lid{}
	runtime.SetFinalizer(&l.seal, func(*seal) {})
	return nil
})

// shape sound refused-not-any
var _ = add("refused-not-any", func() error {
	s := &seal{}
	runtime.SetFinalizer(s, func(any) {})
	return nil
})

type stamp = seal

// shape sound refused-not-alias
var _ = add("refused-not-alias", func() error {
	runtime.SetFinalizer(&stamp{}, (*seal).free)
	runtime.SetFinalizer(&seal{}, func(*stamp) {})
	return nil
})

// shape sound refused-not-element
var _ = add("refused-not-element", func() error {
	seals := []seal{{}, {}}
	runtime.SetFinalizer(&seals[0], (*seal).free)
	return nil
})

// shape sound unmapped-whole
var _ = add("unmapped-whole", func() error {
	b := page()
	return errors.Join(syscall.Munmap(b[:len(b)]), syscall.Munmap(page()[:]))
})

// shape sound unmapped-refused
var _ = add("unmapped-refused", func() error {
	b := page()
	if syscall.Munmap(b[:len(payload)]) != nil {
		b[0] = 1
	}
	return syscall.Munmap(b)
})

// shape sound closed-as-must
var _ = add("closed-as-must", func() error {
	f := must(os.Open(os.DevNull))
	defer f.Close()
	var st syscall.Stat_t
	return syscall.Fstat(int(f.Fd()), &st)
})
