package main

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// shape fail dial-number
var _ = add("dial-number", func() error {
	c := Dial(WithName("a"), WithRetries(2))
	return send(c.Number())
})

// shape fail dial-field
var _ = add("dial-field", func() error { return send(Dial(WithRetries(1)).fd) })

// shape fail managed-dropped
var _ = add("managed-dropped", func() error {
	m := NewManager(func(string) (*Conn, error) { return Dial(), nil })
	c, err := m.Get("a")
	if err != nil {
		return err
	}
	fd := c.Number()
	m.Drop("a")
	return send(fd)
})

// shape fail managed-lost
var _ = add("managed-lost", func() error {
	m := NewManager(func(string) (*Conn, error) { return Dial(), nil })
	c, err := m.Get("a")
	if err != nil {
		return err
	}
	return send(c.Number())
})

// shape fail managed-ranged
var _ = add("managed-ranged", func() error {
	m := NewManager(func(int) (*Conn, error) { return Dial(), nil })
	for key := range 3 {
		if _, err := m.Get(key); err != nil {
			return err
		}
	}
	var fds []int
	for _, c := range m.All() {
		fds = append(fds, c.Number())
	}
	return send(fds[2])
})

// shape fail store-number
func flushed(s Store) (int, error) { return s.Descriptor(), s.Flush() }

var _ = add("store-number", func() error {
	fd, err := flushed(connStore{Dial()})
	if err != nil {
		return err
	}
	return send(fd)
})

// shape fail store-file
var _ = add("store-file", func() error {
	var s Store = &fileStore{File: opened()}
	fd := s.Descriptor()
	return send(fd)
})

// shape fail grouped
var _ = add("grouped", func() error {
	var g Group
	fd := Dial().Number()
	g.Go(func() error { return send(fd) })
	return g.Wait()
})

// shape fail grouped-each
var _ = add("grouped-each", func() error {
	var g Group
	for range 2 {
		f := opened()
		fd := int(f.Fd())
		g.Go(func() error { return send(fd) })
	}
	return g.Wait()
})

// shape fail pinged-before
var _ = add("pinged-before", func() error {
	c := Dial()
	if err := c.Ping(context.Background()); err != nil {
		return err
	}
	return send(c.fd)
})

// shape fail embedded-session
type session struct {
	*Conn
	user string
}

var _ = add("embedded-session", func() error {
	s := session{Dial(), "u"}
	fd := s.Number()
	_ = s.user
	return send(fd)
})

// shape fail collected-numbers
func numbersOf[R Resource](all ...R) []int {
	found := make([]int, 0, len(all))
	for _, one := range all {
		found = append(found, one.Number())
	}
	return found
}

var _ = add("collected-numbers", func() error {
	fds := numbersOf(Dial(), Dial())
	return send(fds[1])
})

// shape fail pool-reset
type connPool struct {
	free chan *Conn
}

func (p *connPool) take() *Conn {
	select {
	case c := <-p.free:
		return c
	default:
		return Dial()
	}
}

var _ = add("pool-reset", func() error {
	p := &connPool{free: make(chan *Conn, 1)}
	c := p.take()
	return send(c.fd)
})

// shape fail lazily
type lazy struct {
	once sync.Once
	conn *Conn
}

func (l *lazy) get() *Conn {
	l.once.Do(func() { l.conn = Dial() })
	return l.conn
}

var _ = add("lazily", func() error {
	var l lazy
	fd := l.get().Number()
	return send(fd)
})

// shape fail replaced
type client struct {
	mu   sync.Mutex
	conn *Conn
}

func (c *client) redial() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = Dial()
}

var _ = add("replaced", func() error {
	c := &client{conn: Dial()}
	fd := c.conn.Number()
	c.redial()
	err := send(fd)
	runtime.KeepAlive(c)
	return err
})

// shape fail sorted-out
var _ = add("sorted-out", func() error {
	all := []*Conn{Dial(), Dial()}
	fd := all[0].fd
	all = slices.DeleteFunc(all, func(c *Conn) bool { return c.fd == fd })
	err := send(fd)
	runtime.KeepAlive(all)
	return err
})

// shape fail deferred-late
var _ = add("deferred-late", func() (err error) {
	c := Dial()
	fd := c.Number()
	defer func() { err = send(fd) }()
	return nil
})

// shape fail told-by-request
type request struct {
	ctx context.Context
	fd  int
}

func (r request) do() error { return send(r.fd) }

var _ = add("told-by-request", func() error {
	c := Dial()
	return request{context.Background(), c.fd}.do()
})

// shape fail method-in-table
var _ = add("method-in-table", func() error {
	c := Dial()
	steps := map[string]func() error{"do": request{fd: c.fd}.do}
	return steps["do"]()
})

// shape fail checked-out
func checkout(p *connPool) (fd int, release func()) {
	c := p.take()
	return c.fd, func() {}
}

var _ = add("checked-out", func() error {
	fd, release := checkout(&connPool{})
	defer release()
	return send(fd)
})

// shape fail in-map-assigned
var _ = add("in-map-assigned", func() error {
	kept := Dial()
	defer kept.Close()
	fds := map[string]int{}
	fds["lost"] = Dial().fd
	fds["kept"] = kept.fd
	return send(fds["lost"])
})

// shape fail in-list-swapped
var _ = add("in-list-swapped", func() error {
	kept := Dial()
	defer kept.Close()
	fds := []int{Dial().fd, kept.fd}
	fds[0], fds[1] = fds[1], fds[0]
	return send(fds[1])
})

// shape fail in-list-of-requests
var _ = add("in-list-of-requests", func() error {
	kept := Dial()
	defer kept.Close()
	all := []request{{fd: kept.fd}, {fd: Dial().fd}}
	return all[1].do()
})
