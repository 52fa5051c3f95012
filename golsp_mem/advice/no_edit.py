"""Where no edit is safe: why, in one sentence. What people do instead is a cause's remedy.

Said only where no row of `advice.fixes` has a safe edit, whatever the types are.
"""

from __future__ import annotations

from golsp_mem.advice.fixes.shape import loop_around
from golsp_mem.advice.markdown import code
from golsp_mem.model import Code, FateKind, Finding
from golsp_mem.source.package import package_name
from golsp_mem.source.parts.guards import FUNCTIONS
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

_ALWAYS = {
    Code.HEAP_MAKE_CHAN: (
        "No edit avoids it: goroutines share a channel, so it is never in a frame."
    ),
    Code.HEAP_GOROUTINE: (
        "No edit avoids it: a goroutine may run on when this call is over, so what it starts with "
        "is a block."
    ),
    Code.HEAP_MAP_INSERT: (
        "No edit is safe: how many keys come is known only to who fills the map."
    ),
}
_KEPT = (FateKind.RETURNED, FateKind.STORED)
_PRINTERS = ("Print", "Println", "Printf", "Fprint", "Fprintln", "Fprintf", "Fatal", "Fatalf",
             "Panic", "Panicf")  # fmt: skip


def no_edit(finding: Finding, source: GoFile | None) -> str | None:
    """None where an edit may be offered, and for what is made in other code than the reader's."""
    if finding.code in _ALWAYS:
        return _ALWAYS[finding.code]
    if source is None or source.path != finding.span.file or finding.callee is not None:
        return None
    node = unparenthesized(source.tree.smallest(*source.tree.bounds(finding.span)))
    said = _BY_CODE.get(finding.code)
    return said(finding, source, node) if said is not None else None


def _append(finding: Finding, source: GoFile, node: Node) -> str | None:
    del finding, source
    loop = loop_around(node)
    if loop is None:
        return "No edit is safe: how many elements follow is known only to who calls this."
    if any(one.kind in ("if_statement", "expression_switch_statement", "type_switch_statement")
           for one in node.ancestors() if loop.start < one.start):  # fmt: skip
        return "No edit is safe: only some rounds append, so nobody knows how many elements come."
    return None


def _closure(finding: Finding, source: GoFile, node: Node) -> str | None:
    del source
    if loop_around(node) is not None or finding.fate is None or finding.fate.kind not in _KEPT:
        return None
    return (
        "No edit is safe: who keeps the function may call it when this call is over, and needs "
        "what it uses then."
    )


def _block(finding: Finding, source: GoFile, node: Node) -> str | None:
    if finding.fate is None:
        return None
    if finding.fate.kind is FateKind.STORED:
        return "No edit is safe: it is kept somewhere when this call is over."
    function = next((one for one in node.ancestors() if one.kind in FUNCTIONS), None)
    named = function.field("name") if function is not None else None
    name = source.tree.source(named) if named is not None else ""
    seen = name[:1].isupper() and package_name(source) != "main"
    if finding.fate.kind is FateKind.RETURNED and seen:
        return (
            f"No edit is safe: other packages may call {code(name)}, and would have to take a "
            "value for the pointer."
        )
    return None


def _made(finding: Finding, source: GoFile, node: Node) -> str | None:
    function = node.field("function")
    if finding.fate is None or finding.fate.kind not in _KEPT or function is None:
        return None
    if source.tree.source(function) != "make":
        return None
    return "No edit is safe: whoever gets it uses it when this call is over."


def _concat(finding: Finding, source: GoFile, node: Node) -> str | None:
    del finding, source
    if loop_around(node) is not None:
        return None
    return "No edit avoids it: a string never changes, so a longer one needs memory of its own."


def _conversion(finding: Finding, source: GoFile, node: Node) -> str | None:
    if finding.fate is None or finding.fate.kind not in _KEPT or "fmt." in source.tree.source(node):
        return None
    return "No edit is safe: bytes may change and a string must not, so what is kept is a copy."


def _boxing(finding: Finding, source: GoFile, node: Node) -> str | None:
    del finding
    listed = node.parent
    call = listed.parent if listed is not None and listed.kind == "argument_list" else None
    function = call.field("function") if call is not None else None
    name = function.field("field") if function is not None else None
    if name is None or source.tree.source(name) not in _PRINTERS:
        return None
    if node.kind == "identifier" and not source.is_local(source.tree.source(node), node.start):
        return None
    return (
        f"No edit is safe: {code(source.tree.source(name))} takes values of any type, and the "
        "block is how it gets one."
    )


_BY_CODE = {
    Code.HEAP_APPEND: _append,
    Code.HEAP_CLOSURE: _closure,
    Code.HEAP_LITERAL: _block,
    Code.HEAP_NEW: _block,
    Code.HEAP_VARIABLE: _block,
    Code.HEAP_MAKE_SLICE: _made,
    Code.HEAP_MAKE_MAP: _made,
    Code.HEAP_CONCAT: _concat,
    Code.HEAP_CONVERSION: _conversion,
    Code.HEAP_BOXING: _boxing,
}
