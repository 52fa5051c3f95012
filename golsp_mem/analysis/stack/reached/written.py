"""An indirect call as the source writes it, and where its names come from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.stack.assignments import literals_of
from golsp_mem.analysis.stack.reached.tables import table_of
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

VARIABLES = frozenset({
    "short_var_declaration", "var_spec", "parameter_declaration", "variadic_parameter_declaration",
    "range_clause", "receive_statement", "type_switch_statement",
})  # fmt: skip
_DECLARATIONS = VARIABLES | {
    "function_declaration", "method_declaration", "const_spec", "type_spec", "type_alias",
    "type_parameter_declaration", "import_spec",
}  # fmt: skip


@frozen
class Written:
    """An indirect call as the source writes it: ``name`` is the last name of the callee (None:
    it has none), ``arguments`` their number (None: spread or not a call), ``names`` all names in
    the callee. ``local``: only what the same function makes can be meant (a defer, a range);
    ``ranges``: or a function that was declared in the same one, whose iterator is ranged over.
    ``literals`` are the lines of the function literals that the called variable holds, if it holds
    nothing else, ``table`` the name of the table from which it comes. ``foreign``: a method of
    what has a type of another package."""

    text: str
    name: str | None
    is_selector: bool
    arguments: int | None
    names: frozenset[str] = frozenset()
    local: bool = False
    ranges: bool = False
    literals: frozenset[int] = frozenset()
    table: str | None = None
    foreign: bool = False


def written_of(file: GoFile, callee: Node, arguments: Node) -> Written:
    given = arguments.named_children
    spread = any(child.kind in ("...", "variadic_argument") for child in arguments.children)
    name = callee.field("field") if callee.kind == "selector_expression" else None
    if name is None and callee.kind == "identifier":
        name = callee
    return Written(
        text=file.tree.collapsed(callee),
        name=file.tree.source(name) if name is not None else None,
        is_selector=callee.kind == "selector_expression",
        # One call as the argument may give several values.
        arguments=None
        if spread or (len(given) == 1 and given[0].kind == "call_expression")
        else len(given),
        names=_names(file, callee),
        local=callee.kind == "func_literal",
        literals=literals_of(file, callee),
        table=table_of(file, callee),
        foreign=_is_foreign(file, callee),
    )


def _is_foreign(file: GoFile, callee: Node) -> bool:
    """Whether a method is called of a variable that is declared with another package's type."""
    operand = callee.field("operand") if callee.kind == "selector_expression" else None
    if operand is None or operand.kind != "identifier":
        return False
    declared = declaration_of_name(file, operand)
    type_ = declared.field("type") if declared is not None else None
    return type_ is not None and type_.kind == "qualified_type"


def declaring(field: str, type_: str) -> re.Pattern[bytes]:
    """What declares a field of that name, alone or among others, in the text of a struct: with a
    type that a pattern tells."""
    before = rf"(?:^\s+|[{{;] )(?:\w+, *)*{re.escape(field)}(?:, *\w+)*\s+"
    return re.compile(f"(?m){before}{type_}".encode())


def declared_methods(file: GoFile) -> Iterator[tuple[tuple[str, int | None], ...]]:
    """The methods of each interface that a file writes down, and how many arguments they take
    (None: any number)."""
    for declaration in file.tree.root.named_children:
        if declaration.kind != "type_declaration":
            continue
        for node in declaration.walk():
            if node.kind != "interface_type":
                continue
            methods = [one for one in node.named_children if one.kind == "method_elem"]
            yield tuple(
                (file.tree.source(name), parameter_count(one))
                for one in methods
                if (name := one.field("name")) is not None
            )


def parameter_count(function: Node) -> int | None:
    """How many arguments a function or method takes; None where it takes any number."""
    listed = function.field("parameters")
    if listed is None:
        return None
    declared = listed.named_children
    if any(one.kind == "variadic_parameter_declaration" for one in declared):
        return None
    return sum(max(len(one.fields("name")), 1) for one in declared)


def parameter_names(file: GoFile, function: Node) -> list[str]:
    """The names of the parameters, as many as there are arguments."""
    listed = function.field("parameters")
    declared = listed.named_children if listed is not None else ()
    return [file.tree.source(name) for one in declared for name in one.fields("name")]


def _names(file: GoFile, callee: Node) -> frozenset[str]:
    """The names in a callee; of a local variable those in its first value too."""
    names = {file.tree.source(node) for node in callee.walk() if node.kind == "identifier"}
    if callee.kind == "identifier" and (declared := declaration_of_name(file, callee)) is not None:
        names |= {file.tree.source(n) for n in declared.walk() if n.kind == "identifier"}
    return frozenset(names)


def declaration_of_name(file: GoFile, identifier: Node) -> Node | None:
    """The statement or declaration that an identifier's name comes from; None outside the file."""
    span = file.tree.node_span(identifier)
    place = file.declaration_of(span.line, span.column)
    if place is None:
        return None
    node = file.tree.smallest(*file.tree.bounds(place))
    return next((one for one in node.ancestors() if one.kind in _DECLARATIONS), None)
