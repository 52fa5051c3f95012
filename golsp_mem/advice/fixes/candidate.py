"""What a row proposes, and what it may look at to do so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from attrs import field, frozen

from golsp_mem.analysis.proof.trades import CallGone, Instead, Traded
from golsp_mem.analysis.variants import is_test
from golsp_mem.codes import Code
from golsp_mem.model import Finding
from golsp_mem.source.edits import TextEdit, default_name, import_name
from golsp_mem.source.package import PackageSyntax, Place, specs
from golsp_mem.source.parts.language import language_of
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.places.candidate import BUILTINS, NUMBER_TYPES
from golsp_mem.source.places.constructs import declares
from golsp_mem.source.syntax import GoFile

PREDECLARED = BUILTINS | NUMBER_TYPES | {"string", "error", "any", "nil", "true", "false"}
Piece = tuple[str, int, int]
"""A piece of a file: its path, the first byte and the one behind the last."""
_WORD = re.compile(rb"[^\W\d]\w*")
_MOST_NAMES = 20
_INSTANTIATED = ("index_expression", "type_instantiation_expression")


@frozen
class Candidate:
    """An edit that nobody has confirmed yet.

    ``title`` says what it does and its net effect. ``edits`` may be of several files of the
    package. ``needs`` are import paths that the new text uses, ``drops`` those that it may leave
    unused. ``findings`` are what it answers; of these ``gone`` must not allocate any more (an
    append that cannot grow still has its call), ``instead`` may be made; ``calls`` that allocate
    further in must not be made any more, ``smaller`` must take less, ``spared`` must not be made
    for every caller any more. ``names`` of the package mean something else then: who else uses
    them must be seen to build. ``corner`` is in which case the meaning changes; None: in none.
    ``at_start``: what is made instead may be made when the program begins. ``ends``: the edit is
    of a lifetime, not of allocations, and these findings of lifetimes are to be gone; ``holds``:
    because something holds the owner then, of which that is said.
    """

    row: str
    title: str
    edits: tuple[TextEdit, ...]
    findings: tuple[Finding, ...]
    gone: tuple[Finding, ...] = ()
    instead: tuple[Instead, ...] = ()
    names: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    corner: str | None = None
    at_start: bool = False
    calls: tuple[CallGone, ...] = ()
    smaller: tuple[Finding, ...] = ()
    spared: tuple[Finding, ...] = ()
    ends: tuple[Finding, ...] | None = None
    holds: bool = False

    @property
    def is_safe(self) -> bool:
        return self.corner is None

    @property
    def claim(self) -> Traded:
        return Traded(self.gone, self.instead, self.at_start, self.calls, self.smaller, self.spared)

    @property
    def label(self) -> str:
        """The title, with the corner where there is one."""
        return self.title if self.corner is None else f"{self.title} ({self.corner})"


@frozen(eq=False)
class FixContext:
    """The texts of one package as it was compiled, and what is known of them.

    ``files`` are by absolute path. ``beside`` are the Go files of the directory that this build
    left out: names in them are taken, too. ``language`` is the minor version of go.mod's go line,
    ``release`` that of the toolchain. ``old_timers``: a Timer may send what was due before its
    Reset (GODEBUG asynctimerchan).
    """

    files: Mapping[str, GoFile]
    findings: tuple[Finding, ...]
    language: int
    release: int
    beside: Mapping[str, bytes]
    old_timers: bool = False
    types: Mapping[Piece, str] = field(factory=dict)
    wanted: Mapping[Piece, str] = field(factory=dict)
    _given: dict[tuple[str, int, str], Piece] = field(factory=dict, alias="given")
    _calls: dict[str, tuple[tuple[GoFile, Node], ...]] = field(factory=dict, alias="calls")

    @cached_property
    def package(self) -> PackageSyntax:
        return PackageSyntax(tuple(self.files.values()))

    @cached_property
    def words_beside(self) -> frozenset[str]:
        """Every word of the files that this build left out."""
        return frozenset().union(*map(words_of, self.beside.values()))

    @cached_property
    def words_elsewhere(self) -> frozenset[str]:
        """Every word of those that are no tests: nothing here tells whether they would build."""
        return frozenset().union(
            *(words_of(text) for path, text in self.beside.items() if not is_test(path))
        )

    @cached_property
    def package_names(self) -> frozenset[str]:
        """What the package declares at its top, methods left out."""
        names = {name for name in self.package.functions if "." not in name}
        names.update(self.package.types)
        for file in self.files.values():
            for node in file.tree.declarations:
                if node.kind in ("var_declaration", "const_declaration"):
                    names.update(
                        file.tree.source(name)
                        for spec in specs(node)
                        for name in spec.fields("name")
                    )
        return frozenset(names)

    def language_of(self, file: GoFile) -> int:
        """The minor version that a file is written in: a build constraint may say another one."""
        return language_of(file.text, self.language) or self.language

    def calls_of(self, name: str) -> tuple[tuple[GoFile, Node], ...]:
        """The calls in the package of what has that name, as a function or a method."""
        if name not in self._calls:
            self._calls[name] = tuple(
                (file, call)
                for file in self.files.values()
                for leaf in file.tree.named(name)
                if (call := _call_of(leaf)) is not None
            )
        return self._calls[name]

    def type_of(self, file: GoFile, node: Node) -> str | None:
        """The type of a value that was asked for; None where the compiler did not say."""
        return self.types.get((file.path, node.start, node.end))

    def near(self, file: GoFile, node: Node, *codes: Code) -> tuple[Finding, ...]:
        """The findings of these codes whose place is within a node, in the function's own code."""
        found = []
        for one in self.findings:
            if one.span.file == file.path and one.code in codes:
                start, end = file.tree.bounds(one.span)
                if node.start <= start and end <= node.end:
                    found.append(one)
        return tuple(found)

    def is_free(self, file: GoFile, place: Node, name: str) -> bool:
        """Whether nothing means that name at a place: neither the package, nor an import of the
        file, nor anything that the function around the place declares."""
        if name in self.package_names or name in self.words_beside or name in PREDECLARED:
            return False
        if any((one.name or default_name(one.path)) == name for one in file.imports):
            return False
        return name not in declared_around(file, place)

    def fresh(self, file: GoFile, place: Node, *names: str, of_package: bool = False) -> str | None:
        """The first of the names that nothing means at a place, and that no other candidate of the
        same declaration (``of_package``: of the package) declares; numbered where all are taken.
        The same place gets the same one."""
        top = file.tree.top_level(place.start)
        scope = ("", 0) if of_package or top is None else (file.path, top.start)
        key = (file.path, place.start, place.end)
        for number in range(1, _MOST_NAMES):
            for name in names:
                numbered = name if number == 1 else f"{name}{number}"
                if not self.is_free(file, place, numbered):
                    continue
                if self._given.setdefault((*scope, numbered), key) == key:
                    return numbered
        return None

    def means_builtin(self, file: GoFile, place: Node, *names: str) -> bool:
        """Whether predeclared names mean at the place what Go predeclares."""
        if self.package_names.intersection(names):
            return False
        return not declared_around(file, place).intersection(names)

    def qualifier(self, file: GoFile, place: Node, path: str) -> str | None:
        """``strconv.`` for what is written of a package at a place, imported or not (``needs``
        says that it shall be); None where the name means something else there."""
        known = import_name(file, path)
        name = known if known is not None else default_name(path)
        if not name:
            return None
        if known is None and not self.is_free(file, place, name):
            return None
        if name in declared_around(file, place):
            return None
        return f"{name}."


def _nothing(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context, file, finding
    yield from ()


_Ask = Callable[[FixContext, GoFile, Finding], Iterable[Place]]


@frozen(eq=False)
class Row:
    """One cause. All three get a finding of one of the ``codes`` and the file that it is in:
    ``asks`` are values whose types ``candidates`` reads in the context, ``wants`` values of which
    it reads as what interface they are wanted."""

    name: str
    codes: frozenset[Code]
    candidates: Callable[[FixContext, GoFile, Finding], Iterator[Candidate]]
    asks: _Ask = _nothing
    wants: _Ask = _nothing


def _call_of(name: Node) -> Node | None:
    """The call of ``f(x)``, ``v.f(x)``, ``f[T](x)``, by the name of what is called."""
    node, outer = name, name.parent
    if outer is not None and outer.kind == "selector_expression" and outer.field("field") is node:
        node, outer = outer, outer.parent
    if outer is not None and outer.kind in _INSTANTIATED and outer.named_children[0] is node:
        node, outer = outer, outer.parent
    if outer is None or outer.kind != "call_expression":
        return None
    return outer if outer.field("function") is node else None


def words_of(text: bytes) -> frozenset[str]:
    return frozenset(word.decode("utf-8", "replace") for word in _WORD.findall(text))


def declared_around(file: GoFile, place: Node) -> frozenset[str]:
    """The names that the declaration around a place declares anywhere in it."""
    top = file.tree.top_level(place.start)
    if top is None:
        return frozenset()
    return frozenset(
        file.tree.source(node)
        for node in top.walk()
        if node.kind in ("identifier", "type_identifier")
        and ((node.kind == "identifier" and declares(node)) or _is_spec_name(node))
    )


def _is_spec_name(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    if parent.kind in ("type_spec", "type_alias"):
        return parent.field("name") is node
    return node.kind == "identifier" and parent.kind in (
        "const_spec",
        "variadic_parameter_declaration",
        "type_parameter_declaration",
    )


def files_beside(files: Iterable[str], texts: Callable[[Path], bytes]) -> dict[str, bytes]:
    """The Go files of the directories of ``files`` that are not among them; those that cannot be
    read are left out."""
    known = set(files)
    found: dict[str, bytes] = {}
    for directory in {Path(file).parent for file in known}:
        for path in sorted(directory.glob("*.go")):
            if str(path) not in known:
                try:
                    found[str(path)] = texts(path)
                except OSError:
                    continue
    return found
