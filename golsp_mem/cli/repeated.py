"""What `check` wrote the last time, written once more where the same words meet the same code.

A run that changes nothing needs none of its findings, and none of what finds them: the go command
is asked as always, at once, before anything else is loaded. If it says of every package and
dependency what it said before (build IDs, compiler text), if no file that was looked at was
touched, and if words, settings, environment and this program are those of then, the bytes of then
are the answer. Whatever differs, in time stamps alone, leads to the ordinary run (`kept`).
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from golsp_mem import __version__
from golsp_mem.analysis.cache import sealed
from golsp_mem.cli.interrupts import Terminated
from golsp_mem.files import Stamp, stamp_of
from golsp_mem.toolchain.processes.plain import NotPlain, digest_of, said_by

ROOM = "answers"
# Variables that differ from one command to the next and that nobody here reads.
_VOLATILE = frozenset({"_", "OLDPWD", "SHLVL"})
_LIBRARIES = ("tree_sitter", "tree_sitter_go", "attr")
# What the go command may take, of what it took before: what compiles is told how far it has come.
_SECONDS, _TIMES = 2.0, 2.0

Look = tuple[Stamp | None, bool]


def key_of(arguments: Sequence[str]) -> str | None:
    """A name for a request, the environment that it is made in, and this program; None for what
    is never repeated.

    What is kept below it names a program to start. Only who can see when each file of ours was
    last changed can make such a name: no checkout can, nor who fills a cache that is restored.
    """
    if arguments[:1] != ["check"] or sealed.directory() is None:
        return None
    try:
        here = os.getcwd()  # noqa: PTH109 - no pathlib here
    except OSError:
        return None
    environment = sorted((k, v) for k, v in os.environ.items() if k not in _VOLATILE)
    digest = hashlib.blake2b(digest_size=32)
    for part in (__version__, sys.version, here, list(arguments), environment, *_screen(),
                 *_program()):  # fmt: skip
        digest.update(repr(part).encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def status_of(key: str) -> int | None:
    """Write what was written under a key, and return the status of then; None: it does not hold."""
    began = time.time_ns()
    directory = sealed.directory()
    try:
        entry = sealed.opened(sealed.place_of(os.path.join(directory or "", ROOM), key), key)  # noqa: PTH118
        text, _, rest = entry.partition(b"\n")
        head = json.loads(text)
        if not _untouched(head):
            return None
        answer, said = said_by(
            head["argv"], directory=head["directory"], environment=_environment(head),
            seconds=_SECONDS + _TIMES * float(head["seconds"]), stopped=Terminated,
            meanwhile=_load,
        )  # fmt: skip
        heard = said.decode("utf-8", "replace").removesuffix("\n")
        if "\r" in heard or digest_of(answer, heard) != head["state"]:
            return None
        outputs = list(_split(rest, head["sizes"]))
        taken = (time.time_ns() - began) / 1e9
        written = [_timed(one, name, place, taken) for one, (name, _, place)
                   in zip(outputs, head["forms"], strict=True)]  # fmt: skip
        files = [file for _, file, _ in head["forms"]]
        notes, status = [*map(str, head["notes"])], int(head["status"])
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
            OSError, NotPlain):  # fmt: skip
        return None
    _write(notes, files, written)
    return status


def seconds_in(name: str, seconds: float) -> bytes:
    """The time of a run as the formats write it."""
    if name == "json":
        return f'"seconds": {json.dumps(round(seconds, 3))}'.encode()
    return f"{seconds:.2f} s".encode()


def look(path: str) -> Look:
    """What shows that somebody wrote, made or removed a file."""
    return stamp_of(path), os.path.lexists(path)


def differing(environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The variables of ours that a child's environment lacks, and those that it has otherwise: of
    what is in an environment no more is written down."""
    own = os.environ
    other = {name: value for name, value in environment.items() if own.get(name) != value}
    return [name for name in own if name not in environment], other


def _environment(head: Mapping[str, object]) -> dict[str, str]:
    without, other = head["without"], head["other"]
    if not isinstance(without, list) or not isinstance(other, dict):
        raise TypeError
    return {k: v for k, v in os.environ.items() if k not in without} | other


def _untouched(head: Mapping[str, Mapping[str, object]]) -> bool:
    return all(_written(look(path)) == known for path, known in head["watched"].items()) and all(
        _written(stamp_of(path)) == known for path, known in head["stamps"].items()
    )


def _written(seen: object) -> object:
    """As JSON has it."""
    return [*map(_written, seen)] if isinstance(seen, tuple) else seen


def _timed(
    output: bytes, name: str, place: Sequence[int] | None, seconds: float
) -> tuple[bytes, ...]:
    """An output as if it had been made in so many seconds."""
    if place is None:
        return (output,)
    start, length = place
    return output[:start], seconds_in(name, seconds), output[start + length :]


def _write(
    notes: Iterable[str], files: Sequence[str | None], outputs: Iterable[Iterable[bytes]]
) -> None:
    from pathlib import Path  # noqa: PLC0415 - loaded beside the go command

    from golsp_mem.cli.output import refuse_unwritable, write  # noqa: PLC0415

    places = [None if file is None else Path(file) for file in files]
    for place in places:
        refuse_unwritable(place)
    for note in notes:
        from golsp_mem.cli.stderr import warn  # noqa: PLC0415 - click, where there is one

        warn(note)
    for output, place in zip(outputs, places, strict=True):
        write(output, place)


def _load() -> None:
    import golsp_mem.cli.output  # noqa: F401, PLC0415 - beside the go command


def _split(text: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    start = 0
    for size in sizes:
        yield text[start : start + size]
        start += size


def _screen() -> tuple[object, ...]:
    """What text is written for (golsp_mem/cli/render/formats.py), and what is told beside it."""
    try:
        size = tuple(os.get_terminal_size(1))
    except OSError:
        size = ()
    return sys.stdout.isatty(), sys.stdout.encoding, sys.stderr.isatty(), size


def _program() -> Iterator[object]:
    """What this program is made of: its files as they lie there, and where its libraries do."""
    root = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - no pathlib here
    for directory, below, names in os.walk(root):
        below.sort()
        for name in sorted(names):
            if not name.endswith(".pyc"):
                path = os.path.join(directory, name)  # noqa: PTH118 - hundreds of files
                yield path, stamp_of(path)
    for library in _LIBRARIES:
        for place in sys.path:
            if os.path.isdir(os.path.join(place, library)):  # noqa: PTH112, PTH118 - the same
                # Each installation of anything changes the directory of all.
                yield library, place, os.stat(place).st_mtime_ns  # noqa: PTH116 - the same
                break
