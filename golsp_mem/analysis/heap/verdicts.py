"""Whether a cause allocates, on which conditions: of the runtime function, of the way to it through
what was inlined, and of the copies that its function was compiled into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from attrs import evolve, frozen

from golsp_mem.analysis.compiled import TEST_SUFFIX, Copy
from golsp_mem.analysis.heap import wording
from golsp_mem.analysis.heap.asking import PackageFacts
from golsp_mem.analysis.heap.conditions import NEVER, Written, fate_of
from golsp_mem.analysis.heap.conditions import condition as condition_of
from golsp_mem.analysis.heap.groups import Group
from golsp_mem.analysis.heap.guards import deciding
from golsp_mem.analysis.heap.matching import Subject, bare_type, make_arguments, subject_of
from golsp_mem.analysis.names import function_words, short_function
from golsp_mem.compiler.facts import minor_of
from golsp_mem.compiler.objects.symbols import own_name
from golsp_mem.model import (
    Allocates,
    Boxed,
    Code,
    GoVersion,
    Message,
    MessageKind,
    Span,
    StackFrame,
)
from golsp_mem.source.flow.flowgraph import in_loop
from golsp_mem.source.flow.never_nil import is_never_nil
from golsp_mem.source.lengths import is_filled, longest
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.written import expression_at

Sources = Callable[[str], GoFile | None]


@frozen
class Judging:
    """One cause that is judged: what the source says of it (`written`), and the `verdict`."""

    package: PackageFacts
    group: Group
    sources: Sources
    go: GoVersion

    def written(
        self, file: GoFile | None, code: Code, span: Span, reason: Message | None
    ) -> Written:
        """What the source, or the compiler's words where it folded constants, say."""
        key = self.group.key
        innermost = self.group.allocation.stack[0]
        if key.inner:
            file = self.sources(innermost.file)
            place = file.locate(code, innermost.line) if file is not None else None
            if file is None or place is None or len(file.constructs(code, innermost.line)) != 1:
                return Written()
            span = place
        if file is None:
            return Written()
        expression = expression_at(file, span)
        arguments = expression.arguments
        if reason is not None and code in (Code.HEAP_MAKE_SLICE, Code.HEAP_MAKE_MAP):
            printed = make_arguments(reason.subject)
            arguments = printed or arguments
        operand = reason.subject if reason is not None else None
        entries = expression.entries if code is Code.HEAP_LITERAL else None
        return Written(
            expression.literals,
            operand,
            arguments,
            expression.spread,
            expression.first,
            entries,
            expression.terms,
            code is Code.HEAP_BOXING and is_never_nil(file, span),
            longest(file, span) if code is Code.HEAP_CONVERSION else None,
            is_filled(file, span) if code is Code.HEAP_BOXING else None,
            code is Code.HEAP_APPEND
            and any(self.package.moves_slices(site.copy_at[-1]) for site in self.group.sites),
        )

    def _map_stays(self, literal: Span) -> dict[Copy, bool | None]:
        """What ``-m`` says of a map literal in each copy of its function, at the place of the
        outermost call where that was inlined; None where it is silent, or says both, as of
        generic code."""
        stays: dict[Copy, bool | None] = {}
        for site in self.group.sites:
            stack = site.allocation.stack
            if len(stack) - 1 > self.group.level:
                kinds = self._said_of_type(stack[-1], site.allocation.type or "")
            else:
                kinds = self._said_of(literal)
            known = len(kinds) == 1 and kinds <= {MessageKind.STAYS, MessageKind.ESCAPES}
            stays[site.copy_at[self.group.level]] = MessageKind.STAYS in kinds if known else None
        return stays

    def _said_of(self, literal: Span) -> set[MessageKind]:
        """What is said of the literal at a place."""
        file = self.sources(literal.file)
        return {
            message.kind
            for message in self.package.said(literal.file, literal.line)
            if subject_of(message) is Subject.LITERAL
            and file is not None
            and file.locate(
                Code.HEAP_LITERAL, literal.line, message.position.column, message.subject
            )
            == literal
        }

    def _said_of_type(self, call: StackFrame, type_: str) -> set[MessageKind]:
        """What is said of literals of a type where the outermost call stands."""
        return {
            message.kind
            for message in self.package.said(call.file, call.line)
            if subject_of(message) is Subject.LITERAL
            and bare_type(message.subject.partition("{")[0]) == bare_type(type_)
        }

    def verdict(
        self, code: Code, span: Span, reason: Message | None, written: Written
    ) -> tuple[Allocates, Allocates, str | None]:
        """Verdict, what it is without other functions' doing, and the condition in words."""
        group = self.group
        conditions = []
        stays = None if reason is None else reason.kind is MessageKind.STAYS
        kept: set[Copy] = set()
        if written.entries and not group.key.inner:
            said = self._map_stays(span)
            stays = None if None in said.values() else all(said.values())
            kept = {copy for copy, one in said.items() if one} if stays is False else set()
        fate = fate_of(group.buffered, stays)
        allocation = group.allocation
        if len(group.boxed) > 1 and None not in group.boxed:
            allocation = evolve(allocation, boxed=Boxed.BITS)
        if len(group.lengths) > 1:
            allocation = evolve(allocation, length=None)
        own = condition_of(allocation, fate, stays, written, minor_of(self.go.version))
        if own == NEVER:
            return Allocates.NEVER, Allocates.NEVER, None
        if code is Code.HEAP_MAKE_SLICE and allocation.runtime_call == "runtime.mallocgc":
            # walk's OMAKESLICECOPY: memory of a size that only the run time knows.
            sized = allocation.bytes is not None or written.arguments[-1:] == ()
            own = None if sized or written.arguments[-1].isdigit() else "when the length is above 0"
        if own:
            conditions.append(own)
        path = list(_path_conditions(group, code, span, self.sources))
        if NEVER in path:
            return Allocates.NEVER, Allocates.NEVER, None
        conditions += path
        as_written, _ = wording.combined(conditions)
        conditions += _copy_conditions(self.package, group, self.sources, kept)
        verdict, text = wording.combined(conditions)
        return verdict, as_written, text


def test_copies(package: PackageFacts, group: Group) -> int:
    """How many copies of a function that were inlined into tests keep the object off the heap."""
    if group.key.file.endswith(TEST_SUFFIX):
        return 0
    inlined = package.places_of(own_name(group.key.function))
    vanished = sum(place[0].endswith(TEST_SUFFIX) for place in group.lacks(inlined))
    kept = sum(package.file_of(copy).endswith(TEST_SUFFIX) for copy in group.copies)
    compiled = 0 if group.key.inner else package.copies_in_tests(group.key.function)
    return max(0, max(compiled, kept + vanished) - kept)


def repeats(group: Group, code: Code, sources: Sources) -> bool:
    """Whether the allocation is, or may be, in a loop of what was inlined into the line."""
    for level, frame in enumerate(group.key.inner):
        file = sources(frame.file)
        if file is None:
            return True
        if in_loop(file, frame.line, _inner_span(group, code, level, file)):
            return True
    return False


def _inner_span(group: Group, code: Code, level: int, file: GoFile) -> Span | None:
    """Where in an inlined callee, whose file it is, the way to the allocation leads on."""
    line = group.key.inner[level].line
    if level == 0:
        return file.locate(code, line)
    callee = short_function(group.key.inner[level - 1].function)
    return file.call_span(line, callee)


def _path_conditions(group: Group, code: Code, span: Span, sources: Sources) -> Iterator[str]:
    """What decides inside inlined callees, and on the line itself, whether the call is reached."""
    inner = group.key.inner
    for level, frame in enumerate(inner):
        file = sources(frame.file)
        if file is None:
            callee = function_words(frame.function, file, frame.line)
            yield f"when {callee} gets there (its source is not here)"
            return
        written = file.guards(frame.line, _inner_span(group, code, level, file))
        guards = deciding(written, group.lines.get(level))
        special = wording.known_guard(frame.function, group.key.file, span, sources)
        if special is not None:
            yield from special
            return
        if guards:
            callee = function_words(frame.function, file, frame.line)
            yield from (wording.guard_words(guard, callee) for guard in guards)
            return
    file = sources(group.key.file)
    if file is not None:
        for guard in file.guards(span.line, span):
            on_line = guard.kind in _DECIDES_ON_LINE and guard.line == span.line
            if guard.kind == "short-circuit" or on_line:
                yield wording.guard_words(guard, None)
                return


# The step of a loop, values of a case, bodies in one line: the line may run without them.
_DECIDES_ON_LINE = ("if", "else", "case", "select", "loop")


def _copy_conditions(
    package: PackageFacts, group: Group, sources: Sources, kept: Set[Copy]
) -> Iterator[str]:
    """Where a function's body was compiled more than once and only some copies allocate: not those
    that have ``kept`` on the stack what the call fills."""
    key = group.key
    in_tests = key.file.endswith(TEST_SUFFIX)

    def counts(caller: str) -> bool:
        # What tests do with it is nothing that the build does.
        return in_tests or not caller.endswith(TEST_SUFFIX)

    # A copy that keeps nothing on the heap may leave no code at all: only -m tells of it.
    inlined = package.places_of(own_name(key.function))
    vanished = {place for place in group.lacks(inlined) if counts(place[0])}
    # What was inlined here may have been called instead in a copy: that allocates all the same.
    compiled = 0 if key.inner else package.copies_of(key.function, tests=in_tests)
    present = {copy for copy in group.copies if counts(package.file_of(copy))}
    copies = present - kept
    total = max(compiled, len(present) + len(vanished))
    if copies and len(copies) < total:
        function = function_words(key.function, sources(key.file), key.line)
        yield f"in {len(copies)} of the {total} places that {function} was compiled into"
