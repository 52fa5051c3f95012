"""Which longer-lived variable holds a value: only the source tells, the compiler does not.

Pure. Where the source does not fit the flow (it was edited since), nothing is said.
"""

from __future__ import annotations

import re

from attrs import evolve

from golsp_mem.advice.causes import Cause, Classification, by_key
from golsp_mem.advice.flow_words import callee
from golsp_mem.compiler.objects.symbols import package_of
from golsp_mem.compiler.text.flows import Note
from golsp_mem.model import Finding, Span
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.syntax import GoFile

_LONGER_LIVED = "longer-lived"
_CALLED = "called"


def refine(classified: Classification, finding: Finding, file: GoFile | None) -> Classification:
    """``classified`` with a nearer cause for a value that a longer-lived variable holds, or that
    is passed to a call whose code the compiler cannot see.

    ``file`` is the finding's file; None, or another file: nothing changes.
    """
    cause = classified.cause
    find = _NEARER.get(cause.key) if cause is not None else None
    if file is None or find is None:
        return classified
    nearer = find(classified, finding, file)
    return evolve(classified, cause=nearer) if nearer else classified


def foreign_packages(finding: Finding, file: GoFile | None) -> frozenset[str]:
    """Names of packages whose functions may be inlined where the finding stands: those of its
    inlined calls, and what ``file`` (the finding's; None: unknown) imports. Names that are
    variables there are none.
    """
    paths = {package_of(frame.function) for frame in finding.stack[:-1]} - {finding.package}
    names = {_package_name(path) for path in paths}
    if file is None:
        return frozenset(names)
    names |= {_package_name(one.path) for one in file.imports}
    function = file.declaration_at(finding.span.line)
    around = function.span if function is not None else finding.span
    return frozenset(name for name in names if not _is_variable(name, around, file))


def _is_variable(name: str, around: Span, file: GoFile) -> bool:
    start, end = file.tree.bounds(around)
    found = re.finditer(rb"\b%b\b" % re.escape(name.encode()), file.text[start:end])
    return any(file.is_local(name, start + one.start()) for one in found)


_MAJOR = re.compile(r"(?:/v\d+|(?:%2e|\.)v\d+)$")


def _package_name(path: str) -> str:
    """What a package is most likely called: the end of its path, without a version."""
    return _MAJOR.sub("", path).rsplit("/", 1)[-1]


def _nearer(classified: Classification, finding: Finding, file: GoFile) -> Cause | None:
    for segment in reversed(classified.route.segments):
        name = segment.target
        for note in reversed(segment.notes):
            declared = _declaration(file, name, note)
            if declared is None:
                continue
            function = file.function_at(finding.span.line, finding.span.column)
            return _by_place(file, name, declared, finding.span, function)
    return None


# A method that is called directly is printed as a function of its receiver, `(*T).M(t, &x)`, also
# where the compiler has found out which it is (Go 1.22 to 1.27, tried).
_THROUGH_A_VARIABLE = re.compile(r"([a-zA-Z_]\w*)(?:\.\w+)+")


def _unseen(classified: Classification, finding: Finding, file: GoFile) -> Cause | None:
    """Whether the call is of an interface's method or of a function in a field."""
    last = classified.route.last
    note = last.notes[-1] if last is not None and last.notes else None
    called = _THROUGH_A_VARIABLE.fullmatch(callee(note.expr)) if note is not None else None
    if note is None or called is None or "[" in finding.function:
        return None
    position = note.position
    if position is None or position.file != file.path:
        return None
    start, end = file.tree.line_bounds(position.line)
    named = re.finditer(rb"(?<![\w.])%b(?=\.)" % called[1].encode(), file.text[start:end])
    local = any(file.is_local(called[1], start + one.start()) for one in named)
    return by_key("called-unseen") if local else None


_NEARER = {_LONGER_LIVED: _nearer, _CALLED: _unseen}


def _declaration(file: GoFile, name: str, note: Note) -> Span | None:
    """Where the variable that ``note`` assigns to is declared."""
    position = note.position
    if position is None or position.file != file.path or not name.isidentifier():
        return None
    start, end = file.tree.line_bounds(position.line)
    line = file.text[start:end]
    found = re.search(rb"(?<![\w.])" + re.escape(name.encode()) + rb"(?!\w)", line)
    return file.declaration_of(position.line, found.start() + 1) if found else None


def _by_place(
    file: GoFile, name: str, declared: Span, made: Span, function: FunctionSyntax | None
) -> Cause | None:
    if function is None:
        return None
    if any(
        parameter.name == name and parameter.role == "result" for parameter in function.parameters
    ):
        return by_key("named-result")
    if not function.span.contains(declared.line, declared.column):
        return by_key("outer-variable")
    return by_key("loop") if _loop_between(file, declared, made) else None


def _loop_between(file: GoFile, declared: Span, made: Span) -> bool:
    """Whether a loop covers where the value is made but not where its holder is declared."""
    start, end = file.tree.bounds(made)
    holder, _ = file.tree.bounds(declared)
    node = file.tree.smallest(start, end)
    return any(
        outer.kind == "for_statement" and not outer.start <= holder < outer.end
        for outer in node.ancestors()
    )
