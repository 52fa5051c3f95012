// Package store has a connection with a cleanup and an interface before it.
package store

import (
	"context"
	"runtime"
	"sync/atomic"
	"syscall"
)

// Conn is what callers get.
type Conn interface {
	Sysfd() int
	Name() string
}

type conn struct {
	state *state
	name  string
}

type state struct {
	fd     int
	closed atomic.Bool
}

func (s *state) release() {
	if s.closed.CompareAndSwap(false, true) {
		syscall.Close(s.fd)
	}
}

func (c *conn) Sysfd() int   { return c.state.fd }
func (c *conn) Name() string { return c.name }

// Connect opens one.
func Connect(ctx context.Context, name string) (Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	fd, err := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	c := &conn{state: &state{fd: fd}, name: name}
	runtime.AddCleanup(c, (*state).release, c.state)
	return c, nil
}

// Pool lends connections.
type Pool struct{ free []Conn }

// Get takes one out.
func (p *Pool) Get() Conn {
	if n := len(p.free); n > 0 {
		c := p.free[n-1]
		p.free = p.free[:n-1]
		return c
	}
	c, err := Connect(context.Background(), "pooled")
	if err != nil {
		panic(err)
	}
	return c
}

// Put gives it back.
func (p *Pool) Put(c Conn) { p.free = append(p.free, c) }

// Default is a pool that everybody shares.
var Default Pool
