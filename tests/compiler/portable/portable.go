package portable

type T struct{ a, b, c int64 }

var sink any
var keep *T

func New() *T { return &T{1, 2, 3} }

func Var() *T { var t T; return &t }

func Box(t T) { sink = t }

func Make(n int) []T { return make([]T, n) }

func MakeConst() []int64 { return make([]int64, 10) }

func Chan() chan int { return make(chan int, 3) }

func Map() map[string]int { return make(map[string]int, 100) }

func Concat(a, b string) string { return a + b }

func Bytes(s string) []byte { return []byte(s) }

func Close(n int) func() int { return func() int { n++; return n } }

func Append(xs []T, t T) []T { return append(xs, t) }

func Go(f func()) { go func() { f() }() }

func Large() *[4096]byte { return new([4096]byte) }

func Two() (*int64, *T) { return new(int64), &T{} }
