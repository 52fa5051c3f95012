"""What the comments of one package decide: which findings are suppressed, which promises are
broken, and which comments do nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from golsp_mem.codes import Family
from golsp_mem.compiler.objects.callsites import is_literal
from golsp_mem.config import Settings, codes_named
from golsp_mem.errors import ConfigError
from golsp_mem.model import (
    Allocates,
    Breach,
    Called,
    Code,
    Finding,
    PackageAnalysis,
    Span,
    UnknownCall,
)
from golsp_mem.report.model import is_heap
from golsp_mem.report.policy.calls import (
    breach_of,
    call_finding,
    uncompiled_finding,
    unknown_finding,
)
from golsp_mem.report.sources import Sources
from golsp_mem.source.directives import Contract, Directives, Reach, Suppression, read_directives
from golsp_mem.source.flow.coldpaths import cold_kind
from golsp_mem.source.syntax import GoFile

_ABOUT_COMMENTS = frozenset(code for code in Code if code.family is Family.DIRECTIVE)


@frozen(eq=False)
class _File:
    path: str
    directives: Directives
    # The codes of each suppression, None for all of them.
    codes: Mapping[Suppression, frozenset[Code] | None]


class Comments:
    """The directives of a package's files. ``sources`` gives their texts."""

    def __init__(self, package: PackageAnalysis, settings: Settings, sources: Sources) -> None:
        self._package = package
        self._settings = settings
        self._sources = sources
        self._malformed: list[Finding] = []
        self._files: dict[str, _File] = {}
        for path in package.marked:
            file = sources(path)
            if file is not None:
                self._files[path] = self._read(
                    path, read_directives(file, elsewhere=path in package.elsewhere)
                )

    def _read(self, path: str, directives: Directives) -> _File:
        self._malformed += [
            self._finding(Code.DIRECTIVE_MALFORMED, one.span, one.text)
            for one in directives.malformed
        ]
        codes: dict[Suppression, frozenset[Code] | None] = {}
        for one in directives.suppressions:
            found: set[Code] = set()
            for written in one.codes:
                try:
                    found |= set(codes_named(written))
                except ConfigError as error:
                    self._malformed.append(
                        self._finding(Code.DIRECTIVE_MALFORMED, one.span, str(error))
                    )
            # Of a comment that names only codes which do not exist, nothing is suppressed.
            codes[one] = frozenset(found) if one.codes else None
        return _File(path, directives, codes)

    def suppressing(self, finding: Finding) -> list[Suppression]:
        """The comments that take a finding out of reports; no complaint falls to the comment that
        it is about. A complaint stands at a comment, so that lines of comments count, too."""
        file = self._files.get(finding.span.file)
        if file is None:
            return []
        about = finding.code in _ABOUT_COMMENTS
        return [
            one
            for one, codes in file.codes.items()
            if (one.span.line if about else one.first_line) <= finding.span.line <= one.last_line
            and (codes is None or finding.code in codes)
            and not (about and finding.span == one.span)
        ]

    @property
    def malformed(self) -> Sequence[Finding]:
        """The complaints that hold whatever else the comments do, without fingerprints."""
        return self._malformed

    def broken(self, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Finding]]:
        """Each heap finding that breaks a contract, with the finding that says so."""
        for finding in findings:
            file = self._files.get(finding.span.file)
            if file is None or finding.bookkeeping or not is_heap(finding):
                continue
            for contract in file.directives.contracts:
                if not contract.governs(finding.span, finding.code):
                    continue
                if self._exempt(finding):
                    break
                yield finding, _breach(finding, contract)
                break

    def broken_by_calls(self) -> Iterator[tuple[Finding, Finding]]:
        """Each call that breaks a contract further in, with the finding that says so."""
        for called, contract in self._promised():
            if called.allocates is Allocates.NEVER:
                continue
            call = call_finding(self._package, called)
            if not self._exempt(call):
                yield call, breach_of(call, called, contract)

    def unknown_calls(self) -> Iterator[tuple[Finding, Finding]]:
        """Calls that promises cannot answer for, each with the finding of its promise; those that
        a comment excuses are not told in it."""
        told: dict[Contract, dict[UnknownCall, None]] = {}
        excused: list[tuple[Finding, Contract]] = []
        for called, contract in self._promised():
            at = self._finding(Code.CONTRACT_UNKNOWN, called.span, "")
            if called.unknown and not self._exempt(at):
                excused.append((at, contract))
                if not self.suppressing(at):
                    told.setdefault(contract, {}).update(dict.fromkeys(called.unknown))
        made = {
            contract: unknown_finding(
                self._package, contract, unknown, strict=contract.reach is Reach.STRICT
            )
            for contract, unknown in told.items()
        }
        for at, contract in excused:
            if contract in made:
                yield at, made[contract]
            else:
                yield at, at
        for contract, why in self._not_compiled():
            at = self._finding(Code.CONTRACT_UNKNOWN, contract.anchor, "")
            finding = uncompiled_finding(self._package, contract, why)
            yield at, at if self.suppressing(at) else finding

    def _not_compiled(self) -> Iterator[tuple[Contract, str]]:
        """Promises of functions that there is no code of, and why."""
        for path, file in self._files.items():
            source = self._sources(path)
            if source is None:
                continue
            for contract in file.directives.contracts:
                why = _without_code(source, contract)
                region = contract.region
                if why is not None and not any(
                    one.file == path and region.line <= one.line <= region.end_line
                    for one in self._package.functions
                ):
                    yield contract, why

    def _promised(self) -> Iterator[tuple[Called, Contract]]:
        """The calls in governed code that lead out of it, each with its promise."""
        for called in self._package.calls:
            file = self._files.get(called.span.file)
            for contract in file.directives.contracts if file is not None else ():
                if contract.reach is Reach.LOCAL or not contract.governs(called.span):
                    continue
                home = called.declared
                region = contract.region
                inside = (
                    home is not None
                    and home.file == region.file
                    and region.line <= home.line <= region.end_line
                )
                # Its own code speaks for itself.
                if not inside:
                    yield called, contract
                break

    def _exempt(self, finding: Finding) -> bool:
        if not self._settings.noalloc_exempt:
            return False
        file = self._sources(finding.span.file)
        return file is not None and cold_kind(file, finding.span) in self._settings.noalloc_exempt

    @property
    def _follows_calls(self) -> bool:
        return self._settings.heap_calls.are_chosen

    def complaints(self, used: frozenset[tuple[str, int, int]]) -> Iterator[Finding]:
        """Findings about the comments themselves. ``used`` holds the places (file, line, column)
        of the suppressions that took something out."""
        yield from self._malformed
        for file in self._files.values():
            for one, codes in file.codes.items():
                if not one.explicit:
                    continue
                if self._settings.require_reason and not one.reason:
                    text = f"{one.text} gives no reason; add one behind it"
                    yield self._finding(Code.DIRECTIVE_UNEXPLAINED, one.span, text)
                # What only quiets complaints is not asked whether it does: complaints depend on it.
                if codes is not None and codes <= _ABOUT_COMMENTS:
                    continue
                # Nor what is about calls, where most of those were not looked at.
                if codes is not None and Code.HEAP_CALL in codes and not self._follows_calls:
                    continue
                if place_of(one.span) not in used:
                    what = (
                        "golsp-mem from its list"
                        if "," in one.text and "nolint" in one.text
                        else "it"
                    )
                    text = f"{one.text} suppresses nothing of golsp-mem; remove {what}"
                    yield self._finding(Code.DIRECTIVE_UNUSED, one.span, text)

    def _finding(self, code: Code, span: Span, message: str) -> Finding:
        return Finding(
            code=code, span=span, package=self._package.import_path, function="",
            message=message, subject=message,
        )  # fmt: skip


def _without_code(file: GoFile, contract: Contract) -> str | None:
    """Why there may be no code of a promise's function."""
    function = file.declaration_at(contract.anchor.line)
    if function is None or function.name != contract.function:
        return None
    if function.body is None:
        return "it has no body in Go and is not judged here; a promise of its caller follows it"
    if file.is_generic(contract.anchor.line):
        return (
            "it is generic, and nothing here instantiates it, so there is no code to judge; use it "
            "in a test, and check --tests"
        )
    if function.name.rpartition(".")[2] == "_":
        return "a function without a name is not compiled, so there is no code to judge"
    return None


def place_of(span: Span) -> tuple[str, int, int]:
    """What names a comment, whichever configuration read it."""
    return (span.file, span.line, span.column)


def _breach(finding: Finding, contract: Contract) -> Finding:
    whose = f" of {contract.function}" if contract.function else ""
    breach = Breach(f"breaks {contract.text}{whose}", finding)
    of_function = contract.function is not None and not is_literal(contract.function)
    within = of_function and is_literal(finding.function)
    return evolve(
        finding,
        # That a function inlines its own literals is no doing of others.
        as_written=finding.allocates if within else finding.as_written,
        code=Code.CONTRACT_NOALLOC,
        message=f"{breach.promise}: {finding.message}",
        fingerprint="",
        breach=breach,
    )
