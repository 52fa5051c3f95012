"""``sort.Slice`` of what has an order: ``slices.Sort`` and ``slices.SortFunc``, which box nothing.

`sort.Slice` boxes the slice and swaps by reflection. Only functions that compare one value of each
element with ``<`` or ``>`` are rewritten. Neither of the two keeps the order of equal elements;
``sort.SliceStable`` and ``slices.SortStableFunc`` both do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    argument_of,
    arguments,
    called_of,
    has_comment,
    is_path,
    replace,
    statements_of,
)
from golsp_mem.model import Code, Finding
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_SINCE = 21
# The order of floats differs: cmp.Compare puts NaN first, < puts it nowhere.
_ORDERED = frozenset(
    {
        *("string", "int", "int8", "int16", "int32", "int64", "rune", "byte", "uintptr"),
        *("uint", "uint8", "uint16", "uint32", "uint64"),
    }
)
_NAME = re.compile(r"[^\W\d]\w*")


@frozen(eq=False)
class _Less:
    """``a`` is compared with ``b`` after the index: ``.name`` of ``xs[i].name < xs[j].name``.
    ``left`` is the operand of which the type is asked."""

    list: Node
    tail: str
    left: Node
    descending: bool
    stable: bool


def _sorted(file: GoFile, finding: Finding) -> tuple[Node, _Less] | None:
    boxed = argument_of(file, finding)
    name = called_of(file, boxed[0], "sort") if boxed is not None else None
    if boxed is None or name not in ("Slice", "SliceStable"):
        return None
    given = arguments(boxed[0])
    if len(given) != 2 or not is_path(given[0]) or given[1].kind != "func_literal":
        return None
    less = _less(file, given[0], given[1], stable=name == "SliceStable")
    return (boxed[0], less) if less is not None else None


def _less(file: GoFile, listed: Node, literal: Node, *, stable: bool) -> _Less | None:
    parameters, body = literal.field("parameters"), literal.field("body")
    if parameters is None or body is None or has_comment(file, literal):
        return None
    names = _NAME.findall(file.tree.source(parameters))
    statements = statements_of(body)
    if len(names) != 3 or names[2] != "int" or len(statements) != 1:
        return None
    returned = statements[0]
    values = returned.named_children[0].named_children if returned.named_children else ()
    if returned.kind != "return_statement" or len(values) != 1:
        return None
    compared = values[0]
    operator, left, right = (compared.field(one) for one in ("operator", "left", "right"))
    if compared.kind != "binary_expression" or operator is None or left is None or right is None:
        return None
    if operator.kind not in ("<", ">"):
        return None
    first, second = _element(file, listed, left), _element(file, listed, right)
    if first is None or second is None or first[1] != second[1]:
        return None
    if {first[0], second[0]} != {names[0], names[1]}:
        return None
    descending = (operator.kind == ">") != (first[0] == names[1])
    return _Less(listed, first[1], left, descending, stable)


def _element(file: GoFile, listed: Node, operand: Node) -> tuple[str, str] | None:
    """The index, and what stands behind it, of ``xs[i].name``: fields only, no calls."""
    node, tail = operand, ""
    while node.kind == "selector_expression":
        name, inner = node.field("field"), node.field("operand")
        if name is None or inner is None:
            return None
        tail = f".{file.tree.source(name)}{tail}"
        node = inner
    indexed, index = node.field("operand"), node.field("index")
    if node.kind != "index_expression" or indexed is None or index is None:
        return None
    if file.tree.source(indexed) != file.tree.source(listed) or index.kind != "identifier":
        return None
    return file.tree.source(index), tail


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context
    found = _sorted(file, finding)
    if found is not None:
        yield Place(file, found[1].list)
        yield Place(file, found[1].left)


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    found = _sorted(file, finding)
    if found is None or context.language < _SINCE:
        return
    call, less = found
    slices = context.qualifier(file, call, "slices")
    listed = context.type_of(file, less.list) or ""
    listed = context.package.types.get(listed, listed)
    if slices is None or not listed.startswith("[]"):
        return
    if context.type_of(file, less.left) not in _ORDERED:
        return
    text = file.tree.source(less.list)
    needs: tuple[str, ...] = ("slices",)
    name = "SortStableFunc" if less.stable else "SortFunc"
    if not less.tail and not less.descending and not less.stable:
        name = "Sort"
        written = f"{slices}Sort({text})"
    else:
        cmp = context.qualifier(file, call, "cmp")
        element = _written(file, listed[2:])
        if cmp is None or element is None or not {"a", "b"}.isdisjoint(context.package_names):
            return
        first, second = ("b", "a") if less.descending else ("a", "b")
        compared = f"{cmp}Compare({first}{less.tail}, {second}{less.tail})"
        written = f"{slices}{name}({text}, func(a, b {element}) int {{ return {compared} }})"
        needs = ("slices", "cmp")
    boxed = context.near(file, call, Code.HEAP_BOXING)
    closures = context.near(file, call, Code.HEAP_CLOSURE)
    yield Candidate(
        row="sorting",
        title=f"Sort with slices.{name}: the boxed slice goes, and reflection with it",
        edits=(replace(file, call, written),),
        findings=boxed,
        gone=(*boxed, *closures),
        needs=needs,
        drops=("sort",),
    )


def _written(file: GoFile, type_: str) -> str | None:
    """The element type as the file may write it."""
    name = type_.lstrip("*")
    if _NAME.fullmatch(name):
        return type_
    package, dot, rest = name.partition(".")
    known = any((one.name or one.path.rpartition("/")[2]) == package for one in file.imports)
    return type_ if dot and known and _NAME.fullmatch(rest) else None


ROW = Row("sorting", frozenset({Code.HEAP_BOXING}), _candidates, _asks)
