// The program of shapes: each makes an object and lets it go; printed is whether what its cleanup
// or finalizer releases was released, once.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

var (
	mu       sync.Mutex
	released = map[int]int{}
	noted    []string
)

func release(id int) {
	mu.Lock()
	defer mu.Unlock()
	released[id]++
}

func note(text string) {
	mu.Lock()
	defer mu.Unlock()
	noted = append(noted, text)
}

//go:noinline
func stack(n int) int {
	var room [512]byte
	room[n%512] = byte(n)
	return int(room[(n+1)%512])
}

// Since Go 1.26 AddCleanup looks whether its function holds the object, and panics.
func try(run func(int), id int) {
	defer func() {
		if recover() != nil {
			note("panic")
		}
	}()
	run(id)
}

func main() {
	base := 1000
	for i, one := range shapes {
		id := base + i
		try(one.run, id)
		stack(id)
		for range 20 {
			runtime.GC()
			time.Sleep(100 * time.Microsecond)
			mu.Lock()
			done := released[id] > 0
			mu.Unlock()
			if done {
				break
			}
		}
		mu.Lock()
		fmt.Fprintf(os.Stdout, "%s\t%d %v\n", one.name, released[id], noted)
		noted = nil
		mu.Unlock()
	}
}
