package main

import (
	"io"
	"log"
	"log/slog"
	"os"
	"runtime"
	"syscall"
)

// Owners in a container that their maker defers to close, and cleanups that only tell.

//go:noinline
func flushed(files map[string]*os.File) error {
	numbers := map[string]int{}
	for name, f := range files {
		numbers[name] = int(f.Fd())
	}
	for _, fd := range numbers {
		collect()
		if err := write(fd); err != nil {
			return err
		}
	}
	return nil
}

// shape sound closed-in-a-loop
var _ = add("closed-in-a-loop", func() error {
	files := map[string]*os.File{}
	for _, name := range []string{"a", "b"} {
		f := opened()
		defer f.Close()
		files[name] = f
	}
	return flushed(files)
})

// shape sound closed-in-a-loop-behind
var _ = add("closed-in-a-loop-behind", func() error {
	files := map[string]*os.File{}
	for _, name := range []string{"a", "b"} {
		f := opened()
		files[name] = f
		defer func() { f.Close() }()
	}
	return flushed(files)
})

// shape sound closed-by-another-loop
var _ = add("closed-by-another-loop", func() error {
	files := map[string]*os.File{"a": opened(), "b": opened()}
	for _, f := range files {
		defer f.Close()
	}
	return flushed(files)
})

// shape fail closed-in-a-loop-but-one
var _ = add("closed-in-a-loop-but-one", func() error {
	files := map[string]*os.File{}
	for _, name := range []string{"a", "b"} {
		f := opened()
		files[name] = f
		if name == "a" {
			continue
		}
		defer f.Close()
	}
	return drained(files)
})

//go:noinline
func drained(files map[string]*os.File) error {
	taken := map[string]int{}
	for name, f := range files {
		taken[name] = int(f.Fd())
	}
	for _, fd := range taken {
		collect()
		if err := write(fd); err != nil {
			return err
		}
	}
	return nil
}

// shape fail closed-by-another-loop-but-one
var _ = add("closed-by-another-loop-but-one", func() error {
	files := map[string]*os.File{"a": opened(), "b": opened()}
	for name, f := range files {
		if name == "a" {
			continue
		}
		defer f.Close()
	}
	return poured(files)
})

//go:noinline
func poured(files map[string]*os.File) error {
	counted := map[string]int{}
	for name, f := range files {
		counted[name] = int(f.Fd())
	}
	for _, fd := range counted {
		collect()
		if err := write(fd); err != nil {
			return err
		}
	}
	return nil
}

// shape fail closed-by-nobody
var _ = add("closed-by-nobody", func() error {
	files := map[string]*os.File{}
	for _, name := range []string{"a", "b"} {
		files[name] = opened()
	}
	return dripped(files)
})

//go:noinline
func dripped(files map[string]*os.File) error {
	listed := map[string]int{}
	for name, f := range files {
		listed[name] = int(f.Fd())
	}
	for _, fd := range listed {
		collect()
		if err := write(fd); err != nil {
			return err
		}
	}
	return nil
}

var (
	teller = log.New(io.Discard, "", 0)
	notes  = slog.New(slog.NewTextHandler(io.Discard, nil))
)

type leaky struct {
	fd     int
	closed bool
}

func (l *leaky) told() {
	if !l.closed {
		teller.Printf("%d leaked", l.fd)
	}
}

// shape sound leak-told
var _ = add("leak-told", func() error {
	l := &leaky{fd: null()}
	runtime.SetFinalizer(l, (*leaky).told)
	fd := l.fd
	collect()
	return write(fd)
})

type noted struct{ id, fd int }

// shape sound leak-noted
var _ = add("leak-noted", func() error {
	fd := null()
	n := &noted{id: 7, fd: fd}
	runtime.AddCleanup(n, func(id int) { notes.Warn("not closed", "id", id, "fd", fd) }, n.id)
	taken := n.fd
	collect()
	return write(taken)
})

type dripping struct{ fd int }

func (d *dripping) end() {
	teller.Printf("%d leaked", d.fd)
	syscall.Close(d.fd)
}

// shape fail leak-told-and-closed
var _ = add("leak-told-and-closed", func() error {
	d := &dripping{fd: null()}
	runtime.SetFinalizer(d, (*dripping).end)
	fd := d.fd
	collect()
	return write(fd)
})

type named struct{ fd int }

func (n *named) end() { shut("a name", n.fd) }

func shut(name string, fd int) { syscall.Close(fd) }

// shape fail closed-with-a-text
var _ = add("closed-with-a-text", func() error {
	n := &named{fd: null()}
	runtime.SetFinalizer(n, (*named).end)
	fd := n.fd
	collect()
	return write(fd)
})

type reaper struct{}

func (reaper) end(name string, fd int) { syscall.Close(fd) }

type reaped struct {
	fd int
	by reaper
}

// shape fail closed-by-a-method-with-a-text
var _ = add("closed-by-a-method-with-a-text", func() error {
	r := &reaped{fd: null()}
	runtime.SetFinalizer(r, func(r *reaped) { r.by.end("a name", r.fd) })
	fd := r.fd
	collect()
	return write(fd)
})

//go:noinline
func syncedAll(files []*os.File) error {
	numbers := make([]int, len(files))
	for i, f := range files {
		numbers[i] = int(f.Fd())
	}
	var last error
	for _, fd := range numbers {
		collect()
		if err := write(fd); err != nil {
			last = err
		}
	}
	return last
}

// What the compiler keeps by a parameter's own place differs by release: told is only what fails.
//
// shape sound parameter-that-stays
var _ = add("parameter-that-stays", func() error {
	var files []*os.File
	for range 2 {
		files = append(files, opened())
	}
	return syncedAll(files)
})

// grip has a pointer: small things without one share a block.
type grip struct {
	fd   int
	next *grip
}

// shape sound held-by-a-cleanup
var _ = add("held-by-a-cleanup", func() error {
	d := &dripping{fd: null()}
	runtime.SetFinalizer(d, (*dripping).end)
	g := &grip{fd: d.fd}
	runtime.AddCleanup(g, func(d *dripping) { runtime.KeepAlive(d) }, d)
	collect()
	err := write(g.fd)
	runtime.KeepAlive(g)
	return err
})

// shape fail held-by-a-cleanup-that-ran
var _ = add("held-by-a-cleanup-that-ran", func() error {
	d := &dripping{fd: null()}
	runtime.SetFinalizer(d, (*dripping).end)
	g := &grip{fd: d.fd}
	runtime.AddCleanup(g, func(d *dripping) { runtime.KeepAlive(d) }, d)
	fd := d.fd
	collect()
	collect()
	return write(fd)
})

func (d *dripping) Close() {
	runtime.SetFinalizer(d, nil)
	syscall.Close(d.fd)
}

func (d *dripping) reopen() {
	d.Close()
	d.fd = null()
	runtime.SetFinalizer(d, (*dripping).end)
}

// shape sound reopened-by-itself
var _ = add("reopened-by-itself", func() error {
	d := &dripping{fd: null()}
	runtime.SetFinalizer(d, (*dripping).end)
	for range 2 {
		d.reopen()
		collect()
		if err := write(d.fd); err != nil {
			return err
		}
	}
	runtime.KeepAlive(d)
	return nil
})

// shape sound reopened-in-a-loop
var _ = add("reopened-in-a-loop", func() error {
	f := opened()
	fd := int(f.Fd())
	for i := range 2 {
		collect()
		if err := write(fd); err != nil || i == 1 {
			f.Close()
			f = opened()
			fd = int(f.Fd())
			continue
		}
		f.Close()
		f = opened()
		fd = int(f.Fd())
	}
	collect()
	err := write(fd)
	f.Close()
	return err
})

// shape fail reopened-in-a-loop-and-lost
var _ = add("reopened-in-a-loop-and-lost", func() error {
	f := opened()
	fd := int(f.Fd())
	for range 2 {
		f.Close()
		f = opened()
		fd = int(f.Fd())
	}
	collect()
	return write(fd)
})

// shape fail reopened-in-a-loop-and-not-taken
var _ = add("reopened-in-a-loop-and-not-taken", func() error {
	f := opened()
	fd := int(f.Fd())
	for i := range 2 {
		f = opened()
		if i == 1 {
			continue
		}
		fd = int(f.Fd())
	}
	collect()
	err := write(fd)
	f.Close()
	return err
})

// shape sound reopened-and-closed-at-the-end
var _ = add("reopened-and-closed-at-the-end", func() error {
	f := opened()
	defer func() { f.Close() }()
	fd := int(f.Fd())
	for i := range 2 {
		collect()
		if err := write(fd); err != nil || i == 1 {
			f.Close()
			f = opened()
			fd = int(f.Fd())
		}
	}
	collect()
	return write(fd)
})
