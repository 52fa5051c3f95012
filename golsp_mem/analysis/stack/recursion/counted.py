"""Recursions of several functions that the source bounds by counting their levels.

Two forms count. A level that is kept beside the data: ``p.depth++`` with a test of ``p.depth`` that
leaves, in one of the functions or in a helper that it calls first (``if err := p.enter(); …``). And
a parameter that all functions hand on, counted up somewhere in each round and tested in each.
Functions are nodes by name, so that those which the compiler inlined into each other count too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from golsp_mem.analysis.stack.bound import Bound
from golsp_mem.analysis.stack.recursion.bounds import (
    MOST_NESTED_TYPES,
    Limit,
    counts,
    is_budget,
    is_from_outside,
    is_level,
    limit_of,
    parameters_of,
    turns_off,
)
from golsp_mem.analysis.stack.recursion.members import (
    Member,
    body_of,
    called_name,
    calls_to,
    statements_of,
)
from golsp_mem.source.parts.tree import Node

_NESTED = ("func_literal",)
_COUNTING = ("inc_statement", "dec_statement", "assignment_statement", "if_statement")
_LEAVES = ("return_statement", "break_statement", "goto_statement")
_INTEGERS = re.compile(r"u?int(8|16|32|64|ptr)?")

Path = tuple[str, ...]
Helper = Callable[[str], Member | None]


def counted_bound(
    paths: Collection[Path], written: Mapping[str, Member], helper: Helper
) -> Bound | None:
    """What bounds a recursion; None where nothing does, or the text does not tell.

    ``paths`` are the calls of the cycle: caller, what is inlined around the call, callee (keys of
    ``written``). ``helper`` finds another function of the package by the name in a call.
    """
    edges = {pair for path in paths for pair in pairwise(path)}
    names = {one.called for one in written.values()}
    gates: dict[str, Limit] = {}
    for key, one in written.items():
        gate = _gate(one, names, helper)
        if gate is not None:
            gates[key] = gate[1]
            label = gate[0]
    for key, name in _switched_off(edges, written):
        gates[key], label = Limit(2), name
    if gates and _is_acyclic((a, b) for a, b in edges if b not in gates):
        return Bound(label, _deepest(gates.values()))
    return _by_parameter(edges, written) or _by_types(edges, written)


def _switched_off(
    edges: Collection[tuple[str, str]], written: Mapping[str, Member]
) -> Iterator[tuple[str, str]]:
    """The functions that every call of the cycle gives the constant which turns off all their own
    calls in it: entered once more, they come back. With the parameter's name."""
    for key, one in written.items():
        body = body_of(one)
        called = {written[b].called for a, b in edges if a == key}
        own = [n for n in body.walk() if called_name(one.file, n) in called] if body else []
        for position, parameter in enumerate(parameters_of(one.file, one.syntax)):
            if parameter.type != "bool" or not own:
                continue
            given = {
                constant
                for a, b in edges
                if b == key
                for constant in _constants_given(written[a], one.called, position)
            }
            constant = given.pop() if len(given) == 1 else None
            if constant is not None and all(
                turns_off(one.file.tree, call, constant, parameter.name) for call in own
            ):
                yield key, parameter.name


def _constants_given(one: Member, name: str, position: int) -> Iterator[str | None]:
    body = body_of(one)
    calls = calls_to(one, body, name) if body is not None else []
    for call in calls:
        listed = call.field("arguments")
        given = listed.named_children if listed is not None else ()
        kind = given[position].kind if position < len(given) else None
        yield kind if kind in ("true", "false") else None
    if not calls:
        yield None


def _deepest(limits: Iterable[Limit]) -> int | None:
    depths = [one.depth for one in limits]
    known = [depth for depth in depths if depth is not None]
    return sum(known) if known and len(known) == len(depths) else None


def _is_acyclic(edges: Iterable[tuple[str, str]]) -> bool:
    left = set(edges)
    while left:
        targets = {b for a, b in left if a != b}
        starts = {a for a, _ in left} - targets - {a for a, b in left if a == b}
        if not starts:
            return False
        left = {(a, b) for a, b in left if a not in starts}
    return True


def _gate(one: Member, names: Collection[str], helper: Helper) -> tuple[str, Limit] | None:
    """The level that a function counts and tests, whatever way leads to its calls."""
    body = body_of(one)
    if body is None:
        return None
    calls = [node for node in _within(body) if called_name(one.file, node) in names]
    first = min((call.start for call in calls), default=body.end)
    before = [node for node in statements_of(body) if node.start < first]
    own = _counted_and_tested(one, before, first)
    if own is not None:
        return own
    each = [_counted_and_tested(one, _leading_to(call), call.start) for call in calls]
    gates = [gate for gate in each if gate is not None]
    if gates and len(gates) == len(each):
        return gates[0][0], max((limit for _, limit in gates), key=_depth)
    for statement in before:
        for node in _within(statement):
            name = called_name(one.file, node)
            if name is None or name in names or node.start >= first:
                continue
            other = helper(name)
            inner = body_of(other) if other is not None else None
            if other is None or inner is None:
                continue
            found = _counted_and_tested(other, list(statements_of(inner)), inner.end)
            if found is not None:
                return found
    return None


def is_level_counted(one: Member | None) -> bool:
    """Whether a function counts a level and leaves beyond a limit."""
    body = body_of(one) if one is not None else None
    if one is None or body is None:
        return False
    statements = [node for node in body.walk() if node.kind in _COUNTING]
    if _counted_and_tested(one, statements, body.end) is not None:
        return True
    levels = [p.name for p in parameters_of(one.file, one.syntax) if is_level(p.name)]
    return any(True for _ in _tests(one, statements, levels))


def _leading_to(call: Node) -> list[Node]:
    """The statements in front of a call in the blocks that it stands in."""
    return [
        statement
        for outer in call.ancestors()
        if outer.kind == "statement_list"
        for statement in outer.named_children
        if statement.start < call.start
    ]


def _depth(limit: Limit) -> float:
    return float("inf") if limit.depth is None else limit.depth


def _counted_and_tested(
    one: Member, statements: Sequence[Node], first: int
) -> tuple[str, Limit] | None:
    before = [node for node in statements if node.end <= first]
    counting = [*before, *(start for node in before if (start := node.field("initializer")))]
    names = dict.fromkeys(name for node in counting if (name := _level(one, node)) is not None)
    levels = (found for found in _tests(one, before, names) if not _is_set(one, found[0]))
    return next(levels, None)


def _tests(
    one: Member, statements: Iterable[Node], names: Collection[str]
) -> Iterator[tuple[str, Limit]]:
    """The names with the limits beyond which one of the statements leaves."""
    for node in statements:
        condition, then = node.field("condition"), node.field("consequence")
        if node.kind != "if_statement" or condition is None or then is None:
            continue
        if not leaves(one, then):
            continue
        for name in names:
            if _is_refused(one, node, name):
                yield name, Limit(None)
                continue
            for part in alternatives(condition):
                limit = limit_of(one.file, one.syntax, part, name)
                if limit is None:
                    continue
                if is_budget(name) and limit.below:
                    yield name, Limit(None)
                elif not limit.below or _fails_behind(one, node):
                    yield name, limit


def _is_refused(one: Member, test: Node, name: str) -> bool:
    """``if err := checkDepth(name); err != nil { return err }``: who is given the level, counted up
    in each round, may refuse it."""
    condition, initializer = test.field("condition"), test.field("initializer")
    if condition is None or initializer is None or initializer.kind != "short_var_declaration":
        return False
    failed = re.fullmatch(r"(\w+) != nil", one.file.tree.source(condition))
    left, right = initializer.field("left"), initializer.field("right")
    if failed is None or left is None or right is None or one.file.tree.source(left) != failed[1]:
        return False
    return is_level(name) and any(
        one.file.tree.source(given) == name
        for call in right.named_children
        if (listed := call.field("arguments")) is not None
        for given in listed.named_children
    )


def _fails_behind(one: Member, test: Node) -> bool:
    """``if level <= limit { return true }; …; return false``: what is beyond it is refused."""
    then = test.field("consequence")
    last = test.parent.named_children[-1] if test.parent is not None else None
    if then is None or last is None or last.kind != "return_statement":
        return False
    return "true" in one.file.tree.source(then) and "false" in one.file.tree.source(last)


def alternatives(condition: Node) -> Iterator[Node]:
    """The sides of ``||``, each of which leaves alone."""
    operator = condition.field("operator")
    if condition.kind == "binary_expression" and operator is not None and operator.kind == "||":
        for side in (condition.field("left"), condition.field("right")):
            if side is not None:
                yield from alternatives(side)
    else:
        yield condition


def _level(one: Member, node: Node) -> str | None:
    """What a statement counts up, a budget that it counts down, or ``len(x)`` of a stack that it
    pushes on."""
    target = _counted(one, node)
    tree = one.file.tree
    if target is not None:
        return tree.source(target)
    if node.kind == "dec_statement" and node.named_children:
        name = tree.source(node.named_children[0])
        return name if "." in name and is_budget(name) else None
    left = node.field("left") if node.kind == "assignment_statement" else None
    if left is None:
        return None
    name = tree.source(left)
    pushed = tree.collapsed(node).replace(" ", "").startswith(f"{name}=append({name},")
    return f"len({name})" if pushed and "." in name else None


def _counted(one: Member, node: Node) -> Node | None:
    """What outlives the call and is counted up: a field, or a variable from outside."""
    tree = one.file.tree
    left = None
    if node.kind == "inc_statement" and node.named_children:
        left = node.named_children[0]
    elif node.kind == "assignment_statement":
        given, value = node.field("left"), node.field("right")
        if given is None or value is None or len(given.named_children) != 1:
            return None
        target, amount = given.named_children[0], value.named_children[0]
        plus = tree.collapsed(node).replace(" ", "")
        adds = amount.kind == "int_literal" and plus.startswith(f"{tree.source(target)}+=")
        left = target if adds or counts(tree, amount, tree.source(target)) else None
    if left is None:
        return None
    if left.kind == "selector_expression":
        return left
    is_name = left.kind == "identifier"
    return left if is_name and is_from_outside(one.file, one.syntax, left) else None


def leaves(one: Member, block: Node) -> bool:
    statements = list(statements_of(block))
    if not statements:
        return False
    return statements[-1].kind in _LEAVES or _panics(one, statements[-1], 2)


def _panics(one: Member, statement: Node, hops: int) -> bool:
    call = statement.named_children[0] if statement.kind == "expression_statement" else None
    called = call.field("function") if call is not None else None
    if called is None:
        return False
    name = one.file.tree.source(called)
    if name == "panic" or name.startswith(("log.Fatal", "log.Panic", "os.Exit")):
        return True
    other = one.other(name) if hops else None
    body = body_of(other) if other is not None else None
    statements = list(statements_of(body)) if body is not None else []
    return other is not None and bool(statements) and _panics(other, statements[-1], hops - 1)


def _is_set(one: Member, name: str) -> bool:
    """Whether the level is set to anything else anywhere in the function."""
    tree = one.file.tree
    body = body_of(one)
    for node in body.walk() if body is not None else ():
        left = node.field("left") if node.kind == "assignment_statement" else None
        if left is None or _counted(one, node) is not None:
            continue
        text = tree.collapsed(node).replace(" ", "")
        names = [tree.source(target) for target in left.named_children]
        if name in names and not text.startswith(f"{name}-="):
            return True
    return False


def _by_parameter(
    edges: Collection[tuple[str, str]], written: Mapping[str, Member]
) -> Bound | None:
    """A parameter of one name that every function of the cycle has, counted and tested."""
    shared = None
    for one in written.values():
        here = {p.name for p in parameters_of(one.file, one.syntax) if _INTEGERS.fullmatch(p.type)}
        shared = here if shared is None else shared & here
    for name in sorted(shared or ()):
        limits: dict[str, Limit] = {}
        for key, one in written.items():
            limit = _tested(one, name)
            if limit is not None:
                limits[key] = limit
        if not limits or not _is_acyclic((a, b) for a, b in edges if b not in limits):
            continue
        plain = _handed_on_plainly(edges, written, name)
        if plain is not None and _is_acyclic(plain):
            known = [one.depth for one in limits.values() if one.depth is not None]
            # A round counts one at least and enters each function once at the most in between.
            depth = max(known) * len(written) if len(known) == len(limits) else None
            return Bound(name, depth)
    return None


def _by_types(edges: Collection[tuple[str, str]], written: Mapping[str, Member]) -> Bound | None:
    """A reflect.Type that every round takes apart: as deep as programmers nest types."""
    typed: dict[str, tuple[int, str]] = {}
    for key, one in written.items():
        listed = parameters_of(one.file, one.syntax)
        found = [(i, p.name) for i, p in enumerate(listed) if p.type == "reflect.Type"]
        if len(found) != 1:
            return None
        typed[key] = found[0]
    plain = set()
    for caller, callee in edges:
        one, own, position = written[caller], typed[caller][1], typed[callee][0]
        calls = (
            [] if (body := body_of(one)) is None else calls_to(one, body, written[callee].called)
        )
        if not calls:
            return None
        for call in calls:
            handed = call.field("arguments")
            given = handed.named_children if handed is not None else ()
            text = one.file.tree.source(given[position]) if position < len(given) else ""
            if text == own:
                plain.add((caller, callee))
            elif not (text.startswith(f"{own}.") or text.endswith((".Type", ".Type()"))):
                return None
    return Bound(typed[min(typed)][1], MOST_NESTED_TYPES) if _is_acyclic(plain) else None


def _tested(one: Member, name: str) -> Limit | None:
    body = body_of(one)
    statements = statements_of(body) if body is not None else ()
    return next((limit for _, limit in _tests(one, statements, (name,))), None)


def _handed_on_plainly(
    edges: Collection[tuple[str, str]], written: Mapping[str, Member], name: str
) -> set[tuple[str, str]] | None:
    """The calls that hand the parameter on as it is; None where one hands on anything else."""
    plain = set()
    for caller, callee in edges:
        one, other = written[caller], written[callee]
        position = [p.name for p in parameters_of(other.file, other.syntax)].index(name)
        body = body_of(one)
        calls = [] if body is None else calls_to(one, body, other.called)
        if not calls or _is_set(one, name):
            return None
        for call in calls:
            listed = call.field("arguments")
            given = listed.named_children if listed is not None else ()
            if position >= len(given):
                return None
            if counts(one.file.tree, given[position], name):
                continue
            if one.file.tree.source(given[position]) != name:
                return None
            plain.add((caller, callee))
    return plain


def _within(node: Node) -> Iterator[Node]:
    """The nodes below, without those of function literals: who calls these is not known."""
    yield node
    for child in node.named_children:
        if child.kind not in _NESTED:
            yield from _within(child)
