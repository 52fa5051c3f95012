// Chain calls functions with ever larger frames on a new goroutine. Each notes the size of its
// stack and where the first function's variable lies now; the notes are printed at the end.
package main

import (
	"fmt"
	"unsafe"
)

type note struct {
	level   int
	size    uintptr
	address uintptr
}

var (
	notes [16]note
	count int
)

// stackBounds is in assembly: it reads the goroutine's own descriptor.
func stackBounds() (low, high uintptr)

//go:noinline
func record(level int, x *int) {
	low, high := stackBounds()
	notes[count] = note{level, high - low, uintptr(unsafe.Pointer(x))}
	count++
}

//go:noinline
func level0(n int) int {
	x := n
	record(0, &x)
	return level1(n+1, &x) + x
}

//go:noinline
func level1(n int, x *int) int {
	var block [500]byte
	record(1, x)
	block[n] = 1
	return level2(n+1, x) + int(block[n/2])
}

//go:noinline
func level2(n int, x *int) int {
	var block [700]byte
	record(2, x)
	block[n] = 1
	return level3(n+1, x) + int(block[n/2])
}

//go:noinline
func level3(n int, x *int) int {
	var block [3000]byte
	record(3, x)
	block[n] = 1
	return level4(n+1, x) + int(block[n/2])
}

//go:noinline
func level4(n int, x *int) int {
	var block [30000]byte
	record(4, x)
	block[n] = 1
	return level5(n+1, x) + int(block[n/2])
}

//go:noinline
func level5(n int, x *int) int {
	var block [130000]byte
	record(5, x)
	block[n] = 1
	return level6(n+1, x) + int(block[n/2])
}

//go:noinline
func level6(n int, x *int) int {
	record(6, x)
	return n + *x
}

func main() {
	done := make(chan bool)
	go level0(1)
	go func() {
		for count < 7 {
			wait()
		}
		done <- true
	}()
	<-done
	for _, one := range notes[:count] {
		fmt.Println(one.level, one.size, one.address)
	}
}
