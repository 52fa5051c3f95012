"""Functions that set a finalizer or cleanup on what they get: each of their calls is one too.

``func track[T io.Closer](v T, f func(T)) T { runtime.SetFinalizer(v, f); return v }``
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from golsp_mem.analysis.lifetime.reading.cleanups import CleanupCall
from golsp_mem.source.package import (
    PackageSyntax,
    Place,
    arguments_of,
    named,
    parameters_of,
)
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node, unparenthesized


def forwarded(package: PackageSyntax, call: CleanupCall) -> Iterator[CleanupCall]:
    """The calls of the function around ``call``, where that sets a cleanup on a parameter whose
    type its callers choose: a type parameter's or an interface's."""
    function = call.place.file.tree.top_level(call.place.node.start)
    if function is None or function.kind not in DECLARATIONS or call.value.kind != "identifier":
        return
    own = call.place.of(function)
    names = [name for name, _ in parameters_of(own)]
    kinds = dict(parameters_of(own))
    value = call.place.of(call.value).text
    if value not in names or not _is_chosen(package, own, kinds[value]):
        return
    name = function.field("name")
    called = call.place.file.tree.source(name) if name is not None else ""
    for one in package.calls_near(re.compile(rb"\b" + re.escape(called.encode()) + rb"\b")):
        given = arguments_of(one)
        if len(given) < len(names) or not _calls(one, called):
            continue
        by_name = dict(zip(names, given, strict=False))
        passed = by_name.get(call.place.of(call.function).text)
        argument = call.argument
        handed = by_name.get(call.place.of(argument).text) if argument is not None else None
        yield evolve(
            call,
            place=one,
            value=unparenthesized(by_name[value]),
            function=unparenthesized(passed) if passed is not None else call.function,
            home=one if passed is not None else call.place,
            argument=unparenthesized(handed) if handed is not None else None,
            forwards=call.place,
        )


def _is_chosen(package: PackageSyntax, function: Place, written: str) -> bool:
    listed = function.node.field("type_parameters")
    name = written.lstrip("*").partition("[")[0]
    if listed is not None and any(
        node.kind == "identifier" and function.file.tree.source(node) == name
        for node in listed.walk()
    ):
        return True
    known = package.types.get(name, name)
    return known == "any" or known.startswith("interface") or known.endswith("Closer")


def _calls(call: Place, name: str) -> bool:
    function = call.node.field("function")
    node: Node | None = unparenthesized(function) if function is not None else None
    if node is not None and node.kind in ("type_instantiation_expression", "index_expression"):
        node = node.named_children[0]
    if node is None:
        return False
    callee = named(call.of(node))
    if callee is not None and not callee.package and callee.name == name:
        return True
    field = node.field("field") if node.kind == "selector_expression" else None
    return callee is None and field is not None and call.file.tree.source(field) == name
