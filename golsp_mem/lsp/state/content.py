"""What a view holds, and how it lies by while nobody looks.

A server that has opened a repository knows hundreds of packages, and whoever works there looks at
a few of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from attrs import define, field, frozen

from golsp_mem.lsp.convert import Text
from golsp_mem.model import Finding, FunctionFacts, PackageAnalysis, Severity
from golsp_mem.packed import packed, unpacked
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
            found = unpacked(self._packed)
            assert isinstance(found, Content)
            self._content, self._packed = found, b""
        return self._content

    def pack(self) -> None:
        """Whoever looks again gets equal objects, not the same."""
        if self._content is not None:
            self._packed, self._content = packed(self._content), None
