"""A ``sync.Pool`` of slices or structs: of pointers to them, which box nothing.

Each Put of a slice boxes its header, which is what the pool was to save. The pointer that Get gave
is put back with what the variable holds then. Only where every use of the pool is seen, and each
function that takes one out puts one back.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    argument_of,
    arguments,
    called,
    found,
    function_around,
    has_comment,
    holds,
    indent,
    is_alone_on_lines,
    newline,
    replace,
    statement_around,
    statements_of,
)
from golsp_mem.analysis.proof.trades import Instead
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit, import_name
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

_NAMES = ("pooled", "fromPool")


@frozen(eq=False)
class _Round:
    """``name := pool.Get().(type)`` with ``sliced`` behind it (``[:0]``, or nothing) in the
    statement ``taken``; ``put`` is the statement of ``pool.Put(value)``."""

    file: GoFile
    taken: Node
    get: Node
    name: str
    type: str
    sliced: str
    put: Node
    value: Node


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    boxed = argument_of(file, finding)
    target = called(file, boxed[0]) if boxed is not None else None
    if target is None or target[1] != "Put" or target[0].kind != "identifier":
        return
    name = file.tree.source(target[0])
    if name[0].isupper() or name in context.words_beside or file.is_local(name, target[0].start):
        return
    made = _maker(context, name)
    rounds = _rounds(context, name) if made is not None else None
    if made is None or not rounds:
        return
    place, literal, value = made
    if {_made_type(place, value)} != {one.type for one in rounds}:
        return
    edits = [_new(place, value)]
    puts: list[Finding] = []
    for one in rounds:
        pointer = context.fresh(one.file, one.taken, *_NAMES)
        if pointer is None:
            return
        edits += _changed(one, pointer, name)
        puts += context.near(one.file, one.put, Code.HEAP_BOXING)
    inside = context.near(place, literal, Code.HEAP_BOXING)
    # By Go 1.21 and later: literals of package variables belong to init.
    functions = {f"{finding.package}.init.func1"}
    functions |= {one.function for one in context.near(place, literal, *Code)}
    yield Candidate(
        row="pools",
        title=f"Keep pointers in {name}: nothing is boxed at a Put",
        edits=tuple(edits),
        findings=tuple(puts),
        gone=(*puts, *inside),
        instead=(*(Instead(one, Code.HEAP_VARIABLE) for one in sorted(functions)),),
        names=(name,),
    )


def _maker(context: FixContext, name: str) -> tuple[GoFile, Node, Node] | None:
    """The literal of New, and what it returns, of ``var name = sync.Pool{New: func() any {…}}``."""
    for file in context.files.values():
        for declaration in file.tree.declarations:
            for spec in found(declaration, "var_spec"):
                if [file.tree.source(one) for one in spec.fields("name")] != [name]:
                    continue
                value = spec.field("value")
                pool = unparenthesized(value.named_children[0]) if value is not None else None
                if pool is not None and pool.kind == "unary_expression":
                    pool = pool.field("operand")
                literal = _new_of(file, pool) if pool is not None else None
                returned = _returned(literal) if literal is not None else None
                if literal is None or returned is None or has_comment(file, literal):
                    return None
                return file, literal, returned
    return None


def _new_of(file: GoFile, pool: Node) -> Node | None:
    written, body = pool.field("type"), pool.field("body")
    if pool.kind != "composite_literal" or written is None or body is None:
        return None
    if file.tree.source(written) != f"{import_name(file, 'sync')}.Pool":
        return None
    literals = list(found(body, "func_literal"))
    elements = body.named_children
    if len(elements) != 1 or len(literals) != 1 or elements[0].kind != "keyed_element":
        return None
    return literals[0] if elements[0].end == literals[0].end else None


def _returned(literal: Node) -> Node | None:
    """The one value of a literal that does nothing but return it."""
    body = literal.field("body")
    statements = statements_of(body) if body is not None else ()
    if len(statements) != 1 or statements[0].kind != "return_statement":
        return None
    values = statements[0].named_children[0].named_children if statements[0].named_children else ()
    return values[0] if len(values) == 1 else None


def _made_type(file: GoFile, value: Node) -> str | None:
    """The type of ``make(T, …)`` and of ``T{…}``, as written."""
    value = unparenthesized(value)
    if value.kind == "composite_literal":
        written = value.field("type")
        return file.tree.source(written) if written is not None else None
    function, listed = value.field("function"), value.field("arguments")
    if value.kind != "call_expression" or function is None or listed is None:
        return None
    if file.tree.source(function) != "make" or not listed.named_children:
        return None
    return file.tree.source(listed.named_children[0])


def _rounds(context: FixContext, name: str) -> list[_Round] | None:
    """Every use of the pool; None where one is of another shape."""
    gets: dict[tuple[str, int], tuple[GoFile, Node]] = {}
    puts: dict[tuple[str, int], tuple[GoFile, Node]] = {}
    for file in context.files.values():
        for node in file.tree.root.walk():
            if node.kind != "identifier" or file.tree.source(node) != name:
                continue
            parent = node.parent
            if file.is_local(name, node.start) or parent is None or parent.kind == "var_spec":
                continue
            call = parent.parent
            target = called(file, call) if call is not None else None
            function = function_around(node)
            kept = {"Get": gets, "Put": puts}.get(target[1] if target is not None else "")
            if target is None or target[0] is not node or function is None or call is None:
                return None
            if kept is None or (file.path, function.start) in kept:
                return None
            kept[file.path, function.start] = (file, call)
    if gets.keys() != puts.keys():
        return None
    rounds = [_round(*gets[key], puts[key][1]) for key in gets]
    return [one for one in rounds if one is not None] if None not in rounds else None


def _round(file: GoFile, get: Node, put: Node) -> _Round | None:
    asserted = get.parent
    taken, stored = statement_around(get), put.parent
    if asserted is None or asserted.kind != "type_assertion_expression" or taken is None:
        return None
    left, right, written = taken.field("left"), taken.field("right"), asserted.field("type")
    if taken.kind != "short_var_declaration" or left is None or right is None or written is None:
        return None
    if len(left.named_children) != 1 or len(right.named_children) != 1 or len(arguments(put)) != 1:
        return None
    value = unparenthesized(right.named_children[0])
    sliced = "" if value is asserted else "[:0]"
    if sliced and file.tree.source(value) != f"{file.tree.source(asserted)}[:0]":
        return None
    if stored is None or stored.kind not in ("expression_statement", "defer_statement"):
        return None
    block = taken.parent
    if block is None or not (taken.end < stored.start and stored.end <= block.end):
        return None
    for one in stored.ancestors():
        if one is block:
            break
        if one.kind in ("for_statement", "func_literal"):
            return None
    function = function_around(taken)
    if function is None or holds(function, "goto_statement"):
        return None
    if not is_alone_on_lines(file, taken) or not is_alone_on_lines(file, stored):
        return None
    if has_comment(file, taken) or has_comment(file, stored):
        return None
    return _Round(
        file, taken, get, file.tree.source(left), file.tree.source(written), sliced, stored,
        arguments(put)[0],
    )  # fmt: skip


def _new(file: GoFile, value: Node) -> TextEdit:
    statement = statement_around(value)
    assert statement is not None
    joint = "; "
    if is_alone_on_lines(file, statement):
        joint = f"{newline(file)}{indent(file, statement)}"
    return replace(file, statement, f"made := {file.tree.source(value)}{joint}return &made")


def _changed(one: _Round, pointer: str, pool: str) -> list[TextEdit]:
    file = one.file
    line = f"{newline(file)}{indent(file, one.taken)}"
    taken = f"(*{pointer}){one.sliced}" if one.sliced else f"*{pointer}"
    first = f"{pointer} := {file.tree.source(one.get)}.(*{one.type}){line}{one.name} := {taken}"
    line = f"{newline(file)}{indent(file, one.put)}"
    how = "defer " if one.put.kind == "defer_statement" else ""
    last = f"*{pointer} = {file.tree.source(one.value)}{line}{how}{pool}.Put({pointer})"
    return [replace(file, one.taken, first), replace(file, one.put, last)]


ROW = Row("pools", frozenset({Code.HEAP_BOXING}), _candidates)
