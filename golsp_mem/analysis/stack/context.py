"""What the findings about stacks share: the package that they are about, its functions, places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from attrs import evolve, field, frozen

from golsp_mem.analysis.names import function_words
from golsp_mem.analysis.stack.callgraph import CallGraph
from golsp_mem.analysis.stack.limits import ProgramLimit
from golsp_mem.analysis.stack.reached.maybe import KnownCalls
from golsp_mem.compiler.objects.calls import CompiledFunction
from golsp_mem.compiler.objects.callsites import is_literal
from golsp_mem.compiler.objects.symbols import folded_name, own_name
from golsp_mem.compiler.stackfacts import StackPlatform
from golsp_mem.model import Code, Finding, Span
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.syntax import GoFile

Sources = Callable[[str], GoFile | None]

_MADE = re.compile(r"\.(gowrap|deferwrap)\d+$")


@frozen
class StackContext:
    """What the findings of one package need to know.

    ``go_version`` is GOVERSION, ``limit`` what the program sets itself, ``resolve`` turns an object
    file's file name into a path of this machine, and ``sources`` gives a file's syntax (None when
    it cannot be read). ``stays`` says whether a value at a place (file, line, column) does not
    escape (None: nobody knows). ``known`` is what an earlier look at the same package has left,
    ``foreign`` gives the functions of another package that ask for methods.
    """

    package: str
    own_files: frozenset[str]
    platform: StackPlatform
    go_version: str
    large_frame_bytes: int
    sources: Sources
    resolve: Callable[[str], str] = str
    limit: ProgramLimit = field(factory=ProgramLimit)
    known: KnownCalls = field(factory=KnownCalls)
    stays: Callable[[str, int, int], bool] | None = None
    foreign: Callable[[str], CallGraph | None] = lambda _: None


def own_functions(
    context: StackContext, functions: Iterable[CompiledFunction]
) -> list[CompiledFunction]:
    """The functions that the package's files declare, their files as paths."""
    return [
        _in(file, function)
        for function in functions
        if not function.is_wrapper and (file := context.resolve(function.file)) in context.own_files
    ]


def with_wrappers(
    context: StackContext, functions: Iterable[CompiledFunction]
) -> list[CompiledFunction]:
    """The same with what the compiler made beside them: method wrappers and method values."""
    return [
        _in(file, function)
        for function in functions
        if (file := context.resolve(function.file)) in context.own_files or function.is_wrapper
    ]


def _in(file: str, function: CompiledFunction) -> CompiledFunction:
    return function if function.file == file else evolve(function, file=file)


def local_name(name: str) -> str:
    """A linker name as its own package writes it: ``(*Server).Serve``; others as they are."""
    folded = folded_name(name)
    return own_name(folded) or folded


def spoken_name(context: StackContext, name: str, function: CompiledFunction | None) -> str:
    """The same for people: literals have no names, so the ``function`` tells where they stand."""
    if not is_literal(name):
        return local_name(name)
    file = context.sources(function.file) if function is not None else None
    return function_words(name, file, function.line if function is not None else 0)


def finding_of(
    context: StackContext, code: Code, function: CompiledFunction, message: str
) -> Finding:
    """A finding about a whole function, at its name."""
    return Finding(
        code=code,
        span=span_of(context, function),
        package=context.package,
        function=folded_name(function.name),
        message=message,
        bytes=function.frame_bytes,
        subject=local_name(function.name),
    )


def span_of(context: StackContext, function: CompiledFunction) -> Span:
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
