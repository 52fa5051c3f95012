"""Candidates of one package, asked of the rows and tried on the compiler."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from pathlib import Path

from attrs import evolve, frozen

from golsp_mem.advice.fixes.candidate import (
    Candidate,
    FixContext,
    Piece,
    Row,
    files_beside,
    words_of,
)
from golsp_mem.advice.fixes.edited import Editor
from golsp_mem.advice.fixes.rows.table import LIFETIMES, ROWS
from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.lifetime.reading.typed import questions
from golsp_mem.analysis.proof.claims import Verdict
from golsp_mem.analysis.proof.judge import Judge
from golsp_mem.analysis.proof.lifetimes import LifetimeJudge
from golsp_mem.analysis.proof.trades import declared_function, together
from golsp_mem.compiler.objects.symbols import own_name
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.files import read_regular
from golsp_mem.model import Allocates, Finding
from golsp_mem.source.edits import TextEdit, applied
from golsp_mem.source.package import Place
from golsp_mem.source.parts.generated import is_generated
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain.gofmt import gofmt
from golsp_mem.toolchain.plans.compile import CannotCompile
from golsp_mem.toolchain.plans.planner import Planner
from golsp_mem.toolchain.plans.type_errors import TypeErrors, type_errors_of
from golsp_mem.toolchain.vet import Vet, vet_of

logger = logging.getLogger(__name__)

# Of the edits of other rows vet's analyzers see nothing that they did not see before: the same
# calls and formats, or calls that they know nothing of. ``golsp-mem fix`` asks it of all.
_VETTED = frozenset(
    {"returned", "captures", "defers", "closures", *(row.name for row in LIFETIMES)}
)
# What is asked of may hide what lies within or behind it: asked again without the answered ones.
_ROUNDS = 3
_LANGUAGE_UNSAID = 16
# The compiler says "cannot use struct{…}{} (value of type struct{golspmem_0 int}) as T value in
# argument to f", from Go 1.18 to 1.27 but for the words in parentheses (types2, assignment.go).
_WANTED = re.compile(
    r"cannot use \(?struct\{.*?golspmem_(?P<number>\d{1,7}) int.*?\) as (?P<type>.+?) value in "
)

_COMPLAINT = re.compile(r"(?P<file>/[^:\n]+):(?P<line>\d{1,7}):\d+: ")

OnStep = Callable[[str], None]


@frozen
class Confirmed:
    """A candidate that the compiler confirmed, alone, with the texts that it makes."""

    candidate: Candidate
    texts: Mapping[Path, bytes]
    reason: str


@frozen
class Accepted:
    """What `Confirmer.together` came to: ``texts`` have all of ``candidates``; ``refused`` are the
    others, with the reason."""

    candidates: tuple[Candidate, ...]
    texts: Mapping[Path, bytes]
    refused: tuple[tuple[Candidate, str], ...]


@frozen(eq=False)
class Confirmer:
    """Makes and tries the candidates of one package. ``base`` are texts that stand for files."""

    context: FixContext
    judge: Judge
    type_errors: TypeErrors
    tested_type_errors: TypeErrors
    editor: Editor
    base: Mapping[Path, bytes]
    vet: Vet
    lifetimes: LifetimeJudge

    async def candidates(
        self, findings: Iterable[Finding], rows: Sequence[Row] = ROWS
    ) -> list[Candidate]:
        """What the rows propose for these findings of the package; nobody confirmed it. Safe ones
        of a finding come first.

        Raises AnalysisTimeout and the like; of a package that does not build there are none.
        """
        wanted = [
            (row, self.context.files[one.span.file], one)
            for one in findings
            if one.allocates is not Allocates.NEVER and self._may_edit(one.span.file)
            for row in rows
            if one.code in row.codes
        ]
        asked = [place for row, file, one in wanted for place in row.asks(self.context, file, one)]
        boxed = [place for row, file, one in wanted for place in row.wants(self.context, file, one)]
        context = evolve(
            self.context, types=await self._types(asked), wanted=await self._wanted(boxed)
        )
        found: dict[tuple[object, ...], Candidate] = {}
        for row, file, one in wanted:
            for candidate in row.candidates(context, file, one):
                if all(self._may_edit(edit.span.file) for edit in candidate.edits):
                    found.setdefault((candidate.row, candidate.edits), candidate)
        return sorted(found.values(), key=lambda one: not one.is_safe)

    def _may_edit(self, path: str) -> bool:
        """Nobody keeps an edit of what a program writes; cgo reads its files in its own way."""
        file = self.context.files.get(path)
        if file is None or is_generated(file.text):
            return False
        return not any(one.path == "C" for one in file.imports)

    async def confirmed(self, candidate: Candidate) -> Confirmed | None:
        """The candidate with its texts, where the compiler agrees, and `go vet` of what it may have
        something to say of."""
        texts = await self.editor.texts([candidate])
        if texts is None:
            return None
        if candidate.ends is None:
            verdict = await self._verdict([candidate], texts)
        else:
            verdict = await self.lifetimes.judge(
                texts, candidate.ends, base=self.base, holding=candidate.holds
            )
        if verdict.is_confirmed and candidate.row in _VETTED:
            new = await self._vetted(texts)
            verdict = Verdict.refuted(f"go vet says: {new}") if new else verdict
        logger.info("%s: %s", candidate.title, verdict.reason)
        return Confirmed(candidate, texts, verdict.reason) if verdict.is_confirmed else None

    async def together(self, candidates: Sequence[Candidate], on_step: OnStep) -> Accepted:
        """All that hold together: tried at once, and halved where that does not hold. Not for rows
        of lifetimes."""
        accepted: list[Candidate] = []
        refused: list[tuple[Candidate, str]] = []
        pending = [list(candidates)]
        while pending:
            batch = pending.pop()
            if not batch:
                continue
            fitting = self.editor.fitting(accepted, batch)
            if len(fitting) < len(batch):
                others = [one for one in batch if one not in fitting]
                if fitting:
                    pending += [others, fitting]
                else:
                    refused += [(one, "it touches what another edit changes") for one in others]
                continue
            on_step(f"trying {len(batch)} of {len(candidates)} edits")
            texts = await self.editor.texts([*accepted, *batch])
            blamed: list[Candidate] = []
            if texts is not None:
                verdict = await self._verdict([*accepted, *batch], texts)
                reason = verdict.reason
                if verdict.is_confirmed:
                    accepted += batch
                    continue
                blamed = blamed_of(verdict, batch, texts)
            else:
                reason = "an import stands in its way"
            if len(batch) == 1:
                logger.info("%s: %s", batch[0].title, reason)
                refused.append((batch[0], reason))
                continue
            if blamed:
                # Few of many do not hold: the others need not be tried in halves for them.
                pending += [blamed, [one for one in batch if one not in blamed]]
                continue
            half = len(batch) // 2
            pending += [batch[half:], batch[:half]]
        on_step("go vet")
        complained = await self._complained(accepted)
        kept = tuple(one for one in accepted if one not in complained)
        refused += complained.items()
        texts = await self.editor.texts(kept) if kept else {}
        return Accepted(kept, texts or {}, tuple(refused))

    async def _complained(self, candidates: Sequence[Candidate]) -> dict[Candidate, str]:
        """Those of which vet says something new, with what it says."""
        texts = await self.editor.texts(candidates) if candidates else None
        if texts is None or await self._vetted(texts) is None:
            return {}
        found = {}
        for one in candidates:
            alone = await self.editor.texts([one])
            new = await self._vetted(alone) if alone is not None else None
            if new is not None:
                found[one] = f"go vet says: {new}"
        # What vet says of all of them together, and of none alone, is said of each.
        return found or dict.fromkeys(candidates, "go vet is not content with them together")

    async def _verdict(
        self, candidates: Sequence[Candidate], texts: Mapping[Path, bytes]
    ) -> Verdict:
        claim = together(one.claim for one in candidates)
        verdict = await self.judge.judge(texts, claim, base=self.base)
        if verdict.is_confirmed:
            names = {name for one in candidates for name in one.names}
            broken = await self._breaks_tests(names, texts)
            if broken is not None:
                return Verdict.refuted(broken)
        return verdict

    async def _vetted(self, texts: Mapping[Path, bytes]) -> str | None:
        """What vet says of the texts that it does not say of those they stand for."""
        after = await self.vet({**self.base, **texts})
        new = after - await self.vet(self.base) if after else after
        return next(iter(new), None)

    async def _breaks_tests(self, names: Set[str], texts: Mapping[Path, bytes]) -> str | None:
        """What the compiler says of tests that use a name which means something else now."""
        using = {Path(path): text for path, text in self._tests().items() if names & words_of(text)}
        if not using:
            return None
        lines = await self.tested_type_errors({**self.base, **using, **texts})
        return lines[0] if lines else None

    def _tests(self) -> dict[str, bytes]:
        """The tests of the directory: the judge compiles only what was edited, without them."""
        compiled = {path: file.text for path, file in self.context.files.items()}
        every = {**self.context.beside, **compiled}
        return {path: text for path, text in every.items() if path.endswith("_test.go")}

    async def _types(self, places: Sequence[Place]) -> dict[Piece, str]:
        """What the compiler says of the values' types, as far as it does."""
        known: dict[Piece, str] = {}
        pending = {(one.file.path, one.node.start, one.node.end): one for one in places}
        for _ in range(_ROUNDS):
            # A question within another would hide that, and one type has one first byte.
            inner = {key: one for key, one in pending.items() if not _holds_other(key, pending)}
            if not inner:
                break
            asked = questions((), inner.values())
            try:
                lines = await self.type_errors({**self.base, **asked.overlay})
            except (BuildFailed, GoFailed) as error:
                logger.info("no types: %s", error)
                break
            answers = asked.answers(lines).known
            found = {key: answers[key[:2]] for key in inner if key[:2] in answers}
            if not found:
                break
            known.update(found)
            pending = {key: one for key, one in pending.items() if key not in known}
        return known

    async def _wanted(self, places: Sequence[Place]) -> dict[Piece, str]:
        """The interface that each of the values becomes; those that any value fits are left out.

        A struct in its place does not implement the interface, and the compiler says which.
        """
        if not places:
            return {}
        keys: list[Piece] = []
        edits: dict[str, list[TextEdit]] = {}
        files: dict[str, GoFile] = {}
        for place in places:
            key = (place.file.path, place.node.start, place.node.end)
            if key not in keys:
                text = f"(struct{{ golspmem_{len(keys)} int }}{{}})"
                files[key[0]] = place.file
                edits.setdefault(key[0], []).append(TextEdit(place.span, text))
                keys.append(key)
        texts = {Path(path): applied(files[path], listed) for path, listed in edits.items()}
        try:
            lines = await self.type_errors({**self.base, **texts})
        except (BuildFailed, GoFailed) as error:
            logger.info("no interfaces: %s", error)
            return {}
        found = {}
        for line in lines:
            match = _WANTED.search(line)
            if match is not None and int(match["number"]) < len(keys):
                found[keys[int(match["number"])]] = match["type"]
        return found


def blamed_of(
    verdict: Verdict, batch: Sequence[Candidate], texts: Mapping[Path, bytes]
) -> list[Candidate]:
    """Those of a batch that edit the function in which their common claim does not hold, or in
    which the compiler finds an error; none where that is nobody or all of them."""
    where = verdict.where
    if where is None:
        match = _COMPLAINT.search(verdict.reason)
        text = texts.get(Path(match["file"])) if match is not None else None
        if match is None or text is None:
            return []
        found = GoFile.parse(match["file"], text).function_at(int(match["line"]))
        where = declared_function(found.name) if found is not None else None
    if where is None:
        return []
    blamed = [
        one
        for one in batch
        if any(
            declared_function(finding.function) == where
            or own_name(declared_function(finding.function)) == where
            for finding in one.findings
        )
    ]
    return blamed if len(blamed) < len(batch) else []


def _holds_other(key: Piece, pieces: Iterable[Piece]) -> bool:
    return any(
        other != key and other[0] == key[0] and key[1] <= other[1] and other[2] <= key[2]
        for other in pieces
    )


async def confirmer_of(
    engine: Engine,
    files: Iterable[GoFile],
    findings: Sequence[Finding],
    base: Mapping[Path, bytes] | None = None,
) -> Confirmer:
    """For the package of the engine's directory: ``files`` are all that were compiled, ``findings``
    all that is known of it, ``base`` texts that stand for files.

    Raises ToolchainError, BuildFailed, AnalysisTimeout.
    """
    planner = await engine.planner()
    listed = {file.path: file for file in files}
    tests = any(path.endswith("_test.go") for path in listed)
    context = FixContext(
        files=listed,
        findings=tuple(findings),
        language=await _language(planner, tests=tests),
        release=planner.toolchain.minor,
        beside=files_beside(listed, read_regular),
        old_timers=_names_old_timers(planner, listed.values()),
    )
    return Confirmer(
        context,
        await engine.judge(),
        type_errors_of(planner, tests=tests),
        type_errors_of(planner, tests=True),
        Editor(context, partial(gofmt, planner.toolchain)),
        base or {},
        vet_of(planner),
        await engine.lifetime_judge(),
    )


def _names_old_timers(planner: Planner, files: Iterable[GoFile]) -> bool:
    """Whether anything that is read when the program is built or started speaks of the setting."""
    texts = [file.text for file in files]
    texts.append(planner.toolchain.variables.get("GODEBUG", "").encode())
    for directory in (planner.directory, *planner.directory.parents):
        for name in ("go.mod", "go.work"):
            with contextlib.suppress(OSError):
                texts.append(read_regular(directory / name))
    return any(b"asynctimerchan" in text for text in texts)


async def _language(planner: Planner, *, tests: bool) -> int:
    try:
        planned = await planner.planned(tests=tests)
    except CannotCompile:
        return 0
    recipes = [one.recipe for one in planned.plan.variants if one.recipe is not None]
    language = next((one.language for one in recipes if one.language), None)
    # What go.mod does not say is 1.16 (https://go.dev/ref/mod#go-mod-file-go).
    return int(language.partition(".")[2]) if language else _LANGUAGE_UNSAID
