package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"example.com/pumps/flow"
)

// pump closes its number in a method that logs and checks before.
type pump struct {
	id    int
	fd    int
	state string
}

var errClosed = errors.New("closed")

func (p *pump) stop() (err error) {
	if p == nil || p.fd < 0 {
		return errClosed
	}
	defer func() {
		if err != nil {
			log.Printf("pump %d: %v", p.id, err)
		}
	}()
	fd := p.fd
	p.fd = -1
	if err = syscall.Close(fd); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

func finish(p *pump) { _ = p.stop() }

func start(id int) *pump {
	p := new(pump)
	p.id, p.fd, p.state = id, null(), "on"
	runtime.SetFinalizer(p, finish)
	return p
}

func (p *pump) number() (int, error) {
	if p.fd < 0 {
		return -1, errClosed
	}
	return p.fd, nil
}

// shape fail checked-getter
var _ = add("checked-getter", func() error { return checkedGetter() })

func checkedGetter() error {
	p := start(1)
	fd, err := p.number()
	if err != nil {
		return err
	}
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail nested-call
var _ = add("nested-call", func() error { return nestedCall() })

//go:noinline
func slow(fd int) int { collect(); return fd }

func nestedCall() error {
	p := start(1)
	return check(syscall.Write(slow(p.fd), payload))
}

// shape fail printf-between
var _ = add("printf-between", func() error { return printfBetween() })

func printfBetween() error {
	p := start(2)
	fd, id := p.fd, p.id
	collect()
	if _, err := syscall.Write(fd, payload); err != nil {
		return fmt.Errorf("pump %d: %w", id, err)
	}
	return nil
}

// shape sound switch-on-error
var _ = add("switch-on-error", func() error { return switchOnError() })

func switchOnError() error {
	p := start(3)
	fd := p.fd
	collect()
	switch _, err := syscall.Write(fd, payload); {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EINTR):
		p.state = "again"
		return nil
	default:
		return err
	}
}

// shape fail const-conversion
type handle uintptr

type engine struct {
	h    handle
	name string
}

func ignite() (*engine, error) {
	fd := null()
	e := &engine{h: handle(fd), name: "e"}
	runtime.SetFinalizer(e, func(e *engine) { syscall.Close(int(e.h)) })
	return e, nil
}

var _ = add("const-conversion", func() error { return constConversion() })

func constConversion() error {
	e, err := ignite()
	if err != nil {
		return err
	}
	h := e.h
	collect()
	return check(syscall.Write(int(h), payload))
}

// shape fail method-of-handle
func (h handle) write(b []byte) error { return check(syscall.Write(int(h), b)) }

var _ = add("method-of-handle", func() error { return methodOfHandle() })

func methodOfHandle() error {
	e, _ := ignite()
	h := e.h
	collect()
	return h.write(payload)
}

// shape fail method-value-of-handle
var _ = add("method-value-of-handle", func() error { return methodValueOfHandle() })

func methodValueOfHandle() error {
	e, _ := ignite()
	write := e.h.write
	collect()
	return write(payload)
}

// shape fail handle-in-interface
type writer interface{ write([]byte) error }

var _ = add("handle-in-interface", func() error { return handleInInterface() })

func handleInInterface() error {
	e, _ := ignite()
	var w writer = e.h
	collect()
	return w.write(payload)
}

// shape fail handle-returned-as-interface
func (e *engine) writer() writer { return e.h }

var _ = add("handle-returned-as-interface", func() error { return handleAsInterface() })

func handleAsInterface() error {
	e, _ := ignite()
	w := e.writer()
	collect()
	return w.write(payload)
}

// shape fail queue-of-jobs
type job struct {
	fd   int
	data []byte
}

func (j *job) do() error { return check(syscall.Write(j.fd, j.data)) }

var _ = add("queue-of-jobs", func() error { return queueOfJobs() })

func queueOfJobs() error {
	jobs := make(chan *job, 2)
	jobs <- &job{fd: start(1).fd, data: payload}
	close(jobs)
	collect()
	for j := range jobs {
		if err := j.do(); err != nil {
			return err
		}
	}
	return nil
}

// shape fail list-of-jobs
var _ = add("list-of-jobs", func() error { return listOfJobs() })

func listOfJobs() error {
	var jobs []job
	for id := range 3 {
		p := start(id)
		jobs = append(jobs, job{p.fd, payload})
	}
	collect()
	for i := range jobs {
		if err := jobs[i].do(); err != nil {
			return err
		}
	}
	return nil
}

// shape fail job-made-by-owner
func (p *pump) job(data string) *job { return &job{fd: p.fd, data: []byte(data)} }

var _ = add("job-made-by-owner", func() error { return jobMadeByOwner() })

func jobMadeByOwner() error {
	j := start(1).job("x")
	collect()
	return j.do()
}

// shape fail sorted-numbers
var _ = add("sorted-numbers", func() error { return sortedNumbers() })

func sortedNumbers() error {
	a, b := start(1), start(2)
	fds := []int{b.fd, a.fd}
	slices.Sort(fds)
	collect()
	for _, fd := range fds {
		if err := check(syscall.Write(fd, payload)); err != nil {
			return err
		}
	}
	return nil
}

// shape fail smallest
var _ = add("smallest", func() error { return smallest() })

func smallest() error {
	a, b := start(1), start(2)
	fd := min(a.fd, b.fd)
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail chosen-by-if
var _ = add("chosen-by-if", func() error { return chosenByIf(os.Args) })

func chosenByIf(args []string) error {
	a, b := start(1), start(2)
	var fd int
	if len(args) > 100 {
		fd = a.fd
	} else {
		fd = b.fd
	}
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail closure-called-early
var _ = add("closure-called-early", func() error { return closureCalledEarly() })

func closureCalledEarly() error {
	p := start(1)
	get := func() int { return p.fd }
	fd := get()
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail immediately-called
var _ = add("immediately-called", func() error { return immediatelyCalled() })

func immediatelyCalled() error {
	fd := func() int {
		p := start(1)
		return p.fd
	}()
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail timer-callback
var _ = add("timer-callback", func() error { return timerCallback() })

func timerCallback() error {
	done := make(chan error)
	fd := start(1).fd
	time.AfterFunc(time.Millisecond, func() {
		collect()
		done <- check(syscall.Write(fd, payload))
	})
	return <-done
}

// shape fail walker
var _ = add("walker", func() error { return walker() })

func each(fds []int, use func(int) error) error {
	for _, fd := range fds {
		if err := use(fd); err != nil {
			return err
		}
	}
	return nil
}

func walker() error {
	p := start(1)
	fds := []int{p.fd}
	collect()
	return each(fds, func(fd int) error { return check(syscall.Write(fd, payload)) })
}

// shape fail owner-by-interface-field
type machine struct {
	driver interface{ number() (int, error) }
}

var _ = add("owner-by-interface-field", func() error { return (&machine{start(1)}).run() })

func (m *machine) run() error {
	fd, err := m.driver.number()
	if err != nil {
		return err
	}
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail linked-owner
type node struct {
	p    *pump
	next *node
}

var _ = add("linked-owner", func() error { return linkedOwner() })

func linkedOwner() error {
	n := &node{next: &node{p: start(1)}}
	fd := n.next.p.fd
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail array-of-structs
type slot struct {
	p    *pump
	used bool
}

var _ = add("array-of-structs", func() error { return arrayOfStructs() })

func arrayOfStructs() error {
	var slots [3]slot
	for i := range slots {
		slots[i] = slot{p: start(i), used: true}
	}
	fd := slots[1].p.fd
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail interface-behind-package
var _ = add("interface-behind-package", func() error { return interfaceBehindPackage() })

func interfaceBehindPackage() error {
	s, err := flow.Open()
	if err != nil {
		return err
	}
	fd := s.Descriptor()
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail foreign-made-by-method
var _ = add("foreign-made-by-method", func() error { return foreignMadeByMethod() })

func foreignMadeByMethod() error {
	v := flow.Make()
	fd := v.Fd
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail foreign-literal-turned
var _ = add("foreign-literal-turned", func() error { return foreignLiteralTurned() })

func foreignLiteralTurned() error {
	v := &flow.Valve{}
	v.Turn()
	fd := v.Fd
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail unix-conn-file
var _ = add("unix-conn-file", func() error { return unixConnFile() })

func unixConnFile() error {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	c, err := net.FileConn(os.NewFile(uintptr(fds[0]), "pair"))
	if err != nil {
		return err
	}
	uc := c.(*net.UnixConn)
	f, err := uc.File()
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	collect()
	return check(syscall.Write(fd, payload))
}

// shape fail raw-conn-read
var _ = add("raw-conn-read", func() error { return rawConnRead() })

func rawConnRead() error {
	f := scratch()
	rc, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var keep uintptr
	rc.Write(func(fd uintptr) bool {
		keep = fd
		return true
	})
	collect()
	return check(syscall.Write(int(keep), payload))
}

// shape sound file-from-slice
var _ = add("file-from-slice", func() error { return fileFromSlice([]*os.File{scratch()}) })

func fileFromSlice(files []*os.File) error {
	for _, f := range files {
		fd := int(f.Fd())
		files = nil
		collect()
		if err := check(syscall.Write(fd, payload)); err != nil {
			return err
		}
	}
	return nil
}

// shape fail struct-by-value-receiver
type record struct {
	f    *os.File
	path string
}

func (r record) sync() error {
	fd := int(r.f.Fd())
	collect()
	return syscall.Fsync(fd)
}

var _ = add("struct-by-value-receiver", func() error { return record{scratch(), "x"}.sync() })

// shape fail map-view
type mapping struct {
	addr unsafe.Pointer
	size int
	name string
}

var unmapped bool

func mapped() *mapping {
	b, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	m := &mapping{addr: unsafe.Pointer(&b[0]), size: 4096}
	runtime.SetFinalizer(m, func(m *mapping) {
		unmapped = true
		syscall.Munmap(unsafe.Slice((*byte)(m.addr), m.size))
	})
	return m
}

func (m *mapping) bytes() []byte { return unsafe.Slice((*byte)(m.addr), m.size) }

var _ = add("map-view", func() error { return mapView() })

func mapView() error {
	m := mapped()
	b := m.bytes()
	collect()
	if unmapped {
		return errGone
	}
	if strings.HasPrefix(string(b), "z") {
		return errGone
	}
	return nil
}

// shape fail address-arithmetic
var _ = add("address-arithmetic", func() error { return addressArithmetic() })

func addressArithmetic() error {
	m := mapped()
	at := (*uint32)(unsafe.Add(m.addr, 64))
	collect()
	if unmapped {
		return errGone
	}
	*at = 7
	return nil
}

// shape fail typed-field-view
type layout struct{ magic, count uint64 }

func (m *mapping) layout() *layout { return (*layout)(m.addr) }

var _ = add("typed-field-view", func() error { return typedFieldView() })

func typedFieldView() error {
	l := mapped().layout()
	collect()
	if unmapped {
		return errGone
	}
	l.count++
	return nil
}
