"""A struct that gets the number of a file and drops the file gets a field for that, too.

``return &device{fd: int(f.Fd())}`` becomes ``return &device{fd: int(f.Fd()), file: f}``. Where a
function of the package reads the number and needs the struct no more, a KeepAlive of the struct
goes with it: else the loss would only have moved.

Nothing is offered for a struct whose layout somebody counts on (``unsafe``, cgo, encoding/binary),
nor for one whose number something closes: the file would close it a second time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.rows.lifetimes.counted import compared, is_counted
from golsp_mem.advice.fixes.shape import (
    function_around,
    has_comment,
    is_alone_on_lines,
    node_of,
    statement_around,
)
from golsp_mem.analysis.lifetime.proving.fixes import keep_edits
from golsp_mem.analysis.lifetime.proving.placing import taken_at
from golsp_mem.analysis.lifetime.reading.standard import releases_by_name
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit, default_name, line_end
from golsp_mem.source.package import (
    Callee,
    Place,
    arguments_of,
    without_conversions,
)
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, is_assigned_again, setter, variable_at

_LOST = " is lost "
_POINTER = re.compile(r"\*(?:(?P<package>\w+)\.)?(?P<name>[^\W\d]\w*)")
_MOST_READS = 40
_CONSTANT = re.compile(r"(?:\^|-)?\d\w*|nil|\^?\w+\(\^?-?\d\w*\)|invalid\w*")


@frozen(eq=False)
class _Stored:
    """Where the number goes below a struct: ``element`` of a ``literal``, or the right side of
    ``target``, which selects the field ``number``."""

    file: GoFile
    owner: Variable
    element: Node
    number: str
    literal: Node | None
    target: Node | None


def _stored(context: FixContext, file: GoFile, finding: Finding) -> _Stored | None:
    if _LOST not in finding.message or finding.subject is None:
        return None
    taken = taken_at(file, finding) or node_of(file, finding.span)
    named = [
        one for one in taken.walk()
        if one.kind == "identifier" and file.tree.source(one) == finding.subject
        and variable_at(file, one) is not None
    ]  # fmt: skip
    owner = variable_at(file, named[0]) if named else None
    if owner is None or is_assigned_again(owner):
        return None
    found = [site for one in named for site in _sites(context, file, owner, _taken(one))]
    home = {(one.literal or one.element).start for one in found}
    return found[0] if len(home) == 1 else None


def _taken(owner: Node) -> Node:
    """``f.Fd()`` around ``f``."""
    node = owner
    while node.parent is not None and node in (
        node.parent.field("operand"), node.parent.field("function"),
    ):  # fmt: skip
        node = node.parent
    return node


def _sites(context: FixContext, file: GoFile, owner: Variable, taken: Node) -> Iterator[_Stored]:
    value = _converted(file, taken)
    site = _site(context, file, owner, value)
    if site is not None:
        yield site
        return
    listed = value.parent
    statement = listed.parent if listed is not None else None
    left = statement.field("left") if statement is not None else None
    if listed is None or left is None or left is listed or statement is None:
        return
    index = listed.named_children.index(value)
    if index >= len(left.named_children) or statement.kind != "short_var_declaration":
        return
    number = variable_at(file, left.named_children[index])
    for use in number.uses if number is not None else ():
        site = _site(context, file, owner, _converted(file, use))
        if site is not None and function_around(use) is function_around(taken):
            yield site


def _converted(file: GoFile, node: Node) -> Node:
    """The conversions around a value."""
    while node.parent is not None and node.parent.parent is not None:
        outer = node.parent.parent if node.parent.kind == "argument_list" else node.parent
        if outer.kind not in ("call_expression", "type_conversion_expression") or (
            without_conversions(Place(file, outer)).node.start
            != without_conversions(Place(file, node)).node.start
        ):  # fmt: skip
            break
        node = outer
    return node


def _site(context: FixContext, file: GoFile, owner: Variable, value: Node) -> _Stored | None:
    inner = value.parent
    if inner is not None and inner.kind == "literal_element":
        value = inner
    outer = value.parent
    literal = next((one for one in value.ancestors() if one.kind == "composite_literal"), None)
    if outer is not None and literal is not None and outer.kind == "keyed_element":
        if outer.parent is not literal.field("body") or outer.named_children[-1] is not value:
            return None
        name = file.tree.source(outer.named_children[0])
        return _Stored(file, owner, outer, name, literal, None)
    if outer is not None and literal is not None and outer is literal.field("body"):
        names = context.package.members.get(_literal_type(file, literal), ())
        index = outer.named_children.index(value)
        return _Stored(file, owner, value, names[index], literal, None) if names else None
    statement = outer.parent if outer is not None else None
    left = statement.field("left") if statement is not None else None
    if outer is None or statement is None or left is None or outer is left:
        return None
    index = outer.named_children.index(value)
    target = left.named_children[index] if index < len(left.named_children) else None
    field = target.field("field") if target is not None else None
    if statement.kind != "assignment_statement" or target is None or field is None:
        return None
    return _Stored(file, owner, statement, file.tree.source(field), None, target)


def _literal_type(file: GoFile, literal: Node) -> str:
    written = literal.field("type")
    return base_of(file.tree.source(written)) if written is not None else ""


def _reads(context: FixContext, number: str) -> Iterator[Place]:
    """The ``x.fd`` of the package, x being a variable, whatever its type."""
    count = 0
    for file in context.files.values():
        for leaf in file.tree.named(number):
            outer = leaf.parent
            operand = outer.field("operand") if outer is not None else None
            if outer is None or operand is None or outer.field("field") is not leaf:
                continue
            if operand.kind == "identifier" and count < _MOST_READS:
                count += 1
                yield Place(file, outer)


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    stored = _stored(context, file, finding)
    if stored is None:
        return
    for use in stored.owner.uses:
        if use.start != stored.owner.declaration.start:
            yield Place(file, use)
    for read in _reads(context, stored.number):
        operand = read.node.field("operand")
        if operand is not None:
            yield read.of(operand)
    if stored.literal is not None:
        yield from compared(context, _literal_type(file, stored.literal))


def _kind(context: FixContext, stored: _Stored) -> str:
    """The struct of the package that the number is stored in."""
    file = stored.file
    if stored.literal is not None:
        return _literal_type(file, stored.literal)
    operand = stored.target.field("operand") if stored.target is not None else None
    said = context.type_of(file, operand) if operand is not None else None
    return base_of(said) if said is not None else ""


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    stored = _stored(context, file, finding)
    if stored is None:
        return
    kind = _kind(context, stored)
    said = (context.type_of(file, use) for use in stored.owner.uses)
    written = next((one for one in said if one is not None), "")
    match = _POINTER.fullmatch(written)
    struct = context.package.struct_of(kind)
    if match is None or struct is None or stored.number not in context.package.members[kind]:
        return
    if _is_set_elsewhere(context, stored, kind):
        return
    name = _field_name(context, match["name"])
    keeps = _keeps(context, stored, kind)
    if name is None or keeps is None or is_counted(context, kind):
        return
    declared, put = _declared(struct, stored.number, f"{name} {written}"), _put(stored, name)
    if declared is None or put is None:
        return
    paths = [one.path for one in file.imports
             if (one.name or default_name(one.path)) == match["package"]]  # fmt: skip
    yield Candidate(
        row="beside",
        title=f"Keep {stored.owner.name} in a field {name} beside {kind}.{stored.number}",
        edits=tuple(dict.fromkeys((declared, put, *keeps))),
        findings=(finding,),
        needs=tuple(paths),
        corner=f"{stored.owner.name} stays open as long as the {kind} is held",
        ends=(finding,),
        holds=True,
    )


def _is_set_elsewhere(context: FixContext, stored: _Stored, kind: str) -> bool:
    """Whether another number may be put there, whose owner the new field would not have."""
    for file in context.files.values():
        for leaf in file.tree.named(stored.number):
            outer = leaf.parent
            if outer is None or stored.element.start <= leaf.start < stored.element.end:
                continue
            if outer.kind == "selector_expression" and outer.field("field") is leaf:
                owner = setter(outer)
                right = owner.field("right") if owner is not None else None
                operand = outer.field("operand")
                said = context.type_of(file, operand) if operand is not None else None
                is_other = said is not None and base_of(said) != kind
                if right is not None and not is_other and not _is_constant(file, right):
                    return True
            elif outer.kind == "literal_element" and outer.parent is not None:
                outer = outer.parent
                literal = next(
                    (o for o in outer.ancestors() if o.kind == "composite_literal"), None
                )
                is_key = (
                    outer.kind == "keyed_element" and outer.named_children[0].start == leaf.start
                )
                if is_key and literal is not None and _literal_type(file, literal) == kind and not (
                    _is_constant(file, outer.named_children[-1])
                ):  # fmt: skip
                    return True
    return False


def _is_constant(file: GoFile, value: Node) -> bool:
    return _CONSTANT.fullmatch(file.tree.source(value)) is not None


def _field_name(context: FixContext, kind: str) -> str | None:
    plain = kind[:1].lower() + kind[1:]
    wanted = "conn" if kind.endswith("Conn") else plain if kind[1:2].islower() else "owner"
    package = context.package
    for name in (wanted, "owner", f"{wanted}Owner"):
        is_taken = name in package.fields or name in package.methods
        if not is_taken and name not in context.words_beside and name not in _KEYWORDS:
            return name
    return None


_KEYWORDS = frozenset(
    {"map", "chan", "func", "type", "range", "select", "interface", "struct", "import", "package"}
)


def _declared(struct: Place, number: str, text: str) -> TextEdit | None:
    """The edit that declares the field behind that of the number."""
    tree = struct.file.tree
    for node in struct.node.walk():
        names = [tree.source(one) for one in node.fields("name")]
        if node.kind != "field_declaration" or number not in names or names[-1] != number:
            continue
        end = tree.line_bounds(tree.line_of(node.end))[1]
        if tree.line_of(struct.node.start) == tree.line_of(struct.node.end):
            return TextEdit(tree.span(node.end, node.end), f"; {text}")
        if tree.line_of(struct.node.end) == tree.line_of(node.end):
            return None
        return TextEdit(tree.span(end, end), f"{line_end(tree)}\t{text}")
    return None


def _put(stored: _Stored, name: str) -> TextEdit | None:
    """The edit that puts the owner there."""
    file, tree, owner = stored.file, stored.file.tree, stored.owner.name
    if stored.literal is None:
        operand = stored.target.field("operand") if stored.target is not None else None
        statement = statement_around(stored.element)
        if operand is None or statement is not stored.element or not is_alone_on_lines(
            file, statement
        ):  # fmt: skip
            return None
        end = tree.line_bounds(tree.line_of(statement.end))[1]
        start = tree.line_bounds(tree.line_of(statement.start))[0]
        indent = file.text[start : statement.start].decode()
        text = f"{line_end(tree)}{indent}{tree.source(operand)}.{name} = {owner}"
        return TextEdit(tree.span(end, end), text)
    element = stored.element
    text = f"{name}: {owner}" if element.kind == "keyed_element" else owner
    start, end = tree.line_bounds(tree.line_of(element.end))
    rest = file.text[element.end : end].strip()
    if not rest.startswith(b",") or rest[1:].strip():
        return TextEdit(tree.span(element.end, element.end), f", {text}")
    first = tree.line_bounds(tree.line_of(element.start))[0]
    indent = file.text[first : element.start].decode()
    if indent.strip() or has_comment(file, element):
        return TextEdit(tree.span(element.end, element.end), f", {text}")
    return TextEdit(tree.span(end, end), f"{line_end(tree)}{indent}{text},")


def _keeps(context: FixContext, stored: _Stored, kind: str) -> list[TextEdit] | None:
    """The edits that keep the struct where its number is the last that is needed of it; None where
    the number may be released, or is read in too many places."""
    reads = list(_reads(context, stored.number))
    if len(reads) == _MOST_READS or _is_released(context, stored.number, kind):
        return None
    found: list[TextEdit] = []
    for read in reads:
        operand = read.node.field("operand")
        said = context.type_of(read.file, operand) if operand is not None else None
        variable = variable_at(read.file, operand) if operand is not None else None
        if operand is None or variable is None or said is None or base_of(said) != kind:
            continue
        call = next((one for one in read.node.ancestors() if one.kind == "call_expression"
                     and without_conversions(read.of(one)).node is one), None)  # fmt: skip
        if call is None or not any(one.start <= read.node.start < one.end
                                   for one in arguments_of(read.of(call))):  # fmt: skip
            continue
        last = max(variable.uses, key=lambda one: one.start)
        if last.start == operand.start and function_around(last) is function_around(operand):
            found += _kept(read, variable.name)
    return found


def _is_released(context: FixContext, number: str, kind: str) -> bool:
    """Whether a function that reads the number gives something to what closes, or gets a second
    owner: the file would close the number once more."""
    for file in context.files.values():
        for leaf in file.tree.named(number):
            read, around = leaf.parent, function_around(leaf)
            operand = read.field("operand") if read is not None else None
            if read is None or operand is None or around is None or read.field("field") is not leaf:
                continue
            said = context.type_of(file, operand)
            if said is not None and base_of(said) != kind:
                continue
            if any(one.kind == "call_expression" and _releases(Place(file, one))
                   for one in around.walk()):  # fmt: skip
                return True
    return False


def _releases(call: Place) -> bool:
    called = call.node.field("function")
    word = call.of(called).text.rpartition(".")[2] if called is not None else ""
    is_named = word == "NewFile" or releases_by_name(Callee("", word))
    return is_named and bool(arguments_of(call))


def _kept(read: Place, name: str) -> tuple[TextEdit, ...]:
    """What keeps a variable at a call; ahead of a return it is deferred."""
    finding = Finding(
        code=Code.KEEPALIVE_MISSING, span=read.span, package="", function="", message="",
        subject=name,
    )  # fmt: skip
    edits = keep_edits(read.file, finding)
    statement = statement_around(read.node)
    is_return = statement is not None and statement.kind == "return_statement"
    chosen = [one for one in edits if one.is_deferred] if is_return else []
    return (chosen or [*edits])[0].edits if edits else ()


ROW = Row("beside", frozenset({Code.KEEPALIVE_MISSING}), _candidates, _asks)
