"""From where a call has what it hands on: parameters, and the entries of tables.

A function that looks up what it is given, and calls itself with what it finds (``visit(next)`` for
each ``next`` of ``g.edges[n]``), goes as deep as one entry leads on to another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from golsp_mem.analysis.stack.reached.written import declaring
from golsp_mem.analysis.stack.recursion.makings import base_of
from golsp_mem.analysis.stack.recursion.members import Member
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_FEW = 4
_MANY = 6
_CUTS = re.compile(r"(?:strings|bytes)\.\w+\(")
_OPENS = re.compile(r"(?:os|ioutil|fs)\.(?:ReadFile|Open)|\w+\.(?:Open|ReadFile)")
_CONTENT = re.compile(r"\.(?:New)?(?:Scan|Read(?!(?i:dir))|Text|Decod|Bytes|Lines)\w*$")
_MET = re.compile(rb"(?i)\bif\b[^{\n]*(?:\w+\[\w+\]|\.Contains\(|seen|visited|loaded|depth|level)")
_SETS = (
    *("short_var_declaration", "range_clause", "type_switch_statement", "var_spec"),
    *("assignment_statement", "receive_statement"),
)
_OF = ("selector_expression", "index_expression", "type_assertion_expression")
_SCALAR = re.compile(r"string|byte|rune|bool|u?int(?:8|16|32|64|ptr)?|float(?:32|64)")
_TABLE = re.compile(r"(?:\[\]|map\[)")
_MADE = re.compile(r"(?:make\()?((?:\[\]|map\[\w+\])[\w.\[\]*]*)")
_LISTED = r"((?:\[\]|map\[|\w+(?=\n|;| \}| /))[^\s/`;}]*)"
_REGISTERS = re.compile(r"(?i)register|alias")
_COMPARES = re.compile(r"(\w+)\[[^\]\n]+\] [<>]=? (?:\w+\.)?\1\[")


def roots(member: Member, node: Node, depth: int = _FEW) -> frozenset[str]:
    """The parameters that an expression is made of, through local variables."""
    found: set[str] = set()
    for one in _parts(node):
        value = _value_of(member, one) if depth else None
        if is_parameter(member, one):
            found.add(member.file.tree.source(one))
        elif value is not None:
            found |= roots(member, value, depth - 1)
    return frozenset(found)


def is_parameter(member: Member, name: Node) -> bool:
    if name.kind == "package_identifier":
        given = {one.name for one in member.syntax.parameters}
        return member.file.tree.source(name) in given
    span = member.file.tree.node_span(name)
    declared = member.file.declaration_of(span.line, span.column)
    return any(parameter.span == declared for parameter in member.syntax.parameters)


def _value_of(member: Member, name: Node) -> Node | None:
    """What a local variable is declared with, or ranges over."""
    tree = member.file.tree
    span = tree.node_span(name)
    declared = member.file.declaration_of(span.line, span.column)
    if declared is None or not member.syntax.span.contains(declared.line, declared.column):
        return None
    for outer in tree.smallest(*tree.bounds(declared)).ancestors():
        if outer.kind in _SETS:
            return outer.field("right") or outer.field("value")
        if outer.kind.endswith("statement") or outer.kind in ("block", "func_literal"):
            return None
    return None


def _parts(node: Node) -> Iterator[Node]:
    """The names that an expression is a part of: of a call what is asked, not what it is given."""
    # In a.b[c.d[e.f]] the syntax takes c.d for a type.
    if node.kind in ("identifier", "package_identifier"):
        yield node
        return
    called = node.field("function") if node.kind == "call_expression" else None
    if called is not None:
        if called.kind == "selector_expression":
            yield from _parts(called)
        return
    for child in node.named_children:
        yield from _parts(child)


def tables(member: Member, node: Node, depth: int = _FEW) -> Iterator[Node]:
    """The tables of which an expression is an entry, looked up by what the function got."""
    index, operand = node.field("index"), node.field("operand")
    looked_up = index is not None and any(is_parameter(member, one) for one in _names(index))
    if node.kind == "index_expression" and looked_up and operand is not None:
        yield operand
        return
    if node.kind == "identifier":
        value = _value_of(member, node) if depth else None
        if value is not None and value.kind == "expression_list":
            value = value.named_children[0] if len(value.named_children) == 1 else None
        if value is not None:
            yield from tables(member, value, depth - 1)
    elif node.kind in _OF and operand is not None:
        yield from tables(member, operand, depth)
    elif depth and _CUTS.match(member.file.tree.source(node)):
        for argument in _given_to(node):
            yield from tables(member, argument, depth - 1)


def comes_from_a_file(member: Member, node: Node, depth: int = _MANY) -> bool:
    """Whether an expression is part of the text of a file whose name the function got, and which
    no test has met before: files may include each other."""
    tree = member.file.tree
    start, end = tree.bounds(member.syntax.span)
    if _MET.search(tree.text[start:end]):
        return False
    pending = [(node, depth, False)]
    while pending:
        one, left, read = pending.pop()
        value = _value_of(member, one) if one.kind == "identifier" and left else None
        if value is not None:
            pending.append((value, left - 1, read))
        called = one.field("function") if one.kind == "call_expression" else None
        written = tree.source(called) if called is not None else ""
        if _OPENS.fullmatch(written):
            # That a file is handed on itself says nothing of what it leads to.
            read = read or written.endswith("ReadFile")
            if read and any(roots(member, each) for each in _given_to(one)):
                return True
            continue
        read = read or _CONTENT.search(written) is not None
        pending += [(child, left, read) for child in one.named_children]
    return False


def _given_to(call: Node) -> Sequence[Node]:
    listed = call.field("arguments")
    return listed.named_children if listed is not None else ()


def _names(node: Node) -> Iterator[Node]:
    return (one for one in node.walk() if one.kind == "identifier")


def is_filled_by_data(
    member: Member,
    table: Node,
    files: Sequence[GoFile],
    holds_functions: Callable[[Collection[str]], bool],
) -> bool:
    """Whether a table holds plain values that no text of a program lists: it is a parameter, or
    its keys are computed where it is filled, by no function that registers. Who puts the smaller
    of two below the other keeps what leads on short."""
    written = member.file.tree.source(table)
    name = written.rpartition(".")[2]
    if not name.isidentifier():
        return False
    type_ = _type_of(member, table, name, files)
    if type_ is not None and type_.isidentifier():
        type_ = _underlying(type_, files) or type_
    if type_ is None or not _TABLE.match(type_):
        return False
    element = base_of(type_)
    if not _SCALAR.fullmatch(element) and (
        not element.isidentifier() or holds_functions([element])
    ):
        return False
    return _is_given(member, table) or _is_filled(name, files)


def _underlying(type_: str, files: Sequence[GoFile]) -> str | None:
    """The list or map that a type is declared as."""
    name = re.escape(type_.encode())
    declared = re.compile(rb"(?m)^(?:type |\t)" + name + rb" ((?:\[\]|map\[)\S+)$")
    found = [match[1] for one in files if (match := declared.search(one.text)) is not None]
    return found[-1].decode("latin-1") if found else None


def _is_given(member: Member, table: Node) -> bool:
    """Whether it is a parameter of the function, or of one around it."""
    if table.kind != "identifier":
        return False
    span = member.file.tree.node_span(table)
    declared = member.file.declaration_of(span.line, span.column)
    place = member.file.tree.smallest(*member.file.tree.bounds(declared)) if declared else None
    return place is not None and any(
        one.kind == "parameter_declaration" for one in place.ancestors()
    )


def _type_of(member: Member, table: Node, name: str, files: Sequence[GoFile]) -> str | None:
    """The type of a parameter, local variable or field, as written; None where it is not told."""
    tree = member.file.tree
    if table.kind == "identifier":
        span = tree.node_span(table)
        declared = member.file.declaration_of(span.line, span.column)
        around = tree.smallest(*tree.bounds(declared)).ancestors() if declared else ()
        for outer in around:
            type_ = outer.field("type")
            if type_ is not None:
                return tree.source(type_)
            if outer.kind in ("short_var_declaration", "var_spec"):
                value = outer.field("right") or outer.field("value")
                made = _MADE.match(tree.source(value)) if value is not None else None
                return made[1] if made is not None else None
            if outer.kind in DECLARATIONS:
                break
        return None
    declares = declaring(name, _LISTED)
    found = {match[1].decode("latin-1") for one in files for match in declares.finditer(one.text)}
    return found.pop() if len(found) == 1 else None


def _is_filled(name: str, files: Sequence[GoFile]) -> bool:
    word = re.escape(name.encode())
    filling = re.compile(
        rb"\b" + word + rb"(?P<key>\[[^\]\n]+\])+\s*(?:=(?!=)|,[^=\n;{]*[^:=!<>]=(?!=))"
        rb"|\." + word + rb" = \w+\n|\b" + word + rb":\s*[a-z]\w*,?[\n}]"
    )
    found = False
    for file in files:
        for match in filling.finditer(file.text):
            key = (match["key"] or b"").strip(b"[]")
            if key[:1] in b"\"'`0123456789" and key:
                continue
            around = file.tree.top_level(match.start())
            if around is None or around.kind not in DECLARATIONS:
                continue
            name_node = around.field("name")
            if name_node is not None and _REGISTERS.search(file.tree.source(name_node)):
                continue
            if _COMPARES.search(file.tree.source(around)):
                return False
            found = True
    return found
