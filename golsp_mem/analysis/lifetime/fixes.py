"""Edits that keep a value alive, on trial: the compiler says whether they do.

Pure but for `prove`, which asks for compiles through a function that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from golsp_mem.analysis.lifetime.package import facts_at, place_of_call
from golsp_mem.analysis.lifetime.trial import CompileLive
from golsp_mem.compiler.liveness import Liveness
from golsp_mem.errors import BuildFailed, GoFailed
from golsp_mem.model import Code, Finding, Position
from golsp_mem.source.edits import (
    TextEdit,
    applied,
    import_name,
    insert_import,
    insert_statement_after,
    insert_statement_before,
)
from golsp_mem.source.guards import is_statement
from golsp_mem.source.package import Place, results_of, without_conversions
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.tree import Node
from golsp_mem.source.variables import function_node, is_assigned_again, variable_named

_NAME = re.compile(r"[^\W\d]\w*")
_RESULT_NAMES = {"error": "err", "int": "n", "bool": "ok", "uintptr": "r"}
_CONSTANT = ("nil", "true", "false", "int_literal", "interpreted_string_literal")


@frozen
class KeepEdit:
    """An edit after which ``variable`` shall be live at ``call`` (where the compiler reports it
    in the text before the edit). ``kept`` is what the edit writes."""

    edits: tuple[TextEdit, ...]
    variable: str
    call: Position
    kept: str
    is_deferred: bool = False


@frozen
class Proof:
    """``confirmed``: the compiler keeps the variable at the call in the edited text, and did not
    before. ``explanation`` is one sentence for people, either way."""

    confirmed: bool
    explanation: str


def keep_edits(file: GoFile, finding: Finding) -> tuple[KeepEdit, ...]:
    """The edits for a `keepalive-missing`: behind the call, then deferred; often none or one.

    ``runtime.KeepAlive(v)`` goes behind the statement; a ``return`` of the call becomes an
    assignment and a return. ``defer runtime.KeepAlive(v)`` goes before it, outside loops only.
    Both add the import.
    """
    if finding.code is not Code.KEEPALIVE_MISSING or finding.subject is None:
        return ()
    node = file.tree.smallest(*file.tree.bounds(finding.span))
    call = _using_call(file, node)
    statement = _statement(call.node) if call is not None else None
    imports = _import(file)
    if call is None or statement is None or imports is None:
        return ()
    variable = finding.subject
    if not _NAME.fullmatch(variable):
        return ()
    name, edits = imports
    kept = f"{name}KeepAlive({variable})"
    place = place_of_call(call)
    found = []
    after = _after(file, call, statement, kept)
    if after:
        found.append(KeepEdit((*edits, *after), variable, place, kept))
    deferred = _deferred(file, node, statement, variable, kept)
    if deferred is not None:
        found.append(KeepEdit((*edits, deferred), variable, place, kept, is_deferred=True))
    return tuple(found)


async def prove(
    edit: KeepEdit,
    file: GoFile,
    before: Liveness,
    compile_live: CompileLive,
    overlay: Mapping[Path, bytes] | None = None,
) -> Proof:
    """Compile the edited text and look whether the variable is live at the call.

    ``before`` is the liveness of ``file``'s text; ``overlay`` the other unsaved texts.
    ``compile_live`` raises BuildFailed for text that does not build (the proof then says so);
    its other errors pass through.
    """
    edited = applied(file, edit.edits)
    try:
        after = await compile_live({**(overlay or {}), Path(file.path): edited})
    except BuildFailed as error:
        return Proof(False, f"not offered: the edited text does not build ({error})")
    except GoFailed as error:
        # Files of the module cache, say, may not be replaced.
        return Proof(False, f"not offered: the edit cannot be tried ({error})")
    moved = _moved(file, edit)
    had, has = _names(before, file, edit.call), _names(after, file, moved)
    where = f"the call in line {moved.line}"
    if edit.variable in had:
        return Proof(False, f"not needed: {edit.variable} is live at {where} already")
    # One value may have had another name before: only one more value is more.
    if _count(after, file, moved) <= _count(before, file, edit.call):
        return Proof(False, f"not offered: the compiler keeps nothing more at {where}")
    if edit.variable in has:
        return Proof(True, f"confirmed by the compiler: {edit.variable} is live at {where}")
    return Proof(
        True, f"confirmed by the compiler: one value more is live at {where}, with {edit.variable}"
    )


def _moved(file: GoFile, edit: KeepEdit) -> Position:
    """Where the call stands in the edited text."""
    offset = file.tree.offset(edit.call.line, edit.call.column)
    moved = offset
    for one in edit.edits:
        start, end = file.tree.bounds(one.span)
        if end <= offset:
            moved += len(one.new_text.encode()) - (end - start)
    head = applied(file, edit.edits)[:moved]
    return Position(file.path, head.count(b"\n") + 1, moved - head.rfind(b"\n"))


def _names(live: Liveness, file: GoFile, place: Position) -> frozenset[str]:
    return frozenset(name for fact in facts_at(live, file, place) for name in fact.variables)


def _count(live: Liveness, file: GoFile, place: Position) -> int:
    return sum(len(fact.names) for fact in facts_at(live, file, place))


def _using_call(file: GoFile, node: Node) -> Place | None:
    """The call that gets the expression, conversions around it passed over."""
    inner = without_conversions(Place(file, node)).node
    for outer in node.ancestors():
        if is_statement(outer):
            return None
        if outer.kind == "call_expression" and without_conversions(
            Place(file, outer)
        ).node.start != (inner.start):
            return Place(file, outer)
    return None


def _statement(call: Node) -> Node | None:
    """The statement of a list that holds the call; None within literals of a statement."""
    for node in call.ancestors():
        if node.kind == "func_literal":
            return None
        if is_statement(node) and node.parent is not None and node.parent.kind == "statement_list":
            return node
    return None


def _import(file: GoFile) -> tuple[str, tuple[TextEdit, ...]] | None:
    """What stands before ``KeepAlive``, and the edit that makes it right."""
    name = import_name(file, "runtime")
    if name is not None:
        return (f"{name}." if name else ""), ()
    edit = insert_import(file, "runtime")
    return ("runtime.", (edit,)) if edit is not None else None


def _begins_line(file: GoFile, statement: Node) -> bool:
    start, _ = file.tree.line_bounds(file.tree.line_of(statement.start))
    return not file.text[start : statement.start].strip()


def _after(file: GoFile, call: Place, statement: Node, kept: str) -> tuple[TextEdit, ...]:
    if not _begins_line(file, statement):
        return ()
    if statement.kind == "return_statement":
        return _split_return(file, call, statement, kept)
    edit = insert_statement_after(file, file.tree.line_of(statement.start), kept)
    return (edit,) if edit is not None else ()


def _split_return(file: GoFile, call: Place, statement: Node, kept: str) -> tuple[TextEdit, ...]:
    """``return f(x)`` as ``n, err := f(x)``, the KeepAlive, ``return n, err``."""
    tree = file.tree
    listed = statement.named_children[0] if statement.named_children else None
    values = listed.named_children if listed is not None else ()
    index = next((i for i, one in enumerate(values)
                  if one.start <= call.node.start < one.end), None)  # fmt: skip
    span = call.span
    function = file.function_at(span.line, span.column)
    if index is None or function is None:
        return ()
    if any(one.kind not in _CONSTANT for i, one in enumerate(values) if i != index):
        return ()  # to move one value before others could change what they are
    results = _results(file, call.node)
    wanted = results if len(values) == 1 else results[index : index + 1]
    if not wanted or (len(values) > 1 and len(values) != len(results)):
        return ()
    are_named = all(name and name != "_" for name, _ in wanted)
    names = [name for name, _ in wanted]
    if not are_named:
        names = _fresh(tree.source(tree.smallest(*tree.bounds(function.span))), wanted)
    returned = [tree.source(one) for one in values]
    returned[index : index + 1] = names
    indent = file.text[
        tree.line_bounds(tree.line_of(statement.start))[0] : statement.start
    ].decode()
    newline = "\r\n" if b"\r\n" in file.text else "\n"
    sign = "=" if are_named else ":="
    tail = f"{newline}{indent}{kept}{newline}{indent}return {', '.join(returned)}"
    value = values[index]
    return (
        TextEdit(tree.span(statement.start, value.start), f"{', '.join(names)} {sign} "),
        TextEdit(tree.span(value.end, statement.end), tail),
    )


def _results(file: GoFile, node: Node) -> tuple[tuple[str, str], ...]:
    around = function_node(node)
    return results_of(Place(file, around)) if around is not None else ()


def _fresh(function: str, results: tuple[tuple[str, str], ...]) -> list[str]:
    taken = set(_NAME.findall(function))
    names = []
    for _, kind in results:
        base = _RESULT_NAMES.get(kind, "result")
        name, number = base, 2
        while name in taken:
            name, number = f"{base}{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def _deferred(
    file: GoFile, node: Node, statement: Node, variable: str, kept: str
) -> TextEdit | None:
    """``defer`` before the statement: not in a loop, where it would pile up, and only for a
    variable that is set once, because its value is taken when the defer is reached."""
    for outer in statement.ancestors():
        if outer.kind == "for_statement":
            return None
        if outer.kind in ("func_literal", "function_declaration", "method_declaration"):
            break
    owner = variable_named(file, variable, node)
    if owner is None or is_assigned_again(owner) or not _begins_line(file, statement):
        return None
    if owner.declaration.start >= statement.start:
        return None
    return insert_statement_before(file, file.tree.line_of(statement.start), f"defer {kept}")
