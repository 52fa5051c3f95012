"""Values that become interface values."""

from __future__ import annotations

from collections.abc import Iterator

from tests.truth.conditions.case import Case, inputs
from tests.truth.conditions.kinds.declarations import word as _word

BELOW, ABOVE = {"bits": 1}, {"bits": 1 << 60}


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
    yield Case(
        "box_kind_of_type",
        "v any",
        'sinkAny = keeps2(reflect.TypeOf(v).Kind(), "x")',
        inputs(("1", {"bits": 2}), ("new(int)", {"bits": 22})),
        decls="//go:noinline\nfunc keeps2(v any, _ string) any { return v }",
    )
    yield from _slices_never_nil()
    yield from _cut()
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


def _slices_never_nil() -> Iterator[Case]:
    """Slices that are surely none that is nil, and their look-alikes."""
    surely = {
        "named": "sinkAny = Ints{}",
        "local": "x := make([]int, 0, 2)\nfor i := range n {\n\tx = append(x, i)\n}\nsinkAny = x",
        "cut": "x := []int{1}\nx = x[:0]\nsinkAny = x",
        "grouped": "var (\n\tx = make([]any, 0, 2)\n\tm = n\n)\n_ = m\nsinkAny = x",
        "of_another": "x := make([]int, n+1)\ny := x[1:]\nsinkAny = append(y, x...)",
        "parentheses": "x := ([]int{n})\nsinkAny = (x)",
    }
    for name, body in surely.items():
        facts = {"nil": False, "room": True, "need": 0, "len": 3}
        yield Case(f"box_never_nil_{name}", "n int", body, inputs(("2", facts)), several=True)
    may = {
        "zero": "var x []int\nsinkAny = x",
        "set": "x := []int{1}\nif n > 1 {\n\tx = s\n}\nsinkAny = x",
        "closure": "x := []int{1}\nfunc() { x = s }()\nsinkAny = x",
        "two": "x := []int{1}\nx, n = s, 3\nsinkAny = x",
        "ranged": "x := []int{1}\nfor _, x = range [][]int{s} {\n}\nsinkAny = x",
        "method": "x := Unset{1}\nx.unset()\nsinkAny = x",
        "shadowed": "x := []int{1}\n{\n\tx := s\n\tsinkAny = x\n}\n_ = x",
        "converted": "sinkAny = []int(Ints(s))",
    }
    for name, body in may.items():
        yield Case(
            f"box_may_be_nil_{name}",
            "n int, s []int",
            body,
            inputs(("2, nil", {"nil": True})),
            decls="type Unset []int\n\n//go:noinline\nfunc (u *Unset) unset() { *u = nil }"
            if name == "method"
            else "",
            several=True,
        )


def _cut() -> Iterator[Case]:
    """Strings and slices with bounds that are written there."""
    for name, cut, length in (
        *(("prefix", "s[:2]", 2), ("window", "(s[0x1:3])", 2), ("none", "s[:0]", 0)),
        *(("of_converted", "string(b[:3])", 3), ("of_runes", "string(r[:1])", 1)),
        *(("by_function", "beginningOf(s[:3])", 0), ("empty_window", "s[3:3]", 0)),
    ):
        known = inputs(("str(9), bs(9), make([]rune, 3)", {"empty": length == 0, "len": length}))
        declared = "//go:noinline\nfunc beginningOf(s string) string { return s[:0] }\n"
        declared = declared if name == "by_function" else ""
        yield Case(
            f"box_{name}", "s string, b []byte, r []rune", f"sinkAny = {cut}", known, declared
        )
    yield Case("box_rest", "s string", "sinkAny = s[1:]", inputs(("one", {"empty": True})))
    for name, cut in (("slice_prefix", "s[:1]"), ("slice_rest", "s[1:]"), ("slice_none", "s[:0]")):
        given = inputs(("make([]int, 1)", {"nil": False}))
        yield Case(f"box_{name}", "s []int", f"sinkAny = {cut}", given)
    yield Case("box_slice_of_nil", "s []int", "sinkAny = s[:0]", inputs(("nil", {"nil": True})))
