"""A package compiled by its build plan, read as the engine reads what ``go list`` compiled.

What comes out is one *variant* of the package: the plain one, or it with its internal tests, or the
external tests. Unlike a run of the engine nothing is kept on disk, and no lifetimes are proved.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from attrs import define, evolve, field, frozen

from golsp_mem.analysis.calls.places import Followed
from golsp_mem.analysis.compiler_text import CompilerText
from golsp_mem.analysis.dependencies import KnownFiles
from golsp_mem.analysis.known import Known
from golsp_mem.analysis.package import PackageReader, with_calls
from golsp_mem.compiler.text.liveness import Liveness, is_of_liveness, parse
from golsp_mem.errors import BuildFailed
from golsp_mem.model import PackageAnalysis
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.compile import CannotCompile, Wanted
from golsp_mem.toolchain.plans.live import live_facts
from golsp_mem.toolchain.plans.plan import are_alike
from golsp_mem.toolchain.plans.planner import Planned, Planner, first_error

if TYPE_CHECKING:
    from golsp_mem.analysis.calls.summaries import KeptSummaries

logger = logging.getLogger(__name__)

Texts = Mapping[Path, bytes]
T = TypeVar("T")


class InThread(Protocol):
    """Runs work beside the event loop, one piece at a time."""

    async def __call__(self, work: Callable[[], T]) -> T: ...


@frozen(eq=False)
class Variant:
    """What one compile said. ``live`` is None unless it was asked for."""

    package: PackageAnalysis
    live: Liveness | None = None


@define(eq=False)
class DirectReader:
    """Compiles and reads. ``builtins`` name the compiler's numbered symbols; ``in_thread`` runs
    Python's own work beside the event loop; ``kept`` is where bodies of functions are kept. What
    was parsed stays parsed while its text does."""

    planner: Planner
    builtins: Sequence[str]
    in_thread: InThread
    kept: Path | None = None
    _files: KnownFiles = field(init=False, factory=KnownFiles)
    _known: dict[bool, tuple[Sequence[ListedPackage], Known]] = field(init=False, factory=dict)
    _summaries: dict[str, KeptSummaries] = field(init=False, factory=dict)

    async def variants_with(
        self,
        files: Collection[str],
        overlay: Texts,
        *,
        live: bool = False,
        calls: bool = False,
    ) -> tuple[Variant, ...]:
        """The fewest variants that hold the files (absolute), compiled with the overlay's texts;
        ``calls``: with what all calls allocate.

        Empty where no variant holds them. Raises BuildFailed with the compiler's first complaint,
        GoFailed, AnalysisTimeout.
        """
        tests = any(file.endswith("_test.go") for file in files)
        try:
            planned = await self.planner.planned(tests=tests, overlay=overlay)
            return tuple(
                [
                    await self.variant(planned, one, overlay, live=live, every_call=calls)
                    for one in planned.plan.variants_with(files)
                ]
            )
        except CannotCompile:
            return await self._by_go(files, overlay, tests=tests, live=live, calls=calls)

    async def variant(
        self,
        planned: Planned,
        one: ListedPackage,
        overlay: Texts,
        *,
        live: bool = False,
        calls: bool = False,
        every_call: bool = False,
        flags: tuple[str, ...] = (),
    ) -> Variant:
        """One variant of a plan; ``calls``: with those that promises speak of, but its findings
        in no order and without fingerprints; ``every_call``: with all; ``flags`` are the
        compiler's. Raises as `variants_with`, and CannotCompile."""
        reading = self.reading(
            planned, one, overlay, live=live, calls=calls, every_call=every_call, flags=flags
        )
        async with reading as (variant, _):
            return variant

    @asynccontextmanager
    async def reading(
        self,
        planned: Planned,
        one: ListedPackage,
        overlay: Texts,
        *,
        live: bool = False,
        calls: bool = False,
        every_call: bool = False,
        flags: tuple[str, ...] = (),
        tested: Path | None = None,
    ) -> AsyncIterator[tuple[Variant, Path]]:
        """`variant` and its archive, which goes when the block is left; ``tested`` is that of what
        it tests from outside, where somebody has just compiled it. Raises as `variant`."""
        if one.error is not None:
            raise BuildFailed(first_error(one.error))
        begun = asyncio.Event()
        wanted = Wanted(escapes=1, live=live, object=True, flags=flags, begun=begun.set)
        reader = self.reader(planned.plan.listed, overlay, tests=one.for_test is not None)
        async with (
            self._rehearsing(reader, one, begun) as compiled,
            self.planner.compiling(planned, one, wanted, overlay, tested) as built,
        ):
            compiled.set()
            if built.archive is None:
                raise BuildFailed(first_error(built.error or ""))
            made = evolve(one, export=str(built.archive), error=None)
            text = dict.fromkeys(built.text)
            told: dict[str, None] = {}
            if live:
                told = dict.fromkeys(line for line in text if is_of_liveness(line))
            rest = {line: None for line in text if line not in told}
            read = partial(reader.read, planned.plan.package, [made], rest)
            package = await self.in_thread(read if calls else partial(_read_numbered, reader, read))
            every = every_call or self.planner.settings.asks_for_calls
            if every_call or (calls and (package.marked or every)):
                followed = Followed.ALL if every else Followed.PROMISED
                package = await self._followed(reader, package, made, followed)
            names = reader.printed_names(one.files)
            found = Liveness.of(parse(told), names) if live else None
            yield Variant(package, found), built.archive

    async def _followed(
        self, reader: PackageReader, package: PackageAnalysis, made: ListedPackage,
        followed: Followed,
    ) -> PackageAnalysis:  # fmt: skip
        # What is on trial is kept under no build ID.
        made = evolve(made, build_id=None)
        checked = {made.for_test or made.import_path}
        asked = partial(reader.calls, package, [made], checked, followed)
        package = with_calls(package, await self.in_thread(asked))
        reader.keep_summaries()
        return package

    @asynccontextmanager
    async def _rehearsing(
        self, reader: PackageReader, variant: ListedPackage, begun: asyncio.Event
    ) -> AsyncIterator[threading.Event]:
        """Read beside the compiler, from when it has ``begun``, what only depends on the source,
        until the event is set."""
        compiled = threading.Event()

        async def rehearse() -> None:
            # A thread that computes would hold up each step of starting it for 5 ms.
            await begun.wait()
            if compiled.is_set():
                return
            try:
                await self.in_thread(partial(reader.rehearse, variant, compiled.is_set))
            except Exception:
                # Nothing is lost but time.
                logger.exception("internal error while guessing what %s is", variant.import_path)

        rehearsal = asyncio.ensure_future(rehearse())
        try:
            yield compiled
        finally:
            compiled.set()
            begun.set()
            await rehearsal

    async def _by_go(
        self, files: Collection[str], overlay: Texts, *, tests: bool, live: bool, calls: bool
    ) -> tuple[Variant, ...]:
        text = CompilerText()
        planner = self.planner
        listed = await planner.by_go("-m", tests=tests, overlay=overlay, on_line=text.feed)
        own = [one for one in listed if not one.dep_only and one.compiled]
        broken = next((one.error for one in own if one.error), None)
        if broken is not None:
            raise BuildFailed(first_error(broken))
        found = []
        for one in own:
            if set(files).intersection(one.compiled):
                base = one.for_test or one.import_path
                reader = self.reader(listed, overlay, tests=one.for_test is not None)
                read = partial(reader.read, base, [one], text.lines.get(base, {}))
                package = await self.in_thread(partial(_read_numbered, reader, read))
                if calls:
                    package = await self._followed(reader, package, one, Followed.ALL)
                found.append(package)
                if one.for_test is None:
                    break
        facts = await live_facts(planner, tests=tests, overlay=overlay) if live else None
        return tuple(Variant(package, facts) for package in found)

    def reader(
        self, listed: Sequence[ListedPackage], overlay: Texts, *, tests: bool
    ) -> PackageReader:
        """Reads what the plan of these packages compiles."""
        planner = self.planner
        known = self.known(listed, tests=tests)
        return PackageReader(
            planner.toolchain.version, planner.settings, planner.directory, self.builtins, listed,
            overlay, tests=tests, trimpath=planner.toolchain.trimpath, known=known,
            kept=self.kept, summaries=self._summaries, as_it_stands=True,
        )  # fmt: skip

    def known(self, listed: Sequence[ListedPackage], *, tests: bool) -> Known:
        """What earlier readings have left for one of these packages."""
        of, known = self._known.get(tests, (None, None))
        if known is None or of is None or of is not listed:
            same = known is not None and of is not None and are_alike(of, listed)
            known = known.renewed(listed) if same and known is not None else Known(self._files)
            self._known[tests] = listed, known
        return known


def _read_numbered(reader: PackageReader, read: Callable[[], PackageAnalysis]) -> PackageAnalysis:
    package = read()
    return evolve(package, findings=tuple(reader.numbered(package.findings)))
