"""Every format of a report by its name. The others need not load when one is wanted."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.style import Style, wants_colour
from golsp_mem.errors import UsageError
from golsp_mem.model import Severity

if TYPE_CHECKING:
    from golsp_mem.report.model import Report

FORMATS = ("text", "json", "sarif", "github", "gitlab", "rdjsonl", "checkstyle", "junit")

# A pipe has no width: long enough for ordinary lines, short enough for a log viewer.
PIPE_WIDTH = 160


@frozen
class Form:
    """How a report is asked for. ``output`` None is stdout; ``tell`` takes lines for people.

    Of text only: ``sort``, ``by`` and ``full`` as the flags say (`golsp_mem.cli.choosing`).
    """

    name: str
    output: Path | None = None
    colour: str = "auto"
    quiet: bool = False
    statistics: bool = False
    sort: str | None = None
    by: str | None = None
    full: bool = False
    fail_on: Severity | None = Severity.WARNING
    tell: Callable[[str], None] = lambda _: None

    @property
    def encoding(self) -> str:
        """Text on stdout is for a terminal of its own encoding; all else is UTF-8."""
        if self.output is None and self.name == "text":
            return sys.stdout.encoding or "utf-8"
        return "utf-8"


def checked_format(name: str) -> str:
    """The name of a format. Raises UsageError for any other word."""
    if name not in FORMATS:
        raise UsageError(f"--format: {name!r} is not one of {', '.join(FORMATS)}")
    return name


def rendered(report: Report, form: Form) -> Iterator[bytes]:
    """The report in a form, in pieces."""
    for chunk in _text_of(report, form):
        yield chunk.encode(form.encoding, "backslashreplace")


def _text_of(report: Report, form: Form) -> Iterator[str]:
    sources = SourceTexts.of(report)
    if form.name == "json":
        from golsp_mem.report.json import writer as json_writer  # noqa: PLC0415

        return json_writer.render(report)
    if form.name == "sarif":
        from golsp_mem.cli.render.sarif import document as sarif  # noqa: PLC0415

        return sarif.render(report, sources, form.tell, workspace())
    if form.name == "github":
        from golsp_mem.cli.render.ci import github  # noqa: PLC0415

        return github.render(report, sources, workspace())
    if form.name == "gitlab":
        from golsp_mem.cli.render.ci import gitlab  # noqa: PLC0415

        return gitlab.render(report, sources, workspace())
    if form.name == "rdjsonl":
        from golsp_mem.cli.render.ci import rdjsonl  # noqa: PLC0415

        return rdjsonl.render(report, sources)
    if form.name == "checkstyle":
        from golsp_mem.cli.render.ci import checkstyle  # noqa: PLC0415

        return checkstyle.render(report, sources)
    if form.name == "junit":
        from golsp_mem.cli.render.ci import junit  # noqa: PLC0415

        return junit.render(report, sources, form.fail_on)
    return _plain(report, sources, form)


def style_of(form: Form) -> Style:
    """Colours on a terminal, none in a file unless they were asked for."""
    to_file = form.output is not None and form.colour == "auto"
    return Style(not to_file and wants_colour(form.colour, sys.stdout))


def _plain(report: Report, sources: SourceTexts, form: Form) -> Iterator[str]:
    from golsp_mem.cli.render.terminal import text  # noqa: PLC0415
    from golsp_mem.cli.render.terminal.listing import FEW, FIRST, Listing  # noqa: PLC0415

    terminal = form.output is None and sys.stdout.isatty()
    options = text.TextOptions(
        style=style_of(form),
        width=shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if terminal else PIPE_WIDTH,
        summary=not form.quiet or form.statistics,
        statistics=form.statistics,
        by=form.by,
    )
    # A screen holds some; what is piped or kept is complete.
    short = terminal and form.sort is None and not form.full and len(report.fresh) > FEW
    if short or (form.sort not in (None, "position") and not form.full):
        listing = Listing(form.sort or "rank", FIRST if short else None)
        options = evolve(options, listing=listing)
    return text.render(report, sources, options)


def workspace() -> str | None:
    """Where GitHub or GitLab checked the repository out, when one of them runs us."""
    return os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR")
