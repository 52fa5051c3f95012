package main

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// What bindings of C libraries, readers of mapped files and users of kernel objects have.

// The library: objects by number, as those of C are by address.
var library struct {
	sync.Mutex
	last uintptr
	live map[uintptr]string
}

var errStale = errors.New("stale object")

//go:noinline
func libNew(text string) uintptr {
	library.Lock()
	defer library.Unlock()
	if library.live == nil {
		library.live = map[uintptr]string{}
	}
	library.last++
	library.live[library.last] = text
	return library.last
}

//go:noinline
func libFree(object uintptr) {
	library.Lock()
	defer library.Unlock()
	delete(library.live, object)
}

//go:noinline
func libRun(object uintptr) error {
	collect()
	library.Lock()
	defer library.Unlock()
	if _, ok := library.live[object]; !ok {
		return errStale
	}
	return nil
}

//go:noinline
func libRun2(a, b uintptr) error {
	collect()
	library.Lock()
	defer library.Unlock()
	if library.live[a] == "" || library.live[b] == "" {
		return errStale
	}
	return nil
}

// Repo is an object of the library; its finalizer frees it.
type Repo struct {
	ptr  uintptr
	path string
}

func OpenRepo(path string) (*Repo, error) {
	ptr := libNew(path)
	if ptr == 0 {
		return nil, errStale
	}
	r := &Repo{ptr: ptr, path: path}
	runtime.SetFinalizer(r, (*Repo).Free)
	return r, nil
}

func mustRepo() *Repo {
	r, err := OpenRepo("repo")
	if err != nil {
		panic(err)
	}
	return r
}

func (r *Repo) Free() {
	runtime.SetFinalizer(r, nil)
	libFree(r.ptr)
}

// Geometry is freed by a cleanup.
type Geometry struct {
	handle uintptr
	kind   *string
}

func newGeometry(kind string) *Geometry {
	g := &Geometry{handle: libNew(kind), kind: &kind}
	runtime.AddCleanup(g, libFree, g.handle)
	return g
}

// Line is a descriptor of a chip.
type Line struct {
	fd     int
	offset int
	name   *string
}

func requestLine(offset int) *Line {
	l := &Line{fd: null(), offset: offset, name: new(string)}
	runtime.SetFinalizer(l, func(l *Line) { syscall.Close(l.fd) })
	return l
}

func (l *Line) Close() error {
	runtime.SetFinalizer(l, nil)
	return syscall.Close(l.fd)
}

func openNull() *os.File {
	f, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		panic(err)
	}
	return f
}

func send(fd int) error {
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

// Index is a mapped file.
type Index struct {
	data  []byte
	words []uint32
	path  *string
}

func mapIndex() *Index {
	data, err := syscall.Mmap(-1, 0, 8192, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	copy(data, "magic\x00\x00\x00\x10\x00\x00\x00{\"a\":1}\nrest of it\n")
	x := &Index{data: data, path: new(string)}
	x.words = unsafe.Slice((*uint32)(unsafe.Pointer(&data[0])), len(data)/4)
	runtime.SetFinalizer(x, func(x *Index) { unmap(x.data) })
	return x
}

func (x *Index) Close() {
	runtime.SetFinalizer(x, nil)
	unmap(x.data)
}

var (
	errShort           = errors.New("short")
	_        io.Reader = strings.NewReader("")
)
