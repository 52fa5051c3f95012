"""What a view holds, and how it lies by while nobody looks: packed, a twentieth of its size.

A server that has opened a repository knows hundreds of packages, and whoever works there looks at
a few of them.
"""

from __future__ import annotations

import itertools
import pickle
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from operator import attrgetter
from typing import Any, TypeAlias

from attrs import define, field, fields, frozen, has

from golsp_mem.lsp.convert import Text
from golsp_mem.model import Finding, FunctionFacts, PackageAnalysis, Severity
from golsp_mem.report.model import Measured

_used = itertools.count(1)


@frozen
class Item:
    """A finding that is shown, with its severity and the package that it came with.

    ``cold``: its line runs seldom, and the settings want such ones quiet. ``share`` is that
    of the profile's bytes, from 0 to 1.
    """

    finding: Finding
    severity: Severity
    package: PackageAnalysis
    cold: bool = False
    measured: Measured | None = None
    share: float = 0.0


@frozen(eq=False)
class Content:
    """What a `View` says of its files; the mappings are by file, ``allocations`` by function."""

    packages: tuple[PackageAnalysis, ...]
    texts: Mapping[str, Text]
    items: Mapping[str, tuple[Item, ...]]
    functions: Mapping[str, tuple[FunctionFacts, ...]]
    allocations: Mapping[str, tuple[Finding, ...]]


@define(eq=False)
class Held:
    """A content, packed or not. ``used``: the greater, the later somebody looked."""

    _content: Content | None
    _packed: bytes = field(init=False, default=b"")
    used: int = field(init=False, factory=lambda: next(_used))

    @property
    def is_packed(self) -> bool:
        return self._content is None

    def content(self) -> Content:
        self.used = next(_used)
        if self._content is None:
            # Our own memory, nothing that was read.
            found = pickle.loads(zlib.decompress(self._packed))  # noqa: S301
            assert isinstance(found, Content)
            self._content, self._packed = found, b""
        return self._content

    def pack(self) -> None:
        """Whoever looks again gets equal objects, not the same."""
        if self._content is not None:
            packed = BytesIO()
            _Pickler(packed, pickle.HIGHEST_PROTOCOL).dump(self._content)
            self._packed, self._content = zlib.compress(packed.getbuffer(), 1), None


_Reducer: TypeAlias = Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]


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
    dispatch_table: Mapping[type, _Reducer] = _Reducers(
        {Text: lambda text: (Text.from_bytes, (text.raw,))}
    )
