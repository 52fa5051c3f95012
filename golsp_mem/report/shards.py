"""``--shard I/N``: which packages of a run a machine of a CI matrix checks."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from attrs import frozen

from golsp_mem.errors import UsageError

_WRITTEN = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)
LARGEST_TOTAL = 999_999
"""What `parse_shard` lets through at most."""


@frozen
class Shard:
    """The ``number``-th (from 1) of ``total`` parts of a run."""

    number: int
    total: int


class Weighed(Protocol):
    """A package and what it costs to check, in whatever unit."""

    @property
    def import_path(self) -> str: ...

    @property
    def cost(self) -> int: ...


def parse_shard(written: str) -> Shard:
    """The shard that ``2/5`` names. Raises UsageError."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise UsageError(f"--shard {written}: write I/N, as in 2/5: the second of five")
    shard = Shard(int(match[1]), int(match[2]))
    if not 1 <= shard.number <= shard.total:
        raise UsageError(f"--shard {written}: I goes from 1 to N")
    return shard


def shard_of(packages: Iterable[Weighed], shard: Shard) -> list[str]:
    """The import paths of one shard, sorted. It may be empty.

    The same on every machine and for every order of ``packages``; each package is in exactly one
    of the shards. Packages named more than once (listed for several configurations, or at two
    revisions) count once with the sum of their costs. The dearest package first, each goes to
    the shard that has least to do (Graham, "Bounds on multiprocessing timing anomalies", 1969: the
    longest shard takes at most 4/3 - 1/(3N) of the time of the best split).
    """
    costs: Counter[str] = Counter()
    for package in packages:
        # Every package costs something, or a thousand empty ones would go to one shard.
        costs[package.import_path] += max(package.cost, 1)
    loads = [(0, number) for number in range(1, min(shard.total, len(costs)) + 1)]
    mine = []
    for path, cost in sorted(costs.items(), key=lambda item: (-item[1], item[0])):
        load, number = loads[0]
        heapq.heapreplace(loads, (load + cost, number))
        if number == shard.number:
            mine.append(path)
    return sorted(mine)
