"""Actions that keep a value alive until a call has returned."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.analysis.lifetime.proving.fixes import KeepEdit, keep_edits
from golsp_mem.codes import Family
from golsp_mem.model import Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.syntax import GoFile


@frozen
class KeepAliveFix:
    """An edit with its title and a sentence that says what changes.

    Offer it as a fix only after `analysis.proof` confirmed it; where that did not, show the
    verdict's reason instead.
    """

    title: str
    note: str
    edit: KeepEdit

    @property
    def edits(self) -> tuple[TextEdit, ...]:
        return self.edit.edits


def keepalive_fixes(file: GoFile, finding: Finding) -> tuple[KeepAliveFix, ...]:
    """*Keep v alive until after this call* and *… until the end of the function*, where each is
    right; empty for other findings and where no edit helps (a returned descriptor)."""
    return tuple(_fix(edit) for edit in keep_edits(file, finding))


def _fix(edit: KeepEdit) -> KeepAliveFix:
    variable = edit.variable
    if edit.is_deferred:
        return KeepAliveFix(
            f"Keep {variable} alive until the end of the function",
            f"defer {edit.kept} uses {variable} when the function returns, on every path.",
            edit,
        )
    return KeepAliveFix(
        f"Keep {variable} alive until after this call",
        f"{edit.kept} counts as a use of {variable}: it lives until the call has returned.",
        edit,
    )


def explain_title(finding: Finding) -> str | None:
    """The title of the action that opens the page of a finding about a variable."""
    if finding.code.family is not Family.KEEPALIVE:
        return None
    return f"Explain KeepAlive for {finding.subject}" if finding.subject else "Explain KeepAlive"
