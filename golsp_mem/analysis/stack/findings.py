"""The findings about stacks: large frames, variables too large for one, recursion, limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import evolve, frozen

from golsp_mem.analysis.sizes import count_text, size_text
from golsp_mem.analysis.stack.callgraph import CallGraph
from golsp_mem.analysis.stack.growth import PathFrame, grow_along, max_depth
from golsp_mem.analysis.stack.limits import StackLimitCall, stack_limit_calls
from golsp_mem.analysis.stack.numbers import cheapest_cycle
from golsp_mem.analysis.stack.recursion import bounded_by, recursive_literals
from golsp_mem.compiler.calls import CompiledFunction
from golsp_mem.compiler.stackfacts import (
    MAX_IMPLICIT_BYTES,
    StackPlatform,
    max_variable_bytes,
)
from golsp_mem.compiler.symbols import folded_name, own_name
from golsp_mem.model import Code, Finding, Span
from golsp_mem.source.functions import FunctionSyntax
from golsp_mem.source.syntax import GoFile

Sources = Callable[[str], GoFile | None]

_SET_MAX_STACK = frozenset({"runtime/debug.SetMaxStack", "runtime/debug.setMaxStack"})
_MADE = re.compile(r"\.(gowrap|deferwrap)\d+$")
_SHOWN_IN_CYCLE = 5
_IMPLICIT = frozenset({Code.HEAP_NEW, Code.HEAP_LITERAL, Code.HEAP_MAKE_SLICE})


@frozen
class StackContext:
    """What the findings of one package need to know.

    ``go_version`` is GOVERSION, ``max_stack`` the program's constant ``debug.SetMaxStack``
    where known, ``resolve`` turns an object file's file name into a path of this machine, and
    ``sources`` gives a file's syntax (None when it cannot be read).
    """

    package: str
    own_files: frozenset[str]
    platform: StackPlatform
    go_version: str
    large_frame_bytes: int
    sources: Sources
    resolve: Callable[[str], str] = str
    max_stack: int | None = None


def stack_findings(
    context: StackContext, functions: Iterable[CompiledFunction], heap: Sequence[Finding] = ()
) -> list[Finding]:
    """All findings about the stack in one package, in no order and without fingerprints.

    ``functions`` are those of the package's archives (test variants too), ``heap`` the heap
    findings of the same run, of which those that are too large for a stack get a second one.
    """
    own = _own_functions(context, functions)
    return [
        *large_frames(context, own),
        *recursions(context, own),
        *stack_limits(context, own),
        *too_large(context, heap),
    ]


def _own_functions(
    context: StackContext, functions: Iterable[CompiledFunction]
) -> list[CompiledFunction]:
    return [
        evolve(function, file=file)
        for function in functions
        if not function.is_wrapper and (file := context.resolve(function.file)) in context.own_files
    ]


def large_frames(context: StackContext, functions: Iterable[CompiledFunction]) -> Iterator[Finding]:
    """`stack-large-frame`: functions whose own frame is above the setting.

    Of several instances of generic code the one with the largest frame counts.
    """
    largest: dict[tuple[str, int, str], CompiledFunction] = {}
    for function in functions:
        if function.frame_bytes <= context.large_frame_bytes:
            continue
        key = (function.file, function.line, folded_name(function.name))
        if key not in largest or function.frame_bytes > largest[key].frame_bytes:
            largest[key] = function
    platform = context.platform
    for function in largest.values():
        frame = PathFrame(function.name, function.frame_bytes, function.checks)
        growths = grow_along(
            platform,
            (frame,),
            used=platform.entry_bytes,
            size=platform.start_bytes,
            limit=platform.effective_limit(),
        )
        message = f"the stack frame of {_local(function.name)} takes "
        message += size_text(function.frame_bytes)
        if growths:
            message += (
                f": a new goroutine's stack grows from {size_text(platform.start_bytes)} to "
                f"{size_text(growths[-1].new_bytes)} when it is called"
            )
        yield _finding(context, Code.STACK_LARGE_FRAME, function, message)


def recursions(context: StackContext, functions: Iterable[CompiledFunction]) -> Iterator[Finding]:
    """`stack-recursion`: one finding for each group of functions that call each other.

    A recursion whose depth the source visibly bounds (`recursion.bounded_by`) is left out.
    """
    graph = CallGraph(functions)
    seen: set[tuple[str, int]] = set()
    for group in graph.recursive_groups(range(len(graph.functions))):
        first = min(group, key=lambda n: (graph.functions[n].file, graph.functions[n].line))
        function = graph.functions[first]
        if (function.file, function.line) in seen:
            continue
        seen.add((function.file, function.line))
        file = context.sources(function.file)
        if len(group) == 1 and file is not None:
            syntax = syntax_of(file, function)
            if syntax is not None and bounded_by(file, syntax) is not None:
                continue
        cycle = cheapest_cycle(graph, context.platform, first, group)
        yield _finding(context, Code.STACK_RECURSION, function, _recursion_message(context, cycle))
    yield from _recursive_literals(context, graph.functions, seen)


def _recursive_literals(
    context: StackContext, functions: Iterable[CompiledFunction], seen: set[tuple[str, int]]
) -> Iterator[Finding]:
    """Closures that call themselves through their variable: an unknown call in object code."""
    literals: dict[str, dict[int, CompiledFunction]] = {}
    for function in functions:
        place = (function.file, function.line)
        if ".func" in function.name and function.unknown_calls and place not in seen:
            literals.setdefault(function.file, {})[function.line] = function
    for path, by_line in literals.items():
        file = context.sources(path)
        if file is None:
            continue
        for syntax, name in recursive_literals(file):
            compiled = by_line.get(syntax.span.line)
            if compiled is None or bounded_by(file, syntax, name) is not None:
                continue
            passed = compiled.frame_bytes + context.platform.call_bytes
            frame = PathFrame(name, compiled.frame_bytes, compiled.checks, passed)
            message = _recursion_message(context, (frame,))
            finding = _finding(context, Code.STACK_RECURSION, compiled, message)
            yield evolve(finding, span=syntax.name_span, subject=name)


def _recursion_message(context: StackContext, cycle: Sequence[PathFrame]) -> str:
    platform = context.platform
    limit = platform.effective_limit(context.max_stack)
    depth = max_depth(
        platform, cycle, used=platform.entry_bytes, size=platform.start_bytes, limit=limit
    )
    names = [_local(frame.function) for frame in cycle]
    round_bytes = size_text(sum(frame.passed_bytes for frame in cycle))
    if len(names) == 1:
        message = f"{names[0]} calls itself, {round_bytes} of stack each time"
    else:
        shown = names[:_SHOWN_IN_CYCLE] + ["…"] * (len(names) > _SHOWN_IN_CYCLE)
        message = f"{' → '.join([*shown, names[0]])} recurse, {round_bytes} of stack each round"
    if depth is not None:
        unit = "calls" if len(names) == 1 else "rounds"
        message += f": {size_text(limit)} are full after {count_text(depth)} {unit}"
    return message


def stack_limits(context: StackContext, functions: Iterable[CompiledFunction]) -> Iterator[Finding]:
    """`stack-limit`: constant ``debug.SetMaxStack`` arguments that are not what holds."""
    callers: dict[str, list[CompiledFunction]] = {}
    for function in functions:
        if any(call.target in _SET_MAX_STACK for call in function.calls):
            callers.setdefault(function.file, []).append(function)
    for path, inside in callers.items():
        file = context.sources(path)
        if file is None:
            continue
        for call in stack_limit_calls(file):
            if call.value is None:
                continue
            effective = context.platform.effective_limit(call.value)
            if effective == call.value:
                continue
            yield Finding(
                code=Code.STACK_LIMIT,
                span=call.argument_span,
                package=context.package,
                function=_enclosing(inside, call),
                message=_limit_message(context.platform, call.value, effective),
                bytes=effective,
                subject=call.argument,
            )


def _limit_message(platform: StackPlatform, value: int, effective: int) -> str:
    ceiling = 2 * platform.default_limit
    shown = f"{effective} bytes ({size_text(effective)})"
    if not 0 <= value <= ceiling:
        return (
            f"SetMaxStack({value}) works as {shown}: {ceiling} is the runtime's ceiling, and "
            "stacks have sizes that are powers of two"
        )
    if value < platform.start_bytes:
        return f"SetMaxStack({value}) is below the size of a new stack: {shown} are always there"
    return f"SetMaxStack({value}) works as {shown}: stacks have sizes that are powers of two"


def too_large(context: StackContext, heap: Iterable[Finding]) -> Iterator[Finding]:
    """`stack-too-large`: heap findings whose size alone keeps the value off the stack.

    Declared variables have one bound (128 KiB since Go 1.24, 10 MiB before), values without a
    name another (64 KiB). Parameters are always on the stack, whatever their size, so one that
    was moved has another reason.
    """
    bound = max_variable_bytes(context.go_version)
    for finding in heap:
        if finding.bytes is None or finding.callee is not None:
            continue
        if finding.code is Code.HEAP_VARIABLE:
            if finding.bytes <= bound or _is_parameter(context, finding):
                continue
            what, limit = finding.subject or "the variable", bound
            rule = f"variables above {size_text(bound)} ({bound} B) are moved to the heap"
        elif finding.code in _IMPLICIT:
            if finding.bytes <= MAX_IMPLICIT_BYTES or finding.runtime_call == "runtime.growslice":
                continue
            what, limit = finding.subject or "the value", MAX_IMPLICIT_BYTES
            rule = f"values without a name above {size_text(limit)} ({limit} B) go to the heap"
        else:
            continue
        message = f"{what} ({size_text(finding.bytes)}) is too large for the stack: {rule}"
        yield evolve(finding, code=Code.STACK_TOO_LARGE, message=message, fingerprint="")


def _is_parameter(context: StackContext, finding: Finding) -> bool:
    file = context.sources(finding.span.file)
    syntax = file.function_at(finding.span.line, finding.span.column) if file else None
    if syntax is None:
        return False
    return any(parameter.span.start == finding.span.start for parameter in syntax.parameters)


def _local(name: str) -> str:
    """A linker name as its own package writes it: ``(*Server).Serve``; others as they are."""
    folded = folded_name(name)
    return own_name(folded) or folded


def _enclosing(inside: Sequence[CompiledFunction], call: StackLimitCall) -> str:
    above = [function for function in inside if function.line <= call.span.line]
    nearest = max(above or inside, key=lambda function: function.line)
    return folded_name(nearest.name)


def _finding(
    context: StackContext, code: Code, function: CompiledFunction, message: str
) -> Finding:
    return Finding(
        code=code,
        span=_span(context, function),
        package=context.package,
        function=folded_name(function.name),
        message=message,
        bytes=function.frame_bytes,
        subject=_local(function.name),
    )


def _span(context: StackContext, function: CompiledFunction) -> Span:
    file = context.sources(function.file)
    if file is None:
        return Span(function.file, function.line, 1, function.line, 1)
    syntax = syntax_of(file, function)
    return syntax.name_span if syntax is not None else file.line_span(function.line)


def syntax_of(file: GoFile, function: CompiledFunction) -> FunctionSyntax | None:
    """The function as written; None for what the compiler made (wrappers of go statements)."""
    name = folded_name(function.name)
    if _MADE.search(name):
        return None
    declared = file.declaration_at(function.line)
    if declared is not None and name.endswith(f".{declared.name}"):
        return declared
    # All functions of the file are looked at for literals only: that walks its whole tree.
    here = [one for one in file.functions if one.is_literal and one.span.line == function.line]
    for one in here:
        if name.endswith(f".{one.name}"):
            return one
    # The name of a literal depends on its neighbours; alone on its line it is the one.
    return here[0] if len(here) == 1 and ".func" in name else None
