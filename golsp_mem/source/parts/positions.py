"""Where the Go compiler says that an expression is.

The compiler's parser (cmd/compile/internal/syntax/parser.go, ``pos`` of each node; run with
Go 1.22, 1.26 and 1.27) places an expression not at its start but at the token that makes it
what it is:

==============================  =======================================
call, conversion, new, make     its opening parenthesis
composite literal               its opening brace
selector, type assertion        its dot
index, slice expression         its opening bracket
binary expression               its operator
anything else                   its first byte (``&T{}`` at the ``&``)
assignment, ``x++``             its operator
conversion that copies          the position of its operand
==============================  =======================================
"""

from __future__ import annotations

from golsp_mem.source.parts.tree import Node

_ANCHOR_FIELDS = {
    "composite_literal": "body",
    "binary_expression": "operator",
    "call_expression": "arguments",
    "assignment_statement": "operator",
}
_ANCHOR_TOKENS = {
    "type_conversion_expression": "(",
    "selector_expression": ".",
    "type_assertion_expression": ".",
    "index_expression": "[",
    "slice_expression": "[",
    "type_instantiation_expression": "[",
    "inc_statement": "++",
    "dec_statement": "--",
    "send_statement": "<-",
    "short_var_declaration": ":=",
}


def anchor(node: Node) -> int:
    """The byte offset at which the compiler reports the expression or statement."""
    mark: Node | None = None
    if is_dereference(node):
        return node.start
    if node.kind in _ANCHOR_FIELDS:
        mark = node.field(_ANCHOR_FIELDS[node.kind])
    elif node.kind in _ANCHOR_TOKENS:
        mark = node.token(_ANCHOR_TOKENS[node.kind])
    return mark.start if mark is not None else node.start


def is_dereference(node: Node) -> bool:
    """Whether it is ``*(*T)(p)``, which the grammar takes for a conversion to ``*(*T)``: a
    conversion to a pointer type would have parentheses around it."""
    written = node.field("type") if node.kind == "type_conversion_expression" else None
    return written is not None and written.kind == "pointer_type"


def type_end(node: Node) -> int:
    """Where the compiler places the variable of a type switch's clause: its last type's end.

    cmd/compile/internal/noder/writer.go, typeExprEndPos.
    """
    while True:
        if node.kind == "qualified_type":
            dot = node.token(".")
            return dot.start if dot is not None else node.start
        inner = node.field("element") or node.field("value")
        if inner is None and node.kind in ("pointer_type", "parenthesized_type"):
            inner = node.named_children[0] if node.named_children else None
        if inner is None:
            return node.start
        node = inner
