"""What the uses of a variable do with the value that it holds."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.expressions import Path
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.variables import Variable


class Effect(StrEnum):
    """What a use does with the value. ``INTO``: another variable holds it too; ``KEPT``:
    something outlives the function with it; ``LENT``: a function value got it, of which nobody
    knows what it does; ``CONCURRENT``: a goroutine has it; ``DEFERRED``: a deferred call has it;
    ``RETURNED``: a return statement returns it, or what a call made of it."""

    INTO = "into"
    KEPT = "kept"
    LENT = "lent"
    CONCURRENT = "concurrent"
    DEFERRED = "deferred"
    RETURNED = "returned"


@frozen(eq=False)
class UseEffect:
    effect: Effect
    use: Node
    variable: Variable | None = None
    path: Path | None = None


@frozen(eq=False)
class Holder:
    """A variable by which the owner is reached; path None: somewhere below it. ``ways``: from
    which other holder, by where that is declared, and at which node it came to hold it."""

    variable: Variable
    path: Path | None
    effects: tuple[UseEffect, ...] = ()
    ways: tuple[tuple[int, Node], ...] = ()


@frozen(eq=False)
class Way:
    """A value on its way up through an expression: what part of the variable it is (``taken``),
    and whether something else contains it (``wrapped``)."""

    path: Path | None
    taken: Path = ()
    wrapped: bool = False

    @property
    def left(self) -> Path | None:
        return None if self.wrapped or self.path is None else self.path[len(self.taken) :]

    def select(self, name: str) -> Way | None:
        """The way on through a field or element; None where the owner is not down there."""
        if self.wrapped or self.path is None:
            return self
        taken = (*self.taken, name)
        return Way(self.path, taken) if self.path[: len(taken)] == taken else None

    @property
    def inside(self) -> Way:
        return Way(self.path, self.taken, wrapped=True)
