"""Analyses as compact JSON rows and back: a row has the values of a class's fields, in the order
in which the class (golsp_mem/model.py) has them.

Everything is read off the classes, so that a new field is kept without anybody saying so. Texts
that recur are numbered once per package. The store's key has a digest of this program, so that an
entry is never read by another version of the classes.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from attrs import fields, has, resolve_types

from golsp_mem.model import PackageAnalysis

T = TypeVar("T")
Row = list[Any]
Write = Callable[[Any, "Numbers"], Any]
Read = Callable[[Any, Sequence[str]], Any]

# Names of files, packages and functions: fields that hold one of these are kept as numbers.
_RECURRING = frozenset({"file", "package", "function", "name", "callee", "owner"})


class Numbers(dict[str, int]):
    """The number of each text, given when it is first asked for."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


def package_to(package: PackageAnalysis) -> Mapping[str, object]:
    """A JSON-ready mapping of the whole analysis."""
    numbers = Numbers()
    row = _writer(PackageAnalysis)(package, numbers)
    return {"names": list(numbers), "package": row}


def rows_to(class_: type, items: Iterable[object]) -> Mapping[str, object]:
    """A JSON-ready mapping of instances of a class."""
    numbers = Numbers()
    write = _writer(class_)
    rows = [write(one, numbers) for one in items]
    return {"names": list(numbers), "rows": rows}


def rows_from(class_: type[T], raw: Mapping[str, Any]) -> list[T]:
    """The instances; ``raw`` is changed. Raises as `package_from`."""
    read: Read = _reader(class_)  # type: ignore[arg-type]
    return [read(row, raw["names"]) for row in raw["rows"]]


def package_from(raw: Mapping[str, Any]) -> PackageAnalysis:
    """The analysis; ``raw`` is changed. Raises KeyError, IndexError, TypeError or ValueError on
    other shapes."""
    made = _reader(PackageAnalysis)(raw["package"], raw["names"])
    assert isinstance(made, PackageAnalysis)
    return made


def _kinds(class_: type) -> list[tuple[str, Any]]:
    return [(one.name, one.type) for one in fields(resolve_types(class_))]


@cache
def _writer(class_: type) -> Write:
    """What makes a row of an instance."""
    # Made on first use: a class may hold instances of itself.
    plans: list[tuple[str, Write | None]] = []

    def write(one: Any, numbers: Numbers) -> Row:
        if not plans:
            plans.extend((name, _write_field(name, kind)) for name, kind in _kinds(class_))
        row = []
        for name, to in plans:
            value = getattr(one, name)
            row.append(value if to is None or value is None else to(value, numbers))
        return row

    return write


@cache
def _reader(class_: type) -> Read:
    """What makes an instance of a row. Most fields are as they are in JSON."""
    plans: list[tuple[int, Read]] = []
    counts: list[int] = []

    def read(row: Row, names: Sequence[str]) -> Any:
        if not counts:
            kinds = _kinds(class_)
            counts.append(len(kinds))
            found = ((number, _read_field(*kind)) for number, kind in enumerate(kinds))
            plans.extend((number, of) for number, of in found if of is not None)
        if len(row) != counts[0]:
            raise ValueError(f"a row of {len(row)} for {class_.__name__}")
        for number, of in plans:
            if (value := row[number]) is not None:
                row[number] = of(value, names)
        return class_(*row)

    return read


def _write_field(name: str, kind: Any) -> Write | None:
    item, many = _parts(kind)
    if has(item):
        to = _writer(item)
    elif item is str and name in _RECURRING:
        to = _number
    else:
        # Enums are texts already.
        return _listed if many else None
    return (lambda value, numbers: [to(one, numbers) for one in value]) if many else to


def _read_field(name: str, kind: Any) -> Read | None:
    item, many = _parts(kind)
    if has(item):
        of = _reader(item)
    elif isinstance(item, type) and issubclass(item, Enum):
        members = {member.value: member for member in item}
        of = lambda value, _: members[value]  # noqa: E731
    elif item is str and name in _RECURRING:
        of = _name
    else:
        return _tupled if many else None
    return (lambda value, names: tuple([of(one, names) for one in value])) if many else of


def _number(text: str, numbers: Numbers) -> int:
    return numbers[text]


def _name(number: int, names: Sequence[str]) -> str:
    return names[number]


def _listed(value: Sequence[Any], _numbers: Numbers) -> Row:
    return list(value)


def _tupled(value: Sequence[Any], _names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(value)


def _parts(kind: Any) -> tuple[Any, bool]:
    """The class of a field's value without None, and whether there are many of them.

    Raises TypeError for a field that JSON has no shape for.
    """
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    [one] = [option for option in options if option is not types.NoneType]
    many = typing.get_origin(one) is tuple
    item = typing.get_args(one)[0] if many else one
    if not isinstance(item, type) or not (has(item) or issubclass(item, str | int | float | Enum)):
        raise TypeError(f"nothing keeps a {kind}")
    return item, many
