package main

import (
	"net"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// shape fail switch-init
var _ = add("switch-init", func() error { return switchInit() })

func switchInit() error {
	p := dial()
	switch n := p.num; {
	case n > 0:
		collect()
		return poke(n)
	default:
		return nil
	}
}

// shape fail type-switch
var _ = add("type-switch", func() error { return typeSwitch(dial()) })

func typeSwitch(v any) error {
	switch q := v.(type) {
	case *Port:
		fd := q.num
		collect()
		_, err := syscall.Write(fd, payload)
		return err
	case *Lamp:
		return poke(int(q.h))
	}
	return nil
}

// shape fail two-results-getter
var _ = add("two-results-getter", func() error { return twoResults() })

func twoResults() error {
	fd, label := dial().Both()
	collect()
	if label == "" {
		return nil
	}
	return poke(fd)
}

// shape fail interface-getter
var _ = add("interface-getter", func() error {
	var n numbered = dial()
	fd := n.Number()
	collect()
	return poke(fd)
})

// shape fail interface-factory
func made() numbered { return dial() }

var _ = add("interface-factory", func() error { return interfaceFactory() })

func interfaceFactory() error {
	fd := made().Number()
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// shape fail wrapped-twice
type inner struct{ *Port }
type outer struct{ inner }

var _ = add("wrapped-twice", func() error { return wrappedTwice() })

func wrappedTwice() error {
	o := outer{inner{dial()}}
	fd := o.num
	collect()
	return poke(fd)
}

// shape fail getter-of-getter
type station struct{ port *Port }

func (s *station) Get() int { return s.port.Number() }

var _ = add("getter-of-getter", func() error { return getterOfGetter() })

func getterOfGetter() error {
	s := &station{dial()}
	n := s.Get()
	collect()
	_, err := syscall.Write(n, payload)
	return err
}

// shape fail box-of-owner
type box[T any] struct{ val T }

func (b *box[T]) get() T { return b.val }

var _ = add("box-of-owner", func() error { return boxOfOwner() })

func boxOfOwner() error {
	b := &box[*Port]{dial()}
	fd := b.get().num
	collect()
	return poke(fd)
}

// shape fail generic-raw
func rawOf[T numbered](t T) int { return t.Number() }

var _ = add("generic-raw", func() error { return genericRaw() })

func genericRaw() error {
	p := dial()
	fd := rawOf(p)
	collect()
	return poke(fd)
}

// shape fail lamp-local
var _ = add("lamp-local", func() error { return lampLocal() })

func lampLocal() error {
	l := newLamp()
	h := l.h
	collect()
	_, _, errno := syscall.Syscall(syscall.SYS_WRITE, h, uintptr(unsafe.Pointer(&payload[0])), 1)
	if errno != 0 {
		return errno
	}
	return nil
}

// shape fail file-in-struct
type journal struct {
	name string
	file *os.File
}

var _ = add("file-in-struct", func() error { return fileInStruct(&journal{"j", file()}) })

func fileInStruct(j *journal) error {
	fd := int(j.file.Fd())
	collect()
	return poke(fd)
}

// shape fail pipe-ends
var _ = add("pipe-ends", func() error { return pipeEnds() })

func pipeEnds() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	in, out := r.Fd(), w.Fd()
	collect()
	if _, err := syscall.Write(int(out), payload); err != nil {
		return err
	}
	_, err = syscall.Read(int(in), make([]byte, 1))
	return err
}

// shape fail listener-file
var _ = add("listener-file", func() error { return listenerFile() })

func listenerFile() error {
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
	collect()
	return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
}

// shape fail control-leak
var _ = add("control-leak", func() error { return controlLeak() })

func controlLeak() error {
	rc, err := file().SyscallConn()
	if err != nil {
		return err
	}
	var raw int
	if err := rc.Control(func(fd uintptr) { raw = int(fd) }); err != nil {
		return err
	}
	collect()
	return poke(raw)
}

// shape fail mapped-view
type region struct{ data []byte }

func mapRegion() *region {
	data, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	data[0] = 7
	r := &region{data}
	runtime.SetFinalizer(r, func(r *region) { syscall.Munmap(r.data) })
	return r
}

func (r *region) view() []byte { return r.data[:16] }

var _ = add("mapped-view", func() error { return mappedView() })

func mappedView() error {
	v := mapRegion().view()
	collect()
	if v[0] != 7 {
		return errGone
	}
	return nil
}

// shape fail mapped-pointer
var _ = add("mapped-pointer", func() error { return mappedPointer() })

func mappedPointer() error {
	r := mapRegion()
	at := unsafe.Pointer(&r.data[0])
	collect()
	if *(*byte)(at) != 7 {
		return errGone
	}
	return nil
}

// shape fail address-of-cell
type cell struct {
	value int64
	next  *cell
}

var cellGone bool

var _ = add("address-of-cell", func() error { return addressOfCell() })

func addressOfCell() error {
	c := &cell{value: 5}
	runtime.SetFinalizer(c, func(*cell) { cellGone = true })
	at := uintptr(unsafe.Pointer(c))
	collect()
	syscall.Syscall(syscall.SYS_WRITE, uintptr(null()), at, 8)
	if cellGone {
		return errGone
	}
	return nil
}

// shape fail chan-owner
var _ = add("chan-owner", func() error { return chanOwner() })

func chanOwner() error {
	ch := make(chan *Port, 1)
	ch <- dial()
	fd := (<-ch).num
	collect()
	return poke(fd)
}

// shape fail map-owner
var _ = add("map-owner", func() error { return mapOwner() })

func mapOwner() error {
	m := map[string]*Port{"a": dial()}
	fd := m["a"].num
	collect()
	return poke(fd)
}

// shape fail array-owner
var _ = add("array-owner", func() error { return arrayOwner() })

func arrayOwner() error {
	ports := [2]*Port{dial(), dial()}
	fd := ports[1].Number()
	collect()
	return poke(fd)
}

// shape fail scoped-block
var _ = add("scoped-block", func() error { return scopedBlock() })

func scopedBlock() error {
	var fd int
	{
		p := dial()
		fd = p.num
	}
	collect()
	return poke(fd)
}

// shape fail if-init-owner
var _ = add("if-init-owner", func() error { return ifInitOwner() })

func ifInitOwner() error {
	fd := -1
	if p, err := tryDial("x"); err == nil {
		fd = p.num
	} else {
		return err
	}
	collect()
	return poke(fd)
}

// shape fail set-nil
var _ = add("set-nil", func() error { return setNil() })

func setNil() error {
	p := dial()
	fd := p.num
	p = nil
	collect()
	err := poke(fd)
	if p != nil {
		p.ping()
	}
	return err
}

// shape fail reassigned
var _ = add("reassigned", func() error { return reassigned() })

func reassigned() error {
	p := dial()
	fd := p.num
	p = dial()
	collect()
	err := poke(fd)
	p.ping()
	return err
}

// shape fail literal-factory
var _ = add("literal-factory", func() error { return literalFactory() })

func literalFactory() error {
	factory := func() *Port { return dial() }
	fd := factory().num
	collect()
	return poke(fd)
}

// shape fail armed-by-method
type gate struct {
	id   int
	note string
}

func (g *gate) arm() {
	runtime.SetFinalizer(g, func(g *gate) { syscall.Close(g.id) })
}

var _ = add("armed-by-method", func() error { return armedByMethod() })

func armedByMethod() error {
	g := &gate{id: null()}
	g.arm()
	id := g.id
	collect()
	return poke(id)
}

// shape fail captured-number
type hatch struct {
	fd   int
	next *hatch
}

func newHatch() *hatch {
	fd := null()
	h := &hatch{fd: fd}
	runtime.SetFinalizer(h, func(*hatch) { syscall.Close(fd) })
	return h
}

var _ = add("captured-number", func() error { return capturedNumber() })

func capturedNumber() error {
	h := newHatch()
	fd := h.fd
	collect()
	return poke(fd)
}

// shape fail converted
var _ = add("converted", func() error { return converted() })

func converted() error {
	p := dial()
	h := uintptr(uint32(p.num))
	collect()
	return poke(int(h))
}

// shape fail struct-copy
var _ = add("struct-copy", func() error { return structCopy() })

func structCopy() error {
	q := *dial()
	collect()
	return poke(q.num)
}

// shape fail double-pointer
var _ = add("double-pointer", func() error { return doublePointer() })

func doublePointer() error {
	p := dial()
	pp := &p
	fd := (*pp).num
	collect()
	return poke(fd)
}
