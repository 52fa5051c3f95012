"""One package: when its findings and its calls run within the functions around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePath
from typing import cast

from attrs import evolve

from golsp_mem.analysis.again import Noting, Unnoted
from golsp_mem.analysis.compiled import CompiledPackage
from golsp_mem.analysis.execution.again import Calls, KnownExecutions, NotedFunctions
from golsp_mem.analysis.execution.contexts import CallSite, Contexts
from golsp_mem.compiler.objects.callsites import (
    COMMAND,
    Reference,
    function_key,
    is_literal,
    package_of,
)
from golsp_mem.compiler.objects.symbols import folded_name, own_name
from golsp_mem.model import (
    Code,
    Execution,
    Fate,
    FateKind,
    Finding,
    MessageKind,
    PathKind,
    Span,
)
from golsp_mem.source.flow.execution import ExecutionFinder, within
from golsp_mem.source.flow.fates import fate_of
from golsp_mem.source.flow.outcomes import PackageFunctions
from golsp_mem.source.package import package_name
from golsp_mem.source.syntax import GoFile

Sources = Callable[[str], GoFile | None]
# Methods that the standard library calls through interfaces, or by reflection.
_CALLED_BY_INTERFACE = frozenset(
    {
        *("String", "GoString", "Error", "Format", "Unwrap", "Is", "As", "Timeout", "Temporary"),
        *("Read", "Write", "Close", "Seek", "ReadFrom", "WriteTo", "ReadByte", "WriteByte"),
        *("ReadAt", "WriteAt", "WriteString", "ReadRune", "Len", "Less", "Swap", "Push", "Pop"),
        *("MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "MarshalBinary"),
        *("UnmarshalBinary", "AppendText", "AppendBinary", "Scan", "Value", "ServeHTTP"),
        *("RoundTrip", "Lock", "Unlock", "Next", "Set", "Get", "Name", "Size", "Mode", "ModTime"),
    }
)
# Names that the linker or C code may know (cmd/compile: pragmas linkname and cgo's export).
_NAMED_OUTSIDE = re.compile(rb"^//(?:go:linkname|export)[ \t]+(\w+)", re.MULTILINE)

# The regular expression looks at every line.
_NAMING = (b"//go:linkname", b"//export")


def with_executions(
    package: CompiledPackage,
    findings: Iterable[Finding],
    sources: Sources,
    known: KnownExecutions | None = None,
) -> list[Finding]:
    """The findings with when they run; ``sources`` gives the syntax of a file, ``known`` is what an
    earlier call for the same package has left."""
    reader = _Reader(package, sources, known or KnownExecutions.once())
    seen: Counter[tuple[Span, Code]] = Counter()
    local = []
    for finding in findings:
        place = (finding.span, finding.code)
        local.append(reader.placed(finding, seen[place]))
        seen[place] += 1
    contexts = Contexts(reader.starts(), reader.functions, reader.open_functions(), reader.calls())
    return reader.applied(contexts, local)


class _Reader:
    """What the text of one package says, function by function."""

    def __init__(self, package: CompiledPackage, sources: Sources, known: KnownExecutions) -> None:
        self._package = package
        self._known = known
        # Parsed once for all of its questions, however many files there are.
        self._files = {
            path: file for path in sorted(package.own_files) if (file := sources(path)) is not None
        }
        self._functions = PackageFunctions(tuple(self._files.values()), known.verdicts)
        known.verdicts = self._functions.verdicts
        self.functions = frozenset(self._key(name) for name in package.functions)

    def placed(self, finding: Finding, nth: int) -> Finding:
        """The finding, the ``nth`` of its code at its place, with when it runs within one call of
        the function around it."""
        span = finding.span
        if span.file not in self._files:
            return finding

        def work(noting: Noting) -> Finding:
            file = noting.parts(span.file)
            assert file is not None
            # By the language of go.mod, which is one plan's.
            anew = finding.code is Code.HEAP_VARIABLE and self._package.makes_anew(file, span)
            return evolve(
                finding,
                owner=self._owner(file, span.line),
                execution=_tested(span.file, _finder(noting).of(file, span, made_anew=anew)),
                fate=_fate(file, finding) if finding.code.speaks_of_heap else None,
            )

        key = (span, finding.code, nth)
        return self._known.findings.of(key, finding, self._functions, self._files.get, work)

    def applied(self, contexts: Contexts, findings: Sequence[Finding]) -> list[Finding]:
        """The findings with what their functions' callers say of when they run."""
        before, now = self._known.applied, {}
        for finding in findings:
            execution = contexts.applied(finding)
            known = before.get(id(finding))
            if known is None or known[0] is not finding or known[1].execution != execution:
                known = (finding, evolve(finding, execution=execution))
            now[id(finding)] = known
        self._known.applied = now
        return [now[id(finding)][1] for finding in findings]

    def _owner(self, file: GoFile, line: int) -> str:
        return owner_of(self._package.import_path, file, line)

    def starts(self) -> frozenset[str]:
        """What the runtime calls once: initialisers, and the main function of a command."""
        path = self._package.import_path
        main = {f"{path}.main"} if self._is_command else set()
        return frozenset({f"{path}.init", f"{path}_test.init", *main})

    def calls(self) -> tuple[CallSite, ...]:
        """The calls of the package's functions in its own code."""
        found = []
        for one in self._references:
            callee, calls = self._key(one.callee), self._calls(one)
            found += [CallSite(calls.owner, callee, each) for each in calls.executions]
        return tuple(found)

    @cached_property
    def _references(self) -> Sequence[Reference]:
        every = dict.fromkeys((*self._package.references, *self._inlined()))
        return [one for one in every if one.file in self._files]

    def _inlined(self) -> Iterator[Reference]:
        """Calls that were inlined, and of which no code may be left: only -m tells of those."""
        prefix = self._package.import_path.rpartition("/")[2]
        package = COMMAND if self._is_command else self._package.import_path
        for (path, line), messages in self._package.messages.items():
            if path not in self._files:
                continue
            callees = []
            for message in messages:
                if message.kind is MessageKind.INLINED:
                    own = folded_name(message.subject.removeprefix(f"{prefix}."))
                    callee = f"{package}.{own}"
                    if not is_literal(callee) and callee in self._symbols:
                        callees.append(callee)
            if callees:
                for callee in self._called(path, line, tuple(callees)):
                    yield Reference(callee, path, line, True)

    def _called(self, path: str, line: int, callees: tuple[str, ...]) -> tuple[str, ...]:
        """Those that the line calls: it may be that of another call, into which one of them was
        inlined before."""

        def work(noting: Noting) -> tuple[str, ...]:
            file = noting.parts(path)
            assert file is not None
            return tuple([one for one in callees if file.call_span(line, _last(one)) is not None])

        return self._known.inlined.of((path, line), callees, None, self._files.get, work)

    @cached_property
    def _symbols(self) -> frozenset[str]:
        return frozenset(folded_name(name) for name in self._package.functions)

    @cached_property
    def _is_command(self) -> bool:
        return any(package_name(file) == COMMAND for file in self._files.values())

    def _key(self, symbol: str) -> str:
        return function_key(symbol, self._package.import_path)

    def _calls(self, one: Reference) -> Calls:
        """What a reference calls, and when."""

        def work(noting: Noting) -> Calls:
            file = noting.parts(one.file)
            assert file is not None
            found = self._executions(file, one, _finder(noting))
            executions = tuple([_tested(one.file, execution) for execution in found])
            return Calls(self._owner(file, one.line), executions)

        return self._known.references.of(one, None, self._functions, self._files.get, work)

    def _executions(
        self, file: GoFile, one: Reference, finder: ExecutionFinder
    ) -> Sequence[Execution]:
        name = _last(one.callee)
        if not one.is_call:
            return finder.of_references(file, one.line, name)
        # A call that the compiler made: of a method behind its wrapper, by range-over-func.
        span = file.call_span(one.line, name) or file.line_span(one.line)
        return [finder.of(file, span)]

    def open_functions(self) -> frozenset[str]:
        """The package's functions that others may call than those in `calls`."""
        package = self._package
        values = [one for one in self._references if not one.is_call]
        found = {self._key(one.callee) for one in values if not self._calls(one).executions}
        seen = {one.callee for one in values}
        found |= {self._key(name) for name in package.function_values - seen}
        for file in self._files.values():
            if any(directive in file.text for directive in _NAMING):
                named = _NAMED_OUTSIDE.finditer(file.text)
                found |= {f"{package.import_path}.{match[1].decode()}" for match in named}
        found |= {self._key(name) for name in package.functions if self._is_open(name)}
        return frozenset(found)

    def _is_open(self, symbol: str) -> bool:
        receiver, _, method = own_name(folded_name(symbol)).rpartition(".")
        if method[:1].isupper() and package_of(symbol) != COMMAND:
            return True
        if not receiver:
            return False
        type_ = f"{package_of(symbol)}.{receiver.strip('(*)')}"
        return method in _CALLED_BY_INTERFACE or type_ in self._package.converted_types


def owner_of(import_path: str, file: GoFile, line: int) -> str:
    """The declared function on a line; variables of the package are initialised by init."""
    written = file.declaration_at(line)
    name = written.name if written is not None else "init"
    path = import_path
    if package_name(file).endswith("_test"):
        path += "_test"
    return f"{path}.{'init' if name.startswith('init.') else name}"


def _finder(noting: Noting) -> ExecutionFinder:
    if isinstance(noting, Unnoted):
        return ExecutionFinder(cast("PackageFunctions", noting.facts))
    return ExecutionFinder(NotedFunctions(noting))


def _fate(file: GoFile, finding: Finding) -> Fate | None:
    if finding.code is Code.STACK_TOO_LARGE:
        return Fate(FateKind.TOO_LARGE)
    if finding.why is not None and finding.why.kind is MessageKind.STAYS:
        return Fate(FateKind.SCRATCH)
    # Of what an inlined callee makes, the line shows no more than the call.
    return fate_of(file, finding.span)


def _last(function: str) -> str:
    """The last identifier of a function's name."""
    return own_name(function).replace("[...]", "").rpartition(".")[2]


def _tested(file: str, execution: Execution) -> Execution:
    if not PurePath(file).name.endswith("_test.go"):
        return execution
    return within(Execution(PathKind.TEST), execution)
