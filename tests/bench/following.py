"""What following calls costs a first run: CPU seconds, its own store empty and Go's cache full."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path


def measured(directory: Path, pattern: str, runs: int) -> Mapping[str, object]:
    """A check with calls in loops followed, as by default, and one without, in turn."""
    ways = {"with": (), "without": ("--ignore", "heap-call")}
    for options in ways.values():
        _seconds(directory, options, pattern)
    taken = {name: [] for name in ways}  # type: dict[str, list[float]]
    for _ in range(runs):
        for name, options in ways.items():
            taken[name].append(_seconds(directory, options, pattern))
    ratios = [a / b for a, b in zip(taken["with"], taken["without"], strict=True)]
    for name, seconds in taken.items():
        print(f"{name:8} median {statistics.median(seconds):.2f} s CPU  min {min(seconds):.2f} s")
    least = min(taken["with"]) / min(taken["without"])
    print(f"ratio    median {statistics.median(ratios):.2f}  of the least {least:.2f}")
    return {**taken, "ratio": statistics.median(ratios), "ratio_of_least": least}


def _seconds(directory: Path, options: tuple[str, ...], pattern: str) -> float:
    """Of golsp-mem and all that it starts."""
    argv = [sys.executable, "-m", "golsp_mem", "check", *options, "--output", os.devnull, pattern]
    with tempfile.TemporaryDirectory(prefix="golsp-mem-bench-") as store:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            argv, cwd=directory, env={**os.environ, "GOLSP_MEM_CACHE": store}, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
