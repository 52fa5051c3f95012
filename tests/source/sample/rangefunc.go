//go:build go1.23

package sample

//go:noinline
func each(yield func(int) bool) {
	f = func() { yield(1) } //@ heap-closure func() { yield(1) }
}

func rangeFunction() (sum int) { //@ heap-variable sum
	for x := range each { //@ heap-closure for x := range each
		sum += x
	}
	return
}
