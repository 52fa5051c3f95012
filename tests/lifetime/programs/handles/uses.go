package main

import (
	"errors"
	"syscall"
)

var uses = []shape{
	{"direct-argument", failDirectArgument},
	{"in-a-loop", failInALoop},
	{"in-a-branch", failInABranch},
	{"deferred-call", failDeferredCall},
	{"deferred-literal", failDeferredLiteral},
	{"goroutine-argument", failGoroutineArgument},
	{"goroutine-literal", failGoroutineLiteral},
	{"closure-called", failClosureCalled},
	{"closure-passed", failClosurePassed},
	{"inside-a-closure", failInsideAClosure},
	{"closure-returned", failClosureReturned},
	{"helper-method", failHelperMethod},
	{"helper-of-helper", failHelperOfHelper},
	{"if-header", failIfHeader},
	{"switch-header", failSwitchHeader},
	{"condition", failCondition},
	{"named-result", func() error { _, err := failNamedResult(); return err }},
	{"second-of-two-uses", failSecondOfTwoUses},
	{"return-of-two", failReturnOfTwo},
	{"select-case", failSelectCase},
	{"raw-copied", failRawCopied},
	{"kept-too-early", failKeptTooEarly},
}

// shape fail direct-argument
func failDirectArgument() error {
	h := open()
	return slowWrite(h.fd)
}

// shape fail in-a-loop
func failInALoop() error {
	h := open()
	fd := h.fd
	for range 3 {
		settle()
		if _, err := syscall.Write(fd, one); err != nil {
			return err
		}
	}
	return nil
}

// shape fail in-a-branch
func failInABranch() error {
	h := open()
	fd := h.fd
	if fd > 0 {
		settle()
		_, err := syscall.Write(fd, one)
		return err
	}
	return h.Close()
}

// shape fail deferred-call
func writeTo(result *error, fd int) {
	settle()
	*result = write(fd)
}

func failDeferredCall() (err error) {
	h := open()
	defer writeTo(&err, h.fd)
	return nil
}

// shape fail deferred-literal
func failDeferredLiteral() (err error) {
	h := open()
	fd := h.fd
	defer func() {
		settle()
		_, err = syscall.Write(fd, one)
	}()
	return nil
}

// shape fail goroutine-argument
func writeAndTell(fd int, done chan<- error) {
	settle()
	done <- write(fd)
}

func failGoroutineArgument() error {
	h := open()
	done := make(chan error)
	go writeAndTell(h.fd, done)
	return <-done
}

// shape fail goroutine-literal
func failGoroutineLiteral() error {
	h := open()
	fd := h.fd
	done := make(chan error)
	go func() {
		settle()
		done <- write(fd)
	}()
	return <-done
}

// shape fail closure-called
func failClosureCalled() error {
	h := open()
	fd := h.fd
	again := func() error { return write(fd) }
	settle()
	return again()
}

// shape fail closure-passed
//
//go:noinline
func retry(attempt func() error) error {
	settle()
	return attempt()
}

func failClosurePassed() error {
	h := open()
	fd := h.fd
	return retry(func() error {
		_, err := syscall.Write(fd, one)
		return err
	})
}

// shape fail inside-a-closure
func failInsideAClosure() error {
	return retry(func() error {
		h := open()
		fd := h.fd
		settle()
		_, err := syscall.Write(fd, one)
		return err
	})
}

// shape fail closure-returned
func writer() func() error {
	h := open()
	fd := h.fd
	return func() error { return write(fd) }
}

func failClosureReturned() error {
	w := writer()
	settle()
	return w()
}

// shape fail helper-method
type tester struct{ tries int }

func (t *tester) try(fd int) error {
	t.tries++
	settle()
	_, err := syscall.Write(fd, one)
	return err
}

func failHelperMethod() error {
	var t tester
	h := open()
	return t.try(h.fd)
}

// shape fail helper-of-helper
func outer(fd int) error      { return middle(uintptr(fd)) }
func middle(fd uintptr) error { return slowWrite(int(fd)) }

func failHelperOfHelper() error {
	h := open()
	return outer(h.fd)
}

// shape fail if-header
func failIfHeader() error {
	h := open()
	if err := slowWrite(h.fd); err != nil {
		return err
	}
	return nil
}

// shape fail switch-header
func failSwitchHeader() error {
	h := open()
	switch err := slowWrite(h.fd); {
	case errors.Is(err, syscall.EBADF):
		return err
	default:
		return nil
	}
}

// shape fail condition
func failCondition() error {
	h := open()
	if slowWrite(h.fd) != nil && one[0] == 1 {
		return errReleased
	}
	return nil
}

// shape fail named-result
func failNamedResult() (n int, err error) {
	h := open()
	fd := h.fd
	settle()
	n, err = syscall.Write(fd, one)
	return
}

// shape fail second-of-two-uses
func failSecondOfTwoUses() error {
	h := open()
	fd := h.fd
	if err := write(fd); err != nil {
		return nil
	}
	h.touch()
	settle()
	return write(fd)
}

// shape fail return-of-two
func both() (int, error) {
	h := open()
	return 1, slowWrite(h.fd)
}

func failReturnOfTwo() error {
	_, err := both()
	return err
}

// shape fail select-case
func failSelectCase() error {
	h := open()
	fd := h.fd
	ready := make(chan bool, 1)
	ready <- true
	select {
	case <-ready:
		settle()
		_, err := syscall.Write(fd, one)
		return err
	}
}

// shape fail raw-copied
func failRawCopied() error {
	h := open()
	fd := h.fd
	number := fd
	settle()
	return write(number)
}

// shape fail kept-too-early
func failKeptTooEarly() error {
	h := open()
	fd := h.fd
	h.touch()
	settle()
	_, err := syscall.Write(fd, one)
	return err
}
