"""A Go source file as the rest of golsp-mem asks about it: places in, spans out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from golsp_mem.model import Code, Span
from golsp_mem.source.parts.functions import DECLARATIONS, FunctionIndex, FunctionSyntax, Parameter
from golsp_mem.source.parts.guards import Guard, GuardFinder
from golsp_mem.source.parts.imports import ImportSyntax, imports_of
from golsp_mem.source.parts.reach import Outer
from golsp_mem.source.parts.tree import SourceTree
from golsp_mem.source.places.locate import Construct, Locator
from golsp_mem.source.places.scopes import ScopeIndex

__all__ = [
    "Construct",
    "FunctionSyntax",
    "GoFile",
    "Guard",
    "ImportSyntax",
    "Parameter",
]

_GENERIC = re.compile(rb"^func\s*(?:\([^)]*\[[^)]*\)\s*\w+|\w+\[)", re.MULTILINE)


def may_be_generic(text: bytes) -> bool:
    """Whether a file is worth `GoFile.generic_functions`: a cheap look that misses none."""
    return _GENERIC.search(text) is not None


class GoFile:
    """One Go file. Lines are 1-based, columns 1-based UTF-8 bytes, spans end-exclusive.

    Answers are best guesses on broken code; nothing raises, and every span lies in the text.
    Questions cost what the asked line holds; what was found is remembered.
    """

    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self._functions = FunctionIndex(tree)
        self._locator = Locator(tree)
        self._guards = GuardFinder(tree)
        self._scopes = ScopeIndex(tree)
        self._imports: tuple[ImportSyntax, ...] | None = None
        self._located: dict[tuple[Code, int, int | None, str | None, int], Span | None] = {}

    @classmethod
    def parse(cls, path: str, text: bytes) -> GoFile:
        """The file with this text; ``path`` is only what spans will say."""
        return cls(SourceTree(path, text))

    @property
    def path(self) -> str:
        return self.tree.path

    @property
    def text(self) -> bytes:
        self.tree.look_at_all()
        return self.tree.text

    @property
    def constraints(self) -> bytes:
        """What stands before the imports: comments, build constraints, the package clause."""
        head = self.tree.head
        return self.tree.text[: head[-1].end if head else 0]

    @property
    def functions(self) -> tuple[FunctionSyntax, ...]:
        """Declared functions and func literals in source order, outer before inner."""
        self.tree.look_at_all()
        return self._all_functions

    @cached_property
    def _all_functions(self) -> tuple[FunctionSyntax, ...]:
        return self._functions.all()

    @property
    def imports(self) -> tuple[ImportSyntax, ...]:
        """All imports in source order."""
        if self._imports is None:
            self._imports = imports_of(self.tree)
        else:
            _ = self.tree.head
        return self._imports

    def begins_as(self, token: object, end: float, outer: Iterable[Outer]) -> bool:
        """Whether what was told of an earlier text, as far as ``end`` and of ``outer`` names, holds
        of this one (`SourceTree.begins_as`)."""
        if token is self.tree.token:
            return True
        return self.tree.begins_as(token, end) and all(map(self._scopes.declares, outer))

    def function_at(self, line: int, column: int | None = None) -> FunctionSyntax | None:
        """The innermost function, declared or literal, that covers the place.

        Without a column: the innermost that covers the first code of the line; literals that
        begin on the line and end on a later one do not cover it.
        """
        place = self.tree.offset(line, column) if column else self.tree.code_start(line)
        declaration = self.tree.top_level(place)
        if declaration is None:
            return None
        at_line, at_column = line, place - self.tree.line_bounds(line)[0] + 1
        covering = [
            function
            for function in self._functions.of(declaration)
            if function.span.contains(at_line, at_column)
        ]
        return covering[-1] if covering else None

    def declaration_at(self, line: int) -> FunctionSyntax | None:
        """The function declaration on whose lines the line is."""
        declaration = self.tree.top_level(self.tree.code_start(line))
        if declaration is None or declaration.kind not in DECLARATIONS:
            return None
        return self._functions.of(declaration)[0]

    def is_generic(self, line: int) -> bool:
        """Whether the function that is declared on a line, or its receiver, has type parameters:
        without an instantiation there is no code of it."""
        start, end = self.tree.line_bounds(line)
        return _GENERIC.match(self.text[start:end]) is not None

    def generic_functions(self) -> Iterator[FunctionSyntax]:
        """The declared functions and methods with type parameters, those without a name left out;
        of other files nothing is looked at."""
        for match in _GENERIC.finditer(self.text):
            line = self.text.count(b"\n", 0, match.start()) + 1
            function = self.declaration_at(line)
            if function is None or function.span.line != line:
                continue
            if function.name.removesuffix("[...]").rpartition(".")[2] != "_":
                yield function

    def top_level_span(self, line: int) -> Span | None:
        """The whole declaration, of whatever kind, on whose lines the line is."""
        declaration = self.tree.top_level(self.tree.code_start(line))
        return None if declaration is None else self.tree.node_span(declaration)

    def line_span(self, line: int) -> Span:
        """The line's code, without the white space around it and a trailing comment."""
        return self.tree.span(*self.tree.code_bounds(line))

    def locate(
        self,
        code: Code,
        line: int,
        column: int | None = None,
        subject: str | None = None,
        nth: int = 0,
    ) -> Span | None:
        """The expression that the compiler means by a place; None when nothing fits.

        A ``column`` (not 0) decides: what the compiler reports there (positions.py), first as
        ``code``, else as any expression. Without it: the ``nth`` construct on the line, surest
        first. With a ``subject`` (as ``-m`` prints it) only among those that print so, or that
        begin so; where none does, a construct that is alone on its line, but never a variable.
        """
        self.tree.look_at(self.tree.line_bounds(line)[1])
        # A table of thousands of entries is asked for once for each of them.
        asked = (code, line, column, subject, nth)
        if asked not in self._located:
            self._located[asked] = self._locator.locate(*asked)
        return self._located[asked]

    def constructs(self, code: Code, line: int) -> tuple[Construct, ...]:
        """What the compiler could report as ``code`` on the line, in source order."""
        return self._locator.constructs(code, line)

    def boxed_at(self, line: int, column: int, subject: str) -> Span | None:
        """The operand that becomes an interface value at a place; see `locate`."""
        return self._locator.boxed_at(line, column, subject)

    def map_literal(self, line: int, type_: str | None = None) -> Span | None:
        """The innermost literal of a map, or of a named type, one of whose entries begins on the
        line, or that does so itself; None where there is none or more than one. Of several the
        one that is written to be of the ``type_`` (without package names and blanks)."""
        return self._locator.map_literal(line, type_)

    def call_span(self, line: int, callee_name: str, column: int | None = None) -> Span | None:
        """The call of a named function on the line: ``errors.New``, ``(*Builder).Grow``.

        The last identifier must fit; a ``column`` at a call's parenthesis decides.
        """
        return self._locator.call_span(line, callee_name, column)

    def guards(self, line: int, span: Span | None = None) -> tuple[Guard, ...]:
        """What decides whether the innermost function around the place reaches it.

        Outermost first, an early exit before all others; empty when every call of the
        function executes the place, unless it panics. Without a span: the first statement
        that begins on the line, else the smallest syntax that covers it.
        """
        return self._guards.guards(line, span)

    def uses(
        self, name: str, function: FunctionSyntax, declaration: Span | None = None
    ) -> tuple[Span, ...]:
        """Every occurrence of the variable ``name`` in the function, its declaration included.

        Which variable: the one declared at ``declaration``; else the function's first one of
        that name; else the outer one that the function uses. Fields are not variables.
        """
        return self._scopes.uses(name, function, declaration)

    def is_local(self, name: str, place: int) -> bool:
        """Whether the identifier of that name at a byte offset means a variable of a function."""
        return self._scopes.is_local(name, place)

    def declaration_of(self, line: int, column: int) -> Span | None:
        """Where the variable at the place is declared in this file; None if nowhere here."""
        return self._scopes.declaration_of(line, column)
