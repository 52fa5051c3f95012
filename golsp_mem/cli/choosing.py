"""Which findings to tell, and in which order: the flags of the commands that list them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click
from attrs import fields, frozen

from golsp_mem.errors import UsageError
from golsp_mem.model import PathKind

if TYPE_CHECKING:
    from golsp_mem.report.model import Report

SORTS = ("rank", "position", "bytes")
GROUPS = ("function", "package", "type", "cause")


@frozen
class Choice:
    """What was asked for. ``paths`` empty: all; ``top`` None: all; ``by`` None: no table."""

    sort: str | None = None
    top: int | None = None
    path: str | None = None
    hot_only: bool = False
    by: str | None = None
    full: bool = False
    profile: tuple[str, ...] = ()
    sample_index: str = "alloc"

    def check(self) -> None:
        """Raises UsageError for what cannot be, before work is done."""
        _ = self.paths

    @property
    def paths(self) -> frozenset[PathKind]:
        """The paths whose findings are told. Raises UsageError for words that are none."""
        if self.path is not None and self.hot_only:
            raise UsageError("--hot-only stands for --path normal,loop; write one of them")
        if not self.hot_only and self.path is None:
            return frozenset()
        from golsp_mem.report import selection  # noqa: PLC0415

        if self.hot_only:
            return selection.HOT
        return selection.parse_paths(self.path) if self.path is not None else frozenset()

    def on_paths(self, report: Report) -> Report:
        """What is left to judge: the findings on the paths asked for."""
        from golsp_mem.report import selection  # noqa: PLC0415

        return selection.on_paths(report, self.paths) if self.paths else report

    def first(self, report: Report) -> Report:
        """What is left to tell: the first of the order."""
        from golsp_mem.report import selection  # noqa: PLC0415

        return selection.first(report, self.top) if self.top is not None else report


def choice_options(command: Callable[..., int]) -> Callable[..., int]:
    """Adds the flags of `Choice`; the command gets them as its argument ``choice``."""
    names = [attribute.name for attribute in fields(Choice)]

    @functools.wraps(command)
    def gathered(**arguments: Any) -> int:
        return command(choice=Choice(**{n: arguments.pop(n) for n in names}), **arguments)

    made: Callable[..., int] = gathered
    for option in (
        click.option(
            "--sample-index", type=click.Choice(["alloc", "inuse"]), default="alloc",
            help="Of heap profiles: all that was allocated, or what was in use.",
        ),
        click.option(
            "--profile", multiple=True, metavar="FILE",
            help="A profile of pprof. Heap: what was measured leads; CPU: where stacks grow "
            "(repeatable).",
        ),
        click.option("--full", is_flag=True, help="Text: every finding with its source line."),
        click.option(
            "--by", type=click.Choice(GROUPS), help="Text: a table, one line for each of these."
        ),
        click.option(
            "--hot-only", is_flag=True, help="Not on error, panic, once and test paths."
        ),
        click.option(
            "--path", metavar="PATHS",
            help=f"Only findings whose lines run there: {', '.join(PathKind)}.",
        ),
        click.option("--top", metavar="N", type=click.IntRange(min=1), help="Only the first N."),
        click.option(
            "--sort", type=click.Choice(SORTS),
            help="Order of text: what is worth an hour first (explain ranking), position, bytes.",
        ),
    ):  # fmt: skip
        made = option(made)
    return made
