// Command mills runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

type ticket int32

// Mill owns a descriptor, and is configured by a struct.
type Mill struct {
	cfg   Config
	conn  struct{ num ticket }
	close func()
	state atomic.Uint32
}

type Config struct {
	Label string
	Open  func() (int, error)
}

func (c *Config) defaults() {
	if c.Open == nil {
		c.Open = func() (int, error) { return null(), nil }
	}
	if c.Label == "" {
		c.Label = "mill"
	}
}

func NewMill(cfg Config) *Mill {
	cfg.defaults()
	num, err := cfg.Open()
	if err != nil {
		panic(err)
	}
	m := new(Mill)
	m.cfg = cfg
	m.conn.num = ticket(num)
	m.close = sync.OnceFunc(func() { syscall.Close(num) })
	runtime.AddCleanup(m, func(close func()) { close() }, m.close)
	return m
}

func (m *Mill) Close() error { m.close(); m.state.Store(1); return nil }

func (m *Mill) number() ticket { return m.conn.num }

// Grinder is an interface with one implementation.
type Grinder interface {
	Grind([]byte) (int, error)
	Sys() any
}

type stone struct {
	r, w *os.File
	pos  int64
}

func newStone() (*stone, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &stone{r: r, w: w}, nil
}

func (s *stone) Grind(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.pos += int64(n)
	return n, err
}

func (s *stone) Sys() any { return s.w.Fd() }

func (s *stone) Close() error { return errors.Join(s.r.Close(), s.w.Close()) }

func grinder() Grinder {
	s, err := newStone()
	if err != nil {
		panic(err)
	}
	return s
}

// Sieve is a tree of owners.
type Sieve struct {
	id    int
	inner []*Sieve
	names map[string]*Sieve
}

func NewSieve(inner ...*Sieve) *Sieve {
	s := &Sieve{id: null(), inner: inner, names: map[string]*Sieve{}}
	runtime.SetFinalizer(s, func(s *Sieve) { freeSieve(s) })
	return s
}

func freeSieve(s *Sieve) {
	if id := s.id; id > 0 {
		_ = syscall.Close(id)
	}
}

func (s *Sieve) Child(i int) *Sieve { return s.inner[i] }

func (s *Sieve) Walk(visit func(id int) bool) {
	if !visit(s.id) {
		return
	}
	for _, one := range s.inner {
		one.Walk(visit)
	}
}

// lru keeps some of them.
type lru[K comparable, V io.Closer] struct {
	mu    sync.Mutex
	order []K
	items map[K]V
}

func (l *lru[K, V]) get(k K, open func() V) V {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v, ok := l.items[k]; ok {
		return v
	}
	v := open()
	if l.items == nil {
		l.items = make(map[K]V)
	}
	l.items[k] = v
	l.order = append(l.order, k)
	return v
}

func write(num ticket, b []byte) error {
	_, err := syscall.Write(int(num), b)
	return err
}
