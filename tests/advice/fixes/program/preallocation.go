package corpus

// Row: append in a range over something with len.

import "io"

type items []int

type holder struct{ list []string }

func FixedEmpty(xs []int) []int {
	out := []int{}
	for _, x := range xs {
		out = append(out, x*2)
	}
	return out
}

func FixedNil(xs []int) []int {
	var out []int
	for _, x := range xs {
		out = append(out, x*2)
	}
	return out
}

func FixedPairs(xs []int) []int {
	out := make([]int, 0)
	for i, x := range xs {
		out = append(out, i, x)
	}
	return out
}

func FixedMap(m map[string]int) int {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	Sink = keys[0]
	return len(keys)
}

func FixedCounted(xs items) []string {
	out := []string{}
	for i := 0; i < len(xs); i++ {
		s := FixedNumber(xs[i])
		out = append(out, s)
	}
	return out
}

func FixedField(h *holder) []string {
	var out []string
	h = &holder{list: h.list}
	for _, s := range h.list {
		if s == "" {
			return nil
		}
		out = append(out, s)
	}
	return out
}

func FixedLate(n int) []int {
	out := []int{}
	xs := numbers(n)
	for _, x := range xs {
		out = append(out, x)
	}
	return out
}

func FixedNamed(xs items) []int {
	out := []int{}
	for range xs {
		out = append(out, 1)
	}
	return out
}

func KeptFilter(xs []int) []int {
	var out []int
	for _, x := range xs {
		if x > 3 {
			out = append(out, x)
		}
	}
	return out
}

func KeptContinue(xs []int) []int {
	var out []int
	for _, x := range xs {
		if x < 3 {
			continue
		}
		out = append(out, x)
	}
	return out
}

func KeptNested(xs [][]int) []int {
	var out []int
	for _, ys := range xs {
		for _, y := range ys {
			out = append(out, y)
		}
	}
	return out
}

func KeptSpread(xs [][]int) []int {
	var out []int
	for _, ys := range xs {
		out = append(out, ys...)
	}
	return out
}

func KeptChannel(c chan int) []int {
	var out []int
	for x := range c {
		out = append(out, x)
	}
	return out
}

func KeptGrowing(queue []int) []int {
	out := []int{}
	for i := 0; i < len(queue); i++ {
		if queue[i] > 1000 {
			queue = append(queue, queue[i]/2)
		}
		out = append(out, queue[i])
	}
	return out
}

func KeptCapacity(xs []int) int {
	out := []int{}
	for _, x := range xs {
		out = append(out, x)
	}
	Sink = out
	return cap(out)
}

func KeptCall(n int) []int {
	out := []int{}
	for _, x := range numbers(n) {
		out = append(out, x)
	}
	return out
}

type sheet struct{ rows [][]int }

//go:noinline
func FixedRows(s *sheet, all ...[]int) [][]int {
	var rows [][]int
	for _, xs := range all {
		var row []int
		for _, x := range xs {
			row = append(row, x+1)
		}
		rows = append(rows, row)
		s.rows = append(s.rows, row)
	}
	return rows
}

func KeptBase(xs, more []int) []int {
	var out []int
	for _, x := range xs {
		out = append(out, x)
	}
	return append(out, more...)
}

func KeptShared(xs []int) []int {
	out := []int{}
	for _, x := range xs {
		out = append(out, x)
	}
	a := append(out, 1)
	b := append(out, 2)
	return append(a[:len(a):len(a)], b...)
}

func KeptLonger(xs []int) []int {
	out := []int{}
	for _, x := range xs {
		out = append(out, x)
	}
	return out[:len(xs)+1]
}

func FixedResult(xs items) (out items, err error) {
	for i := range xs {
		if xs[i] < 0 {
			return nil, io.EOF
		}
		out = append(out, xs[i])
	}
	return out, nil
}

// A bare return gives back what is there so far: nil, or not.
func KeptBareReturn(xs []int) (out []int, n int) {
	for _, x := range xs {
		if x == 0 {
			return
		}
		out = append(out, x)
	}
	return
}

func init() {
	m := map[string]int{}
	for _, x := range numbers(50) {
		m[FixedNumber(x)] = x
	}
	Cases["FixedEmpty"] = func() any { return FixedEmpty(numbers(50)) }
	Cases["KeptEmptyOfNone"] = func() any { return FixedEmpty(nil) }
	Cases["FixedNil"] = func() any { return FixedNil(numbers(50)) }
	Cases["KeptNilOfNone"] = func() any { return FixedNil(nil) }
	Cases["FixedPairs"] = func() any { return FixedPairs(numbers(50)) }
	Cases["FixedMap"] = func() any { return FixedMap(m) }
	Cases["FixedCounted"] = func() any { return FixedCounted(numbers(50)) }
	Cases["FixedField"] = func() any { return FixedField(&holder{list: FixedCounted(numbers(50))}) }
	Cases["FixedLate"] = func() any { return FixedLate(50) }
	Cases["FixedNamed"] = func() any { return FixedNamed(numbers(50)) }
	Cases["FixedRows"] = func() any { return FixedRows(&sheet{}, nil, numbers(50), nil) }
	Cases["KeptRoom"] = func() any {
		return [][]int{KeptBase(nil, nil), KeptShared(numbers(5)), KeptLonger(numbers(5))}
	}
	Cases["FixedResult"] = func() any { out, _ := FixedResult(numbers(50)); return out }
	Cases["KeptResultOfNone"] = func() any { out, _ := FixedResult(nil); return out }
	Cases["KeptBareReturn"] = func() any { out, _ := KeptBareReturn(numbers(50)); return out }
	Cases["KeptGrowing"] = func() any { return KeptGrowing(numbers(50)) }
}
