"""Profiles that somebody names, in files: read, and joined to a report."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from attrs import evolve, frozen

from golsp_mem.compiler.pprof.reader import LARGEST, Index, Kind, Profile, read_profile
from golsp_mem.config import Exclusion
from golsp_mem.errors import ConfigError
from golsp_mem.files import read_regular
from golsp_mem.model import Position
from golsp_mem.report.measured.growth import stack_growth
from golsp_mem.report.measured.measuring import Joiner, measured
from golsp_mem.report.model import Report
from golsp_mem.report.ranking import ranked


@frozen
class Named:
    """A profile and what it was called."""

    origin: str
    profile: Profile


def newest(patterns: Iterable[Exclusion]) -> str | None:
    """The newest regular file that one of the patterns (``**`` works) matches below the directory
    that it was written in."""
    found = [
        os.path.join(one.root, name)  # noqa: PTH118 - keeps links
        for one in patterns
        for name in glob.iglob(  # noqa: PTH207 - patterns may be absolute
            one.pattern, root_dir=one.root or None, recursive=True
        )
    ]
    files = [name for name in found if Path(name).is_file()]
    return max(files, key=lambda name: (Path(name).stat().st_mtime_ns, name), default=None)


def read_named(name: str, root: Path, index: Index = Index.ALLOC) -> Named:
    """A heap or CPU profile in a file. Raises ConfigError in one line for what is none,
    UsageError."""
    path = root / name
    try:
        state = path.stat()
        profile = _read(str(path), name, index, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise ConfigError(f"profile {name}: {error.strerror or error}") from error
    if profile.kind is Kind.OTHER:
        raise ConfigError(
            f"{name}: neither a heap nor a CPU profile; take heap or allocs (go test -memprofile, "
            "/debug/pprof/allocs)"
        )
    return Named(name, profile)


@lru_cache(maxsize=2)
def _read(path: str, name: str, index: Index, time: int, size: int) -> Profile:  # noqa: ARG001
    # An editor asks again after each save: what did not change is not decoded again.
    return read_profile(read_regular(path, LARGEST), name, index)


def with_profiles(
    report: Report,
    functions: Mapping[str, Position],
    profiles: Sequence[Named],
    frames: Mapping[str, int],
) -> tuple[Report, list[str]]:
    """The report with what the profiles counted, ranked by it, and lines for whoever asked.

    ``functions`` are those that were compiled, and where they begin, ``frames`` their frames in
    bytes. Heap profiles count allocations, CPU profiles say where stacks grow. Raises ConfigError
    for a profile of another program.
    """
    joiner = Joiner(report, functions)
    notes: list[str] = []
    joined = []
    times = [one for one in profiles if one.profile.kind is Kind.CPU]
    for one in times:
        joiner.refuse_stranger(one.profile, one.origin)
    if times:
        grown = stack_growth([one.profile for one in times], functions, frames)
        report = evolve(report, stack_growth=grown)
        profiles = [one for one in profiles if one.profile.kind is not Kind.CPU]
        if not profiles:
            return report, notes
    for one in profiles:
        found = joiner.checked(one.profile, one.origin)
        joined.append(found)
        if not one.profile.samples:
            notes.append(f"{one.origin}: nothing was allocated when it was taken")
        if found.moved:
            functions_have = (
                "1 function has" if found.moved == 1 else f"{found.moved} functions have"
            )
            notes.append(
                f"{one.origin}: older than the code, {functions_have} moved since: lines are "
                "counted from the beginning of each"
            )
    return ranked(measured(report, joined)), notes
