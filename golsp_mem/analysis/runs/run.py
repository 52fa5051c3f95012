"""The second half of a run: packages that were compiled become analyses."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from attrs import evolve, field, frozen

from golsp_mem.analysis.cache.digests import Digests
from golsp_mem.analysis.cache.store import Store
from golsp_mem.analysis.calls.places import Followed
from golsp_mem.analysis.compiler_text import CompilerText
from golsp_mem.analysis.invariants import impossible
from golsp_mem.analysis.profiled import command_of, compiled_for, with_profiles
from golsp_mem.analysis.variants import joined
from golsp_mem.config import Settings
from golsp_mem.files import read_regular
from golsp_mem.model import Finding, PackageAnalysis
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.plan import Plan, is_plannable
from golsp_mem.toolchain.plans.planner import Planner

if TYPE_CHECKING:
    from golsp_mem.analysis.calls.kept import FoundCalls
    from golsp_mem.analysis.heap.trail import Trail
    from golsp_mem.analysis.known import Known
    from golsp_mem.analysis.package import PackageReader

T = TypeVar("T")
Texts = Mapping[str, Mapping[str, None]]
"""The compiler's lines by variant of a package."""


class InThread(Protocol):
    """Runs Python's own work where it holds nobody up."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


@frozen(eq=False)
class Job:
    """What packages are read with, the same for all of a run. ``groups`` are the named packages
    with their test variants by import path, ``kept`` is where summaries of functions are kept,
    ``as_it_stands`` as `PackageReader` has it."""

    toolchain: Toolchain
    builtins: tuple[str, ...]
    settings: Settings
    directory: Path
    listed: Sequence[ListedPackage]
    groups: Mapping[str, Sequence[ListedPackage]]
    tests: bool
    apart: bool
    kept: Path | None
    as_it_stands: bool = False


@frozen(eq=False)
class Compiled:
    """One package that was compiled: what its analysis is made of, and its name in the store."""

    import_path: str
    variants: tuple[ListedPackage, ...]
    profiled: tuple[ListedPackage, ...]
    texts: Texts
    key: str

    @property
    def archive_bytes(self) -> int:
        """How much there is to read."""
        total = 0
        for one in self.variants:
            with contextlib.suppress(OSError):
                total += os.stat(one.export).st_size if one.export else 0  # noqa: PTH116 - many
        return total


@frozen(eq=False)
class Run:
    """Reads packages of one job, or takes them from the store. ``overlay`` are texts that stand for
    files' own; ``followed`` are the calls that are followed; ``left`` tells what readings of the
    job's one package have left."""

    job: Job
    text: CompilerText
    kept: Store
    digests: Digests
    in_thread: InThread
    overlay: Mapping[Path, bytes] = field(factory=dict)
    followed: Followed = Followed.PROMISED
    trail: Trail | None = None
    left: Callable[[], Known | None] | None = None
    _keys: dict[str, str] = field(init=False, factory=dict)
    _called: list[str] = field(init=False, factory=list)

    def compiled(self, import_path: str) -> Compiled:
        """The package as it was just compiled. Its lines are taken from ``text``."""
        job = self.job
        profiled = compiled_for(job.listed, import_path)
        variants = (*job.groups[import_path], *profiled)
        names = dict.fromkeys((import_path, *(one.import_path for one in variants)))
        texts = {name: self.text.lines.pop(name, {}) for name in names}
        key = self._keys[import_path] = self.key(variants, texts)
        return Compiled(import_path, variants, tuple(profiled), texts, key)

    def key(self, variants: Sequence[ListedPackage], texts: Texts) -> str:
        """The name of a package's entry in the store."""
        job = self.job
        return self.kept.key(
            variants, chain.from_iterable(texts.values()), job.toolchain.version, job.settings,
            job.directory, self.digests, apart=job.apart,
        )  # fmt: skip

    def name_of(self, import_path: str) -> str:
        """The name of a package's entry that was read or taken."""
        return self._keys.get(import_path, "")

    def known(self, compiled: Compiled) -> PackageAnalysis | None:
        """The analysis that the store has; None: it must be read."""
        return self.kept.load(compiled.key, self.digests)

    async def read(self, compiled: Compiled) -> PackageAnalysis:
        """The analysis of a package, without its calls; it is in the store from now on.

        Raises UsageError, AnalysisTimeout.
        """
        reader = self._reader
        import_path, texts = compiled.import_path, compiled.texts
        read = partial(self._read_apart if self.job.apart else self._read, import_path, texts)
        analysis = await self.in_thread(read)
        if compiled.profiled:
            others = {
                command_of(one): await self.in_thread(
                    partial(reader.read, import_path, [one], texts[one.import_path])
                )
                for one in compiled.profiled
            }
            analysis = with_profiles(analysis, others)
        findings = await self._tried(analysis)
        analysis = evolve(analysis, findings=tuple(reader.numbered(findings)))
        analysis = evolve(analysis, impossible=impossible(analysis))
        if self.text.flows is not None:
            analysis = self.text.flows.explain(analysis, reader.printed_names(analysis.files))
        self.kept.save(compiled.key, analysis, reader.take_consulted(), self.digests)
        return analysis

    def move_on(self) -> None:
        """The package that was read is done: let go of what only it needs. Without the trees of its
        files containerd's core takes 128 MB, with them 268, in the same time."""
        self._reader.forget_files()
        # They know each other; what stays is not looked at.
        gc.collect(1)

    async def with_calls(self, analysis: PackageAnalysis) -> PackageAnalysis:
        """The analysis with its calls where they are asked for: they depend on more than an
        entry's key."""
        if self.followed is Followed.PROMISED and not self._promises(analysis):
            return analysis
        found = await self._found_calls(analysis)
        return evolve(analysis, calls=found.calls, calls_unread=found.unread)

    async def _found_calls(self, analysis: PackageAnalysis) -> FoundCalls:
        from golsp_mem.analysis.calls.kept import KeptCalls, calls_key, identities  # noqa: PLC0415

        path = analysis.import_path
        kept = KeptCalls(self.kept.directory) if self.kept.directory is not None else None
        groups = self.job.groups
        key = calls_key(self._keys[path], groups.keys(), self.followed)
        identity = identities(self.job.listed, path).get
        known = kept.load(key, identity) if kept is not None else None
        if known is not None:
            return known
        self._called.append(path)
        found = await self.in_thread(
            partial(self._reader.calls, analysis, groups[path], groups.keys(),
                    self.followed)
        )  # fmt: skip
        if kept is not None:
            kept.save(key, found, identity)
        return found

    def keep_summaries(self) -> None:
        """Keep what was found out of functions."""
        if self._called:
            self._reader.keep_summaries()

    def _promises(self, analysis: PackageAnalysis) -> bool:
        """Whether a file of the package promises something of what its code calls."""
        if not analysis.marked:
            return False
        from golsp_mem.source.directives import may_promise  # noqa: PLC0415

        for path in analysis.marked:
            text = self.overlay.get(Path(path))
            with contextlib.suppress(OSError):
                if may_promise(read_regular(path) if text is None else text):
                    return True
        return False

    def _read(self, import_path: str, texts: Texts) -> PackageAnalysis:
        return self._reader.read(import_path, self.job.groups[import_path], texts[import_path])

    def _read_apart(self, import_path: str, texts: Texts) -> PackageAnalysis:
        found = [
            self._reader.read(import_path, [one], texts[one.import_path])
            for one in self.job.groups[import_path]
        ]
        return joined(found[0], found[1:])

    @cached_property
    def _reader(self) -> PackageReader:
        # A warm run needs neither this nor the Go parser that it brings.
        from golsp_mem.analysis.package import PackageReader  # noqa: PLC0415

        job = self.job
        return PackageReader(
            job.toolchain.version, job.settings, job.directory, job.builtins, job.listed,
            self.overlay, tests=job.tests, trimpath=job.toolchain.trimpath, kept=job.kept,
            trail=self.trail, known=self.left() if self.left is not None else None,
            as_it_stands=job.as_it_stands,
        )  # fmt: skip

    async def _tried(self, package: PackageAnalysis) -> Sequence[Finding]:
        from golsp_mem.analysis.tried import Trials  # noqa: PLC0415

        job = self.job
        plan = None
        if is_plannable(job.toolchain, job.listed, job.settings.pgo):
            plan = Plan(package.import_path, tuple(job.listed))
        planner = Planner(job.toolchain, job.settings, job.directory, package.import_path)
        trials = Trials(planner, self._reader, self.overlay, job.tests, plan)
        return await trials.findings(package)
