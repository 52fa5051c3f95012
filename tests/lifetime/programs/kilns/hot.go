package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"example.com/kilns/tun"
)

// shape sound dialled-closed
var _ = add("dialled-closed", dialledClosed)

func dialledClosed() error {
	b, err := Dial(context.Background(), "there", WithFlame(3))
	if err != nil {
		return err
	}
	defer b.Close()
	fd := b.Sysfd()
	collect()
	_, err = send(fd.Int(), payload)
	return err
}

// shape sound flame-with-burner
var _ = add("flame-with-burner", func() error {
	b, err := Dial(context.Background(), "x", WithFlame(1))
	if err != nil {
		return err
	}
	collect()
	if err := b.flame.Raise(2); err != nil {
		return err
	}
	if b.flame.level != 3 {
		return errors.New("level")
	}
	return b.Close()
})

// shape sound flame-level
var _ = add("flame-level", func() error {
	b, err := Dial(context.Background(), "x", WithFlame(1))
	if err != nil {
		return err
	}
	f := b.flame
	collect()
	if f.level != 1 {
		return errors.New("level")
	}
	return nil
})

// shape sound receiver-loop-holds
var _ = add("receiver-loop-holds", func() error { return burner().holds() })

func (b *Burner) holds() error {
	fd := b.sysfd.Int()
	for i := range 2 {
		collect()
		if _, err := send(fd, payload); err != nil {
			return fmt.Errorf("%s %d: %w", b.laddr, i, err)
		}
	}
	close(b.closed)
	return nil
}

// shape sound worker-with-owner
var _ = add("worker-with-owner", workerWithOwner)

func workerWithOwner() error {
	jobs, done := make(chan *Burner, 1), make(chan error, 1)
	go func() {
		for b := range jobs {
			fd := b.Sysfd()
			collect()
			_, err := send(int(fd), payload)
			done <- errors.Join(err, b.Close())
		}
	}()
	jobs <- burner()
	close(jobs)
	return <-done
}

// shape sound db-viewed
var _ = add("db-viewed", dbViewed)

func dbViewed() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	err = db.View(func(t *txn) error {
		v := t.get(64)
		collect()
		if words(v) != 0 {
			return errors.New("value")
		}
		_, err := t.db.file.Stat()
		return err
	})
	return errors.Join(err, db.file.Close())
}

// shape sound db-copied
var _ = add("db-copied", func() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	v := bytes.Clone(db.Begin().get(64))
	runtime.KeepAlive(db)
	collect()
	if words(v) != 0 {
		return errors.New("value")
	}
	return nil
})

// shape sound db-age
var _ = add("db-age", func() error {
	db, err := OpenDB()
	if err != nil {
		return err
	}
	opened, size := db.opened, db.size
	collect()
	if opened.IsZero() || size == 0 {
		return errors.New("not opened")
	}
	return nil
})

// shape sound watch-owned
var _ = add("watch-owned", watchOwned)

func watchOwned() error {
	w, err := NewWatch()
	if err != nil {
		return err
	}
	fd := w.pipe.w
	collect()
	if _, err := syscall.Write(fd, payload); err != nil {
		return err
	}
	close(w.done)
	w.paths["a"] = 1
	return w.wake()
}

// shape sound chest-holds
var _ = add("chest-holds", chestHolds)

var kept Chest[string, *Burner]

func chestHolds() error {
	b := burner()
	kept.Put("b", b)
	fd := b.sysfd
	collect()
	_, err := send(int(fd), payload)
	return err
}

// shape sound local-chest
var _ = add("local-chest", func() error {
	c := &Chest[int, *Burner]{}
	b := burner()
	c.Put(1, b)
	fd := b.Sysfd()
	collect()
	_, err := send(int(fd), payload)
	if got, ok := c.Get(1); !ok || got.laddr == "" {
		return os.ErrNotExist
	}
	return err
})

// shape sound opener-released
var _ = add("opener-released", openerReleased)

func openerReleased() error {
	h := opened("null")
	defer h.Release()
	fd := h.Descriptor()
	collect()
	_, err := send(int(fd), payload)
	return err
}

// shape sound opener-meta
var _ = add("opener-meta", func() error {
	lid := opened("null").(*Lid)
	fd := lid.fd
	collect()
	_, err := send(int(fd), payload)
	if lid.meta["name"] != "null" {
		return errors.New("name")
	}
	return err
})

// shape sound tun-closed
var _ = add("tun-closed", tunClosed)

func tunClosed() error {
	dev, err := tun.Create("tun0", 1500)
	if err != nil {
		return err
	}
	defer dev.Close()
	fd := int(dev.File().Fd())
	collect()
	_, err = send(fd, payload)
	return err
}

// shape sound tun-control
var _ = add("tun-control", func() error {
	dev, err := tun.Create("tun1", 1500)
	if err != nil {
		return err
	}
	conn, err := dev.File().SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = conn.Control(func(fd uintptr) {
		collect()
		_, inner = send(int(fd), payload)
	})
	return errors.Join(err, inner)
})

// shape sound listener-own
var _ = add("listener-own", listenerOwn)

func listenerOwn() error {
	l := listen()
	defer l.Close()
	f, err := l.File()
	if err != nil {
		return err
	}
	defer f.Close()
	fd := int(f.Fd())
	collect()
	_, err = syscall.Getsockname(fd)
	return err
}

// shape sound lock-with-file
var _ = add("lock-with-file", lockWithFile)

type dirLock struct {
	f    *os.File
	once sync.Once
}

func (l *dirLock) Unlock() (err error) {
	l.once.Do(func() {
		fd := int(l.f.Fd())
		err = errors.Join(syscall.Flock(fd, syscall.LOCK_UN), l.f.Close())
	})
	return
}

func acquire(dir string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &dirLock{f: f}, nil
}

func lockWithFile() error {
	dir, err := os.MkdirTemp("", "kilns")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	l, err := acquire(dir)
	if err != nil {
		return err
	}
	collect()
	return l.Unlock()
}

// shape sound command-own
var _ = add("command-own", commandOwn)

func commandOwn() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { r.Close(); w.Close() }()
	attr := &syscall.ProcAttr{Files: []uintptr{r.Fd(), 1, 2}}
	collect()
	pid, err := syscall.ForkExec("/bin/true", []string{"true"}, attr)
	if err != nil {
		return err
	}
	_, err = syscall.Wait4(pid, nil, 0, nil)
	return err
}

// shape sound copied-by-io
var _ = add("copied-by-io", func() error {
	src, err := os.Open("/etc/hostname")
	if err != nil {
		return err
	}
	defer src.Close()
	fd := int(src.Fd())
	collect()
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, src)
	return err
})

// shape sound cursor-with-file
var _ = add("cursor-with-file", cursorWithFile)

type reading struct {
	cursor
	file *os.File
}

func openReading(path string) (r reading, err error) {
	r.file, err = os.Open(path)
	if err != nil {
		return
	}
	r.fd = int(r.file.Fd())
	return
}

func cursorWithFile() error {
	r, err := openReading("/etc/passwd")
	if err != nil {
		return err
	}
	collect()
	if _, ok := r.next(); !ok {
		return syscall.EBADF
	}
	return r.file.Close()
}

// shape sound second-owner-released
var _ = add("second-owner-released", func() error {
	b := burner()
	runtime.SetFinalizer(b, nil)
	f := os.NewFile(uintptr(b.sysfd), b.laddr)
	collect()
	_, err := f.Write(payload)
	return errors.Join(err, f.Close())
})

// shape sound request-with-target
var _ = add("request-with-target", func() error {
	b := burner()
	r := newRequest().To(b).Body(payload)
	collect()
	return errors.Join(r.Do(), b.Close())
})

// shape sound broadcast-held
var _ = add("broadcast-held", broadcastHeld)

func broadcastHeld() error {
	list := []*Burner{burner(), burner()}
	var fds []int
	for _, b := range list {
		fds = append(fds, b.sysfd.Int())
	}
	collect()
	for _, fd := range fds {
		if _, err := send(fd, payload); err != nil {
			return err
		}
	}
	for _, b := range list {
		b.Close()
	}
	return nil
}

// shape sound spread
var _ = add("spread", func() error { return broadcast(payload, burner(), burner()) })

func broadcast(b []byte, targets ...*Burner) error {
	var errs []error
	for _, t := range targets {
		fd := t.Sysfd()
		t = nil
		collect()
		if _, err := send(int(fd), b); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
