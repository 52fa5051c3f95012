"""KeepAlive calls that change nothing: a compile without them says the same of every call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from golsp_mem.analysis.lifetime.keepalive_calls import (
    KeepAlive,
    finding_of,
    is_measuring,
    keepalives,
)
from golsp_mem.analysis.lifetime.reading.cleanups import pointed_type
from golsp_mem.analysis.lifetime.reading.package import place_of_call
from golsp_mem.analysis.lifetime.reading.standard import standard_type
from golsp_mem.compiler.text.liveness import Liveness, variable_of
from golsp_mem.model import Finding, Position, Span, Step
from golsp_mem.source.package import PackageSyntax, Place, callee_of
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, in_same_function, is_assigned_again

_PLAIN_STATEMENTS = (
    *("expression_statement", "return_statement", "assignment_statement"),
    *("short_var_declaration", "var_declaration"),
)


def ineffective_by_comparison(
    package: str,
    files: Sequence[GoFile],
    live: Liveness,
    without: Liveness,
    reported: Iterable[Finding] = (),
) -> list[Finding]:
    """KeepAlive calls without which the same variables are live at the same calls.

    ``without`` is of the compile of `without_keepalives`; calls with a finding in ``reported``
    are passed over. What is live between calls no text tells, and memory may be in use by what
    only has its address; so the text must say, too, why the variable lives: it is used behind
    the call, or a deferred call holds it. Silent of what the compile does not speak (files of
    another variant, generic code), of literals and what they capture, and of functions with
    addresses or measurements (there KeepAlive has another sense).
    """
    findings = []
    known = {finding.span for finding in reported}
    for syntax in PackageSyntax.split(files):
        for one in keepalives(syntax):
            if one.variable is None or one.call.span in known or _has_other_sense(one):
                continue
            holds = _holds_anyway(one)
            if holds is None:
                continue
            file, span = one.call.file.path, one.function.span
            # What a deferred call holds lives in its record, under whatever name.
            but_for = one.variable.name if _is_deferred(holds) else ""
            names = _live_names(live, file, span, but_for)
            if not names or names != _live_names(without, file, span, but_for):
                continue
            if not _is_really_called(syntax, one.variable, holds, live):
                continue
            message = (
                f"KeepAlive({one.argument.text}) changes nothing with this Go: without it the "
                "same variables are live at every call of the function"
            )
            place = one.call.of(holds).span.start
            step = Step(f"{one.variable.name} lives until here in any case", place)
            findings.append(finding_of(package, one, message, step))
    return findings


def _has_other_sense(one: KeepAlive) -> bool:
    if "[...]" in one.function.name:
        return True
    if one.argument.node.kind != "identifier":
        return True  # of `&v` the address escapes
    if one.variable is None or any(not in_same_function(one.variable, use)
                                   for use in one.variable.uses):  # fmt: skip
        return True
    return is_measuring(one)


def _holds_anyway(one: KeepAlive) -> Node | None:
    """A use that needs the variable behind the KeepAlive whatever happens, or a deferred call
    with it that is set up before; both in lists of statements around the KeepAlive."""
    variable = one.variable
    listed = one.statement.parent
    if variable is None or listed is None or listed.kind != "statement_list":
        return None
    if is_assigned_again(variable):
        return None
    for use in variable.uses:
        statement = next((node for node in use.ancestors() if node.parent is listed), None)
        if statement is None or not _needs(use):
            continue
        if statement.kind == "defer_statement":
            if statement.end <= one.statement.start:
                return use
        elif not one.is_deferred and statement.start >= one.statement.end:
            between = [node for node in listed.named_children
                       if one.statement.end <= node.start < statement.start]  # fmt: skip
            if not between and statement.kind in _PLAIN_STATEMENTS:
                return use
    return None


def _needs(use: Node) -> bool:
    """Whether a call gets the value, or one of its methods is called."""
    outer = use.parent
    around = outer.parent if outer is not None else None
    if outer is None or around is None or around.kind != "call_expression":
        return False
    if outer.kind == "argument_list":
        function = around.field("function")
        return function is not None and function.kind == "selector_expression"
    return outer.kind == "selector_expression" and around.field("function") is outer


def _is_deferred(use: Node) -> bool:
    return any(node.kind == "defer_statement" for node in use.ancestors())


def _is_really_called(
    package: PackageSyntax, variable: Variable, use: Node, live: Liveness
) -> bool:
    """Whether the call that gets the value is a call of machine code, or one of the standard
    library: what is inlined may not read the value, or has read it before, and keeps nothing."""
    outer = use.parent
    call = outer if outer is not None and outer.kind == "call_expression" else None
    call = call or (outer.parent if outer is not None else None)
    called = call.field("function") if call is not None else None
    if call is None or called is None:
        return False
    place = Place(variable.file, call)
    name = variable.file.tree.source(called).rpartition(".")[2]
    if any(
        fact.position == place_of_call(place) and (fact.target or "").rpartition(".")[2] == name
        for fact in live.in_file(variable.file.path)
    ):
        return True
    callee = callee_of(place)
    if callee is not None and callee.package:
        return "." not in callee.package.partition("/")[0]
    return standard_type(pointed_type(package, variable) or "") is not None


def _live_names(
    live: Liveness, file: str, span: Span, but_for: str
) -> Counter[tuple[Position, str | None, tuple[str, ...]]]:
    """What is live at each call in the span; names that the compiler numbers are unnumbered."""
    return Counter(
        (
            fact.position,
            fact.target,
            tuple(sorted(name if variable_of(name) else name.rstrip("0123456789")
                         for name in fact.names if name != but_for)),
        )
        for fact in live.in_file(file)
        if span.contains(fact.position.line, fact.position.column)
    )  # fmt: skip
