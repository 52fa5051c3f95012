"""Branches, loops, deferred calls, inlined and generic code."""
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Iterator

from tests.truth.conditions.case import Case, inputs


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
        inputs(("", {"elsewhere": True})),
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


def formats() -> Iterator[Case]:
    yield Case(
        "errorf_spread",
        "format string, args []any",
        "sinkAny = fmt.Errorf(format, args...)",
        inputs(
            ('"plain", nil', {"verbs": False, "elsewhere": True}),
            ('"%d", []any{one}', {"verbs": True, "elsewhere": True}),
        ),
        several=True,
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
