"""Where a KeepAlive may stand: in a block on one line, where the owner is last in reach, in the
function literal that works with the resource."""

from __future__ import annotations

from collections.abc import Sequence

from golsp_mem.analysis.lifetime.reading.sites import reaches
from golsp_mem.model import Finding, Position
from golsp_mem.source.edits import TextEdit, insert_statement_before, line_end
from golsp_mem.source.package import Place
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.positions import anchor
from golsp_mem.source.parts.tree import Node, element_value, outer_parentheses
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, function_node, is_assigned_again, variable_at

# What a finding says of the place at which the resource is taken, when that is elsewhere.
TAKEN = "is taken from"
# What it says of an owner that has to outlive the function.
LOST = "is lost when"


def taken_at(file: GoFile, finding: Finding) -> Node | None:
    """The expression by which the finding's resource is taken; None where it is the use itself."""
    for step in finding.reason:
        if TAKEN in step.text and step.position is not None and step.position.file == file.path:
            offset = file.tree.offset(step.position.line, step.position.column)
            node = file.tree.smallest(offset, offset + 1)
            while (
                node.parent is not None
                and node.parent.start == offset
                and (node.parent.kind.endswith("_expression"))
            ):
                node = node.parent
            return node
    return None


def in_reach(file: GoFile, name: str, use: Node) -> Variable | None:
    """The variable of that name which a KeepAlive at the use would mean, declared in the function
    around it or in one around that."""
    function = function_node(use)
    while function is not None:
        found = None
        for node in function.walk():
            if node.kind == "identifier" and file.tree.source(node) == name:
                variable = variable_at(file, node)
                is_inner = variable is None or not (
                    variable.declaration.start <= use.start and reaches(variable, use)
                )
                if (
                    variable is not None
                    and not is_inner
                    and (found is None or found.declaration.start < variable.declaration.start)
                ):
                    found = variable
        if found is not None:
            return found
        function = function_node(function)
    return None


def begins_line(file: GoFile, statement: Node) -> bool:
    start, _ = file.tree.line_bounds(file.tree.line_of(statement.start))
    return not file.text[start : statement.start].strip()


def calls_between(file: GoFile, function: Node, start: int, end: int) -> tuple[Position, ...]:
    """The calls of a function from one offset to another, sends and receives among them, where the
    compiler reports them."""
    return tuple(
        file.tree.span(at, at).start
        for node in function.walk()
        if (node.kind in ("call_expression", "send_statement") or _is_receive(file, node))
        and start <= (at := anchor(node)) <= end
        and function_node(node) is function
    )


def _is_receive(file: GoFile, node: Node) -> bool:
    return node.kind == "unary_expression" and file.tree.source(node).startswith("<-")


def calls_of_literal(file: GoFile, function: Node) -> tuple[Position, ...]:
    """Where a function literal is called, if it is so at once or by its variable: inlined there,
    its own calls are reported at that place."""
    if function.kind != "func_literal":
        return ()
    outer = outer_parentheses(function).parent
    found = [outer] if outer is not None and outer.kind == "call_expression" else []
    listed = outer.parent if outer is not None and outer.kind == "expression_list" else None
    left = listed.field("left") if listed is not None else None
    variable = variable_at(file, left.named_children[0]) if left is not None else None
    for use in variable.uses if variable is not None else ():
        call = use.parent
        if call is not None and call.kind == "call_expression" and call.field("function") is use:
            found.append(call)
    return tuple(file.tree.span(at, at).start for at in map(anchor, found))


def spread(
    file: GoFile, statement: Node, before: Sequence[str], after: Sequence[str]
) -> tuple[TextEdit, ...]:
    """The one-line block around a statement on several lines, with statements around it; nothing
    where the block is none."""
    listed = statement.parent
    block = listed.parent if listed is not None else None
    tree = file.tree
    if listed is None or block is None or block.kind != "block":
        return ()
    line = tree.line_of(block.start)
    if line != tree.line_of(block.end) or any(one.kind == "comment" for one in block.children):
        return ()
    aligned = realigned(file, block)
    if aligned is None:
        return ()
    start, _ = tree.line_bounds(line)
    head = file.text[start : block.start]
    indent = head[: len(head) - len(head.lstrip())].decode()
    newline = line_end(tree) + indent
    edits = list(aligned)
    place = block.start + 1
    for one in listed.named_children:
        lead = "".join(f"{newline}\t{text}" for text in before) if one is statement else ""
        edits.append(TextEdit(tree.span(place, one.start), f"{lead}{newline}\t"))
        place = one.end
        if one is statement and after:
            tail = "".join(f"{newline}\t{text}" for text in after)
            edits.append(TextEdit(tree.span(place, place), tail))
    edits.append(TextEdit(tree.span(place, block.end - 1), newline))
    return tuple(edits)


def realigned(file: GoFile, block: Node) -> tuple[TextEdit, ...] | None:
    """The edits that keep the values of a literal as gofmt aligns them when one of them, a function
    with this block, gets several lines: it stands alone then, and so do those before and behind it.
    None where comments, or more than a value, stand on those lines."""
    entry = next((one for one in block.ancestors() if one.kind == "keyed_element"), None)
    value = element_value(entry) if entry is not None else None
    if entry is None or value is None or value.field("body") is not block or entry.parent is None:
        return ()
    tree = file.tree
    listed = list(entry.parent.named_children)
    if any(one.kind != "keyed_element" for one in listed):
        return None
    lines = [(tree.line_of(one.start), tree.line_of(one.end)) for one in listed]
    if len({first for first, _ in lines}) < len(lines):
        return ()
    place = listed.index(entry)
    runs = [[place]]
    for step in (-1, 1):
        run, index = [], place + step
        while 0 <= index < len(listed) and lines[index][0] == lines[index][1] == (
            lines[index - step][0] + step
        ):  # fmt: skip
            run.append(index)
            index += step
        runs.append(run)
    edits = []
    for run in runs:
        keys = [listed[index].named_children[0] for index in run]
        width = max((len(tree.source(key)) for key in keys), default=0)
        for index, key in zip(run, keys, strict=True):
            colon, held = listed[index].token(":"), element_value(listed[index])
            blanks = " " * (1 + width - len(tree.source(key)))
            if colon is not None and file.text[colon.end : held.start] != blanks.encode():
                edits.append(TextEdit(tree.span(colon.end, held.start), blanks))
    return tuple(edits)


def first_in(file: GoFile, literal: Node, text: str) -> tuple[TextEdit, ...]:
    """A statement at the head of a function literal's body."""
    body = literal.field("body")
    listed = next((one for one in body.named_children if one.kind == "statement_list"), None) if (
        body is not None) else None  # fmt: skip
    first = listed.named_children[0] if listed is not None and listed.named_children else None
    if first is None:
        return ()
    if not begins_line(file, first):
        return spread(file, first, [text], ())
    edit = insert_statement_before(file, file.tree.line_of(first.start), text)
    return (edit,) if edit is not None else ()


def deferred_at_taking(
    file: GoFile, taken: Node, use: Node, name: str, text: str, *, introduced: bool
) -> TextEdit | None:
    """A ``defer`` before the statement that takes the resource: for an owner that is out of reach
    at the use, or has another value there. Not in a loop around both, where it would pile up."""
    statement = statement_around(taken)
    if statement is None or not begins_line(file, statement):
        return None
    is_reached = not introduced and in_reach(file, name, use) is not None
    for outer in statement.ancestors():
        if outer.kind == "for_statement" and (is_reached or outer.start <= use.start < outer.end):
            return None
        if outer.kind in ("func_literal", "function_declaration", "method_declaration"):
            break
    if not introduced:
        owner = in_reach(file, name, taken)
        if owner is None or owner.declaration.start >= statement.start:
            return None
        if is_reached and not is_assigned_again(owner) and not _waits(file, use):
            return None
    return insert_statement_before(file, file.tree.line_of(statement.start), text)


def _waits(file: GoFile, use: Node) -> bool:
    """Whether the function waits for something behind a go statement around the use."""
    around = function_node(use)
    delayed = next((one for one in use.ancestors() if one.kind == "go_statement"), None)
    if around is None or delayed is None:
        return False
    return any(
        (one.kind == "unary_expression" and file.tree.source(one).startswith("<-"))
        or (one.kind == "call_expression" and file.tree.source(one).endswith(".Wait()"))
        for one in around.walk()
        if one.start >= delayed.end
    )


def goroutine_literal(call: Place) -> Node | None:
    """The literal that is called, by a go or defer statement too: ``go func(fd int) {…}(h.fd)``."""
    function = call.node.field("function") if call.node.kind == "call_expression" else None
    return function if function is not None and function.kind == "func_literal" else None
