"""A mutator that is guided by coverage: what reaches new lines of ours is mutated further."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import golsp_mem
from tests.fuzz.structure import changed

OURS = str(Path(golsp_mem.__file__).parent)
INTERESTING = (0, 1, 7, 0x7F, 0x80, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
MOST_BYTES = 1 << 20

Line = tuple[str, int]


def lines_of(work: Callable[[], object]) -> tuple[set[Line], object]:
    """The lines of golsp_mem that some work runs through, and what it raised or None."""
    seen: set[Line] = set()

    def local(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return local

    def start(frame: FrameType, _event: str, _argument: Any) -> Any:
        return local if frame.f_code.co_filename.startswith(OURS) else None

    raised: object = None
    before = sys.gettrace()
    sys.settrace(start)
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the caller judges it
        raised = error
    finally:
        sys.settrace(before)
    return seen, raised


class Mutator:
    """Gives inputs; `learn` keeps those that were worth it."""

    def __init__(
        self, seeds: Sequence[bytes], words: Sequence[bytes], seed: int, *, json: bool = False
    ) -> None:
        self._random = random.Random(seed)
        self._json = json
        self._corpus = list(seeds)
        self._words = [*words, b"\0", b"\xff\xff\xff\xff", b"-1", b"99999999999999999999"]
        self._seen: set[Line] = set()
        self.inputs = 0

    @property
    def lines(self) -> int:
        return len(self._seen)

    def learn(self, data: bytes, lines: set[Line]) -> None:
        if not lines <= self._seen:
            self._seen |= lines
            self._corpus.append(data)

    def input(self) -> bytes:
        chosen = self._random
        # What was found last leads furthest.
        newest = chosen.random() < 0.5
        data = bytearray(chosen.choice(self._corpus[-20:] if newest else self._corpus))
        if self._json and chosen.random() < 0.8:
            found = changed(bytes(data), chosen, self._words[:-4])
            if found is not None:
                return found[:MOST_BYTES]
        for _ in range(1 << chosen.randrange(5)):
            self._change(data)
        return bytes(data[:MOST_BYTES])

    def _change(self, data: bytearray) -> None:
        chosen = self._random
        at = chosen.randrange(len(data) + 1)
        size = min(1 << chosen.randrange(8), len(data) - at)
        kind = chosen.randrange(8)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << chosen.randrange(8)
        elif kind == 1 and at < len(data):
            data[at] = chosen.randrange(256)
        elif kind == 2:
            del data[at : at + size]
        elif kind == 3:
            data[at:at] = data[at : at + size] * chosen.choice((1, 1, 2, 50))
        elif kind == 4:
            data[at:at] = chosen.choice(self._words)
        elif kind == 5:
            word = chosen.choice(self._words)
            data[at : at + len(word)] = word
        elif kind == 6:
            other = chosen.choice(self._corpus)
            begin = chosen.randrange(len(other) + 1)
            data[at : at + size] = other[begin : begin + 1 + chosen.randrange(200)]
        else:
            width = chosen.choice((1, 2, 4, 8))
            number = chosen.choice(INTERESTING) & ((1 << 8 * width) - 1)
            data[at : at + width] = number.to_bytes(width, "little")
