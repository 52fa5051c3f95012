"""What `check` wrote, kept for the next time (`repeated`): of requests that compare, measure, split
or explain nothing, and that one call of the go command answered."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen

from golsp_mem.analysis.cache.digests import Digests
from golsp_mem.analysis.cache.entries import Entries
from golsp_mem.analysis.engine import Engine, OnProgress
from golsp_mem.cli.repeated import ROOM, differing, look, seconds_in
from golsp_mem.config import Settings
from golsp_mem.options import FILE_NAME
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import Listing
from golsp_mem.toolchain.processes.programs import MARKS

# The ways to end that a report alone decides, and the formats that need nothing but it.
FORMATS = ("json", "text")
# What was written just now may be written once more without a new time.
_YOUNG_NANOSECONDS = 2_000_000_000
# Where the time of a run stands: at the end, above the counts of each kind and what is not shown.
_TAIL_BYTES = 8192


@frozen(eq=False)
class Answer:
    """What was told and written: an output for each form, with the form's name, its file (None:
    stdout) and the place of the run's seconds in it (None: nowhere)."""

    status: int
    notes: tuple[str, ...]
    outputs: tuple[bytes, ...] = field(repr=False)
    forms: tuple[tuple[str, str | None, tuple[int, int] | None], ...]


@frozen(eq=False)
class Asked:
    """One request, and the name under which it is kept (None: it is not), whatever settings files
    there are; ``config`` is the one that was named."""

    directory: Path
    patterns: tuple[str, ...]
    settings: Settings
    key: str | None
    config: Path | None


@frozen(eq=False)
class Built:
    """What the go command said, before anything was read. ``digests`` get those of all files that
    are looked at."""

    asked: Asked
    engine: Engine
    toolchain: Toolchain
    listing: Listing
    digests: Digests
    began: int

    def keep(self, answer: Answer) -> None:
        """Keep an answer for the next time, unless a file was written that recently that the next
        change of it could go unseen."""
        key, kept, built = self.asked.key, self.engine.kept, self.listing
        if key is None or kept is None or not built.argv:
            return
        stamps = self.digests.stamps()
        watched = {path: look(path) for path in self._watched()}
        seen = [*stamps.values(), *(stamp for stamp, _ in watched.values())]
        latest = max((max(one[1:]) for one in seen if one is not None), default=0)
        if latest > self.began - _YOUNG_NANOSECONDS:
            return
        if not all(map(self.digests.unchanged, stamps)):
            return
        without, other = differing(self.toolchain.environment)
        limit = self.asked.settings.timeout_seconds
        head = {
            "state": built.digest,
            "argv": built.argv,
            "directory": str(self.asked.directory),
            "without": without,
            "other": other,
            "seconds": min(built.seconds, limit),
            "status": answer.status,
            "notes": answer.notes,
            "stamps": stamps,
            "watched": watched,
            "forms": answer.forms,
            "sizes": [len(one) for one in answer.outputs],
        }
        text = json.dumps(head, separators=(",", ":")).encode("ascii")
        Entries(kept / ROOM).save_bytes(key, b"\n".join((text, b"".join(answer.outputs))))

    def _watched(self) -> Iterator[str]:
        """What says which settings hold, which Go is used and what of it is not looked at."""
        if self.asked.config is not None:
            yield str(self.asked.config)
        for place in (self.asked.directory, *self.asked.directory.parents):
            for name in (FILE_NAME, *MARKS):
                yield str(place / name)
        yield from self.toolchain.decided_by
        for entry in os.get_exec_path():
            yield os.path.join(entry, "go")  # noqa: PTH118 - as it is looked for


async def build(asked: Asked, on_progress: OnProgress | None) -> Built:
    """Ask the go command. Raises as `Engine.build`."""
    began = time.time_ns()
    engine = Engine(asked.settings, asked.directory)
    toolchain = await engine.toolchain()
    listing = await engine.build(
        asked.patterns, tests=asked.settings.tests, on_progress=on_progress, as_built=True
    )
    return Built(asked, engine, toolchain, listing, Digests(), began)


def place_of(name: str, output: bytes, seconds: float) -> tuple[int, int] | None:
    """Where the time of a run stands in what was written."""
    words = seconds_in(name, seconds)
    start = output.rfind(words, max(len(output) - _TAIL_BYTES, 0))
    return (start, len(words)) if start >= 0 else None
