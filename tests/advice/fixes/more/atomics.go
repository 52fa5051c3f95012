package corpus

// Row: boxed for atomic.Value.

import "sync/atomic"

var number = 12345

var (
	counted  atomic.Value
	switched atomic.Value // a bool
	named    atomic.Value
	kept     atomic.Value
	mixed    atomic.Value
)

//go:noinline
func FixedAtomic(n int64) int64 {
	counted.Store(n)
	last, _ := counted.Load().(int64)
	if n > 7 {
		if more, _ := counted.Load().(int64); more > 3 {
			counted.Store(more + n)
		}
	}
	return last
}

//go:noinline
func CornerAtomicInt(n int) int {
	switch {
	case n > 300:
		named.Store(n + 1)
	default:
		named.Store(n * 1000)
	}
	return named.Load().(int)
}

//go:noinline
func OtherAtomicBool(n int) bool {
	switched.Store(n > 3)
	on, _ := switched.Load().(bool)
	return on
}

//go:noinline
func KeptAtomicAsked(n int64) bool {
	kept.Store(n)
	_, ok := kept.Load().(int64)
	return ok && kept.Load() != nil
}

//go:noinline
func KeptAtomicMixed(n int) bool {
	defer func() { recover() }()
	mixed.Store(n)
	mixed.Store(int64(n))
	_, ok := mixed.Load().(int64)
	return ok
}

func init() {
	Cases["FixedAtomic"] = func() any { return FixedAtomic(int64(number)) }
	Cases["CornerAtomicInt"] = func() any { return CornerAtomicInt(number) + CornerAtomicInt(7) }
	Cases["KeptAtomic"] = func() any {
		return []bool{OtherAtomicBool(7), KeptAtomicAsked(int64(number)), KeptAtomicMixed(number)}
	}
}
