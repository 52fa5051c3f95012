"""Code in which each setting of an editor shows: all over LSP, one of each kind in VS Code."""

from __future__ import annotations

SOURCE = """package m

import "errors"

var Sink *[64]int

//golsp-mem:noalloc
func Promise(n int) error {
	if n > 3 {
		return errors.New("no")
	}
	return nil
}

func Big() int {
	var b [9000]byte
	return use(b[:])
}

//go:noinline
func use(b []byte) int { return len(b) }

func Leak() { Sink = new([64]int) }

func Quiet() {
	Sink = new([64]int) //golsp-mem:ignore heap-new
}

func Cold(n int) error {
	if n > 3 {
		return errors.New(string(make([]byte, n)))
	}
	return nil
}
"""
