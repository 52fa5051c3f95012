"""Asks the compiler: one compile for all candidates of a package, more where they interfere."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from golsp_mem.analysis.lifetime.proving.probe import (
    Answer,
    Comparison,
    Probe,
    Request,
    is_own,
    lines_of,
    probe,
    rounds,
    without_saved,
)
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.toolchain.plans.type_errors import TypeErrors

logger = logging.getLogger(__name__)

CompileLive = Callable[[Mapping[Path, bytes]], Awaitable[Liveness]]
Key = tuple[str, int, int, str]

# A declaration whose candidates still disturb each other after these has many owners at once.
_MOST_ROUNDS = 4
_MOST_REPAIRS = 3
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d{1,9}):\d{1,9}: ")


@frozen
class Trial:
    """How one package is compiled: its liveness, its type errors, and the texts of editors that
    stand in for files."""

    before: Liveness
    compile_live: CompileLive
    type_errors: TypeErrors
    overlay: Mapping[Path, bytes] = field(factory=dict)

    async def answers(self, wanted: Sequence[Request]) -> dict[Key, Answer]:
        """What the compiler says of each request; those that it did not decide are missing.

        Raises UsageError and AnalysisTimeout as the compiles do.
        """
        found: dict[Key, Answer] = {}
        unclear = await self._ask(list(wanted), found)
        left = _MOST_ROUNDS
        while unclear and left > 0:
            # A caller is asked anew when what it inlines is as it was: maybe not yet in this turn.
            again: list[Request] = []
            for listed in rounds(unclear)[:left]:
                again += await self._ask(listed, found, alone=True)
                left -= 1
            unclear = again if len(again) < len(unclear) else []
        return found

    async def _ask(
        self, asked: list[Request], found: dict[Key, Answer], *, alone: bool = False
    ) -> list[Request]:
        """Fill ``found``; the requests whose answer others may have changed come back."""
        made, after = await self._compiled(asked)
        if after is None:
            return []
        compared = Comparison(self.before, after, made)
        unclear = []
        for number, one in enumerate(made.requests):
            gain = without_saved(compared.gained(one), number)
            if not gain.names and not gain.changed:
                found[one.key] = Answer.LIVE if gain.speaks else Answer.UNKNOWN
            elif gain.names and (
                is_own(one, gain.names, number) or alone or _is_alone(one, made.requests)
            ):
                found[one.key] = Answer.DEAD
            else:
                unclear.append(one)
        return unclear

    async def _compiled(self, asked: list[Request]) -> tuple[Probe, Liveness | None]:
        """The compile of all requests that can be edited in; those with errors are dropped."""
        made = probe(asked)
        for _ in range(_MOST_REPAIRS):
            if not made.requests:
                break
            texts = {**self.overlay, **made.overlay}
            try:
                return made, await self.compile_live(texts)
            except (BuildFailed, GoFailed) as error:
                logger.info("a trial of %d lifetimes: %s", len(made.requests), error)
                made = probe(_without_errors(made.requests, await self.type_errors(texts)))
        return made, None


def _without_errors(asked: Sequence[Request], lines: Sequence[str]) -> list[Request]:
    """The requests on whose lines the compiler has nothing to say; none if that is all."""
    wrong = {
        (Path(match["file"]).name, int(match["line"]))
        for line in lines
        if (match := _PLACE.match(line)) is not None
    }
    kept = [
        one
        for one in asked
        if not any((Path(one.site.file.path).name, line) in wrong for line in lines_of(one))
    ]
    return kept if len(kept) < len(asked) else []


def _is_alone(one: Request, asked: Sequence[Request]) -> bool:
    return all(other.kept == one.kept for other in asked if other.group == one.group)
