package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"example.com/mills/gpu"
)

// shape fail number
var _ = add("number", func() error {
	m := NewMill(Config{Label: "a"})
	n := m.number()
	collect()
	return write(n, payload)
})

// shape fail field-of-struct
var _ = add("field-of-struct", fieldOfStruct)

func fieldOfStruct() error {
	m := NewMill(Config{})
	conn := m.conn
	collect()
	return write(conn.num, payload)
}

// shape fail label-before
var _ = add("label-before", labelBefore)

func labelBefore() error {
	m := NewMill(Config{})
	n, label := m.number(), m.cfg.Label
	collect()
	if err := write(n, payload); err != nil {
		return fmt.Errorf("%s: %w", label, err)
	}
	return nil
}

// shape fail method-run
var _ = add("method-run", func() error { return NewMill(Config{}).run(2) })

func (m *Mill) run(rounds int) (err error) {
	n := m.conn.num
	m.state.Store(2)
	for rounds > 0 && err == nil {
		collect()
		err = write(n, payload)
		rounds--
	}
	return
}

// shape fail sys-any
var _ = add("sys-any", sysAny)

func sysAny() error {
	g := grinder()
	fd, ok := g.Sys().(uintptr)
	if !ok {
		return os.ErrInvalid
	}
	collect()
	_, err := syscall.Write(int(fd), payload)
	return err
}

// shape fail stone-ends
var _ = add("stone-ends", stoneEnds)

func stoneEnds() error {
	s, err := newStone()
	if err != nil {
		return err
	}
	r, w := s.r.Fd(), s.w.Fd()
	collect()
	if _, err := syscall.Write(int(w), payload); err != nil {
		return err
	}
	_, err = syscall.Read(int(r), make([]byte, 1))
	return err
}

// shape fail child
var _ = add("child", child)

func child() error {
	id := NewSieve(NewSieve()).Child(0).id
	collect()
	collect()
	return write(ticket(id), payload)
}

// shape fail walked
var _ = add("walked", walked)

func walked() error {
	var ids []int
	NewSieve(NewSieve()).Walk(func(id int) bool {
		ids = append(ids, id)
		return true
	})
	collect()
	for _, id := range ids {
		if err := write(ticket(id), payload); err != nil {
			return err
		}
	}
	return nil
}

// shape fail last-walked
var _ = add("last-walked", func() error {
	last := 0
	s := NewSieve()
	s.Walk(func(id int) bool { last = id; return false })
	collect()
	return write(ticket(last), payload)
})

// shape fail device-native
var _ = add("device-native", deviceNative)

func deviceNative() error {
	d, err := gpu.New("null")
	if err != nil {
		return err
	}
	h := d.Native()
	collect()
	_, err = syscall.Write(int(h), payload)
	return err
}

// shape fail device-of-struct
var _ = add("device-of-struct", func() error {
	w := &window{title: "w", dev: open()}
	return w.draw()
})

type window struct {
	title string
	dev   *gpu.Device
	frame int
}

func open() *gpu.Device {
	d, err := gpu.New("null")
	if err != nil {
		panic(err)
	}
	return d
}

func (w *window) draw() error {
	h := w.dev.Native()
	w.frame++
	collect()
	_, err := syscall.Write(int(h), payload)
	return err
}

// shape fail buffer-floats
var _ = add("buffer-floats", bufferFloats)

func bufferFloats() error {
	b, err := open().Alloc(4096)
	if err != nil {
		return err
	}
	list := b.Floats()
	collect()
	var sum float32
	for i, f := range list {
		sum += f * float32(i)
	}
	if sum != 0 {
		return errors.New("sum")
	}
	return nil
}

// shape fail buffer-bytes-filled
var _ = add("buffer-bytes-filled", func() error {
	b, err := open().Alloc(4096)
	if err != nil {
		return err
	}
	fill(b.Bytes(), 'x')
	return nil
})

func fill(dst []byte, with byte) {
	collect()
	for i := range dst {
		dst[i] = with
	}
}

// shape fail buffer-pointer
var _ = add("buffer-pointer", bufferPointer)

type vertex struct{ x, y, z float32 }

func bufferPointer() error {
	b, err := open().Alloc(4096)
	if err != nil {
		return err
	}
	v := (*[4]vertex)(b.Pointer())
	collect()
	for i := range v {
		v[i].x = 1
	}
	return nil
}

// shape fail buffer-read-into
var _ = add("buffer-read-into", bufferReadInto)

func bufferReadInto() error {
	b, err := open().Alloc(4096)
	if err != nil {
		return err
	}
	dst := b.Bytes()
	zero, err := os.Open("/dev/zero")
	if err != nil {
		return err
	}
	defer zero.Close()
	collect()
	_, err = io.ReadFull(zero, dst)
	return err
}

// shape fail queue-of-work
var _ = add("queue-of-work", queueOfWork)

func queueOfWork() error {
	var queue []func() error
	m := NewMill(Config{})
	n := m.number()
	queue = append(queue, func() error { return write(n, payload) })
	collect()
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if err := next(); err != nil {
			return err
		}
	}
	return nil
}

// shape fail hooks-by-name
var _ = add("hooks-by-name", hooksByName)

func hooksByName() error {
	n := NewMill(Config{}).number()
	hooks := map[string]func([]byte) error{
		"write": func(b []byte) error { return write(n, b) },
		"none":  nil,
	}
	collect()
	return hooks["write"](payload)
}

// shape fail timer
var _ = add("timer", func() error {
	m := NewMill(Config{})
	n, done := m.number(), make(chan error)
	time.AfterFunc(time.Millisecond, func() { collect(); done <- write(n, payload) })
	return <-done
})

// shape fail once-opened
var _ = add("once-opened", onceOpened)

type lazy struct {
	once sync.Once
	num  ticket
}

func (l *lazy) get() ticket {
	l.once.Do(func() { l.num = NewMill(Config{}).conn.num })
	return l.num
}

func onceOpened() error {
	var l lazy
	n := l.get()
	collect()
	return write(n, payload)
}

// shape fail two-of-struct
var _ = add("two-of-struct", twoOfStruct)

type pair struct{ from, to ticket }

func pairOf(a, b *Mill) (p pair) {
	p.from, p.to = a.number(), b.number()
	return
}

func twoOfStruct() error {
	p := pairOf(NewMill(Config{}), NewMill(Config{}))
	collect()
	if err := write(p.from, payload); err != nil {
		return err
	}
	return write(p.to, payload)
}

// shape fail if-else-chain
var _ = add("if-else-chain", func() error { return choose(3) })

func choose(kind int) error {
	var n ticket
	if m := NewMill(Config{Label: "x"}); kind == 1 {
		return m.Close()
	} else if kind == 2 {
		n = -1
	} else {
		n = m.number()
	}
	collect()
	return write(n, payload)
}

// shape fail error-with-number
var _ = add("error-with-number", errorWithNumber)

type failure struct {
	num ticket
	err error
}

func (f *failure) Error() string { return strconv.Itoa(int(f.num)) + ": " + f.err.Error() }

func (f *failure) retry() error { return write(f.num, payload) }

func attempt() error {
	m := NewMill(Config{})
	return &failure{m.number(), io.ErrShortWrite}
}

func errorWithNumber() error {
	err := attempt()
	collect()
	var f *failure
	if errors.As(err, &f) {
		return f.retry()
	}
	return nil
}

// shape fail wait-by-channel
var _ = add("wait-by-channel", waitByChannel)

func waitByChannel() error {
	numbers, errs := make(chan ticket), make(chan error, 1)
	go func() {
		n := <-numbers
		collect()
		errs <- write(n, payload)
	}()
	m := NewMill(Config{})
	numbers <- m.number()
	return <-errs
}

// shape fail ioctl
var _ = add("ioctl", ioctlOf)

func control(fd uintptr, request uint, argument unsafe.Pointer) error {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, uintptr(request), uintptr(argument))
	if errno != 0 && errno != syscall.ENOTTY && errno != syscall.EINVAL {
		return os.NewSyscallError("ioctl", errno)
	}
	return nil
}

func ioctlOf() error {
	d := open()
	var size [8]byte
	fd := uintptr(d.Native())
	collect()
	return control(fd, syscall.TIOCGWINSZ, unsafe.Pointer(&size))
}

// shape fail poll-set
var _ = add("poll-set", pollSet)

type pollFd struct {
	fd      int32
	events  int16
	revents int16
}

func pollSet() error {
	ms := []*Mill{NewMill(Config{}), NewMill(Config{})}
	set := make([]pollFd, len(ms))
	for i, m := range ms {
		set[i] = pollFd{fd: int32(m.number()), events: 4}
	}
	collect()
	syscall.Syscall(syscall.SYS_POLL, uintptr(unsafe.Pointer(&set[0])), uintptr(len(set)), 0)
	for _, one := range set {
		if one.revents&32 != 0 {
			return syscall.EBADF
		}
	}
	return nil
}

// shape fail cached-owner-dropped
var _ = add("cached-owner-dropped", cachedOwnerDropped)

func cachedOwnerDropped() error {
	cache := lru[string, *Mill]{}
	m := cache.get("a", func() *Mill { return NewMill(Config{}) })
	n := m.number()
	collect()
	return write(n, payload)
}

// shape fail swapped
var _ = add("swapped", func() error {
	m := NewMill(Config{})
	n := m.number()
	m = NewMill(Config{Label: "b"})
	collect()
	return errors.Join(write(n, payload), m.Close())
})

// shape fail formatted-path
var _ = add("formatted-path", formattedPath)

func formattedPath() error {
	s, err := newStone()
	if err != nil {
		return err
	}
	path := "/proc/self/fd/" + strconv.FormatUint(uint64(s.w.Fd()), 10)
	collect()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// shape fail returned-twice
var _ = add("returned-twice", returnedTwice)

func first() (ticket, error) { return second() }

func second() (n ticket, err error) {
	m := NewMill(Config{})
	defer func() { err = nil }()
	return m.number(), io.EOF
}

func returnedTwice() error {
	n, err := first()
	if err != nil {
		return err
	}
	collect()
	return write(n, payload)
}

// shape fail stdlib-file
var _ = add("stdlib-file", func() error {
	f, err := os.Open("/etc/hostname")
	if err != nil {
		return err
	}
	var st syscall.Stat_t
	fd := int(f.Fd())
	name := f.Name()
	for range 2 {
		collect()
		if err := syscall.Fstat(fd, &st); err != nil {
			return &os.PathError{Op: "stat", Path: name, Err: err}
		}
	}
	return nil
})

// shape fail embedded-mill
var _ = add("embedded-mill", embeddedMill)

type plant struct {
	*Mill
	workers int
}

func (p plant) grind() error {
	n := p.number()
	collect()
	return write(n, payload)
}

func embeddedMill() error { return plant{NewMill(Config{}), 3}.grind() }

// shape fail writer-struct
var _ = add("writer-struct", writerStruct)

type output struct {
	num   ticket
	count int
}

func (o *output) Write(b []byte) (int, error) {
	o.count += len(b)
	return len(b), write(o.num, b)
}

func writerStruct() error {
	m := NewMill(Config{})
	var out io.Writer = &output{num: m.number()}
	collect()
	_, err := fmt.Fprintf(out, "%d", 3)
	return err
}

// shape fail ranged-and-emptied
var _ = add("ranged-and-emptied", func() error {
	list := []*Mill{NewMill(Config{}), NewMill(Config{})}
	for i, m := range list {
		n := m.number()
		list[i] = nil
		if err := later(n); err != nil {
			return err
		}
	}
	return nil
})

// shape fail promoted-method
var _ = add("promoted-method", func() error { return newTapped().run() })

// shape fail last-call-of-closure
var _ = add("last-call-of-closure", func() error {
	m := newTapped()
	run := func() error {
		fd := m.fd
		collect()
		_, err := syscall.Write(fd, payload)
		return err
	}
	return run()
})

// shape fail deferred-in-loop
var _ = add("deferred-in-loop", func() (err error) {
	for range 2 {
		m := newTapped()
		defer func() {
			fd := m.fd
			collect()
			_, err = syscall.Write(fd, payload)
		}()
	}
	return nil
})

// shape fail of-several
var _ = add("of-several", func() error { return lastOf(newTapped(), newTapped()) })

func lastOf(ms ...*tapped) error {
	fd := ms[len(ms)-1].fd
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// shape fail literal-takes
var _ = add("literal-takes", func() error {
	take := func(m *tapped) int { return m.fd }
	fd := take(newTapped())
	collect()
	_, err := syscall.Write(fd, payload)
	return err
})

// shape fail filled-in
var _ = add("filled-in", func() error {
	var m *tapped
	fillTapped(&m)
	fd := m.fd
	collect()
	_, err := syscall.Write(fd, payload)
	return err
})

func fillTapped(to **tapped) { *to = newTapped() }

// shape fail named-as-called
var _ = add("named-as-called", func() error { return Fchmod(newTapped()) })

func Fchmod(m *tapped) error {
	fd := m.fd
	collect()
	if err := syscall.Fchmod(fd, 0o600); err == syscall.EBADF {
		return err
	}
	return nil
}

// shape fail literal-at-once
var _ = add("literal-at-once", func() (err error) {
	func() { m := newTapped(); fd := m.fd; collect(); _, err = syscall.Write(fd, payload) }()
	return err
})
