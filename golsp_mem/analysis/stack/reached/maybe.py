"""A call that may lead somewhere, and what was read of a package's text to know it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from attrs import define, field, frozen

from golsp_mem.analysis.again import Remembered
from golsp_mem.analysis.stack.bound import Bound
from golsp_mem.analysis.stack.reached.interfaces import Interface
from golsp_mem.analysis.stack.reached.written import Written
from golsp_mem.compiler.objects.calls import Call


@frozen
class MaybeCall:
    """A call that may reach ``target`` (a function's number): the caller's stack is as in
    ``call``; ``through`` is the called expression as the source writes it, ``line`` its line.

    ``sure``: the source leaves little choice: a closure by its variable, a function that a caller
    hands over, a deferred literal. ``by_interface``: a method of an interface that the package
    itself declares. ``by_table``: what the package puts into the table from which the
    called value comes. ``between`` is a function of another package that makes
    the call for it (`runtime.deferreturn`, `strings.Map`). ``itself``: for the same value again.
    ``chained``: of what holds it, each round of a loop around the last."""

    target: int
    call: Call
    through: str
    line: int
    sure: bool = False
    by_interface: bool = False
    between: str | None = None
    itself: bool = False
    by_table: bool = False
    chained: bool = False

    @property
    def is_likely(self) -> bool:
        """Whether it counts where data drives the round."""
        return self.sure or self.by_interface or self.by_table or self.chained


@define(eq=False)
class KnownCalls:
    """What was read of a package's text, for whoever asks again: indirect calls by place, the
    methods of interfaces by file, by the span of a function how deep it can recurse and whether it
    follows a chain, by the functions of a cycle what makes it deep."""

    written: Remembered[Sequence[Written]] = field(factory=Remembered)
    methods: Remembered[tuple[Interface, ...]] = field(factory=Remembered)
    bounds: Remembered[Bound | None] = field(factory=Remembered)
    chains: Remembered[bool] = field(factory=Remembered)
    drives: Remembered[Enum] = field(factory=Remembered)

    @classmethod
    def once(cls) -> KnownCalls:
        """For a single reading."""
        return cls(
            Remembered(once=True), Remembered(once=True), Remembered(once=True),
            Remembered(once=True), Remembered(once=True),
        )  # fmt: skip

    def drop_unused(self) -> None:
        self.bounds.drop_unused()
        self.chains.drop_unused()
        self.drives.drop_unused()
        self.written.drop_unused()
        self.methods.drop_unused()
