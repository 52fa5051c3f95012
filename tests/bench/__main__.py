"""``python -m tests.bench``: how long a save and a check take, beside gopls and the go command.

``saves MODULE PACKAGE FILE`` measures saves of one file beside gopls (with its compiler details
on, unless ``--alone``) and one bare compile with -m; the module is written to, so name a copy (of
a GOROOT its ``src``: then its own go is used).
``table DIRECTORY [NAME…]`` does so for the rows of `ROWS` whose module lies there (of them those
that begin with a NAME), in copies, and prints one table.
``check DIRECTORY [PATTERN]`` measures a warm check beside the bare go list; ``repository`` the
first run, too, its memory, and with ``--from-nothing`` the run that fills a build cache and a check
right after ``go build`` (minutes); ``calls DIRECTORY`` what following calls costs a first check;
``promised MODULE PACKAGE FILE FUNC`` what a promise costs a save (FUNC: ``func F``); ``start
DIRECTORY`` how soon the program is there; ``memory MODULE PACKAGE FILE`` what the server keeps;
``typed MODULE PACKAGE FILE`` text that is typed and a file that is opened, beside a save;
``hover DIRECTORY`` a hover with a flow beside the compiler that prints it; ``lightbulb MODULE
PACKAGE FILE LINE`` how soon an edit of a line is offered after a save, beside the save. ``--json
FILE`` keeps the figures. What is compared runs in turn, so that a machine that gets slower gets
slower for both; what counts is the median of the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import following, repository, serving, starting
from tests.bench.saves import measured


def seconds(argv: Sequence[str], directory: Path) -> float:
    """Wall seconds of one run; its output is thrown away."""
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}")
    return time.perf_counter() - started


def check(directory: Path, pattern: str, runs: int) -> Mapping[str, object]:
    """A warm check and the bare go command, in turn."""
    go = shutil.which("go")
    if go is None:
        sys.exit("no go on PATH")
    bare = [go, "list", "-export", "-gcflags=-m", "-json=ImportPath,Export", "--", pattern]
    ours = [sys.executable, "-m", "golsp_mem", "check", "--format", "json", "--output", os.devnull,
            "--", pattern]  # fmt: skip
    for argv in (bare, ours):
        seconds(argv, directory)
    pairs = [(seconds(ours, directory), seconds(bare, directory)) for _ in range(runs)]
    for name, times in (("check", [a for a, _ in pairs]), ("go list", [b for _, b in pairs])):
        print(f"{name:8} median {statistics.median(times):.2f} s  min {min(times):.2f} s")
    ratios = [a / b for a, b in pairs]
    print(f"ratio    median {statistics.median(ratios):.2f}  max {max(ratios):.2f}")
    return {"check_seconds": [a for a, _ in pairs], "go_list_seconds": [b for _, b in pairs],
            "ratio": statistics.median(ratios)}  # fmt: skip


def saves(module: Path, package: str, file: str, runs: int, *, alone: bool) -> Mapping[str, object]:
    row = measured(module.resolve(), package, file, runs, beside=not alone)
    figures = row.as_json()
    print(f"{row.package} {row.file}")
    for name, times in (
        ("save", row.ours), ("own CPU", row.cpu), ("gopls", row.gopls), ("trial", row.trials),
        ("compile -m", row.bare),
    ):  # fmt: skip
        if times:
            print(f"  {name:10} median {statistics.median(times):.2f} s  min {min(times):.2f} s")
    for name in (
        "ratio_to_gopls", "ratio_to_compile", "trial_ratio_to_compile", "megabytes",
        "gopls_megabytes",
    ):  # fmt: skip
        print(f"  {name:18} {figures[name]}")
    return figures


ROWS = (
    ("mux", ".", "mux.go"),
    ("mux", ".", "mux_test.go"),
    ("gin", ".", "gin.go"),
    ("gin", ".", "context_test.go"),
    ("cobra", ".", "command.go"),
    ("cobra", ".", "command_test.go"),
    # A copied GOROOT has no row here: x/net has much of net/http.
    ("net", "http2", "server.go"),
    ("containerd", "core/content", "helpers.go"),
    ("containerd", "internal/cri/server", "container_create.go"),
)
_HEAD = ("package", "save", "gopls", "compile -m", "/ gopls", "/ compile", "trial / compile", "MB")


def table(modules: Path, names: Sequence[str], runs: int, *, alone: bool) -> Mapping[str, object]:
    rows = [row for row in ROWS if (modules / row[0]).is_dir()]
    rows = [row for row in rows if not names or f"{row[0]}/{row[1]}".startswith(tuple(names))]
    if not rows:
        sys.exit(f"{modules} has none of {', '.join(row[0] for row in ROWS)}")
    found = []
    with tempfile.TemporaryDirectory() as copies:
        for name, package, file in rows:
            copy = Path(copies, name)
            if not copy.exists():
                shutil.copytree(modules / name, copy, symlinks=True)
            row = measured(copy, package, file, runs, beside=not alone)
            found.append(row)
            print(f"{row.package} {file}: done", file=sys.stderr)
    print(" | ".join(_HEAD))
    for row in found:
        figures = row.as_json()
        cells = [_median(times) for times in (row.ours, row.gopls, row.bare)]
        ratios = ("ratio_to_gopls", "ratio_to_compile", "trial_ratio_to_compile")
        cells += [_two_digits(figures[key]) for key in ratios]
        print(" | ".join([f"{row.package} {row.file}", *cells, f"{row.megabytes:.0f}"]))
    return {"rows": [row.as_json() for row in found]}


def _median(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.2f} s" if times else "-"


def _two_digits(figure: object) -> str:
    return f"{figure:.2f}" if isinstance(figure, float) else "-"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    kinds = parser.add_subparsers(dest="kind", required=True)
    saving = kinds.add_parser("saves")
    saving.add_argument("module", type=Path)
    saving.add_argument("package")
    saving.add_argument("file")
    saving.add_argument("--alone", action="store_true")
    every = kinds.add_parser("table")
    every.add_argument("directory", type=Path)
    every.add_argument("names", nargs="*")
    every.add_argument("--alone", action="store_true")
    checking = kinds.add_parser("check")
    checking.add_argument("directory", type=Path)
    checking.add_argument("pattern", nargs="?", default="./...")
    whole = kinds.add_parser("repository")
    whole.add_argument("directory", type=Path)
    whole.add_argument("pattern", nargs="?", default="./...")
    whole.add_argument("--from-nothing", action="store_true")
    promised = kinds.add_parser("promised")
    for name in ("directory", "package", "file", "function"):
        promised.add_argument(name, type=Path if name == "directory" else str)
    following_calls = kinds.add_parser("calls")
    following_calls.add_argument("directory", type=Path)
    following_calls.add_argument("pattern", nargs="?", default="./...")
    kinds.add_parser("start").add_argument("directory", type=Path)
    keeping = kinds.add_parser("memory")
    keeping.add_argument("module", type=Path)
    keeping.add_argument("package")
    keeping.add_argument("file")
    keeping.add_argument("--saves", type=int, default=500)
    typing = kinds.add_parser("typed")
    typing.add_argument("module", type=Path)
    typing.add_argument("package")
    typing.add_argument("file")
    kinds.add_parser("hover").add_argument("directory", type=Path)
    lighting = kinds.add_parser("lightbulb")
    lighting.add_argument("module", type=Path)
    lighting.add_argument("package")
    lighting.add_argument("file")
    lighting.add_argument("line", type=int)
    options = parser.parse_args()
    figures = _figures(options)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def _figures(options: argparse.Namespace) -> Mapping[str, object]:
    if options.kind == "check":
        return check(options.directory, options.pattern, options.runs)
    if options.kind == "promised":
        return following.promised(
            options.directory, options.package, options.file, options.function, options.runs
        )
    if options.kind == "calls":
        return following.measured(options.directory, options.pattern, options.runs)
    if options.kind == "table":
        return table(options.directory, options.names, options.runs, alone=options.alone)
    if options.kind == "saves":
        return saves(
            options.module, options.package, options.file, options.runs, alone=options.alone
        )
    if options.kind == "repository":
        figures = repository.measured(
            options.directory.resolve(), options.pattern, options.runs,
            from_nothing=options.from_nothing,
        )  # fmt: skip
    elif options.kind == "start":
        figures = starting.measured(options.directory.resolve(), options.runs)
    elif options.kind == "memory":
        figures = serving.memory(
            options.module.resolve(), options.package, options.file, options.saves
        )
    elif options.kind == "lightbulb":
        figures = serving.lightbulb(
            options.module.resolve(), options.package, options.file, options.line, options.runs
        )
    elif options.kind == "typed":
        figures = serving.typed(
            options.module.resolve(), options.package, options.file, options.runs
        )
    else:
        figures = serving.hover(options.directory.resolve(), options.runs)
    for name, figure in figures.items():
        print(f"{name:24} {figure:.2f}" if isinstance(figure, float) else f"{name:24} {figure}")
    return figures


if __name__ == "__main__":
    sys.exit(main())
