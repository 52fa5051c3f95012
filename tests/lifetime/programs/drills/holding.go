package main

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"example.com/drills/bay"
)

// shape sound closed-later
var _ = add("closed-later", func() error { return closedLater() })

func closedLater() error {
	dev, err := OpenDevice("/dev/null", ReadOnly())
	if err != nil {
		return err
	}
	defer dev.Close()
	fd := dev.FD()
	collect()
	var b [1]byte
	_, err = syscall.Read(fd, b[:])
	return err
}

// shape sound slot-closed
var _ = add("slot-closed", func() error { return slotClosed() })

func slotClosed() error {
	slot := must(bay.New())
	_, fd, err := slot.Info()
	if err != nil {
		return err
	}
	collect()
	return errors.Join(put(fd), slot.Close())
}

// shape sound session-kept
var _ = add("session-kept", func() error { return sessionKept() })

func sessionKept() error {
	s, err := newBuilder().Path("/dev/null").Build()
	if err != nil {
		return err
	}
	fd := s.device().FD()
	collect()
	err = put(fd)
	runtime.KeepAlive(s)
	return err
}

// shape sound session-used
var _ = add("session-used", func() error { return sessionUsed() })

func sessionUsed() error {
	s, err := newBuilder().Path("/dev/null").Build()
	if err != nil {
		return err
	}
	fd := s.dev.FD()
	collect()
	if err := put(fd); err != nil {
		return err
	}
	if s.dev.path == "" {
		return os.ErrInvalid
	}
	return nil
}

// shape sound tuner-of-value
var _ = add("tuner-of-value", func() error { return tunerOfValue() })

func tunerOfValue() error {
	t := tuner{fd: null(), name: "plain"}
	copied := t
	collect()
	return errors.Join(put(copied.fd), syscall.Close(copied.fd))
}

// shape sound copied-and-kept
var _ = add("copied-and-kept", func() error { return copiedAndKept() })

func copiedAndKept() error {
	t := newTuner()
	defer runtime.KeepAlive(t)
	state := *t
	collect()
	return put(state.fd)
}

// shape sound gain-only
var _ = add("gain-only", func() error { return gainOnly() })

func gainOnly() error {
	state := *newTuner()
	collect()
	if state.gain != 1 {
		return errGone
	}
	return nil
}

// shape sound mapping-kept
var _ = add("mapping-kept", func() error { return mappingKept() })

func mappingKept() error {
	m := must(newMapping(4096))
	view := m.Bytes()
	collect()
	view[1] = 1
	m.size = 0
	return nil
}

// shape sound mapping-copied
var _ = add("mapping-copied", func() error { return mappingCopied() })

func mappingCopied() error {
	m := must(newMapping(4096))
	own := append([]byte(nil), m.Bytes()...)
	runtime.KeepAlive(m)
	collect()
	own[0] = 1
	return nil
}

// shape sound generic-used
var _ = add("generic-used", func() error { return genericUsed() })

func genericUsed() error {
	r := own(null(), closeFD)
	fd := r.get()
	collect()
	err := put(fd)
	if r.free == nil {
		return errGone
	}
	return err
}

// shape sound plain-resource
var _ = add("plain-resource", func() error { return plainResource() })

func plainResource() error {
	r := resource[int]{handle: null(), free: closeFD}
	fd := r.handle
	collect()
	err := put(fd)
	r.free(fd)
	return err
}

// shape sound epoll-shut
var _ = add("epoll-shut", func() error { return epollShut() })

func epollShut() error {
	e, err := newEpoll()
	if err != nil {
		return err
	}
	defer func() {
		runtime.SetFinalizer(e, nil)
		e.shutdown()
	}()
	epfd := e.epfd
	collect()
	_, err = syscall.EpollWait(epfd, make([]syscall.EpollEvent, 1), 0)
	return err
}

// shape sound journal-offset
var _ = add("journal-offset", func() error { return journalOffset() })

func journalOffset() error {
	j := openJournal()
	fd := int(j.Fd())
	collect()
	n, err := syscall.Pwrite(fd, payload, j.offset)
	j.offset += int64(n)
	if _, e := j.Seek(0, 0); e != nil {
		return e
	}
	return err
}

// shape sound group-holds
var _ = add("group-holds", func() error { return groupHolds() })

func groupHolds() error {
	dev := must(OpenDevice("/dev/null"))
	var g group
	g.Go(func() error {
		collect()
		err := put(dev.FD())
		return errors.Join(err, dev.Close())
	})
	return g.Wait()
}

// shape sound group-then-close
var _ = add("group-then-close", func() error { return groupThenClose() })

func groupThenClose() error {
	dev := must(OpenDevice("/dev/null"))
	fd := dev.FD()
	var g group
	g.Go(func() error { collect(); return put(fd) })
	err := g.Wait()
	return errors.Join(err, dev.Close())
}

// shape sound map-kept
var _ = add("map-kept", func() error { return mapKept() })

func mapKept() error {
	devices := map[string]*Device{"a": must(OpenDevice("/dev/null"))}
	fd := devices["a"].FD()
	collect()
	err := put(fd)
	for name, dev := range devices {
		err = errors.Join(err, dev.Close())
		delete(devices, name)
	}
	return err
}

// shape sound break-closes
var _ = add("break-closes", func() error { return breakCloses() })

func breakCloses() error {
	var dev *Device
	for _, path := range []string{"/nowhere", "/dev/null"} {
		var err error
		if dev, err = OpenDevice(path); err == nil {
			break
		}
	}
	fd := dev.FD()
	collect()
	err := put(fd)
	if e := dev.Close(); e != nil {
		return e
	}
	return err
}

// shape sound shadow-closed
var _ = add("shadow-closed", func() error { return shadowClosed() })

func shadowClosed() error {
	dev := must(OpenDevice("/dev/null"))
	fd := dev.FD()
	{
		dev := dev
		defer dev.Close()
	}
	collect()
	return put(fd)
}

// shape sound cached
var cache sync.Map

func cached(path string) *Device {
	if found, ok := cache.Load(path); ok {
		return found.(*Device)
	}
	dev := must(OpenDevice(path))
	cache.Store(path, dev)
	return dev
}

var _ = add("cached", func() error { return fromCache() })

func fromCache() error {
	fd := cached("/dev/null").FD()
	collect()
	return put(fd)
}

// shape sound server-holds
type server struct {
	devices []*Device
	stop    chan struct{}
}

func (s *server) add(d *Device) int {
	s.devices = append(s.devices, d)
	return d.FD()
}

func (s *server) close() error {
	var errs []error
	for _, d := range s.devices {
		errs = append(errs, d.Close())
	}
	return errors.Join(errs...)
}

var _ = add("server-holds", func() error { return serverHolds() })

func serverHolds() error {
	s := &server{stop: make(chan struct{})}
	fd := s.add(must(OpenDevice("/dev/null")))
	collect()
	err := put(fd)
	return errors.Join(err, s.close())
}

// shape sound with-helper
func with(d *Device, use func(int) error) error {
	defer runtime.KeepAlive(d)
	return use(d.FD())
}

var _ = add("with-helper", func() error { return withHelper() })

func withHelper() error {
	return with(must(OpenDevice("/dev/null")), func(fd int) error { collect(); return put(fd) })
}

// shape sound generation
func (d *Device) pulse() error {
	fd := d.sys.fd
	collect()
	if err := put(fd); err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	d.opts.timeout++
	return nil
}

var _ = add("generation", func() error { return must(OpenDevice("/dev/null")).pulse() })

// shape sound ticker-holds
var _ = add("ticker-holds", func() error { return tickerHolds() })

func tickerHolds() error {
	dev := must(OpenDevice("/dev/null"))
	fd := dev.FD()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for range 2 {
		<-ticker.C
		collect()
		if err := put(fd); err != nil {
			return err
		}
		if dev.opts.timeout > time.Hour {
			break
		}
	}
	return nil
}

// shape sound logged-number
var _ = add("logged-number", func() error { return loggedNumber() })

func loggedNumber() error {
	fd := must(OpenDevice("/dev/null")).FD()
	collect()
	if fd < 0 {
		return errGone
	}
	_ = fmt.Sprintf("fd %d", fd)
	return nil
}

// shape sound received-owner
var _ = add("received-owner", func() error { return receivedOwner() })

func receivedOwner() error {
	made := make(chan *Device, 1)
	made <- must(OpenDevice("/dev/null"))
	dev := <-made
	fd := dev.FD()
	collect()
	err := put(fd)
	made <- dev
	return err
}

// shape sound detached-fd
func (d *Device) detach() int {
	runtime.SetFinalizer(d, nil)
	return d.sys.fd
}

var _ = add("detached-fd", func() error { return detachedFD() })

func detachedFD() error {
	fd := must(OpenDevice("/dev/null")).detach()
	collect()
	return errors.Join(put(fd), syscall.Close(fd))
}

// shape sound transport-closed
var _ = add("transport-closed", func() error { return transportClosed() })

func transportClosed() error {
	f := temporary()
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		collect()
		failed = put(int(fd))
	})
	return errors.Join(err, failed)
}

// shape sound field-kept-in-global
var current struct {
	sync.Mutex
	dev *Device
}

var _ = add("field-kept-in-global", func() error { return fieldKeptInGlobal() })

func fieldKeptInGlobal() error {
	dev := must(OpenDevice("/dev/null"))
	current.Lock()
	current.dev = dev
	current.Unlock()
	fd := dev.FD()
	collect()
	return put(fd)
}

// shape sound goroutine-loop-holds
var _ = add("goroutine-loop-holds", func() error { return goroutineLoopHolds() })

func goroutineLoopHolds() error {
	dev := must(OpenDevice("/dev/null"))
	fd := dev.FD()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		<-stop
		dev.Close()
	}()
	collect()
	err := put(fd)
	close(stop)
	<-done
	return err
}

// shape sound iterator-holds
func descriptors(devices ...*Device) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, d := range devices {
			if !yield(d.path, d.FD()) {
				return
			}
		}
	}
}

var _ = add("iterator-holds", func() error { return iteratorHolds() })

func iteratorHolds() error {
	for path, fd := range descriptors(must(OpenDevice("/dev/null")), must(OpenDevice("/dev/zero"))) {
		collect()
		if err := put(fd); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
