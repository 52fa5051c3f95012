"""Where a variable, or what lies below it, becomes something else: who uses it from then on holds
another owner."""

from __future__ import annotations

from attrs import field, frozen

from golsp_mem.analysis.lifetime.reading.definitions import definitions
from golsp_mem.analysis.lifetime.reading.expressions import Path
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.sites import Site
from golsp_mem.source.package import Place
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.tree import Node, SourceTree, unparenthesized
from golsp_mem.source.variables import (
    Variable,
    in_same_function,
    is_assigned_again,
    share_a_loop,
    variable_at,
)

# They leave out what stands behind them, and stay in the function.
JUMPS_ON = ("continue_statement", "break_statement", "goto_statement")
_SETTERS = ("assignment_statement", "short_var_declaration")


@frozen(eq=False)
class Replacements:
    """Answers for the owner at ``path`` below a variable, of which the resource was taken in the
    expression ``taken``, which ends at the byte offset ``start``."""

    package: Package
    variable: Variable
    path: Path | None
    start: int
    taken: Node
    _statements: tuple[Node, ...] = field(init=False)

    def is_other(self, use: Node, at: Site) -> bool:
        """Whether a use of the variable is of another owner, on every way there."""
        if in_same_function(self.variable, use):
            return use.start > self.start and self.is_before(use)
        # A literal has the variable itself, and finds in it what is there when it runs.
        is_later = use.start >= self.start or _is_deferred(use)
        return use.start < at.node.start and is_later and self.is_before(at.node)

    def is_before(self, node: Node) -> bool:
        """Whether the variable has another owner at a node, on every way there."""
        return any(self._lies_between(one, node) for one in self._statements)

    def _lies_between(self, statement: Node, node: Node) -> bool:
        outer = statement_around(statement)
        listed = outer.parent if outer is not None else None
        if listed is None:
            return False
        if self.start <= statement.start and statement.end <= node.start:
            return listed.start <= node.start < listed.end
        # Set anew in each turn of a loop that is over.
        return (
            statement.end <= self.start
            and share_a_loop(statement, self.taken)
            and not share_a_loop(statement, node)
            and node.start > self.start
            and listed.start <= self.taken.start < listed.end
            and self._is_declared_outside(statement)
            and not is_taken_behind(
                self.variable.file.tree, statement, self.taken, self.taken.end + 1
            )
        )

    def _is_declared_outside(self, statement: Node) -> bool:
        loop = next((one for one in statement.ancestors() if one.kind == "for_statement"), None)
        return loop is not None and not loop.start <= self.variable.declaration.start < loop.end

    @_statements.default
    def _assignments(self) -> tuple[Node, ...]:
        """Those that put something else there, of which the old one is no part."""
        found = []
        for one in definitions(self.package, self.variable):
            if self.path is None or self.path[: len(one.path)] != one.path:
                continue
            statement = next((outer for outer in one.value.node.ancestors()
                              if outer.kind in _SETTERS), None)  # fmt: skip
            is_made_of_it = any(one.value.node.start <= use.start < one.value.node.end
                                for use in self.variable.uses)  # fmt: skip
            if statement is None or is_made_of_it:
                continue
            if ELEMENT not in one.path or self._is_same_element(statement):
                found.append(statement)
        return tuple(found)

    def _is_same_element(self, statement: Node) -> bool:
        """Whether a statement sets the very element, of all that the variable holds, from which the
        resource was taken: not another one in each turn of a loop."""
        tree, left = self.variable.file.tree, statement.field("left")
        own = indexes(tree, self.taken)
        if not any(indexes(tree, one)[: len(own)] == own
                   for one in (left.named_children if left is not None else ())):  # fmt: skip
            return False
        names = (one for one in self.taken.walk() if one.kind == "identifier")
        found = [variable_at(self.variable.file, one) for one in names]
        return not any(
            share_a_loop(statement, one.declaration) or is_assigned_again(one)
            for one in found
            if one is not None and one.declaration.start != self.variable.declaration.start
        )


def indexes(tree: SourceTree, value: Node) -> tuple[str, ...]:
    """The indexes and keys by which an expression leads to an element, the outermost last:
    ``i``, ``"a"`` of ``v[i].m["a"].f``."""
    found: list[str] = []
    node: Node | None = unparenthesized(value)
    while node is not None and node.kind in (
        "index_expression", "selector_expression", "unary_expression", "call_expression",
    ):  # fmt: skip
        index = node.field("index")
        if index is not None:
            found.append(tree.source(index))
        inner = node.field("operand") or node.field("function")
        node = unparenthesized(inner) if inner is not None else None
    return tuple(reversed(found))


def _is_deferred(use: Node) -> bool:
    return any(one.kind == "defer_statement" for one in use.ancestors())


def is_plainly_taken(tree: SourceTree, taken: Node) -> bool:
    """Whether what is taken goes into a variable of its own: ``fd = f.Fd()``."""
    return _words(tree, statement_around(taken)) is not None


def is_taken_behind(tree: SourceTree, setting: Node, taken: Node, end: int) -> bool:
    """Whether behind a statement that sets the owner, and in front of ``end``, the resource is
    taken from it by the same words, whatever happens: both are of the same owner from then on."""
    words = _words(tree, statement_around(taken))
    statement = statement_around(setting)
    listed = statement.parent if statement is not None else None
    if statement is None or listed is None or words is None:
        return False
    for one in listed.named_children:
        if one.start < statement.end:
            continue
        if one.start >= end:
            return False
        if _words(tree, one) == words:
            return True
        if any(inner.kind in JUMPS_ON for inner in one.walk()):
            return False
    return False


def _words(tree: SourceTree, statement: Node | None) -> tuple[str, str] | None:
    """What is assigned to what, as written; None where it is put beside others, or below
    something."""
    left, right = [
        statement.field(one) if statement is not None else None for one in ("left", "right")
    ]
    if left is None or right is None or not tree.source(left).isidentifier():
        return None
    read = {tree.source(one) for one in right.walk() if one.kind == "identifier"}
    return (tree.source(left), tree.source(right)) if tree.source(left) not in read else None


def is_given_up(package: Package, variable: Variable, path: Path, taken: Place) -> bool:
    """Whether the function puts something else where an owner was, below its parameter, once the
    resource, or the owner, was taken from there: ``c.file = nil`` behind ``fd := c.file.Fd()``."""
    if not path:
        return False
    found = Replacements(package, variable, path, taken.node.start, taken.node)
    outermost = [one for one in taken.node.ancestors() if one.kind == "statement_list"]
    last = outermost[-1].named_children[-1] if outermost else None
    return last is not None and found.is_before(last)
