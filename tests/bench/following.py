"""What following calls costs: a first run in CPU seconds, its own store empty and Go's cache full;
and a save of a file that promises something of its calls."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.bench.client import Server
from tests.bench.saves import RELEASE, Saver
from tests.toolchains import go_binary

# Seconds until nobody works on an earlier save.
_SETTLED = 5.0


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


def promised(
    directory: Path, package: str, file: str, function: str, runs: int
) -> Mapping[str, object]:
    """Saves of a file one function of which (``func`` and what follows, as written) promises to
    allocate nothing, itself and all that it calls, beside the same where it promises that of its
    own code alone; in two copies, in turn."""
    go = str(go_binary(RELEASE))
    os.environ["PATH"] = f"{Path(go).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["GOTOOLCHAIN"] = "local"
    wall, cpu = {"calls": [], "local": []}, {"calls": [], "local": []}  # type: ignore[var-annotated]
    with ExitStack() as stack:
        servers, savers = {}, {}
        for name, promise in (("calls", "noalloc"), ("local", "noalloc local")):
            scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="golsp-mem-bench-"))
            module = Path(scratch) / "module"
            shutil.copytree(directory, module)
            path = module / package / file
            text = path.read_text()
            path.write_text(
                text.replace(f"\n{function}", f"\n//golsp-mem:{promise}\n{function}", 1)
            )
            if path.read_text() == text:
                sys.exit(f"{path}: no {function}")
            servers[name] = Server([sys.executable, "-m", "golsp_mem", "serve", "--go", go], module)
            stack.callback(servers[name].stop)
            savers[name] = Saver(servers[name], path, "golsp-mem")
            savers[name].save(0)
        for number in range(1, runs + 1):
            for name, saver in savers.items():
                saver.undo()
                time.sleep(_SETTLED)
                before = servers[name].cpu_seconds()
                wall[name].append(saver.save(number))
                # What is still done of it before the go command is asked.
                time.sleep(0.5)
                cpu[name].append(servers[name].cpu_seconds() - before)
    figures: dict[str, object] = {}
    for kind, taken in (("wall", wall), ("own_cpu", cpu)):
        ratios = [a / b for a, b in zip(taken["calls"], taken["local"], strict=True)]
        least = min(taken["calls"]) / min(taken["local"])
        median = statistics.median(ratios)
        print(f"{kind:8} {statistics.median(taken['calls']):.2f} s beside "
              f"{statistics.median(taken['local']):.2f} s  ratio median {median:.2f}  "
              f"of the least {least:.2f}")  # fmt: skip
        figures[kind] = {**taken, "ratio": median, "ratio_of_least": least}
    return figures
