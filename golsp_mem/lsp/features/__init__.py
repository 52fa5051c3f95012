"""One file per LSP method; each registers its handler with a server."""

from __future__ import annotations

from golsp_mem.lsp.features import (
    code_action,
    code_lens,
    hover,
    inlay_hint,
    publish_diagnostics,
    status,
)
from golsp_mem.lsp.features.commands import (
    analyse_workspace,
    explain,
    findings,
    profile_benchmark,
    report,
    restart_analysis,
    turn_off,
)
from golsp_mem.lsp.features.documents import (
    did_change,
    did_close,
    did_open,
    did_save,
)
from golsp_mem.lsp.features.lifecycle import (
    did_change_configuration,
    did_change_watched_files,
    did_change_workspace_folders,
    initialize,
    initialized,
    shutdown,
)

FEATURES = (
    initialize.register,
    initialized.register,
    shutdown.register,
    did_open.register,
    did_change.register,
    did_save.register,
    did_close.register,
    did_change_configuration.register,
    did_change_watched_files.register,
    did_change_workspace_folders.register,
    publish_diagnostics.register,
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
    status.register,
)
