"""What is asked of a package while the causes on one of its lines are judged."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Protocol

from golsp_mem.analysis.compiled import Copy
from golsp_mem.model import Message, Span
from golsp_mem.source.syntax import GoFile

Place = tuple[str, int]


class PackageFacts(Protocol):
    """See `CompiledPackage`."""

    @property
    def import_path(self) -> str: ...

    @property
    def own_files(self) -> frozenset[str]: ...

    def makes_anew(self, file: GoFile, span: Span) -> bool: ...

    def said(self, file: str, line: int) -> Sequence[Message]: ...

    def bound_at(self, file: str, line: int) -> Set[str]: ...

    def places_of(self, function: str) -> Set[Place]: ...

    def copies_of(self, function: str, *, tests: bool) -> int: ...

    def copies_in_tests(self, function: str) -> int: ...

    def file_of(self, copy: Copy) -> str: ...

    def moves_slices(self, copy: Copy) -> bool: ...
