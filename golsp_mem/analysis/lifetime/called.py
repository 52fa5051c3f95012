"""What called functions do for an owner: take its finalizer or cleanup off, or keep it alive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from golsp_mem.analysis.lifetime.needing import needs_behind
from golsp_mem.analysis.lifetime.order import is_around
from golsp_mem.analysis.lifetime.reading.callees import callees, parameter_at, receiver
from golsp_mem.analysis.lifetime.reading.cleanups import (
    SET_FINALIZER,
    CleanupCall,
    literal_of_pointer,
)
from golsp_mem.analysis.lifetime.reading.definitions import definitions
from golsp_mem.analysis.lifetime.reading.effects import Holder
from golsp_mem.analysis.lifetime.reading.expressions import (
    Path,
    root_of,
    static_type,
    variable_type,
)
from golsp_mem.analysis.lifetime.reading.keeping import Keeping
from golsp_mem.analysis.lifetime.reading.origins import passed
from golsp_mem.analysis.lifetime.reading.package import Package, cleanups_on
from golsp_mem.analysis.lifetime.reading.sites import Resource, Site, When, Within
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place, arguments_of, callee_of, initial_value
from golsp_mem.source.parts.tree import Node, element_value
from golsp_mem.source.variables import Variable, in_same_function, share_a_loop

_CLEANUP = "runtime.Cleanup"
_PLAIN = ("expression_statement", "short_var_declaration", "assignment_statement")

_NameIn = Callable[[Place], Node | None]


def is_stopped(package: Package, variable: Variable, at: Site, start: int) -> bool:
    """Whether the function takes the finalizer or cleanup off again, or one that it called with the
    owner before the byte offset ``start``, whatever happens; or sets it behind the site only."""
    if _is_marked_later(package, variable, at):
        return True
    marks = cleanups_on(package, variable)
    if any(one.removes or _is_result_used(one) for one in marks):
        return True
    before = [
        use
        for use in variable.uses
        if use.start < start and any(is_around(use, at.node, kind) for kind in _PLAIN)
    ]
    return any(_is_stop(package, variable, use) for use in before) or any(
        _removes(package, call, name)
        for use in variable.uses
        if use.start < start
        for call, name in passed(package, variable, use)
        if use in before or _is_taken_by(call, start)
    )


def _is_marked_later(package: Package, variable: Variable, at: Site) -> bool:
    """Whether the function that made the object sets its finalizer or cleanup behind the site only:
    at the site nothing would release what the object has, should it be collected."""
    marks = [one for one in cleanups_on(package, variable) if not one.removes]
    start = initial_value(variable)
    is_made_here = start is not None and (
        start[0].node.kind == "composite_literal" or literal_of_pointer(start[0]) is not None
    )
    return (
        at.when is When.NOW
        and bool(marks)
        and (is_made_here or all(one.kind == SET_FINALIZER for one in marks))
        and all(
            one.forwards is None
            and one.place.node.start >= at.node.end
            and not share_a_loop(one.place.node, at.node)
            and in_same_function(variable, one.place.node)
            for one in marks
        )
    )


def is_stopped_by(package: Package, owner: Place) -> bool:
    """Whether the method that an owner without a name is the receiver of takes its cleanup off:
    ``open().Detach()``."""
    selector = owner.node.parent
    call = selector.parent if selector is not None else None
    return (
        call is not None
        and call.kind == "call_expression"
        and call.field("function") is selector
        and _removes(package, owner.of(call), receiver)
    )


def is_kept_by(
    package: Package,
    holder: Holder,
    owners: Iterable[Node],
    call: Place,
    taken: Node,
    raw: Within | None = None,
) -> bool:
    """Whether every function that the call may lead to keeps, to its end or behind what else it
    has of the holder, the owner in it: ``runtime.KeepAlive(w.f)``, ``w.f.Sync()`` in a method of
    w. ``owners`` are where the text names the owner. Where the call itself takes the resource from
    what it gets, at ``taken``, the trial has told that it does not need it behind that; ``raw``:
    where it lies in that."""
    variable = holder.variable
    given = [
        (name, raw.below(use) if raw is not None else None)
        for use in variable.uses
        if call.node.start <= use.start < call.node.end
        for outer, name in passed(package, variable, use)
        if outer.node.start == call.node.start and outer.node.end == call.node.end
    ]
    # Few calls get it: only of these is asked whom they lead to.
    functions = callees(package, call) if given else ()
    paths: list[Path | None] = [holder.path]
    if holder.path is None:
        starts = {one.start for one in owners}
        paths = [*_paths_to(package, variable, starts)]
        paths += [None] if not paths and _is_made_of(variable, starts) else []
    chosen = call.node.field("function")
    handed_in = [chosen.field("operand") if chosen is not None else None, *arguments_of(call)]
    if any(one is not None and one.start == taken.start for one in handed_in):
        paths = []
    return bool(functions) and any(
        all(
            _keeps_alive(package, one, name)
            or any(
                needs_behind(
                    package, one, name(one), below, _raw_below(package, variable, one, name, own)
                )
                for path in paths
                for below in _below(package, variable, one, name, path)
            )
            for one in functions
        )
        for name, own in given
    )


def is_kept_by_made(
    package: Package, keeping: Keeping, owner: Place, site: Place, raw: Within | None
) -> bool:
    """The same of an owner and its holder that have no name, where the call is a method of that:
    ``wrap(open()).Send()``, ``open().Child().Send()``."""
    outer = owner.node.parent
    made = outer.parent if outer is not None else None
    if outer is None or made is None or made.kind != "call_expression":
        return False
    chosen = site.node.field("function")
    operand = chosen.field("operand") if chosen is not None else None
    if operand is None or operand.start != made.start or operand.end != made.end:
        return False
    is_receiver = made.field("function") is outer
    index = None if is_receiver else outer.named_children.index(owner.node)
    if not keeping.returns(site.of(made), index):
        return False
    functions = callees(package, site)
    return bool(functions) and all(
        needs_behind(
            package, one, receiver(one), None, raw.below(operand) if raw is not None else None
        )
        for one in functions
    )


def _below(
    package: Package, holder: Variable, function: Place, name: _NameIn, path: Path | None
) -> Iterator[Path | None]:
    """Where the owner lies below what the function gets of its holder: the holder itself, or what
    that embeds, of which it is a promoted method."""
    got = _held(package, function, name)
    kind = base_of(variable_type(package, holder) or "")
    own = base_of(variable_type(package, got) or "") if got is not None else ""
    embedded = {base_of(one): one for one in package.syntax.embedded.get(kind, ())}
    if own == kind or own not in embedded:
        yield path
    elif path is not None and path[:1] == (own,):
        yield path[1:]
    elif not embedded[own].startswith("*"):
        yield None  # a pointer to a part holds the whole


def _raw_below(
    package: Package, holder: Variable, function: Place, name: _NameIn, raw: Resource | None
) -> Resource | None:
    """Where a resource below the holder lies below what the function gets of it."""
    got = _held(package, function, name)
    kind = base_of(variable_type(package, holder) or "")
    own = base_of(variable_type(package, got) or "") if got is not None else ""
    if raw is None or own == kind:
        return raw
    return Resource(raw.path[1:], raw.kind) if raw.path[:1] == (own,) and raw.path[1:] else None


def _is_made_of(holder: Variable, owners: set[int]) -> bool:
    """Whether a function that made the holder got the owner: ``h := newHolder(f)``."""
    start = initial_value(holder)
    if start is None or start[0].node.kind != "call_expression":
        return False
    return any(one.start in owners for one in arguments_of(start[0]))


def _paths_to(package: Package, holder: Variable, starts: set[int]) -> Iterator[Path]:
    """Where the owner was put below the holder: by ``h.f = f`` or in a literal."""
    for one in definitions(package, holder):
        if one.value.node.start in starts:
            yield one.path
        for key in _keys_of(package, one.value, starts):
            yield (*one.path, *key)


def is_kept_in_literal(
    package: Package, variable: Variable, call: Place, raw: Within | None
) -> bool:
    """The same of a variable in a literal which the call gets: ``use(T{f, f.Fd()})``."""
    starts = {use.start for use in variable.uses}
    for index, argument in enumerate(arguments_of(call)):
        for key in _keys_of(package, call.of(argument), starts):
            functions = callees(package, call)
            below = raw.below(argument) if raw is not None else None
            if functions and all(
                needs_behind(package, one, parameter_at(one, index), key, below)
                for one in functions
            ):
                return True
    return False


def _keys_of(package: Package, value: Place, starts: set[int]) -> Iterator[Path]:
    """The fields of a literal, or of one that is pointed to, that get what stands at an offset, or
    a literal with it."""
    node = value.node
    inner = node.field("operand") if node.kind == "unary_expression" else node
    kind = inner.field("type") if inner is not None else None
    body = inner.field("body") if inner is not None else None
    if inner is None or inner.kind != "composite_literal" or kind is None or body is None:
        return
    names = package.syntax.members.get(value.of(kind).text, ())
    for number, one in enumerate(body.named_children):
        key = names[number] if number < len(names) else ""
        if one.kind == "keyed_element":
            key = value.of(one.named_children[0]).text
        given = element_value(one)
        if given.start in starts and key:
            yield (key,)
        elif key:
            yield from ((key, *inner) for inner in _keys_of(package, value.of(given), starts))


def _is_taken_by(call: Place, start: int) -> bool:
    """Whether the call is what takes the raw value, which ends at ``start``."""
    return call.node.end == start


def _removes(package: Package, call: Place, name: _NameIn, depth: int = 2) -> bool:
    """Whether a called function, or one that it calls, takes the cleanup off what it gets by that
    name."""
    for function in callees(package, call):
        held = _held(package, function, name)
        if held is None:
            continue
        if any(one.removes for one in cleanups_on(package, held)):
            return True
        if any(_is_stop(package, held, use) for use in held.uses):
            return True
        if depth and any(
            _removes(package, inner, own, depth - 1)
            for use in held.uses
            for inner, own in passed(package, held, use)
        ):
            return True
    return False


def _held(package: Package, function: Place, name: _NameIn) -> Variable | None:
    own = name(function)
    return package.variable(function.of(own)) if own is not None else None


def _is_stop(package: Package, variable: Variable, use: Node) -> bool:
    """Whether the use is that in ``d.cleanup.Stop()``."""
    call = next((one for one in use.ancestors() if one.kind != "selector_expression"), None)
    if call is None or call.kind != "call_expression":
        return False
    function = call.field("function")
    operand = function.field("operand") if function is not None else None
    name = function.field("field") if function is not None else None
    if operand is None or name is None or variable.file.tree.source(name) != "Stop":
        return False
    place = Place(variable.file, operand)
    return (
        root_of(package, place).place.node.start == use.start
        and static_type(package, place) == _CLEANUP
    )


def _keeps_alive(package: Package, function: Place, name: _NameIn) -> bool:
    held = _held(package, function, name)
    body = function.node.field("body")
    if held is None or body is None:
        return False
    return any(
        use.start == root_of(package, argument).place.node.start
        for argument in _kept_to_the_end(function.of(body))
        for use in held.uses
    )


def _kept_to_the_end(body: Place) -> Iterator[Place]:
    """What KeepAlive calls name that run whatever happens, unless the function returns before."""
    for listed in body.node.named_children:
        for statement in listed.named_children if listed.kind == "statement_list" else (listed,):
            if statement.kind not in ("expression_statement", "defer_statement"):
                continue
            for call in statement.named_children:
                place = body.of(call)
                callee = callee_of(place) if call.kind == "call_expression" else None
                if callee and (callee.package, callee.name) == ("runtime", "KeepAlive"):
                    yield from map(body.of, arguments_of(place))


def _is_result_used(mark: CleanupCall) -> bool:
    """Whether what AddCleanup returns is kept in a variable, by which it may be stopped."""
    listed = mark.place.node.parent
    statement = listed.parent if listed is not None else None
    left = statement.field("left") if statement is not None else None
    if listed is None or listed.kind != "expression_list" or left is None:
        return False
    return any(
        one.kind == "identifier" and mark.place.of(one).text != "_" for one in left.named_children
    )


def calls_by_function(package: Package) -> dict[tuple[str, int], tuple[Place, ...]]:
    """The calls of each declared function, by the function's file and offset."""
    found: dict[tuple[str, int], list[Place]] = {}
    names = {key.rpartition(".")[2] for key in package.syntax.functions}
    for file in package.syntax.files:
        for declaration in file.tree.declarations:
            for node in declaration.walk():
                if node.kind != "call_expression":
                    continue
                call = Place(file, node)
                function = node.field("function")
                if function is None or file.tree.source(function).rpartition(".")[2] not in names:
                    continue
                for one in callees(package, call):
                    found.setdefault((one.file.path, one.node.start), []).append(call)
    return {key: tuple(calls) for key, calls in found.items()}


def calls_of_parameter(
    package: Package, function: Place, argument: int
) -> tuple[Place, ...] | None:
    """The calls of a parameter of a function; None where it does something else with that, too."""
    name = parameter_at(function, argument)
    held = package.variable(function.of(name)) if name is not None else None
    found = []
    for use in held.uses if held is not None else ():
        call = use.parent
        if held is None or use.start == held.declaration.start:
            continue
        if call is None or call.kind != "call_expression" or call.field("function") is not use:
            return None
        found.append(function.of(call))
    return tuple(found)
