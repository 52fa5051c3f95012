"""Conversions and concatenations."""

from __future__ import annotations

from collections.abc import Iterator

from tests.truth.conditions.case import Case, Fact, Input, inputs


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


def lengths() -> Iterator[Case]:
    """What is converted is written to have some length, or to be no longer than that."""
    for name, length, operand in (
        *(("whole", 32, "a32[:]"), ("whole_long", 40, "a40[:]"), ("whole_one", 1, "a1[:]")),
        *(("prefix_one", 1, "b[:1]"), ("prefix", 4, "b[:4]"), ("prefix_long", 33, "b[:33]")),
        *(("window", 8, "b[n:n+8]"), ("field", 16, "p.magic[:]"), ("rest", 30, "a32[2:]")),
    ):
        params = "b []byte, n int, p *headed, a1 [1]byte, a32 [32]byte, a40 [40]byte"
        given = inputs(
            ("bs(100), 3, new(headed), [1]byte{}, [32]byte{}, [40]byte{}", {"len": length})
        )
        declared = "type headed struct {\n\tmagic [16]byte\n}\n" if name == "whole" else ""
        yield Case(f"string_of_{name}", params, f"sinkS = string({operand})", given, declared)
        stays = f"s := string({operand})\nsinkInt = lookS(s)"
        yield Case(f"string_of_{name}_stays", params, stays, given)
    for length in (1, 4, 8, 9, 17, 32, 33):
        known = inputs(("str(100)", {"len": length}))
        for kind, sink, look in (
            ("bytes", "sinkBytes", "change"),
            ("runes", "sinkRunes", "changeR"),
        ):
            made = f"[]{kind.removesuffix('s')}(s[:{length}])"
            name = f"{kind}_of_prefix_{length}"
            yield Case(name, "s string", f"{sink} = {made}", known)
            yield Case(f"{name}_stays", "s string", f"c := {made}\n{look}(c)", known)
    tails = inputs(*((str(n), {"len": 32 - n}) for n in (0, 1, 30, 31, 32)))
    array = "var a [32]byte\na[3] = 7\n"
    yield Case("string_of_tail", "n int", f"{array}sinkS = string(a[n:])", tails)
    yield Case("string_of_tail_stays", "n int", f"{array}sinkInt = lookS(string(a[n:]))", tails)
    yield Case(
        "string_of_pointed_tail_stays",
        "n int",
        "p := new([32]byte)\np[3] = 7\nsinkInt = lookS(string(p[n:]))",
        tails,
    )
    yield Case(
        "string_of_shadowing_tail_stays",
        "b []byte, n int",
        "var a [8]byte\nsinkInt = int(a[n&7])\nif a := b; n >= 0 {\n"
        "\tsinkInt = lookS(string(a[n:]))\n}",
        inputs(("bs(64), 0", {"len": 64}), ("bs(64), 60", {"len": 4})),
    )
    either = "k := 4\nif n > 0 {\n\tk = 40\n}\n"
    both = inputs(("bs(100), 0", {"len": 4}), ("bs(100), 1", {"len": 40}))
    yield Case("string_of_either", "b []byte, n int", f"{either}sinkS = string(b[:k])", both)
    yield Case(
        "string_of_either_stays", "b []byte, n int", f"{either}sinkInt = lookS(string(b[:k]))", both
    )
    yield Case(
        "string_of_inlined",
        "b []byte",
        "sinkS = lib.FirstOf(b, 4)\nsinkInt = lookS(lib.FirstOf(b, 20))",
        inputs(("bs(100)", {"len": 4})),
        lib="func FirstOf(b []byte, n int) string { return string(b[:n]) }\n",
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
