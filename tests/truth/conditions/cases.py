"""The kinds of Go code that the condition texts speak of, generated over types and fates."""

from __future__ import annotations

from collections.abc import Iterator

from tests.truth.conditions.case import Case, Fact, Input, inputs

BELOW, ABOVE = {"bits": 1}, {"bits": 1 << 60}


def all_cases() -> tuple[Case, ...]:
    found = (
        *boxing(),
        *boxed_expressions(),
        *makes(),
        *objects(),
        *conversions(),
        *concats(),
        *appends(),
        *maps(),
        *control(),
        *closures(),
        *inlined(),
        *generics(),
    )
    names = [case.name for case in found]
    assert len(names) == len(set(names)), sorted(n for n in names if names.count(n) > 1)
    return found


# Values of each type by what their bits are as an unsigned number: below 256, or not.
_SCALARS: dict[str, tuple[tuple[str, int], ...]] = {
    "bool": (("true", 1), ("false", 0)),
    "int8": (("-1", 255), ("5", 5)),
    "uint8": (("255", 255), ("0", 0)),
    "int16": (("-1", 65535), ("255", 255), ("256", 256), ("0", 0)),
    "uint16": (("255", 255), ("256", 256)),
    "int32": (("-1", 1 << 31), ("255", 255), ("256", 256)),
    "uint32": (("255", 255), ("256", 256)),
    "int64": (("-1", 1 << 63), ("255", 255), ("256", 256), ("-300", 1 << 63)),
    "uint64": (("255", 255), ("256", 256)),
    "int": (("-1", 1 << 63), ("255", 255), ("256", 256), ("0", 0)),
    "uint": (("255", 255), ("256", 256)),
    "uintptr": (("255", 255), ("256", 256)),
    "rune": (("'a'", 97), ("'Ā'", 256)),
    "float32": (("0", 0), ("1", 1 << 30), ("float32(math.Copysign(0, -1))", 1 << 31)),
    "float64": (
        ("0", 0),
        ("1", 1 << 60),
        ("math.Copysign(0, -1)", 1 << 63),
        ("5e-324", 1),
        ("255", 1 << 62),
    ),
    "complex64": (("0", 0), ("1", 1 << 30)),
    "complex128": (("0", 0), ("1i", 1 << 60)),
    "time.Duration": (("0", 0), ("-1", 1 << 63), ("256", 256)),
    "reflect.Kind": (("0", 0), ("22", 22)),
    "Enum8": (("7", 7), ("255", 255)),
    "Enum": (("255", 255), ("256", 256)),
    "S1": (("S1{255}", 255), ("S1{256}", 256), ("S1{-1}", 1 << 63)),
    "S32": (("S32{255}", 255), ("S32{-1}", 1 << 31)),
    "S16x2": (("S16x2{1, 0}", 1), ("S16x2{0, 1}", 1 << 16)),
    "S32x2": (("S32x2{1, 0}", 1), ("S32x2{0, 1}", 1 << 32)),
    "SFloat": (("SFloat{0}", 0), ("SFloat{1}", 1 << 60)),
    "[1]int64": (("[1]int64{255}", 255), ("[1]int64{-1}", 1 << 63)),
    "[2]uint8": (("[2]uint8{1, 0}", 1), ("[2]uint8{0, 1}", 256)),
    "[4]uint8": (("[4]uint8{1}", 1),),
    "[1]uint8": (("[1]uint8{9}", 9),),
    "SBool": (("SBool{true}", 1),),
    "struct{}": (("struct{}{}", 0),),
    "[0]int": (("[0]int{}", 0),),
    "*int": (("nil", 0), ("new(int)", 1)),
    "map[int]int": (("nil", 0), ("map[int]int{}", 1)),
    "chan int": (("nil", 0),),
    "func()": (("nil", 0),),
    "SPtr": (("SPtr{}", 0),),
    "S2": (("S2{}", 0), ("S2{1, 2}", 1)),
    "S3p": (("S3p{}", 0),),
    "[200]int64": (("[200]int64{}", 0),),
    "string": (('""', 0), ("one", 1)),
    "Name": (('""', 0), ("Name(one)", 1)),
    "[1]string": (("[1]string{}", 0), ("[1]string{one}", 1)),
    "SString": (("SString{}", 0), ("SString{one}", 1)),
    "[]byte": (("nil", 0), ("[]byte{}", 1), ("[]byte{1}", 1)),
    "[]int": (("nil", 0), ("[]int{1}", 1)),
    "Ints": (("nil", 0), ("Ints{1}", 1)),
    "SSlice": (("SSlice{}", 0), ("SSlice{[]int{1}}", 1)),
}
DECLARATIONS = """
type Enum8 uint8
type Enum int
type S1 struct{ a int64 }
type S32 struct{ a int32 }
type S16x2 struct{ a, b int16 }
type S32x2 struct{ a, b int32 }
type SFloat struct{ f float64 }
type SBool struct{ b bool }
type SPtr struct{ p *int }
type S2 struct{ a, b int64 }
type S3p struct{ a int64; p *int; c int64 }
type Name string
type SString struct{ s string }
type Ints []int
type SSlice struct{ s []int }
type Bigger interface{ Big() int }
func (e Enum) Big() int { return int(e) }
func (e Enum8) Big() int { return int(e) }
func (e S2) Big() int { return int(e.a) }
func (e *S3p) Big() int { return int(e.a) }

var (
	sinkAny   any
	sinkAnys  []any
	sinkBig   Bigger
	sinkS     string
	sinkBytes []byte
	sinkInts  []int
	sinkRunes []rune
	sinkP     unsafe.Pointer
	sinkFunc  func() int
	sinkInt   int
	one       = strings.Repeat("x", 1)
	empty     = strings.Repeat("x", 0)
)

func str(n int) string { return strings.Repeat("x", n) }
func bs(n int) []byte  { return make([]byte, n) }
func runes(n int) []rune {
	made := make([]rune, n)
	for i := range made {
		made[i] = 'x'
	}
	return made
}

//go:noinline
func look(v any) {}

//go:noinline
func looks(v ...any) {}

//go:noinline
func keep(v any) { sinkAny = v }

//go:noinline
func keeps(v ...any) { sinkAnys = v }
"""


def _word(type_: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in type_)


def boxing() -> Iterator[Case]:
    """A value of every kind becomes an interface value that escapes, or that stays."""
    for type_, values in _SCALARS.items():
        given = inputs(
            *(
                (value, {"bits": bits, "empty": bits == 0, "nil": bits == 0})
                for value, bits in values
            )
        )
        word = _word(type_)
        yield Case(f"box_{word}", f"v {type_}", "sinkAny = v", given)
        yield Case(f"box_call_{word}", f"v {type_}", "keep(v)", given)
        yield Case(f"box_stays_{word}", f"v {type_}", "look(v)", given)
        yield Case(
            f"box_return_{word}",
            f"v {type_}",
            "sinkAny = ret_" + word + "(v)",
            given,
            decls=f"//go:noinline\nfunc ret_{word}(v {type_}) any {{ return v }}\n",
            also=(f"ret_{word}",),
        )
    for type_, value in (("Enum", "Enum(256)"), ("Enum8", "Enum8(255)"), ("S2", "S2{}")):
        yield Case(
            f"box_methods_{type_}", f"v {type_}", "sinkBig = v", inputs((value, {"bits": 256}))
        )
    yield Case("box_pointer_methods", "v *S3p", "sinkBig = v", inputs(("&S3p{}", {})))
    yield Case(
        "box_variadic",
        "n int, s string",
        "keeps(n, s)",
        inputs(
            ("256, one", {"bits": 256, "empty": False}), ("1, empty", {"bits": 1, "empty": True})
        ),
    )


def boxed_expressions() -> Iterator[Case]:
    """What the expression tells of its own value: bounds, or that it is never nil or empty."""
    yield Case(
        "box_masked", "v int", "sinkAny = v & 31", inputs(("300", {"bits": 12}), ("7", BELOW))
    )
    yield Case(
        "box_widened", "v uint8", "sinkAny = int(v)", inputs(("255", {"bits": 255}), ("0", BELOW))
    )
    yield Case(
        "box_kind",
        "v any",
        "sinkAny = reflect.ValueOf(v).Kind()",
        inputs(("1", {"bits": 2}), ("new(int)", {"bits": 22})),
    )
    yield Case(
        "box_len",
        "s string",
        "sinkAny = len(s)",
        inputs(("str(255)", {"bits": 255}), ("str(256)", {"bits": 256})),
    )
    yield Case("box_constant_small", "", "sinkAny = 5", inputs(("", {})))
    yield Case("box_constant_large", "", "sinkAny = 300", inputs(("", {})))
    yield Case("box_constant_string", "", 'sinkAny = "hello"', inputs(("", {})))
    yield Case("box_constant_float", "", "sinkAny = 1.5", inputs(("", {})))
    yield Case("box_constant_struct", "", "sinkAny = S2{1, 2}", inputs(("", {})))
    yield Case("box_named_constant", "", "const c = 1000\nsinkAny = c", inputs(("", {})))
    yield Case("box_literal", "v int64", "sinkAny = S2{v, 2}", inputs(("1", {})))
    yield Case("box_zero_struct", "", "var z S2\nsinkAny = z", inputs(("", {})))
    yield Case(
        "box_make",
        "n int",
        "sinkAny = make([]int, n)",
        inputs(("0", {"len": 0, "nil": False}), ("3", {"len": 3, "nil": False})),
    )
    yield Case("box_slice_literal", "n int", "sinkAny = []int{n}", inputs(("1", {"nil": False})))
    yield Case(
        "box_appended",
        "s []int",
        "sinkAny = append(s, 1)",
        inputs(
            ("nil", {"nil": False, "room": False, "need": 8}),
            ("make([]int, 0, 4)", {"nil": False, "room": True, "need": 8}),
        ),
    )
    yield Case(
        "box_bytes_of",
        "s string",
        "sinkAny = []byte(s)",
        inputs(("empty", {"nil": False, "len": 0}), ("str(9)", {"nil": False, "len": 9})),
    )
    yield Case(
        "box_concat",
        "s string",
        'sinkAny = s + "x"',
        inputs(
            ("empty", {"empty": False, "operands": 1, "len": 1, "buffered": False}),
            ("one", {"empty": False, "operands": 2, "len": 2, "buffered": False}),
        ),
    )
    yield Case(
        "box_concat_unknown",
        "s, t string",
        "sinkAny = s + t",
        inputs(
            ("empty, empty", {"empty": True, "operands": 0, "len": 0, "buffered": False}),
            ("one, one", {"empty": False, "operands": 2, "len": 2, "buffered": False}),
        ),
    )
    yield Case(
        "box_string_of",
        "b []byte",
        "sinkAny = string(b)",
        inputs(
            ("nil", {"empty": True, "len": 0}),
            ("bs(1)", {"empty": False, "len": 1}),
            ("bs(2)", {"empty": False, "len": 2}),
        ),
    )
    yield Case(
        "sprintf_two",
        "n int, s string",
        "sinkS = fmt.Sprint(n, s)",
        inputs(
            ("5, one", {"bits": 5, "empty": False}), ("900, one", {"bits": 900, "empty": False})
        ),
        several=True,
    )


# Element types with their sizes.
_ELEMENTS = (
    ("byte", 1),
    ("int", 8),
    ("string", 16),
    ("struct{}", 0),
    ("[40]byte", 40),
    ("*int", 8),
)


def makes() -> Iterator[Case]:
    for element, size in _ELEMENTS:
        word = _word(element)

        def given(*counts: int, size: int = size) -> tuple[Input, ...]:
            return inputs(*((str(n), {"len": n, "cap": n, "need": n * size}) for n in counts))

        counts = (0, 1, 2, 3, 4, 5, 32, 33, 300)
        sink = f"var sink_{word} []{element}\n"
        yield Case(
            f"make_{word}", "n int", f"sink_{word} = make([]{element}, n)", given(*counts), sink
        )
        yield Case(
            f"make_stays_{word}",
            "n int",
            f"s := make([]{element}, n)\nsinkInt = len(s)\nfor range s {{\n\tsinkInt++\n}}\n"
            f"look_{word}(s)",
            given(*counts),
            decls=f"//go:noinline\nfunc look_{word}(s []{element}) {{ sinkInt += len(s) }}\n",
        )
        yield Case(
            f"make_cap_{word}",
            "n int",
            f"sinkc_{word} = make([]{element}, 0, n)",
            given(*counts),
            f"var sinkc_{word} []{element}\n",
        )
        yield Case(
            f"make_cap_stays_{word}",
            "n int",
            f"s := make([]{element}, 0, n)\nlook_{word}(s)",
            given(*counts),
        )
        yield Case(
            f"make_constant_{word}",
            "",
            f"sinkk_{word} = make([]{element}, 5)",
            inputs(("", {})),
            f"var sinkk_{word} []{element}\n",
        )
        yield Case(
            f"make_constant_cap_{word}",
            "n int",
            f"sinkq_{word} = make([]{element}, n, 7)",
            inputs(("0", {"len": 0, "cap": 7}), ("3", {"len": 3, "cap": 7})),
            f"var sinkq_{word} []{element}\n",
        )
        yield Case(
            f"make_constant_zero_{word}",
            "",
            f"sinkz_{word} = make([]{element}, 0)",
            inputs(("", {"len": 0, "cap": 0})),
            f"var sinkz_{word} []{element}\n",
        )
    yield Case(
        "make_int64",
        "n int64",
        "sinkInts = make([]int, n)",
        inputs(("0", {"len": 0, "cap": 0, "need": 0}), ("2", {"len": 2, "cap": 2, "need": 16})),
    )
    yield Case(
        "make_copy",
        "s string",
        "b := make([]byte, len(s))\ncopy(b, s)\nsinkBytes = b",
        inputs(
            ("empty", {"len": 0, "need": 0, "cap": 0}),
            ("str(5)", {"len": 5, "need": 5, "cap": 5}),
            ("str(50)", {"len": 50, "need": 50, "cap": 50}),
        ),
    )
    yield Case(
        "make_copy_bytes",
        "s []byte",
        "b := make([]byte, len(s))\ncopy(b, s)\nsinkBytes = b",
        inputs(
            ("nil", {"len": 0, "need": 0, "cap": 0}),
            ("bs(5)", {"len": 5, "need": 5, "cap": 5}),
            ("bs(50)", {"len": 50, "need": 50, "cap": 50}),
        ),
    )
    yield Case(
        "make_copy_other",
        "s []byte, n int",
        "b := make([]byte, n)\ncopy(b, s)\nsinkBytes = b",
        inputs(
            ("nil, 0", {"len": 0, "need": 0, "cap": 0}),
            ("bs(5), 9", {"len": 9, "need": 9, "cap": 9}),
        ),
    )
    yield Case(
        "make_copy_pointers",
        "s []string",
        "b := make([]string, len(s))\ncopy(b, s)\nsinkStrings = b",
        inputs(
            ("nil", {"len": 0, "need": 0, "cap": 0}),
            ("make([]string, 3)", {"len": 3, "need": 48, "cap": 3}),
        ),
        decls="var sinkStrings []string\n",
    )
    yield Case(
        "make_too_large",
        "",
        "s := make([]byte, 100000)\nsinkInt = len(s)\ns[sinkInt%7] = 1\nsinkInt += int(s[3])",
        inputs(("", {})),
    )
    yield Case(
        "make_chan",
        "",
        "c := make(chan int)\nsinkP = *(*unsafe.Pointer)(unsafe.Pointer(&c))",
        inputs(("", {})),
    )
    yield Case(
        "make_chan_n",
        "n int",
        "c := make(chan int, n)\nsinkP = *(*unsafe.Pointer)(unsafe.Pointer(&c))",
        inputs(("0", {}), ("5", {})),
    )
    yield Case(
        "make_chan_pointers",
        "n int",
        "c := make(chan []string, n)\nsinkP = *(*unsafe.Pointer)(unsafe.Pointer(&c))",
        inputs(("0", {}), ("5", {})),
        several=True,
    )


def objects() -> Iterator[Case]:
    for type_, literal in (
        ("int", ""),
        ("byte", ""),
        ("string", ""),
        ("struct{}", "struct{}{}"),
        ("[0]string", ""),
        ("S2", "S2{1, 2}"),
        ("S3p", "S3p{}"),
        ("[100]int64", "[100]int64{}"),
        ("[5]byte", "[5]byte{}"),
        ("bool", ""),
        ("int16", ""),
        ("*int", ""),
    ):
        word = _word(type_)
        yield Case(f"new_{word}", "", f"sinkP = unsafe.Pointer(new({type_}))", inputs(("", {})))
        yield Case(
            f"moved_{word}", "", f"var v {type_}\nsinkP = unsafe.Pointer(&v)", inputs(("", {}))
        )
        if literal:
            yield Case(
                f"literal_{word}", "", f"sinkP = unsafe.Pointer(&{literal})", inputs(("", {}))
            )
    yield Case(
        "new_two",
        "",
        "sinkP = unsafe.Pointer(new(int32))\nsinkAny = unsafe.Pointer(new(int64))",
        inputs(("", {})),
    )
    yield Case(
        "moved_three",
        "a, b, c int",
        "p1, p2, p3 = &a, &b, &c",
        inputs(("1, 2, 3", {})),
        "var p1, p2, p3 *int\n",
    )
    yield Case("slice_literal", "n int", "sinkInts = []int{n, 2, 3}", inputs(("1", {})))
    yield Case("slice_literal_empty", "", "sinkInts = []int{}", inputs(("", {})))
    yield Case("slice_literal_constant", "", "sinkInts = []int{1, 2, 3}", inputs(("", {})))
    yield Case(
        "slice_literal_stays",
        "n int",
        "s := []int{n, 2}\nfor _, v := range s {\n\tsinkInt += v\n}",
        inputs(("1", {})),
    )
    yield Case(
        "pointer_slice",
        "n int64",
        "sinkPS = []*S2{{n, 1}, {n, 2}}",
        inputs(("1", {})),
        "var sinkPS []*S2\n",
    )
    yield Case(
        "nested_literal",
        "n int64",
        "sinkOuter = &Outer{in: &S2{n, n}}",
        inputs(("1", {})),
        "type Outer struct{ in *S2 }\nvar sinkOuter *Outer\n",
    )


_BUF = {"buffered": True}


def conversions() -> Iterator[Case]:
    lengths = (0, 1, 2, 3, 29, 30, 31, 32, 33, 100)

    def of(maker: str, **facts: Fact) -> tuple[Input, ...]:
        return inputs(*((f"{maker}({n})", {"len": n, **facts}) for n in lengths))

    yield Case("string_of_bytes", "b []byte", "sinkS = string(b)", of("bs"))
    yield Case(
        "string_of_bytes_stays",
        "b []byte",
        "s := string(b)\nb = nil\nsinkInt = lookS(s)",
        of("bs"),
        "//go:noinline\nfunc lookS(s string) int { return len(s) }\n",
    )
    yield Case(
        "string_of_bytes_compare", "b []byte", 'if string(b) == "hello" {\n\tsinkInt++\n}', of("bs")
    )
    yield Case(
        "string_of_bytes_lookup",
        "b []byte",
        "sinkInt = strMap[string(b)]",
        of("bs"),
        "var strMap = map[string]int{}\n",
    )
    yield Case("bytes_of_string", "s string", "sinkBytes = []byte(s)", of("str"))
    yield Case(
        "bytes_of_string_stays",
        "s string",
        "b := []byte(s)\nchange(b)",
        of("str"),
        "//go:noinline\nfunc change(b []byte) {\n\tfor i := range b {\n\t\tb[i]++\n\t}\n}\n",
    )
    yield Case(
        "bytes_of_string_range",
        "s string",
        "for _, c := range []byte(s) {\n\tsinkInt += int(c)\n}",
        of("str"),
    )
    yield Case("bytes_of_constant", "", 'sinkBytes = []byte("hello")', inputs(("", {})))
    yield Case("bytes_of_empty_constant", "", 'sinkBytes = []byte("")', inputs(("", {})))
    yield Case(
        "bytes_of_constant_long",
        "",
        'sinkBytes = []byte("hello, this is a longer constant than 32 bytes")',
        inputs(("", {})),
    )
    yield Case(
        "bytes_of_constant_stays",
        "",
        'b := []byte("hello, this is a longer constant than 32 bytes")\nchange(b)',
        inputs(("", {})),
    )
    yield Case("bytes_of_constant_boxed", "", 'keep([]byte("hello"))', inputs(("", {"nil": False})))
    yield Case(
        "bytes_of_named_constant",
        "",
        "sinkBytes = []byte(greeting)",
        inputs(("", {})),
        'const greeting = "hi there"\n',
    )
    yield Case("string_of_runes", "r []rune", "sinkS = string(r)", of("runes"))
    yield Case(
        "string_of_runes_stays", "r []rune", "s := string(r)\nsinkInt = lookS(s)", of("runes")
    )
    yield Case("runes_of_string", "s string", "sinkRunes = []rune(s)", of("str"))
    yield Case(
        "runes_of_string_stays",
        "s string",
        "r := []rune(s)\nchangeR(r)",
        of("str"),
        "//go:noinline\nfunc changeR(b []rune) {\n\tfor i := range b {\n\t\tb[i]++\n\t}\n}\n",
    )
    yield Case(
        "string_of_rune",
        "r rune",
        "sinkS = string(r)",
        inputs(("'a'", {"len": 1}), ("'é'", {"len": 2}), ("0", {"len": 1})),
    )
    yield Case(
        "string_of_rune_stays",
        "r rune",
        "s := string(r)\nsinkInt = lookS(s)",
        inputs(("'a'", {"len": 1}), ("'é'", {"len": 2})),
    )
    yield Case("string_of_byte", "r byte", "sinkS = string(rune(r))", inputs(("'a'", {"len": 1})))
    yield Case(
        "named_bytes", "s string", "sinkNB = NB(s)", of("str"), "type NB []byte\nvar sinkNB NB\n"
    )


def concats() -> Iterator[Case]:
    pairs = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 40), (16, 16), (16, 17), (20, 20))

    def two(**facts: Fact) -> tuple[Input, ...]:
        return inputs(
            *(
                (
                    f"str({a}), str({b})",
                    {"operands": (a > 0) + (b > 0), "len": a + b, "onstack": False, **facts},
                )
                for a, b in pairs
            )
        )

    yield Case("concat", "a, b string", "sinkS = a + b", two())
    yield Case("concat_stays", "a, b string", "sinkInt = lookS(a + b)", two())
    yield Case("concat_bytes", "a, b string", "sinkBytes = []byte(a + b)", two())
    yield Case("concat_bytes_stays", "a, b string", "c := []byte(a + b)\nchange(c)", two())
    yield Case("concat_assign", "a, b string", "a += b\nsinkS = a", two())
    for n in (3, 4, 5, 6, 7):
        names = [f"a{i}" for i in range(n)]
        given = inputs(
            *(
                (
                    ", ".join([f"str({size})"] * k + ["empty"] * (n - k)),
                    {"operands": k if size else 0, "len": size * k, "onstack": False},
                )
                for k, size in ((0, 0), (1, 5), (2, 5), (2, 17), (n, 9))
            )
        )
        yield Case(
            f"concat_{n}", f"{', '.join(names)} string", f"sinkS = {' + '.join(names)}", given
        )
        yield Case(
            f"concat_{n}_stays",
            f"{', '.join(names)} string",
            f"sinkInt = lookS({' + '.join(names)})",
            given,
        )
    one = inputs(
        *(
            (f"str({n})", {"operands": 1 + (n > 0), "len": n + 3, "onstack": False})
            for n in (0, 1, 29, 30, 40)
        )
    )
    yield Case("concat_literal", "a string", 'sinkS = a + "abc"', one)
    yield Case("concat_literal_stays", "a string", 'sinkInt = lookS(a + "abc")', one)
    yield Case(
        "concat_two_literals",
        "a string",
        'sinkS = "ab" + a + "c"',
        inputs(
            *(
                (f"str({n})", {"operands": 2 + (n > 0), "len": n + 3, "onstack": False})
                for n in (0, 1, 40)
            )
        ),
    )
    long = '"0123456789012345678901234567890123456789"'
    yield Case(
        "concat_long_literal_stays",
        "a string",
        f"sinkInt = lookS(a + {long})",
        inputs(
            *(
                (f"str({n})", {"operands": 1 + (n > 0), "len": n + 40, "onstack": False})
                for n in (0, 1, 40)
            )
        ),
    )
    yield Case(
        "concat_of_converted",
        "b []byte, e string",
        "t := string(b)\nsinkS = t + e",
        inputs(
            ("bs(5), empty", {"operands": 1, "len": 5, "onstack": True}),
            ("bs(5), one", {"operands": 2, "len": 6, "onstack": True}),
            ("bs(0), one", {"operands": 1, "len": 1, "onstack": False}),
            ("bs(0), empty", {"operands": 0, "len": 0, "onstack": False}),
        ),
    )
    yield Case("concat_constants", "", 'sinkS = "a" + "b"', inputs(("", {})))


def appends() -> Iterator[Case]:
    for element, size in (
        ("byte", 1),
        ("int", 8),
        ("string", 16),
        ("[40]byte", 40),
        ("struct{}", 0),
    ):
        word = _word(element)
        zero = {
            "byte": "1",
            "int": "2",
            "string": '"x"',
            "[40]byte": "[40]byte{}",
            "struct{}": "struct{}{}",
        }[element]
        slices = inputs(
            ("nil", {"room": False, "need": size}),
            (f"make([]{element}, 0, 4)", {"room": True, "need": size}),
            (f"make([]{element}, 4)", {"room": False, "need": 5 * size}),
            (f"make([]{element}, 40)", {"room": False, "need": 41 * size}),
        )
        yield Case(
            f"append_{word}",
            f"s []{element}",
            f"sinka_{word} = append(s, {zero})",
            slices,
            f"var sinka_{word} []{element}\n",
        )
        yield Case(
            f"append_stays_{word}",
            f"s []{element}",
            f"s = append(s, {zero})\nlooka_{word}(s)",
            slices,
            f"//go:noinline\nfunc looka_{word}(s []{element}) {{ sinkInt += len(s) }}\n",
        )
        counts = (0, 1, 4, 5, 32, 33)
        yield Case(
            f"append_nil_{word}",
            "n int",
            f"var s []{element}\nfor i := 0; i < n; i++ {{\n\ts = append(s, {zero})\n}}\nlooka_{word}(s)",
            inputs(
                *(
                    (
                        str(n),
                        {"turns": n, "room": n == 0, "need": n * size, "buffer": True, "len": n},
                    )
                    for n in counts
                )
            ),
            several=True,
        )
        yield Case(
            f"append_return_{word}",
            "n int",
            f"var s []{element}\nfor i := 0; i < n; i++ {{\n\ts = append(s, {zero})\n}}\nsinkb_{word} = s",
            inputs(
                *(
                    (
                        str(n),
                        {"turns": n, "room": n == 0, "need": n * size, "buffer": True, "len": n},
                    )
                    for n in counts
                )
            ),
            several=True,
            decls=f"var sinkb_{word} []{element}\n",
        )
        yield Case(
            f"append_once_{word}",
            "",
            f"var s []{element}\ns = append(s, {zero})\nlooka_{word}(s)",
            inputs(("", {"room": False, "need": size, "buffer": True})),
        )
        yield Case(
            f"append_made_{word}",
            "n int",
            f"s := make([]{element}, 0, n)\ns = append(s, {zero})\nlooka_{word}(s)",
            inputs(
                *(
                    (
                        str(n),
                        {
                            "room": n > 0,
                            "need": (n or 1) * size,
                            "cap": n,
                            "buffer": False,
                            "len": n,
                            "needc": n * size,
                        },
                    )
                    for n in (0, 1, 40)
                )
            ),
            several=True,
        )
        yield Case(
            f"append_spread_{word}",
            f"s, t []{element}",
            f"sinkd_{word} = append(s, t...)",
            inputs(
                ("nil, nil", {"room": True, "need": 0}),
                (f"nil, make([]{element}, 3)", {"room": False, "need": 3 * size}),
                (
                    f"make([]{element}, 0, 8), make([]{element}, 3)",
                    {"room": True, "need": 3 * size},
                ),
            ),
            f"var sinkd_{word} []{element}\n",
        )
    yield Case(
        "append_string_to_bytes",
        "s string",
        "sinkBytes = append([]byte(nil), s...)",
        inputs(
            ("empty", {"room": True, "need": 0, "len": 0}),
            ("str(5)", {"room": False, "need": 5, "len": 5}),
        ),
    )
    yield Case(
        "append_zero_made",
        "b []byte, n int",
        "sinkBytes = append(b, make([]byte, n)...)",
        inputs(
            ("nil, 0", {"room": True, "need": 0}),
            ("nil, 5", {"room": False, "need": 5}),
            ("make([]byte, 0, 10), 5", {"room": True, "need": 5}),
        ),
    )
    yield Case(
        "append_to_literal",
        "n int",
        "sinkInts = append([]int{1, 2}, n)",
        inputs(("1", {"room": False, "need": 24})),
    )


def maps() -> Iterator[Case]:
    yield Case(
        "map_make",
        "",
        "sinkMap = make(map[string]int)",
        inputs(("", {})),
        "var sinkMap map[string]int\n",
    )
    yield Case(
        "map_make_stays",
        "",
        "m := make(map[string]int)\nsinkInt = len(m)\nlookM(m)",
        inputs(("", {})),
        "//go:noinline\nfunc lookM(m map[string]int) { sinkInt += len(m) }\n",
    )
    sizes = inputs(*((str(n), {"hint": n}) for n in (0, 1, 8, 9, 100)))
    yield Case("map_make_n", "n int", "sinkMap = make(map[string]int, n)", sizes, several=True)
    yield Case(
        "map_make_n_stays", "n int", "m := make(map[string]int, n)\nlookM(m)", sizes, several=True
    )
    for n in (4, 8, 9, 100):
        yield Case(
            f"map_make_{n}",
            "",
            f"sinkMap = make(map[string]int, {n})",
            inputs(("", {"hint": n})),
            several=True,
        )
        yield Case(
            f"map_make_{n}_stays",
            "",
            f"m := make(map[string]int, {n})\nlookM(m)",
            inputs(("", {"hint": n})),
            several=True,
        )
    yield Case(
        "map_literal",
        "k string",
        'sinkMap = map[string]int{k: 1, "b": 2}',
        inputs(("one", {"grows": True})),
        several=True,
    )
    yield Case("map_literal_empty", "", "sinkMap = map[string]int{}", inputs(("", {})))
    yield Case(
        "map_literal_stays",
        "k string",
        'm := map[string]int{k: 1, "b": 2}\nlookM(m)',
        inputs(("one", {"grows": False})),
        several=True,
    )
    pairs = ", ".join(f'"k{i}": {i}' for i in range(30))
    yield Case(
        "map_literal_large",
        "",
        f"sinkMap = map[string]int{{{pairs}}}",
        inputs(("", {"grows": True, "hint": 30})),
        several=True,
    )
    for key, value, name in (
        ("string", "int", "plain"),
        ("int", "[16]int64", "elem128"),
        ("int", "[17]int64", "elem136"),
        ("int", "[25]int64", "elem200"),
        ("[17]int64", "int", "key136"),
        ("[16]int64", "int", "key128"),
        ("[17]int64", "[17]int64", "both136"),
        ("int32", "int8", "fast32"),
        ("*int", "string", "pointer"),
        ("any", "int", "iface"),
    ):
        of_key = {
            "string": "one",
            "int": "n",
            "int32": "int32(n)",
            "*int": "&keyAt[n]",
            "any": "n",
            "[17]int64": "[17]int64{int64(n)}",
            "[16]int64": "[16]int64{int64(n)}",
        }[key]
        zero = {"int": "1", "int8": "1", "string": '"v"'}.get(value, f"{value}{{}}")
        fresh = f"m := make(map[{key}]{value}, 100); keep(m)"
        present = f"{fresh}; {{ n := 3; _ = n; m[{of_key}] = {zero} }}"
        yield Case(
            f"map_insert_{name}",
            f"m map[{key}]{value}, n int",
            f"m[{of_key}] = {zero}",
            (
                Input("m, 3", {"grows": False, "new": True, "boxed": False, "bits": 3}, fresh),
                Input("m, 3", {"grows": False, "new": False, "bits": 3}, present),
                Input(
                    "m, 3", {"grows": True, "new": True, "bits": 3}, f"m := make(map[{key}]{value}); keep(m)"
                ),
            ),
            decls="var keyAt [10]int\n" if name == "pointer" else "",
            several=True,
        )
    yield Case(
        "map_increment",
        "m map[string]int, k string",
        "m[k]++",
        (
            Input("m, one", {"grows": False, "new": True}, "m := make(map[string]int, 100); keep(m)"),
            Input("m, one", {"grows": True, "new": True}, "m := make(map[string]int); keep(m)"),
        ),
        several=True,
    )


_COUNT = {"pooled": True}


def control() -> Iterator[Case]:
    yield Case(
        "branch",
        "b bool",
        "if b {\n\tsinkP = unsafe.Pointer(new(int))\n}",
        inputs(("true", {"reached": True}), ("false", {"reached": False})),
    )
    yield Case(
        "branch_else",
        "b bool",
        "if b {\n\tsinkInt++\n} else {\n\tsinkP = unsafe.Pointer(new(int))\n}",
        inputs(("false", {"reached": True}), ("true", {"reached": False})),
    )
    yield Case(
        "short_circuit",
        "b bool, s, t string",
        "if b && lookS(s+t) > 0 {\n\tsinkInt++\n}",
        inputs(
            ("true, str(20), str(20)", {"left": True, "operands": 2, "len": 40, "onstack": False}),
            (
                "false, str(20), str(20)",
                {"left": False, "operands": 2, "len": 40, "onstack": False},
            ),
        ),
    )
    yield Case(
        "short_circuit_new",
        "b bool",
        "if b && fresh(new(int)) {\n\tsinkInt++\n}",
        inputs(("true", {"left": True}), ("false", {"left": False})),
        "//go:noinline\nfunc fresh(p *int) bool { sinkP = unsafe.Pointer(p); return true }\n",
    )
    yield Case(
        "errorf_constant",
        "",
        'sinkAny = fmt.Errorf("plain")',
        inputs(("", {})),
        several=True,
    )
    yield Case(
        "errorf_verbs",
        "n int",
        'sinkAny = fmt.Errorf("number %d", n)',
        inputs(("5", {"elsewhere": True, "bits": 5}), ("500", {"elsewhere": True, "bits": 500})),
        several=True,
    )
    yield Case(
        "errorf_wrap",
        "e error",
        'sinkAny = fmt.Errorf("no: %w", e)',
        inputs(("io.EOF", {"elsewhere": True})),
        several=True,
    )
    yield Case("errors_new", "", 'sinkAny = errors.New("plain")', inputs(("", {})))
    yield Case(
        "defer_loop",
        "n int",
        "for i := 0; i < n; i++ {\n\tdefer nothing()\n}",
        inputs(("0", {"turns": 0, "pooled": True}), ("2", {"turns": 2, "pooled": True})),
        "//go:noinline\nfunc nothing() {}\n",
        several=True,
    )
    yield Case(
        "defer_range_func",
        "n int",
        "for range upTo(n) {\n\tdefer nothing()\n}",
        inputs(("0", {"turns": 0, "pooled": True}), ("2", {"turns": 2, "pooled": True})),
        "//go:noinline\nfunc upTo(n int) func(func(int) bool) {\n\treturn upToN[n]\n}\n"
        "var upToN = [3]func(func(int) bool){func(y func(int) bool) {}, nil, func(y func(int) bool) {\n\ty(0)\n\ty(1)\n}}\n",
        since="1.24",
        several=True,
    )
    yield Case(
        "range_func",
        "n int",
        "for i := range upTo(n) {\n\tsinkInt += i\n}",
        inputs(("0", {"turns": 0}), ("2", {"turns": 2})),
        since="1.24",
    )
    yield Case(
        "switch",
        "n int",
        "switch n {\ncase 1:\n\tsinkInt++\ncase 2:\n\tsinkP = unsafe.Pointer(new(int))\n}",
        inputs(("2", {"reached": True}), ("3", {"reached": False})),
    )
    yield Case(
        "return_first",
        "n int",
        "if n > 3 {\n\treturn\n}\nsinkP = unsafe.Pointer(new(int))",
        inputs(("1", {"reached": True}), ("5", {"reached": False})),
    )


def closures() -> Iterator[Case]:
    yield Case("closure", "n int", "sinkFunc = func() int { return n }", inputs(("1", {})))
    yield Case(
        "closure_by_reference",
        "n int",
        "sinkFunc = func() int { n++; return n }",
        inputs(("1", {})),
    )
    yield Case("closure_static", "", "sinkFunc = func() int { return 1 }", inputs(("", {})))
    yield Case(
        "closure_stays",
        "n int",
        "run(func() int { return n })",
        inputs(("1", {})),
        "//go:noinline\nfunc run(f func() int) { sinkInt += f() }\n",
    )
    yield Case("method_value", "e Enum", "sinkFunc = e.Big", inputs(("1", {})))
    yield Case("method_value_pointer", "e *S3p", "sinkFunc = e.Big", inputs(("&S3p{}", {})))
    yield Case(
        "closure_byte", "b byte", "sinkFunc = func() int { return int(b) }", inputs(("1", {}))
    )
    yield Case(
        "closure_two",
        "a, b int",
        "sinkFunc = func() int { return a }\nsinkFunc = func() int { return b }",
        inputs(("1, 2", {})),
    )


def inlined() -> Iterator[Case]:
    yield Case(
        "inlined_same",
        "n int64",
        "sinkInt = int(newT(n).x)",
        inputs(("1", {})),
        "type T struct{ x, y int64 }\nfunc newT(n int64) *T { return &T{x: n} }\n",
        also=("newT",),
    )
    yield Case(
        "inlined_same_kept",
        "n int64",
        "sinkP = unsafe.Pointer(newT(n))",
        inputs(("1", {})),
        also=("newT",),
    )
    yield Case(
        "inlined_other",
        "n int64",
        "sinkInt = int(lib.New(n).X)",
        inputs(("1", {})),
        lib="type T struct{ X, Y int64 }\nfunc New(n int64) *T { return &T{X: n} }\n",
        also=("lib.New",),
    )
    yield Case(
        "inlined_other_kept",
        "n int64",
        "sinkP = unsafe.Pointer(lib.New(n))",
        inputs(("1", {})),
        also=("lib.New",),
    )
    yield Case(
        "inlined_branch_true",
        "n int",
        "sinkBytes = grown(nil, n)",
        inputs(("5", {"len": 5, "need": 5, "cap": 5, "reached": True})),
        "func grown(b []byte, n int) []byte {\n\tif b == nil {\n\t\tb = make([]byte, n)\n\t}\n\treturn b\n}\n",
        also=("grown",),
    )
    yield Case(
        "inlined_branch",
        "b []byte, n int",
        "sinkBytes = grown(b, n)",
        inputs(
            ("nil, 5", {"len": 5, "need": 5, "cap": 5, "reached": True}),
            ("bs(1), 5", {"len": 5, "need": 5, "cap": 5, "reached": False}),
        ),
        also=("grown",),
    )
    yield Case(
        "inlined_exit",
        "w *S3p, b []byte",
        "sinkW.reset(w, b)",
        inputs(
            ("nil, nil", {"reached": True}),
            ("nil, bs(1)", {"reached": False}),
            ("&sinkW.s, nil", {"reached": False}),
        ),
        "type writer struct{ s S3p; buf []byte }\nvar sinkW writer\n"
        "func (w *writer) reset(o *S3p, b []byte) {\n\tif o == &w.s {\n\t\treturn\n\t}\n\tif b == nil {\n\t\tw.buf = make([]byte, 4096)\n\t}\n}\n",
        also=("(*writer).reset",),
    )


def generics() -> Iterator[Case]:
    yield Case(
        "generic_box_int",
        "v int",
        "box(v)",
        inputs(("255", {"bits": 255}), ("256", {"bits": 256})),
        "//go:noinline\nfunc box[T any](v T) { sinkAny = v }\n",
        also=("box[...]",),
    )
    yield Case(
        "generic_box_string",
        "v string",
        "boxS(v)",
        inputs(("empty", {"empty": True}), ("one", {"empty": False})),
        "//go:noinline\nfunc boxS[T any](v T) { sinkAny = v }\n",
        also=("boxS[...]",),
    )
    yield Case(
        "generic_box_struct",
        "v S2",
        "box2(v)",
        inputs(("S2{}", {})),
        "//go:noinline\nfunc box2[T any](v T) { sinkAny = v }\n",
        also=("box2[...]",),
    )
    yield Case(
        "generic_new",
        "",
        "sinkP = fresh2[S2]()",
        inputs(("", {})),
        "//go:noinline\nfunc fresh2[T any]() unsafe.Pointer { return unsafe.Pointer(new(T)) }\n",
        also=("fresh2[...]",),
    )
    yield Case(
        "generic_make",
        "n int",
        "makeOf[int](n)",
        inputs(("0", {"len": 0, "cap": 0, "need": 0}), ("3", {"len": 3, "cap": 3, "need": 24})),
        "//go:noinline\nfunc makeOf[T any](n int) { sinkAny2 = make([]T, n) }\nvar sinkAny2 any\n",
        several=True,
        also=("makeOf[...]",),
    )
