"""Whether what a cleanup needs may be another value later than when the cleanup is set."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import FixContext, words_of
from golsp_mem.advice.fixes.rows.lifetimes.cleaned import Cleaned
from golsp_mem.analysis.lifetime.reading.cleanups import cleanup_calls, literal_of_pointer
from golsp_mem.analysis.lifetime.reading.fields import Fields
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.analysis.variants import is_test
from golsp_mem.source.package import PackageSyntax, Place, callee_of, initial_value
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import (
    Variable,
    is_pointed_at,
    is_target,
    setter,
    share_a_loop,
    variable_at,
)


def is_exported(context: FixContext, one: Cleaned) -> bool:
    """Whether another package may set one of the fields."""
    if context.package.name == "main":
        return False
    return any(name[:1].isupper() for path in one.paths for name in path)


def asked(context: FixContext, one: Cleaned) -> Iterator[Place]:
    """The values whose types `is_set_later` has to know."""
    yield from _behind(context)
    for target in _targets(context, one):
        operand = target.node.field("operand")
        if operand is not None:
            yield target.of(operand)


def is_set_later(context: FixContext, one: Cleaned) -> bool:
    """Whether anything may set one of the fields, or the object as a whole, once the call has run:
    what it is given then is another value."""
    if any(_may_be(context, target, one.kind) for target in _behind(context)):
        return True
    holders = _holders(context, one)
    if holders is None or _lies_elsewhere(context, one):
        return True
    return any(
        _is_held(context, target, holders)
        and not _is_before(one, target)
        and not _is_another(context, one, target)
        for target in _targets(context, one)
    )


def is_set_elsewhere(context: FixContext, one: Cleaned) -> bool:
    """Whether a file that this build left out, for another system say, sets a field of one of the
    names or the object as a whole, or takes finalizers back: nobody knows its types."""
    words = {name for path in one.paths for name in path} | {one.kind, "SetFinalizer"}
    for path, text in context.beside.items():
        if is_test(path) or not words & words_of(text):
            continue
        file = GoFile.parse(path, text)
        if any(_sets_a_field(file, node, one) for node in file.tree.root.walk()):
            return True
        if any(other.removes for other in cleanup_calls(PackageSyntax((file,)))):
            return True
    return False


def _sets_a_field(file: GoFile, node: Node, one: Cleaned) -> bool:
    if node.kind == "unary_expression":
        return node.token("*") is not None and _is_set(node)
    field = node.field("field") if node.kind == "selector_expression" else None
    names = {name for path in one.paths for name in path}
    return field is not None and file.tree.source(field) in names and is_target(node)


def _targets(context: FixContext, one: Cleaned) -> Iterator[Place]:
    """What sets, or hands out the address of, a field of one of the names."""
    names = {name for path in one.paths for name in path}
    for file in context.files.values():
        for node in file.tree.root.walk():
            field = node.field("field") if node.kind == "selector_expression" else None
            if field is not None and file.tree.source(field) in names and is_target(node):
                given = one.call.argument if file is one.file else None
                if given is None or not given.start <= node.start < given.end:
                    yield Place(file, node)


def _behind(context: FixContext) -> Iterator[Place]:
    """Each E of ``*E = …`` in the package."""
    for file in context.files.values():
        for node in file.tree.root.walk():
            operand = node.field("operand") if node.kind == "unary_expression" else None
            if operand is not None and node.token("*") is not None and _is_set(node):
                yield Place(file, unparenthesized(operand))


def _is_set(node: Node) -> bool:
    owner = setter(outer_parentheses(node))
    return owner is not None and owner.kind in ("assignment_statement", "range_clause")


def _may_be(context: FixContext, pointer: Place, kind: str) -> bool:
    said = context.type_of(pointer.file, pointer.node)
    return said is None or base_of(said) == kind


def _holders(context: FixContext, one: Cleaned) -> frozenset[str] | None:
    """The structs that the fields on the way are of; None where one is not known."""
    fields = Fields(context.package)
    found: set[str] = set()
    for path in one.paths:
        whole = fields.walk(one.kind, path)
        if whole is None:
            return None
        for length in range(len(whole[0])):
            above = fields.walk(one.kind, whole[0][:length])
            if above is None:
                return None
            found.add(fields.struct(above[1]))
    return frozenset(found)


def _is_held(context: FixContext, target: Place, holders: frozenset[str]) -> bool:
    """Whether the field may be one of these structs'."""
    operand, field = target.node.field("operand"), target.node.field("field")
    said = context.type_of(target.file, operand) if operand is not None else None
    if said is None or field is None:
        return True
    fields = Fields(context.package)
    step = fields.step(said, target.file.tree.source(field))
    above = fields.walk(base_of(said), step[0][:-1]) if step is not None else None
    return above is None or fields.struct(above[1]) in holders


def _root(target: Place) -> Variable | None:
    node = target.node
    while node.kind == "selector_expression":
        operand = node.field("operand")
        if operand is None:
            return None
        node = unparenthesized(operand)
    return variable_at(target.file, node) if node.kind == "identifier" else None


def _is_before(one: Cleaned, target: Place) -> bool:
    """Whether the object's own variable is set through, in the function and ahead of the call."""
    root = _root(target)
    call = one.call.place
    if root is None or target.file is not call.file or not _is(root, one.variable):
        return False
    inner = {outer.start for outer in target.node.ancestors() if outer.kind == "func_literal"}
    own = {outer.start for outer in call.node.ancestors() if outer.kind == "func_literal"}
    again = share_a_loop(call.node, target.node, behind=one.variable.declaration.start)
    is_ahead = target.node.end <= call.node.start
    return is_ahead and inner <= own and not again and not is_pointed_at(target.node)


def _is(one: Variable, other: Variable) -> bool:
    return one.declaration.start == other.declaration.start


def _is_another(context: FixContext, one: Cleaned, target: Place) -> bool:
    """Whether what is set lies in an object that was made by another literal than ours."""
    root = _root(target)
    if root is None or (target.file is one.file and _is(root, one.variable)):
        return False
    fields = Fields(context.package)
    for path in one.paths:
        for length in range(1, len(path)):
            above = fields.walk(one.kind, path[:length])
            if above is None or above[1].startswith("*"):
                return False
    return _is_made(root) and _is_made(one.variable)


def _is_made(variable: Variable) -> bool:
    """Whether the variable starts with ``&T{…}`` or ``new(T)``, and is never another."""
    start = initial_value(variable)
    if start is None or any(map(_is_set, variable.uses)):
        return False
    if literal_of_pointer(start[0]) is not None:
        return True
    callee = callee_of(start[0]) if start[0].node.kind == "call_expression" else None
    return callee is not None and (callee.package, callee.name) == ("", "new")


def _lies_elsewhere(context: FixContext, one: Cleaned) -> bool:
    """Whether the object may be a part of something that is set as a whole."""
    if _is_made(one.variable):
        return False
    if Fields(context.package).only_in(one.kind):
        return True
    mark = f"]{one.kind}".encode()
    return any(mark in file.text for file in context.files.values())
