package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

type Valve struct {
	fd   int
	next *Valve
	name string
}

func (v *Valve) Close() error { return syscall.Close(v.fd) }
func (v *Valve) drop()        { syscall.Close(v.fd) }

// ---- two finalizers on one object

// shape fail twice-plain
var _ = add("twice-plain", func() error {
	v := &Valve{fd: null()}
	runtime.SetFinalizer(v, (*Valve).Close)
	runtime.SetFinalizer(v, (*Valve).drop)
	return nil
})

// shape fail twice-apart
var _ = add("twice-apart", func() error {
	v := &Valve{fd: null()}
	runtime.SetFinalizer(v, (*Valve).Close)
	v.name = strings.ToUpper("main")
	if v.name == "" {
		return errGone
	}
	runtime.SetFinalizer(v, func(v *Valve) { v.drop() })
	return nil
})

// shape fail twice-branch
var _ = add("twice-branch", func() error { return twiceBranch(len(payload) == 1) })

func twiceBranch(early bool) error {
	v := &Valve{fd: null()}
	if early {
		runtime.SetFinalizer(v, (*Valve).drop)
	}
	runtime.SetFinalizer(v, (*Valve).Close)
	return nil
}

// shape fail twice-constructor
var _ = add("twice-constructor", func() error {
	v := newValve()
	runtime.SetFinalizer(v, (*Valve).drop)
	return nil
})

func newValve() *Valve {
	v := &Valve{fd: null()}
	runtime.SetFinalizer(v, (*Valve).Close)
	return v
}

// shape fail twice-alias
var _ = add("twice-alias", func() error {
	v := &Valve{fd: null()}
	w := v
	runtime.SetFinalizer(v, (*Valve).Close)
	runtime.SetFinalizer(w, (*Valve).Close)
	return nil
})

// shape fail twice-method
var _ = add("twice-method", func() error {
	v := newValve()
	v.arm()
	return nil
})

func (v *Valve) arm() { runtime.SetFinalizer(v, (*Valve).drop) }

// shape fail twice-loop
var _ = add("twice-loop", func() error {
	v := &Valve{fd: null()}
	for i := 0; i < 2; i++ {
		runtime.SetFinalizer(v, (*Valve).Close)
	}
	return nil
})

type plant struct{ main *Valve }

// shape fail twice-field
var _ = add("twice-field", func() error {
	p := plant{main: &Valve{fd: null()}}
	runtime.SetFinalizer(p.main, (*Valve).Close)
	runtime.SetFinalizer(p.main, (*Valve).Close)
	return nil
})

// shape fail twice-helper
var _ = add("twice-helper", func() error {
	v := &Valve{fd: null()}
	mark(v)
	mark(v)
	return nil
})

func mark(v *Valve) { runtime.SetFinalizer(v, (*Valve).Close) }

// shape fail twice-address
var _ = add("twice-address", func() error {
	var v Valve
	v.fd = null()
	runtime.SetFinalizer(&v, (*Valve).Close)
	runtime.SetFinalizer(&v, (*Valve).Close)
	return nil
})

// ---- two owners of one descriptor

func openNull() *os.File {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

func put(f *os.File) error {
	_, err := f.Write(payload)
	return err
}

// shape fail owners-plain
var _ = add("owners-plain", func() error {
	f := openNull()
	g := os.NewFile(f.Fd(), "copy")
	collect()
	return put(g)
})

// shape fail owners-both-used
var _ = add("owners-both-used", func() error {
	f := openNull()
	g := os.NewFile(f.Fd(), "copy")
	if err := put(g); err != nil {
		return err
	}
	g.Close()
	return put(f)
})

type wrapped struct {
	file *os.File
	name string
}

// shape fail owners-in-struct
var _ = add("owners-in-struct", func() error {
	f := openNull()
	w := &wrapped{file: os.NewFile(f.Fd(), "copy"), name: "copy"}
	collect()
	return put(w.file)
})

// shape fail owners-returned
var _ = add("owners-returned", func() error {
	g := second()
	collect()
	return put(g)
})

func second() *os.File {
	f := openNull()
	return os.NewFile(f.Fd(), f.Name())
}

// shape fail owners-own-type
var _ = add("owners-own-type", func() error {
	v := newValve()
	g := os.NewFile(uintptr(v.fd), "valve")
	collect()
	return put(g)
})

// shape fail owners-two-files
var _ = add("owners-two-files", func() error {
	fd := null()
	a := os.NewFile(uintptr(fd), "a")
	b := os.NewFile(uintptr(fd), "b")
	a.Close()
	return put(b)
})

// shape fail owners-number-closed
var _ = add("owners-number-closed", func() error {
	fd := null()
	f := os.NewFile(uintptr(fd), "f")
	syscall.Close(fd)
	return put(f)
})

// shape fail owners-fileconn
var _ = add("owners-fileconn", func() error {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fds[0]), "sock")
	c, err := net.FileConn(os.NewFile(f.Fd(), "again"))
	if err != nil {
		return err
	}
	defer c.Close()
	collect()
	_, err = f.Write(payload)
	return err
})

// shape fail owners-in-map
var _ = add("owners-in-map", func() error {
	files := map[string]*os.File{}
	for _, name := range []string{"a", "b"} {
		f := openNull()
		files[name] = os.NewFile(f.Fd(), name)
	}
	collect()
	return put(files["a"])
})

// shape fail owners-child
var _ = add("owners-child", func() error {
	f := openNull()
	cmd := exec.Command("/bin/sh", "-c", "echo x >&3")
	cmd.ExtraFiles = []*os.File{os.NewFile(f.Fd(), "child")}
	collect()
	return cmd.Run()
})

// shape fail owners-deferred-both
var _ = add("owners-deferred-both", ownersDeferredBoth)

func ownersDeferredBoth() (err error) {
	f := openNull()
	defer func() { err = errors.Join(err, f.Close()) }()
	g := os.NewFile(f.Fd(), "copy")
	defer g.Close()
	return put(g)
}

// ---- use after release

func page() []byte {
	b, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	b[0] = 'x'
	return b
}

// shape fail after-close
var _ = add("after-close", func() error {
	f := openNull()
	fd := int(f.Fd())
	f.Close()
	_, err := syscall.Write(fd, payload)
	return err
})

// shape fail after-munmap
var _ = add("after-munmap", func() error {
	b := page()
	syscall.Munmap(b)
	fmt.Fprint(os.Stderr, b[0])
	return nil
})

// shape fail after-munmap-slice
var _ = add("after-munmap-slice", func() error {
	b := page()
	head := b[:16]
	if err := syscall.Munmap(b); err != nil {
		return err
	}
	head[1] = 1
	return nil
})

// shape fail after-munmap-pointer
var _ = add("after-munmap-pointer", func() error {
	b := page()
	p := (*uint32)(unsafe.Pointer(&b[0]))
	if err := syscall.Munmap(b); err != nil {
		return err
	}
	*p = 7
	return nil
})

// shape fail after-munmap-string
var _ = add("after-munmap-string", func() error {
	b := page()
	s := unsafe.String(&b[0], 4)
	syscall.Munmap(b)
	fmt.Fprint(os.Stderr, strings.ToUpper(s))
	return nil
})

// shape fail after-own-close
var _ = add("after-own-close", func() error {
	v := newValve()
	v.Close()
	_, err := syscall.Write(v.fd, payload)
	return err
})

// shape fail after-own-close-number
var _ = add("after-own-close-number", func() error {
	v := newValve()
	fd := v.fd
	v.Close()
	_, err := syscall.Write(fd, payload)
	return err
})

// shape fail after-number-closed
var _ = add("after-number-closed", func() error {
	fd := null()
	syscall.Close(fd)
	_, err := syscall.Write(fd, payload)
	return err
})

// shape fail after-helper-deferred
var _ = add("after-helper-deferred", func() error {
	_, err := syscall.Write(number(), payload)
	return err
})

func number() int {
	f := openNull()
	defer f.Close()
	return int(f.Fd())
}

// shape fail after-loop
var _ = add("after-loop", func() error {
	f := openNull()
	fd := int(f.Fd())
	for i := 0; i < 2; i++ {
		if _, err := syscall.Write(fd, payload); err != nil {
			return err
		}
		f.Close()
	}
	return nil
})

// shape fail after-goroutine
var _ = add("after-goroutine", func() error {
	f := openNull()
	fd := int(f.Fd())
	done, begin := make(chan error), make(chan bool)
	go func() {
		<-begin
		_, err := syscall.Write(fd, payload)
		done <- err
	}()
	f.Close()
	close(begin)
	return <-done
})

type mapping struct{ data []byte }

func (m *mapping) Unmap() error { return syscall.Munmap(m.data) }

// shape fail after-method-unmap
var _ = add("after-method-unmap", func() error {
	m := &mapping{page()}
	d := m.data
	m.Unmap()
	d[0]++
	return nil
})

// shape fail after-field-unmap
var _ = add("after-field-unmap", func() error {
	m := &mapping{page()}
	if err := m.Unmap(); err != nil {
		return err
	}
	m.data[0]++
	return nil
})

// shape fail after-deferred-munmap
var _ = add("after-deferred-munmap", func() error {
	b := read()
	fmt.Fprint(os.Stderr, b[0])
	return nil
})

func read() []byte {
	b := page()
	defer syscall.Munmap(b)
	return b[:1]
}

// shape fail after-conn-close
var _ = add("after-conn-close", func() error {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	f, err := c.(*net.UDPConn).File()
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	f.Close()
	defer c.Close()
	return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_BROADCAST, 1)
})

// ---- cycles

var ended = make(chan string, 10)

func ran() error {
	collect()
	select {
	case <-ended:
		return nil
	default:
		return errors.New("never ended")
	}
}

type parent struct {
	child  *child
	kids   []*child
	named  map[string]*child
	hook   func() string
	anyone any
	self   *parent
	line   chan *parent
	name   string
}

type child struct {
	owner *parent
	name  string
}

func (p *parent) end()         { ended <- "end" }
func (p *parent) Name() string { return p.name }

// shape fail cycle-child
var _ = add("cycle-child", func() error {
	func() {
		p := &parent{name: "a"}
		p.child = &child{owner: p}
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape fail cycle-hook
var _ = add("cycle-hook", func() error {
	func() {
		p := &parent{name: "a"}
		p.hook = func() string { return p.name }
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape fail cycle-method-value
var _ = add("cycle-method-value", func() error {
	func() {
		p := &parent{name: "a"}
		p.hook = p.Name
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape fail cycle-slice
var _ = add("cycle-slice", func() error {
	func() {
		p := &parent{name: "a"}
		p.kids = append(p.kids, &child{owner: p})
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape fail cycle-map
var _ = add("cycle-map", func() error {
	func() {
		p := &parent{named: map[string]*child{}}
		p.named["a"] = &child{owner: p, name: "a"}
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape fail cycle-constructor
var _ = add("cycle-constructor", func() error {
	func() {
		p := &parent{name: "a"}
		p.child = newChild(p)
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

func newChild(p *parent) *child { return &child{owner: p, name: "c"} }

// shape fail cycle-attached
var _ = add("cycle-attached", func() error {
	func() {
		p := &parent{name: "a"}
		runtime.SetFinalizer(p, (*parent).end)
		p.attach(&child{name: "b"})
	}()
	return ran()
})

func (p *parent) attach(c *child) {
	c.owner = p
	p.child = c
}

// shape fail cycle-two
var _ = add("cycle-two", func() error {
	func() {
		p, q := &parent{name: "a"}, &parent{name: "b"}
		p.self, q.self = q, p
		runtime.SetFinalizer(p, (*parent).end)
		runtime.SetFinalizer(q, (*parent).end)
	}()
	return ran()
})

// shape fail cycle-interface
var _ = add("cycle-interface", func() error {
	func() {
		p := &parent{name: "a"}
		c := &child{owner: p}
		p.anyone = c
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape fail cycle-channel
var _ = add("cycle-channel", func() error {
	func() {
		p := &parent{line: make(chan *parent, 1)}
		p.line <- p
		runtime.SetFinalizer(p, (*parent).end)
	}()
	return ran()
})

// shape fail cycle-in-constructor
var _ = add("cycle-in-constructor", func() error {
	func() {
		p := newParent("a")
		_ = p.Name()
	}()
	return ran()
})

func newParent(name string) *parent {
	p := &parent{name: name}
	c := newChild(p)
	c.name = name
	p.child = c
	runtime.SetFinalizer(p, func(p *parent) { p.end() })
	return p
}

// shape fail kept-by-cleanup-closure
var _ = add("kept-by-cleanup-closure", func() error {
	func() {
		p := &parent{name: "a"}
		runtime.AddCleanup(p, func(int) { p.end() }, 0)
	}()
	return ran()
})

// shape fail kept-by-cleanup-argument
var _ = add("kept-by-cleanup-argument", func() error {
	func() {
		p := &parent{name: "a"}
		c := &child{owner: p}
		runtime.AddCleanup(p, func(c *child) { ended <- c.name }, c)
	}()
	return ran()
})

// shape fail kept-by-finalizer-closure
var _ = add("kept-by-finalizer-closure", func() error {
	func() {
		p := &parent{name: "a"}
		runtime.SetFinalizer(p, func(*parent) { ended <- p.name })
	}()
	return ran()
})

// ---- released by Close and by the cleanup

var releases struct {
	sync.Mutex
	count map[int]int
}

// release stands for close(2), and says what was released twice.
func release(id int) error {
	releases.Lock()
	defer releases.Unlock()
	if releases.count == nil {
		releases.count = map[int]int{}
	}
	releases.count[id]++
	return syscall.Close(id)
}

func once() error {
	collect()
	releases.Lock()
	defer releases.Unlock()
	for id, n := range releases.count {
		if n > 1 {
			return fmt.Errorf("%d released %d times", id, n)
		}
	}
	return nil
}

// shape fail both-cleanup
var _ = add("both-cleanup", func() error {
	func() { t := openA(); t.Close() }()
	return once()
})

type tapA struct{ fd int }

func openA() *tapA {
	t := &tapA{fd: null()}
	runtime.AddCleanup(t, func(fd int) { release(fd) }, t.fd)
	return t
}

func (t *tapA) Close() error { return release(t.fd) }

type tapB struct{ fd int }

// shape fail both-finalizer
var _ = add("both-finalizer", func() error {
	func() { t := openB(); t.Close() }()
	return once()
})

func openB() *tapB {
	t := &tapB{fd: null()}
	runtime.SetFinalizer(t, (*tapB).Close)
	return t
}

func (t *tapB) Close() error { return release(t.fd) }

type tapC struct{ fd int }

// shape fail both-finalizer-literal
var _ = add("both-finalizer-literal", func() error {
	func() { t := openC(); t.Close() }()
	return once()
})

func openC() *tapC {
	t := &tapC{fd: null()}
	runtime.SetFinalizer(t, func(t *tapC) { release(t.fd) })
	return t
}

func (t *tapC) Close() error {
	if t == nil {
		return os.ErrInvalid
	}
	return release(t.fd)
}

type tapD struct {
	fd int
	c  runtime.Cleanup
}

// shape fail both-cleanup-kept
var _ = add("both-cleanup-kept", func() error {
	func() { t := openD(); t.Close() }()
	return once()
})

func openD() *tapD {
	t := &tapD{fd: null()}
	t.c = runtime.AddCleanup(t, func(fd int) { release(fd) }, t.fd)
	return t
}

func (t *tapD) Close() error { return release(t.fd) }

type tapE struct{ fd int }

// shape fail both-cleanup-cleared
var _ = add("both-cleanup-cleared", func() error {
	func() { t := openE(); t.Shutdown() }()
	return once()
})

func openE() *tapE {
	fd := null()
	t := &tapE{fd}
	runtime.AddCleanup(t, freeE, fd)
	return t
}

func freeE(fd int) { release(fd) }

func (t *tapE) Shutdown() error {
	if t.fd < 0 {
		return nil
	}
	err := release(t.fd)
	t.fd = -1
	return err
}

type tapF struct{ data []byte }

// shape fail both-mapping
var _ = add("both-mapping", func() error {
	func() { t := openF(); t.Unmap(); t.Unmap2() }()
	return nil
})

func openF() *tapF {
	t := &tapF{page()}
	runtime.SetFinalizer(t, (*tapF).Unmap)
	return t
}

func (t *tapF) Unmap() { syscall.Munmap(t.data) }
func (t *tapF) Unmap2() {
	if err := syscall.Munmap(t.data); err != nil {
		panic(err)
	}
}

// ---- what SetFinalizer refuses, and Munmap

type seal struct{ mark *int }

func (s *seal) free() {}

type hatch struct {
	n    int
	seal seal
}

// shape fail refused-field
var _ = add("refused-field", func() error {
	h := &hatch{}
	runtime.SetFinalizer(&h.seal, func(*seal) {})
	return nil
})

// shape fail refused-element
var _ = add("refused-element", func() error {
	seals := make([]seal, 3)
	runtime.SetFinalizer(&seals[1], func(*seal) {})
	return nil
})

// shape fail refused-other-type
var _ = add("refused-other-type", func() error {
	h := &hatch{}
	runtime.SetFinalizer(h, func(*seal) {})
	return nil
})

// shape fail refused-method
var _ = add("refused-method", func() error {
	h := &hatch{}
	runtime.SetFinalizer(h, (*seal).free)
	return nil
})

// shape fail refused-bound
var _ = add("refused-bound", func() error {
	s := &seal{}
	runtime.SetFinalizer(s, s.free)
	return nil
})

// shape fail refused-value
var _ = add("refused-value", func() error {
	s := seal{}
	runtime.SetFinalizer(s, func(seal) {})
	return nil
})

// shape fail refused-by-value
var _ = add("refused-by-value", func() error {
	s := &seal{}
	runtime.SetFinalizer(s, func(seal) {})
	return nil
})

// shape fail unmapped-part
var _ = add("unmapped-part", func() error {
	b, err := syscall.Mmap(-1, 0, 8192, syscall.PROT_READ, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	return syscall.Munmap(b[:10])
})

// shape fail unmapped-tail
var _ = add("unmapped-tail", func() error { b := page(); h := b[8:]; return syscall.Munmap(h) })

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// shape fail closed-by-number
var _ = add("closed-by-number", func() error {
	f := must(os.Open(os.DevNull))
	fd := int(f.Fd())
	syscall.Close(fd)
	return f.Close()
})

// shape fail closed-deferred-plain
var _ = add("closed-deferred-plain", func() (err error) {
	fd := null()
	defer func() { err = syscall.Close(fd) }()
	func() {
		defer syscall.Close(fd)
		err = syscall.Close(fd)
	}()
	return err
})
