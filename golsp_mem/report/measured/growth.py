"""What a CPU profile says of goroutine stacks: where they grow, and what that costs.

The runtime moves a stack in ``newstack`` (runtime/stack.go, equal in Go 1.22 to 1.27), which a
traceback shows as called by the function whose prologue asked for room: ``morestack`` itself is
left out (runtime/traceback.go, ``unwinder.next``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.compiler.pprof.reader import Frame, Profile, is_runtime
from golsp_mem.model import Position
from golsp_mem.report.model import GrowthPlace, StackGrowth

_GROWS = frozenset({"runtime.newstack", "runtime.copystack"})


def stack_growth(
    profiles: Iterable[Profile], functions: Mapping[str, Position], frames: Mapping[str, int]
) -> StackGrowth:
    """What CPU profiles say together. ``functions`` are those that were compiled, and where they
    begin, ``frames`` their frames in bytes, both by the name that they are linked with."""
    starts = {folded_name(name): at for name, at in functions.items()}
    sizes = {folded_name(name): size for name, size in frames.items()}
    total = growing = 0
    places: Counter[tuple[str, str]] = Counter()
    for sample in (sample for profile in profiles for sample in profile.samples):
        total += sample.bytes
        grown = _grown_in(sample.stack)
        if grown is None:
            continue
        growing += sample.bytes
        places[grown, _entry(sample.stack)] += sample.bytes
    return StackGrowth(
        total,
        growing,
        tuple(
            GrowthPlace(function, entry, time, starts.get(function), sizes.get(function))
            for (function, entry), time in sorted(places.items(), key=lambda one: (-one[1], one[0]))
        ),
    )


def _grown_in(stack: Sequence[Frame]) -> str | None:
    """The function whose call found no room, None where no stack was growing."""
    names = [frame.function for frame in stack]
    at = max((n for n, name in enumerate(names) if name in _GROWS), default=None)
    if at is None or at + 1 >= len(stack):
        return None
    return folded_name(names[at + 1])


def _entry(stack: Sequence[Frame]) -> str:
    """The function that the goroutine began with; ``main.main`` for the main goroutine."""
    own = [frame for frame in stack if not is_runtime(frame)]
    return folded_name((own or stack)[-1].function)
