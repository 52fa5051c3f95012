package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"example.com/looms/lib"
)

// shape fail body-number
var _ = add("body-number", bodyNumber)

func bodyNumber() error {
	l := NewLoom()
	fd, err := l.Descriptor()
	if err != nil {
		return err
	}
	collect()
	return put(fd)
}

// shape fail body-referenced
var _ = add("body-referenced", func() error { return NewLoom().flush(payload) })

func (l Loom) flush(b []byte) error {
	if err := l.incref(); err != nil {
		return err
	}
	fd := l.fd
	l.refs.Add(-1)
	collect()
	_, err := syscall.Write(fd, b)
	return err
}

// shape fail core-kept-alone
var _ = add("core-kept-alone", coreKeptAlone)

func coreKeptAlone() error {
	c := NewThread("a").core
	collect()
	_, err := c.write(payload)
	return err
}

// shape fail core-by-getter
var _ = add("core-by-getter", coreByGetter)

func coreByGetter() error {
	t := NewThread("b")
	c := t.Core()
	collect()
	if _, err := c.write(payload); err != nil {
		return fmt.Errorf("core: %w", err)
	}
	return nil
}

// shape fail core-in-method
var _ = add("core-in-method", func() error { return NewThread("c").Sync() })

func (t *Thread) Sync() error {
	c := t.core
	for i := range 2 {
		collect()
		if _, err := c.write(payload[:1]); err != nil {
			return fmt.Errorf("write %d: %w", i, err)
		}
	}
	return nil
}

// shape fail core-method-value
var _ = add("core-method-value", coreMethodValue)

func coreMethodValue() error {
	write := NewThread("d").core.write
	collect()
	_, err := write(payload)
	return err
}

// shape fail ring-head
var _ = add("ring-head", ringHead)

func ringHead() error {
	r := must(NewRing(8))
	head := r.head
	collect()
	atomic.AddUint32(head, 1)
	return nil
}

// shape fail ring-slots
var _ = add("ring-slots", func() error { return ringSlots(4) })

func ringSlots(n int) error {
	r, err := NewRing(n)
	if err != nil {
		return err
	}
	slots := r.Slots()
	collect()
	for i := range slots {
		slots[i] = uint64(i)
	}
	return nil
}

// shape fail ring-text-fields
var _ = add("ring-text-fields", ringTextFields)

func ringTextFields() error {
	r := must(NewRing(8))
	copy(r.mem, "warp weft")
	words := strings.Fields(r.Text(0, 9))
	collect()
	if words[1] != "weft" {
		return errors.New("not weft")
	}
	return nil
}

// shape fail ring-scanner
var _ = add("ring-scanner", ringScanner)

func ringScanner() error {
	r := must(NewRing(8))
	copy(r.mem, "warp\nweft\n")
	scanner := bufio.NewScanner(bytes.NewReader(r.mem[:10]))
	collect()
	lines := 0
	for scanner.Scan() {
		lines++
	}
	if lines != 2 {
		return fmt.Errorf("%d lines", lines)
	}
	return scanner.Err()
}

// shape fail ring-json
var _ = add("ring-json", ringJSON)

func ringJSON() error {
	r := must(NewRing(8))
	text := r.mem[:copy(r.mem, `{"width":3}`)]
	collect()
	var v struct{ Width int }
	return json.Unmarshal(text, &v)
}

// shape fail ring-copied-late
var _ = add("ring-copied-late", ringCopiedLate)

func ringCopiedLate() error {
	r := must(NewRing(8))
	page := r.mem[:64:64]
	collect()
	out := make([]byte, len(page))
	copy(out, page)
	return nil
}

// shape fail ring-iovec
var _ = add("ring-iovec", ringIovec)

func ringIovec() error {
	r := must(NewRing(8))
	iov := [1]syscall.Iovec{{Base: &r.mem[0], Len: 8}}
	collect()
	f, err := os.CreateTemp("", "looms")
	if err != nil {
		return err
	}
	defer f.Close()
	os.Remove(f.Name())
	_, _, errno := syscall.Syscall(syscall.SYS_WRITEV, f.Fd(), uintptr(unsafe.Pointer(&iov)), 1)
	if errno != 0 {
		return errno
	}
	return nil
}

// shape fail arena-value
var _ = add("arena-value", arenaValue)

func arenaValue() error {
	a := NewArena(1 << 16)
	point := Alloc[struct{ x, y float64 }](a)
	collect()
	point.x, point.y = 1, 2
	return nil
}

// shape fail arena-list
var _ = add("arena-list", arenaList)

type knot struct {
	next *knot
	size int
}

func arenaList() error {
	a := NewArena(1 << 16)
	var first *knot
	for i := range 3 {
		k := Alloc[knot](a)
		k.next, k.size = first, i
		first = k
	}
	collect()
	sum := 0
	for k := first; k != nil; k = k.next {
		sum += k.size
	}
	if sum != 3 {
		return fmt.Errorf("sum %d", sum)
	}
	return nil
}

// shape fail terminal-both
var _ = add("terminal-both", terminalBoth)

func terminalBoth() error {
	t, err := OpenTerminal()
	if err != nil {
		return err
	}
	_, out := t.Descriptors()
	collect()
	return put(int(out))
}

// shape fail terminal-table
var _ = add("terminal-table", terminalTable)

func terminalTable() error {
	t := must(OpenTerminal())
	in, out := t.Descriptors()
	for _, one := range []struct {
		name string
		fd   uintptr
	}{{"in", in}, {"out", out}} {
		collect()
		var st syscall.Stat_t
		if err := syscall.Fstat(int(one.fd), &st); err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
	}
	return nil
}

// shape fail statement
var _ = add("statement", statement)

func statement() error {
	db := OpenStore()
	st, err := db.Prepare("select")
	if err != nil {
		return err
	}
	collect()
	return st.Exec()
}

// shape fail statement-bound
var _ = add("statement-bound", func() error {
	st, err := OpenStore().Prepare("insert")
	if err != nil {
		return err
	}
	st.Bind(1).Bind("two")
	collect()
	return st.Exec()
})

// shape fail statement-deferred
var _ = add("statement-deferred", statementDeferred)

func statementDeferred() (err error) {
	db := OpenStore()
	st, err := db.Prepare("commit")
	if err != nil {
		return err
	}
	defer func() {
		if e := st.Exec(); e != nil {
			err = errors.Join(err, e)
		}
	}()
	collect()
	return nil
}

// shape fail spool-number
var _ = add("spool-number", spoolNumber)

func spoolNumber() error {
	s := NewSpool(null(), syscall.Close)
	n := s.N()
	collect()
	return put(n)
}

// shape fail spool-max
var _ = add("spool-max", spoolMax)

func spoolMax() error {
	a, b := NewSpool(null(), syscall.Close), NewSpool(null(), syscall.Close)
	highest := max(a.n, b.n)
	collect()
	var set syscall.FdSet
	set.Bits[highest/64] |= 1 << (highest % 64)
	_, err := syscall.Select(highest+1, nil, &set, nil, &syscall.Timeval{})
	return err
}

// shape fail tracked
var _ = add("tracked", func() error {
	n := NewNeedle()
	fd := n.fd
	collect()
	return put(fd)
})

// shape fail warp-promoted
var _ = add("warp-promoted", warpPromoted)

func warpPromoted() error {
	w := NewWarp(3)
	fd := w.number()
	width := w.width
	collect()
	if width != 3 {
		return errors.New("width")
	}
	return put(fd)
}

// shape fail warp-inside-switch
var _ = add("warp-inside-switch", func() error { return NewWarp(2).emit('b') })

func (w *Warp) emit(kind byte) error {
	switch fd := w.fd; {
	case kind == 'a':
		return nil
	case kind >= 'b':
		collect()
		return put(fd)
	default:
		return errors.New("kind")
	}
}

// shape fail weft-ends
var _ = add("weft-ends", weftEnds)

func weftEnds() error {
	ends := NewWeft().ends
	collect()
	_, err := syscall.Write(ends[1], payload)
	return err
}

// shape fail weft-pointer
var _ = add("weft-pointer", weftPointer)

func weftPointer() error {
	w := NewWeft()
	reader, writer := w.ends[0], w.ends[1]
	go func() {
		collect()
		put(writer)
	}()
	b := make([]byte, 1)
	collect()
	_, err := syscall.Read(reader, b)
	return err
}

// shape fail weakly-known
var _ = add("weakly-known", weaklyKnown)

func weaklyKnown() error {
	n := catalogue.get("darning")
	fd := n.fd
	collect()
	return put(fd)
}

// shape fail weakly-known-chain
var _ = add("weakly-known-chain", func() error {
	fd := catalogue.get("sewing").fd
	collect()
	return put(fd)
})

// shape fail pool-not-returned
var _ = add("pool-not-returned", poolNotReturned)

func poolNotReturned() error {
	n := needles.Get().(*Needle)
	fd := n.fd
	collect()
	return put(fd)
}

// shape fail mapped-by-function
var _ = add("mapped-by-function", mappedByFunction)

func project[T, R any](list []T, f func(T) R) []R {
	out := make([]R, 0, len(list))
	for _, one := range list {
		out = append(out, f(one))
	}
	return out
}

func mappedByFunction() error {
	list := []*Needle{NewNeedle(), NewNeedle()}
	fds := project(list, func(n *Needle) int { return n.fd })
	collect()
	for _, fd := range fds {
		if err := put(fd); err != nil {
			return err
		}
	}
	return nil
}

// shape fail sorted-then-first
var _ = add("sorted-then-first", sortedThenFirst)

func sortedThenFirst() error {
	list := []*Needle{NewNeedle(), NewNeedle(), NewNeedle()}
	slices.SortFunc(list, compareNeedles)
	lowest := list[0].fd
	collect()
	return put(lowest)
}

// shape fail collected-sequence
var _ = add("collected-sequence", collectedSequence)

func numbers(list ...*Needle) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, n := range list {
			if !yield(n.fd) {
				return
			}
		}
	}
}

func collectedSequence() error {
	fds := slices.Collect(numbers(NewNeedle(), NewNeedle()))
	collect()
	return put(fds[1])
}

// shape fail sequence-loop-break
var _ = add("sequence-loop-break", func() error {
	last := -1
	for fd := range numbers(NewNeedle(), NewNeedle()) {
		last = fd
		break
	}
	collect()
	return put(last)
})

// shape fail map-of-names
var _ = add("map-of-names", mapOfNames)

func mapOfNames() error {
	out, in := NewNeedle(), NewNeedle()
	byName := map[string]int{"out": out.fd, "in": in.fd}
	collect()
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if err := put(byName[name]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// shape fail writer-of-number
var _ = add("writer-of-number", writerOfNumber)

func writerOfNumber() error {
	n := NewNeedle()
	out := bufio.NewWriterSize(fdWriter(n.fd), 16)
	collect()
	fmt.Fprintf(out, "%d %s", 1, "one")
	return out.Flush()
}

// shape fail encoder-of-number
var _ = add("encoder-of-number", encoderOfNumber)

func encoderOfNumber() error {
	enc := json.NewEncoder(fdWriter(NewNeedle().fd))
	collect()
	return enc.Encode(map[string]int{"a": 1})
}

// shape fail once-value
var _ = add("once-value", onceValue)

func onceValue() error {
	number := sync.OnceValue(func() int { return NewNeedle().fd })
	number()
	collect()
	return put(number())
}

// shape fail stored-in-atomic
var _ = add("stored-in-atomic", storedInAtomic)

func storedInAtomic() error {
	var current atomic.Int64
	n := NewNeedle()
	current.Store(int64(n.fd))
	collect()
	return put(int(current.Load()))
}

// shape fail after-context
var _ = add("after-context", afterContext)

func afterContext() error {
	ctx, cancel := context.WithCancel(context.Background())
	n := NewNeedle()
	fd, done := n.fd, make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { done <- put(fd) })
	defer stop()
	collect()
	cancel()
	return <-done
}

// shape fail configured
var _ = add("configured", configured)

type serverConfig struct {
	FD   int
	Name string
	Log  func(format string, args ...any)
}

type server struct {
	cfg  serverConfig
	quit chan struct{}
}

func newServer(cfg serverConfig) *server {
	if cfg.Log == nil {
		cfg.Log = func(string, ...any) {}
	}
	return &server{cfg: cfg, quit: make(chan struct{})}
}

func (s *server) serve(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.quit:
			return nil
		default:
			if err := put(s.cfg.FD); err != nil {
				s.cfg.Log("%s: %v", s.cfg.Name, err)
				return err
			}
			close(s.quit)
		}
	}
}

func configured() error {
	n := NewNeedle()
	s := newServer(serverConfig{FD: n.fd, Name: "loom"})
	collect()
	return s.serve(context.Background())
}

// shape fail interface-in-struct
var _ = add("interface-in-struct", interfaceInStruct)

type labelled struct {
	descriptor
	label string
}

func interfaceInStruct() error {
	one := labelled{NewLoom(), "a"}
	fd, err := one.Descriptor()
	label := one.label
	if err != nil || label == "" {
		return err
	}
	collect()
	return put(fd)
}

// shape fail table-raw
var _ = add("table-raw", tableRaw)

func tableRaw() error {
	t, err := lib.Open(lib.Config{Flags: os.O_APPEND})
	if err != nil {
		return err
	}
	raw := t.Raw()
	collect()
	return put(int(raw))
}

// shape fail table-shuttle
var _ = add("table-shuttle", tableShuttle)

func tableShuttle() error {
	t := must(lib.Open(lib.Config{Path: "/dev/null"}))
	s := t.Shuttle()
	collect()
	_, err := s.Pass(payload)
	return err
}

// shape fail bobbin-list
var _ = add("bobbin-list", bobbinList)

func bobbinList() error {
	head := &lib.Bobbin{FD: -1}
	for range 3 {
		b := lib.NewBobbin()
		b.Next, head.Next = head.Next, b
	}
	var fds []int
	for b := head.Next; b != nil; b = b.Next {
		fds = append(fds, b.FD)
	}
	collect()
	return put(fds[0])
}

// shape fail bobbin-recursive
var _ = add("bobbin-recursive", func() error { return wind(lib.NewBobbin().FD, 3) })

func wind(fd, rounds int) error {
	if rounds == 0 {
		return put(fd)
	}
	collect()
	return wind(fd, rounds-1)
}

// shape fail recovered
var _ = add("recovered", recovered)

func recovered() (err error) {
	n := NewNeedle()
	fd := n.fd
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

// shape fail handles-method
var _ = add("handles-method", handlesMethod)

type needleList []*Needle

func (l needleList) first() int {
	if len(l) == 0 {
		return -1
	}
	return l[0].fd
}

func handlesMethod() error {
	l := needleList{NewNeedle(), NewNeedle()}
	fd := l.first()
	collect()
	return put(fd)
}

// shape fail opener-type
var _ = add("opener-type", openerType)

type opener func() *Needle

func (o opener) number() int { return o().fd }

func openerType() error {
	fd := opener(NewNeedle).number()
	collect()
	return put(fd)
}

// shape fail closure-in-field
var _ = add("closure-in-field", closureInField)

type hooks struct {
	write func([]byte) (int, error)
	close func() error
}

func newHooks() *hooks {
	n := NewNeedle()
	fd := n.fd
	return &hooks{
		write: func(b []byte) (int, error) { return syscall.Write(fd, b) },
		close: func() error { return nil },
	}
}

func closureInField() error {
	h := newHooks()
	collect()
	_, err := h.write(payload)
	return errors.Join(err, h.close())
}

// shape fail variadic-numbers
var _ = add("variadic-numbers", variadicNumbers)

func putAll(b []byte, fds ...int) (err error) {
	for _, fd := range fds {
		if _, e := syscall.Write(fd, b); e != nil && err == nil {
			err = e
		}
	}
	return
}

func variadicNumbers() error {
	a, b := NewNeedle(), NewNeedle()
	fds := []int{a.fd, b.fd}
	collect()
	return putAll(payload, fds...)
}
