"""Chains that a loop makes: each round hangs a new value on the last, along one field.

Such a chain is as long as the loop has rounds: as data says, but where the rounds are a constant.
Functions that balance what they make (`rotates`, `halves`) make no chain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from golsp_mem.analysis.stack.loops import (
    calls_its_elements,
    is_of_a_round,
    is_set_afresh,
    is_short,
    loops_around,
)
from golsp_mem.analysis.stack.recursion.makings import assignments_of, base_of, literal_of
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

ANY_FIELD = ""
"""Of a chain whose text does not name the field along which it is long."""
ANY_LINK = ("", ANY_FIELD)
_TOP = r"{0}\[len\({0}\)-1\]"
_CHILD = re.compile(r"(\w+)\.(\w+)$")
_LINK = re.compile(r"(\w+)\.([\w\[\]]+)")


def spine(
    file: GoFile,
    function: Node,
    node: Node,
    wrappers: Mapping[str, tuple[str, str]],
    is_kept: Callable[[str], bool],
) -> tuple[str, str] | None:
    """The type, if it is told, and the field along which a loop, or call after call, hangs the
    values that it makes, `ANY_FIELD` where its name is not told; None where none does.
    ``wrappers`` are the functions whose result holds what they got, ``push(l, v)``, with the type
    and field in which; ``is_kept`` says of ``l.head`` whether nothing else sets it."""
    loops = loops_around(node)
    if loops and all(is_short(file, one) or calls_its_elements(file, one) for one in loops):
        return None
    called = node.field("function") if node.kind == "call_expression" else None
    wrapped = None
    if called is not None:
        wrapped = wrappers.get(file.tree.source(called).rpartition(".")[2])
        if wrapped is None:
            return None
    written = file.tree.source(literal_of(node))
    # Another loop of the function may have variables of the same names.
    pairs = assignments_of(file, loops[-1] if loops else function)
    held = {left for left, right in pairs if right == written and left.isidentifier()}
    put = {target for target, source in pairs if source == written or source in held}
    if loops and (field := _put_at_tail(file, loops[0], written, held, pairs)) is not None:
        return "", field
    for left, right in pairs:
        if "[" in left or (right != written and right not in held and right not in put):
            continue
        # A variable that is there from round to round, a field from call to call.
        if is_of_a_round(file, loops[0], left) if loops else not is_kept(left):
            continue
        link = _hung_on(left, written, held, pairs)
        if link is not None and loops and is_set_afresh(file, loops[0], left):
            continue
        if link is not None:
            return wrapped if link == ANY_LINK and wrapped is not None else link
    field = _stacked(file, loops[0], written, held, pairs) if loops else None
    return ("", field) if field is not None else None


def _put_at_tail(
    file: GoFile, loop: Node, written: str, held: set[str], pairs: Sequence[tuple[str, str]]
) -> str | None:
    """``*tail = &node{…}; tail = &(*tail).next``, ``*tail = n; tail = &n.next``."""
    for target, source in pairs:
        tail = target.removeprefix("*")
        if tail == target or (source != written and source not in held):
            continue
        roots = "|".join([rf"\(\*{re.escape(tail)}\)", *map(re.escape, sorted(held))])
        moved = [
            re.fullmatch(rf"&(?:{roots})\.(\w+)", value) for left, value in pairs if left == tail
        ]
        first = moved[0] if moved else None
        if first is not None and all(moved) and not is_of_a_round(file, loop, tail):
            return first[1]
    return None


def _hung_on(
    left: str, written: str, held: set[str], pairs: Sequence[tuple[str, str]]
) -> tuple[str, str] | None:
    """``n = &node{next: n}``, ``last.next = n; last = n``, ``n.next = last; last = n``."""
    name = re.escape(left)
    inside = re.search(rf"(?:\b(\w+):\s*)?(?<![\w.&]){name}\s*[,)}}]", written)
    if inside is not None:
        # Of a call nobody knows what type it makes.
        type_ = re.match(r"&?([\w.]+)(?:\[[^\]\n]*\])?\{", written)
        return (base_of(type_[1]), inside[1] or ANY_FIELD) if type_ is not None else ANY_LINK
    for target, source in pairs:
        if source == written and target.rpartition(".")[0] == left and (left, target) in pairs:
            return "", target.rpartition(".")[2]  # last.next = &node{…}; last = last.next
        link = _CHILD.match(target) if target.count(".") == left.count(".") + 1 else None
        child = target.rpartition(".")
        new = source == written or source in held
        grown = _appended(target, source)
        if child[0] == left and (new or grown == written or grown in held):
            return "", child[2]
        if link is not None and link[1] in held and source == left:
            return "", link[2]
    return None


def _stacked(
    file: GoFile, loop: Node, written: str, held: set[str], pairs: Sequence[tuple[str, str]]
) -> str | None:
    """``top := open[len(open)-1]; top.kids = append(top.kids, n); open = append(open, n)``: hung on
    the top of a stack, and pushed on it. Stacks that are measured may be bounded."""
    for left, right in pairs:
        pushed = _appended(left, right)
        if pushed != written and pushed not in held:
            continue
        name = re.escape(left)
        if re.search(
            rf"len\({name}\) ?(?:>=? ?(?!0\b|1\b)|==? ?(?!0\b|1\b))\w", file.tree.source(loop)
        ):
            continue
        top = re.compile(rf"&?{_TOP.format(name)}")
        tops = {one for one, value in pairs if top.fullmatch(value)}
        for target, source in pairs:
            root, dot, field = target.rpartition(".")
            if not dot or (root not in tops and not top.fullmatch(root)):
                continue
            value = _appended(target, source) or source
            if value == written or value in held:
                return field
    return None


def _appended(target: str, source: str) -> str | None:
    """``n`` of ``append(list, n)``, which the list becomes."""
    match = re.fullmatch(rf"append\({re.escape(target)}, (.+)\)", source, re.DOTALL)
    return match[1] if match is not None else None


def rotates(file: GoFile, function: Node) -> bool:
    """Whether a function turns two nodes around: ``r := n.right; n.right = r.left; r.left = n``."""
    pairs = assignments_of(file, function)
    for target, source in pairs:
        up, down = _LINK.fullmatch(target), _LINK.fullmatch(source)
        if up is None or down is None or up[1] == down[1]:
            continue
        if (f"{down[1]}.{down[2]}", up[1]) in pairs:
            return True
    return False


def halves(file: GoFile, function: Node) -> bool:
    """Whether a function gives a node the rear part of what another holds, and that one the front:
    ``next.items = append(next.items, n.items[i+1:]...); n.items = n.items[:i]``,
    ``&node{items[:i]}, &node{items[i:]}``."""
    text = file.tree.source(function)
    for one in re.finditer(r"\b(\w+)\.(\w+)\[[^\]:\n]+:\]", text):
        held = rf"{one[1]}\.{one[2]}"
        if re.search(rf"{held}(?: = {held}\[:[^\]\n]+|\.truncate\()", text):
            return True
    given = r"[{{ ,:(]{0}\[{1}[:\]][^\n]*\}}"
    for one in re.finditer(r"\{[^\n]*?\b([\w.]+)\[([^\]:\n]+):\][^\n]*\}", text):
        front = given.format(re.escape(one[1]), ":" + re.escape(one[2]))
        if re.search(front, text):
            return True
    return False
