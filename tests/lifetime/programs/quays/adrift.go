package main

import (
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
)

// Twins of what is moored, with what holds them gone.

// shape fail map-deleted
var _ = add("map-deleted", func() error {
	m := map[string]*handle{"a": open()}
	fd := m["a"].fd
	delete(m, "a")
	return use(fd)
})

// shape fail channel-emptied
var _ = add("channel-emptied", func() error {
	ch := make(chan *handle, 1)
	ch <- open()
	fd := (<-ch).fd
	return use(fd)
})

// shape fail closure-read
var _ = add("closure-read", func() error {
	h := open()
	get := func() int { return h.fd }
	fd := get()
	return use(fd)
})

// shape fail goroutine-argument
var _ = add("goroutine-argument", func() error {
	h, done := open(), make(chan error)
	go func(fd int) { done <- use(fd) }(h.fd)
	return <-done
})

// shape fail cleanup-ignored
var _ = add("cleanup-ignored", func() error {
	fd, _ := acquire()
	return use(fd)
})

func withFD(h *handle) option { return func(s *server) { s.fd = h.fd } }

// shape fail options-number
var _ = add("options-number", func() error {
	s := newServer(withFD(open()))
	return use(s.fd)
})

// shape fail builder-dropped
var _ = add("builder-dropped", func() error {
	fd := new(builder).own(open()).number()
	return use(fd)
})

// shape fail reopened-number-old
var _ = add("reopened-number-old", func() error {
	h := open()
	fd := h.fd
	if len(os.Args) > 0 {
		h = open()
	}
	err := use(fd)
	h.Close()
	return err
})

// shape fail candidate-dropped
var _ = add("candidate-dropped", func() error {
	fd := -1
	for _, name := range []string{"", "a"} {
		g, err := tryOpen(name)
		if err != nil {
			continue
		}
		fd = g.fd
		break
	}
	return use(fd)
})

// shape fail candidate-other
var _ = add("candidate-other", func() error {
	var h *handle
	fd := -1
	for i := range 3 {
		g := open()
		if i == 0 {
			fd = g.fd
			continue
		}
		h = g
		break
	}
	err := use(fd)
	h.Close()
	return err
})

// shape fail array-of-numbers
var _ = add("array-of-numbers", func() error {
	var fds [2]int
	for i := range fds {
		h := open()
		fds[i] = h.fd
	}
	return use(fds[0])
})

type purged struct {
	fd    int
	purge func(int)
}

var purging = make(chan int, 8)

func openPurged(purge func(int)) *purged {
	p := &purged{null(), purge}
	runtime.SetFinalizer(p, func(p *purged) { p.purge(p.fd) })
	return p
}

// shape fail finalizer-field-closes
var _ = add("finalizer-field-closes", func() error {
	p := openPurged(func(fd int) { syscall.Close(fd) })
	fd := p.fd
	return use(fd)
})

type queued struct {
	fd    int
	purge func(int)
}

func openQueued(purge func(int)) *queued {
	q := &queued{null(), purge}
	runtime.SetFinalizer(q, func(q *queued) { q.purge(q.fd) })
	return q
}

// shape fail finalizer-field-sends
var _ = add("finalizer-field-sends", func() error {
	go func() { syscall.Close(<-purging) }()
	q := openQueued(func(fd int) { purging <- fd })
	fd := q.fd
	return use(fd)
})

// shape fail element-replaced
var _ = add("element-replaced", func() error {
	hs := []*handle{open(), open()}
	fd := hs[0].fd
	hs[0] = open()
	err := use(fd)
	hs[0].Close()
	return err
})

// shape fail iterated-numbers
var _ = add("iterated-numbers", func() error {
	var fds []int
	for _, h := range handles(2) {
		fds = append(fds, h.fd)
	}
	return use(fds[0])
})

// shape fail keep-before
var _ = add("keep-before", func() error {
	h := openLatch()
	fd := h.fd
	runtime.KeepAlive(h)
	return use(fd)
})

// shape fail keep-other
var _ = add("keep-other", func() error {
	h, g := openLatch(), openLatch()
	fd := h.fd
	err := use(fd)
	runtime.KeepAlive(g)
	return err
})

// shape fail cleanup-argument-lost
var _ = add("cleanup-argument-lost", func() error {
	f := file()
	w := &wrapped{fd: f.Fd()}
	runtime.AddCleanup(w, func(f *os.File) { f.Close() }, f)
	return use(int(w.fd))
})

// shape fail table-dropped
var _ = add("table-dropped", func() error {
	h := open()
	id := ids.put(h)
	fd := h.fd
	ids.drop(id)
	return use(fd)
})

// shape fail wrapper-number
var _ = add("wrapper-number", func() error {
	fd := (&logFile{file(), "null"}).Fd()
	return use(int(fd))
})

// shape fail embedded-lost
var _ = add("embedded-lost", func() error {
	s := session{open(), 1}
	return use(s.fd)
})

// shape fail generic-box-lost
var _ = add("generic-box-lost", func() error {
	b := box[*handle]{value: open()}
	fd := b.value.fd
	return use(fd)
})

// shape fail interface-lost
var _ = add("interface-lost", func() error {
	var d descriptor = open()
	return use(d.number())
})

// shape fail atomic-swapped
var _ = add("atomic-swapped", func() error {
	var p atomic.Pointer[handle]
	p.Store(open())
	fd := p.Swap(nil).fd
	return use(fd)
})

// shape fail view-lost
var _ = add("view-lost", func() error {
	part := mapRegion().view(4, 8).part
	return touch(part)
})

// shape fail type-switched-lost
var _ = add("type-switched-lost", func() error {
	var v any = open()
	fd := -1
	switch v := v.(type) {
	case *handle:
		fd = v.fd
	case *latch:
		fd = v.fd
	}
	return use(fd)
})

func sink(h *latch, depth int) error {
	if depth > 0 {
		return sink(h, depth-1)
	}
	return use(h.fd)
}

// shape fail recursive-lost
var _ = add("recursive-lost", func() error { return sink(openLatch(), 3) })

// shape fail pulled-number
var _ = add("pulled-number", func() error {
	_, fd := pick("", "a")
	return use(fd)
})
