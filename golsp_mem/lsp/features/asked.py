"""The features that only answer what a person asks for, with all that it takes to answer.

They come after the others: a file that is opened waits for none of it.
"""

from __future__ import annotations

from golsp_mem.lsp.features import code_action, code_lens, hover, inlay_hint
from golsp_mem.lsp.features.commands import (
    analyse_workspace,
    explain,
    findings,
    profile_benchmark,
    report,
    restart_analysis,
    turn_off,
)

ASKED = (
    hover.register,
    code_action.register,
    code_lens.register,
    inlay_hint.register,
    explain.register,
    findings.register,
    analyse_workspace.register,
    restart_analysis.register,
    report.register,
    profile_benchmark.register,
    turn_off.register,
)
