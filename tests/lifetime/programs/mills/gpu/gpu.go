// Package gpu has buffers in device memory and queues that work on them.
package gpu

import (
	"errors"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// Handle names an object of the driver.
type Handle uintptr

// Device opens buffers.
type Device struct {
	mu   sync.Mutex
	fd   int
	name string
}

// New opens the device.
func New(name string) (*Device, error) {
	fd, err := syscall.Open("/dev/"+name, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	d := &Device{fd: fd, name: name}
	runtime.SetFinalizer(d, (*Device).release)
	return d, nil
}

func (d *Device) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fd >= 0 {
		syscall.Close(d.fd)
		d.fd = -1
	}
}

// Destroy releases it.
func (d *Device) Destroy() { runtime.SetFinalizer(d, nil); d.release() }

// Native returns the handle.
func (d *Device) Native() Handle { return Handle(d.fd) }

// Name returns the name.
func (d *Device) Name() string { return d.name }

// Buffer is mapped memory.
type Buffer struct {
	ptr    unsafe.Pointer
	length int
	dev    *Device
}

// Alloc maps memory.
func (d *Device) Alloc(n int) (*Buffer, error) {
	if n <= 0 {
		return nil, errors.New("size")
	}
	mem, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	b := &Buffer{ptr: unsafe.Pointer(&mem[0]), length: n, dev: d}
	runtime.AddCleanup(b, func(p unsafe.Pointer) { syscall.Mprotect(unsafe.Slice((*byte)(p), n), syscall.PROT_NONE) }, b.ptr)
	return b, nil
}

// Bytes is the memory.
func (b *Buffer) Bytes() []byte { return unsafe.Slice((*byte)(b.ptr), b.length) }

// Floats is the memory.
func (b *Buffer) Floats() []float32 { return unsafe.Slice((*float32)(b.ptr), b.length/4) }

// Pointer is where it begins.
func (b *Buffer) Pointer() unsafe.Pointer { return b.ptr }

// Len is its length.
func (b *Buffer) Len() int { return b.length }
