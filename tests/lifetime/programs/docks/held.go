package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// shape sound s01
var _ = add("s01", s01)

func s01() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	fd := int(f.Fd())
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

// shape sound s02
var _ = add("s02", s02)

func s02() error {
	fd := int(os.Stdout.Fd())
	collect()
	return syscall.Fstat(fd, new(syscall.Stat_t))
}

// shape sound s03
var _ = add("s03", s03)

var s03file *os.File

func s03() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	s03file = f
	fd := int(f.Fd())
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

// shape sound s04
var _ = add("s04", s04)

func s04() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd, err := syscall.Dup(int(f.Fd()))
	runtime.KeepAlive(f)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

// shape sound s05
var _ = add("s05", s05)

type s05pool struct {
	mu    sync.Mutex
	files []*os.File
}

var thePool s05pool

func (p *s05pool) open() (int, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return -1, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files = append(p.files, f)
	return int(f.Fd()), nil
}
func s05() error {
	fd, err := thePool.open()
	if err != nil {
		return err
	}
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

// shape sound s06
var _ = add("s06", s06)

type s06w struct {
	f  *os.File
	fd int
}

func (w *s06w) Write(b []byte) (int, error) {
	n, err := syscall.Write(w.fd, b)
	runtime.KeepAlive(w.f)
	return n, err
}
func s06() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	w := &s06w{f, int(f.Fd())}
	collect()
	_, err = w.Write(line)
	return err
}

// shape sound s07
var _ = add("s07", s07)

func s07() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	done := make(chan error)
	go func() {
		defer f.Close()
		collect()
		_, err := syscall.Write(fd, line)
		done <- err
	}()
	return <-done
}

// shape sound s08
var _ = add("s08", s08)

func s08() error {
	o, err := b06new()
	if err != nil {
		return err
	}
	fd := o.fd
	collect()
	_, err = syscall.Write(fd, line)
	runtime.KeepAlive(o)
	return err
}

// shape sound s09
var _ = add("s09", s09)

// cleanup stopped
type s09dev struct {
	fd int
	c  runtime.Cleanup
}

func s09new() *s09dev {
	fd, _ := syscall.Open(path, syscall.O_RDWR, 0)
	d := &s09dev{fd: fd}
	d.c = runtime.AddCleanup(d, func(fd int) { syscall.Close(fd) }, fd)
	return d
}
func (d *s09dev) Detach() int {
	d.c.Stop()
	fd := d.fd
	runtime.KeepAlive(d)
	return fd
}
func s09() error {
	fd := s09new().Detach()
	collect()
	_, err := syscall.Write(fd, line)
	syscall.Close(fd)
	return err
}

// shape sound s10
var _ = add("s10", s10)

func s10() error {
	d := b18open()
	runtime.SetFinalizer(d, nil)
	fd := d.fd
	collect()
	_, err := syscall.Write(fd, line)
	syscall.Close(fd)
	return err
}

// shape sound s11
var _ = add("s11", s11)

func s11() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	rc, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var e2 error
	err = rc.Control(func(fd uintptr) {
		collect()
		_, e2 = syscall.Write(int(fd), line)
	})
	if err != nil {
		return err
	}
	return e2
}

// shape sound s12
var _ = add("s12", s12)

func s12() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, 4096, syscall.PROT_READ, syscall.MAP_SHARED)
	f.Close()
	if err != nil {
		return err
	}
	collect()
	_ = b[0]
	return syscall.Munmap(b)
}

// shape sound s13
var _ = add("s13", s13)

func s13() error {
	cmd := exec.Command("/bin/true")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	cmd.ExtraFiles = []*os.File{f}
	collect()
	return cmd.Run()
}

// shape sound s14
var _ = add("s14", s14)

func s14() error {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer c.Close()
	rc, err := c.(*net.UDPConn).SyscallConn()
	if err != nil {
		return err
	}
	var fd int
	rc.Control(func(p uintptr) { fd = int(p) })
	collect()
	return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
}

// shape sound s15
var _ = add("s15", s15)

func s15with(f *os.File, fn func(int) error) error {
	err := fn(int(f.Fd()))
	runtime.KeepAlive(f)
	return err
}
func s15() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return s15with(f, func(fd int) error {
		collect()
		_, err := syscall.Write(fd, line)
		return err
	})
}

// shape sound s16
var _ = add("s16", s16)

func s16() (err error) {
	r := b16map()
	defer runtime.KeepAlive(r)
	b := r.Bytes()
	collect()
	f, _ := os.OpenFile(path, os.O_RDWR, 0)
	defer f.Close()
	_, err = f.Write(b)
	return err
}

// shape sound s17
var _ = add("s17", s17)

func s17() error {
	r := b16map()
	copy(r.data, "hello")
	s := strings.Clone(unsafe.String(&r.data[0], 5))
	runtime.KeepAlive(r)
	collect()
	f, _ := os.OpenFile(path, os.O_RDWR, 0)
	defer f.Close()
	_, err := io.WriteString(f, s)
	return err
}

// shape sound s18
var _ = add("s18", s18)

// the loop uses the owner in each round
func s18() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	for i := 0; i < 2; i++ {
		collect()
		if _, err := syscall.Write(int(f.Fd()), line); err != nil {
			return err
		}
	}
	return f.Close()
}

// shape sound s19
var _ = add("s19", s19)

// a pure number of its own, no owner
func s19() error {
	fd, err := syscall.Open(path, syscall.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

// shape sound s20
var _ = add("s20", s20)

// the closure captures the owner
func s20() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	close := func() error { return f.Close() }
	collect()
	if _, err := syscall.Write(fd, line); err != nil {
		return err
	}
	return close()
}

// shape sound s21
var _ = add("s21", s21)

// an owner in a map that is read later
func s21() error {
	m := map[int]*os.File{}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	m[fd] = f
	collect()
	if _, err := syscall.Write(fd, line); err != nil {
		return err
	}
	for _, f := range m {
		f.Close()
	}
	return nil
}

// shape sound s22
var _ = add("s22", s22)

// a goroutine that waits holds the owner
func s22() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	stop := make(chan bool)
	go func() { <-stop; f.Close() }()
	fd := int(f.Fd())
	collect()
	_, err = syscall.Write(fd, line)
	close(stop)
	return err
}

// shape sound s23
var _ = add("s23", s23)

// a registered timer holds it
func s23() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	t := time.AfterFunc(time.Second, func() { f.Close() })
	fd := int(f.Fd())
	collect()
	_, err = syscall.Write(fd, line)
	t.Stop()
	return err
}

// shape sound s24
var _ = add("s24", s24)

// the owner is a global's field
type s24srv struct{ f *os.File }

var srv = &s24srv{}

func s24() error {
	var err error
	srv.f, err = os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := int(srv.f.Fd())
	collect()
	_, err = syscall.Write(fd, line)
	return err
}

// shape sound s25
var _ = add("s25", s25)

func s25() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	type pair struct {
		fd int
		f  *os.File
	}
	ch := make(chan pair, 1)
	ch <- pair{int(f.Fd()), f}
	p := <-ch
	collect()
	_, err = syscall.Write(p.fd, line)
	p.f.Close()
	return err
}
