"""The parts of a run that was split over machines: whether they belong together, and are all.

What is joined of some parts looks like a whole, so each part says which of how many it is, and
what the split and the report depend on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence

from attrs import asdict

from golsp_mem.config import Settings
from golsp_mem.errors import ConfigError
from golsp_mem.report.model import Part
from golsp_mem.report.shards import LARGEST_TOTAL, Weighed

# Where Go is, how long to wait, what is shown where: none of it changes what is reported.
_UNREPORTED = frozenset({
    "analyse", "baseline", "code_lens", "diagnostics", "exclude", "fail_on", "go_path",
    "inlay_hints", "timeout_seconds",
})  # fmt: skip


def code_digest(listed: Iterable[Weighed]) -> str:
    """16 hex digits of the packages of a run and of their sizes, in any order."""
    return _digest(sorted({(one.import_path, one.cost) for one in listed}))


def settings_digest(settings: Settings, directory: str, *others: object) -> str:
    """16 hex digits of what changes a report: the settings, and ``others`` besides them. Places
    count as they are seen from ``directory``, so that machines may differ in them."""
    plain = {
        name: value
        for name, value in asdict(settings, recurse=True).items()
        if name not in _UNREPORTED
    }
    excluded = [
        (os.path.relpath(one.root, directory) if one.root else "", one.pattern)
        for one in settings.exclude
    ]
    return _digest([plain, excluded, *others])


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def part_from(raw: object, origin: str) -> Part | None:
    """The part that a file says it is, as `attrs.asdict` wrote it; None where it says nothing.

    Raises ConfigError for what is no part.
    """
    if raw is None:
        return None
    if isinstance(raw, Mapping):
        number, total = raw.get("number"), raw.get("total")
        texts = [raw.get(name) for name in ("code", "settings", "tool")]
        commits = [raw.get(name) for name in ("commit", "base")]
        if (
            type(number) is int
            and type(total) is int
            and 1 <= number <= total <= LARGEST_TOTAL
            and all(isinstance(text, str) for text in texts)
            and all(commit is None or isinstance(commit, str) for commit in commits)
        ):
            code, settings, tool = map(str, texts)
            commit, base = (None if one is None else str(one) for one in commits)
            return Part(number, total, code, settings, commit, base, tool)
    raise ConfigError(f"{origin}: part cannot be read; make it again with check --shard I/N")


def refuse_incomplete(
    named: Sequence[tuple[str, Part | None]], *, allow_missing: bool = False
) -> list[str]:
    """Looks at what is to be joined, each with the name that people know it by.

    Raises ConfigError, in one line, for parts of different runs, and for a part that is missing;
    with ``allow_missing`` returns the line about the latter instead. What is no part is passed
    over.
    """
    parts = [(name, part) for name, part in named if part is not None]
    if not parts:
        return []
    first_name, first = parts[0]
    for name, part in parts[1:]:
        differs = _difference(first, part)
        if differs is not None:
            raise ConfigError(
                f"{first_name} and {name} are shards of different runs: {differs}; "
                "check the same commit with the same flags in each job"
            )
    there = {part.number for _, part in parts}
    missing = [number for number in range(1, first.total + 1) if number not in there]
    if not missing:
        return []
    many = len(missing) > 1
    told = (
        f"shard{'s' if many else ''} {_numbers(missing)} of {first.total} "
        f"{'are' if many else 'is'} missing"
    )
    if allow_missing:
        return [f"{told}: nothing is known of the packages in {'them' if many else 'it'}"]
    raise ConfigError(
        f"{told}; name {'those files' if many else 'that file'} too, or accept it with "
        "--allow-missing-shards"
    )


def _difference(one: Part, other: Part) -> str | None:
    if one.tool != other.tool:
        return f"golsp-mem {one.tool} and {other.tool}"
    if one.commit != other.commit:
        return f"commit {_short(one.commit)} and {_short(other.commit)}"
    if one.base != other.base:
        return f"compared with commit {_short(one.base)} and {_short(other.base)}"
    if one.total != other.total:
        return f"{one.total} and {other.total} shards"
    if one.settings != other.settings:
        return "other flags, or another golsp-mem.toml or baseline"
    if one.code != other.code:
        return "other packages or files"
    return None


def _short(commit: str | None) -> str:
    return commit[:12] if commit else "none"


def _numbers(numbers: Sequence[int]) -> str:
    # A matrix may have hundreds of jobs; who forgot most of them needs no list.
    shown = ", ".join(map(str, numbers[:10]))
    return shown if len(numbers) <= 10 else f"{shown} and {len(numbers) - 10} more"
