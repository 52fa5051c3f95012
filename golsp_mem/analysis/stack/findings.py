"""The findings about stacks: large frames, variables too large for one, recursion, limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve

from golsp_mem.analysis.sizes import size_text
from golsp_mem.analysis.stack.context import (
    StackContext,
    finding_of,
    own_functions,
    spoken_name,
    with_wrappers,
)
from golsp_mem.analysis.stack.growth import PathFrame, grow_along
from golsp_mem.analysis.stack.limits import SET_MAX_STACK, StackLimitCall, stack_limit_calls
from golsp_mem.analysis.stack.recursion.recursive import recursions
from golsp_mem.compiler.objects.calls import CompiledFunction
from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.compiler.stackfacts import (
    MAX_IMPLICIT_BYTES,
    StackPlatform,
    max_variable_bytes,
)
from golsp_mem.model import Code, Finding

_IMPLICIT = frozenset({Code.HEAP_NEW, Code.HEAP_LITERAL, Code.HEAP_MAKE_SLICE})


def stack_findings(
    context: StackContext, functions: Iterable[CompiledFunction], heap: Sequence[Finding] = ()
) -> list[Finding]:
    """All findings about the stack in one package, in no order and without fingerprints.

    ``functions`` are those of the package's archives (test variants too), ``heap`` the heap
    findings of the same run, of which those that are too large for a stack get a second one.
    """
    functions = tuple(functions)
    own = own_functions(context, functions)
    return [
        *large_frames(context, own),
        *recursions(context, with_wrappers(context, functions)),
        *stack_limits(context, own),
        *too_large(context, heap),
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
        message = f"the stack frame of {spoken_name(context, function.name, function)} takes "
        message += size_text(function.frame_bytes)
        if growths:
            message += (
                f": a new goroutine's stack grows from {size_text(platform.start_bytes)} to "
                f"{size_text(growths[-1].new_bytes)} when it is called"
            )
        yield finding_of(context, Code.STACK_LARGE_FRAME, function, message)


def stack_limits(context: StackContext, functions: Iterable[CompiledFunction]) -> Iterator[Finding]:
    """`stack-limit`: constant ``debug.SetMaxStack`` arguments that are not what holds."""
    callers: dict[str, list[CompiledFunction]] = {}
    for function in functions:
        if any(call.target in SET_MAX_STACK for call in function.calls):
            callers.setdefault(function.file, []).append(function)
    for path, inside in callers.items():
        file = context.sources(path)
        if file is None:
            continue
        beside = [one for name in sorted(context.own_files) if (one := context.sources(name))]
        for call in stack_limit_calls(file, beside, context.platform.pointer_bytes):
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
                message=_limit_message(context.platform, call, effective),
                bytes=effective,
                subject=call.argument,
            )


def _limit_message(platform: StackPlatform, call: StackLimitCall, effective: int) -> str:
    text = _limit_text(platform, call.value or 0, effective)
    return text if call.flag is None else f"{text}; it is the default of the flag -{call.flag}"


def _limit_text(platform: StackPlatform, value: int, effective: int) -> str:
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


def _enclosing(inside: Sequence[CompiledFunction], call: StackLimitCall) -> str:
    above = [function for function in inside if function.line <= call.span.line]
    nearest = max(above or inside, key=lambda function: function.line)
    return folded_name(nearest.name)
