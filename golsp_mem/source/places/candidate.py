"""What a construct's candidates are made of, and small facts about Go's syntax."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.model import Code
from golsp_mem.source.parts.positions import anchor
from golsp_mem.source.parts.tree import Node, SourceTree

BUILTINS = frozenset(
    {
        *("append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make"),
        *("max", "min", "new", "panic", "print", "println", "real", "recover"),
    }
)
NUMBER_TYPES = frozenset(
    {
        *("bool", "byte", "rune", "int", "int8", "int16", "int32", "int64", "uintptr"),
        *("uint", "uint8", "uint16", "uint32", "uint64"),
        *("float32", "float64", "complex64", "complex128"),
    }
)
NUMERIC = ("int_literal", "float_literal", "imaginary_literal", "rune_literal")
STRINGS = ("interpreted_string_literal", "raw_string_literal")
# Candidates that stand only for a message that names them.
ONLY_BY_SUBJECT = 30
CONSTANTS = (*NUMERIC, *STRINGS, "nil", "true", "false", "iota")


@frozen(eq=False)
class Candidate:
    """An expression, bytes ``start`` to ``end``, that may be a code's allocation.

    ``anchor`` is the byte at which the compiler reports it; ``rank`` 0 means that syntax alone
    is sure of the construct, higher ones are weaker guesses.
    """

    code: Code
    node: Node
    anchor: int
    start: int
    end: int
    rank: int = 0
    subject: str | None = None


def whole(code: Code, node: Node, rank: int = 0, subject: str | None = None) -> Candidate:
    return Candidate(code, node, anchor(node), node.start, node.end, rank, subject)


def called_name(tree: SourceTree, call: Node) -> str | None:
    """The last identifier of what is called: ``Grow`` of ``b.Grow(n)``, ``F`` of ``F[int](x)``."""
    function = call.field("function") or call.field("type")
    while function is not None:
        if function.kind in ("identifier", "type_identifier", "field_identifier"):
            return tree.source(function)
        if function.kind in ("selector_expression", "qualified_type"):
            function = function.field("field") or function.field("name")
        elif function.kind in ("generic_type", "parenthesized_expression", "index_expression"):
            function = next(iter(function.named_children), None)
        elif function.kind == "type_instantiation_expression":
            function = function.field("type")
        else:
            return None
    return None


def takes_address(node: Node) -> bool:
    """Whether it is ``&`` before something."""
    operator = node.field("operator") if node.kind == "unary_expression" else None
    return operator is not None and operator.kind == "&"
