"""make and append."""
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Iterator

from tests.truth.conditions.case import Case, Input, inputs
from tests.truth.conditions.kinds.declarations import word as _word


def _elements(word: int) -> tuple[tuple[str, int], ...]:
    """Element types with their sizes, where a pointer has ``word`` bytes."""
    return (
        ("byte", 1),
        ("int", word),
        ("string", 2 * word),
        ("struct{}", 0),
        ("[40]byte", 40),
        ("*int", word),
    )


def makes(pointer: int = 8) -> Iterator[Case]:
    for element, size in _elements(pointer):
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


def appends(pointer: int = 8) -> Iterator[Case]:
    for element, size in (
        ("byte", 1),
        ("int", pointer),
        ("string", 2 * pointer),
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
            f"append_moved_{word}",
            "n int",
            f"var s []{element}\nfor i := 0; i < n; i++ {{\n\ts = append(s, {zero})\n}}\nsinkm_{word} = s",
            inputs(
                *((str(n), {"turns": n, "room": n == 0, "need": n * size, "buffer": True, "len": n})
                  for n in (0, 1))
            ),
            decls=f"var sinkm_{word} []{element}\n",
        )  # fmt: skip
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
    for name, base in (
        ("nil", "[]int(nil)"),
        ("empty", "[]int{}"),
        ("clipped", "sinkInts[:0:0]"),
    ):
        fresh = {"room": False, "need": 8, "len": 1, "buffer": False}
        yield Case(
            f"append_to_{name}", "n int", f"sinkInts = append({base}, n)", inputs(("1", fresh))
        )
        yield Case(
            f"append_to_{name}_five", "n int", f"sinkInts = append({base}, n, 2, 3, 4, 5)",
            inputs(("1", {**fresh, "need": 40})),
        )  # fmt: skip
        yield Case(
            f"append_to_{name}_stays", "n int",
            f"s := append({base}, n)\nfor _, v := range s {{\n\tsinkInt += v\n}}",
            inputs(("1", fresh)),
        )  # fmt: skip
    yield Case(
        "append_to_literal",
        "n int",
        "sinkInts = append([]int{1, 2}, n)",
        inputs(("1", {"room": False, "need": 24})),
    )
