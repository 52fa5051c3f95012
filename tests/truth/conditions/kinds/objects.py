"""new, literals, moved variables, maps, closures."""

from __future__ import annotations

from collections.abc import Iterator

from tests.truth.conditions.case import Case, Input, inputs
from tests.truth.conditions.kinds.declarations import word as _word


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
    for count in (1, 8, 9, 20):
        listed = ", ".join(f"n + {i}: {i}" for i in range(count))
        facts = {"grows": True, "hint": count, "new": True}
        yield Case(
            f"map_literal_of_{count}", "n int", f"sinkAny = map[int]int{{{listed}}}",
            inputs(("1", facts), ("500", facts)), several=count > 8,
        )  # fmt: skip
        yield Case(
            f"map_literal_of_{count}_stays", "n int",
            f"m := map[int]int{{{listed}}}\nsinkInt = m[n]",
            inputs(("1", {**facts, "grows": False})), several=count > 8,
        )  # fmt: skip
    # Inlined, the compiler speaks of it where the outermost call stands.
    for name, used in (("leaves", "sinkInts2 = %s"), ("stays", "sinkInt += len(%s)")):
        filled = used % "map[int]int{n: 1}"
        yield Case(
            within := f"map_literal_within_{name}", "n int",
            f"func() {{\n\tfunc() {{\n\t\t{filled}\n\t}}()\n\tsinkInt++\n}}()",
            inputs(("1", {})), also=(f"F_{within}.F_{within}",),
        )  # fmt: skip
        yield Case(
            f"map_literal_inlined_{name}", "n int", used % "newM(n)",
            inputs(("1", {"grows": None})),
            "" if name == "stays" else "func newM(n int) map[int]int {\n\treturn map[int]int{n: 1}"
            "\n}\nvar sinkInts2 map[int]int\n",
            also=("newM",),
        )  # fmt: skip
    yield Case(
        "map_literal_of_boxes",
        "v int64, s string",
        'sinkAny = map[string]any{"a": v, s: 2}',
        inputs(
            ('1, "b"', {"bits": 1, "grows": True}),
            ('300, "b"', {"bits": 300, "grows": True}),
            ('300, "a"', {"bits": 300, "grows": True}),
        ),
    )
    yield Case(
        "map_literal_of_large_elements",
        "n int",
        "sinkAny = map[int][25]int64{n: {}, n + 1: {}}",
        inputs(("1", {"grows": True, "new": True})),
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
                    "m, 3",
                    {"grows": True, "new": True, "bits": 3},
                    f"m := make(map[{key}]{value}); keep(m)",
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
            Input(
                "m, one", {"grows": False, "new": True}, "m := make(map[string]int, 100); keep(m)"
            ),
            Input("m, one", {"grows": True, "new": True}, "m := make(map[string]int); keep(m)"),
        ),
        several=True,
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
