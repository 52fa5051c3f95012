"""Which variable an identifier means: lexical scoping within one file.

A declaration is visible from the end of its statement to the end of its scope, and of those
visible at a place the one that begins last wins; that is Go's rule (spec, "Declarations and
scope") because scopes nest. Names of other files, packages and fields are not variables here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.functions import DECLARATIONS, FunctionSyntax, signature_parts
from golsp_mem.source.parts.reach import Outer
from golsp_mem.source.parts.tree import Node, SourceTree
from golsp_mem.source.places.constructs import declares

_SCOPES = (
    "block",
    "if_statement",
    "for_statement",
    "expression_switch_statement",
    "type_switch_statement",
    "expression_case",
    "type_case",
    "default_case",
    "communication_case",
)
_FUNCTIONS = ("func_literal", *DECLARATIONS)
_KEYED_BY_VALUE = ("map_type", "slice_type", "array_type", "implicit_length_array_type")


@frozen
class _Binding:
    """A declared name, visible from ``start`` to ``end``."""

    name: str
    place: int
    start: int
    end: int
    scope: int


@frozen
class _Names:
    """The identifiers of one top-level declaration (byte offset -> that of its declaration,
    None when it is not declared there), by name, in source order. ``starts`` has all of them
    with their lengths; ``outer`` what those mean that are declared elsewhere."""

    occurrences: dict[str, dict[int, int | None]]
    starts: dict[int, tuple[int | None, int]]
    outer: Outer


class ScopeIndex:
    """Resolves the identifiers of one file, one top-level declaration at a time."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._known: dict[int, _Names] = {}
        self._package: dict[str, int] | None = None
        self._compared: dict[Outer, bool] = {}

    def uses(
        self, name: str, function: FunctionSyntax, declaration: Span | None
    ) -> tuple[Span, ...]:
        """See GoFile.uses."""
        start, end = self._tree.bounds(function.span)
        top = self._tree.top_level(start)
        if top is None:
            return ()
        occurrences = {
            place: bound
            for place, bound in self._names(top).occurrences.get(name, {}).items()
            if start <= place < end
        }
        if declaration is not None:
            wanted: int | None = self._tree.bounds(declaration)[0]
        else:
            inside = [place for place, bound in occurrences.items() if place == bound]
            wanted = inside[0] if inside else next(iter(occurrences.values()), None)
        length = len(name.encode())
        return tuple(
            self._tree.span(place, place + length)
            for place, bound in occurrences.items()
            if bound == wanted
        )

    def declaration_of(self, line: int, column: int) -> Span | None:
        """See GoFile.declaration_of."""
        place = self._tree.offset(line, column)
        top = self._tree.top_level(place)
        if top is None:
            return None
        starts = self._names(top).starts
        exact = starts.get(place)
        found = [exact] if exact is not None else [
            one for start, one in starts.items() if start <= place <= start + one[1]
        ]  # fmt: skip
        for bound, length in found:
            if bound is not None:
                return self._tree.span(bound, bound + length)
        return None

    def is_local(self, name: str, place: int) -> bool:
        """Whether the identifier at a byte offset means a variable of a function."""
        top = self._tree.top_level(place)
        if top is None:
            return False
        bound = self._names(top).occurrences.get(name, {}).get(place)
        return bound is not None and top.start <= bound < top.end

    def _names(self, top: Node) -> _Names:
        known = self._known.get(top.start)
        if known is None:
            known = self._resolve(top)
            self._known[top.start] = known
        self._tree.look_outside(known.outer)
        return known

    def declares(self, outer: Outer) -> bool:
        """Whether the file declares those names, for its package, just there."""
        if outer not in self._compared:
            names = self._package_names()
            same = all(names.get(name) == place for name, place in outer.places.items())
            self._compared[outer] = same
        return self._compared[outer]

    def _package_names(self) -> dict[str, int]:
        """The functions, variables and constants that the file declares for its package."""
        if self._package is None:
            found: dict[str, int] = {}
            for node in self._tree.root.tops:
                if node.kind == "function_declaration":
                    name = node.field("name")
                    if name is not None:
                        found.setdefault(self._tree.source(name), name.start)
                elif node.kind in ("var_declaration", "const_declaration"):
                    for spec in node.walk():
                        if spec.kind in ("var_spec", "const_spec"):
                            for name in spec.fields("name"):
                                found.setdefault(self._tree.source(name), name.start)
            self._package = found
        return self._package

    def _resolve(self, top: Node) -> _Names:
        identifiers, functions = [], []
        for node in top.walk():
            if node.kind == "identifier":
                identifiers.append(node)
            elif node.kind in _FUNCTIONS:
                functions.append(node)
        bindings: dict[str, list[_Binding]] = {}
        for binding in self._bindings(functions, identifiers):
            listed = bindings.setdefault(binding.name, [])
            # `a, err := f()` in the scope that already has `err` assigns to it.
            if not any(one.scope == binding.scope for one in listed):
                listed.append(binding)
        package = self._package_names()
        outer: dict[str, int | None] = {}
        occurrences: dict[str, dict[int, int | None]] = {}
        for node in identifiers:
            if _is_field_key(node):
                continue
            name = self._tree.source(node)
            if name == "_":
                continue
            listed = bindings.get(name, [])
            outer[name] = bound = package.get(name)
            if any(one.place == node.start for one in listed):
                bound = node.start
            else:
                visible = [one for one in listed if one.start <= node.start < one.end]
                if visible:
                    bound = max(visible, key=lambda one: (one.start, one.place)).place
            occurrences.setdefault(name, {})[node.start] = bound
        starts = {
            start: (bound, len(name.encode()))
            for name, found in occurrences.items()
            for start, bound in found.items()
        }
        return _Names(occurrences, starts, Outer(outer))

    def _bindings(
        self, functions: Sequence[Node], identifiers: Sequence[Node]
    ) -> Iterator[_Binding]:
        seen: set[int] = set()
        for node in functions:
            body = node.field("body")
            for _, part in signature_parts(node):
                for name in part.walk():
                    if name.kind == "identifier" and declares(name):
                        seen.add(name.start)
                        if body is not None and _own_parameter(name, part):
                            yield self._binding(name, body.start, body)
        for name in identifiers:
            if name.start in seen or name.parent is None:
                continue
            if name.parent.kind == "const_spec" and name in name.parent.fields("name"):
                statement = name.parent
            elif declares(name):
                statement = name.parent
                if statement.kind == "expression_list" and statement.parent is not None:
                    statement = statement.parent
                if statement.kind.endswith("parameter_declaration"):
                    continue
            elif _is_switch_alias(name):
                scope = next(iter(name.parent.ancestors()))
                brace = scope.token("{")
                yield self._binding(name, brace.start if brace is not None else scope.end, scope)
                continue
            else:
                continue
            scope_node = next((one for one in statement.ancestors() if one.kind in _SCOPES), None)
            if scope_node is not None:
                yield self._binding(name, statement.end, scope_node)

    def _binding(self, name: Node, start: int, scope: Node) -> _Binding:
        # A function's parameters and its body's own names share one scope only for Go's check
        # of redeclaration, which `:=` at the top of the body obeys as well.
        return _Binding(self._tree.source(name), name.start, start, scope.end, scope.start)


def _own_parameter(name: Node, parameter_list: Node) -> bool:
    """Not a parameter of a function type that stands in the list."""
    declaration = name.parent
    return declaration is not None and declaration.parent is parameter_list


def _is_switch_alias(name: Node) -> bool:
    listed = name.parent
    return (
        listed is not None
        and listed.parent is not None
        and listed.parent.kind == "type_switch_statement"
        and listed.parent.field("alias") is listed
    )


def _is_field_key(node: Node) -> bool:
    """Whether it is the ``a`` of ``T{a: 1}``; for map and slice literals it is a variable."""
    element = node.parent
    if element is None or element.kind != "literal_element" or element.parent is None:
        return False
    keyed = element.parent
    if keyed.kind != "keyed_element" or keyed.field("key") is not element or keyed.parent is None:
        return False
    literal = keyed.parent.parent
    written = literal.field("type") if literal is not None else None
    if literal is not None and literal.kind != "composite_literal":
        return True
    return written is None or written.kind not in _KEYED_BY_VALUE
