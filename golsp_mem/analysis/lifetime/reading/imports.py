"""What is asked of an imported package whose types have finalizers or cleanups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.cleanups import Guard
from golsp_mem.analysis.lifetime.reading.fields import FieldPath


@frozen
class Getter:
    """A function that returns a raw resource of what it gets.

    ``parameter`` is the one that leads to the owner (None: the receiver), by the fields of
    ``path``; ``kind`` the owner's type. ``result`` is the place of the result, of an iterator
    that of the value that it yields (``is_yielded``); ``inside`` the fields below the result.
    ``into``: it is no result, the function stores it below this parameter (-1: the receiver).
    ``called``: it is argument ``result`` of the calls of this parameter, a function.
    ``is_variadic``: ``parameter`` is, ``path`` begins with its element. ``is_case``: only where
    the value is of that type, in a case of a type switch.
    """

    parameter: int | None
    path: FieldPath
    kind: str | None
    is_memory: bool = False
    is_part: bool = False
    result: int = 0
    is_yielded: bool = False
    inside: FieldPath = ()
    into: int | None = None
    called: int | None = None
    is_variadic: bool = False
    is_case: bool = False


class Imported(Protocol):
    """An imported package. Functions and methods have their names in it (``Open``, ``Port.Fd``),
    types are qualified by its own name (``dev.Port``), as the compiler prints them."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str: ...

    def released(self) -> Iterator[tuple[str, FieldPath]]:
        """(type, path to what its cleanup releases)."""

    def guards(self) -> Iterator[Guard]:
        """The fields with what something else in the same struct releases."""

    def word(self, kind: str) -> str | None:
        """``finalizer`` or ``cleanup`` of a type, None if it has none."""

    def names(self) -> frozenset[str]:
        """The exported names that may select or return a raw resource."""

    def walk(self, kind: str, names: FieldPath) -> tuple[FieldPath, str] | None:
        """The canonical path and the type of what the names lead to."""

    def method(self, kind: str, name: str) -> tuple[FieldPath, str] | None:
        """The embedded fields to a method's receiver, and the method."""

    def getters(self, function: str) -> tuple[Getter, ...]:
        """What a function or method hands out."""

    def makes(self, function: str, index: int, path: FieldPath = ()) -> bool | None:
        """Whether a result, or what lies at a path below it, is made there and held by nobody
        else; None: not known."""

    def keeps(self, function: str, index: int) -> bool:
        """Whether a function keeps an argument beyond the call."""

    def returns(self, function: str, index: int) -> bool:
        """Whether a result of a function may hold an argument."""

    def dynamic(self, kind: str, name: str) -> tuple[Getter, ...]:
        """What the methods of that name hand out, where the type is an interface."""

    def uses(self, method: str) -> bool:
        """Whether a method of that name uses a raw resource that its receiver has in a field."""

    def marks(self, method: str) -> bool:
        """Whether a method of that name sets a cleanup on its receiver."""
