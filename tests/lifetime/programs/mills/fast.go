package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// shape sound closed
var _ = add("closed", func() error {
	m := NewMill(Config{})
	n := m.number()
	collect()
	return errors.Join(write(n, payload), m.Close())
})

// shape sound label-after
var _ = add("label-after", func() error {
	m := NewMill(Config{})
	n := m.number()
	collect()
	if err := write(n, payload); err != nil {
		return err
	}
	runtime.KeepAlive(m)
	return nil
})

// shape sound state-loop
var _ = add("state-loop", func() error { return NewMill(Config{}).loop() })

func (m *Mill) loop() error {
	n := m.conn.num
	for m.state.Load() == 0 {
		collect()
		if err := write(n, payload); err != nil {
			return err
		}
		m.state.Store(1)
	}
	runtime.KeepAlive(m)
	return nil
}

// shape sound stone-used
var _ = add("stone-used", func() error {
	s, err := newStone()
	if err != nil {
		return err
	}
	defer s.Close()
	w := s.w.Fd()
	collect()
	_, err = syscall.Write(int(w), payload)
	return err
})

// shape sound grinder-used
var _ = add("grinder-used", func() error {
	g := grinder()
	fd := g.Sys().(uintptr)
	collect()
	if _, err := syscall.Write(int(fd), payload); err != nil {
		return err
	}
	_, err := g.Grind(payload)
	return err
})

// shape sound tree-held
var _ = add("tree-held", func() error {
	s := NewSieve(NewSieve())
	id := s.Child(0).id
	collect()
	err := write(ticket(id), payload)
	runtime.KeepAlive(s)
	return err
})

// shape sound walk-inside
var _ = add("walk-inside", func() error {
	var err error
	s := NewSieve(NewSieve())
	s.Walk(func(id int) bool { collect(); err = write(ticket(id), payload); return err == nil })
	runtime.KeepAlive(s)
	return err
})

// shape sound device-destroyed
var _ = add("device-destroyed", func() error {
	d := open()
	defer d.Destroy()
	h := d.Native()
	collect()
	_, err := syscall.Write(int(h), payload)
	return err
})

// shape sound device-name
var _ = add("device-name", func() error {
	d := open()
	name := d.Name()
	collect()
	if name != "null" {
		return errors.New(name)
	}
	return nil
})

// shape sound buffer-length
var _ = add("buffer-length", func() error {
	b, err := open().Alloc(64)
	if err != nil {
		return err
	}
	n := b.Len()
	collect()
	if n != 64 {
		return errors.New("length")
	}
	return nil
})

// shape sound buffer-kept
var _ = add("buffer-kept", func() error {
	b, err := open().Alloc(4096)
	if err != nil {
		return err
	}
	list := b.Floats()
	collect()
	list[0] = 2
	if b.Floats()[0] != 2 {
		return errors.New("lost")
	}
	runtime.KeepAlive(b)
	return nil
})

// shape sound queue-with-mill
var _ = add("queue-with-mill", func() error {
	var queue []func() error
	m := NewMill(Config{})
	n := m.number()
	queue = append(queue, func() error { return write(n, payload) }, m.Close)
	collect()
	for _, f := range queue {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
})

// shape sound plant-closed
var _ = add("plant-closed", func() error {
	p := &plant{NewMill(Config{}), 2}
	defer p.Close()
	n := p.number()
	collect()
	return write(n, payload)
})

// shape sound window-kept
var _ = add("window-kept", func() error {
	w := &window{dev: open()}
	h := w.dev.Native()
	collect()
	if _, err := syscall.Write(int(h), payload); err != nil {
		return err
	}
	w.dev.Destroy()
	return nil
})

var mills = map[string]*Mill{}

// shape sound registered-by-name
var _ = add("registered-by-name", func() error {
	n := registered("a").number()
	collect()
	return write(n, payload)
})

func registered(name string) *Mill {
	if m, ok := mills[name]; ok {
		return m
	}
	mills[name] = NewMill(Config{Label: name})
	return mills[name]
}

// shape sound cached-in-package
var _ = add("cached-in-package", func() error {
	m := known.get("a", func() *Mill { return NewMill(Config{}) })
	n := m.number()
	collect()
	return write(n, payload)
})

var known lru[string, *Mill]

// shape sound number-compared
var _ = add("number-compared", func() error {
	a, b := NewMill(Config{}).number(), NewMill(Config{}).number()
	collect()
	if a == b {
		return fmt.Errorf("%d twice", a)
	}
	return nil
})

// shape sound output-with-mill
var _ = add("output-with-mill", func() error {
	m := NewMill(Config{})
	out := struct {
		*output
		io.Closer
	}{&output{num: m.number()}, m}
	collect()
	_, err := io.WriteString(out, "x")
	return errors.Join(err, out.Close())
})

// shape sound goroutine-closes
var _ = add("goroutine-closes", func() error {
	m, done := NewMill(Config{}), make(chan error)
	n := m.number()
	go func() {
		defer m.Close()
		collect()
		done <- write(n, payload)
	}()
	return <-done
})

// shape sound file-synced
var _ = add("file-synced", func() error {
	f, err := os.CreateTemp("", "mills")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	fd := int(f.Fd())
	collect()
	if _, err := syscall.Write(fd, payload); err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
})

// shape sound error-name
var _ = add("error-name", func() error {
	m := NewMill(Config{Label: "e"})
	err := fmt.Errorf("mill %d", m.number())
	collect()
	if err == nil {
		return io.EOF
	}
	return nil
})

// shape sound ranged-slice
var _ = add("ranged-slice", func() error {
	list := []*Mill{NewMill(Config{}), NewMill(Config{})}
	for _, m := range list {
		if err := later(m.number()); err != nil {
			return err
		}
	}
	return nil
})

// later writes behind a collection.
//
//go:noinline
func later(n ticket) error {
	collect()
	return write(n, payload)
}

// shape sound ranged-map
var _ = add("ranged-map", func() error {
	for name, m := range map[string]*Mill{"a": NewMill(Config{}), "b": NewMill(Config{})} {
		if err := later(m.number()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
})

// shape sound timer-holds
var _ = add("timer-holds", func() error {
	m := newTapped()
	time.AfterFunc(time.Hour, func() { m.label = "late" })
	fd := m.tap.fd
	collect()
	_, err := syscall.Write(fd, payload)
	return err
})

// tapped has its number in a struct that its cleanup shares, and a lock.
type tapped struct {
	*tap
	mu    sync.Mutex
	label string
}

type tap struct{ fd int }

func (t *tap) close() { syscall.Close(t.fd) }

func (t *tap) run() error {
	collect()
	_, err := syscall.Write(t.fd, payload)
	return err
}

func newTapped() *tapped {
	t := &tapped{tap: &tap{null()}}
	runtime.AddCleanup(t, (*tap).close, t.tap)
	return t
}

// shape sound other-number-released
var _ = add("other-number-released", func() error {
	fd, copied := null(), null()
	m := &plainTap{fd: fd}
	runtime.AddCleanup(m, func(fd int) { syscall.Close(fd) }, copied)
	collect()
	_, err := syscall.Write(m.fd, payload)
	return err
})

type plainTap struct {
	fd   int
	name string
}

// shape sound lock-holds
var _ = add("lock-holds", func() error {
	m := newTapped()
	lock := &m.mu
	fd := m.fd
	collect()
	_, err := syscall.Write(fd, payload)
	runtime.KeepAlive(lock)
	return err
})

// shape sound lent-and-kept
var _ = add("lent-and-kept", func() error {
	m := newTapped()
	var fd int
	lend(m, func(number int) { fd = number })
	collect()
	_, err := syscall.Write(fd, payload)
	runtime.KeepAlive(m)
	return err
})

func lend(m *tapped, do func(int)) { do(m.fd) }
