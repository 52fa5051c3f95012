package sample

var literals = []func(){
	func() { sink(1) },
	func() { func() { sink(2) }() },
}

func init() { f = func() { sink(3) } }

func init() { f = func() { sink(4) } }

type List[X any] struct{ x X }

func (l *List[X]) Do(x X) { f = func() { sink(x, l.x) } }

func (t T) Value() {
	f = func() {
		ch <- func() {
			f = func() { sink(t) }
		}
		ch <- func() { sink(t.a) }
	}
	go func() { sink(t.b) }()
	defer func() { sink(t) }()
}

func (t *T) Pointer() { f = func() { sink(t) } }

func Instances() {
	new(List[int]).Do(1)
	new(List[string]).Do("s")
}
