"""Edits that keep a value alive. Whether they do `analysis.proof` decides (`ValueLive`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.order import is_set_in, is_taken_anew
from golsp_mem.analysis.lifetime.proving.outliving import is_last, outlives
from golsp_mem.analysis.lifetime.proving.placing import (
    LOST,
    begins_line,
    calls_between,
    calls_of_literal,
    deferred_at_taking,
    first_in,
    goroutine_literal,
    in_reach,
    spread,
    taken_at,
)
from golsp_mem.analysis.lifetime.reading.package import place_of_call
from golsp_mem.model import Code, Finding, Position
from golsp_mem.source.edits import (
    TextEdit,
    import_name,
    insert_import,
    insert_statement_after,
    insert_statement_before,
    line_end,
)
from golsp_mem.source.package import Place, callee_of, results_of, without_conversions
from golsp_mem.source.parts.guards import is_statement, statement_around
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import (
    function_node,
    is_assigned_again,
    variable_at,
    variable_named,
)

_OWNERS = (
    "call_expression", "index_expression", "selector_expression", "parenthesized_expression",
)  # fmt: skip
_NAME = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_RESULT_NAMES = {"error": "err", "int": "n", "bool": "ok", "uintptr": "r"}
_CONSTANT = ("nil", "true", "false", "int_literal", "interpreted_string_literal")


@frozen
class KeepEdit:
    """An edit after which ``variable`` shall be live at ``call`` (where the compiler reports it
    in the text before the edit), or at one of ``calls``. ``kept`` is what the edit writes."""

    edits: tuple[TextEdit, ...]
    variable: str
    call: Position
    kept: str
    is_deferred: bool = False
    calls: tuple[Position, ...] = ()


def keep_edits(file: GoFile, finding: Finding) -> tuple[KeepEdit, ...]:
    """The edits for a `keepalive-missing`: behind the use, then deferred; often none or one.

    ``runtime.KeepAlive(v)`` goes behind the statement; a ``return`` of the call becomes an
    assignment and a return. ``defer runtime.KeepAlive(v)`` goes before it, outside loops only.
    An owner without a name (``open().fd``) gets a variable first. All add the import.
    What is returned, or gets a second owner by os.NewFile, outlives every KeepAlive in the
    function; so does the lock that its last call takes.
    """
    if finding.code is not Code.KEEPALIVE_MISSING or finding.subject is None:
        return ()
    node = file.tree.smallest(*file.tree.bounds(finding.span))
    taken = taken_at(file, finding) or node
    if node.kind == "return_statement" or (
        LOST in finding.message and function_node(taken) is function_node(node)
    ):
        return ()
    used = _using_call(file, node)
    proved = used
    if used is None:
        used = Place(file, node)
        if _is_returned(used) or _is_stored(used):
            return ()
        proved = _call_before(file, node) or used
    callee = callee_of(used) if used.node.kind == "call_expression" else None
    if callee is not None and (callee.package, callee.name) == ("os", "NewFile"):
        return ()  # the new file lives on; what is kept until here helps nobody
    imports = _import(file)
    statement = statement_around(used.node)
    if statement is None or imports is None:
        return ()
    plan = _Plan(file, finding, used, proved or used, statement, *imports)
    if used.node.kind != "call_expression" or not outlives(used):
        return tuple(_edits(plan))
    if is_last(used, statement):
        return ()
    return tuple(edit for edit in _edits(plan) if edit.is_deferred)


@frozen
class _Plan:
    """What an edit is made of: the use, its statement, what stands before ``KeepAlive``."""

    file: GoFile
    finding: Finding
    used: Place
    proved: Place
    statement: Node
    package: str
    imports: tuple[TextEdit, ...]

    @property
    def owner(self) -> str:
        return self.finding.subject or ""

    @property
    def taken(self) -> Node:
        return taken_at(self.file, self.finding) or self.used.node


def _edits(plan: _Plan) -> Iterator[KeepEdit]:
    file, statement = plan.file, plan.statement
    name, declared = plan.owner, ""
    naming: tuple[TextEdit, ...] = ()
    received = _received(plan)
    if received is not None or not _PATH.fullmatch(plan.owner):
        found = _introduced(file, plan.taken, received or plan.owner)
        if found is None:
            return
        name, declared, replaced, home = found
        naming = _declared(file, home, declared, replaced)
    kept = f"{plan.package}KeepAlive({name})"
    is_replaced = not declared and _is_replaced(plan, name)
    # What stands there at the use is another then: kept is what the taking saw, or nothing.
    reaches = not is_replaced and _reaches(file, name, plan.used.node)
    if declared:
        listed = home.parent
        reaches = listed is not None and listed.start <= plan.used.node.start < listed.end
    if reaches and not begins_line(file, statement):
        around = _around(plan, kept, declared if not naming else "")
        if around:
            extra = (replaced,) if declared and not naming else naming
            yield plan_edit(plan, (*around, *extra), name, kept)
        return
    if declared and not naming:
        return
    if reaches and statement.kind not in ("go_statement", "defer_statement"):
        after = _after(file, plan.used, statement, kept)
        if after:
            yield plan_edit(plan, (*naming, *after), name, kept)
    literal = goroutine_literal(plan.used)
    if reaches and literal is not None:
        inside = first_in(file, literal, f"defer {kept}")
        if inside:
            calls = calls_between(file, literal, literal.start, literal.end)
            yield plan_edit(plan, (*naming, *inside), name, kept, deferred=True, calls=calls)
    deferred = _deferred(file, plan.used.node, statement, name, kept)
    if deferred is not None and not is_replaced and statement.kind != "go_statement":
        yield plan_edit(plan, (*naming, deferred), name, kept, deferred=True)
    early = deferred_at_taking(
        file,
        plan.taken,
        plan.used.node,
        name.partition(".")[0],
        f"defer {kept}",
        introduced=bool(declared) or is_replaced,
    )
    if early is not None and _is_another(plan):
        return
    if early is not None and declared:
        # Both go before one statement: as one edit they keep their order.
        start, _ = file.tree.line_bounds(file.tree.line_of(home.start))
        indent = file.text[start : home.start].decode()
        newline = line_end(file.tree)
        naming = _declared(file, home, f"{declared}{newline}{indent}defer {kept}", replaced)
        yield plan_edit(plan, naming, name, kept, deferred=True)
    elif early is not None:
        yield plan_edit(plan, (*naming, early), name, kept, deferred=True)


def plan_edit(
    plan: _Plan, edits: tuple[TextEdit, ...], name: str, kept: str, *, deferred: bool = False,
    calls: tuple[Position, ...] = (),
) -> KeepEdit:  # fmt: skip
    """One edit of a plan; without ``calls`` those between the taking and the use prove it."""
    function = function_node(plan.used.node)
    if not calls and function is not None:
        end = len(plan.file.text) if plan.statement.kind == "go_statement" else plan.used.node.end
        calls = calls_between(plan.file, function, plan.taken.start, end)
        calls += calls_of_literal(plan.file, function)
        home = function_node(plan.taken)
        if deferred and home is not None and home is not function:
            calls += calls_between(plan.file, home, plan.taken.start, home.end)
    joined = _joined((*plan.imports, *edits))
    return KeepEdit(joined, name, place_of_call(plan.proved), kept, deferred, calls)


def _around(plan: _Plan, kept: str, declared: str) -> tuple[TextEdit, ...]:
    """The edits for a statement in a block on one line."""
    if plan.statement.kind in ("go_statement", "defer_statement"):
        return ()
    before = [declared] if declared else []
    if plan.statement.kind == "return_statement":
        return spread(plan.file, plan.statement, [*before, f"defer {kept}"], ())
    return spread(plan.file, plan.statement, before, [kept])


def _is_replaced(plan: _Plan, name: str) -> bool:
    """Whether something else is put between the taking and the use where the owner was."""
    root, *fields = name.split(".")
    variable = in_reach(plan.file, root, plan.used.node)
    if variable is None:
        return False
    path, use = tuple(fields), plan.used.node
    owners = [one for one in variable.uses if plan.taken.start <= one.start < plan.taken.end]
    if not fields and owners and is_taken_anew(variable, plan.taken.end, use, owners[0]):
        return False
    rounds = (
        outer
        for outer in plan.taken.ancestors()
        if outer.kind == "for_statement" and not outer.start <= use.start < outer.end
        and outer.start > variable.declaration.start
    )  # fmt: skip
    return is_set_in(variable, plan.taken.end, use.start, behind=True, path=path) or any(
        is_set_in(variable, one.start, one.end, path=path) for one in rounds
    )


def _received(plan: _Plan) -> str | None:
    """``(<-c)`` of ``(<-c).fd``: the channel that is named holds it no more."""
    for one in plan.taken.walk():
        inner = one.named_children[0] if one.kind == "parenthesized_expression" else None
        if inner is not None and plan.file.tree.source(inner) == f"<-{plan.owner}":
            return plan.file.tree.source(one)
    return None


def _is_another(plan: _Plan) -> bool:
    """Whether the number that is used may be one that was taken later."""
    file, use = plan.file, plan.used.node
    statement = statement_around(plan.taken)
    left = statement.field("left") if statement is not None else None
    numbers = [variable_at(file, one) for one in left.named_children] if left is not None else []
    return any(
        number is not None
        and any(use.start <= one.start < use.end for one in number.uses)
        and is_set_in(number, plan.taken.end, use.start, behind=True)
        for number in numbers
    )


def _reaches(file: GoFile, name: str, use: Node) -> bool:
    return in_reach(file, name.partition(".")[0], use) is not None


def _declared(file: GoFile, home: Node, declared: str, replaced: TextEdit) -> tuple[TextEdit, ...]:
    """The edits that give an owner a variable; nothing where its statement begins no line."""
    if not begins_line(file, home):
        return ()
    edit = insert_statement_before(file, file.tree.line_of(home.start), declared)
    return (edit, replaced) if edit is not None else ()


def _introduced(file: GoFile, node: Node, owner: str) -> tuple[str, str, TextEdit, Node] | None:
    """A name for ``open()`` of ``open().fd``: the variable, its declaration, the edit that puts it
    in the place of the expression, and the statement before which it is declared."""
    function = function_node(node)
    found: list[Node] = []
    while function is not None and not found:
        found = [
            one
            for one in function.walk()
            if one.kind in _OWNERS and file.tree.source(one) == owner
            and one.parent is not None and one.start < node.end and function_node(one) is function
        ]  # fmt: skip
        home = function
        function = function_node(function)
    here = [one for one in found if node.start <= one.start and one.end <= node.end]
    if not here and len(found) == 1:
        here = found
    chosen = min(here, key=lambda one: one.start, default=None)
    if chosen is None:
        return None
    statement = statement_around(chosen)
    if statement is None or statement.kind == "for_statement":
        return None
    taken = set(_NAME.findall(file.tree.source(home)))
    name, number = "owner", 2
    while name in taken:
        name, number = f"owner{number}", number + 1
    value = owner[1:-1] if chosen.kind == "parenthesized_expression" else owner
    return name, f"{name} := {value}", TextEdit(file.tree.node_span(chosen), name), statement


def _joined(edits: tuple[TextEdit, ...]) -> tuple[TextEdit, ...]:
    """Edits in which no replaced text lies in that of another, which a split return may have."""
    return tuple(dict.fromkeys(edits))


def _using_call(file: GoFile, node: Node) -> Place | None:
    """The call that gets the expression, conversions around it passed over."""
    for outer in node.ancestors():
        if is_statement(outer):
            return None
        if outer.kind == "call_expression" and not _is_conversion(Place(file, outer)):
            return Place(file, outer)
    return None


def _is_conversion(call: Place) -> bool:
    inner = without_conversions(call).node
    return (inner.start, inner.end) != (call.node.start, call.node.end)


def _call_before(file: GoFile, node: Node) -> Place | None:
    """The last call before a place at which memory is read, in its function: until there the
    value has to live."""
    around = function_node(node)
    calls = [
        one for one in (around.walk() if around is not None else ())
        if one.kind == "call_expression" and one.end <= node.start
        and function_node(one) is around and not _is_conversion(Place(file, one))
    ]  # fmt: skip
    return Place(file, max(calls, key=lambda one: one.end)) if calls else None


def _is_returned(used: Place) -> bool:
    """Whether the value itself is a result, conversions around it passed over."""
    for outer in used.node.ancestors():
        if outer.kind == "return_statement":
            values = outer.named_children[0].named_children if outer.named_children else ()
            value = without_conversions(used).span
            return any(without_conversions(used.of(one)).span == value for one in values)
        if is_statement(outer):
            return False
    return False


def _is_stored(used: Place) -> bool:
    """Whether the value itself is assigned, conversions around it passed over."""
    for outer in used.node.ancestors():
        if outer.kind == "expression_list":
            value = without_conversions(used).span
            return any(without_conversions(used.of(one)).span == value
                       for one in outer.named_children)  # fmt: skip
        if is_statement(outer):
            return False
    return False


def _import(file: GoFile) -> tuple[str, tuple[TextEdit, ...]] | None:
    """What stands before ``KeepAlive``, and the edit that makes it right."""
    name = import_name(file, "runtime")
    if name is not None:
        return (f"{name}." if name else ""), ()
    edit = insert_import(file, "runtime")
    return ("runtime.", (edit,)) if edit is not None else None


def _after(file: GoFile, call: Place, statement: Node, kept: str) -> tuple[TextEdit, ...]:
    if not begins_line(file, statement):
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
    newline = line_end(file.tree)
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
    owner = variable_named(file, variable.partition(".")[0], node)
    if owner is None or is_assigned_again(owner) or not begins_line(file, statement):
        return None
    if owner.declaration.start >= statement.start:
        return None
    return insert_statement_before(file, file.tree.line_of(statement.start), f"defer {kept}")
