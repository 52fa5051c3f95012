"""``python -m tests.fuzz [READER ...] [--seconds S] [--seed N]``: coverage-guided mutation.

Prints a line for each reader: inputs, lines of golsp_mem reached, what failed. Exit status 1: a
reader raised what is not its own, took longer than ten seconds for one input, or the process grew
above 2 GB. Such inputs are written to files named in the output.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from tests.fuzz.mutation import Mutator, lines_of
from tests.fuzz.readers import Reader, readers

SLOW_SECONDS = 10.0
MOST_KILOBYTES = 2 << 20


def faults(reader: Reader, mutator: Mutator, inputs: int, seconds: float) -> Iterator[str]:
    """What a number of inputs, or as many as fit into a time, bring to light."""
    end = time.monotonic() + seconds
    for seed in reader.seeds:
        seen, raised = lines_of(partial(reader.read, seed))
        mutator.learn(seed, seen)
        if raised is not None and not isinstance(raised, reader.errors):
            yield _kept(seed, raised)
    for _ in range(inputs):
        data = mutator.input()
        mutator.inputs += 1
        begun = time.monotonic()
        seen, raised = lines_of(partial(reader.read, data))
        mutator.learn(data, seen)
        if raised is not None and not isinstance(raised, reader.errors):
            yield _kept(data, raised)
        elif time.monotonic() - begun > SLOW_SECONDS:
            yield _kept(data, "slow")
        if time.monotonic() > end:
            return


def _kept(data: bytes, what: object) -> str:
    name = hashlib.sha256(data).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"golsp-mem-fuzz-{name}"
    path.write_bytes(data)
    return f"{type(what).__name__}: {what} ({path})"


async def _run(name: str, reader: Reader, seconds: float, seed: int) -> list[str]:
    mutator = Mutator(reader.seeds, reader.words, seed, json=reader.json)
    found: dict[str, str] = {}
    count = 0
    for text in faults(reader, mutator, 10**9, seconds):
        found.setdefault(text.partition(" (")[0][:80], text)
        count += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if grown > MOST_KILOBYTES:
        found["memory"] = f"{grown >> 10} MB"
    said = f"{mutator.inputs} inputs, {mutator.lines} lines reached, {count} faults"
    print(f"{name}: {said}, {grown >> 10} MB", flush=True)
    for text in found.values():
        print(f"  {text}", flush=True)
    return list(found)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--seconds", default=600.0, help="For each reader.")
@click.option("--seed", default=1)
def main(names: tuple[str, ...], seconds: float, seed: int) -> None:
    """Mutate what READERs are given."""
    logging.disable()
    wrong = 0
    for name, reader in readers().items():
        if not names or name in names:
            wrong += len(asyncio.run(_run(name, reader, seconds, seed)))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
