"""From what ``go list`` built to the calls of a package."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path

from golsp_mem.analysis.calls.bodies import Archive, Bodies
from golsp_mem.analysis.calls.facts import CallReader, Chains, Sources
from golsp_mem.analysis.calls.through import Through
from golsp_mem.errors import ArchiveError
from golsp_mem.model import Called, GoVersion, PackageAnalysis
from golsp_mem.toolchain.go import read_call_types
from golsp_mem.toolchain.go_list import ListedPackage


def chains_of(
    built: Mapping[str, ListedPackage],
    go: GoVersion,
    builtins: Sequence[str],
    kept: Path | None,
    resolve: Callable[[str], str],
    before: Chains | None = None,
    own: str = "",
) -> Chains:
    """The functions of a program: ``built`` are its packages by import path, ``kept`` is the
    cache's directory, ``resolve`` gives paths for file names of object files. ``before`` is what
    was known of the program when only its package ``own`` was another."""
    archives = {
        path: Archive(one.export, one.build_id) for path, one in built.items() if one.export
    }
    sources = (builtins, go.version, read_call_types(go.goroot), kept)
    if before is None:
        return Chains(Through(Bodies(archives, *sources)), resolve)
    earlier = before.through
    through = Through(Bodies(archives, *sources, earlier.bodies.known(own)), earlier.known(own))
    return Chains(through, resolve, before.known(own))


def package_calls(
    chains: Chains,
    variant: ListedPackage,
    package: PackageAnalysis,
    files: Container[str],
    checked: Container[str],
    resolve: Callable[[str], str],
    sources: Sources,
) -> tuple[list[Called], list[str]]:
    """The calls in some files of one compiled variant of a package, and a line for each thing that
    could not be read."""
    path = variant.import_path.partition(" ")[0]
    reader = CallReader(chains, path, frozenset(package.files), checked, resolve, sources)
    calls: list[Called] = []
    unread = []
    try:
        calls += reader.calls(files)
    except ArchiveError as error:
        unread.append(f"{variant.import_path}: what its calls allocate is not known: {error}")
    unread += chains.through.bodies.unread.values()
    return calls, unread
