"""Functions that count a level of nesting and refuse more: a guard wherever a parser calls it."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.stack.recursion.counted import Declarations, is_level_counted, last_of

# p.level++, p.limit--, p.stack = append(p.stack, …), tested in the lines behind it.
_COUNTED = re.compile(
    rb"\b[\w.]+\.(\w+)(?:\+\+|--|\s*=\s*append\([\w.]+\.\1,)"
    rb"(?:\s*;[^{}\n]*|[^{}]{0,200}?\bif\b[^{}\n]*)\.\1\b"
)


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
    def names(self) -> frozenset[str]:
        """Their last names."""
        found: set[str] = set()
        for path in self._paths:
            file = self._sources(path)
            for match in _COUNTED.finditer(file.text) if file is not None else ():
                if file is None:
                    continue
                syntax = file.function_at(file.tree.line_of(match.start()))
                if syntax is None or syntax.is_literal or not self._is_taken_back(match[1]):
                    continue
                if is_level_counted(self._declarations.of(last_of(syntax.name), syntax.name)):
                    found.add(last_of(syntax.name))
        return frozenset(found)

    def _is_taken_back(self, name: bytes) -> bool:
        word = re.escape(name)
        back = re.compile(rb"\." + word + rb"(?:--|\+\+| -= 1| = [\w.]+\." + word + rb"\[:)")
        ways = {
            match[0][-2:]
            for path in self._paths
            if (file := self._sources(path)) is not None
            for match in back.finditer(file.text)
        }
        budget = re.search(rb"(?i)limit|max|depth|budget", name) is not None
        return bool(ways - {b"++"}) if not budget else bool(ways)
