"""The local variables of a file: where each is declared, in which function, every use."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_LOOPS = ("for_statement",)
_FUNCTIONS = ("function_declaration", "method_declaration", "func_literal")


@frozen(eq=False)
class Variable:
    """A local variable or parameter: where it is declared, in which function, and every use."""

    name: str
    file: GoFile
    function: FunctionSyntax
    declaration: Node
    uses: tuple[Node, ...]

    @property
    def is_parameter(self) -> bool:
        parent = self.declaration.parent
        return parent is not None and parent.kind.endswith("parameter_declaration")


def node_at(file: GoFile, span: Span) -> Node:
    return file.tree.smallest(*file.tree.bounds(span))


def variable_at(file: GoFile, identifier: Node) -> Variable | None:
    """The local variable that an identifier means; None for anything declared elsewhere."""
    span = file.tree.node_span(identifier)
    declared = file.declaration_of(span.line, span.column)
    if declared is None:
        return None
    node = node_at(file, declared)
    function = owner_of(file, node)
    if node.kind != "identifier" or function is None:
        return None
    name = file.tree.source(node)
    uses = tuple(
        file.tree.smallest(*file.tree.bounds(one)) for one in file.uses(name, function, declared)
    )
    return Variable(name, file, function, node, uses)


def variable_named(file: GoFile, name: str, place: Node) -> Variable | None:
    """The local variable of that name which the place's function declares or uses before it."""
    function = function_node(place)
    if function is None:
        return None
    for node in function.walk():
        if node.kind == "identifier" and file.tree.source(node) == name:
            variable = variable_at(file, node)
            inner = variable is not None and in_same_function(variable, place)
            if variable is not None and inner and _reaches(variable, place):
                return variable
    return None


def _reaches(variable: Variable, place: Node) -> bool:
    """Whether the variable is used in the place's own block or one around it."""
    around = {node.start for node in place.ancestors() if node.kind == "block"}
    declared = next((one for one in variable.declaration.ancestors() if one.kind == "block"), None)
    return declared is None or declared.start in around or variable.is_parameter


def owner_of(file: GoFile, declaration: Node) -> FunctionSyntax | None:
    """The function whose variable or parameter is declared at the node; None for functions."""
    if declaration.parent is not None and declaration.parent.kind in _FUNCTIONS:
        return None
    function = next((node for node in declaration.ancestors() if node.kind in _FUNCTIONS), None)
    if function is None:
        return None
    span = file.tree.node_span(function)
    found = file.function_at(span.line, span.column)
    return found if found is not None and found.span == span else None


def function_node(node: Node) -> Node | None:
    """The innermost function, declared or literal, around a node."""
    return next((one for one in node.ancestors() if one.kind in _FUNCTIONS), None)


def in_same_function(variable: Variable, node: Node) -> bool:
    """Whether no function literal stands between the variable's function and the node."""
    around = function_node(node)
    return around is not None and variable.file.tree.node_span(around) == variable.function.span


def share_a_loop(one: Node, other: Node) -> bool:
    """Whether a loop holds both, so that what stands later may run earlier."""
    loops = {node.start for node in one.ancestors() if node.kind in _LOOPS}
    return any(node.start in loops for node in other.ancestors() if node.kind in _LOOPS)


def is_assigned_again(variable: Variable) -> bool:
    """Whether anything but its declaration sets the variable, or takes its address."""
    for use in variable.uses:
        if use is variable.declaration or use.start == variable.declaration.start:
            continue
        parent = use.parent
        if parent is None:
            continue
        if parent.kind == "unary_expression":
            operator = parent.field("operator")
            if operator is not None and variable.file.tree.source(operator) == "&":
                return True
        if parent.kind in ("inc_statement", "dec_statement"):
            return True
        outer = parent.parent
        if parent.kind == "expression_list" and outer is not None:
            assigns = outer.kind in ("assignment_statement", "short_var_declaration")
            ranges = outer.kind in ("range_clause", "receive_statement")
            if (assigns or ranges) and outer.field("left") is parent:
                return True
    return False
