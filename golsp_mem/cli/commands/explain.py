"""``golsp-mem explain``: a topic, a code, or a place in the user's code."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from golsp_mem.cli.options import (
    PLACE,
    ToolchainFlags,
    colour_option,
    format_option,
    toolchain_options,
)
from golsp_mem.cli.output import write_stdout
from golsp_mem.cli.render.printable import printable
from golsp_mem.cli.render.terminal.style import wants_colour
from golsp_mem.cli.running import run
from golsp_mem.errors import GolspMemError, UsageError
from golsp_mem.report.json.jsons import dumps

if TYPE_CHECKING:
    from golsp_mem.advice.explanations.explain import Explanation
    from golsp_mem.config import Settings

# rich draws no links to files; their text names the file and the line already.
_FILE_LINK = re.compile(r"\[(?P<text>`[^`]*`|[^\]]*)\]\(file:[^)]*\)")
# Longer lines of prose are hard to read.
WIDEST = 100


@click.command("explain")
@click.argument("subject", required=False, metavar="[TOPIC|CODE|FILE:LINE[:COL]]")
@format_option("text", "markdown", "json")
@colour_option
@toolchain_options
def command(flags: ToolchainFlags, subject: str | None, format_: str, colour: str) -> int:
    """Explain a topic (stack-growth), a code (heap-boxing) or a place in your code.

    Without an argument: the list of topics. For a place the explanation has the numbers of
    the code there; columns are 1-based bytes, as Go prints them.
    """
    root = flags.root()
    place = PLACE.fullmatch(subject) if subject else None
    if place:
        file = root / place["file"]
        settings = flags.settings_at(file.parent if file.parent.is_dir() else root)
        column = int(place["column"]) if place["column"] else None
        explanation = _at_place(settings, file, int(place["line"]), column)
    elif subject and subject.partition(":")[0].endswith(".go"):
        raise UsageError(f"{subject}: write FILE:LINE or FILE:LINE:COL")
    elif subject:
        explanation = _of_topic(subject, lambda: flags.settings_at(root), root)
    else:
        explanation = _contents()
    _write(explanation, format_, colour)
    return 0


def _at_place(settings: Settings, file: Path, line: int, column: int | None) -> Explanation:
    if not file.is_file():
        raise UsageError(f"{file}: {'not a regular file' if file.exists() else 'no such file'}")
    if file.suffix != ".go":
        raise UsageError(f"{file}: not a Go file")
    if line < 1 or column == 0:
        raise UsageError("lines and columns count from 1")
    # These take their time to import: only for a place.
    from golsp_mem.advice.explanations.calls_page import calls_page  # noqa: PLC0415
    from golsp_mem.advice.explanations.explain import explain_place  # noqa: PLC0415
    from golsp_mem.advice.explanations.inlining_words import inlining_words  # noqa: PLC0415
    from golsp_mem.advice.explanations.stack_page import stack_page  # noqa: PLC0415
    from golsp_mem.analysis.call_program import CallPrograms  # noqa: PLC0415
    from golsp_mem.analysis.engine import Engine  # noqa: PLC0415
    from golsp_mem.analysis.program import Programs  # noqa: PLC0415

    engine = Engine(settings, file.parent)
    page = stack_page(Programs(), engine, file, line)
    calls = calls_page(CallPrograms(), engine, file)
    return run(
        explain_place(
            engine, file, line, column, stack=page, calls=calls, inlining=inlining_words(engine)
        )
    )


def _of_topic(name: str, settings: Callable[[], Settings], directory: Path) -> Explanation:
    from golsp_mem.advice.explanations.explain import explain_topic  # noqa: PLC0415

    # A wrong name is said before anything is looked for.
    page = explain_topic(name)
    release = _release(settings, directory)
    return explain_topic(name, release) if release else page


def _release(settings: Callable[[], Settings], directory: Path) -> str | None:
    """The release of the Go that would be used; a page can be read without any."""
    from golsp_mem.toolchain.go import find_go  # noqa: PLC0415

    try:
        return run(find_go(settings(), directory)).version.version
    except GolspMemError:
        return None


def _contents() -> Explanation:
    from golsp_mem.advice.explanations.explain import Explanation, topics  # noqa: PLC0415

    lines = ["# Topics", "", "Print one with `golsp-mem explain NAME`.", ""]
    lines += [f"- `{topic.name}`: {topic.summary}" for topic in topics()]
    return Explanation("topics", "\n".join(lines) + "\n")


def _write(explanation: Explanation, format_: str, colour: str) -> None:
    if format_ == "json":
        document = {
            "topic": explanation.topic,
            "markdown": explanation.markdown,
            "numbers": explanation.numbers.as_json(),
        }
        write_stdout([(dumps(document, indent=2) + "\n").encode()])
        return
    # Identifiers of the user's code are in the text: no escape sequence may pass.
    safe = "\n".join(printable(line.expandtabs(4)) for line in explanation.markdown.split("\n"))
    coloured = wants_colour(colour, sys.stdout)
    if format_ == "text" and (coloured or sys.stdout.isatty()):
        _draw(safe, coloured)
        return
    write_stdout([safe.encode(sys.stdout.encoding or "utf-8", "backslashreplace")])


def _draw(markdown: str, coloured: bool) -> None:
    from rich.console import Console  # noqa: PLC0415 - only where it draws
    from rich.markdown import Markdown  # noqa: PLC0415
    from rich.theme import Theme  # noqa: PLC0415

    # rich's own style for code sets a black background, which light terminals show as bars.
    console = Console(
        force_terminal=True,
        color_system="auto" if coloured else None,
        highlight=False,
        theme=Theme({"markdown.code": "cyan"}),
    )
    page = Markdown(_FILE_LINK.sub(r"\g<text>", markdown), code_theme="ansi_dark")
    console.print(page, width=min(console.width, WIDEST))
