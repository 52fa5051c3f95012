"""KeepAlive calls that keep nothing, and cleanups that keep their own object, as the text and types
tell. Whether a call changes anything at all two compiles tell (`compared`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve

from golsp_mem.analysis.lifetime.keepalive_calls import (
    KeepAlive,
    finding_of,
    is_measuring,
    keepalives,
)
from golsp_mem.analysis.lifetime.pointerless import copied_from, pointerless
from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP, CleanupCall, pointed_type
from golsp_mem.analysis.lifetime.reading.expressions import bare
from golsp_mem.analysis.lifetime.reading.held import holds
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.flow import Flow
from golsp_mem.analysis.lifetime.reading.raw.uses import How, RawUse
from golsp_mem.analysis.lifetime.reading.refused import why_refused
from golsp_mem.analysis.lifetime.reading.standard import standard_type
from golsp_mem.model import Code, Finding, Step
from golsp_mem.source.package import (
    Place,
    initial_value,
    selected,
)
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import (
    Variable,
    in_same_function,
    is_assigned_again,
    is_pointed_at,
    setter,
    variable_at,
)

_USED = "is used here"
_SINKS = ("testing.", "time.Now", "time.Since", "AllocsPerRun", "ReadMemStats")
_LITERALS = ("int_literal", "float_literal", "rune_literal", "nil", "true", "false")


def syntactic_ineffective(
    package: str, known: Package, used: Mapping[Flow, Sequence[RawUse]]
) -> Iterator[Finding]:
    """`keepalive-ineffective` as far as the text alone is certain; ``used`` are the raw uses of
    all declarations that take a raw resource."""
    for one in keepalives(known.syntax):
        flow = next((flow for flow in used if flow.covers(one.call)), None)
        yield from _wrong_value(package, known, flow, one)
        if flow is not None:
            yield from _too_early(package, one, used[flow])
            yield from _copy(package, known, one, used[flow])
    for call in known.cleanups.calls:
        if not call.removes and why_refused(known, call) is None:
            yield from _keeps_itself(package, known, call)


def _wrong_value(
    package: str, known: Package, flow: Flow | None, one: KeepAlive
) -> Iterator[Finding]:
    if one.argument.node.kind in _LITERALS:
        yield finding_of(
            package, one, f"KeepAlive({one.argument.text}) keeps nothing: name a value"
        )
        return
    if one.argument.node.kind == "identifier" and one.argument.text in known.syntax.variables:
        if one.variable is None and not is_measuring(one):
            yield finding_of(
                package, one,
                f"KeepAlive({one.argument.text}) keeps nothing: what a package variable holds is "
                "live as long as it holds it",
            )  # fmt: skip
        return
    inner = bare(known, one.argument)
    variable = known.variable(inner) if inner.node.kind == "identifier" else None
    if variable is not None and _is_emptied(variable, one):
        yield finding_of(package, one, f"KeepAlive({variable.name}) keeps nothing: it is nil here")
        return
    yield from _without_pointers(package, known, flow, one)
    if variable is not None:
        yield from _of_package_variable(package, known, variable, one)


def _without_pointers(
    package: str, known: Package, flow: Flow | None, one: KeepAlive
) -> Iterator[Finding]:
    found = pointerless(known, one.argument)
    if found is None:
        return
    names = {variable.name: variable for variable in found.variables}
    carried = [
        (name, taking)
        for name, variable in names.items()
        for use in variable.uses
        if flow is not None and one.argument.node.start <= use.start < one.argument.node.end
        for taking in flow.carried(one.argument.of(use))
        # What makes an owner of a number is no number.
        if not taking.is_memory and not taking.is_part and not taking.is_adopted
    ]
    if not carried and _is_a_sink(one):
        return
    text = one.argument.text
    if found.is_address:
        why = f"nothing else has the address of {text.removeprefix('&')}, which holds no pointer"
    elif found.is_number:
        why = f"{text if one.argument.node.kind == 'identifier' else 'it'} is a number"
    else:
        why = f"{text if one.argument.node.kind == 'identifier' else 'it'} holds no pointer"
    message = f"KeepAlive({text}) keeps nothing: {why}"
    if not carried:
        yield finding_of(package, one, message)
        return
    name, raw = min(carried, key=lambda each: each[1].expression.span.start)
    owner = " ".join(raw.owner.text.split())
    # Who writes a call once more gets another owner.
    is_named = all(node.kind != "call_expression" for node in raw.owner.node.walk())
    kept = f": KeepAlive({owner})" if is_named else f", {owner}, in a variable, and that alive"
    yield finding_of(
        package, one, f"{message}; keep its owner{kept}",
        Step(f"{name} is taken from {owner} here", raw.expression.span.start),
    )  # fmt: skip


def _copy(
    package: str, known: Package, one: KeepAlive, uses: Sequence[RawUse]
) -> Iterator[Finding]:
    owner = copied_from(known, one.argument)
    if owner is None or pointerless(known, one.argument) is not None or is_measuring(one):
        return
    owners = (variable_at(one.call.file, unparenthesized(use.taking.owner.node)) for use in uses)
    if any(each.declaration.start == owner.declaration.start for each in owners if each):
        text = one.argument.text
        yield finding_of(
            package, one,
            f"KeepAlive({text}) does not keep {owner.name}, of which it is a copy; "
            f"KeepAlive({owner.name}) does",
        )  # fmt: skip


def _is_a_sink(one: KeepAlive) -> bool:
    """Whether the call is there to have a result computed: in benchmarks that is its sense."""
    file = one.call.file
    around = file.tree.top_level(one.call.node.start)
    text = file.tree.source(around) if around is not None else ""
    return file.path.endswith("_test.go") or any(word in text for word in _SINKS)


def _of_package_variable(
    package: str, known: Package, variable: Variable, one: KeepAlive
) -> Iterator[Finding]:
    """``t := shared`` of a package variable that nothing sets again."""
    start = initial_value(variable)
    if start is None or is_assigned_again(variable) or one.argument.text.startswith("&"):
        return
    held = start[0].node
    name = start[0].text
    if held.kind != "identifier" or name not in known.syntax.variables or is_measuring(one):
        return
    if known.variable(start[0]) is not None or known.syntax.is_set(name):
        return
    if name[:1].isupper() and known.syntax.name != "main":
        return  # another package may set it
    yield finding_of(
        package, one,
        f"KeepAlive({variable.name}) keeps nothing: the package variable {name} holds it, and "
        "nothing sets that again",
        Step(f"{variable.name} is what {name} holds", start[0].span.start),
    )  # fmt: skip


def _is_emptied(variable: Variable, one: KeepAlive) -> bool:
    """Whether the last that is stored in the variable before the call is nil, whatever happens."""
    sets = [
        use for use in variable.uses if setter(use) is not None and use.start < one.call.node.start
    ]
    last = max(sets, key=lambda use: use.start, default=None)
    statement = setter(last) if last is not None else None
    if last is None or statement is None or statement.kind != "assignment_statement":
        return False
    left, right = statement.field("left"), statement.field("right")
    if left is None or right is None or len(left.named_children) != len(right.named_children):
        return False
    value = right.named_children[left.named_children.index(last)]
    listed = statement.parent
    is_here = in_same_function(variable, last) and in_same_function(variable, one.call.node)
    return (
        variable.file.tree.source(value) == "nil"
        and is_here
        and not one.is_deferred
        and listed is one.statement.parent
        and not any(is_pointed_at(use) for use in variable.uses)
    )


def _too_early(package: str, one: KeepAlive, uses: Sequence[RawUse]) -> Iterator[Finding]:
    """The resource is used in a call behind the KeepAlive, in the same list of statements."""
    if one.is_deferred or one.variable is None or one.statement.parent is None:
        return
    listed = one.statement.parent
    for use in uses:
        owner = variable_at(one.call.file, unparenthesized(use.taking.owner.node))
        same = owner is not None and owner.declaration.start == one.variable.declaration.start
        call = use.node
        if owner is None or not same or not use.is_kept or use.how is How.RETURN:
            continue
        if not one.statement.end <= call.start < listed.end:
            continue
        if any(node.start >= call.start for node in owner.uses):
            continue  # kept by a later use
        yield finding_of(
            package,
            one,
            f"KeepAlive({one.argument.text}) stands before the last use of "
            f"{use.place.text}: move it behind that call",
            Step(f"{use.place.text} {_USED}", use.place.span.start),
        )
        return


def told_once(missing: Sequence[Finding], ineffective: Sequence[Finding]) -> list[Finding]:
    """Both kinds of findings; of a KeepAlive that stands before the use at which its value is lost
    only the use is told."""
    early = {one.reason[0].position: one for one in ineffective if _is_early(one)}
    lost = {one.span.start for one in missing}
    found = [_behind(early[at], one) if (at := one.span.start) in early else one for one in missing]
    return [*found, *(one for one in ineffective
                      if not _is_early(one) or one.reason[0].position not in lost)]  # fmt: skip


def _behind(early: Finding, use: Finding) -> Finding:
    step = Step("this KeepAlive stands before it", early.span.start)
    text = f"{use.message}; the KeepAlive before it is too early"
    return evolve(use, message=text, reason=(*use.reason, step))


def _is_early(one: Finding) -> bool:
    return bool(one.reason) and one.reason[0].text.endswith(_USED)


def _keeps_itself(package: str, known: Package, call: CleanupCall) -> Iterator[Finding]:
    found = itself_kept(known, call)
    if found is None:
        return
    owner, node, text = found
    word = call.word
    held = call.place.of(node)
    function = held.file.function_at(call.span.line, call.span.column)
    yield Finding(
        code=Code.KEEPALIVE_INEFFECTIVE,
        span=held.span,
        package=package,
        function=f"{package}.{function.name}" if function is not None else package,
        message=(
            f"this {word} {text} {owner.name} and keeps it alive: {_outcome(call, owner, held)}; "
            f"pass only what the {word} needs"
        ),
        subject=owner.name,
        reason=(Step(f"the {word} is set here", call.span.start),),
    )


def _outcome(call: CleanupCall, owner: Variable, held: Place) -> str:
    """What becomes of a cleanup that keeps its object (runtime/mcleanup.go, Go 1.24 to 1.27)."""
    never = f"{owner.name} is never collected and the {call.word} never runs"
    if call.kind != ADD_CLEANUP:
        return never
    since = f"AddCleanup panics (before Go 1.26 {never})"
    if call.argument is not None and held.node.start == call.argument.start:
        if held.text == owner.name:
            return "AddCleanup panics"
        return since if held.text.startswith("&") else never
    bound = selected(held)
    is_bound = bound is not None and held.of(bound[0]).text == owner.name
    return since if call.function.kind == "func_literal" or is_bound else never


def itself_kept(known: Package, call: CleanupCall) -> tuple[Variable, Node, str] | None:
    """The object that a cleanup keeps alive itself: where the cleanup names it, and in what way."""
    value = call.value
    if value.kind == "unary_expression":
        operand = value.field("operand")
        value = unparenthesized(operand) if operand is not None else value
    owner = variable_at(call.place.file, value) if value.kind == "identifier" else None
    if owner is None or is_assigned_again_but_for(owner, call.value):
        return None
    how = _reference(known, call, owner)
    return (owner, *how) if how is not None else None


def is_assigned_again_but_for(variable: Variable, address: Node) -> bool:
    """is_assigned_again, where the address that the cleanup itself takes does not count."""
    if not is_assigned_again(variable):
        return False
    uses = tuple(use for use in variable.uses if not address.start <= use.start < address.end)
    return is_assigned_again(
        Variable(variable.name, variable.file, variable.function, variable.declaration, uses)
    )


def _reference(known: Package, call: CleanupCall, owner: Variable) -> tuple[Node, str] | None:
    """What of a cleanup reaches the object: a captured use, its argument, a method value."""
    kind = pointed_type(known.syntax, owner)
    bound = selected(call.place.of(call.function))
    starts = {use.start for use in owner.uses}
    if bound is not None and bound[0].start in starts and standard_type(kind or "") is not None:
        return call.function, "is a method value of"
    if call.value.kind == "unary_expression" and call.function.kind != "func_literal":
        return None  # of `&v` what gets v gets a copy
    held = holds(known, call.place.of(call.function), owner)
    if held is not None:
        if call.function.kind == "func_literal":
            return held, "captures"
        return call.function, "is a method value of" if bound is not None else "holds"
    given = call.argument if call.kind == ADD_CLEANUP and call.value.kind == "identifier" else None
    if given is not None and holds(known, call.place.of(given), owner) is not None:
        return given, "gets"
    return None
