"""What a check found of a directory's package, for the next server that shows it.

Who opens an editor again sees what nobody has changed since. Where all is as it was that the go
command would look at (`Guard`), and Go, its environment, the settings and this program are the
same, the findings in the store are still true, and the plan that was compiled by still holds. The
go command is asked afterwards, as behind a save.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from golsp_mem.analysis.cache.digests import Digests
from golsp_mem.analysis.cache.entries import Entries
from golsp_mem.analysis.cache.store import Store
from golsp_mem.analysis.callers import with_callers
from golsp_mem.config import Settings
from golsp_mem.model import Analysis, PackageAnalysis
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage, Listing
from golsp_mem.toolchain.plans.plan import Guard, OwnFile, Snapshot, Stamp

# What is none of `Toolchain.variables` is cgo's, and packages with cgo are not kept.
_VARIABLES = ("GO", "CGO_")


@frozen(eq=False)
class Before:
    """What was found, and what the go command had said; ``guard`` knows no headers, and archives
    only where somebody asks."""

    found: Analysis
    guard: Guard
    answer: bytes

    @property
    def listed(self) -> Sequence[ListedPackage]:
        return Listing(self.answer, ()).packages


@frozen(eq=False)
class LastTime:
    """Keeps and finds it, for the package of ``directory``, whose analyses are in ``store``."""

    store: Store
    toolchain: Toolchain
    settings: Settings
    directory: Path
    tests: bool

    def keep(self, guard: Guard, answer: bytes, names: Sequence[str], found: Analysis) -> None:
        """``names`` are those of the packages in the store, ``answer`` is the go command's."""
        if self._entries is None or not all(names) or self.settings.asks_for_calls:
            return
        # Calls depend on more than an entry's name; what else go said it says again.
        if found.warnings != self.toolchain.warnings or any(
            one.calls or one.calls_unread for one in found.packages
        ):
            return
        head = {
            "names": list(names),
            "dependencies": sorted(found.dependencies),
            "taken": guard.own.taken_ns,
            "own": {name: (one.stamp, one.digest.hex()) for name, one in guard.own.files.items()},
            "others": guard.own.others,
            "directories": guard.directories,
            "files": guard.files,
            "patterns": sorted(guard.patterns),
            "embeddable": sorted(guard.embeddable),
        }
        text = json.dumps(head, separators=(",", ":")).encode("ascii")
        self._entries.save_bytes(self._key, b"\n".join((text, answer)))

    def found(self) -> Before | None:
        """None where something may have changed, or nothing was kept."""
        text = None if self._entries is None else self._entries.load_bytes(self._key)
        if text is None:
            return None
        head, _, answer = text.partition(b"\n")
        try:
            raw = json.loads(head)
            guard = self._guard(raw)
            if guard.edited(()) != frozenset():
                return None
            packages = self._packages(raw["names"])
            dependencies = frozenset(map(str, raw["dependencies"]))
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
                ValueError):  # fmt: skip
            return None
        if packages is None:
            return None
        toolchain = self.toolchain
        found = Analysis(
            go=toolchain.version,
            packages=tuple(with_callers(packages)),
            seconds=0.0,
            warnings=toolchain.warnings,
            dependencies=dependencies,
        )
        return Before(found, guard, answer)

    def _packages(self, names: Sequence[str]) -> list[PackageAnalysis] | None:
        digests, found = Digests(), []
        for name in names:
            one = self.store.load(name, digests)
            if one is None:
                return None
            found.append(one)
        return found

    def _guard(self, raw: Mapping[str, Any]) -> Guard:
        own = {name: OwnFile(_stamp(stamp), bytes.fromhex(digest), None)
               for name, (stamp, digest) in raw["own"].items()}  # fmt: skip
        return Guard(
            str(self.directory),
            Snapshot(raw["taken"], own, _stamps(raw["others"])),
            raw["directories"],
            {name: None if one is None else _stamp(one) for name, one in raw["files"].items()},
            (), frozenset(raw["patterns"]), frozenset(raw["embeddable"]),
        )  # fmt: skip

    @property
    def _entries(self) -> Entries | None:
        place = self.store.directory
        return None if place is None else Entries(place / "opened")

    @property
    def _key(self) -> str:
        go, settings = self.toolchain, self.settings
        environment = {k: v for k, v in go.environment.items() if k.startswith(_VARIABLES)}
        digest = hashlib.sha256()
        for part in (
            self.store.this_program, go.version, go.trimpath, sorted(go.variables.items()),
            sorted(environment.items()), settings.tags, settings.goos, settings.goarch,
            settings.pgo, settings.large_frame_bytes, settings.timeout_seconds,
            str(self.directory), self.tests,
        ):  # fmt: skip
            digest.update(repr(part).encode("utf-8", "surrogateescape") + b"\0")
        return digest.hexdigest()


def _stamps(raw: Mapping[str, Sequence[int]]) -> dict[str, Stamp]:
    return {name: _stamp(one) for name, one in raw.items()}


def _stamp(raw: Sequence[int]) -> Stamp:
    size, changed, written = raw
    return size, changed, written
