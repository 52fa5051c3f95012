package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// shape sound dial-closed
var _ = add("dial-closed", func() error {
	c := Dial(WithName("a"))
	defer c.Close()
	return send(c.Number())
})

// shape sound managed-kept
var _ = add("managed-kept", func() error {
	m := NewManager(func(string) (*Conn, error) { return Dial(), nil })
	c, err := m.Get("a")
	if err != nil {
		return err
	}
	err = send(c.Number())
	m.Drop("a")
	return err
})

// shape sound managed-inside
var _ = add("managed-inside", func() error {
	m := NewManager(func(int) (*Conn, error) { return Dial(), nil })
	for key := range 3 {
		if _, err := m.Get(key); err != nil {
			return err
		}
	}
	var errs []error
	for _, c := range m.All() {
		errs = append(errs, send(c.Number()))
		runtime.KeepAlive(c)
	}
	return errors.Join(errs...)
})

// shape sound store-flushed
var _ = add("store-flushed", func() error {
	var s Store = connStore{Dial()}
	if err := send(s.Descriptor()); err != nil {
		return err
	}
	return s.Flush()
})

// shape sound store-closed
var _ = add("store-closed", func() error {
	s := &fileStore{File: opened()}
	defer s.Close()
	return send(s.Descriptor())
})

// shape sound grouped-closed
var _ = add("grouped-closed", func() error {
	var g Group
	c := Dial()
	defer c.Close()
	fd := c.Number()
	g.Go(func() error { return send(fd) })
	return g.Wait()
})

// shape sound grouped-pings
var _ = add("grouped-pings", func() error {
	var g Group
	for range 2 {
		c := Dial()
		g.Go(func() error { return c.Ping(context.Background()) })
	}
	return g.Wait()
})

// shape sound grouped-inside
var _ = add("grouped-inside", func() error {
	var g Group
	for range 2 {
		c := Dial()
		fd := c.Number()
		g.Go(func() error {
			defer c.Close()
			return send(fd)
		})
	}
	return g.Wait()
})

// shape sound session-closed
var _ = add("session-closed", func() error {
	s := session{Dial(), "u"}
	err := send(s.Number())
	return errors.Join(err, s.Close())
})

// shape sound collected-closed
var _ = add("collected-closed", func() error {
	all := []*Conn{Dial(), Dial()}
	defer func() {
		for _, c := range all {
			c.Close()
		}
	}()
	return send(numbersOf(all...)[1])
})

// shape sound pool-put
func (p *connPool) put(c *Conn) {
	select {
	case p.free <- c:
	default:
		c.Close()
	}
}

var _ = add("pool-put", func() error {
	p := &connPool{free: make(chan *Conn, 1)}
	c := p.take()
	defer p.put(c)
	return send(c.fd)
})

// shape sound pool-with
func (p *connPool) with(use func(*Conn) error) error {
	c := p.take()
	defer p.put(c)
	return use(c)
}

var _ = add("pool-with", func() error {
	p := &connPool{free: make(chan *Conn, 1)}
	return p.with(func(c *Conn) error { return send(c.fd) })
})

// shape sound lazily-closed
var _ = add("lazily-closed", func() error {
	var l lazy
	defer func() { l.get().Close() }()
	return send(l.get().Number())
})

// shape sound replaced-later
var _ = add("replaced-later", func() error {
	c := &client{conn: Dial()}
	err := send(c.conn.Number())
	c.redial()
	runtime.KeepAlive(c)
	return err
})

// shape sound shared
var shared = sync.OnceValue(func() *Conn { return Dial() })

var _ = add("shared", func() error { return send(shared().Number()) })

// shape sound registry
var registry sync.Map

var _ = add("registry", func() error {
	c := Dial()
	registry.Store("a", c)
	return send(c.fd)
})

// shape sound after-done
var _ = add("after-done", func() error {
	ctx, cancel := context.WithCancel(context.Background())
	c := Dial()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	err := send(c.fd)
	stop()
	cancel()
	return err
})

// shape sound released-by-caller
func acquire(p *connPool) (fd int, release func()) {
	c := p.take()
	return c.fd, func() { p.put(c) }
}

var _ = add("released-by-caller", func() error {
	fd, release := acquire(&connPool{free: make(chan *Conn, 1)})
	defer release()
	return send(fd)
})

// shape sound closers
type closers []func() error

func (c *closers) add(one func() error) { *c = append(*c, one) }

func (c closers) close() error {
	var errs []error
	for _, one := range c {
		errs = append(errs, one())
	}
	return errors.Join(errs...)
}

var _ = add("closers", func() error {
	var all closers
	c := Dial()
	all.add(c.Close)
	f := opened()
	all.add(f.Close)
	err := errors.Join(send(c.fd), send(int(f.Fd())))
	return errors.Join(err, all.close())
})

// shape sound by-interface
type numbered interface{ Number() int }

var _ = add("by-interface", func() error {
	var n numbered = Dial()
	err := send(n.Number())
	runtime.KeepAlive(n)
	return err
})

// shape sound name-of-value
type label int

func (l label) valid() error {
	collect()
	if l < 0 {
		return os.ErrInvalid
	}
	return nil
}

var _ = add("name-of-value", func() error {
	valid := label(Dial().fd).valid
	return valid()
})

// shape sound other-in-table
var _ = add("other-in-table", func() error {
	c := Dial()
	steps := map[string]func() error{"do": request{fd: c.fd}.do, "no": func() error { return nil }}
	return steps["no"]()
})

// shape sound other-in-numbers
var _ = add("other-in-numbers", func() error {
	kept := Dial()
	defer kept.Close()
	fds := map[string]int{"do": Dial().fd, "kept": kept.fd}
	return send(fds["kept"])
})

// shape sound other-in-list
var _ = add("other-in-list", func() error {
	kept := Dial()
	defer kept.Close()
	fds := []int{Dial().fd, kept.fd}
	return send(fds[1])
})

// shape sound other-in-map-assigned
var _ = add("other-in-map-assigned", func() error {
	kept := Dial()
	defer kept.Close()
	fds := map[string]int{}
	lost := Dial().fd
	fds["lost"] = lost
	fds["kept"] = kept.fd
	return send(fds["kept"])
})

// shape sound other-in-list-assigned
var _ = add("other-in-list-assigned", func() error {
	kept := Dial()
	defer kept.Close()
	fds := make([]int, 2)
	fds[0] = Dial().fd
	fds[1] = kept.fd
	return send(fds[1])
})

// shape sound other-in-list-of-requests
var _ = add("other-in-list-of-requests", func() error {
	kept := Dial()
	defer kept.Close()
	all := []request{{fd: kept.fd}, {fd: Dial().fd}}
	return all[0].do()
})

// shape sound path-in-error
func pathOf(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

func reopen(fd int) (int, error) {
	path := pathOf(fd)
	again, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return again, nil
}

func again(f *os.File) (*os.File, error) {
	fd, err := syscall.Open("", syscall.O_RDONLY, 0)
	if err != nil {
		defer f.Close()
		fd, err = reopen(int(f.Fd()))
		if err == nil {
			return os.NewFile(uintptr(fd), nothing), nil
		}
	}
	return nil, err
}

var _ = add("path-in-error", func() error {
	f, err := again(opened())
	if err != nil {
		return err
	}
	return f.Close()
})
