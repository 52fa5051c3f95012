"""What is known of each package: the last good analysis and whether it still holds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Set
from enum import StrEnum
from pathlib import Path

from attrs import define, field

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.lsp.convert import file_key
from golsp_mem.lsp.state.files import Footprint
from golsp_mem.lsp.state.trouble import Trouble
from golsp_mem.lsp.state.view import View

# So many of those that were looked at last stay as they are.
AWAKE = 8


class PackageState(StrEnum):
    """How a package stands, as `golsp-mem/status` tells editors."""

    IDLE = "idle"
    BUILDING = "building"
    STALE = "stale"
    FAILED = "failed"


@define(eq=False)
class Package:
    """One directory: its last good view, and why it may no longer hold.

    Everybody reads it; only its own methods change it. ``directory`` is its `file_key`, ``name``
    how the client reaches it. ``problem`` is the reason of the last failure, None after a
    success. ``asked``: somebody asked for the whole workspace, so it shows without an open file.
    ``closed`` are the files that were closed since: they stay quiet until they are opened or asked
    for again. ``dependencies`` are the directories (`file_key`) that it was compiled with, None
    when nobody knows. ``edited`` is when text was written that its importers have not seen, None
    for never; ``began`` when its last run did (seconds of time.monotonic); ``fresh``: the view is
    of that run, which may still compile the tests. ``seen``: what the
    files were that the view is of. ``ordered``: a command asks for the next run.
    """

    directory: str
    name: str
    view: View | None = field(init=False, default=None)
    problem: Trouble | None = field(init=False, default=None)
    building: bool = field(init=False, default=False)
    fresh: bool = field(init=False, default=False)
    asked: bool = field(init=False, default=False)
    closed: frozenset[str] = field(init=False, default=frozenset())
    dependencies: frozenset[str] | None = field(init=False, default=None)
    edited: float | None = field(init=False, default=None)
    began: float = field(init=False, default=0.0)
    seen: Footprint = field(init=False, default=())
    ordered: bool = field(init=False, default=False)
    _engine: Engine | None = field(init=False, default=None)

    @property
    def state(self) -> PackageState:
        if self.building:
            return PackageState.BUILDING
        if self.problem is None:
            return PackageState.IDLE
        return PackageState.STALE if self.view else PackageState.FAILED

    def engine(self, settings: Settings) -> Engine:
        """The engine of the directory; it is kept, as finding Go takes time."""
        if self._engine is None or self._engine.settings != settings:
            self._engine = Engine(settings, Path(self.name))
        return self._engine

    # A run

    def begin(self) -> None:
        """A run begins: what is written from now on it may not have seen."""
        self.building, self.fresh, self.began = True, False, time.monotonic()

    def end(self) -> None:
        """The run has ended, in whatever way."""
        self.building = False

    def compiled_with(self, dependencies: frozenset[str]) -> None:
        self.dependencies = dependencies

    def accept(self, view: View) -> None:
        """The view that holds from now on."""
        self._close_view()
        self.view, self.problem, self.fresh = view, None, True

    def up_to_date(self, seen: Footprint) -> None:
        """The view is of these files."""
        self.seen = seen

    def fail(self, problem: Trouble) -> None:
        """The last good view stays, but may not hold."""
        self.problem = problem

    def keep_without(self, gone: Set[str], number: int) -> None:
        """Of the last good view those files (`file_key`) have nothing to say any more."""
        kept = self.view.without(gone, number) if self.view is not None else None
        if kept is not self.view:
            self._close_view()
            self.view = kept

    def clear(self) -> None:
        """Nothing is known of it: it has no Go files, or nobody looks at it any more."""
        self._close_view()
        self.view = self.problem = None

    @property
    def is_awake(self) -> bool:
        """Whether it takes memory."""
        view, engine = self.view, self._engine
        packed = view is None or view.held.is_packed
        return not packed or (engine is not None and engine.remembers)

    def rest(self) -> None:
        """Lie by until somebody looks: what can be worked out again is forgotten."""
        if self.view is not None:
            self.view.rest()
        if self._engine is not None:
            self._engine.forget()

    def _close_view(self) -> None:
        if self.view is not None:
            self.view.close()

    # What happens in the editor

    def edit(self) -> None:
        """Text was written that its importers have not seen."""
        self.edited = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether text was written that no run has begun to look at. Who asks the compiler now asks
        of a text that is no more, perhaps of a file that is none."""
        return self.edited is not None and self.edited > self.began

    def told_importers(self) -> None:
        self.edited = None

    def outdate(self) -> None:
        """The view may not hold although no file was written."""
        self.seen = ()

    def open_file(self, key: str) -> None:
        self.closed -= {key}

    def close_file(self, key: str) -> None:
        self.closed |= {key}

    def order(self) -> None:
        """A command asks for a run."""
        self.ordered = True

    def deliver(self) -> None:
        """The run that was asked for begins."""
        self.ordered = False

    def ask(self) -> None:
        """Somebody asked for all of it."""
        self.asked, self.closed = True, frozenset()

    def ask_no_more(self) -> None:
        self.asked = False


class Packages:
    """Every directory that was analysed or is about to be, by `file_key`."""

    def __init__(self) -> None:
        self._by_directory: dict[str, Package] = {}

    def __iter__(self) -> Iterator[Package]:
        return iter(list(self._by_directory.values()))

    def to_rest(self) -> list[Package]:
        """Those that nobody has looked at lately."""
        awake = [one for one in self if one.is_awake and not one.building]
        awake.sort(key=lambda one: one.view.held.used if one.view else 0, reverse=True)
        return [one for one in awake[AWAKE:] if one.view is None or not one.view.is_asked]

    def at(self, name: str) -> Package:
        """The package in a directory (its native name), a new one when it is not known yet."""
        directory = file_key(name)
        return self._by_directory.setdefault(directory, Package(directory, name))

    def of_file(self, name: str) -> Package:
        """The package that a Go file belongs to."""
        return self.at(str(Path(name).parent))

    def known(self, directory: str) -> Package | None:
        return self._by_directory.get(directory)

    def known_of_file(self, name: str | None) -> Package | None:
        """The package of a file, None when it was never looked at."""
        return self.known(file_key(Path(name).parent)) if name else None

    def drop(self, directory: str) -> None:
        self._by_directory.pop(directory, None)
