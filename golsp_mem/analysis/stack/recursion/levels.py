"""Functions that count a level of nesting and refuse more: a guard wherever a parser calls it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cached_property

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.stack.recursion.bounds import parameters_of
from golsp_mem.analysis.stack.recursion.counted import is_level_counted
from golsp_mem.analysis.stack.recursion.members import Declarations, last_of
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.syntax import GoFile

# p.level++, p.limit--, p.stack = append(p.stack, …), tested in the lines around; a level that is
# handed on, tested.
_COUNTED = re.compile(
    rb"\b[\w.]+\.(\w+)(?:\+\+|--|\s*=\s*append\([\w.]+\.\1,)"
    rb"(?:\s*;[^{}\n]*|[^{}]{0,200}?\bif\b[^{}\n]*)\.\1\b"
    rb"|\bif\b[^{}\n]*\.(\w+) (?:>=?|==)[^{}\n]*\{[^{}]{0,200}\}[^{}]{0,80}?\.\2\+\+"
    rb"|\bif\b[^{}\n]*\b(?i:\w*depth|\w*level|nesting) >=? "
)
# p.open = append(p.open, n); if len(p.open) > …
_STACKED = re.compile(
    rb"(\b[\w.]+\.\w+)\s*=\s*append\(\1, (\w+)\)(?=[^{}]*\bif\b[^{}\n]*\blen\(\1\) >)"
)

# if len(s.stack) <= max { return ok }; return s.error(…)
_REFUSES = re.compile(rb"\)? <=? \w+ \{\s*return\b[^}]*\}\s*return\b")


def base_name(written: str) -> str:
    """``T`` of ``*T``, ``*T[K]``, ``pkg.T``."""
    return written.lstrip("*").partition("[")[0].rpartition(".")[2]


def _state(file: GoFile, syntax: FunctionSyntax, counting: bytes) -> str:
    """The type of the parameter of which a field is counted."""
    words = set(re.findall(r"\b(\w+)\.", counting.decode("latin-1")))
    return next((one.type for one in parameters_of(file, syntax) if one.name in words), "")


class Levels:
    """The functions of a package that count a level and stop at a limit, which is taken back
    elsewhere: what is only counted up is a position."""

    def __init__(
        self, declarations: Declarations, paths: Collection[str], sources: Sources
    ) -> None:
        self._declarations = declarations
        self._paths = sorted(paths)
        self._sources = sources

    @cached_property
    def owners(self) -> frozenset[str]:
        """The types whose levels they are."""
        return frozenset(owner for owner in self.found.values() if owner)

    @cached_property
    def stacked(self) -> frozenset[str]:
        """The types of what is put on a stack whose length is the level: the open elements of a
        document lie no deeper in each other than there are of them."""
        kept: set[str] = set()
        for name in self.found:
            one = self._declarations.of(last_of(name), name)
            if one is None:
                continue
            start, end = one.file.tree.bounds(one.syntax.span)
            put = {found[2] for found in _STACKED.finditer(one.file.text[start:end])}
            kept |= {
                parameter.type.lstrip("*").partition("[")[0]
                for parameter in parameters_of(one.file, one.syntax)
                if parameter.name.encode() in put
            }
        return frozenset(kept)

    @cached_property
    def found(self) -> Mapping[str, str]:
        """Their names, ``(*T).M``, with the types whose levels they are, or nothing."""
        found: dict[str, str] = {}
        for path in self._paths:
            file = self._sources(path)
            if file is None:
                continue
            for match in _COUNTED.finditer(file.text):
                counter = match[1] or match[2]
                syntax = file.function_at(file.tree.line_of(match.start()))
                if syntax is None or syntax.is_literal:
                    continue
                if counter is not None and not self._is_taken_back(counter):
                    continue
                owner = base_name(syntax.receiver or _state(file, syntax, match[0]))
                if b"--" in match[0] and not self._is_filled(owner, counter):
                    continue
                if _REFUSES.match(file.text, match.end()) or is_level_counted(
                    self._declarations.of(last_of(syntax.name), syntax.name)
                ):
                    found[syntax.name] = owner
        return found

    def _is_filled(self, owner: str, name: bytes | None) -> bool:
        """Whether a budget begins with something: what begins with zero and goes below it was
        closed more often than opened."""
        if name is None or name[:1].isupper():
            return True
        word = re.escape(name)
        filling = rb"\." + word + rb"\s*=(?!=)(?!\s*0\b)|\b" + word + rb":(?!=)(?!\s*0\b)"
        if owner:
            # A literal without keys gives all fields.
            filling += rb"|\b" + re.escape(owner.encode()) + rb"\{[^:{}]+[,}]"
        return self._has(re.compile(filling))

    def _has(self, pattern: re.Pattern[bytes]) -> bool:
        return any(
            pattern.search(file.text)
            for path in self._paths
            if (file := self._sources(path)) is not None
        )

    def _is_taken_back(self, name: bytes) -> bool:
        if re.search(rb"(?i)limit|max|depth|budget|nest", name) is not None:
            return True
        word = re.escape(name)
        back = re.compile(rb"\." + word + rb"(?:--| -= 1| = [\w.]+\." + word + rb"\[0? ?:)")
        return self._has(back)
