"""Edits to Go text that gofmt has nothing to add to."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from golsp_mem.model import Position, Span
from golsp_mem.source.parts.guards import is_statement
from golsp_mem.source.parts.imports import import_declarations, spec_path, specs_of
from golsp_mem.source.parts.tree import Node, SourceTree
from golsp_mem.source.syntax import GoFile

_LISTS = ("statement_list", "block", "source_file")


@frozen
class TextEdit:
    """Replace ``span`` (empty: insert there) by ``new_text``."""

    span: Span
    new_text: str


def applied(file: GoFile, edits: Iterable[TextEdit]) -> bytes:
    """The file's text after edits that do not overlap."""
    text = file.text
    for edit in sorted(edits, key=lambda one: file.tree.bounds(one.span), reverse=True):
        start, end = file.tree.bounds(edit.span)
        text = text[:start] + edit.new_text.encode() + text[end:]
    return text


def one_a_place(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """The edits as `applied` takes them, in order, none beginning where another does: not every
    client puts what is inserted before what is replaced behind it."""
    at: dict[tuple[int, int], list[TextEdit]] = {}
    for edit in edits:
        at.setdefault((edit.span.line, edit.span.column), []).append(edit)
    found = []
    for start, here in sorted(at.items()):
        ends = [(one.span.end_line, one.span.end_column) for one in here]
        replaced = next((one for one, end in zip(here, ends, strict=True) if end != start), here[0])
        inserted = [one.new_text for one in reversed(here) if one is not replaced]
        found.append(TextEdit(replaced.span, "".join((*inserted, replaced.new_text))))
    return found


def moved(file: GoFile, edits: Iterable[TextEdit], place: Position) -> Position:
    """Where what stands at a place of the text stands after the edits, which do not touch it."""
    edits = list(edits)
    offset = file.tree.offset(place.line, place.column)
    after = offset
    for edit in edits:
        start, end = file.tree.bounds(edit.span)
        if end <= offset:
            after += len(edit.new_text.encode()) - (end - start)
    head = applied(file, edits)[:after]
    return Position(file.path, head.count(b"\n") + 1, after - head.rfind(b"\n"))


def import_name(file: GoFile, path: str) -> str | None:
    """The name by which the file calls the package: ``""`` for a dot import.

    None when it is not imported or only for its side effects (``_``).
    """
    for found in file.imports:
        if found.path == path and found.name != "_":
            if found.name == ".":
                return ""
            return found.name or default_name(path)
    return None


def insert_import(file: GoFile, path: str) -> TextEdit | None:
    """Import ``path`` under its own name, sorted into the first group that fits.

    None when it is imported already (under any name but ``_``), or where the text is too
    broken to tell.
    """
    if import_name(file, path) is not None:
        return None
    tree = file.tree
    newline = line_end(tree)
    declarations = [one for one in import_declarations(tree) if not _imports_c(tree, one)]
    for declaration in declarations:
        listed = _spec_list(declaration)
        if listed is not None:
            return _into_group(tree, declaration, listed, path, newline)
    if declarations:
        return _beside_single(tree, declarations, path, newline)
    anchors = [*import_declarations(tree)] or [
        node for node in tree.root.children if node.kind == "package_clause"
    ]
    if not anchors:
        return None
    place = _end_of_line(tree, anchors[-1])
    return TextEdit(tree.span(place, place), f'{newline}{newline}import "{path}"')


def insert_statement_after(file: GoFile, line: int, text: str) -> TextEdit | None:
    """``text`` on its own line after the statement that holds the line's code.

    Same indentation, the file's line ends; None where no statement of a function is. Trailing
    comments that gofmt had aligned across the place are not aligned anew.
    """
    found = _statement(file.tree, line)
    if found is None:
        return None
    tree, newline = file.tree, line_end(file.tree)
    indent = _indent(tree, found)
    place = _end_of_line(tree, found)
    following = _next_on_line(found, place)
    if following is not None:
        # `a(); b()` or `func() { a() }`: there is no line end to insert at.
        return TextEdit(tree.span(found.end, found.end), f"; {text}")
    return TextEdit(tree.span(place, place), f"{newline}{indent}{text}")


def insert_statement_before(file: GoFile, line: int, text: str) -> TextEdit | None:
    """``text`` on its own line before the statement that holds the line's code."""
    found = _statement(file.tree, line)
    if found is None:
        return None
    tree = file.tree
    start, _ = tree.line_bounds(tree.line_of(found.start))
    if tree.text[start : found.start].strip():
        return TextEdit(tree.span(found.start, found.start), f"{text}; ")
    indent = _indent(tree, found)
    return TextEdit(tree.span(start, start), f"{indent}{text}{line_end(tree)}")


def line_end(tree: SourceTree) -> str:
    """How lines of a text end, by its first 4096 bytes."""
    return "\r\n" if b"\r\n" in tree.text[:4096] else "\n"


def default_name(path: str) -> str:
    """The last element of an import path, a major version (``v2``) passed over."""
    parts = path.split("/")
    last = parts[-1]
    if len(parts) > 1 and last.startswith("v") and last[1:].isdigit():
        return parts[-2]
    return last


def _imports_c(tree: SourceTree, declaration: Node) -> bool:
    """cgo's preamble is the comment above ``import "C"``, which must stay alone."""
    return any(spec_path(tree, spec) == "C" for spec in specs_of(declaration))


def _spec_list(declaration: Node) -> Node | None:
    return next((one for one in declaration.children if one.kind == "import_spec_list"), None)


def _into_group(
    tree: SourceTree, declaration: Node, listed: Node, path: str, newline: str
) -> TextEdit | None:
    if tree.text[listed.end - 1 : listed.end] != b")":
        return None  # still being typed
    specs = specs_of(declaration)
    opening = listed.start + 1
    if not specs:
        return TextEdit(tree.span(opening, listed.end - 1), f'{newline}\t"{path}"{newline}')
    if tree.line_of(listed.start) == tree.line_of(listed.end):
        if any(child.kind == "comment" for child in listed.children):
            return TextEdit(
                tree.span(declaration.start, declaration.start), f'import "{path}"{newline}'
            )
        written = [(spec_path(tree, spec), tree.source(spec)) for spec in specs]
        lines = (f"{newline}\t{text}" for _, text in sorted([*written, (path, f'"{path}"')]))
        return TextEdit(tree.span(opening, listed.end - 1), "".join(lines) + newline)
    group = _best_group(tree, specs, path)
    # An equal path is imported as `_`, which gofmt sorts behind the nameless one.
    later = next((spec for spec in group if spec_path(tree, spec) >= path), None)
    if later is not None:
        start, _ = tree.line_bounds(tree.line_of(with_comments_above(tree, later).start))
        return TextEdit(tree.span(start, start), f'\t"{path}"{newline}')
    place = _end_of_line(tree, group[-1])
    return TextEdit(tree.span(place, place), f'{newline}\t"{path}"')


def _best_group(tree: SourceTree, specs: tuple[Node, ...], path: str) -> list[Node]:
    """The run of specs without a blank line that holds the path's kind (standard or not)."""
    groups: list[list[Node]] = []
    for spec in specs:
        above = with_comments_above(tree, spec)
        joined = groups and tree.line_of(above.start) <= tree.line_of(groups[-1][-1].end) + 1
        if joined:
            groups[-1].append(spec)
        else:
            groups.append([spec])
    standard = _is_standard(path)
    for group in groups:
        if any(_is_standard(spec_path(tree, spec)) == standard for spec in group):
            return group
    return groups[0] if standard else groups[-1]


def _is_standard(path: str) -> bool:
    return "." not in path.partition("/")[0]


def with_comments_above(tree: SourceTree, spec: Node) -> Node:
    """The spec, or the first of the comments that stand on the lines right above it."""
    first = spec
    siblings = spec.parent.children if spec.parent is not None else ()
    for node in reversed([one for one in siblings if one.start < spec.start]):
        alone = not tree.text[tree.line_bounds(tree.line_of(node.start))[0] : node.start].strip()
        adjacent = tree.line_of(node.end) + 1 == tree.line_of(first.start)
        if node.kind == "comment" and alone and adjacent:
            first = node
        elif node.kind == "comment" or node.kind.strip() in ("", ";"):
            continue
        else:
            break
    return first


def _beside_single(tree: SourceTree, declarations: list[Node], path: str, newline: str) -> TextEdit:
    """Ungrouped imports stay ungrouped: one more line, in sorted position."""
    for declaration in declarations:
        specs = specs_of(declaration)
        if specs and spec_path(tree, specs[0]) > path:
            return TextEdit(
                tree.span(declaration.start, declaration.start), f'import "{path}"{newline}'
            )
    place = _end_of_line(tree, declarations[-1])
    return TextEdit(tree.span(place, place), f'{newline}import "{path}"')


def _end_of_line(tree: SourceTree, node: Node) -> int:
    """The end of the line on which the node ends; a trailing comment stays with its code."""
    return max(node.end, tree.line_bounds(tree.line_of(node.end))[1])


def _statement(tree: SourceTree, line: int) -> Node | None:
    """The statement of a list that begins on the line, else the innermost one that holds it."""
    start, end = tree.code_bounds(line)
    if start == end:
        return None
    for node in tree.nodes_touching(start, end):
        if node.start >= start and _is_listed(node):
            return node
    node = tree.smallest(start, min(start + 1, end))
    while node.parent is not None:
        if _is_listed(node):
            return node
        node = node.parent
    return None


def _is_listed(node: Node) -> bool:
    parent = node.parent
    return is_statement(node) and parent is not None and parent.kind == "statement_list"


def _indent(tree: SourceTree, statement: Node) -> str:
    """The white space before the line on which the statement begins.

    A label stands further left than the statement that it names.
    """
    while statement.kind == "labeled_statement" and len(statement.named_children) > 1:
        statement = statement.named_children[-1]
    start, end = tree.line_bounds(tree.line_of(statement.start))
    text = tree.text[start:end]
    return text[: len(text) - len(text.lstrip())].decode("ascii", "replace")


def _next_on_line(statement: Node, line_end: int) -> Node | None:
    """The code after the statement on the line where it ends."""
    node: Node | None = statement
    while node is not None and node.parent is not None:
        siblings = node.parent.children
        for sibling in siblings[siblings.index(node) + 1 :]:
            if sibling.start >= line_end:
                return None
            if sibling.end > sibling.start and sibling.kind not in ("comment", "\n"):
                return sibling
        node = node.parent
    return None


def remove_import(file: GoFile, path: str) -> TextEdit | None:
    """Take the import of ``path`` out, with its line; None where a comment belongs to it or it is
    imported for its side effects, twice or not at all."""
    tree = file.tree
    specs = [
        (declaration, spec)
        for declaration in import_declarations(tree)
        for spec in specs_of(declaration)
        if spec_path(tree, spec) == path
    ]
    if len(specs) != 1:
        return None
    declaration, spec = specs[0]
    name = spec.field("name")
    if name is not None and tree.source(name) in ("_", "."):
        return None
    whole = declaration if len(specs_of(declaration)) == 1 else spec
    start, _ = tree.line_bounds(tree.line_of(whole.start))
    _, end = tree.line_bounds(tree.line_of(whole.end))
    around = tree.text[start : whole.start].strip() or tree.text[whole.end : end].strip()
    if around or with_comments_above(tree, whole).start != whole.start:
        return None
    if whole is declaration and any(node.kind == "comment" for node in declaration.walk()):
        return None
    following, _ = tree.line_bounds(tree.line_of(whole.end) + 1)
    if whole is declaration:
        # The empty line behind it goes, too: there is one before.
        rest = tree.text[following:]
        following += len(rest) - len(rest.lstrip(b"\r\n"))
    return TextEdit(tree.span(start, following), "")


def uses_package(file: GoFile, name: str) -> bool:
    """Whether anything in the text is selected from a package of that local name."""
    return any(_is_package(file, node, name) for node in file.tree.named(name))


def _is_package(file: GoFile, node: Node, name: str) -> bool:
    outer = node.parent
    if outer is None or outer.kind == "qualified_type":
        return outer is not None and outer.field("package") is node
    if outer.kind != "selector_expression" or outer.field("operand") is not node:
        return False
    return node.kind == "identifier" and not file.is_local(name, node.start)
