"""What one reading of a package leaves for the next, so that a save costs what it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from golsp_mem.analysis.again import Remembered
from golsp_mem.analysis.compiled import CompiledPackage, KnownFunctions
from golsp_mem.analysis.compiler_text import KnownMessages
from golsp_mem.analysis.dependencies import Dependencies, KnownFiles, KnownTexts
from golsp_mem.analysis.execution.again import KnownExecutions
from golsp_mem.analysis.heap.lines import KnownLines
from golsp_mem.analysis.lifetime.imported import KnownOwners
from golsp_mem.analysis.stack.reached.maybe import KnownCalls
from golsp_mem.toolchain.go_list import ListedPackage

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
    was read, by the variants of a package that see them, which of them have owners, what its texts
    hold, and by import path what is known of its variants;
    and of programs by their package, and what they test."""

    files: KnownFiles
    texts: KnownTexts = field(factory=KnownTexts)
    variants: dict[str, KnownVariant] = field(factory=lambda: defaultdict(KnownVariant))
    dependencies: dict[tuple[str, ...], Dependencies] = field(factory=dict)
    owners: KnownOwners = field(factory=KnownOwners)
    bodies: dict[tuple[str, ...], KnownBodies] = field(factory=dict)

    def renewed(self, listed: Sequence[ListedPackage]) -> Known:
        """What still counts when the go command was asked again and only the packages that were
        listed for themselves have other archives (`are_alike`)."""
        own = {one.import_path.partition(" ")[0] for one in listed if not one.dep_only}
        # Tests see the archive of what they test.
        seen = {key: one.but(own) for key, one in self.dependencies.items() if not key}
        bodies: dict[tuple[str, ...], KnownBodies]
        bodies = {key: one for key, one in self.bodies.items() if len(key) == 1}
        return evolve(self, dependencies=seen, bodies=bodies)

    def bodies_of(self, package: str, *tested: str) -> KnownBodies:
        """What is known of the program that a package is linked with, for tests of ``tested``."""
        from golsp_mem.analysis.calls.bodies import KnownBodies  # noqa: PLC0415

        return self.bodies.setdefault((package, *tested), KnownBodies(package))
