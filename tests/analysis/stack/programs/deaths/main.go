// Deaths recurses in one of many ways until the goroutine's stack is full. The number of entries is
// kept in a mapped file, because nothing of the program survives the fatal error.
//
// Usage: deaths FILE SHAPE SETTING (0: leave the limit as it is)
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"
)

var (
	calls *int64
	sink  int
	cheap int
)

func enter() { *calls++ }

var starts = map[string]func(){
	"direct":          func() { sink += direct(0) },
	"method":          func() { sink += endless.method(0) },
	"even":            func() { sink += even(0) },
	"selfInlined":     func() { sink += selfInlined(0) },
	"three":           func() { sink += first(0) },
	"threeInlined":    func() { sink += threeInlined(0) },
	"interface":       func() { sink += cyclic.eval(0) },
	"interfaceTwo":    func() { sink += squareInCircle.area(0) },
	"closure":         func() { sink += closure(0) },
	"closureField":    func() { sink += closureField(0) },
	"twoClosures":     func() { sink += twoClosures(0) },
	"callback":        func() { sink += callback(0) },
	"byName":          func() { sink += byName(0) },
	"valued":          func() { sink += endless.valued(0) },
	"methodValue":     func() { sink += endless.methodValue(0) },
	"fromMap":         func() { sink += fromMap(0) },
	"fromArray":       func() { sink += fromArray(0) },
	"deferred":        func() { sink += deferred(0) },
	"deferredDirect":  func() { deferredDirect(0) },
	"deferredInLoop":  func() { deferredInLoop(0) },
	"generic":         func() { sink += generic(pair[string]{}, 0) },
	"shapes":          func() { sink += shapes(byte(1), 0) },
	"valuedFirst":     func() { sink += endless.valuedFirst(0) },
	"swapped":         func() { sink += swapped(1, "", 0) },
	"shapesLarge":     func() { sink += shapes(pair[string]{}, 0) },
	"list":            func() { sink += ring.length(0) },
	"roundsCheap":     func() { cheap = 0; sink += rounds(0) },
	"roundsDear":      func() { cheap = 2; sink += rounds(0) },
	"parse":           func() { sink += parse("((", 0) },
	"parseArray":      func() { sink += parse("[[", 0) },
	"embedded":        func() { sink += selfDerived.walk(0) },
	"byValue":         func() { sink += loopByValue.visit(0) },
	"manyResults":     func() { manyResults(0) },
	"variadic":        func() { sink += variadic(0) },
	"funcType":        func() { sink += funcType(0) },
	"selectLoop":      func() { sink += selectLoop(0) },
	"ranged":          func() { sink += ranged(0) },
	"stringer":        func() { new(stringer).again([]int{1}) },
	"bigArgument":     func() { sink += bigArgument([100]int{}, 0) },
	"mapped":          func() { sink += len(mapped("x")) },
	"once":            func() { sink += once(0) },
	"fromTable":       func() { sink += fromTable(0) },
	"failed":          func() { sink += len(failing.Error()) },
	"formatted":       func() { sink += len(fmt.Sprint(&formatted{})) },
	"iterated":        func() { sink += iterated("x") },
	"wrapped":         func() { n, _ := wrappers(1 << 20).Read(nil); sink += n },
	"composed":        composed,
	"isAgain":         func() { errors.Is(matching, os.ErrClosed) },
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
	if setting, err := strconv.Atoi(os.Args[3]); err != nil {
		panic(err)
	} else if setting != 0 {
		debug.SetMaxStack(setting)
	}
	done := make(chan int)
	go func() {
		starts[os.Args[2]]()
		close(done)
	}()
	<-done
}
