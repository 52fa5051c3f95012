"""``python -m tests.differential [--modules N] [--first SEED]``: random modules in every way.

For each: the engine from the disk and over other texts, `check` cold, warm and without a store,
shards joined, the language server after saves: identical. And what is said to allocate always, or
never, does so in a run of the program (the oracle of ``tests.truth``). Exit status 1: something
differs.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from tests.differential import ways
from tests.differential.modules import random_module
from tests.files import write_files
from tests.toolchains import go_binary


@click.command()
@click.option("--modules", default=200, help="How many.")
@click.option("--first", default=0, help="The first seed.")
@click.option("--keep", is_flag=True, help="Leave modules that differ where they are.")
@click.option("--server/--no-server", "with_server", default=True)
@click.option("--truth/--no-truth", "with_truth", default=True)
def main(modules: int, first: int, keep: bool, with_server: bool, with_truth: bool) -> None:
    """Compare all ways on random modules."""
    wrong = 0
    for seed in range(first, first + modules):
        directory = Path(tempfile.mkdtemp(prefix="golsp-mem-random-"))
        differences = list(compare(seed, directory, server=with_server, truth=with_truth))
        wrong += bool(differences)
        print(f"seed {seed}: {'; '.join(differences) or 'identical'}", flush=True)
        if not (keep and differences):
            shutil.rmtree(directory, ignore_errors=True)
    print(f"{modules - wrong} of {modules} modules are the same in every way")
    sys.exit(bool(wrong))


def compare(seed: int, directory: Path, *, server: bool, truth: bool) -> Iterator[str]:
    """What differs for a module, in words."""
    files = random_module(seed)
    write_files(directory / "m", files)
    module, store = directory / "m", directory / "store"
    try:
        cold = ways.check(module, store)
        if not cold:
            yield "no findings at all"
        for name, found in (
            ("warm", ways.check(module, store)),
            ("without a store", ways.check(module, None)),
            ("two shards", ways.shards(module, None, 2)),
        ):
            yield from _difference(f"check, {name}", cold, found)
        yield from _difference("overlay", ways.from_disk(module), ways.overlay(module, files))
        if server:
            shown = ways.as_shown(module, store)
            yield from _difference("server", shown, ways.server(module, files))
        if truth:
            yield from _untrue(module, directory / "truth")
    except (ways.WayFailedError, queue.Empty, subprocess.TimeoutExpired) as error:
        yield f"{type(error).__name__}: {error}"


def _difference(name: str, expected: list[str], found: list[str]) -> Iterator[str]:
    if expected != found:
        missing = [one for one in expected if one not in found]
        more = [one for one in found if one not in expected]
        first = (missing or more or ["in another order"])[0]
        yield f"{name}: {len(missing)} missing, {len(more)} more, first {first[:300]}"


def _untrue(module: Path, kept: Path) -> Iterator[str]:
    """What the running program contradicts."""
    from tests.truth.__main__ import measure
    from tests.truth.compare import Kind
    from tests.truth.corpus import targets
    from tests.truth.runs import Go, Options

    os.environ["GOLSP_MEM_TRUTH_CACHE"] = str(kept)
    go = Go.at(go_binary("1.26"))
    for target in targets(f"{module}/...", go):
        row = measure(go, target, Options(limit=60))
        if row.judgement is None or row.note:
            yield f"truth of {target.import_path}: {row.note}"
            continue
        for one in row.judgement.disagreements:
            if one.kind is not Kind.TINY:
                place = f"{Path(one.file).name}:{one.line}:{one.column}"
                yield f"{one.kind} at {place}: {one.code} {one.detail}"


if __name__ == "__main__":
    main()
