"""What one reading of a package leaves for the next, so that a save costs what it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from golsp_mem.analysis.again import Remembered
from golsp_mem.analysis.compiled import CompiledPackage, KnownFunctions
from golsp_mem.analysis.compiler_text import KnownMessages
from golsp_mem.analysis.dependencies import Dependencies, KnownFiles, KnownTexts
from golsp_mem.analysis.execution.again import KnownExecutions
from golsp_mem.analysis.heap.lines import KnownLines
from golsp_mem.analysis.stack.dispatch import KnownCalls

if TYPE_CHECKING:
    from golsp_mem.analysis.calls.bodies import KnownBodies


@define(eq=False)
class KnownVariant:
    """What was read of one variant: its functions, the findings of its lines, when those run, its
    indirect calls, the compiler's text, and the functions around its lines. ``last`` is all
    that was compiled the last time, of files with these ``texts``."""

    functions: KnownFunctions = field(factory=KnownFunctions)
    lines: KnownLines = field(factory=KnownLines)
    executions: KnownExecutions = field(factory=KnownExecutions)
    calls: KnownCalls = field(factory=KnownCalls)
    messages: KnownMessages = field(factory=KnownMessages)
    owners: Remembered[list[str | None]] = field(factory=Remembered)
    last: CompiledPackage | None = None
    texts: Mapping[str, bytes] = field(factory=dict)

    def drop_unused(self) -> None:
        """Called after a reading: what was not needed is forgotten."""
        self.lines.drop_unused()
        self.executions.drop_unused()
        self.calls.drop_unused()
        self.owners.drop_unused()


@frozen(eq=False)
class Known:
    """What a reader of a package leaves for the next: its files, of other packages' archives what
    was read, by the variants of a package that see them, whether other packages set finalizers
    or cleanups, what its texts hold, and by import path what is known of its variants."""

    files: KnownFiles
    texts: KnownTexts = field(factory=KnownTexts)
    variants: dict[str, KnownVariant] = field(factory=lambda: defaultdict(KnownVariant))
    dependencies: dict[tuple[str, ...], Dependencies] = field(factory=dict)
    setting_cleanups: dict[str, bool] = field(factory=dict)
    _bodies: dict[tuple[str, ...], KnownBodies] = field(init=False, factory=dict)

    def bodies_of(self, package: str, *tested: str) -> KnownBodies:
        """What is known of the program that a package is linked with, for tests of ``tested``."""
        from golsp_mem.analysis.calls.bodies import KnownBodies  # noqa: PLC0415

        return self._bodies.setdefault((package, *tested), KnownBodies(package))
