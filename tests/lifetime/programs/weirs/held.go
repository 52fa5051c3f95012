package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// shape sound checked-and-closed
var _ = add("checked-and-closed", func() error {
	f := openLog()
	defer f.Close()
	fd, err := number(f.Fd())
	if err != nil {
		return err
	}
	return emit(fd)
})

// shape sound child-has-files
var _ = add("child-has-files", func() error {
	f := openLog()
	child := exec.Command("true")
	child.ExtraFiles = append(child.ExtraFiles, f)
	err := emit(int(f.Fd()))
	if len(child.ExtraFiles) != 1 {
		return errors.New("no file")
	}
	return errors.Join(err, child.ExtraFiles[0].Close())
})

// shape sound config-beside-file
type sink struct {
	config sinkConfig
	file   *os.File
}

func newSink() *sink {
	f := openLog()
	return &sink{config: sinkConfig{FD: int(f.Fd())}, file: f}
}

func (s *sink) Close() error { return s.file.Close() }

var _ = add("config-beside-file", func() error {
	s := newSink()
	defer s.Close()
	return s.config.Open()
})

// shape sound poll-set-kept
var _ = add("poll-set-kept", func() error {
	timers := []*Timer{NewTimer(1), NewTimer(2)}
	set := make([]pollFD, 0, len(timers))
	for _, t := range timers {
		set = append(set, pollFD{fd: int32(t.fd), events: 1})
	}
	err := pollAll(set)
	for _, t := range timers {
		t.Stop()
	}
	return err
})

// shape sound poll-set-by-group
type group struct {
	members []*Timer
	set     []pollFD
}

func (g *group) add(t *Timer) {
	g.members = append(g.members, t)
	g.set = append(g.set, pollFD{fd: int32(t.C())})
}

func (g *group) stop() {
	for _, t := range g.members {
		t.Stop()
	}
}

var _ = add("poll-set-by-group", func() error {
	g := &group{}
	defer g.stop()
	g.add(NewTimer(1))
	g.add(NewTimer(2))
	return pollAll(g.set)
})

// shape sound device-stays
var _ = add("device-stays", func() error {
	m := mount{dev: NewWatch("a")}
	err := m.attach()
	_, also := m.dev.Descriptor()
	return errors.Join(err, also)
})

// shape sound registry-of-package
var known = &registry{known: map[string]*Watch{}}

var _ = add("registry-of-package", func() error { return emit(known.open("a").sys.fd) })

// shape sound registry-forgets-another
var _ = add("registry-forgets-another", func() error {
	fd := known.open("b").sys.fd
	known.forget("c")
	return emit(fd)
})

// shape sound swapped-and-stopped
var _ = add("swapped-and-stopped", func() error {
	current.Store(NewTimer(1))
	old := current.Swap(NewTimer(2))
	err := emit(old.fd)
	old.Stop()
	return err
})

// shape sound timers-kept-by-list
var _ = add("timers-kept-by-list", func() error {
	list := slices.Collect(timers(2))
	var fds []int
	for _, t := range list {
		fds = append(fds, t.fd)
	}
	err := emit(fds[0])
	for _, t := range list {
		t.Stop()
	}
	return err
})

// shape sound stopped-in-loop
var _ = add("stopped-in-loop", func() error {
	for t := range timers(2) {
		err := emit(t.fd)
		t.Stop()
		if err != nil {
			return err
		}
	}
	return nil
})

// shape sound file-in-context
type fileKey struct{}

func serveFile(ctx context.Context) error {
	f := ctx.Value(fileKey{}).(*os.File)
	err := emit(int(f.Fd()))
	return errors.Join(err, f.Close())
}

var _ = add("file-in-context", func() error {
	return serveFile(context.WithValue(context.Background(), fileKey{}, openLog()))
})

// shape sound each-and-kept
var _ = add("each-and-kept", func() error {
	w := NewWatch("a")
	defer runtime.KeepAlive(w)
	return w.Each(emit)
})

// shape sound window-copied
var _ = add("window-copied", func() error {
	r := NewRing()
	b := slices.Clone(r.Window(4))
	runtime.KeepAlive(r)
	return sum(b)
})

// shape sound window-as-text
var _ = add("window-as-text", func() error {
	r := NewRing()
	text := string(r.Window(4))
	runtime.KeepAlive(r)
	collect()
	if !strings.HasPrefix(text, "ring") {
		return errGone
	}
	return nil
})

// shape sound ring-read-by-owner
type tail struct {
	ring *Ring
	at   int
}

func (t *tail) Read(b []byte) (int, error) {
	if t.at >= 14 {
		return 0, io.EOF
	}
	n := copy(b, t.ring.mem[t.at:14])
	t.at += n
	collect()
	return n, nil
}

var _ = add("ring-read-by-owner", func() error {
	text, err := io.ReadAll(&tail{ring: NewRing()})
	if err == nil && len(text) != 14 {
		return errGone
	}
	return err
})

// shape sound lazy-file
var lazyFile = sync.OnceValue(openLog)

var _ = add("lazy-file", func() error { return emit(int(lazyFile().Fd())) })

// shape sound worker-stops
var _ = add("worker-stops", func() error {
	ready, stop, stopped := make(chan int), make(chan bool), make(chan bool)
	go func() {
		t := NewTimer(time.Second)
		ready <- t.fd
		<-stop
		t.Stop()
		close(stopped)
	}()
	err := emit(<-ready)
	close(stop)
	<-stopped
	return err
})

// shape sound release-called
var _ = add("release-called", func() error {
	fd, release := acquire()
	defer release()
	return emit(fd)
})

// shape sound restore-and-close
var _ = add("restore-and-close", func() error {
	t := openTerminal()
	err := t.restore()
	return errors.Join(err, t.tty.Close())
})

// shape sound tables-stay
var _ = add("tables-stay", func() error {
	t := &files{open: map[string]*os.File{}, fds: map[string]int{}}
	t.add("a")
	err := emit(t.fds["a"])
	for _, f := range t.open {
		err = errors.Join(err, f.Close())
	}
	return err
})

// shape sound named-result
func logTo() (fd int, f *os.File, err error) {
	defer func() {
		if err != nil && f != nil {
			f.Close()
		}
	}()
	f, err = os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return -1, nil, fmt.Errorf("log: %w", err)
	}
	fd, err = number(f.Fd())
	return fd, f, err
}

var _ = add("named-result", func() error {
	fd, f, err := logTo()
	if err != nil {
		return err
	}
	err = emit(fd)
	return errors.Join(err, f.Close())
})

// shape sound duplicate-is-own
var _ = add("duplicate-is-own", func() error {
	f := openLog()
	fd, err := syscall.Dup(int(f.Fd()))
	runtime.KeepAlive(f)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return emit(fd)
})

// shape sound retried
func retried(do func() error) (err error) {
	for range 3 {
		if err = do(); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	return err
}

var _ = add("retried", func() error {
	f := openLog()
	fd := int(f.Fd())
	err := retried(func() error { return emit(fd) })
	if err == nil {
		err = f.Sync()
	}
	if errors.Is(err, syscall.EINVAL) {
		err = nil
	}
	return errors.Join(err, f.Close())
})

// shape sound standard-closed-apart
var standard = openLog()

var _ = add("standard-closed-apart", func() error {
	if err := syscall.Close(int(standard.Fd())); err != nil {
		return err
	}
	return emit(null())
})

// shape sound duplicate-closed-apart
var _ = add("duplicate-closed-apart", func() error {
	f := openLog()
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return err
	}
	syscall.Close(fd)
	return emit(int(f.Fd()))
})

// shape sound lent-file-used-inside
var _ = add("lent-file-used-inside", func() (err error) {
	var fd int
	withLog(func(f *os.File) {
		fd = int(f.Fd())
		err = emit(fd)
	})
	return err
})

// shape sound lent-file-kept
var lent []*os.File

func lending(do func(f *os.File)) {
	f := openLog()
	lent = append(lent, f)
	do(f)
}

var _ = add("lent-file-kept", func() error {
	var fd int
	lending(func(f *os.File) { fd = int(f.Fd()) })
	return emit(fd)
})

// shape sound lent-file-taken
var _ = add("lent-file-taken", func() error {
	var fd int
	var own *os.File
	withNothing(func(f *os.File) { fd, own = int(f.Fd()), f })
	err := emit(fd)
	return errors.Join(err, own.Close())
})

func withNothing(do func(f *os.File)) { do(openLog()) }

// shape sound lent-by-field
func (s *sink) lend(do func(f *os.File)) { do(s.file) }

var _ = add("lent-by-field", func() error {
	s := newSink()
	defer s.Close()
	var fd int
	s.lend(func(f *os.File) { fd = int(f.Fd()) })
	return emit(fd)
})

// shape sound result-of-kept-file
func keeping(do func(f *os.File) int) int {
	f := openLog()
	lent = append(lent, f)
	return do(f)
}

var _ = add("result-of-kept-file", func() error {
	return emit(keeping(func(f *os.File) int { return int(f.Fd()) }))
})

// shape sound result-with-lent-file
func reopening(do func(f *os.File) int) (int, *os.File) {
	f := openLog()
	return do(f), f
}

var _ = add("result-with-lent-file", func() error {
	fd, f := reopening(func(f *os.File) int { return int(f.Fd()) })
	err := emit(fd)
	return errors.Join(err, f.Close())
})

// shape sound result-of-duplicate
var _ = add("result-of-duplicate", func() error {
	fd := reading(func(f *os.File) int {
		fd, err := syscall.Dup(int(f.Fd()))
		if err != nil {
			return -1
		}
		return fd
	})
	return errors.Join(emit(fd), syscall.Close(fd))
})
