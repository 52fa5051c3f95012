"""Code that is seldom written, and that condition texts speak of all the same: shapes, iterators,
labels, recovered panics, complex numbers, unsafe conversions, slices of slices of maps."""
# ruff: noqa: E501

from __future__ import annotations

from tests.truth.conditions.case import Case, Input, inputs

_BITS = (("5", {"bits": 5}), ("256", {"bits": 256}))
_JOIN = (
    ("empty, empty", {"operands": 0, "len": 0, "empty": True}),
    ("str(3), empty", {"operands": 1, "len": 3, "empty": False}),
    ("str(3), str(4)", {"operands": 2, "len": 7, "empty": False}),
    ("str(30), str(4)", {"operands": 2, "len": 34, "empty": False}),
)
_DECLS = """
type Shape interface{ Area() float64 }
type Square struct{ side float64 }
func (s Square) Area() float64 { return s.side * s.side }
type Circle struct{ r, x, y float64 }
func (c *Circle) Area() float64 { return c.r }
type Unit struct{}
func (Unit) Area() float64 { return 0 }
type List[T any] struct { head *Cell[T]; n int }
type Cell[T any] struct { v T; next *Cell[T] }
func (l *List[T]) Put(v T) { l.head = &Cell[T]{v, l.head}; l.n++ }
func (l *List[T]) All() func(func(T) bool) {
	return func(yield func(T) bool) {
		for c := l.head; c != nil; c = c.next {
			if !yield(c.v) {
				return
			}
		}
	}
}
type Opts struct { name string; size int; tags []string }
type Option func(*Opts)
type Bytes []byte
type Text string
type Ids [2]uint16
type Deep struct { Mid; z int64 }
type Mid struct { *Leaf; y int64 }
type Leaf struct { x int64 }
func (l *Leaf) X() int { return int(l.x) }
type Xer interface{ X() int }
var (
	sinkShape  Shape
	sinkShapes []Shape
	sinkShape3 [3]Shape
	sinkXer    Xer
	sinkText   Text
	sinkRaw    Bytes
	sinkSeq    func(func(int) bool)
	sinkMaps   []map[string]int
	sinkStrs2   []string
	sinkMSI    map[string]int
	sinkBytess [][]byte
	sinkOpts   *Opts
	sinkI2     []int
)
"""

# A row each: they are read side by side.
# fmt: off
UNCOMMON: tuple[Case, ...] = (
    # interfaces
    Case('shape_value', 's Square', 'sinkShape = s', inputs(('Square{}', {'bits': 0}), ('Square{1}', {'bits': 1 << 60})), _DECLS),
    Case('shape_zero_size', '', 'sinkShape = Unit{}', inputs(('', {}))),
    Case('shapes_array', 'a Square, c *Circle', 'sinkShape3 = [3]Shape{a, c, Unit{}}', inputs(('Square{2}, nil', {'bits': 1 << 60}))),
    Case('shapes_slice', 'a Square, c *Circle', 'sinkShapes = []Shape{a, c, Unit{}}', inputs(('Square{2}, nil', {'bits': 1 << 60}), ('Square{}, nil', {'bits': 0}))),
    Case('shapes_slice_literal_pointers', 'f float64', 'sinkShapes = []Shape{&Circle{r: f}, Square{f}}', inputs(('2', {'bits': 1 << 60}), ('0', {'bits': 0}))),
    Case('shapes_append', 'f float64', 'sinkShapes = append(sinkShapes, Square{f})', (Input('2', {'bits': 1 << 60, 'room': True, 'need': 16}, 'sinkShapes = make([]Shape, 0, 4)'), Input('2', {'bits': 1 << 60, 'room': False, 'need': 16}, 'sinkShapes = nil'), Input('0', {'bits': 0, 'room': False, 'need': 16}, 'sinkShapes = nil'))),
    Case('shape_of_shape', 's Shape', 'sinkAny = s', inputs(('Square{}', {}), ('nil', {}))),
    Case('embed_deep', 'n int64', 'sinkXer = &Deep{Mid: Mid{Leaf: &Leaf{n}}}', inputs(('1', {}))),
    Case('embed_deep_value', 'd Deep', 'sinkXer = d', inputs(('Deep{}', {}))),
    Case('embed_deep_method_value', 'd Deep', 'sinkFunc = d.X', inputs(('Deep{Mid: Mid{Leaf: &Leaf{}}}', {}))),
    Case('embed_deep_method_expr', 'd *Deep', 'f := (*Deep).X\nsinkInt = f(d)', inputs(('&Deep{Mid: Mid{Leaf: &Leaf{}}}', {}))),
    Case('compare_boxed', 'v any, n int', 'sinkInt = btoi(v == any(n))', inputs(('5, 5', {'bits': 5}), ('500, 500', {'bits': 500})), 'func btoi(b bool) int { if b { return 1 }; return 0 }\n'),
    Case('map_any_key', 'm map[any]int, n int', 'm[n] = 1', (Input('m, 5', {'bits': 5, 'grows': True, 'new': True}, 'm := map[any]int{}; keep(m)'), Input('m, 500', {'bits': 500, 'grows': True, 'new': True}, 'm := map[any]int{}; keep(m)'), Input('m, 500', {'bits': 500, 'grows': False, 'new': False}, 'm := map[any]int{500: 1}; keep(m)')), several=True),
    Case('map_any_lookup', 'm map[any]int, n int', 'sinkInt = m[n]', inputs(('map[any]int{5: 1}, 5', {'bits': 5}), ('map[any]int{500: 1}, 500', {'bits': 500}))),
    # generics with shapes
    Case('list_put', 'l *List[int64], n int64', 'l.Put(n)', inputs(('&List[int64]{}, 1', {})), also=('(*List[...]).Put',)),
    Case('list_put_string', 'l *List[string], s string', 'l.Put(s)', inputs(('&List[string]{}, one', {})), also=('(*List[...]).Put',)),
    Case('list_range', 'l *List[int64]', 'for v := range l.All() {\n\tsinkInt += int(v)\n}', inputs(('&List[int64]{}', {})), since='1.24'),
    Case('list_range_break', 'l *List[string]', 'for v := range l.All() {\n\tif v == "x" {\n\t\tbreak\n\t}\n\tsinkS = v + sinkS\n}', inputs(('&List[string]{}', {'reached': False, 'operands': 0, 'len': 0})), since='1.24', several=True),
    Case('u_generic_new', '', 'sinkP = unsafe.Pointer(freshOf[int64]())', inputs(('', {})), '//go:noinline\nfunc freshOf[T any]() *T { return new(T) }\n', also=('freshOf[...]',)),
    Case('generic_zero_new', '', 'sinkP = unsafe.Pointer(freshOf0[struct{}]())', inputs(('', {})), '//go:noinline\nfunc freshOf0[T any]() *T { return new(T) }\n', also=('freshOf0[...]',)),
    Case('u_generic_make', 'n int', 'sinkI2 = filled2[int](n)', inputs(('0', {'len': 0, 'cap': 0}), ('3', {'len': 3, 'cap': 3})), '//go:noinline\nfunc filled2[T any](n int) []T { return make([]T, n) }\n', also=('filled2[...]',)),
    Case('u_generic_map', 'n int', 'sinkMSI = index2(sinkStrs2, n)', inputs(('1', {'hint': 0, 'grows': False, 'new': False})), '//go:noinline\nfunc index2[K comparable, V any](ks []K, v V) map[K]V {\n\tm := make(map[K]V, len(ks))\n\tfor _, k := range ks {\n\t\tm[k] = v\n\t}\n\treturn m\n}\n', also=('index2[...]',), several=True),
    Case('generic_apply', 's []int, k int', 'sinkStrs2 = apply(s, func(n int) string { return sinkS[:n+k] })', inputs(('nil, 0', {'len': 0, 'cap': 0, 'room': True}), ('make([]int, 3), 0', {'len': 3, 'cap': 3, 'room': True})), '//go:noinline\nfunc apply[A, B any](s []A, f func(A) B) []B {\n\tr := make([]B, 0, len(s))\n\tfor _, a := range s {\n\t\tr = append(r, f(a))\n\t}\n\treturn r\n}\n', also=('apply[...]',), several=True),
    Case('generic_append', 's []Text, t Text', 'sinkTexts = push(s, t)', inputs(('nil, "a"', {'room': False, 'need': 16}), ('make([]Text, 0, 2), "a"', {'room': True, 'need': 16})), 'var sinkTexts []Text\n//go:noinline\nfunc push[S ~[]E, E any](s S, e ...E) S { return append(s, e...) }\n', also=('push[...]',), several=True),
    Case('generic_string', 'b []byte', 'sinkS = toString(b)', inputs(('nil', {'len': 0}), ('bs(1)', {'len': 1}), ('bs(2)', {'len': 2})), '//go:noinline\nfunc toString[T ~string | ~[]byte](t T) string { return string(t) }\n', also=('toString[...]',)),
    Case('generic_concat', 'a, b Text', 'sinkText = join2(a, b)', inputs(('"", ""', {'operands': 0, 'len': 0}), ('"", "b"', {'operands': 1, 'len': 1}), ('"a", "b"', {'operands': 2, 'len': 2})), '//go:noinline\nfunc join2[T ~string](a, b T) T { return a + b }\n', also=('join2[...]',)),
    Case('generic_box_shape', 's Square', 'sinkShape = asShape(s)', inputs(('Square{}', {'bits': 0}), ('Square{1}', {'bits': 1 << 60})), 'func asShape[T Shape](t T) Shape { return t }\n', also=('asShape[...]',)),
    Case('generic_box_noinline', 's Square', 'sinkShape = asShape2(s)', inputs(('Square{}', {'bits': 0}), ('Square{1}', {'bits': 1 << 60})), '//go:noinline\nfunc asShape2[T Shape](t T) Shape { return t }\n', also=('asShape2[...]',)),
    Case('generic_two_shapes', 's string, n int', 'sinkAny = pairUp(s, n)', inputs(('one, 1', {})), '//go:noinline\nfunc pairUp[A, B any](a A, b B) any { return struct { a A; b B }{a, b} }\n', also=('pairUp[...]',)),
    Case('u_generic_closure', 'n int64', 'sinkFI = constant(n)', inputs(('1', {})), 'var sinkFI func() int64\n//go:noinline\nfunc constant[T any](v T) func() T { return func() T { return v } }\n', also=('constant[...]',)),
    Case('generic_method_value', 'l *List[int64]', 'sinkPut = l.Put', inputs(('&List[int64]{}', {})), 'var sinkPut func(int64)\n'),
    Case('generic_option', 'n int', 'sinkOpts = newOpts(withSize(n), withName("x"))', inputs(('1', {})), 'func withSize(n int) Option { return func(o *Opts) { o.size = n } }\nfunc withName(s string) Option { return func(o *Opts) { o.name = s } }\nfunc newOpts(os ...Option) *Opts {\n\to := &Opts{}\n\tfor _, f := range os {\n\t\tf(o)\n\t}\n\treturn o\n}\n', also=('newOpts', 'withSize', 'withName')),
    # iterators
    Case('seq_made', 'n int', 'sinkSeq = steps(n)', inputs(('3', {})), 'func steps(n int) func(func(int) bool) {\n\treturn func(y func(int) bool) {\n\t\tfor i := 0; i < n && y(i); i++ {\n\t\t}\n\t}\n}\n', also=('steps',)),
    Case('seq_collect', 'n int', 'for v := range steps(n) {\n\tsinkI2 = append(sinkI2, v)\n}', (Input('0', {'reached': False, 'turns': 0, 'room': True, 'need': 0}, 'sinkI2 = nil'), Input('1', {'reached': True, 'turns': 1, 'room': False, 'need': 8}, 'sinkI2 = nil')), since='1.24', several=True),
    Case('seq_nested', 'n int', 'for a := range steps(n) {\n\tfor b := range steps(a) {\n\t\tsinkInt += b\n\t}\n}', inputs(('3', {})), since='1.24'),
    Case('seq_nested_unknown', 's func(func(int) bool)', 'for a := range s {\n\tfor b := range s {\n\t\tif a > b {\n\t\t\tbreak\n\t\t}\n\t\tsinkInt += b\n\t}\n}', inputs(('steps(3)', {'turns': 2, 'reached': True})), since='1.24', several=True),
    Case('seq_return_outer', 's func(func(int) bool)', 'sinkInt = firstOf(s)', inputs(('steps(3)', {'turns': 2, 'reached': True})), '//go:noinline\nfunc firstOf(s func(func(int) bool)) int {\n\tfor v := range s {\n\t\tif v == 0 {\n\t\t\treturn v\n\t\t}\n\t}\n\treturn -1\n}\n', since='1.24', also=('firstOf',), several=True),
    Case('seq_closure_in_body', 'n int', 'for v := range steps(n) {\n\tsinkFunc = func() int { return v }\n}', inputs(('0', {'reached': False, 'turns': 0}), ('1', {'reached': True, 'turns': 1})), since='1.24', several=True),
    Case('range_over_int_new', 'n int', 'for range n {\n\tsinkP = unsafe.Pointer(new([3]int))\n}', inputs(('0', {'reached': False}), ('2', {'reached': True})), several=True),
    Case('range_map_box', 'm map[string]int', 'for k := range m {\n\tsinkAny = k\n}', inputs(('nil', {'reached': False, 'empty': True}), ('map[string]int{"a": 1}', {'reached': True, 'empty': False})), several=True),
    Case('range_map_ints', 'm map[int]int', 'for k, v := range m {\n\tsinkInt += k + v\n}', inputs(('map[int]int{1: 2}', {'reached': True})), several=True),
    Case('range_chan', 'c chan int', 'for v := range c {\n\tsinkAny = v\n}', (Input('c', {'reached': True, 'bits': 500}, 'c := make(chan int, 1); c <- 500; close(c)'), Input('c', {'reached': False, 'bits': 0}, 'c := make(chan int, 1); close(c)')), several=True),
    # labels, goto, switch, select
    Case('labelled_select', 'c chan int', 'loop:\n\tfor {\n\t\tselect {\n\t\tcase v, ok := <-c:\n\t\t\tif !ok {\n\t\t\t\tbreak loop\n\t\t\t}\n\t\t\tsinkAny = v\n\t\tdefault:\n\t\t\tbreak loop\n\t\t}\n\t}', (Input('c', {'reached': True, 'bits': 500}, 'c := make(chan int, 1); c <- 500; close(c)'), Input('nil', {'reached': False, 'bits': 0})), several=True),
    Case('switch_string_concat', 's string', 'switch {\ncase len(s) == 0:\n\tsinkS = "none"\ncase len(s) < 4:\n\tsinkS = s + "!"\ndefault:\n\tsinkS = s[:4] + "..."\n}', inputs(('empty', {'reached': False, 'operands': 1, 'len': 1}), ('one', {'reached': True, 'operands': 2, 'len': 2})), several=True),
    Case('switch_no_match', 'n int', 'switch n {\ncase 1, 2, 3:\n\tsinkP = unsafe.Pointer(new(int64))\n}', inputs(('2', {'reached': True}), ('4', {'reached': False}))),
    Case('type_switch_many', 'v any', 'switch t := v.(type) {\ncase int, int64:\n\tsinkAny = t\ncase []byte:\n\tsinkS = string(t)\ncase Text:\n\tsinkS = string(t)\ncase nil:\n\tsinkS = ""\n}', inputs(('5', {'reached': False, 'len': 0}), ('bs(3)', {'reached': True, 'len': 3}), ('nil', {'reached': False, 'len': 0}), ('Text("a")', {'reached': False, 'len': 0}))),
    Case('loop_break_first', 'n int', 'for i := 0; ; i++ {\n\tif i >= n {\n\t\tbreak\n\t}\n\tsinkP = unsafe.Pointer(new(int64))\n}', inputs(('0', {'reached': False}), ('2', {'reached': True})), several=True),
    Case('loop_post', 'n int', 'for p := new(int64); n > 0; p = new(int64) {\n\tn--\n\tsinkP = unsafe.Pointer(p)\n}', inputs(('0', {'turns': 0}), ('1', {'turns': 1}))),
    # defer, recover, panic
    Case('defer_in_branch', 'b bool', 'if b {\n\tdefer nothing()\n}', inputs(('true', {'reached': True}), ('false', {'reached': False}))),
    Case('defer_arguments_box', 'n int, s string', 'defer looks(n, s)', inputs(('5, empty', {'bits': 5, 'empty': True}), ('256, one', {'bits': 256, 'empty': False}))),
    Case('defer_captures_result', 'n int', 'sinkInt = trial(n)', inputs(('1', {}), ('-1', {'recovered': True})), '//go:noinline\nfunc trial(n int) (r int) {\n\tdefer func() {\n\t\tif recover() != nil {\n\t\t\tr = -1\n\t\t}\n\t}()\n\tif n < 0 {\n\t\tpanic(errStop)\n\t}\n\treturn n\n}\nvar errStop = errors.New("stop")\n', also=('trial',)),
    Case('panic_box', 'n int', 'defer swallow()\npanic(n)', inputs(('5', {'bits': 5}), ('500', {'bits': 500})), '//go:noinline\nfunc swallow() { recover() }\n'),
    Case('panic_branch', 'n int', 'if n > 9 {\n\tpanic("no: " + str(n))\n}\nsinkInt++', inputs(('1', {'reached': False, 'operands': 2, 'len': 5, 'empty': False}))),
    Case('defer_in_closure_loop', 'n int', 'for i := 0; i < n; i++ {\n\tfunc() {\n\t\tdefer nothing()\n\t\tsinkInt++\n\t}()\n}', inputs(('0', {'reached': False}), ('3', {'reached': True}))),
    # conversions
    Case('u_named_string_of_bytes', 'b Bytes', 'sinkText = Text(b)', inputs(('nil', {'len': 0}), ('Bytes("a")', {'len': 1}), ('Bytes("ab")', {'len': 2}))),
    Case('u_named_bytes_of_string', 't Text', 'sinkRaw = Bytes(t)', inputs(('""', {'len': 0, 'empty': True}), ('"a"', {'len': 1, 'empty': False}))),
    Case('named_bytes_of_const', '', 'sinkRaw = Bytes("hello")', inputs(('', {}))),
    Case('named_between', 't Text', 'sinkS = string(t)', inputs(('"abc"', {}))),
    Case('unsafe_string', 'b []byte', 'sinkS = unsafe.String(&b[0], len(b))', inputs(('bs(40)', {}))),
    Case('unsafe_slice', 's string', 'sinkBytes = unsafe.Slice(unsafe.StringData(s), len(s))', inputs(('str(40)', {}))),
    Case('bytes_compare', 'a, b []byte', 'if string(a) == string(b) {\n\tsinkInt++\n}', inputs(('bs(40), bs(40)', {}))),
    Case('bytes_map_lookup', 'm map[string]int, b []byte', 'sinkInt = m[string(b)]', inputs(('map[string]int{}, bs(40)', {}))),
    Case('bytes_map_insert', 'm map[string]int, b []byte', 'm[string(b)] = 1', (Input('m, bs(40)', {'len': 40, 'grows': True, 'new': True}, 'm := map[string]int{}; keep(m)'),), several=True),
    Case('bytes_switch', 'b []byte', 'switch string(b) {\ncase "a", "b":\n\tsinkInt++\n}', inputs(('bs(40)', {'len': 40}), ('bs(1)', {'len': 1}))),
    Case('bytes_range', 's string', 'for i, c := range []byte(s) {\n\tsinkInt += i * int(c)\n}', inputs(('str(40)', {'len': 40, 'empty': False}))),
    Case('bytes_concat_compare', 'b []byte', 'if "x"+string(b) == "xy" {\n\tsinkInt++\n}', inputs(('bs(1)', {'operands': 2, 'len': 2}), ('bs(40)', {'operands': 2, 'len': 41}))),
    Case('bytes_of_runes', 's string', 'sinkS = string([]rune(s)[1:])', inputs(('"ab"', {'len': 2, 'empty': False}), ('str(40)', {'len': 40, 'empty': False}))),
    Case('rune_slice_index', 's string', 'r := []rune(s)\nsinkInt = int(r[0])', inputs(('str(32)', {'len': 32, 'empty': False}), ('str(33)', {'len': 33, 'empty': False}))),
    Case('string_of_byte_slice_part', 'b []byte, n int', 'sinkS = string(b[:n])', inputs(('bs(5), 0', {'len': 0}), ('bs(5), 1', {'len': 1}), ('bs(5), 2', {'len': 2}))),
    Case('string_of_array', 'a [8]byte', 'sinkS = string(a[:])', inputs(('[8]byte{}', {'len': 8}))),
    Case('string_stays_loop', 'bs [][]byte', 'for _, b := range bs {\n\tif len(string(b)) > 3 {\n\t\tsinkInt++\n\t}\n}', inputs(('[][]byte{bs(40)}', {'len': 40, 'reached': True}))),
    # complex numbers, constants, zero sizes, huge arrays
    Case('complex_box', 'c complex64', 'sinkAny = c * c', inputs(('0', {'bits': 0}), ('2', {'bits': 1 << 60}))),
    Case('complex_real', 'c complex128', 'sinkAny = real(c)', inputs(('0', {'bits': 0}), ('2', {'bits': 1 << 60}))),
    Case('complex_made', 'a, b float64', 'sinkAny = complex(a, b)', inputs(('0, 0', {'bits': 0}), ('1, 1', {'bits': 1 << 60}))),
    Case('const_expression_box', '', 'sinkAny = 1 << 20 / 3', inputs(('', {}))),
    Case('const_typed_box', '', 'const big = uint64(1) << 40\nsinkAny = big', inputs(('', {}))),
    Case('const_string_concat', '', 'const a, b = "x", "y"\nsinkS = a + b', inputs(('', {}))),
    Case('const_and_variable', 's string', 'const a, b = "x", "y"\nsinkS = a + b + s', inputs(('empty', {'operands': 1, 'len': 2}), ('one', {'operands': 2, 'len': 3}))),
    Case('zero_size_slice', 'n int', 'sinkUnits = make([]Unit, n)', inputs(('0', {'len': 0, 'cap': 0}), ('1000', {'len': 1000, 'cap': 1000})), 'var sinkUnits []Unit\n'),
    Case('zero_size_append', 'u []Unit', 'sinkUnits = append(u, Unit{}, Unit{})', inputs(('nil', {'room': False, 'need': 0}))),
    Case('zero_size_new', '', 'sinkP = unsafe.Pointer(&Unit{})', inputs(('', {}))),
    Case('zero_size_map', 'n int', 'm := map[int]struct{}{}\nm[n] = struct{}{}\nsinkInt = len(m)', inputs(('1', {'grows': False, 'new': True}))),
    Case('huge_array_stays', 'i int', 'var a [1 << 20]byte\na[i] = 1\nsinkInt = int(a[i+1])', inputs(('1', {}))),
    Case('huge_array_heap', 'i int', 'var a [11 << 20]byte\na[i] = 1\nsinkInt = int(a[i+1])', inputs(('1', {}))),
    Case('huge_make_stays', 'i int', 'a := make([]byte, 60000)\na[i] = 1\nsinkInt = int(a[i+1])', inputs(('1', {}))),
    Case('huge_make_heap', 'i int', 'a := make([]byte, 70000)\na[i] = 1\nsinkInt = int(a[i+1])', inputs(('1', {}))),
    Case('huge_new_heap', 'i int', 'a := new([70000]byte)\na[i] = 1\nsinkInt = int(a[i+1])', inputs(('1', {}))),
    Case('huge_literal', 'i int', 'a := []int64{9999: 1}\nsinkInt = int(a[i])', inputs(('1', {}))),
    # appends of appends, copies in appends, variadic forwarding
    Case('append_of_append', 's []int, n int', 'sinkI2 = append(append(s, n), n)', inputs(('make([]int, 0, 4), 1', {'room': True, 'need': 16}), ('make([]int, 0, 1), 1', {'room': False, 'need': 16})), several=True),
    Case('append_literal_spread', 's []int', 'sinkI2 = append(s, []int{1, 2, 3}...)', inputs(('make([]int, 0, 4)', {'room': True, 'need': 24}), ('nil', {'room': False, 'need': 24}))),
    Case('append_make_spread', 's []int, n int', 'sinkI2 = append(s, make([]int, n)...)', inputs(('make([]int, 0, 4), 3', {'room': True, 'need': 24, 'len': 3, 'cap': 3}), ('nil, 3', {'room': False, 'need': 24, 'len': 3, 'cap': 3}), ('nil, 0', {'room': True, 'need': 0, 'len': 0, 'cap': 0}))),
    Case('append_copy', 's []int', 'd := append(make([]int, 0, len(s)), s...)\nsinkI2 = d', inputs(('nil', {'len': 0, 'cap': 0, 'room': True, 'need': 0}), ('[]int{1, 2}', {'len': 2, 'cap': 2, 'room': True, 'need': 16}))),
    Case('append_limited', 's []int', 'sinkI2 = append(s[:len(s):len(s)], 1)', inputs(('[]int{1, 2}', {'room': False, 'need': 24}), ('make([]int, 1, 9)', {'room': False, 'need': 24}))),
    Case('append_string_literal', 'b []byte', 'sinkBytes = append(b, "hello"...)', inputs(('nil', {'room': False, 'need': 5}), ('make([]byte, 0, 8)', {'room': True, 'need': 5}))),
    Case('append_conversion_spread', 'b []byte, s string', 'sinkBytes = append(b, []byte(s)...)', inputs(('make([]byte, 0, 8), one', {'room': True, 'need': 1, 'len': 1, 'empty': False}), ('nil, one', {'room': False, 'need': 1, 'len': 1, 'empty': False}))),
    Case('append_field', 'o *Opts, s string', 'o.tags = append(o.tags, s)', inputs(('&Opts{}, one', {'room': False, 'need': 16}), ('&Opts{tags: make([]string, 0, 1)}, one', {'room': True, 'need': 16}))),
    Case('append_map_of_slices', 'm map[string][]byte, b byte', 'm["k"] = append(m["k"], b)', (Input('m, 1', {'room': True, 'need': 1, 'grows': False, 'new': False}, 'm := map[string][]byte{"k": make([]byte, 0, 8)}; keep(m)'), Input('m, 1', {'room': False, 'need': 1, 'grows': False, 'new': False}, 'm := map[string][]byte{"k": nil}; keep(m)'))),
    Case('append_two_dims', 'n int', 'var rows [][]byte\nfor i := 0; i < n; i++ {\n\trows = append(rows, append([]byte(nil), one...))\n}\nsinkBytess = rows', inputs(('0', {'reached': False, 'room': True, 'need': 0, 'buffer': False}), ('1', {'reached': True, 'room': False, 'need': 24, 'buffer': True})), several=True),
    Case('append_closure_captured', 'n int', 'var s []int\nadd := func(v int) { s = append(s, v) }\nadd(n)\nadd(n)\nsinkI2 = s', inputs(('1', {'room': False, 'need': 16, 'buffer': True})), several=True),
    Case('variadic_forward', 'v []any', 'forward(v...)', inputs(('nil', {}), ('[]any{1, 2}', {})), '//go:noinline\nfunc forward(v ...any) { keeps(v...) }\n'),
    Case('variadic_forward_prefix', 'n int', 'prefixed(n)', inputs(('5', {'bits': 5, 'room': False, 'need': 32}), ('500', {'bits': 500, 'room': False, 'need': 32})), '//go:noinline\nfunc prefixed(v ...any) { keeps(append([]any{"p"}, v...)...) }\n', also=('prefixed',), several=True),
    Case('variadic_inlined', 'n int', 'wrapLooks(n, "x")', inputs(*_BITS), 'func wrapLooks(v ...any) { looks(v...) }\n'),
    Case('variadic_inlined_kept', 'n int', 'wrapKeeps(n)', inputs(*_BITS), 'func wrapKeeps(v ...any) { keeps(v...) }\n'),
    Case('variadic_bytes', 'a, b byte', 'sinkBytes = bytesOf(a, b)', inputs(('1, 2', {})), '//go:noinline\nfunc bytesOf(b ...byte) []byte { return b }\n'),
    Case('variadic_funcs', 'n int', 'runAll(func() { sinkInt += n }, func() { sinkInt -= n })', inputs(('1', {})), '//go:noinline\nfunc runAll(fs ...func()) {\n\tfor _, f := range fs {\n\t\tf()\n\t}\n}\n'),
    # maps of structs, arrays, slices
    Case('map_of_arrays', 'm map[int][4]int64, k int', 'm[k] = [4]int64{1}', (Input('m, 1', {'grows': True, 'new': True}, 'm := map[int][4]int64{}; keep(m)'), Input('m, 1', {'grows': False, 'new': False}, 'm := map[int][4]int64{1: {}}; keep(m)')), several=True),
    Case('map_of_large_arrays', 'm map[int][40]int64, k int', 'm[k] = [40]int64{1}', (Input('m, 2', {'grows': False, 'new': True}, 'm := map[int][40]int64{1: {}}; keep(m)'), Input('m, 1', {'grows': False, 'new': False}, 'm := map[int][40]int64{1: {}}; keep(m)')), several=True),
    Case('map_array_key', 'm map[[3]string]int, s string', 'm[[3]string{s}]++', (Input('m, one', {'grows': True, 'new': True}, 'm := map[[3]string]int{}; keep(m)'), Input('m, one', {'grows': False, 'new': False}, 'm := map[[3]string]int{{one}: 1}; keep(m)')), several=True),
    Case('map_struct_key', 'm map[Ids]bool, a uint16', 'm[Ids{a, a}] = true', (Input('m, 1', {'grows': True, 'new': True}, 'm := map[Ids]bool{}; keep(m)'), Input('m, 1', {'grows': False, 'new': False}, 'm := map[Ids]bool{{1, 1}: true}; keep(m)')), several=True),
    Case('map_compound_add', 'm map[string]string, s string', 'm["k"] += s', (Input('m, one', {'grows': False, 'new': False, 'operands': 2, 'len': 2}, 'm := map[string]string{"k": one}; keep(m)'), Input('m, empty', {'grows': False, 'new': False, 'operands': 1, 'len': 1}, 'm := map[string]string{"k": one}; keep(m)')), several=True),
    Case('map_of_maps', 'm map[string]map[int]int, k string', 'if m[k] == nil {\n\tm[k] = map[int]int{}\n}\nm[k][1]++', (Input('m, one', {'reached': True, 'grows': True, 'new': True}, 'm := map[string]map[int]int{}; keep(m)'), Input('m, one', {'reached': False, 'grows': False, 'new': False}, 'm := map[string]map[int]int{one: {1: 1}}; keep(m)')), several=True),
    Case('map_nine', 'k int', 'm := map[int]int{1: k, 2: k, 3: k, 4: k, 5: k, 6: k, 7: k, 8: k, 9: k}\nsinkInt = m[k]', inputs(('1', {'grows': False, 'new': True})), several=True),
    Case('map_hint_constant', '', 'sinkMSI = make(map[string]int, 8)', inputs(('', {})), several=True),
    Case('map_hint_constant_nine', '', 'sinkMSI = make(map[string]int, 9)', inputs(('', {})), several=True),
    Case('map_hint_stays', 'n int', 'm := make(map[int]int, n)\nsinkInt = len(m)', inputs(('0', {'hint': 0}), ('8', {'hint': 8}), ('9', {'hint': 9}), ('100', {'hint': 100})), several=True),
    Case('map_pointer_values', 'm map[string]*Opts, k string', 'm[k] = &Opts{name: k}', (Input('m, one', {'grows': False, 'new': False}, 'm := map[string]*Opts{one: nil}; keep(m)'),)),
    # nested closures, method values and expressions
    Case('closure_three_deep', 'n int', 'sinkFFF = func() func() func() int {\n\treturn func() func() int {\n\t\treturn func() int { return n }\n\t}\n}\nsinkFunc = sinkFFF()()', inputs(('1', {})), 'var sinkFFF func() func() func() int\n'),
    Case('closure_shared_variable', 'n int', 'sinkFunc = func() int { n++; return n }\nsinkFunc2 = func() int { n--; return n }', inputs(('1', {})), 'var sinkFunc2 func() int\n'),
    Case('closure_in_struct', 'n int', 'sinkHook = Hook{run: func() int { return n }}', inputs(('1', {})), 'type Hook struct { run func() int; name string }\nvar sinkHook Hook\n'),
    Case('closure_in_map', 'n int', 'sinkHooks = map[string]func() int{"a": func() int { return n }, "b": nil}', inputs(('1', {'grows': True, 'new': True})), 'var sinkHooks map[string]func() int\n', several=True),
    Case('closure_called_twice', 'n int', 'f := func() *int64 { v := int64(n); return &v }\nsinkP = unsafe.Pointer(f())\nsinkP = unsafe.Pointer(f())', inputs(('1', {})), several=True),
    Case('closure_once', 'n int', 'sinkP = unsafe.Pointer(func() *int64 { v := int64(n); return &v }())', inputs(('1', {}))),
    Case('closure_no_capture', '', 'sinkFunc = func() int { return 1 }', inputs(('', {}))),
    Case('closure_captures_constant', '', 'k := 3\nsinkFunc = func() int { return k }', inputs(('', {}))),
    Case('closure_conditional', 'b bool, n int', 'f := func() int { return 0 }\nif b {\n\tf = func() int { return n }\n}\nsinkFunc = f', inputs(('true, 1', {'reached': True}), ('false, 1', {'reached': False}))),
    Case('method_value_of_value', 's Square', 'sinkArea = s.Area', inputs(('Square{}', {})), 'var sinkArea func() float64\n'),
    Case('method_value_of_literal', 'f float64', 'sinkArea = (&Circle{r: f}).Area', inputs(('1', {}))),
    Case('method_value_passed', 's Square', 'takeArea(s.Area)', inputs(('Square{}', {})), '//go:noinline\nfunc takeArea(f func() float64) { sinkInt += int(f()) }\n'),
    Case('method_value_of_call', 'n int64', 'sinkFunc = leaf(n).X', inputs(('1', {})), 'func leaf(n int64) *Leaf { return &Leaf{n} }\n', also=('leaf',)),
    Case('method_expression_value', '', 'sinkME = Square.Area', inputs(('', {})), 'var sinkME func(Square) float64\n'),
    Case('method_deferred', 's Square', 'defer s.Area()', inputs(('Square{}', {}))),
    # strings.Builder, slices, maps, min/max/clear
    Case('builder_no_grow', 's string', 'var b strings.Builder\nb.WriteString(s)\nsinkS = b.String()', inputs(('empty', {'room': True, 'need': 0, 'elsewhere': False}), ('one', {'room': False, 'need': 1, 'elsewhere': False}))),
    Case('builder_stays', 's string', 'var b strings.Builder\nb.WriteString(s)\nsinkInt = b.Len()', inputs(('empty', {'room': True, 'need': 0}), ('one', {'room': False, 'need': 1}), ('str(40)', {'room': False, 'need': 40}))),
    Case('builder_two', 's string', 'var b strings.Builder\nb.Grow(8)\nb.WriteString(s)\nb.WriteByte(\'.\')\nsinkS = b.String()', inputs(('one', {'room': True, 'need': 2, 'elsewhere': True, 'reached': True, 'len': 8})), several=True),
    Case('slices_clone', 's []int', 'sinkI2 = slices.Clone(s)', inputs(('nil', {'room': True, 'need': 0, 'len': 0}), ('[]int{}', {'room': True, 'need': 0, 'len': 0}), ('[]int{1}', {'room': False, 'need': 8, 'len': 1}))),
    Case('slices_sorted', 's []int', 'slices.Sort(s)', inputs(('[]int{3, 1, 2}', {}))),
    Case('slices_index', 's []string, t string', 'sinkInt = slices.Index(s, t)', inputs(('[]string{"a"}, one', {}))),
    Case('slices_contains_func', 's []int, n int', 'sinkInt = slices.IndexFunc(s, func(v int) bool { return v > n })', inputs(('[]int{3, 1, 2}, 1', {}))),
    Case('slices_insert', 's []int, n int', 'sinkI2 = slices.Insert(s, 1, n)', inputs(('[]int{3, 1, 2}, 1', {'elsewhere': True, 'room': False, 'need': 32})), several=True),
    Case('slices_concat', 'a, b []int', 'sinkI2 = slices.Concat(a, b)', inputs(('[]int{1}, []int{2}', {'elsewhere': True, 'room': False, 'need': 16, 'reached': True, 'turns': 1})), several=True),
    Case('slices_grow', 's []int, n int', 'sinkI2 = slices.Grow(s, n)', inputs(('nil, 3', {'reached': True, 'room': False, 'need': 24, 'len': 3, 'cap': 3}), ('make([]int, 0, 4), 3', {'reached': False, 'room': True, 'need': 24, 'len': 3, 'cap': 3})), several=True),
    Case('slices_delete', 's []int', 'sinkI2 = slices.Delete(s, 0, 1)', inputs(('[]int{1, 2}', {'room': True, 'need': 16}))),
    Case('slices_collect', 'm map[string]int', 'sinkStrs2 = slices.Collect(maps.Keys(m))', inputs(('nil', {'reached': False, 'turns': 0, 'room': True, 'need': 0, 'elsewhere': True}), ('map[string]int{"a": 1}', {'reached': True, 'turns': 1, 'room': False, 'need': 16, 'elsewhere': True})), since='1.24', several=True),
    Case('slices_values_range', 's []int', 'for v := range slices.Values(s) {\n\tsinkInt += v\n}', inputs(('[]int{1, 2}', {})), since='1.24'),
    Case('slices_chunk', 's []int', 'for c := range slices.Chunk(s, 2) {\n\tsinkInt += len(c)\n}', inputs(('[]int{1, 2, 3}', {'reached': False})), since='1.24'),
    Case('maps_clone', 'm map[string]int', 'sinkMSI = maps.Clone(m)', inputs(('nil', {'reached': False, 'elsewhere': True}), ('map[string]int{"a": 1}', {'reached': True, 'elsewhere': True})), several=True),
    Case('maps_copy', 'm map[string]int', 'maps.Copy(sinkMSI, m)', (Input('map[string]int{"a": 1}', {'grows': True, 'new': True, 'reached': True, 'turns': 1}, 'sinkMSI = map[string]int{}'), Input('nil', {'grows': False, 'new': False, 'reached': False, 'turns': 0})), several=True),
    Case('min_boxed', 'a, b uint32', 'sinkAny = max(a, b, 3)', inputs(('1, 2', {'bits': 3}), ('1, 300', {'bits': 300}))),
    Case('min_float_boxed', 'a float64', 'sinkAny = min(a, 0)', inputs(('1', {'bits': 0}), ('-1', {'bits': 1 << 60}))),
    Case('strings_cut', 's string', 'sinkS, _, _ = strings.Cut(s, "=")', inputs(('"a=b"', {}))),
    Case('strings_fields_seq', 's string', 'for f := range strings.SplitSeq(s, ",") {\n\tsinkInt += len(f)\n}', inputs(('"a,b"', {'elsewhere': True})), since='1.24', several=True),
    Case('strings_replace', 's string', 'sinkS = strings.ReplaceAll(s, "a", "b")', inputs(('"xyz"', {'elsewhere': True})), several=True),
    Case('strings_reader', 's string', 'r := strings.NewReader(s)\nsinkInt = r.Len()', inputs(('one', {}))),
    Case('strings_reader_kept', 's string', 'sinkAny = strings.NewReader(s)', inputs(('one', {}))),
    Case('strconv_append', 'b []byte, n int', 'sinkBytes = strconv.AppendInt(b, int64(n), 10)', inputs(('make([]byte, 0, 32), 5', {'elsewhere': True, 'room': True, 'need': 1, 'reached': True, 'len': 1}), ('nil, 5', {'elsewhere': True, 'room': False, 'need': 1, 'reached': True, 'len': 1})), several=True),
    # joins and their operands
    Case('concat_two', 'a, b string', 'sinkS = a + b', inputs(*_JOIN)),
    Case('concat_two_boxed', 'a, b string', 'look(a + b)', inputs(*_JOIN)),
    Case('concat_paren', 'a, b string', 'sinkS = (a + "-") + (b + "-")', inputs(('empty, empty', {'operands': 2, 'len': 2}))),
    Case('concat_of_conversion', 'b []byte, s string', 'sinkS = s + string(b)', inputs(('bs(0), one', {'operands': 1, 'len': 1, 'onstack': False}), ('bs(3), one', {'operands': 2, 'len': 4, 'onstack': False}), ('bs(3), empty', {'operands': 1, 'len': 3, 'onstack': True}))),
    Case('concat_of_concat_call', 'a, b string', 'sinkS = pre(a) + pre(b)', inputs(('one, one', {'operands': 2, 'len': 4, 'onstack': False})), 'func pre(s string) string { return "p" + s }\n'),
    Case('concat_own_and_inlined', 'a, b string', 'sinkS = outer(pre2(a), pre2(b)+","+pre2(a))', inputs(('one, one', {'operands': 3, 'len': 7, 'onstack': True, 'reached': True})), 'func pre2(s string) string { return s[:1] }\nfunc outer(s, ref string) string {\n\tif s == "" {\n\t\treturn s\n\t}\n\treturn "<" + ref + ">"\n}\n', also=('outer', 'pre2')),
    Case('concat_assign_twice', 'a, b string', 's := a\ns += b\ns += b\nsinkS = s', inputs(('empty, empty', {'operands': 0, 'len': 0}),)),
    Case('concat_bytes_result', 'a, b string', 'sinkBytes = []byte(a + b)', inputs(('empty, empty', {'operands': 0, 'len': 0, 'empty': True}), ('one, one', {'operands': 2, 'len': 2, 'empty': False})), several=True),
    Case('concat_named', 'a, b Text', 'sinkText = a + "/" + b', inputs(('"", ""', {'operands': 1, 'len': 1}), ('"a", ""', {'operands': 2, 'len': 2}))),
    Case('concat_map_key', 'm map[string]int, a, b string', 'sinkInt = m[a+b]', inputs(('nil, str(3), str(4)', {'operands': 2, 'len': 7}), ('nil, str(30), str(4)', {'operands': 2, 'len': 34}))),
    Case('concat_index', 'a, b string', 'sinkInt = int((a + b)[0])', inputs(('str(3), str(4)', {'operands': 2, 'len': 7}), ('str(30), str(4)', {'operands': 2, 'len': 34}))),
    Case('concat_range', 'a, b string', 'for range a + b {\n\tsinkInt++\n}', inputs(('str(3), str(4)', {'operands': 2, 'len': 7}), ('str(30), str(4)', {'operands': 2, 'len': 34}))),
    Case('concat_switch', 'a, b string', 'switch a + b {\ncase "x":\n\tsinkInt++\n}', inputs(('str(3), str(4)', {'operands': 2, 'len': 7}), ('str(30), str(4)', {'operands': 2, 'len': 34}))),
    Case('concat_chan', 'c chan string, a, b string', 'c <- a + b', inputs(('make(chan string, 1), str(3), str(4)', {'operands': 2, 'len': 7}), ('make(chan string, 1), str(3), empty', {'operands': 1, 'len': 3}))),
    # new with a value (1.26), pointers to fields and elements, structs that are returned
    Case('new_of_value', 'n int64', 'sinkP = unsafe.Pointer(new(n + 1))', inputs(('1', {})), since='1.26'),
    Case('new_of_value_stays', 'n int64', 'p := new(n)\nsinkInt = int(*p)', inputs(('1', {})), since='1.26'),
    Case('new_of_struct_value', 'n int64', 'sinkP = unsafe.Pointer(new(Leaf{n}))', inputs(('1', {})), since='1.26'),
    Case('pointer_to_element', 's []Leaf', 'sinkP = unsafe.Pointer(&s[0])', inputs(('make([]Leaf, 1)', {}))),
    Case('pointer_to_copy', 'l Leaf', 'sinkP = unsafe.Pointer(&l)', inputs(('Leaf{}', {}))),
    Case('pointer_to_part', 'd Deep', 'sinkP = unsafe.Pointer(&d.y)', inputs(('Deep{}', {}))),
    Case('pointer_conditional', 'b bool, n int64', 'p := &n\nif b {\n\tsinkP = unsafe.Pointer(p)\n}', inputs(('true, 1', {}), ('false, 1', {}))),
    Case('struct_by_value', 'n int64', 'sinkLeaf = leafValue(n)', inputs(('1', {})), 'var sinkLeaf Leaf\nfunc leafValue(n int64) Leaf { return Leaf{n} }\n'),
    Case('slice_of_pointers', 'n int64', 'sinkPtrs = []*Leaf{{n}, {n + 1}, nil}', inputs(('1', {})), 'var sinkPtrs []*Leaf\n'),
    Case('slice_of_structs_of_slices', 'n int', 'sinkOptss = []Opts{{tags: []string{"a"}}, {size: n}}', inputs(('1', {})), 'var sinkOptss []Opts\n'),
    Case('array_of_slices', 'n int', 'sinkAS = [2][]int{{n}, {n, n}}', inputs(('1', {})), 'var sinkAS [2][]int\n'),
    Case('make_then_copy', 's []int', 'd := make([]int, len(s))\ncopy(d, s)\nsinkI2 = d', inputs(('nil', {'len': 0, 'cap': 0}), ('[]int{1}', {'len': 1, 'cap': 1}))),
    Case('make_cap_only', 'n int', 'sinkI2 = make([]int, 0, n)', inputs(('0', {'len': 0, 'cap': 0}), ('2', {'len': 0, 'cap': 2}))),
    Case('make_both', 'a, b int', 'sinkI2 = make([]int, a, b)', inputs(('0, 0', {'len': 0, 'cap': 0}), ('0, 2', {'len': 0, 'cap': 2}))),
    Case('make_stays', 'n int', 'd := make([]int16, n)\nfor i := range d {\n\td[i] = 1\n}\nsinkInt = len(d)', inputs(('0', {'len': 0, 'cap': 0, 'need': 0}), ('16', {'len': 16, 'cap': 16, 'need': 32}), ('17', {'len': 17, 'cap': 17, 'need': 34}))),
    Case('make_const_large_elements', '', 'sinkLarge = make([][200]byte, 3)', inputs(('', {}))),
)
# fmt: on
