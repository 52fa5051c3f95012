// Command cables runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"os"
	"syscall"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func tmp() *os.File {
	f, err := os.CreateTemp("", "cables")
	must(err)
	must(os.Remove(f.Name()))
	return f
}

//go:noinline
func busy(fd uintptr) error {
	collect()
	_, err := syscall.Write(int(fd), payload)
	return err
}
