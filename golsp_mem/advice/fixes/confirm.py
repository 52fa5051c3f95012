"""Candidates of one package, asked of the rows and tried on the compiler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from golsp_mem.advice.fixes.candidate import Candidate, Row, Sources
from golsp_mem.advice.fixes.edited import Editor
from golsp_mem.advice.fixes.rows import formatting, preallocation
from golsp_mem.analysis.lifetime.reading.typed import Types, questions
from golsp_mem.analysis.proof.claims import Verdict
from golsp_mem.analysis.proof.judge import Judge
from golsp_mem.analysis.proof.trades import together
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Allocates, Finding
from golsp_mem.source.package import Place
from golsp_mem.source.parts.generated import is_generated
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain.plans.type_errors import TypeErrors

logger = logging.getLogger(__name__)

ROWS: tuple[Row, ...] = (
    preallocation.ROW,
    formatting.ROW,
)
# What is asked of may hide what lies within or behind it: asked again without the answered ones.
_ROUNDS = 3

OnStep = Callable[[str], None]


@frozen
class Confirmed:
    """A candidate that the compiler confirmed, alone, with the texts that it makes."""

    candidate: Candidate
    texts: Mapping[Path, bytes]
    reason: str


@frozen
class Outcome:
    """What `Confirmer.together` came to: ``texts`` have all of ``accepted``; ``refused`` are the
    others, with the reason."""

    accepted: tuple[Candidate, ...]
    texts: Mapping[Path, bytes]
    refused: tuple[tuple[Candidate, str], ...]


@frozen(eq=False)
class Confirmer:
    """Makes and tries the candidates of one package. ``base`` are texts that stand for files."""

    sources: Sources
    judge: Judge
    type_errors: TypeErrors
    editor: Editor
    base: Mapping[Path, bytes]

    async def candidates(self, findings: Iterable[Finding]) -> list[Candidate]:
        """What the rows propose for these findings of the package; nobody confirmed it. Safe ones
        of a finding come first.

        Raises AnalysisTimeout and the like; of a package that does not build there are none.
        """
        wanted = [
            (row, self.sources.files[one.span.file], one)
            for one in findings
            if one.allocates is not Allocates.NEVER and self._may_edit(one.span.file)
            for row in ROWS
            if one.code in row.codes
        ]
        places = [
            place for row, file, one in wanted for place in row.asks(self.sources, file, one)
        ]
        sources = evolve(self.sources, types=await self._types(places))
        found: dict[tuple[object, ...], Candidate] = {}
        for row, file, one in wanted:
            for candidate in row.candidates(sources, file, one):
                if all(self._may_edit(edit.span.file) for edit in candidate.edits):
                    found.setdefault((candidate.row, candidate.edits), candidate)
        return sorted(found.values(), key=lambda one: not one.is_safe)

    def _may_edit(self, path: str) -> bool:
        """Nobody keeps an edit of what a program writes; cgo reads its files in its own way."""
        file = self.sources.files.get(path)
        if file is None or is_generated(file.text):
            return False
        return not any(one.path == "C" for one in file.imports)

    async def confirmed(self, candidate: Candidate) -> Confirmed | None:
        """The candidate with its texts, where the compiler agrees."""
        texts = await self.editor.texts([candidate])
        if texts is None:
            return None
        verdict = await self._verdict([candidate], texts, {})
        logger.info("%s: %s", candidate.title, verdict.reason)
        return Confirmed(candidate, texts, verdict.reason) if verdict.is_confirmed else None

    async def together(self, candidates: Sequence[Candidate], on_step: OnStep) -> Outcome:
        """All that hold together: tried at once, and halved where that does not hold."""
        accepted: list[Candidate] = []
        refused: list[tuple[Candidate, str]] = []
        pending = [list(candidates)]
        while pending:
            batch = pending.pop()
            if not batch:
                continue
            on_step(f"trying {len(batch)} of {len(candidates)} edits")
            texts = await self.editor.texts([*accepted, *batch])
            if texts is not None:
                verdict = await self._verdict([*accepted, *batch], texts, {})
                reason = verdict.reason
                if verdict.is_confirmed:
                    accepted += batch
                    continue
            else:
                reason = "it touches what another edit changes"
            if len(batch) == 1:
                logger.info("%s: %s", batch[0].title, reason)
                refused.append((batch[0], reason))
                continue
            half = len(batch) // 2
            pending += [batch[half:], batch[:half]]
        texts = await self.editor.texts(accepted) if accepted else {}
        return Outcome(tuple(accepted), texts or {}, tuple(refused))

    async def _verdict(
        self, candidates: Sequence[Candidate], texts: Mapping[Path, bytes], base: Mapping[Path, bytes]
    ) -> Verdict:
        claim = together(one.claim for one in candidates)
        return await self.judge.judge(texts, claim, base={**self.base, **base})

    async def _types(self, places: Sequence[Place]) -> Types:
        known = Types()
        pending = list(places)
        for _ in range(_ROUNDS):
            if not pending:
                break
            asked = questions((), pending)
            try:
                lines = await self.type_errors({**self.base, **asked.overlay})
            except (BuildFailed, GoFailed) as error:
                logger.info("no types: %s", error)
                break
            answers = asked.answers(lines)
            if not answers.known:
                break
            known = known.joined(answers)
            pending = [
                one for one in pending if (one.file.path, one.node.start) not in known.known
            ]
        return known


def parsed(paths: Iterable[str], text: Callable[[str], GoFile | None]) -> dict[str, GoFile]:
    """The syntax of a package's files; those that cannot be read are left out."""
    found = {}
    for path in paths:
        file = text(path)
        if file is not None:
            found[path] = file
    return found
