package main

import (
	"os"
	"runtime"
	"syscall"
)

// shape fail select-case
var _ = add("select-case", func() error { return selectCase() })

func selectCase() error {
	tick := make(chan int, 1)
	tick <- 1
	fd := dial().num
	select {
	case <-tick:
		collect()
		_, err := syscall.Write(fd, payload)
		return err
	}
}

// shape fail labelled-loop
var _ = add("labelled-loop", func() error { return labelledLoop() })

func labelledLoop() (err error) {
	p := dial()
	fd := p.num
outer:
	for i := 0; i < 3; i++ {
		for {
			collect()
			if err = poke(fd); err != nil {
				break outer
			}
			continue outer
		}
	}
	return err
}

// shape fail function-table
var _ = add("function-table", func() error { return functionTable() })

func functionTable() error {
	ops := map[string]func(int) error{"poke": poke}
	p := dial()
	fd := p.num
	collect()
	return ops["poke"](fd)
}

// shape fail writer-method-value
type sink struct{ count int }

func (s *sink) put(fd int) error { s.count++; return poke(fd) }

var _ = add("writer-method-value", func() error { return writerMethodValue() })

func writerMethodValue() error {
	w := new(sink).put
	fd := dial().num
	collect()
	return w(fd)
}

// shape fail stored-in-struct
type request struct {
	op int
	fd int
}

var _ = add("stored-in-struct", func() error { return storedInStruct() })

func storedInStruct() error {
	p := dial()
	r := request{op: 1, fd: p.num}
	collect()
	return poke(r.fd)
}

// shape fail stored-behind-pointer
func (r *request) send() error { return poke(r.fd) }

var _ = add("stored-behind-pointer", func() error { return storedBehindPointer() })

func storedBehindPointer() error {
	r := new(request)
	p := dial()
	r.fd = p.Number()
	collect()
	return r.send()
}

// shape fail struct-from-helper
func requestOf(p *Port) request { return request{fd: p.num} }

var _ = add("struct-from-helper", func() error { return structFromHelper() })

func structFromHelper() error {
	r := requestOf(dial())
	collect()
	return poke(r.fd)
}

// shape fail array-of-numbers
var _ = add("array-of-numbers", func() error { return arrayOfNumbers() })

func arrayOfNumbers() error {
	var fds [2]int
	p := dial()
	fds[0] = p.num
	collect()
	return poke(fds[0])
}

// shape fail slice-of-numbers
var _ = add("slice-of-numbers", func() error { return sliceOfNumbers() })

func sliceOfNumbers() error {
	var fds []int
	for i := 0; i < 2; i++ {
		p := dial()
		fds = append(fds, p.num)
	}
	collect()
	for _, fd := range fds {
		if err := poke(fd); err != nil {
			return err
		}
	}
	return nil
}

// shape fail map-of-numbers
var _ = add("map-of-numbers", func() error { return mapOfNumbers() })

func mapOfNumbers() error {
	p := dial()
	m := map[string]int{"a": p.num}
	collect()
	return poke(m["a"])
}

// shape fail number-behind-pointer
var _ = add("number-behind-pointer", func() error { return numberBehindPointer() })

func numberBehindPointer() error {
	at := new(int)
	*at = dial().num
	collect()
	return poke(*at)
}

// shape fail named-result
var _ = add("named-result", func() error { _, err := namedResult(); return err })

func namedResult() (n int, err error) {
	p := dial()
	fd := p.num
	collect()
	n, err = syscall.Write(fd, payload)
	return
}

// shape fail in-one-branch
var _ = add("in-one-branch", func() error { return inOneBranch(len(os.Args)) })

func inOneBranch(n int) error {
	p := dial()
	fd := p.num
	if n > 0 {
		collect()
		return poke(fd)
	}
	p.ping()
	return nil
}

// shape fail deferred-literal
var _ = add("deferred-literal", func() error { return deferredLiteral() })

func deferredLiteral() (err error) {
	fd := dial().num
	defer func() { err = poke(fd) }()
	collect()
	return nil
}

// shape fail deferred-argument
func report(fd int, err *error) { *err = poke(fd) }

var _ = add("deferred-argument", func() error { return deferredArgument() })

func deferredArgument() (err error) {
	p := dial()
	defer report(p.num, &err)
	collect()
	return nil
}

// shape fail goroutine
var _ = add("goroutine", func() error { return inGoroutine() })

func inGoroutine() error {
	done := make(chan error)
	p := dial()
	fd := p.num
	go func() {
		collect()
		done <- poke(fd)
	}()
	return <-done
}

// shape fail goroutine-argument
func later(fd int, done chan<- error) { collect(); done <- poke(fd) }

var _ = add("goroutine-argument", func() error { return goroutineArgument() })

func goroutineArgument() error {
	done := make(chan error, 1)
	go later(dial().num, done)
	return <-done
}

// shape fail local-closure
var _ = add("local-closure", func() error { return localClosure() })

func localClosure() error {
	p := dial()
	fd := p.num
	use := func() error { return poke(fd) }
	collect()
	return use()
}

// shape fail helper
var _ = add("helper", func() error { p := dial(); return relay(p.num) })

// shape fail helper-of-helper
var _ = add("helper-of-helper", func() error { return helperOfHelper() })

func helperOfHelper() error {
	p := dial()
	if err := relayed(p.Number()); err != nil {
		return err
	}
	return nil
}

// shape fail receiver
func (l *Lamp) blink() error {
	fd := int(l.h)
	collect()
	return poke(fd)
}

var _ = add("receiver", func() error { return newLamp().blink() })

// shape fail receiver-helper
func (l *Lamp) glow() error { return relay(int(l.h)) }

var _ = add("receiver-helper", func() error { return newLamp().glow() })

// shape fail parameter
func sendOn(p *Port) error {
	fd := p.num
	collect()
	_, err := syscall.Write(fd, payload)
	return err
}

var _ = add("parameter", func() error { return sendOn(dial()) })

// shape fail kept-too-early
var _ = add("kept-too-early", func() error { return keptTooEarly() })

func keptTooEarly() error {
	p := dial()
	fd := p.num
	runtime.KeepAlive(p)
	collect()
	return poke(fd)
}

// shape fail number-kept
var _ = add("number-kept", func() error { return numberKept() })

func numberKept() error {
	p := dial()
	fd := p.num
	collect()
	err := poke(fd)
	runtime.KeepAlive(fd)
	return err
}

// shape fail kept-in-one-branch
var _ = add("kept-in-one-branch", func() error { return keptInOneBranch(len(os.Args)) })

func keptInOneBranch(n int) error {
	p := dial()
	fd := p.num
	if n > 99 {
		err := poke(fd)
		runtime.KeepAlive(p)
		return err
	}
	collect()
	return poke(fd)
}

// shape fail other-kept
var _ = add("other-kept", func() error { return otherKept() })

func otherKept() error {
	a, b := dial(), dial()
	x, y := a.num, b.num
	collect()
	if err := poke(x); err != nil {
		return err
	}
	err := poke(y)
	runtime.KeepAlive(a)
	return err
}

// shape fail length-only
var _ = add("length-only", func() error { return lengthOnly() })

func lengthOnly() error {
	ports := []*Port{dial(), dial()}
	fd := ports[0].num
	collect()
	if err := poke(fd); err != nil {
		return err
	}
	if len(ports) == 0 {
		return errGone
	}
	return nil
}
