"""Messages that no allocation on their line answers to: merged into a neighbour's, or none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator

from golsp_mem.analysis.compiled import CompiledPackage
from golsp_mem.analysis.heap.matching import OBJECT_CODES, TYPED_CONSTANT, Subject, fit, subject_of
from golsp_mem.analysis.heap.reasons import code_of, of_inlined
from golsp_mem.analysis.heap.wording import is_speakable, variable_words
from golsp_mem.model import (
    Allocates,
    Allocation,
    Code,
    Finding,
    Message,
    MessageKind,
    Span,
    StackFrame,
)
from golsp_mem.source.places.candidate import NUMBER_TYPES
from golsp_mem.source.syntax import GoFile

_NUMBER = re.compile(rf"(?:{'|'.join(sorted(NUMBER_TYPES))})\(")
_CODES = {
    **OBJECT_CODES,
    Subject.CLOSURE: Code.HEAP_CLOSURE,
    Subject.APPEND: Code.HEAP_APPEND,
    Subject.MAKE_MAP: Code.HEAP_MAKE_MAP,
    Subject.MAKE_CHAN: Code.HEAP_MAKE_CHAN,
    Subject.CONCAT: Code.HEAP_CONCAT,
    Subject.CONVERSION: Code.HEAP_CONVERSION,
}


def unmatched_findings(
    package: CompiledPackage,
    spoken: Collection[Message],
    sources: Callable[[str], GoFile | None],
) -> Iterator[Finding]:
    """What to say of "escapes" and "moved" lines beyond ``spoken``, those that have a finding.

    Since Go 1.25 the compiler merges neighbouring objects without pointers into one block
    (a call of mallocgc without a type): a variable of the same function that has no block of its
    own lies in that one. What is left allocates nothing.
    """
    touched: dict[tuple[str, int], list[Allocation]] = defaultdict(list)
    merged: dict[str, list[Allocation]] = defaultdict(list)
    for site in package.sites:
        allocation = site.allocation
        for frame in allocation.stack:
            touched[frame.file, frame.line].append(allocation)
        if allocation.type is None and allocation.runtime_call.startswith("runtime.mallocgc"):
            merged[allocation.stack[0].file].append(allocation)
    for place, messages in package.messages.items():
        if place[0] not in package.own_files:
            continue
        file = sources(place[0])
        for message in messages:
            if message in spoken or message.kind not in (MessageKind.ESCAPES, MessageKind.MOVED):
                continue
            block = _block_of(message, merged.get(place[0], ()), file)
            if block is not None and file is not None:
                yield _in_block(package, message, block, file)
            elif not any(
                fit(message, allocation) or allocation.bytes is None or allocation.type is None
                for allocation in touched.get(place, ())
            ):
                yield _never(package, message, file)


def _block_of(
    message: Message, blocks: Collection[Allocation], file: GoFile | None
) -> Allocation | None:
    """The merged block in the message's own function; None for what cannot be merged."""
    if message.kind is not MessageKind.MOVED or file is None:
        return None
    position = message.position
    function = file.function_at(position.line, position.column)
    for block in blocks:
        other = file.function_at(block.stack[0].line)
        if function is not None and other is not None:
            inside = function.span.line <= block.stack[0].line <= function.span.end_line
            if inside and (other.span == function.span or block.stack[0].line == position.line):
                return block
    return None


def _in_block(
    package: CompiledPackage, message: Message, block: Allocation, file: GoFile
) -> Finding:
    frame = block.stack[0]
    size = f"{block.bytes} B" if block.bytes is not None else "one block"
    code = code_of(message, file)
    span = _span(message, code, file)
    named = next((one.text for one in file.constructs(code, span.line) if one.span == span), None)
    name = of_inlined(package, message, message.subject)
    what = named if code is Code.HEAP_NEW and named else variable_words(name, None)
    return Finding(
        code=code,
        span=span,
        package=package.import_path,
        function=frame.function,
        message=f"{what} lives on the heap, in the block of its neighbours "
        f"that line {frame.line} allocates ({size})",
        allocates=Allocates.ALWAYS,
        bytes=block.bytes,
        size_class=block.size_class,
        runtime_call=block.runtime_call,
        subject=message.subject,
        stack=block.stack,
        why=message,
    )


def _never(package: CompiledPackage, message: Message, file: GoFile | None) -> Finding:
    code = _CODES.get(subject_of(message), Code.HEAP_BOXING)
    number = TYPED_CONSTANT.fullmatch(message.subject) and '"' not in message.subject
    if number or _NUMBER.match(message.subject):
        # The conversion itself costs nothing: its result becomes an interface value.
        code = Code.HEAP_BOXING
    position = message.position
    speakable = is_speakable(message.subject.removeprefix("... argument"))
    said = f"“{message.text}”" if speakable else "that a value without a name escapes to heap"
    declaration = file.declaration_at(position.line) if file else None
    function = f"{package.import_path}.{declaration.name}" if declaration else ""
    return Finding(
        code=code,
        span=_span(message, code, file),
        package=package.import_path,
        function=function,
        message=f"the compiler says {said}, but the object file allocates nothing here",
        allocates=Allocates.NEVER,
        subject=message.subject if speakable else None,
        stack=(StackFrame(function, position.file, position.line),),
        why=message,
    )


def _span(message: Message, code: Code, file: GoFile | None) -> Span:
    at = message.position
    if file is None:
        return Span(at.file, at.line, at.column, at.line, at.column)
    return file.locate(code, at.line, at.column, message.subject) or file.line_span(at.line)
