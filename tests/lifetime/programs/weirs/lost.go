package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// shape fail checked-number
var _ = add("checked-number", func() error {
	f := openLog()
	fd, err := number(f.Fd())
	if err != nil {
		return err
	}
	return emit(fd)
})

// shape fail clamped-number
var _ = add("clamped-number", func() error {
	f := openLog()
	fd := clamp[uintptr, int](f.Fd())
	return emit(fd)
})

// shape fail must-number
var _ = add("must-number", func() error { return emit(must(number(openLog().Fd()))) })

// shape fail number-by-text
var _ = add("number-by-text", func() error {
	text := strconv.Itoa(NewTimer(time.Second).C())
	collect()
	return emit(must(strconv.Atoi(text)))
})

// shape fail environment-of-child
var _ = add("environment-of-child", func() error {
	f := openLog()
	child := exec.Command("true")
	child.SysProcAttr = &syscall.SysProcAttr{Setctty: true, Ctty: int(f.Fd())}
	return emit(child.SysProcAttr.Ctty)
})

// shape fail config-by-value
type sinkConfig struct {
	FD    int
	Level slog.Level
}

func (c sinkConfig) Open() error { return emit(c.FD) }

var _ = add("config-by-value", func() error {
	f := openLog()
	c := sinkConfig{Level: slog.LevelInfo}
	c.FD = int(f.Fd())
	return c.Open()
})

// shape fail default-config
func defaultConfig() sinkConfig {
	c := sinkConfig{FD: 2}
	if f, err := os.OpenFile("/dev/null", os.O_WRONLY, 0); err == nil {
		c.FD = int(f.Fd())
	}
	return c
}

var _ = add("default-config", func() error { return defaultConfig().Open() })

// shape fail poll-set
type pollFD struct {
	fd     int32
	events int16
}

func pollAll(set []pollFD) error {
	collect()
	for _, one := range set {
		if _, err := syscall.Write(int(one.fd), payload); err != nil {
			return err
		}
	}
	return nil
}

var _ = add("poll-set", func() error {
	timers := []*Timer{NewTimer(1), NewTimer(2)}
	set := make([]pollFD, 0, len(timers))
	for _, t := range timers {
		set = append(set, pollFD{fd: int32(t.fd), events: 1})
	}
	return pollAll(set)
})

// shape fail poll-set-by-index
var _ = add("poll-set-by-index", func() error {
	var set [2]pollFD
	for i := range set {
		t := NewTimer(time.Duration(i))
		set[i].fd = int32(t.C())
	}
	return pollAll(set[:])
})

// shape fail state-by-pointer-copied
var _ = add("state-by-pointer-copied", func() error {
	s := *NewWatch("a").state()
	return emit(s.fd)
})

// shape fail snapshot-of-watch
var _ = add("snapshot-of-watch", func() error {
	s := NewWatch("a").snapshot()
	return emit(s.fd)
})

// shape fail descriptor-behind-device
var _ = add("descriptor-behind-device", func() error {
	var d device = NewWatch("a")
	fd, err := d.Descriptor()
	if err != nil {
		return err
	}
	return emit(fd)
})

// shape fail device-in-options
type mount struct {
	dev  device
	flag int
}

func (m mount) attach() error {
	fd, err := m.dev.Descriptor()
	if err != nil {
		return err
	}
	return emit(fd)
}

var _ = add("device-in-options", func() error {
	return mount{dev: NewWatch("a"), flag: 1}.attach()
})

// shape fail device-by-name
var drivers = map[string]func() device{
	"watch": func() device { return NewWatch("a") },
}

var _ = add("device-by-name", func() error {
	fd, err := drivers["watch"]().Descriptor()
	if err != nil {
		return err
	}
	return emit(fd)
})

// shape fail forgotten-by-registry
var _ = add("forgotten-by-registry", func() error {
	g := &registry{known: map[string]*Watch{}}
	fd := g.open("a").sys.fd
	g.forget("a")
	return emit(fd)
})

// shape fail registry-dropped
var _ = add("registry-dropped", func() error {
	g := &registry{known: map[string]*Watch{}}
	fd := g.open("a").sys.fd
	return emit(fd)
})

// shape fail cleared-map
var _ = add("cleared-map", func() error {
	open := map[string]*Timer{"a": NewTimer(1)}
	fd := open["a"].fd
	clear(open)
	err := emit(fd)
	open["b"] = nil
	return err
})

// shape fail swapped-pointer
var current atomic.Pointer[Timer]

var _ = add("swapped-pointer", func() error {
	current.Store(NewTimer(1))
	fd := current.Load().fd
	current.Store(nil)
	return emit(fd)
})

// shape fail swap-gives-old
var _ = add("swap-gives-old", func() error {
	var at atomic.Pointer[Timer]
	at.Store(NewTimer(1))
	old := at.Swap(nil)
	return emit(old.fd)
})

// shape fail timers-of-iterator
func timers(n int) iter.Seq[*Timer] {
	return func(yield func(*Timer) bool) {
		for i := range n {
			if !yield(NewTimer(time.Duration(i))) {
				return
			}
		}
	}
}

var _ = add("timers-of-iterator", func() error {
	for t := range timers(1) {
		return emit(t.fd)
	}
	return nil
})

// shape fail collected-numbers
var _ = add("collected-numbers", func() error {
	var fds []int
	for t := range timers(3) {
		fds = append(fds, t.fd)
	}
	return emit(fds[0])
})

// shape fail sorted-numbers
var _ = add("sorted-numbers", func() error {
	open := map[string]*Timer{"a": NewTimer(1), "b": NewTimer(2)}
	fds := make([]int, 0, 2)
	for _, name := range slices.Sorted(maps.Keys(open)) {
		fds = append(fds, open[name].fd)
	}
	return emit(fds[1])
})

// shape fail number-in-context
type fdKey struct{}

func serve(ctx context.Context) error { return emit(ctx.Value(fdKey{}).(int)) }

var _ = add("number-in-context", func() error {
	f := openLog()
	return serve(context.WithValue(context.Background(), fdKey{}, int(f.Fd())))
})

// shape fail number-in-error
var _ = add("number-in-error", func() error {
	err := error(&fdError{fd: NewTimer(1).fd, op: "read"})
	var own *fdError
	if errors.As(err, &own) {
		return emit(own.fd)
	}
	return nil
})

// shape fail path-of-descriptor
var _ = add("path-of-descriptor", func() error {
	path := fmt.Sprintf("/proc/self/fd/%d", openLog().Fd())
	collect()
	_, err := os.Stat(path)
	if err != nil {
		return syscall.EBADF
	}
	return nil
})

// shape fail each-with-literal
func (w *Watch) Each(do func(fd int) error) error { return do(w.sys.fd) }

var _ = add("each-with-literal", func() error {
	return NewWatch("a").Each(func(fd int) error { return emit(fd) })
})

// shape fail each-with-function
func (t *Timer) With(do func(fd int) error) error { return do(t.fd) }

var _ = add("each-with-function", func() error { return NewTimer(1).With(emit) })

// shape fail window-of-ring
var _ = add("window-of-ring", func() error { return sum(NewRing().Window(4)) })

// shape fail line-of-ring
var _ = add("line-of-ring", func() error {
	line, _, _ := bytes.Cut(NewRing().Window(14), []byte("\n"))
	return sum(line)
})

// shape fail header-of-ring
var _ = add("header-of-ring", func() error {
	r := NewRing()
	b := r.mem[:8]
	collect()
	if binary.LittleEndian.Uint32(b) == 0 {
		return errGone
	}
	return nil
})

// shape fail fields-of-ring
var _ = add("fields-of-ring", func() error {
	for word := range bytes.FieldsSeq(NewRing().Window(13)) {
		if err := sum(word); err != nil {
			return err
		}
	}
	return nil
})

// shape fail once-value
var lazy = sync.OnceValue(func() int { return int(openLog().Fd()) })

var _ = add("once-value", func() error { return emit(lazy()) })

// shape fail result-of-worker
var _ = add("result-of-worker", func() error {
	results := make(chan int, 1)
	go func() {
		t := NewTimer(1)
		results <- t.fd
	}()
	return emit(<-results)
})

// shape fail restore-by-closure
func silence(f *os.File) (restore func() error) {
	fd := int(f.Fd())
	return func() error { return emit(fd) }
}

var _ = add("restore-by-closure", func() error {
	restore := silence(openLog())
	defer func() { restore = nil }()
	return restore()
})

// shape fail terminal-with-restore
type terminal struct {
	tty     *os.File
	restore func() error
}

func openTerminal() *terminal {
	t := &terminal{tty: openLog()}
	fd := int(t.tty.Fd())
	t.restore = func() error { return emit(fd) }
	return t
}

var _ = add("terminal-with-restore", func() error {
	restore := openTerminal().restore
	return restore()
})

// shape fail release-ignored
func acquire() (fd int, release func()) {
	f := openLog()
	return int(f.Fd()), func() { f.Close() }
}

var _ = add("release-ignored", func() error {
	fd, _ := acquire()
	return emit(fd)
})

// shape fail two-tables
type files struct {
	open map[string]*os.File
	fds  map[string]int
}

func (t *files) add(name string) {
	f := openLog()
	t.open[name] = f
	t.fds[name] = int(f.Fd())
}

var _ = add("two-tables", func() error {
	t := &files{open: map[string]*os.File{}, fds: map[string]int{}}
	t.add("a")
	return emit(t.fds["a"])
})

// shape fail both-in-a-slice
func pipes() (fds []int, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return []int{int(r.Fd()), int(w.Fd())}, nil
}

var _ = add("both-in-a-slice", func() error {
	fds, err := pipes()
	if err != nil {
		return err
	}
	return emit(fds[1])
})

// shape fail closed-apart
var _ = add("closed-apart", func() error {
	f := openLog()
	if err := syscall.Close(int(f.Fd())); err != nil {
		return err
	}
	return emit(null())
})

// shape fail closed-apart-by-list
type process struct{ in, out *os.File }

func (p *process) setup() (err error) {
	var fds []uintptr
	defer func() {
		if err != nil {
			for _, fd := range fds {
				syscall.Close(int(fd))
			}
		}
	}()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	fds = append(fds, r.Fd(), w.Fd())
	p.in, p.out = r, w
	return syscall.EAGAIN
}

var _ = add("closed-apart-by-list", func() error {
	if err := new(process).setup(); err != syscall.EAGAIN {
		return err
	}
	return emit(null())
})

// shape fail closed-apart-by-name
var _ = add("closed-apart-by-name", func() error {
	fd := int(openLog().Fd())
	syscall.Close(fd)
	return emit(null())
})

// shape fail number-of-lent-file
func withLog(do func(f *os.File)) {
	f := openLog()
	defer f.Close()
	do(f)
}

var _ = add("number-of-lent-file", func() error {
	var fd int
	withLog(func(f *os.File) { fd = int(f.Fd()) })
	return emit(fd)
})

// shape fail number-of-lent-timer
func timed(label string, do func(name string, t *Timer) error) error {
	t := NewTimer(1)
	return do(label, t)
}

var _ = add("number-of-lent-timer", func() error {
	fd := -1
	err := timed("a", func(_ string, t *Timer) error {
		fd = t.C()
		return nil
	})
	if err != nil {
		return err
	}
	return emit(fd)
})

// shape fail result-of-lent-file
func reading[T any](do func(f *os.File) T) T {
	f := openLog()
	defer f.Close()
	return do(f)
}

var _ = add("result-of-lent-file", func() error {
	fd := reading(func(f *os.File) int { return int(f.Fd()) })
	return emit(fd)
})

// shape fail result-of-lent-timer
func measured(do func(*Timer) int) int { return do(NewTimer(1)) }

var _ = add("result-of-lent-timer", func() error { return emit(measured((*Timer).C)) })
