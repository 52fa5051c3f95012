"""What makes a finding the same finding in another run: its fingerprint."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from attrs import evolve

from golsp_mem.compiler.objects.symbols import stable_name
from golsp_mem.compiler.rules import call_family
from golsp_mem.model import Code, Finding, Span
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


def numbered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in report order with fingerprints that survive moved lines."""
    findings = sorted(findings, key=lambda finding: finding.sort_key)
    seen: Counter[str] = Counter()
    numbered = []
    for finding in findings:
        # Which types generic code was compiled for is its users' affair.
        type_ = None if "[...]" in finding.function else finding.type
        parts = (finding.package, stable_name(finding.function), finding.code,
                 finding.identity or finding.subject or "", type_ or "", finding.callee or "",
                 call_family(finding.runtime_call or ""), finding.as_written)  # fmt: skip
        base = "\0".join(parts)
        ordinal = seen[base]
        seen[base] += 1
        digest = hashlib.sha256(f"{base}\0{ordinal}".encode()).hexdigest()[:16]
        same = finding.fingerprint == digest
        numbered.append(finding if same else evolve(finding, fingerprint=digest))
    return numbered
