"""One file per LSP method; each registers its handler with a server."""

from __future__ import annotations

from golsp_mem.lsp.features import publish_diagnostics, status
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

FIRST = (
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
    status.register,
)
"""What it takes to show findings; the others are in `golsp_mem.lsp.features.asked`."""
