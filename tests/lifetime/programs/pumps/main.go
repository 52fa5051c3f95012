// Command pumps runs the shapes named by its arguments: one line "name<TAB>outcome" each.
package main

import (
	"os"
)

func check(_ int, err error) error { return err }

func scratch() *os.File {
	f, err := os.CreateTemp("", "pumps")
	if err != nil {
		panic(err)
	}
	os.Remove(f.Name())
	return f
}
