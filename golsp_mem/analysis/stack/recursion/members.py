"""The functions of a package as written, by their names: those of a cycle, and their helpers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial

from attrs import frozen

from golsp_mem.analysis.again import Noting, Sources
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_HEADING = re.compile(rb"(?m)^func (?:\([^\n]*?\) *)?([\w\x80-\xff]+)\s*[\[(]")
_METHOD = re.compile(
    rb"(?m)^func \([^)\n]*?\*?([\w\x80-\xff]+)(?:\[[^\]\n]*\])?\) *([\w\x80-\xff]+)"
)


@frozen(eq=False)
class Member:
    """One function of a cycle as written; ``called`` is the name by which others call it. ``other``
    finds another function of the package by the name in a call."""

    file: GoFile
    syntax: FunctionSyntax
    called: str
    other: Callable[[str], Member | None] = lambda _: None


class Declarations:
    """The functions that the files of a package declare, by name. Each file is looked through
    once: a package may have more files than are kept parsed."""

    def __init__(self, paths: Iterable[str], sources: Sources) -> None:
        self._paths = sorted(paths)
        self._sources = sources
        self._found: dict[tuple[str, str | None], Member | None] = {}

    @cached_property
    def _places(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        found: dict[str, list[tuple[str, int]]] = {}
        for path in self._paths:
            file = self._sources(path)
            if file is None:
                continue
            for start, [name] in _matches(file, _HEADING):
                found.setdefault(name, []).append((path, file.tree.line_of(start)))
        return found

    @property
    def names(self) -> Iterable[str]:
        """The last names of all functions that are declared."""
        return self._places.keys()

    def methods(self) -> Iterator[tuple[str, str]]:
        """(type, method) of every method that is declared."""
        for path in self._paths:
            file = self._sources(path)
            for _, [owner, name] in _matches(file, _METHOD) if file is not None else ():
                yield owner, name

    def of(self, name: str, beside: str | None, noting: Noting | None = None) -> Member | None:
        """A function by its name, or by the name in a call: then a method of the same type as
        ``beside``, if there is one, and none where several are meant."""
        if noting is not None:
            for path in tuple(noting.seen):
                noting.sources(path)  # another of that name may come anywhere in them
            return self._of(name, beside, noting)
        owner = None if beside is None else beside.rpartition(".")[0]
        asked = (name, owner)
        if asked not in self._found:
            self._found[asked] = self._of(name, beside, None)
        return self._found[asked]

    def _of(self, name: str, beside: str | None, noting: Noting | None) -> Member | None:
        read = self._sources if noting is None else noting.sources
        found: list[Member] = []
        for path, line in self._places.get(last_of(name), ()):
            file = read(path)
            syntax = file.declaration_at(line) if file is not None else None
            if file and syntax is not None and last_of(syntax.name) == last_of(name):
                other = partial(self.of, beside=syntax.name, noting=noting)
                found.append(Member(file, syntax, last_of(name), other))
        if beside is None:
            return next((one for one in found if one.syntax.name == name), None)
        owner = beside.rpartition(".")[0]
        same = [one for one in found if one.syntax.name.rpartition(".")[0] == owner]
        return same[0] if same else found[0] if len(found) == 1 else None


def _matches(file: GoFile, pattern: re.Pattern[bytes]) -> Sequence[tuple[int, Sequence[str]]]:
    """Where a pattern matches in a file, and its groups."""
    text = file.text
    return file.tree.once(pattern, lambda: [
        (one.start(), [group.decode("utf-8", "replace") for group in one.groups()])
        for one in pattern.finditer(text)
    ])  # fmt: skip


def last_of(name: str) -> str:
    """``M`` of ``(*T[...]).M[...]``."""
    return name.removesuffix("[...]").rpartition(".")[2].partition("[")[0]


def calls_to(one: Member, body: Node, name: str) -> list[Node]:
    return [node for node in body.walk() if called_name(one.file, node) == name]


def body_of(one: Member) -> Node | None:
    if one.syntax.body is None:
        return None
    start, end = one.file.tree.bounds(one.syntax.body)
    node = one.file.tree.smallest(start, end)
    return node if node.kind == "block" else None


def statements_of(block: Node) -> Iterator[Node]:
    for child in block.named_children:
        if child.kind == "statement_list":
            yield from statements_of(child)
        else:
            yield child


def called_name(file: GoFile, node: Node) -> str | None:
    called = node.field("function") if node.kind == "call_expression" else None
    if called is None:
        return None
    return file.tree.source(called).rsplit(".", 1)[-1].partition("[")[0]
