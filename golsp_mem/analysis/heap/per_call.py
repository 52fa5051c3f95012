"""What one call of a function allocates by its own code: least and most, from its control flow.

Branches that exclude each other are never added: the sum follows paths. What is counted are the
findings of the function's own text (what was inlined into it from foreign code among them); the
calls that it makes are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce

from attrs import frozen

from golsp_mem.analysis.costs import FREE, UNKNOWN, Bounds, Cost, path_costs
from golsp_mem.model import Allocates, Code, Finding, Position, own_blocks
from golsp_mem.source.flow.flowgraph import Edges, FlowGraph, cycles, flow_of, reachable
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.guards import FUNCTIONS
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

# One call of these may make several objects: a table and its groups, a channel and its buffer.
_OF_SEVERAL = re.compile(r"runtime\.(?:makemap|makemap64|makechan|makechan64|mapassign\w*)")
# The tiny allocator's, in bytes (runtime/malloc.go, maxTinySize).
_SHARED_BLOCK = 16


@frozen
class PerCall:
    """What a call costs. ``returning``: the same of calls that come back, which a panic or an
    exit of the program on the way does not make smaller. ``outside`` is what it costs without
    its loops, and ``turns`` one turn of each outermost loop that allocates, in order of lines.
    ``loops`` says that there are such loops: then ``total`` has no most.
    """

    total: Cost = FREE
    returning: Cost = FREE
    outside: Cost = FREE
    turns: tuple[Cost, ...] = ()

    @property
    def loops(self) -> bool:
        return bool(self.turns)


def _makes_several(finding: Finding) -> bool:
    call = finding.runtime_call or ""
    if finding.code is Code.HEAP_LITERAL and finding.allocates is Allocates.ALWAYS:
        # The first insert of a map literal with a group at most brings that group.
        return call.startswith("runtime.makemap") and not call.endswith("_small")
    return finding.code is Code.HEAP_OTHER or _OF_SEVERAL.fullmatch(call) is not None


def cost_of(finding: Finding) -> Cost:
    """What one run of a finding's place costs; FREE for what allocates nothing."""
    if finding.allocates is Allocates.NEVER or not finding.code.speaks_of_heap:
        return FREE
    if finding.code in (Code.CONTRACT_NOALLOC, Code.HEAP_CALL) or finding.bookkeeping:
        return FREE
    size = finding.size_class if finding.size_class is not None else finding.bytes
    # Objects below 16 B without pointers share a block: between their own size and the block.
    least = finding.bytes if size == _SHARED_BLOCK and finding.bytes else size
    always = finding.allocates is Allocates.ALWAYS
    # An empty slice is no object; how many there are in a callee's loop nobody knows.
    known = size is not None and not finding.repeats
    several = _makes_several(finding) or finding.repeats
    objects = Bounds(int(always and size != 0), None if several and not known else 1)
    return Cost(objects, Bounds((least or 0) if always else 0, size if known else None))


def function_on(file: GoFile, line: int) -> Node | None:
    """The function that is declared on a line, else the only func literal that begins there."""
    declared = file.declaration_at(line)
    if declared is not None and declared.span.line == line:
        return _node(file, declared)
    found = [function for function in file.functions if function.span.line == line]
    return _node(file, found[0]) if len(found) == 1 else None


def function_around(file: GoFile, line: int, column: int) -> Node | None:
    """The innermost function, declared or literal, that executes a place."""
    found = file.function_at(line, column)
    # A literal is made by the function around it.
    if (
        found is not None
        and found.is_literal
        and found.span.start == Position(file.path, line, column)
    ):
        outer = [
            function
            for function in file.functions
            if function is not found and function.span.contains(line, column)
        ]
        found = outer[-1] if outer else None
    return _node(file, found) if found is not None else None


def _node(file: GoFile, function: FunctionSyntax) -> Node | None:
    node: Node | None = file.tree.smallest(*file.tree.bounds(function.span))
    while node is not None and node.kind not in FUNCTIONS:
        node = node.parent
    return node


def per_call(file: GoFile, function: Node, findings: Iterable[Finding]) -> PerCall:
    """The sum for a function of ``file`` (`function_on`, `function_around`).

    ``findings`` may be all of the file: those outside the function's own
    text, its func literals' bodies too, are left out.
    """
    graph = flow_of(file.tree, function)
    costs = _costs(file, function, graph, findings)
    return _summed(graph, costs) if costs else PerCall()


def _costs(
    file: GoFile, function: Node, graph: FlowGraph, findings: Iterable[Finding]
) -> dict[int, Cost]:
    inner = list(_literals(file, function))
    costs: dict[int, Cost] = {}
    first, last = file.tree.line_of(function.start), file.tree.line_of(function.end)
    # Of thousands in a file a few are this function's.
    near = (finding for finding in findings if first <= finding.span.line <= last)
    for finding in own_blocks(near, lambda one: one):
        cost = cost_of(finding)
        if cost == FREE:
            continue
        start, _ = file.tree.bounds(finding.span)
        if not function.start <= start < function.end:
            continue
        # The literal itself, at its first byte, is made by the function around it.
        if any(node.start < start < node.end for node in inner):
            continue
        block = graph.block_at(start)
        if block is None:
            # Its place is known to the line only: it may run never, or in a loop.
            block, cost = graph.entry, Cost(Bounds(0, cost.objects.most), UNKNOWN)
        known = costs.get(block)
        if known is None:
            either = block in graph.either
            costs[block] = FREE | cost if either else cost
        else:
            costs[block] = known | cost if block in graph.either else known + cost
    return costs


def _literals(file: GoFile, function: Node) -> Iterator[Node]:
    pending = list(function.children)
    while pending:
        node = pending.pop()
        if node.kind == "func_literal":
            yield node
        elif file.tree.says_func(node.start, node.end):
            pending.extend(node.children)


def _summed(graph: FlowGraph, costs: dict[int, Cost]) -> PerCall:
    blocks = reachable(graph.next, graph.entry)
    costs = {block: cost for block, cost in costs.items() if block in blocks}
    loops = [group for group in cycles(graph.next, blocks) if group & costs.keys()]
    loops.sort(key=lambda group: _first_byte(graph, group))
    outside = {b: cost for b, cost in costs.items() if not any(b in group for group in loops)}
    total, returning = _ends(graph, path_costs(graph.next, blocks, graph.entry, costs))
    straight = _ends(graph, path_costs(graph.next, blocks, graph.entry, outside))
    if loops:
        # One that is never left is on no way to an end, yet its calls cost what they cost.
        total, returning = _unbounded(total), _unbounded(returning)
    return PerCall(
        total, returning, straight[0], tuple(_turn(graph.next, group, costs) for group in loops)
    )


def _unbounded(cost: Cost) -> Cost:
    return Cost(Bounds(cost.objects.least, None), Bounds(cost.bytes.least, None))


def _ends(graph: FlowGraph, costs: Mapping[int, Cost]) -> tuple[Cost, Cost]:
    """What a call costs by any end, and by returning."""
    ends = [costs[end] for end in (graph.returned, graph.ended) if end in costs]
    # A call that never comes back is at any time somewhere on its way.
    total = reduce(Cost.__or__, ends or costs.values())
    return total, costs.get(graph.returned, total)


def _turn(edges: Edges, loop: frozenset[int], costs: Mapping[int, Cost]) -> Cost:
    """One turn of a loop: from the block by which it is entered back to it."""
    entered = {
        to for block, following in enumerate(edges) if block not in loop for to in following & loop
    }
    head = min(entered or loop)
    back = {block for block in loop if head in edges[block]}
    open_edges = [following - {head} for following in edges]
    paths = path_costs(open_edges, loop, head, costs)
    return reduce(Cost.__or__, (paths[block] for block in sorted(back) if block in paths))


def _first_byte(graph: FlowGraph, blocks: frozenset[int]) -> int:
    return min((start for start, _, block in graph.pieces if block in blocks), default=0)
