"""A buffer that each round of a loop makes anew: made once before it, and cleared.

The compiler says that it does not outlive the function (`FateKind.SCRATCH`), so only a later round
could see an earlier one's: all that is done with it must be seen to keep nothing. It is made then
also where there is no round, so the length must be one that no make panics for.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    called_of,
    function_around,
    has_comment,
    is_alone_on_lines,
    line_above,
    loop_around,
    node_of,
    statement_around,
    statements_of,
)
from golsp_mem.analysis.proof.trades import Instead
from golsp_mem.model import Code, FateKind, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.places.candidate import NUMBER_TYPES
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, is_assigned_again, variable_at

# `clear` is in the language since Go 1.21.
_SINCE = 21
_MOST_ELEMENTS = 1 << 20
# Of slices of unknown length the compiler says since Go 1.25 what becomes of them.
_SAYS_SINCE = 25
_BUILTINS = ("len", "copy", "clear", "string")
# Their functions give nothing to anybody but who calls.
_READERS = ("bytes", "encoding/hex", "hash/crc32", "slices", "sort", "strconv", "unicode/utf8")
# What cannot hold the slice: a string might, made without a copy (unsafe.String).
_PLAIN = NUMBER_TYPES | {"error"}


def _made(file: GoFile, finding: Finding) -> tuple[Variable, Node, Node, Node] | None:
    """The variable, its statement, the loop and the length of ``b := make([]T, n)``."""
    node = unparenthesized(node_of(file, finding.span))
    function, listed = node.field("function"), node.field("arguments")
    statement = statement_around(node)
    loop = loop_around(node)
    if node.kind != "call_expression" or function is None or listed is None or loop is None:
        return None
    given = listed.named_children
    if file.tree.source(function) != "make" or len(given) != 2 or given[0].kind != "slice_type":
        return None
    if statement is None or statement.kind != "short_var_declaration":
        return None
    left, right = statement.field("left"), statement.field("right")
    body = loop.field("body")
    if left is None or right is None or len(left.named_children) != 1 or body is None:
        return None
    # What stands before it might say that the length cannot be: only the first of each round.
    if unparenthesized(right.named_children[0]) is not node or statement is not _first(body):
        return None
    variable = variable_at(file, left.named_children[0])
    return (variable, statement, loop, given[1]) if variable is not None else None


def _first(body: Node) -> Node | None:
    return next((one for one in statements_of(body) if one.kind != "comment"), None)


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context
    made = _made(file, finding)
    if made is None:
        return
    measured = _measured(file, unparenthesized(made[3]))
    if measured is not None:
        yield Place(file, measured)
    for use in made[0].uses:
        call = _call_with(use)
        target = _targets(call) if call is not None else ()
        yield from (Place(file, one) for one in target if _reads(file, one))


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    made = _made(file, finding)
    if made is None or context.language < _SINCE:
        return
    variable, statement, loop, length = made
    scratch = finding.fate is not None and finding.fate.kind is FateKind.SCRATCH
    if not scratch and not _is_used_here(context, file, variable):
        return
    labeled = statement_around(loop)
    if labeled is None or has_comment(file, statement):
        return
    if not is_alone_on_lines(file, labeled) or not is_alone_on_lines(file, statement):
        return
    if not _stays(context, file, loop, length) or not _is_free_outside(file, loop, variable.name):
        return
    if not context.means_builtin(file, loop, "make", "clear", "len", "copy"):
        return
    if not all(_keeps_nothing(file, variable, use, context) for use in variable.uses):
        return
    yield Candidate(
        row="loops",
        title=(
            f"Make {variable.name} once before the loop and clear it: 1 allocation for all rounds"
        ),
        edits=(
            line_above(file, labeled, file.tree.source(statement)),
            TextEdit(file.tree.node_span(statement), f"clear({variable.name})"),
        ),
        findings=(finding,),
        instead=(Instead(finding.function, Code.HEAP_MAKE_SLICE, 0),),
    )


def _stays(context: FixContext, file: GoFile, loop: Node, length: Node) -> bool:
    """Whether the length is the same in each round and one that a slice can have, also where there
    are no rounds: a small number, ``len`` of a slice or text that nobody sets after the loop
    began. A variable might be negative."""
    node = unparenthesized(length)
    if node.kind == "int_literal":
        text = file.tree.source(node)
        return text.isdecimal() and not text.startswith("0") and int(text) <= _MOST_ELEMENTS
    measured = _measured(file, node)
    if measured is None or measured.kind != "identifier":
        return False
    type_ = context.type_of(file, measured) or ""
    type_ = context.package.types.get(type_, type_)
    if type_ != "string" and not type_.startswith("["):
        return False
    if "struct{}" in type_ or "[0]" in type_:
        return False  # what takes no memory may be longer than any other slice
    variable = variable_at(file, measured)
    if variable is None or variable.declaration.start >= loop.start:
        return False
    around = function_around(variable.declaration)
    captured = any(function_around(use) is not around for use in variable.uses)
    return not captured and not is_assigned_again(variable)


def _measured(file: GoFile, length: Node) -> Node | None:
    """x of ``len(x)``."""
    function, listed = length.field("function"), length.field("arguments")
    if length.kind != "call_expression" or function is None or listed is None:
        return None
    if file.tree.source(function) != "len" or len(listed.named_children) != 1:
        return None
    return unparenthesized(listed.named_children[0])


def _is_free_outside(file: GoFile, loop: Node, name: str) -> bool:
    """Whether the function says that name only in the loop."""
    function = function_around(loop)
    if function is None:
        return False
    return not any(
        node.kind in ("identifier", "field_identifier", "label_name")
        and file.tree.source(node) == name
        and not loop.start <= node.start < loop.end
        for node in function.walk()
    )


def _keeps_nothing(file: GoFile, variable: Variable, use: Node, context: FixContext) -> bool:
    """Whether a use is over when its statement is: an element, the length, an argument of a call
    that gives back nothing which could hold the slice."""
    if use.start == variable.declaration.start:
        return True
    if function_around(use) is not function_around(variable.declaration):
        return False
    node, parent = use, use.parent
    while parent is not None and parent.kind in ("slice_expression", "parenthesized_expression"):
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.kind == "index_expression":
        pointed = parent.parent is not None and parent.parent.kind == "unary_expression"
        return parent.field("operand") is node and not pointed
    if parent.kind == "range_clause":
        return parent.field("right") is node
    call = _call_with(use)
    if call is None:
        return False
    function = call.field("function")
    if function is not None and file.tree.source(function) in _BUILTINS:
        return True
    statement = call.parent
    if statement is None or statement.kind in ("go_statement", "defer_statement"):
        return False
    if statement.kind == "expression_statement":
        return True
    targets = _targets(call)
    return bool(targets) and all(
        not _reads(file, one) or context.type_of(file, one) in _PLAIN for one in targets
    )


def _reads(file: GoFile, target: Node) -> bool:
    return target.kind != "identifier" or file.tree.source(target) != "_"


def _is_used_here(context: FixContext, file: GoFile, variable: Variable) -> bool:
    """Whether no use hands the slice to anything that could keep it: earlier releases say of every
    slice of unknown length that it is on the heap, and nothing of what becomes of it."""
    if context.release >= _SAYS_SINCE:
        return False
    for use in variable.uses:
        call = _call_with(use)
        if call is None:
            continue
        function = call.field("function")
        name = file.tree.source(function) if function is not None else ""
        if name in _BUILTINS or any(called_of(file, call, path) for path in _READERS):
            continue
        return False
    return True


def _call_with(use: Node) -> Node | None:
    """The call that gets the slice, or a part of it, as an argument."""
    node = use
    parent = use.parent
    while parent is not None and parent.kind in ("slice_expression", "parenthesized_expression"):
        if parent.field("operand") not in (node, None):
            return None
        node, parent = parent, parent.parent
    if parent is None or parent.kind != "argument_list" or parent.parent is None:
        return None
    return parent.parent if parent.parent.kind == "call_expression" else None


def _targets(call: Node) -> tuple[Node, ...]:
    """The variables that a call's results go to."""
    listed = call.parent
    owner = listed.parent if listed is not None and listed.kind == "expression_list" else None
    if owner is None or owner.kind not in ("short_var_declaration", "assignment_statement"):
        return ()
    left = owner.field("left")
    return left.named_children if left is not None and left is not listed else ()


ROW = Row("loops", frozenset({Code.HEAP_MAKE_SLICE}), _candidates, _asks)
