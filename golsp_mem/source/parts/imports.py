"""The imports of a file."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.tree import Node, SourceTree


@frozen
class ImportSyntax:
    """One import. ``name`` is the local name as written (``.``, ``_`` or an identifier), None
    where the package's own is used; ``grouped`` whether it stands in parentheses."""

    path: str
    name: str | None
    span: Span
    grouped: bool


def import_declarations(tree: SourceTree) -> tuple[Node, ...]:
    """The import declarations, in source order."""
    return tuple(node for node in tree.head if node.kind == "import_declaration")


def specs_of(declaration: Node) -> tuple[Node, ...]:
    """The import specs of one declaration."""
    found = []
    for child in declaration.named_children:
        if child.kind == "import_spec":
            found.append(child)
        elif child.kind == "import_spec_list":
            found.extend(one for one in child.named_children if one.kind == "import_spec")
    return tuple(found)


def imports_of(tree: SourceTree) -> tuple[ImportSyntax, ...]:
    """All imports, in source order."""
    return tuple(
        ImportSyntax(
            path=spec_path(tree, spec),
            name=tree.source(name) if (name := spec.field("name")) is not None else None,
            span=tree.node_span(spec),
            grouped=spec.parent is not None and spec.parent.kind == "import_spec_list",
        )
        for declaration in import_declarations(tree)
        for spec in specs_of(declaration)
    )


def spec_path(tree: SourceTree, spec: Node) -> str:
    """The import path without its quotes."""
    path = spec.field("path")
    return tree.source(path).strip('"`') if path is not None else ""
