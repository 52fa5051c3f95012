"""The workspace's findings as one page of Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

from golsp_mem.advice.links import href
from golsp_mem.advice.markdown import code, link, text
from golsp_mem.lsp.state.content import Item
from golsp_mem.lsp.state.packages import Package
from golsp_mem.lsp.state.view import View
from golsp_mem.model import Position

# Editors' previews become slow with longer pages; the check command has no limit.
MOST_LINES = 2000


@frozen
class ReportPage:
    """The page and what it counts."""

    markdown: str
    findings: int
    packages: int


def report_of(
    packages: Iterable[Package],
    wanted: Callable[[View], Sequence[str]],
    link_to: Callable[[Position], str],
) -> ReportPage:
    """The page of those packages that were analysed; ``wanted`` says which of their files,
    ``link_to`` makes addresses."""
    views = sorted(
        (package.view for package in packages if package.view is not None),
        key=lambda view: view.directory,
    )
    counts = Counter(item.finding.code for view in views for item in _items(view, wanted))
    total = counts.total()
    lines = ["# Memory report", ""]
    if not views:
        lines.append("No package was analysed yet. Open a Go file or analyse the workspace.")
        return ReportPage("\n".join(lines) + "\n", 0, 0)
    lines += [
        f"{_counted(total, 'finding')} in {_counted(len(views), 'package')}.",
        "",
        "| Code | Findings |",
        "|---|--:|",
    ]
    lines += [f"| {_page(str(name))} | {count} |" for name, count in counts.most_common()]
    listed = 0
    for view in views:
        items = _items(view, wanted)
        if not items:
            continue
        lines += ["", f"## {text(_title(view))}", ""]
        for item in items[: MOST_LINES - listed]:
            lines.append(_line(item, link_to))
        listed += len(items)
        if listed >= MOST_LINES:
            lines += ["", f"The first {MOST_LINES} of {total}; `golsp-mem check` lists all."]
            break
    return ReportPage("\n".join(lines) + "\n", total, len(views))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _items(view: View, wanted: Callable[[View], Sequence[str]]) -> list[Item]:
    return [item for key in sorted(wanted(view)) for item in view.items[key]]


def _title(view: View) -> str:
    return view.packages[0].import_path if view.packages else view.directory


def _line(item: Item, link_to: Callable[[Position], str]) -> str:
    finding = item.finding
    place = code(
        f"{finding.span.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{finding.span.line}"
    )
    where = link(place, link_to(finding.span.start))
    return f"- {where} {text(finding.message)} ({finding.code})"


def _page(name: str) -> str:
    address = href(name)
    return link(code(name), address) if address else code(name)
