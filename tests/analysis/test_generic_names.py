"""Generic code: the compiler names shapes, the object file instances, people type parameters."""

from __future__ import annotations

import pytest

from golsp_mem.analysis.heap.matching import assign, without_arguments
from golsp_mem.analysis.heap.wording import in_source_words, is_of_generic_code
from golsp_mem.model import Allocation, Code, Message, MessageKind, Position, StackFrame


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("int", "int"),
        ("L[string]", "L"),
        ("*L[map[K]V]", "*L"),
        ("[]L[int]", "[]L"),
        ("[3]L[[]byte]", "[3]L"),
        ("map[K]L[V]", "map[K]L"),
        ("Bitmap[K]", "Bitmap"),
        ("func(L[int])[]int", "func(L)[]int"),
        ("chan[]int", "chan[]int"),
        ("]L[", "]L"),
    ],
)
def test_types_without_their_arguments(name: str, expected: str) -> None:
    assert without_arguments(name) == expected


@pytest.mark.parametrize(
    ("subject", "written", "expected"),
    [
        ("new(<node DYNAMICTYPE>)", "new(T)", "new(T)"),
        ("new(<node DYNAMICTYPE>)", None, "new(<node DYNAMICTYPE>)"),
        ("make([]go.shape.int, 4)", "make([]T, 4)", "make([]T, 4)"),
        ("&L[go.shape.int]{...}", "&L[T]{x: f(1), y: 2}", "&L[T]{...}"),
        ("&L[go.shape.int]{}", "&L[T]{}", "&L[T]{}"),
        ("struct { a go.shape.int }{...}", "struct{ a T }{v}", "struct { a go.shape.int }{...}"),
    ],
)
def test_the_words_of_the_source(subject: str, written: str | None, expected: str) -> None:
    assert is_of_generic_code(subject)
    assert in_source_words(subject, written) == expected


def test_other_expressions_keep_the_compilers_words() -> None:
    # Identities rest on them.
    assert not is_of_generic_code("&L[int]{...}")


def said(kind: MessageKind, subject: str, column: int) -> Message:
    return Message(kind, Position("/w/m.go", 16, column), subject, f"{subject} escapes to heap")


def test_an_instance_of_a_generic_type_is_no_other_type() -> None:
    block = Allocation(
        Code.HEAP_OTHER, "runtime.newobject", "m.F", (StackFrame("m.F", "/w/m.go", 16),),
        type="m.L[string]", bytes=24,
    )  # fmt: skip
    moved = said(MessageKind.MOVED, "l", 42)
    new = said(MessageKind.ESCAPES, "new(int)", 60)
    assert assign([new, moved], [("block", block)]) == {"block": moved}
    same = said(MessageKind.ESCAPES, "new(L[string])", 60)
    assert assign([same, moved], [("block", block)]) == {"block": same}
    shape = said(MessageKind.ESCAPES, "new(go.shape.string)", 60)
    assert assign([shape], [("block", block)]) == {"block": shape}
