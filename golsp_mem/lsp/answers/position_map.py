"""Places of analysed files in what the client shows now, and back."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field
from lsprotocol import types

from golsp_mem.lsp.convert import Encoding, Text
from golsp_mem.lsp.state.documents import NEW, Document
from golsp_mem.model import Span


@define
class PositionMap:
    """One analysed file and the open document of it, if there is one.

    Lives for one request or one round of publishing: the document goes on changing.
    """

    analysed: Text
    document: Document | None
    encoding: Encoding
    _forward: Sequence[int] | None = field(init=False, default=None)
    _identical: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._identical = self.document is None or self.document.text.text == self.analysed.text

    def _now(self, line: int) -> int | None:
        if self._identical or self.document is None:
            return line
        if self._forward is None:
            self._forward = self.document.lines_of(self.analysed)
        now = self._forward[line] if line < len(self._forward) else NEW
        return None if now == NEW else now

    @property
    def outdated(self) -> bool:
        """Whether the document's text is no longer the one that was analysed."""
        return not self._identical

    def range_of(self, span: Span) -> types.Range | None:
        """Where the span stands now; None when its lines changed since the analysis."""
        then = self.analysed.range_of(span, self.encoding)
        start, end = self._now(then.start.line), self._now(then.end.line)
        if start is None or end is None or end - start != then.end.line - then.start.line:
            return None
        # An untouched line has the same text, so the characters stand where they stood.
        return types.Range(
            types.Position(start, then.start.character), types.Position(end, then.end.character)
        )

    def go_place(self, position: types.Position) -> tuple[int, int] | None:
        """Line and column in the analysed text; None on a line that changed since."""
        if self._identical or self.document is None:
            return self.analysed.to_go(position, self.encoding)
        origins = self.document.origins_in(self.analysed)
        if position.line >= len(origins) or origins[position.line] == NEW:
            return None
        then = types.Position(origins[position.line], position.character)
        return self.analysed.to_go(then, self.encoding)
