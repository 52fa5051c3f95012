"""What nobody looks at now, at a twentieth of its size. Our own memory only, never a file."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from operator import attrgetter
from typing import Any, TypeAlias

from attrs import fields, has

_Reducer: TypeAlias = Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]


def packed(one: object) -> bytes:
    """What `unpacked` makes an equal object of."""
    text = BytesIO()
    _Pickler(text, pickle.HIGHEST_PROTOCOL).dump(one)
    return zlib.compress(text.getbuffer(), 1)


def unpacked(text: bytes) -> object:
    return pickle.loads(zlib.decompress(text))  # noqa: S301 - see the head


class _Reducers(dict[type, _Reducer]):
    """How instances of our classes are pickled: as the values that make them. What attrs says of
    them takes longer."""

    def __missing__(self, class_: type) -> _Reducer:
        if not has(class_) or len(names := [one.name for one in fields(class_)]) < 2:
            raise KeyError(class_)
        values = attrgetter(*names)
        made = self[class_] = lambda one: (class_, values(one))
        return made


class _Pickler(pickle.Pickler):
    dispatch_table: Mapping[type, _Reducer] = _Reducers()
