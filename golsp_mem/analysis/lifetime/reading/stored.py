"""What is put into the fields of an object that gets a cleanup, by the text of the function that
sets it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from golsp_mem.analysis.lifetime.reading.cleanups import literal_of_pointer
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT, FieldPath
from golsp_mem.analysis.lifetime.reading.standard import STANDARD_TYPES
from golsp_mem.source.package import (
    PackageSyntax,
    Place,
    arguments_of,
    callee_of,
    initial_value,
    without_conversions,
)
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable, setter, variable_at

_DEPTH = 4
_NUMBERS = frozenset(name for one in STANDARD_TYPES for name in one.raw)


def stored_values(
    package: PackageSyntax, variable: Variable, kind: str
) -> Iterator[tuple[Place, FieldPath]]:
    """(value, path) for what ``v := &T{…}``, ``v.f = x`` and ``v.f.g = x`` put below v."""
    start = initial_value(variable)
    literal = literal_of_pointer(start[0]) if start is not None else None
    if literal is not None and start is not None:
        yield from _of_literal(package, start[0].of(literal), kind, _DEPTH)
    for use in variable.uses:
        target, path = use, list[str]()
        while target.parent is not None and target.parent.kind == "selector_expression":
            target = target.parent
            name = target.field("field")
            path.append(variable.file.tree.source(name) if name is not None else "")
        owner = setter(target) if path else None
        if owner is None or owner.kind != "assignment_statement":
            continue
        left, right = owner.field("left"), owner.field("right")
        if left is not None and right is not None:
            given = right.named_children
            index = left.named_children.index(target)
            if index < len(given):
                yield Place(variable.file, given[index]), tuple(path)


def _of_literal(
    package: PackageSyntax, literal: Place, kind: str, depth: int
) -> Iterator[tuple[Place, FieldPath]]:
    body = literal.node.field("body")
    fields = package.structs.get(kind, {})
    names = tuple(fields)
    for index, element in enumerate(body.named_children if body is not None else ()):
        if element.kind == "keyed_element":
            key, value = element.named_children[0], element.named_children[-1]
            name = literal.of(key).text
        elif index < len(names):
            value, name = element, names[index]
        else:
            continue
        inner = value.named_children[0] if value.kind == "literal_element" else value
        yield literal.of(inner), (name,)
        if depth and inner.kind == "composite_literal":
            below = _of_literal(package, literal.of(inner), fields.get(name, ""), depth - 1)
            yield from ((one, (name, *path)) for one, path in below)


def texts_of(package: PackageSyntax, value: Place) -> Iterator[str]:
    """The value, conversions passed over, and the memory that it points into: ``b`` of
    ``&b[0]``."""
    value = bare_value(_unconverted(package, value))
    yield value.text
    node = value.node
    if node.kind not in ("unary_expression", "slice_expression") or (
        node.kind == "unary_expression" and node.token("&") is None
    ):
        return
    while node.kind in ("unary_expression", "index_expression", "slice_expression"):
        operand = node.field("operand")
        if operand is None:
            return
        node = unparenthesized(operand)
    yield value.file.tree.source(node)


def file_of(value: Place) -> str | None:
    """The variable of the file that a value is the number of: ``int(f.Fd())``, or what was set to
    that."""
    inner = bare_value(value)
    local = variable_at(inner.file, inner.node) if inner.node.kind == "identifier" else None
    start = initial_value(local) if local is not None else None
    inner = bare_value(start[0]) if start is not None else inner
    chosen = inner.node.field("function") if inner.node.kind == "call_expression" else None
    operand = chosen.field("operand") if chosen is not None else None
    name = chosen.field("field") if chosen is not None else None
    if operand is None or name is None or operand.kind != "identifier" or arguments_of(inner):
        return None
    return inner.of(operand).text if inner.of(name).text in _NUMBERS else None


def _unconverted(package: PackageSyntax, value: Place) -> Place:
    """What stands inside conversions to types of the package: ``Handle(fd)``."""
    for _ in range(_DEPTH):
        value = without_conversions(value)
        callee = callee_of(value) if value.node.kind == "call_expression" else None
        given = arguments_of(value) if callee is not None else ()
        if callee is None or callee.package or callee.name not in package.types or len(given) != 1:
            break
        value = value.of(unparenthesized(given[0]))
    return value


def closures_behind(
    package: PackageSyntax, variable: Variable, kind: str, source: Place, names: Collection[str]
) -> Iterator[Place]:
    """The expressions with function literals that the locals and the fields of the object named
    in ``source``, by one of ``names``, were set to: what a cleanup calls runs them."""
    below: dict[str, FieldPath] = dict.fromkeys(names, ())
    stored = [(one, path) for one, path in stored_values(package, variable, kind)
              if _has_literal(one.node)]  # fmt: skip
    seen: set[int] = set()
    pending = [source]
    while pending:
        current = pending.pop()
        for node in current.node.walk():
            place = current.of(node)
            found: list[Place] = []
            if node.kind == "selector_expression":
                path = path_below(place, below)
                found = [one for one, where in stored if where == path]
            elif node.kind == "identifier":
                local = variable_at(current.file, node)
                start = initial_value(local) if local is not None else None
                if start is not None and local is not variable and _has_literal(start[0].node):
                    found = [start[0]]
            for one in found:
                if one.node.start not in seen:
                    seen.add(one.node.start)
                    pending.append(one)
                    yield one


def _has_literal(node: Node) -> bool:
    if node.kind == "call_expression":  # sync.OnceFunc(func() {…})
        return any(one.kind == "func_literal" for one in _given(node))
    return node.kind == "func_literal"


def _given(call: Node) -> tuple[Node, ...]:
    listed = call.field("arguments")
    return listed.named_children if listed is not None else ()


def path_below(expression: Place, names: Mapping[str, FieldPath]) -> FieldPath | None:
    """The fields and elements below the object that an expression names, conversions and ``&``
    passed over; None for anything else."""
    fields: list[str] = []
    node = bare_value(expression).node
    while node.kind in (
        "selector_expression", "unary_expression", "index_expression", "slice_expression",
    ):  # fmt: skip
        field, operand = node.field("field"), node.field("operand")
        if operand is None:
            return None
        if field is not None:
            fields.append(expression.file.tree.source(field))
        elif node.kind == "index_expression":
            fields.append(ELEMENT)
        node = bare_value(expression.of(operand)).node
    if node.kind != "identifier":
        return None
    prefix = names.get(expression.file.tree.source(node))
    return (*prefix, *reversed(fields)) if prefix is not None else None


def bare_value(expression: Place) -> Place:
    """What stands inside conversions, ``(*C.T)(…)`` among them, and type assertions."""
    place = without_conversions(expression)
    node = place.node
    asserted = node.field("operand") if node.kind == "type_assertion_expression" else None
    if asserted is not None:
        return bare_value(place.of(asserted))
    function = node.field("function") if node.kind == "call_expression" else None
    given = arguments_of(place) if function is not None else ()
    callee = callee_of(place) if function is not None else None
    if callee is not None and callee.package == "unsafe" and given:
        return bare_value(place.of(given[0]))
    if function is not None and function.kind == "parenthesized_expression" and len(given) == 1:
        inner = unparenthesized(function)
        if inner.kind == "unary_expression" and place.file.tree.source(inner).startswith("*"):
            return bare_value(place.of(given[0]))
    return place
