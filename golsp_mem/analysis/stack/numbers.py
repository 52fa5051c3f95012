"""What a function needs of the stack: its frame, its deepest path, growth, recursion.

Everything is static: direct calls only. What goes through interfaces and function values is
counted as unknown, panics are left out, and a recursion is walked once.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from golsp_mem.analysis.stack.callgraph import CallGraph
from golsp_mem.analysis.stack.growth import (
    Growth,
    PathFrame,
    check_reserve,
    grow_along,
)
from golsp_mem.analysis.stack.limits import ProgramLimit
from golsp_mem.analysis.stack.reached.dispatch import Dispatch
from golsp_mem.analysis.stack.reached.maybe import MaybeCall
from golsp_mem.analysis.stack.rounds import Recursion, Recursions
from golsp_mem.compiler.stackfacts import StackPlatform

_DEFAULT = ProgramLimit()
_MAIN, _RUNTIME_MAIN = "main.main", "runtime.main"


@frozen
class StackNumbers:
    """The stack of one function, taken as the function that a new goroutine starts with.

    Sizes are bytes. ``deepest_path`` are (function, frame) from the function itself to the
    deepest one, ``deepest_path_bytes`` their frames and return addresses. ``growth_steps``
    are the sizes that the stack has in turn, the starting size first; ``growths`` the moves
    between them and ``bytes_copied`` their sum. ``unknown_calls`` counts call sites below
    the function whose callee only the run time knows. ``recursive`` names the functions
    that this one recurses with (itself included), ``recursive_below`` others that recurse
    further down. ``recursion`` are its own rounds: ``max_depth`` is how often the function can be
    entered before the stack is full if every round is the cheapest one, ``min_depth`` if it is the
    dearest. ``limit`` is what
    ``debug.SetMaxStack`` was given (None: the runtime's default), ``limit_bytes`` what holds.
    """

    function: str
    file: str
    line: int
    frame_bytes: int
    deepest_path: tuple[tuple[str, int], ...]
    deepest_path_bytes: int
    start_bytes: int
    entry_bytes: int
    growth_steps: tuple[int, ...]
    growths: tuple[Growth, ...]
    unknown_calls: int
    recursive: tuple[str, ...]
    recursive_below: tuple[str, ...]
    recursion: Recursion | None
    min_depth: int | None
    max_depth: int | None
    limit: ProgramLimit
    limit_bytes: int

    @property
    def bytes_copied(self) -> int:
        return sum(growth.copied_bytes for growth in self.growths)


def stack_numbers(
    graph: CallGraph,
    platform: StackPlatform,
    name: str,
    *,
    limit: ProgramLimit = _DEFAULT,
    used: int | None = None,
    dispatch: Dispatch | None = None,
) -> StackNumbers | None:
    """The numbers of a function by its linker name; None when the graph has no such function.

    ``dispatch`` tells where indirect calls may lead; without it only direct calls make a
    recursion. ``limit`` is what the program sets itself. ``used`` is the
    stack in use when the function is entered; by default that of a new goroutine, for ``main.main``
    with the frame of runtime.main above it.
    """
    root = graph.find(name)
    if root is None:
        return None
    if used is None:
        used = platform.entry_bytes
        if name == _MAIN and (outer := graph.find(_RUNTIME_MAIN)) is not None:
            used += graph.functions[outer].frame_bytes + platform.call_bytes
    walk = _Deepest(graph, platform, root)
    limit_bytes = platform.effective_limit(limit.setting)
    path = walk.path(walk.next_deep)
    growths = grow_along(
        platform, walk.path(walk.next_need), used=used, size=platform.start_bytes, limit=limit_bytes
    )
    direct = graph.recursive_groups(walk.bytes)
    members = walk.bytes if dispatch is None else range(len(graph.functions))
    recursions = Recursions(graph, platform, members, dispatch.edges if dispatch else _nothing)
    recursion = recursions.of(root)
    depths = _depths(recursions, graph.instances(name), used=used, limit=limit_bytes)
    own = recursion.group if recursion else ()
    below = [number for group in direct if root not in group for number in group]
    function = graph.functions[root]
    return StackNumbers(
        function=function.name,
        file=function.file,
        line=function.line,
        frame_bytes=function.frame_bytes,
        deepest_path=tuple((frame.function, frame.frame_bytes) for frame in path),
        deepest_path_bytes=walk.bytes[root],
        start_bytes=platform.start_bytes,
        entry_bytes=used,
        growth_steps=(platform.start_bytes, *(growth.new_bytes for growth in growths)),
        growths=growths,
        unknown_calls=sum(graph.unknown_calls(number) for number in walk.bytes),
        recursive=_names(graph, own),
        recursive_below=_names(graph, below),
        recursion=recursion,
        min_depth=depths[0] if depths else None,
        max_depth=depths[1] if depths else None,
        limit=limit,
        limit_bytes=limit_bytes,
    )


def _depths(
    recursions: Recursions, instances: Iterable[int], *, used: int, limit: int
) -> tuple[int, int] | None:
    """(least, most) entries over all instances of a function, generic ones have several."""
    found = [
        depths
        for number in instances
        if (one := recursions.of(number)) is not None
        if (depths := recursions.depths(one, used=used, limit=limit)) is not None
    ]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def _nothing(_: int) -> tuple[MaybeCall, ...]:
    return ()


def _names(graph: CallGraph, numbers: Iterable[int]) -> tuple[str, ...]:
    return tuple(graph.functions[number].name for number in numbers)


class _Deepest:
    """The deepest paths below one function, by a depth-first walk that skips calls back.

    ``bytes`` is what each function needs with all below it. Growth is decided by prologues
    alone, so the path that makes the stack grow furthest can be another one: ``next_need``.
    """

    def __init__(self, graph: CallGraph, platform: StackPlatform, root: int) -> None:
        self.graph = graph
        self.root = root
        self._push = platform.call_bytes
        self.bytes: dict[int, int] = {}
        self._need: dict[int, int] = {}
        self.next_deep: dict[int, tuple[int, int]] = {}
        self.next_need: dict[int, tuple[int, int]] = {}
        entered = {root}
        work = [(root, iter(graph.edges(root)))]
        while work:
            node, edges = work[-1]
            for target, _ in edges:
                if target not in entered:
                    entered.add(target)
                    work.append((target, iter(graph.edges(target))))
                    break
            else:
                work.pop()
                self._finish(node)

    def _finish(self, node: int) -> None:
        function = self.graph.functions[node]
        deepest = function.frame_bytes
        # Without a check the stack cannot grow here, whatever is used.
        need = check_reserve(function.frame_bytes) if function.checks else -1
        for target, call in self.graph.edges(node):
            if target not in self.bytes:
                continue  # a call back to where the walk came from
            passed = call.stack_delta + (self._push if call.pushes else 0)
            if passed + self.bytes[target] > deepest:
                deepest = passed + self.bytes[target]
                self.next_deep[node] = (target, passed)
            if self._need[target] >= 0 and passed + self._need[target] > need:
                need = passed + self._need[target]
                self.next_need[node] = (target, passed)
        self.bytes[node] = deepest
        self._need[node] = need

    def path(self, following: dict[int, tuple[int, int]]) -> tuple[PathFrame, ...]:
        frames = []
        node: int | None = self.root
        while node is not None:
            function = self.graph.functions[node]
            node, passed = following.get(node, (None, 0))
            frames.append(PathFrame(function.name, function.frame_bytes, function.checks, passed))
        return tuple(frames)
