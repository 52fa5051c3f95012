"""A function whose allocations are claimed and counted, and the inputs it is run with."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

Fact = int | bool


@frozen
class Input:
    """One run of a case: Go expressions for its parameters, and what is true of them.

    ``facts`` are what condition texts speak of (`texts.HOLDS`), ``setup`` are Go statements
    that run before the count starts.
    """

    args: str
    facts: Mapping[str, Fact] = field(factory=dict)
    setup: str = ""


@frozen
class Case:
    """``func F_<name>(params) { body }``, never inlined. ``decls`` stand beside it.

    ``lib`` is added to a package of its own (``example.org/cond/lib``).
    ``several``: one claim may stand for several objects, as a map of 100 elements takes.
    ``also``: other functions whose claims count, as those of generic code.
    """

    name: str
    params: str
    body: str
    inputs: tuple[Input, ...]
    decls: str = ""
    lib: str = ""
    since: str = "1.22"
    several: bool = False
    also: tuple[str, ...] = ()

    @property
    def function(self) -> str:
        return f"F_{self.name}"


def inputs(*rows: tuple[str, Mapping[str, Fact]]) -> tuple[Input, ...]:
    return tuple(Input(args, facts) for args, facts in rows)
