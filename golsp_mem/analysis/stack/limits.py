"""Calls of ``debug.SetMaxStack`` in Go source, and what their argument amounts to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from golsp_mem.analysis.stack.constants import Constants, block_of
from golsp_mem.compiler.objects.calls import CompiledFunction
from golsp_mem.model import Span
from golsp_mem.source.edits import import_name
from golsp_mem.source.parts.tree import Node, SourceTree, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import function_node

_LEAVING = ("return_statement", "goto_statement", "labeled_statement")
_PACKAGE, _FUNCTION = "runtime/debug", "SetMaxStack"
SET_MAX_STACK = frozenset({"runtime/debug.SetMaxStack", "runtime/debug.setMaxStack"})
"""As linked: it is small enough to be inlined; then its own callee is what is called."""
_VALUES = frozenset(f"{name}·f" for name in SET_MAX_STACK)


@frozen
class StackLimitCall:
    """``debug.SetMaxStack(argument)``: ``value`` in bytes where the source tells it, ``flag`` the
    command-line flag whose default that is. ``block`` is where the declared function begins, None
    for a call that may not be made when that runs (a branch, a loop, a deferred call, a literal) or
    stands where control may leave the function or go back before it. ``in_main``: that is
    ``main`` or ``init``."""

    span: Span
    argument_span: Span
    argument: str
    value: int | None
    flag: str | None = None
    block: int | None = None
    in_main: bool = False


@frozen
class ProgramLimit:
    """What a program sets: ``setting`` in bytes, None where it sets nothing or nobody can say.

    ``note`` says what is not sure about it, for people; empty where all is known.
    """

    setting: int | None = None
    note: str = ""


def stack_limit_calls(
    file: GoFile, package: Sequence[GoFile] = (), pointer_bytes: int = 8
) -> tuple[StackLimitCall, ...]:
    """The calls in one file, in the order in which they are made; an import under another name
    is understood.

    ``package`` are the package's files, whose constants and variables the arguments may name.
    """
    if _FUNCTION.encode() not in file.text:
        return ()
    imported = import_name(file, _PACKAGE)
    if imported is None:
        return ()
    found = _calls(file, imported, Constants(tuple(package) or (file,), pointer_bytes))
    # One in the arguments of another is made first.
    return tuple(sorted(found, key=lambda call: (call.span.end_line, call.span.end_column)))


def _calls(file: GoFile, package: str, constants: Constants) -> Iterator[StackLimitCall]:
    tree = file.tree
    for node in tree.root.walk():
        if node.kind != "call_expression":
            continue
        function, arguments = node.field("function"), node.field("arguments")
        wanted = f"{package}.{_FUNCTION}" if package else _FUNCTION
        function = unparenthesized(function) if function is not None else None
        if function is None or arguments is None or tree.source(function) != wanted:
            continue
        given = arguments.named_children
        if len(given) != 1:
            continue
        local = file.declaration_of(*_start(tree, function)) if package else None
        if local is not None:
            continue  # a variable that hides the package
        inner = unparenthesized(given[0])
        if _ends_main(tree, node) and tree.source(inner).startswith(f"{wanted}("):
            continue  # it gives back what the program had, when that ends
        outer = node.parent.parent if node.parent is not None else None
        deferred = outer.parent if outer is not None and _ends_main(tree, outer) else None
        leaves = _may_leave(tree, node)
        known = constants.of(file, given[0])
        yield StackLimitCall(
            span=tree.node_span(node),
            argument_span=tree.node_span(given[0]),
            argument=tree.source(given[0]),
            value=known.integer if known is not None else None,
            flag=known.flag if known is not None else None,
            block=None if leaves else block_of(deferred or node),
            in_main=_is_begun(tree, node),
        )


def _may_leave(tree: SourceTree, call: Node) -> bool:
    """Whether the function may end before its call, or come to it again."""
    around = tree.top_level(call.start)
    if around is None or "recover()" in tree.source(around):
        return True
    return any(
        node.kind in _LEAVING and (node.start < call.start or node.kind != "return_statement")
        for node in around.walk()
    )


def _ends_main(tree: SourceTree, call: Node) -> bool:
    """Whether a call is deferred by ``main``: its arguments are worked out where it stands."""
    return (
        call.kind == "call_expression"
        and call.parent is not None
        and call.parent.kind == "defer_statement"
        and function_node(call) is tree.top_level(call.start)
        and _declared_around(tree, call) == "main"
    )


def _is_begun(tree: SourceTree, call: Node) -> bool:
    """Whether the function is one that each program runs."""
    return _declared_around(tree, call) in ("main", "init")


def _declared_around(tree: SourceTree, call: Node) -> str | None:
    """The name of the declared function that a call stands in."""
    around = tree.top_level(call.start)
    name = around.field("name") if around is not None else None
    return tree.source(name) if name is not None else None


def _start(tree: SourceTree, node: Node) -> tuple[int, int]:
    span = tree.node_span(node)
    return span.line, span.column


def limit_of(
    functions: Iterable[CompiledFunction],
    sources: Callable[[str], GoFile | None],
    resolve: Callable[[str], str],
    pointer_bytes: int,
) -> ProgramLimit:
    """What the functions of a program set, read where they call SetMaxStack; ``resolve`` turns an
    object file's file names into paths that ``sources`` knows."""
    files: dict[str, dict[str, None]] = {}
    callers: dict[str, None] = {}
    for function in functions:
        path = resolve(function.file)
        files.setdefault(os.path.dirname(path), {})[path] = None  # noqa: PTH120 - for each function
        if function.name not in SET_MAX_STACK and any(
            call.target in SET_MAX_STACK for call in function.calls
        ):
            callers[path] = None
        if not _VALUES.isdisjoint(function.mentions):
            note = f"unless {Path(path).name}, which uses SetMaxStack as a value, sets another"
            return ProgramLimit(None, note)
    calls: list[StackLimitCall] = []
    for path in sorted(callers):
        file = sources(path)
        if file is None:
            return ProgramLimit(None, f"unless the SetMaxStack in {Path(path).name} sets another")
        beside = [one for name in files[str(Path(path).parent)] if (one := sources(name))]
        calls += stack_limit_calls(file, beside, pointer_bytes)
    return program_limit(calls)


def program_limit(calls: Sequence[StackLimitCall]) -> ProgramLimit:
    """What holds for a program with these calls, in source order.

    All agree, or stand in one function one after the other, so that the last one wins; else
    nobody can say.
    """
    if not calls:
        return ProgramLimit()
    last = calls[-1]
    straight = last.block is not None and {call.block for call in calls} == {last.block}
    agree = len({call.value for call in calls}) == 1
    if last.value is None or not (agree or straight):
        return ProgramLimit(None, _unknown(calls))
    notes = [f"the default of the flag -{last.flag}"] if last.flag is not None else []
    if not any(call.in_main and call.block is not None for call in calls):
        notes.append(f"once the SetMaxStack on line {last.span.line} has run")
    return ProgramLimit(last.value, ", ".join(notes))


def _unknown(calls: Sequence[StackLimitCall]) -> str:
    told = next((call for call in calls if call.value is None), None)
    if told is not None:
        return f"unless SetMaxStack({told.argument}) on line {told.span.line} sets another"
    lines = ", ".join(str(call.span.line) for call in calls)
    return f"unless one of the SetMaxStack calls on lines {lines} sets another"
