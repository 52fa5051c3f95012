"""What a long run is doing, on a terminal's stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from golsp_mem.cli.render.printable import one_line

if TYPE_CHECKING:
    from golsp_mem.analysis.engine import Progress

Report = Callable[["Progress"], None]


@contextmanager
def shown_progress(quiet: bool) -> Iterator[Report | None]:
    """A callback that draws, gone when the block ends; None when nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    # rich takes 0.1 s to import: only where it draws.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import Progress as Bar  # noqa: PLC0415

    bar = Bar(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("Starting", total=None)

        def report(progress: Progress) -> None:
            bar.update(
                task,
                description=one_line(progress.message),
                completed=progress.done,
                total=progress.total,
            )

        yield report
