"""A few inputs for each reader; ten minutes each are ``python -m tests.fuzz``."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from tests.fuzz.__main__ import faults
from tests.fuzz.mutation import Mutator
from tests.fuzz.readers import readers

NAMES = ("archive", "compiler text", "flows", "liveness", "settings", "sources", "directives",
         "baseline", "report", "store", "profile", "messages")  # fmt: skip


@pytest.fixture(autouse=True)
def leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs that are kept for a reader of the report go where pytest cleans up."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.parametrize("name", NAMES)
async def test_a_reader_fails_with_its_own_errors_only(name: str) -> None:
    await asyncio.sleep(0)  # some readers need a running loop
    reader = readers()[name]
    mutator = Mutator(reader.seeds, reader.words, seed=3, json=reader.json)
    assert list(faults(reader, mutator, inputs=30, seconds=20)) == []
    assert mutator.lines > 20


def test_every_reader_is_named() -> None:
    assert set(NAMES) == set(readers())


def test_the_mutator_finds_what_is_wrong() -> None:
    """The instrument itself: a reader that fails on a byte is found out."""
    from tests.fuzz.readers import Reader

    def read(data: bytes) -> None:
        if b"\xff" in data:
            raise KeyError(data)

    mutator = Mutator((b"abc",), (), seed=1)
    assert list(faults(Reader(read, (b"abc",)), mutator, inputs=2000, seconds=20))
