"""Whether a called function needs an owner, which lies below what it gets, behind its last use of
what was taken from it: ``fd := b.fd``, ``write(fd)``, ``b.f.Sync()``. Who has a pointer to what
holds the owner needs that for each of its fields: ``b.n++``, ``b.mu.Unlock()``; where it is known
in which field the resource lies, to read another one, too: ``log.Print(b.name)``."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.order import goes_nowhere, is_plainly_set
from golsp_mem.analysis.lifetime.proving.probe import is_generic
from golsp_mem.analysis.lifetime.reading.callees import callees, parameters
from golsp_mem.analysis.lifetime.reading.expressions import Path, conversion, variable_type
from golsp_mem.analysis.lifetime.reading.origins import passed
from golsp_mem.analysis.lifetime.reading.package import Package, place_of_call
from golsp_mem.analysis.lifetime.reading.raw.copies import has_value_receiver
from golsp_mem.analysis.lifetime.reading.sites import Resource
from golsp_mem.analysis.lifetime.reading.using import receiver_takes_raw, takes_raw
from golsp_mem.source.package import Place, imported
from golsp_mem.source.parts.guards import is_statement, statement_around
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.variables import (
    Variable,
    function_node,
    is_assigned_again,
    is_target,
    share_a_loop,
    variable_at,
)

_DEPTH = 3
_STEPS = 3
_PARTS = ("index_expression", "slice_expression")
_LOCKS = ("Lock", "Unlock", "RLock", "RUnlock")


@frozen
class _Uses:
    """``needs`` need the owner, ``reads`` may be of what was taken from it; ``fields`` are those
    of what a pointer leads to, which holds the owner: for what comes before them they need it."""

    needs: list[Node]
    reads: list[Node]
    fields: list[Place]


def needs_behind(
    package: Package,
    function: Place,
    name: Node | None,
    path: Path | None,
    raw: Resource | None = None,
    depth: int = _DEPTH,
) -> bool:
    """Whether the function needs what lies at the path below its parameter of that name behind all
    else that it does with the parameter, or with the resource ``raw`` below it, whatever happens:
    by its text, and of a pointer by what the compiler keeps at the calls that get the resource."""
    variable = package.variable(function.of(name)) if name is not None else None
    if variable is None or not depth:
        return False
    found = _Uses([], [], [])
    is_pointer = (variable_type(package, variable) or "").startswith("*") and (
        not is_assigned_again(variable)
    )
    if path == () or (path is None and not is_pointer):
        return False
    for use in variable.uses:
        if use.start != variable.declaration.start:
            _sort(package, variable, use, path, raw, found, depth)
    fields = found.fields if is_pointer else []
    return bool(found.needs or fields) and all(
        any(_is_behind(need, read) for need in found.needs)
        or (is_pointer and _is_live_behind(package, variable, read, raw, fields))
        for read in found.reads
    )


def is_only_stored_in(package: Package, function: Place, name: Node | None, raw: Resource) -> bool:
    """Whether the function does nothing with its parameter of that name but to read the resource
    below it and to set fields."""
    variable = package.variable(function.of(name)) if name is not None else None
    uses = [use for use in variable.uses if use.start != variable.declaration.start] if (
        variable is not None) else []  # fmt: skip
    return bool(uses) and variable is not None and all(
        _is_on(chain := _selected(variable, use)[0], raw.path) and bool(chain)
        if not is_target(use)
        else is_plainly_set(variable, use)
        for use in uses
    )  # fmt: skip


def _is_live_behind(
    package: Package, variable: Variable, read: Node, raw: Resource | None, fields: list[Place]
) -> bool:
    """Whether a pointer is live when the call that gets what was read returns; or whether what was
    read is no use of the resource."""
    file = variable.file
    given = _given_to(package, Place(file, read))
    if given is None:
        return raw is not None or any(_is_set_behind(package, one, read) for one in fields)
    call, index = given
    if raw is not None and not (
        takes_raw(package, call, index, raw.kind)
        if index >= 0
        else receiver_takes_raw(package, call, raw.kind)
    ):
        return True
    facts = package.live.at(place_of_call(call))
    names = {variable.name, *_aliases(variable)}
    if facts and all(names & one.variables for one in facts):
        return True
    # What the compiler made may be a pointer to a field, or the record of a deferred call.
    is_silent = any(one.made for one in facts) or imported(file, "C") is not None
    if raw is not None and not is_silent and not is_generic(call):
        return False
    return any(_is_set_behind(package, one, read) for one in fields)


def _given_to(package: Package, value: Place) -> tuple[Place, int] | None:
    """The call that gets a value, conversions passed over, and as which argument; -1: it is called
    on that."""
    node = outer_parentheses(value.node)
    while node.parent is not None:
        outer = node.parent
        call = value.of(outer.parent) if outer.parent is not None else None
        if call is None or is_statement(outer) or outer.kind == "func_literal":
            return None
        if outer.kind == "argument_list" and call.node.kind == "call_expression":
            if conversion(package, call) is None:
                return call, outer.named_children.index(node)
            node = call.node
        elif outer.kind == "selector_expression" and call.node.kind == "call_expression":
            return (call, -1) if call.node.field("function") is outer else None
        elif outer.kind in _PARTS or outer.kind == "type_conversion_expression":
            node = outer
        else:
            return None
        node = outer_parentheses(node)
    return None


def _aliases(variable: Variable) -> Iterator[str]:
    """The variables that are declared with a pointer's value: ``y := x``."""
    for use in variable.uses:
        listed = use.parent
        statement = listed.parent if listed is not None else None
        if (
            listed is not None
            and statement is not None
            and statement.kind == "short_var_declaration"
            and statement.field("right") is listed
        ):
            left = statement.field("left")
            index = listed.named_children.index(use)
            names = left.named_children if left is not None else ()
            if index < len(names):
                yield variable.file.tree.source(names[index])


def is_needed_in(package: Package, variable: Variable, literal: Place) -> bool:
    """The same of a function literal that is called where it stands, and the variable that it
    captures: ``go func(fd int) { …; runtime.KeepAlive(f) }(int(f.Fd()))``."""
    node = literal.node
    needs = [use for use in variable.uses if node.start <= use.start < node.end]
    held = [package.variable(literal.of(one)) for one in parameters(literal) if one is not None]
    reads = [use for one in held if one is not None for use in one.uses
             if use.start != one.declaration.start]  # fmt: skip
    return bool(needs) and all(any(_is_behind(need, read) for need in needs) for read in reads)


def _sort(
    package: Package,
    variable: Variable,
    use: Node,
    path: Path | None,
    raw: Resource | None,
    found: _Uses,
    depth: int,
) -> None:
    chain, top = _selected(variable, use)
    if goes_nowhere(variable, top):
        return
    if not chain:
        given = list(passed(package, variable, use))
        functions = [(one, named) for call, named in given for one in callees(package, call)]
        if functions and not all(
            needs_behind(package, one, named(one), path, raw, depth - 1) for one, named in functions
        ):
            found.reads.append(use)
        else:
            found.needs.append(use)
    elif path and _is_on(chain, path):
        found.needs.append(use)
    else:
        found.fields.append(Place(variable.file, top))
        # A field of an embedded struct is named without that.
        is_other = raw is not None and not _is_on(chain, raw.path) and chain[0] not in raw.path
        if is_other or is_target(use) or _is_lock(variable, top):
            return
        found.reads.append(top)
        found.reads.extend(_later(package, variable, top))


def _is_on(chain: Path, path: Path) -> bool:
    """Whether fields lead to a path, or to what lies on or below it."""
    return chain == path[: len(chain)] or path == chain[: len(path)]


def _selected(variable: Variable, use: Node) -> tuple[Path, Node]:
    """The fields that are selected of a use, and the last selector; a method is none."""
    chain: list[str] = []
    node = outer_parentheses(use)
    while node.parent is not None and node.parent.kind == "selector_expression":
        name = node.parent.field("field")
        outer = node.parent.parent
        is_called = outer is not None and outer.kind == "call_expression" and (
            outer.field("function") is node.parent)  # fmt: skip
        if name is None or is_called:
            break
        chain.append(variable.file.tree.source(name))
        node = node.parent
    return tuple(chain), node


def _later(
    package: Package, variable: Variable, value: Node, steps: int = _STEPS
) -> Iterator[Node]:
    """The uses of the variables that get a value as it is: ``n := int(b.fd)``."""
    statement = statement_around(value)
    for outer in value.ancestors():
        is_call = outer.kind == "call_expression"
        if is_call and conversion(package, Place(variable.file, outer)) is None:
            return
        if outer is statement:
            break
    left = statement.field("left") if statement is not None else None
    for name in left.named_children if left is not None and value.start >= left.end else ():
        held = variable_at(variable.file, name) if name.kind == "identifier" else None
        for use in held.uses if held is not None and steps else ():
            if use.start > value.start:
                yield use
                yield from _later(package, variable, use, steps - 1)


def _is_lock(variable: Variable, top: Node) -> bool:
    """Whether the field is locked or unlocked: that uses nothing that was taken from an owner."""
    called = top.parent.field("field") if top.parent is not None else None
    return called is not None and variable.file.tree.source(called) in _LOCKS


def _is_set_behind(package: Package, place: Place, read: Node) -> bool:
    """Whether the way from a read may lead to a later statement, or to what the same one sets."""
    use = place.node
    for outer in (use, *use.ancestors()):
        if outer.kind == "func_literal" and not outer.start <= read.start < outer.end:
            call = outer.parent
            if call is None or call.parent is None or call.parent.kind != "defer_statement":
                return False
        listed = outer.parent
        if listed is None or listed.kind != "statement_list":
            continue
        if not listed.start <= read.start < listed.end:
            continue
        if share_a_loop(use, read) and not _leaves(read, listed):
            return True
        if outer.kind == "defer_statement":
            return outer.start >= read.end or _is_held_by_defer(package, place, outer)
        is_same = outer.start <= read.start < outer.end
        is_set = is_same and outer.kind == "assignment_statement" and use.end <= read.start
        return (is_set and is_target(use)) or (
            outer.start >= read.end and not _leaves(read, listed)
        )
    return False


def _is_held_by_defer(package: Package, use: Place, deferred: Node) -> bool:
    """Whether a deferred call has what a field lies in, and not only the field's value."""
    node = outer_parentheses(use.node)
    outer = node.parent
    if outer is None or function_node(node) is not function_node(deferred):
        return True
    call = outer.parent
    if outer.kind == "selector_expression" and call is not None and call.parent is deferred:
        own = callees(package, use.of(call))
        return not own or not all(map(has_value_receiver, own))
    return outer.kind == "unary_expression"


def _leaves(read: Node, listed: Node) -> bool:
    """Whether the function returns behind a read before the list around it goes on."""
    for outer in read.ancestors():
        if outer.start <= listed.start and listed.end <= outer.end:
            return False
        last = outer.named_children[-1] if outer.named_children else None
        if outer.kind == "return_statement" or (
            outer.kind == "statement_list" and last is not None and last.kind == "return_statement"
        ):
            return True
    return False


def _is_behind(need: Node, read: Node) -> bool:
    """Whether the way from a read leads to a need, or that is deferred before."""
    statement = statement_around(need)
    for outer in need.ancestors():
        if outer.kind == "func_literal" and not outer.start <= read.start < outer.end:
            around = outer.parent
            while around is not None and around.kind != "defer_statement":
                around = None if around.kind == "statement_list" else around.parent
            statement = around
    if statement is None or statement.parent is None:
        return False
    listed = statement.parent
    if not listed.start <= read.start < listed.end:
        return False
    if statement.kind == "defer_statement":
        return True
    returned = next((one for one in read.ancestors() if one.kind == "return_statement"), None)
    is_left = returned is not None and returned.start != statement.start
    return need.start >= read.start and not is_left
