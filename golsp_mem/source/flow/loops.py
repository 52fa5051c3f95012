"""Which loops repeat a place, and how often at most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.flow.coldpaths import Outcomes, is_last_act
from golsp_mem.source.parts.guards import CASES, FUNCTIONS, SWITCHES, is_statement
from golsp_mem.source.parts.tree import Node, SourceTree
from golsp_mem.source.syntax import GoFile

_COUNTED = re.compile(r"(\w+)\s*(<|<=)\s*(\d+)")
_FROM = re.compile(r"(\w+)\s*:?=\s*(\d+)")
_WHOLE = re.compile(r"\d+")


@frozen
class Loop:
    """A loop around a place; ``bound`` is how many rounds it has at most, None if unknown."""

    bound: int | None = None


def loops_around(
    tree: SourceTree, path: Sequence[Node], known: Outcomes, *, made_anew: bool = False
) -> Iterator[Loop]:
    """The loops within one function that repeat a place, innermost first.

    ``path`` is the place, what holds it, and so on to the function. A loop does not repeat what
    runs before its first round, nor what leads out of it without another round. ``made_anew``: the
    place is a variable of a loop's head, which the loop makes once a round.
    """
    for level in range(1, len(path)):
        node = path[level]
        if node.kind != "for_statement":
            continue
        if made_anew and _is_in_head(path, level):
            bound = _bound(tree, node)
            counts_itself = path[level - 1].kind == "for_clause"
            # Of three clauses the condition that ends the loop has its own, too (cmd/compile/
            # internal/loopvar, forStmt).
            yield Loop(bound + 1 if bound is not None and counts_itself else bound)
        elif _repeats(path, level) and not _leaves(tree, path, level, known):
            yield Loop(_bound(tree, node))
    if tree.text.find(b"goto ", path[-1].start, path[-1].end) >= 0:
        yield from _jumped(tree, path, known)


def is_declared_by_loop(file: GoFile, span: Span) -> bool:
    """Whether a place is where the head of a loop declares its variables: a ``for`` clause before
    the first turn, or ``range`` on its left. Since Go 1.22, by the version in go.mod, each turn has
    its own (https://go.dev/ref/spec#For_statements)."""
    node = file.tree.smallest(*file.tree.bounds(span))
    path = [node, *node.ancestors()]
    for inner, part in pairwise(path):
        if part.kind in ("block", *FUNCTIONS):
            return False
        if part.kind == "for_clause":
            return inner is part.field("initializer")
        if part.kind == "range_clause":
            return inner is part.field("left") and part.token(":=") is not None
    return False


def _is_in_head(path: Sequence[Node], level: int) -> bool:
    """Whether a place is in the head of the loop at ``path[level]``, not in its body."""
    return path[level - 1].kind in ("range_clause", "for_clause")


def _repeats(path: Sequence[Node], level: int) -> bool:
    part = path[level - 1]
    if part.kind == "range_clause":
        return False
    if part.kind == "for_clause":
        inner = path[level - 2] if level >= 2 else None
        return inner is None or inner is not part.field("initializer")
    return True


def _leaves(tree: SourceTree, path: Sequence[Node], level: int, known: Outcomes) -> bool:
    """Whether all that follows the place leads out of the loop at ``path[level]``."""
    loop = path[level]
    for height in range(1, level):
        block, child = path[height], path[height - 1]
        if block.kind != "statement_list":
            continue
        statements = [node for node in block.children if is_statement(node)]
        behind = [node for node in statements if node.start >= child.start]
        if any(tree.once((_may_go_on, one), partial(_may_go_on, one)) for one in behind):
            return False
        if behind and _goes_out(tree, behind[-1], loop, known):
            return True
    return False


def _goes_out(tree: SourceTree, last: Node, loop: Node, known: Outcomes) -> bool:
    if last.kind == "return_statement":
        return True
    if last.kind == "expression_statement" and last.named_children:
        return is_last_act(tree, last.named_children[0], known)
    if last.kind != "break_statement":
        return False
    label = next(iter(last.named_children), None)
    if label is not None:
        name = tree.source(label)
        target = next(
            (
                node
                for node in last.ancestors()
                if node.kind == "labeled_statement"
                and (written := node.field("label")) is not None
                and tree.source(written) == name
            ),
            None,
        )
        return target is not None and target.start <= loop.start and target.end >= loop.end
    inner = next(n for n in last.ancestors() if n.kind in ("for_statement", *SWITCHES))
    return inner is loop


def _may_go_on(statement: Node) -> bool:
    """Whether a statement may start the next round: there is a continue or goto in it."""
    pending = [statement]
    while pending:
        node = pending.pop()
        if node.kind in ("continue_statement", "goto_statement"):
            return True
        if is_statement(node) or node.kind in ("block", "statement_list", *CASES):
            pending.extend(node.children)
    return False


def _bound(tree: SourceTree, loop: Node) -> int | None:
    head = next((node for node in loop.named_children if node.kind != "block"), None)
    if head is None:
        return None
    if head.kind == "range_clause":
        over = head.field("right")
        text = tree.collapsed(over) if over is not None else ""
        return int(text) if _WHOLE.fullmatch(text) else None
    if head.kind != "for_clause":
        return None
    start, until = head.field("initializer"), head.field("condition")
    step = head.field("update")
    if start is None or until is None or step is None:
        return None
    counted = _COUNTED.fullmatch(tree.collapsed(until))
    first = _FROM.fullmatch(tree.collapsed(start))
    if counted is None or first is None or counted[1] != first[1]:
        return None
    name = counted[1]
    if tree.collapsed(step) != f"{name}++" or _is_set_in(tree, loop, name):
        return None
    return max(0, int(counted[3]) - int(first[2]) + (counted[2] == "<="))


def _is_set_in(tree: SourceTree, loop: Node, name: str) -> bool:
    body = loop.field("body")
    if body is None:
        return False
    text = tree.text[body.start : body.end].decode("utf-8", "replace")
    return re.search(rf"\b{name}\s*(?:[-+*/%&|^]|<<|>>|&\^)?=[^=]|\b{name}(?:\+\+|--)|&{name}\b",
                     text) is not None  # fmt: skip


def _jumped(tree: SourceTree, path: Sequence[Node], known: Outcomes) -> Iterator[Loop]:
    """Loops made of a label and a goto behind it."""
    place, function = path[0], path[-1]
    if _leaves(tree, path, len(path) - 1, known):
        return
    jumps = tree.once((_jumps_back, function), lambda: _jumps_back(tree, function))
    yield from (Loop() for _ in {label for label, end in jumps if label <= place.start < end})


def _jumps_back(tree: SourceTree, function: Node) -> list[tuple[int, int]]:
    """Where each label begins that a goto behind it leads to, with where the goto begins."""
    own = list(_walk_own(function))
    labels = {
        tree.source(label): node.start
        for node in own
        if node.kind == "labeled_statement" and (label := node.field("label")) is not None
    }
    gotos = (
        (labels.get(tree.source(node.named_children[0])), node.start)
        for node in own
        if node.kind == "goto_statement" and node.named_children
    )
    return [(label, end) for label, end in gotos if label is not None and label < end]


def _walk_own(function: Node) -> Iterator[Node]:
    pending = list(function.children)
    while pending:
        node = pending.pop()
        if node.kind in FUNCTIONS:
            continue
        yield node
        if is_statement(node) or node.kind in ("block", "statement_list", *CASES):
            pending.extend(node.children)
