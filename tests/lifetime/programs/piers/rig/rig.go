// Package rig is somebody else's: a device that has its file beside the number of that.
package rig

import "os"

// Device has both.
type Device struct {
	file *os.File
	fd   int
	FD   int
}

// Open returns a new one.
func Open(path string) (*Device, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	fd := int(f.Fd())
	return &Device{file: f, fd: fd, FD: fd}, nil
}

// Fd is the number.
func (d *Device) Fd() int { return d.fd }

// Close closes the file.
func (d *Device) Close() error { return d.file.Close() }
