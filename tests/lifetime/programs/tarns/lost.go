package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"regexp"
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

// shape fail lookup-of-repo
type Commit struct {
	repo uintptr
	id   string
}

func (r *Repo) Lookup(id string) (*Commit, error) {
	if id == "" {
		return nil, errShort
	}
	return &Commit{r.ptr, id}, nil
}

func (c *Commit) Message() error { return libRun(c.repo) }

var _ = add("lookup-of-repo", func() error {
	c, err := mustRepo().Lookup("abc")
	if err != nil {
		return err
	}
	return c.Message()
})

// shape fail distance-of-two
func (g *Geometry) Distance(other *Geometry) error {
	err := libRun2(g.handle, other.handle)
	runtime.KeepAlive(g)
	return err
}

var _ = add("distance-of-two", func() error {
	return newGeometry("point").Distance(newGeometry("line"))
})

// shape fail predicate-by-function
func predicate(do func(uintptr) error, g *Geometry) error { return do(g.handle) }

var _ = add("predicate-by-function", func() error {
	return predicate(libRun, newGeometry("ring"))
})

// shape fail binary-by-function
func binary(do func(a, b uintptr) error, a, b *Geometry) error { return do(a.handle, b.handle) }

var _ = add("binary-by-function", func() error {
	g := newGeometry("a")
	err := binary(libRun2, g, newGeometry("b"))
	runtime.KeepAlive(g)
	return err
})

// shape sound array-for-library
func runAll(objects []uintptr) error {
	for _, object := range objects {
		if err := libRun(object); err != nil {
			return err
		}
	}
	return nil
}

//go:noinline
func sample() []*Geometry { return []*Geometry{newGeometry("a"), newGeometry("b")} }

func union(all ...*Geometry) error {
	objects := make([]uintptr, len(all))
	for i, g := range all {
		objects[i] = g.handle
	}
	return runAll(objects)
}

var _ = add("array-for-library", func() error {
	return union(sample()...)
})

// shape fail address-of-first
func runFirst(first *uintptr, n int) error {
	for _, object := range unsafe.Slice(first, n) {
		if err := libRun(object); err != nil {
			return err
		}
	}
	return nil
}

var _ = add("address-of-first", func() error {
	objects := []uintptr{newGeometry("a").handle, newGeometry("b").handle}
	return runFirst(&objects[0], len(objects))
})

// shape fail status-after
type Status struct {
	code int
	text *string
}

func (r *Repo) status() (s Status, err error) {
	err = libRun(r.ptr)
	if err != nil {
		s.code = 1
	}
	return
}

var _ = add("status-after", func() error {
	_, err := mustRepo().status()
	return err
})

// shape fail last-error
func (g *Geometry) check() error {
	if err := libRun(g.handle); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return nil
}

var _ = add("last-error", func() error { return newGeometry("x").check() })

// shape fail iterated-objects
func (r *Repo) entries() iter.Seq2[int, error] {
	ptr := r.ptr
	return func(yield func(int, error) bool) {
		for i := range 2 {
			if !yield(i, libRun(ptr)) {
				return
			}
		}
	}
}

var _ = add("iterated-objects", func() error {
	for _, err := range mustRepo().entries() {
		if err != nil {
			return err
		}
	}
	return nil
})

// shape fail cursor-next
type Cursor struct {
	ptr uintptr
	at  int
	err error
}

func (r *Repo) cursor() Cursor { return Cursor{ptr: r.ptr} }

func (c *Cursor) next() bool {
	c.at++
	c.err = libRun(c.ptr)
	return c.err == nil && c.at < 3
}

var _ = add("cursor-next", func() error {
	c := mustRepo().cursor()
	for c.next() {
	}
	return c.err
})

// shape fail locked-call
type Session struct {
	mu  sync.Mutex
	obj uintptr
}

func newSession() *Session {
	s := &Session{obj: libNew("session")}
	runtime.SetFinalizer(s, func(s *Session) { libFree(s.obj) })
	return s
}

func (s *Session) query() error {
	s.mu.Lock()
	obj := s.obj
	s.mu.Unlock()
	return libRun(obj)
}

var _ = add("locked-call", func() error { return newSession().query() })

// shape fail retained-count
type Shared struct {
	refs atomic.Int32
	obj  uintptr
}

type Ref struct {
	*Shared
	tag *string
}

func newRef() *Ref {
	s := &Shared{obj: libNew("shared")}
	s.refs.Add(1)
	r := &Ref{s, new(string)}
	runtime.SetFinalizer(r, func(r *Ref) {
		if r.refs.Add(-1) == 0 {
			libFree(r.obj)
		}
	})
	return r
}

var _ = add("retained-count", func() error { return libRun(newRef().obj) })

// shape fail attribute-set
type setting struct {
	key   string
	value uintptr
}

func apply(settings map[string]setting) error {
	for _, one := range settings {
		if err := libRun(one.value); err != nil {
			return err
		}
	}
	return nil
}

var _ = add("attribute-set", func() error {
	return apply(map[string]setting{"crs": {"crs", newGeometry("crs").handle}})
})

// shape fail callback-of-library
var callbacks = map[uintptr]func() error{}

func dispatch(key uintptr) error { return callbacks[key]() }

var _ = add("callback-of-library", func() error {
	s := newSession()
	obj := s.obj
	callbacks[1] = func() error { return libRun(obj) }
	return dispatch(1)
})

// shape fail with-context
type ctxKey struct{}

type request struct {
	values map[any]any
}

func (r *request) with(k, v any) *request { r.values[k] = v; return r }

var _ = add("with-context", func() error {
	r := (&request{map[any]any{}}).with(ctxKey{}, mustRepo().ptr)
	return libRun(r.values[ctxKey{}].(uintptr))
})

// shape fail tee-of-files
var _ = add("tee-of-files", func() error {
	in, out := openNull(), openNull()
	a, b := int(in.Fd()), int(out.Fd())
	if err := send(a); err != nil {
		return err
	}
	return send(b)
})

// shape fail copy-range
func copyRange(dst, src *os.File) error {
	return errors.Join(send(int(dst.Fd())), send(int(src.Fd())))
}

var _ = add("copy-range", func() error { return copyRange(openNull(), openNull()) })

// shape fail sized-terminal
type size struct{ rows, cols uint16 }

func sizeOf(f *os.File) (size, error) {
	var s size
	collect()
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), syscall.F_GETFD, 0)
	if errno != 0 {
		return s, errno
	}
	return s, send(int(f.Fd()))
}

var _ = add("sized-terminal", func() error {
	_, err := sizeOf(openNull())
	return err
})

// shape fail cleared-nonblock
func prepare(f *os.File) (int, error) {
	fd := int(f.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		return -1, os.NewSyscallError("setnonblock", err)
	}
	return fd, nil
}

var _ = add("cleared-nonblock", func() error {
	fd, err := prepare(openNull())
	if err != nil {
		return err
	}
	return send(fd)
})

// shape fail line-values
type values struct {
	mask uint64
	fd   int
}

func (l *Line) values() *values { return &values{1 << uint(l.offset), l.fd} }

func (v *values) get() error { return send(v.fd) }

var _ = add("line-values", func() error { return requestLine(3).values().get() })

// shape fail ioctl-request
type ioctlRequest struct {
	nr  uintptr
	arg unsafe.Pointer
}

func (q ioctlRequest) do(fd int) error {
	collect()
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), q.nr, uintptr(q.arg))
	if errno != 0 {
		return errno
	}
	return nil
}

var _ = add("ioctl-request", func() error {
	return ioctlRequest{nr: syscall.F_GETFD}.do(requestLine(1).fd)
})

// shape fail bulk-lines
var _ = add("bulk-lines", func() error {
	var lines [3]int
	for i := range lines {
		lines[i] = requestLine(i).fd
	}
	for _, fd := range lines {
		if err := send(fd); err != nil {
			return err
		}
	}
	return nil
})

// shape fail edge-events
var _ = add("edge-events", func() error {
	events := make(chan int, 1)
	go func() {
		l := requestLine(4)
		events <- l.fd
	}()
	return send(<-events)
})

// shape fail line-by-interface
type setter interface{ number() int }

func (l *Line) number() int { return l.fd }

func drive(s setter) error { return send(s.number()) }

var _ = add("line-by-interface", func() error { return drive(requestLine(2)) })

// shape fail json-of-memory
var _ = add("json-of-memory", func() error {
	part := mapIndex().data[12:19]
	collect()
	var v struct{ A int }
	if err := json.Unmarshal(part, &v); err != nil {
		return err
	}
	return nil
})

// shape fail checksum
func checksum(b []byte) uint32 { return crc32.ChecksumIEEE(b) }

var _ = add("checksum", func() error {
	b := mapIndex().data
	collect()
	if checksum(b) == 0 {
		return errShort
	}
	return nil
})

// shape fail searched-words
var _ = add("searched-words", func() error {
	words := mapIndex().words
	collect()
	i := sort.Search(len(words), func(i int) bool { return words[i] > 1<<20 })
	if i < 0 {
		return errShort
	}
	return nil
})

// shape fail binary-search
var _ = add("binary-search", func() error {
	x := mapIndex()
	words := x.words[1:64]
	collect()
	if at, _ := slices.BinarySearch(words, 16); at < 0 {
		return errShort
	}
	return nil
})

// shape fail scanned-lines
var _ = add("scanned-lines", func() error {
	in := bufio.NewScanner(bytes.NewReader(mapIndex().data[:32]))
	collect()
	for in.Scan() {
	}
	return in.Err()
})

// shape fail expression-over-memory
var number = regexp.MustCompile(`[0-9]+`)

var _ = add("expression-over-memory", func() error {
	b := mapIndex().data[:40]
	collect()
	if number.Find(b) == nil {
		return errShort
	}
	return nil
})

// shape fail field-of-header
type header struct {
	magic [8]byte
	count uint32
}

func (x *Index) header() *header { return (*header)(unsafe.Pointer(&x.data[0])) }

var _ = add("field-of-header", func() error {
	h := mapIndex().header()
	collect()
	if h.count == 0 {
		return errShort
	}
	return nil
})

// shape fail word-counter
var _ = add("word-counter", func() error {
	w := &mapIndex().words[2]
	collect()
	atomic.AddUint32(w, 1)
	return nil
})

// shape fail keys-of-memory
func (x *Index) key(i int) string {
	b := x.data[i : i+5]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

var _ = add("keys-of-memory", func() error {
	key := mapIndex().key(0)
	collect()
	if _, ok := map[string]int{"magic": 1}[key]; !ok {
		return errShort
	}
	return nil
})

// shape fail section-of-memory
type section struct {
	b   []byte
	off int
}

func (x *Index) section(i int) section { return section{x.data[i:], 0} }

func (s *section) u32() uint32 {
	v := uint32(s.b[s.off]) | uint32(s.b[s.off+1])<<8
	s.off += 4
	return v
}

var _ = add("section-of-memory", func() error {
	s := mapIndex().section(8)
	collect()
	if s.u32() == 0 {
		return errShort
	}
	return nil
})

// shape fail copied-to-writer
var _ = add("copied-to-writer", func() error {
	b := mapIndex().data[:16]
	collect()
	var out bytes.Buffer
	_, err := out.Write(b)
	return err
})

// shape fail compared-memory
var _ = add("compared-memory", func() error {
	a, b := mapIndex(), mapIndex()
	left, right := a.data[:16], b.data[:16]
	collect()
	if cmp.Compare(string(left), string(right)) != 0 {
		return errShort
	}
	return nil
})

// shape fail advised
func advise(b []byte) error {
	collect()
	b[0] = 'M'
	return syscall.Madvise(b, syscall.MADV_RANDOM)
}

var _ = add("advised", func() error { return advise(mapIndex().data) })

// shape fail weak-number
var _ = add("weak-number", func() error {
	r := mustRepo()
	w := weak.Make(r)
	ptr := w.Value().ptr
	return libRun(ptr)
})

// shape fail by-ticker
var _ = add("by-ticker", func() error {
	fd := requestLine(9).fd
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 2 {
		<-tick.C
		if err := send(fd); err != nil {
			return err
		}
	}
	return nil
})

// shape fail sorted-by-number
type device struct {
	name string
	fd   int
}

var _ = add("sorted-by-number", func() error {
	devices := []device{{"b", requestLine(1).fd}, {"a", requestLine(2).fd}}
	slices.SortFunc(devices, func(a, b device) int { return strings.Compare(a.name, b.name) })
	return send(devices[0].fd)
})

// shape fail error-of-method
type opError struct {
	fd int
	op string
}

func (e *opError) Error() string { return e.op }

func (e *opError) retry() error { return send(e.fd) }

func (l *Line) attempt() error { return &opError{l.fd, "set"} }

var _ = add("error-of-method", func() error {
	err := requestLine(7).attempt()
	var op *opError
	if errors.As(err, &op) {
		return op.retry()
	}
	return nil
})

// shape fail stringer-of-line
type lineReader int

func (r lineReader) Read(b []byte) (int, error) {
	collect()
	n, err := syscall.Read(int(r), b)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

var _ = add("stringer-of-line", func() error {
	r := io.LimitReader(lineReader(requestLine(5).fd), 4)
	_, err := io.ReadAll(r)
	return err
})

// shape fail local-returned-by-value
type token struct {
	obj uintptr
	tag *string
}

func newToken() token {
	t := token{obj: libNew("token"), tag: new(string)}
	runtime.AddCleanup(&t, libFree, t.obj)
	return t
}

var _ = add("local-returned-by-value", func() error {
	t := newToken()
	err := libRun(t.obj)
	runtime.KeepAlive(&t)
	return err
})

// shape fail cleanup-on-parameter-copy
func guard(t token) token {
	runtime.SetFinalizer(&t, func(t *token) { libFree(t.obj) })
	return t
}

var _ = add("cleanup-on-parameter-copy", func() error {
	t := guard(token{libNew("token"), new(string)})
	return libRun(t.obj)
})

// shape fail inner-by-accessor
type shaft struct {
	fd   int
	deep bool
}

type mine struct {
	shaft *shaft
	name  *string
}

func digMine() *mine {
	m := &mine{&shaft{fd: null()}, new(string)}
	runtime.AddCleanup(m, func(s *shaft) { s.deep = true; syscall.Close(s.fd) }, m.shaft)
	return m
}

func (m *mine) inner() *shaft { return m.shaft }

var _ = add("inner-by-accessor", func() error {
	s := digMine().inner()
	err := send(s.fd)
	runtime.KeepAlive(s)
	return err
})

// shape fail text-by-method
func (x *Index) title() string { return unsafe.String(&x.data[0], 5) }

var _ = add("text-by-method", func() error {
	title := mapIndex().title()
	collect()
	return readAll(unsafe.Slice(unsafe.StringData(title), len(title)))
})

func readAll(b []byte) error {
	n := 0
	for _, c := range b {
		n += int(c)
	}
	if n == 0 {
		return errShort
	}
	return nil
}

// shape fail reader-by-method
type indexReader struct {
	b   []byte
	pos int
}

func (x *Index) reader() *indexReader { return &indexReader{b: x.data} }

func (r *indexReader) next() error {
	collect()
	r.pos++
	return readAll(r.b[r.pos:64])
}

var _ = add("reader-by-method", func() error { return mapIndex().reader().next() })
