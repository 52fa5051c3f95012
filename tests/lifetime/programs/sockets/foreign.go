package main

import (
	"syscall"

	"example.com/sockets/dev"
)

// shape fail foreign-getter
var _ = add("foreign-getter", func() error { return foreignGetter() })

func foreignGetter() error {
	p, err := dev.Open("/dev/null")
	if err != nil {
		return err
	}
	fd := p.Raw()
	collect()
	_, err = put(fd)
	return err
}

// shape fail foreign-fd
var _ = add("foreign-fd", func() error { return foreignFd() })

func foreignFd() error {
	p, err := dev.Open("/dev/null")
	if err != nil {
		return err
	}
	fd := int(p.Fd())
	collect()
	_, err = syscall.Write(fd, payload)
	return err
}

// shape fail foreign-field
var _ = add("foreign-field", func() error { return foreignField() })

func foreignField() error {
	p, err := dev.Open("/dev/null")
	if err != nil {
		return err
	}
	n := p.FD
	collect()
	_, err = put(n)
	return err
}

// shape fail foreign-function
var _ = add("foreign-function", func() error { return foreignFunction() })

func foreignFunction() error {
	p, err := dev.Open("/dev/null")
	if err != nil {
		return err
	}
	n := dev.RawOf(p)
	collect()
	_, err = put(n)
	return err
}

// shape fail foreign-embedded
type client struct {
	*dev.Port
	id int
}

var _ = add("foreign-embedded", func() error { return foreignEmbedded() })

func foreignEmbedded() error {
	p, err := dev.Open("/dev/null")
	if err != nil {
		return err
	}
	c := &client{Port: p}
	fd := c.Raw()
	collect()
	_, err = put(fd)
	return err
}

// shape fail foreign-cleanup-chain
var _ = add("foreign-cleanup-chain", func() error { return foreignCleanupChain() })

func foreignCleanupChain() error {
	fd := dev.NewLink().Descriptor()
	collect()
	_, err := put(fd)
	return err
}

// shape fail foreign-field-path
type rig struct {
	link *dev.Link
	name string
}

func (r *rig) send() error {
	n := r.link.Descriptor()
	collect()
	_, err := put(n)
	return err
}

var _ = add("foreign-field-path", func() error { return (&rig{link: dev.NewLink()}).send() })

// shape sound foreign-used-later
var _ = add("foreign-used-later", func() error { return foreignUsedLater() })

func foreignUsedLater() error {
	p, err := dev.Open("/dev/null")
	if err != nil {
		return err
	}
	fd := p.Raw()
	collect()
	_, err = put(fd)
	p.Close()
	return err
}

// shape sound foreign-without-cleanup
var _ = add("foreign-without-cleanup", func() error { return foreignWithout() })

func foreignWithout() error {
	fd := dev.NewQuiet().Raw()
	collect()
	_, err := put(fd)
	return err
}

// shape sound foreign-close-deferred
var _ = add("foreign-close-deferred", func() error { return foreignDeferred() })

func foreignDeferred() error {
	p, err := dev.Open("/dev/null")
	if err != nil {
		return err
	}
	defer p.Close()
	n := int(p.Fd())
	collect()
	_, err = put(n)
	return err
}
