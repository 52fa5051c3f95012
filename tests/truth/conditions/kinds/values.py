"""Types beyond the plain ones: embedded, compared, converted, instantiated, bound to methods."""
# ruff: noqa: E501

from __future__ import annotations

from tests.truth.conditions.case import Case, Input, inputs

_DECLS = """
type Base struct{ id int64 }
func (b *Base) ID() int { return int(b.id) }
func (b Base) Copy() int { return int(b.id) }
type Wrap struct { Base; name string }
type WrapP struct { *Base; name string }
type Ider interface{ ID() int }
type Celsius float64
type Flags uint32
type Small int8
type Pair[A, B any] struct { a A; b B }
type Stack[E any] struct { items []E }
func (s *Stack[E]) Push(e E) { s.items = append(s.items, e) }
type Num interface{ ~int | ~int64 | ~float64 }
type Node[E any] struct { next *Node[E]; e E }
type Tree struct { left, right *Tree; v int64 }
type Fn func(int) int
type Opt func(*Wrap)
type Cx struct { re, im float32 }
var sinkIder Ider
var sinkCmp bool
"""

# A row each: they are read side by side.
# fmt: off
VALUES: tuple[Case, ...] = (
    Case('embed_value', 'n int64', 'sinkIder = &Wrap{Base: Base{n}}', inputs(('1', {})), _DECLS),
    Case('embed_pointer', 'n int64', 'sinkIder = WrapP{Base: &Base{n}}', inputs(('1', {}))),
    Case('embed_box', 'w Wrap', 'sinkAny = w', inputs(('Wrap{}', {}))),
    Case('embed_field_address', 'n int64', 'w := Wrap{Base: Base{n}}\nsinkP = unsafe.Pointer(&w.id)', inputs(('1', {}))),
    Case('embed_method_value', 'w *Wrap', 'sinkFunc = w.ID', inputs(('&Wrap{}', {}))),
    Case('embed_method_value_copy', 'w Wrap', 'sinkFunc = w.Copy', inputs(('Wrap{}', {}))),
    Case('embed_method_value_embedded_pointer', 'w WrapP', 'sinkFunc = w.ID', inputs(('WrapP{Base: &Base{}}', {}))),
    Case('method_expression', '', 'sinkExpr = (*Wrap).ID', inputs(('', {})), 'var sinkExpr func(*Wrap) int\n'),
    Case('method_value_stays', 'w *Wrap', 'f := w.ID\nsinkInt = callF(f)', inputs(('&Wrap{}', {})), '//go:noinline\nfunc callF(f func() int) int { return f() }\n'),
    Case('method_value_interface', 'i Ider', 'sinkFunc = i.ID', inputs(('&Wrap{}', {}))),
    Case('array_of_structs', 'n int64', 'sinkWraps = [3]Base{{n}, {n}, {n}}', inputs(('1', {})), 'var sinkWraps [3]Base\n'),
    Case('array_of_structs_escapes', 'n int64', 'sinkArr = &[3]Base{{n}, {n}, {n}}', inputs(('1', {})), 'var sinkArr *[3]Base\n'),
    Case('array_element_address', 'n int64', 'a := [4]Base{{n}}\nsinkP = unsafe.Pointer(&a[2])', inputs(('1', {}))),
    Case('array_box', 'a [3]int64', 'sinkAny = a', inputs(('[3]int64{}', {}))),
    Case('array_of_one_box', 'a [1]int64', 'sinkAny = a', inputs(('[1]int64{5}', {'bits': 5}), ('[1]int64{256}', {'bits': 256}), ('[1]int64{-1}', {'bits': 1 << 63}))),
    Case('array_of_one_pointer_box', 'a [1]*int', 'sinkAny = a', inputs(('[1]*int{}', {}))),
    Case('array_slice', 'n int64', 'a := [4]int64{n}\nsinkI64 = a[1:]', inputs(('1', {})), 'var sinkI64 []int64\n'),
    Case('slice_to_array', 's []int', 'sinkA4 = [4]int(s)', inputs(('make([]int, 4)', {})), 'var sinkA4 [4]int\n'),
    Case('slice_to_array_pointer', 's []int', 'sinkPA = (*[4]int)(s)', inputs(('make([]int, 4)', {})), 'var sinkPA *[4]int\n'),
    Case('matrix', 'n int', 'm := make([][]int, 3)\nfor i := range m {\n\tm[i] = make([]int, n)\n}\nsinkM = m', inputs(('0', {'len': 0, 'cap': 0}), ('3', {'len': 3, 'cap': 3})), 'var sinkM [][]int\n', several=True),
    Case('celsius', 'c Celsius', 'sinkAny = c', inputs(('0', {'bits': 0}), ('1', {'bits': 1 << 62}))),
    Case('flags', 'f Flags', 'sinkAny = f', inputs(('255', {'bits': 255}), ('256', {'bits': 256}))),
    Case('small_named', 's Small', 'sinkAny = s', inputs(('-1', {'bits': 255}), ('100', {'bits': 100}))),
    Case('named_of_conversion', 'f float64', 'sinkAny = Flags(f)', inputs(('255', {'bits': 255}), ('256', {'bits': 256}))),
    Case('truncated', 'n int', 'sinkAny = byte(n)', inputs(('255', {'bits': 255}), ('256', {'bits': 0}))),
    Case('truncated_16', 'n int', 'sinkAny = uint16(n)', inputs(('255', {'bits': 255}), ('256', {'bits': 256}), ('65536', {'bits': 0}))),
    Case('length_boxed', 's string', 'sinkAny = len(s)', inputs(('str(255)', {'bits': 255}), ('str(256)', {'bits': 256}))),
    Case('rune_boxed', 's []rune', 'sinkAny = s[0]', inputs(('[]rune{255}', {'bits': 255}), ('[]rune{256}', {'bits': 256}), ('[]rune{-1}', {'bits': 4294967295}))),
    Case('comparison_boxed', 'a, b int', 'sinkAny = a < b', inputs(('1, 2', {}), ('2, 1', {}))),
    Case('masked_boxed', 'n int', 'sinkAny = n & 0x7f', inputs(('255', {'bits': 127}), ('128', {'bits': 0}))),
    Case('complex64_boxed', 'c complex64', 'sinkAny = c', inputs(('0', {'bits': 0}), ('1i', {'bits': 1 << 62}))),
    Case('complex128_boxed', 'c complex128', 'sinkAny = c', inputs(('0', {}), ('1i', {}))),
    Case('float32_boxed', 'f float32', 'sinkAny = f', inputs(('0', {'bits': 0}), ('1', {'bits': 1065353216}))),
    Case('two_float32_boxed', 'c Cx', 'sinkAny = c', inputs(('Cx{}', {'bits': 0}), ('Cx{1, 0}', {'bits': 1065353216}))),
    Case('uintptr_boxed', 'p uintptr', 'sinkAny = p', inputs(('255', {'bits': 255}), ('256', {'bits': 256}))),
    Case('func_boxed', 'f Fn', 'sinkAny = f', inputs(('nil', {}), ('func(n int) int { return n }', {}))),
    Case('chan_boxed', 'c chan int', 'sinkAny = c', inputs(('nil', {}), ('make(chan int)', {}))),
    Case('map_boxed', 'm map[int]int', 'sinkAny = m', inputs(('nil', {}))),
    Case('error_to_any', 'e error', 'sinkAny = e', inputs(('nil', {}), ('io.EOF', {}))),
    Case('named_bytes_boxed', 'b OBytes', 'sinkAny = b', inputs(('nil', {'nil': True}), ('OBytes{}', {'nil': False}), ('OBytes(bs(3))', {'nil': False})), 'type OBytes []byte\n'),
    Case('named_bytes_of_string', 's string', 'sinkOB = OBytes(s)', inputs(('empty', {'len': 0, 'empty': True}), ('one', {'len': 1, 'empty': False})), 'var sinkOB OBytes\n'),
    Case('named_string_of_bytes', 'b []byte', 'sinkName = Name(b)', inputs(('nil', {'len': 0}), ('bs(1)', {'len': 1}), ('bs(2)', {'len': 2})), 'var sinkName Name\n'),
    Case('string_of_named_string', 'n Name', 'sinkS = string(n)', inputs(('Name(one)', {}))),
    Case('string_of_part', 'b []byte', 'sinkS = string(b[1:])', inputs(('bs(1)', {'len': 0}), ('bs(2)', {'len': 1}), ('bs(3)', {'len': 2}))),
    Case('compare_structs', 'a, b Wrap', 'sinkCmp = a == b', inputs(('Wrap{}, Wrap{}', {}), ('Wrap{}, Wrap{name: one}', {}))),
    Case('compare_interfaces', 'a, b any', 'sinkCmp = a == b', inputs(('1, 1000', {}), ('1000, 1000', {}))),
    Case('compare_with_value', 'a any, n int', 'sinkCmp = a == any(n)', inputs(('1, 1', {'bits': 1}), ('1000, 1000', {'bits': 1000}))),
    Case('compare_conversion', 'b []byte, s string', 'sinkCmp = string(b) == s', inputs(('bs(40), str(40)', {'len': 40}), ('nil, empty', {'len': 0}))),
    Case('compare_concat', 'a, b, c string', 'sinkCmp = a+b == c', inputs(('str(40), str(40), one', {'operands': 2, 'len': 80}), ('str(5), str(5), one', {'operands': 2, 'len': 10}), ('str(50), empty, one', {'operands': 1, 'len': 50}))),
    Case('switch_conversion', 'b []byte', 'switch string(b) {\ncase "a":\n\tsinkInt++\ncase "b":\n\tsinkInt--\n}', inputs(('bs(40)', {'len': 40}), ('nil', {'len': 0}))),
    Case('map_lookup_conversion', 'm map[string]int, b []byte', 'sinkInt = m[string(b)]', inputs(('map[string]int{"a": 1}, bs(40)', {'len': 40}))),
    Case('map_store_conversion', 'm map[string]int, b []byte', 'm[string(b)] = 1', (Input('m, bs(40)', {'len': 40, 'grows': False, 'new': True}, 'm := make(map[string]int, 100); keep(m)'), Input('m, bs(1)', {'len': 1, 'grows': False, 'new': True}, 'm := make(map[string]int, 100); keep(m)')), several=True),
    Case('range_conversion', 's string', 'for i, b := range []byte(s) {\n\tsinkInt += i + int(b)\n}', inputs(('str(40)', {'len': 40, 'empty': False}), ('empty', {'len': 0, 'empty': True}))),
    Case('struct_key_map', 'k Wrap', 'sinkWM[k] = 1', (Input('Wrap{name: one}', {'grows': True, 'new': True}, 'sinkWM = map[Wrap]int{}'), Input('Wrap{name: one}', {'grows': False, 'new': False}, 'sinkWM = map[Wrap]int{{name: one}: 2}')), 'var sinkWM map[Wrap]int\n', several=True),
    Case('pair_new', 'a string, b int64', 'sinkAny = &Pair[string, int64]{a, b}', inputs(('one, 1', {}))),
    Case('pair_box', 'a string, b int64', 'sinkAny = Pair[string, int64]{a, b}', inputs(('one, 1', {}))),
    Case('pair_small_box', 'b int64', 'sinkAny = Pair[struct{}, int64]{b: b}', inputs(('1', {'bits': 1}), ('256', {'bits': 256}))),
    Case('stack_push', 's *Stack[int64], n int64', 's.Push(n)', (Input('s, 1', {'room': False, 'need': 8}, 's := &Stack[int64]{}'), Input('s, 1', {'room': True, 'need': 8}, 's := &Stack[int64]{items: make([]int64, 0, 4)}')), also=('(*Stack[...]).Push',)),
    Case('generic_sum', 's []int', 'sinkInt = sum(s)', inputs(('nil', {}), ('[]int{1, 2}', {})), '//go:noinline\nfunc sum[T Num](s []T) (t T) {\n\tfor _, v := range s {\n\t\tt += v\n\t}\n\treturn t\n}\n', also=('sum[...]',)),
    Case('generic_map', 's []int', 'sinkStrs = mapped(s, func(n int) string { return one })', inputs(('nil', {'len': 0, 'cap': 0, 'room': True}), ('[]int{1, 2}', {'len': 2, 'cap': 2, 'room': True})), 'var sinkStrs []string\n//go:noinline\nfunc mapped[A, B any](s []A, f func(A) B) []B {\n\tout := make([]B, 0, len(s))\n\tfor _, v := range s {\n\t\tout = append(out, f(v))\n\t}\n\treturn out\n}\n', also=('mapped[...]',), several=True),
    Case('generic_pointer', 'v int64', 'sinkP = unsafe.Pointer(ptr(v))', inputs(('1', {})), 'func ptr[T any](v T) *T { return &v }\n', also=('ptr[...]',)),
    Case('generic_pointer_stays', 'v int64', 'sinkInt = int(*ptr(v))', inputs(('1', {})), also=('ptr[...]',)),
    Case('generic_zero', 'v string', 'sinkZero = or(v, one)', inputs(('empty', {}), ('one', {})), 'var sinkZero string\n//go:noinline\nfunc or[T comparable](a, b T) T {\n\tvar zero T\n\tif a == zero {\n\t\treturn b\n\t}\n\treturn a\n}\n', also=('or[...]',)),
    Case('generic_closure', 'n int64', 'sinkG = constantly(n)', inputs(('1', {})), 'var sinkG func() int64\n//go:noinline\nfunc constantly[T any](v T) func() T { return func() T { return v } }\n', also=('constantly[...]',)),
    Case('generic_list', 'n int64', 'sinkList = &Node[int64]{next: sinkList, e: n}', inputs(('1', {})), 'var sinkList *Node[int64]\n'),
    Case('generic_switch', 'n int', 'sinkInt = kind(n)', inputs(('1', {'bits': 1}), ('300', {'bits': 300})), '//go:noinline\nfunc kind[T any](v T) int {\n\tswitch any(v).(type) {\n\tcase int:\n\t\treturn 1\n\tcase string:\n\t\treturn 2\n\t}\n\treturn 0\n}\n', also=('kind[...]',)),
    Case('tree', 'n int64', 'sinkTree = &Tree{left: &Tree{v: n}, right: &Tree{v: n}}', inputs(('1', {})), 'var sinkTree *Tree\n'),
    Case('options', 'n int64', 'sinkW1 = built(with(n))', inputs(('1', {})), 'var sinkW1 *Wrap\nfunc with(n int64) Opt { return func(w *Wrap) { w.id = n } }\n//go:noinline\nfunc built(opts ...Opt) *Wrap {\n\tw := &Wrap{}\n\tfor _, o := range opts {\n\t\to(w)\n\t}\n\treturn w\n}\n', also=('built', 'with')),
)
# fmt: on
