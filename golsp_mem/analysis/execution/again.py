"""When places run, those that were looked at before among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from attrs import define, field, frozen

from golsp_mem.analysis.again import Noting, Remembered
from golsp_mem.model import Execution, Finding
from golsp_mem.source.flow.coldpaths import Outcomes
from golsp_mem.source.flow.outcomes import Declared, PackageFunctions, Verdicts


@frozen
class Calls:
    """A place that mentions a function: the declared function around it, and when it calls what
    it mentions; no ``executions``: nobody knows."""

    owner: str
    executions: tuple[Execution, ...]


@define(eq=False)
class KnownExecutions:
    """What is known of one variant of a package: its findings, placed; its references; and which
    of the functions that a line is said to inline it calls; how the functions of a
    file end; by the ``id`` of a placed finding it, and it with what its callers add."""

    findings: Remembered[Finding] = field(factory=Remembered)
    references: Remembered[Calls] = field(factory=Remembered)
    inlined: Remembered[tuple[str, ...]] = field(factory=Remembered)
    verdicts: Verdicts = field(factory=dict)
    applied: dict[int, tuple[Finding, Finding]] = field(factory=dict)

    @classmethod
    def once(cls) -> KnownExecutions:
        """For a single reading."""
        return cls(Remembered(once=True), Remembered(once=True), Remembered(once=True))

    def drop_unused(self) -> None:
        self.findings.drop_unused()
        self.references.drop_unused()
        self.inlined.drop_unused()


@frozen(eq=False)
class NotedFunctions:
    """`PackageFunctions`, noted."""

    noting: Noting

    def named(self, name: str) -> Sequence[Declared]:
        """Where they are is noted, and how far their files are looked at: not the nodes, which the
        next text of a file has anew."""
        self.noting.ask("places", name)
        found = cast("PackageFunctions", self.noting.facts).named(name)
        for one in found:
            file = self.noting.parts(one.file.path)
            assert file is one.file
            one.file.tree.look_at(one.node.start)
        return found

    def is_once(self, called: str) -> bool:
        return cast("bool", self.noting.ask("is_once", called))

    def ends(self) -> Outcomes:
        return cast("Outcomes", self.noting.ask("ends"))
