"""``textDocument/hover``: what a finding is and why, what a function costs.

Short, and under headings of its own: gopls answers the same hover in the same window.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path

from attrs import evolve
from lsprotocol import types

from golsp_mem.advice.brief import brief_markdown
from golsp_mem.advice.calls import call_markdown
from golsp_mem.advice.hover import function_brief
from golsp_mem.advice.hover_calls import (
    Told,
    call_named_at,
    call_told,
    recursion_words,
    started_words,
)
from golsp_mem.advice.inlining import freed_markdown, inlining_markdown
from golsp_mem.advice.links import command
from golsp_mem.advice.markdown import code, text, without_escapes
from golsp_mem.advice.measured import measured_words
from golsp_mem.analysis.inlining import declared_on
from golsp_mem.analysis.lifetime.last_use import last_needed
from golsp_mem.analysis.program import Program
from golsp_mem.analysis.stack.numbers import StackNumbers
from golsp_mem.compiler.objects.symbols import own_name
from golsp_mem.compiler.stackfacts import stack_platform
from golsp_mem.lsp.answers.call_costs import of_function, of_line
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.content import Item
from golsp_mem.model import Finding, Position, Step
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

# A person waits for a hover. What the compiler has not told by then is left out; it is there
# when the pointer comes back.
FLOW_SECONDS = 3.0
LIVE_SECONDS = 3.0
STACK_SECONDS = 3.0
INLINING_SECONDS = 1.5
FREED_SECONDS = 1.5
# What a hover waits for more than the flow of its finding: a part of what that took.
ALSO_PART = 0.15
ALSO_SECONDS = 0.03

_UNCOMPILED = (
    "**Not looked at**: nothing in the package that was compiled instantiates this generic "
    "function, so there is no code of it here. A test that uses it gives it code.\n"
)


def register(server: GolspMemServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(ls: GolspMemServer, params: types.HoverParams) -> types.Hover | None:
        reading = ls.reading(params.text_document.uri)
        if reading is None:
            return None
        found = await _at(ls, reading, params.position)
        if found is not None and ls.session.client.shows_escapes:
            assert isinstance(found.contents, types.MarkupContent)
            found.contents.value = without_escapes(found.contents.value)
        return found


async def _at(ls: GolspMemServer, reading: Reading, position: types.Position) -> types.Hover | None:
    items = reading.items_at(position)
    if items:
        began = time.monotonic()
        flow = await _flow(reading, items)
        # Archives are read for the costs when the flow is there: both at once keep it waiting.
        told = await _in_time(ls, reading, position, time.monotonic() - began)
        return _findings(reading, items, position, told, flow)
    told = await _told(ls, reading, position)
    if told is not None:
        return _hover(told.markdown, reading.shown.range_of(told.span))
    generic = reading.generic_named_at(position)
    if generic is not None:
        return _hover(_UNCOMPILED, reading.shown.range_of(generic))
    function = await _function(ls, reading, position)
    return function or await _variable(reading, position)


async def _in_time(
    ls: GolspMemServer, reading: Reading, position: types.Position, flow: float
) -> Told | None:
    """What is told of a call beside a finding, whose flow took so many seconds: it does not wait
    much longer than for that. What comes later is there the next time."""
    telling = asyncio.ensure_future(_told(ls, reading, position))
    try:
        done, _ = await asyncio.wait([telling], timeout=max(ALSO_SECONDS, flow * ALSO_PART))
    except asyncio.CancelledError:
        telling.cancel()
        raise
    if not done:
        reading.view.derived.finish(telling)
        return None
    return telling.result()


async def _told(ls: GolspMemServer, reading: Reading, position: types.Position) -> Told | None:
    """What a call there does and costs."""
    told = await _call(ls, reading, position)
    return await _with_cost(ls, reading, position, told)


async def _flow(reading: Reading, items: list[Item]) -> tuple[Step, ...]:
    """Why the first of the findings escapes."""
    if not items:
        return ()
    return await reading.flow(items[0].package, _explained(items[0]), FLOW_SECONDS)


def _explained(item: Item) -> Finding:
    """The finding itself; a broken promise is explained by what breaks it."""
    breach = item.finding.breach
    return breach.allocation if breach else item.finding


def _findings(
    reading: Reading,
    items: list[Item],
    position: types.Position,
    told: Told | None,
    flow: tuple[Step, ...],
) -> types.Hover:
    breach = items[0].finding.breach
    findings = [_explained(item) for item in items]
    markdown = brief_markdown(
        list({(one.code, one.span, one.subject): one for one in findings}.values()),
        flow or findings[0].reason,
        link=reading.link,
        more=partial(_more, reading, position),
        stale=reading.not_current,
        source=_source(reading, items[0]),
        promise=breach.promise if breach else None,
        also=told.markdown if told else None,
        measured=_measured(items[0]),
        said=reading.client.hovers_diagnostics
        and reading.view.settings.diagnostics
        and not reading.not_current,
    )
    return _hover(markdown, reading.shown.range_of(items[0].finding.span))


def _measured(item: Item) -> str | None:
    return None if item.measured is None else measured_words(item.measured, item.share)


def _more(reading: Reading, position: types.Position, finding: Finding) -> str:
    """The way to the whole page: what the client said that leads there, else the command that
    prints the code's page."""
    address = reading.client.page_of(reading.document.uri, position)
    if address:
        return f"[More about this]({address})"
    return f"More: {code(reading.client.more or command(finding.code))}"


async def _call(ls: GolspMemServer, reading: Reading, position: types.Position) -> Told | None:
    """What the call or go statement at a place does there; nothing for text that has changed."""
    place = reading.shown.go_place(position)
    if place is None or reading.shown.outdated:
        return None
    file, go = reading.go_file(), reading.view.go
    told = call_told(file, *place, (file,), stack_platform(go.goos, go.goarch))
    if told is None or (told.starts is None and told.calls_itself is None):
        return told
    name, line = reading.document.name, told.span.line
    tests = name.endswith("_test.go")
    read = partial(ls.analyses.programs.of, reading.engine, reading.view.directory, tests=tests)
    # Read once for all hovers of this view; the first may come too early for its answer.
    asked, key = reading.view.derived.programs, f"program {tests}"
    if reading.not_current:
        program = asked.answer(key)
    else:
        program = await asked.ask(key, read, STACK_SECONDS)
    if program is None:
        return told
    if told.starts is not None:
        statement = program.go_statement(_resolved(name), told.starts)
        entry = statement.entry if statement else None
        numbers = await _numbers(program, entry) if entry else None
        words = started_words(numbers) if numbers else ""
    else:
        facts = reading.function_around(line)
        numbers = await _numbers(program, facts.name) if facts else None
        words = recursion_words(numbers) if numbers else ""
    return evolve(told, markdown=f"{told.markdown} {words}".strip())


async def _numbers(program: Program, function: str) -> StackNumbers | None:
    try:
        async with asyncio.timeout(STACK_SECONDS):
            return await program.stack_of(function)
    except TimeoutError:
        return None


def _resolved(name: str) -> Path:
    return Path(name).resolve()


async def _with_cost(
    ls: GolspMemServer, reading: Reading, position: types.Position, told: Told | None
) -> Told | None:
    """What is told of a call, and what it allocates with all that it calls."""
    place = reading.shown.go_place(position)
    if place is None or reading.shown.outdated:
        return told
    named = call_named_at(reading.go_file(), *place)
    if named is None:
        return told
    name, span = named
    costs = await of_line(ls.analyses.call_programs, reading, place[0])
    found = [cost for cost in costs if cost.name.removesuffix("[...]").rpartition(".")[2] == name]
    if not found:
        return told
    markdown = " ".join(call_markdown(cost, counted=True) for cost in found[:1])
    declared = _declared(reading, name)
    inlined = declared_on(await reading.inlining(INLINING_SECONDS), *declared) if declared else None
    if inlined is not None and inlined.why_not is not None:
        markdown = f"{markdown} {inlining_markdown(inlined, names_it=True)}"
    if told is None:
        return Told(f"{markdown}\n", span)
    return evolve(told, markdown=f"{told.markdown} {markdown}")


def _declared(reading: Reading, name: str) -> tuple[str, int] | None:
    """Where the package declares the one function or method of a name."""
    found = {
        (facts.file, facts.line)
        for package in reading.view.packages
        for facts in package.functions
        if own_name(facts.name).replace("[...]", "").rpartition(".")[2] == name
    }
    return found.pop() if len(found) == 1 else None


async def _function(
    ls: GolspMemServer, reading: Reading, position: types.Position
) -> types.Hover | None:
    found = reading.function_named_at(position)
    if found is None:
        return None
    facts, name = found
    findings = reading.view.allocations_of(facts.name)
    cost = reading.per_call_of(facts)
    left = reading.left_out(facts)
    markdown = function_brief(facts, findings, cost, link=reading.link, left=left)
    through = await of_function(ls.analyses.call_programs, reading, facts.name)
    if through is not None:
        markdown = f"{markdown.rstrip()}\n\n{call_markdown(through, counted=True)}\n"
    inlined = declared_on(await reading.inlining(INLINING_SECONDS), facts.file, facts.line)
    if inlined is not None:
        said = inlining_markdown(inlined)
        freed = await reading.freed(facts, FREED_SECONDS) if inlined.budget is not None else None
        if freed is not None:
            said = f"{said} {freed_markdown(freed)}"
        markdown = f"{markdown.rstrip()}\n\n{said}\n"
    stale = reading.not_current
    if stale:
        markdown += f"\n_Not up to date: {text(stale)}_\n"
    return _hover(markdown, reading.shown.range_of(name))


async def _variable(reading: Reading, position: types.Position) -> types.Hover | None:
    """Until where a variable keeps its block alive; nothing for text that was not compiled."""
    place = reading.shown.go_place(position)
    if place is None or reading.stale is not None:
        return None
    file = reading.go_file()
    here = file.tree.offset(*place)
    node = file.tree.smallest(here, min(here + 1, len(file.text)))
    if node.kind != "identifier" or variable_at(file, node) is None:
        return None
    live = await reading.liveness(LIVE_SECONDS)
    found = last_needed(file, live, Position(file.path, *place)) if live is not None else None
    if found is None:
        return None
    markdown = f"**{code(found.variable)}**: {text(found.text)}.\n"
    return _hover(markdown, reading.shown.range_of(file.tree.node_span(node)))


def _source(reading: Reading, item: Item) -> GoFile | None:
    """The finding's file, where that is the one that is open."""
    here = reading.view.names.get(reading.document.key)
    return reading.go_file() if item.finding.span.file == here else None


def _hover(markdown: str, place: types.Range | None) -> types.Hover:
    contents = types.MarkupContent(types.MarkupKind.Markdown, markdown)
    return types.Hover(contents=contents, range=place)
