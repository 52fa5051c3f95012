"""A sample of the oracle, one shape of each kind; ``python -m tests.lifetime`` runs them all."""

from __future__ import annotations

import os

from tests.lifetime.oracle import Kind, judged, outcomes, shapes, told
from tests.toolchains import go_binary

_SAMPLE = (
    *("local", "field-path-of-pointer", "generic-method", "receiver", "mapped-slice"),
    *("chain-getter", "deferred-literal", "goroutine-literal"),
    *("kept", "registered", "waited-for", "parent-used-later", "caller-keeps"),
    "other-type-same-field",
)  # fmt: skip


def test_what_fails_is_told_and_what_holds_is_not() -> None:
    go = str(go_binary("1.27"))
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    known = [shape for shape in shapes() if shape.name in _SAMPLE]
    assert len(known) == len(_SAMPLE)
    ended = outcomes(go, environment, names=_SAMPLE)
    results = judged(known, ended, told(go, environment))
    # Each shape does what its comment claims: the program says so, not this file.
    assert {one.shape.name for one in results if one.failed} == {
        shape.name for shape in known if shape.kind is Kind.FAIL
    }
    assert [one.shape.name for one in results if not one.is_right] == []


def test_every_shape_is_marked_and_registered_once() -> None:
    names = [shape.name for shape in shapes()]
    assert len(names) == len(set(names))
    kinds = [shape.kind for shape in shapes()]
    assert kinds.count(Kind.FAIL) >= 40
    assert kinds.count(Kind.SOUND) >= 25
