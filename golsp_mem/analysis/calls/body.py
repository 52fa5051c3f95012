"""One compiled function as far as allocations go: what it does on which of its ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from attrs import evolve, frozen

from golsp_mem.analysis.calls.ways import Recovery, Ways, ways_of
from golsp_mem.analysis.heap.conditions import NEVER, Written, condition, fate_of
from golsp_mem.compiler.allocations import allocations
from golsp_mem.compiler.calling import (
    DEFERRED,
    NO_RETURN,
    PANICS,
    indirect_kind,
    leads_out,
)
from golsp_mem.compiler.facts import minor_of
from golsp_mem.compiler.objects.calls import MORESTACK
from golsp_mem.compiler.objects.deferred import deferred_closure
from golsp_mem.compiler.objects.flow import MachineFlow, machine_flow
from golsp_mem.compiler.objects.goobj import Function
from golsp_mem.compiler.objects.reaching import KEEPS_REGISTERS
from golsp_mem.compiler.objects.records import Relocation
from golsp_mem.compiler.objects.symbols import own_name
from golsp_mem.compiler.rules import rule_for
from golsp_mem.compiler.types import TypeResolver
from golsp_mem.model import Allocation, Code, StackFrame

# Beside its own name a literal, or the wrapper of a deferred call, has a number.
_LITERAL = re.compile(r"\.(?:func|deferwrap)\d+(?:\.\d+)*(?:·f)?$")
# The runtime's half of a call is told by the rules; what it does beside is its own business.
_RUNTIME = "runtime."
# One call of these may make several objects: a table and its groups, a goroutine and its stack.
_OF_SEVERAL = frozenset(
    {Code.HEAP_MAP_INSERT, Code.HEAP_MAKE_MAP, Code.HEAP_GOROUTINE, Code.HEAP_DEFER}
)
_CHANNEL_OBJECTS = 2
# What cgo's stubs call under names of the runtime (cmd/cgo/out.go, goStringDef and others).
OF_CGO = frozenset({"runtime.gostring", "runtime.gostringn", "runtime.gobytes"})
# Only their ``if _Cgo_always_false`` boxes anything there (cmd/cgo/out.go, writeDefsFunc).
_CGO_STUB = "_Cfunc_"
_ONE_OBJECT = frozenset(
    {"runtime.newobject", "reflect.unsafe_New", "internal/reflectlite.unsafe_New",
     "reflect.unsafe_NewArray", "reflect.growslice"}
)  # fmt: skip


class EventKind(StrEnum):
    ALLOCATES = "allocates"
    CALLS = "calls"
    UNKNOWN = "unknown"


@frozen
class Event:
    """A call in a function's code that counts: an allocation of the runtime's, a call of another
    function, or one that nobody can follow.

    ``target`` is the called symbol, of unknown ones an `Unknown`. ``node`` is where in the body's
    graph it stands. ``stack`` are the inlined frames at it, innermost first, files as the object
    file has them. ``maybe``: it may be left out where its way is taken (what is deferred).

    Of allocations: ``sure``: the runtime allocates whenever it is called so; ``most`` objects
    (None: several, nobody knows how many), ``bytes`` the size class, ``least_bytes`` what one of
    several that share a block takes, ``condition`` in words, ``code`` the construct.
    """

    kind: EventKind
    target: str
    node: int
    stack: tuple[StackFrame, ...]
    maybe: bool = False
    sure: bool = False
    most: int | None = 1
    bytes: int | None = None
    least_bytes: int | None = None
    condition: str | None = None
    code: Code | None = None
    type: str | None = None


@frozen
class Body:
    """A function by its linker name and ABI. ``known`` says that its flow is: else each event may
    happen never, or any number of times. ``recovery`` is the node where a panic goes on that a
    deferred function recovers; None where none does."""

    name: str
    abi: int
    file: str
    line: int
    events: tuple[Event, ...]
    ways: Ways
    known: bool
    recovery: int | None = None


def read_body(
    function: Function,
    goarch: str,
    resolve: TypeResolver,
    version: str,
    call_types: frozenset[int] | None,
    *,
    recovers: bool = False,
) -> Body:
    """What a function does. ``version`` is GOVERSION; ``recovers``: one that it defers may end a
    panic. Raises ArchiveError."""
    events, stops = _events(function, goarch, resolve, version, call_types)
    ways, known, found = Ways(), True, events
    recovery = None
    if events:
        flow = machine_flow(function, goarch)
        known = flow is not None
        if flow is not None:
            blocks = [flow.calls.get(offset) for offset, _ in events]
            stopped = {flow.calls[offset] for offset in stops if offset in flow.calls}
            again = _recovery(function, flow, stops) if recovers else None
            ways, nodes = ways_of(flow, {b for b in blocks if b is not None}, stopped, again)
            recovery = nodes.get(again.block) if again is not None else None
            # What only a panic leads on from is on no way at all.
            found = [
                (offset, evolve(event, node=nodes[block]))
                for (offset, event), block in zip(events, blocks, strict=True)
                if block is not None and block in nodes
            ]
            known = None not in blocks
            if not known:
                found = events
    return Body(
        function.name, function.abi, function.file, function.start_line,
        tuple(event for _, event in found), ways, known, recovery,
    )  # fmt: skip


def _recovery(function: Function, flow: MachineFlow, stops: Sequence[int]) -> Recovery | None:
    """Where a recovered panic goes on: at the first deferreturn of the code, which gives back to
    the caller (cmd/link/internal/ld/pcln.go, computeDeferReturn)."""
    panics = {one.offset for one in function.relocations if PANICS.fullmatch(one.target)}
    for one in function.relocations:
        if one.target == DEFERRED and one.offset in flow.calls:
            blocks = {flow.calls[at] for at in stops if at in panics and at in flow.calls}
            return Recovery(flow.calls[one.offset], frozenset(blocks))
    return None


def _events(
    function: Function,
    goarch: str,
    resolve: TypeResolver,
    version: str,
    call_types: frozenset[int] | None,
) -> tuple[list[tuple[int, Event]], list[int]]:
    """The events by code offset, in code order, and the offsets of calls that never return."""
    made: Mapping[int, Allocation] | None = None
    events: list[tuple[int, Event]] = []
    stops: list[int] = []
    beside = f"{function.name}."
    literals = {
        one.offset: one.target.removesuffix("·f")
        for one in function.relocations
        if one.target.startswith(beside) and one.size and _LITERAL.search(one.target)
    }
    for one in function.relocations:
        if one.is_indirect_call:
            name = deferred_closure(function, one.offset, literals) if goarch == "amd64" else None
            kind = EventKind.CALLS if name else EventKind.UNKNOWN
            target = name or indirect_kind(function, one.offset, goarch)
            events.append((one.offset, _event(kind, target, function, one)))
            continue
        target = one.target
        if not _is_call(one, call_types):
            continue
        if _allocates(target):
            if made is None:
                made = {site.offset: site for site in allocations(function, resolve, goarch)}
            site = made.get(one.offset)
            event = _allocation(site, one, version) if site is not None else None
            if event is not None and not _never_runs(event):
                events.append((one.offset, event))
        elif target in OF_CGO:
            copied = _event(EventKind.ALLOCATES, target, function, one)
            copied = evolve(copied, condition="when it is not empty", code=Code.HEAP_CONVERSION)
            events.append((one.offset, copied))
        elif _stops(target):
            stops.append(one.offset)
        elif target == DEFERRED:
            events += (
                (one.offset, evolve(_event(EventKind.CALLS, name, function, one), maybe=True))
                for name in dict.fromkeys(literals.values())
            )
        elif (outside := leads_out(target)) is not None:
            events.append((one.offset, _event(EventKind.UNKNOWN, outside, function, one)))
        elif not target.startswith((_RUNTIME, *KEEPS_REGISTERS)):
            events.append((one.offset, _event(EventKind.CALLS, target, function, one)))
    return events, stops


def calls_by_name(
    function: Function, call_types: frozenset[int] | None
) -> Iterator[tuple[str, tuple[StackFrame, ...]]]:
    """The direct calls of a function's code, those that the runtime's rules tell of left out, with
    the inlined frames at each. A deferred call by its closure's name is not among them."""
    for one in function.relocations:
        target = one.target
        if target in OF_CGO or (
            not target.startswith((_RUNTIME, *KEEPS_REGISTERS))
            and _is_call(one, call_types)
            and not _allocates(target)
        ):
            yield target, function.stack_at(one.offset)


def deferrable(function: Function) -> tuple[str, ...]:
    """The functions that the code may hand to defer: those whose address it takes, and literals in
    it."""
    beside = f"{function.name}."
    names = [
        one.removesuffix("·f")
        for one in function.targets
        if one.endswith("·f") or (one.startswith(beside) and _LITERAL.search(one))
    ]
    return tuple(dict.fromkeys(names))


# A few names stand in most functions.
@lru_cache(4096)
def _allocates(target: str) -> bool:
    return rule_for(target) is not None


@lru_cache(4096)
def _stops(target: str) -> bool:
    return target in MORESTACK or NO_RETURN.fullmatch(target) is not None


def _never_runs(event: Event) -> bool:
    """Whether cgo wrote the allocation for the compiler's eyes alone."""
    name = own_name(event.stack[0].function)
    return event.code is Code.HEAP_BOXING and name.startswith(_CGO_STUB)


def _is_call(one: Relocation, call_types: frozenset[int] | None) -> bool:
    if not one.size:
        return False
    return one.is_call if call_types is None else one.type_ in call_types


def _event(kind: EventKind, target: str, function: Function, one: Relocation) -> Event:
    return Event(kind, target, -1, function.stack_at(one.offset))


def _allocation(site: Allocation, one: Relocation, version: str) -> Event | None:
    """The event of an allocating call; None where it allocates nothing that counts."""
    if (site.bookkeeping and one.target != "time.newTimer") or site.bytes == 0:
        return None
    text = condition(site, fate_of({site.buffered}, None), None, Written(), minor_of(version))
    if text == NEVER:
        return None
    sure = text is None and _always_allocates(site)
    if one.target.startswith("runtime.growslice") and site.element_bytes:
        # It is called where the capacity is exceeded: the way to it is the condition. One with a
        # buffer on the stack may still use that.
        sure = "Buf" not in one.target
    if text is None and not sure:
        is_map = site.code is Code.HEAP_MAKE_MAP
        text = "unless the map stays on the stack" if is_map else "when its size is above 0"
    size = site.size_class if site.size_class is not None else site.bytes
    return Event(
        EventKind.ALLOCATES,
        one.target,
        -1,
        site.stack,
        sure=sure,
        most=_most(site),
        bytes=size,
        least_bytes=site.bytes if size is not None and size <= 16 else size,
        condition=None if sure else text,
        code=site.code,
        type=site.type,
    )


def _always_allocates(site: Allocation) -> bool:
    name = site.runtime_call
    # A header of a map on the stack serves a small hint; an untyped block may be of no size.
    if name.startswith("runtime.makemap") and name != "runtime.makemap_small":
        return False
    return not (name == "runtime.mallocgc" and site.bytes is None)


def _most(site: Allocation) -> int | None:
    if site.code is Code.HEAP_MAKE_CHAN:
        return _CHANNEL_OBJECTS
    if site.code in _OF_SEVERAL:
        return None
    name = site.runtime_call
    if site.code is Code.HEAP_OTHER and not name.startswith("runtime.mallocgc"):
        return 1 if name in _ONE_OBJECT else None
    return 1
