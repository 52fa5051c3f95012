"""Escape flows (``-m=2``): for one finding on demand, or for all while they stream by."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from attrs import define, evolve, field

from golsp_mem.analysis.flow_text import FlowTexts
from golsp_mem.compiler.text.flows import Flow, FlowReader
from golsp_mem.errors import AnalysisTimeout, GoFailed
from golsp_mem.model import Finding, Message, PackageAnalysis, Position, Step
from golsp_mem.toolchain.plans.planner import Planner
from golsp_mem.toolchain.replayed import names_in


@define
class FlowTable:
    """Flow blocks by package, place and subject, filled line by line.

    Files are told by their last name: replayed text has the paths of another run.
    """

    _flows: dict[tuple[str, str, int, int, str], Flow] = field(factory=dict)
    _reader: FlowReader = field(factory=FlowReader)

    def feed(self, package: str, line: str) -> bool:
        """Take one line of ``-m=2`` text; True when it was of that level alone."""
        ended = self._reader.feed(line)
        if ended is not None:
            self._flows.setdefault(_key(package, ended.position, ended.subject), ended)
        return self._reader.inside or ": can" in line

    def explain(self, package: PackageAnalysis, resolve: Callable[[str], str]) -> PackageAnalysis:
        """The package with a reason for each finding that the compiler speaks of.

        ``resolve`` (`names_in`) makes absolute paths of the compiler's file names.
        """
        return evolve(
            package,
            findings=tuple(
                self._explained(package.import_path, finding, resolve)
                for finding in package.findings
            ),
        )

    def _explained(self, package: str, finding: Finding, resolve: Callable[[str], str]) -> Finding:
        why = finding.why
        if why is None:
            return finding
        flow = self._flows.get(_key(package, why.position, why.subject))
        steps = _resolved(flow, resolve).steps if flow else ()
        return evolve(finding, reason=(Step(why.text, why.position), *steps))


def _key(package: str, position: Position, subject: str) -> tuple[str, str, int, int, str]:
    return package, Path(position.file).name, position.line, position.column, subject


async def flow_of(planner: Planner, why: Message, texts: FlowTexts) -> tuple[Step, ...]:
    """The flow behind one ``-m`` line of the planner's package; empty when the compiler has none.

    ``texts`` are what the compiler said before, and what it says now. Raises BuildFailed,
    ToolchainError subclasses, AnalysisTimeout.
    """
    file = why.position.file
    tests = file.endswith("_test.go")
    planned = await planner.planned(tests=tests)
    holding = planned.plan.variants_with([file])
    if not holding:
        raise GoFailed(f"{file} is in no package that builds as {planner.package}")
    variant = holding[0]

    # Called directly the compiler trims nothing itself, but it repeats what dependencies' archives
    # say of the generic and inlined code that it takes from them.
    trimmed = planned.plan.trimmed if planner.toolchain.trimpath else None
    resolve = names_in(variant.directory, variant.compiled, trimmed)

    def answers(flow: Flow | None) -> bool:
        if flow is None or flow.subject != why.subject:
            return False
        return _moved(flow.position, resolve) == why.position

    reader = FlowReader()
    place = f":{why.position.line}:{why.position.column}: "
    verdict = place + why.text
    state = planner.state(planned, tests=tests)
    text = texts.of(
        None if state is None else (variant.import_path, state),
        partial(planner.text_of, planned, variant, ["-m=2"]),
    )
    try:
        async with (
            asyncio.timeout(planner.settings.timeout_seconds),
            contextlib.aclosing(text.pieces()) as pieces,
        ):
            async for piece in pieces:
                if place not in piece and not reader.inside:
                    continue
                for line in piece.split("\n"):
                    if place not in line and not reader.inside:
                        continue
                    flow = reader.feed(line)
                    if flow is not None and answers(flow):
                        return _resolved(flow, resolve).steps
                    if line.endswith(verdict) and resolve(line.removesuffix(verdict)) == (
                        why.position.file
                    ):
                        # The verdict follows its block: there was none.
                        return ()
    except TimeoutError as error:
        raise AnalysisTimeout(
            f"explaining took longer than {planner.settings.timeout_seconds:g} s"
        ) from error
    last = reader.end()
    return _resolved(last, resolve).steps if last is not None and answers(last) else ()


def _resolved(flow: Flow, resolve: Callable[[str], str]) -> Flow:
    steps = tuple(
        evolve(step, position=_moved(step.position, resolve)) if step.position else step
        for step in flow.steps
    )
    return evolve(flow, position=_moved(flow.position, resolve), steps=steps)


def _moved(position: Position, resolve: Callable[[str], str]) -> Position:
    return evolve(position, file=resolve(position.file))
