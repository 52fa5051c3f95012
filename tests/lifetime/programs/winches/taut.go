package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"example.com/winches/native"
	"example.com/winches/store"
)

// shape sound held-by-lock
var _ = add("held-by-lock", func() error { return heldByLock() })

func heldByLock() error {
	w := NewWinch(1, nil)
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.h
	collect()
	return h.write(payload)
}

// shape sound inside-own-control
var _ = add("inside-own-control", func() error { return insideOwnControl() })

func insideOwnControl() error {
	return NewWinch(1, nil).Control(func(h Handle) error {
		collect()
		return h.write(payload)
	})
}

// shape sound crane-kept
var _ = add("crane-kept", func() error { return craneKept() })

func craneKept() error {
	c := newCrane()
	h := c.hook.winch.Handle()
	collect()
	err := h.write(payload)
	runtime.KeepAlive(c)
	return err
}

// shape sound hook-kept
var _ = add("hook-kept", func() error { return hookKept() })

func hookKept() error {
	c := newCrane()
	defer runtime.KeepAlive(c.hook)
	h := c.hook.winch.Handle()
	collect()
	return h.write(payload)
}

// shape sound parts-closed
var _ = add("parts-closed", func() error { return partsClosed() })

func partsClosed() error {
	c := newCrane()
	c.parts["boom"] = NewWinch(3, nil)
	h := c.parts["boom"].h
	collect()
	err := h.write(payload)
	for _, w := range c.parts {
		w.Close()
	}
	return err
}

// shape sound list-head-kept
var _ = add("list-head-kept", func() error { return listHeadKept() })

func listHeadKept() error {
	head := newCrane()
	head.next = newCrane()
	h := head.next.Winch.Handle()
	collect()
	err := h.write(payload)
	if head.next == nil {
		return errGone
	}
	return err
}

// shape sound file-closed-later
var _ = add("file-closed-later", func() error { return fileClosedLater() })

func fileClosedLater() error {
	t, err := newTemp()
	if err != nil {
		return err
	}
	fd := t.Fd()
	collect()
	if err := lock(fd, syscall.LOCK_SH); err != nil {
		return err
	}
	return t.file.Close()
}

// shape sound written-later
var _ = add("written-later", func() error { return writtenLater() })

func writtenLater() error {
	t, err := newTemp()
	if err != nil {
		return err
	}
	fd := int(t.Fd())
	collect()
	if _, err := write(fd, payload); err != nil {
		return err
	}
	_, err = fmt.Fprintln(t, "done")
	return err
}

// shape sound region-kept
var _ = add("region-kept", func() error { return regionKept() })

func regionKept() error {
	r := newRegion(4096)
	words := r.words()
	collect()
	for i := range words {
		words[i] = uint32(r.size)
	}
	return nil
}

// shape sound region-deferred
var _ = add("region-deferred", func() error { return regionDeferred() })

func regionDeferred() error {
	r := newRegion(4096)
	defer runtime.KeepAlive(r)
	p := (*[16]byte)(r.base)
	collect()
	p[0] = 1
	return nil
}

// shape sound pointer-compared
var _ = add("pointer-compared", func() error { return pointerCompared() })

func pointerCompared() error {
	p := newRegion(4096).base
	collect()
	if p == nil || uintptr(p)%unsafe.Alignof(uint64(0)) != 0 {
		return errGone
	}
	return nil
}

// shape sound lease-used
var _ = add("lease-used", func() error { return leaseUsed() })

func leaseUsed() error {
	l := grant(NewWinch(1, nil))
	h := l.get().Handle()
	collect()
	err := h.write(payload)
	return errors.Join(err, l.value.Close())
}

// shape sound factory-cached
var made = map[Kind]*Winch{}

func winchOf(kind Kind) *Winch {
	w, ok := made[kind]
	if !ok {
		w = NewWinch(kind, nil)
		made[kind] = w
	}
	return w
}

var _ = add("factory-cached", func() error { return factoryCached() })

func factoryCached() error {
	h := winchOf(7).Handle()
	collect()
	return h.write(payload)
}

// shape sound current-winch
var currentWinch atomic.Pointer[Winch]

var _ = add("current-winch", func() error { return fromCurrent() })

func fromCurrent() error {
	currentWinch.Store(NewWinch(1, nil))
	h := currentWinch.Load().Handle()
	collect()
	return h.write(payload)
}

// shape sound pool-gets-it-back
var _ = add("pool-gets-it-back", func() error { return poolGetsItBack() })

func poolGetsItBack() error {
	c := store.Default.Get()
	defer store.Default.Put(c)
	fd := c.Sysfd()
	collect()
	_, err := write(fd, payload)
	return err
}

// shape sound name-later
var _ = add("name-later", func() error { return nameLater() })

func nameLater() error {
	c, err := store.Connect(context.Background(), "db")
	if err != nil {
		return err
	}
	fd := c.Sysfd()
	collect()
	if _, err := write(fd, payload); err != nil {
		return fmt.Errorf("%s: %w", c.Name(), err)
	}
	return nil
}

// shape sound native-value
var _ = add("native-value", func() error { return nativeValue() })

func nativeValue() error {
	_, err := native.New(1).Value(collect)
	return err
}

// shape sound logger-with-file
type fileLogger struct {
	logger
	keep *temp
}

func openLogger() (*fileLogger, error) {
	t, err := newTemp()
	if err != nil {
		return nil, err
	}
	l := &fileLogger{keep: t}
	l.fd = int(t.Fd())
	return l, nil
}

var _ = add("logger-with-file", func() error { return loggerWithFile() })

func loggerWithFile() error {
	l, err := openLogger()
	if err != nil {
		return err
	}
	collect()
	err = l.print("kept")
	return errors.Join(err, l.keep.file.Close())
}

// shape sound package-file
var (
	logFile *temp
	logFD   int
)

func openLog() (err error) {
	if logFile, err = newTemp(); err != nil {
		return err
	}
	logFD = int(logFile.Fd())
	return nil
}

var _ = add("package-file", func() error { return packageFile() })

func packageFile() error {
	if err := openLog(); err != nil {
		return err
	}
	collect()
	_, err := write(logFD, payload)
	return err
}

// shape sound gauge-level
var _ = add("gauge-level", func() error { return gaugeLevel() })

func gaugeLevel() error {
	s := newGauge().snapshot()
	collect()
	if s.level != 0 {
		return errGone
	}
	return nil
}

// shape sound gauge-own
var _ = add("gauge-own", func() error { return gaugeOwn() })

func gaugeOwn() error {
	g := gauge{fd: null()}
	err := g.poke()
	return errors.Join(err, syscall.Close(g.fd))
}

// shape sound snapshot-and-owner
var _ = add("snapshot-and-owner", func() error { return snapshotAndOwner() })

func snapshotAndOwner() error {
	g := newGauge()
	s := g.snapshot()
	err := s.poke()
	g.level++
	return err
}

// shape sound waits-for-all
var _ = add("waits-for-all", func() error { return waitsForAll() })

func waitsForAll() error {
	w := NewWinch(1, nil)
	h := w.Handle()
	var wg sync.WaitGroup
	var err error
	wg.Add(1)
	go func() {
		defer wg.Done()
		collect()
		err = h.write(payload)
	}()
	wg.Wait()
	return errors.Join(err, w.Close())
}

// shape sound retry-holds
var _ = add("retry-holds", func() error { return retryHolds() })

func retryHolds() error {
	w := NewWinch(1, nil)
	return retry(w.opts.Retries, func(n int) error {
		h := w.Handle()
		collect()
		err := h.write(payload)
		if n > 9 {
			w.opts.Delay *= 2
		}
		return err
	})
}

// shape sound std-error
var _ = add("std-error", func() error { return stdError() })

func stdError() error {
	fd := os.Stderr.Fd()
	collect()
	_, err := syscall.Dup(int(fd))
	return err
}

// shape sound taken-over
func (w *Winch) take() Handle {
	h := w.h
	w.h = -1
	return h
}

var _ = add("taken-over", func() error { return takenOver() })

func takenOver() error {
	h := NewWinch(1, nil).take()
	collect()
	return errors.Join(h.write(payload), syscall.Close(int(h)))
}

// shape sound only-logged
var _ = add("only-logged", func() error { return onlyLogged() })

func onlyLogged() error {
	b := newBell()
	fd := b.fd
	collect()
	_, err := write(fd, payload)
	return err
}

// shape sound only-counted
var _ = add("only-counted", func() error { return onlyCounted() })

func onlyCounted() error {
	g := newCounted()
	fd := g.fd
	collect()
	_, err := write(fd, payload)
	return errors.Join(err, syscall.Close(fd))
}
