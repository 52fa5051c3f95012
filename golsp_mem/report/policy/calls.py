"""Calls as findings: what a call allocates further in, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePath

from golsp_mem.compiler.objects.symbols import folded_name, own_name, package_of, short_name
from golsp_mem.model import (
    Allocates,
    Breach,
    Called,
    Code,
    Finding,
    Hop,
    PackageAnalysis,
    Position,
    Step,
    UnknownCall,
)
from golsp_mem.source.directives import Contract, Reach

# Names in a message; the rest are counted.
_MOST_HOPS = 6
_MOST_UNKNOWN = 3
_MOST_STEPS = 20


def call_finding(package: PackageAnalysis, called: Called) -> Finding:
    """The call as a `Code.HEAP_CALL`. Of one that leads only to calls that nobody can follow
    nothing is named (``runtime_call`` is None)."""
    return Finding(
        code=Code.HEAP_CALL,
        span=called.span,
        package=package.import_path,
        function=called.function,
        message=_sentence(called),
        allocates=(
            Allocates.CONDITIONAL if called.allocates is Allocates.NEVER else called.allocates
        ),
        condition=_condition(called),
        type=called.type if called.most_objects == 1 else None,
        size_class=called.size_class if called.most_objects == 1 else None,
        runtime_call=called.runtime_call,
        subject=_shown(called.callee or ""),
        stack=called.stack,
        reason=tuple(_steps(called)),
        callee=called.callee,
        owner=called.owner,
        execution=called.execution,
    )


def _sentence(called: Called) -> str:
    if called.allocates is Allocates.NEVER:
        if called.callee is None:
            return f"a call through {_a(called.unknown[0].kind)} may allocate"
        return f"{_shown(called.callee)} may allocate: it calls what cannot be followed"
    name = _shown(called.callee or "")
    return f"{name} allocates {_objects(called)}{_where(called)}"


def _a(kind: str) -> str:
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"


def _objects(called: Called) -> str:
    least, most = called.least_objects, called.most_objects
    noun = called.code.row.noun if called.code else "object"
    if least == most == 1 or (least == 0 and most == 1):
        return f"1 {noun}"
    if least == most:
        return f"{least} objects"
    if most is None:
        return f"at least {least} object{'s' * (least != 1)}" if least else "objects"
    return f"{least} to {most} objects" if least else f"up to {most} objects"


def _where(called: Called) -> str:
    return f" ({place_of(called.chain[-1])})" if called.chain else ""


def _condition(called: Called) -> str | None:
    if called.allocates is Allocates.NEVER:
        return "when a call that cannot be followed allocates"
    if called.allocates is not Allocates.CONDITIONAL:
        return None
    if called.most_objects == 1 and called.condition:
        return called.condition
    return f"on some of the ways through {_shown(called.callee or '')}"


def _steps(called: Called) -> Iterator[Step]:
    before = called.function
    for hop in called.chain:
        yield Step(f"{_shown(before)} calls {_shown(hop.function)}", None)
        before = hop.function
    if called.chain:
        last = called.chain[-1]
        call = called.runtime_call or "the runtime"
        yield Step(f"{call} is called there", Position(last.file, last.line))


def _shown(function: str, package: str | None = None) -> str:
    """A function as people write it in a package: without the package's own name."""
    if package is not None and package_of(function) in (package, "main"):
        return own_name(folded_name(function)) or function
    return short_name(function).replace("%2e", ".")


def place_of(hop: Hop | UnknownCall, own: str | None = None) -> str:
    """``strings/clone.go:22``: the file by its package's import path; in the package ``own`` by its
    name alone."""
    package = package_of(hop.function).replace("%2e", ".")
    name = PurePath(hop.file).name
    return f"{name}:{hop.line}" if package in ("main", own) else f"{package}/{name}:{hop.line}"


def chain_text(called: Called, package: str) -> str:
    """``Parse → (*lexer).next → strings.Clone: allocates, strings/clone.go:22``."""
    names = [called.function, *(hop.function for hop in called.chain)]
    # strconv.Itoa calls internal/strconv's, which bears the same name.
    shown = [name for name, _ in groupby(_shown(name, package) for name in names)]
    if len(shown) > _MOST_HOPS:
        shown = [*shown[: _MOST_HOPS - 2], "…", *shown[-2:]]
    text = f"{' → '.join(shown)}: allocates, {place_of(called.chain[-1], package)}"
    if called.allocates is Allocates.ALWAYS:
        return text
    return f"{text} {called.condition or 'on some of the ways'}"


def breach_of(call: Finding, called: Called, contract: Contract) -> Finding:
    """The broken promise that a call makes one."""
    whose = f" of {contract.function}" if contract.function else ""
    breach = Breach(f"breaks {contract.text}{whose}", call)
    return Finding(
        code=Code.CONTRACT_NOALLOC,
        span=call.span,
        package=call.package,
        function=call.function,
        message=f"{breach.promise}: {chain_text(called, call.package)}",
        allocates=call.allocates,
        condition=call.condition,
        type=call.type,
        size_class=call.size_class,
        runtime_call=call.runtime_call,
        subject=call.subject,
        stack=call.stack,
        reason=call.reason,
        callee=call.callee,
        owner=call.owner,
        execution=call.execution,
        breach=breach,
    )


def uncompiled_finding(package: PackageAnalysis, contract: Contract, why: str) -> Finding:
    """A promise of code that was not compiled: nothing is known of it."""
    return Finding(
        code=Code.CONTRACT_UNKNOWN,
        span=contract.anchor,
        package=package.import_path,
        function=contract.function or "",
        message=f"{contract.text} of {contract.function}: {why}",
        subject=contract.function or contract.text,
        strict=contract.reach is Reach.STRICT,
    )


def unknown_finding(
    package: PackageAnalysis, contract: Contract, unknown: Iterable[UnknownCall], *, strict: bool
) -> Finding:
    """What nobody can follow in code that promises to allocate nothing."""
    found = list(unknown)
    whose = f" of {contract.function}" if contract.function else ""
    calls = "1 call" if len(found) == 1 else f"{len(found)} calls"
    path = package.import_path
    listed = "; ".join(
        f"in {_shown(one.function, path)} ({one.kind}, {place_of(one, path)})"
        for one in found[:_MOST_UNKNOWN]
    )
    rest = f"; and {len(found) - _MOST_UNKNOWN} more" if len(found) > _MOST_UNKNOWN else ""
    return Finding(
        code=Code.CONTRACT_UNKNOWN,
        span=contract.anchor,
        package=package.import_path,
        function=contract.function or "",
        message=f"{contract.text}{whose}: {calls} cannot be followed: {listed}{rest}",
        subject=contract.function or contract.text,
        reason=tuple(
            Step(f"{one.kind} in {_shown(one.function)}", Position(one.file, one.line))
            for one in found[:_MOST_STEPS]
        ),
        strict=strict,
    )
