package corpus

// Row: closure or method value per round.

type stack struct {
	all   []func() int
	count int
}

//go:noinline
func (s *stack) push(f func() int) { s.all = append(s.all, f) }

func (s *stack) size() int { return len(s.all) + s.count }

func (s stack) copied() int { return s.count }

//go:noinline
func FixedLiteral(s *stack, xs []string) (n int) {
	for _, x := range xs {
		n += len(x)
		s.push(func() int {
			n++
			return n + len(xs)
		})
	}
	for _, f := range s.all {
		n += f()
	}
	return n
}

//go:noinline
func FixedMethodValue(s *stack, xs []string) (n int) {
	for range xs {
		s.push(s.size)
		s.count++
	}
	for _, f := range s.all {
		n = 10*n + f()
	}
	return n
}

//go:noinline
func FixedOfVariable(xs []string) (n int) {
	var own stack
	for range xs {
		own.push(own.size)
	}
	for _, f := range own.all {
		n = 10*n + f()
	}
	return n
}

//go:noinline
func KeptLiteralOfRound(s *stack, xs []string) (n int) {
	for _, x := range xs {
		s.push(func() int { return len(x) })
	}
	for i := range xs {
		type x struct{ n int }
		y := x{i}
		s.push(func() int { return x{y.n}.n })
	}
	for _, f := range s.all {
		n = 10*n + f()
	}
	return n
}

//go:noinline
func KeptLiteralSometimes(s *stack, xs []string) (n int) {
	for _, x := range xs {
		if x == "" {
			s.push(func() int { return len(xs) })
		}
	}
	for _, x := range xs {
		if x == "x" {
			continue
		}
		s.push(func() int { return n })
	}
	return len(s.all)
}

//go:noinline
func KeptCopiedReceiver(s *stack, xs []string) (n int) {
	for range xs {
		s.push(s.copied)
		s.count++
	}
	for _, f := range s.all {
		n = 10*n + f()
	}
	return n
}

//go:noinline
func KeptOtherReceiver(s, t *stack, xs []string) (n int) {
	for range xs {
		s.push(t.size)
		t = s
	}
	for _, f := range s.all {
		n = 10*n + f()
	}
	return n
}

func init() {
	xs := []string{"a", "bb", "", "x"}
	Cases["FixedLiteral"] = func() any { return FixedLiteral(&stack{}, xs) }
	Cases["FixedMethodValue"] = func() any { return FixedMethodValue(&stack{}, xs) }
	Cases["FixedOfVariable"] = func() any { return FixedOfVariable(xs) }
	Cases["KeptClosures"] = func() any {
		return []int{KeptLiteralOfRound(&stack{}, xs), KeptLiteralSometimes(&stack{}, xs),
			KeptCopiedReceiver(&stack{}, xs), KeptOtherReceiver(&stack{}, &stack{}, xs)}
	}
}
