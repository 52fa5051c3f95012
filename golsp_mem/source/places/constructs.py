"""Which expressions could be the allocation that a code names."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from golsp_mem.model import Code
from golsp_mem.source.parts.positions import anchor, is_dereference, type_end
from golsp_mem.source.parts.tree import Node, SourceTree, outer_parentheses, unparenthesized
from golsp_mem.source.places.candidate import (
    BUILTINS,
    NUMBER_TYPES,
    ONLY_BY_SUBJECT,
    STRINGS,
    Candidate,
    takes_address,
    whole,
)
from golsp_mem.source.places.operands import (
    added_terms,
    boxing,
    concat_rank,
    inside_concat,
    is_numeric,
)

_COPYING_TYPES = ("slice_type", "array_type", "implicit_length_array_type")
_NAMED_TYPES = ("type_identifier", "qualified_type", "generic_type")
_LITERAL = "composite_literal"
_MAKES = (Code.HEAP_MAKE_SLICE, Code.HEAP_MAKE_MAP, Code.HEAP_MAKE_CHAN)
_MAKE_BY_TYPE = {
    "slice_type": Code.HEAP_MAKE_SLICE,
    "map_type": Code.HEAP_MAKE_MAP,
    "channel_type": Code.HEAP_MAKE_CHAN,
}
VARIADIC = "... argument"


def candidates(tree: SourceTree, node: Node) -> Iterator[Candidate]:
    """What the node itself (not what is below it) could be."""
    kind = node.kind
    if kind == "call_expression":
        yield from _call(tree, node)
    elif kind == "type_conversion_expression" and not is_dereference(node):
        yield from _conversion(node, node.field("type"), node.field("operand"), 0)
        yield whole(Code.HEAP_OTHER, node)
    elif kind == "composite_literal":
        yield from _literal(node)
    elif kind == "unary_expression":
        operand = node.field("operand") if takes_address(node) else None
        if operand is not None and unparenthesized(operand).kind == "composite_literal":
            yield whole(Code.HEAP_LITERAL, node)
    elif kind == "literal_value":
        yield from _elided_literal(node)
    elif kind == "func_literal":
        yield whole(Code.HEAP_CLOSURE, node)
    elif kind == "selector_expression":
        if _may_be_method_value(node):
            yield whole(Code.HEAP_CLOSURE, node, rank=1)
    elif kind == "binary_expression":
        rank = None if inside_concat(node) else concat_rank(node)
        if rank is not None:
            yield whole(Code.HEAP_CONCAT, node, rank=rank)
    elif kind == "assignment_statement":
        yield from _assignment(node)
    elif kind in ("inc_statement", "dec_statement"):
        yield from _map_inserts(node.named_children)
    elif kind == "go_statement":
        yield whole(Code.HEAP_GOROUTINE, node)
    elif kind == "defer_statement":
        yield whole(Code.HEAP_DEFER, node)
    elif kind == "type_assertion_expression":
        yield whole(Code.HEAP_OTHER, node)
    elif kind == "type_switch_statement":
        yield from _type_switch(tree, node)
    elif kind == "for_statement":
        head = next(iter(node.named_children), None)
        if head is not None and head.kind == "range_clause":
            yield Candidate(Code.HEAP_OTHER, node, node.start, node.start, head.end)
            # Ranging over a function makes the loop's body a closure.
            yield Candidate(Code.HEAP_CLOSURE, node, node.start, node.start, head.end, 2)
    elif kind == "identifier" and declares(node):
        yield whole(Code.HEAP_VARIABLE, node, subject=tree.source(node))
    yield from boxing(tree, node)


def _arguments(call: Node) -> tuple[Node, ...]:
    listed = call.field("arguments")
    return listed.named_children if listed is not None else ()


def _call(tree: SourceTree, node: Node) -> Iterator[Candidate]:
    function = node.field("function")
    if function is None:
        return
    function = unparenthesized(function)
    name = tree.source(function) if function.kind == "identifier" else None
    arguments = _arguments(node)
    yield whole(Code.HEAP_OTHER, node)
    if name == "new":
        yield whole(Code.HEAP_NEW, node)
    elif name == "append":
        yield whole(Code.HEAP_APPEND, node)
    elif name == "make" and arguments:
        known = _MAKE_BY_TYPE.get(arguments[0].kind)
        for code in _MAKES if known is None else (known,):
            yield whole(code, node, rank=0 if known is not None else 1)
    elif name not in BUILTINS and arguments:
        if len(arguments) == 1 and function.kind in ("identifier", "selector_expression"):
            # `any(n)`, `error(e)`: the conversion is the box, reported where its operand is.
            rank = 0 if name == "any" else ONLY_BY_SUBJECT
            yield evolve(whole(Code.HEAP_BOXING, node, rank), anchor=anchor(arguments[0]))
        if len(arguments) == 1 and name not in NUMBER_TYPES:
            rank = 0 if name == "string" or function.kind in _COPYING_TYPES else 2
            yield from _conversion(node, function, arguments[0], rank)
        if name not in NUMBER_TYPES and name != "string":
            last = arguments[-1]
            if last.kind != "variadic_argument":
                yield Candidate(
                    Code.HEAP_LITERAL, node, anchor(node), arguments[0].start, last.end, 2, VARIADIC
                )


def _conversion(
    node: Node, function: Node | None, operand: Node | None, rank: int
) -> Iterator[Candidate]:
    if function is None or operand is None or operand.kind == "variadic_argument":
        return
    if function.kind in ("map_type", "channel_type", "function_type", "struct_type"):
        return
    if function.kind == "generic_type":
        rank = 2
    # The compiler reports a conversion where its operand is (noder/writer.go, convertExpr).
    yield Candidate(Code.HEAP_CONVERSION, node, anchor(operand), node.start, node.end, rank)


def _literal(node: Node) -> Iterator[Candidate]:
    outer = outer_parentheses(node).parent
    if outer is not None and takes_address(outer):
        return
    written = node.field("type")
    if written is not None and written.kind in ("slice_type", "map_type"):
        yield whole(Code.HEAP_LITERAL, node)
    elif written is not None and written.kind in _NAMED_TYPES:
        yield whole(Code.HEAP_LITERAL, node, rank=1)
    if written is not None and written.kind in ("map_type", *_NAMED_TYPES):
        # A map literal's elements are inserted one by one, at the literal's place.
        yield whole(Code.HEAP_MAP_INSERT, node, rank=1 if written.kind == "map_type" else 2)


def _elided_literal(node: Node) -> Iterator[Candidate]:
    if node.parent is None or node.parent.kind != "literal_element":
        return
    written = elided_type(node)
    if written is None or written.kind in _NAMED_TYPES:
        yield whole(Code.HEAP_LITERAL, node, rank=1)
    elif written.kind in ("pointer_type", "slice_type", "map_type"):
        yield whole(Code.HEAP_LITERAL, node)


def elided_type(node: Node) -> Node | None:
    """The type of a literal inside another that gives it (``{{1}}`` in ``[]T{{1}}``), None where
    the text does not tell, as inside a named type."""
    depth, outer = 0, node.parent
    while outer is not None and outer.kind in ("literal_element", "keyed_element", "literal_value"):
        depth += outer.kind == "literal_value"
        outer = outer.parent
    written = outer.field("type") if outer is not None and outer.kind == _LITERAL else None
    for _ in range(depth):
        if written is None:
            break
        written = written.field("element") or written.field("value")
        while written is not None and written.kind == "parenthesized_type":
            written = next(iter(written.named_children), None)
    return written


def _may_be_method_value(node: Node) -> bool:
    outer = outer_parentheses(node)
    parent = outer.parent
    if parent is None:
        return False
    if parent.kind == "call_expression":
        return parent.field("function") is not outer
    if parent.kind in ("selector_expression", "index_expression", "slice_expression"):
        return False
    if parent.kind in ("inc_statement", "dec_statement", "range_clause", "unary_expression"):
        return False
    if parent.kind == "expression_list" and parent.parent is not None:
        return parent.parent.field("left") is not parent
    return parent.kind not in ("binary_expression", "type_assertion_expression")


def _assignment(node: Node) -> Iterator[Candidate]:
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left is not None:
        yield from _map_inserts(left.named_children)
    if right is None or operator is None or operator.kind != "+=":
        return
    terms = [term for side in right.named_children for term in added_terms(side)]
    if not any(is_numeric(term) for term in terms):
        sure = any(term.kind in STRINGS for term in terms)
        yield whole(Code.HEAP_CONCAT, node, rank=0 if sure else 1)


def _map_inserts(targets: tuple[Node, ...]) -> Iterator[Candidate]:
    for target in targets:
        place = unparenthesized(target)
        if place.kind == "index_expression":
            yield whole(Code.HEAP_MAP_INSERT, place)


def _type_switch(tree: SourceTree, node: Node) -> Iterator[Candidate]:
    value = node.field("value")
    yield Candidate(
        Code.HEAP_OTHER, node, node.start, node.start, value.end if value else node.start + 6
    )
    alias = node.field("alias")
    if alias is None or not alias.named_children:
        return
    name = tree.source(alias.named_children[0])
    # Each clause has a variable of its own, and the compiler places it there.
    for clause in node.named_children:
        types = clause.fields("type") if clause.kind == "type_case" else ()
        if types:
            place, start, end = type_end(types[-1]), types[0].start, types[-1].end
        elif clause.kind == "default_case":
            place, start, end = clause.start, clause.start, clause.start + len("default")
        else:
            continue
        yield Candidate(Code.HEAP_VARIABLE, clause, place, start, end, 1, name)


def declares(identifier: Node) -> bool:
    """Whether the identifier declares a variable, parameter, result or receiver here."""
    parent = identifier.parent
    if parent is None:
        return False
    if parent.kind in ("parameter_declaration", "variadic_parameter_declaration", "var_spec"):
        return identifier in parent.fields("name")
    if parent.kind != "expression_list" or parent.parent is None:
        return False
    statement = parent.parent
    if statement.kind == "short_var_declaration":
        return statement.field("left") is parent
    if statement.kind in ("range_clause", "receive_statement"):
        return statement.field("left") is parent and statement.token(":=") is not None
    return False
