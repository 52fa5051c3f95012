"""One package's text, cleanups, types and liveness, and the small questions about all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TypeVar, cast

from attrs import field, frozen

from golsp_mem.analysis.lifetime.reading.cleanups import CleanupCall, Cleanups, Guard
from golsp_mem.analysis.lifetime.reading.imports import Imported
from golsp_mem.analysis.lifetime.reading.typed import Types
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.model import FunctionFacts, Position
from golsp_mem.source.package import PackageSyntax, Place
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.positions import anchor
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at

T = TypeVar("T")

_LEAKS = "leaking param"
_TO_RESULT = " to result "


@frozen(eq=False)
class Package:
    """What all questions about one package share. ``functions`` by file and first line,
    ``foreign`` the imported packages with owners by their paths."""

    syntax: PackageSyntax
    cleanups: Cleanups
    live: Liveness
    types: Types = field(factory=Types)
    functions: Mapping[tuple[str, int], FunctionFacts] = field(factory=dict)
    foreign: Mapping[str, Imported] = field(factory=dict)
    _variables: dict[tuple[str, int], Variable | None] = field(factory=dict, init=False)
    _known: dict[Hashable, object] = field(factory=dict, init=False)

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What ``work`` finds out of the package, which is the same each time; one kind of work
        has keys of its own."""
        if key not in self._known:
            self._known[key] = work()
        return cast("T", self._known[key])

    def variable(self, place: Place) -> Variable | None:
        """The local variable that an identifier means; one object for each variable."""
        key = (place.file.path, place.node.start)
        if key not in self._variables:
            found = variable_at(place.file, place.node)
            if found is not None:
                own = (place.file.path, found.declaration.start)
                found = self._variables.setdefault(own, found)
            self._variables[key] = found
        return self._variables[key]

    @property
    def guards(self) -> Iterator[Guard]:
        """Those of its own structs, and of those of imported packages."""
        yield from self.cleanups.guards
        for one in self.foreign.values():
            yield from one.guards()

    def owner_of(self, kind: str) -> Imported | None:
        """The imported package whose type has a cleanup: of ``dev.Port``."""
        if "." not in kind:
            return None
        return next((one for one in self.foreign.values() if one.word(kind) is not None), None)

    def foreign_of(self, kind: str) -> Imported | None:
        """The imported package with owners that a type is of: of ``dev.Port``."""
        name, dot, _ = kind.partition(".")
        return next((one for one in self.foreign.values() if dot and one.name == name), None)

    def keeps(self, function: Place, name: str) -> bool | None:
        """Whether, says the compiler, a parameter outlives the call other than as a result.

        None: the function was not compiled as it is written (generic code, a literal).
        """
        known = self.functions.get((function.file.path, function.span.line))
        if known is None or "[" in known.name:
            return None
        return any(
            one.subject == name and one.text.startswith(_LEAKS) and _TO_RESULT not in one.text
            for one in known.leaks
        )


def by_place(functions: Iterable[FunctionFacts]) -> dict[tuple[str, int], FunctionFacts]:
    # A literal may begin in the line of the function that it stands in, which has the shorter name.
    ordered = sorted(functions, key=lambda one: len(one.name), reverse=True)
    return {(one.file, one.line): one for one in ordered}


def place_of_call(call: Place) -> Position:
    """Where the compiler reports a call."""
    at = anchor(call.node)
    return call.file.tree.span(at, at).start


def role_of(variable: Variable) -> str | None:
    """``parameter``, ``result`` or ``receiver``; None for what is declared in the body."""
    span = variable.file.tree.node_span(variable.declaration)
    return next((one.role for one in variable.function.parameters if one.span == span), None)


def function_of(file: GoFile, node: Node) -> FunctionSyntax | None:
    """The innermost function, declared or literal, around a node."""
    span = file.tree.node_span(node)
    return file.function_at(span.line, span.column)


def cleanups_on(package: Package, variable: Variable) -> tuple[CleanupCall, ...]:
    """The SetFinalizer and AddCleanup calls that name this very variable, removals too."""
    return tuple(
        one
        for one in package.cleanups.calls
        if one.place.file is variable.file
        and any(use.start == one.value.start for use in variable.uses)
    )
