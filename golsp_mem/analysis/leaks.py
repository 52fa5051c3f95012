"""What the parameters of functions leak, from the lines of -m beside their declarations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from attrs import evolve

from golsp_mem.analysis.again import Noting, Remembered, Sources
from golsp_mem.analysis.compiled import CompiledPackage
from golsp_mem.analysis.known import KnownVariant
from golsp_mem.model import FunctionFacts, Message, MessageKind


def with_leaks(
    compiled: CompiledPackage, sources: Sources, known: KnownVariant | None
) -> Iterator[FunctionFacts]:
    """The functions of a package, each with the lines that say what its parameters leak."""
    leaks: dict[tuple[str, str], list[Message]] = defaultdict(list)
    owners = known.owners if known else Remembered(once=True)
    for (path, line), messages in compiled.messages.items():
        leaking = [one for one in messages if one.kind is MessageKind.LEAKS]
        if not leaking:
            continue
        columns = [one.position.column for one in leaking]
        names = owners.of(
            (path, line), columns, None, sources, partial(_owners_at, path, line, columns)
        )
        for name, message in zip(names, leaking, strict=True):
            if name is not None:
                leaks[path, name].append(message)
    prefix = compiled.import_path + "."
    for facts in compiled.functions.values():
        # The linker's name of a main package is main, whatever its import path.
        short = facts.name.removeprefix(prefix).removeprefix("main.")
        here = leaks.get((facts.file, short))
        yield evolve(facts, leaks=tuple(here)) if here else facts


def _owners_at(path: str, line: int, columns: Sequence[int], noting: Noting) -> list[str | None]:
    """The functions around places of one line."""
    file = noting.parts(path)
    found = [file.function_at(line, column) if file else None for column in columns]
    return [None if one is None else one.name for one in found]
