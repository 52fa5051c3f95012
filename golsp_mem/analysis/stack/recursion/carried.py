"""Levels that a struct carries from call to call of one function.

A number in a field, started from constants, that every call counts down and tests:
``if b.left--; b.left < 0 { return err }``. And a struct that is handed on as another, with one more
or one less: ``ctx{c.depth - 1}.descend(s)``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from attrs import frozen

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.stack.bound import Bound
from golsp_mem.analysis.stack.loops import typed
from golsp_mem.analysis.stack.recursion.bounds import Limit, is_budget, limit_of
from golsp_mem.analysis.stack.recursion.counted import alternatives, leaves
from golsp_mem.analysis.stack.recursion.levels import base_name
from golsp_mem.analysis.stack.recursion.members import (
    Member,
    body_of,
    calls_to,
    statements_of,
)
from golsp_mem.analysis.stack.recursion.starts import largest_of_field
from golsp_mem.source.parts.tree import Node


@frozen
class _Level:
    """``v.f`` as written, of a variable of type ``owner``; ``up``: it is counted up, else down."""

    name: str
    owner: str
    up: bool


def carried_bound(one: Member, paths: Collection[str], sources: Sources) -> Bound | None:
    """What bounds a function that calls itself; None where nothing does."""
    body = body_of(one)
    calls = calls_to(one, body, one.called) if body is not None else []
    if body is None or not calls:
        return None
    first = min(call.start for call in calls)
    before = [node for node in statements_of(body) if node.start < first]
    tree = one.file.tree
    start, end = tree.bounds(one.syntax.span)
    types = dict(typed(one.file, tree.smallest(start, end)))
    sunk = [each for each in _sunk(one, before, first, types) if _is_shared(one, calls, each)]
    for level in (*sunk, *_handed_on(one, calls, types)):
        limit = next(_limits(one, before, first, level), None)
        if limit is None or _is_set(one, body, level, calls):
            continue
        if level in sunk and not limit.below and not _counts_once(one, body, level):
            continue  # what others count down, too, may jump over it
        label = level.name.rpartition(".")[2]
        if level.up:
            return Bound(label, limit.depth)
        if level not in sunk and is_budget(level.name):
            return Bound(label, None)
        most = largest_of_field(level.owner, label, one.syntax, paths, sources)
        if most is not None:
            return Bound(label, most + 1)
    return None


def _sunk(
    one: Member, before: Sequence[Node], first: int, types: dict[str, str]
) -> Iterator[_Level]:
    """What each call counts down by one in front of all calls of itself."""
    for node in before:
        for counting in (node, node.field("initializer")):
            if counting is None or counting.kind != "dec_statement" or counting.end > first:
                continue
            name = one.file.tree.source(counting.named_children[0])
            owner = types.get(name.partition(".")[0], "")
            if name.count(".") == 1 and owner:
                yield _Level(name, base_name(owner), up=False)


def _is_shared(one: Member, calls: Sequence[Node], level: _Level) -> bool:
    """Whether every call gets the variable as it is."""
    root = level.name.partition(".")[0]
    for call in calls:
        called, listed = call.field("function"), call.field("arguments")
        operand = called.field("operand") if called is not None else None
        given = [*listed.named_children] if listed is not None else []
        if operand is not None and one.syntax.receiver:
            given.append(operand)
        if not any(one.file.tree.source(node) == root for node in given):
            return False
    return True


def _handed_on(one: Member, calls: Sequence[Node], types: dict[str, str]) -> Iterator[_Level]:
    """What every call gets one more or one less of, in a new struct of the same type."""
    found: set[_Level] | None = None
    for call in calls:
        called, listed = call.field("function"), call.field("arguments")
        given = [*listed.named_children] if listed is not None else []
        operand = called.field("operand") if called is not None else None
        here = {
            level
            for node in (*given, *([operand] if operand is not None else []))
            for level in _counted_in(one, node, types)
        }
        found = here if found is None else found & here
    yield from sorted(found or (), key=lambda level: level.name)


def _counted_in(one: Member, node: Node, types: dict[str, str]) -> Iterator[_Level]:
    tree = one.file.tree
    while node.kind in ("unary_expression", "parenthesized_expression") and node.named_children:
        node = node.named_children[0]
    made = node.field("type") if node.kind == "composite_literal" else None
    body = node.field("body")
    if made is None or body is None:
        return
    for element in body.named_children:
        text = tree.collapsed(element).replace(" ", "")
        key, _, value = text.rpartition(":")
        for sign in "+-":
            name, _, amount = value.partition(sign)
            owner = base_name(types.get(name.partition(".")[0], ""))
            same = owner and owner == base_name(tree.source(made)) and name.count(".") == 1
            same = same and [base_name(other) for other in types.values()].count(owner) == 1
            if same and amount == "1" and key in ("", name.rpartition(".")[2]):
                yield _Level(name, owner, up=sign == "+")


def _limits(one: Member, before: Sequence[Node], first: int, level: _Level) -> Iterator[Limit]:
    """The tests in front of all calls that leave where the level is at its end."""
    for node in before:
        condition, then = node.field("condition"), node.field("consequence")
        if node.kind != "if_statement" or condition is None or then is None or node.end > first:
            continue
        for part in alternatives(condition) if leaves(one, then) else ():
            limit = limit_of(one.file, one.syntax, part, level.name)
            if limit is None or limit.below is level.up:
                continue
            # What goes down from no less than zero meets zero.
            if level.up or limit.below or limit.depth == 1:
                yield limit


def _counts_once(one: Member, body: Node, level: _Level) -> bool:
    """Whether one statement counts, and a test leaves in front of it."""
    counting = [node.start for node in body.walk() if node.kind == "dec_statement"
                and one.file.tree.source(node.named_children[0]) == level.name]  # fmt: skip
    return len(counting) == 1 and any(
        True for _ in _limits(one, list(statements_of(body)), counting[0], level)
    )


def _is_set(one: Member, body: Node, level: _Level, calls: Sequence[Node]) -> bool:
    """Whether the variable or the level is set in the function; what is counted back when the call
    ends, once, stands for a call that has come back."""
    tree = one.file.tree
    root = level.name.partition(".")[0]
    last = max(call.end for call in calls)
    back = 0
    for node in body.walk():
        if node.kind == "inc_statement" and tree.source(node.named_children[0]) == level.name:
            around = {outer.kind for outer in node.ancestors() if outer.start > body.start}
            ends = "defer_statement" in around or node.start > last
            back += 1
            if back > 1 or not ends or "for_statement" in around:
                return True
        left = node.field("left") if node.kind.startswith(("assignment", "short_var")) else None
        for target in left.named_children if left is not None else ():
            if tree.source(target) in (root, f"*{root}", level.name):
                return True
    return False
