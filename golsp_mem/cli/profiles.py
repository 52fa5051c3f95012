"""Profiles that somebody names on the command line, joined to a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.cli.analysing import Outcome
from golsp_mem.compiler.pprof.reader import LARGEST, Index, Kind, Profile, read_profile
from golsp_mem.errors import ConfigError
from golsp_mem.files import read_regular
from golsp_mem.report.measuring import Joiner, measured
from golsp_mem.report.model import Report
from golsp_mem.report.ranking import ranked


@frozen
class Named:
    """A profile and what it was called."""

    origin: str
    profile: Profile


def read_profiles(names: Sequence[str], root: Path, index: Index) -> list[Named]:
    """The heap profiles in files. Raises ConfigError in one line for what is none, UsageError."""
    found = []
    for name in names:
        try:
            data = read_regular(root / name, LARGEST)
        except OSError as error:
            raise ConfigError(f"profile {name}: {error.strerror or error}") from error
        profile = read_profile(data, name, index)
        if profile.kind is Kind.CPU:
            raise ConfigError(
                f"{name}: a CPU profile; --profile wants heap or allocs (go test -memprofile, "
                "/debug/pprof/allocs)"
            )
        if profile.kind is not Kind.HEAP:
            raise ConfigError(f"{name}: no heap profile; take heap or allocs")
        found.append(Named(name, profile))
    return found


def with_profiles(outcome: Outcome, profiles: Sequence[Named]) -> tuple[Report, list[str]]:
    """The report with what the profiles counted, ranked by it, and lines for whoever asked.

    Raises ConfigError for a profile of another program.
    """
    joiner = Joiner(outcome.report, outcome.examined.functions)
    notes = []
    joined = []
    for one in profiles:
        found = joiner.join(one.profile, one.origin)
        joined.append(found)
        if not one.profile.samples:
            notes.append(f"{one.origin}: nothing was allocated when it was taken")
        if found.moved:
            functions = "1 function has" if found.moved == 1 else f"{found.moved} functions have"
            notes.append(
                f"{one.origin}: older than the code, {functions} moved since: lines are counted "
                "from the beginning of each"
            )
    return ranked(measured(outcome.report, joined)), notes
