"""What `check` wrote the last time, where the same request meets the same code.

A run that changes nothing needs none of its findings: the go command is asked as always, and if it
says of every package and dependency what it said before (build IDs, compiler text), if no file
that was looked at was touched, and if request, settings, environment and this program are those
of then, the bytes of then are the answer. Whatever differs, in time stamps alone, leads to the
ordinary run; so does a request that compares, measures, splits or explains.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import pickle
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from golsp_mem import __version__
from golsp_mem.analysis.cache.digests import Digests, stamp_of
from golsp_mem.analysis.cache.entries import Entries
from golsp_mem.analysis.engine import Engine, OnProgress
from golsp_mem.config import Settings
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import Listing

# The ways to end that a report alone decides, and the formats that need nothing but it.
FORMATS = ("json", "text")
# Variables that differ from one command to the next and that nobody here reads.
_VOLATILE = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
# What was written just now may be written once more without a new time.
_YOUNG_NANOSECONDS = 2_000_000_000
# Where the time of a run stands: at the end, above the counts of each kind and what is not shown.
_TAIL_BYTES = 8192


@frozen(eq=False)
class Answer:
    """What was told and written: an output for each form, in their order, with the place of the
    run's seconds in it (None: nowhere)."""

    status: int
    notes: tuple[str, ...]
    outputs: tuple[bytes, ...] = field(repr=False)
    places: tuple[tuple[int, int] | None, ...]

    def written(self, number: int, name: str, seconds: float) -> bytes:
        """One output, as if it had been made in so many seconds."""
        text, place = self.outputs[number], self.places[number]
        if place is None:
            return text
        start, length = place
        return text[:start] + seconds_in(name, seconds) + text[start + length :]


@frozen(eq=False)
class Asked:
    """One request. ``words`` is all that tells it from others; picklable."""

    directory: Path
    patterns: tuple[str, ...]
    settings: Settings
    words: object


@frozen(eq=False)
class Built:
    """What the go command said, before anything was read. ``digests`` get those of all files that
    are looked at; ``answer`` is the one of the last time, if it holds."""

    engine: Engine
    listing: Listing
    digests: Digests
    began: int
    key: str
    answer: Answer | None

    def keep(self, answer: Answer) -> None:
        """Keep an answer for the next time, unless a file was written that recently that the next
        change of it could go unseen."""
        stamps = self.digests.stamps()
        latest = max((max(one[1:]) for one in stamps.values() if one is not None), default=0)
        if self.engine.kept is None or latest > self.began - _YOUNG_NANOSECONDS:
            return
        if not all(map(self.digests.unchanged, stamps)):
            return
        head = {
            "state": self.listing.digest,
            "status": answer.status,
            "notes": answer.notes,
            "stamps": stamps,
            "places": answer.places,
            "sizes": [len(one) for one in answer.outputs],
        }
        text = json.dumps(head, separators=(",", ":")).encode("ascii")
        _entries(self.engine.kept).save_bytes(
            self.key, b"\n".join((text, b"".join(answer.outputs)))
        )


async def build(asked: Asked, on_progress: OnProgress | None) -> Built:
    """Ask the go command, and look what was answered the last time. Raises as `Engine.build`."""
    began = time.time_ns()
    engine = Engine(asked.settings, asked.directory)
    toolchain = await engine.toolchain()
    tests = asked.settings.tests
    listing = await engine.build(
        asked.patterns, tests=tests, on_progress=on_progress, as_built=True
    )
    key = "" if engine.kept is None else _key(asked, toolchain)
    answer = None if engine.kept is None else _known(engine.kept, key, listing)
    return Built(engine, listing, Digests(), began, key, answer)


def seconds_in(name: str, seconds: float) -> bytes:
    """The time of a run as the formats write it."""
    if name == "json":
        return f'"seconds": {json.dumps(round(seconds, 3))}'.encode()
    return f"{seconds:.2f} s".encode()


def place_of(name: str, output: bytes, seconds: float) -> tuple[int, int] | None:
    """Where it stands."""
    words = seconds_in(name, seconds)
    start = output.rfind(words, max(len(output) - _TAIL_BYTES, 0))
    return (start, len(words)) if start >= 0 else None


def _entries(kept: Path) -> Entries:
    return Entries(kept / "answers")


def _known(kept: Path, key: str, listing: Listing) -> Answer | None:
    raw = _entries(kept).load_bytes(key)
    if raw is None:
        return None
    try:
        text, _, rest = raw.partition(b"\n")
        head = json.loads(text)
        if head["state"] != listing.digest or not _untouched(head["stamps"]):
            return None
        places = tuple((int(one[0]), int(one[1])) if one else None for one in head["places"])
        outputs = tuple(_split(rest, head["sizes"]))
        return Answer(int(head["status"]), tuple(map(str, head["notes"])), outputs, places)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None


def _untouched(stamps: Mapping[str, Sequence[int] | None]) -> bool:
    return all(
        stamp_of(path) == (None if stamp is None else tuple(stamp))
        for path, stamp in stamps.items()
    )


def _split(text: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield text[start : start + size]
        start += size


def _key(asked: Asked, toolchain: Toolchain) -> str:
    """A name for the request, the environment that it is made in, and this program."""
    digest = hashlib.sha256()
    known = (asked.directory, asked.patterns, asked.settings, asked.words, toolchain)
    digest.update(pickle.dumps(known))
    environment = sorted((k, v) for k, v in os.environ.items() if k not in _VOLATILE)
    # What text is written for (golsp_mem/cli/render/formats.py).
    screen = sys.stdout.isatty(), sys.stdout.encoding, *shutil.get_terminal_size()
    for part in (__version__, sys.version, environment, screen, *_program()):
        digest.update(repr(part).encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def _program() -> Iterator[tuple[str, object]]:
    """What this program is made of: its files as they lie there, and where its libraries do."""
    root = Path(__file__).parents[1]
    for directory, below, names in os.walk(root):
        below.sort()
        for name in sorted(names):
            if not name.endswith(".pyc"):
                path = os.path.join(directory, name)  # noqa: PTH118 - hundreds of files
                yield path, stamp_of(path)
    for library in ("tree_sitter", "tree_sitter_go", "attr"):
        found = importlib.util.find_spec(library)
        if found is not None and found.origin is not None:
            # Each installation of anything changes the directory of all.
            yield library, Path(found.origin).parents[1].stat().st_mtime_ns
