"""Two finalizers for one object: the second SetFinalizer ends the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from golsp_mem.analysis.lifetime.mistakes.given_back import (
    Resource,
    always_runs,
    argument_of,
    resource_of,
)
from golsp_mem.analysis.lifetime.mistakes.paths import comes_round, has_run
from golsp_mem.analysis.lifetime.reading.callees import callees, parameters, receiver
from golsp_mem.analysis.lifetime.reading.cleanups import SET_FINALIZER, CleanupCall
from golsp_mem.analysis.lifetime.reading.package import Package, cleanups_on
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node, unparenthesized

# A name is followed through so many functions; the calls that name a finalizer, by file and offset.
_DEPTH = 3
_Direct = Mapping[tuple[str, int], CleanupCall]


@frozen(eq=False)
class Setting:
    """A call that sets a finalizer on an object, or takes it off."""

    call: Place
    object: Resource
    removes: bool = False


def set_twice(known: Package) -> Iterator[tuple[Setting, Setting]]:
    """(first, second) of the settings that come one behind the other; the same one twice: in two
    rounds of a loop. Where the first stands in a branch, the program ends on that way."""
    direct = {
        (one.place.file.path, one.place.node.start): one
        for one in known.cleanups.calls
        if one.kind == SET_FINALIZER
    }
    if all(one.removes for one in direct.values()):
        return
    names = {function.rpartition(".")[2] for function in _setters(known, direct)}
    for file in known.syntax.files:
        for declaration in file.tree.declarations:
            text = file.text[declaration.start : declaration.end]
            if b"SetFinalizer" not in text and not any(one.encode() in text for one in names):
                continue
            settings = list(_settings(known, Place(file, declaration), direct))
            for second in settings:
                first = next((one for one in settings if _is_followed(one, second, settings)), None)
                if first is not None:
                    yield first, second


def _setters(known: Package, direct: _Direct) -> Iterator[str]:
    for name, function in known.syntax.functions.items():
        if any(
            path == function.file.path and function.node.start <= start < function.node.end
            for path, start in direct
        ):
            yield name


def _settings(
    known: Package, declaration: Place, direct: _Direct, depth: int = _DEPTH
) -> Iterator[Setting]:
    for node in declaration.node.walk():
        if node.kind != "call_expression":
            continue
        call = declaration.of(node)
        own = direct.get((call.file.path, node.start))
        if own is not None:
            named = _object(known, call.of(own.value))
            if named is not None:
                yield Setting(call, named, own.removes)
            continue
        functions = callees(known, call)
        if len(functions) == 1 and depth:
            yield from _by_callee(known, call, functions[0], direct, depth - 1)


def _object(known: Package, value: Place) -> Resource | None:
    node = unparenthesized(value.node)
    operand = node.field("operand") if node.kind == "unary_expression" else None
    if operand is not None and value.of(node).text.startswith("&"):
        return resource_of(known, value.of(operand))
    return resource_of(known, value)


def _by_callee(
    known: Package, call: Place, function: Place, direct: _Direct, depth: int
) -> Iterator[Setting]:
    """What a called function does to its parameters, and to what it returns."""
    names: list[tuple[int, Node | None]] = [*enumerate(parameters(function))]
    names.append((-1, receiver(function)))
    for index, name in names:
        mark = _mark(known, function, name)
        given = argument_of(call, index) if mark is not None else None
        named = _object(known, given) if given is not None else None
        if mark is not None and named is not None:
            variable = known.variable(function.of(name)) if name is not None else None
            # What it takes off first, through a method that closes, say, is none before it.
            is_cleared = depth > 0 and any(
                one.removes and one.object.variable is variable
                for one in _settings(known, function, direct, depth)
            )
            yield Setting(call, named, mark.removes or is_cleared)
    if not _returns_marked(known, function, direct, depth):
        return
    listed = call.node.parent
    statement = listed.parent if listed is not None else None
    left = statement.field("left") if statement is not None else None
    if listed is None or left is None or listed.kind != "expression_list":
        return
    target = left.named_children[listed.named_children.index(call.node)]
    named = _object(known, call.of(target)) if target.kind == "identifier" else None
    if named is not None:
        yield Setting(call, named)


def _mark(known: Package, function: Place, name: Node | None) -> CleanupCall | None:
    """The last SetFinalizer that a function calls, whatever happens, with a parameter."""
    variable = known.variable(function.of(name)) if name is not None else None
    if variable is None:
        return None
    marks = [one for one in cleanups_on(known, variable)
             if one.kind == SET_FINALIZER and one.forwards is None]  # fmt: skip
    if not marks or not all(always_runs(one.place, function.node) for one in marks):
        # Where it is not sure what the call leaves, nothing is told of what follows.
        return next((one for one in marks if one.removes), None)
    return marks[-1]


def _returns_marked(known: Package, function: Place, direct: _Direct, depth: int) -> bool:
    """Whether whatever a function returns first, but nil, has a finalizer by then."""
    returned = [
        function.of(node.named_children[0].named_children[0])
        for node in function.node.walk()
        if node.kind == "return_statement" and node.named_children
    ]
    values = [one for one in returned if one.text != "nil"]
    if not values or any(one.node.kind != "identifier" for one in values):
        return False
    settings = list(_settings(known, function, direct, depth))
    for value in values:
        variable = known.variable(value)
        own = [one for one in settings
               if one.object.variable is variable and not one.object.path]  # fmt: skip
        if any(one.removes for one in own):
            return False
        if not any(has_run(one.call.node, value) for one in own):
            return False
    return True


def _is_followed(first: Setting, second: Setting, settings: list[Setting]) -> bool:
    if first.removes or second.removes:
        return False
    resource = second.object
    if first is second:
        loop = comes_round(first.call.node, second.call)
        if loop is None or any(one.declaration.start >= loop.start for one, _ in resource.read):
            return False
        start, end = loop.start, loop.end
        if resource.is_set(start, end):
            return False
    else:
        start, end = first.call.node.end, second.call.node.start
        if not resource.is_as(first.object) or resource.is_set(start, end):
            return False
        if not has_run(first.call.node, second.call, surely=False):
            return False
    return not any(
        one.removes and start <= one.call.node.start < end and one.object.is_as(resource)
        for one in settings
    )
