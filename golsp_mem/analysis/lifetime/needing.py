"""Whether a called function needs an owner, which lies below what it gets, behind its last use of
what was taken from it: ``fd := b.fd``, ``write(fd)``, ``b.f.Sync()``. Who has a pointer to what
holds the owner needs that for each of its fields: ``b.n++``, ``b.mu.Unlock()``."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import callees, parameters
from golsp_mem.analysis.lifetime.reading.expressions import Path, conversion, variable_type
from golsp_mem.analysis.lifetime.reading.origins import passed
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.source.package import Place
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.tree import Node, outer_parentheses
from golsp_mem.source.variables import (
    Variable,
    is_assigned_again,
    is_target,
    share_a_loop,
    variable_at,
)

_DEPTH = 3
_STEPS = 3
_LOCKS = ("Lock", "Unlock", "RLock", "RUnlock")


@frozen
class _Uses:
    """``needs`` need the owner, ``reads`` may be of what was taken from it; ``fields`` are those
    of what a pointer leads to, which holds the owner: for what comes before them they need it."""

    needs: list[Node]
    reads: list[Node]
    fields: list[Node]


def needs_behind(
    package: Package, function: Place, name: Node | None, path: Path | None, depth: int = _DEPTH
) -> bool:
    """Whether the function needs what lies at the path below its parameter of that name behind all
    else that it does with the parameter, whatever happens."""
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
            _sort(package, variable, use, path, found, depth)
    fields = found.fields if is_pointer else []
    return bool(found.needs or fields) and all(
        any(_is_behind(need, read) for need in found.needs)
        or any(_is_set_behind(one, read) for one in fields)
        for read in found.reads
    )


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
    package: Package, variable: Variable, use: Node, path: Path | None, found: _Uses, depth: int
) -> None:
    chain, top = _selected(variable, use)
    if not chain:
        given = list(passed(package, variable, use))
        functions = [(one, named) for call, named in given for one in callees(package, call)]
        if functions and not all(
            needs_behind(package, one, named(one), path, depth - 1) for one, named in functions
        ):
            found.reads.append(use)
        else:
            found.needs.append(use)
    elif path and (chain == path[: len(chain)] or path == chain[: len(path)]):
        found.needs.append(use)
    else:
        found.fields.append(top)
        if is_target(use) or _is_lock(variable, top):
            return
        found.reads.append(top)
        found.reads.extend(_later(package, variable, top))


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


def _is_set_behind(use: Node, read: Node) -> bool:
    """Whether the way from a read may lead to a later statement, or to what the same one sets."""
    for outer in (use, *use.ancestors()):
        if outer.kind == "func_literal" and not outer.start <= read.start < outer.end:
            return False
        listed = outer.parent
        if listed is None or listed.kind != "statement_list":
            continue
        if not listed.start <= read.start < listed.end:
            continue
        if share_a_loop(use, read) and not _leaves(read, listed):
            return True
        if outer.kind == "defer_statement":
            return True
        is_same = outer.start <= read.start < outer.end
        is_set = is_same and outer.kind == "assignment_statement" and use.end <= read.start
        return (is_set and is_target(use)) or (
            outer.start >= read.end and not _leaves(read, listed)
        )
    return False


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
