"""The KeepAlive calls of a package, and its text without them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.model import Code, Finding, Step
from golsp_mem.source.package import PackageSyntax, Place, arguments_of, callee_of
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at

_WORD = re.compile(rb"\bKeepAlive\b")
_OTHER_SENSES = ("testing.", "unsafe.", "uintptr", "AllocsPerRun", "runtime.GC")


@frozen(eq=False)
class KeepAlive:
    """One ``runtime.KeepAlive(v)``, a statement of its own or deferred.

    ``statement`` is all of it with ``defer``; ``variable`` is v, or x of ``&x``.
    """

    call: Place
    statement: Node
    argument: Place
    function: FunctionSyntax
    variable: Variable | None

    @property
    def is_deferred(self) -> bool:
        return self.statement.kind == "defer_statement"


def keepalives(package: PackageSyntax) -> Iterator[KeepAlive]:
    """Every KeepAlive of the package that is a statement or deferred."""
    for call in package.calls_near(_WORD):
        callee = callee_of(call)
        given = arguments_of(call)
        if callee is None or (callee.package, callee.name) != ("runtime", "KeepAlive"):
            continue
        statement = call.node.parent
        if len(given) != 1 or statement is None:
            continue
        if statement.kind not in ("expression_statement", "defer_statement"):
            continue
        span = call.span
        function = call.file.function_at(span.line, span.column)
        if function is not None:
            argument = call.of(unparenthesized(given[0]))
            yield KeepAlive(call, statement, argument, function, _variable(argument))


def _variable(argument: Place) -> Variable | None:
    node = argument.node
    operand = node.field("operand") if node.kind == "unary_expression" else None
    if operand is not None and argument.text.startswith("&"):
        node = unparenthesized(operand)
    return variable_at(argument.file, node) if node.kind == "identifier" else None


def is_measuring(one: KeepAlive) -> bool:
    """Whether the function has addresses or measurements: there the call has another sense."""
    tree = one.call.file.tree
    around = tree.top_level(one.call.node.start)
    text = tree.source(around) if around is not None else ""
    return any(word in text for word in _OTHER_SENSES)


def finding_of(package: str, one: KeepAlive, message: str, *steps: Step) -> Finding:
    return Finding(
        code=Code.KEEPALIVE_INEFFECTIVE,
        span=one.call.span,
        package=package,
        function=f"{package}.{one.function.name}",
        message=message,
        subject=one.argument.text,
        reason=steps,
    )


def without_keepalives(file: GoFile) -> bytes | None:
    """The text with each KeepAlive of a variable replaced by ``_ = v``, all else in its place.

    None where there is none. An import of runtime stays in use.
    """
    text = bytearray(file.text)
    found = False
    listed = list(keepalives(PackageSyntax((file,))))
    for one in listed:
        node = one.statement
        # Nil alone has no type that `_` could get.
        plain = b"_ = " + (b"0" if one.argument.text == "nil" else one.argument.text.encode())
        if b"\n" in file.text[node.start : node.end] or len(plain) > node.end - node.start:
            continue
        text[node.start : node.end] = plain.ljust(node.end - node.start)
        found = True
    if not found:
        return None
    function = listed[0].call.node.field("function")
    name = file.tree.source(function) if function is not None else "runtime.KeepAlive"
    return bytes(text) + f"\nvar _ = {name}\n".encode()
