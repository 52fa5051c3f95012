"""What the text of one expression says for certain: its type, its constants, its arguments.

There is no type checker here: an answer is either sure from this file alone, or None. Predeclared
names are taken for what they are (nobody's ``len`` gives a string).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.guards import FUNCTIONS, is_statement
from golsp_mem.source.parts.positions import anchor
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.places.candidate import BUILTINS, NUMBER_TYPES, STRINGS, called_name
from golsp_mem.source.places.locate import comparable
from golsp_mem.source.places.operands import added_terms
from golsp_mem.source.syntax import GoFile

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "&&", "||")
_CALLS = ("call_expression", "type_conversion_expression")
_DEPTH = 6


@frozen
class Expression:
    """An expression as written. ``type`` is its type where the text is sure of it.

    ``literals`` counts the non-empty string literals of a concatenation, ``arguments`` are those
    of a call but the ``first`` (the length and capacity of a ``make``); ``spread``: the last has
    ``...`` behind it. ``entries`` counts those of a literal with keys, ``terms`` the operands of a
    concatenation that are not written to be empty.

    ``owner`` is where the call ends whose argument it is part of, else its
    statement: conversions are made when all calls among the arguments have returned
    (cmd/compile/internal/walk/order.go).
    """

    span: Span
    owner: tuple[int, int]
    text: str
    type: str | None
    literals: int
    arguments: tuple[str, ...]
    spread: bool
    direct: bool = True
    is_call: bool = False
    first: str = ""
    entries: int | None = None
    terms: int = 0


def expression_at(file: GoFile, span: Span) -> Expression:
    """What stands at a place that `GoFile.locate` gave."""
    node = _node(file, span)
    return _expression(file, node, span)


def operand_at(file: GoFile, line: int, column: int, subject: str) -> Expression | None:
    """The operand that the compiler reports at a place with these words.

    Where a call was inlined it has the words of the callee (``~r0`` for its result): `direct`
    says whether the words are the operand's own. None where nothing there can become an interface
    value.
    """
    found = file.boxed_at(line, column, subject)
    if found is None:
        return None
    node = _node(file, found)
    if is_statement(node):
        return None
    inner = unparenthesized(node)
    direct = inner.kind not in _CALLS or _same(file, inner, subject)
    if not may_be_boxed(file, node) and not _is_reported_inside(file, inner, line, column):
        return None
    return evolve(
        _expression(file, node, found),
        direct=direct,
        is_call=inner.kind in _CALLS and not _converts(file, inner),
    )


def _is_reported_inside(file: GoFile, call: Node, line: int, column: int) -> bool:
    """Whether what looks like a call is reported where its argument is: a conversion, which to an
    interface (``I(x)``) is the box itself, wherever it stands."""
    function, listed = call.field("function"), call.field("arguments")
    if call.kind != "call_expression" or function is None or listed is None:
        return False
    if unparenthesized(function).kind not in ("identifier", "selector_expression"):
        return False
    arguments = listed.named_children
    if file.tree.source(function) in BUILTINS | NUMBER_TYPES | {"string"} or len(arguments) != 1:
        return False
    return anchor(arguments[0]) == file.tree.offset(line, column)


def _converts(file: GoFile, call: Node) -> bool:
    """Whether what looks like a call is a conversion to a type of this file."""
    function = call.field("function")
    if function is None or function.kind != "identifier":
        return False
    name = file.tree.source(function)
    return name in NUMBER_TYPES or name == "string" or declares_type(file, name)


def may_be_boxed(file: GoFile, node: Node) -> bool:
    """Whether the expression stands where an interface value may be wanted: not where the text
    says that it is assigned to, or returned as, a string, a number or a slice of them."""
    outer = outer_parentheses(node)
    parent = outer.parent
    if parent is not None and parent.kind == "expression_list":
        index = parent.named_children.index(outer) if outer in parent.named_children else 0
        parent = parent.parent
    else:
        index = 0
    if parent is None:
        return True
    if parent.kind == "return_statement":
        wanted = _result_type(file, parent, index)
    elif parent.kind == "assignment_statement":
        left = parent.field("left")
        targets = left.named_children if left is not None else ()
        target = targets[index] if index < len(targets) else None
        if target is not None and _appends_to(file, outer, target):
            return False
        wanted = expression_type(file, target) if target is not None else None
    elif parent.kind == "var_spec":
        wanted = _text(file, parent.field("type"))
    elif parent.kind in ("short_var_declaration", "expression_statement", "range_clause"):
        return False
    elif parent.kind == "binary_expression":
        operator = parent.field("operator")
        return operator is not None and operator.kind in ("==", "!=")
    elif parent.kind == "argument_list" and parent.parent is not None:
        function = parent.parent.field("function")
        name = file.tree.source(function) if function is not None else ""
        return name not in (BUILTINS - {"append", "panic"}) | NUMBER_TYPES | {"string"}
    else:
        return True
    return wanted is None or not is_plain(wanted)


def _appends_to(file: GoFile, node: Node, target: Node) -> bool:
    """Whether it is ``append(x, …)`` that is assigned to the slice ``x``."""
    call = unparenthesized(node)
    if call.kind != "call_expression" or called_name(file.tree, call) != "append":
        return False
    listed = call.field("arguments")
    first = next(iter(listed.named_children), None) if listed is not None else None
    return first is not None and file.tree.source(first) == file.tree.source(target)


def is_plain(type_: str) -> bool:
    """Whether it is a predeclared type, or a slice of one, that is no interface."""
    name = type_.removeprefix("[]")
    return name in NUMBER_TYPES or name == "string"


def _result_type(file: GoFile, statement: Node, index: int) -> str | None:
    function = next((one for one in statement.ancestors() if one.kind in FUNCTIONS), None)
    result = function.field("result") if function is not None else None
    if result is None:
        return None
    if result.kind != "parameter_list":
        return _text(file, result)
    types: list[Node | None] = []
    for one in result.named_children:
        types += [one.field("type")] * max(1, len(one.fields("name")))
    return _text(file, types[index]) if index < len(types) else None


def nameless(file: GoFile, span: Span) -> str | None:
    """The text at a place with ``_`` for each local variable; None where it is long."""
    start, end = file.tree.bounds(span)
    if end - start > _LONGEST_IDENTITY:
        return None
    node = file.tree.smallest(start, end)
    text, at = [], start
    for one in node.walk():
        if one.kind != "identifier" or not start <= one.start < end:
            continue
        if one.start >= at and file.is_local(file.tree.source(one), one.start):
            text += [file.tree.text[at : one.start].decode("utf-8", "replace"), "_"]
            at = one.end
    text.append(file.tree.text[at:end].decode("utf-8", "replace"))
    return " ".join("".join(text).split())


_LONGEST_IDENTITY = 200


def call_arguments(file: GoFile, span: Span) -> tuple[str, ...]:
    """The arguments of the call that a span covers, as written; () where there is none."""
    listed = _node(file, span).field("arguments")
    return tuple(file.tree.source(one) for one in listed.named_children) if listed else ()


def call_at(file: GoFile, line: int, column: int) -> tuple[int, tuple[int, int]] | None:
    """Of the call that is reported at a place: how many arguments it has, and where it ends (line
    and column). None where no call is."""
    place = file.tree.offset(line, column)
    for node in file.tree.nodes_touching(place, place + 1):
        listed = node.field("arguments") if node.kind == "call_expression" else None
        if listed is not None and anchor(node) == place:
            span = file.tree.node_span(node)
            return len(listed.named_children), (span.end_line, span.end_column)
    return None


def _same(file: GoFile, call: Node, subject: str) -> bool:
    if comparable(file.tree.source(call)) == comparable(subject):
        return True
    # The compiler writes out receivers ((*T).M(x)), package names, embedded fields, types.
    name = called_name(file.tree, call)
    return name is not None and _called(subject) == name


def _called(text: str) -> str | None:
    """The last identifier of what is called in a call's text; of ``append`` itself."""
    if text == "append":
        return text
    if not text.endswith(")"):
        return None
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        depth += (text[index] == ")") - (text[index] == "(")
        if depth == 0:
            match = _LAST_NAME.search(text[:index])
            return match[1] if match else None
    return None


_LAST_NAME = re.compile(r"(\w+)(?:\[[^()]*\])?$")


def _expression(file: GoFile, node: Node, span: Span) -> Expression:
    arguments: tuple[Node, ...] = ()
    inner = unparenthesized(node)
    if inner.kind == "call_expression":
        listed = inner.field("arguments")
        arguments = listed.named_children if listed is not None else ()
    terms = list(added_terms(node)) if inner.kind == "binary_expression" else []
    if inner.kind == "assignment_statement":
        right = inner.field("right")
        terms = [t for side in (right.named_children if right else ()) for t in added_terms(side)]
    owner = next(
        (
            outer
            for outer in node.ancestors()
            if outer.kind == "call_expression" or is_statement(outer)
        ),
        node,
    )
    owner_span = file.tree.node_span(owner)
    return Expression(
        span,
        (owner_span.end_line, owner_span.end_column),
        file.tree.source(node),
        expression_type(file, node),
        sum(term.kind in STRINGS and term.end - term.start > len('""') for term in terms),
        tuple(file.tree.source(argument) for argument in arguments[1:]),
        any(argument.kind == "variadic_argument" for argument in arguments),
        first=file.tree.source(arguments[0]) if arguments else "",
        entries=_entries(inner),
        # Of ``s += t`` the left side is one, too.
        terms=sum(not _is_empty(term) for term in terms) + (inner.kind == "assignment_statement"),
    )


def _is_empty(term: Node) -> bool:
    return term.kind in STRINGS and term.end - term.start == len('""')


def _entries(node: Node) -> int | None:
    body = node.field("body") if node.kind == "composite_literal" else node
    if body is not None and body.kind == "literal_element":
        body = next(iter(body.named_children), None)
    if body is None or body.kind != "literal_value":
        return None
    keyed = sum(one.kind == "keyed_element" for one in body.named_children)
    return keyed or None


def _node(file: GoFile, span: Span) -> Node:
    node = file.tree.smallest(*file.tree.bounds(span))
    # A list of one has the extent of what it holds.
    while node.kind == "expression_list" and len(node.named_children) == 1:
        node = node.named_children[0]
    return node


def expression_type(file: GoFile, node: Node, depth: int = 0) -> str | None:
    """The type of an expression as source text; None where the text does not say it."""
    if depth > _DEPTH:
        return None
    node = unparenthesized(node)
    kind = node.kind
    if kind in STRINGS:
        return "string"
    if kind in ("true", "false"):
        return "bool"
    if kind == "identifier":
        return _variable_type(file, node, depth)
    if kind == "call_expression":
        return _call_type(file, node, depth)
    if kind in ("composite_literal", "type_conversion_expression", "type_assertion_expression"):
        written = node.field("type")
        return _text(file, written)
    if kind == "binary_expression":
        return _binary_type(file, node, depth)
    if kind == "unary_expression":
        operator, operand = node.field("operator"), node.field("operand")
        if operator is not None and operator.kind == "!":
            return "bool"
        if operator is not None and operator.kind in ("-", "+", "^") and operand is not None:
            return expression_type(file, operand, depth + 1)
        return None
    if kind == "slice_expression":
        sliced = node.field("operand")
        of = expression_type(file, sliced, depth + 1) if sliced is not None else None
        return of if of == "string" or (of or "").startswith("[]") else None
    if kind == "index_expression":
        indexed = node.field("operand")
        of = expression_type(file, indexed, depth + 1) if indexed is not None else None
        return "byte" if of == "string" else of[2:] if of and of.startswith("[]") else None
    return None


def _text(file: GoFile, node: Node | None) -> str | None:
    return None if node is None else " ".join(file.tree.source(node).split())


def _call_type(file: GoFile, call: Node, depth: int) -> str | None:
    function = call.field("function")
    if function is None:
        return None
    function = unparenthesized(function)
    if function.kind in ("slice_type", "array_type", "map_type"):
        return _text(file, function)
    if function.kind != "identifier":
        return None
    name = file.tree.source(function)
    if name in ("len", "cap", "copy"):
        return "int"
    if name in NUMBER_TYPES or name == "string":
        return name
    listed = call.field("arguments")
    first = next(iter(listed.named_children), None) if listed is not None else None
    if name == "make":
        return _text(file, first)
    if name == "append" and first is not None:
        return expression_type(file, first, depth + 1)
    return None


def _binary_type(file: GoFile, node: Node, depth: int) -> str | None:
    operator = node.field("operator")
    if operator is None:
        return None
    if operator.kind in _COMPARISONS:
        return "bool"
    left, right = node.field("left"), node.field("right")
    if left is None or right is None or operator.kind in ("<<", ">>"):
        return expression_type(file, left, depth + 1) if left is not None else None
    # A constant takes the type of the other side.
    sides = [
        expression_type(file, side, depth + 1)
        for side in (left, right)
        if not unparenthesized(side).kind.endswith("_literal")
    ]
    if not sides:
        return None
    return sides[0] if all(side == sides[0] for side in sides) else None


def _variable_type(file: GoFile, identifier: Node, depth: int) -> str | None:
    place = file.tree.node_span(identifier)
    declared = file.declaration_of(place.line, place.column)
    if declared is None:
        return _package_variable_type(file, file.tree.source(identifier))
    name = _node(file, declared)
    while name.parent is not None and (name.parent.start, name.parent.end) == (
        name.start,
        name.end,
    ):
        name = name.parent
    parent = name.parent
    if parent is None:
        return None
    if parent.kind == "parameter_declaration":
        return _text(file, parent.field("type"))
    if parent.kind == "variadic_parameter_declaration":
        element = _text(file, parent.field("type"))
        return None if element is None else f"[]{element}"
    if parent.kind == "var_spec":
        written = parent.field("type")
        return _text(file, written) if written is not None else None
    index = 0
    if parent.kind == "expression_list":
        index = _index(parent, declared, file)
        parent = parent.parent
    if parent is None or parent.kind != "short_var_declaration":
        return None
    right = parent.field("right")
    values = right.named_children if right is not None else ()
    left = parent.field("left")
    if left is None or len(left.named_children) != len(values) or not 0 <= index < len(values):
        return None
    value = unparenthesized(values[index])
    if value.kind in ("int_literal", "float_literal", "rune_literal", "imaginary_literal"):
        return {"int_literal": "int", "float_literal": "float64", "rune_literal": "rune"}.get(
            value.kind, "complex128"
        )
    return expression_type(file, value, depth + 1)


def _package_variable_type(file: GoFile, name: str) -> str | None:
    """Of a variable that the file declares for its package, with its type."""
    for spec in _specs(file, "var_declaration", "var_spec"):
        if any(file.tree.source(one) == name for one in spec.fields("name")):
            return _text(file, spec.field("type"))
    return None


def declares_type(file: GoFile, name: str) -> bool:
    """Whether the file declares a type of that name for its package."""
    return any(
        (named := spec.field("name")) is not None and file.tree.source(named) == name
        for spec in _specs(file, "type_declaration", "type_spec")
    )


def _specs(file: GoFile, declaration: str, kind: str) -> Iterator[Node]:
    for node in file.tree.root.named_children:
        if node.kind != declaration:
            continue
        for one in node.named_children:
            yield from (inner for inner in (one, *one.named_children) if inner.kind == kind)


def _index(names: Node, declared: Span, file: GoFile) -> int:
    start, _ = file.tree.bounds(declared)
    return next((n for n, one in enumerate(names.named_children) if one.start == start), -1)
