"""Lines for the person who called, on stderr: results go elsewhere."""

from __future__ import annotations

import click

from golsp_mem.cli.render.printable import one_line
from golsp_mem.report.model import Report


def tell(text: str) -> None:
    click.echo(f"golsp-mem: {one_line(text)}", err=True)


def warn(text: str) -> None:
    tell(f"warning: {text}")


def hush(_: str) -> None:
    """Takes warnings where none are wanted."""


def tell_failed(report: Report) -> None:
    """The packages that do not build, with Go's first word on each."""
    for package in report.failed:
        tell(f"{package.import_path} does not build: {package.error or 'no message'}")
