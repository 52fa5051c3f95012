"""How large a SARIF log may be for GitHub's code scanning, and how to make it so.

What is above a limit is refused whole: docs.github.com, "SARIF support for code scanning",
section File compatibility.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from attrs import frozen

from golsp_mem.cli.render.terminal.ranking import order
from golsp_mem.report.model import Shown


@frozen
class Limits:
    """``results`` a run, ``locations`` a result, ``steps`` shown of a flow, and the size of the
    file once gzip has packed it."""

    results: int
    locations: int
    steps: int
    compressed_bytes: int


# 10 000 steps are taken but 1000 shown. Of the 10 MB, the head of a log needs some 20 KB.
GITHUB = Limits(results=25_000, locations=1_000, steps=1_000, compressed_bytes=9_900_000)


def within(limit: int, findings: Sequence[Shown], results: Sequence[str]) -> list[str]:
    """Those of the ``results`` (texts of the ``findings``) that gzip packs into ``limit`` bytes:
    the most important, in the order they came in."""
    kept = list(range(len(results)))
    sizes = [len(result.encode()) for result in results]
    raw = sum(sizes)
    # What fits unpacked is not worth packing.
    while kept and raw > limit and (packed := _packed(results, kept)) > limit:
        # As if all packed equally well, and a little less: it ends after two or three rounds.
        raw = _drop(findings, sizes, kept, int(raw * limit / packed * 0.98))
    return [results[index] for index in kept]


def _packed(results: Sequence[str], kept: Sequence[int]) -> int:
    """How many bytes the results take, packed as ``gzip`` does by default."""
    packer = zlib.compressobj(6)
    size = sum(len(packer.compress(results[index].encode())) for index in kept)
    return size + len(packer.flush())


def _drop(findings: Sequence[Shown], sizes: Sequence[int], kept: list[int], budget: int) -> int:
    """Drops the least important until at most ``budget`` bytes are left; how many that are."""
    total, chosen = 0, []
    for position in order([findings[index] for index in kept]):
        index = kept[position]
        if total + sizes[index] > budget:
            break
        total += sizes[index]
        chosen.append(index)
    kept[:] = sorted(chosen)
    return total
