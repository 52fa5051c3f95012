package main

import (
	"net"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

var owners = []shape{
	{"local", failLocal},
	{"local-not-inlined", failLocalNotInlined},
	{"field-path-of-pointer", failFieldPathOfPointer},
	{"field-path-of-struct", failFieldPathOfStruct},
	{"embedded-pointer", failEmbeddedPointer},
	{"embedded-file", failEmbeddedFile},
	{"slice-element", failSliceElement},
	{"map-element", failMapElement},
	{"array-element", failArrayElement},
	{"range-variable", failRangeVariable},
	{"generic-type", failGenericType},
	{"generic-method", failGenericMethod},
	{"generic-function", failGenericFunction},
	{"receiver", failReceiver},
	{"receiver-with-path", failReceiverWithPath},
	{"value-receiver", failValueReceiver},
	{"parameter", failParameter},
	{"cleanup", failCleanup},
	{"cleanup-by-closure", failCleanupByClosure},
	{"file", failFile},
	{"pipe", failPipe},
	{"copied-by-net", failCopiedByNet},
	{"mapped-slice", failMappedSlice},
	{"mapped-pointer", failMappedPointer},
	{"channel", failChannel},
	{"struct-copy", failStructCopy},
	{"several-results", failSeveralResults},
	{"type-switch", failTypeSwitch},
	{"type-assertion", failTypeAssertion},
	{"alias", failAlias},
	{"factory-method", failFactoryMethod},
	{"literal-makes-it", failLiteralMakesIt},
	{"set-to-nil", failSetToNil},
	{"opened-again", failOpenedAgain},
	{"made-in-place", failMadeInPlace},
	{"inner-struct", failInnerStruct},
	{"wraps-a-file", failWrapsAFile},
	{"deep-path", failDeepPath},
}

// shape fail local
func failLocal() error {
	h := open()
	fd := h.fd
	settle()
	_, err := syscall.Write(fd, one)
	return err
}

// shape fail local-not-inlined
func failLocalNotInlined() error {
	h, err := openSlowly("/dev/null")
	if err != nil {
		return err
	}
	fd := h.fd
	settle()
	_, err = syscall.Write(fd, one)
	return err
}

// shape fail field-path-of-pointer
type link struct {
	h    *Handle
	peer string
}

func newLink() *link { return &link{h: open(), peer: "x"} }

func failFieldPathOfPointer() error {
	c := newLink()
	fd := c.h.fd
	settle()
	return write(fd)
}

// shape fail field-path-of-struct
type logger struct {
	level int
	f     *os.File
}

func failFieldPathOfStruct() error {
	s := logger{level: 1, f: openFile()}
	return slowWrite(int(s.f.Fd()))
}

// shape fail embedded-pointer
type socket struct {
	*Handle
	port int
}

func failEmbeddedPointer() error {
	s := socket{open(), 80}
	fd := s.fd
	settle()
	return write(fd)
}

// shape fail embedded-file
type journal struct {
	*os.File
	lines int
}

func failEmbeddedFile() error {
	j := &journal{File: openFile()}
	fd := j.Fd()
	settle()
	return write(int(fd))
}

// shape fail slice-element
func failSliceElement() error {
	list := []*Handle{open(), open()}
	fd := list[1].fd
	settle()
	return write(fd)
}

// shape fail map-element
func failMapElement() error {
	byName := map[string]*Handle{"a": open()}
	fd := byName["a"].fd
	settle()
	return write(fd)
}

// shape fail array-element
func failArrayElement() error {
	var pair [2]*Handle
	pair[0] = open()
	fd := pair[0].fd
	settle()
	return write(fd)
}

// shape fail range-variable
func failRangeVariable() error {
	fds := 0
	for _, h := range []*Handle{open()} {
		fds = h.fd
	}
	settle()
	return write(fds)
}

// shape fail generic-type
type Box[T any] struct {
	value T
	fd    int
}

func newBox[T any](value T) *Box[T] {
	b := &Box[T]{value: value, fd: device()}
	runtime.SetFinalizer(b, func(b *Box[T]) { syscall.Close(b.fd) })
	return b
}

func failGenericType() error {
	b := newBox("text")
	fd := b.fd
	settle()
	return write(fd)
}

// shape fail generic-method
type Ring[T any] struct {
	items []T
	file  *Handle
}

func (r *Ring[T]) flush() error {
	fd := r.file.fd
	settle()
	return write(fd)
}

func failGenericMethod() error {
	r := &Ring[int]{file: open()}
	return r.flush()
}

// shape fail generic-function
func writeAll[T any](h *Handle, items ...T) error {
	fd := h.fd
	settle()
	_, err := syscall.Write(fd, one)
	return err
}

func failGenericFunction() error { return writeAll(open(), 1, 2) }

// shape fail receiver
func (h *Handle) slowly() error {
	fd := h.fd
	settle()
	_, err := syscall.Write(fd, one)
	return err
}

func failReceiver() error { return open().slowly() }

// shape fail receiver-with-path
type conn struct {
	inner struct{ file *os.File }
}

func (c *conn) ioctl() error {
	return slowWrite(int(c.inner.file.Fd()))
}

func failReceiverWithPath() error {
	c := new(conn)
	c.inner.file = openFile()
	return c.ioctl()
}

// shape fail value-receiver
type terminal struct{ tty *os.File }

func (t terminal) size() error { return slowWrite(int(t.tty.Fd())) }

func failValueReceiver() error { return terminal{openFile()}.size() }

// shape fail parameter
func lock(f *os.File) error {
	fd := f.Fd()
	settle()
	return syscall.Flock(int(fd), syscall.LOCK_EX)
}

func failParameter() error { return lock(openFile()) }

// shape fail cleanup
type timer struct {
	fd    int
	ticks []int
}

func newTimer() *timer {
	t := &timer{fd: device()}
	runtime.AddCleanup(t, func(fd int) { syscall.Close(fd) }, t.fd)
	return t
}

func failCleanup() error {
	t := newTimer()
	fd := t.fd
	settle()
	return write(fd)
}

// shape fail cleanup-by-closure
type watcher struct {
	epoll int
	names map[int]string
}

func newWatcher() *watcher {
	fd := device()
	w := &watcher{epoll: fd}
	runtime.AddCleanup(w, func(int) { syscall.Close(fd) }, 0)
	return w
}

func failCleanupByClosure() error {
	w := newWatcher()
	fd := w.epoll
	settle()
	return write(fd)
}

// shape fail file
func failFile() error {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	fd := f.Fd()
	settle()
	_, err = syscall.Write(int(fd), one)
	return err
}

// shape fail pipe
func failPipe() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	fd := int(w.Fd())
	settle()
	err = write(fd)
	runtime.KeepAlive(r)
	return err
}

// shape fail copied-by-net
func failCopiedByNet() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	settle()
	_, err = syscall.Getsockname(fd)
	return err
}

// shape fail mapped-slice
type mapping struct{ data []byte }

func mapPages() *mapping {
	data, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	m := &mapping{data}
	runtime.SetFinalizer(m, (*mapping).unmap)
	return m
}

func (m *mapping) unmap() {
	data := m.data
	m.data = nil
	syscall.Munmap(data)
}

func failMappedSlice() error {
	m := mapPages()
	data := m.data
	data[0] = 42
	settle()
	return unchanged(data[0] == 42)
}

// shape fail mapped-pointer
type arena struct {
	base unsafe.Pointer
	size uintptr
}

func newArena() *arena {
	base, _, _ := syscall.Syscall6(syscall.SYS_MMAP, 0, 4096,
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE, ^uintptr(0), 0)
	a := &arena{*(*unsafe.Pointer)(unsafe.Pointer(&base)), 4096}
	runtime.SetFinalizer(a, func(a *arena) {
		syscall.Syscall(syscall.SYS_MUNMAP, uintptr(a.base), a.size, 0)
	})
	return a
}

func failMappedPointer() error {
	a := newArena()
	words := (*int64)(a.base)
	*words = 42
	settle()
	return unchanged(*words == 42)
}

// shape fail channel
func failChannel() error {
	ready := make(chan *Handle, 1)
	ready <- open()
	h := <-ready
	fd := h.fd
	settle()
	return write(fd)
}

// shape fail struct-copy
func failStructCopy() error {
	a := link{h: open()}
	b := a
	fd := b.h.fd
	settle()
	return write(fd)
}

// shape fail several-results
func openTwo() (*Handle, *Handle, error) { return open(), open(), nil }

func failSeveralResults() error {
	first, second, err := openTwo()
	if err != nil {
		return err
	}
	a, b := first.fd, second.fd
	settle()
	if err := write(a); err != nil {
		return err
	}
	return write(b)
}

// shape fail type-switch
func describe(value any) error {
	switch v := value.(type) {
	case *Handle:
		return slowWrite(v.fd)
	case int:
		return write(v)
	}
	return nil
}

func failTypeSwitch() error { return describe(open()) }

// shape fail type-assertion
func failTypeAssertion() error {
	var value any = open()
	fd := value.(*Handle).fd
	settle()
	return write(fd)
}

// shape fail alias
func failAlias() error {
	h := open()
	same := h
	fd := same.fd
	settle()
	return write(fd)
}

// shape fail factory-method
type factory struct{ opened int }

func (f *factory) open() *Handle {
	f.opened++
	return open()
}

func failFactoryMethod() error {
	var f factory
	h := f.open()
	fd := h.fd
	settle()
	f.opened--
	return write(fd)
}

// shape fail literal-makes-it
func failLiteralMakesIt() error {
	make := func() *Handle { return open() }
	h := make()
	fd := h.fd
	settle()
	return write(fd)
}

// shape fail set-to-nil
func failSetToNil() error {
	h := open()
	fd := h.fd
	h = nil
	settle()
	_, err := syscall.Write(fd, one)
	return err
}

// shape fail opened-again
func failOpenedAgain() error {
	h := open()
	fd := h.fd
	h = open()
	settle()
	err := write(fd)
	h.Close()
	return err
}

// shape fail made-in-place
func failMadeInPlace() error {
	h := &Handle{fd: device()}
	runtime.SetFinalizer(h, (*Handle).Close)
	fd := h.fd
	settle()
	return write(fd)
}

// shape fail inner-struct
type device2 struct {
	state struct{ number int32 }
}

func newDevice2() *device2 {
	d := &device2{}
	d.state.number = int32(device())
	runtime.SetFinalizer(d, func(d *device2) { syscall.Close(int(d.state.number)) })
	return d
}

func failInnerStruct() error {
	d := newDevice2()
	number := d.state.number
	settle()
	return write(int(number))
}

// shape fail wraps-a-file
type image struct{ f *os.File }

func openImage() (*image, error) {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &image{f}, nil
}

func failWrapsAFile() error {
	i, err := openImage()
	if err != nil {
		return err
	}
	fd := i.f.Fd()
	settle()
	return write(int(fd))
}

// shape fail deep-path
type session struct{ links map[string][]link }

func failDeepPath() error {
	s := &session{links: map[string][]link{"a": {{h: open()}}}}
	fd := s.links["a"][0].h.fd
	settle()
	return write(fd)
}
