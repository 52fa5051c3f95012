// Package sample holds every construct that the compiler reports, one a line.
//
// A comment after //@ says what the compiler's -m message of that line stands for: the code
// and the exact source of the expression. After //! it is what only the object file knows.
package sample

type T struct{ a, b int }

func (t *T) M() {}

type I interface{ M() }

type S []int

type box struct{ v any }

var (
	g   any
	p   *int
	f   func()
	str string
	ch  chan any
	mm  map[string]map[string]int
	ma  map[string]any
)

//go:noinline
func sink(v ...any) { g = v } //@ heap-boxing v

//go:noinline
func ints(v ...int) { g = v } //@ heap-boxing v

func calls(n int, s string, b []byte, r []rune, t *T) {
	g = new(T)                        //@ heap-new new(T)
	g = make([]int, n)                //@ heap-make-slice make([]int, n)
	g = make(S, n)                    //@ heap-make-slice make(S, n)
	g = make(map[string]int, n)       //@ heap-make-map make(map[string]int, n)
	g = make(chan int, n)             //! heap-make-chan make(chan int, n)
	g = &T{1, 2}                      //@ heap-literal &T{1, 2}
	g = []int{1, 2, n}                //@ heap-literal []int{1, 2, n}
	g = map[string]int{"a": n}        //@ heap-literal map[string]int{"a": n}
	g = [][]int{{1, 2}, {n}}          //@ heap-literal [][]int{{1, 2}, {n}} @ heap-literal {1, 2} @ heap-literal {n}
	g = []*T{{1, 2}, {n, n}}          //@ heap-literal []*T{{1, 2}, {n, n}} @ heap-literal {1, 2} @ heap-literal {n, n}
	g = map[string]*T{"ü": {n, n}}    //@ heap-literal map[string]*T{"ü": {n, n}} @ heap-literal {n, n}
	str = string(b)                   //@ heap-conversion string(b)
	str = string((b))                 //@ heap-conversion string((b))
	str = "é" + string(rune(n)) + s   //@ heap-concat "é" + string(rune(n)) + s ! heap-conversion string(rune(n))
	g = []byte(s)                     //@ heap-conversion []byte(s)
	g = []rune(s)                     //@ heap-conversion []rune(s)
	str = string(r)                   //@ heap-conversion string(r)
	str = (s + "é") + (string(b) + s) //@ heap-concat (s + "é") + (string(b) + s)
	str += s                          //! heap-concat str += s
	g = append(b, 1)                  //@ heap-append append(b, 1)
	f = t.M                           //@ heap-closure t.M
	f = func() { g = n }              //@ heap-closure func() { g = n } @ heap-boxing n
	go t.M()                          //! heap-goroutine go t.M()
	go func() { g = n }()             //@ heap-closure func() { g = n } @ heap-boxing n ! heap-goroutine go func() { g = n }()
	ma["a"] = s                       //@ heap-boxing s ! heap-map-insert ma["a"]
	mm["a"]["b"]++                    //! heap-map-insert mm["a"]["b"]
	mm["a"]["é"] += n                 //! heap-map-insert mm["a"]["é"]
	for i := 0; i < n; i++ {
		defer ints(i, n) //@ heap-literal i, n ! heap-defer defer ints(i, n)
	}
}

func boxes(n int, ñ string, t T, b []byte) (any, any) {
	sink("ü", n, ñ, len(b)) //@ heap-boxing "ü" @ heap-boxing n @ heap-boxing ñ @ heap-boxing len(b) @ heap-literal "ü", n, ñ, len(b)
	ints(1, n)              //@ heap-literal 1, n
	ch <- n                 //@ heap-boxing n
	g = box{v: n}           //@ heap-boxing box{v: n} @ heap-boxing n
	g = any(n)              //@ heap-boxing any(n)
	g = T{1, n}             //@ heap-boxing T{1, n}
	g = (n + 1)             //@ heap-boxing (n + 1)
	g = -n                  //@ heap-boxing -n
	g = b[0:n]              //@ heap-boxing b[0:n]
	g = t.a                 //@ heap-boxing t.a
	g = b[3]                //@ heap-boxing b[3]
	g = min(n, 3)           //@ heap-boxing min(n, 3)
	g = n == 3              //@ heap-boxing n == 3
	g = string(b)           //@ heap-boxing string(b) @ heap-conversion string(b)
	g = S(nil)              //@ heap-boxing S(nil)
	var i I = &t
	i.M()
	var a any = n //@ heap-boxing n
	g = a
	g = [2]any{n, 1: ñ}             //@ heap-boxing [2]any{n, 1: ñ} @ heap-boxing n @ heap-boxing ñ
	g = struct{ f func() }{func() { //@ heap-closure func() { g = n }
		g = n //@ heap-boxing n
	}}
	return n + 1, ñ //@ heap-boxing n + 1 @ heap-boxing ñ
}

func lines(
	n int, //@ heap-variable n
	s, r string,
	b []byte,
	t *T,
) {
	p = &n
	mm[s][ //! heap-map-insert mm[s][ r]
	r] = n
	str += //! heap-concat str += r
		r
	str = s +
		r + //@ heap-concat s + r + "a"
		"a"
	f =
		t. //@ heap-closure t. M
			M
	str = string(
		b) //@ heap-conversion string( b)
	c := make( //! heap-make-chan make( chan int, n)
		chan int,
		n)
	g = map[string]int{ //@ heap-literal map[string]int{ "a": n, s: n, }
		"a": n,
		s:   n,
	}
	g = append( //@ heap-append append( b, 1)
		b,
		1)
	g =
		T{ //@ heap-boxing T{ 1, n, }
			1,
			n,
		}
	g = & //@ heap-literal & T{n, n}
	T{n, n}
	sink( //@ heap-literal n, s+ r, c
		n, //@ heap-boxing n
		s+ //@ heap-concat s+ r @ heap-boxing s+ r
			r,
		c,
	)
	f = func() { //@ heap-closure func() { g = s }
		g = s //@ heap-boxing s
	}
}

func variables(n int, q T) (res int, ñ int) { //@ heap-variable n @ heap-variable q @ heap-variable res @ heap-variable ñ
	p, g = &n, &q
	p = &res
	p = &ñ
	x, y := 1, 2 //@ heap-variable x @ heap-variable y
	p = &x
	p = &y
	var z, w int //@ heap-variable z @ heap-variable w
	p = &z
	p = &w
	var (
		big [3]T //@ heap-variable big
	)
	g = big[:]                      //@ heap-boxing big[:]
	for i, v := range []int{1, 2} { //@ heap-variable i @ heap-variable v
		p = &i
		p = &v
	}
	switch k := g.(type) {
	case int, []string: //@ heap-variable int, []string
		g = &k
	case map[string][]T: //@ heap-variable map[string][]T
		g = &k
	default: //@ heap-variable default
		g = &k
	}
	return n, q.a
}

func generic[X any](x X, n int) any { //@ heap-variable x
	g = make([]X, n) //@ heap-make-slice make([]X, n)
	g = &x
	g = any(x)                   //@ heap-boxing any(x)
	return func() X { return x } //@ heap-closure func() X { return x }
}

//go:noinline
func Generic(n int) {
	generic(1, n)
	generic("s", n)
}
