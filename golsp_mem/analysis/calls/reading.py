"""From what ``go list`` built to the calls of a package."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from golsp_mem.analysis.calls.bodies import Bodies, KnownBodies
from golsp_mem.analysis.calls.facts import CallReader, Chains, Sources
from golsp_mem.analysis.calls.kept import FoundCalls
from golsp_mem.analysis.calls.places import Places
from golsp_mem.analysis.calls.summaries import Archive, KeptSummaries, Summaries
from golsp_mem.analysis.calls.through import Through
from golsp_mem.errors import ArchiveError
from golsp_mem.model import Called, GoVersion, PackageAnalysis
from golsp_mem.toolchain.go import read_call_types
from golsp_mem.toolchain.go_list import ListedPackage


def chains_of(
    built: Mapping[str, ListedPackage],
    go: GoVersion,
    builtins: Sequence[str],
    kept: KeptSummaries | None,
    resolve: Callable[[str], str],
    known: KnownBodies | None = None,
) -> Chains:
    """The functions of a program: ``built`` are its packages by import path, ``kept`` is where
    summaries are kept, ``resolve`` gives paths for file names of object files; ``known`` as
    `Bodies` has it."""
    archives = {
        path: Archive(one.export, one.build_id) for path, one in built.items() if one.export
    }
    summaries = Summaries(archives, go, kept) if kept is not None else None
    bodies = Bodies(archives, builtins, go.version, read_call_types(go.goroot), summaries, known)
    return Chains(Through(bodies), resolve)


def package_calls(
    chains: Chains,
    variant: ListedPackage,
    package: PackageAnalysis,
    places: Places,
    checked: Container[str],
    resolve: Callable[[str], str],
    sources: Sources,
) -> FoundCalls:
    """The calls at some places of one compiled variant of a package."""
    path = variant.import_path.partition(" ")[0]
    reader = CallReader(chains, path, frozenset(package.files), checked, resolve, sources)
    calls: list[Called] = []
    unread = []
    try:
        calls += reader.calls(places)
    except ArchiveError as error:
        unread.append(f"{variant.import_path}: what its calls allocate is not known: {error}")
    unread += chains.through.bodies.unread.values()
    return FoundCalls(tuple(calls), tuple(unread), chains.through.needed(path))
