package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"weak"
)

// shape sound map-entry
var _ = add("map-entry", func() error {
	m := map[string]*handle{"a": open()}
	fd := m["a"].fd
	err := use(fd)
	m["a"].Close()
	return err
})

// shape sound channel-buffer
var _ = add("channel-buffer", func() error {
	ch := make(chan *handle, 1)
	h := open()
	ch <- h
	err := use(h.fd)
	(<-ch).Close()
	return err
})

type contextKey struct{}

// shape sound context-value
var _ = add("context-value", func() error {
	h := open()
	ctx := context.WithValue(context.Background(), contextKey{}, h)
	err := use(h.fd)
	ctx.Value(contextKey{}).(*handle).Close()
	return err
})

var pool = sync.Pool{New: func() any { return open() }}

// shape sound pool-put-back
var _ = add("pool-put-back", func() error {
	h := pool.Get().(*handle)
	defer pool.Put(h)
	return use(h.fd)
})

// shape sound closure-closes
var _ = add("closure-closes", func() error {
	h := open()
	run := func() error {
		defer h.Close()
		return use(h.fd)
	}
	return run()
})

// shape sound goroutine-owns
var _ = add("goroutine-owns", func() error {
	done := make(chan error)
	go func(h *handle) {
		done <- use(h.fd)
		h.Close()
	}(open())
	return <-done
})

// shape sound goroutine-number
var _ = add("goroutine-number", func() error {
	h, done := open(), make(chan error)
	fd := h.fd
	go func() { done <- use(fd) }()
	err := <-done
	h.Close()
	return err
})

// shape sound defer-argument
var _ = add("defer-argument", func() error {
	h := open()
	fd := h.fd
	defer func(h *handle) { h.Close() }(h)
	return use(fd)
})

type group struct {
	wg   sync.WaitGroup
	once sync.Once
	err  error
}

func (g *group) Go(run func() error) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		if err := run(); err != nil {
			g.once.Do(func() { g.err = err })
		}
	}()
}

func (g *group) Wait() error {
	g.wg.Wait()
	return g.err
}

// shape sound group-wait
var _ = add("group-wait", func() error {
	var g group
	h := open()
	fd := h.fd
	for range 2 {
		g.Go(func() error { return use(fd) })
	}
	err := g.Wait()
	h.Close()
	return err
})

// shape sound group-holds
var _ = add("group-holds", func() error {
	var g group
	h := open()
	g.Go(func() error {
		err := use(h.fd)
		return errors.Join(err, h.Close())
	})
	return g.Wait()
})

type session struct {
	*handle
	count int
}

// shape sound embedded
var _ = add("embedded", func() error {
	s := session{open(), 1}
	err := use(s.fd)
	s.Close()
	return err
})

type box[T any] struct {
	value T
	note  *string
}

func (b *box[T]) get() T { return b.value }

// shape sound generic-box
var _ = add("generic-box", func() error {
	b := &box[*handle]{value: open()}
	fd := b.get().fd
	err := use(fd)
	b.get().Close()
	return err
})

type descriptor interface {
	io.Closer
	number() int
}

// shape sound interface-number
var _ = add("interface-number", func() error {
	var d descriptor = open()
	fd := d.number()
	err := use(fd)
	d.Close()
	return err
})

func acquire() (int, func()) {
	h := open()
	return h.fd, func() { h.Close() }
}

// shape sound returned-cleanup
var _ = add("returned-cleanup", func() error {
	fd, done := acquire()
	defer done()
	return use(fd)
})

func acquireNamed(name string) (fd int, release func() error, err error) {
	h, err := tryOpen(name)
	if err != nil {
		return -1, nil, err
	}
	return h.fd, h.Close, nil
}

// shape sound returned-method-value
var _ = add("returned-method-value", func() error {
	fd, release, err := acquireNamed("a")
	if err != nil {
		return err
	}
	err = use(fd)
	release()
	return err
})

type server struct {
	fd   int
	stop func() error
	name *string
}

type option func(*server)

func withHandle(h *handle) option {
	return func(s *server) { s.fd, s.stop = h.fd, h.Close }
}

func newServer(options ...option) *server {
	s := &server{fd: -1, stop: func() error { return nil }}
	for _, one := range options {
		one(s)
	}
	return s
}

// shape sound options
var _ = add("options", func() error {
	s := newServer(withHandle(open()))
	err := use(s.fd)
	return errors.Join(err, s.stop())
})

type builder struct {
	h    *handle
	tags []string
}

func (b *builder) own(h *handle) *builder   { b.h = h; return b }
func (b *builder) tag(name string) *builder { b.tags = append(b.tags, name); return b }
func (b *builder) number() int              { return b.h.fd }
func (b *builder) done()                    { b.h.Close() }

// shape sound builder-chain
var _ = add("builder-chain", func() error {
	b := new(builder).own(open()).tag("a").tag("b")
	fd := b.number()
	err := use(fd)
	b.done()
	return err
})

// shape sound reopened-in-branch
var _ = add("reopened-in-branch", func() error {
	h, err := tryOpen("a")
	if err != nil {
		return err
	}
	fd := h.fd
	if len(os.Args) > 0 {
		h.Close()
		if h, err = tryOpen("b"); err != nil {
			return err
		}
		fd = h.fd
	}
	err = use(fd)
	h.Close()
	return err
})

// shape sound retried
var _ = add("retried", func() error {
	var err error
	for range 3 {
		h := open()
		fd := h.fd
		if err = use(fd); err == nil {
			return h.Close()
		}
		h.Close()
		time.Sleep(time.Millisecond)
	}
	return err
})

// shape sound double-pointer
var _ = add("double-pointer", func() error {
	h := open()
	p := &h
	fd := (*p).fd
	err := use(fd)
	(*p).Close()
	return err
})

// shape sound array-of-owners
var _ = add("array-of-owners", func() error {
	var hs [2]*handle
	var fds [2]int
	for i := range hs {
		hs[i] = open()
		fds[i] = hs[i].fd
	}
	err := errors.Join(use(fds[0]), use(fds[1]))
	for _, h := range hs {
		h.Close()
	}
	return err
})

// shape sound select-loop
var _ = add("select-loop", func() error {
	ch := make(chan *handle, 1)
	ch <- open()
	for {
		select {
		case h := <-ch:
			fd := h.fd
			err := use(fd)
			h.Close()
			return err
		case <-time.After(time.Minute):
		}
	}
})

func handles(count int) iter.Seq2[int, *handle] {
	return func(yield func(int, *handle) bool) {
		for i := range count {
			if !yield(i, open()) {
				return
			}
		}
	}
}

// shape sound iterated
var _ = add("iterated", func() error {
	for _, h := range handles(2) {
		if err := use(h.fd); err != nil {
			return err
		}
		h.Close()
	}
	return nil
})

var (
	sharedOnce sync.Once
	shared     *handle
)

// shape sound once
var _ = add("once", func() error {
	sharedOnce.Do(func() { shared = open() })
	return use(shared.fd)
})

var lazily = sync.OnceValue(func() *handle { return open() })

// shape sound once-value
var _ = add("once-value", func() error {
	fd := lazily().fd
	return use(fd)
})

var station struct {
	h  *handle
	fd int
}

// shape sound package-struct
var _ = add("package-struct", func() error {
	station.h = open()
	station.fd = station.h.fd
	return use(station.fd)
})

// shape sound keep-behind
var _ = add("keep-behind", func() error {
	h := openLatch()
	err := use(h.fd)
	runtime.KeepAlive(h)
	return err
})

// shape sound keep-deferred
var _ = add("keep-deferred", func() error {
	h := openLatch()
	defer runtime.KeepAlive(h)
	return use(h.fd)
})

// shape sound keep-in-deferred-literal
var _ = add("keep-in-deferred-literal", func() error {
	h := openLatch()
	defer func() { runtime.KeepAlive(h) }()
	fd := h.fd
	return use(fd)
})

// shape sound keep-holder
var _ = add("keep-holder", func() error {
	s := &box[*latch]{value: openLatch()}
	fd := s.value.fd
	err := use(fd)
	runtime.KeepAlive(s)
	return err
})

// shape sound keep-in-branches
var _ = add("keep-in-branches", func() error {
	h := openLatch()
	if err := use(h.fd); err != nil {
		runtime.KeepAlive(h)
		return err
	}
	runtime.KeepAlive(h)
	return nil
})

// shape sound keep-in-loop
var _ = add("keep-in-loop", func() error {
	for range 2 {
		h := openLatch()
		fd := h.fd
		if err := use(fd); err != nil {
			return err
		}
		runtime.KeepAlive(h)
	}
	return nil
})

func keep[T any](v *T) { runtime.KeepAlive(v) }

// shape sound keep-by-generic
var _ = add("keep-by-generic", func() error {
	h := openLatch()
	fd := h.fd
	err := use(fd)
	keep(h)
	return err
})

// shape sound keep-address
var _ = add("keep-address", func() error {
	h := openLatch()
	fd := h.fd
	err := use(fd)
	runtime.KeepAlive(&h)
	return err
})

type wrapped struct {
	fd   uintptr
	name *string
}

// shape sound cleanup-argument
var _ = add("cleanup-argument", func() error {
	f := file()
	w := &wrapped{fd: f.Fd()}
	runtime.AddCleanup(w, func(f *os.File) { f.Close() }, f)
	err := use(int(w.fd))
	runtime.KeepAlive(w)
	return err
})

// shape sound pinned
var _ = add("pinned", func() error {
	var p runtime.Pinner
	h := open()
	p.Pin(h)
	err := use(h.fd)
	p.Unpin()
	return err
})

type table struct {
	mu   sync.Mutex
	next uintptr
	held map[uintptr]any
}

var ids = table{held: map[uintptr]any{}}

func (t *table) put(v any) uintptr {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next++
	t.held[t.next] = v
	return t.next
}

func (t *table) get(id uintptr) any {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held[id]
}

func (t *table) drop(id uintptr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.held, id)
}

// shape sound handle-table
var _ = add("handle-table", func() error {
	h := open()
	id := ids.put(h)
	err := use(h.fd)
	ids.drop(id)
	return err
})

// shape sound handle-table-got
var _ = add("handle-table-got", func() error {
	id := ids.put(open())
	fd := ids.get(id).(*handle).fd
	err := use(fd)
	ids.drop(id)
	return err
})

type logFile struct {
	f    *os.File
	path string
}

func (l *logFile) Fd() uintptr  { return l.f.Fd() }
func (l *logFile) Close() error { return l.f.Close() }

// shape sound file-wrapper
var _ = add("file-wrapper", func() error {
	l := &logFile{file(), "null"}
	fd := int(l.Fd())
	err := use(fd)
	l.Close()
	return err
})

// shape sound detached
var _ = add("detached", func() error {
	fd := open().detach()
	defer syscall.Close(fd)
	return use(fd)
})

// shape sound duplicated
var _ = add("duplicated", func() error {
	h := open()
	fd, err := syscall.Dup(h.fd)
	h.Close()
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return use(fd)
})

// shape sound controlled
var _ = add("controlled", func() error {
	f := file()
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = use(int(fd)) })
	return errors.Join(err, failed)
})

// shape sound first-candidate
var _ = add("first-candidate", func() error {
	var h *handle
	var fd int
	for _, name := range []string{"", "a", "b"} {
		g, err := tryOpen(name)
		if err != nil {
			continue
		}
		if name == "b" {
			g.Close()
			continue
		}
		h, fd = g, g.fd
		break
	}
	if h == nil {
		return os.ErrNotExist
	}
	err := use(fd)
	h.Close()
	return err
})

// shape sound labelled-candidate
var _ = add("labelled-candidate", func() error {
	var f *os.File
	var fd int
search:
	for i := range 3 {
		switch i {
		case 1:
			g := file()
			f = g
			fd = int(g.Fd())
			break search
		}
	}
	err := use(fd)
	f.Close()
	return err
})

// shape sound latest-candidate
var _ = add("latest-candidate", func() error {
	var h *handle
	var fd int
	for _, name := range []string{"", "a", "b"} {
		if g, err := tryOpen(name); err == nil {
			h, fd = g, g.fd
			continue
		}
	}
	err := use(fd)
	h.Close()
	return err
})

// shape sound gone-to
var _ = add("gone-to", func() error {
	var h *handle
	var fd int
	for {
		if g, err := tryOpen("a"); err == nil {
			h, fd = g, g.fd
			goto found
		}
	}
found:
	err := use(fd)
	h.Close()
	return err
})

func pick(names ...string) (*handle, int) {
	for _, name := range names {
		if h, err := tryOpen(name); err == nil {
			return h, h.fd
		}
	}
	return nil, -1
}

// shape sound picked
var _ = add("picked", func() error {
	h, fd := pick("", "a")
	err := use(fd)
	h.Close()
	return err
})

// shape sound swapped
var _ = add("swapped", func() error {
	a, b := open(), open()
	a, b = b, a
	err := errors.Join(use(a.fd), use(b.fd))
	a.Close()
	b.Close()
	return err
})

type chain struct {
	h    *handle
	next *chain
}

// shape sound linked-list
var _ = add("linked-list", func() error {
	var head *chain
	for range 2 {
		head = &chain{open(), head}
	}
	for one := head; one != nil; one = one.next {
		if err := use(one.h.fd); err != nil {
			return err
		}
	}
	for one := head; one != nil; one = one.next {
		one.h.Close()
	}
	return nil
})

// shape sound atomic-pointer
var _ = add("atomic-pointer", func() error {
	var p atomic.Pointer[handle]
	p.Store(open())
	fd := p.Load().fd
	err := use(fd)
	p.Swap(nil).Close()
	return err
})

// shape sound sync-map
var _ = add("sync-map", func() error {
	var m sync.Map
	h := open()
	m.Store("a", h)
	err := use(h.fd)
	v, _ := m.LoadAndDelete("a")
	v.(*handle).Close()
	return err
})

// shape sound method-value
var _ = add("method-value", func() error {
	h := open()
	stop := h.Close
	fd := h.fd
	err := use(fd)
	stop()
	return err
})

// shape sound cleanup-list
var _ = add("cleanup-list", func() error {
	var cleanups []func() error
	h := open()
	cleanups = append(cleanups, h.Close)
	fd := h.fd
	err := use(fd)
	for _, one := range slices.Backward(cleanups) {
		one()
	}
	return err
})

type scope struct{ runs []func() }

func (s *scope) Cleanup(run func()) { s.runs = append(s.runs, run) }

func (s *scope) end() {
	for _, run := range s.runs {
		run()
	}
}

// shape sound scoped
var _ = add("scoped", func() error {
	s := &scope{}
	defer s.end()
	h := open()
	s.Cleanup(func() { h.Close() })
	fd := h.fd
	return use(fd)
})

// shape sound buffered-writer
var _ = add("buffered-writer", func() error {
	f := file()
	w := bufio.NewWriter(f)
	fmt.Fprint(w, "x")
	err := use(int(f.Fd()))
	return errors.Join(err, w.Flush())
})

// shape sound extra-files
var _ = add("extra-files", func() error {
	f := file()
	cmd := exec.Command("true")
	cmd.ExtraFiles = []*os.File{f}
	err := use(int(f.Fd()))
	cmd.Run()
	return err
})

// shape sound named-result
var _ = add("named-result", func() (err error) {
	h := open()
	defer func() { err = errors.Join(err, h.Close()) }()
	return use(h.fd)
})

// shape sound copied-struct
var _ = add("copied-struct", func() error {
	s := session{handle: open()}
	t := s
	err := use(s.fd)
	t.Close()
	return err
})

// shape sound type-switched
var _ = add("type-switched", func() error {
	var v any = open()
	switch v := v.(type) {
	case *handle:
		err := use(v.fd)
		v.Close()
		return err
	case *latch:
		return v.Close()
	}
	return nil
})

func descend(h *latch, depth int) error {
	if depth > 0 {
		return descend(h, depth-1)
	}
	err := use(h.fd)
	runtime.KeepAlive(h)
	return err
}

// shape sound recursive
var _ = add("recursive", func() error { return descend(openLatch(), 3) })

func each(hs []*handle, run func(*handle) error) error {
	for _, h := range hs {
		if err := run(h); err != nil {
			return err
		}
	}
	return nil
}

// shape sound each-of-slice
var _ = add("each-of-slice", func() error {
	hs := []*handle{open(), open()}
	err := each(hs, func(h *handle) error { return use(h.fd) })
	return errors.Join(err, each(hs, (*handle).Close))
})

func withNumber(h *handle, run func(fd int) error) error {
	defer runtime.KeepAlive(h)
	return run(h.fd)
}

// shape sound lent-number
var _ = add("lent-number", func() error {
	return withNumber(open(), func(fd int) error { return use(fd) })
})

type worker struct {
	h    *handle
	work chan int
	done chan error
}

func (w *worker) loop() {
	for range w.work {
		w.done <- use(w.h.fd)
	}
	w.h.Close()
	close(w.done)
}

// shape sound worker-loop
var _ = add("worker-loop", func() error {
	w := &worker{open(), make(chan int), make(chan error)}
	go w.loop()
	w.work <- 1
	err := <-w.done
	close(w.work)
	<-w.done
	return err
})

type tracked struct {
	fd   int
	note func(int)
}

var leaked atomic.Int64

func track(note func(int)) *tracked {
	t := &tracked{null(), note}
	runtime.SetFinalizer(t, func(t *tracked) { t.note(t.fd) })
	return t
}

// shape sound finalizer-notes
var _ = add("finalizer-notes", func() error {
	t := track(func(fd int) { leaked.Add(int64(fd)) })
	fd := t.fd
	return use(fd)
})

var leaks []int

// shape sound finalizer-appends
var _ = add("finalizer-appends", func() error {
	t := mark(func(fd int) { leaks = append(leaks, fd) })
	fd := t.fd
	return use(fd)
})

type marked struct {
	onGC func(int)
	fd   int
}

func mark(onGC func(int)) *marked {
	m := &marked{fd: null(), onGC: onGC}
	runtime.SetFinalizer(m, func(m *marked) { m.onGC(m.fd) })
	return m
}

// shape sound finalizer-off
var _ = add("finalizer-off", func() error {
	h := open()
	runtime.SetFinalizer(h, nil)
	fd := h.fd
	err := use(fd)
	syscall.Close(fd)
	return err
})

// shape sound cleanup-stopped
var _ = add("cleanup-stopped", func() error {
	l := openLatch()
	l.stop.Stop()
	fd := l.fd
	err := use(fd)
	syscall.Close(fd)
	return err
})

// shape sound memory-view
var _ = add("memory-view", func() error {
	r := mapRegion()
	head := r.data[:8]
	err := touch(head)
	r.Close()
	return err
})

type view struct {
	r    *region
	part []byte
}

func (r *region) view(from, to int) view { return view{r, r.data[from:to]} }

// shape sound memory-view-struct
var _ = add("memory-view-struct", func() error {
	v := mapRegion().view(4, 8)
	err := touch(v.part)
	v.r.Close()
	return err
})

// shape sound weakly-watched
var _ = add("weakly-watched", func() error {
	h := open()
	w := weak.Make(h)
	err := use(h.fd)
	if w.Value() == nil {
		return errGone
	}
	h.Close()
	return err
})

// shape sound locked
var _ = add("locked", func() error {
	h := open()
	h.mu.Lock()
	defer h.mu.Unlock()
	fd := h.fd
	return use(fd)
})

// shape sound job-queue
var _ = add("job-queue", func() error {
	jobs, done := make(chan func() error, 1), make(chan error)
	h := open()
	fd := h.fd
	jobs <- func() error { return errors.Join(use(fd), h.Close()) }
	go func() { done <- (<-jobs)() }()
	return <-done
})

// shape sound rolled
var _ = add("rolled", func() error {
	h := open()
	fd := h.fd
	for range 2 {
		if err := use(fd); err != nil {
			return err
		}
		old := h
		h = open()
		fd = h.fd
		old.Close()
	}
	err := use(fd)
	h.Close()
	return err
})

// shape sound joined
var _ = add("joined", func() error {
	h := open()
	fd := h.fd
	return errors.Join(use(fd), h.Close())
})

func probed() (*handle, error) {
	h := open()
	return h, use(h.fd)
}

// shape sound returned-beside
var _ = add("returned-beside", func() error {
	h, err := probed()
	h.Close()
	return err
})

// shape sound condition
var _ = add("condition", func() error {
	h := open()
	fd := h.fd
	if use(fd) != nil || h.Close() != nil {
		return errGone
	}
	return nil
})

type result struct {
	err error
	h   *handle
}

// shape sound result-sent
var _ = add("result-sent", func() error {
	ch := make(chan result, 1)
	h := open()
	fd := h.fd
	ch <- result{use(fd), h}
	got := <-ch
	got.h.Close()
	return got.err
})

// shape sound collected-later
var _ = add("collected-later", func() error {
	var hs []*handle
	for range 2 {
		h := open()
		fd := h.fd
		if err := use(fd); err != nil {
			return err
		}
		hs = append(hs, h)
	}
	for _, h := range hs {
		h.Close()
	}
	return nil
})

// shape sound recovered
var _ = add("recovered", func() (err error) {
	h := open()
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%s: %v", *h.name, fault)
		}
	}()
	fd := h.fd
	return use(fd)
})

// shape sound named-in-error
var _ = add("named-in-error", func() error {
	h := open()
	fd := h.fd
	if err := use(fd); err != nil {
		return fmt.Errorf("%s: %w", *h.name, err)
	}
	return h.Close()
})

type registry[K comparable, V io.Closer] struct {
	held map[K]V
}

func (r *registry[K, V]) put(key K, v V) V {
	if r.held == nil {
		r.held = map[K]V{}
	}
	r.held[key] = v
	return v
}

func (r *registry[K, V]) Close() {
	for _, one := range r.held {
		one.Close()
	}
}

// shape sound generic-registry
var _ = add("generic-registry", func() error {
	var r registry[string, *handle]
	defer r.Close()
	fd := r.put("a", open()).fd
	return use(fd)
})

// shape sound other-key-deleted
var _ = add("other-key-deleted", func() error {
	m := map[string]*handle{"a": open(), "b": open()}
	fd := m["a"].fd
	delete(m, "b")
	err := use(fd)
	m["a"].Close()
	return err
})

// shape sound other-element-set
var _ = add("other-element-set", func() error {
	hs := []*handle{open(), open()}
	for i := range hs[:1] {
		fd := hs[i].fd
		hs[i+1] = open()
		if err := use(fd); err != nil {
			return err
		}
	}
	return errors.Join(hs[0].Close(), hs[1].Close())
})

// shape sound array-pointer
var _ = add("array-pointer", func() error {
	p := &[1]*handle{open()}
	fd := p[0].fd
	err := use(fd)
	p[0].Close()
	return err
})

// shape sound pulled
var _ = add("pulled", func() error {
	next, stop := iter.Pull2(handles(1))
	defer stop()
	_, h, _ := next()
	fd := h.fd
	err := use(fd)
	h.Close()
	return err
})

// shape sound after-context
var _ = add("after-context", func() error {
	ctx, cancel := context.WithCancel(context.Background())
	h := open()
	ended := make(chan struct{})
	context.AfterFunc(ctx, func() {
		h.Close()
		close(ended)
	})
	fd := h.fd
	err := use(fd)
	cancel()
	<-ended
	return err
})

type pair struct {
	read, write *os.File
}

func pipe() (p pair) {
	p.read, p.write, _ = os.Pipe()
	return p
}

// shape sound pipe-halves
var _ = add("pipe-halves", func() error {
	p := pipe()
	err := use(int(p.write.Fd()))
	p.read.Close()
	p.write.Close()
	return err
})

// shape sound standard-stream
var _ = add("standard-stream", func() error {
	out := os.Stderr
	fd := int(out.Fd())
	collect()
	_, err := syscall.FcntlFlock(uintptr(fd), 0, nil), error(nil)
	return err
})
