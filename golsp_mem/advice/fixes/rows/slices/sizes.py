"""A length that is a variable and never changes: a constant, so that the slice fits the frame.

A slice that stays in its function has its elements there when its size is constant and at most
64 KiB. Of local variables the compiler sees that itself since Go 1.25, of the package's it cannot.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    arguments,
    found,
    function_around,
    has_comment,
    indent,
    is_alone_on_lines,
    newline,
    node_of,
    replace,
    statement_around,
)
from golsp_mem.analysis.stack.constants import constant_value
from golsp_mem.model import Code, Finding
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.places.candidate import NUMBER_TYPES
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, is_assigned_again, variable_at

# Elements of an array that every call of the function clears: 32 KiB of the largest numbers; what
# else there is may be large itself.
_MOST_NUMBERS, _MOST_OTHERS = 4096, 256


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    node = unparenthesized(node_of(file, finding.span))
    function, listed = node.field("function"), node.field("arguments")
    if node.kind != "call_expression" or function is None or listed is None:
        return
    if file.tree.source(function) != "make" or finding.callee is not None:
        return
    sizes = [one for one in listed.named_children[1:] if one.kind == "identifier"]
    names = {file.tree.source(one) for one in sizes}
    if len(names) != 1:
        return
    [name] = names
    variable = variable_at(file, sizes[0])
    if variable is not None and variable.is_parameter:
        yield from _of_callers(context, file, finding, node, variable)
        return
    if variable is not None:
        statement = statement_around(variable.declaration)
        if statement is None or is_assigned_again(variable) or len(variable.uses) < 2:
            return
        uses, place = variable.uses, file
        written = _constant(file, statement, name, uses)
    else:
        declared = _declared(context, name)
        if declared is None or name[0].isupper() or name in context.words_elsewhere:
            return
        if context.package.is_set(name):
            return
        place, statement = declared
        uses = tuple(_uses(context, name))
        written = _constant(place, statement, name, uses)
    if written is None or statement is None or has_comment(place, statement):
        return
    yield Candidate(
        row="sizes",
        title=f"Make {name} a constant: the slice stays in the frame",
        edits=(replace(place, statement, written),),
        findings=(finding,),
        gone=(finding,),
        names=() if variable is not None else (name,),
    )


def _of_callers(
    context: FixContext, file: GoFile, finding: Finding, call: Node, length: Variable
) -> Iterator[Candidate]:
    """``b := make([]T, n)`` where all callers give small constants: of an array of the largest of
    them, no longer than before and with no more room."""
    listed, statement = call.field("arguments"), statement_around(call)
    left = statement.field("left") if statement is not None else None
    right = statement.field("right") if statement is not None else None
    if statement is None or listed is None or left is None or right is None:
        return
    if statement.kind != "short_var_declaration" or has_comment(file, statement):
        return
    if len(left.named_children) != 1 or unparenthesized(right.named_children[0]) is not call:
        return
    made, given = left.named_children[0], listed.named_children
    if len(given) != 2 or given[0].kind != "slice_type" or is_assigned_again(length):
        return
    element = file.tree.source(given[0]).removeprefix("[]")
    most = _largest(context, file, length)
    if not most or most > (_MOST_NUMBERS if element in NUMBER_TYPES else _MOST_OTHERS):
        return
    name, size = file.tree.source(made), file.tree.source(given[1])
    array = context.fresh(file, call, f"{name}Array")
    if array is None or not is_alone_on_lines(file, statement):
        return
    line = f"{newline(file)}{indent(file, statement)}"
    text = f"var {array} [{most}]{element}{line}{name} := {array}[:{size}:{size}]"
    yield Candidate(
        row="sizes",
        title=f"Put it in an array of {most}, the callers' largest {size}: it stays in the frame",
        edits=(replace(file, statement, text),),
        findings=(finding,),
        gone=(finding,),
    )


def _largest(context: FixContext, file: GoFile, length: Variable) -> int | None:
    """The largest constant that is given for a parameter of an unexported function; None where a
    use of the function is no call, or gives anything else."""
    function = function_around(length.declaration)
    named = function.field("name") if function is not None else None
    parameters = function.field("parameters") if function is not None else None
    if function is None or function.kind != "function_declaration" or named is None:
        return None
    name = file.tree.source(named)
    if parameters is None or name[0].isupper() or name in context.words_beside:
        return None
    names = [one for part in parameters.named_children for one in part.fields("name")]
    index = next((i for i, one in enumerate(names) if one.start == length.declaration.start), None)
    calls = context.calls_of(name)
    values = [
        constant_value(other, given[index])
        for other, call in calls
        if index is not None and len(given := arguments(call)) == len(names)
    ]
    uses = sum(
        one.parent is None or one.parent.kind != "function_declaration"
        for one in _uses(context, name)
    )
    if not values or len(values) != uses or len(values) != len(list(calls)):
        return None
    known = [one for one in values if one is not None and one >= 0]
    return max(known) if len(known) == len(values) else None


def _declared(context: FixContext, name: str) -> tuple[GoFile, Node] | None:
    for file in context.files.values():
        for declaration in file.tree.declarations:
            if declaration.kind == "var_declaration" and any(
                file.tree.source(one) == name
                for spec in found(declaration, "var_spec")
                for one in spec.fields("name")
            ):
                return file, declaration
    return None


def _uses(context: FixContext, name: str) -> Iterator[Node]:
    for file in context.files.values():
        for node in file.tree.root.walk():
            is_named = node.kind == "identifier" and file.tree.source(node) == name
            if is_named and not file.is_local(name, node.start):
                yield node


def _constant(file: GoFile, statement: Node, name: str, uses: tuple[Node, ...]) -> str | None:
    """The declaration of one variable as that of a constant. Only lengths may lose their type:
    elsewhere ``n * 1.5`` would be another number."""
    if statement.kind == "short_var_declaration":
        left, value, written = statement.field("left"), statement.field("right"), None
        if left is None or file.tree.source(left) != name:
            return None
    else:
        specs = list(found(statement, "var_spec"))
        if len(specs) != 1 or len(specs[0].fields("name")) != 1 or statement.token("("):
            return None
        if any(one.kind == "var_spec_list" for one in statement.children):
            return None
        value, written = specs[0].field("value"), specs[0].field("type")
    if value is None or len(value.named_children) != 1:
        return None
    number = value.named_children[0]
    if constant_value(file, number) is None or any(
        one.kind in ("identifier", "call_expression", "float_literal") for one in number.walk()
    ):
        return None
    type_ = file.tree.source(written) if written is not None else ""
    if not type_ and not all(_is_length(file, one) for one in uses):
        type_ = "int"
    return f"const {name} {type_}{' ' if type_ else ''}= {file.tree.source(number)}"


def _is_length(file: GoFile, use: Node) -> bool:
    """Whether it is the declared name, or a length of a ``make``."""
    parent = use.parent
    if parent is None:
        return False
    if parent.kind != "argument_list":
        owner = parent.parent if parent.kind == "expression_list" else parent
        return owner is not None and owner.kind in ("short_var_declaration", "var_spec")
    call = parent.parent
    function = call.field("function") if call is not None else None
    return function is not None and file.tree.source(function) == "make"


ROW = Row("sizes", frozenset({Code.HEAP_MAKE_SLICE}), _candidates)
