"""Places that run only when something has gone wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.guards import (
    CASES,
    FUNCTIONS,
    JUMPS,
    SWITCHES,
    is_statement,
    never_returns,
)
from golsp_mem.source.parts.tree import Node, SourceTree, unparenthesized
from golsp_mem.source.syntax import GoFile

ColdKind = Literal["panic", "error"]
_MAKES_ERROR = ("fmt.Errorf", "errors.New")
_SENTINEL = re.compile(r"(?:\w+\.)?(?:Err[A-Z]\w*|EOF)")


@frozen
class Outcomes:
    """Functions of one package that end in one way only, by the last identifier of their names:
    those that never return, and those whose every return is of an error."""

    never_return: frozenset[str] = frozenset()
    only_fail: frozenset[str] = frozenset()


_NOTHING_KNOWN = Outcomes()


def cold_kind(file: GoFile, span: Span) -> ColdKind | None:
    """The kind of cold path that a place is on, within the innermost function around it.

    ``panic``: it is part of a call that does not return (panic, os.Exit, log.Fatal and the
    like, the runtime's throw), or whatever follows it to the end of its block leads to one.
    ``error``: likewise, for the return of an error that is not nil. That is what fmt.Errorf and
    errors.New make, a composite literal, a name such as ErrClosed or io.EOF; and anything but nil
    under an ``if`` that compares an error with nil. The function's last result must be an
    ``error``. All by names: syntax cannot know what ``log`` is.
    """
    return cold_kind_of(file.tree, place_of(file.tree, span))


def cold_kind_of(
    tree: SourceTree, place: Node, known: Outcomes = _NOTHING_KNOWN
) -> ColdKind | None:
    """`cold_kind` of a node, in a package of which more is known."""
    kinds = set(_Cold(tree, known).kinds(place))
    if "panic" in kinds:
        return "panic"
    return "error" if "error" in kinds else None


def place_of(tree: SourceTree, span: Span) -> Node:
    """The node of a span; of the keyword of a function literal the literal, which the function
    around it makes."""
    node = tree.smallest(*tree.bounds(span))
    made = node.kind == "func" and node.parent is not None and node.parent.kind == "func_literal"
    return node.parent or node if made else node


@frozen
class _Cold:
    tree: SourceTree
    known: Outcomes

    def kinds(self, place: Node) -> Iterator[ColdKind]:
        child = place
        if self.ends(place):
            yield "panic"
        for node in place.ancestors():
            if child.kind in FUNCTIONS and child is not place:
                return
            if self.ends(node):
                yield "panic"
            if node.kind == "statement_list":
                kind = self._end_of(node, child)
                if kind is not None:
                    yield kind
            child = node

    def ends(self, node: Node) -> bool:
        """Whether the node is a call that does not return."""
        if node.kind != "call_expression":
            return False
        if never_returns(self.tree, node):
            return True
        return called_name(self.tree, node) in self.known.never_return or (
            self._called(node) == "throw"
        )

    def _called(self, call: Node) -> str:
        function = call.field("function")
        return self.tree.collapsed(function) if function is not None else ""

    def _end_of(self, block: Node, place: Node) -> ColdKind | None:
        """What ends a block, if nothing between the place and that end leaves it before."""
        statements = (node for node in reversed(block.children) if is_statement(node))
        last = next(statements, None)
        if last is None:
            return None
        kind: ColdKind | None = None
        if last.kind == "return_statement":
            kind = "error" if self.returns_error(last) else None
        elif last.kind == "expression_statement" and last.named_children:
            kind = "panic" if self.ends(last.named_children[0]) else None
        if kind is None or last is place:
            return kind
        for statement in statements:
            if _may_leave(statement):
                return None
            if statement is place:
                break
        return kind

    def returns_error(self, statement: Node) -> bool:
        """Whether a return statement returns an error that is not nil."""
        function = next((node for node in statement.ancestors() if node.kind in FUNCTIONS), None)
        if function is None or not may_fail(self.tree, function):
            return False
        values = [child for lists in statement.named_children for child in lists.named_children]
        if not values:
            return _after_failure(self.tree, statement)
        return self.makes_error(values[-1]) or (
            unparenthesized(values[-1]).kind != "nil" and _after_failure(self.tree, statement)
        )

    def makes_error(self, written: Node) -> bool:
        """Whether an expression of type error is surely not nil."""
        value = unparenthesized(written)
        if value.kind == "call_expression":
            if self._called(value) in _MAKES_ERROR:
                return True
            return called_name(self.tree, value) in self.known.only_fail
        made = value.named_children[0] if value.kind == "unary_expression" else value
        return (
            made.kind == "composite_literal"
            or _SENTINEL.fullmatch(self.tree.collapsed(value)) is not None
        )


def called_name(tree: SourceTree, node: Node) -> str | None:
    """The last identifier of what a call calls: ``f`` of ``x.f()``; None for other nodes."""
    function = node.field("function") if node.kind == "call_expression" else None
    if function is None:
        return None
    function = unparenthesized(function)
    named = function.field("field") if function.kind == "selector_expression" else function
    return tree.source(named) if named is not None and named.kind.endswith("identifier") else None


def is_surely_failing(tree: SourceTree, value: Node, known: Outcomes) -> bool:
    """Whether an expression of type error is surely not nil."""
    return _Cold(tree, known).makes_error(value)


def is_last_act(tree: SourceTree, node: Node, known: Outcomes) -> bool:
    """Whether the node is a call that does not return."""
    return _Cold(tree, known).ends(node)


def makes_an_error(tree: SourceTree, node: Node) -> bool:
    """Whether the node is a call of fmt.Errorf or errors.New."""
    function = node.field("function") if node.kind == "call_expression" else None
    return function is not None and tree.collapsed(function) in _MAKES_ERROR


def _may_leave(statement: Node) -> bool:
    """Whether a statement may jump out of itself; func literals in it do not."""
    # Each node with whether a `break` and a `continue` would end inside the statement.
    pending = [(statement, False, False)]
    while pending:
        node, breaks, continues = pending.pop()
        if node.kind in JUMPS:
            stays = breaks if node.kind == "break_statement" else continues
            plain = node.kind in ("break_statement", "continue_statement")
            if not (plain and stays and not node.named_children):
                return True
            continue
        loop = node.kind == "for_statement"
        inside = (breaks or loop or node.kind in SWITCHES, continues or loop)
        if is_statement(node) or node.kind in ("block", "statement_list", *CASES):
            pending += [(child, *inside) for child in node.children]
    return False


def may_fail(tree: SourceTree, function: Node) -> bool:
    """Whether the function's last result is an error."""
    result = function.field("result")
    if result is not None and result.kind == "parameter_list":
        results = result.named_children
        result = results[-1].field("type") if results else None
    return result is not None and tree.text[result.start : result.end] == b"error"


def _after_failure(tree: SourceTree, statement: Node) -> bool:
    """Whether the block of the statement runs when an error is not nil."""
    block = next((node for node in statement.ancestors() if node.kind == "block"), None)
    branch = block.parent if block is not None else None
    if branch is None or branch.kind != "if_statement":
        return False
    condition = branch.field("condition")
    if condition is None or branch.field("consequence") is not block:
        return False
    return any(
        node.kind == "binary_expression"
        and node.token("!=") is not None
        and node.named_children[-1].kind == "nil"
        and "err" in tree.collapsed(node.named_children[0]).lower()
        for node in condition.walk()
    )
