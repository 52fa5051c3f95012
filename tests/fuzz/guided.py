"""``python -m tests.fuzz.guided READER [--seconds S]``: the same readers, mutated by libFuzzer.

Needs `pip install atheris` (wheels for CPython 3.11 and newer), which nothing else here does. An
input that fails is written to ``crash-…`` in the working directory; exit status 77: there is one.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import tempfile
from pathlib import Path

import click


async def _fuzz(name: str, options: list[str], place: Path) -> None:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["golsp_mem"]):
        from tests.fuzz.readers import readers

        reader = readers()[name]

    def one(data: bytes) -> None:
        try:
            reader.read(data)
        except reader.errors:
            return

    corpus = place / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(reader.seeds):
        (corpus / str(number)).write_bytes(seed)
    words = place / "words"
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in reader.words)
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    options = [*options, f"-dict={words}"] if reader.words else options
    longest = max(map(len, reader.seeds))
    atheris.Setup(["fuzz", str(corpus), *options, f"-max_len={2 * longest + 4096}"], one)
    atheris.Fuzz()


@click.command()
@click.argument("name")
@click.option("--seconds", default=600)
def main(name: str, seconds: int) -> None:
    """Mutate what READER is given."""
    logging.disable()
    options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048"]
    with tempfile.TemporaryDirectory(prefix="golsp-mem-guided-") as place:
        asyncio.run(_fuzz(name, options, Path(place)))


if __name__ == "__main__":
    sys.exit(main())
