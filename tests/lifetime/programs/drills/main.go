// Command drills runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"fmt"
	"os"
	"syscall"
)

// put writes one byte to a descriptor.
func put(fd int) error {
	_, err := syscall.Write(fd, payload)
	return err
}

func temporary() *os.File {
	f, err := os.CreateTemp("", "drills")
	if err != nil {
		panic(err)
	}
	os.Remove(f.Name())
	return f
}

func differs(got, want string) error {
	if got != want {
		return fmt.Errorf("read %q, want %q", got, want)
	}
	return nil
}
