"""`stack-recursion`: functions that call each other, and how deep they can go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from attrs import evolve, frozen

from golsp_mem.analysis.again import Noting
from golsp_mem.analysis.sizes import count_text, size_text
from golsp_mem.analysis.stack.assignments import assigned_variable
from golsp_mem.analysis.stack.bound import Bound
from golsp_mem.analysis.stack.callgraph import CallGraph
from golsp_mem.analysis.stack.context import StackContext, finding_of, spoken_name, syntax_of
from golsp_mem.analysis.stack.reached.dispatch import Dispatch
from golsp_mem.analysis.stack.reached.maybe import MaybeCall
from golsp_mem.analysis.stack.recursion.bounds import bound_of, chain_of
from golsp_mem.analysis.stack.recursion.carried import carried_bound
from golsp_mem.analysis.stack.recursion.counted import counted_bound
from golsp_mem.analysis.stack.recursion.driven import driver, find_calls, typed_parameters
from golsp_mem.analysis.stack.recursion.drives import Drive
from golsp_mem.analysis.stack.recursion.grown import Types
from golsp_mem.analysis.stack.recursion.inputs import Inputs
from golsp_mem.analysis.stack.recursion.lengths import length_of, used_up
from golsp_mem.analysis.stack.recursion.levels import Levels
from golsp_mem.analysis.stack.recursion.members import (
    Declarations,
    Member,
    last_of,
)
from golsp_mem.analysis.stack.recursion.naming import in_a_library
from golsp_mem.analysis.stack.recursion.starts import largest_start
from golsp_mem.analysis.stack.rounds import Recursion, Recursions, Round
from golsp_mem.compiler.objects.calls import CompiledFunction
from golsp_mem.compiler.objects.symbols import folded_name, own_name
from golsp_mem.model import Allocates, Code, Finding
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.syntax import GoFile

_SHOWN_IN_CYCLE = 5
# A bounded recursion is worth a word only where it takes a good part of the stack.
_COMFORTABLE = 8
# Parents, next links: a chain of so many objects takes hundreds of megabytes itself.
_LONGEST_CHAIN = 4_000_000
# Where methods of so many types may call each other, nothing says which of them do.
_MOST_THROUGH_INTERFACES = 50
# Of larger groups nobody looks at the rounds that leave out the function that is counted.
_FEW = 30


@frozen(eq=False)
class _Package:
    """What is read of a package's text, once for all its recursions."""

    declarations: Declarations
    inputs: Inputs
    types: Types
    levels: Levels


def recursions(context: StackContext, functions: Iterable[CompiledFunction]) -> Iterator[Finding]:
    """One finding for each group of functions that call each other, wrappers included.

    A recursion that the source visibly bounds (`bounds.bound_of`) is told only where the bound
    takes a good part of the stack. Calls that only may lead on count where the source leaves no
    choice (`MaybeCall.sure`). An interface of the package is how trees are walked, but decorators
    look the same: rounds through one are told of what an input or a long chain drives only.
    """
    graph = CallGraph(functions)
    dispatch = Dispatch(
        graph.functions,
        lambda name: context.sources(context.resolve(name)),
        context.known,
        context.stays,
    )
    declarations = Declarations(context.own_files, context.sources)
    inputs = Inputs(declarations, context.own_files, context.sources)
    levels = Levels(declarations, context.own_files, context.sources)
    types = Types(declarations, inputs, levels, context.own_files, context.sources)
    package = _Package(declarations, inputs, types, levels)
    possible = [
        [one for one in dispatch.edges(number, only_sure=True) if one.is_likely]
        for number in range(len(graph.functions))
    ]
    sure = [[one for one in each if one.sure] for each in possible]
    seen: set[int] = set()
    places: set[tuple[str, int]] = set()
    for edges in (sure, possible) if sure != possible else (sure,):
        numbers, foreign = range(len(edges)), context.foreign
        found = Recursions(graph, context.platform, numbers, edges.__getitem__, foreign)
        left = _without_others(dispatch, found, edges)
        if left != edges:
            found = Recursions(graph, context.platform, numbers, left.__getitem__, foreign)
        for group in found.groups:
            function = min((graph.functions[n] for n in group), key=_order)
            place = (function.file, function.line)
            if function.is_wrapper or place in places or not seen.isdisjoint(group):
                continue
            places.add(place)
            if edges is not sure and len(group) > _MOST_THROUGH_INTERFACES:
                continue
            told = _told(context, package, found, graph, group, only_long=edges is not sure)
            if told is None:
                continue
            yield told
            # A wider round is worth a word of its own where the narrow one is a doubt only.
            if told.allocates is not Allocates.NEVER:
                seen.update(group)


def _without_others(
    dispatch: Dispatch, found: Recursions, edges: Sequence[Sequence[MaybeCall]]
) -> Sequence[Sequence[MaybeCall]]:
    """What may be called, without the literals that nothing on the way around hands over again."""
    left = list(edges)
    for group in found.groups:
        for number in group:
            left[number] = [
                one
                for one in edges[number]
                if one.target not in group
                or not dispatch.is_of_another_call(number, one.target, group)
            ]
    return left


def _told(
    context: StackContext,
    package: _Package,
    found: Recursions,
    graph: CallGraph,
    group: Sequence[int],
    *,
    only_long: bool,
) -> Finding | None:
    first = min(group, key=lambda n: _order(graph.functions[n]))
    function = graph.functions[first]
    recursion = found.of(first)
    if recursion is None:
        return None
    bound = _bound(context, package.declarations, found, graph, group, function)
    if bound is not None and _is_comfortable(context, recursion, bound):
        return None
    members = [graph.functions[number] for number in group]
    drive = _drive(context, package, found, graph, group) if bound is None else None
    if drive is Drive.PROGRAM:
        return None
    is_long = drive is not None and drive.is_long
    if not is_long and (only_long or _follows_a_chain(context, found, recursion, function)):
        return None
    reads = drive is Drive.INPUT
    message = _message(
        context, found, recursion, bound, members, root=first, first=function, reads=reads
    )
    if drive is None or drive.is_data:
        return finding_of(context, Code.STACK_RECURSION, function, message)
    doubt = finding_of(context, Code.STACK_RECURSION, function, f"{message}; {drive.value}")
    return evolve(doubt, allocates=Allocates.NEVER)


def _drive(
    context: StackContext,
    package: _Package,
    found: Recursions,
    graph: CallGraph,
    group: Sequence[int],
) -> Drive:
    """What makes a recursion deep; of functions without a text nobody knows: their data may."""
    inside = [one for number in group for one in found.edges(number) if one.target in group]
    if inside and all(one.maybe is not None and one.maybe.itself for one in inside):
        return Drive.ENDLESS
    if inside and all(one.maybe is not None and one.maybe.chained for one in inside):
        return Drive.CHAINED
    declared = {
        folded_name(one.name): one for n in group if not (one := graph.functions[n]).is_wrapper
    }
    members: dict[str, Member] = {}
    for name in sorted({name for path in inner_paths(graph, found, group) for name in path}):
        function = declared.get(name)
        member = (
            package.declarations.of(own_name(name), None)
            if function is None
            else _member(context.sources(function.file), function)
        )
        if member is not None:
            members[name] = member
    if not members:
        return Drive.DATA
    names = {one.called for one in members.values()}
    texts = {
        edge.maybe.through
        for number in group
        for edge in found.edges(number)
        if edge.maybe is not None and edge.target in group
    }

    def work(noting: Noting) -> Drive:
        # Types, and what reads, may be declared anywhere.
        for path in sorted(context.own_files):
            noting.sources(path)
        cycle = [find_calls(one, names, texts) for one in members.values()]
        return driver(cycle, names, package.inputs, package.types)

    of = ({name: one.syntax for name, one in members.items()}, texts)
    drive = context.known.drives.of(frozenset(members), of, None, context.sources, work)
    assert isinstance(drive, Drive)
    states = {text for one in members.values() for _, text in typed_parameters(one)}
    if drive is Drive.INPUT and (
        package.types.count_levels(states) or _reach_a_level(package, graph, group)
    ):
        return Drive.GUARDED
    if drive is Drive.INPUT and not _leads_back(found, graph, group, members.values()):
        return Drive.OTHERS
    return in_a_library(drive, [*members.values()])


def _leads_back(
    found: Recursions, graph: CallGraph, group: Sequence[int], members: Iterable[Member]
) -> bool:
    """Whether a way around is left without methods that are called through an interface and whose
    receivers no function on the way makes: a decoder that makes all packets but its own kind."""
    text = b"\n".join(
        one.file.text[slice(*one.file.tree.bounds(one.syntax.span))] for one in members
    ).decode("latin-1")
    left = {
        number: {
            edge.target
            for edge in found.edges(number)
            if edge.target in group and (edge.maybe is None or _is_made(graph, edge.target, text))
        }
        for number in group
    }
    while ends := {number for number, targets in left.items() if not targets & left.keys()}:
        left = {number: targets for number, targets in left.items() if number not in ends}
    return bool(left)


def _is_made(graph: CallGraph, number: int, text: str) -> bool:
    """Whether a text makes what a method is called on; anything else than a method it may call."""
    owner = re.fullmatch(r"\(?\*?(\w+)\)?\.(?!func\d)\w+", own_name(graph.functions[number].name))
    if owner is None:
        return True
    word = owner[1]
    made = rf"(?<![\w.]){word}\{{|new\({word}\)|(?i:new{word})\(|\bvar \w+ \*?{word}\b"
    return re.search(made, text) is not None


def _reach_a_level(package: _Package, graph: CallGraph, group: Sequence[int]) -> bool:
    """Whether the functions are, or call, one that is given its level and stops."""
    plain = {name for name, owner in package.levels.found.items() if not owner}
    for number in group if plain else ():
        function = graph.functions[number]
        entered = {name for call in function.calls for name in (call.target, *call.entered)}
        if any(own_name(folded_name(name)) in plain for name in (function.name, *entered)):
            return True
    return False


def _member(file: GoFile | None, function: CompiledFunction) -> Member | None:
    syntax = syntax_of(file, function) if file is not None else None
    if file is None or syntax is None:
        return None
    called = _variable_of(file, syntax) if syntax.is_literal else last_of(syntax.name)
    return Member(file, syntax, called or "")


def _order(function: CompiledFunction) -> tuple[bool, str, int]:
    return function.is_wrapper, function.file, function.line


def _bound(
    context: StackContext,
    declarations: Declarations,
    found: Recursions,
    graph: CallGraph,
    group: Sequence[int],
    function: CompiledFunction,
) -> Bound | None:
    own = {(one.file, one.line) for n in group if not (one := graph.functions[n]).is_wrapper}
    file = context.sources(function.file)
    syntax = syntax_of(file, function) if file is not None else None
    if file is None or syntax is None:
        return None
    paths = inner_paths(graph, found, group)
    alone = len(own) == 1 and len({name for path in paths for name in path}) == 1

    def work(noting: Noting) -> Bound | None:
        noting.parts(function.file)
        called = _variable_of(file, syntax) if syntax.is_literal else None

        def starts(position: int) -> int | None:
            return largest_start(syntax, position, context.own_files, noting.sources)

        def lengths(position: int) -> int | None:
            own = context.own_files
            return largest_start(syntax, position, own, noting.sources, measure=length_of)

        bound = bound_of(file, syntax, called, starts, lengths) if alone else None
        if bound is not None:
            return bound
        written = _written(declarations, noting, graph, group, paths)
        if written is None:
            return None
        bound = counted_bound(
            paths, written, lambda name: declarations.of(name, syntax.name, noting)
        )
        if bound is None and len(written) == 1:
            [one] = written.values()
            carried = carried_bound(one, context.own_files, noting.sources)
            return carried or used_up(one, context.own_files, noting.sources)
        return bound

    return context.known.bounds.of(syntax.span, (syntax, paths), None, context.sources, work)


def inner_paths(
    graph: CallGraph, found: Recursions, group: Sequence[int]
) -> frozenset[tuple[str, ...]]:
    """The calls inside a group, by folded names: caller, what is inlined around it, callee.
    Wrappers are no functions of their own."""
    functions, members = graph.functions, set(group)
    inside = {
        number: [edge for edge in found.edges(number) if edge.target in members] for number in group
    }

    # Wrappers of an embedded interface may all lead to each other: each is met once.
    behind: dict[int, list[str]] = {}
    for number in inside:
        met = {number}
        pending = [number]
        behind[number] = names = []
        while pending:
            one = pending.pop()
            if not functions[one].is_wrapper:
                names.append(folded_name(functions[one].name))
                continue
            targets = {edge.target for edge in inside[one]} - met
            met |= targets
            pending += targets
    return frozenset(
        (
            folded_name(functions[number].name),
            *(folded_name(name) for name in edge.call.entered),
            target,
        )
        for number in group
        if not functions[number].is_wrapper
        for edge in inside[number]
        for target in behind[edge.target]
    )


def _written(
    declarations: Declarations,
    noting: Noting,
    graph: CallGraph,
    group: Sequence[int],
    paths: Iterable[tuple[str, ...]],
) -> dict[str, Member] | None:
    """Every function of the calls as written; None where one of them has no text here."""
    declared = {
        folded_name(one.name): one for n in group if not (one := graph.functions[n]).is_wrapper
    }
    written: dict[str, Member] = {}
    for name in {name for path in paths for name in path}:
        function = declared.get(name)
        if function is None:
            inlined = declarations.of(own_name(name), None, noting)
            if inlined is None:
                return None
            written[name] = inlined
            continue
        file = noting.parts(function.file)
        syntax = syntax_of(file, function) if file is not None else None
        called = _variable_of(file, syntax) if file and syntax and syntax.is_literal else None
        if file is None or syntax is None or (syntax.is_literal and called is None):
            return None
        other = partial(declarations.of, beside=syntax.name, noting=noting)
        written[name] = Member(file, syntax, called or last_of(syntax.name), other)
    return written


def _variable_of(file: GoFile, literal: FunctionSyntax) -> str | None:
    variable = assigned_variable(file, literal)
    return file.tree.source(variable) if variable is not None else None


def _is_comfortable(context: StackContext, recursion: Recursion, bound: Bound) -> bool:
    if bound.depth is None:
        return True
    limit = context.platform.effective_limit(context.limit.setting)
    return bound.depth * _bytes_per_entry(recursion) * _COMFORTABLE <= limit


def _follows_a_chain(
    context: StackContext, found: Recursions, recursion: Recursion, function: CompiledFunction
) -> bool:
    """Whether it only follows the links of one chain, and would need one that nobody builds."""
    limit = context.platform.effective_limit(context.limit.setting)
    depths = found.depths(recursion, used=context.platform.entry_bytes, limit=limit)
    file = context.sources(function.file)
    syntax = syntax_of(file, function) if file is not None and len(recursion.group) == 1 else None
    if file is None or syntax is None or depths is None or depths[0] < _LONGEST_CHAIN:
        return False

    def work(noting: Noting) -> bool:
        noting.parts(function.file)
        return chain_of(file, syntax) is not None

    return context.known.chains.of(syntax.span, syntax, None, context.sources, work)


def _bytes_per_entry(recursion: Recursion) -> int:
    return -(-recursion.dearest.round_bytes // recursion.dearest.entries)


def _message(
    context: StackContext,
    found: Recursions,
    recursion: Recursion,
    bound: Bound | None,
    members: Sequence[CompiledFunction],
    *,
    root: int,
    first: CompiledFunction,
    reads: bool,
) -> str:
    """What is said of a recursion; ``first`` is the function at ``root``."""
    platform = context.platform
    limit = platform.effective_limit(context.limit.setting)
    cheapest, dearest = recursion.cheapest, recursion.dearest
    declared = {one.name: one for one in members}
    names = list(
        dict.fromkeys(
            spoken_name(context, frame.function, declared.get(frame.function))
            for frame in cheapest.frames
        )
    )
    low, high = _per_entry(cheapest), _per_entry(dearest)
    size = low if low == high else f"{low} to {high}"
    if len(names) == 1:
        message = f"{names[0]} calls itself, {size} of stack each time"
    else:
        shown = names[:_SHOWN_IN_CYCLE] + ["…"] * (len(names) > _SHOWN_IN_CYCLE)
        message = f"{' → '.join([*shown, names[0]])} recurse, {size} of stack each round"
    if cheapest.maybe:
        message += f", through {', '.join(_way(cheapest, one) for one in cheapest.maybe)}"
    if bound is not None and bound.depth is not None:
        most_bytes = size_text(bound.depth * _bytes_per_entry(recursion))
        return f"{message}: bounded by {bound.parameter}, at most {most_bytes}"
    depths = found.depths(recursion, used=platform.entry_bytes, limit=limit)
    if depths is None:
        return message
    most = "at most " if cheapest.hidden else ""
    message += f": {size_text(limit)} are full after {most}{_depth_text(*depths)} "
    message += "calls" if len(names) == 1 else "rounds"
    if 1 < len(recursion.group) <= _FEW:
        others = found.depths_without(recursion, root, used=platform.entry_bytes, limit=limit)
        left_out = spoken_name(context, first.name, first)
        message += f", in rounds without {left_out} after {_depth_text(*others)}" if others else ""
    if context.limit.note:
        message += f" ({context.limit.note})"
    if reads:
        message += f"; it reads input, of which {size_text(depths[0])} or more can nest so deep"
    return message


def _way(cheapest: Round, one: MaybeCall) -> str:
    hidden = ", whose frame is not known" if one in cheapest.hidden else ""
    return f"{one.through} (line {one.line}{hidden})"


def _depth_text(least: int, most: int) -> str:
    if least == most:
        return count_text(most)
    return f"{count_text(least)} to {count_text(most)}"


def _per_entry(one: Round) -> str:
    return size_text(-(-one.round_bytes // one.entries))
