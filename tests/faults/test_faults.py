"""The faults that need no rights and little time; ``python -m tests.faults`` has all of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults import command, server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc"),
]

SHORT = ("the workspace is deleted", "the toolchain is deleted", "TMPDIR is deleted",
         "suspend and resume")  # fmt: skip


@pytest.mark.parametrize("name", SHORT)
def test_a_server_meets(name: str, tmp_path: Path) -> None:
    [fault] = [one for one in server.FAULTS if one.name == name]
    result = server.meet(fault, tmp_path)
    assert result.good, result


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, one in command.COMMANDS.items()
        if not (one.as_root or one.own_cache or one.long)
    ],
)
def test_a_command_meets(name: str, tmp_path: Path) -> None:
    ended = command.meet(name, tmp_path)
    assert ended.good, ended
