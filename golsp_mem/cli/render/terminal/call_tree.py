"""A tree of calls as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from golsp_mem.advice.calls import bounds_words
from golsp_mem.analysis.call_program import CallProgram
from golsp_mem.analysis.calls.body import EventKind
from golsp_mem.analysis.calls.trees import Branch
from golsp_mem.cli.render.printable import printable
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.model import Position, UnknownCall

Show = Callable[[str], str]
_CUTS = {
    "recursive": "calls itself, see above",
    "repeated": "see above",
    "deep": "not shown further",
}
_LISTED_UNKNOWN = 20


def tree_text(tree: Branch, unknown: int, show: Show) -> Iterator[str]:
    """One line a branch, children indented, the heaviest first."""
    calls = "1 call" if unknown == 1 else f"{unknown} calls"
    tail = f"; {calls} that cannot be followed" if unknown else ""
    yield f"{printable(tree.name)}: {bounds_words(tree.total)}{tail} ({_at(tree.place, show)})"
    yield from _below(tree, "", show)


def _below(branch: Branch, indent: str, show: Show) -> Iterator[str]:
    last = len(branch.branches) - 1
    for number, one in enumerate(branch.branches):
        end = number == last and not branch.left_out
        yield f"{indent}{'└─' if end else '├─'} {_line(one, show)}"
        yield from _below(one, f"{indent}{'   ' if end else '│  '}", show)
    if branch.left_out:
        yield f"{indent}└─ and {branch.left_out} more"


def _line(one: Branch, show: Show) -> str:
    place = _at(one.place, show)
    if one.kind is EventKind.UNKNOWN:
        return f"{one.name}: cannot be followed ({place})"
    if one.kind is EventKind.ALLOCATES:
        size = bounds_words(one.total)
        when = f", {one.condition}" if one.condition else ""
        return (
            f"{one.noun or 'object'} by {printable(short_name(one.name))}: {size}{when} ({place})"
        )
    cut = f"; {_CUTS[one.cut]}" if one.cut else ""
    return f"{printable(short_name(one.name))}: {bounds_words(one.total)}{cut} ({place})"


def _at(place: Position, show: Show) -> str:
    return f"{printable(show(place.file))}:{place.line}"


def tree_json(
    program: CallProgram, tree: Branch, unknown: tuple[UnknownCall, ...], show: Show
) -> dict[str, object]:
    """The object of ``check --function NAME --format json``."""
    go = program.go
    return {
        "schema": 1,
        "go": {"version": go.version, "goos": go.goos, "goarch": go.goarch},
        "function": tree.name,
        "tree": _branch(tree, show),
        "unknown": [
            {"function": one.function, "file": show(one.file), "line": one.line, "kind": one.kind}
            for one in unknown[:_LISTED_UNKNOWN]
        ],
        "unknown_calls": len(unknown),
    }


def _branch(one: Branch, show: Show) -> dict[str, object]:
    allocates = one.total.allocates
    return {
        "kind": str(one.kind),
        "name": one.name,
        "file": show(one.place.file),
        "line": one.place.line,
        "allocates": str(allocates) if allocates is not None else "unknown",
        "condition": one.condition,
        "objects": one.total.objects.as_json(),
        "bytes": one.total.bytes.as_json(),
        "cut": one.cut,
        "left_out": one.left_out,
        "branches": [_branch(below, show) for below in one.branches],
    }
