package main

import (
	"iter"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// shape fail returned-number
func lost() int {
	c, _ := connect()
	return c.raw()
}

var _ = add("returned-number", func() error {
	n := lost()
	collect()
	_, err := put(n)
	return err
})

// shape fail returned-closure
func writer() func() error {
	c, _ := connect()
	n := c.sock.n
	return func() error {
		collect()
		_, err := put(n)
		return err
	}
}

var _ = add("returned-closure", func() error { return writer()() })

// shape fail returned-struct
type job struct {
	fd   int
	what []byte
}

func newJob() job {
	c, _ := connect()
	return job{fd: c.raw(), what: payload}
}

var _ = add("returned-struct", func() error {
	j := newJob()
	collect()
	_, err := syscall.Write(j.fd, j.what)
	return err
})

// shape fail sent-number
var _ = add("sent-number", func() error { return sentNumber() })

func sentNumber() error {
	ch := make(chan int, 1)
	c, _ := connect()
	ch <- c.sock.n
	collect()
	_, err := put(<-ch)
	return err
}

// shape fail variadic
func putAll(fds ...int) error {
	collect()
	for _, fd := range fds {
		if _, err := put(fd); err != nil {
			return err
		}
	}
	return nil
}

var _ = add("variadic", func() error { return variadic() })

func variadic() error {
	a, _ := connect()
	b, _ := connect()
	return putAll(a.sock.n, b.sock.n)
}

// shape fail iterator
func (d *duplex) each() iter.Seq[int] {
	return func(yield func(int) bool) {
		fds := d.fds
		for _, fd := range fds {
			if !yield(fd) {
				return
			}
		}
	}
}

var _ = add("iterator", func() error { return overIterator() })

func overIterator() error {
	d, err := newDuplex()
	if err != nil {
		return err
	}
	i := 0
	for fd := range d.each() {
		collect()
		if i == 1 {
			_, err = put(fd)
		}
		i++
	}
	return err
}

// shape fail goto
var _ = add("goto", func() error { return byGoto() })

func byGoto() error {
	c, _ := connect()
	n := c.sock.n
	tries := 0
again:
	collect()
	if _, err := put(n); err != nil {
		return err
	}
	if tries++; tries < 3 {
		goto again
	}
	return nil
}

// shape fail fallthrough
var _ = add("fallthrough", func() error { return byFallthrough(1) })

func byFallthrough(kind int) (err error) {
	c, _ := connect()
	n := c.raw()
	switch kind {
	case 1:
		collect()
		fallthrough
	case 2:
		_, err = put(n)
	default:
		c.finish()
	}
	return err
}

// shape fail else-chain
var _ = add("else-chain", func() error { return elseChain(len(os.Args)) })

func elseChain(k int) error {
	c, err := connect()
	if err != nil {
		return err
	} else if n := c.raw(); k == 0 {
		return nil
	} else if k > 0 {
		collect()
		_, err := put(n)
		return err
	}
	return nil
}

// shape fail nested-closures
var _ = add("nested-closures", func() error { return nestedClosures() })

func nestedClosures() error {
	c, _ := connect()
	n := c.sock.n
	outer := func() func() error {
		return func() error {
			_, err := put(n)
			return err
		}
	}
	collect()
	return outer()()
}

// shape fail callback
func with(n int, use func(int) error) error {
	collect()
	return use(n)
}

var _ = add("callback", func() error { return callback() })

func callback() error {
	c, _ := connect()
	return with(c.sock.n, func(n int) error {
		_, err := put(n)
		return err
	})
}

// shape fail wait-group
var _ = add("wait-group", func() error { return waitGroup() })

func waitGroup() error {
	var wg sync.WaitGroup
	var bad error
	c, _ := connect()
	n := c.sock.n
	wg.Add(1)
	go func() {
		defer wg.Done()
		collect()
		_, bad = put(n)
	}()
	wg.Wait()
	return bad
}

// shape fail once
var _ = add("once", func() error { return once() })

func once() error {
	var o sync.Once
	var bad error
	c, _ := connect()
	n := c.raw()
	o.Do(func() {
		collect()
		_, bad = put(n)
	})
	return bad
}

// shape fail function-field
type driver struct {
	write func(int, []byte) (int, error)
}

var _ = add("function-field", func() error { return functionField(driver{syscall.Write}) })

func functionField(d driver) error {
	c, _ := connect()
	n := c.sock.n
	collect()
	_, err := d.write(n, payload)
	return err
}

// shape fail function-variable
var write = syscall.Write

var _ = add("function-variable", func() error { return functionVariable() })

func functionVariable() error {
	c, _ := connect()
	n := c.sock.n
	collect()
	_, err := write(n, payload)
	return err
}

// shape fail worker
type worker struct {
	in  int
	err error
}

func (w *worker) run() {
	collect()
	_, w.err = put(w.in)
}

var _ = add("worker", func() error { return runWorker() })

func runWorker() error {
	c, _ := connect()
	w := &worker{in: c.sock.n}
	w.run()
	return w.err
}

// shape fail interface-use
type runner interface{ run() }

var _ = add("interface-use", func() error { return interfaceUse() })

func interfaceUse() error {
	c, _ := connect()
	w := &worker{in: c.sock.n}
	var r runner = w
	r.run()
	return w.err
}

// shape fail defer-loop
var _ = add("defer-loop", func() error { return deferLoop() })

func deferLoop() (err error) {
	for i := 0; i < 2; i++ {
		c, _ := connect()
		n := c.sock.n
		defer func() {
			if _, bad := put(n); bad != nil {
				err = bad
			}
		}()
	}
	collect()
	return nil
}

// shape fail owner-set-in-branch
var _ = add("owner-set-in-branch", func() error { return ownerInBranch(len(os.Args)) })

func ownerInBranch(k int) error {
	var c *conn
	if k > 0 {
		c, _ = connect()
	} else {
		c = new(conn)
	}
	n := c.raw()
	collect()
	_, err := put(n)
	return err
}

// shape fail receiver-calls-method
func (c *conn) transmit(n int) error {
	collect()
	_, err := put(n)
	return err
}

func (c *conn) flush() error { return c.transmit(c.sock.n) }

var _ = add("receiver-calls-method", func() error {
	c, _ := connect()
	return c.flush()
})

// shape fail receiver-in-loop
func (c *conn) drain() error {
	for i := 0; i < 3; i++ {
		if _, err := put(c.sock.n); err != nil {
			return err
		}
		if i == 2 {
			n := c.sock.n
			collect()
			_, err := put(n)
			return err
		}
	}
	return nil
}

var _ = add("receiver-in-loop", func() error {
	c, _ := connect()
	return c.drain()
})

// shape fail parameter-by-value
func useSocket(s socket) error {
	collect()
	_, err := put(s.n)
	return err
}

var _ = add("parameter-by-value", func() error { return parameterByValue() })

func parameterByValue() error {
	c, _ := connect()
	return useSocket(c.sock)
}

// shape fail caller-two-up
func third(c *conn) error {
	n := c.raw()
	collect()
	_, err := put(n)
	return err
}

func second(c *conn) error { return third(c) }

var _ = add("caller-two-up", func() error { return callerTwoUp() })

func callerTwoUp() error {
	c, _ := connect()
	return second(c)
}

// shape fail kept-conditionally
var _ = add("kept-conditionally", func() error { return keptConditionally(false) })

func keptConditionally(keep bool) error {
	c, _ := connect()
	n := c.sock.n
	if keep {
		defer runtime.KeepAlive(c)
	}
	collect()
	_, err := put(n)
	return err
}

// shape sound used-on-both-paths
var _ = add("used-on-both-paths", func() error { return bothPaths(1) })

func bothPaths(k int) error {
	c, _ := connect()
	n := c.sock.n
	collect()
	_, err := put(n)
	if k == 0 {
		c.finish()
	} else {
		runtime.KeepAlive(c)
	}
	return err
}

// shape sound method-of-owner-later
var _ = add("method-of-owner-later", func() error { return methodLater() })

func methodLater() error {
	c, _ := connect()
	n := c.raw()
	collect()
	if _, err := put(n); err != nil {
		return err
	}
	c.peers = append(c.peers, "x")
	return nil
}

// shape sound stored-in-parameter
type pool struct{ all []*conn }

func (p *pool) take() int {
	c, _ := connect()
	p.all = append(p.all, c)
	return c.raw()
}

var _ = add("stored-in-parameter", func() error {
	var p pool
	n := p.take()
	collect()
	_, err := put(n)
	p.all[0].finish()
	return err
})

// shape sound struct-holds-owner
type session struct {
	c  *conn
	fd int
}

var _ = add("struct-holds-owner", func() error { return structHolds() })

func structHolds() error {
	c, _ := connect()
	s := &session{c: c, fd: c.sock.n}
	collect()
	_, err := put(s.fd)
	s.c.finish()
	return err
}

// shape sound returned-with-owner
func newSession() *session {
	c, _ := connect()
	return &session{c: c, fd: c.sock.n}
}

var _ = add("returned-with-owner", func() error {
	s := newSession()
	collect()
	_, err := put(s.fd)
	runtime.KeepAlive(s.c)
	return err
})

// shape sound closure-uses-owner
var _ = add("closure-uses-owner", func() error { return closureUses() })

func closureUses() error {
	c, _ := connect()
	n := c.sock.n
	done := func() { c.finish() }
	collect()
	_, err := put(n)
	done()
	return err
}

// shape sound wait-group-kept
var _ = add("wait-group-kept", func() error { return waitGroupKept() })

func waitGroupKept() error {
	var wg sync.WaitGroup
	var bad error
	c, _ := connect()
	n := c.sock.n
	wg.Add(1)
	go func() {
		defer wg.Done()
		collect()
		_, bad = put(n)
	}()
	wg.Wait()
	runtime.KeepAlive(c)
	return bad
}

// shape sound no-cleanup-in-path
type static struct{ sock socket }

var _ = add("no-cleanup-in-path", func() error { return noCleanup() })

func noCleanup() error {
	s := &static{sock: socket{n: null()}}
	n := s.sock.n
	collect()
	_, err := put(n)
	return err
}

// shape sound deferred-method
var _ = add("deferred-method", func() error { return deferredMethod() })

func deferredMethod() error {
	c, _ := connect()
	defer c.finish()
	n := c.raw()
	collect()
	_, err := put(n)
	return err
}

// shape sound deferred-argument
var _ = add("deferred-argument", func() error { return deferredArg() })

func dispose(c *conn) { c.finish() }

func deferredArg() error {
	c, _ := connect()
	defer dispose(c)
	n := c.sock.n
	collect()
	_, err := put(n)
	return err
}

// shape sound map-holds
var _ = add("map-holds", func() error { return mapHolds() })

func mapHolds() error {
	m := map[string]*conn{}
	m["a"], _ = connect()
	n := m["a"].sock.n
	collect()
	_, err := put(n)
	for _, c := range m {
		c.finish()
	}
	return err
}

// shape sound package-pool
var conns sync.Map

var _ = add("package-pool", func() error { return packagePool() })

func packagePool() error {
	c, _ := connect()
	conns.Store("a", c)
	n := c.sock.n
	collect()
	_, err := put(n)
	return err
}

// shape sound goroutine-with-owner
var _ = add("goroutine-with-owner", func() error { return goroutineWithOwner() })

func goroutineWithOwner() error {
	stop := make(chan bool)
	c, _ := connect()
	go func() {
		<-stop
		c.finish()
	}()
	n := c.sock.n
	collect()
	_, err := put(n)
	close(stop)
	return err
}

// shape sound owner-in-result
func open2() (c *conn, err error) {
	c, err = connect()
	n := c.sock.n
	collect()
	_, err = put(n)
	return
}

var _ = add("owner-in-result", func() error { _, err := open2(); return err })

// shape sound loop-uses-owner
var _ = add("loop-uses-owner", func() error { return loopUsesOwner() })

func loopUsesOwner() error {
	c, _ := connect()
	for i := 0; i < 3; i++ {
		n := c.sock.n
		if i < 2 {
			collect()
		}
		if _, err := put(n); err != nil {
			return err
		}
	}
	return nil
}

// shape sound waiting-helper
func withConn(use func(int) error) error {
	c, _ := connect()
	err := use(c.sock.n)
	c.finish()
	return err
}

var _ = add("waiting-helper", func() error {
	return withConn(func(n int) error {
		collect()
		_, err := put(n)
		return err
	})
})

// shape sound with-file
var _ = add("with-file", func() error { return withFile() })

func withFile() error {
	f := file()
	n := int(f.Fd())
	collect()
	if err := syscall.SetNonblock(n, true); err != nil {
		return err
	}
	return f.Close()
}

// shape sound released-by-hand
var _ = add("released-by-hand", func() error { return releasedByHand() })

func releasedByHand() error {
	c, _ := connect()
	runtime.SetFinalizer(c, nil)
	n := c.sock.n
	collect()
	if _, err := put(n); err != nil {
		return err
	}
	return syscall.Close(n)
}
