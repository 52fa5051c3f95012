package corpus

// Row: make([]T, n) with n constant in practice.

import (
	"bytes"
	"os"
)

var frameSize = 4096

var (
	grouped = 512
)

var changed = 512

const unit = 8

var half = 100

func FixedFrame(s string) int {
	b := make([]byte, frameSize)
	copy(b, s)
	return bytes.Count(b, []byte{'a'})
}

func FixedHalf(s string) (int, float64) {
	b := make([]byte, 0, half)
	b = append(b, s[:9]...)
	return bytes.Count(b, []byte{'a'}), float64(half) / 3 * 1.5
}

func KeptGrouped(s string) int {
	b := make([]byte, grouped)
	copy(b, s)
	return bytes.Count(b, []byte{'a'})
}

func KeptChangedSize(s string) int {
	changed++
	b := make([]byte, changed)
	copy(b, s)
	return bytes.Count(b, []byte{'a'})
}

func KeptEscaping(s string) []byte {
	b := make([]byte, unit*len(s))
	copy(b, s)
	return b
}

//go:noinline
func fixedLength(s string, n int) int {
	b := make([]byte, n)
	copy(b, s)
	return bytes.Count(b, []byte{'a'}) + len(b)
}

const eighty = 80

func FixedLength(s string) int {
	if s == "" {
		return fixedLength(s, 0)
	}
	return fixedLength(s, 2*eighty) + fixedLength(s, 1<<10)
}

//go:noinline
func fixedCapacity(s string, n int) int {
	b := make([]byte, n)
	copy(b, s)
	return bytes.Count(b, []byte{'a'}) + cap(b)
}

//go:noinline
func keptLengthOf(s string, n int) int {
	b := make([]byte, n)
	copy(b, s)
	return bytes.Count(b, []byte{'a'})
}

func KeptLength(s string) int {
	return fixedCapacity(s, 100) + fixedCapacity(s, 10) + keptLengthOf(s, len(os.Args)) + keptLengthOf(s, 7)
}

func init() {
	Cases["FixedLength"] = func() any { return FixedLength(long) + FixedLength("") }
	Cases["KeptLength"] = func() any { return KeptLength(long) > 0 }
	Cases["FixedFrame"] = func() any { return FixedFrame(long) }
	Cases["FixedHalf"] = func() any {
		n, x := FixedHalf(long)
		return float64(n) + x
	}
	Cases["KeptSizes"] = func() any { return KeptGrouped(long) + KeptChangedSize(long) + len(KeptEscaping(long)) }
}
