"""Lines for the person who called, on stderr: results go elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from golsp_mem import decisions
from golsp_mem.cli.render.printable import one_line

if TYPE_CHECKING:
    from golsp_mem.report.model import Report, Uncompared


def tell(text: str) -> None:
    click.echo(f"golsp-mem: {one_line(text)}", err=True)


def warn(text: str) -> None:
    tell(f"warning: {text}")


class _Decisions(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        click.echo(one_line(record.getMessage()), err=True)


def tell_decisions() -> None:
    """From now on, every decision between an allocating call and the report."""
    decisions.logger.addHandler(_Decisions())
    decisions.logger.setLevel(logging.DEBUG)
    decisions.logger.propagate = False


def hush(_: str) -> None:
    """Takes warnings where none are wanted."""


def tell_failed(report: Report) -> None:
    """The packages that do not build, with Go's first word on each."""
    for package in report.failed:
        tell(f"{package.import_path} does not build: {package.error or 'no message'}")


def tell_uncompared(
    packages: Sequence[Uncompared], base: str | None, *, accepted: bool = False
) -> bool:
    """The packages that could not be compared, and what helps. Returns whether that fails a gate:
    there are some, and nobody accepted it."""
    at = f"at {base}" if base else "in what it was compared with"
    for one in packages:
        tell(f"{one.import_path} does not build {at} and was not compared: {one.error}")
    if not packages:
        return False
    if not accepted:
        tell(
            "a base lacks files that git ignores and submodules: compare with one that builds or "
            "with a --baseline, or accept this with --allow-unbuilt-base"
        )
    return not accepted
