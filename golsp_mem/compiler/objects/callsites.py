"""Where functions of modules call each other, and whose addresses are taken: from object files.

An inlined call left no call instruction behind; the inline tree has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from golsp_mem.compiler.objects.goobj import Function, GoObject
from golsp_mem.compiler.objects.symbols import folded_name, own_name

COMMAND = "main"
VALUE_SUFFIX = "·f"
_METHOD_VALUE = "-fm"
# cmd/compile/internal/ir/func.go (closureName): literals, wrappers, range-over-func bodies.
_WITHIN = re.compile(r"(?:\.(?:func|gowrap|deferwrap)\d+(?:\.\d+)*|-range\d+|\.init\.\d+(?=\.))+$")
_ITAB = b"go:itab."


class Reference(NamedTuple):
    """A place that calls a function, or takes its address (``is_call`` False).

    ``callee`` is a declared function as linked, its type arguments folded.
    """

    callee: str
    file: str
    line: int
    is_call: bool


def function_key(symbol: str, import_path: str) -> str:
    """The declared function that a symbol's code was written in, under a name that no other
    command shares: ``p.F`` of ``p.F.func1.2``, the import path for ``main``."""
    package = package_of(symbol)
    own = _WITHIN.sub("", own_name(folded_name(symbol)))
    if own.startswith("init."):
        own = "init"
    return f"{import_path if package == COMMAND else package}.{own}"


def package_of(symbol: str) -> str:
    """The import path in a function's symbol (``main`` for a command's package)."""
    head = symbol.partition("[")[0].partition("(")[0]
    slash = head.rfind("/")
    return unquote(head[: slash + 1] + head[slash + 1 :].partition(".")[0])


def references_of(
    function: Function, wanted: Collection[str], is_own: Callable[[str], bool]
) -> Iterator[Reference]:
    """What a function's code calls and refers to in the ``wanted`` packages, other than function
    literals, as far as ``is_own`` says that the place is in a file of the package.

    Raises ArchiveError.
    """
    for relocation in function.relocations:
        target = relocation.target
        value = target.endswith(VALUE_SUFFIX)
        if not (value or relocation.is_call):
            continue
        callee = target.removesuffix(VALUE_SUFFIX).removesuffix(_METHOD_VALUE)
        if not _is_wanted(callee, wanted):
            continue
        stack = function.stack_at(relocation.offset)
        # A function value may be used by what was inlined: a call belongs to its own line only.
        for frame in stack if value else stack[:1]:
            if is_own(frame.file):
                yield Reference(folded_name(callee), frame.file, frame.line, not value)
                break
    for node in function.inline_tree:
        if _is_wanted(node.function, wanted) and is_own(node.file):
            yield Reference(folded_name(node.function), node.file, node.line, True)


def bound_methods(
    function: Function, is_own: Callable[[str], bool]
) -> Iterator[tuple[str, int, str]]:
    """The methods that a function binds to receivers (``x.M`` as a value), as linked, each with the
    file and the line of its innermost frame in the package's own files. Raises ArchiveError."""
    for relocation in function.relocations:
        if relocation.is_call or not relocation.target.endswith(_METHOD_VALUE):
            continue
        for frame in function.stack_at(relocation.offset):
            if is_own(frame.file):
                yield frame.file, frame.line, relocation.target.removesuffix(_METHOD_VALUE)
                break


def _is_wanted(callee: str, wanted: Collection[str]) -> bool:
    return (
        not callee.startswith(("runtime.", "type:"))
        and package_of(callee) in wanted
        and not is_literal(callee)
    )


def values_in_data(obj: GoObject) -> Iterator[str]:
    """Functions whose addresses stand in variables that are initialised before the program runs.
    Raises ArchiveError."""
    for target in obj.data_targets(lambda name: not name.startswith(b"type:")):
        if target.endswith(VALUE_SUFFIX):
            yield folded_name(target.removesuffix(VALUE_SUFFIX))


def converted_types(obj: GoObject) -> Iterator[str]:
    """Types of which values become interfaces with methods, without their star."""
    for name in obj.symbol_indices(_ITAB):
        written = name[len(_ITAB) :].decode("utf-8", "replace")
        yield folded_name(written.partition(",")[0]).removeprefix("*")


def is_literal(symbol: str) -> bool:
    """Whether a function is a part of a declared one: a literal, or what the compiler makes of
    go and defer statements and of loops over functions."""
    return _WITHIN.search(symbol) is not None
