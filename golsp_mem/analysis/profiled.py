"""Where a profile (PGO) makes a difference: a package is compiled once more for each command that
has one, and what is said of it holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from golsp_mem.compiler.rules import call_family
from golsp_mem.model import Allocates, Finding, PackageAnalysis
from golsp_mem.toolchain.go_list import ListedPackage

_Key = tuple[object, ...]


def compiled_for(listed: Sequence[ListedPackage], import_path: str) -> list[ListedPackage]:
    """The package as it was compiled with other commands' profiles (``p [m/cmd/x]``), where that
    made other code of it."""
    plain = next((one for one in listed if one.import_path == import_path), None)
    content = _content(plain) if plain is not None else None
    return [
        one
        for one in listed
        if one.dep_only
        and not one.for_test
        and one.import_path.startswith(f"{import_path} [")
        and (content is None or _content(one) != content)
    ]


def command_of(variant: ListedPackage) -> str:
    """The command for which a package was compiled."""
    return variant.import_path.partition(" [")[2].rstrip("]")


def with_profiles(
    analysis: PackageAnalysis, profiled: Mapping[str, PackageAnalysis]
) -> PackageAnalysis:
    """The analysis of a package, with what the compiles of it for commands with a profile, by
    import path, change in its findings."""
    findings = list(analysis.findings)
    for command, other in profiled.items():
        theirs = {_key(one): one for one in other.findings}
        ours = {_key(one) for one in findings if one.allocates is not Allocates.NEVER}
        findings = [_beside(one, theirs.get(_key(one)), command) for one in findings]
        findings += [
            _on(one, f"only in {command}, which is compiled with a profile")
            for key, one in theirs.items()
            if key not in ours and one.allocates is not Allocates.NEVER
        ]
    return evolve(analysis, findings=tuple(findings))


def _beside(finding: Finding, other: Finding | None, command: str) -> Finding:
    """A finding of the plain compile beside what the one with a profile has there."""
    if finding.allocates is Allocates.NEVER or not finding.code.speaks_of_heap:
        return finding
    if other is None or other.allocates is Allocates.NEVER:
        return _on(finding, f"not in {command}, which is compiled with a profile")
    if other.condition == finding.condition:
        return finding
    when = f"only {other.condition}" if other.condition else "always"
    return _on(finding, f"in {command}, which is compiled with a profile, {when}")


def _on(finding: Finding, condition: str) -> Finding:
    if not finding.code.speaks_of_heap:
        return finding
    parts = [finding.condition, condition] if finding.condition else [condition]
    return evolve(finding, allocates=Allocates.CONDITIONAL, condition="; and ".join(parts))


def _key(finding: Finding) -> _Key:
    family = call_family(finding.runtime_call or "")
    return (finding.code, finding.span, finding.callee, family)


def _content(package: ListedPackage) -> str | None:
    """What tells one compiled archive from another (cmd/go/internal/work/buildid.go)."""
    return package.build_id.rpartition("/")[2] if package.build_id else package.export
