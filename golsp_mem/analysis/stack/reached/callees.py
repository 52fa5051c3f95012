"""Parts of the linker names of functions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set

from golsp_mem.compiler.objects.calls import CompiledFunction
from golsp_mem.compiler.objects.symbols import folded_name, own_name

METHOD_VALUE = "-fm"
UNNAMED = "?"
PARTS = re.compile(r"\.func\d|-range\d|-fm|\.gowrap\d|\.deferwrap\d")
TYPE_ARGUMENTS = re.compile(r"\[.*\]")


def package_of(name: str) -> str:
    """``a/b`` of ``a/b.(*T).M[…]``."""
    path = name.partition("[")[0]
    return path[: path.find(".", path.rfind("/") + 1)]


def files_by_package(functions: Iterable[CompiledFunction]) -> Mapping[str, Set[str]]:
    """The files of functions: a program has hundreds of packages, and what stands in one says
    nothing of another."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in functions:
        if not one.is_wrapper:
            found[package_of(one.name)].add(one.file)
    return found


def receiver_of(name: str) -> str:
    """``T`` of ``p.(*T).M``."""
    return own_name(TYPE_ARGUMENTS.sub("", name)).rpartition(".")[0].strip("(*)")


def last_name(name: str) -> str:
    """``F`` of ``p.F[...]``, ``M`` of ``p.(*T).M-fm``; `UNNAMED` for an inlined function of another
    package whose archive was not read."""
    own = own_name(folded_name(name)).removesuffix(METHOD_VALUE).removesuffix("[...]")
    last = own.rpartition(".")[2]
    return UNNAMED if last.startswith(UNNAMED) else last


def outermost(name: str) -> str:
    """The declared function that a literal, loop body or wrapper is part of."""
    return PARTS.split(folded_name(name), maxsplit=1)[0]
