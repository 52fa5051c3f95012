package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
	"weak"
)

// shape sound lookup-with-repo
type Tag struct {
	owner *Repo
	repo  uintptr
}

func (r *Repo) Tag() *Tag { return &Tag{r, r.ptr} }

func (t *Tag) Message() error {
	err := libRun(t.repo)
	runtime.KeepAlive(t)
	return err
}

var _ = add("lookup-with-repo", func() error { return mustRepo().Tag().Message() })

// shape sound distance-of-two-kept
func (g *Geometry) Within(other *Geometry) error {
	err := libRun2(g.handle, other.handle)
	runtime.KeepAlive(g)
	runtime.KeepAlive(other)
	return err
}

var _ = add("distance-of-two-kept", func() error {
	return newGeometry("point").Within(newGeometry("line"))
})

// shape sound predicate-kept
func predicateKept(do func(uintptr) error, g *Geometry) error {
	defer runtime.KeepAlive(g)
	return do(g.handle)
}

var _ = add("predicate-kept", func() error { return predicateKept(libRun, newGeometry("ring")) })

// shape sound caller-defers-free
func (r *Repo) touch() error { return libRun(r.ptr) }

var _ = add("caller-defers-free", func() error {
	r := mustRepo()
	defer r.Free()
	return r.touch()
})

// shape sound array-of-kept
func collectAll(all []*Geometry) error {
	objects := make([]uintptr, 0, len(all))
	for _, g := range all {
		objects = append(objects, g.handle)
	}
	var err error
	for _, object := range objects {
		err = errors.Join(err, libRun(object))
	}
	runtime.KeepAlive(all)
	return err
}

var _ = add("array-of-kept", func() error {
	return collectAll([]*Geometry{newGeometry("a"), newGeometry("b")})
})

// shape sound lost-by-free-function
type Freed struct {
	obj  uintptr
	tag  *string
	once sync.Once
}

func newFreed() *Freed {
	f := &Freed{obj: libNew("freed"), tag: new(string)}
	runtime.SetFinalizer(f, (*Freed).free)
	return f
}

func (f *Freed) free() { f.once.Do(func() { libFree(f.obj) }) }

func (f *Freed) run() error {
	err := libRun(f.obj)
	f.free()
	return err
}

var _ = add("lost-by-free-function", func() error { return newFreed().run() })

// shape sound status-logged
func (r *Repo) statusLogged() error {
	err := libRun(r.ptr)
	if err != nil {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	_ = r.path
	r.path = "done"
	return nil
}

var _ = add("status-logged", func() error {
	r := mustRepo()
	err := r.statusLogged()
	runtime.KeepAlive(r)
	return err
})

// shape sound iterated-with-owner
func (r *Repo) all() iter.Seq[error] {
	return func(yield func(error) bool) {
		for range 2 {
			if !yield(libRun(r.ptr)) {
				return
			}
		}
		runtime.KeepAlive(r)
	}
}

var _ = add("iterated-with-owner", func() error {
	for err := range mustRepo().all() {
		if err != nil {
			return err
		}
	}
	return nil
})

// shape sound cursor-with-owner
type heldCursor struct {
	repo *Repo
	at   int
}

func (c *heldCursor) next() error {
	c.at++
	err := libRun(c.repo.ptr)
	c.at--
	runtime.KeepAlive(c.repo)
	return err
}

var _ = add("cursor-with-owner", func() error {
	c := &heldCursor{repo: mustRepo()}
	return errors.Join(c.next(), c.next())
})

// shape sound locked-to-the-end
func (s *Session) exec() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return libRun(s.obj)
}

var _ = add("locked-to-the-end", func() error { return newSession().exec() })

// shape sound counted-up
func (r *Ref) clone() *Ref {
	r.refs.Add(1)
	c := &Ref{r.Shared, new(string)}
	runtime.SetFinalizer(c, func(c *Ref) {
		if c.refs.Add(-1) == 0 {
			libFree(c.obj)
		}
	})
	return c
}

var _ = add("counted-up", func() error {
	r := newRef()
	c := r.clone()
	err := libRun(c.obj)
	runtime.KeepAlive(r)
	runtime.KeepAlive(c)
	return err
})

// shape sound settings-held
var _ = add("settings-held", func() error {
	g := newGeometry("crs")
	err := apply(map[string]setting{"crs": {"crs", g.handle}})
	fmt.Fprint(io.Discard, g.kind)
	runtime.KeepAlive(g)
	return err
})

// shape sound callback-holds
var _ = add("callback-holds", func() error {
	s := newSession()
	callbacks[2] = func() error { return s.exec() }
	return dispatch(2)
})

// shape sound callback-registered
var registered = map[uintptr]*Session{}

func enlist(s *Session) uintptr {
	registered[s.obj] = s
	return s.obj
}

var _ = add("callback-registered", func() error { return libRun(enlist(newSession())) })

// shape sound files-closed
var _ = add("files-closed", func() error {
	in, out := openNull(), openNull()
	err := errors.Join(send(int(in.Fd())), send(int(out.Fd())))
	return errors.Join(err, in.Close(), out.Close())
})

// shape sound copy-then-sync
var _ = add("copy-then-sync", func() error {
	f, err := os.CreateTemp("", "tarn")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := send(int(f.Fd())); err != nil {
		return err
	}
	return f.Sync()
})

// shape sound raw-control
var _ = add("raw-control", func() error {
	f := openNull()
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = send(int(fd)) }); err != nil {
		return err
	}
	return inner
})

// shape sound prepared-and-held
var _ = add("prepared-and-held", func() error {
	f := openNull()
	defer f.Close()
	fd, err := prepare(f)
	if err != nil {
		return err
	}
	return send(fd)
})

// shape sound line-values-held
type heldValues struct {
	line *Line
	mask uint64
}

func (v heldValues) get() error {
	err := send(v.line.fd)
	v.line.offset++
	runtime.KeepAlive(v.line)
	return err
}

var _ = add("line-values-held", func() error { return heldValues{requestLine(3), 1}.get() })

// shape sound lines-in-struct
type bank struct{ lines [3]*Line }

func (b *bank) each() error {
	for _, l := range b.lines {
		if err := send(l.fd); err != nil {
			return err
		}
	}
	return b.close()
}

func (b *bank) close() (err error) {
	for _, l := range b.lines {
		err = errors.Join(err, l.Close())
	}
	return err
}

var _ = add("lines-in-struct", func() error {
	b := &bank{}
	for i := range b.lines {
		b.lines[i] = requestLine(i)
	}
	return b.each()
})

// shape sound events-with-line
type lineEvent struct {
	line *Line
	fd   int
}

var _ = add("events-with-line", func() error {
	events := make(chan lineEvent, 1)
	go func() {
		l := requestLine(4)
		events <- lineEvent{l, l.fd}
	}()
	e := <-events
	err := send(e.fd)
	return errors.Join(err, e.line.Close())
})

// shape sound driven-and-closed
var _ = add("driven-and-closed", func() error {
	l := requestLine(2)
	err := drive(l)
	return errors.Join(err, l.Close())
})

// shape sound json-copied
var _ = add("json-copied", func() error {
	x := mapIndex()
	part := bytes.Clone(x.data[12:19])
	x.Close()
	collect()
	var v struct{ A int }
	return json.Unmarshal(part, &v)
})

// shape sound checksum-kept
var _ = add("checksum-kept", func() error {
	x := mapIndex()
	defer x.Close()
	b := x.data
	collect()
	if checksum(b) == 0 {
		return errShort
	}
	return nil
})

// shape sound searched-in-method
func (x *Index) find(v uint32) int {
	defer runtime.KeepAlive(x)
	words := x.words
	collect()
	return sort.Search(len(words), func(i int) bool { return words[i] >= v })
}

var _ = add("searched-in-method", func() error {
	if mapIndex().find(1<<30) < 0 {
		return errShort
	}
	return nil
})

// shape sound scanned-while-open
type scannerOf struct {
	*bufio.Scanner
	index *Index
}

func (x *Index) scanner() scannerOf {
	return scannerOf{bufio.NewScanner(bytes.NewReader(x.data[:32])), x}
}

var _ = add("scanned-while-open", func() error {
	s := mapIndex().scanner()
	collect()
	for s.Scan() {
	}
	err := s.Err()
	s.index.Close()
	return err
})

// shape sound header-copied
var _ = add("header-copied", func() error {
	h := *mapIndex().header()
	collect()
	if h.count == 0 {
		return errShort
	}
	return nil
})

// shape sound words-of-own
var _ = add("words-of-own", func() error {
	x := mapIndex()
	w := &x.words[2]
	collect()
	atomic.AddUint32(w, 1)
	x.Close()
	return nil
})

// shape sound keys-cloned
var _ = add("keys-cloned", func() error {
	x := mapIndex()
	key := strings.Clone(x.key(0))
	x.Close()
	collect()
	if key != "magic" {
		return errShort
	}
	return nil
})

// shape sound section-with-index
type heldSection struct {
	index *Index
	b     []byte
}

func (s heldSection) first() byte { return s.b[0] }

var _ = add("section-with-index", func() error {
	x := mapIndex()
	s := heldSection{x, x.data[:8]}
	collect()
	if s.first() == 0 {
		return errShort
	}
	s.index.Close()
	return nil
})

// shape sound weak-strong-again
var _ = add("weak-strong-again", func() error {
	r := mustRepo()
	e := weak.Make(r).Value()
	ptr := r.ptr
	err := libRun(ptr)
	e.Free()
	return err
})

// shape sound weak-cache
var cache = map[string]weak.Pointer[Repo]{}

func cached() *Repo {
	if r := cache["x"].Value(); r != nil {
		return r
	}
	r := mustRepo()
	cache["x"] = weak.Make(r)
	return r
}

var _ = add("weak-cache", func() error {
	r := cached()
	err := libRun(r.ptr)
	if cached() != r {
		return errShort
	}
	return err
})

// shape sound buffer-in-owner
type framed struct {
	fd  int
	buf [8]byte
	tag *string
}

func newFramed() *framed {
	f := &framed{fd: null(), tag: new(string)}
	runtime.SetFinalizer(f, func(f *framed) { syscall.Close(f.fd) })
	return f
}

//go:noinline
func fill(fd int, b []byte) error {
	b[0] = 1
	err := send(fd)
	b[1] = 2
	return err
}

func (f *framed) read() (string, error) {
	err := fill(f.fd, f.buf[:])
	return string(f.buf[:2]), err
}

var _ = add("buffer-in-owner", func() error {
	_, err := newFramed().read()
	return err
})

// shape sound buffer-in-owner-only
func (f *framed) peek() error {
	b := f.buf[:]
	return fill(f.fd, b)
}

var _ = add("buffer-in-owner-only", func() error { return newFramed().peek() })

// shape sound result-in-owner
type counted struct {
	fd   int
	last int
	tag  *string
}

func newCounted() *counted {
	c := &counted{fd: null(), tag: new(string)}
	runtime.SetFinalizer(c, func(c *counted) { syscall.Close(c.fd) })
	return c
}

func (c *counted) write() (err error) {
	collect()
	c.last, err = syscall.Write(c.fd, payload)
	return err
}

var _ = add("result-in-owner", func() error {
	c := newCounted()
	err := c.write()
	if c.last != 1 {
		return errShort
	}
	return err
})

// shape sound ticking
var _ = add("ticking", func() error {
	l := requestLine(9)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 2 {
		<-tick.C
		if err := send(l.fd); err != nil {
			return err
		}
	}
	return l.Close()
})

// shape sound sorted-lines
var _ = add("sorted-lines", func() error {
	lines := []*Line{requestLine(2), requestLine(1)}
	slices.SortFunc(lines, func(a, b *Line) int { return a.offset - b.offset })
	err := send(lines[0].fd)
	for _, l := range lines {
		err = errors.Join(err, l.Close())
	}
	return err
})

// shape sound reader-of-line
type heldReader struct{ l *Line }

func (r heldReader) Read(b []byte) (int, error) {
	collect()
	n, err := syscall.Read(r.l.fd, b)
	if n == 0 && err == nil {
		err = io.EOF
	}
	runtime.KeepAlive(r.l)
	return n, err
}

var _ = add("reader-of-line", func() error {
	_, err := io.ReadAll(io.LimitReader(heldReader{requestLine(5)}, 4))
	return err
})

// shape sound token-by-pointer
func pointToken() *token {
	t := token{obj: libNew("token"), tag: new(string)}
	runtime.AddCleanup(&t, libFree, t.obj)
	return &t
}

var _ = add("token-by-pointer", func() error {
	t := pointToken()
	err := libRun(t.obj)
	runtime.KeepAlive(t)
	return err
})

// shape sound freed-on-error
func tryRepo() (*Repo, error) {
	r := mustRepo()
	if err := libRun(r.ptr); err != nil {
		r.Free()
		return nil, err
	}
	return r, nil
}

var _ = add("freed-on-error", func() error {
	_, err := tryRepo()
	return err
})

// shape sound detached-object
func (r *Repo) release() uintptr {
	runtime.SetFinalizer(r, nil)
	return r.ptr
}

var _ = add("detached-object", func() error { return libRun(mustRepo().release()) })

// shape sound handed-to-child
type worktree struct {
	repo *Repo
	ptr  uintptr
}

func (r *Repo) worktree() *worktree {
	w := &worktree{repo: r, ptr: libNew("worktree")}
	runtime.SetFinalizer(w, func(w *worktree) { libFree(w.ptr) })
	return w
}

func (w *worktree) prune() error {
	defer runtime.KeepAlive(w)
	return libRun2(w.repo.ptr, w.ptr)
}

var _ = add("handed-to-child", func() error { return mustRepo().worktree().prune() })

// shape sound global-context
var global = newGeometry("world")

var _ = add("global-context", func() error { return libRun(global.handle) })

// shape sound lazily-made
var lazy = sync.OnceValue(func() *Repo { return mustRepo() })

var _ = add("lazily-made", func() error { return libRun(lazy().ptr) })

// shape sound address-of-kept
var _ = add("address-of-kept", func() error {
	a, b := newGeometry("a"), newGeometry("b")
	objects := []uintptr{a.handle, b.handle}
	err := runFirst(&objects[0], len(objects))
	runtime.KeepAlive([]any{a, b})
	return err
})

// shape sound mapped-pointer-kept
var _ = add("mapped-pointer-kept", func() error {
	x := mapIndex()
	p := (*[8]byte)(unsafe.Pointer(&x.data[0]))
	collect()
	if p[0] != 'm' {
		return errShort
	}
	fmt.Fprint(io.Discard, x.path)
	runtime.KeepAlive(x)
	return nil
})

// shape sound inner-by-accessor-kept
var _ = add("inner-by-accessor-kept", func() error {
	m := digMine()
	s := m.inner()
	err := send(s.fd)
	runtime.KeepAlive(m)
	return err
})

// shape sound inner-leads-back
type gallery struct {
	fd   int
	mine *pit
}

type pit struct {
	gallery *gallery
	name    *string
}

func digPit() *pit {
	p := &pit{gallery: &gallery{fd: null()}, name: new(string)}
	p.gallery.mine = p
	runtime.AddCleanup(p, func(fd int) { syscall.Close(fd) }, p.gallery.fd)
	return p
}

func (p *pit) inner() *gallery { return p.gallery }

var _ = add("inner-leads-back", func() error {
	g := digPit().inner()
	err := send(g.fd)
	runtime.KeepAlive(g)
	return err
})

// shape sound inner-by-value
type lode struct {
	fd  int
	tag *string
}

type vein struct {
	lode lode
	name *string
}

func digVein() *vein {
	v := &vein{lode: lode{fd: null(), tag: new(string)}, name: new(string)}
	runtime.SetFinalizer(v, func(v *vein) { syscall.Close(v.lode.fd) })
	return v
}

func (v *vein) inner() *lode { return &v.lode }

var _ = add("inner-by-value", func() error {
	l := digVein().inner()
	err := send(l.fd)
	runtime.KeepAlive(l)
	return err
})

// shape sound token-kept-inside
type tokens struct{ all []*token }

func (s *tokens) copyOf() token {
	t := token{obj: libNew("token"), tag: new(string)}
	runtime.AddCleanup(&t, libFree, t.obj)
	s.all = append(s.all, &t)
	return t
}

var _ = add("token-kept-inside", func() error {
	s := &tokens{}
	t := s.copyOf()
	err := libRun(t.obj)
	runtime.KeepAlive(s)
	return err
})

// shape sound callback-keeps-both
var _ = add("callback-keeps-both", func() error {
	s := newSession()
	obj := s.obj
	callbacks[3] = func() error {
		err := libRun(obj)
		runtime.KeepAlive(s)
		return err
	}
	return dispatch(3)
})

// shape sound key-cloned-looked-up
var _ = add("key-cloned-looked-up", func() error {
	x := mapIndex()
	key := x.key(0)
	collect()
	_, ok := map[string]int{"magic": 1}[key]
	x.Close()
	if !ok {
		return errShort
	}
	return nil
})
