"""Cleanups that are set on one object to release what another has: a guard that lies beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP, CleanupCall, Guard
from golsp_mem.analysis.lifetime.reading.standard import releases_by_name
from golsp_mem.analysis.lifetime.reading.stored import texts_of
from golsp_mem.source.package import PackageSyntax, Place
from golsp_mem.source.parts.tree import Node, element_value
from golsp_mem.source.variables import function_node, variable_at


def guards_of(package: PackageSyntax, calls: Iterable[CleanupCall]) -> Iterator[Guard]:
    """Those that the functions put into a struct which set the cleanups."""
    for call in calls:
        if call.kind != ADD_CLEANUP or call.value.kind != "identifier" or call.paths:
            continue
        function = function_node(call.place.node)
        if function is None or not any(map(releases_by_name, call.releases)):
            continue
        guard = call.place.file.tree.source(call.value)
        numbers = frozenset(_numbers(call)) - {guard}
        for kind, stored in _structs(package, call.place.of(function)):
            at = [name for name, texts in stored.items() if guard in texts]
            for name, texts in stored.items() if at else ():
                if texts & numbers:
                    yield Guard(kind, (name,), (at[0],), call.type or "")


def _numbers(call: CleanupCall) -> Iterator[str]:
    """The variables of the function that the cleanup gets, or captures."""
    sources = [one for one in (call.argument, call.function) if one is not None]
    for source in sources if call.function.kind == "func_literal" else sources[:1]:
        for node in source.walk():
            held = variable_at(call.place.file, node) if node.kind == "identifier" else None
            if held is not None and not held.is_declared_in(call.function):
                yield held.name


def _structs(
    package: PackageSyntax, function: Place
) -> Iterator[tuple[str, Mapping[str, frozenset[str]]]]:
    """(type, what is put into its fields) of each literal of a struct of the package."""
    for node in function.node.walk():
        written = node.field("type") if node.kind == "composite_literal" else None
        kind = function.file.tree.source(written).partition("[")[0] if written is not None else ""
        if kind in package.structs:
            names = package.members.get(kind, ())
            yield kind, dict(_fields(package, function.of(node), names))


def _fields(
    package: PackageSyntax, literal: Place, names: Collection[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    body: Node | None = literal.node.field("body")
    listed = tuple(names)
    for number, element in enumerate(body.named_children if body is not None else ()):
        name = listed[number] if number < len(listed) else ""
        if element.kind == "keyed_element":
            name = literal.of(element.named_children[0]).text
        yield name, frozenset(texts_of(package, literal.of(element_value(element))))
