"""The command ``golsp-mem.explain``: the page of a topic, a code or a place.

Returns ``{"topic", "markdown", "numbers"}``. A client that does not say at start that it
shows explanations itself (``initializationOptions.explain == "client"``) gets the page opened
as a read-only file, or, when it cannot open documents, a message with the gist.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import cattrs
from attrs import frozen
from lsprotocol import converters, types
from pygls.exceptions import JsonRpcInvalidParams

from golsp_mem.advice.explanations.calls_page import calls_page
from golsp_mem.advice.explanations.explain import Explanation, explain_place, explain_topic
from golsp_mem.advice.explanations.inlining_words import inlining_words
from golsp_mem.advice.explanations.stack_page import stack_page
from golsp_mem.advice.markdown import without_escapes
from golsp_mem.errors import BuildFailed, GolspMemError, UsageError
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.convert import file_name
from golsp_mem.model import Analysis, Finding, PackageAnalysis, Step

logger = logging.getLogger(__name__)

COMMAND = "golsp-mem.explain"

# An explanation was asked for, so it may take longer than a hover.
FLOW_SECONDS = 20.0
STACK_SECONDS = 10.0

_WANTED = "name a topic, a code, or uri and position"


@frozen
class Asked:
    """What to explain: a topic, a code, or a place in a document."""

    topic: str | None = None
    code: str | None = None
    uri: str | None = None
    position: types.Position | None = None


def register(server: GolspMemServer) -> None:
    """Register the command."""

    # pygls hands the arguments over one by one and refuses calls without any.
    @server.command(COMMAND)
    async def explain(ls: GolspMemServer, *arguments: object) -> dict[str, object] | None:
        subject = subject_of(arguments)
        try:
            explanation = await _explain(ls, subject)
        except GolspMemError as error:
            ls.notices.tell(f"golsp-mem: {error}", types.MessageType.Warning)
            return None
        client, markdown = ls.session.client, explanation.markdown
        if not client.explains:
            await ls.pages.show(explanation.topic, markdown)
        return {
            "topic": explanation.topic,
            "markdown": without_escapes(markdown) if client.shows_escapes else markdown,
            "numbers": explanation.numbers.as_json(),
        }


def subject_of(arguments: Sequence[object]) -> Asked:
    """The subject that a client's arguments name.

    Raises JsonRpcInvalidParams when they are not understood.
    """
    raw = arguments[0] if len(arguments) == 1 else None
    if isinstance(raw, str):
        return Asked(topic=raw)
    try:
        subject = converters.get_converter().structure(raw, Asked)
    except (cattrs.BaseValidationError, TypeError, AttributeError) as error:
        raise JsonRpcInvalidParams(_WANTED) from error
    if subject.topic or subject.code or (subject.uri and subject.position):
        return subject
    raise JsonRpcInvalidParams(_WANTED)


async def _explain(ls: GolspMemServer, subject: Asked) -> Explanation:
    if subject.uri is None or subject.position is None:
        releases = {package.view.go.version for package in ls.analyses.packages if package.view}
        # Folders with several releases get the page for all of them.
        release = releases.pop() if len(releases) == 1 else None
        return explain_topic(subject.topic or subject.code or "", release)
    name = file_name(subject.uri)
    package = ls.analyses.packages.known_of_file(name)
    if package is not None:
        # Somebody asks about what was just saved: the run for it goes on or is about to.
        await ls.analyses.scheduler.settled(package.directory)
    reading = ls.reading(subject.uri)
    if reading is None:
        if package is not None and package.problem:
            raise BuildFailed(str(package.problem))
        raise UsageError("this file has not been analysed; open it and save it once")
    place = reading.shown.go_place(subject.position)
    if place is None:
        raise UsageError("this line has changed since the last analysis; save the file first")
    line, column = place
    engine = _Remembered(reading)
    file = Path(reading.document.name)
    at_place = column if reading.items_at(subject.position) else None
    stack = stack_page(ls.analyses.programs, reading.engine, file, line, seconds=STACK_SECONDS)
    calls = calls_page(ls.analyses.call_programs, reading.engine, file)
    return await explain_place(
        engine, file, line, at_place, link=reading.link, stack=stack, calls=calls,
        inlining=inlining_words(reading.engine),
    )  # fmt: skip


@frozen
class _Remembered:
    """The analysis that is shown, in the shape of an engine: findings are not computed anew."""

    reading: Reading

    @property
    def directory(self) -> Path:
        return self.reading.engine.directory

    async def check(self, _patterns: Sequence[str], *, tests: bool = False) -> Analysis:  # noqa: ARG002
        view = self.reading.view
        return Analysis(view.go, view.packages, 0.0)

    async def flow(self, package: PackageAnalysis, finding: Finding) -> tuple[Step, ...]:
        return await self.reading.flow(package, finding, FLOW_SECONDS)
