// The program of shapes: each uses a descriptor of a file that nobody else holds, while the
// collector runs; printed is whether it was open then.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

func open() *os.File {
	f, err := os.Open(os.Args[0])
	if err != nil {
		panic(err)
	}
	return f
}

// collected comes back once what nobody holds was closed.
func collected(value int) int {
	for range 3 {
		runtime.GC()
		time.Sleep(300 * time.Microsecond)
	}
	return value
}

func ok(err error) string {
	if err != nil {
		return fmt.Sprintf("0 %q", err.Error())
	}
	return "1 ok"
}

func main() {
	for _, one := range shapes {
		fmt.Printf("%s\t%s\n", one.name, one.run())
	}
}
