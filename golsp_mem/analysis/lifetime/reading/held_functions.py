"""The functions that a field of a struct may hold, where the package shows all of them."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.source.package import PackageSyntax, Place, arguments_of
from golsp_mem.source.parts.functions import parameter_names
from golsp_mem.source.parts.tree import element_value, unparenthesized
from golsp_mem.source.variables import variable_at

_DEPTH = 3


def functions_in_field(package: PackageSyntax, kind: str, field: str) -> tuple[Place, ...] | None:
    """All functions that anything puts there; None where one of them is not known, as it is where
    another package may set the field."""
    if package.name != "main" and field[:1].isupper() and kind[:1].isupper():
        return None
    found: list[Place] = []
    is_set = False
    for value in _values(package, kind, field):
        functions = _functions(package, value, _DEPTH)
        if functions is None:
            return None
        found += functions
        is_set = True
    return tuple(found) if is_set else None


def _values(package: PackageSyntax, kind: str, field: str) -> Iterator[Place]:
    names = package.members.get(kind, ())
    for file in package.files:
        if kind.encode() not in file.text and field.encode() not in file.text:
            continue
        for node in file.tree.root.walk():
            if node.kind == "composite_literal":
                written, body = node.field("type"), node.field("body")
                if written is None or body is None or file.tree.source(written) != kind:
                    continue
                for number, one in enumerate(body.named_children):
                    key = names[number] if number < len(names) else ""
                    if one.kind == "keyed_element":
                        key = file.tree.source(one.named_children[0])
                    if key == field:
                        yield Place(file, unparenthesized(element_value(one)))
            elif node.kind == "assignment_statement":
                left, right = node.field("left"), node.field("right")
                values = right.named_children if right is not None else ()
                for index, target in enumerate(left.named_children if left is not None else ()):
                    name = target.field("field")
                    if name is not None and file.tree.source(name) == field:
                        yield Place(file, unparenthesized(values[min(index, len(values) - 1)]))


def _functions(package: PackageSyntax, value: Place, depth: int) -> list[Place] | None:
    node = value.node
    if node.kind == "func_literal":
        return [value]
    if node.kind == "nil":
        return []
    variable = variable_at(value.file, node) if node.kind == "identifier" else None
    if node.kind == "identifier" and variable is None:
        found = package.functions.get(value.text)
        return [found] if found is not None else None
    if variable is None or not variable.is_parameter or depth == 0:
        return None
    declaration = variable.declaration
    function = next((one for one in declaration.ancestors() if one.kind.endswith("_declaration")
                     and one.field("parameters") is not None), None)  # fmt: skip
    name = function.field("name") if function is not None else None
    if function is None or name is None or function.kind != "function_declaration":
        return None
    called = value.file.tree.source(name)
    listed = function.field("parameters")
    starts = [one.start for one in parameter_names(listed)] if listed is not None else []
    if (called[:1].isupper() and package.name != "main") or declaration.start not in starts:
        return None
    return _given(package, called, starts.index(declaration.start), depth - 1)


def _given(package: PackageSyntax, called: str, index: int, depth: int) -> list[Place] | None:
    """The functions that the calls of a function hand in, wherever it is named."""
    found: list[Place] = []
    for file in package.files:
        for node in file.tree.root.walk() if called.encode() in file.text else ():
            if node.kind != "identifier" or file.tree.source(node) != called:
                continue
            call = node.parent
            if call is None or call.kind == "function_declaration":
                continue
            given = arguments_of(Place(file, call)) if call.field("function") is node else ()
            if index >= len(given):
                return None
            functions = _functions(package, Place(file, unparenthesized(given[index])), depth)
            if functions is None:
                return None
            found += functions
    return found
