"""``python -m tests.bench DIRECTORY [PATTERN]``: a warm check against the bare go command.

Both are run in turn, so that a machine that gets slower gets slower for both; what counts is
the median of the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path


def seconds(argv: Sequence[str], directory: Path) -> float:
    """Wall seconds of one run; its output is thrown away."""
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}")
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("pattern", nargs="?", default="./...")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    go = shutil.which("go")
    if go is None:
        sys.exit("no go on PATH")
    bare = [go, "list", "-export", "-gcflags=-m", "-json=ImportPath,Export", "--", options.pattern]
    ours = [sys.executable, "-m", "golsp_mem", "check", "--format", "json", "--output", os.devnull,
            "--", options.pattern]  # fmt: skip
    for argv in (bare, ours):
        seconds(argv, options.directory)
    pairs = [
        (seconds(ours, options.directory), seconds(bare, options.directory))
        for _ in range(options.runs)
    ]
    for name, times in (("check", [a for a, _ in pairs]), ("go list", [b for _, b in pairs])):
        print(f"{name:8} median {statistics.median(times):.2f} s  min {min(times):.2f} s")
    ratios = [a / b for a, b in pairs]
    print(f"ratio    median {statistics.median(ratios):.2f}  max {max(ratios):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
