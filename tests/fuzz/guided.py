"""``python -m tests.fuzz.guided READER [--seconds S] [--corpus DIR]``: the same readers, mutated by
libFuzzer.

Needs `pip install atheris` (wheels for CPython 3.11 and newer), which nothing else here does. An
input that fails is written to ``crash-…`` in the working directory; exit status 77: there is one.
``--corpus``: a directory of more seeds, such as archives of other releases, targets and flags (``go
list -export -f '{{.Export}}'``) or what they say with ``-gcflags``.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import click


async def _fuzz(name: str, options: list[str], place: Path, added: list[bytes]) -> None:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["golsp_mem"]):
        from tests.fuzz.readers import readers
        from tests.fuzz.structure import changed

        reader = readers()[name]

    def one(data: bytes) -> None:
        try:
            reader.read(data)
        except reader.errors:
            return

    corpus = place / "corpus"
    corpus.mkdir()
    seeds = [*reader.seeds, *added]
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    words = place / "words"
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in reader.words)
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    options = [*options, f"-dict={words}"] if reader.words else options
    longest = max(map(len, seeds))

    def other(data: bytes, most: int, seed: int) -> bytes:
        chosen = random.Random(seed)
        found = changed(data, chosen, reader.words) if chosen.random() < 0.8 else None
        if found is None or len(found) > most:
            found = atheris.Mutate(data, most)
        return found[:most]

    more = {"custom_mutator": other} if reader.json else {}
    arguments = ["fuzz", str(corpus), *options, f"-max_len={2 * longest + 4096}"]
    atheris.Setup(arguments, one, **more)
    atheris.Fuzz()


@click.command()
@click.argument("name")
@click.option("--seconds", default=600)
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--place", type=click.Path(path_type=Path), hidden=True)
def main(name: str, seconds: int, corpus: Path | None, place: Path | None) -> None:
    """Mutate what READER is given."""
    logging.disable()
    if place is None:
        # libFuzzer ends the process at once: what it leaves another puts away.
        with tempfile.TemporaryDirectory(prefix="golsp-mem-guided-") as made:
            command = [sys.executable, "-m", "tests.fuzz.guided", *sys.argv[1:], "--place", made]
            sys.exit(subprocess.run(command, env={**os.environ, "TMPDIR": made}).returncode)
    options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048"]
    added = [path.read_bytes() for path in sorted(corpus.iterdir())] if corpus else []
    asyncio.run(_fuzz(name, options, place, added))


if __name__ == "__main__":
    sys.exit(main())
