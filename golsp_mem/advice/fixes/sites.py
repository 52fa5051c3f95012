"""Calls of the standard library for which a row has an edit, found in the text.

They allocate in another package, so that nothing is told of them unless somebody asks
(`Code.HEAP_CALL`). What stands here says only where such a call is written: that it allocates, and
how often, the compiler has to say before anything is offered.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.shape import called, called_of
from golsp_mem.analysis.execution.local import owner_of
from golsp_mem.model import Allocates, Code, Finding
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

FINALIZER = "runtime.SetFinalizer"
SITES = {
    "runtime": frozenset({"SetFinalizer"}),
    "strings": frozenset({"Split", "SplitAfter", "Fields", "NewReplacer"}),
    "fmt": frozenset({"Errorf"}),
    "regexp": frozenset({"MustCompile", "MustCompilePOSIX"}),
    "time": frozenset({"After"}),
}


def site_of(file: GoFile, call: Node) -> tuple[str, str] | None:
    """The import path and the name of a function of `SITES` that a call calls."""
    found = called(file, call)
    if found is None or not any(found[1] in names for names in SITES.values()):
        return None
    for path, names in SITES.items():
        name = called_of(file, call, path)
        if name in names:
            return path, str(name)
    return None


def sites_in(file: GoFile, package: str, first: int, last: int) -> Iterator[Finding]:
    """The calls that touch the lines (1-based, both included) of a file of the package."""
    tree = file.tree
    start, end = tree.line_bounds(first)[0], tree.line_bounds(last)[1]
    for node in tree.nodes_touching(start, end):
        site = site_of(file, node) if node.kind == "call_expression" else None
        if site is not None:
            yield _finding(file, package, node, site)


def _finding(file: GoFile, package: str, call: Node, site: tuple[str, str]) -> Finding:
    span = file.tree.node_span(call)
    owner = owner_of(package, file, span.line)
    inner = file.function_at(span.line, span.column)
    named = ".".join(site)
    return Finding(
        code=Code.HEAP_CALL,
        span=span,
        package=package,
        function=f"{package}.{inner.name}" if inner is not None else owner,
        message=f"{named} allocates",
        allocates=Allocates.CONDITIONAL,
        subject=named,
        callee=named,
        owner=owner,
    )
