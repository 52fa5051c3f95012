package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"example.com/drills/bay"
)

// shape fail options-device
var _ = add("options-device", func() error { return optionsDevice() })

func optionsDevice() error {
	dev, err := OpenDevice("/dev/null", Timeout(time.Second))
	if err != nil {
		return err
	}
	fd := dev.FD()
	collect()
	return put(fd)
}

// shape fail options-interface
var _ = add("options-interface", func() error { return optionsInterface() })

func optionsInterface() error {
	slot, err := bay.New(bay.WithName("/dev/null"), bay.WithFlags(syscall.O_RDWR))
	if err != nil {
		return err
	}
	h := slot.Handle()
	collect()
	return put(int(h))
}

// shape fail foreign-three-results
var _ = add("foreign-three-results", func() error { return foreignThreeResults() })

func foreignThreeResults() error {
	slot := must(bay.New())
	name, fd, err := slot.Info()
	if err != nil {
		return err
	}
	collect()
	if err := put(fd); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// shape fail must-generic
var _ = add("must-generic", func() error { return mustGeneric() })

func mustGeneric() error {
	dev := must(OpenDevice("/dev/null"))
	fd := dev.sys.fd
	collect()
	return put(fd)
}

// shape fail built
var _ = add("built", func() error { return built() })

func built() error {
	s, err := newBuilder().Path("/dev/null").Append().Build()
	if err != nil {
		return err
	}
	fd := s.device().FD()
	collect()
	return put(fd)
}

// shape fail details-of-session
var _ = add("details-of-session", func() error { return detailsOfSession() })

func detailsOfSession() error {
	s, err := newBuilder().Path("/dev/null").Build()
	if err != nil {
		return err
	}
	dev, started, err := s.details()
	if err != nil {
		return err
	}
	fd := dev.FD()
	collect()
	_ = started
	return put(fd)
}

// shape fail one-implementation
var _ = add("one-implementation", func() error { return oneImplementation() })

func oneImplementation() error {
	conn, err := dialPair(context.Background())
	if err != nil {
		return err
	}
	fd, err := conn.Socket()
	if err != nil {
		return err
	}
	collect()
	return put(fd)
}

// shape fail struct-value-copied
type tuner struct {
	fd   int
	gain float64
	name string
}

func newTuner() *tuner {
	t := &tuner{fd: null(), gain: 1}
	cleanTuner(t)
	return t
}

var _ = add("struct-value-copied", func() error { return structValueCopied() })

func structValueCopied() error {
	t := newTuner()
	state := *t
	collect()
	return put(state.fd)
}

// shape fail struct-value-changed
var _ = add("struct-value-changed", func() error { return structValueChanged() })

func (t tuner) withGain(gain float64) tuner { t.gain = gain; return t }

func structValueChanged() error {
	t := newTuner().withGain(2)
	collect()
	return put(t.fd)
}

// shape fail struct-value-parameter
var _ = add("struct-value-parameter", func() error { return structValueParameter(newTuner()) })

func describe(t tuner) error { collect(); return put(t.fd) }

func structValueParameter(t *tuner) error { return describe(*t) }

// shape fail value-in-slice
var _ = add("value-in-slice", func() error { return valueInSlice() })

func valueInSlice() error {
	var states []tuner
	for range 3 {
		states = append(states, *newTuner())
	}
	collect()
	var errs []error
	for _, s := range states {
		errs = append(errs, put(s.fd))
	}
	return errors.Join(errs...)
}

// shape fail embedded-journal
var _ = add("embedded-journal", func() error { return embeddedJournal() })

func embeddedJournal() error {
	j := openJournal()
	fd := int(j.Fd())
	collect()
	return put(fd)
}

// shape fail number-to-file-stat
var _ = add("number-to-file-stat", func() error { return numberToFileStat() })

func numberToFileStat() error {
	j := openJournal()
	var st syscall.Stat_t
	fd := j.File.Fd()
	collect()
	if err := syscall.Fstat(int(fd), &st); err != nil {
		return os.NewSyscallError("fstat", err)
	}
	return nil
}

// shape fail ioctl-of-file
var _ = add("ioctl-of-file", func() error { return ioctlOfFile(temporary()) })

type winsize struct{ rows, cols, x, y uint16 }

func ioctl(fd, request, argument uintptr) error {
	collect()
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, request, argument)
	if errno != 0 {
		return errno
	}
	return nil
}

func ioctlOfFile(f *os.File) error {
	var ws winsize
	_ = ws
	return ioctl(f.Fd(), syscall.F_GETFD, 0)
}

// shape fail listener-descriptor
var _ = add("listener-descriptor", func() error { return listenerDescriptor() })

func listenerDescriptor() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	fd := int(f.Fd())
	collect()
	return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
}

// shape fail mapped-bytes
var _ = add("mapped-bytes", func() error { return mappedBytes() })

func mappedBytes() error {
	m, err := newMapping(4096)
	if err != nil {
		return err
	}
	view := m.Bytes()
	collect()
	view[0] = 1
	return nil
}

// shape fail mapped-header
var _ = add("mapped-header", func() error { return mappedHeader() })

func mappedHeader() error {
	m, err := newMapping(4096)
	if err != nil {
		return err
	}
	h := m.header()
	collect()
	h.length = 12
	return nil
}

// shape fail mapped-by-copy-helper
var _ = add("mapped-by-copy-helper", func() error { return mappedByCopyHelper() })

func fill(dst []byte, with byte) int {
	for i := range dst {
		dst[i] = with
	}
	return len(dst)
}

func mappedByCopyHelper() error {
	m, err := newMapping(4096)
	if err != nil {
		return err
	}
	window := m.Bytes()[16:32]
	collect()
	if n := fill(window, 7); n != 16 {
		return errors.New("short")
	}
	return nil
}

// shape fail mapped-builder
var _ = add("mapped-builder", func() error { return mappedBuilder() })

func mappedBuilder() error {
	m := must(newMapping(4096))
	text := unsafe.String(&m.data[0], 4)
	collect()
	var b strings.Builder
	b.WriteString(text)
	return differs(b.String(), "\x00\x00\x00\x00")
}

// shape fail generic-resource
var _ = add("generic-resource", func() error { return genericResource() })

func genericResource() error {
	r := own(null(), closeFD)
	fd := r.get()
	collect()
	return put(fd)
}

// shape fail registry-handle
type named struct{ h uintptr }

func newNamed(name string) *named {
	n := &named{registerName(name)}
	cleanNamed(n)
	return n
}

//go:noinline
func lookup(h uintptr) (string, error) {
	collect()
	registry.Lock()
	defer registry.Unlock()
	name, ok := registry.live[h]
	if !ok {
		return "", errGone
	}
	return name, nil
}

func (n *named) name() (string, error) { return lookup(n.h) }

var _ = add("registry-handle", func() error { return registryHandle() })

func registryHandle() error {
	_, err := newNamed("drill").name()
	return err
}

// shape fail epoll-wait
var _ = add("epoll-wait", func() error { return epollWait() })

func epollWait() error {
	e, err := newEpoll()
	if err != nil {
		return err
	}
	events := e.events
	epfd := e.epfd
	collect()
	_, err = syscall.EpollWait(epfd, events, 0)
	return err
}

// shape fail epoll-wake
var _ = add("epoll-wake", func() error { return epollWake() })

func (e *epoll) wake() error {
	collect()
	_, err := syscall.Write(e.wakeup[1], payload)
	collect()
	if err != nil {
		return err
	}
	return put(e.wakeup[1])
}

func epollWake() error {
	e, err := newEpoll()
	if err != nil {
		return err
	}
	w := e.wakeup[1]
	for i := 0; i < 2; i++ {
		if i == 1 {
			break
		}
		collect()
	}
	return put(w)
}

// shape fail map-of-owners
var _ = add("map-of-owners", func() error { return mapOfOwners() })

func mapOfOwners() error {
	devices := map[string]*Device{}
	for _, name := range []string{"/dev/null", "/dev/zero"} {
		dev, err := OpenDevice(name)
		if err != nil {
			return err
		}
		devices[name] = dev
	}
	fd := devices["/dev/null"].FD()
	collect()
	return put(fd)
}

// shape fail deleted-from-map
var _ = add("deleted-from-map", func() error { return deletedFromMap() })

func deletedFromMap() error {
	devices := map[int]*Device{1: must(OpenDevice("/dev/null"))}
	fd := devices[1].FD()
	delete(devices, 1)
	collect()
	if err := put(fd); err != nil {
		return fmt.Errorf("%d left: %w", len(devices), err)
	}
	return nil
}

// shape fail method-value-of-device
var _ = add("method-value-of-device", func() error { return methodValueOfDevice() })

func methodValueOfDevice() error {
	number := must(OpenDevice("/dev/null")).FD
	fd := number()
	collect()
	return put(fd)
}

// shape fail group-go
var _ = add("group-go", func() error { return groupGo() })

func groupGo() error {
	dev := must(OpenDevice("/dev/null"))
	fd := dev.FD()
	var g group
	g.Go(func() error {
		collect()
		return put(fd)
	})
	return g.Wait()
}

// shape fail group-go-loop
var _ = add("group-go-loop", func() error { return groupGoLoop() })

func groupGoLoop() error {
	var g group
	for range 2 {
		dev, err := OpenDevice("/dev/null")
		if err != nil {
			return err
		}
		fd := dev.FD()
		g.Go(func() error { collect(); return put(fd) })
	}
	return g.Wait()
}

// shape fail wait-group-number
var _ = add("wait-group-number", func() error { return waitGroupNumber() })

func waitGroupNumber() error {
	dev := must(OpenDevice("/dev/null"))
	var wg sync.WaitGroup
	var failed error
	wg.Add(1)
	go func(fd int) {
		defer wg.Done()
		collect()
		failed = put(fd)
	}(dev.sys.fd)
	wg.Wait()
	return failed
}

// shape fail results-channel
type job struct {
	fd   int
	data []byte
}

type result struct {
	n   int
	err error
}

func serve(jobs <-chan job, results chan<- result) {
	for j := range jobs {
		collect()
		n, err := syscall.Write(j.fd, j.data)
		results <- result{n, err}
	}
	close(results)
}

var _ = add("results-channel", func() error { return resultsChannel() })

func resultsChannel() error {
	dev := must(OpenDevice("/dev/null"))
	jobs, results := make(chan job), make(chan result)
	go serve(jobs, results)
	jobs <- job{dev.FD(), payload}
	close(jobs)
	return (<-results).err
}

// shape fail defer-order
var _ = add("defer-order", func() error { return deferOrder() })

func deferOrder() (err error) {
	dev := must(OpenDevice("/dev/null"))
	fd := dev.FD()
	defer func() { err = put(fd) }()
	defer collect()
	_ = dev.path
	return nil
}

// shape fail loop-break
var _ = add("loop-break", func() error { return loopBreak() })

func loopBreak() error {
	var fd int
	for _, path := range []string{"/nowhere", "/dev/null", "/dev/zero"} {
		dev, err := OpenDevice(path)
		if err != nil {
			continue
		}
		fd = dev.FD()
		break
	}
	collect()
	return put(fd)
}

// shape fail switch-branch
var _ = add("switch-branch", func() error { return switchBranch("null") })

func switchBranch(kind string) error {
	fd := -1
	switch kind {
	case "null":
		dev, err := OpenDevice("/dev/null")
		if err != nil {
			return err
		}
		fd = dev.FD()
	case "zero":
		fd = 0
	default:
		return errors.New("kind")
	}
	collect()
	return put(fd)
}

// shape fail labelled-continue
var _ = add("labelled-continue", func() error { return labelledContinue() })

func labelledContinue() error {
	dev := must(OpenDevice("/dev/null"))
	fd, tries := dev.FD(), 0
outer:
	for tries < 3 {
		tries++
		for i := range 4 {
			if i == tries {
				continue outer
			}
			collect()
			if err := put(fd); err != nil {
				return err
			}
		}
	}
	return nil
}

// shape fail select-timeout
var _ = add("select-timeout", func() error { return selectTimeout() })

func selectTimeout() error {
	dev := must(OpenDevice("/dev/null"))
	fd, limit := dev.FD(), dev.opts.timeout
	select {
	case <-time.After(limit + time.Millisecond):
		collect()
		return put(fd)
	case <-make(chan struct{}):
		return nil
	}
}

// shape fail shadowed
var _ = add("shadowed", func() error { return shadowed() })

func shadowed() error {
	dev := must(OpenDevice("/dev/null"))
	fd := dev.FD()
	if dev := must(OpenDevice("/dev/zero")); dev != nil {
		defer dev.Close()
	}
	collect()
	return put(fd)
}

// shape fail owner-reassigned
var _ = add("owner-reassigned", func() error { return ownerReassigned() })

func ownerReassigned() error {
	dev := must(OpenDevice("/dev/null"))
	old := dev.FD()
	dev = must(OpenDevice("/dev/zero"))
	collect()
	err := put(old)
	return errors.Join(err, dev.Close())
}

// shape fail conversion-chain
var _ = add("conversion-chain", func() error { return conversionChain() })

type rawHandle uintptr

func (h rawHandle) Int() int { return int(h) }

func conversionChain() error {
	dev := must(OpenDevice("/dev/null"))
	h := rawHandle(uintptr(uint32(dev.FD())))
	collect()
	return put(int(int32(h)))
}

// shape fail conversion-method
var _ = add("conversion-method", func() error { return conversionMethod() })

func conversionMethod() error {
	dev := must(OpenDevice("/dev/null"))
	h := rawHandle(dev.FD())
	collect()
	return put(h.Int())
}

// shape fail raw-in-array
var _ = add("raw-in-array", func() error { return rawInArray() })

func rawInArray() error {
	a, b := must(OpenDevice("/dev/null")), must(OpenDevice("/dev/zero"))
	fds := [...]int{a.FD(), b.FD()}
	collect()
	for _, fd := range fds {
		if err := put(fd); err != nil {
			return err
		}
	}
	return nil
}

// shape fail raw-in-request
type request struct {
	target struct{ fd int }
	body   []byte
}

func (r *request) send() error {
	collect()
	_, err := syscall.Write(r.target.fd, r.body)
	return err
}

var _ = add("raw-in-request", func() error { return rawInRequest() })

func rawInRequest() error {
	r := &request{body: payload}
	r.target.fd = must(OpenDevice("/dev/null")).FD()
	return r.send()
}

// shape fail two-levels
func level1(fd int) error { return level2(uintptr(fd), len(payload)) }

func level2(fd uintptr, n int) error {
	collect()
	_, err := syscall.Write(int(fd), payload[:n])
	return err
}

var _ = add("two-levels", func() error { return twoLevels() })

func twoLevels() error {
	dev := must(OpenDevice("/dev/null"))
	return level1(dev.sys.fd)
}

// shape fail variadic-all
func putAll(fds ...int) (err error) {
	collect()
	for _, fd := range fds {
		err = errors.Join(err, put(fd))
	}
	return err
}

var _ = add("variadic-all", func() error { return variadicAll() })

func variadicAll() error {
	a, b := must(OpenDevice("/dev/null")), must(OpenDevice("/dev/null"))
	return putAll(a.FD(), b.FD())
}

// shape fail range-over-func
func opened(paths ...string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, path := range paths {
			if !yield(path, must(OpenDevice(path)).FD()) {
				return
			}
		}
	}
}

var _ = add("range-over-func", func() error { return rangeOverFunc() })

func rangeOverFunc() error {
	for path, fd := range opened("/dev/null", "/dev/zero") {
		collect()
		if err := put(fd); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

// shape fail named-result
var _ = add("named-result", func() error { return namedResult() })

func borrow() (fd int, err error) {
	var dev *Device
	if dev, err = OpenDevice("/dev/null"); err != nil {
		return
	}
	fd = dev.FD()
	return
}

func namedResult() error {
	fd, err := borrow()
	if err != nil {
		return err
	}
	collect()
	return put(fd)
}

// shape fail dup-of-number
var _ = add("dup-of-number", func() error { return dupOfNumber() })

func dupOfNumber() error {
	f := temporary()
	fd := f.Fd()
	collect()
	copied, err := syscall.Dup(int(fd))
	if err != nil {
		return err
	}
	return syscall.Close(copied)
}

// shape fail receiver-loop
func (d *Device) flood(n int) error {
	fd := d.sys.fd
	for i := 0; i < n; i++ {
		collect()
		if _, err := syscall.Write(fd, payload); err != nil {
			return &os.PathError{Op: "write", Path: "?", Err: err}
		}
	}
	return nil
}

var _ = add("receiver-loop", func() error { return must(OpenDevice("/dev/null")).flood(3) })

// shape fail receiver-embedded
type station struct {
	Device
	label string
}

func newStation() *station {
	s := &station{label: "s"}
	s.sys.fd = null()
	cleanStation(s)
	return s
}

func (s *station) beep() error {
	collect()
	return put(s.FD())
}

var _ = add("receiver-embedded", func() error { return receiverEmbedded() })

func receiverEmbedded() error {
	fd := newStation().FD()
	collect()
	return put(fd)
}

// shape fail callback-with-number
func withNumber(d *Device, use func(fd int) error) error { return use(d.FD()) }

var _ = add("callback-with-number", func() error { return callbackWithNumber() })

func callbackWithNumber() error {
	return withNumber(must(OpenDevice("/dev/null")), func(fd int) error {
		collect()
		return put(fd)
	})
}

// shape fail pair-of-results
func pair(a, b *Device) (int, int) { return a.FD(), b.FD() }

var _ = add("pair-of-results", func() error { return pairOfResults() })

func pairOfResults() error {
	in, out := pair(must(OpenDevice("/dev/zero")), must(OpenDevice("/dev/null")))
	collect()
	var b [1]byte
	if _, err := syscall.Read(in, b[:]); err != nil {
		return err
	}
	return put(out)
}

// shape fail select-fdset
var _ = add("select-fdset", func() error { return selectFdset() })

func selectFdset() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	var set syscall.FdSet
	fd := int(r.Fd())
	set.Bits[fd/64] |= 1 << (uint(fd) % 64)
	collect()
	_, err = syscall.Select(fd+1, &set, nil, nil, &syscall.Timeval{})
	return err
}

// shape fail pointer-parameter-written
func export(dev *Device, fd *int) { *fd = dev.FD() }

var _ = add("pointer-parameter-written", func() error { return pointerParameterWritten() })

func pointerParameterWritten() error {
	var fd int
	export(must(OpenDevice("/dev/null")), &fd)
	collect()
	return put(fd)
}

// shape fail lazily-opened
type lazy struct {
	once sync.Once
	dev  *Device
}

func (l *lazy) fd() int {
	l.once.Do(func() { l.dev = must(OpenDevice("/dev/null")) })
	return l.dev.FD()
}

var _ = add("lazily-opened", func() error { return lazilyOpened() })

func lazilyOpened() error {
	var l lazy
	fd := l.fd()
	collect()
	return put(fd)
}

// shape fail any-owner
var _ = add("any-owner", func() error { return anyOwner() })

func anyOwner() error {
	var value any = must(OpenDevice("/dev/null"))
	with, ok := value.(interface{ FD() int })
	if !ok {
		return errors.New("type")
	}
	fd := with.FD()
	collect()
	return put(fd)
}

// shape fail sorted-pair
var _ = add("sorted-pair", func() error { return sortedPair() })

func sortedPair() error {
	a, b := must(OpenDevice("/dev/null")).FD(), must(OpenDevice("/dev/null")).FD()
	if a > b {
		a, b = b, a
	}
	collect()
	return errors.Join(put(a), put(b))
}
