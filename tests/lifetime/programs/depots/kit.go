package main

import (
	"context"
	"errors"
	"iter"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// What services have: connections with options, pools, generic resources, stores behind interfaces.

const nothing = "/dev/null"

func number() int {
	fd, err := syscall.Open(nothing, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		panic(err)
	}
	return fd
}

func send(fd int) error {
	collect()
	_, err := syscall.Write(fd, []byte("x"))
	return err
}

func opened() *os.File {
	f, err := os.OpenFile(nothing, os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

// Conn owns a descriptor.
type Conn struct {
	settings
	fd   int
	once sync.Once
	peer *string
}

type settings struct {
	name    string
	retries int
	onClose func()
}

type Option func(*settings)

func WithName(name string) Option { return func(s *settings) { s.name = name } }

func WithRetries(n int) Option { return func(s *settings) { s.retries = n } }

func Dial(options ...Option) *Conn {
	c := &Conn{fd: number(), peer: new(string)}
	for _, set := range options {
		set(&c.settings)
	}
	runtime.SetFinalizer(c, (*Conn).Close)
	return c
}

func (c *Conn) Close() error {
	var err error
	c.once.Do(func() {
		runtime.SetFinalizer(c, nil)
		err = syscall.Close(c.fd)
	})
	return err
}

func (c *Conn) Number() int { return c.fd }

func (c *Conn) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer runtime.KeepAlive(c)
	return send(c.fd)
}

// Resource is what a manager keeps.
type Resource interface {
	comparable
	Number() int
	Close() error
}

// Manager hands out resources by key.
type Manager[K comparable, R Resource] struct {
	mu   sync.Mutex
	all  map[K]R
	open func(K) (R, error)
}

func NewManager[K comparable, R Resource](open func(K) (R, error)) *Manager[K, R] {
	return &Manager[K, R]{all: map[K]R{}, open: open}
}

func (m *Manager[K, R]) Get(key K) (R, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if found, ok := m.all[key]; ok {
		return found, nil
	}
	made, err := m.open(key)
	if err != nil {
		var none R
		return none, err
	}
	m.all[key] = made
	return made, nil
}

func (m *Manager[K, R]) Drop(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, key)
}

func (m *Manager[K, R]) All() iter.Seq2[K, R] {
	return func(yield func(K, R) bool) {
		for key, one := range m.all {
			if !yield(key, one) {
				return
			}
		}
	}
}

// Store is what services are written against.
type Store interface {
	Descriptor() int
	Flush() error
}

type fileStore struct {
	*os.File
	dirty bool
}

func (s *fileStore) Descriptor() int { return int(s.Fd()) }
func (s *fileStore) Flush() error    { s.dirty = false; return nil }

type connStore struct{ conn *Conn }

func (s connStore) Descriptor() int { return s.conn.fd }
func (s connStore) Flush() error    { return s.conn.Ping(context.Background()) }

// Group runs functions and waits.
type Group struct {
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

func (g *Group) Go(run func() error) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := run(); err != nil {
			g.mu.Lock()
			g.errs = append(g.errs, err)
			g.mu.Unlock()
		}
	}()
}

func (g *Group) Wait() error {
	g.wg.Wait()
	return errors.Join(g.errs...)
}
