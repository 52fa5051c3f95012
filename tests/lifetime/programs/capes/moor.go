package main

import (
	"container/list"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"sync"
)

// Owners that only a method value, the key of a map or what stands behind another name holds.

var (
	closers  []func() error
	byName   = map[string]func() error{}
	hook     func() error
	hooks    struct{ end func() error }
	ending   func()
	set      = map[*os.File]struct{}{}
	byCloser = map[io.Closer]bool{}
	counts   = map[*os.File]int{}
	keyed    = map[berth]int{}
	moored   []*os.File
	slots    [3]*os.File
	state    yard
	table    = []*yard{{}}
	arrivals = make(chan *os.File, 8)
)

type berth struct{ f *os.File }

type yard struct {
	f     *os.File
	all   []*os.File
	files map[*os.File]bool
	end   func() error
}

type boat struct {
	*os.File
	name string
}

func certain[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func atLast(end func() error) { closers = append(closers, end) }

func first() *yard { return table[0] }

func (y *yard) second() *yard { return y }

// shape sound method-value-appended
var _ = add("method-value-appended", func() error {
	f := opened()
	closers = append(closers, f.Close)
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound method-value-appended-generic
var _ = add("method-value-appended-generic", func() error {
	f := certain(os.OpenFile(path, os.O_RDWR, 0))
	closers = append(closers, f.Close)
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound method-value-in-map
var _ = add("method-value-in-map", func() error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	byName["a"] = f.Close
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound method-value-hooked
var _ = add("method-value-hooked", func() error {
	f := certain(os.OpenFile(path, os.O_RDWR, 0))
	hook = f.Sync
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound method-value-in-literal
var _ = add("method-value-in-literal", func() error {
	f := opened()
	hooks = struct{ end func() error }{f.Close}
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound method-value-in-receiver
var _ = add("method-value-in-receiver", func() error { return state.hooked() })

func (y *yard) hooked() error {
	f := opened()
	y.end = f.Close
	fd := int(f.Fd())
	collect()
	return write(fd)
}

// shape sound method-value-handed-on
var _ = add("method-value-handed-on", func() error {
	f := opened()
	atLast(f.Close)
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound method-value-called-later
var _ = add("method-value-called-later", func() error {
	f := opened()
	done := f.Close
	fd := int(f.Fd())
	collect()
	if err := write(fd); err != nil {
		return err
	}
	return done()
})

// shape sound method-value-deferred
var _ = add("method-value-deferred", func() error {
	f := opened()
	done := f.Close
	defer done()
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound method-value-once
var _ = add("method-value-once", func() error {
	p := certain(find())
	ending = sync.OnceFunc(p.Release)
	fd := p.handle
	collect()
	return write(fd)
})

// shape sound method-value-promoted
var _ = add("method-value-promoted", func() error {
	b := &boat{File: opened()}
	hook = b.Close
	fd := int(b.File.Fd())
	collect()
	return write(fd)
})

// shape fail method-value-dropped
var _ = add("method-value-dropped", func() error {
	f := opened()
	_ = f.Close
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape fail method-value-called-before
var _ = add("method-value-called-before", func() error {
	f := opened()
	sync := f.Sync
	sync()
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape fail method-value-in-local-slice
var _ = add("method-value-in-local-slice", func() error {
	f := opened()
	var ends []func() error
	ends = append(ends, f.Close)
	fd := int(f.Fd())
	if len(ends) == 0 {
		return nil
	}
	collect()
	return write(fd)
})

// shape fail field-beside-stored
var _ = add("field-beside-stored", func() error {
	b := &boat{File: opened(), name: "a"}
	names = append(names, b.name)
	fd := int(b.File.Fd())
	collect()
	return write(fd)
})

var names []string

// shape sound key
var _ = add("key", func() error {
	f := opened()
	set[f] = struct{}{}
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound key-converted
var _ = add("key-converted", func() error {
	f := opened()
	byCloser[io.Closer(f)] = true
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound key-counted
var _ = add("key-counted", func() error {
	f := opened()
	counts[f]++
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound key-added-to
var _ = add("key-added-to", func() error {
	f := opened()
	counts[f] += 2
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound key-in-struct
var _ = add("key-in-struct", func() error {
	f := opened()
	keyed[berth{f}] = 1
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound key-in-receiver
var _ = add("key-in-receiver", func() error { return (&state).keyed() })

func (y *yard) keyed() error {
	f := opened()
	if y.files == nil {
		y.files = map[*os.File]bool{}
	}
	y.files[f] = true
	collect()
	return write(int(f.Fd()))
}

// shape sound key-ranged-later
var _ = add("key-ranged-later", func() error {
	f := opened()
	open := map[*os.File]bool{}
	open[f] = true
	fd := int(f.Fd())
	collect()
	err := write(fd)
	for f := range open {
		f.Close()
	}
	return err
})

// shape fail key-looked-up
var _ = add("key-looked-up", func() error {
	f := opened()
	n := counts[f]
	fd := int(f.Fd())
	collect()
	counts[nil] = n
	return write(fd)
})

// shape fail key-of-local-map
var _ = add("key-of-local-map", func() error {
	f := opened()
	seen := make(map[*os.File]bool, len(os.Args)+64)
	seen[f] = true
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound behind-pointer
var _ = add("behind-pointer", func() error {
	f := opened()
	p := &state
	p.f = f
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound behind-second-name
var _ = add("behind-second-name", func() error { return stowed(&state) })

func stowed(y *yard) error {
	f := opened()
	q := y
	q.f = f
	fd := int(f.Fd())
	collect()
	return write(fd)
}

// shape sound behind-field-pointer
var _ = add("behind-field-pointer", func() error { return piled(&state) })

func piled(y *yard) error {
	f := opened()
	all := &y.all
	*all = append(*all, f)
	fd := int(f.Fd())
	collect()
	return write(fd)
}

// shape sound behind-map
var _ = add("behind-map", func() error {
	f := opened()
	m := set
	m[f] = struct{}{}
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound behind-element
var _ = add("behind-element", func() error {
	f := opened()
	one := table[0]
	one.f = f
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound behind-result
var _ = add("behind-result", func() error {
	f := opened()
	one := first()
	one.f = f
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound behind-method-result
var _ = add("behind-method-result", func() error {
	f := opened()
	one := state.second()
	one.f = f
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound behind-channel
var _ = add("behind-channel", func() error { return sentTo(arrivals) })

func sentTo(to chan<- *os.File) error {
	f := opened()
	to <- f
	fd := int(f.Fd())
	collect()
	return write(fd)
}

// shape sound inserted
var _ = add("inserted", func() error {
	f := opened()
	moored = slices.Insert(moored, 0, f)
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound joined
var _ = add("joined", func() error {
	f := opened()
	moored = slices.Concat(moored, []*os.File{f})
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound copied
var _ = add("copied", func() error {
	f := opened()
	copy(slots[:], []*os.File{f})
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound copied-map
var _ = add("copied-map", func() error {
	f := opened()
	maps.Copy(set, map[*os.File]struct{}{f: {}})
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound copied-into-local
var _ = add("copied-into-local", func() error {
	f := opened()
	own := make([]*os.File, 1)
	copy(own, []*os.File{f})
	fd := int(f.Fd())
	collect()
	err := write(fd)
	own[0].Close()
	return err
})

// shape fail behind-own-pointer
var _ = add("behind-own-pointer", func() error {
	f := opened()
	p := &yard{}
	p.f = f
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape fail behind-copy
var _ = add("behind-copy", func() error {
	f := opened()
	p := state
	p.f = f
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape fail behind-copy-of-pointer
var _ = add("behind-copy-of-pointer", func() error { return copied(&state) })

func copied(y *yard) error {
	f := opened()
	own := *y
	own.f = f
	fd := int(f.Fd())
	collect()
	return write(fd)
}

// shape fail inserted-into-local
var _ = add("inserted-into-local", func() error {
	f := opened()
	own := slices.Insert([]*os.File{}, 0, f)
	fd := int(f.Fd())
	if len(own) == 0 {
		return nil
	}
	collect()
	return write(fd)
})

// shape fail looked-for
var _ = add("looked-for", func() error {
	f := opened()
	at := slices.Index(moored, f)
	fd := int(f.Fd())
	collect()
	counts[nil] = at
	return write(fd)
})

// shape fail copied-and-dropped
var _ = add("copied-and-dropped", func() error {
	f := opened()
	own := make([]*os.File, len(os.Args)+64)
	copy(own, []*os.File{f})
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape fail command-run-before
var _ = add("command-run-before", func() error {
	f := opened()
	c := exec.Command("true")
	c.Stdout = f
	_ = c.Run()
	fd := int(f.Fd())
	collect()
	return write(fd)
})

// shape sound behind-list-element
var _ = add("behind-list-element", func() error {
	f := opened()
	one := queue.PushBack(nil)
	one.Value = f
	fd := int(f.Fd())
	collect()
	return write(fd)
})

var queue = list.New()
