"""A struct whose fields leave gaps: another order, if it then fits a smaller size class.

A few bytes less are nothing gained where the allocator hands out the same block. Whoever reads
fields by reflection sees the new order, so a person has to choose it.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.layouts import Field, Types, fields_of
from golsp_mem.analysis.variants import is_test
from golsp_mem.compiler.facts import size_class
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.package import package_name
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_CODES = frozenset({Code.HEAP_LITERAL, Code.HEAP_NEW, Code.HEAP_VARIABLE})
_CORNER = "encoding/json, fmt and whoever else reads fields by reflection see the new order"
# Where the order of fields means something, or may.
_ORDERED_BY = ("unsafe", "C", "encoding/binary", "syscall", "structs", "sync/atomic")


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    package, _, name = (finding.type or "").rpartition(".")
    if package != package_name(file) or finding.bytes is None or finding.size_class is None:
        return
    types = Types(_declared(context))
    place = types.declared.get(name)
    if place is None or name[0].isupper() or name in context.words_elsewhere:
        return
    if not _may_be_reordered(context, name):
        return
    own, struct = place
    fields = fields_of(struct) if struct.kind == "struct_type" else None
    before = types.packed(own, fields) if fields else None
    # What the compiler says and what the text says must be one: else something is not known.
    if not fields or before is None or before.size != finding.bytes:
        return
    ordered = sorted(fields, key=lambda one: _rank(types, own, one))
    after = types.packed(own, ordered)
    if after is None or not _are_plain(own, struct, fields):
        return
    same = [one for one in context.findings if one.code in _CODES and one.type == finding.type]
    smaller = _class_of(finding, before.size, after.size)
    if smaller is None or smaller >= finding.size_class:
        return
    places = "1 place" if len(same) == 1 else f"{len(same)} places"
    yield Candidate(
        row="fields",
        title=(
            f"Order the fields of {name} by size: {before.size} B → {after.size} B, a block of "
            f"{smaller} B instead of {finding.size_class} B at {places}"
        ),
        edits=_edits(own, fields, ordered),
        findings=tuple(same),
        smaller=tuple(one for one in same if one.bytes == finding.bytes),
        names=(name,),
        corner=_CORNER,
    )


def _declared(context: FixContext) -> dict[str, tuple[GoFile, Node]]:
    found = {}
    for file in context.files.values():
        for declaration in file.tree.declarations:
            if declaration.kind != "type_declaration":
                continue
            for spec in declaration.named_children:
                named, written = spec.field("name"), spec.field("type")
                generic = spec.field("type_parameters") is not None
                if spec.kind in ("type_spec", "type_alias") and named and written and not generic:
                    found[file.tree.source(named)] = (file, written)
    return found


def _class_of(finding: Finding, before: int, after: int) -> int | None:
    """The block for so many bytes, as the allocator takes one for values like the finding's: with
    pointers or without is told by the class that it has."""
    for pointers in (False, True):
        if size_class(before, pointers=pointers) == finding.size_class:
            return size_class(after, pointers=pointers)
    return None


def _rank(types: Types, file: GoFile, field: Field) -> tuple[bool, int]:
    layout = types.of(file, field.type)
    assert layout is not None
    # Of no size first: as the last one it would take a byte.
    return layout.size > 0, -layout.align


def _may_be_reordered(context: FixContext, name: str) -> bool:
    tests = [GoFile.parse(path, text) for path, text in context.beside.items() if is_test(path)]
    for file in (*context.files.values(), *tests):
        if any(one.path in _ORDERED_BY for one in file.imports):
            return False
        for node in file.tree.named(name):
            if node.kind in ("type_identifier", "identifier") and not _is_plain_use(node):
                return False
    return True


def _is_plain_use(node: Node) -> bool:
    """Whether a mention of the type needs no order of its fields: not a literal without names, a
    conversion, another type that is declared by it."""
    parent = node.parent
    if parent is None:
        return False
    if parent.kind == "composite_literal" and parent.field("type") is node:
        return _is_keyed(parent.field("body"))
    if parent.kind in ("type_spec", "type_alias"):
        return parent.field("name") is node
    if parent.kind in ("type_conversion_expression", "call_expression"):
        return False
    if parent.kind in ("slice_type", "array_type", "map_type", "implicit_length_array_type"):
        outer = parent.parent
        # Elements of such a literal may leave the type out, and the names.
        if outer is not None and outer.kind == "composite_literal":
            return all(
                _is_keyed(one)
                for one in (outer.field("body") or outer).walk()
                if one.kind == "literal_value" and one is not outer.field("body")
            )
    if parent.kind in ("parenthesized_expression", "parenthesized_type"):
        return False
    return not (parent.kind in ("pointer_type", "unary_expression") and _converts(parent))


def _converts(pointer: Node) -> bool:
    outer = pointer.parent
    return outer is not None and outer.kind in ("parenthesized_type", "parenthesized_expression")


def _is_keyed(body: Node | None) -> bool:
    return body is not None and all(one.kind == "keyed_element" for one in body.named_children)


def _are_plain(file: GoFile, struct: Node, fields: list[Field]) -> bool:
    """Whether each field has lines of its own and a name, and no comment stands between them."""
    tree = file.tree
    lines = [(tree.line_of(one.node.start), tree.line_of(one.node.end)) for one in fields]
    if any(end != start for start, end in lines):
        return False
    if [start for start, _ in lines] != list(range(lines[0][0], lines[0][0] + len(lines))):
        return False
    if any(tree.source(name) == "_" for one in fields for name in one.names):
        return False
    first, last = tree.line_of(struct.start), tree.line_of(struct.end)
    return first < lines[0][0] and lines[-1][0] < last


def _edits(file: GoFile, fields: list[Field], ordered: list[Field]) -> tuple[TextEdit, ...]:
    """The lines of the fields, with the comments behind them, in their new order."""
    tree = file.tree
    bounds = [tree.line_bounds(tree.line_of(one.node.start)) for one in fields]
    texts = {id(one): tree.text[a:b] for one, (a, b) in zip(fields, bounds, strict=True)}
    return tuple(
        TextEdit(tree.span(a, b), texts[id(new)].decode("utf-8", "replace"))
        for (a, b), old, new in zip(bounds, fields, ordered, strict=True)
        if old is not new
    )


ROW = Row("fields", _CODES, _candidates)
