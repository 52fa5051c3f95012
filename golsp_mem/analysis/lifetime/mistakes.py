"""Finalizers and cleanups that never run, stop the program, or release twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from golsp_mem.analysis.lifetime.ineffective import itself_kept
from golsp_mem.analysis.lifetime.reading.callees import receiver
from golsp_mem.analysis.lifetime.reading.cleanups import (
    ADD_CLEANUP,
    SET_FINALIZER,
    CleanupCall,
    pointed_type,
)
from golsp_mem.analysis.lifetime.reading.definitions import Definition, definitions
from golsp_mem.analysis.lifetime.reading.expressions import bare, root_of
from golsp_mem.analysis.lifetime.reading.fields import Fields
from golsp_mem.analysis.lifetime.reading.held import holds
from golsp_mem.analysis.lifetime.reading.package import Package, function_of
from golsp_mem.analysis.lifetime.reading.standard import RAW_PACKAGES, RELEASING
from golsp_mem.model import Code, Finding, Step
from golsp_mem.source.package import Place, arguments_of, callee_of, method_call
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.variables import Variable, variable_at

_RELEASING_METHODS = ("Close", "Release", "Free", "Destroy", "Unmap", "Shutdown")


def mistakes(import_path: str, known: Package) -> Iterator[Finding]:
    """What the text alone shows of the package's finalizers and cleanups."""
    yield from _set_twice(import_path, known)
    for call in known.cleanups.calls:
        if call.removes:
            continue
        if call.kind == SET_FINALIZER:
            yield from _in_a_cycle(import_path, known, call)
        else:
            yield from _released_twice(import_path, known, call)


def _set_twice(import_path: str, known: Package) -> Iterator[Finding]:
    """Two finalizers for one object, one behind the other: the runtime throws."""
    calls = [one for one in known.cleanups.calls if one.kind == SET_FINALIZER]
    for first, second in pairwise(calls):
        statement, other = first.place.node.parent, second.place.node.parent
        if first.removes or second.removes or statement is None or other is None:
            continue
        one, two = _object(known, first), _object(known, second)
        if one is None or one is not two or statement.parent is not other.parent:
            continue
        yield _finding(
            import_path, second,
            f"{one.name} has a finalizer already: the second SetFinalizer ends the program; clear "
            f"the first with SetFinalizer({one.name}, nil)",
            Step("the first one is set here", first.span.start),
        )  # fmt: skip


def _object(known: Package, call: CleanupCall) -> Variable | None:
    value = call.value
    return known.variable(call.place.of(value)) if value.kind == "identifier" else None


def _in_a_cycle(import_path: str, known: Package, call: CleanupCall) -> Iterator[Finding]:
    """An object that reaches itself and has a finalizer is never collected (runtime.SetFinalizer);
    with a cleanup it would be. A pointer of a block into itself is no way back: the collector
    passes it over (runtime.scanobject, Go 1.22 to 1.27)."""
    variable = _object(known, call)
    if variable is None:
        return
    stored = definitions(known, variable)
    emptied = {one.path for one in stored if one.value.text == "nil"}
    for one in stored:
        if not one.path or one.path in emptied or _is_own(known, variable, one):
            continue
        if _reaches(known, one.value, variable) or _held_elsewhere(known, one, variable):
            yield _finding(
                import_path, call,
                f"{variable.name} reaches itself, so its finalizer never runs: what is in a cycle "
                "with a finalizer is not collected; use AddCleanup, or break the cycle",
                Step(f"{variable.name} is stored below itself here", one.value.span.start),
            )  # fmt: skip
            return


def _held_elsewhere(known: Package, stored: Definition, variable: Variable) -> bool:
    """Whether what is stored lies in a block of its own, and holds the object."""
    value = bare(known, stored.value)
    called = value.node.field("function")
    if called is not None and value.of(called).text == "append":
        return any(holds(known, value.of(one), variable) for one in arguments_of(value)[1:])
    if not value.text.startswith("&") and value.node.kind != "identifier":
        return False
    return holds(known, value, variable) is not None


def _is_own(known: Package, variable: Variable, stored: Definition) -> bool:
    """Whether the object's own address lies in its own block: ``o.self = o``."""
    root = root_of(known, stored.value)
    kind = pointed_type(known.syntax, variable)
    if kind is None or root.path or root.place.node.kind != "identifier":
        return False
    fields = Fields(known.syntax)
    return known.variable(root.place) is variable and not fields.block_of(kind, stored.path[:-1])


def _reaches(known: Package, value: Place, variable: Variable, depth: int = 2) -> bool:
    node = value.node
    if node.kind == "func_literal":
        return any(node.start <= use.start < node.end for use in variable.uses)
    root = root_of(known, value)
    held = known.variable(root.place) if root.place.node.kind == "identifier" else None
    if held is variable:
        # A field's own value (`h.n = h.n + 1`) is no way back; the object and its methods are.
        return not root.path or root.path[-1] in known.syntax.methods
    if held is None or root.path or depth == 0:
        return False
    return any(
        one.path and _reaches(known, one.value, variable, depth - 1)
        for one in definitions(known, held)
    )


def _released_twice(import_path: str, known: Package, call: CleanupCall) -> Iterator[Finding]:
    """A Close that releases what the cleanup got a copy of, and stops no cleanup."""
    statement = call.place.node.parent
    if call.kind != ADD_CLEANUP or statement is None or statement.kind != "expression_statement":
        return  # who keeps the Cleanup may stop it
    if itself_kept(known, call) is not None:
        return  # it never runs
    for name in _RELEASING_METHODS:
        method = known.syntax.functions.get(f"{call.type}.{name}")
        released = _released(known, method, call) if method is not None else None
        if method is None or released is None:
            continue
        field = released.text.rpartition(".")[2]
        yield _finding(
            import_path, call,
            f"{name} releases {field} too and cannot stop this cleanup, which has a copy of it: it "
            "is released twice; keep the Cleanup that AddCleanup returns and Stop it there",
            Step(f"{name} releases it here", released.span.start),
        )  # fmt: skip
        return


def _released(known: Package, method: Place, call: CleanupCall) -> Place | None:
    own = receiver(method)
    variable = variable_at(method.file, own) if own is not None else None
    if variable is None:
        return None
    for node in method.node.walk():
        place = method.of(node)
        if node.kind != "call_expression":
            continue
        chosen = method_call(place)
        if chosen is not None and chosen[1] == "Stop":
            return None
        callee = callee_of(place)
        if callee is None or callee.package not in RAW_PACKAGES or callee.name not in RELEASING:
            continue
        if callee not in call.releases:
            continue  # the cleanup does something else with it
        for argument in arguments_of(place):
            given = bare(known, method.of(argument))
            root = root_of(known, given)
            if root.path in call.paths and _is(root.place.node, variable):
                return given
    return None


def _is(node: Node, variable: Variable) -> bool:
    return any(use.start == node.start for use in variable.uses)


def _finding(import_path: str, call: CleanupCall, message: str, *steps: Step) -> Finding:
    function = function_of(call.place.file, call.place.node)
    return Finding(
        code=Code.KEEPALIVE_INEFFECTIVE,
        span=call.span,
        package=import_path,
        function=f"{import_path}.{function.name}" if function is not None else import_path,
        message=message,
        subject=call.place.of(call.value).text,
        reason=steps,
    )
