"""Pages of Markdown for clients that do not show them themselves."""

from __future__ import annotations

import contextlib
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from golsp_mem.lsp.client.notices import Notices
from golsp_mem.lsp.convert import file_uri
from golsp_mem.lsp.state.session import Session
from golsp_mem.toolchain.processes.scratch import scratch

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

GIST_CHARACTERS = 400


class Pages:
    """Read-only files in a private directory that goes away with the server."""

    def __init__(self, server: LanguageServer, session: Session, notices: Notices) -> None:
        self._server = server
        self._session = session
        self._notices = notices
        self._directory: Path | None = None
        self._kept = contextlib.ExitStack()

    async def show(self, name: str, markdown: str) -> None:
        """Have the client open the page, or tell its gist when it cannot."""
        if self._session.client.show_document:
            path = self._write(name, markdown)
            result = await self._server.window_show_document_async(
                types.ShowDocumentParams(uri=file_uri(str(path)), take_focus=True)
            )
            if result.success:
                return
        self._notices.tell(gist(markdown))

    def close(self) -> None:
        """Remove the pages."""
        self._kept.close()
        self._directory = None

    def _write(self, name: str, markdown: str) -> Path:
        if self._directory is None:
            # Owner only; removed when the server ends.
            self._directory = self._kept.enter_context(scratch()).path
        path = self._directory / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', name)}.md"
        path.unlink(missing_ok=True)
        path.write_text(markdown, encoding="utf-8")
        path.chmod(0o400)
        return path


def gist(markdown: str) -> str:
    """The beginning of a page as plain words."""
    plain = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", plain)
    plain = re.sub(r"(?m)(?<!\\)[*`]+|^#+ |^---$", "", plain)
    plain = html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", plain))
    words = " ".join(plain.split())
    return words if len(words) <= GIST_CHARACTERS else words[: GIST_CHARACTERS - 1] + "…"
