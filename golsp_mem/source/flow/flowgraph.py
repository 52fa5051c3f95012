"""The control flow of one function as a graph, from its syntax alone.

A block holds pieces of text (byte ranges) that run together. Edges are what a statement may do
next; what an expression decides inside itself (``&&``) and where a run-time panic would leave are
not in it. Bodies of func literals belong to functions of their own and are never entered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set

from attrs import define, field, frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.functions import signature_parts
from golsp_mem.source.parts.guards import CASES, FUNCTIONS, SWITCHES, never_returns
from golsp_mem.source.parts.tree import Node, SourceTree
from golsp_mem.source.syntax import GoFile

_ENTRY, _RETURNED, _ENDED = 0, 1, 2
# Other names that `never_returns` knows are methods, which a user's type may have too.
_SURELY_END = frozenset({"panic", "os.Exit", "runtime.Goexit"})


@frozen
class FlowGraph:
    """Blocks are numbered; ``next`` are the edges. ``entry`` is where a call begins,
    ``returned`` where it comes back, ``ended`` where it panics or ends the program.

    ``pieces`` are (start, end, block) in order of their start, disjoint, in byte offsets.
    Of what stands in one of the blocks ``either``, at most one thing happens.
    """

    next: tuple[frozenset[int], ...]
    pieces: tuple[tuple[int, int, int], ...]
    either: frozenset[int] = frozenset()
    entry: int = _ENTRY
    returned: int = _RETURNED
    ended: int = _ENDED

    def block_at(self, offset: int) -> int | None:
        """The block in which the byte at the offset runs; None for a keyword that no block has."""
        index = bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1
        if index < 0:
            return None
        _, end, block = self.pieces[index]
        return block if offset < end else None


def flow_of(tree: SourceTree, function: Node) -> FlowGraph:
    """The graph of a function declaration or literal; without a body, a call just returns."""
    return _Builder(tree).build(function)


def in_loop(file: GoFile, line: int, span: Span | None) -> bool:
    """Whether one call of the innermost function around a place may pass it more than once."""
    start, end = file.tree.bounds(span) if span else file.tree.code_bounds(line)
    node = file.tree.smallest(start, max(start, end))
    around = (node, *node.ancestors())
    function = next((one for one in around if one.kind in FUNCTIONS and one.start < start), None)
    if function is None:
        return False
    inside = around[: around.index(function)]
    text = file.tree.text[function.start : function.end]
    if b"goto" not in text and all(one.kind != "for_statement" for one in inside):
        return False
    graph = flow_of(file.tree, function)
    block = graph.block_at(start)
    loops = cycles(graph.next, reachable(graph.next, graph.entry))
    return block is None or any(block in loop for loop in loops)


@frozen
class _Target:
    """Where ``break`` and ``continue`` lead inside one statement."""

    label: str | None
    leave: int
    again: int | None


@define
class _Builder:
    tree: SourceTree
    edges: dict[int, set[int]] = field(factory=lambda: defaultdict(set))
    pieces: list[tuple[int, int, int]] = field(factory=list)
    labels: dict[str, int] = field(factory=dict)
    targets: list[_Target] = field(factory=list)
    either: set[int] = field(factory=set)
    blocks: int = 3

    def build(self, function: Node) -> FlowGraph:
        for _, part in signature_parts(function):
            self.piece(part, _ENTRY)
        body = function.field("body")
        end = self.sequence(body, _ENTRY) if body is not None else _ENTRY
        self.edges[end].add(_RETURNED)
        following = tuple(frozenset(self.edges[block]) for block in range(self.blocks))
        return FlowGraph(following, tuple(sorted(self.pieces)), frozenset(self.either))

    def new(self, *before: int) -> int:
        self.blocks += 1
        for block in before:
            self.edges[block].add(self.blocks - 1)
        return self.blocks - 1

    def piece(self, node: Node | None, block: int) -> None:
        if node is not None and node.start < node.end:
            self.pieces.append((node.start, node.end, block))

    def sequence(self, node: Node, at: int) -> int:
        for child in node.named_children:
            at = self.statement(child, at)
        return at

    def statement(self, node: Node, at: int, label: str | None = None) -> int:
        """Adds a statement that begins in block ``at``; gives the block behind it."""
        match node.kind:
            case "block" | "statement_list":
                return self.sequence(node, at)
            case "labeled_statement":
                return self.labeled(node, at)
            case "if_statement":
                return self.branch(node, at)
            case "for_statement":
                return self.loop(node, at, label)
            case kind if kind in SWITCHES:
                return self.switch(node, at, label)
            case "return_statement":
                self.piece(node, at)
                return self.jump(at, _RETURNED)
            case "goto_statement":
                return self.jump(at, self.label(self.name_in(node)))
            case "break_statement" | "continue_statement":
                return self.jump(at, self.target(node))
            case "expression_statement" if node.named_children:
                return self.expression(node, at)
        self.piece(node, at)
        return at

    def expression(self, node: Node, at: int) -> int:
        self.piece(node, at)
        call = node.named_children[0]
        if not never_returns(self.tree, call):
            return at
        function = call.field("function")
        name = self.tree.source(function) if function is not None else ""
        self.edges[at].add(_ENDED)
        sure = name in _SURELY_END or name.startswith("log.")
        return self.new() if sure else self.new(at)

    def jump(self, at: int, to: int | None) -> int:
        if to is not None:
            self.edges[at].add(to)
        return self.new()  # what follows a jump is reached by labels only

    def name_in(self, node: Node) -> str | None:
        label = next((one for one in node.named_children if one.kind == "label_name"), None)
        return self.tree.source(label) if label is not None else None

    def label(self, name: str | None) -> int | None:
        if name is None:
            return None
        if name not in self.labels:
            self.labels[name] = self.new()
        return self.labels[name]

    def labeled(self, node: Node, at: int) -> int:
        name = self.name_in(node)
        begins = self.label(name)
        if begins is not None:
            self.edges[at].add(begins)
            at = begins
        inner = [child for child in node.named_children if child.kind != "label_name"]
        return self.statement(inner[0], at, name) if inner else at

    def target(self, node: Node) -> int | None:
        """Where a break or continue leads; None in code that is broken."""
        name, again = self.name_in(node), node.kind == "continue_statement"
        for target in reversed(self.targets):
            fits = target.label == name if name is not None else True
            if fits and not (again and target.again is None):
                return target.again if again else target.leave
        return None

    def branch(self, node: Node, at: int) -> int:
        at = self.first(node, at)
        self.piece(node.field("condition"), at)
        after = self.new()
        for name in ("consequence", "alternative"):
            way = node.field(name)
            end = self.statement(way, self.new(at)) if way is not None else at
            self.edges[end].add(after)
        return after

    def first(self, node: Node, at: int) -> int:
        """What runs once before the condition or the value: ``if x := f(); x``."""
        initializer = node.field("initializer")
        return self.statement(initializer, at) if initializer is not None else at

    def loop(self, node: Node, at: int, label: str | None) -> int:
        body = node.field("body")
        head = next((one for one in node.named_children if one is not body), None)
        inside = update = None
        if head is not None and head.kind == "for_clause":
            at = self.first(head, at)
            update = head.field("update")
            condition = head.field("condition")
        elif head is not None and head.kind == "range_clause":
            self.piece(head.field("right"), at)
            condition, inside = head, head.field("left")
        else:
            condition = head
        turn = self.new(at)
        if condition is not None and condition.kind != "range_clause":
            self.piece(condition, turn)
        start = self.new(turn)
        self.piece(inside, start)
        after = self.new(turn) if condition is not None else self.new()
        again = turn
        if update is not None:
            again = self.new()
            self.piece(update, again)
            self.edges[again].add(turn)
        self.targets.append(_Target(label, after, again))
        end = self.sequence(body, start) if body is not None else start
        self.targets.pop()
        self.edges[end].add(again)
        return after

    def switch(self, node: Node, at: int, label: str | None) -> int:
        at = self.first(node, at)
        self.piece(node.field("value"), at)
        cases = [child for child in node.named_children if child.kind in CASES]
        after = self.new()
        self.targets.append(_Target(label, after, None))
        bodies = [self.new() for _ in cases]
        tried = self.entered(node, cases, bodies, at)
        if node.kind != "select_statement" and not any(c.kind == "default_case" for c in cases):
            self.edges[tried].add(after)
        for index, (case, body) in enumerate(zip(cases, bodies, strict=True)):
            end, falls = self.case_body(case, body)
            falls = falls and index + 1 < len(cases)
            self.edges[end].add(bodies[index + 1] if falls else after)
        self.targets.pop()
        return after

    def entered(self, switch: Node, cases: list[Node], bodies: list[int], at: int) -> int:
        """Edges into the bodies of the cases; the block in which no case has fitted."""
        if switch.kind == "type_switch_statement":
            # Each body that uses the variable has one of its own; all stand here in the text.
            alias = switch.field("alias")
            if alias is not None:
                one = self.new(at)
                self.piece(alias, one)
                self.either.add(one)
                at = self.new(at, one)
        waiting = []
        for case, body in zip(cases, bodies, strict=True):
            if case.kind == "expression_case":
                # One value after the other is compared until one fits.
                for value in _values(case):
                    at = self.new(at)
                    self.piece(value, at)
                    self.edges[at].add(body)
            elif case.kind == "default_case":
                waiting.append(body)
            else:
                communication = case.field("communication")
                if communication is not None:
                    self.communication(communication, at, body)
                self.edges[at].add(body)
        for body in waiting:
            self.edges[at].add(body)
        return at

    def communication(self, node: Node, at: int, body: int) -> None:
        """Channels and what is sent are evaluated for all cases, what receives in its own."""
        if node.kind != "receive_statement":
            self.piece(node, at)
            return
        self.piece(node.field("left"), body)
        self.piece(node.field("right"), at)

    def case_body(self, case: Node, at: int) -> tuple[int, bool]:
        """The block behind a case, and whether it falls through to the next."""
        falls = False
        heads = (case.field("value"), case.field("communication"), *case.fields("type"))
        for child in case.named_children:
            if child in heads:
                continue
            at = self.statement(child, at)
            last = child.named_children[-1] if child.named_children else child
            falls = "fallthrough_statement" in (child.kind, last.kind)
        return at, falls


def _values(case: Node) -> Iterator[Node]:
    value = case.field("value")
    if value is not None:
        yield from value.named_children if value.kind == "expression_list" else (value,)


Edges = Sequence[frozenset[int]]


def reachable(edges: Edges, start: int, within: Set[int] | None = None) -> set[int]:
    """What can be reached from a block, itself too, on ways ``within`` a set only."""
    found, pending = {start}, [start]
    while pending:
        for block in edges[pending.pop()]:
            if block not in found and (within is None or block in within):
                found.add(block)
                pending.append(block)
    return found


def components(edges: Edges, blocks: Set[int]) -> list[frozenset[int]]:
    """The strongly connected components of some blocks, each before those that lead to it
    (Tarjan's order)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[frozenset[int]] = []
    for root in sorted(blocks):
        if root in index:
            continue
        work = [(root, iter(sorted(edges[root] & blocks)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            block, following = work[-1]
            for other in following:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(sorted(edges[other] & blocks))))
                    break
                if other in on_stack:
                    low[block] = min(low[block], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[block])
                if low[block] == index[block]:
                    group = set(stack[stack.index(block) :])
                    del stack[stack.index(block) :]
                    on_stack -= group
                    found.append(frozenset(group))
    return found


def cycles(edges: Edges, blocks: Set[int]) -> list[frozenset[int]]:
    """The outermost loops among some blocks, those that goto makes too."""
    return [
        group
        for group in components(edges, blocks)
        if len(group) > 1 or any(block in edges[block] for block in group)
    ]
