"""Tables of what allocates: a line for each function, package, type or cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.cli.render.printable import printable
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.report import groups
from golsp_mem.report.model import Shown

Row = tuple[str, ...]

_OWN_CODE = (
    "Own objects and own bytes are those of one call by the function's own code: what it calls and "
    "its function literals come on top (check --function NAME counts them)."
)


def render(shown: Sequence[Shown], by: str, directory: Path, style: Style) -> Iterator[str]:
    """The table ``by`` names (`golsp_mem.cli.choosing.GROUPS`), the first ranks first."""
    if by == "function":
        yield from _table(_functions(shown), style)
    elif by == "package":
        yield from _table(_packages(shown), style)
    elif by == "type":
        yield from _table(_types(shown), style)
    else:
        yield from _table(_causes(shown, directory), style)
    if by == "function":
        yield f"{_OWN_CODE}\n"
    yield "\n"


def _functions(shown: Sequence[Shown]) -> Iterator[Row]:
    yield ("function", "always:", "when:", "own objects:", "own bytes:", "in loops:",
           "called at:")  # fmt: skip
    for one in groups.by_function(shown, SourceCache()):
        yield (
            short_name(one.name), str(one.always), str(one.conditional),
            _range(one.objects), _range(one.bytes), str(one.in_loops), str(one.called),
        )  # fmt: skip


def _packages(shown: Sequence[Shown]) -> Iterator[Row]:
    yield ("package", "always:", "when:", "bytes, each once:", "in loops:", "functions:")
    for one in groups.by_package(shown):
        yield (one.name, str(one.always), str(one.conditional), str(one.bytes_once),
               str(one.in_loops), str(one.functions))  # fmt: skip


def _types(shown: Sequence[Shown]) -> Iterator[Row]:
    yield ("type", "places:", "bytes:", "takes:", "waste:", "in loops:")
    for one in groups.by_type(shown):
        yield (one.name, str(one.places), _number(one.bytes), _number(one.taken),
               _number(one.waste), str(one.in_loops))  # fmt: skip


def _causes(shown: Sequence[Shown], directory: Path) -> Iterator[Row]:
    yield ("cause", "places:", "first at")
    for one in groups.by_cause(shown, SourceCache()):
        span = one.first.finding.span
        yield one.title, str(one.places), f"{groups.shown_file(directory, span.file)}:{span.line}"


def _range(bounds: groups.Range | None) -> str:
    if bounds is None:
        return "?"
    least, most = bounds
    if most is None:
        return f"{least}+"
    return str(least) if least == most else f"{least}-{most}"


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def _table(rows: Iterator[Row], style: Style) -> Iterator[str]:
    head, *body = [tuple(map(printable, row)) for row in rows]
    right = [title.endswith(":") for title in head]
    head = tuple(title.removesuffix(":") for title in head)
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]

    def line(row: Row) -> str:
        cells = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        return "  ".join(cells).rstrip()

    yield style.paint(line(head), "bold") + "\n"
    for row in body:
        yield line(row) + "\n"
