"""What makes a finding the same finding: as others of its run, and in another run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from attrs import define, evolve, field, frozen

from golsp_mem.compiler.objects.symbols import own_name, stable_name
from golsp_mem.compiler.rules import call_family
from golsp_mem.model import Allocates, Code, Finding, Span
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.written import nameless


def identity_of(file: GoFile | None, code: Code, span: Span, subject: str | None) -> str | None:
    """What tells the construct from others of its function when a local variable has another
    name: its text without them."""
    if subject is None or file is None:
        return None
    if code is Code.HEAP_VARIABLE:
        return "_"
    return nameless(file, span) if span.line == span.end_line else None


@define(eq=False)
class KnownNumbers:
    """Findings that were numbered, by their ``id``: of the last time only. Of thousands an edit
    changes a few."""

    _of: dict[int, _Numbered] = field(init=False, factory=dict)

    def numbered(self, findings: Iterable[Finding]) -> list[Finding]:
        """Findings in report order with fingerprints that survive moved lines."""
        before, now = self._of, {}
        seen: Counter[str] = Counter()
        numbered = []
        for finding in sorted(findings, key=lambda finding: finding.sort_key):
            known = before.get(id(finding))
            base = known.base if known is not None else _base_of(finding)
            ordinal = seen[base]
            seen[base] += 1
            if known is None or known.ordinal != ordinal:
                known = _Numbered(finding, base, ordinal, _with_number(finding, base, ordinal))
            now[id(finding)] = known
            numbered.append(known.numbered)
        self._of = now
        return numbered


@frozen(eq=False)
class _Numbered:
    finding: Finding
    base: str
    ordinal: int
    numbered: Finding


def numbered(findings: Iterable[Finding]) -> list[Finding]:
    """`KnownNumbers.numbered` for once."""
    return KnownNumbers().numbered(findings)


def _base_of(finding: Finding) -> str:
    # Which types generic code was compiled for is its users' affair.
    type_ = None if "[...]" in finding.function else finding.type
    parts = (finding.package, _function_of(finding), finding.code,
             finding.identity or finding.subject or "", type_ or "", finding.callee or "",
             call_family(finding.runtime_call or ""), finding.as_written)  # fmt: skip
    return "\0".join(parts)


def _with_number(finding: Finding, base: str, ordinal: int) -> Finding:
    digest = hashlib.sha256(f"{base}\0{ordinal}".encode()).hexdigest()[:16]
    return finding if finding.fingerprint == digest else evolve(finding, fingerprint=digest)


def _function_of(finding: Finding) -> str:
    """What the function is called in each run: literals in package variables have but numbers,
    which count those of all files."""
    name = stable_name(finding.function)
    is_bare = own_name(name).startswith(("init.func", "glob..func"))
    return f"{name}\0{PurePath(finding.span.file).name}" if is_bare else name


def _is_first_group(finding: Finding) -> bool:
    """Of the inserts that a map literal of few entries is, the first alone takes memory, on
    whichever line it stands."""
    inserts = (finding.runtime_call or "").startswith("runtime.mapassign")
    return inserts and finding.code is Code.HEAP_LITERAL and finding.as_written is Allocates.ALWAYS


def standing_for(findings: Sequence[Finding]) -> dict[int, Finding]:
    """By the ``id`` of each finding the one that stands for it: one per place and cause, the
    surest one of those that read the same."""
    order = {Allocates.ALWAYS: 0, Allocates.CONDITIONAL: 1, Allocates.NEVER: 2}

    def rank(finding: Finding) -> tuple[int, int]:
        return (order[finding.as_written], order[finding.allocates])

    kept: dict[tuple[object, ...], Finding] = {}
    keys: list[tuple[object, ...]] = []
    for finding in findings:
        # Values that nothing tells apart are several all the same.
        unnamed = finding.code is Code.HEAP_BOXING and finding.subject is None
        key = (finding.code, finding.span, finding.callee, finding.type,
               None if _is_first_group(finding) else finding.stack[0],
               finding.runtime_call, id(finding) if unnamed else 0)  # fmt: skip
        keys.append(key)
        other = kept.get(key)
        if other is None or rank(finding) < rank(other):
            kept[key] = finding
    return {id(finding): kept[key] for finding, key in zip(findings, keys, strict=True)}
