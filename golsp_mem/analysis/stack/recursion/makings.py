"""How a new value is put beside those that are there: hung on the last, inserted, nested."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from golsp_mem.analysis.stack.loops import is_of_a_round, is_set_afresh, loops_around, typed
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

ANY_LISTS = ("[]any", "[]interface{}", "map[string]any", "map[string]interface{}")
WORD = re.compile(r"[A-Za-z_]\w*")
_FAR = 80


def base_of(written: str) -> str:
    """``T`` of ``*T``, ``[]*T``, ``...T``, ``map[string]T[K]``; of other packages' types all."""
    name = written.replace(" ", "").lstrip("*").removeprefix("...")
    if name in ("any", "interface{}"):
        return ANY_LISTS[0]
    if name in ANY_LISTS:
        return name
    while match := re.match(r"(?:\*|\[\w*\]|map\[[^\]]*\])", name):
        name = name[match.end() :]
    return name.partition("[")[0]


def literal_of(node: Node) -> Node:
    """The literal with its ``&``."""
    outer = node.parent
    return outer if outer is not None and outer.kind == "unary_expression" else node


def is_built(file: GoFile, function: Node, node: Node, family: Collection[str]) -> bool:
    """Whether a new value comes on top of those that are there, one in each round of something."""
    return (
        _is_hung_on(file, function, node)
        or _is_inserted(file, function, node)
        or _is_nested(file, function, node, family)
    )


def is_chained(file: GoFile, function: Node, node: Node) -> bool:
    """The same in a loop: ``left = &binary{left, right}``, ``left = p.call(left)``, and what a
    parser with a stack of its own does, ``values[n].expr = &binary{values[n-2].expr, …}``."""
    if not loops_around(node):
        return False
    if _is_hung_on(file, function, node):
        return True
    written = file.tree.source(literal_of(node))
    pairs = assignments_of(file, function)
    # What goes down makes what is missing: at[k] = make(…); at = at[k].
    first: dict[str, set[str]] = {}
    for left, right in pairs:
        if left.isidentifier() and (word := WORD.match(right)):
            first.setdefault(left, set()).add(word[0])
    gone_down = {
        left
        for left, words in first.items()
        if any(word == left or left in first.get(word, ()) for word in words)
    }
    if any(
        written in right and (root := re.match(r"(\w+)[.\[]", left)) and root[1] in gone_down
        for left, right in pairs
    ):
        return True
    return any(
        written in right
        and (field := re.search(r"\.(\w+)$", left)) is not None
        and re.search(rf"\]\.{field[1]}\b", written) is not None
        for left, right in pairs
    )


def hung_in(file: GoFile, function: Node, node: Node) -> tuple[str, str] | None:
    """``binary`` and ``left`` of ``e = &binary{left: e, right: r}``: the type and the field that
    gets what e held, no name of ``&binary{e, r}``."""
    written = file.tree.source(literal_of(node))
    type_ = node.field("type")
    for left, right in assignments_of(file, function):
        key = re.search(rf"\b(\w+):\s*&?{re.escape(left)}\s*[,}}]", written)
        if written in right and key is not None:
            return base_of(file.tree.source(type_)) if type_ is not None else "", key[1]
        plain = rf"&?\w+\{{(?:[^{{}}:]*, )?{re.escape(left)}\s*[,}}]"
        if type_ is not None and written in right and re.match(plain, written):
            return base_of(file.tree.source(type_)), ""
    return None


def wraps(
    file: GoFile, function: Node, node: Node, family: Collection[str]
) -> tuple[str, str] | None:
    """``link`` and ``next`` of a function that returns a new value that holds another which it
    got: ``return &link{v: v, next: l}``; the field is empty where no key names it."""
    parent = literal_of(node).parent
    if parent is not None and parent.kind == "expression_list":
        parent = parent.parent
    type_ = node.field("type")
    if parent is None or parent.kind != "return_statement" or type_ is None:
        return None
    text = file.tree.source(node)
    for name, written in typed(file, function):
        if base_of(written) not in family:
            continue
        held = re.search(rf"(?:\b(\w+):\s*)?(?<![\w.&]){re.escape(name)}\s*[,}}]", text)
        if held is not None:
            return base_of(file.tree.source(type_)), held[1] or ""
    return None


def _is_hung_on(file: GoFile, function: Node, node: Node) -> bool:
    """Whether the new value is linked to the one that a variable holds, and becomes what it holds:
    ``n = &node{next: n}``, ``last.next = n; last = n``. A local one only in a loop."""
    tree = file.tree
    value = literal_of(node)
    loop = next(iter(loops_around(node)), None)
    written = tree.source(value)
    if "func(" in written:
        return False  # what a literal names, its text does not hold
    # A generated parser makes hundreds of nodes in one function.
    pairs = assignments_of(file, function)
    puts: list[tuple[str, str]] = []
    held = {left for left, right in pairs if written in right and re.fullmatch(r"\w+", left)}
    # What a loop hangs on its last, it sets itself: another may be made in front by the same text.
    around = loops_around(node)
    for left, right in assignments_of(file, around[-1]) if around else pairs:
        is_new = written in right or right in held
        if not is_new and not right.startswith(f"{left}."):
            continue
        if "." not in left and (loop is None or is_of_a_round(file, loop, left)):
            continue
        if loop is not None and is_set_afresh(file, loop, left):
            continue
        word = re.compile(rf"(?<![\w.]){re.escape(left)}(?![\w(])")
        if is_new and word.search(written):
            return True
        asked = tree.once((_asked, function), lambda: list(_asked(file, function)))
        puts = puts or [*pairs, *asked]
        for target, source in puts:
            hangs_on = target.startswith(f"{left}.") and (
                written in source or any(re.search(rf"\b{one}\b", source) for one in held)
            )
            takes_up = source == left and any(target.startswith(f"{one}.") for one in held)
            if target != left and (hangs_on or takes_up):
                return True
    return False


def _asked(file: GoFile, within: Node) -> Iterator[tuple[str, str]]:
    """``last.add(n)`` as something that is put into last."""
    for node in within.walk():
        called = node.field("function") if node.kind == "call_expression" else None
        listed = node.field("arguments")
        if called is not None and called.kind == "selector_expression" and listed is not None:
            for argument in listed.named_children:
                yield file.tree.source(called), file.tree.source(argument)


def _is_nested(file: GoFile, function: Node, node: Node, family: Collection[str]) -> bool:
    """Whether a function makes a value of what it gets of itself: ``&node{next: build(n - 1)}``.
    What gets such a value already copies it."""
    text = file.tree.source(node)
    names = []
    name = function.field("name")
    if name is not None and not any(base_of(one) in family for _, one in typed(file, function)):
        names.append(file.tree.source(name))
    for outer in node.ancestors():
        if outer.kind == "func_literal":
            before = file.text[max(outer.start - _FAR, 0) : outer.start].decode("latin-1")
            listed = outer.field("parameters")
            given = file.tree.source(listed) if listed is not None else ""
            match = re.search(r"(\w+)\s*:?=\s*$", before)
            if match and not any(word in family for word in WORD.findall(given)):
                names.append(match[1])
    return any(re.search(rf"(?<!\w){re.escape(one)}\(", text) for one in names)


def _is_inserted(file: GoFile, function: Node, node: Node) -> bool:
    """Whether it is made where a function that calls itself finds no node."""
    name = function.field("name")
    if name is None:
        return False
    text = file.tree.source(name)
    body = function.field("body")
    calls = re.compile(rf"\b{re.escape(text)}\(")
    if body is None or not calls.search(file.tree.source(body)):
        return False
    for outer in node.ancestors():
        condition = outer.field("condition") if outer.kind == "if_statement" else None
        if condition is not None and re.search(
            r"== nil|len\(.*== 0|\bok\b", file.tree.source(condition)
        ):
            return True
    return False


def assignments_of(file: GoFile, within: Node) -> Sequence[tuple[str, str]]:
    """What is assigned in a function, and to what, as written."""
    return file.tree.once((_assignments, within), lambda: list(_assignments(file, within)))


def _assignments(file: GoFile, within: Node) -> Iterator[tuple[str, str]]:
    for node in within.walk():
        if node.kind == "type_switch_statement":
            left, right = node.field("alias"), node.field("value")
            if left is not None and right is not None:
                yield file.tree.source(left), file.tree.source(right)
            continue
        if node.kind not in ("assignment_statement", "short_var_declaration"):
            continue
        left, right, sign = (node.field(n) for n in ("left", "right", "operator"))
        if left is None or right is None or not left.named_children:
            continue
        if sign is not None and sign.kind not in ("=", ":="):
            continue  # at += call(at)
        targets, values = left.named_children, right.named_children
        if len(values) == 1:
            targets = targets[:1]  # n, err = call(n)
        for target, value in zip(targets, values, strict=False):
            yield file.tree.source(target), file.tree.source(value)
