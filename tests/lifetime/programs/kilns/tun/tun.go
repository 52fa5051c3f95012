// Package tun has devices as network code has them.
package tun

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// Device is implemented by each platform.
type Device interface {
	File() *os.File
	Read(buffers [][]byte) (int, error)
	MTU() (int, error)
	Name() string
	Close() error
}

// NativeTun is the one implementation.
type NativeTun struct {
	file     *os.File
	index    int32
	closeOne sync.Once
	nameOnce sync.Once
	name     string
	sock     *netlink
	events   chan int
}

type netlink struct {
	fd  int
	seq uint32
}

// Create makes a device.
func Create(name string, mtu int) (Device, error) {
	file, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	d, err := CreateFromFile(file, mtu)
	if err != nil {
		file.Close()
		return nil, err
	}
	d.name = name
	return d, nil
}

// CreateFromFile makes one of a file.
func CreateFromFile(file *os.File, mtu int) (*NativeTun, error) {
	if mtu < 0 {
		return nil, errors.New("mtu")
	}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		if fd, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0); err != nil {
			return nil, os.NewSyscallError("socket", err)
		}
	}
	t := &NativeTun{file: file, sock: &netlink{fd: fd}, events: make(chan int, 5)}
	runtime.SetFinalizer(t.sock, func(n *netlink) { syscall.Close(n.fd) })
	return t, nil
}

// File returns the device's file.
func (t *NativeTun) File() *os.File { return t.file }

// Name returns the name.
func (t *NativeTun) Name() string {
	t.nameOnce.Do(func() {
		if t.name == "" {
			t.name = "tun"
		}
	})
	return t.name
}

// Read reads packets.
func (t *NativeTun) Read(buffers [][]byte) (int, error) {
	if len(buffers) == 0 {
		return 0, nil
	}
	return t.file.Read(buffers[0])
}

// MTU asks the kernel.
func (t *NativeTun) MTU() (int, error) {
	var st syscall.Stat_t
	if err := syscall.Fstat(t.sock.fd, &st); err != nil {
		return 0, err
	}
	return 1500, nil
}

// Netlink returns the socket's descriptor.
func (t *NativeTun) Netlink() int { return t.sock.fd }

// Close closes it.
func (t *NativeTun) Close() (err error) {
	t.closeOne.Do(func() { err = t.file.Close() })
	return err
}
