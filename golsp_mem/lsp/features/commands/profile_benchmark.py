"""The command ``golsp-mem.profileBenchmark``: run one benchmark and show what its lines allocate.

Takes ``{"uri", "name"}``, returns ``{"topic", "markdown", "numbers"}``; shown like an explanation.
Building and running takes long: there is progress, and its button cancels.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

import cattrs
from attrs import frozen
from lsprotocol import converters, types
from pygls.exceptions import JsonRpcInvalidParams

from golsp_mem.advice.benchmarks import benchmarks_markdown
from golsp_mem.errors import GolspMemError, UsageError
from golsp_mem.lsp.client.progress import Reporter, reporting
from golsp_mem.lsp.connection import GolspMemServer
from golsp_mem.lsp.state.view import report_of_view
from golsp_mem.model import Position
from golsp_mem.report.measured.profiling import BenchmarkPlan, Profiled, run_all
from golsp_mem.report.model import Report
from golsp_mem.toolchain.benchmarks import tested_packages

COMMAND = "golsp-mem.profileBenchmark"
_SOON_SECONDS = 0.1


@frozen
class ProfileRequest:
    """The benchmark function of a file."""

    uri: str
    name: str


def register(server: GolspMemServer) -> None:
    """Register the command."""

    @server.command(COMMAND)
    async def profile(ls: GolspMemServer, *arguments: object) -> dict[str, object] | None:
        wanted = wanted_of(arguments)
        running: list[asyncio.Task[Profiled]] = []

        def cancel() -> None:
            for task in running:
                task.cancel()

        async with reporting(
            ls, f"Profiling {wanted.name}", cancel, after=_SOON_SECONDS,
            enabled=ls.session.client.progress,
        ) as reporter:  # fmt: skip
            running.append(asyncio.create_task(_profile(ls, wanted, reporter)))
            await asyncio.wait(running)
        [task] = running
        if task.cancelled():
            return None
        error = task.exception()
        if isinstance(error, GolspMemError):
            ls.notices.tell(f"golsp-mem: {error}", types.MessageType.Warning)
            return None
        done = task.result()
        for failure in done.failed:
            ls.notices.tell(f"golsp-mem: {failure}", types.MessageType.Warning)
        return await _shown(ls, done.report)


def wanted_of(arguments: Sequence[object]) -> ProfileRequest:
    """The benchmark that a client's arguments name. Raises JsonRpcInvalidParams."""
    try:
        wanted = converters.get_converter().structure(arguments[0], ProfileRequest)
    except (cattrs.BaseValidationError, TypeError, AttributeError, IndexError) as error:
        raise JsonRpcInvalidParams("name a benchmark function and its uri") from error
    if not is_benchmark(wanted.name):
        raise JsonRpcInvalidParams(f"{wanted.name} is no benchmark function")
    return wanted


def is_benchmark(function: str) -> bool:
    """Whether a function has a name that ``go test`` takes for a benchmark's."""
    return re.fullmatch(r"Benchmark(?![a-z])\w*", function) is not None


async def _profile(ls: GolspMemServer, wanted: ProfileRequest, reporter: Reporter) -> Profiled:
    reading = ls.reading(wanted.uri)
    if reading is None:
        raise UsageError("this file has not been analysed; open it and save it once")
    view = reading.view
    toolchain = await reading.engine.toolchain()
    directory = Path(reading.document.name).parent
    packages = await tested_packages(toolchain, ["."], directory=directory, settings=view.settings)
    functions = {
        facts.name: Position(facts.file, facts.line)
        for package in view.packages
        for facts in package.functions
    }
    return await run_all(
        toolchain, packages, BenchmarkPlan(bench=f"^{wanted.name}$"), report_of_view(view),
        functions, settings=view.settings, on_progress=reporter,
    )  # fmt: skip


async def _shown(ls: GolspMemServer, report: Report) -> dict[str, object]:
    markdown = benchmarks_markdown(report, ls.session.link_to)
    if not ls.session.client.explains:
        await ls.pages.show("profile", markdown)
    found = (report.measurement.benchmarks if report.measurement else None) or ()
    numbers = {
        one.name: {"allocs_per_op": one.allocs_per_op, "bytes_per_op": one.bytes_per_op}
        for one in found
    }
    return {"topic": "profile", "markdown": markdown, "numbers": numbers}
