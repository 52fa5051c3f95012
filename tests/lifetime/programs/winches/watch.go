package main

import (
	"runtime"
	"syscall"
)

func watch(g *gauge) {
	runtime.AddCleanup(g, func(fd int) { _ = syscall.Close(fd) }, g.fd)
}
