"""The functions of other packages that were inlined into one, and what of them allocates there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from golsp_mem.analysis.compiled import TEST_SUFFIX, CompiledPackage
from golsp_mem.compiler.rules import call_family
from golsp_mem.compiler.symbols import package_of, short_name
from golsp_mem.model import AllocatingCopies, InlinedHere


def inlined_here(package: CompiledPackage, packages: Iterable[str]) -> Iterable[InlinedHere]:
    """The functions of other ``packages`` that the package's own code, tests left out, has copies
    of, with the copies that allocate."""
    wanted = set(packages) - {package.import_path}
    allocating: dict[str, dict[tuple[str, int, str], set[object]]] = defaultdict(
        lambda: defaultdict(set)
    )
    for site in package.sites:
        if package.file_of(site.copy_at[-1]).endswith(TEST_SUFFIX):
            continue
        family = call_family(site.allocation.runtime_call)
        for frame, copy in zip(site.allocation.stack[:-1], site.copy_at, strict=False):
            if package_of(frame.function) in wanted:
                allocating[frame.function][frame.file, frame.line, family].add(copy)
    for function, nodes in package.foreign_copies.items():
        if package_of(function) not in wanted or "[" in function:
            continue
        # A copy that keeps nothing on the heap may leave no code at all: only -m tells of it.
        told = package.inlined_at.get(short_name(function), set())
        places = sum(not place[0].endswith(TEST_SUFFIX) for place in told)
        yield InlinedHere(
            function,
            max(nodes, places),
            tuple(
                AllocatingCopies(file, line, family, len(copies))
                for (file, line, family), copies in allocating.get(function, {}).items()
            ),
        )
