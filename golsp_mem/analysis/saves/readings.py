"""The variants of one package as they were read last: what an edit does not reach is not compiled
again.

A test that stands in the package is compiled with all of the package, one outside of it against its
archive. So whoever edits a test has one variant compiled: the package itself is known, and tests
outside only change where the package says something else to those that import it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

from attrs import define, field, frozen

from golsp_mem.analysis.dependencies import map_file
from golsp_mem.analysis.saves.direct import DirectReader, Variant
from golsp_mem.compiler.objects.archive import export_fingerprint
from golsp_mem.errors import ArchiveError
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.planner import Planned, Texts


@frozen(eq=False)
class _Read:
    """``state`` is what it was read of, ``tested`` tells what that said that it tests from outside
    (None: nobody knows), ``own`` what it says itself."""

    state: Hashable
    variant: Variant
    tested: bytes | None
    own: bytes | None


@define(eq=False)
class Readings:
    """What ``reader`` read of the variants of one package, by import path."""

    reader: DirectReader
    _last: dict[str, _Read] = field(init=False, factory=dict)

    def of(self, import_path: str, state: Hashable | None) -> Variant | None:
        """The variant where it was read of this state (`Planner.state_of`), with no texts that
        stand for files."""
        known = self._last.get(import_path)
        if known is None or state is None or known.state != state:
            return None
        return known.variant

    def plain_now(self) -> Variant | None:
        """The package without its tests where it was read as it lies there now."""
        planned = self.reader.planner.holding(tests=False)
        one = planned.plan.plain if planned is not None else None
        if planned is None or one is None:
            return None
        return self.of(one.import_path, self.reader.planner.state_of(planned, one))

    async def plain(self, planned: Planned, texts: Texts) -> Variant | None:
        """The package without its tests. Raises as `DirectReader.variant`."""
        one = planned.plan.plain
        if one is None or not one.compiled:
            return None
        async with AsyncExitStack() as stack:
            return (await self._read(stack, planned, one, texts, {})).variant

    async def tests(
        self, planned: Planned, texts: Texts
    ) -> AsyncGenerator[tuple[tuple[Variant, ...], bool]]:
        """The test variants, of which the plan has some: after each that was compiled what is known
        of all, if that is a whole, and whether it is all as it is now. Raises as
        `DirectReader.variant`."""
        variants = planned.plan.tests
        archives: dict[str, Path] = {}
        async with AsyncExitStack() as stack:
            found: list[Variant] = []
            for number, one in enumerate(variants, 1):
                found.append((await self._read(stack, planned, one, texts, archives)).variant)
                rest = [self._as_before(planned, later, texts) for later in variants[number:]]
                whole = [*found, *(each for each in rest if each is not None)]
                if len(whole) == len(variants):
                    yield tuple(whole), number == len(variants)

    def _as_before(self, planned: Planned, one: ListedPackage, texts: Texts) -> Variant | None:
        """The variant of the same texts, which may have seen another package."""
        return self.of(one.import_path, self._state(planned, one, texts))

    def _state(self, planned: Planned, one: ListedPackage, texts: Texts) -> Hashable | None:
        edited = any(str(path) in one.compiled for path in texts)
        return None if edited else self.reader.planner.state_of(planned, one)

    async def _read(
        self,
        stack: AsyncExitStack,
        planned: Planned,
        one: ListedPackage,
        texts: Texts,
        archives: dict[str, Path],
    ) -> _Read:
        """A variant, compiled unless it is known; ``archives`` are those of what was compiled."""
        state = self._state(planned, one, texts)
        tested = planned.plan.tested_by(one)
        says = self._said_by(planned, tested, texts) if tested is not None else b""
        known = self._last.get(one.import_path)
        if known is not None and state is not None and known.state == state:
            follows = tested is not None and self._follows_calls(known.variant)
            if known.tested == says and says is not None and not follows:
                return known
        live = False
        if one.for_test is None:
            # What lifetimes are asked of costs a twentieth more here, and else a compile of its
            # own.
            reader = self.reader.reader(planned.plan.listed, texts, tests=False)
            live = await self.reader.in_thread(partial(reader.gives_cause, one.files))
        archive = archives.get(tested.import_path) if tested is not None else None
        variant, archives[one.import_path] = await stack.enter_async_context(
            self.reader.reading(planned, one, texts, live=live, calls=True, tested=archive)
        )
        own = None
        with suppress(OSError, ValueError, ArchiveError):
            own = export_fingerprint(map_file(str(archives[one.import_path])))
        found = _Read(state, variant, says, own)
        self._last[one.import_path] = found
        return found

    def _said_by(self, planned: Planned, tested: ListedPackage, texts: Texts) -> bytes | None:
        """What tells what a package says to its tests outside; None where nobody knows."""
        known = self._last.get(tested.import_path)
        if known is None:
            return None
        # It was read just now, or is as it was: of edited texts nothing else is kept.
        state = self._state(planned, tested, texts)
        return known.own if known.state == state else None

    def _follows_calls(self, variant: Variant) -> bool:
        return bool(variant.package.marked) or self.reader.planner.settings.asks_for_calls
