"""Two reports side by side, as text, JSON or a Markdown comment for a merge request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from golsp_mem import __version__
from golsp_mem.advice import markdown
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.sentence import sentence
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.cli.render.terminal.tables import cell, head, row
from golsp_mem.cli.render.wording import amount, plural
from golsp_mem.report.comparing.compare import CallCost, Comparison, Pair, costs
from golsp_mem.report.json.jsons import dumps
from golsp_mem.report.json.paths import PathBase
from golsp_mem.report.json.writer import finding_json
from golsp_mem.report.model import Report, Shown, is_heap

SCHEMA = 1
# A comment is read, not searched; the rest is in the text and in JSON.
MOST_ROWS = 50
MINUS = "\u2212"

Json = Mapping[str, object]


@frozen
class Sides:
    """What the two reports are called: revisions or file names."""

    base: str
    head: str


def headline(comparison: Comparison) -> str:
    """``+3 −1 heap allocations, 1 moved, +96 B per call of f``; what is equal is left out."""
    added = sum(is_heap(one.finding) for one in comparison.new)
    removed = sum(is_heap(one.finding) for one in comparison.gone)
    parts = [f"+{added} {MINUS}{removed} heap allocations"] if added or removed else []
    others = len(comparison.new) + len(comparison.gone) - added - removed
    if others:
        parts.append(plural(others, "other difference"))
    for pairs, word in ((comparison.moved, "moved"), (comparison.changed, "changed")):
        if pairs:
            parts.append(f"{len(pairs)} {word}")
    changed = costs(comparison)
    if changed:
        parts.append(_cost(changed[0]))
        if len(changed) > 1:
            parts.append(f"{plural(len(changed) - 1, 'other function')} with other bytes per call")
    return ", ".join(parts) or "no difference in allocations"


def _cost(cost: CallCost) -> str:
    sign = "+" if cost.bytes > 0 else MINUS
    return f"{sign}{amount(abs(cost.bytes))} per call of {cost.function}"


def text(comparison: Comparison, sides: Sides, style: Style) -> Iterator[str]:
    """For a terminal: the headline, then a line for each finding that differs."""
    base, now = PathBase(comparison.base.directory), PathBase(comparison.head.directory)
    yield style.paint(one_line(headline(comparison)), "bold")
    yield f"  {style.paint(one_line(f'({sides.base} -> {sides.head})'), 'dim')}\n"
    for note in _notes(comparison):
        yield f"  {one_line(note)}\n"
    for one in comparison.new:
        yield _line("+", one, now, style, "red")
    for one in comparison.gone:
        yield _line(MINUS, one, base, style, "green")
    for pair in comparison.moved:
        yield _line(">", pair.after, now, style, "blue")
        yield f"    {style.paint(one_line(f'from {_where(pair.before, base)}'), 'dim')}\n"
    for pair in comparison.changed:
        yield _line("~", pair.after, now, style, "yellow")
        was = f"was {sentence(pair.before)}"
        yield f"    {style.paint(one_line(was), 'dim')}\n"
    changed = costs(comparison)
    if changed:
        yield "Bytes per call, of what allocates always and has a size:\n"
        for cost in changed:
            yield f"  {one_line(_cost(cost))}\n"


def _line(mark: str, shown: Shown, place: PathBase, style: Style, colour: str) -> str:
    told = f"{_where(shown, place)}: [{shown.finding.code}] {sentence(shown)}"
    return f"{style.paint(mark, colour)} {one_line(told)}\n"


def _where(shown: Shown, place: PathBase) -> str:
    finding = shown.finding
    return f"{place.show(finding.span.file)}:{finding.span.line} {finding.function}"


def _notes(comparison: Comparison) -> Iterator[str]:
    if comparison.environment:
        yield f"compiled differently: {comparison.environment}; the code need not be the cause"
    for path in comparison.unbuilt:
        yield f"{path} does not build on one side and is not compared"


def json(comparison: Comparison, sides: Sides) -> Iterator[str]:
    """One JSON object: the lists of differences and what they sum up to."""
    base, now = PathBase(comparison.base.directory), PathBase(comparison.head.directory)
    document = {
        "schema": SCHEMA,
        "tool": {"name": "golsp-mem", "version": __version__},
        "base": _side(sides.base, comparison.base),
        "head": _side(sides.head, comparison.head),
        "environment": comparison.environment,
        "unbuilt": list(comparison.unbuilt),
        "new": [finding_json(one, now) for one in comparison.new],
        "gone": [finding_json(one, base) for one in comparison.gone],
        "moved": [_pair(pair, base, now) for pair in comparison.moved],
        "changed": [_pair(pair, base, now) for pair in comparison.changed],
        "bytes_per_call": [
            {"function": cost.function, "bytes": cost.bytes} for cost in costs(comparison)
        ],
        "summary": {
            "headline": headline(comparison),
            "allocations_added": sum(is_heap(one.finding) for one in comparison.new),
            "allocations_removed": sum(is_heap(one.finding) for one in comparison.gone),
            "moved": len(comparison.moved),
            "changed": len(comparison.changed),
            "unchanged": comparison.unchanged,
        },
    }
    yield dumps(document, indent=1) + "\n"


def _side(name: str, report: Report) -> Json:
    return {
        "name": name,
        "configurations": [one.as_json() for one in report.configurations],
    }


def _pair(pair: Pair, base: PathBase, now: PathBase) -> Json:
    return {"before": finding_json(pair.before, base), "after": finding_json(pair.after, now)}


def comment(comparison: Comparison, sides: Sides) -> Iterator[str]:
    """Markdown for a comment: the headline, a table of what is new, the rest folded away."""
    base, now = PathBase(comparison.base.directory), PathBase(comparison.head.directory)
    yield f"### golsp-mem: {_headline_markdown(comparison)}\n\n"
    yield f"{markdown.code(sides.base)} → {markdown.code(sides.head)}\n\n"
    for note in _notes(comparison):
        yield f"> {markdown.text(note)}\n\n"
    if comparison.new:
        yield from _table(comparison.new, now)
    for title, shown, place in (
        ("Gone", comparison.gone, base),
        ("Moved", [pair.after for pair in comparison.moved], now),
        ("Changed", [pair.after for pair in comparison.changed], now),
    ):
        if shown:
            yield f"<details><summary>{title}: {len(shown)}</summary>\n\n"
            yield from _table(shown, place)
            yield "</details>\n\n"
    changed = costs(comparison)
    if changed:
        yield "<details><summary>Bytes per call</summary>\n\n"
        yield head(("Function", "Bytes:"))
        for cost in changed[:MOST_ROWS]:
            yield row((cell(cost.function), f"{cost.bytes:+d}"))
        yield "\n</details>\n"


def _headline_markdown(comparison: Comparison) -> str:
    """The headline with the function's name as code: it is text of the workspace."""
    told = headline(comparison)
    changed = costs(comparison)
    if not changed:
        return told
    name = changed[0].function
    before, _, after = told.partition(f"per call of {name}")
    return f"{before}per call of {markdown.code(name)}{after}"


def _table(shown: Sequence[Shown], place: PathBase) -> Iterator[str]:
    yield head(("Where", "Function", "What"))
    for one in shown[:MOST_ROWS]:
        finding = one.finding
        where = f"{place.show(finding.span.file)}:{finding.span.line}"
        yield row((cell(where), cell(finding.function), cell(sentence(one))))
    if len(shown) > MOST_ROWS:
        yield row((f"{len(shown) - MOST_ROWS} more", "", ""))
    yield "\n"
