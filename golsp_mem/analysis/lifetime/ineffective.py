"""KeepAlive calls that keep nothing, and cleanups that keep their own object.

Some of it the text alone tells (`syntactic_ineffective`). Whether a call changes anything at all
two compiles tell: of the text as it is, and of `without_keepalives`, in which every line and
column that is left stands where it stood (`ineffective_by_comparison`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP, CleanupCall, pointed_type
from golsp_mem.analysis.lifetime.reading.expressions import bare
from golsp_mem.analysis.lifetime.reading.held import holds
from golsp_mem.analysis.lifetime.reading.package import Package, place_of_call
from golsp_mem.analysis.lifetime.reading.raw.flow import Flow
from golsp_mem.analysis.lifetime.reading.raw.taking import Taking
from golsp_mem.analysis.lifetime.reading.raw.uses import How, RawUse
from golsp_mem.analysis.lifetime.reading.standard import standard_type
from golsp_mem.compiler.text.liveness import Liveness, variable_of
from golsp_mem.model import Code, Finding, Position, Span, Step
from golsp_mem.source.package import (
    PackageSyntax,
    Place,
    arguments_of,
    callee_of,
    initial_value,
    is_number,
    selected,
    without_conversions,
)
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import (
    Variable,
    in_same_function,
    is_assigned_again,
    is_pointed_at,
    setter,
    variable_at,
)

_WORD = re.compile(rb"\bKeepAlive\b")
_OTHER_SENSES = ("testing.", "unsafe.", "uintptr", "AllocsPerRun", "runtime.GC")
_PLAIN_STATEMENTS = (
    *("expression_statement", "return_statement", "assignment_statement"),
    *("short_var_declaration", "var_declaration"),
)
_LITERALS = ("int_literal", "float_literal", "rune_literal", "nil", "true", "false")


@frozen(eq=False)
class KeepAlive:
    """One ``runtime.KeepAlive(v)``, a statement of its own or deferred.

    ``statement`` is all of it with ``defer``; ``variable`` is v, or x of ``&x``.
    """

    call: Place
    statement: Node
    argument: Place
    function: FunctionSyntax
    variable: Variable | None

    @property
    def is_deferred(self) -> bool:
        return self.statement.kind == "defer_statement"


def keepalives(package: PackageSyntax) -> Iterator[KeepAlive]:
    """Every KeepAlive of the package that is a statement or deferred."""
    for call in package.calls_near(_WORD):
        callee = callee_of(call)
        given = arguments_of(call)
        if callee is None or (callee.package, callee.name) != ("runtime", "KeepAlive"):
            continue
        statement = call.node.parent
        if len(given) != 1 or statement is None:
            continue
        if statement.kind not in ("expression_statement", "defer_statement"):
            continue
        span = call.span
        function = call.file.function_at(span.line, span.column)
        if function is not None:
            argument = call.of(unparenthesized(given[0]))
            yield KeepAlive(call, statement, argument, function, _variable(argument))


def _variable(argument: Place) -> Variable | None:
    node = argument.node
    operand = node.field("operand") if node.kind == "unary_expression" else None
    if operand is not None and argument.text.startswith("&"):
        node = unparenthesized(operand)
    return variable_at(argument.file, node) if node.kind == "identifier" else None


def syntactic_ineffective(
    package: str, known: Package, used: Mapping[Flow, Sequence[RawUse]]
) -> Iterator[Finding]:
    """`keepalive-ineffective` as far as the text alone is certain; ``used`` are the raw uses of
    all declarations that take a raw resource."""
    for one in keepalives(known.syntax):
        flow = next((flow for flow in used if flow.covers(one.call)), None)
        yield from _wrong_value(package, known, flow, one)
        if flow is not None:
            yield from _too_early(package, one, used[flow])
    for call in known.cleanups.calls:
        if not call.removes:
            yield from _keeps_itself(package, known, call)


def _wrong_value(
    package: str, known: Package, flow: Flow | None, one: KeepAlive
) -> Iterator[Finding]:
    if one.argument.node.kind in _LITERALS:
        yield _finding(package, one, f"KeepAlive({one.argument.text}) keeps nothing: name a value")
        return
    if one.argument.node.kind == "identifier" and one.argument.text in known.syntax.variables:
        if one.variable is None and not _is_measuring(one):
            yield _finding(
                package, one,
                f"KeepAlive({one.argument.text}) keeps nothing: what a package variable holds is "
                "live as long as it holds it",
            )  # fmt: skip
        return
    inner = bare(known, one.argument)
    variable = known.variable(inner) if inner.node.kind == "identifier" else None
    if variable is None or one.argument.text.startswith("&"):
        return
    if _is_emptied(variable, one):
        yield _finding(package, one, f"KeepAlive({variable.name}) keeps nothing: it is nil here")
        return
    carried = flow.carried(one.argument) if flow is not None else set()
    # What makes an owner of a number is no number.
    raw = next((taking for taking in carried if not taking.is_memory and not taking.is_part
                and not taking.is_adopted), None)  # fmt: skip
    if raw is not None and _is_number_of(variable, raw):
        name = " ".join(raw.owner.text.split())
        yield _finding(
            package,
            one,
            f"KeepAlive({variable.name}) keeps nothing: {variable.name} is a number; "
            f"keep its owner: KeepAlive({name})",
            Step(f"{variable.name} is taken from {name} here", raw.expression.span.start),
        )
    elif _is_a_number(variable):
        yield _finding(
            package, one, f"KeepAlive({variable.name}) keeps nothing: {variable.name} is a number"
        )


def _is_emptied(variable: Variable, one: KeepAlive) -> bool:
    """Whether the last that is stored in the variable before the call is nil, whatever happens."""
    sets = [
        use for use in variable.uses if setter(use) is not None and use.start < one.call.node.start
    ]
    last = max(sets, key=lambda use: use.start, default=None)
    statement = setter(last) if last is not None else None
    if last is None or statement is None or statement.kind != "assignment_statement":
        return False
    left, right = statement.field("left"), statement.field("right")
    if left is None or right is None or len(left.named_children) != len(right.named_children):
        return False
    value = right.named_children[left.named_children.index(last)]
    listed = statement.parent
    is_here = in_same_function(variable, last) and in_same_function(variable, one.call.node)
    return (
        variable.file.tree.source(value) == "nil"
        and is_here
        and not one.is_deferred
        and listed is one.statement.parent
        and not any(is_pointed_at(use) for use in variable.uses)
    )


def _is_number_of(variable: Variable, taking: Taking, depth: int = 3) -> bool:
    """Whether the variable is the number itself, not a struct or slice that holds it."""
    start = initial_value(variable)
    if start is None:
        return _is_a_number(variable)
    plain = without_conversions(start[0])
    held = variable_at(plain.file, plain.node) if plain.node.kind == "identifier" else None
    if held is not None and depth and not is_assigned_again(held):
        return _is_number_of(held, taking, depth - 1)
    inner = without_conversions(start[0]).node
    if taking.is_address:
        return start[0].node.start == taking.expression.node.start
    return inner.start == taking.expression.node.start and inner.end == taking.expression.node.end


def _is_a_number(variable: Variable) -> bool:
    parent = variable.declaration.parent
    written = parent.field("type") if parent is not None else None
    if written is not None:
        return is_number(variable.file.tree.source(written))
    start = initial_value(variable)
    if start is None or start[0].node.kind != "call_expression":
        return False
    callee = callee_of(start[0])
    return callee is not None and not callee.package and is_number(callee.name)


def _too_early(package: str, one: KeepAlive, uses: Sequence[RawUse]) -> Iterator[Finding]:
    """The resource is used in a call behind the KeepAlive, in the same list of statements."""
    if one.is_deferred or one.variable is None or one.statement.parent is None:
        return
    listed = one.statement.parent
    for use in uses:
        owner = variable_at(one.call.file, unparenthesized(use.taking.owner.node))
        same = owner is not None and owner.declaration.start == one.variable.declaration.start
        call = use.node
        if owner is None or not same or not use.is_kept or use.how is How.RETURN:
            continue
        if not one.statement.end <= call.start < listed.end:
            continue
        if any(node.start >= call.start for node in owner.uses):
            continue  # kept by a later use
        yield _finding(
            package,
            one,
            f"KeepAlive({one.argument.text}) stands before the last use of "
            f"{use.place.text}: move it behind that call",
            Step(f"{use.place.text} is used here", one.call.of(call).span.start),
        )
        return


def _keeps_itself(package: str, known: Package, call: CleanupCall) -> Iterator[Finding]:
    found = itself_kept(known, call)
    if found is None:
        return
    owner, node, text = found
    word = call.word
    held = call.place.of(node)
    function = held.file.function_at(call.span.line, call.span.column)
    yield Finding(
        code=Code.KEEPALIVE_INEFFECTIVE,
        span=held.span,
        package=package,
        function=f"{package}.{function.name}" if function is not None else package,
        message=(
            f"this {word} {text} {owner.name} and keeps it alive: {owner.name} is never collected "
            f"and the {word} never runs; pass only what the {word} needs"
        ),
        subject=owner.name,
        reason=(Step(f"the {word} is set here", call.span.start),),
    )


def itself_kept(known: Package, call: CleanupCall) -> tuple[Variable, Node, str] | None:
    """The object that a cleanup keeps alive itself: where the cleanup names it, and in what way."""
    value = call.value
    if value.kind == "unary_expression":
        operand = value.field("operand")
        value = unparenthesized(operand) if operand is not None else value
    owner = variable_at(call.place.file, value) if value.kind == "identifier" else None
    if owner is None or is_assigned_again_but_for(owner, call.value):
        return None
    how = _reference(known, call, owner)
    return (owner, *how) if how is not None else None


def is_assigned_again_but_for(variable: Variable, address: Node) -> bool:
    """is_assigned_again, where the address that the cleanup itself takes does not count."""
    if not is_assigned_again(variable):
        return False
    uses = tuple(use for use in variable.uses if not address.start <= use.start < address.end)
    return is_assigned_again(
        Variable(variable.name, variable.file, variable.function, variable.declaration, uses)
    )


def _reference(known: Package, call: CleanupCall, owner: Variable) -> tuple[Node, str] | None:
    """What of a cleanup reaches the object: a captured use, its argument, a method value."""
    kind = pointed_type(known.syntax, owner)
    bound = selected(call.place.of(call.function))
    starts = {use.start for use in owner.uses}
    if bound is not None and bound[0].start in starts and standard_type(kind or "") is not None:
        return call.function, "is a method value of"
    if call.value.kind == "unary_expression" and call.function.kind != "func_literal":
        return None  # of `&v` what gets v gets a copy
    held = holds(known, call.place.of(call.function), owner)
    if held is not None:
        if call.function.kind == "func_literal":
            return held, "captures"
        return call.function, "is a method value of" if bound is not None else "holds"
    given = call.argument if call.kind == ADD_CLEANUP and call.value.kind == "identifier" else None
    if given is not None and holds(known, call.place.of(given), owner) is not None:
        return given, "gets"
    return None


def _finding(package: str, one: KeepAlive, message: str, *steps: Step) -> Finding:
    return Finding(
        code=Code.KEEPALIVE_INEFFECTIVE,
        span=one.call.span,
        package=package,
        function=f"{package}.{one.function.name}",
        message=message,
        subject=one.argument.text,
        reason=steps,
    )


def without_keepalives(file: GoFile) -> bytes | None:
    """The text with each KeepAlive of a variable replaced by ``_ = v``, all else in its place.

    None where there is none. An import of runtime stays in use.
    """
    text = bytearray(file.text)
    found = False
    for one in keepalives(PackageSyntax((file,))):
        node = one.statement
        # Nil alone has no type that `_` could get.
        plain = b"_ = " + (b"0" if one.argument.text == "nil" else one.argument.text.encode())
        if b"\n" in file.text[node.start : node.end] or len(plain) > node.end - node.start:
            continue
        text[node.start : node.end] = plain.ljust(node.end - node.start)
        found = True
    if not found:
        return None
    function = next(one.call.node.field("function") for one in keepalives(PackageSyntax((file,))))
    name = file.tree.source(function) if function is not None else "runtime.KeepAlive"
    return bytes(text) + f"\nvar _ = {name}\n".encode()


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
            file, span = one.call.file.path, one.function.span
            names = _live_names(live, file, span)
            if holds is None or not names or names != _live_names(without, file, span):
                continue
            if not _is_really_called(syntax, one.variable, holds, live):
                continue
            message = (
                f"KeepAlive({one.argument.text}) changes nothing with this Go: without it the "
                "same variables are live at every call of the function"
            )
            place = one.call.of(holds).span.start
            step = Step(f"{one.variable.name} lives until here in any case", place)
            findings.append(_finding(package, one, message, step))
    return findings


def _has_other_sense(one: KeepAlive) -> bool:
    if "[...]" in one.function.name:
        return True
    if one.argument.node.kind != "identifier":
        return True  # of `&v` the address escapes
    if one.variable is None or any(not in_same_function(one.variable, use)
                                   for use in one.variable.uses):  # fmt: skip
        return True
    return _is_measuring(one)


def _is_measuring(one: KeepAlive) -> bool:
    tree = one.call.file.tree
    around = tree.top_level(one.call.node.start)
    text = tree.source(around) if around is not None else ""
    return any(word in text for word in _OTHER_SENSES)


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
    live: Liveness, file: str, span: Span
) -> Counter[tuple[Position, str | None, tuple[str, ...]]]:
    """What is live at each call in the span; names that the compiler numbers are unnumbered."""
    return Counter(
        (
            fact.position,
            fact.target,
            tuple(sorted(name if variable_of(name) else name.rstrip("0123456789")
                         for name in fact.names)),
        )
        for fact in live.in_file(file)
        if span.contains(fact.position.line, fact.position.column)
    )  # fmt: skip
