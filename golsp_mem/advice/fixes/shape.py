"""What rows ask of the syntax around a place."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.model import Finding, Span
from golsp_mem.source.edits import TextEdit, import_name, line_end
from golsp_mem.source.parts.guards import FUNCTIONS, is_statement
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable

_STRINGS = ("interpreted_string_literal", "raw_string_literal")
_LEAVES = ("identifier", "field_identifier", "package_identifier")


def node_of(file: GoFile, span: Span) -> Node:
    """The node that a finding's span covers; a list of one is what it holds."""
    node = file.tree.smallest(*file.tree.bounds(span))
    while node.kind == "expression_list" and len(node.named_children) == 1:
        node = node.named_children[0]
    return node


def argument_of(file: GoFile, finding: Finding) -> tuple[Node, Node] | None:
    """The call and its argument that a boxing finding is about."""
    node = outer_parentheses(node_of(file, finding.span))
    listed = node.parent
    if listed is None or listed.kind != "argument_list" or listed.parent is None:
        return None
    return (listed.parent, node) if listed.parent.kind == "call_expression" else None


def arguments(call: Node) -> tuple[Node, ...]:
    """The arguments of a call; none where the last one is spread (``xs...``)."""
    listed = call.field("arguments")
    given = listed.named_children if listed is not None else ()
    return () if any(one.kind == "variadic_argument" for one in given) else given


def called(file: GoFile, call: Node) -> tuple[Node, str] | None:
    """``x`` and ``F`` of a call ``x.F(…)``."""
    function = call.field("function")
    if call.kind != "call_expression" or function is None:
        return None
    if function.kind != "selector_expression":
        return None
    operand, name = function.field("operand"), function.field("field")
    if operand is None or name is None:
        return None
    return operand, file.tree.source(name)


def called_of(file: GoFile, call: Node, path: str) -> str | None:
    """The function of an imported package that a call calls: ``Sprintf`` for ``fmt``."""
    found = called(file, call)
    if found is None or found[0].kind != "identifier":
        return None
    name = import_name(file, path)
    if not name or file.tree.source(found[0]) != name:
        return None
    return None if file.is_local(name, found[0].start) else found[1]


def statement_around(node: Node) -> Node | None:
    """The statement of a list that holds the node, a label included; None within the head of a
    literal that is none of its statements."""
    for one in (node, *node.ancestors()):
        if one.parent is not None and one.parent.kind == "statement_list" and is_statement(one):
            return one
        if one.kind in FUNCTIONS:
            return None
    return None


def statements_of(block: Node) -> tuple[Node, ...]:
    """The statements of a block, in order."""
    return tuple(
        statement
        for listed in block.named_children
        if listed.kind == "statement_list"
        for statement in listed.named_children
    )


def siblings(statement: Node) -> tuple[Node, ...]:
    """The statements of the list that holds a statement."""
    return statement.parent.named_children if statement.parent is not None else ()


def function_around(node: Node) -> Node | None:
    """The innermost function, declared or literal, around a node."""
    return next((one for one in node.ancestors() if one.kind in FUNCTIONS), None)


def loop_around(node: Node) -> Node | None:
    """The innermost loop of the same function that repeats the node with its body."""
    below = node
    for one in node.ancestors():
        if one.kind in FUNCTIONS:
            return None
        if one.kind == "for_statement" and one.field("body") is below:
            return one
        below = one
    return None


def is_fresh_result(variable: Variable, statement: Node) -> bool:
    """Whether a variable is a named result that has its zero value where a statement of the
    function's own list begins."""
    function = function_around(statement)
    result = function.field("result") if function is not None else None
    body = function.field("body") if function is not None else None
    declared = variable.declaration
    if result is None or body is None or not result.start <= declared.start < result.end:
        return False
    if function_around(declared) is not function or statement not in statements_of(body):
        return False
    return not any(declared.start < use.start < statement.start for use in variable.uses)


def string_literal(file: GoFile, node: Node) -> str | None:
    """The text between the quotes of a literal, as written."""
    node = unparenthesized(node)
    return file.tree.source(node)[1:-1] if node.kind in _STRINGS else None


def is_path(node: Node) -> bool:
    """Whether it is a variable or a chain of fields of one: reading it does nothing else."""
    node = unparenthesized(node)
    if node.kind == "identifier":
        return True
    operand = node.field("operand") if node.kind == "selector_expression" else None
    return operand is not None and is_path(operand)


def is_operand(node: Node) -> bool:
    """Whether something is selected, indexed or cut of it: ``x`` of ``x.f``, ``x[i]``."""
    outer = outer_parentheses(node)
    parent = outer.parent
    return (
        parent is not None
        and parent.kind in ("selector_expression", "index_expression", "slice_expression")
        and parent.field("operand") is outer
    )


def base_of(node: Node) -> Node:
    """The variable that a path begins with."""
    node = unparenthesized(node)
    operand = node.field("operand") if node.kind == "selector_expression" else None
    return node if operand is None else base_of(operand)


def mentions(file: GoFile, node: Node, name: str) -> bool:
    """Whether a word stands anywhere in a node: as a variable, a field or a package."""
    return any(one.kind in _LEAVES and file.tree.source(one) == name for one in node.walk())


def holds(node: Node, *kinds: str) -> bool:
    """Whether a node of one of the kinds is in it, function literals passed over."""
    return next(found(node, *kinds), None) is not None


def found(node: Node, *kinds: str) -> Iterator[Node]:
    """The nodes of the kinds in it, itself included, function literals passed over."""
    pending = [node]
    while pending:
        one = pending.pop()
        if one.kind in kinds:
            yield one
        if one.kind != "func_literal":
            pending.extend(reversed(one.children))


def replace(file: GoFile, node: Node, text: str) -> TextEdit:
    return TextEdit(file.tree.node_span(node), text)


def line_above(file: GoFile, statement: Node, text: str) -> TextEdit:
    """``text`` on a line of its own above a statement that begins its line, as deep as it."""
    start, _ = file.tree.line_bounds(file.tree.line_of(statement.start))
    return TextEdit(file.tree.span(start, start), f"{indent(file, statement)}{text}{newline(file)}")


def without_lines(file: GoFile, statement: Node) -> TextEdit:
    """Takes the lines out that a statement is alone on."""
    start, _ = file.tree.line_bounds(file.tree.line_of(statement.start))
    behind, _ = file.tree.line_bounds(file.tree.line_of(statement.end) + 1)
    return TextEdit(file.tree.span(start, behind), "")


def is_alone_on_lines(file: GoFile, statement: Node) -> bool:
    """Whether nothing but a comment shares the lines on which a statement begins and ends."""
    tree = file.tree
    start, _ = tree.line_bounds(tree.line_of(statement.start))
    _, end = tree.line_bounds(tree.line_of(statement.end))
    after = tree.text[statement.end : end].strip()
    return not tree.text[start : statement.start].strip() and (not after or after.startswith(b"//"))


def has_comment(file: GoFile, node: Node) -> bool:
    """Whether a comment stands in it, which a rewrite would lose."""
    del file
    return any(one.kind == "comment" for one in node.walk())


def newline(file: GoFile) -> str:
    return line_end(file.tree)


def indent(file: GoFile, statement: Node) -> str:
    """The white space before a statement that begins its line; a label stands further left."""
    if statement.kind == "labeled_statement" and len(statement.named_children) > 1:
        inner = statement.named_children[-1]
        if file.tree.line_of(inner.start) > file.tree.line_of(statement.start):
            statement = inner
    start, _ = file.tree.line_bounds(file.tree.line_of(statement.start))
    return file.tree.text[start : statement.start].decode("ascii", "replace")
