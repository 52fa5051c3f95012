"""Profiles that a command line or the settings name, and what they say of an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from golsp_mem.config import HeapCalls, Settings
from golsp_mem.model import Code

if TYPE_CHECKING:
    from golsp_mem.cli.analysing import RunOutcome
    from golsp_mem.report.measured.profiles import Named


def named_profiles(
    names: Sequence[str], settings: Settings, directory: Path, sample_index: str = "alloc"
) -> list[Named]:
    """The profiles named, else the newest of those in the settings; read before anything is
    built, so that a wrong one costs nothing. Raises ConfigError, UsageError."""
    if not names and not settings.profile:
        return []
    from golsp_mem.compiler.pprof.reader import Index  # noqa: PLC0415
    from golsp_mem.report.measured.profiles import newest, read_named  # noqa: PLC0415

    chosen = names or tuple(filter(None, [newest(settings.profile)]))
    return [read_named(name, directory, Index(sample_index)) for name in chosen]


def with_measured_calls(settings: Settings, profiles: Sequence[Named]) -> Settings:
    """The settings under which calls are findings that a heap profile measured."""
    if not profiles:
        return settings
    chosen = settings.heap_calls.are_chosen
    return evolve(settings, heap_calls=HeapCalls.ALL_AND_MEASURED if chosen else HeapCalls.MEASURED)


def with_first_calls(settings: Settings) -> Settings:
    """The settings under which calls are findings that are among the first of the order, unless
    somebody says which are."""
    if settings.heap_calls is HeapCalls.NONE and Code.HEAP_CALL in settings.severity:
        return evolve(settings, heap_calls=HeapCalls.RANKED)
    return settings


def measured(outcome: RunOutcome, profiles: Sequence[Named], settings: Settings) -> RunOutcome:
    """The outcome with what the profiles counted. Raises ConfigError for another program's."""
    if settings.heap_calls is HeapCalls.RANKED:
        from golsp_mem.report.ranking import ranked  # noqa: PLC0415
        from golsp_mem.report.selection import first_calls  # noqa: PLC0415

        return evolve(outcome, report=ranked(first_calls(outcome.report)))
    if not profiles:
        return outcome
    from golsp_mem.report.measured.profiles import with_profiles  # noqa: PLC0415
    from golsp_mem.report.ranking import ranked  # noqa: PLC0415
    from golsp_mem.report.selection import measured_calls_only  # noqa: PLC0415

    examined = outcome.examined
    report, notes = with_profiles(outcome.report, examined.functions, profiles, examined.frames)
    if settings.heap_calls.are_measured:
        chosen = settings.heap_calls.are_chosen
        report = ranked(measured_calls_only(report, settings.hot, chosen=chosen))
    return evolve(outcome, report=report, notes=(*outcome.notes, *notes))
