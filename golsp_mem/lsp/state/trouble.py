"""Why there is nothing to show, or nothing new: told apart, so that clients can say what helps."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from golsp_mem.errors import (
    BrokenModule,
    ConfigError,
    GolspMemError,
    GoNotFound,
    GoTooOld,
    NotInModule,
    WrongTarget,
)


class TroubleCause(StrEnum):
    """What went wrong, as `golsp-mem/status` names it."""

    NO_GO = "no-go"
    OUTSIDE_MODULE = "outside-module"
    DOES_NOT_BUILD = "does-not-build"
    NOT_BUILT = "not-built"
    NOT_YET = "not-yet"
    SETTINGS = "settings"
    OTHER = "other"


@frozen
class Trouble:
    """``text`` is one line for people."""

    cause: TroubleCause
    text: str

    def __str__(self) -> str:
        return self.text


def trouble_of(error: GolspMemError) -> Trouble:
    """What an error means in an editor."""
    if isinstance(error, NotInModule):
        text = f"{error.directory} is in no Go module. To make one there: go mod init NAME"
        return Trouble(TroubleCause.OUTSIDE_MODULE, text)
    if isinstance(error, GoNotFound | GoTooOld):
        return Trouble(TroubleCause.NO_GO, str(error))
    if isinstance(error, ConfigError | WrongTarget):
        return Trouble(TroubleCause.SETTINGS, str(error))
    if isinstance(error, BrokenModule):
        return Trouble(TroubleCause.DOES_NOT_BUILD, str(error))
    return Trouble(TroubleCause.OTHER, str(error))


@frozen
class Failure:
    """A package, or a module's directory, that could not be looked at, and why."""

    package: str
    error: str


@frozen
class WorkspaceRun:
    """What analysing the whole workspace came to. ``packages`` are those that were looked at."""

    packages: int
    findings: int
    cancelled: bool
    failed: tuple[Failure, ...] = ()
