package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"

	"example.com/looms/lib"
)

// shape sound body-held
var _ = add("body-held", bodyHeld)

func bodyHeld() error {
	l := NewLoom()
	if err := l.incref(); err != nil {
		return err
	}
	defer l.decref()
	fd, err := l.Descriptor()
	if err != nil {
		return err
	}
	collect()
	return put(fd)
}

// shape sound core-through-owner
var _ = add("core-through-owner", coreThroughOwner)

func coreThroughOwner() error {
	t := NewThread("e")
	c := t.core
	collect()
	if _, err := c.write(payload); err != nil {
		return fmt.Errorf("%s: %w", t.Name, err)
	}
	_, err := t.Write(payload)
	return err
}

// shape sound core-name-later
var _ = add("core-name-later", func() error {
	t := NewThread("f")
	core := t.core
	collect()
	_, err := core.write(payload)
	runtime.KeepAlive(t)
	return err
})

// shape sound core-stats
var _ = add("core-stats", func() error {
	c := NewThread("g").core
	collect()
	if c.stats.reads != 0 {
		return errors.New("reads")
	}
	return nil
})

// shape sound ring-cloned
var _ = add("ring-cloned", ringCloned)

func ringCloned() error {
	r := must(NewRing(8))
	copy(r.mem, "warp weft")
	text := strings.Clone(r.Text(0, 9))
	first := r.slot[0]
	runtime.KeepAlive(r)
	collect()
	if text != "warp weft" || first != 0 {
		return errors.New(text)
	}
	return nil
}

// shape sound ring-scanned
var _ = add("ring-scanned", ringScanned)

func ringScanned() error {
	r := must(NewRing(8))
	defer r.unmap()
	n := copy(r.mem, "a\nb\n")
	scanner := bufio.NewScanner(bytes.NewReader(r.mem[:n]))
	collect()
	for scanner.Scan() {
	}
	return scanner.Err()
}

// shape sound arena-kept
var _ = add("arena-kept", arenaKept)

func arenaKept() error {
	a := NewArena(1 << 12)
	p := Alloc[int64](a)
	collect()
	*p = 3
	if q := Alloc[int64](a); *q != 0 {
		return errors.New("not zero")
	}
	return nil
}

// shape sound terminal-closed
var _ = add("terminal-closed", terminalClosed)

func terminalClosed() error {
	t, err := OpenTerminal()
	if err != nil {
		return err
	}
	in, out := t.Descriptors()
	collect()
	if in == out {
		return errors.New("same")
	}
	err = put(int(out))
	return errors.Join(err, t.Close())
}

// shape sound statement-with-store
var _ = add("statement-with-store", statementWithStore)

func statementWithStore() error {
	db := OpenStore()
	defer db.Close()
	st, err := db.Prepare("select")
	if err != nil {
		return err
	}
	collect()
	return st.Exec()
}

// shape sound statement-text
var _ = add("statement-text", func() error {
	st := must(OpenStore().Prepare("select"))
	collect()
	if st.text != "select" || len(st.args) != 0 {
		return errors.New(st.text)
	}
	return nil
})

// shape sound spool-freed
var _ = add("spool-freed", spoolFreed)

func spoolFreed() error {
	s := NewSpool(null(), syscall.Close)
	n := s.N()
	collect()
	err := put(n)
	if s.N() != n {
		return errors.New("number")
	}
	return err
}

// shape sound tracked-in-list
var _ = add("tracked-in-list", trackedInList)

func trackedInList() error {
	list := []*Needle{NewNeedle(), NewNeedle()}
	slices.SortFunc(list, compareNeedles)
	fd := list[0].fd
	collect()
	err := put(fd)
	for _, n := range list {
		err = errors.Join(err, put(n.fd))
	}
	return err
}

// shape sound warp-loop
var _ = add("warp-loop", warpLoop)

func warpLoop() error {
	w := NewWarp(2)
	for range w.width {
		fd := w.number()
		collect()
		if err := put(fd); err != nil {
			return err
		}
		w.width++
	}
	return nil
}

// shape sound weft-labelled
var _ = add("weft-labelled", weftLabelled)

func weftLabelled() error {
	w := NewWeft()
	ends := w.ends
	collect()
	if _, err := syscall.Write(ends[1], payload); err != nil {
		return fmt.Errorf("%s: %w", w.label, err)
	}
	return errors.Join(nil, w.check())
}

func (w *Weft) check() error {
	if w.ends[0] == w.ends[1] {
		return errors.New(w.label)
	}
	return nil
}

// shape sound weak-held
var _ = add("weak-held", weakHeld)

func weakHeld() error {
	n := catalogue.get("upholstery")
	defer runtime.KeepAlive(n)
	fd := n.fd
	collect()
	return put(fd)
}

// shape sound pool-put-back
var _ = add("pool-put-back", poolPutBack)

func poolPutBack() error {
	n := needles.Get().(*Needle)
	defer needles.Put(n)
	fd := n.fd
	collect()
	return put(fd)
}

// shape sound sequence-held
var _ = add("sequence-held", sequenceHeld)

func sequenceHeld() error {
	list := []*Needle{NewNeedle(), NewNeedle()}
	for fd := range numbers(list...) {
		collect()
		if err := put(fd); err != nil {
			return err
		}
	}
	runtime.KeepAlive(list)
	return nil
}

// shape sound map-with-owners
var _ = add("map-with-owners", mapWithOwners)

func mapWithOwners() error {
	type entry struct {
		fd    int
		owner *Needle
	}
	n := NewNeedle()
	table := map[string]entry{"n": {n.fd, n}}
	collect()
	e := table["n"]
	err := put(e.fd)
	delete(table, "n")
	runtime.KeepAlive(e.owner)
	return err
}

// shape sound writer-owned
var _ = add("writer-owned", writerOwned)

func writerOwned() error {
	n := NewNeedle()
	out := bufio.NewWriter(fdWriter(n.fd))
	collect()
	out.WriteString("x")
	return errors.Join(out.Flush(), n.shut())
}

func (n *Needle) shut() error {
	runtime.SetFinalizer(n, nil)
	return n.Close()
}

// shape sound once-owner
var _ = add("once-owner", onceOwner)

func onceOwner() error {
	get := sync.OnceValues(func() (*Needle, error) { return NewNeedle(), nil })
	n, err := get()
	if err != nil {
		return err
	}
	fd := n.fd
	collect()
	if err := put(fd); err != nil {
		return err
	}
	n, err = get()
	return errors.Join(err, n.shut())
}

// shape sound after-context-owner
var _ = add("after-context-owner", afterContextOwner)

func afterContextOwner() error {
	ctx, cancel := context.WithCancel(context.Background())
	n := NewNeedle()
	done := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { done <- put(n.fd) })
	defer stop()
	collect()
	cancel()
	return <-done
}

// shape sound hooks-close
var _ = add("hooks-close", hooksClose)

func hooksOf(n *Needle) *hooks {
	fd := n.fd
	return &hooks{
		write: func(b []byte) (int, error) { return syscall.Write(fd, b) },
		close: func() error { return n.shut() },
	}
}

func hooksClose() error {
	h := hooksOf(NewNeedle())
	collect()
	_, err := h.write(payload)
	return errors.Join(err, h.close())
}

// shape sound table-closed
var _ = add("table-closed", tableClosed)

func tableClosed() (err error) {
	t, err := lib.Open(lib.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	raw := t.Raw()
	collect()
	return put(int(raw))
}

// shape sound table-hook
var _ = add("table-hook", tableHook)

func tableHook() error {
	var seen int
	t, err := lib.Open(lib.Config{Hook: func(fd int) error { seen = fd; return nil }})
	if err != nil {
		return err
	}
	collect()
	err = put(seen)
	return errors.Join(err, t.Close())
}

// shape sound bobbin-walk
var _ = add("bobbin-walk", bobbinWalk)

func bobbinWalk() error {
	var head *lib.Bobbin
	for range 2 {
		b := lib.NewBobbin()
		b.Next = head
		head = b
	}
	for b := head; b != nil; b = b.Next {
		fd := b.FD
		collect()
		if err := put(fd); err != nil {
			return err
		}
		if b.FD < 0 {
			break
		}
	}
	return nil
}

// shape sound recovered-owner
var _ = add("recovered-owner", recoveredOwner)

func recoveredOwner() (err error) {
	n := NewNeedle()
	fd := n.fd
	defer n.shut()
	defer func() {
		if recover() != nil {
			err = put(fd)
		}
	}()
	func() {
		collect()
		panic("broken thread")
	}()
	return nil
}
