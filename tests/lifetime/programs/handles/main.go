// Command lifetime runs every shape and prints what became of it: one line "name<TAB>outcome".
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
)

type shape struct {
	name string
	run  func() error
}

// A shape that touches memory which was unmapped faults; that is an outcome like any other.
func outcome(run func() error) (result string) {
	defer func() {
		if fault := recover(); fault != nil {
			result = fmt.Sprint("fault: ", fault)
		}
	}()
	err := run()
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, errReleased):
		return "released"
	default:
		return err.Error()
	}
}

func main() {
	debug.SetPanicOnFault(true)
	// The runtime's own descriptors come first, or one of them gets a number that was released.
	openFile().Close()
	settle()
	wanted := map[string]bool{}
	for _, name := range os.Args[1:] {
		wanted[name] = true
	}
	for _, list := range [][]shape{owners, takings, uses, holders} {
		for _, one := range list {
			if len(wanted) == 0 || wanted[one.name] {
				fmt.Printf("%s\t%s\n", one.name, outcome(one.run))
			}
		}
	}
}
