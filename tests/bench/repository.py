"""A whole repository: the first run, runs where nothing changed, and a run right after a build."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import define, frozen


@frozen
class Taken:
    """Wall seconds of one run, and the most memory (MB, resident) that its Python processes had
    together."""

    seconds: float
    megabytes: float


def taken(argv: Sequence[str], directory: Path, variables: Mapping[str, str]) -> Taken:
    """Run to the end; the output is thrown away. Ends the program where the run fails."""
    started = time.perf_counter()
    child = subprocess.Popen(
        argv, cwd=directory, env={**os.environ, **variables}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    watched = Watched(child.pid)
    with watched.going_on():
        status = child.wait()
    if status not in (0, 1, 3):
        sys.exit(f"{' '.join(argv)} ended with {status}")
    return Taken(time.perf_counter() - started, watched.most)


@define
class Watched:
    """The memory of a process and of the Python processes below it, looked at while they run."""

    pid: int
    most: float = 0.0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(0.1):
                self.most = max(self.most, sum(map(_megabytes, _interpreters(self.pid))))

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _interpreters(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            below = Path(f"/proc/{one}/task/{one}/children").read_text()
            if "python" in Path(f"/proc/{one}/exe").readlink().name:
                yield one
        except OSError:
            continue
        waiting += map(int, below.split())


def _megabytes(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line) / 1024


def measured(directory: Path, pattern: str, runs: int, *, from_nothing: bool) -> dict[str, object]:
    """``from_nothing``: with build caches of its own, one filled by ``go list -gcflags=-m``, one
    by ``go build``; else with the user's, where only a warm run can be told."""
    go = shutil.which("go")
    if go is None:
        sys.exit("no go on PATH")
    bare = [go, "list", "-export", "-gcflags=-m", "-json=ImportPath,Export", "--", pattern]
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="golsp-mem-bench-") as place:
        ours = [sys.executable, "-m", "golsp_mem", "check", "--format", "json", "--output",
                f"{place}/report.json", "--", pattern]  # fmt: skip
        variables = {"GOLSP_MEM_CACHE": f"{place}/store"}
        if from_nothing:
            figures |= _after_build(go, ours, directory, pattern, Path(place))
            variables["GOCACHE"] = f"{place}/go-list"
            # What is not named is compiled without -m: no part of what is compared.
            others = _imported(go, directory, pattern)
            taken([go, "list", "-export", "--", *others], directory, variables)
            filled = taken(bare, directory, variables)
            first = taken(ours, directory, variables)
            figures |= {
                "fill_seconds": filled.seconds,
                "first_seconds": first.seconds,
                "first_ratio": first.seconds / filled.seconds,
                "first_megabytes": first.megabytes,
            }
        else:
            first = taken(ours, directory, variables)
            figures |= {"first_seconds": first.seconds, "first_megabytes": first.megabytes}
        for argv in (bare, ours, ours):
            taken(argv, directory, variables)
        pairs = [(taken(ours, directory, variables), taken(bare, directory, variables))
                 for _ in range(runs)]  # fmt: skip
        ratios = [a.seconds / b.seconds for a, b in pairs]
        figures |= {
            "warm_seconds": statistics.median(a.seconds for a, _ in pairs),
            "go_list_seconds": statistics.median(b.seconds for _, b in pairs),
            "warm_ratio": statistics.median(ratios),
            "warm_ratio_least": min(ratios),
            "warm_megabytes": max(a.megabytes for a, _ in pairs),
        }
    return figures


def _imported(go: str, directory: Path, pattern: str) -> list[str]:
    """What the named packages import: of themselves an archive without -m would be a build that a
    check takes its archives from."""
    imported = "{{if .DepOnly}}{{.ImportPath}}{{end}}"
    argv = [go, "list", "-deps", "-f", imported, "--", pattern]
    return subprocess.check_output(argv, cwd=directory, text=True).split()


def _after_build(
    go: str, ours: Sequence[str], directory: Path, pattern: str, place: Path
) -> dict[str, object]:
    """A check right after ``go build``, as in a CI job."""
    cache = {"GOCACHE": f"{place}/go-build", "GOLSP_MEM_CACHE": f"{place}/store-after-build"}
    built = taken([go, "build", "--", pattern], directory, cache)
    checked = taken(ours, directory, cache)
    return {
        "build_seconds": built.seconds,
        "after_build_seconds": checked.seconds,
        "after_build_ratio": checked.seconds / built.seconds,
    }
