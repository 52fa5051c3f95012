"""What functions are called says what they do, where nothing else does.

A library's text or table may be what its program writes: of nineteen recursions that were told to
go down an input in real modules, and whose functions no name calls readers, four did so; of those
that go on with what they look up, five of eleven.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from golsp_mem.analysis.stack.recursion.drives import Drive
from golsp_mem.analysis.stack.recursion.members import Member, last_of
from golsp_mem.source.parts.functions import FunctionSyntax

# What reads a text that somebody else wrote, by the name of a function or of its receiver.
_READS = re.compile(r"(?i)pars|decod|unmarshal|scan|lex|tokeni|read|skip|load")
# What goes over what it reads without keeping it.
_PASSES = re.compile(r"(?i)discard|drain|valid")
# Packages of formats.
_FORMATS = re.compile(r"(?i)json|yaml|toml|xml|html|cbor|msgpack|bson|plist|markdown")
# What writes a tree moves the cursor of an output.
WRITES = re.compile(
    r"(?:^|[a-z\d_])(?:(?:Write|Marshal|Encode|Emit|Print|Format|Dump|Render)(?![a-z])|String$)"
    r"|^_?(?:write|marshal|encode|emit|f?print|format|dump|render)(?![a-z])|^String$"
)
# The rest of a buffer is no rest of an input.
FILLS = re.compile(
    r"(?:^_?(?:write|marshal|encode|put)|(?:^|[a-z\d])(?:Write|Marshal|Encode|Put))(?![a-z])"
)
_PACKAGE = re.compile(rb"(?m)^package (\w+)")


def is_reader(function: FunctionSyntax) -> bool:
    """Whether its name, or that of what it is a method of, is a reader's."""
    return _READS.search(f"{function.name} {function.receiver}") is not None


def are_writers(members: Sequence[Member], names: re.Pattern[str]) -> bool:
    """Whether all declared functions are called as what writes, by one of the patterns above."""
    declared = [one.syntax for one in members if not one.syntax.is_literal]
    return bool(declared) and all(names.search(last_of(one.name)) for one in declared)


def is_of_a_program(members: Sequence[Member]) -> bool:
    """Whether they are a command's own: what it reads is an input."""
    return all(_package_of(one) == "main" for one in members)


def in_a_library(drive: Drive, members: Sequence[Member]) -> Drive:
    """What drives the functions, as far as it is known of a library whose callers nobody knows."""
    if is_of_a_program(members):
        return drive
    if drive is Drive.LED_ON:
        return Drive.LOOKED_UP
    if drive is not Drive.INPUT or any(map(_is_called_a_reader, members)):
        return drive
    return Drive.UNNAMED


def _is_called_a_reader(one: Member) -> bool:
    package = _package_of(one)
    return (
        is_reader(one.syntax)
        or _PASSES.search(one.syntax.name) is not None
        or _READS.search(package) is not None
        or _FORMATS.search(package) is not None
    )


def _package_of(one: Member) -> str:
    found = _PACKAGE.search(one.file.text)
    return found[1].decode("latin-1") if found is not None else ""
