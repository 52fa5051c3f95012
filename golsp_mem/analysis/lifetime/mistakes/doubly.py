"""What both a method, Close say, and the finalizer or cleanup behind it release."""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.analysis.lifetime.ineffective import itself_kept
from golsp_mem.analysis.lifetime.mistakes.given_back import GivenBack, released_by
from golsp_mem.analysis.lifetime.reading.callees import callees
from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP, CleanupCall
from golsp_mem.analysis.lifetime.reading.expressions import static_type
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.released import body_of
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place
from golsp_mem.source.variables import function_node

_RELEASING_METHODS = ("Close", "Release", "Free", "Destroy", "Unmap", "Shutdown", "Delete")
_STOP = re.compile(rb"\bStop\b")
_TAKING_OFF = (b"SetFinalizer", b".Stop(", b"KeepAlive")


def released_twice(known: Package, call: CleanupCall) -> tuple[str, str, Place] | None:
    """(method, field, where it is) of a method that releases what the cleanup of its receiver
    releases once more: a cleanup has a copy, a finalizer finds the object as the method left it.
    """
    if call.type is None or itself_kept(known, call) is not None or _may_be_stopped(known, call):
        return None
    body = body_of(known.syntax, call.run)
    run = list(released_by(known, body)) if body is not None else []
    for name in _RELEASING_METHODS:
        method = known.syntax.functions.get(f"{call.type}.{name}")
        if method is None or _takes_off(known, method) or not _is_called(known, call, name):
            continue
        for one in released_by(known, method):
            if one.index == -1 and one.path and _is_again(call, one, run):
                return name, one.path[-1], method
    return None


def _is_again(call: CleanupCall, released: GivenBack, run: list[GivenBack]) -> bool:
    if call.kind == ADD_CLEANUP:
        # Its argument is one of the fields; what it does with it its body tells.
        return released.path in call.paths and any(
            one.index == 0 and not one.path and one.kind is released.kind for one in run
        )
    if released.is_cleared or released.is_asked:
        return False
    return any(one.path == released.path and not one.is_cleared and not one.is_asked for one in run)


def _takes_off(known: Package, method: Place) -> bool:
    """Whether the method, or one that it calls, may take the finalizer or cleanup off."""
    return any(
        word in one.file.text[one.node.start : one.node.end]
        for one in (method, *_called(known, method))
        for word in _TAKING_OFF
    )


def _is_called(known: Package, call: CleanupCall, name: str) -> bool:
    """Whether somebody but the finalizer calls the method, or may."""
    if call.kind == ADD_CLEANUP or (
        known.syntax.name != "main" and (call.type or "")[:1].isupper()
    ):
        return True
    for where in known.syntax.calls_near(re.compile(rb"\b%s\b" % name.encode())):
        function = where.node.field("function")
        operand = function.field("operand") if function is not None else None
        written = static_type(known, where.of(operand)) if operand is not None else None
        is_it = base_of(written or "") == call.type
        if is_it and not known.cleanups.runs(function_node(where.node) or where.node):
            return True
    return False


def _called(known: Package, method: Place) -> Iterator[Place]:
    for node in method.node.walk():
        if node.kind == "call_expression":
            yield from callees(known, method.of(node))


def _may_be_stopped(known: Package, call: CleanupCall) -> bool:
    """Whether who has what AddCleanup returned stops the cleanup, or may."""
    statement = call.place.node.parent
    if call.kind != ADD_CLEANUP or statement is None or statement.kind == "expression_statement":
        return False
    outer = statement.parent
    left = outer.field("left") if outer is not None else None
    if left is None or len(left.named_children) != 1:
        return True
    target = call.place.of(left.named_children[0]).text
    if target == "_":
        return False
    return "." not in target or any(
        _is_stop(known, one, target.rpartition(".")[2], call.type or "")
        for one in known.syntax.calls_near(_STOP)
    )


def _is_stop(known: Package, call: Place, field: str, kind: str) -> bool:
    """Whether a call is ``t.field.Stop()`` where t is of the type, or may be."""
    function = call.node.field("function")
    operand = function.field("operand") if function is not None else None
    if operand is None or not call.text.endswith(f"{field}.Stop()"):
        return False
    holder = operand.field("operand")
    written = static_type(known, call.of(holder)) if holder is not None else None
    return written is None or base_of(written) == kind
