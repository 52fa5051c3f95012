"""Which expressions could be the allocation that a code names."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.model import Code
from golsp_mem.source.positions import anchor, type_end
from golsp_mem.source.tree import Node, SourceTree, outer_parentheses, unparenthesized

_BUILTINS = frozenset(
    ("append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make", "max")
    + ("min", "new", "panic", "print", "println", "real", "recover")
)
_COPYING_TYPES = ("slice_type", "array_type", "implicit_length_array_type")
_NAMED_TYPES = ("type_identifier", "qualified_type", "generic_type")
_NUMERIC = ("int_literal", "float_literal", "imaginary_literal", "rune_literal")
_STRINGS = ("interpreted_string_literal", "raw_string_literal")
_CONSTANTS = (*_NUMERIC, *_STRINGS, "nil", "true", "false", "iota")
_NUMBER_TYPES = frozenset(
    ("bool", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32")
    + ("uint64", "uintptr", "byte", "rune", "float32", "float64", "complex64", "complex128")
)
_ARITHMETIC = ("-", "*", "/", "%", "<<", ">>", "&", "|", "^", "&^", "==", "!=", "<", ">")
_MAKES = (Code.HEAP_MAKE_SLICE, Code.HEAP_MAKE_MAP, Code.HEAP_MAKE_CHAN)
_MAKE_BY_TYPE = {
    "slice_type": Code.HEAP_MAKE_SLICE,
    "map_type": Code.HEAP_MAKE_MAP,
    "channel_type": Code.HEAP_MAKE_CHAN,
}
VARIADIC = "... argument"


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


def candidates(tree: SourceTree, node: Node) -> Iterator[Candidate]:
    """What the node itself (not what is below it) could be."""
    kind = node.kind
    if kind == "call_expression":
        yield from _call(tree, node)
    elif kind == "type_conversion_expression":
        yield from _conversion(node, node.field("type"), node.field("operand"), 0)
        yield _whole(Code.HEAP_OTHER, node)
    elif kind == "composite_literal":
        yield from _literal(node)
    elif kind == "literal_value":
        yield from _elided_literal(node)
    elif kind == "func_literal":
        yield _whole(Code.HEAP_CLOSURE, node)
    elif kind == "selector_expression":
        if _may_be_method_value(node):
            yield _whole(Code.HEAP_CLOSURE, node, rank=1)
    elif kind == "binary_expression":
        rank = _concat_rank(node)
        if rank is not None and not _inside_concat(node):
            yield _whole(Code.HEAP_CONCAT, node, rank=rank)
    elif kind == "assignment_statement":
        yield from _assignment(node)
    elif kind in ("inc_statement", "dec_statement"):
        yield from _map_inserts(node.named_children)
    elif kind == "go_statement":
        yield _whole(Code.HEAP_GOROUTINE, node)
    elif kind == "defer_statement":
        yield _whole(Code.HEAP_DEFER, node)
    elif kind == "type_assertion_expression":
        yield _whole(Code.HEAP_OTHER, node)
    elif kind == "type_switch_statement":
        yield from _type_switch(tree, node)
    elif kind == "range_clause":
        start = node.parent.start if node.parent is not None else node.start
        yield Candidate(Code.HEAP_OTHER, node, start, start, node.end)
    elif kind == "identifier" and declares(node):
        yield _whole(Code.HEAP_VARIABLE, node, subject=tree.source(node))
    yield from _boxing(tree, node)


def _whole(code: Code, node: Node, rank: int = 0, subject: str | None = None) -> Candidate:
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
    yield _whole(Code.HEAP_OTHER, node)
    if name == "new":
        yield _whole(Code.HEAP_NEW, node)
    elif name == "append":
        yield _whole(Code.HEAP_APPEND, node)
    elif name == "make" and arguments:
        known = _MAKE_BY_TYPE.get(arguments[0].kind)
        for code in _MAKES if known is None else (known,):
            yield _whole(code, node, rank=0 if known is not None else 1)
    elif name not in _BUILTINS and arguments:
        if len(arguments) == 1 and name not in _NUMBER_TYPES:
            rank = 0 if name == "string" or function.kind in _COPYING_TYPES else 2
            yield from _conversion(node, function, arguments[0], rank)
        if name not in _NUMBER_TYPES and name != "string":
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
    outer = outer_parentheses(node)
    parent = outer.parent
    if parent is not None and parent.kind == "unary_expression":
        operator = parent.field("operator")
        if operator is not None and operator.kind == "&":
            yield _whole(Code.HEAP_LITERAL, parent)
            return
    written = node.field("type")
    if written is not None and written.kind in ("slice_type", "map_type"):
        yield _whole(Code.HEAP_LITERAL, node)
    elif written is not None and written.kind in _NAMED_TYPES:
        yield _whole(Code.HEAP_LITERAL, node, rank=1)
    if written is not None and written.kind in ("map_type", *_NAMED_TYPES):
        # A map literal's elements are inserted one by one, at the literal's place.
        yield _whole(Code.HEAP_MAP_INSERT, node, rank=1 if written.kind == "map_type" else 2)


def _elided_literal(node: Node) -> Iterator[Candidate]:
    if node.parent is None or node.parent.kind != "literal_element":
        return
    depth, outer = 0, node.parent
    while outer.kind in ("literal_element", "keyed_element", "literal_value"):
        depth += outer.kind == "literal_value"
        if outer.parent is None:
            return
        outer = outer.parent
    written = outer.field("type") if outer.kind == "composite_literal" else None
    for _ in range(depth):
        if written is None:
            break
        written = written.field("element") or written.field("value")
        while written is not None and written.kind == "parenthesized_type":
            written = next(iter(written.named_children), None)
    if written is None or written.kind in _NAMED_TYPES:
        yield _whole(Code.HEAP_LITERAL, node, rank=1)
    elif written.kind in ("pointer_type", "slice_type", "map_type"):
        yield _whole(Code.HEAP_LITERAL, node)


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


def _operands(node: Node) -> Iterator[Node]:
    """The terms of a chain of additions, parentheses ignored as the compiler does."""
    pending = [node]
    while pending:
        term = unparenthesized(pending.pop())
        operator = term.field("operator") if term.kind == "binary_expression" else None
        if operator is None or operator.kind != "+":
            yield term
            continue
        sides = (term.field("right"), term.field("left"))
        pending.extend(side for side in sides if side is not None)


def _concat_rank(node: Node) -> int | None:
    operator = node.field("operator")
    if operator is None or operator.kind != "+":
        return None
    terms = list(_operands(node))
    if any(_is_numeric(term) for term in terms) or all(term.kind in _CONSTANTS for term in terms):
        return None
    return 0 if any(term.kind in _STRINGS for term in terms) else 1


def _is_numeric(term: Node) -> bool:
    if term.kind in _NUMERIC:
        return True
    if term.kind == "binary_expression":
        operator = term.field("operator")
        return operator is not None and operator.kind in _ARITHMETIC
    if term.kind == "unary_expression":
        operator = term.field("operator")
        return operator is not None and operator.kind not in ("*", "<-")
    return False


def _inside_concat(node: Node) -> bool:
    parent = outer_parentheses(node).parent
    if parent is None or parent.kind != "binary_expression":
        return False
    operator = parent.field("operator")
    return operator is not None and operator.kind == "+"


def _assignment(node: Node) -> Iterator[Candidate]:
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left is not None:
        yield from _map_inserts(left.named_children)
    if right is None or operator is None or operator.kind != "+=":
        return
    terms = [term for side in right.named_children for term in _operands(side)]
    if not any(_is_numeric(term) for term in terms):
        sure = any(term.kind in _STRINGS for term in terms)
        yield _whole(Code.HEAP_CONCAT, node, rank=0 if sure else 1)


def _map_inserts(targets: tuple[Node, ...]) -> Iterator[Candidate]:
    for target in targets:
        place = unparenthesized(target)
        if place.kind == "index_expression":
            yield _whole(Code.HEAP_MAP_INSERT, place)


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


def _boxing(tree: SourceTree, node: Node) -> Iterator[Candidate]:
    rank = _boxing_rank(tree, node)
    if rank is not None:
        # The compiler reports the operand, in whose place the implicit conversion stands.
        yield _whole(Code.HEAP_BOXING, node, rank=rank)


def _boxing_rank(tree: SourceTree, node: Node) -> int | None:
    parent = node.parent
    if parent is None or not node.kind.endswith(
        ("_expression", "_literal", "identifier", "true", "false", "literal_value", "iota")
    ):
        return None
    if node.kind in ("package_identifier", "type_identifier", "field_identifier"):
        return None
    if parent.kind == "argument_list":
        call = parent.parent
        function = call.field("function") if call is not None else None
        if function is None:
            return None
        name = tree.source(function) if function.kind == "identifier" else None
        if name in ("any", "panic"):
            return 0
        return None if name in _BUILTINS - {"append"} or name in _NUMBER_TYPES else 0
    if parent.kind == "type_conversion_expression":
        written = parent.field("type")
        return 0 if written is not None and written.kind == "interface_type" else 2
    if parent.kind == "send_statement":
        return 2 if parent.field("value") is node else None
    if parent.kind == "literal_element":
        return 2
    if parent.kind == "expression_list" and parent.parent is not None:
        owner = parent.parent
        if owner.kind == "return_statement":
            return 1
        if owner.kind in ("assignment_statement", "var_spec"):
            return 2 if owner.field("left") is not parent else None
        if owner.kind == "expression_case":
            return 3
    if parent.kind == "binary_expression":
        operator = parent.field("operator")
        return 3 if operator is not None and operator.kind in ("==", "!=") else None
    if parent.kind == "index_expression":
        return 3 if parent.field("index") is node else None
    return None
