"""The functions of other packages that were inlined into one, and what of them allocates there;
generic functions, which have code only where something instantiates them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.compiled import TEST_SUFFIX, CompiledPackage
from golsp_mem.compiler.objects.callsites import COMMAND
from golsp_mem.compiler.objects.symbols import own_name, package_of
from golsp_mem.compiler.rules import call_family
from golsp_mem.model import AllocatingCopies, InlinedHere, Uncompiled
from golsp_mem.source.syntax import may_be_generic


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
    # A copy that keeps nothing on the heap may leave no code at all: only -m tells of it.
    told = _told(package, wanted)
    for function in dict.fromkeys((*package.foreign_copies, *told)):
        if package_of(function) not in wanted or "[" in function:
            continue
        copies = max(package.foreign_copies[function], told[function])
        if not copies:
            continue
        yield InlinedHere(
            function,
            copies,
            tuple(
                AllocatingCopies(file, line, family, len(copies))
                for (file, line, family), copies in allocating.get(function, {}).items()
            ),
        )


def _told(package: CompiledPackage, packages: Iterable[str]) -> Counter[str]:
    """At how many places, tests left out, ``-m`` says that a function of the packages was inlined.

    It writes ``lib.New``: of packages with the same last name nothing is told.
    """
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in packages:
        by_name[path.rpartition("/")[2]].append(path)
    found: Counter[str] = Counter()
    for name, places in package.inlined_at.items():
        short, _, rest = name.partition(".")
        if len(by_name.get(short, ())) == 1:
            count = sum(not file.endswith(TEST_SUFFIX) for file, _ in places)
            found[f"{by_name[short][0]}.{rest}"] += count
    return found


def uncompiled(
    package: CompiledPackage,
    files_that: Callable[[Callable[[bytes], bool], Iterable[str]], Iterable[str]],
    sources: Sources,
) -> tuple[Uncompiled, ...]:
    """The generic functions of its files that the package has no copy of."""
    path = package.import_path
    own = {path, f"{path}_test", COMMAND}
    compiled = {own_name(one) for one in package.copies if _package(one) in own}
    # A copy that does nothing may leave no code: only -m tells of it.
    compiled |= package.inlined_at.keys()
    files = map(sources, files_that(may_be_generic, sorted(package.own_files)))
    return tuple(
        Uncompiled(f"{path}.{one.name}", file.path, one.name_span.line)
        for file in filter(None, files)
        for one in file.generic_functions()
        if one.name not in compiled
    )


def instantiates(package: CompiledPackage, packages: Iterable[str]) -> tuple[str, ...]:
    """The generic functions of other ``packages`` that the package has copies of."""
    wanted = {*packages} - {package.import_path}
    every = dict.fromkeys((*package.copies, *_told(package, wanted)))
    return tuple(
        one.replace("%2e", ".") for one in every if "[...]" in one and _package(one) in wanted
    )


def _package(function: str) -> str:
    return package_of(function).replace("%2e", ".")
