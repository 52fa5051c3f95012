"""``append`` in a loop over something with a length: one block of that capacity.

The object keeps the call that would grow the slice: that it is never made follows from the loop,
which appends as often as it has rounds, and not from the compiler. So the row is strict about the
loop: every append of the slice in it is counted, none is conditional, none stands in a loop within.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row, declared_around
from golsp_mem.advice.fixes.room import appends_to_itself, shows_room
from golsp_mem.advice.fixes.shape import (
    base_of,
    found,
    function_around,
    has_comment,
    holds,
    is_alone_on_lines,
    is_fresh_result,
    is_path,
    line_above,
    loop_around,
    mentions,
    node_of,
    replace,
    siblings,
    statement_around,
    statements_of,
    string_literal,
)
from golsp_mem.analysis.proof.trades import Instead
from golsp_mem.model import Code, Finding
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, setter, variable_at

# `slices` is in the standard library since Go 1.21.
_SLICES_SINCE = 21
_GROW = "slices.Grow[...]"
_READS = ("len", "strings.Join", "sort.Strings", "sort.Ints", "sort.Slice", "slices.Sort")


@frozen(eq=False)
class _Shape:
    """``variable`` is declared by ``declaration`` (None: it is a named result, nil there), and
    ``loop`` (its statement ``labeled``) appends ``each`` elements to it in each of the rounds that
    ``over`` has a length for."""

    variable: Variable
    declaration: Node | None
    labeled: Node
    loop: Node
    over: Node
    each: int
    is_empty: bool
    slice_type: str


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context
    call = _append(file, finding)
    loop = loop_around(call) if call is not None else None
    over = _ranged(file, loop) if loop is not None else None
    if over is not None:
        yield Place(file, over)


def _append(file: GoFile, finding: Finding) -> Node | None:
    """The ``append`` of a finding, in the function's own text."""
    node = unparenthesized(node_of(file, finding.span))
    function = node.field("function")
    if node.kind != "call_expression" or function is None or finding.callee is not None:
        return None
    return node if file.tree.source(function) == "append" else None


def _ranged(file: GoFile, loop: Node) -> Node | None:
    """What has as many elements as the loop has rounds: x of ``range x``, and of
    ``for i := 0; i < len(x); i++`` whose body leaves i alone."""
    head = loop.named_children[0] if loop.named_children else None
    if head is None:
        return None
    if head.kind == "range_clause":
        return head.field("right")
    if head.kind != "for_clause":
        return None
    first, until, step = (head.field(one) for one in ("initializer", "condition", "update"))
    if first is None or until is None or step is None:
        return None
    name, _, start = file.tree.source(first).partition(" := ")
    limit = until.field("right")
    if start != "0" or not name.isidentifier() or file.tree.source(step) != f"{name}++":
        return None
    if limit is None or not file.tree.source(until).startswith(f"{name} < len("):
        return None
    given = limit.field("arguments")
    if limit.kind != "call_expression" or given is None or len(given.named_children) != 1:
        return None
    over = given.named_children[0]
    grows = _sets(file, loop, file.tree.source(over))
    return over if not grows and not _sets(file, loop, name) else None


def _sets(file: GoFile, loop: Node, name: str) -> bool:
    body = loop.field("body")
    if body is None:
        return True
    for node in body.walk():
        if node.kind in ("assignment_statement", "inc_statement", "dec_statement"):
            target = node.field("left") or node
            if any(file.tree.source(one) == name for one in (target, *target.named_children)):
                return True
        if node.kind == "unary_expression" and file.tree.source(node) == f"&{name}":
            return True
    return False


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    call = _append(file, finding)
    shape = _shape(context, file, call) if call is not None else None
    if shape is None or not context.means_builtin(file, shape.loop, "make", "len", "append"):
        return
    length = f"len({file.tree.source(shape.over)})"
    capacity = length if shape.each == 1 else f"{shape.each}*{length}"
    name = shape.variable.name
    findings = _growing(context, file, shape)
    title = f"Preallocate {name}: an append that grows → 1 allocation of {capacity}"
    if holds(shape.loop, "return_statement"):
        title += ", where the loop returns early too"
    made = Instead(finding.function, Code.HEAP_MAKE_SLICE)
    at_declaration = _known_at_declaration(file, shape)
    declaration = shape.declaration
    fits = declaration is not None and (shape.is_empty or _hides_nil(file, shape.variable))
    # An interface or a function reads the length: what is ranged over may be a call's result.
    if declaration is not None and at_declaration and not has_comment(file, declaration):
        written = f"{name} := make({shape.slice_type}, 0, {capacity})"
        yield Candidate(
            row="preallocation",
            title=title,
            edits=(replace(file, declaration, written),),
            findings=findings,
            instead=(made,),
            corner=None if fits else f"empty instead of nil where {length} is 0",
        )
    if fits and at_declaration:
        return
    qualifier = context.qualifier(file, shape.loop, "slices")
    if qualifier is None or context.language < _SLICES_SINCE:
        return
    if not is_alone_on_lines(file, shape.labeled):
        return
    line = f"{name} = {qualifier}Grow({name}, {capacity})"
    yield Candidate(
        row="preallocation",
        title=title,
        edits=(line_above(file, shape.labeled, line),),
        findings=findings,
        instead=(
            Instead(finding.function, Code.HEAP_APPEND),
            Instead(_GROW, Code.HEAP_APPEND, 2),
            Instead(_GROW, Code.HEAP_MAKE_SLICE),
        ),
        needs=("slices",),
    )


def _growing(context: FixContext, file: GoFile, shape: _Shape) -> tuple[Finding, ...]:
    function = function_around(shape.loop)
    near = context.near(file, function or shape.loop, Code.HEAP_APPEND)
    uses = {use.start for use in shape.variable.uses}
    kept = []
    for one in near:
        start, end = file.tree.bounds(one.span)
        if any(start <= use < end for use in uses):
            kept.append(one)
    return tuple(kept)


def _shape(context: FixContext, file: GoFile, call: Node) -> _Shape | None:
    loop = loop_around(call)
    over = _ranged(file, loop) if loop is not None else None
    given = call.field("arguments")
    first = given.named_children[0] if given is not None and given.named_children else None
    if loop is None or over is None or first is None or first.kind != "identifier":
        return None
    variable = variable_at(file, first)
    if variable is None or shows_room(context, file, variable):
        return None
    if not _has_length(context, file, loop, over) or not is_path(over):
        return None
    each = _appended(file, loop, variable)
    labeled = statement_around(loop)
    if each is None or labeled is None:
        return None
    if is_fresh_result(variable, labeled):
        function = function_around(labeled)
        if function is None or holds(function, "goto_statement", "defer_statement"):
            return None
        if any(not one.named_children for one in found(loop, "return_statement")):
            return None  # it gives back what may be nil so far
        return _Shape(variable, None, labeled, loop, over, each, is_empty=False, slice_type="")
    declared = _declared(context, file, variable)
    if declared is None:
        return None
    declaration, slice_type, is_empty = declared
    listed = siblings(declaration)
    if declaration not in listed or labeled not in listed:
        return None
    between = listed[listed.index(declaration) + 1 : listed.index(labeled)]
    if declaration.start > labeled.start or any(
        declaration.end < use.start < labeled.start for use in variable.uses
    ):
        return None
    if holds(loop, "goto_statement") or any(holds(one, "labeled_statement") for one in between):
        return None
    return _Shape(variable, declaration, labeled, loop, over, each, is_empty, slice_type)


def _has_length(context: FixContext, file: GoFile, loop: Node, over: Node) -> bool:
    """Whether ``len`` of it is the number of rounds: not of channels, numbers and functions; a
    string has at least as many bytes."""
    head = loop.named_children[0]
    if head.kind == "for_clause":
        return True
    type_ = context.type_of(file, over)
    if type_ is None or string_literal(file, over) is not None:
        return False
    type_ = context.package.types.get(type_, type_)
    return type_.startswith(("[", "*[", "map["))


def _appended(file: GoFile, loop: Node, variable: Variable) -> int | None:
    """How many elements one round appends; None where it does anything else with the slice, or
    does so only sometimes."""
    body = loop.field("body")
    if body is None:
        return None
    uses = {use.start for use in variable.uses if loop.start <= use.start < loop.end}
    each = 0
    for statement in statements_of(body):
        inside = {use for use in uses if statement.start <= use < statement.end}
        if not inside:
            if _may_skip(statement):
                return None
            continue
        count = _elements(file, statement, variable.name)
        if count is None or len(inside) != 2:
            return None
        each += count
        uses -= inside
    return each if each and not uses else None


def _may_skip(statement: Node) -> bool:
    """Whether it may begin the next round or end the loop early: then the number of rounds is no
    good guess of what is appended. A ``return`` gives the slice up, or is an error."""
    return holds(statement, "continue_statement", "break_statement", "goto_statement")


def _elements(file: GoFile, statement: Node, name: str) -> int | None:
    """The number of elements of ``x = append(x, a, b)``."""
    left, right = statement.field("left"), statement.field("right")
    if statement.kind != "assignment_statement" or left is None or right is None:
        return None
    if file.tree.source(left) != name or len(right.named_children) != 1:
        return None
    call = unparenthesized(right.named_children[0])
    function, given = call.field("function"), call.field("arguments")
    if call.kind != "call_expression" or function is None or given is None:
        return None
    values = given.named_children
    if file.tree.source(function) != "append" or file.tree.source(values[0]) != name:
        return None
    if any(one.kind == "variadic_argument" for one in values):
        return None
    return len(values) - 1


def _declared(
    context: FixContext, file: GoFile, variable: Variable
) -> tuple[Node, str, bool] | None:
    """The statement that declares an empty slice, its type as written, and whether it is empty
    rather than nil."""
    statement = statement_around(variable.declaration)
    if statement is None or not is_alone_on_lines(file, statement):
        return None
    if statement.kind == "var_declaration":
        specs = list(found(statement, "var_spec"))
        if len(specs) != 1 or len(specs[0].fields("name")) != 1:
            return None
        written = specs[0].field("type")
        if written is None or specs[0].field("value") is not None:
            return None
        known = _is_slice(context, file, written)
        return (statement, file.tree.source(written), False) if known else None
    left, right = statement.field("left"), statement.field("right")
    if statement.kind != "short_var_declaration" or left is None or right is None:
        return None
    if len(left.named_children) != 1 or len(right.named_children) != 1:
        return None
    value = unparenthesized(right.named_children[0])
    written = _empty_slice(context, file, value)
    return (statement, file.tree.source(written), True) if written is not None else None


def _empty_slice(context: FixContext, file: GoFile, value: Node) -> Node | None:
    """The type of ``[]T{}``, ``make([]T, 0)``."""
    if value.kind == "composite_literal":
        body, written = value.field("body"), value.field("type")
        if body is not None and not body.named_children and written is not None:
            return written if _is_slice(context, file, written) else None
        return None
    function, given = value.field("function"), value.field("arguments")
    if value.kind != "call_expression" or function is None or given is None:
        return None
    values = given.named_children
    if file.tree.source(function) != "make" or len(values) != 2:
        return None
    zero = file.tree.source(values[1]) == "0"
    return values[0] if zero and _is_slice(context, file, values[0]) else None


def _is_slice(context: FixContext, file: GoFile, written: Node) -> bool:
    """Whether it is a slice type, or the name of one that the package declares."""
    if written.kind == "slice_type":
        return True
    name = file.tree.source(written)
    if not name.isidentifier() or name in declared_around(file, written):
        return False
    return context.package.types.get(name, "").startswith("[]")


def _known_at_declaration(file: GoFile, shape: _Shape) -> bool:
    """Whether what is ranged over is there already, and has its length, where the slice is
    declared: nothing between the two may change it."""
    if shape.declaration is None:
        return False
    listed = siblings(shape.declaration)
    between = listed[listed.index(shape.declaration) + 1 : listed.index(shape.labeled)]
    base = base_of(shape.over)
    name = file.tree.source(base)
    if any(mentions(file, one, name) for one in between):
        return False
    if base is not unparenthesized(shape.over) and any(
        holds(one, "call_expression", "assignment_statement") for one in between
    ):
        return False
    variable = variable_at(file, base)
    if variable is None:
        return not between
    if any(holds(one, "call_expression") for one in between) and _is_captured(variable):
        return False
    return variable.declaration.start < shape.declaration.start


def _is_captured(variable: Variable) -> bool:
    """Whether a function literal or an address may set it from elsewhere."""
    around = function_around(variable.declaration)
    return any(
        function_around(use) is not around
        or (use.parent is not None and use.parent.kind == "unary_expression")
        for use in variable.uses
    )


def _hides_nil(file: GoFile, variable: Variable) -> bool:
    """Whether all that is done with a slice is the same for a nil one: its elements and its length
    are read."""
    for use in variable.uses:
        parent = use.parent
        if use.start == variable.declaration.start or parent is None:
            continue
        if parent.kind == "range_clause" and parent.field("right") is use:
            continue
        if parent.kind == "index_expression":
            continue
        spread = parent.kind == "variadic_argument"
        listed = parent.parent if spread else parent
        call = listed.parent if listed is not None and listed.kind == "argument_list" else None
        function = call.field("function") if call is not None else None
        if function is not None:
            name = file.tree.source(function)
            # Of `append(x, v...)` only the elements are read; as an element a slice stays nil or
            # not, and an append to it may give back the very slice.
            if (name == "append" and spread) or (not spread and name in _READS):
                continue
            if name == "append" and appends_to_itself(file, call, variable.name):
                continue
        owner = setter(use)
        appends = (
            owner is not None
            and owner.kind == "assignment_statement"
            and _elements(file, owner, variable.name)
        )
        if not appends:
            return False
    return True


ROW = Row("preallocation", frozenset({Code.HEAP_APPEND}), _candidates, _asks)
