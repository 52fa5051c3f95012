"""What decides, inside one function, whether execution reaches a place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from attrs import field, frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.tree import Node, SourceTree

Kind = Literal["if", "else", "case", "select", "loop", "short-circuit", "early-exit", "deferred"]
SWITCHES = ("expression_switch_statement", "type_switch_statement", "select_statement")
CASES = ("expression_case", "type_case", "default_case", "communication_case")
FUNCTIONS = ("func_literal", "function_declaration", "method_declaration")
JUMPS = ("return_statement", "goto_statement", "break_statement", "continue_statement")
_WAYS = {
    "return_statement": "returns",
    "break_statement": "breaks",
    "continue_statement": "continues",
    "goto_statement": "jumps",
}
# Calls that do not return. By name only: syntax cannot know what `log` is.
_NO_RETURN = frozenset(
    {
        *("panic", "os.Exit", "runtime.Goexit"),
        *("log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln"),
        *("t.Fatal", "t.Fatalf", "t.FailNow", "t.Skip", "t.Skipf", "t.SkipNow"),
        *("b.Fatal", "b.Fatalf", "b.FailNow", "b.Skip", "b.Skipf", "b.SkipNow"),
    }
)


@frozen
class Guard:
    """One decision on the way to a place. ``line`` is where it is taken, ``text`` its
    condition, shortened.

    ``kind``: ``else`` runs when the condition is false; ``loop`` bodies may run zero times or
    many; ``early-exit`` may leave before; ``deferred`` runs when the function returns.
    ``way`` is what an early exit does. ``first`` and ``last`` are the lines of the condition itself
    (of an early exit: of what governs it).
    """

    kind: Kind
    line: int
    text: str
    first: int = field(default=0, eq=False)
    last: int = field(default=0, eq=False)
    way: str = field(default="returns", eq=False)


class GuardFinder:
    """The guards of places in one file."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._exits: dict[Node, tuple[Node, ...]] = {}

    def guards(self, line: int, span: Span | None) -> tuple[Guard, ...]:
        """See GoFile.guards."""
        place = self._place(line, span)
        if place is None:
            return ()
        path = list(_path_in_function(place))
        found: list[Guard] = []
        if len(path) > 1 and path[1].kind == "defer_statement" and place.kind == "call_expression":
            found.append(self._guard("deferred", path[1], path[1]))
        for child, parent in pairwise(path):
            guard = self._step(parent, child)
            if guard is not None:
                found.append(guard)
        early = self._early_exit(path)
        if early is not None:
            found.append(early)
        found.reverse()
        return tuple(found)

    def _place(self, line: int, span: Span | None) -> Node | None:
        if span is not None:
            start, end = self._tree.bounds(span)
            node = self._tree.smallest(start, end)
        else:
            start, end = self._tree.code_bounds(line)
            if start == end:
                return None
            for node in self._tree.nodes_touching(start, end):
                if node.start >= start and is_statement(node):
                    break
            else:
                node = self._tree.smallest(start, end)
        # Several nodes can span the same bytes: `x` alone is a list, and an expression in it.
        while node.parent is not None and (
            (node.parent.start, node.parent.end) == (node.start, node.end)
            and node.kind != "func_literal"
        ):
            if node.parent.kind in ("block", "statement_list", *FUNCTIONS):
                break
            node = node.parent
        return node if node.parent is not None else None

    def _step(self, parent: Node, child: Node) -> Guard | None:
        """What ``parent`` decides about its ``child``."""
        kind = parent.kind
        if kind == "if_statement":
            if child is parent.field("consequence"):
                return self._guard("if", parent, parent.field("condition"))
            if child is parent.field("alternative"):
                return self._guard("else", parent, parent.field("condition"))
        elif kind == "for_statement":
            return self._loop(parent, child)
        elif kind == "for_clause":
            if child is parent.field("update"):
                return self._guard("loop", parent, parent.field("condition"))
        elif kind in SWITCHES:
            if child.kind in CASES:
                return None
        elif kind in CASES:
            return self._case(parent, child)
        elif kind == "binary_expression":
            operator = parent.field("operator")
            logical = operator is not None and operator.kind in ("&&", "||")
            if logical and child is parent.field("right"):
                return self._guard("short-circuit", parent, parent.field("left"))
        elif kind == "expression_list" and parent.parent is not None:
            return self._later_case_value(parent, child)
        return None

    def _loop(self, loop: Node, child: Node) -> Guard | None:
        if child is not loop.field("body"):
            return None
        head = next((node for node in loop.named_children if node is not child), None)
        if head is None:
            return None
        if head.kind == "for_clause":
            condition = head.field("condition")
            return self._guard("loop", loop, condition) if condition is not None else None
        return self._guard("loop", loop, head)

    def _case(self, case: Node, child: Node) -> Guard | None:
        switch = case.parent
        if switch is None:
            return None
        if switch.kind == "select_statement":
            if child is case.field("communication"):
                return None
            return self._guard("select", case, case.field("communication"), "default")
        if case.kind == "expression_case" and child is case.field("value"):
            cases = [node for node in switch.named_children if node.kind == "expression_case"]
            if cases[0] is case:
                return None
            return self._guard("case", cases[0], cases[0].field("value"))
        if child in case.fields("type"):
            return None
        value = case.field("value")
        if value is not None:
            return self._guard("case", case, value)
        types = case.fields("type")
        if types:
            text = self._tree.collapsed_bytes(types[0].start, types[-1].end)
            return Guard("case", self._tree.line_of(case.start), text)
        return self._guard("case", case, None, "default")

    def _later_case_value(self, values: Node, child: Node) -> Guard | None:
        """``b`` of ``case a, b`` is looked at only when ``a`` did not fit."""
        case = values.parent
        if case is None or case.kind != "expression_case" or case.field("value") is not values:
            return None
        first = values.named_children[0]
        return None if first is child else self._guard("case", first, first)

    def _guard(self, kind: Kind, at: Node, condition: Node | None, text: str = "") -> Guard:
        line = self._tree.line_of(at.start)
        if condition is None:
            return Guard(kind, line, text, line, line)
        last = self._tree.line_of(condition.end)
        return Guard(kind, line, self._tree.collapsed(condition), line, max(line, last))

    def _early_exit(self, path: list[Node]) -> Guard | None:
        """The first conditional way out before the place."""
        function = path[-1]
        place = path[0]
        on_path = set(path)
        for leave in self._exits_of(function):
            if leave.start >= place.start:
                return None
            governing: Node | None = None
            child = leave
            for node in leave.ancestors():
                if node in on_path:
                    # Only what runs before the place counts, not the other branch of an `if`.
                    before = node.kind == "statement_list"
                    if before and governing is not None and self._leaves(leave, place):
                        text = self._condition(governing)
                        line = self._tree.line_of(leave.start)
                        first = self._tree.line_of(governing.start)
                        return Guard("early-exit", line, text, first, line, self._way(leave))
                    break
                guard_here = self._step(node, child)
                if guard_here is not None and governing is None:
                    governing = node
                child = node
        return None

    def _way(self, leave: Node) -> str:
        if leave.kind != "expression_statement":
            return _WAYS[leave.kind]
        panics = "panic(", "log.Panic"
        return "panics" if self._tree.source(leave).startswith(panics) else "exits"

    def _condition(self, governing: Node) -> str:
        if governing.kind == "if_statement":
            condition = governing.field("condition")
            if condition is not None:
                return self._tree.collapsed(condition)
        start = governing.start
        body = governing.field("body") or governing.token(":")
        return self._tree.collapsed_bytes(start, body.start if body is not None else governing.end)

    def _exits_of(self, function: Node) -> tuple[Node, ...]:
        known = self._exits.get(function)
        if known is None:
            body = function.field("body")
            known = tuple(self._find_exits(body)) if body is not None else ()
            self._exits[function] = known
        return known

    def _find_exits(self, body: Node) -> Iterator[Node]:
        pending = [body]
        while pending:
            node = pending.pop()
            if node.kind in JUMPS:
                yield node
            elif node.kind == "expression_statement":
                call = next(iter(node.named_children), None)
                if call is not None and never_returns(self._tree, call):
                    yield node
            elif is_statement(node) or node.kind in ("block", "statement_list", *CASES):
                pending.extend(reversed(node.children))

    def _leaves(self, leave: Node, place: Node) -> bool:
        """Whether the jump goes past the place."""
        label = next(iter(leave.named_children), None)
        if leave.kind in ("break_statement", "continue_statement"):
            target = self._jump_target(leave, label)
            return target is None or target.start <= place.start < target.end
        if leave.kind == "goto_statement" and label is not None:
            name = self._tree.source(label)
            return not any(
                node.kind == "labeled_statement"
                and leave.start < node.start <= place.start
                and self._label(node) == name
                for outer in leave.ancestors()
                if outer.kind == "statement_list"
                for node in outer.children
            )
        return True

    def _jump_target(self, jump: Node, label: Node | None) -> Node | None:
        if label is not None:
            name = self._tree.source(label)
            labeled = (node for node in jump.ancestors() if node.kind == "labeled_statement")
            return next((node for node in labeled if self._label(node) == name), None)
        kinds = ["for_statement", *(SWITCHES if jump.kind == "break_statement" else ())]
        return next((node for node in jump.ancestors() if node.kind in kinds), None)

    def _label(self, labeled: Node) -> str:
        label = labeled.field("label")
        return self._tree.source(label) if label is not None else ""


def is_statement(node: Node) -> bool:
    """Whether the node is a statement, a declaration in a function among them."""
    return node.kind.endswith("_statement") or node.kind in (
        "short_var_declaration",
        "var_declaration",
        "const_declaration",
        "type_declaration",
    )


def never_returns(tree: SourceTree, node: Node) -> bool:
    """Whether the node is a call known by its name to end the goroutine or the program."""
    function = node.field("function") if node.kind == "call_expression" else None
    return (
        function is not None
        and function.end - function.start < 20
        and tree.source(function) in _NO_RETURN
    )


def _path_in_function(place: Node) -> Iterator[Node]:
    """The place and what holds it, up to and with the function that executes it."""
    yield place
    for node in place.ancestors():
        yield node
        if node.kind in FUNCTIONS:
            return


def statement_around(node: Node) -> Node | None:
    """The statement of a list that holds the node; None within literals of a statement."""
    for one in (node, *node.ancestors()):
        if one.kind == "func_literal" and one is not node:
            return None
        if is_statement(one) and one.parent is not None and one.parent.kind == "statement_list":
            return one
    return None
