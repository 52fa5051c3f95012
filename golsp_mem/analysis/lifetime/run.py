"""All about lifetimes in one package: what is asked of the compiler, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from attrs import evolve, frozen

from golsp_mem.analysis.lifetime.compared import ineffective_by_comparison
from golsp_mem.analysis.lifetime.ineffective import syntactic_ineffective, told_once
from golsp_mem.analysis.lifetime.keepalive_calls import keepalives, without_keepalives
from golsp_mem.analysis.lifetime.missing import candidates, report, requests
from golsp_mem.analysis.lifetime.mistakes.after import used_after
from golsp_mem.analysis.lifetime.mistakes.apart import closed_apart
from golsp_mem.analysis.lifetime.mistakes.told import mistakes
from golsp_mem.analysis.lifetime.pointerless import asked_types
from golsp_mem.analysis.lifetime.proving.trial import Trial
from golsp_mem.analysis.lifetime.reading.cleanups import Cleanups
from golsp_mem.analysis.lifetime.reading.linked import with_linked_names
from golsp_mem.analysis.lifetime.reading.package import Package, by_place
from golsp_mem.analysis.lifetime.reading.plain import called_plainly
from golsp_mem.analysis.lifetime.reading.raw.beside import with_numbers_beside
from golsp_mem.analysis.lifetime.reading.raw.controls import controls
from golsp_mem.analysis.lifetime.reading.raw.foreign import ForeignPackage
from golsp_mem.analysis.lifetime.reading.raw.getters import ReturnedTakings
from golsp_mem.analysis.lifetime.reading.raw.names import candidate_names, selectors
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.analysis.lifetime.reading.raw.uses import flows, uses_of
from golsp_mem.analysis.lifetime.reading.released import cleanups_of
from golsp_mem.analysis.lifetime.reading.typed import Types, outermost, questions
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.decisions import decided
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Finding, FunctionFacts, Position
from golsp_mem.source.package import PackageSyntax
from golsp_mem.source.syntax import GoFile

# Names of fields that one cleanup releases may lead to others: `a.fd.fd`.
_MOST_QUESTIONS = 3


@frozen
class Lifetimes:
    """What one package shows; ``undecided`` counts uses of which nothing could be told."""

    findings: tuple[Finding, ...]
    undecided: int = 0


async def lifetimes(
    import_path: str,
    files: Sequence[GoFile],
    functions: Sequence[FunctionFacts],
    trial: Trial,
    foreign: Mapping[str, ForeignPackage] | None = None,
) -> Lifetimes:
    """The findings of a package, without fingerprints, in no order.

    ``files`` are the parsed texts that ``trial.before`` is of, ``functions`` what the compile of
    them said of each function, ``foreign`` the imported packages that have owners, by import path.
    Raises UsageError and AnalysisTimeout as the compiles do.
    """
    findings: list[Finding] = []
    undecided = 0
    files = called_plainly(files)
    for syntax in PackageSyntax.split(files):
        known, names = await _typed(syntax, functions, trial, foreign or {})
        # Whoever saves once more meanwhile does not wait until all is read: here it is heard.
        await asyncio.sleep(0)
        _note_unread(known)
        known = with_numbers_beside(known, names)
        takings = Takings(known, names, partial(ReturnedTakings, known))
        used = {flow: tuple(uses_of(known, flow)) for flow in flows(known, takings)}
        await asyncio.sleep(0)
        found = candidates(known, chain.from_iterable(used.values()))
        told = report(import_path, known, found, await trial.answers(requests(found)))
        await asyncio.sleep(0)
        after = list(used_after(import_path, known))
        await asyncio.sleep(0)
        gone = {place for one in after for place in (one.span.start, *_places(one))}
        missing = [one for one in told.findings if one.span.start not in gone]
        findings += told_once(missing, list(syntactic_ineffective(import_path, known, used)))
        findings += after
        findings += closed_apart(import_path, known, used)
        findings += mistakes(import_path, known)
        undecided += told.undecided + len(takings.undecided)
        for one in takings.undecided:
            text = "keepalive-missing: the compiler does not tell whose %s is"
            decided(one.file.path, one.span.line, text, one.text)
    findings += await _compared(import_path, files, trial, findings)
    return Lifetimes(tuple(with_linked_names(findings, files, functions)), undecided)


def _places(finding: Finding) -> Iterator[Position]:
    return (step.position for step in finding.reason if step.position is not None)


def given_back(
    import_path: str, files: Sequence[GoFile], functions: Sequence[FunctionFacts] = ()
) -> tuple[Finding, ...]:
    """What `lifetimes` tells without any compile: uses of what the text has given back."""
    found: list[Finding] = []
    for syntax in PackageSyntax.split(called_plainly(files)):
        known = Package(syntax, Cleanups((), ()), Liveness(()))
        found += [*used_after(import_path, known), *mistakes(import_path, known)]
    return tuple(with_linked_names(found, files, functions))


def _note_unread(known: Package) -> None:
    """Say of which finalizers and cleanups nothing is known that they release: what their objects
    own is not followed."""
    ways = {one.forwards.span for one in known.cleanups.calls if one.forwards is not None}
    for one in known.cleanups.calls:
        if not one.removes and not one.paths and one.span not in ways:
            decided(
                one.place.file.path, one.span.line,
                "keepalive-missing: no field is known that this %s releases, its object is not "
                "followed", one.word,
            )  # fmt: skip


async def _typed(
    syntax: PackageSyntax,
    functions: Sequence[FunctionFacts],
    trial: Trial,
    foreign: Mapping[str, ForeignPackage],
) -> tuple[Package, frozenset[str]]:
    """The package with the types of all operands that matter, and the names that do."""
    plain = Package(
        syntax, cleanups_of(syntax), trial.before, functions=by_place(functions), foreign=foreign
    )
    names = candidate_names(plain)
    pending = [*selectors(plain, names), *controls(plain)]
    kept = [name for one in keepalives(syntax) for name in asked_types(one.argument)]
    types = Types()
    for _ in range(_MOST_QUESTIONS):
        # What is asked has no type itself: what is selected from it is asked the next time.
        asked = questions(outermost(pending), kept)
        if not asked.overlay:
            break
        found = asked.answers(await trial.type_errors({**trial.overlay, **asked.overlay}))
        types = types.joined(found)
        pending = [one for one in pending if types.of_operand(one) is None]
        kept = [one for one in kept if (one.file.path, one.node.start) not in types.known]
        if not found.known or not (pending or kept):
            break
    return evolve(plain, types=types), names


async def _compared(
    import_path: str, files: Sequence[GoFile], trial: Trial, findings: Sequence[Finding]
) -> Sequence[Finding]:
    plain = {Path(file.path): text for file in files
             if (text := without_keepalives(file)) is not None}  # fmt: skip
    if not plain:
        return ()
    try:
        without = await trial.compile_live({**trial.overlay, **plain})
    except (BuildFailed, GoFailed):
        # Texts that do not build without their KeepAlive calls, or may not be replaced: no proof.
        return ()
    return ineffective_by_comparison(import_path, files, trial.before, without, findings)
