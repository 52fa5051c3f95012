"""The calls of packages kept between runs: a warm run reads no object file for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from golsp_mem.analysis.cache import codec
from golsp_mem.analysis.cache.entries import Entries
from golsp_mem.analysis.calls.places import Followed
from golsp_mem.model import Called, UnknownCall
from golsp_mem.toolchain.go_list import ListedPackage

Identity = Callable[[str, str], str | None]
"""What names the content of a package of the program, else the second argument: it is not in the
program. None where nobody knows the content."""
_ABSENT = ""


@frozen
class FoundCalls:
    """The calls of a package, what could not be read, in lines, and the packages that any of it
    was read from or looked for in."""

    calls: tuple[Called, ...]
    unread: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()


def identities(listed: Iterable[ListedPackage], import_path: str) -> dict[str, str | None]:
    """The build IDs by import path of all that one package, its tests and its profile are linked
    with, those of variants together."""
    suffixes = ("", f"[{import_path}.test]", f"[{import_path}]")
    found: dict[str, str | None] = {}
    for one in listed:
        path, _, suffix = one.import_path.partition(" ")
        if one.export and suffix in suffixes:
            before = found.get(path, _ABSENT)
            known = before is not None and one.build_id is not None
            found[path] = f"{before} {one.build_id}" if known else None
    return found


def calls_key(package_key: str, checked: Collection[str], followed: Followed) -> str:
    """Where the calls of a package are kept whose analysis is kept under a key."""
    parts = "\0".join((package_key, followed, *sorted(checked)))
    return hashlib.sha256(parts.encode("utf-8", "surrogateescape")).hexdigest()


class KeptCalls:
    """Entries below the cache's directory."""

    def __init__(self, directory: Path) -> None:
        self._entries = Entries(directory / "called")

    def load(self, key: str, identity: Identity) -> FoundCalls | None:
        """What was kept, where all that it was made of is the same."""
        raw = self._entries.load(key)
        if raw is None:
            return None
        try:
            needs = [(str(name), str(build_id)) for name, build_id in raw["needs"]]
            if any(identity(name, _ABSENT) != build_id for name, build_id in needs):
                return None
            calls = _calls_from(raw)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return None
        unread = tuple(map(str, raw["unread"]))
        return FoundCalls(calls, unread, frozenset(name for name, _ in needs))

    def save(self, key: str, found: FoundCalls, identity: Identity) -> None:
        needs = [(name, identity(name, _ABSENT)) for name in sorted(found.needs)]
        if all(build_id is not None for _, build_id in needs):
            entry = {"needs": needs, "unread": found.unread, **_calls_to(found.calls)}
            self._entries.save(key, entry)


def _calls_to(calls: Sequence[Called]) -> Mapping[str, object]:
    """Lists of unknown calls recur, and stand there once."""
    unknown: dict[UnknownCall, int] = {}
    sets: dict[tuple[UnknownCall, ...], int] = {}
    of = [sets.setdefault(one.unknown, len(sets)) for one in calls]
    return {
        "sets": [[unknown.setdefault(call, len(unknown)) for call in one] for one in sets],
        "unknown": codec.rows_to(UnknownCall, list(unknown)),
        "calls": codec.rows_to(Called, _without_unknown(calls)),
        "of": of,
    }


def _without_unknown(calls: Iterable[Called]) -> list[Called]:
    return [evolve(one, unknown=()) if one.unknown else one for one in calls]


def _calls_from(raw: Mapping[str, Any]) -> tuple[Called, ...]:
    unknown = codec.rows_from(UnknownCall, raw["unknown"])
    sets = [tuple([unknown[number] for number in one]) for one in raw["sets"]]
    calls = codec.rows_from(Called, raw["calls"])
    return tuple(
        evolve(one, unknown=sets[number]) if sets[number] else one
        for one, number in zip(calls, raw["of"], strict=True)
    )
