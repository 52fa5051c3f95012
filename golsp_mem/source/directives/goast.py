"""go/ast's nodes, told from the grammar's.

Other tools place their comments by go/ast, so their rules need the same nodes at the same places.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.guards import CASES, SWITCHES, is_statement
from golsp_mem.source.parts.tree import Node, SourceTree

# Lists and marks that the grammar has as nodes and go/ast as fields.
_GRAMMAR_ONLY = frozenset(
    {
        *("source_file", "package_clause", "comment", "ERROR", "statement_list"),
        *("expression_list", "argument_list", "literal_element", "type_arguments"),
        *("import_spec_list", "var_spec_list", "for_clause", "range_clause", "escape_sequence"),
        *("interpreted_string_literal_content", "raw_string_literal_content"),
    }
)
_IMPORTANT = frozenset(
    {
        *("block", "import_declaration", "import_spec", "var_spec", "const_spec", "type_spec"),
        *("type_alias", "field_declaration", "parameter_declaration", "method_elem"),
        *("variadic_parameter_declaration", "type_parameter_declaration", *DECLARATIONS, *CASES),
    }
)


@frozen(eq=False)
class AstNode:
    """Byte offsets of a node as go/ast has them. ``important``: a file, field, declaration,
    specification or statement (go/ast.NewCommentMap prefers these)."""

    start: int
    end: int
    important: bool


def is_ast_node(node: Node) -> bool:
    """Whether go/ast has a node for it."""
    if node.kind == "literal_value":
        # `{1, 2}` of `[]T{{1, 2}}` is a literal without a type.
        return node.parent is not None and node.parent.kind == "literal_element"
    if node.kind == "{":
        # The body of a switch or an interface, which the grammar has no node for.
        return node.parent is not None and node.parent.kind in (*SWITCHES, "interface_type")
    return node.is_named and node.kind not in _GRAMMAR_ONLY


def ast_end(node: Node) -> int:
    """Where go/ast ends the node; the grammar's case clauses run on over comments."""
    if node.kind == "{" and node.parent is not None:
        return node.parent.end
    last = node
    while last.kind in (*CASES, "statement_list"):
        inner = last.named_children[-1:] or last.children[-1:]
        if not inner:
            break
        colon = last.token(":")
        last = colon if colon is not None and colon.start > inner[0].start else inner[0]
    return last.end


def ast_nodes(tree: SourceTree) -> Iterator[AstNode]:
    """The nodes of the file in the order of go/ast.Inspect."""
    for node in tree.root.walk():
        if node.kind == "package_clause":
            yield AstNode(node.start, _file_end(tree), important=True)
        elif is_ast_node(node):
            yield AstNode(node.start, ast_end(node), _is_important(node))


def _is_important(node: Node) -> bool:
    around = node.parent.kind if node.parent is not None else ""
    if node.kind == "{":
        return around in SWITCHES
    if node.kind == "type_elem":
        return around == "interface_type"
    return is_statement(node) or node.kind in _IMPORTANT


def _file_end(tree: SourceTree) -> int:
    """Where go/ast ends the file: at its last declaration."""
    ends = [node.end for node in tree.declarations]
    return ends[-1] if ends else len(tree.text)
