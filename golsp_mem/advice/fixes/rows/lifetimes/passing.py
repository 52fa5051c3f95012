"""A cleanup that reaches its object gets the value that it needs; a finalizer becomes a cleanup.

What is passed is read when the cleanup is set: nothing is offered where a field may be set later,
nor for a field whose value may lead back to the object, which would then never be collected.

A finalizer becomes a cleanup only where it does nothing with its object but read such fields, and
nobody takes the finalizer back (``SetFinalizer(x, nil)``): ``Stop`` wants another program.
AddCleanup came with Go 1.24; that it runs after all finalizers, and that the object is not there
any more, says runtime/mcleanup.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from golsp_mem.advice.fixes.candidate import PREDECLARED, Candidate, FixContext, Row
from golsp_mem.advice.fixes.rows.lifetimes import later
from golsp_mem.advice.fixes.rows.lifetimes.cleaned import (
    Cleaned,
    call_at,
    cleaned,
    is_dummy,
    is_plain,
)
from golsp_mem.advice.fixes.shape import (
    is_alone_on_lines,
    line_above,
    replace,
    statement_around,
    statements_of,
)
from golsp_mem.advice.fixes.sites import FINALIZER
from golsp_mem.analysis.lifetime.reading.cleanups import (
    ADD_CLEANUP,
    SET_FINALIZER,
    CleanupCall,
    cleanup_calls,
    pointed_type,
)
from golsp_mem.analysis.lifetime.reading.fields import FieldPath
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.package import Place, parameters_of, results_of
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

_CLEANUPS_SINCE = 24
_STATEMENTS = ("expression_statement", "short_var_declaration", "assignment_statement")
_NOTHING = ("struct{}", "struct{}{}")


def _wanted(context: FixContext, file: GoFile, finding: Finding) -> CleanupCall | None:
    if finding.code is Code.HEAP_CALL and finding.subject != FINALIZER:
        return None
    return call_at(context, file, finding)


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    call = _wanted(context, file, finding)
    one = cleaned(context, call) if call is not None else None
    if one is None:
        return
    for path in one.paths:
        yield one.home.of(next(read for read in one.reads if read.path == path).node)
    yield from later.asked(context, one)


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    call = _wanted(context, file, finding)
    if call is None:
        return
    ends = (finding,) if finding.code is Code.KEEPALIVE_INEFFECTIVE else ()
    if ends and call.kind == SET_FINALIZER:
        yield from _own_parameter(file, call, finding)
    one = cleaned(context, call)
    if one is None or not one.paths or not _may_be_passed(context, one):
        return
    if call.kind == SET_FINALIZER and not _may_be_a_cleanup(context, one):
        return
    edits = _edits(context, one)
    if edits is None:
        return
    name = one.variable.name
    passed = " and ".join(f"{name}.{'.'.join(path)}" for path in one.paths)
    title = f"Give the cleanup {passed} instead of {name}, so that {name} can be collected"
    corner = f"{passed} {'is' if len(one.paths) == 1 else 'are'} read when the cleanup is set"
    if call.kind == SET_FINALIZER:
        title = f"Use runtime.AddCleanup with {passed} instead of the finalizer"
        corner += f"; a cleanup runs after all finalizers and cannot revive {name}"
    yield Candidate(
        row="cleanups", title=title, edits=edits, findings=(finding,), corner=corner, ends=ends
    )


def _may_be_passed(context: FixContext, one: Cleaned) -> bool:
    types = [_type(context, one, path) for path in one.paths]
    if not all(known is not None and is_plain(context, known) for known in types):
        return False
    if later.is_set_elsewhere(context, one):
        return False
    return not later.is_exported(context, one) and not later.is_set_later(context, one)


def _type(context: FixContext, one: Cleaned, path: FieldPath) -> str | None:
    said = (context.type_of(one.home.file, read.node) for read in one.reads if read.path == path)
    return next((text for text in said if text is not None), None)


def _may_be_a_cleanup(context: FixContext, one: Cleaned) -> bool:
    if min(context.language_of(one.file), context.release) < _CLEANUPS_SINCE:
        return False
    for other in cleanup_calls(context.package):
        if other.kind != SET_FINALIZER or other.place.node is one.call.place.node:
            continue
        variable = variable_at(other.place.file, other.value)
        kind = pointed_type(context.package, variable) if variable is not None else None
        own = variable is not None and variable.declaration is one.variable.declaration
        if own or (other.removes and kind in (None, one.kind)):
            return False
    return True


def _edits(context: FixContext, one: Cleaned) -> tuple[TextEdit, ...] | None:
    call, file = one.call, one.file
    object_ = one.variable.name
    if call.kind == ADD_CLEANUP and call.argument is None:
        return None
    dummy = call.kind == ADD_CLEANUP and is_dummy(one)
    kept = call.kind == ADD_CLEANUP and one.is_literal and not dummy and not _gets(one)
    if len(one.paths) == 1 and not kept:
        (path,) = one.paths
        name, type_ = _name(one, path[-1]), _type(context, one, path)
        parameter, argument = f"{name} {type_}", f"{object_}.{'.'.join(path)}"
        return _written(one, {path: name}, parameter, argument)
    statement = statement_around(call.place.node)
    if statement is None or statement.kind not in _STATEMENTS:
        return None
    if not is_alone_on_lines(file, statement):
        return None
    names: dict[FieldPath, str] = {}
    for path in one.paths:
        whole = "".join(name[:1].upper() + name[1:] for name in path)
        free = next(
            (
                name
                for name in (_plain(path[-1]), _plain(whole), f"{object_}{whole}")
                if name not in names.values()
                and name not in _words(one)
                and context.is_free(file, call.place.node, name)
            ),
            None,
        )
        if free is None:
            return None
        names[path] = free
    values = ", ".join(f"{object_}.{'.'.join(path)}" for path in one.paths)
    first = line_above(file, statement, f"{', '.join(names.values())} := {values}")
    if kept or dummy:
        return (first, *_reads(one, names))
    rest = _written(one, names, *_NOTHING)
    return (first, *rest) if rest is not None else None


def _gets(one: Cleaned) -> bool:
    """Whether the cleanup's parameter is the object, or a part of it."""
    argument = one.call.argument
    return (
        argument is not None
        and any(argument.start <= use.start < argument.end for use in one.variable.uses)
        and argument.kind != "selector_expression"
    )


def _written(
    one: Cleaned, names: Mapping[FieldPath, str], parameter: str, argument: str
) -> tuple[TextEdit, ...] | None:
    """The call with another function and argument."""
    call, file = one.call, one.file
    edits: list[TextEdit] = []
    tail = ""
    if call.kind == SET_FINALIZER:
        function = call.place.node.field("function")
        word = function.field("field") or function if function is not None else None
        if word is None or (one.is_literal and results_of(one.home)):
            return None
        edits.append(replace(file, word, "AddCleanup"))
        tail = f", {argument}"
    elif call.argument is not None:
        edits.append(replace(file, call.argument, argument))
    if not one.is_literal:
        body = _body(one, names)
        if body is None:
            return None
        edits.append(replace(file, call.function, f"func({parameter}) {body}{tail}"))
        return tuple(edits)
    listed = call.function.field("parameters")
    if listed is None or len(parameters_of(one.home)) != 1:
        return None
    edits.append(replace(file, listed, f"({parameter})"))
    edits += _reads(one, names)
    if tail:
        end = call.function.end
        edits.append(TextEdit(file.tree.span(end, end), tail))
    return tuple(edits)


def _reads(one: Cleaned, names: Mapping[FieldPath, str]) -> list[TextEdit]:
    return [replace(one.home.file, read.node, names[read.path]) for read in one.reads]


def _body(one: Cleaned, names: Mapping[FieldPath, str]) -> str | None:
    """The body of a declared function, reading the names; what it returns is left off."""
    file, body = one.home.file, one.home.node.field("body")
    if body is None:
        return None
    pieces: list[tuple[int, int, str]] = [
        (read.node.start, read.node.end, names[read.path]) for read in one.reads
    ]
    parameters = parameters_of(one.home)
    if one.home.node.kind == "method_declaration" and any(name != "_" for name, _ in parameters):
        return None
    if results_of(one.home):
        statements = statements_of(body)
        last = statements[-1] if len(statements) == 1 else None
        listed = last.named_children if last is not None else ()
        value = listed[0].named_children if listed else ()
        if last is None or last.kind != "return_statement" or len(value) != 1:
            return None
        if value[0].kind != "call_expression":
            return None
        pieces.append((last.start, value[0].start, ""))
    elif any(node.kind == "return_statement" and node.named_children for node in body.walk()):
        return None
    text, at = "", body.start
    for start, end, new in sorted(pieces):
        text += file.text[at:start].decode("utf-8", "replace") + new
        at = end
    return text + file.text[at : body.end].decode("utf-8", "replace")


def _words(one: Cleaned) -> set[str]:
    """What is named in the function that runs, fields left out."""
    tree = one.home.file.tree
    return {tree.source(node) for node in one.home.node.walk() if node.kind == "identifier"}


def _plain(name: str) -> str:
    return name[:1].lower() + name[1:]


def _name(one: Cleaned, wanted: str) -> str:
    taken = _words(one) | PREDECLARED | {"value"}
    wanted = _plain(wanted)
    return next(
        name
        for name in (wanted, "handle", *(f"{wanted}{number}" for number in range(2, 1000)))
        if name not in taken
    )


def _own_parameter(file: GoFile, call: CleanupCall, finding: Finding) -> Iterator[Candidate]:
    """A finalizer that captures the object uses its parameter instead: it is the same."""
    literal = call.function
    variable = variable_at(file, call.value) if call.value.kind == "identifier" else None
    listed = literal.field("parameters") if literal.kind == "func_literal" else None
    given = parameters_of(call.place.of(literal)) if listed is not None else ()
    if variable is None or listed is None or len(given) != 1:
        return
    name, type_ = given[0]
    uses = [use for use in variable.uses if literal.start <= use.start < literal.end]
    body = literal.field("body")
    if not uses or body is None:
        return
    if name == "_":
        edits = [replace(file, listed, f"({variable.name} {type_})")]
    else:
        shadowed = any(
            other is not None and other.name == name and other.declaration.start >= body.start
            for node in body.walk()
            if node.kind == "identifier" and file.tree.source(node) == name
            for other in [variable_at(file, node)]
        )
        if shadowed:
            return
        edits = [replace(file, use, name) for use in uses]
    yield Candidate(
        row="cleanups",
        title=f"Use the finalizer's parameter instead of {variable.name}, so that it runs",
        edits=tuple(edits),
        findings=(finding,),
        corner=f"{variable.name} is collected then",
        ends=(finding,),
    )


ROW = Row("cleanups", frozenset({Code.KEEPALIVE_INEFFECTIVE, Code.HEAP_CALL}), _candidates, _asks)
