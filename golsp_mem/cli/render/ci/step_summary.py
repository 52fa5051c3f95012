"""The job summary of GitHub Actions: Markdown for the file that GITHUB_STEP_SUMMARY names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from attrs import frozen

from golsp_mem.advice import markdown
from golsp_mem.advice.links import href
from golsp_mem.cli.render.checkout import Checkout
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.build_errors import errors_of, said
from golsp_mem.cli.render.terminal.ranking import ranked
from golsp_mem.cli.render.terminal.tables import cell, head, row
from golsp_mem.cli.render.wording import amount, plural, size, verdict
from golsp_mem.codes import Family
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.model import Allocates, Code
from golsp_mem.report.model import Gone, Report, Shown

# A step's summary above 1 MiB is refused whole (docs.github.com, "Workflow commands for GitHub
# Actions", section Step isolation and limits). Other commands of the step may write there too.
LIMIT = 900 * 1024

_CONTRACTS = tuple(code for code in Code if code.family is Family.CONTRACT)
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


@frozen
class _Section:
    """``rows`` are lines of Markdown, complete with their line ends; ``noun`` names one."""

    title: str
    head: str
    rows: Sequence[str]
    noun: str = "finding"


def render(
    report: Report,
    _sources: SourceTexts,
    workspace: str | None = None,
    blob: str | None = None,
    limit: int = LIMIT,
) -> Iterator[str]:
    """The summary, at most ``limit`` bytes of UTF-8: of the last table that does not fit, the
    most important rows and a line that says how many are missing.

    ``workspace`` as in `Checkout`, ``blob`` as of `blob_address`: places link there.
    """
    places = _Places(Checkout(report.directory, workspace), blob)
    yield from _fitting(_overview(report), _sections(report, places), limit)


def blob_address(environment: Mapping[str, str]) -> str | None:
    """Where the files of the commit that Actions tests are on the web; None when unknown."""
    server = environment.get("GITHUB_SERVER_URL", "")
    repository = environment.get("GITHUB_REPOSITORY", "")
    commit = environment.get("GITHUB_SHA", "")
    if not (server.startswith("https://") and repository and _COMMIT.fullmatch(commit)):
        return None
    return f"{server}/{quote(repository)}/blob/{commit}"


@frozen
class _Places:
    checkout: Checkout
    blob: str | None

    def of(self, file: str, line: int) -> str:
        name = self.checkout.show(file)
        shown = cell(f"{name}:{line}")
        if self.blob is None or Path(name).is_absolute() or name.startswith("<"):
            return shown
        path = quote(name.encode("utf-8", "replace"))
        return markdown.link(shown, f"{self.blob}/{path}#L{line}")


def _overview(report: Report) -> str:
    fresh = [shown for shown in report.fresh if shown.explained_by is None]
    new = "new " if report.compared else ""
    found = plural(len(fresh), f"{new}finding") if fresh else f"no {new}findings"
    facts = [f"{plural(len(report.packages), 'package')} for "
             + ", ".join(markdown.code(one.title) for one in report.configurations)]  # fmt: skip
    if report.failed:
        facts.append(f"**{len(report.failed)} of them failed to build**")
    if report.uncompared:
        facts.append(f"**{len(report.uncompared)} of them not compared: the base does not build**")
    if report.compared:
        facts.append(
            f"compared with {markdown.code(report.base) if report.base else 'the baseline'}"
        )
    known = len(report.for_people) - len(report.fresh)
    for number, about in (
        (known, "known"),
        (len(report.gone), "gone"),
        (report.left.suppressed, "suppressed by comments"),
        (report.left.excluded, "in excluded files"),
        (len(report.uncompiled), "generic without code here, so not looked at"),
    ):
        if number:
            facts.append(f"{number} {about}")
    return f"## golsp-mem: {found}\n\n{'; '.join(facts)}.\n\n"


def _sections(report: Report, places: _Places) -> Iterator[_Section]:
    fresh = ranked(report.fresh)
    code = [shown for shown in fresh if shown.explained_by is None]
    contracts = [shown for shown in code if shown.finding.code in _CONTRACTS]
    others = [shown for shown in code if shown.finding.code not in _CONTRACTS]
    explained = [shown for shown in fresh if shown.explained_by is not None]
    new = "New findings" if report.compared else "Findings"
    if contracts:
        yield _findings("Broken contracts", contracts, places)
    if report.failed:
        yield _failures(report, places)
    if code:
        yield _counts(code)
    if others:
        yield _findings(new, others, places)
    if explained:
        yield _findings("New, but not because of the code", explained, places, why=True)
    if report.gone:
        yield _gone(report.gone)


def _findings(
    title: str, findings: Iterable[Shown], places: _Places, *, why: bool = False
) -> _Section:
    titles = ("Place", "Function", "Code", "What", "Allocates", "Size:")
    return _Section(
        title,
        head((*titles, "Explained by") if why else titles),
        [_finding(shown, places, why) for shown in findings],
    )


def _finding(shown: Shown, places: _Places, why: bool) -> str:
    finding = shown.finding
    what = finding.message
    if shown.configurations:
        what += f" [{', '.join(shown.configurations)}]"
    cells = [
        places.of(finding.span.file, finding.span.line),
        cell(short_name(finding.function)),
        finding.code.value,
        cell(what),
        cell(verdict(finding)),
        # "40 B -> size class 48 B" is ours; the > would be fine, the arrow looks better.
        size(finding).replace("->", "→"),
    ]
    return row([*cells, cell(shown.explained_by or "")] if why else cells)


def _failures(report: Report, places: _Places) -> _Section:
    rows = []
    for package in report.failed:
        for error in errors_of(package):
            at = error.position
            where = places.of(at.file, at.line) if at else ""
            rows.append(row([cell(package.import_path), where, cell(said(error))]))
    titles = head(("Package", "Place", "Error"))
    return _Section("Packages that do not build", titles, rows, "error")


def _counts(findings: Sequence[Shown]) -> _Section:
    numbers = Counter(shown.finding.code for shown in findings)
    verdicts = Counter(
        (shown.finding.code, shown.finding.allocates)
        for shown in findings
        if shown.finding.code.speaks_of_heap
    )
    certain: Counter[Code] = Counter()
    for shown in findings:
        finding = shown.finding
        if finding.code.speaks_of_heap and finding.allocates is Allocates.ALWAYS:
            certain[finding.code] += finding.taken or 0
    rows = []
    for code in sorted(numbers, key=lambda code: (-numbers[code], code)):
        split = [str(verdicts[code, kind] or "") for kind in Allocates]
        known = amount(certain[code]) if certain[code] else ""
        address = href(code.value)
        name = markdown.link(code.value, address) if address else code.value
        rows.append(row([name, str(numbers[code]), *split, known]))
    titles = ("Code", "Findings:", "always:", "conditional:", "never:", "Known bytes:")
    return _Section("By code", head(titles), rows, "code")


def _gone(gone: Sequence[Gone]) -> _Section:
    rows = [
        row(
            [
                cell(one.code),
                cell(short_name(one.function)),
                cell(one.package),
                cell(one.explained_by or ""),
            ]
        )
        for one in gone
    ]
    return _Section("No longer there", head(("Code", "Function", "Package", "Explained by")), rows)


def _fitting(overview: str, sections: Iterable[_Section], limit: int) -> Iterator[str]:
    left = limit - len(overview.encode())
    if left < 0:
        return
    yield overview
    for section in sections:
        text = _cut(section, left)
        left -= len(text.encode())
        yield text


def _cut(section: _Section, limit: int) -> str:
    """The section in at most ``limit`` bytes: its first rows and, where not all have room, a line
    that says so; empty where not even that line has room."""
    opening = f"### {section.title}\n\n{section.head}"
    whole = f"{opening}{''.join(section.rows)}\n"
    if len(whole.encode()) <= limit:
        return whole
    # The longest that the last line can be: all rows are missing.
    room = limit - len((opening + _missing(len(section.rows), section.noun)).encode())
    rows: list[str] = []
    for line in section.rows:
        room -= len(line.encode())
        if room < 0:
            break
        rows.append(line)
    if rows:
        return f"{opening}{''.join(rows)}{_missing(len(section.rows) - len(rows), section.noun)}"
    alone = f"### {section.title}\n{_missing(len(section.rows), section.noun)}"
    return alone if len(alone.encode()) <= limit else ""


def _missing(number: int, noun: str) -> str:
    return f"\n*{plural(number, f'more {noun}')} not listed: a job summary holds 1 MiB.*\n\n"
