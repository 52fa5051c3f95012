"""Whether what runs at one place of a function has run at another, as far as statements tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from golsp_mem.source.package import Place, callee_of
from golsp_mem.source.parts.guards import SWITCHES
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable, function_node, setter

_LEAVING = (
    *("return_statement", "continue_statement", "break_statement", "goto_statement"),
    "fallthrough_statement",
)
_ENDING = ("panic", "Exit", "Fatal", "Fatalf", "Fatalln", "Goexit", "FailNow", "Skip", "Skipf")
_ONE_OF = (
    *("expression_case", "type_case", "default_case", "communication_case"),
    "binary_expression",
)
_DELAYED = ("defer_statement", "go_statement")
_LOOPS = ("for_statement",)


def has_run(first: Node, second: Place, *, surely: bool = True) -> bool:
    """Whether ``first`` has run when ``second`` runs, on the way that the text shows.

    With ``surely`` whatever happens; else it may stand in a branch that goes on to the second.
    Deferred calls, goroutines and function literals of their own are no part of the way, nor is
    a second round of a loop.
    """
    if first.end > second.node.start or function_node(first) is not function_node(second.node):
        return False
    node = first
    while node.parent is not None:
        outer = node.parent
        if outer.kind in _DELAYED:
            return False
        is_common = outer.start <= second.node.start and second.node.end <= outer.end
        if outer.kind == "statement_list":
            if is_common:
                return True
            if surely and not _is_plain(outer):
                return False
            jump = next(_leaving_behind(second.of(outer), node), None)
            left = _left_by(jump, second) if jump is not None else None
            if jump is not None and (surely or left is None):
                return False
            # What stands between the jump and the end of what it leaves does not run.
            outer = left or outer
        elif is_common:
            return _is_before_within(outer, node, surely)
        elif outer.kind in _ONE_OF and surely:
            return False
        node = outer
    return False


def _is_plain(listed: Node) -> bool:
    """Whether a list of statements is that of a block that stands alone."""
    block = listed.parent
    outer = block.parent if block is not None and block.kind == "block" else None
    return outer is not None and outer.kind == "statement_list"


def _is_before_within(outer: Node, first: Node, surely: bool) -> bool:
    """Of two parts of one statement: an initializer or condition runs before a block of it."""
    if outer.kind in ("if_statement", "for_statement", "expression_switch_statement"):
        return first.kind not in ("block", "else_clause", "if_statement", *_ONE_OF)
    if outer.kind in ("for_clause", "range_clause", *_DELAYED):
        return False
    return not surely or outer.kind not in _ONE_OF


def leaves_behind(listed: Place, statement: Node) -> bool:
    """Whether the list leaves its block, or ends the program, at or behind one of its
    statements whatever happens."""
    return next(_leaving_behind(listed, statement), None) is not None


def _leaving_behind(listed: Place, statement: Node) -> Iterator[Node]:
    for one in listed.node.named_children:
        if one.start >= statement.start and _is_leaving(listed.of(one)):
            yield one


def _left_by(jump: Node, second: Place) -> Node | None:
    """The statement that a jump leaves, or the part of it, behind which what stands at the second
    place runs; None where the jump leads past that, or out of the function."""
    if jump.kind == "goto_statement":
        return _gone_from(jump, second)
    if jump.kind == "fallthrough_statement":
        return next((one for one in jump.ancestors() if one.kind in _ONE_OF), None)
    name = next((second.of(one).text for one in jump.named_children), None)
    kinds = _LOOPS if jump.kind == "continue_statement" else (*_LOOPS, *SWITCHES)
    for outer in jump.ancestors():
        if (outer.kind in kinds) if name is None else (_label(second.of(outer)) == name):
            return outer if outer.end <= second.node.start else None
    return None


def _label(statement: Place) -> str | None:
    label = statement.node.field("label") if statement.node.kind == "labeled_statement" else None
    return statement.of(label).text if label is not None else None


def _gone_from(jump: Node, second: Place) -> Node | None:
    """The outermost statement around a goto that does not have its label, which stands ahead of
    the second place."""
    name = next((second.of(one).text for one in jump.named_children), None)
    function = function_node(jump)
    for one in function.walk() if function is not None else ():
        if jump.end < one.start <= second.node.start and _label(second.of(one)) == name:
            return next(
                (outer for outer in (jump, *jump.ancestors()) if outer.parent == one.parent), None
            )
    return None


def _is_leaving(statement: Place) -> bool:
    node = statement.node
    if node.kind in _LEAVING:
        return True
    if node.kind != "expression_statement" or not node.named_children:
        return False
    call = unparenthesized(node.named_children[0])
    function = call.field("function") if call.kind == "call_expression" else None
    if function is None:
        return False
    callee = callee_of(statement.of(call))
    if callee is not None and callee.package == "" and callee.name != "panic":
        return False
    return statement.file.tree.source(function).rpartition(".")[2] in _ENDING


def comes_round(first: Node, second: Place) -> Node | None:
    """The loop in whose next round ``second`` runs when ``first``, behind it or the same, has:
    ``first`` is in the list of the loop's own block, and nothing leaves the loop behind it."""
    if function_node(first) is not function_node(second.node) or second.node.start > first.start:
        return None
    statement = first
    while statement.parent is not None and statement.parent.kind != "statement_list":
        statement = statement.parent
    listed = statement.parent
    block = listed.parent if listed is not None else None
    loop = block.parent if block is not None else None
    if listed is None or block is None or loop is None or loop.kind != "for_statement":
        return None
    if statement.kind in _DELAYED or leaves_behind(second.of(listed), statement):
        return None
    return loop if block.start <= second.node.start < block.end else None


def is_set_within(variable: Variable, path: Sequence[str], start: int, end: int) -> bool:
    """Whether a variable, or one of the fields on a path below it, is set, or the variable's
    address is taken, behind one byte offset and before another."""
    for use in variable.uses:
        if not start < use.start < end:
            continue
        target, below = use, []
        while target.parent is not None and target.parent.field("operand") is target and (
            target.parent.kind == "selector_expression"
        ):  # fmt: skip
            target = target.parent
            name = target.field("field")
            below.append(variable.file.tree.source(name) if name is not None else "")
        outer = target.parent
        if outer is not None and outer.kind == "unary_expression":
            # Whoever gets its address may set it; `*v = x` sets all that is below.
            is_given = outer.token("&") is not None and target is use
            is_behind = outer.token("*") is not None and list(path[: len(below)]) == below
            if is_given or (is_behind and setter(outer) is not None):
                return True
        elif list(path[: len(below)]) == below and (
            use is variable.declaration or setter(target) is not None
        ):
            return True
    return False
