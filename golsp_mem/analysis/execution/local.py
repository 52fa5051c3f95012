"""One package: when its findings and its calls run within the functions around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePath

from attrs import evolve

from golsp_mem.analysis.compiled import CompiledPackage
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


def with_executions(
    package: CompiledPackage, findings: Iterable[Finding], sources: Sources
) -> list[Finding]:
    """The findings with when they run; ``sources`` gives the syntax of a file."""
    reader = _Reader(package, sources)
    local = [reader.placed(finding) for finding in findings]
    return Contexts(
        reader.starts(), reader.functions, reader.open_functions(), reader.calls()
    ).applied(local)


class _Reader:
    """What the text of one package says, function by function."""

    def __init__(self, package: CompiledPackage, sources: Sources) -> None:
        self._package = package
        # Parsed once for all of its questions, however many files there are.
        self._files = {
            path: file for path in sorted(package.own_files) if (file := sources(path)) is not None
        }
        self._finder = ExecutionFinder(PackageFunctions(tuple(self._files.values())))
        self.functions = frozenset(self._key(name) for name in package.functions)

    def placed(self, finding: Finding) -> Finding:
        """The finding with when it runs within one call of the function around it."""
        span = finding.span
        file = self._files.get(span.file)
        if file is None:
            return finding
        anew = finding.code is Code.HEAP_VARIABLE and self._package.makes_anew(file, span)
        local = _tested(span.file, self._finder.of(file, span, made_anew=anew))
        return evolve(
            finding,
            owner=self._owner(file, span.line),
            execution=local,
            fate=_fate(file, finding) if finding.code.speaks_of_heap else None,
        )

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
            file = self._files[one.file]
            caller, callee = self._owner(file, one.line), self._key(one.callee)
            found += [CallSite(caller, callee, execution) for execution in self._executions(one)]
        return tuple(found)

    @cached_property
    def _references(self) -> Sequence[Reference]:
        every = dict.fromkeys((*self._package.references, *self._inlined()))
        return [one for one in every if one.file in self._files]

    def _inlined(self) -> Iterator[Reference]:
        """Calls that were inlined, and of which no code may be left: only -m tells of those."""
        prefix = self._package.import_path.rpartition("/")[2]
        for (path, line), messages in self._package.messages.items():
            file = self._files.get(path)
            for message in messages:
                if message.kind is not MessageKind.INLINED or file is None:
                    continue
                own = folded_name(message.subject.removeprefix(f"{prefix}."))
                package = COMMAND if self._is_command else self._package.import_path
                callee = f"{package}.{own}"
                # The line may be that of another call, into which this one was inlined before.
                if is_literal(callee) or callee not in self._symbols:
                    continue
                if file.call_span(line, _last(callee)) is not None:
                    yield Reference(callee, path, line, True)

    @cached_property
    def _symbols(self) -> frozenset[str]:
        return frozenset(folded_name(name) for name in self._package.functions)

    @cached_property
    def _is_command(self) -> bool:
        return any(package_name(file) == COMMAND for file in self._files.values())

    def _key(self, symbol: str) -> str:
        return function_key(symbol, self._package.import_path)

    def _executions(self, one: Reference) -> Sequence[Execution]:
        file = self._files[one.file]
        name = _last(one.callee)
        if not one.is_call:
            found = self._finder.of_references(file, one.line, name)
        else:
            span = file.call_span(one.line, name)
            if span is None:
                # A call that the compiler made: of a method behind its wrapper, by range-over-func.
                span = file.line_span(one.line)
            found = [self._finder.of(file, span)]
        return [_tested(one.file, execution) for execution in found]

    def open_functions(self) -> frozenset[str]:
        """The package's functions that others may call than those in `calls`."""
        package = self._package
        values = [one for one in self._references if not one.is_call]
        found = {self._key(one.callee) for one in values if not self._executions(one)}
        seen = {one.callee for one in values}
        found |= {self._key(name) for name in package.function_values - seen}
        for file in self._files.values():
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
