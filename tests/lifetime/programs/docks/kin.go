package main

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// Kinds of what lost.go and held.go have one of.

func opened() *os.File {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

func ready() (r, w *os.File) {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	w.Write(line)
	return r, w
}

var errMissed = errors.New("event lost")

func awaited(n int, err error) error {
	if err == nil && n == 0 {
		return errMissed
	}
	return err
}

type poller struct {
	epfd  int
	files map[int]*os.File
}

func newPoller() *poller {
	ep, err := syscall.EpollCreate1(0)
	if err != nil {
		panic(err)
	}
	return &poller{epfd: ep, files: map[int]*os.File{}}
}

func (p *poller) add(f *os.File) error {
	fd := int(f.Fd())
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	return syscall.EpollCtl(p.epfd, syscall.EPOLL_CTL_ADD, fd, &ev)
}

func (p *poller) keep(f *os.File) error {
	fd := int(f.Fd())
	if err := syscall.EpollCtl(p.epfd, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
		return err
	}
	p.files[fd] = f
	return nil
}

func (p *poller) remove(f *os.File) error {
	err := syscall.EpollCtl(p.epfd, syscall.EPOLL_CTL_DEL, int(f.Fd()), nil)
	runtime.KeepAlive(f)
	return err
}

func (p *poller) wait() error {
	var ready [4]syscall.EpollEvent
	return awaited(syscall.EpollWait(p.epfd, ready[:], 50))
}

func (p *poller) close() { syscall.Close(p.epfd) }

type journal struct {
	mu   sync.Mutex
	file *os.File
	fd   int
	n    int
}

func newJournal(f *os.File) *journal { return &journal{file: f, fd: int(f.Fd())} }

func (j *journal) counted() error {
	fd := j.fd
	collect()
	n, err := syscall.Write(fd, line)
	j.n += n
	return err
}

func (j *journal) countedOr() error {
	fd := j.fd
	collect()
	n, err := syscall.Write(fd, line)
	if err != nil {
		return err
	}
	if n > 0 {
		j.n += n
	}
	return nil
}

func (j *journal) locked() error {
	j.mu.Lock()
	fd := j.fd
	collect()
	_, err := syscall.Write(fd, line)
	j.mu.Unlock()
	return err
}

func (j *journal) lockedAll() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	fd := j.fd
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

func (j *journal) countedBefore() error {
	fd := j.fd
	j.n++
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

func (j *journal) countedElsewhere() error {
	if j.n == 0 {
		fd := j.fd
		collect()
		_, err := syscall.Write(fd, line)
		return err
	}
	j.n++
	return nil
}

func (j journal2) counted() error {
	fd := j.fd
	collect()
	n, err := syscall.Write(fd, line)
	j.n += n
	return err
}

type journal2 struct {
	file *os.File
	fd   int
	n    int
}

type volume struct {
	*journal
	name string
}

type number struct{ fd, n int }

func (u *number) counted() error {
	fd := u.fd
	collect()
	n, err := syscall.Write(fd, line)
	u.n += n
	return err
}

type shelf struct {
	number
	file *os.File
}

type board struct {
	*number
	file *os.File
}

// shape fail watched-by-method
var _ = add("watched-by-method", watchedByMethod)

func watchedByMethod() error {
	p := newPoller()
	defer p.close()
	r, w := ready()
	if err := p.add(r); err != nil {
		return err
	}
	collect()
	err := p.wait()
	runtime.KeepAlive(w)
	return err
}

// shape fail watched-own
var _ = add("watched-own", watchedOwn)

func (p *poller) watchOwn() (*os.File, error) {
	r, w := ready()
	fd := int(r.Fd())
	ev := &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	return w, syscall.EpollCtl(p.epfd, syscall.EPOLL_CTL_ADD, fd, ev)
}

func watchedOwn() error {
	p := newPoller()
	defer p.close()
	w, err := p.watchOwn()
	if err != nil {
		return err
	}
	collect()
	err = p.wait()
	runtime.KeepAlive(w)
	return err
}

// shape sound watched-kept
var _ = add("watched-kept", watchedKept)

func watchedKept() error {
	p := newPoller()
	defer p.close()
	r, w := ready()
	if err := p.add(r); err != nil {
		return err
	}
	collect()
	err := p.wait()
	runtime.KeepAlive(w)
	runtime.KeepAlive(r)
	return err
}

// shape sound watched-in-map
var _ = add("watched-in-map", watchedInMap)

func watchedInMap() error {
	p := newPoller()
	defer p.close()
	r, w := ready()
	if err := p.keep(r); err != nil {
		return err
	}
	collect()
	err := p.wait()
	runtime.KeepAlive(w)
	return err
}

// shape sound watched-in-map-here
var _ = add("watched-in-map-here", watchedInMapHere)

func watchedInMapHere() error {
	p := newPoller()
	defer p.close()
	r, w := ready()
	p.files[0] = r
	if err := p.add(r); err != nil {
		return err
	}
	collect()
	err := p.wait()
	runtime.KeepAlive(w)
	return err
}

// shape sound watched-no-more
var _ = add("watched-no-more", watchedNoMore)

func watchedNoMore() error {
	p := newPoller()
	defer p.close()
	r, w := ready()
	other, more := ready()
	defer other.Close()
	if err := errors.Join(p.add(r), p.add(other), p.remove(r)); err != nil {
		return err
	}
	collect()
	err := p.wait()
	runtime.KeepAlive(w)
	runtime.KeepAlive(more)
	return err
}

// shape sound watched-then-removed
var _ = add("watched-then-removed", watchedThenRemoved)

func watchedThenRemoved() error {
	ep, err := syscall.EpollCreate1(0)
	if err != nil {
		return err
	}
	defer syscall.Close(ep)
	r, w := ready()
	fd := int(r.Fd())
	ev := &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	if err := syscall.EpollCtl(ep, syscall.EPOLL_CTL_ADD, fd, ev); err != nil {
		return err
	}
	if err := syscall.EpollCtl(ep, syscall.EPOLL_CTL_DEL, fd, nil); err != nil {
		return err
	}
	runtime.KeepAlive(r)
	collect()
	_, err = syscall.EpollWait(ep, make([]syscall.EpollEvent, 1), 0)
	runtime.KeepAlive(w)
	return err
}

// shape sound watched-and-returned
var _ = add("watched-and-returned", watchedAndReturned)

func (p *poller) open() (r, w *os.File, err error) {
	r, w = ready()
	fd := int(r.Fd())
	ev := &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	if err := syscall.EpollCtl(p.epfd, syscall.EPOLL_CTL_ADD, fd, ev); err != nil {
		return nil, nil, err
	}
	return r, w, nil
}

func watchedAndReturned() error {
	p := newPoller()
	defer p.close()
	r, w, err := p.open()
	if err != nil {
		return err
	}
	defer w.Close()
	collect()
	err = p.wait()
	r.Close()
	return err
}

// shape fail adopted-and-returned
var _ = add("adopted-and-returned", adoptedAndReturned)

func greeted() (int, error) {
	fd := null()
	f := os.NewFile(uintptr(fd), "null")
	if _, err := f.Write(line); err != nil {
		return -1, err
	}
	return fd, nil
}

func adoptedAndReturned() error {
	fd, err := greeted()
	if err != nil {
		return err
	}
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

type wire struct{ fd int }

func newWire(fd int) *wire {
	w := &wire{fd: fd}
	runtime.SetFinalizer(w, (*wire).close)
	return w
}

func (w *wire) close() { syscall.Close(w.fd) }

func (w *wire) hello() error {
	_, err := syscall.Write(w.fd, line)
	runtime.KeepAlive(w)
	return err
}

// shape fail adopted-by-constructor
var _ = add("adopted-by-constructor", adoptedByConstructor)

func adoptedByConstructor() error {
	fd := null()
	w := newWire(fd)
	if err := w.hello(); err != nil {
		return err
	}
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

// shape fail adopted-by-literal
var _ = add("adopted-by-literal", adoptedByLiteral)

func adoptedByLiteral() error {
	fd := null()
	w := &wire{fd}
	runtime.SetFinalizer(w, (*wire).close)
	if err := w.hello(); err != nil {
		return err
	}
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

// shape fail guarded-here
var _ = add("guarded-here", guardedHere)

func guardedHere() error {
	fd := null()
	g := &b15guard{new(int)}
	runtime.AddCleanup(g, func(fd int) { syscall.Close(fd) }, fd)
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

type cable struct {
	name string
	num  int
	life *b15guard
}

func newCable() *cable {
	c := &cable{num: null(), life: &b15guard{new(int)}}
	runtime.AddCleanup(c.life, func(fd int) { syscall.Close(fd) }, c.num)
	return c
}

func (c *cable) send() error {
	collect()
	_, err := syscall.Write(c.num, line)
	return err
}

// shape fail guarded-pointer
var _ = add("guarded-pointer", guardedPointer)

func guardedPointer() error {
	c := newCable()
	num := c.num
	collect()
	_, err := syscall.Write(num, line)
	return err
}

// shape fail guarded-method
var _ = add("guarded-method", func() error { return newCable().sendNumber() })

func (c *cable) sendNumber() error {
	num := c.num
	collect()
	_, err := syscall.Write(num, line)
	return err
}

// shape sound guarded-kept
var _ = add("guarded-kept", guardedKept)

func guardedKept() error {
	c := newCable()
	num := c.num
	collect()
	_, err := syscall.Write(num, line)
	runtime.KeepAlive(c)
	return err
}

// shape sound guarded-value-kept
var _ = add("guarded-value-kept", guardedValueKept)

func guardedValueKept() error {
	s := b15new()
	collect()
	_, err := syscall.Write(s.fd, line)
	runtime.KeepAlive(s.guard)
	return err
}

// shape sound adopted-and-closed
var _ = add("adopted-and-closed", adoptedAndClosed)

func adoptedAndClosed() error {
	fd := null()
	if err := syscall.SetNonblock(fd, false); err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), "null")
	defer f.Close()
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

// shape sound adopted-afterwards
var _ = add("adopted-afterwards", adoptedAfterwards)

func adoptedAfterwards() error {
	fd := null()
	collect()
	if _, err := syscall.Write(fd, line); err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), "null")
	_, err := f.Write(line)
	return err
}

// shape sound adopted-in-turn
var _ = add("adopted-in-turn", adoptedInTurn)

func adoptedInTurn() error {
	for i := 0; i < 2; i++ {
		fd := null()
		collect()
		if _, err := syscall.Write(fd, line); err != nil {
			return err
		}
		w := newWire(fd)
		if err := w.hello(); err != nil {
			return err
		}
	}
	return nil
}

// shape sound adopted-kept
var _ = add("adopted-kept", adoptedKept)

func adoptedKept() error {
	fd := null()
	w := newWire(fd)
	collect()
	if _, err := syscall.Write(fd, line); err != nil {
		return err
	}
	return w.hello()
}

// shape sound adopted-for-caller
var _ = add("adopted-for-caller", adoptedForCaller)

func wired() (*wire, error) {
	fd := null()
	w := newWire(fd)
	collect()
	if _, err := syscall.Write(fd, line); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func adoptedForCaller() error {
	w, err := wired()
	if err != nil {
		return err
	}
	return w.hello()
}

// shape sound adopted-registered
var _ = add("adopted-registered", adoptedRegistered)

var registered []*os.File

func adoptedRegistered() error {
	fd := null()
	registered = append(registered, os.NewFile(uintptr(fd), "null"))
	f := os.NewFile(uintptr(null()), "null")
	registered = append(registered, f)
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

// shape fail swapped-out
var _ = add("swapped-out", swappedOut)

func (c *b27conn) swap() int {
	old := c.file
	c.file = nil
	return int(old.Fd())
}

func swappedOut() error {
	c := &b27conn{opened()}
	fd := c.swap()
	collect()
	_, err := syscall.Write(fd, line)
	runtime.KeepAlive(c)
	return err
}

// shape sound detached-duplicate
var _ = add("detached-duplicate", detachedDuplicate)

type line2 struct{ file *os.File }

func (c *line2) detach() (int, error) {
	fd, err := syscall.Dup(int(c.file.Fd()))
	runtime.KeepAlive(c.file)
	c.file = nil
	return fd, err
}

func detachedDuplicate() error {
	c := &line2{opened()}
	fd, err := c.detach()
	if err != nil {
		return err
	}
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

// shape sound detached-held
var _ = add("detached-held", detachedHeld)

type line3 struct{ file *os.File }

func (c *line3) detach() int {
	fd := int(c.file.Fd())
	c.file = nil
	return fd
}

func detachedHeld() error {
	f := opened()
	c := &line3{f}
	fd := c.detach()
	collect()
	_, err := syscall.Write(fd, line)
	return errors.Join(err, f.Close())
}

// shape fail replaced-closure
var _ = add("replaced-closure", replacedClosure)

func replacedClosure() error {
	f := opened()
	defer func() { f.Close() }()
	old := int(f.Fd())
	f = os.Stdin
	collect()
	_, err := syscall.Write(old, line)
	f = opened()
	return err
}

// shape fail replaced-in-loop
var _ = add("replaced-in-loop", replacedInLoop)

func replacedInLoop() error {
	var fds []int
	var f *os.File
	for i := 0; i < 2; i++ {
		f = opened()
		fds = append(fds, int(f.Fd()))
	}
	defer f.Close()
	collect()
	_, err := syscall.Write(fds[0], line)
	return err
}

// shape sound replaced-deferred-before
var _ = add("replaced-deferred-before", replacedDeferredBefore)

func replacedDeferredBefore() error {
	f := opened()
	defer f.Close()
	old := int(f.Fd())
	f = opened()
	defer f.Close()
	collect()
	_, err := syscall.Write(old, line)
	return err
}

// shape sound replaced-listed
var _ = add("replaced-listed", replacedListed)

func replacedListed() error {
	f := opened()
	all := []*os.File{f}
	old := int(f.Fd())
	f = opened()
	all = append(all, f)
	collect()
	_, err := syscall.Write(old, line)
	for _, one := range all {
		one.Close()
	}
	return err
}

// shape sound stored-and-returned
var _ = add("stored-and-returned", storedAndReturned)

var latest int

func remembered() *os.File {
	f := opened()
	latest = int(f.Fd())
	return f
}

func storedAndReturned() error {
	f := remembered()
	collect()
	_, err := syscall.Write(latest, line)
	return errors.Join(err, f.Close())
}

// shape sound holder-counts
var _ = add("holder-counts", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.counted()
})

// shape sound holder-counts-value
var _ = add("holder-counts-value", func() error {
	f := opened()
	j := journal{file: f, fd: int(f.Fd())}
	return j.counted()
})

// shape sound holder-counts-made
var _ = add("holder-counts-made", func() error { return newJournal(opened()).counted() })

// shape sound holder-counts-again
var _ = add("holder-counts-again", func() error {
	j := newJournal(opened())
	if err := j.locked(); err != nil {
		return err
	}
	return j.countedOr()
})

// shape sound holder-counts-if
var _ = add("holder-counts-if", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.countedOr()
})

// shape sound holder-locked
var _ = add("holder-locked", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.locked()
})

// shape sound holder-locked-all
var _ = add("holder-locked-all", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.lockedAll()
})

// shape sound holder-promoted
var _ = add("holder-promoted", func() error {
	f := opened()
	v := volume{&journal{file: f, fd: int(f.Fd())}, "v"}
	return v.counted()
})

// shape sound holder-around
var _ = add("holder-around", func() error {
	f := opened()
	s := &shelf{number{fd: int(f.Fd())}, f}
	return s.counted()
})

// shape fail holder-beside
var _ = add("holder-beside", func() error {
	f := opened()
	b := &board{&number{fd: int(f.Fd())}, f}
	return b.counted()
})

// shape fail holder-counted-before
var _ = add("holder-counted-before", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.countedBefore()
})

// shape fail holder-counted-elsewhere
var _ = add("holder-counted-elsewhere", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.countedElsewhere()
})

// shape fail holder-copied
var _ = add("holder-copied", func() error {
	f := opened()
	j := journal2{file: f, fd: int(f.Fd())}
	return j.counted()
})

func (j *journal) countedRound() error {
	for range 2 {
		j.n++
		collect()
		if _, err := syscall.Write(j.fd, line); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) countedOther() error {
	fd := j.fd
	j = &journal{}
	collect()
	n, err := syscall.Write(fd, line)
	j.n += n
	return err
}

// shape sound holder-counts-round
var _ = add("holder-counts-round", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.countedRound()
})

// shape fail holder-counts-other
var _ = add("holder-counts-other", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.countedOther()
})

var told int

//go:noinline
func tell(n int) { told += n }

//go:noinline
func raise(n *int) { *n++ }

func (j *journal) told() error {
	fd := j.fd
	collect()
	_, err := syscall.Write(fd, line)
	tell(j.n)
	return err
}

func (j *journal) toldOfError() error {
	fd := j.fd
	collect()
	if _, err := syscall.Write(fd, line); err != nil {
		tell(j.n)
		return err
	}
	return nil
}

func (j *journal) raised() error {
	fd := j.fd
	collect()
	_, err := syscall.Write(fd, line)
	raise(&j.n)
	return err
}

func (j *journal) countedLast() error {
	defer func() { j.n++ }()
	fd := j.fd
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

func (j *journal) compared() error {
	fd := j.fd
	collect()
	_, err := syscall.Write(fd, line)
	if j.fd < 0 {
		told++
	}
	return err
}

func (j *journal) dropped() error {
	fd := j.fd
	collect()
	_, err := syscall.Write(fd, line)
	_ = j.n
	return err
}

func (j *journal) toldLast() error {
	defer tell(j.n)
	fd := j.fd
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

// shape sound holder-told
var _ = add("holder-told", func() error { return newJournal(opened()).told() })

// shape sound holder-told-of-error
var _ = add("holder-told-of-error", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.toldOfError()
})

// shape sound holder-raised
var _ = add("holder-raised", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.raised()
})

// shape sound holder-counts-last
var _ = add("holder-counts-last", func() error {
	f := opened()
	j := journal{file: f, fd: int(f.Fd())}
	return j.countedLast()
})

// shape sound holder-compared
var _ = add("holder-compared", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.compared()
})

// shape fail holder-dropped
var _ = add("holder-dropped", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.dropped()
})

// shape fail holder-told-last
var _ = add("holder-told-last", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	return j.toldLast()
})

//go:noinline
func put(fd int) error {
	collect()
	_, err := syscall.Write(fd, line)
	return err
}

func (j *journal) set() error {
	err := put(j.fd)
	j.n = 1
	return err
}

// shape fail holder-set-behind
var _ = add("holder-set-behind", func() error {
	f := opened()
	j := &journal{file: f, fd: int(f.Fd())}
	fd := j.fd
	err := put(fd)
	j.n = 1
	return err
})

// shape fail holder-set-inlined
var _ = add("holder-set-inlined", func() error {
	f := opened()
	j := journal{file: f, fd: int(f.Fd())}
	return j.set()
})

//go:noinline
func elsewhere(f *os.File) *journal { return newJournal(f) }

// shape sound holder-set-in-heap
var _ = add("holder-set-in-heap", func() error {
	f := opened()
	j := elsewhere(f)
	err := put(j.fd)
	j.n = 1
	return err
})

// shape sound holder-set-in-heap-inlined
var _ = add("holder-set-in-heap-inlined", func() error {
	j := elsewhere(opened())
	return j.set()
})
