// Depth recurses until the goroutine's stack is full. The number of calls is kept in a mapped
// file, because nothing of the program survives the fatal error.
//
// Usage: depth FILE FUNCTION SETTING (0: leave the limit as it is)
package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"
)

var calls *int64

//go:noinline
func small(n int) int {
	*calls++
	return small(n+1) + 1
}

//go:noinline
func middle(n int) int {
	var block [1000]byte
	*calls++
	block[n%1000] = 1
	return middle(n+1) + int(block[(n+1)%1000])
}

//go:noinline
func large(n int) int {
	var block [20000]byte
	*calls++
	block[n%20000] = 1
	return large(n+1) + int(block[(n+1)%20000])
}

//go:noinline
func huge(n int) int {
	var block [100000]byte
	*calls++
	block[n%100000] = 1
	return huge(n+1) + int(block[(n+1)%100000])
}

//go:noinline
func ping(n int) int {
	*calls++
	return pong(n+1) + 1
}

//go:noinline
func pong(n int) int {
	var block [300]byte
	block[n%300] = 1
	return ping(n+1) + int(block[(n+1)%300])
}

func main() {
	file, err := os.OpenFile(os.Args[1], os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		panic(err)
	}
	if err := file.Truncate(8); err != nil {
		panic(err)
	}
	shared, err := syscall.Mmap(int(file.Fd()), 0, 8, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	calls = (*int64)(unsafe.Pointer(&shared[0]))
	setting, err := strconv.Atoi(os.Args[3])
	if err != nil {
		panic(err)
	}
	if setting != 0 {
		debug.SetMaxStack(setting)
	}
	done := make(chan int)
	switch os.Args[2] {
	case "small":
		go small(0)
	case "middle":
		go middle(0)
	case "large":
		go large(0)
	case "huge":
		go huge(0)
	case "ping":
		go ping(0)
	}
	<-done
}
