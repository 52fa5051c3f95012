"""``textDocument/codeLens``: what a call costs, above each function that allocates."""

from __future__ import annotations

from lsprotocol import types

from golsp_mem.advice.measured import percent
from golsp_mem.advice.per_call import short_objects, short_words
from golsp_mem.analysis.call_program import CallCost
from golsp_mem.analysis.heap.per_call import PerCall
from golsp_mem.analysis.sizes import size_text
from golsp_mem.lsp.answers.call_costs import ahead, known_of
from golsp_mem.lsp.answers.refresh import refresh_after_changes
from golsp_mem.lsp.answers.request import Reading
from golsp_mem.lsp.client.offer import CODE_LENSES
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.features.commands.explain import COMMAND
from golsp_mem.lsp.features.commands.profile_benchmark import COMMAND as PROFILE
from golsp_mem.lsp.features.commands.profile_benchmark import is_benchmark
from golsp_mem.model import FunctionFacts, Span


def register(server: GolspMemServer) -> None:
    """Register the handler, and have the client ask again after each analysis."""

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, CODE_LENSES)
    def code_lens(ls: GolspMemServer, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        reading = ls.reading(params.text_document.uri)
        if reading is None or not reading.view.settings.code_lens:
            return None
        lenses = []
        functions = declared(reading)
        if ls.session.client.refresh_code_lenses:
            ls.spawn(_look_ahead(ls, reading, [facts.name for facts in functions]))
        for facts in functions:
            cost = reading.per_call_of(facts)
            title = title_of(facts, cost) if cost else None
            through = known_of(reading, facts.name)
            if through is not None and (title or not through.total.cost.nothing):
                left = reading.left_out(facts) if title is None else None
                none = left.short if left else "0 allocs"
                title = _with_calls(title, cost, through, none)
            place = reading.shown.range_of(Span(facts.file, facts.line, 1, facts.line, 1))
            if place is not None and (benchmark := _benchmark(reading, facts)) is not None:
                lenses.append(types.CodeLens(range=place, command=benchmark))
            if title is not None and (share := _share(reading, facts)):
                title += f" · {percent(share)} measured"
            if title is None or place is None:
                continue
            where = {
                "uri": reading.document.uri,
                "position": {"line": place.start.line, "character": place.start.character},
            }
            command = types.Command(title=title, command=COMMAND, arguments=[where])
            lenses.append(types.CodeLens(range=place, command=command))
        return lenses

    refresh_after_changes(
        server.analyses,
        server.session,
        lambda client: client.refresh_code_lenses,
        server.workspace_code_lens_refresh,
    )


async def _look_ahead(ls: GolspMemServer, reading: Reading, names: list[str]) -> None:
    """What functions cost in all stands in their lenses a while after a save."""
    if await ahead(ls.analyses.call_programs, reading, names):
        ls.workspace_code_lens_refresh(None)


def declared(reading: Reading) -> list[FunctionFacts]:
    """The compiled body of each declared function; of a generic one's the largest frame's."""
    bodies: dict[int, list[FunctionFacts]] = {}
    for facts in reading.functions:
        bodies.setdefault(facts.line, []).append(facts)
    chosen = []
    for name, line in reading.declarations():
        # A literal may share the line.
        here = bodies.get(line, [])
        exact = [facts for facts in here if facts.name.endswith(f".{name}")]
        if exact or here:
            chosen.append(max(exact or here, key=lambda facts: facts.frame_bytes))
    return chosen


def _benchmark(reading: Reading, facts: FunctionFacts) -> types.Command | None:
    """The command above a benchmark function of a test file."""
    name = facts.name.rpartition(".")[2]
    if not facts.file.endswith("_test.go") or not is_benchmark(name):
        return None
    where = {"uri": reading.document.uri, "name": name}
    return types.Command("Profile this benchmark", PROFILE, arguments=[where])


def _share(reading: Reading, facts: FunctionFacts) -> float:
    """The share of the profile that a function's own lines took, its literals' included."""
    mine = (
        item
        for item in reading.items
        if item.finding.function == facts.name
        or item.finding.function.startswith(f"{facts.name}.func")
    )
    return sum(
        item.share for item in mine if item.measured is not None and not item.measured.shared
    )


def _with_calls(title: str | None, cost: PerCall | None, through: CallCost, none: str) -> str:
    """The title (else ``none``) with what the function allocates through its calls, where that is
    more."""
    total, unknown = through.total.cost.objects, len(through.further.unknown)
    more = f"plus {unknown} unknown call{'' if unknown == 1 else 's'}" if unknown else ""
    own = cost if title is not None else None
    # A way that ends in a panic is none of the calls that come back.
    if own is not None and total in (own.total.objects, own.returning.objects):
        return f"{title} · {more}" if unknown else str(title)
    allocs = "nothing known" if total.nothing else short_objects(total)
    return f"{title or none} · with calls: {allocs} {more}".rstrip()


def title_of(facts: FunctionFacts, cost: PerCall) -> str | None:
    """``3 allocs · 112 B · frame 288 B``; None for a function without allocations."""
    if cost.total.nothing:
        return None
    return f"{short_words(cost)} · frame {size_text(facts.frame_bytes)}"
