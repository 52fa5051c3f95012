package corpus

// Row: time.After in a select loop.

// since go1.23

import (
	"context"
	"time"
)

//go:noinline
func FixedTimer(in chan int) (n int) {
	for {
		select {
		case x, ok := <-in:
			if !ok {
				return n
			}
			n += x
		case <-time.After(time.Minute):
			return -1
		}
	}
}

type waiter struct{ limit time.Duration }

//go:noinline
func (w *waiter) FixedTimerField(in chan int, rounds int) (n int) {
wait:
	for {
		select {
		case x := <-in:
			if x == 0 {
				break wait
			}
			n += x
		case at := <-time.After(w.limit * 2):
			return at.Second()
		}
	}
	return n
}

//go:noinline
func FixedTimerDue(in chan int, rounds int) (n int) {
	wait := time.Duration(rounds)
	for i := 0; i < rounds; i++ {
		n += i
		select {
		case x := <-in:
			n += x
		case <-time.After(time.Microsecond + wait):
			n += 1000
		}
	}
	return n
}

//go:noinline
func KeptTimerField(w *waiter, in chan int, rounds int) (n int) {
	for i := 0; i < rounds; i++ {
		select {
		case x := <-in:
			n += x
		case <-time.After(w.limit):
		}
	}
	return n
}

//go:noinline
func KeptTimerLater(in chan int, rounds int) (n int) {
	for i := range rounds {
		wait := time.Minute * time.Duration(i+1)
		select {
		case x := <-in:
			n += x
		case <-time.After(wait):
		}
	}
	select {
	case <-time.After(time.Nanosecond):
	}
	return n
}

//go:noinline
func FixedTimerTwo(in chan int) (n int) {
	for {
		select {
		case x := <-in:
			n += x
			if x == 0 {
				return n
			}
		case <-time.After(time.Minute):
		case <-time.After(time.Hour):
		}
	}
}

func slowly(n int) int {
	time.Sleep(30 * time.Millisecond)
	return n
}

//go:noinline
func KeptTimerSlow(in chan int, rounds int) (n int) {
	for i := 0; i < rounds; i++ {
		select {
		case in <- slowly(i):
			n++
		case <-time.After(20 * time.Millisecond):
			n += 1000
		}
	}
	return n
}

//go:noinline
func KeptTimerReceived(in chan int, out chan int, rounds int) (n int) {
	for i := 0; i < rounds; i++ {
		select {
		case out <- <-in:
			n++
		case <-time.After(20 * time.Millisecond):
			n += 1000
		}
	}
	return n
}

//go:noinline
func FixedTimerDone(ctx context.Context, in chan int) (n int) {
	for {
		select {
		case <-ctx.Done():
			return -1
		case x := <-in:
			n += x
			if x == 0 {
				return n
			}
		case <-time.After(time.Hour):
		}
	}
}

func filled(n int) chan int {
	in := make(chan int, n+1)
	for i := range n {
		in <- n - i
	}
	in <- 0
	close(in)
	return in
}

func init() {
	Cases["FixedTimer"] = func() any { return FixedTimer(filled(4)) }
	Cases["(*waiter).FixedTimerField"] = func() any { return (&waiter{time.Hour}).FixedTimerField(filled(4), 3) }
	Cases["FixedTimerDue"] = func() any { return FixedTimerDue(make(chan int), 4) }
	Cases["FixedTimerTwo"] = func() any { return FixedTimerTwo(filled(3)) }
	Cases["FixedTimerDone"] = func() any { return FixedTimerDone(context.Background(), filled(5)) }
	Cases["KeptTimerSlow"] = func() any {
		return KeptTimerSlow(make(chan int, 9), 1) + KeptTimerReceived(filled(3), make(chan int, 9), 3)
	}
	Cases["KeptTimer"] = func() any {
		return KeptTimerField(nil, nil, 0) + KeptTimerLater(filled(3), 2)
	}
}
