package bm

import "testing"

var s string
var ks []int
var sum int

func BenchmarkTwo(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Two(i)
	}
}
func BenchmarkText(b *testing.B) {
	for i := 0; i < b.N; i++ {
		s = Text(i + 1000)
	}
}
func BenchmarkSmall(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Small(i + 1000)
	}
}
func BenchmarkSub(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(string(rune('a'+n%26))+" x", func(b *testing.B) {
			for b.Loop() {
				ks = Slice(n)
			}
		})
	}
}
func BenchmarkStop(b *testing.B) {
	for i := 0; i < b.N; i++ {
		b.StopTimer()
		keep = &T{}
		x := make([]int, i%5+100)
		ks = x
		b.StartTimer()
		s = Concat(s[:0]+"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbb")
	}
}
func BenchmarkPar(b *testing.B) {
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			keep = New(3)
		}
	})
}

func BenchmarkNothing(b *testing.B) {
	n := 0
	for i := 0; i < b.N; i++ {
		n += i
	}
	sum = n
}
