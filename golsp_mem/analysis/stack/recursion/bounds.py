"""What the source says about how deep a recursion goes: visible bounds.

Syntax only, so only forms that are common and safe to tell count: a depth parameter that is counted
up and tested against a limit; an argument that is divided, a list that is halved on each call; a
constant argument that turns off the branch with the call; a budget by its name (``maxDepth``) that
is counted down and tested; a number that is counted down from constants, or of a type that has few
values; a reflect.Type that is taken apart, a reflect.Value whose pointers are followed; a chain of
one field (`chain_of`). Else counting down is no bound: where it starts is data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from attrs import frozen

from golsp_mem.analysis.stack.bound import Bound
from golsp_mem.analysis.stack.constants import constant_value
from golsp_mem.source.parts.functions import DECLARATIONS, FunctionSyntax
from golsp_mem.source.parts.tree import Node, SourceTree
from golsp_mem.source.syntax import GoFile

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "=="})
_DIVISIONS = frozenset({"/", ">>", "%"})
# A 64-bit integer is divided so often at the most.
_MOST_DIVISIONS = 64
# Generous: the deepest type of the standard library's tests has 20 levels.
MOST_NESTED_TYPES = 1000
_LEVEL = re.compile(r"(?i)depth|level|nest(?:ing|ed)?|recursion|\w*(?:Depth|Level)")
_SMALL = {"uint8": 1 << 8, "int8": 1 << 8, "byte": 1 << 8, "uint16": 1 << 16, "int16": 1 << 16}
_BOUND_FIELD = re.compile(r"max|limit|depth|bound|level", re.IGNORECASE)


Starts = Callable[[int], int | None]
"""The largest constant that a parameter (by its position) is first given; None where it is given
anything else, or nobody knows by whom. Of a list or text the same of its length."""


def bound_of(
    file: GoFile,
    function: FunctionSyntax,
    called: str | None = None,
    starts: Starts = lambda _: None,
    lengths: Starts = lambda _: None,
) -> Bound | None:
    """What bounds the depth of a function that calls itself; None when nothing does.

    Every call of itself must pass the parameter on in the same bounding form. ``called`` is the
    name by which a literal calls itself.
    """
    start, end = file.tree.bounds(function.span)
    body = [
        node
        for node in file.tree.nodes_touching(start, end)
        if start <= node.start and node.end <= end
    ]
    name = called or function.name.rsplit(".", 1)[-1].removesuffix("[...]")
    calls = list(_own_calls(file.tree, name, body))
    for position, parameter in enumerate(parameters_of(file, function) if calls else ()):
        given = [(call, all_[position] if position < len(all_) else None) for call, all_ in calls]
        handed = [(call, node) for call, node in given if node is not None]
        if len(handed) < len(calls):
            continue
        bound = _without_a_test(file, body, handed, parameter)
        bound = bound or _by_tests(file, function, body, handed, parameter)
        if bound is not None:
            return bound
        most = _counted_out(file, function, body, handed, parameter)
        most = starts(position) if most == 0 else most
        if most is None:
            most = _counted_up_to(file, function, calls, position, starts, lengths)
        if most is not None:
            return Bound(parameter.name, most + 1)
    return None


def _without_a_test(
    file: GoFile, body: list[Node], handed: list[tuple[Node, Node]], parameter: _Parameter
) -> Bound | None:
    tree, name = file.tree, parameter.name
    if all(_divides(node) or _halves(tree, body, node, name) for _, node in handed):
        return Bound(name, _MOST_DIVISIONS)
    for one in (_takes_apart, _takes_field):
        if all(one(tree, node, parameter) for _, node in handed):
            # As deep as types are nested, which programmers write.
            return Bound(name, MOST_NESTED_TYPES)
    if all(
        turns_off(tree, call, node.kind, name) or _is_no_such_case(tree, call, node, name)
        for call, node in handed
    ):
        return Bound(name, 2)
    return None


def _by_tests(
    file: GoFile,
    function: FunctionSyntax,
    body: list[Node],
    handed: list[tuple[Node, Node]],
    parameter: _Parameter,
) -> Bound | None:
    tree, name = file.tree, parameter.name
    down = {call for call, node in handed if _counts_down(tree, call, node, name)}
    for call, node in handed:
        up = counts(tree, node, name) or _was_counted(tree, body, call, node, name)
        if not up and call not in down:
            return None
    limits = [
        limit
        for node in body
        if (limit := limit_of(file, function, node, name)) is not None
        and all(limit.ends(call, node, up=call not in down) for call, _ in handed)
    ]
    known = [limit.depth for limit in limits if limit.depth is not None]
    return Bound(name, None if down else min(known, default=None)) if limits else None


def _counted_out(
    file: GoFile,
    function: FunctionSyntax,
    body: list[Node],
    handed: list[tuple[Node, Node]],
    parameter: _Parameter,
) -> int | None:
    """How many values a parameter has that every call counts down and a test ends: 0 where its type
    has too many to matter; None where it is not so."""
    tree = file.tree
    if not all(_is_less(tree, call, node, parameter.name) for call, node in handed):
        return None
    limits = [
        limit
        for node in body
        if (limit := limit_of(file, function, node, parameter.name)) is not None
        and limit.depth is not None
        and all(limit.ends(call, node, up=False) for call, _ in handed)
    ]
    if all(limit.below is None for limit in limits):
        # What goes down by two may jump over one end.
        ends = len({limit.depth for limit in limits})
        if not ends or any(_step(tree, node) > ends for _, node in handed):
            return None
    # A number of bits.
    shifted = re.compile(rf"(?:<<|>>)\s*(?:u?int(?:8|16|32|64)?\()?{re.escape(parameter.name)}\b")
    start, end = tree.bounds(function.span)
    if shifted.search(file.text[start:end].decode("latin-1")):
        return _MOST_DIVISIONS
    return _SMALL.get(parameter.type, 0)


def _counted_up_to(
    file: GoFile,
    function: FunctionSyntax,
    calls: list[tuple[Node, tuple[Node, ...]]],
    position: int,
    starts: Starts,
    lengths: Starts,
) -> int | None:
    """The largest constant that a parameter, which every call hands on as it is, has where another
    one, also begun with constants, is counted up to it: ``if row == n { return }``; of a list its
    length, ``if i == len(xs)``."""
    tree, listed = file.tree, parameters_of(file, function)
    name = listed[position].name
    if not all(counts(tree, given[position], name) for _, given in calls):
        return None
    body = tree.smallest(*tree.bounds(function.span))
    for other, parameter in enumerate(listed):
        plain = all(
            other < len(given) and tree.source(given[other]) == parameter.name for _, given in calls
        )
        if not plain or other == position or is_set(file, function, parameter.name):
            continue
        for node in body.walk():
            compared = _compared(tree, node, name)
            limits = (parameter.name, f"len({parameter.name})")
            if compared is None or tree.source(compared[1]) not in limits:
                continue
            limit = Limit(None, compared[0])
            if not all(limit.ends(call, node, up=True) for call, _ in calls):
                continue
            first = starts(position)
            # What begins above the limit never meets it.
            if first == 0 or (first is not None and limit.below is not None):
                return (starts if tree.source(compared[1]) == parameter.name else lengths)(other)
    return None


def is_set(file: GoFile, function: FunctionSyntax, name: str) -> bool:
    """Whether a function may give a variable of that name another value."""
    start, end = file.tree.bounds(function.span)
    text = file.text[start:end].decode("latin-1")
    setting = rf"(?<![\w.]){name}\b(?:, \w+)* *(?::?=[^=]|[-+*/|&^%]=|\+\+|--)|&{name}\b"
    return re.search(setting, text) is not None


def chain_of(file: GoFile, function: FunctionSyntax) -> str | None:
    """The field by whose chain a method calls itself, as written (``c.parent``); None where it
    calls itself on anything else too, or in a loop."""
    start, end = file.tree.bounds(function.span)
    receiver = next((one.name for one in function.parameters if one.role == "receiver"), None)
    name = function.name.rsplit(".", 1)[-1]
    found = set()
    for node in file.tree.nodes_touching(start, end):
        callee = node.field("function") if node.kind == "call_expression" else None
        if callee is None or callee.kind != "selector_expression" or node.start < start:
            continue
        operand = callee.field("operand")
        if operand is None or not file.tree.source(callee).endswith(f".{name}"):
            continue
        link = operand
        if operand.kind == "call_expression" and (getter := operand.field("function")) is not None:
            link = getter  # c.Parent()
        base = link.field("operand") if link.kind == "selector_expression" else None
        looped = any(one.kind == "for_statement" and one.start > start for one in node.ancestors())
        if base is None or file.tree.source(base) != receiver or looped:
            return None
        found.add(file.tree.source(operand))
    return found.pop() if len(found) == 1 else None


class _Parameter(NamedTuple):
    name: str
    type: str


def parameters_of(file: GoFile, function: FunctionSyntax) -> tuple[_Parameter, ...]:
    """One for each argument of a call; blank ones too."""
    start, end = file.tree.bounds(function.span)
    listed = file.tree.smallest(start, end).field("parameters")
    found = []
    for declaration in listed.named_children if listed is not None else ():
        type_node = declaration.field("type")
        type_ = file.tree.source(type_node) if type_node is not None else ""
        names = [file.tree.source(name) for name in declaration.fields("name")] or [""]
        found += [_Parameter(name, type_) for name in names]
    return tuple(found)


def _own_calls(
    tree: SourceTree, name: str, body: list[Node]
) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    for node in body:
        if node.kind != "call_expression":
            continue
        callee, arguments = node.field("function"), node.field("arguments")
        if callee is None or arguments is None:
            continue
        if tree.source(callee).rsplit(".", 1)[-1] == name:
            yield node, arguments.named_children


def _operands(node: Node) -> tuple[Node, str, Node] | None:
    left, operator, right = (node.field(n) for n in ("left", "operator", "right"))
    if node.kind != "binary_expression" or left is None or operator is None or right is None:
        return None
    return left, operator.kind, right


def _divides(node: Node) -> bool:
    parts = _operands(node)
    return parts is not None and parts[1] in _DIVISIONS


def _halves(tree: SourceTree, body: list[Node], node: Node, name: str) -> bool:
    """``xs[:mid]``, ``xs[mid+1:]`` where ``mid`` is ``len(xs) / 2``."""
    operand = node.field("operand") if node.kind == "slice_expression" else None
    if operand is None or not name or tree.source(operand) != name:
        return False
    half = rf"len\({re.escape(name)}\)(?:/2|>>1)(?!\d)"
    cut = tree.collapsed(node).replace(" ", "").removeprefix(name)
    if re.search(half, cut) is not None:
        return True
    set_to_half = re.compile(rf"(\w+):?={half}")
    halves = {
        match[1]
        for one in body
        if one.kind in ("short_var_declaration", "assignment_statement")
        and (match := set_to_half.fullmatch(tree.collapsed(one).replace(" ", "")))
    }
    return re.fullmatch(r"\[:?(\w+)(?:\+1)?:?\]", cut) is not None and any(
        re.search(rf"\b{one}\b", cut) for one in halves
    )


def counts(tree: SourceTree, node: Node, name: str) -> bool:
    """Whether an expression is ``name + 1``, or another literal number more."""
    parts = _operands(node)
    if parts is None or parts[1] != "+":
        return False
    left, _, right = parts
    return tree.source(left) == name and right.kind == "int_literal"


def _was_counted(tree: SourceTree, body: list[Node], call: Node, node: Node, name: str) -> bool:
    """Whether the parameter is passed on as it is, counted up before: ``depth++`` in the body of
    the function itself, whatever way leads to the call."""
    if node.kind != "identifier" or tree.source(node) != name:
        return False
    for one in body:
        if one.end > call.start or tree.collapsed(one).replace(" ", "") not in (
            f"{name}++",
            f"{name}+=1",
        ):
            continue
        block = one.parent.parent if one.parent is not None else None
        if block is not None and block.parent is not None and block.parent.start == body[0].start:
            return True
    return False


def _counts_down(tree: SourceTree, call: Node, node: Node, name: str) -> bool:
    """The same of a budget, whose name says that it is one where no text says where it starts."""
    return _BOUND_FIELD.search(name) is not None and _is_less(tree, call, node, name)


def _is_less(tree: SourceTree, call: Node, node: Node, name: str) -> bool:
    """``n-1``, or ``n`` behind an ``n--`` in the same or an outer list of statements."""
    parts = _operands(node)
    if parts is not None:
        return parts[1] == "-" and tree.source(parts[0]) == name and parts[2].kind == "int_literal"
    if tree.source(node) != name:
        return False
    for outer in call.ancestors():
        if outer.kind in ("func_literal", *DECLARATIONS):
            break
        for one in outer.named_children if outer.kind == "statement_list" else ():
            text = tree.collapsed(one).replace(" ", "")
            if one.end <= call.start and text in (f"{name}--", f"{name}-=1"):
                return True
    return False


def _step(tree: SourceTree, node: Node) -> int:
    parts = _operands(node)
    written = tree.source(parts[2]) if parts is not None else "1"
    return int(written) if written.isdecimal() else 1 << 30


def _takes_apart(tree: SourceTree, node: Node, parameter: _Parameter) -> bool:
    """``t.Elem()``, ``t.Field(i).Type``: a part of the type; of a value what it points to."""
    if node.kind not in ("call_expression", "selector_expression"):
        return False
    written = tree.source(node)
    if parameter.type == "reflect.Value":
        return written in (f"{parameter.name}.Elem()", f"reflect.Indirect({parameter.name})")
    if parameter.type != "reflect.Type":
        return False
    return written.startswith(f"{parameter.name}.") or written.endswith((".Type", ".Type()"))


def _takes_field(tree: SourceTree, node: Node, parameter: _Parameter) -> bool:
    """``v.Field(i)`` alone: what lies in a value lies there as its type says."""
    field = re.compile(re.escape(parameter.name) + r"\.Field(ByName)?\([^()]*\)")
    return parameter.type == "reflect.Value" and field.fullmatch(tree.source(node)) is not None


def turns_off(tree: SourceTree, call: Node, constant: str, name: str) -> bool:
    """Whether a constant argument makes the condition false that the call stands under:
    ``if retry { f(x, false) }``."""
    if constant not in ("true", "false", "nil") or not name:
        return False
    inner = call
    for outer in call.ancestors():
        if outer.kind in ("func_literal", *DECLARATIONS):
            return False
        if outer.kind == "if_statement":
            consequence = outer.field("consequence")
            condition = outer.field("condition")
            inside = consequence is not None and consequence.start <= inner.start < consequence.end
            if condition is not None and inside and _false_for(tree, condition, constant, name):
                return True
        in_front = outer.named_children if outer.kind == "statement_list" else ()
        if any(_ends_for(tree, s, constant, name) for s in in_front if s.end <= inner.start):
            return True
        inner = outer
    return False


def _ends_for(tree: SourceTree, statement: Node, constant: str, name: str) -> bool:
    """``if !retry { return }`` in front, for a constant."""
    condition, then = statement.field("condition"), statement.field("consequence")
    if statement.kind != "if_statement" or condition is None or then is None:
        return False
    true_when = {"false": f"!{name}", "true": name, "nil": f"{name} == nil"}[constant]
    last = then
    while last.kind in ("block", "statement_list") and last.named_children:
        last = last.named_children[-1]
    return tree.collapsed(condition) == true_when and last.kind == "return_statement"


def _is_no_such_case(tree: SourceTree, call: Node, node: Node, name: str) -> bool:
    """Whether a call stands in one case of a parameter, and is given what is another:
    ``switch c { case 'u': if d != 'u' { f(d) } }``."""
    tests = []
    for outer in call.ancestors():
        if outer.kind in ("func_literal", *DECLARATIONS):
            return False
        condition = outer.field("condition") if outer.kind == "if_statement" else None
        then = outer.field("consequence")
        if condition is not None and then is not None and then.start <= call.start < then.end:
            tests.append(tree.collapsed(condition))
        values, switch = outer.field("value"), outer.parent
        switched = switch.field("value") if switch is not None else None
        if outer.kind == "expression_case" and values is not None and switched is not None:
            wanted = f"{tree.source(node)} != {tree.source(values)}"
            return tree.source(switched) == name and wanted in tests
    return False


def _false_for(tree: SourceTree, condition: Node, value: str, name: str) -> bool:
    """Whether a condition (or one side of its ``&&``) is false when ``name`` is ``value``."""
    parts = _operands(condition)
    if parts is not None and parts[1] == "&&":
        return any(_false_for(tree, side, value, name) for side in (parts[0], parts[2]))
    written = tree.collapsed(condition)
    false_when = {"false": (name,), "true": (f"!{name}",), "nil": (f"{name} != nil",)}
    return written in false_when[value]


@frozen
class Limit:
    """A test of a level: ``depth`` is None where the limit has no known value. ``below``: it is
    true of what lies below the limit (None: of the limit itself)."""

    depth: int | None
    below: bool | None = None

    def ends(self, call: Node, test: Node, *, up: bool) -> bool:
        """Whether the test can keep a level that is counted ``up`` (else down) from the call: what
        leaves at ``n < 0`` ends no counting up."""
        if self.below is None:
            return True
        for outer in test.ancestors():
            then = outer.field("consequence") if outer.kind == "if_statement" else None
            if then is not None:
                inside = then.start <= call.start < then.end
                return inside if self.below is up else not inside
        return self.below is up


def _compared(tree: SourceTree, node: Node, name: str) -> tuple[bool | None, Node] | None:
    """Whether a comparison is true below of what it compares ``name`` with (None: at it), and what
    that is."""
    parts = _operands(node)
    if parts is None or parts[1] not in _COMPARISONS:
        return None
    left, sign, right = parts
    below = None if sign == "==" else sign.startswith("<")
    if tree.source(right) == name:
        left, right = right, left
        below = None if below is None else not below
    return (below, right) if tree.source(left) == name else None


def limit_of(file: GoFile, function: FunctionSyntax, node: Node, name: str) -> Limit | None:
    """What a comparison compares ``name`` (an expression as written) with, if with a limit."""
    tree = file.tree
    compared = _compared(tree, node, name)
    if compared is None:
        return None
    below, right = compared
    value = constant_value(file, right)
    if value is not None:
        return Limit(value + 1, below)
    if right.kind == "selector_expression":
        name_node = right.field("field")
        limit = name_node is not None and _BOUND_FIELD.search(tree.source(name_node))
        return Limit(None, below) if limit else None
    if right.kind == "call_expression":
        # As many as there are keys or names, which are a parameter.
        counted = re.fullmatch(r"len\((\w+)\)", tree.source(right))
        typed = {one.name: one.type for one in parameters_of(file, function)}
        words = counted is not None and typed.get(counted[1]) in ("[]string", "...string")
        called, given = right.field("function"), right.field("arguments")
        getter = called is not None and given is not None and not given.named_children
        named = getter and called is not None and _BOUND_FIELD.search(tree.source(called))
        return Limit(None, below) if words or named else None
    # Declared elsewhere, or outside of the function: not from its data.
    outside = right.kind == "identifier" and is_from_outside(file, function, right)
    return Limit(None, below) if outside else None


def is_budget(name: str) -> bool:
    """Whether a variable or field, by its name, is counted down from a limit."""
    return _BOUND_FIELD.search(name.rpartition(".")[2]) is not None


def is_level(name: str) -> bool:
    """Whether a parameter, by its name, says how deep it is."""
    return _LEVEL.fullmatch(name) is not None


def is_from_outside(file: GoFile, function: FunctionSyntax, name: Node) -> bool:
    """Whether what a name means is not declared in the function."""
    span = file.tree.node_span(name)
    declared = file.declaration_of(span.line, span.column)
    return declared is None or not function.span.contains(declared.line, declared.column)
