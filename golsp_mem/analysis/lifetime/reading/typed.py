"""The types of operands, asked of the compiler.

In a text where ``h.fd`` reads ``h.golspmem_7`` the compiler says ``h.golspmem_7 undefined (type
*Handle has no field or method golspmem_7)``, the same words from Go 1.18 to 1.27
(cmd/compile/internal/types2, lookupError). So one compile, which ends after type checking,
answers for all operands of a package at once, generic and inferred types among them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from golsp_mem.source.package import Place
from golsp_mem.source.syntax import GoFile

_MARK = "golspmem_"
_ANSWER = re.compile(
    rf"\.{_MARK}(?P<number>\d{{1,7}}) undefined \(type (?P<type>.+?) "
    rf"(?:has no field or method {_MARK}|is pointer to )"
)

Key = tuple[str, int]
_Wanted = tuple[int, int, bool]


@frozen(eq=False)
class Types:
    """The type of an operand as the compiler prints it, by file and byte offset of the name
    that is selected from it (of a plain value: of its first byte).

    Types of the package itself are unqualified, others have their package's name:
    ``*Handle``, ``Box[T]``, ``*os.File``, ``interface{Fd() uintptr}``.
    """

    known: Mapping[Key, str] = field(factory=dict)

    def of_operand(self, selector: Place) -> str | None:
        """The type of E in ``E.name``."""
        name = selector.node.field("field")
        return self.known.get((selector.file.path, name.start)) if name is not None else None

    def joined(self, other: Types) -> Types:
        return Types({**self.known, **other.known})


@frozen(eq=False)
class Questions:
    """Texts to compile, and what each number in them asks for."""

    overlay: Mapping[Path, bytes]
    asked: tuple[Key, ...]

    def answers(self, lines: Iterable[str]) -> Types:
        """What the compiler's lines say; questions without an answer are left out."""
        found: dict[Key, str] = {}
        for line in lines:
            for match in _ANSWER.finditer(line):
                number = int(match["number"])
                if number < len(self.asked):
                    found[self.asked[number]] = match["type"]
        return Types(found)


def questions(selectors: Iterable[Place], values: Iterable[Place] = ()) -> Questions:
    """Ask for the operand of each selector and for the type of each plain value.

    Where one question lies in another the inner one is asked.
    """
    edits: dict[str, list[_Wanted]] = defaultdict(list)
    files: dict[str, GoFile] = {}
    for place in selectors:
        name = place.node.field("field")
        if name is not None:
            files[place.file.path] = place.file
            edits[place.file.path].append((name.start, name.end, False))
    for place in values:
        files[place.file.path] = place.file
        edits[place.file.path].append((place.node.start, place.node.end, True))
    asked: list[Key] = []
    overlay: dict[Path, bytes] = {}
    for path, wanted in edits.items():
        file = files[path]
        chosen = _innermost(wanted)
        text = bytearray(file.text)
        numbered = []
        for start, end, is_value in chosen:
            numbered.append((start, end, len(asked), is_value))
            asked.append((path, start))
        for start, end, number, is_value in reversed(numbered):
            mark = f"{_MARK}{number}".encode()
            text[start:end] = b"(" + file.text[start:end] + b")." + mark if is_value else mark
        overlay[Path(path)] = bytes(text)
    return Questions(overlay, tuple(asked))


def outermost(selectors: Sequence[Place]) -> list[Place]:
    """Those whose operand holds no other: `a.h` of `a.h` and `a.h.fd`."""
    starts: dict[str, list[int]] = defaultdict(list)
    for place in selectors:
        name = place.node.field("field")
        if name is not None:
            starts[place.file.path].append(name.start)
    for listed in starts.values():
        listed.sort()
    kept = []
    for place in selectors:
        operand = place.node.field("operand")
        if operand is None:
            continue
        listed = starts[place.file.path]
        at = bisect_left(listed, operand.start)
        if at == len(listed) or listed[at] >= operand.end:
            kept.append(place)
    return kept


def _innermost(wanted: Sequence[_Wanted]) -> list[_Wanted]:
    ordered = sorted(set(wanted))
    return [
        one
        for one in ordered
        if not any(
            other is not one and one[0] <= other[0] and other[1] <= one[1] for other in ordered
        )
    ]


def base_of(text: str) -> str:
    """``Box`` of ``*Box[T]``, ``os.File`` of ``*os.File``: without stars and type arguments."""
    name = text.strip().lstrip("*")
    if name.startswith(("[", "struct", "interface", "func", "map[", "chan ", "<-")):
        return name
    return name.partition("[")[0]
