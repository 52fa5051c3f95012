"""What functions give back: their return statements, and what returned iterators hand over."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.callees import parameters
from golsp_mem.source.package import Place, arguments_of
from golsp_mem.source.parts.tree import Node

# Syntax in which no statement of the function itself stands, but for those of literals.
_NO_STATEMENTS = frozenset(
    {
        *("func_literal", "expression_statement", "assignment_statement", "expression_list"),
        *("short_var_declaration", "var_declaration", "const_declaration", "type_declaration"),
        *("go_statement", "defer_statement", "send_statement", "inc_statement", "dec_statement"),
        *("parameter_list", "call_expression", "binary_expression", "unary_expression"),
    }
)


def return_statements(function: Place) -> Iterator[Node]:
    """The return statements of a function, those of literals in it left out."""
    pending = list(reversed(function.node.named_children))
    while pending:
        node = pending.pop()
        if node.kind == "return_statement":
            yield node
        elif node.kind not in _NO_STATEMENTS:
            pending.extend(reversed(node.named_children))


def values_of(statement: Node) -> tuple[Node, ...]:
    """What a return statement names; nothing where named results are meant."""
    children = statement.named_children
    return tuple(children[0].named_children) if children else ()


def returned(function: Place) -> Iterator[Place]:
    """The values of a function's return statements."""
    for statement in return_statements(function):
        for value in values_of(statement):
            yield function.of(value)


def handed_over(function: Place) -> Iterator[tuple[Node, ...]]:
    """What an iterator that the function returns hands to the body of the loop: the arguments of
    each call of its only parameter."""
    for node in function.node.walk():
        if node.kind != "return_statement" or not node.named_children:
            continue
        literal = values_of(node)[0]
        names = parameters(function.of(literal)) if literal.kind == "func_literal" else ()
        name = names[0] if len(names) == 1 else None
        for call in literal.walk() if name is not None else ():
            called = call.field("function") if call.kind == "call_expression" else None
            if called is None or name is None:
                continue
            if function.file.tree.source(called) == function.file.tree.source(name):
                yield arguments_of(function.of(call))
