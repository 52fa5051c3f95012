// Package sample has lines on which several things allocate.
package sample

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

var (
	sinks  []any
	sink   any
	text   string
	bytes  []byte
	runes  []rune
	items  []item
	lookup map[string]any
	run    func() int
)

type (
	item  struct{ a, b int }
	name  string
	level uint8
	code  int
	named []byte
)

const limit code = 8

func (i item) sum() int      { return i.a + i.b }
func (i *item) String() name { return name(fmt.Sprint(i.a)) }
func flag() bool             { return len(sinks) > 3 }
func small() level           { return level(len(sinks)) }
func one() code              { return code(len(sinks)) }
func short() string          { return text }

//go:noinline
func keep(v any) any { sink = v; return v }

//go:noinline
func keeps(v ...any) { sinks = v }

//go:noinline
func grow(s string) string { return s + "x" }

//go:noinline
func plain(n int, s string) {}

func Both(msg string) string { return fmt.Sprintf("%d %s", len(msg), msg) }

func Two(n int) (any, string) { return keep([4]int{n}), grow("x") }

func Nested(n int, s string) error {
	return fmt.Errorf("%d of %s: %w", n, s, fmt.Errorf("inner %d", n+1))
}

func Flags(n int, l level, s string) { keeps(n, flag(), l, small(), s, limit, one(), nil, 5, "x") }

func Methods(i *item, t time.Time) {
	keeps(i.sum(), i.String(), time.Since(t).Seconds(), t.Unix(), short(), strings.ToUpper(text))
}

func Converted(b []byte, s string, r []rune) {
	keeps(string(b), []byte(s), s+text, string(r), []rune(s), named(s))
}

func Constants() { bytes = []byte("const"); keeps([]byte("other"), 1.5, name("n"), code(3), "y") }

func Literals(n int) { keeps(item{n, 1}, &item{n, 2}, []int{n}, map[string]int{"a": n}, [2]int{n, n}) }

func Assigned(n int, s string) { sink, text = n, s+text }

func Returned(n int, s string) (any, error, string) { return n, errors.New(s), s + text }

func Entries(n int, s string) { lookup = map[string]any{s: n, "b": s, text: one()} }

func Sent(c chan any, n int) { c <- n }

func Compared(v any, n int64) bool { return v == any(n) || v == any(item{int(n), 1}) }

func Deep(n int, s string) { plain(len(fmt.Sprint(n, s)), fmt.Sprint(s, one())) }

func Joined(s string) { panic(fmt.Sprintf("BUG: "+s+"\n\n", len(s), s)) }

func Appended(n int, s string) { sinks = append(sinks, n, s, item{n, n}) }

func Made(n int) { keeps(make([]int, n), make(map[int]int, n), make(chan int, n), new(item)) }

func Closures(n int, i item) {
	run = func() int { return n }
	run = i.sum
	go keeps(n, i)
	for range n {
		defer keeps(n)
	}
}

func Table(w io.Writer, rows []item) {
	for n, row := range rows {
		fmt.Fprintf(w, "%d %v %s\n", n, row, rows[n].a)
	}
}

func Runes(s string, r rune) { text = string(r); runes = []rune(s); text += s + string(r) }

func Grown(n int) []item {
	var made []item
	for i := range n {
		made = append(made, item{i, n})
	}
	items = append(items, made...)
	return made
}

func Moved(n int, i item) (*int, *item) { return &n, &i }

// What an inlined callee joins stands on the line of what is joined for it.
func Prefixed(s string, n int) string {
	return prefix(s, format(n)+","+format(n+1))
}

func prefix(s, with string) string {
	if s == "" {
		return "<" + with + ">"
	}
	return "<" + with + ": " + s
}

func format(n int) string { return text[:n] }

// Arrays of nested variadic calls, all made on the line where the outer one begins.
func Inside(n int) {
	add(options(
		pairOf(n, 1),
		pairOf(n, 2),
	))
	add(options(
		pairOf(n, 3),
	))
}

type pairs struct{ a, b, c int }

type option interface{ apply() }

type several struct{ all []pairs }

func (s *several) apply() {}

func options(all ...pairs) option { return &several{all} }

func pairOf(a, b int) pairs { return pairs{a, b, a} }

//go:noinline
func add(all ...option) { added = all }

var added []option

// A field and a method, both written x.y.
func Bound(h *holder) { take(fmt.Sprintf("%s*", h.name), h.handle) }

type holder struct{ name string }

func (h *holder) handle() int { return len(h.name) }

//go:noinline
func take(s string, f func() int) { text, run = s, f }

func Lengths(n byte) { bytes = []byte{n}; set([]byte{n}, []byte("val")) }

//go:noinline
func set(k, v []byte) { sinks = append(sinks, k, v) }

func Calls(s fmt.Stringer, b []byte) { fmt.Fprintf(io.Discard, "%s %s", s.String(), string(b)) }

func Hooked(n int) { sinks = hooked(item{n, n}) }

func hooked(more ...any) []any {
	all := make([]any, len(sinks), len(sinks)+len(more))
	copy(all, sinks)
	return append(all, more...)
}

func Keyed(n [3]int) { keeps(key{}, n) }

type key struct{}
