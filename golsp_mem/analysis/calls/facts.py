"""The calls in one package's own code, each with what it allocates further in."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cached_property
from urllib.parse import unquote

from attrs import evolve, frozen

from golsp_mem.analysis.calls.bodies import Named
from golsp_mem.analysis.calls.body import OF_CGO, Event, EventKind
from golsp_mem.analysis.calls.places import Places
from golsp_mem.analysis.calls.summaries import Total, Way
from golsp_mem.analysis.calls.through import Reach, Through, cost_of
from golsp_mem.analysis.heap.wording import short_type
from golsp_mem.analysis.names import short_function
from golsp_mem.compiler.objects.callsites import COMMAND
from golsp_mem.compiler.objects.goobj import Function
from golsp_mem.compiler.objects.symbols import folded_name, package_of
from golsp_mem.model import Allocates, Called, Hop, Position, Span, StackFrame, UnknownCall
from golsp_mem.source.syntax import GoFile

# cmd/compile/internal/ir/func.go (closureName): what the compiler makes of go and defer.
_GO_WRAPPER = re.compile(r"\.gowrap\d+$")
_WRAPPER = re.compile(r"(?:\.deferwrap\d+)+$")
Sources = Callable[[str], GoFile | None]


@frozen
class Further:
    """What lies behind a function: the way to its nearest allocation, and what is unknown."""

    chain: tuple[Hop, ...]
    last: Event | None
    unknown: tuple[UnknownCall, ...]
    certain: bool = False


class Chains:
    """Ways from functions to what they allocate. ``resolve`` gives paths of this machine for file
    names of object files."""

    def __init__(self, through: Through, resolve: Callable[[str], str]) -> None:
        self.through = through
        self._resolve = resolve
        self._known: dict[Named, Further] = {}
        self._listed: dict[tuple[str, int], tuple[UnknownCall, ...]] = {}

    def of(self, function: Named) -> Further:
        """Raises ArchiveError."""
        known = self._known.get(function)
        if known is None:
            known = self._known[function] = self._look(function)
        return known

    def glimpse(self, function: Named) -> tuple[Total, Further]:
        """What a call allocates, and the way to it; not what is unknown. Raises ArchiveError."""
        seen = self.through.glimpses.of(function)
        return seen.total, self._further(seen.way, ())

    def _look(self, function: Named) -> Further:
        through = self.through
        unknown = self._unknown(function.package, through.reach(function))
        # What surely allocates tells more, unless it is only reached after something else.
        always = bool(through.total(function).cost.objects.least)
        way = (through.way(function, sure=True) if always else None) or through.way(
            function, sure=False
        )
        return self._further(way, unknown)

    def _further(self, way: Way | None, unknown: tuple[UnknownCall, ...]) -> Further:
        if way is None:
            return Further((), None, unknown)
        hops = [Hop(one.function, self._resolve(one.file), one.line) for one in way.frames]
        return Further(tuple(hops), way.last, unknown, way.certain)

    def _unknown(self, package: str, reach: Reach) -> tuple[UnknownCall, ...]:
        """The package's own before all others; else by name and line, in whatever order they were
        met."""
        key = (package, reach.unknown)
        if key not in self._listed:
            calls = sorted(
                self.through.unknown_calls(reach),
                key=lambda one: (package_of(one.function) != package, one),
            )
            self._listed[key] = tuple(
                dict.fromkeys(evolve(one, file=self._resolve(one.file)) for one in calls)
            )
        return self._listed[key]


class CallReader:
    """Reads the calls of one package. ``own_files`` are its files, ``checked`` the import paths of
    the packages that are analysed together, ``sources`` gives the syntax of a file."""

    def __init__(
        self,
        chains: Chains,
        package: str,
        own_files: frozenset[str],
        checked: Container[str],
        resolve: Callable[[str], str],
        sources: Sources,
    ) -> None:
        self._chains = chains
        self._through = chains.through
        self._package = package
        self._own_files = own_files
        self._checked = checked
        self._resolve = resolve
        self._sources = sources
        self._spans: dict[tuple[str, int, str | None], Span] = {}

    def calls(self, places: Places) -> Iterator[Called]:
        """The calls at some of its places, once for each place and callee; those that allocate
        nothing and lead to nothing unknown are left out. Raises ArchiveError."""
        found: dict[tuple[object, ...], Called] = {}
        for function, code in self._through.bodies.functions(self._package):
            if _GO_WRAPPER.search(function.name):
                # What another goroutine does is nothing that the statement's function does.
                continue
            files = [self._resolve(one) for one in code.files]
            if not (places.are_in(files) and places.touch(files, code.lines)):
                continue
            whole = places.touch_whole(files, code.lines)
            for event in self._events(function, code, places, whole=whole):
                for one in self._all_called(function, event, places):
                    # Of a call that was inlined, what allocates and what nobody can follow.
                    key = (one.span, one.callee, one.declared, one.allocates is Allocates.NEVER)
                    known = found.get(key)
                    # Of several copies of one piece of code the one that allocates most speaks.
                    if known is None or (known.least_objects, len(known.chain)) < (
                        one.least_objects,
                        len(one.chain),
                    ):
                        found[key] = one
        yield from found.values()

    def _events(
        self, function: Named, code: Function, places: Places, *, whole: bool
    ) -> Iterable[Event]:
        """What counts in a function's code, some of which may be where the ``whole`` is wanted. Of
        hot lines only calls of other packages are asked for that allocate: nothing else is
        followed there."""
        if whole:
            for one in self._through.events(function):
                if self._is_whole(one, places) or self._allocates_outside(function, one, places):
                    yield one
        elif self._leads_outside(code, places):
            body = self._through.bodies.body(function)
            self._through.looked_at(function, body)
            for one in body.events:
                if self._allocates_outside(function, one, places):
                    yield one

    def _is_whole(self, event: Event, places: Places) -> bool:
        return any(places.has_all(self._resolve(one.file), one.line) for one in event.stack)

    def _leads_outside(self, code: Function, places: Places) -> bool:
        """Whether a call at one of the places seems to lead out of the checked packages: what a
        body is made of takes a look at all of its code."""
        for target, stack in self._through.bodies.calls(code):
            inner, place = self._own_place(stack)
            if place is not None and places.has(place.file, place.line):
                package = unquote(package_of(inner or folded_name(target)))
                if package == COMMAND or package not in self._checked:
                    return True
        return False

    def _allocates_outside(self, function: Named, event: Event, places: Places) -> bool:
        copies = event.target in OF_CGO
        # An allocation in code that was inlined is a finding of its own.
        if event.kind is EventKind.UNKNOWN or (event.kind is EventKind.ALLOCATES and not copies):
            return False
        inner, place = self._own_place(event.stack)
        if place is None or not places.has(place.file, place.line):
            return False
        if event.kind is EventKind.CALLS:
            callee = self._through.callee(event, function)
            name = inner or (callee and folded_name(callee.name))
            if callee is None or not name or not self._is_outside(callee, name):
                return False
            if places.cold(self._span(place, name)):
                return False
            if self._chains.glimpse(callee)[0].cost.objects.nothing:
                return False
        return self._through.returning.happens(event, function)

    def _own_place(self, stack: Iterable[StackFrame]) -> tuple[str | None, StackFrame | None]:
        """Where a call stands in the package's own code, and the function that was inlined
        there, if one was."""
        inner = None
        for one in stack:
            file = self._resolve(one.file)
            if file in self._own_files:
                return inner, evolve(one, file=file)
            inner = folded_name(one.function)
        return None, None

    def _all_called(self, function: Named, event: Event, places: Places) -> Iterator[Called]:
        """The event as a call in the innermost code of the package that it stands in, and in each
        function of the package that this code was inlined into."""
        stack = tuple(
            StackFrame(folded_name(one.function), self._resolve(one.file), one.line)
            for one in event.stack
        )
        own = [n for n, one in enumerate(stack) if one.file in self._own_files]
        if not own:
            return
        # An allocation in the innermost code is a finding of its own.
        if event.kind is not EventKind.ALLOCATES or event.target in OF_CGO:
            one = self._called(function, event, stack, own[0], places)
            if one is not None:
                yield one
        for level in own[1:]:
            # Of hot lines nothing is asked of what the package's own functions do.
            if places.has_all(stack[level].file, stack[level].line):
                one = self._inlined(function, event, stack, level, places)
                if one is not None:
                    yield one

    def _inlined(
        self,
        function: Named,
        event: Event,
        stack: tuple[StackFrame, ...],
        level: int,
        places: Places,
    ) -> Called | None:
        """The event as what the inlined call of ``stack[level]`` does. It is declared where its
        code stands."""
        place, callee = stack[level], stack[level - 1]
        if not places.has(place.file, place.line):
            return None
        home = Position(callee.file, callee.line)
        if event.kind is not EventKind.ALLOCATES or event.target in OF_CGO:
            one = self._called(function, event, stack, level, places)
            return one and evolve(one, declared=home, outside=False)
        cost = cost_of(event)
        always = bool(cost.objects.least) and self._always_allocates(callee.function)
        return Called(
            self._span(place, callee.function),
            _WRAPPER.sub("", place.function),
            callee.function,
            declared=home,
            least_objects=cost.objects.least if always else 0,
            most_objects=cost.objects.most,
            least_bytes=cost.bytes.least if always else 0,
            most_bytes=cost.bytes.most,
            chain=_hops(stack[:level]),
            code=event.code,
            runtime_call=event.target,
            condition=event.condition,
            type=short_type(event.type),
            size_class=event.bytes,
            stack=stack,
        )

    def _always_allocates(self, name: str) -> bool:
        """Whether the function by itself allocates on all of its ways: inside an inlined copy
        nothing tells where its ways begin."""
        alone = self._by_name.get(name)
        return alone is not None and bool(self._through.total(alone).cost.objects.least)

    @cached_property
    def _by_name(self) -> dict[str, Named]:
        return {folded_name(one.name): one for one in self._through.bodies.names(self._package)}

    def _called(
        self,
        function: Named,
        event: Event,
        stack: tuple[StackFrame, ...],
        level: int,
        places: Places,
    ) -> Called | None:
        if not places.has(stack[level].file, stack[level].line):
            return None
        place = stack[level]
        if event.kind is EventKind.ALLOCATES:
            return self._copied(event, stack, level)
        callee = self._through.callee(event, function)
        kind = self._through.unknown(event, function)
        if callee is None and kind is None:
            return None
        inner = stack[:level]
        name = inner[-1].function if inner else None
        if callee is not None and name is None:
            name = folded_name(callee.name)
        caller = _WRAPPER.sub("", place.function)
        base = Called(self._span(place, name), caller, name, stack=stack)
        if kind is not None:
            unknown = UnknownCall(stack[0].function, stack[0].file, stack[0].line, str(kind))
            return evolve(base, outside=True, unknown=(unknown,))
        assert callee is not None
        return self._followed(base, callee, inner, whole=places.has_all(place.file, place.line))

    def _copied(self, event: Event, stack: tuple[StackFrame, ...], level: int) -> Called:
        """What cgo's stub copies into Go's memory: no finding of the line's own tells of it."""
        place = stack[level]
        name = stack[level - 1].function if level else event.target
        inner = stack[: max(level, 1)]
        return Called(
            self._span(place, name),
            place.function,
            name,
            outside=True,
            most_objects=event.most,
            most_bytes=None,
            chain=_hops(inner),
            code=event.code,
            runtime_call=event.target,
            condition=event.condition,
            stack=stack,
        )

    def _followed(
        self, base: Called, callee: Named, inner: Sequence[StackFrame], *, whole: bool
    ) -> Called | None:
        if whole:
            total, further = self._through.total(callee), self._chains.of(callee)
        else:
            total, further = self._chains.glimpse(callee)
        if total.cost.objects.nothing and not further.unknown:
            return None
        file, line = self._through.declared(callee)
        last = further.last
        # What was inlined on the way is a step of the chain, too.
        hops = _hops(inner)
        name = base.callee or folded_name(callee.name)
        return evolve(
            base,
            declared=Position(self._resolve(file), line),
            outside=self._is_outside(callee, name),
            least_objects=total.cost.objects.least,
            most_objects=total.cost.objects.most,
            least_bytes=total.cost.bytes.least,
            most_bytes=total.cost.bytes.most,
            chain=(*hops, *further.chain) if last is not None else (),
            code=last.code if last else None,
            runtime_call=last.target if last else None,
            # What else decides comes first.
            condition=last.condition if last and further.certain else None,
            type=short_type(last.type) if last else None,
            size_class=last.bytes if last else None,
            unknown=further.unknown,
        )

    def _is_outside(self, callee: Named, name: str) -> bool:
        package = unquote(package_of(name))
        if package == COMMAND or (callee.package == self._package and "[" not in name):
            package = callee.package
        return package not in self._checked

    def _span(self, place: StackFrame, callee: str | None) -> Span:
        key = (place.file, place.line, callee)
        if key not in self._spans:
            self._spans[key] = self._found_span(place, callee)
        return self._spans[key]

    def _found_span(self, place: StackFrame, callee: str | None) -> Span:
        file = self._sources(place.file)
        if file is None:
            return Span(place.file, place.line, 1, place.line, 1)
        found = file.call_span(place.line, short_function(callee)) if callee else None
        return found or file.line_span(place.line)


def _hops(frames: Sequence[StackFrame]) -> tuple[Hop, ...]:
    """The steps through inlined frames, innermost first, from the outside in."""
    return tuple(Hop(one.function, one.file, one.line) for one in reversed(frames))
