"""Where, in the function that holds the owner, a raw resource is at work.

A use in a function literal is at work where the literal runs: in the call that gets it, in the
goroutine, at the end of the function, or whenever whoever got it back calls it.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.expressions import Path, enclosing_call
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.analysis.lifetime.reading.using import Raw
from golsp_mem.model import Span
from golsp_mem.source.package import Place, initial_value
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.variables import Variable, function_node, setter

_SCOPES = (
    "block", "if_statement", "for_statement", "expression_switch_statement",
    "type_switch_statement", "select_statement", "expression_case", "type_case", "default_case",
    "communication_case",
)  # fmt: skip


class When(StrEnum):
    """``NOW``: while the site runs. ``GOROUTINE``: beside what follows. ``DEFERRED``: when the
    function ends. ``LATER``: after it has returned."""

    NOW = "now"
    GOROUTINE = "goroutine"
    DEFERRED = "deferred"
    LATER = "later"


@frozen
class Resource:
    """Where a resource lies below a value, and what it is."""

    path: Path
    kind: Raw


@frozen
class Within:
    """The same of what begins at a byte offset."""

    start: int
    resource: Resource

    def below(self, value: Node) -> Resource | None:
        return self.resource if value.start == self.start else None


@frozen(eq=False)
class Site:
    """``node`` is in the owner's function; ``literal`` the function literal that the use is in,
    if it is in one; ``raw`` where the resource lies below what the call gets."""

    node: Node
    when: When
    literal: Node | None = None
    raw: Within | None = None

    @property
    def is_storing(self) -> bool:
        """Whether the resource is put where it outlives the function; what comes behind that in the
        function counts, too."""
        return self.when is When.LATER and self.node.kind != "return_statement"


def site_of(package: Package, place: Place, home: Span) -> Site | None:
    """The site of a use in the function that spans ``home``; None where nobody knows."""
    node = place.node
    literal = _outermost_literal(place, home)
    if literal is None:
        return Site(node, _delay(node) or When.NOW)
    return _of_literal(package, place.of(literal), home, literal)


def _outermost_literal(place: Place, home: Span) -> Node | None:
    found = None
    around = function_node(place.node)
    while around is not None and place.file.tree.node_span(around) != home:
        found = around
        around = function_node(around)
    return found if around is not None else None


def _delay(call: Node) -> When | None:
    outer = call.parent
    if outer is None or call.kind != "call_expression":
        return None
    if outer.kind == "go_statement":
        return When.GOROUTINE
    return When.DEFERRED if outer.kind == "defer_statement" else None


def _of_literal(package: Package, literal: Place, home: Span, own: Node) -> Site | None:
    node = outer_parentheses(literal.node)
    outer = node.parent
    if outer is None:
        return None
    if outer.kind == "call_expression" and outer.field("function") is node:
        return Site(outer, _delay(outer) or When.NOW, own)
    given = enclosing_call(node)
    if given is not None:
        return Site(given[0], _delay(given[0]) or When.NOW, own)
    for around in node.ancestors():
        if around.kind == "return_statement":
            return Site(around, When.LATER, own)
        if around.kind in ("block", "call_expression"):
            break
    return _of_variable(package, literal, home, own)


def _of_variable(package: Package, literal: Place, home: Span, own: Node) -> Site | None:
    """A literal that a variable holds runs where the variable is last used."""
    variable = _variable_of(package, literal)
    if variable is None:
        return None
    uses = [use for use in variable.uses if use.start >= literal.node.end]
    last = max(uses, key=lambda use: use.start, default=None)
    if last is not None and _outermost_literal(Place(variable.file, last), home) is not None:
        return None
    for around in last.ancestors() if last is not None else ():
        if around.kind == "call_expression":
            return Site(around, _delay(around) or When.NOW, own)
        if around.kind == "return_statement":
            return Site(around, When.LATER, own)
    home_node = function_node(literal.node) if role_of(variable) == "result" else None
    bare = [one for one in (home_node.walk() if home_node is not None else ())
            if one.kind == "return_statement" and not one.named_children
            and one.start >= literal.node.end]  # fmt: skip
    return Site(bare[-1], When.LATER, own) if bare else None


def _variable_of(package: Package, literal: Place) -> Variable | None:
    listed = literal.node.parent
    statement = listed.parent if listed is not None else None
    if listed is None or statement is None:
        return None
    names = statement.fields("name")
    left = statement.field("left")
    if left is not None:
        names = left.named_children
    index = listed.named_children.index(literal.node) if listed.kind == "expression_list" else 0
    if index >= len(names) or names[index].kind != "identifier":
        return None
    variable = package.variable(literal.of(names[index]))
    if variable is None:
        return None
    start = initial_value(variable)
    if start is not None and start[0].text != "nil":
        return variable if start[0].node.start == literal.node.start else None
    # ``release = func() …``: a named result, say, that nothing else sets.
    set_by = [owner for use in variable.uses if (owner := setter(use)) is not None]
    return variable if len(set_by) == 1 and set_by[0].start == statement.start else None


def _scope(variable: Variable) -> Node | None:
    return next((one for one in variable.declaration.ancestors() if one.kind in _SCOPES), None)


def reaches(variable: Variable, node: Node) -> bool:
    """Whether the variable is in scope at the node."""
    scope = _scope(variable)
    return (
        scope is None
        or role_of(variable) is not None
        or (scope.start <= node.start and node.end <= scope.end)
    )
