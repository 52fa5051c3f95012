"""How the uses of an owner lie to the site at which it may be lost, by the text alone."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.reading.expressions import Path, ranged_over
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.replacing import (
    indexes,
    is_plainly_taken,
    is_taken_behind,
)
from golsp_mem.analysis.lifetime.reading.sites import Site, When
from golsp_mem.source.package import Place, initial_value
from golsp_mem.source.parts.guards import CASES, SWITCHES, statement_around
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import (
    Variable,
    function_node,
    in_same_function,
    setter,
    share_a_loop,
)

_RELEASING_METHODS = (
    "Close",
    "Release",
    "Free",
    "Destroy",
    "Unmap",
    "Shutdown",
    "close",
    "release",
)
_NAMES = ("identifier", "selector_expression", "index_expression")
_EMPTYING = ("delete", "clear")
_DELAYED = ("defer_statement", "go_statement")


def release_before(variable: Variable, start: int, at: Site) -> Node | None:
    """The call of the variable's Close, say, that comes between the taking and the site whatever
    happens: it stands in a list of statements around the site. Before a deferred call comes what
    stands, or is deferred, behind its defer statement."""
    if at.when not in (When.NOW, When.DEFERRED):
        return None
    for use in variable.uses:
        selector = use.parent
        call = selector.parent if selector is not None else None
        if selector is None or call is None or call.kind != "call_expression":
            continue
        name = selector.field("field") if selector.kind == "selector_expression" else None
        if name is None or call.field("function") is not selector:
            continue
        if variable.file.tree.source(name) not in _RELEASING_METHODS:
            continue
        statement = statement_around(call)
        listed = statement.parent if statement is not None else None
        if statement is None or listed is None or not in_same_function(variable, call):
            continue
        if at.when is When.DEFERRED:
            if statement.start >= at.node.end and statement.kind != "go_statement" and (
                listed.start <= at.node.start < listed.end
                and not is_set_between(variable, start, call)
            ):  # fmt: skip
                return call
            continue
        if statement.kind in _DELAYED:
            continue
        is_between = start <= call.start and statement.end <= at.node.start
        if is_between and listed.start <= at.node.start < listed.end and not (
            is_set_between(variable, start, call)
        ):  # fmt: skip
            return call
    return None


def is_around(use: Node, site: Node, kind: str) -> bool:
    """Whether the list that the use's statement of a kind stands in is around the site."""
    statement = next((one for one in (use, *use.ancestors()) if one.kind == kind), None)
    listed = statement.parent if statement is not None else None
    while listed is not None and _is_plain_block(listed):
        listed = listed.parent.parent if listed.parent is not None else None
    return listed is not None and listed.start <= site.start < listed.end


def is_deferred_around(use: Node, site: Node) -> bool:
    """The same of a defer statement that a use stands in: what a deferred function literal captures
    is held until that has returned."""
    return any(
        is_around(outer, site, "defer_statement")
        for outer in use.ancestors()
        if outer.kind == "defer_statement"
    )


def _is_plain_block(listed: Node) -> bool:
    """Whether a list of statements is that of a block that stands alone, and runs whatever
    happens."""
    block = listed.parent
    around = block.parent if block is not None else None
    return (
        around is not None
        and block is not None
        and block.kind == "block"
        and (around.kind == "statement_list")
    )


def is_released_later(variable: Variable, at: Site) -> bool:
    """Whether an assignment at the site is followed by the variable's Close, say, or a KeepAlive:
    what was stored there is meant to live no longer. Who received what was sent may have finished
    with it at any later use."""
    if not at.is_storing:
        return False
    if at.node.kind == "send_statement" and is_used_later(variable, at, at.node.end):
        return True
    for use in variable.uses:
        outer = use.parent
        call = outer.parent if outer is not None else None
        if use.start < at.node.end or outer is None or call is None:
            continue
        name = outer.field("field") if outer.kind == "selector_expression" else None
        if name is not None and variable.file.tree.source(name) in _RELEASING_METHODS:
            return True
        called = call.field("function") if outer.kind == "argument_list" else None
        if called is not None and variable.file.tree.source(called).endswith("KeepAlive"):
            return True
    return False


def is_returned_later(variable: Variable, at: Site) -> bool:
    """Whether the function returns the variable, or what holds it, behind the place at which a
    resource was stored."""
    if not at.is_storing or at.literal is not None:
        return False
    return any(
        outer.kind == "return_statement" and outer.start >= at.node.end
        for use in variable.uses
        if use.parent is not None and use.parent.kind != "selector_expression"
        for outer in use.ancestors()
    )


def is_set_between(
    variable: Variable, start: int, site: Node, path: Path | None = None, taken: Node | None = None
) -> bool:
    """Whether the variable gets another value between the taking and the site, or what lies
    below it: by ``v.h = x``, ``v[k] = x``, ``delete(v, k)``; not in another branch than that of the
    taking, nor beside the path where that is known, nor what another index than that of ``taken``
    leads to."""
    return is_set_in(variable, start, site.start, behind=True, path=path, taken=taken)


def is_set_in(
    variable: Variable, start: int, end: int, *, behind: bool = False, path: Path | None = None,
    taken: Node | None = None,
) -> bool:  # fmt: skip
    """The same between two byte offsets; ``behind``: what runs once the first was reached."""
    return any(
        (target := _sets(variable, use, path)) is not None
        and (taken is None or not _is_other_element(variable, target, taken))
        for use in variable.uses
        if start <= use.start < end and not (behind and _is_in_other_branch(use, start))
    )


def _is_other_element(variable: Variable, target: Node, taken: Node) -> bool:
    """Whether what is set, or emptied by ``delete(v, k)``, has another index, or key, than what was
    taken: ``v[i+1]``, not ``v[i]``."""
    tree = variable.file.tree
    keys = indexes(tree, target)
    if target.kind == "argument_list":
        emptied, *key = target.named_children
        keys = (*indexes(tree, emptied), *map(tree.source, key))
    own = indexes(tree, taken)
    return any(one != other for one, other in zip(keys, own, strict=False))


def _sets(variable: Variable, use: Node, path: Path | None) -> Node | None:
    """What a use sets: the variable itself, or what lies below it."""
    if _empties(variable, use):
        return use.parent
    target, names = use, []
    while (
        target.parent is not None
        and target.parent.kind in ("selector_expression", "index_expression")
        and target.parent.field("operand") is target
    ):
        target = target.parent
        name = target.field("field")
        names.append(variable.file.tree.source(name) if name is not None else ELEMENT)
    is_set = setter(target) is not None and (path is None or path[: len(names)] == tuple(names))
    return target if is_set else None


def is_taken_anew(variable: Variable, start: int, site: Node, taken: Node) -> bool:
    """Whether wherever the variable is set between the taking and the site the resource is taken
    from it again, by the same words: ``f = open()``, ``fd = f.Fd()``."""
    tree = variable.file.tree
    sets = [
        (use, target)
        for use in variable.uses
        if start <= use.start < site.start and (target := _sets(variable, use, None)) is not None
    ]
    return is_plainly_taken(tree, taken) and all(
        target is use and is_taken_behind(tree, use, taken, site.start) for use, target in sets
    )


def _is_in_other_branch(node: Node, offset: int) -> bool:
    """Whether an if statement, or a switch, leads either to a node or to what ends at a byte offset
    before."""
    inner = node
    for outer in node.ancestors():
        first = None
        if outer.kind == "if_statement":
            other = outer.field("alternative")
            is_other = other is not None and other.start == inner.start
            first = outer.field("consequence") if is_other else None
        elif outer.kind in SWITCHES and inner.kind in CASES:
            first = next(one for one in outer.named_children if one.kind in CASES)
        if first is not None and first.start < offset <= inner.start:
            return True
        inner = outer
    return False


def _empties(variable: Variable, use: Node) -> bool:
    """Whether the variable, or a field of it, is emptied: ``delete(r.m, k)``."""
    while use.parent is not None and use.parent.kind == "selector_expression":
        use = use.parent
    listed = use.parent
    call = listed.parent if listed is not None else None
    called = call.field("function") if call is not None and call.kind == "call_expression" else None
    if listed is None or listed.kind != "argument_list" or called is None:
        return False
    return listed.named_children[0] is use and variable.file.tree.source(called) in _EMPTYING


def is_used_later(variable: Variable, at: Site, start: int) -> bool:
    """Whether a use may come behind the site: in the text, in what the same statement returns,
    or by a loop around both."""
    returned = next((one for one in at.node.ancestors() if one.kind == "return_statement"), None)
    if at.node.kind == "call_expression" and returned is not None and any(
        returned.start <= use.start < returned.end
        and not at.node.start <= use.start < at.node.end
        for use in variable.uses
    ):  # fmt: skip
        return True
    return any(
        use.start >= at.node.end
        or (use.start > start and share_a_loop(use, at.node) and use.start < at.node.start)
        for use in variable.uses
        if use.start != variable.declaration.start
    )


def is_needed_beside(variable: Variable, site: Node, start: int) -> bool:
    """Whether the variable is one of a literal that runs beside the site, as a goroutine does, and
    needs it behind ``start``: ``ready <- t.fd; <-stop; t.Stop()``."""
    literal = function_node(variable.declaration)
    if literal is None or literal.kind != "func_literal":
        return False
    call = outer_parentheses(literal).parent
    statement = call.parent if call is not None and call.kind == "call_expression" else None
    is_called = statement is not None and statement.kind != "go_statement"
    is_inside = literal.start <= site.start < literal.end
    return not is_inside and not is_called and any(use.start >= start for use in variable.uses)


def is_called_again(variable: Variable, call: Place, site: Node) -> bool:
    """Whether a function value that was called is needed behind the site: what it returned it may
    hold, as what ``sync.OnceValue`` makes does."""
    called = call.node.field("function")
    is_it = called is not None and any(use.start == called.start for use in variable.uses)
    return is_it and any(use.start >= site.end for use in variable.uses)


def is_only_set_later(variable: Variable, at: Site) -> bool:
    """Whether all that comes behind the site are assignments to fields, which what lies on the
    stack is not live for, or to ``_``."""
    return not any(
        share_a_loop(use, at.node) or not is_plainly_set(variable, use)
        for use in variable.uses
        if use.start >= at.node.end
    )


def is_plainly_set(variable: Variable, use: Node) -> bool:
    """Whether the use is that of ``v.field = x`` or ``_ = v.field``, which reads nothing of what v
    leads to."""
    target = use
    while target.parent is not None and target.parent.kind == "selector_expression":
        target = target.parent
    if goes_nowhere(variable, target):
        return True
    statement = setter(target)
    operator = statement.field("operator") if statement is not None else None
    return (
        target is not use
        and statement is not None
        and statement.kind == "assignment_statement"
        and (operator is None or variable.file.tree.source(operator) == "=")
        and in_same_function(variable, use)
    )


def goes_nowhere(variable: Variable, value: Node) -> bool:
    """Whether a value goes to ``_``: it is not even read."""
    listed = outer_parentheses(value).parent
    statement = listed.parent if listed is not None else None
    left = statement.field("left") if statement is not None else None
    return left is not None and listed is not left and variable.file.tree.source(left) == "_"


def is_used_inside(variable: Variable, literal: Node, use: Node) -> bool:
    """Whether the literal around a use names the variable behind it, or in a loop with it."""

    def is_deferred_inside(one: Node) -> bool:
        outer = (node for node in one.ancestors() if node.kind == "defer_statement")
        return any(node.start > literal.start for node in outer)

    return any(
        literal.start <= one.start < literal.end
        and (
            one.start >= use.end
            or (share_a_loop(one, use, behind=literal.start) and not use.start <= one.start)
            or (is_deferred_inside(one) and is_around(one, use, "defer_statement"))
        )
        for one in variable.uses
    )


def is_named_in(variable: Variable, node: Node, owner: Node) -> bool:
    """Whether the statement names the variable other than to take from it."""
    return any(
        node.start <= one.start < node.end and not owner.start <= one.start < owner.end
        for one in variable.uses
    )


def is_taken_out(variable: Variable, holder: Variable, at: Site) -> bool:
    """Whether the holder gives the variable's value away before the site: ``top := stack[i]``,
    ``stack[i] = nil``."""
    start, ranged = initial_value(variable), ranged_over(variable)
    if ranged is None and (
        start is None or start[0].node.kind not in ("index_expression", "selector_expression")
    ):
        return False
    if is_deleted(variable, holder, at.node):
        return True
    source = variable.file.tree.source
    # ``for i, d := range list`` with ``list[i] = nil``, too.
    begin = f"{ranged.text}[" if ranged is not None else ""
    taken = start[0] if start is not None else ranged
    for use in holder.uses:
        statement = next((one for one in use.ancestors() if one.kind == "assignment_statement"),
                         None)  # fmt: skip
        left = statement.field("left") if statement is not None else None
        right = statement.field("right") if statement is not None else None
        if statement is None or left is None or right is None:
            continue
        if taken is None or not taken.node.end <= statement.start < at.node.start:
            continue
        for target, value in zip(left.named_children, right.named_children, strict=False):
            is_it = source(target).startswith(begin) if begin else source(target) == taken.text
            if is_it and source(value) == "nil":
                return is_around(use, at.node, "assignment_statement")
    return False


def is_deleted(variable: Variable, holder: Variable, site: Node) -> bool:
    """Whether the element that a variable is was deleted from the holder's map before the site:
    ``h := m[k]``, ``delete(m, k)``; ``for k, h := range m``."""
    source = variable.file.tree.source
    start, ranged = initial_value(variable), ranged_over(variable)
    listed = variable.declaration.parent
    if ranged is not None and listed is not None:
        wanted, begin = [ranged.text, source(listed.named_children[0])], listed.end
    elif start is not None and start[0].node.kind == "index_expression":
        node = start[0].node
        wanted = [source(one) for one in (node.field("operand"), node.field("index")) if one]
        begin = node.end
    else:
        return False
    for use in holder.uses if begin <= site.start else ():
        call = next((one for one in use.ancestors() if one.kind == "call_expression"), None)
        called = call.field("function") if call is not None else None
        given = call.field("arguments") if call is not None else None
        if call is None or called is None or given is None or source(called) != "delete":
            continue
        if begin <= call.start < site.start and wanted == list(map(source, given.named_children)):
            return is_around(use, site, "expression_statement")
    return False


def is_bare_return_of(variable: Variable, node: Node) -> bool:
    """Whether a return statement without values returns the variable, a named result."""
    span = variable.file.tree.node_span(variable.declaration)
    return (
        node.kind == "return_statement"
        and not node.named_children
        and any(one.role == "result" and one.span == span for one in variable.function.parameters)
    )


def is_captured_in(variable: Variable, literal: Node) -> bool:
    return any(literal.start <= use.start < literal.end for use in variable.uses)


def is_called_last(held: Variable | None, at: Site) -> bool:
    """Whether the site, a call of a local function, is the last one, and the function is only ever
    called: once it runs nothing needs the function value, and what it captured was read when it
    began."""
    if held is None or is_used_later(held, at, at.node.start):
        return False
    return all(
        use.parent is not None
        and use.parent.kind == "call_expression"
        and use.parent.field("function") is use
        for use in held.uses
        if use.start != held.declaration.start
    )


def is_given_too(variable: Variable, call: Node, owner: Node) -> bool:
    """Whether the call gets the variable itself too: then the callee holds it as it needs."""
    listed = call.field("arguments") if call.kind == "call_expression" else None
    given = [unparenthesized(one) for one in listed.named_children] if listed is not None else []
    starts = {use.start for use in variable.uses}
    return any(
        one.kind == "identifier" and one.start in starts and one.start != owner.start
        for one in given
    )


def is_handed_back(variable: Variable, at: Site) -> bool:
    """Whether the site is a return statement that returns the variable itself."""
    return at.when is When.LATER and any(
        at.node.start <= use.start < at.node.end
        and use.parent is not None
        and use.parent.kind != "selector_expression"
        for use in variable.uses
    )
