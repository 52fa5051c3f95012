"""Every failure that a user can meet, each with a one-line text that says what to do.

GolspMemError
├── UsageError            wrong arguments or patterns                    exit 2
│   ├── NotInCommit       the directory does not exist at a revision
│   └── NotInModule       the directory is in no Go module
├── ConfigError           a setting that cannot be understood            exit 2
├── BuildFailed           Go code that does not build                    exit 3
├── ToolchainError        no usable Go                                   exit 4
│   ├── GoNotFound
│   ├── GoTooOld
│   ├── GoFailed          the go command itself failed
│   │   └── BrokenModule  a go.mod, go.work or vendor that it refuses      exit 3
│   └── OutOfResources    memory or disk ran out; the same may succeed later
├── AnalysisTimeout       the time limit passed                          exit 4
├── GitFailed             the git command itself failed                  exit 4
├── ArchiveError          an object file that we cannot read             exit 4
└── StaleDocument         the text changed since the edit was computed   (LSP only)
"""

from __future__ import annotations


class GolspMemError(Exception):
    """Base of all; ``str()`` is one line for people, ``exit_status`` the contract's."""

    exit_status = 4


class UsageError(GolspMemError):
    exit_status = 2


class NotInCommit(UsageError):
    pass


class NotInModule(UsageError):
    """``directory`` is in no module; what helps differs between a terminal and an editor."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        super().__init__(f"{directory} is in no Go module; use -C DIR, or run: go mod init NAME")


class WrongTarget(UsageError):
    """Build tags, or a system and architecture, that Go does not know."""


class ConfigError(GolspMemError):
    exit_status = 2


class BuildFailed(GolspMemError):
    exit_status = 3


class ToolchainError(GolspMemError):
    pass


class GoNotFound(ToolchainError):
    pass


class GoTooOld(ToolchainError):
    pass


class GoFailed(ToolchainError):
    pass


class BrokenModule(GoFailed):
    """A mistake in the user's code like others, but one for which no package is looked at."""

    exit_status = BuildFailed.exit_status


class OutOfResources(ToolchainError):
    pass


class AnalysisTimeout(GolspMemError):
    pass


class GitFailed(GolspMemError):
    pass


class ArchiveError(GolspMemError):
    pass


class StaleDocument(GolspMemError):
    pass


class Impossible(GolspMemError):
    """A state that cannot be (golsp_mem/analysis/invariants.py): a mistake of golsp-mem."""

    exit_status = 4
