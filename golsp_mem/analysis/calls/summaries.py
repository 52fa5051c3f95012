"""What was found out of the functions of packages, kept by content.

What a call of ``strings.Split`` allocates is the same in every program that is linked with the same
archives. A summary is kept under the build ID of its function's package, with the build IDs of all
packages that it was made of, and counts where all of them are the same, or again not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field, frozen

from golsp_mem.analysis.cache import codec
from golsp_mem.analysis.cache.digests import program
from golsp_mem.analysis.cache.entries import Entries
from golsp_mem.analysis.calls.body import Event
from golsp_mem.analysis.costs import FREE, Bounds, Cost
from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.model import Allocates, GoVersion, StackFrame, UnknownCall

F = TypeVar("F")


@frozen
class Archive:
    """A package archive: its file, and what names its content (``go list``'s BuildID), None where
    nothing does: then it is read anew each time."""

    path: str
    build_id: str | None = None


@frozen
class Total:
    """What a call costs: of what can be followed. ``unknown``: there are calls on its ways, here
    or further in, that cannot be. ``returns``: some way comes back (or goes round for ever);
    where none does, ``cost`` is what is allocated before it panics."""

    cost: Cost = FREE
    unknown: bool = False
    returns: bool = True

    @property
    def allocates(self) -> Allocates | None:
        """None: nothing that is known, and something is unknown."""
        if self.cost.objects.least:
            return Allocates.ALWAYS
        if not self.cost.objects.nothing:
            return Allocates.CONDITIONAL
        return None if self.unknown else Allocates.NEVER

    @property
    def objects(self) -> Bounds:
        """At least and at most, with what is unknown."""
        found = self.cost.objects
        return Bounds(found.least, None if self.unknown else found.most)

    @property
    def bytes(self) -> Bounds:
        found = self.cost.bytes
        return Bounds(found.least, None if self.unknown else found.most)


NOTHING_AT_ALL = Total()


@frozen
class Way:
    """A way from a function to an allocation: the places of the calls, inlined ones too, from the
    outside in (files as object files name them), how many of them are real calls, and what
    allocates at its end. ``certain``: whoever comes back has gone this way."""

    frames: tuple[StackFrame, ...]
    depth: int
    last: Event
    certain: bool = False


def way_along(
    function: F,
    length: int,
    known: Callable[[F], Way | None],
    step: Callable[[F, int], tuple[Event, F | None]],
    is_certain: Callable[[Event, F], bool],
) -> Way:
    """The way of so many calls that begins with a function: ``step`` gives the event of a function
    that leads on, of which so many calls are left, and whom it leads to (None: it allocates);
    ``known`` the rest of the way from a function, where that was found out before."""
    frames: list[StackFrame] = []
    certain = True
    for depth in range(length, -1, -1):
        rest = known(function)
        if rest is not None:
            return Way((*frames, *rest.frames), length, rest.last, certain and rest.certain)
        event, callee = step(function, depth)
        certain = certain and is_certain(event, function)
        frames += (
            StackFrame(folded_name(one.function), one.file, one.line)
            for one in reversed(event.stack)
        )
        if callee is None:
            return Way(tuple(frames), length, event, certain)
        function = callee
    raise AssertionError("a way ends with an allocation")


@frozen
class Summary:
    """A function, where it begins, and what a call of it costs. ``sure`` leads to the nearest
    allocation that always happens where its way is taken, ``any`` to the nearest of all. Of a part
    (not ``whole``) one of them is known, and the objects of ``total``: any number of them."""

    name: str
    abi: int
    file: str
    line: int
    total: Total
    sure: Way | None
    any: Way | None
    whole: bool = True


@define
class _Kept:
    """The summaries of one package by name and ABI, each with its unknown calls and the packages
    that it was made of, as numbers of the lists."""

    unknown: list[UnknownCall] = field(factory=list)
    packages: list[tuple[str, str]] = field(factory=list)
    summaries: dict[tuple[str, int], tuple[Summary, list[int], list[int]]] = field(factory=dict)


@define(eq=False)
class KeptSummaries:
    """What was read of the store: shared by whoever reads one program after the other."""

    directory: Path
    read: dict[str, _Kept] = field(factory=dict)
    program: str = field(init=False, factory=program)

    @property
    def entries(self) -> Entries:
        return Entries(self.directory / "calls")


@define
class _Of:
    """A package as one program has it: ``sound`` are the numbers of packages that are the same."""

    key: str
    kept: _Kept
    sound: frozenset[int]
    added: list[tuple[Summary, tuple[UnknownCall, ...], tuple[str, ...]]] = field(factory=list)


class Summaries:
    """The summaries that hold in one program, whose archives by import path are given."""

    def __init__(
        self, archives: Mapping[str, Archive], go: GoVersion, shared: KeptSummaries
    ) -> None:
        self._archives = archives
        self._shared = shared
        self._program = f"{shared.program}\0{go.version}\0{go.goarch}\0"
        self._packages: dict[str, _Of | None] = {}

    def of(
        self, package: str, name: str, abi: int, *, part: bool = False
    ) -> tuple[Summary, Iterator[UnknownCall], Iterator[str]] | None:
        """The summary of a function in a package's archive, its unknown calls, and the packages
        that it was made of. A ``part`` only where asked."""
        found = self._of(package)
        known = found.kept.summaries.get((name, abi)) if found is not None else None
        if found is None or known is None or not found.sound.issuperset(known[2]):
            return None
        if not (known[0].whole or part):
            return None
        kept = found.kept
        unknown = (kept.unknown[number] for number in known[1])
        return known[0], unknown, (kept.packages[number][0] for number in known[2])

    def add(
        self,
        package: str,
        summary: Summary,
        unknown: Iterable[UnknownCall],
        needs: Collection[str],
    ) -> None:
        found = self._of(package)
        if found is not None and all(self._identity(one) is not None for one in needs):
            found.added.append((summary, tuple(unknown), tuple(sorted(needs))))

    def save(self) -> None:
        """Keep what was added."""
        for one in self._packages.values():
            if one is None or not one.added:
                continue
            kept = self._merged(one)
            one.added.clear()
            one.kept, self._shared.read[one.key] = kept, kept
            one.sound = self._sound(kept)
            self._shared.entries.save(one.key, _to_raw(kept))

    def _merged(self, one: _Of) -> _Kept:
        """What holds of the old and what was added; what other programs need goes."""
        made = _Kept()
        unknown: dict[UnknownCall, int] = {}
        packages: dict[tuple[str, str], int] = {}
        old = [
            (summary, [one.kept.unknown[n] for n in hidden], [one.kept.packages[n] for n in needs])
            for summary, hidden, needs in one.kept.summaries.values()
            if one.sound.issuperset(needs)
        ]
        new = [
            (summary, list(hidden), [(name, self._identity(name) or "") for name in needs])
            for summary, hidden, needs in one.added
        ]
        for summary, hidden, needs in (*old, *new):
            known = made.summaries.get((summary.name, summary.abi))
            if known is not None and known[0].whole and not summary.whole:
                continue
            made.summaries[summary.name, summary.abi] = (
                summary,
                [unknown.setdefault(call, len(unknown)) for call in hidden],
                [packages.setdefault(pair, len(packages)) for pair in needs],
            )
        made.unknown, made.packages = list(unknown), list(packages)
        return made

    def _identity(self, package: str) -> str | None:
        """The build ID; empty of what is not in the program; None where nobody knows it."""
        archive = self._archives.get(package)
        return "" if archive is None else archive.build_id

    def _of(self, package: str) -> _Of | None:
        if package not in self._packages:
            archive = self._archives.get(package)
            if archive is None or archive.build_id is None:
                self._packages[package] = None
            else:
                key = hashlib.sha256(f"{self._program}{archive.build_id}".encode()).hexdigest()
                kept = self._shared.read.get(key)
                if kept is None:
                    kept = self._shared.read[key] = _from_raw(self._shared.entries.load(key))
                self._packages[package] = _Of(key, kept, self._sound(kept))
        return self._packages[package]

    def _sound(self, kept: _Kept) -> frozenset[int]:
        return frozenset(
            n
            for n, (name, build_id) in enumerate(kept.packages)
            if self._identity(name) == build_id
        )


def _to_raw(kept: _Kept) -> Mapping[str, object]:
    rows = list(kept.summaries.values())
    return {
        "packages": kept.packages,
        "unknown": codec.rows_to(UnknownCall, kept.unknown),
        "summaries": codec.rows_to(Summary, [summary for summary, _, _ in rows]),
        "of": [[hidden, needs] for _, hidden, needs in rows],
    }


def _from_raw(raw: Mapping[str, Any] | None) -> _Kept:
    """Empty for whatever has another shape."""
    if raw is None:
        return _Kept()
    try:
        made = _Kept(
            codec.rows_from(UnknownCall, raw["unknown"]),
            [(str(name), str(build_id)) for name, build_id in raw["packages"]],
        )
        unknown, packages = range(len(made.unknown)), range(len(made.packages))
        summaries = codec.rows_from(Summary, raw["summaries"])
        for one, (hidden, needs) in zip(summaries, raw["of"], strict=True):
            if all(n in unknown for n in hidden) and all(n in packages for n in needs):
                made.summaries[one.name, one.abi] = (one, hidden, needs)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return _Kept()
    return made
