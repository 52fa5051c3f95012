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

    def is_declared_in(self, node: Node) -> bool:
        """Whether it is declared within a node: a literal, say, which has its own then."""
        return node.start <= self.declaration.start < node.end


def node_at(file: GoFile, span: Span) -> Node:
    return file.tree.smallest(*file.tree.bounds(span))


def variable_at(file: GoFile, identifier: Node) -> Variable | None:
    """The local variable that an identifier means; None for anything declared elsewhere."""
    span = file.tree.node_span(identifier)
    declared = file.declaration_of(span.line, span.column)
    if declared is None:
        return None
    # All that is looked at for it is of the declaration around the identifier.
    return file.tree.once((_variable, declared), lambda: _variable(file, declared))


def _variable(file: GoFile, declared: Span) -> Variable | None:
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


def share_a_loop(one: Node, other: Node, *, behind: int = -1) -> bool:
    """Whether a loop holds both, so that what stands later may run earlier; only one that begins
    ``behind`` a byte offset counts."""
    loops = {node.start for node in one.ancestors() if node.kind in _LOOPS}
    return any(
        node.start in loops and node.start > behind
        for node in other.ancestors()
        if node.kind in _LOOPS
    )


def setter(node: Node) -> Node | None:
    """The statement or clause that sets what a node names, being on its left side: ``x = …``,
    ``x := …``, ``for x = range …``, ``case x = <-c``. None elsewhere."""
    listed = node.parent
    owner = listed.parent if listed is not None and listed.kind == "expression_list" else None
    return owner if owner is not None and owner.field("left") is listed else None


def is_target(node: Node) -> bool:
    """Whether what an identifier or selector names is set, or a part of it, or its address is
    taken; not by what declares it."""
    place: Node = node
    for one in node.ancestors():
        if one.kind in ("selector_expression", "index_expression", "parenthesized_expression"):
            if one.field("index") is place:
                return False
            place = one
            continue
        if one.kind == "unary_expression":
            return one.token("&") is not None
        if one.kind in ("inc_statement", "dec_statement"):
            return True
        owner = setter(place)
        return owner is not None and owner.kind in ("assignment_statement", "range_clause")
    return False


def is_pointed_at(node: Node) -> bool:
    """Whether the address of what an identifier or selector names, or of a part of it, is taken."""
    for one in node.ancestors():
        if one.kind == "unary_expression":
            return one.token("&") is not None
        if one.kind not in ("selector_expression", "index_expression", "parenthesized_expression"):
            return False
    return False


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
        if setter(use) is not None:
            return True
    return False
