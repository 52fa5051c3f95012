"""What each call makes anew and nobody changes: a package variable.

A map of constants that is only read is the same for all calls. An error of `errors.New` is not: who
compares two of them finds them equal then, so that a person has to choose it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import (
    PREDECLARED,
    Candidate,
    FixContext,
    Row,
    declared_around,
)
from golsp_mem.advice.fixes.shape import (
    arguments,
    called_of,
    found,
    function_around,
    has_comment,
    is_alone_on_lines,
    newline,
    node_of,
    replace,
    statement_around,
    string_literal,
    without_lines,
)
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit, default_name, with_comments_above
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, setter, variable_at

_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_MOST_WORDS = 4
_CONSTANT = frozenset({"true", "false", "nil", "int_literal", "float_literal", "rune_literal",
                       "interpreted_string_literal", "raw_string_literal"})  # fmt: skip

_EARLY = "initialised once, when the package starts: too late for calls from other variables"


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    if finding.callee is not None:
        if finding.callee.endswith("errors.New"):
            yield from _error(context, file, finding)
        return
    yield from _map(context, file, finding)
    yield from _given(context, file, finding)


def _error(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    node = node_of(file, finding.span)
    call = next(
        (one for one in found(node, "call_expression") if called_of(file, one, "errors") == "New"),
        None,
    )
    given = arguments(call) if call is not None else ()
    text = string_literal(file, given[0]) if len(given) == 1 else None
    if call is None or text is None or not is_in_a_function(file, call):
        return
    words = _WORDS.findall(text.rpartition(": ")[2])[:_MOST_WORDS]
    place = above(file, call)
    if not words or place is None:
        return
    wanted = "err" + "".join(word[0].upper() + word[1:] for word in words)
    name = context.fresh(file, call, wanted, of_package=True)
    if name is None:
        return
    line = f"var {name} = {file.tree.source(call)}"
    yield Candidate(
        row="package value",
        title=f"Make it the package variable {name}: no allocation for each call",
        edits=(
            TextEdit(file.tree.span(place, place), f"{line}{newline(file) * 2}"),
            replace(file, call, name),
        ),
        findings=(finding,),
        gone=(finding,),
        at_start=True,
        corner="all calls then return the same error",
    )


def _map(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    literal = unparenthesized(node_of(file, finding.span))
    written, statement = literal.field("type"), statement_around(literal)
    if literal.kind != "composite_literal" or written is None or written.kind != "map_type":
        return
    variable = _variable(file, statement, literal) if statement is not None else None
    if variable is None or statement is None or not _is_constant(file, literal):
        return
    if not is_in_a_function(file, literal) or not _is_only_read(file, variable):
        return
    top = file.tree.top_level(literal.start)
    named = top.field("name") if top is not None else None
    place = above(file, literal)
    if named is None or place is None or len(literal.named_children) < 1:
        return
    function = file.tree.source(named)
    wanted = f"{function[0].lower()}{function[1:]}{variable.name[0].upper()}{variable.name[1:]}"
    name = context.fresh(file, literal, wanted, of_package=True)
    if name is None or has_comment(file, statement) or _says_local(file, literal):
        return
    line = f"var {name} = {_outdented(file, statement, literal)}"
    gone = context.near(file, literal, Code.HEAP_LITERAL, Code.HEAP_MAKE_MAP, Code.HEAP_MAP_INSERT)
    yield Candidate(
        row="package value",
        title=f"Make {variable.name} the package variable {name}: built once, not by each call",
        edits=(
            TextEdit(file.tree.span(place, place), f"{line}{newline(file) * 2}"),
            without_lines(file, statement),
            *(
                replace(file, use, name)
                for use in variable.uses
                if use.start != variable.declaration.start
            ),
        ),
        findings=gone,
        gone=gone,
        at_start=True,
        corner=too_early(context),
    )


def _given(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    """A slice or map of constants that is returned, or handed to a call: who changes an element
    changes it for all, so a person has to choose."""
    literal = unparenthesized(node_of(file, finding.span))
    written, listed = literal.field("type"), outer_parentheses(literal).parent
    owner = listed.parent if listed is not None else None
    if literal.kind != "composite_literal" or written is None or owner is None:
        return
    if written.kind not in ("slice_type", "map_type") or not _is_constant(file, literal):
        return
    if owner.kind not in ("return_statement", "call_expression") or _says_local(file, literal):
        return
    top = file.tree.top_level(literal.start)
    named = top.field("name") if top is not None else None
    place = above(file, literal)
    if named is None or place is None or not is_in_a_function(file, literal):
        return
    function = file.tree.source(named)
    noun = "Map" if written.kind == "map_type" else "List"
    wanted = f"{function[0].lower()}{function[1:]}{noun}"
    name = context.fresh(file, literal, wanted, of_package=True)
    if name is None or has_comment(file, literal):
        return
    gone = context.near(file, literal, Code.HEAP_LITERAL, Code.HEAP_MAKE_MAP, Code.HEAP_MAP_INSERT)
    who = "callers" if owner.kind == "return_statement" else "calls"
    shared = f"all {who} then get the same one: what one changes in it, all see"
    early = too_early(context)
    yield Candidate(
        row="package value",
        title=f"Make it the package variable {name}: built once, not by each call",
        edits=(
            TextEdit(
                file.tree.span(place, place),
                f"var {name} = {_outdented(file, literal, literal)}{newline(file) * 2}",
            ),
            replace(file, literal, name),
        ),
        findings=gone,
        gone=gone,
        at_start=True,
        corner="; ".join(one for one in (shared, early) if one),
    )


def too_early(context: FixContext) -> str | None:
    """In which case a package variable is not there yet; None: in none."""
    return _EARLY if _runs_unseen(context) else None


def _runs_unseen(context: FixContext) -> bool:
    """Whether the package's variables are initialised by calls that may reach any function, as one
    through an interface does: Go orders the variables by what is seen to refer to them
    (https://go.dev/ref/spec#Package_initialization)."""
    beside = [GoFile.parse(path, text) for path, text in context.beside.items()]
    return any(
        not _is_harmless(context, file, call)
        for file in (*context.files.values(), *beside)
        for declaration in file.tree.declarations
        if declaration.kind == "var_declaration"
        for call in declaration.walk()
        if call.kind == "call_expression"
    )


def _is_harmless(context: FixContext, file: GoFile, call: Node) -> bool:
    """Whether a call is none, or of another package that gets nothing which could call back."""
    function, listed = call.field("function"), call.field("arguments")
    if function is None or listed is None:
        return False
    function = unparenthesized(function)
    if function.kind == "unary_expression" and file.tree.source(function).startswith("*"):
        function = function.named_children[-1]
    name = file.tree.source(function)
    if function.kind == "identifier":
        if name in context.package.types:
            return True
        return name in PREDECLARED and name not in context.package_names
    operand = function.field("operand") if function.kind == "selector_expression" else None
    if operand is None or operand.kind != "identifier":
        return False
    package = file.tree.source(operand)
    if not any((one.name or default_name(one.path)) == package for one in file.imports):
        return False
    return all(unparenthesized(one).kind in _CONSTANT for one in listed.named_children)


def above(file: GoFile, node: Node) -> int | None:
    """Where the declaration around the node begins, with the comments that belong to it."""
    top = file.tree.top_level(node.start)
    return with_comments_above(file.tree, top).start if top is not None else None


def is_in_a_function(file: GoFile, node: Node) -> bool:
    """Whether calls run it: not the start of the program."""
    top = file.tree.top_level(node.start)
    name = top.field("name") if top is not None else None
    if top is None or not top.kind.startswith(("function", "method")) or name is None:
        return False
    return file.tree.source(name) not in ("init", "main")


def _variable(file: GoFile, statement: Node, literal: Node) -> Variable | None:
    """The variable of ``m := map[K]V{…}``, a statement of its own."""
    left, right = statement.field("left"), statement.field("right")
    if statement.kind != "short_var_declaration" or left is None or right is None:
        return None
    if len(left.named_children) != 1 or unparenthesized(right.named_children[0]) is not literal:
        return None
    return variable_at(file, left.named_children[0]) if is_alone_on_lines(file, statement) else None


def _says_local(file: GoFile, node: Node) -> bool:
    """Whether a name in it means something that its function declares, as a type."""
    words = {
        file.tree.source(one)
        for one in node.walk()
        if one.kind in ("identifier", "type_identifier", "package_identifier")
    }
    return not words.isdisjoint(declared_around(file, node))


def _is_constant(file: GoFile, literal: Node) -> bool:
    body = literal.field("body")
    if body is None or not body.named_children:
        return False
    written = literal.field("type")
    is_map = written is not None and written.kind == "map_type"
    for one in body.named_children:
        if (one.kind == "keyed_element") != is_map:
            return False
        for side in one.named_children if is_map else (one,):
            values = side.named_children
            value = unparenthesized(values[0]) if len(values) == 1 else side
            if value.kind == "unary_expression" and file.tree.source(value).startswith("-"):
                value = value.named_children[-1]
            if value.kind not in _CONSTANT:
                return False
    return True


def _is_only_read(file: GoFile, variable: Variable) -> bool:
    around = function_around(variable.declaration)
    uses = [use for use in variable.uses if use.start != variable.declaration.start]
    return bool(uses) and all(
        function_around(use) is around and _is_read(file, use) for use in uses
    )


def _is_read(file: GoFile, use: Node) -> bool:
    parent = use.parent
    if parent is None:
        return False
    if parent.kind == "range_clause":
        return parent.field("right") is use
    if parent.kind == "argument_list" and parent.parent is not None:
        function = parent.parent.field("function")
        return function is not None and file.tree.source(function) == "len"
    if parent.kind != "index_expression" or parent.field("operand") is not use:
        return False
    outer = parent.parent
    if outer is None or outer.kind in ("inc_statement", "dec_statement", "unary_expression"):
        return outer is not None and outer.kind == "unary_expression"
    owner = setter(parent)
    return owner is None or owner.kind not in ("assignment_statement", "range_clause")


def _outdented(file: GoFile, statement: Node, literal: Node) -> str:
    """The literal as it stands at the margin."""
    start, end = file.tree.line_bounds(file.tree.line_of(statement.start))
    line = file.tree.text[start:end].decode("ascii", "replace")
    indent = line[: len(line) - len(line.lstrip())]
    return file.tree.source(literal).replace(f"\n{indent}", "\n")


ROW = Row(
    "package value", frozenset({Code.HEAP_LITERAL, Code.HEAP_NEW, Code.HEAP_MAKE_MAP}), _candidates
)
