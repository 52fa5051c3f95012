// Package live makes the compiler print every form of -live line that we know.
package live

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

type device struct{ fd int }

func plain(d *device, b []byte) (int, error) {
	return syscall.Read(d.fd, b)
}

func kept(d *device, b []byte) (int, error) {
	n, err := syscall.Read(d.fd, b)
	runtime.KeepAlive(d)
	return n, err
}

func (d *device) method(b []byte) (int, error) {
	n, err := syscall.Read(d.fd, b)
	runtime.KeepAlive(d)
	return n, err
}

func inlined(d *device, b []byte) {
	n, err := d.method(b)
	fmt.Println(n, err)
}

func moved(b []byte) {
	var d device
	runtime.SetFinalizer(&d, func(d *device) {})
	syscall.Read(d.fd, b)
	go func() { fmt.Println(d.fd) }()
	syscall.Read(3, b)
	runtime.KeepAlive(&d)
}

func indirect(f func(), é *device) int {
	f()
	return é.fd
}

func deferred(path string, b []byte) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	n, err := syscall.Read(int(f.Fd()), b)
	fmt.Println(n, err)
}

func generic[T any](v *T, f func()) *T {
	f()
	return v
}

func instance(v *device, w *map[struct{ a, b int }]string, f func()) (*device, *map[struct{ a, b int }]string) {
	return generic(v, f), generic(w, f)
}
