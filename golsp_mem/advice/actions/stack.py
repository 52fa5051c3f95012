"""Edits for the findings about stacks. Pure: text and findings in, edits out."""

from __future__ import annotations

import re

from attrs import frozen

from golsp_mem.analysis.sizes import size_text
from golsp_mem.analysis.stack.constants import constant_value
from golsp_mem.analysis.stack.limits import StackLimitCall, stack_limit_calls
from golsp_mem.compiler.stackfacts import StackPlatform, max_variable_bytes
from golsp_mem.model import Code, Finding, Span
from golsp_mem.source.edits import TextEdit, insert_statement_before
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

_NAME = re.compile(r"[A-Za-z_]\w*")
_UNITS = ((30, 1 << 30), (20, 1 << 20), (10, 1 << 10))


@frozen
class StackFix:
    """An edit with its title and one sentence that says what changes.

    ``variable`` is the variable that the edit wants on the stack (None: there is none). Whether
    it really is there only the compiler can say: see `analysis.proof`.
    """

    title: str
    edits: tuple[TextEdit, ...]
    note: str
    variable: str | None = None


def stack_fixes(
    file: GoFile, finding: Finding, platform: StackPlatform, go_version: str
) -> tuple[StackFix, ...]:
    """The edits that fit a finding of `stack-limit` or `stack-too-large`; often none."""
    fix: StackFix | None = None
    if finding.code is Code.STACK_LIMIT:
        call = next(
            (one for one in stack_limit_calls(file) if one.argument_span == finding.span), None
        )
        fix = effective_limit(call, platform) if call is not None else None
    elif finding.code is Code.STACK_TOO_LARGE:
        fix = keep_on_stack(file, finding, go_version)
    return (fix,) if fix is not None else ()


def effective_limit(call: StackLimitCall, platform: StackPlatform) -> StackFix | None:
    """*Set the stack limit to what is effective*: the literal becomes the value that holds.

    None when it holds already, is not constant, or is written with names, whose declarations
    an edit here would not follow.
    """
    if call.value is None or _NAME.search(re.sub(r"\b0[xXbBoO]\w+|\d[\w.]*", "", call.argument)):
        return None
    effective = platform.effective_limit(call.value)
    if effective == call.value:
        return None
    written = _written(effective)
    return StackFix(
        title=f"Set the stack limit to what is effective: {written} ({size_text(effective)})",
        edits=(TextEdit(call.argument_span, written),),
        note=(
            f"The program behaves as before: {call.argument} already works as "
            f"{size_text(effective)}."
        ),
    )


def _written(value: int) -> str:
    for shift, unit in _UNITS:
        if value % unit == 0:
            return f"{value // unit} << {shift}"
    return str(value)


def keep_on_stack(file: GoFile, finding: Finding, go_version: str) -> StackFix | None:
    """*Keep this array on the stack*, where syntax shows a way that changes no result.

    Two ways: an array of which only constant places below the bound are used is declared
    shorter; a ``make``, ``new`` or ``&T{}`` above 64 KiB becomes a declared variable (bound:
    128 KiB, 10 MiB before Go 1.24) that is sliced or whose address is taken. None otherwise.
    """
    if finding.bytes is None:
        return None
    bound = max_variable_bytes(go_version)
    start, end = file.tree.bounds(finding.span)
    node = file.tree.smallest(start, end)
    function = file.function_at(finding.span.line, finding.span.column)
    if function is None:
        return None
    declaration = _declaration(node)
    if declaration is None:
        return None
    if finding.bytes > bound:
        return _shorter(file, function, declaration, finding, bound)
    return _declared(file, declaration, finding, bound)


def _declaration(node: Node) -> Node | None:
    """The ``x := …`` or ``var x …`` of one variable, a statement of its own, around the node."""
    for one in (node, *node.ancestors()):
        if one.kind == "short_var_declaration":
            parent = one.parent
            return one if parent is not None and parent.kind == "statement_list" else None
        if one.kind == "var_spec":
            outer = one.parent
            if outer is not None and outer.kind == "var_spec_list":
                return None
            return one
        if one.kind in ("block", "func_literal", "call_expression") and one is not node:
            return None
    return None


def _variable(declaration: Node) -> Node | None:
    if declaration.kind == "var_spec":
        names = declaration.fields("name")
    else:
        left = declaration.field("left")
        names = left.named_children if left is not None else ()
    names = tuple(name for name in names if name.kind == "identifier")
    return names[0] if len(names) == 1 else None


def _value(declaration: Node) -> Node | None:
    field = declaration.field("value" if declaration.kind == "var_spec" else "right")
    values = field.named_children if field is not None else ()
    return unparenthesized(values[0]) if len(values) == 1 else None


def _array_type(declaration: Node) -> Node | None:
    """The ``[N]T`` of ``var x [N]T`` or ``x := [N]T{}`` without elements."""
    written = declaration.field("type") if declaration.kind == "var_spec" else None
    value = _value(declaration)
    if value is not None:
        if value.kind != "composite_literal":
            return None
        body = value.field("body")
        if written is not None or body is None or body.named_children:
            return None
        written = value.field("type")
    return written if written is not None and written.kind == "array_type" else None


def _shorter(
    file: GoFile, function: FunctionSyntax, declaration: Node, finding: Finding, bound: int
) -> StackFix | None:
    name, array = _variable(declaration), _array_type(declaration)
    length = array.field("length") if array is not None else None
    if name is None or length is None or finding.bytes is None:
        return None
    count = constant_value(file, length)
    if not count or finding.bytes % count:
        return None
    needed = _places_used(file, function, name)
    if needed is None or not 0 < needed < count or needed * (finding.bytes // count) > bound:
        return None
    text = file.tree.source(name)
    return StackFix(
        title=f"Keep this array on the stack: declare {text} with {needed} elements",
        edits=(TextEdit(file.tree.node_span(length), str(needed)),),
        note=(
            f"Only the first {needed} of {count} elements of {text} are used; "
            f"{size_text(needed * (finding.bytes // count))} fit the bound of {size_text(bound)}. "
            f"The frame and the stack grow by that much instead."
        ),
        variable=text,
    )


def _places_used(file: GoFile, function: FunctionSyntax, name: Node) -> int | None:
    """How many first elements are used, when all uses are constant indices and slices."""
    tree = file.tree
    declared = tree.node_span(name)
    needed = 0
    for use in file.uses(tree.source(name), function, declared):
        if use == declared:
            continue
        node = tree.smallest(*tree.bounds(use))
        outer = node.parent
        if outer is None or outer.field("operand") is not node:
            return None
        if outer.kind == "index_expression":
            places = _constant(file, outer.field("index"))
            places = places + 1 if places is not None else None
        elif outer.kind == "slice_expression":
            # With x[:k] the capacity shrinks too; x[:k:m] says itself how far it goes.
            if outer.field("capacity") is None:
                return None
            places = _constant(file, outer.field("capacity"))
        else:
            return None
        if places is None or places < 0:
            return None
        needed = max(needed, places)
    return needed


def _constant(file: GoFile, node: Node | None) -> int | None:
    return constant_value(file, node) if node is not None else None


def _declared(file: GoFile, declaration: Node, finding: Finding, bound: int) -> StackFix | None:
    name, value = _variable(declaration), _value(declaration)
    if declaration.kind != "short_var_declaration" or name is None or value is None:
        return None
    if not _covers(file, value, finding.span):
        return None
    text = file.tree.source(name)
    made = _replacement(file, value, _fresh(file, text))
    if made is None or finding.bytes is None:
        return None
    line, expression, variable = made
    # What runs before it on its line may change what the value is made of, and a literal that
    # begins there has a stack of its own.
    start, _ = file.tree.line_bounds(file.tree.line_of(declaration.start))
    if file.text[start : declaration.start].strip():
        return None
    before = insert_statement_before(file, file.tree.node_span(declaration).line, line)
    if before is None:
        return None
    return StackFix(
        title=f"Keep this array on the stack: declare {variable}, use {expression}",
        edits=(before, TextEdit(file.tree.node_span(value), expression)),
        note=(
            f"A declared variable may have {size_text(bound)} on the stack, a value without a "
            f"name 64 KiB. The {size_text(finding.bytes)} then lie in the frame and make the "
            f"stack grow instead."
        ),
        variable=variable,
    )


def _covers(file: GoFile, value: Node, span: Span) -> bool:
    start, end = file.tree.bounds(span)
    return value.start <= start and end <= value.end


def _replacement(file: GoFile, value: Node, variable: str) -> tuple[str, str, str] | None:
    """The declaration to put before, the new expression and the variable's name."""
    tree = file.tree
    if value.kind == "unary_expression":
        operator, operand = value.field("operator"), value.field("operand")
        if operator is None or tree.source(operator) != "&" or operand is None:
            return None
        if operand.kind != "composite_literal" or "\n" in tree.source(operand):
            return None
        return f"{variable} := {tree.source(operand)}", f"&{variable}", variable
    function, arguments = value.field("function"), value.field("arguments")
    if value.kind != "call_expression" or function is None or arguments is None:
        return None
    given = arguments.named_children
    called = tree.source(function)
    if called == "new" and len(given) == 1:
        return f"var {variable} {tree.source(given[0])}", f"&{variable}", variable
    if called != "make" or len(given) not in (2, 3) or given[0].kind != "slice_type":
        return None
    element = given[0].field("element")
    length, capacity = given[1], given[-1]
    if element is None or constant_value(file, capacity) is None:
        return None
    line = f"var {variable} [{tree.source(capacity)}]{tree.source(element)}"
    end = "" if len(given) == 2 else tree.source(length)
    return line, f"{variable}[:{end}]", variable


def _fresh(file: GoFile, name: str) -> str:
    """A name for the variable behind ``name`` that the file does not use yet."""
    taken = set(_NAME.findall(file.text.decode("utf-8", "replace")))
    fresh = f"{name}Block"
    number = 2
    while fresh in taken:
        fresh = f"{name}Block{number}"
        number += 1
    return fresh
