package main

import (
	"runtime"
	"syscall"
)

// What sets cleanups on values that others made.

func cleanTuner(t *tuner) { runtime.AddCleanup(t, closeFD, t.fd) }

func cleanNamed(n *named) { runtime.SetFinalizer(n, func(n *named) { unregister(n.h) }) }

func cleanStation(s *station) {
	runtime.SetFinalizer(s, func(s *station) {
		if s.sys.fd >= 0 {
			syscall.Close(s.sys.fd)
		}
	})
}
