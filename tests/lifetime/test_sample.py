"""A sample of the oracle, one shape of each kind; ``python -m tests.lifetime`` runs them all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.lifetime.oracle import PROGRAMS, Kind, judged, outcomes, shapes, told
from tests.toolchains import go_binary

_SAMPLE = {
    "handles": (
        *("local", "field-path-of-pointer", "generic-method", "receiver", "mapped-slice"),
        *("chain-getter", "deferred-literal", "goroutine-literal"),
        *("kept", "registered", "waited-for", "parent-used-later", "caller-keeps"),
        *("other-type-same-field", "other-element"),
    ),
    "sockets": (
        *("foreign-getter", "foreign-field", "socket-copied", "number-with-method", "iterator"),
        *("worker", "poll-array", "foreign-without-cleanup", "foreign-used-later", "map-holds"),
    ),
}


@pytest.mark.parametrize("program", _SAMPLE)
def test_what_fails_is_told_and_what_holds_is_not(program: str) -> None:
    directory = next(one for one in PROGRAMS if one.name == program)
    go = str(go_binary("1.27"))
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    names = _SAMPLE[program]
    known = [shape for shape in shapes(directory) if shape.name in names]
    assert len(known) == len(names)
    ended = outcomes(go, environment, directory, names=names)
    results = judged(known, ended, told(go, environment, directory))
    # Each shape does what its comment claims: the program says so, not this file.
    assert {one.shape.name for one in results if one.failed} == {
        shape.name for shape in known if shape.kind is Kind.FAIL
    }
    assert [one.shape.name for one in results if not one.is_right] == []


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_every_shape_is_marked_and_registered_once(program: Path) -> None:
    names = [shape.name for shape in shapes(program)]
    assert len(names) == len(set(names))
    kinds = [shape.kind for shape in shapes(program)]
    assert kinds.count(Kind.FAIL) >= 20
    assert kinds.count(Kind.SOUND) >= 20
