package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"example.com/pumps/flow"
)

// shape sound fields-later
var _ = add("fields-later", func() error { return fieldsLater() })

func fieldsLater() error {
	p := start(1)
	fd, err := p.number()
	if err != nil {
		return err
	}
	collect()
	if err := check(syscall.Write(fd, payload)); err != nil {
		return fmt.Errorf("pump %d: %w", p.id, err)
	}
	p.state = "done"
	return nil
}

// shape sound stopped-later
var _ = add("stopped-later", func() error { return stoppedLater() })

func stoppedLater() error {
	p := start(1)
	fd := p.fd
	collect()
	err := check(syscall.Write(fd, payload))
	if bad := p.stop(); err == nil {
		err = bad
	}
	return err
}

// shape sound deferred-stop
var _ = add("deferred-stop", func() error { return deferredStop() })

func deferredStop() error {
	p := start(1)
	defer p.stop()
	w := handle(p.fd)
	collect()
	return w.write(payload)
}

// shape sound owner-in-closure
var _ = add("owner-in-closure", func() error { return ownerInClosure() })

func ownerInClosure() error {
	p := start(1)
	cleanup := func() { p.stop() }
	defer cleanup()
	fd := p.fd
	collect()
	return check(syscall.Write(fd, payload))
}

// shape sound package-list
var pumps []*pump

func enlist() *pump {
	p := start(len(pumps))
	pumps = append(pumps, p)
	return p
}

var _ = add("package-list", func() error {
	fd := enlist().fd
	collect()
	return check(syscall.Write(fd, payload))
})

// shape sound list-method
type station struct {
	mu    sync.Mutex
	pumps map[int]*pump
}

func (s *station) add(id int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := start(id)
	s.pumps[id] = p
	return p.fd
}

var _ = add("list-method", func() error {
	s := &station{pumps: map[int]*pump{}}
	fd := s.add(1)
	collect()
	err := check(syscall.Write(fd, payload))
	for _, p := range s.pumps {
		p.stop()
	}
	return err
})

// shape sound job-with-owner
type ownedJob struct {
	job
	owner *pump
}

var _ = add("job-with-owner", func() error { return jobWithOwner() })

func jobWithOwner() error {
	p := start(1)
	j := &ownedJob{job{p.fd, payload}, p}
	collect()
	err := j.do()
	runtime.KeepAlive(j.owner)
	return err
}

// shape sound id-only
var _ = add("id-only", func() error {
	id := start(7).id
	collect()
	if id != 7 {
		return errGone
	}
	return nil
})

// shape sound compared-only
var _ = add("compared-only", func() error {
	fd := start(7).fd
	collect()
	if fd < 0 {
		return errGone
	}
	return nil
})

// shape sound printed-only
var _ = add("printed-only", func() error {
	fd := start(7).fd
	collect()
	_ = fmt.Sprintf("%d", fd)
	return nil
})

// shape sound only-announced
type announced struct {
	pad *int
	fd  int
}

func announce() *announced {
	a := &announced{fd: opened()}
	runtime.SetFinalizer(a, func(a *announced) { println("lost", a.fd) })
	return a
}

var _ = add("only-announced", func() error {
	fd := announce().fd
	collect()
	_, err := syscall.Write(fd, payload)
	return firstError(err, syscall.Close(fd))
})

// shape sound only-mentioned
type mentioned struct {
	pad *int
	fd  int
}

func mention() *mentioned {
	m := &mentioned{fd: opened()}
	runtime.AddCleanup(m, func(fd int) { println("lost", fd) }, m.fd)
	return m
}

var _ = add("only-mentioned", func() error {
	fd := mention().fd
	collect()
	_, err := syscall.Write(fd, payload)
	return firstError(err, syscall.Close(fd))
})

// shape fail said-and-closed
type noisy struct {
	pad *int
	fd  int
}

func makeNoisy() *noisy {
	n := &noisy{fd: opened()}
	runtime.AddCleanup(n, func(fd int) { println("closed", syscall.Close(fd) == nil) }, n.fd)
	return n
}

var _ = add("said-and-closed", func() error {
	fd := makeNoisy().fd
	collect()
	_, err := syscall.Write(fd, payload)
	return err
})

// shape sound goroutine-waits
var _ = add("goroutine-waits", func() error { return goroutineWaits() })

func goroutineWaits() error {
	p := start(1)
	fd := p.fd
	done := make(chan error, 1)
	go func() {
		collect()
		done <- check(syscall.Write(fd, payload))
	}()
	err := <-done
	p.state = "waited"
	p.stop()
	return err
}

// shape sound timer-stopped
var _ = add("timer-stopped", func() error { return timerStopped() })

func timerStopped() error {
	p := start(1)
	fd := p.fd
	done := make(chan error, 1)
	t := time.AfterFunc(time.Millisecond, func() { done <- check(syscall.Write(fd, payload)) })
	defer t.Stop()
	err := <-done
	return firstError(err, p.stop())
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// shape sound foreign-closed
var _ = add("foreign-closed", func() error { return foreignClosed() })

func foreignClosed() error {
	s, err := flow.Open()
	if err != nil {
		return err
	}
	fd := s.Descriptor()
	collect()
	err = check(syscall.Write(fd, payload))
	return firstError(err, s.Close())
}

// shape sound foreign-unturned
var _ = add("foreign-unturned", func() error {
	v := flow.Valve{Fd: null()}
	fd := v.Fd
	collect()
	return check(syscall.Write(fd, payload))
})

// shape sound released-number
func (p *pump) release() int {
	runtime.SetFinalizer(p, nil)
	return p.fd
}

var _ = add("released-number", func() error {
	fd := start(1).release()
	collect()
	return check(syscall.Write(fd, payload))
})

// shape sound finalizer-cleared
func disown(p *pump) { runtime.SetFinalizer(p, nil) }

var _ = add("finalizer-cleared", func() error {
	p := start(1)
	disown(p)
	fd := p.fd
	collect()
	return check(syscall.Write(fd, payload))
})

// shape sound dup-file
var _ = add("dup-file", func() error { return dupFile() })

func dupFile() error {
	f := scratch()
	fd, err := syscall.Dup(int(f.Fd()))
	runtime.KeepAlive(f)
	if err != nil {
		return err
	}
	g := os.NewFile(uintptr(fd), "dup")
	collect()
	_, err = g.Write(payload)
	return err
}

// shape sound control-inside
var _ = add("control-inside", func() error { return controlInside() })

func controlInside() error {
	f := scratch()
	rc, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var bad error
	err = rc.Write(func(fd uintptr) bool {
		collect()
		bad = check(syscall.Write(int(fd), payload))
		return true
	})
	return firstError(err, bad)
}

// shape sound view-with-owner
var _ = add("view-with-owner", func() error { return viewWithOwner() })

func viewWithOwner() error {
	m := mapped()
	b := m.bytes()
	collect()
	b[0] = 1
	m.name = "used"
	if unmapped {
		return errGone
	}
	return nil
}

// shape sound size-only
var _ = add("size-only", func() error {
	n := mapped().size
	collect()
	if n != 4096 {
		return errGone
	}
	return nil
})

// shape sound loop-to-the-end
var _ = add("loop-to-the-end", func() error { return loopToTheEnd() })

func loopToTheEnd() error {
	p := start(0)
	for p.id < 3 {
		fd := p.fd
		collect()
		if err := check(syscall.Write(fd, payload)); err != nil {
			return err
		}
		p.id++
	}
	return nil
}

func opened() int {
	fd, err := syscall.Open(os.DevNull, syscall.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	return fd
}
