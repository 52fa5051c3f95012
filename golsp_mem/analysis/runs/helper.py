"""A process that reads packages for another one (`golsp_mem.analysis.runs.together`).

On stdin come lines of JSON, a package and its compiler's text in each; on stdout goes a line for
each: the key under which the store has the analysis, nothing where it could not be made.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from golsp_mem.analysis.cache.digests import Digests
from golsp_mem.analysis.cache.store import Store
from golsp_mem.analysis.compiler_text import CompilerText
from golsp_mem.analysis.runs.run import Job, Run
from golsp_mem.garbage import look_seldom

T = TypeVar("T")


def main(job_file: str) -> None:
    """Read until stdin ends. ``job_file`` was written by the process that started this one."""
    look_seldom()
    try:
        job, directory = pickle.loads(Path(job_file).read_bytes())  # noqa: S301 - our own file
        assert isinstance(job, Job)
        run = Run(job, CompilerText(apart=job.apart), Store(directory), Digests(), _at_once)
        for line in sys.stdin.buffer:
            sys.stdout.write(f"{_answer(run, line)}\n")
            sys.stdout.flush()
    except (KeyboardInterrupt, BrokenPipeError):
        # Whoever asked has gone.
        os._exit(1)


def _answer(run: Run, line: bytes) -> str:
    question = json.loads(line)
    for name, lines in question["texts"].items():
        run.text.lines[name].update(dict.fromkeys(lines))
    # Digests are taken before anything is read: the store keeps nothing that changed since.
    compiled = run.compiled(question["package"])
    try:
        analysis = asyncio.run(run.read(compiled))
        run.move_on()
    except Exception:  # noqa: BLE001 - it is read once more by who asked, and fails there if it must
        return ""
    return compiled.key if analysis is not None else ""


async def _at_once(work: Callable[[], T]) -> T:
    return work()
