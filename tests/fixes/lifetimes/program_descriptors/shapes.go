package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

func FixedReturn() string { return ok(chmod(open())) }

func chmod(f *os.File) error {
	return syscall.Fchmod(int(f.Fd()), uint32(collected(0o700)))
}

func FixedDeclared() string {
	f := open()
	err := syscall.Fchmod(int(f.Fd()), uint32(collected(0o700)))
	return ok(err)
}

func FixedAssigned() string {
	f := open()
	var err error
	err = syscall.Fchmod(int(f.Fd()), uint32(collected(0o700)))
	return ok(err)
}

func FixedTested() string {
	f := open()
	if err := syscall.Fchmod(int(f.Fd()), uint32(collected(0o700))); err != nil {
		return ok(fmt.Errorf("chmod: %w", err))
	}
	return ok(nil)
}

func FixedCompared() string {
	f := open()
	if syscall.Fchmod(int(f.Fd()), uint32(collected(0o700))) != nil {
		return "0 failed"
	}
	return "1 ok"
}

func FixedTwoResults() string {
	f := open()
	at, err := syscall.Seek(int(f.Fd()), int64(collected(7)), 0)
	if at != 7 && err == nil {
		return "0 elsewhere"
	}
	return ok(err)
}

func FixedBlank() string {
	f := open()
	_, err := syscall.Seek(int(f.Fd()), int64(collected(7)), 0)
	return ok(err)
}

func FixedReturnTwo() string {
	at, err := seek(open(), 9)
	if at != 9 && err == nil {
		return "0 elsewhere"
	}
	return ok(err)
}

func seek(f *os.File, to int) (int64, error) {
	return syscall.Seek(int(f.Fd()), int64(collected(to)), 0)
}

func FixedNamed() string {
	at, err := seekNamed(open(), 9)
	if at != 9 && err == nil {
		return "0 elsewhere"
	}
	return ok(err)
}

func seekNamed(f *os.File, to int) (at int64, err error) {
	return syscall.Seek(int(f.Fd()), int64(collected(to)), 0)
}

func FixedKeptNumber() string {
	f := open()
	fd := int(f.Fd())
	collected(0)
	err := syscall.Fchmod(fd, 0o700)
	return ok(err)
}

func FixedErrno() string { return ok(control(open())) }

func control(f *os.File) error {
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), uintptr(collected(syscall.F_GETFL)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func FixedErrnoTwo() string {
	n, err := control2(open())
	return ok(errors.Join(err, map[bool]error{true: errors.New("elsewhere")}[n != 1 && err == nil]))
}

func control2(f *os.File) (int, error) {
	fd := f.Fd()
	collected(0)
	_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0)
	if errno != 0 {
		return 0, os.NewSyscallError("fcntl", errno)
	}
	return 1, nil
}

func FixedErrnoTested() string {
	n, err := tested(open())
	if n != 1 && err == nil {
		return "0 elsewhere"
	}
	return ok(err)
}

func tested(f *os.File) (int, error) {
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), uintptr(collected(syscall.F_GETFL)), 0); errno != 0 {
		return 0, fmt.Errorf("fcntl: %w", errno)
	}
	return 1, nil
}

func KeptErrnoMeansMore() string {
	if err := twoErrnos(open()); err != nil {
		return "0 failed"
	}
	return "1 ok"
}

func twoErrnos(f *os.File) error {
	errno := 3
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, f.Fd(), uintptr(collected(syscall.F_GETFL)), 0); errno != 0 {
		return errno
	}
	if errno != 3 {
		return errors.New("another")
	}
	return nil
}

type log struct{ file *os.File }

func (l *log) chmod() error {
	err := syscall.Fchmod(int(l.file.Fd()), uint32(collected(0o700)))
	if err != nil {
		return fmt.Errorf("chmod: %w", err)
	}
	return nil
}

func FixedField() string { return ok((&log{open()}).chmod()) }

type embedding struct{ *os.File }

func FixedEmbedded() string {
	e := embedding{open()}
	err := syscall.Fchmod(int(e.Fd()), uint32(collected(0o700)))
	return ok(err)
}

func FixedInLoop() string {
	for range 2 {
		f := open()
		if err := syscall.Fchmod(int(f.Fd()), uint32(collected(0o700))); err != nil {
			return ok(err)
		}
	}
	return ok(nil)
}

func FixedShadowedNames() string {
	conn, fd := open(), 0
	err := syscall.Fchmod(int(conn.Fd()), uint32(collected(0o700+fd)))
	return ok(err)
}

func FixedStat() string {
	var stat syscall.Stat_t
	f := open()
	fd := int(f.Fd())
	collected(1)
	if err := syscall.Fstat(fd, &stat); err != nil {
		return ok(err)
	}
	if stat.Size == 0 {
		return "0 nothing"
	}
	return ok(nil)
}

// What waits for data stays: Control would not wait.

func KeptRead() string {
	f := open()
	b := make([]byte, collected(4))
	_, err := syscall.Read(int(f.Fd()), b)
	return ok(err)
}

// A lock goes with its descriptor.

func KeptLock() string { return ok(lock(open())) }

func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), collected(syscall.LOCK_SH))
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}

// The number goes on.

func KeptTwoUses() string {
	f := open()
	fd := int(f.Fd())
	first := syscall.Flock(fd, collected(syscall.LOCK_SH))
	second := syscall.Flock(fd, syscall.LOCK_UN)
	return ok(errors.Join(first, second))
}

func KeptReleasing() string {
	f := open()
	err := syscall.Close(int(f.Fd()) + collected(0))
	if err == nil {
		return "1 ok"
	}
	return "0 closed"
}

func KeptOtherUseOfErrno() string {
	f := open()
	fd := f.Fd()
	collected(0)
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0)
	if errno != 0 || flags == 1<<30 {
		return ok(errno)
	}
	return ok(nil)
}

func KeptDeferred() string {
	f := open()
	var n int32
	fd := f.Fd()
	defer syscall.Syscall(syscall.SYS_IOCTL, fd, 1, uintptr(unsafe.Pointer(&n)))
	return "1 ok"
}
