"""The join: allocation x reason x span -> findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from attrs import evolve, frozen

from golsp_mem.analysis.compiled import CompiledPackage
from golsp_mem.analysis.heap import wording
from golsp_mem.analysis.heap.asking import PackageFacts
from golsp_mem.analysis.heap.boxing import Operand, only_operand
from golsp_mem.analysis.heap.conditions import is_constant
from golsp_mem.analysis.heap.groups import Group, grouped
from golsp_mem.analysis.heap.identity import identity_of, standing_for
from golsp_mem.analysis.heap.lines import KnownLines, Lines
from golsp_mem.analysis.heap.matching import (
    bare_type,
    constant_length,
    is_closure,
    subject_of,
)
from golsp_mem.analysis.heap.nested import nested_reasons
from golsp_mem.analysis.heap.reasons import OF_CALLS, Reasons, code_of, of_inlined
from golsp_mem.analysis.heap.trail import Trail
from golsp_mem.analysis.heap.unallocated import unmatched_findings
from golsp_mem.analysis.heap.verdicts import Judging, Sources, repeats, test_copies
from golsp_mem.analysis.names import function_words, short_function
from golsp_mem.compiler.facts import size_class
from golsp_mem.compiler.objects.symbols import folded_name
from golsp_mem.compiler.rules import call_family
from golsp_mem.decisions import decided, listened_to
from golsp_mem.model import (
    Allocates,
    Allocation,
    Code,
    Finding,
    GoVersion,
    Message,
    MessageKind,
    Span,
)
from golsp_mem.source.places.constructs import VARIADIC
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.written import expression_at


def heap_findings(
    package: CompiledPackage,
    sources: Sources,
    go: GoVersion,
    trail: Trail | None = None,
    known: KnownLines | None = None,
) -> list[Finding]:
    """Findings of all allocations of a package, and "never" verdicts for what stays; in no
    order and without fingerprints (`numbered`).

    ``sources`` gives the syntax of a file, None when it cannot be read; ``trail`` is told what
    became of each call; ``known`` is what an earlier call for the same package has left.
    """
    groups = grouped(package)
    by_line: dict[tuple[str, int], list[Group]] = defaultdict(list)
    for group in groups:
        by_line[group.key.file, group.key.line].append(group)
    # Whoever listens wants to hear of all.
    lines = Lines(package, sources, None if listened_to() else known)
    of_lines = {place: lines.reasons(place, here) for place, here in by_line.items()}
    told = {key: why for reasons in of_lines.values() for key, why in reasons.messages.items()}
    nested = nested_reasons(package.messages, by_line, told, sources)
    judged: list[tuple[Group, Finding]] = []
    for place, here in by_line.items():
        inside = {one.key: nested[one.key] for one in here if one.key in nested}
        reasons = evolve(of_lines[place], nested=inside) if inside else of_lines[place]
        of_line = lines.findings(place, here, reasons, partial(_judged, go))
        judged += zip(here, of_line, strict=True)
    # Of those that read the same the first to run stands for the others.
    judged.sort(key=lambda one: one[0].allocation.offset)
    found = [finding for _, finding in judged]
    found += unmatched_findings(package, _spoken(found), sources)
    kept = standing_for(found)
    if trail is not None:
        trail.follow(package, [group for group, _ in judged], found, kept)
    return list({id(finding): finding for finding in kept.values()}.values())


def _judged(
    go: GoVersion,
    package: PackageFacts,
    here: Sequence[Group],
    reasons: Reasons,
    sources: Sources,
) -> list[Finding]:
    """The findings of the causes on one line."""
    return [_Judge(package, group, sources, go, here).finding(reasons) for group in here]


def _spoken(findings: Iterable[Finding]) -> set[Message]:
    return {finding.why for finding in findings if finding.why is not None}


@frozen
class _Judge:
    """What is said of one cause; ``here`` are all causes of its line."""

    package: PackageFacts
    group: Group
    sources: Sources
    go: GoVersion
    here: Sequence[Group]

    def finding(self, reasons: Reasons) -> Finding:
        group, key, allocation = self.group, self.group.key, self.group.allocation
        nested = reasons.nested.get(key)
        reason = reasons.messages.get(key, nested)
        file = self.sources(key.file)
        code = _code(allocation, reason, group, self.here, file, self.sources)
        own_reason = reason if reason and reason.position.file == key.file else None
        one_of = reasons.one_of.get(key, 0)
        named = own_reason is not None or self._is_alone(file, code)
        operand = reasons.operands.get(key)
        callee = group.callee or self._returned_by(own_reason)
        line = nested.position.line if nested else key.line
        span = (operand.span if operand else None) or _span(
            file, code, group, own_reason, line, callee, named=named and not one_of
        )
        judging = Judging(self.package, group, self.sources, self.go)
        written = judging.written(file, code, span, reason)
        size, class_ = self._sizes(reason, code)
        verdict, as_written, condition = judging.verdict(code, span, reason, written)
        if size == 0 or verdict is Allocates.NEVER:
            as_written, verdict, condition = Allocates.NEVER, Allocates.NEVER, None
        subject = self._told_subject(file, code, span, reason, operand, named=named)
        instance = group.only_instance
        type_ = allocation.type if len(group.types) == 1 else (instance.type if instance else None)
        decided(
            key.file, key.line, "%s in %s: %s, %s%s; %s", allocation.runtime_call, key.function,
            code, verdict, f" {condition}" if condition else "",
            f"-m: {reason.text}" if reason else "no -m line",
        )  # fmt: skip
        spoken = self._spoken_subject(file, code, span, subject)
        if code is Code.HEAP_VARIABLE and spoken and own_reason and not key.inner:
            spoken = of_inlined(self.package, own_reason, spoken)
        return Finding(
            code=code,
            span=span,
            package=self.package.import_path,
            function=key.function,
            message=wording.sentence(
                code,
                allocation,
                subject=spoken,
                callee=self._callee(callee),
                size=size,
                size_class=class_,
                one_of=one_of,
                verdict=verdict,
                known_hint=code is Code.HEAP_LITERAL or is_constant(written),
                stays=reason is not None and reason.kind is MessageKind.STAYS,
            ),
            allocates=verdict,
            condition=condition,
            type=wording.short_type(type_),
            bytes=size,
            size_class=class_,
            runtime_call=allocation.runtime_call,
            subject=subject,
            stack=allocation.stack,
            why=reason,
            callee=callee,
            bookkeeping=allocation.bookkeeping or key.file not in self.package.own_files,
            as_written=as_written,
            repeats=repeats(group, code, self.sources) or self._is_made_each_turn(file, code, span),
            identity=identity_of(file, code, span, subject),
            stays_in_tests=test_copies(self.package, group),
        )

    def _is_made_each_turn(self, file: GoFile | None, code: Code, span: Span) -> bool:
        is_variable = code is Code.HEAP_VARIABLE and file is not None
        return is_variable and file is not None and self.package.makes_anew(file, span)

    def _told_subject(
        self,
        file: GoFile | None,
        code: Code,
        span: Span,
        reason: Message | None,
        operand: Operand | None,
        *,
        named: bool,
    ) -> str | None:
        """What is allocated: the operand where the object tells which, else as the compiler
        says, in the words of the source."""
        subject = reason.subject if reason else _subject(file, code, span) if named else None
        if operand is not None and operand.text is not None:
            subject = operand.text
        elif reason is not None and wording.is_of_generic_code(reason.subject):
            subject = wording.in_source_words(reason.subject, _subject(file, code, span))
        if subject is None or code is Code.HEAP_VARIABLE:
            return subject
        if self.group.key.inner and wording.is_of_callee(subject):
            return self._in_callee(code)
        if subject == VARIADIC:
            return subject
        return subject if wording.is_speakable(subject) else _subject(file, code, span)

    def _callee(self, callee: str | None) -> str | None:
        """What was inlined into the line, in words."""
        if callee is None or not self.group.key.inner:
            return callee and function_words(callee, None, 0)
        frame = self.group.key.inner[-1]
        return function_words(frame.function, self.sources(frame.file), frame.line)

    def _returned_by(self, reason: Message | None) -> str | None:
        """The inlined function whose result is made where it is called."""
        if reason is None or self.group.key.inner or subject_of(reason) in OF_CALLS:
            return None
        if reason.position.line != self.group.key.line and self.group.level < (
            len(self.group.allocation.stack) - 1
        ):
            # The line is of what was inlined there.
            return None
        for message in self.package.said(reason.position.file, reason.position.line):
            if message.kind is MessageKind.INLINED and message.position == reason.position:
                return folded_name(message.subject)
        return None

    def _spoken_subject(
        self, file: GoFile | None, code: Code, span: Span, subject: str | None
    ) -> str | None:
        """The expression as it was written, where that is known and short: the compiler folds
        constants, adds types, and leaves out what stands in braces."""
        if subject is None or code not in _AS_WRITTEN or self.group.key.inner:
            return subject
        written = _subject(file, code, span) if span.line == span.end_line else None
        if self.group.allocation.code is Code.HEAP_MAP_INSERT:
            return written or subject
        if code in (Code.HEAP_LITERAL, Code.HEAP_NEW):
            return wording.typed_as_written(subject, written)
        return written or subject

    def _in_callee(self, code: Code) -> str | None:
        """The expression in the words of the inlined function, where its line leaves no doubt."""
        innermost = self.group.allocation.stack[0]
        file = self.sources(innermost.file)
        found = file.constructs(code, innermost.line) if file is not None else ()
        return found[0].text if len(found) == 1 else None

    def _is_alone(self, file: GoFile | None, code: Code) -> bool:
        """Whether the syntax of the line leaves no doubt which construct of the code it is."""
        key = self.group.key
        if file is None or key.inner:
            return False
        if code is Code.HEAP_BOXING:
            return only_operand(file, key.line) is not None
        found = file.constructs(code, key.line)
        surest = min((one.rank for one in found), default=0)
        # Any call may take variadic arguments.
        count = sum(one.rank == surest and one.subject != VARIADIC for one in found)
        same = sum(
            other.allocation.code is self.group.allocation.code and not other.key.inner
            for other in self.here
        )
        # Of objects nothing tells literals from variables.
        return count == 1 or (count == same > 0 and self.group.allocation.code is code)

    def _sizes(self, reason: Message | None, code: Code) -> tuple[int | None, int | None]:
        allocation = self.group.allocation
        if len(self.group.sizes) > 1:
            # It depends on the type arguments.
            instance = self.group.only_instance
            return (instance.bytes, instance.size_class) if instance else (None, None)
        if code is Code.HEAP_MAKE_SLICE and reason is not None:
            length = constant_length(reason)
            if length is not None and allocation.element_bytes is not None:
                size = length * allocation.element_bytes
                pointers = allocation.pointers is not False
                return size, size_class(size, pointers=pointers, goarch=self.go.goarch)
        return allocation.bytes, allocation.size_class


_AS_WRITTEN = frozenset(
    {
        *(Code.HEAP_BOXING, Code.HEAP_CONVERSION, Code.HEAP_CONCAT, Code.HEAP_MAKE_SLICE),
        *(Code.HEAP_LITERAL, Code.HEAP_NEW),
    }
)


def _code(
    allocation: Allocation,
    reason: Message | None,
    group: Group,
    here: Sequence[Group],
    file: GoFile | None,
    sources: Sources,
) -> Code:
    key = group.key
    if allocation.code is Code.HEAP_MAKE_MAP and reason is not None:
        return Code.HEAP_LITERAL if reason.subject.endswith("}") else Code.HEAP_MAKE_MAP
    if (
        allocation.code is Code.HEAP_MAP_INSERT
        and not key.inner
        and file is not None
        and _fills_literal(file, group, here)
    ):
        # A map literal of few entries is a series of inserts.
        return Code.HEAP_LITERAL
    if allocation.code is not Code.HEAP_OTHER or call_family(allocation.runtime_call) != "object":
        return allocation.code
    if is_closure(allocation):
        if reason is None and not key.inner and file is not None:
            # The compiler wraps the call of a go or defer statement in a closure of its own.
            for code in (Code.HEAP_GOROUTINE, Code.HEAP_DEFER):
                if file.constructs(code, key.line):
                    return code
        return Code.HEAP_CLOSURE
    if reason is not None:
        return code_of(reason, file)
    innermost = allocation.stack[0]
    inner_file = sources(innermost.file)
    if inner_file is not None:
        is_array = (allocation.type or "[").startswith("[")
        for code in (Code.HEAP_LITERAL, Code.HEAP_NEW, Code.HEAP_VARIABLE):
            found = inner_file.constructs(code, innermost.line)
            # Variadic arguments, which any call may take, are an array.
            if any(is_array or one.subject != VARIADIC for one in found):
                return code
    return Code.HEAP_OTHER


def _fills_literal(file: GoFile, group: Group, here: Sequence[Group]) -> bool:
    """Whether an insert is an entry of a map literal. Beside other inserts (``m[k] = map[…]…{}``)
    only the type can tell."""
    span = _map_literal(file, group)
    if span is None or not _inserts(file, group.key.line):
        return span is not None
    inserts = [one.allocation for one in here if one.allocation.code is Code.HEAP_MAP_INSERT]
    types = {one.type for one in inserts if not one.stack[1:]}
    written, have = expression_at(file, span).type, group.allocation.type
    if None in types or len(types) < 2 or written is None or have is None:
        return False
    return bare_type(written) == bare_type(have)


def _map_literal(file: GoFile, group: Group) -> Span | None:
    have = group.allocation.type
    return file.map_literal(group.key.line, bare_type(have) if have is not None else None)


def _inserts(file: GoFile, line: int) -> bool:
    """Whether something is assigned to an element on the line."""
    return any(one.rank == 0 for one in file.constructs(Code.HEAP_MAP_INSERT, line))


def _span(
    file: GoFile | None,
    code: Code,
    group: Group,
    reason: Message | None,
    line: int,
    callee: str | None,
    *,
    named: bool,
) -> Span:
    """Where the cause is written, on the ``line``; all of it where it is not ``named``."""
    key = group.key
    if file is None:
        start = reason.position.column if reason else 1
        return Span(key.file, line, start, line, start)
    column = reason.position.column if reason and reason.position.line == line else None
    if callee:
        span = file.call_span(line, short_function(callee), column)
        return span or file.line_span(line)
    if group.allocation.code is Code.HEAP_MAP_INSERT and code is Code.HEAP_LITERAL:
        return _map_literal(file, group) or file.line_span(line)
    if not named:
        return file.line_span(line)
    subject = reason.subject if reason else None
    if code is Code.HEAP_BOXING and reason is None:
        return only_operand(file, line) or file.line_span(line)
    nth = 0 if reason else key.ordinal
    return file.locate(code, line, column, subject, nth) or file.line_span(line)


def _subject(file: GoFile | None, code: Code, span: Span) -> str | None:
    if file is None:
        return None
    for construct in file.constructs(code, span.line):
        if construct.span == span:
            return construct.subject or construct.text
    return None
