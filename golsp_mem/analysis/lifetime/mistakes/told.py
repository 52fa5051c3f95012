"""Finalizers and cleanups that never run, stop the program, or release twice; Munmap of a part."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from golsp_mem.analysis.lifetime.mistakes.copied import copied_out
from golsp_mem.analysis.lifetime.mistakes.doubly import released_twice
from golsp_mem.analysis.lifetime.mistakes.parts import refused_parts
from golsp_mem.analysis.lifetime.mistakes.twice import set_twice
from golsp_mem.analysis.lifetime.reading.callees import callees, parameters
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
from golsp_mem.analysis.lifetime.reading.origins import passed
from golsp_mem.analysis.lifetime.reading.package import Package, function_of
from golsp_mem.analysis.lifetime.reading.refused import why_refused
from golsp_mem.model import Allocates, Code, Finding, Span, Step
from golsp_mem.source.package import Place, arguments_of, initial_value
from golsp_mem.source.variables import Variable


def mistakes(import_path: str, known: Package) -> Iterator[Finding]:
    """What the text alone shows of the package's finalizers and cleanups."""
    for first, second in set_twice(known):
        name = " ".join(second.object.text.split())
        is_same = first is second
        yield _finding(
            import_path, second.call, name,
            f"{name} has a finalizer already: the second SetFinalizer ends the program; clear "
            f"the first with SetFinalizer({name}, nil)",
            Step("the loop sets it again" if is_same else "the first one is set here",
                 first.call.span.start),
        )  # fmt: skip
    for called, part in refused_parts(known):
        given = called.of(arguments_of(called)[0])
        whole = part.text.partition("[")[0]
        steps = [Step(f"{given.text} is {part.text}", part.span.start)] if (
            given.text != part.text) else []  # fmt: skip
        yield _finding(
            import_path, called, given.text,
            f"Munmap({given.text}) unmaps nothing: it returns EINVAL for a part of what Mmap "
            f"returned; give it {whole}",
            *steps,
        )  # fmt: skip
    for copied in copied_out(known):
        name = copied.variable.name
        step = Step(f"the {copied.mark.word} is set on {name} itself here", copied.mark.span.start)
        found = _finding(
            import_path, copied.statement, name,
            f"{name} is lost when this returns a copy of it: its {copied.mark.word} may run, and "
            f"release what the copy has, at any time; return &{name}",
            step,
        )  # fmt: skip
        yield evolve(found, code=Code.KEEPALIVE_MISSING, allocates=Allocates.ALWAYS)
    told: set[Span] = set()
    for call in known.cleanups.calls:
        if call.removes:
            continue
        why = why_refused(known, call)
        if why is not None:
            name = call.place.of(call.value).text
            yield _finding(import_path, call.place, name, f"SetFinalizer ends the program: {why}")
            continue
        if call.kind == SET_FINALIZER:
            yield from _in_a_cycle(import_path, known, call)
        for one in _released_twice(import_path, known, call):
            if one.span not in told:  # several constructors, one Close
                told.add(one.span)
                yield one


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
    way = _way_back(known, variable) or next(_ways_by_callees(known, variable), None)
    if way is not None:
        yield _finding(
            import_path, call.place, variable.name,
            f"{variable.name} reaches itself, so its finalizer never runs: what is in a cycle "
            "with a finalizer is not collected; use AddCleanup, or break the cycle",
            Step(f"{variable.name} is stored below itself here", way.span.start),
        )  # fmt: skip


def _way_back(known: Package, variable: Variable) -> Place | None:
    """What is stored below an object and reaches it."""
    stored = definitions(known, variable)
    emptied = {one.path for one in stored if one.value.text == "nil"}
    for one in stored:
        if not one.path or one.path in emptied or _is_own(known, variable, one):
            continue
        if _reaches(known, one.value, variable) or _held_elsewhere(known, one, variable):
            return one.value
    return None


def _ways_by_callees(known: Package, variable: Variable) -> Iterator[Place]:
    """The same in functions that get the object, as their receiver say."""
    for use in variable.uses:
        for call, name in passed(known, variable, use):
            for function in callees(known, call):
                own = name(function)
                held = known.variable(function.of(own)) if own is not None else None
                way = _way_back(known, held) if held is not None else None
                if way is not None:
                    yield way


def _held_elsewhere(known: Package, stored: Definition, variable: Variable) -> bool:
    """Whether what is stored lies in a block of its own, and holds the object."""
    value = bare(known, stored.value)
    called = value.node.field("function")
    if called is not None and value.of(called).text == "append":
        return any(holds(known, value.of(one), variable) for one in arguments_of(value)[1:])
    if not value.text.startswith(("&", "[]", "map[")) and value.node.kind != "identifier":
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


def _reaches(known: Package, value: Place, variable: Variable, depth: int = 3) -> bool:
    node = value.node
    if node.kind == "func_literal":
        return any(node.start <= use.start < node.end for use in variable.uses)
    if node.kind == "call_expression" and depth and _keeps_argument(known, value, variable, depth):
        return True
    root = root_of(known, value)
    held = known.variable(root.place) if root.place.node.kind == "identifier" else None
    if held is variable:
        # A field's own value (`h.n = h.n + 1`) is no way back; the object and its methods are.
        return not root.path or root.path[-1] in known.syntax.methods
    if held is None or root.path or depth == 0:
        return False
    stored = definitions(known, held)
    emptied = {one.path for one in stored if one.path and one.value.text == "nil"}
    return any(
        one.path not in emptied
        and (one.path or one.value.node.kind == "call_expression")
        and _reaches(known, one.value, variable, depth - 1)
        for one in stored
    )


def _keeps_argument(known: Package, call: Place, variable: Variable, depth: int) -> bool:
    """Whether what a function of the package returns points to the object that it gets:
    ``newChild(p)``."""
    functions = callees(known, call)
    for function in functions if len(functions) == 1 else ():
        for name, given in zip(parameters(function), arguments_of(call), strict=False):
            own = known.variable(function.of(name)) if name is not None else None
            root = root_of(known, call.of(given))
            is_it = root.place.node.kind == "identifier" and not root.path
            if own is None or not is_it or known.variable(root.place) is not variable:
                continue
            returned = (
                function.of(value)
                for node in function.node.walk()
                if node.kind == "return_statement" and node.named_children
                for value in node.named_children[0].named_children[:1]
            )
            if any(_holds_below(known, value, own, depth - 1) for value in returned):
                return True
    return False


def _holds_below(known: Package, value: Place, own: Variable, depth: int) -> bool:
    if value.node.kind != "identifier":
        return holds(known, value, own) is not None
    held = known.variable(value)
    if held is None or held is own:
        return held is own
    start = initial_value(held)
    return (start is not None and holds(known, start[0], own) is not None) or _reaches(
        known, value, own, depth
    )


def _released_twice(import_path: str, known: Package, call: CleanupCall) -> Iterator[Finding]:
    found = released_twice(known, call)
    if found is None:
        return
    name, field, method = found
    if call.kind == ADD_CLEANUP:
        text = (
            f"{name} releases {field} too and cannot stop this cleanup, which has a copy of it: it "
            "is released twice; keep the Cleanup that AddCleanup returns and Stop it there"
        )
    else:
        text = (
            f"{name} releases {field} and leaves the finalizer set that releases it, too: it is "
            f"released twice; call SetFinalizer with nil in {name}"
        )
    own = method.node.field("name")
    if call.kind == ADD_CLEANUP or own is None:
        step = Step(f"{name} releases it here", method.span.start)
        yield _finding(import_path, call.place, call.place.of(call.value).text, text, step)
    else:
        step = Step("the finalizer is set here", call.span.start)
        yield _finding(import_path, method.of(own), field, text, step)


def _finding(import_path: str, call: Place, subject: str, message: str, *steps: Step) -> Finding:
    function = function_of(call.file, call.node)
    return Finding(
        code=Code.KEEPALIVE_INEFFECTIVE,
        span=call.span,
        package=import_path,
        function=f"{import_path}.{function.name}" if function is not None else import_path,
        message=message,
        subject=subject,
        reason=steps,
    )
