"""The texts that editors hold open, and where their lines came from.

Analysis reads the disk, so findings belong to saved text. While somebody types, each open
document remembers which of its lines are still lines of that text: a finding on such a line
moves with it, a finding on a changed line is dropped, because nobody knows whether it still
holds. That is better than keeping it (hints would sit on the wrong words) and than shifting
it within the changed line (the change may be the fix).

pygls keeps texts too, but splits lines where Python does (form feed, U+2028 ...), not where
LSP does, so that positions after such a character would be wrong.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import define, field
from lsprotocol import types

from golsp_mem.lsp.convert import Encoding, Lines, Text, file_key, file_name

NEW = -1
# As many changes at once are cheaper one by one.
_FEW = 8
# Lines of one text times lines of the other between which lines that stayed are looked for.
_MOST_PAIRS = 250_000


def same_lines(before: Sequence[str], after: Sequence[str]) -> list[int]:
    """For each line of ``after`` its 0-based line in ``before``, or NEW.

    What both texts start and end with is kept, which is all when one place changed, as between
    two reports of an editor. Who sends the whole text each time may have changed several: those
    are looked for as long as that is soon done.
    """
    limit = min(len(before), len(after))
    head = 0
    while head < limit and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < limit - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    kept_tail = range(len(before) - tail, len(before))
    between = [NEW] * (len(after) - head - tail)
    left = len(before) - head - tail
    if 0 < left * len(between) <= _MOST_PAIRS:
        from difflib import SequenceMatcher  # noqa: PLC0415 - for whole texts only

        middle = (before[head : head + left], after[head : head + len(between)])
        for old, new, count in SequenceMatcher(None, *middle, autojunk=False).get_matching_blocks():
            between[new : new + count] = range(head + old, head + old + count)
    return [*range(head), *between, *kept_tail]


@define(eq=False)
class _Trail:
    """For each line of a document now its 0-based line in ``text``, or NEW. Who changes it sets
    another ``origin``."""

    text: Text
    origin: Sequence[int]
    _lines: tuple[Sequence[int], Sequence[int]] | None = field(init=False, default=None)

    @property
    def lines(self) -> Sequence[int]:
        """For each line of ``text`` where it is now, or NEW."""
        if isinstance(self.origin, range):
            return self.origin
        if self._lines is None or self._lines[0] is not self.origin:
            self._lines = (self.origin, inverse(self.origin, self.text.line_count))
        return self._lines[1]


def inverse(origins: Sequence[int], count: int) -> Sequence[int]:
    """For each of ``count`` lines the line that it is the origin of, or NEW."""
    found = array("l", [NEW]) * count
    for now, then in enumerate(origins):
        if then != NEW:
            found[then] = now
    return found


def _trail(text: Text) -> _Trail:
    return _Trail(text, range(text.line_count))


@define(eq=False)
class Document:
    """An open document. ``key`` is its `file_key`, ``name`` the native name, ``directory`` the
    `file_key` of where it lies (not of where a link leads).

    It remembers where its lines came from since it was last saved, and since the text that
    the shown findings belong to (an older one while the saved text does not build).
    """

    uri: str
    name: str
    key: str
    version: int
    text: Text
    directory: str
    _saved: _Trail = field(init=False)
    _analysed: _Trail | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self._saved = _trail(self.text)

    def replace(self, text: Text) -> None:
        """Take ``text`` as the newest version."""
        before = self.text.lines
        self._take(text, 0, len(before), same_lines(before, text.lines))

    def edit(self, start: int, end: int, new: str) -> None:
        """Take ``new`` in place of ``text[start:end]`` as the newest version.

        Only the lines that it touches are compared: a large file costs no more than a small one.
        """
        before, after = self.text, self.text.edited(start, end, new)
        if not (before.has_one_way_to_end_lines and after.has_one_way_to_end_lines):
            self.replace(after)
            return
        first, last = before.line_of(start), before.line_of(end)
        here = after.lines_of(first, after.line_of(start + len(new)))
        self._take(after, first, last + 1, same_lines(before.lines_of(first, last), here))

    def edit_all(
        self, changes: Sequence[types.TextDocumentContentChangePartial], encoding: Encoding
    ) -> None:
        """Take many changes, each of what the one before left, as one newest version."""
        lines = Lines(self.text, encoding)
        trails = list({self._saved, self._analysed or self._saved})
        origins = [list(trail.origin) for trail in trails]
        for change in changes:
            first, before, after = lines.edit(change.range, change.text)
            step = same_lines(before, after)
            for origin in origins:
                old = origin[first : first + len(before)]
                origin[first : first + len(before)] = [
                    NEW if index == NEW else old[index] for index in step
                ]
        self.text = lines.text
        for trail, origin in zip(trails, origins, strict=True):
            trail.origin = origin

    def _take(self, text: Text, first: int, end: int, step: Sequence[int]) -> None:
        """``step`` says of each line that came for those from ``first`` to ``end`` which of these
        it is, or NEW."""
        self.text = text
        for trail in {self._saved, self._analysed or self._saved}:
            old = trail.origin
            now = [NEW if index == NEW else old[first + index] for index in step]
            trail.origin = [*old[:first], *now, *old[end:]]

    @property
    def is_unsaved(self) -> bool:
        """Whether the text is another than the one that was opened or saved last."""
        return self._saved.text.text != self.text.text

    def mark_saved(self) -> None:
        """The text is the one on the disk."""
        self._saved = _trail(self.text)

    def mark_analysed(self, text: Text) -> None:
        """Findings for ``text`` are shown from now on."""
        if self._analysed is not None and self._analysed.text.text == text.text:
            return
        if self.text.text == text.text:
            self._analysed = _trail(self.text)
        elif self._saved.text.text == text.text:
            self._analysed = self._saved
        else:
            self._analysed = _Trail(text, same_lines(text.lines, self.text.lines))

    def origins_in(self, text: Text) -> Sequence[int]:
        """For each line of this document its line in ``text``, or NEW."""
        return self._trail_of(text).origin

    def lines_of(self, text: Text) -> Sequence[int]:
        """For each line of ``text`` where it is in this document, or NEW."""
        return self._trail_of(text).lines

    def _trail_of(self, text: Text) -> _Trail:
        for trail in (self._analysed, self._saved):
            if trail is not None and trail.text.text == text.text:
                return trail
        return _Trail(text, same_lines(text.lines, self.text.lines))


class Documents:
    """All open Go files, by URI and by file."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._by_uri: dict[str, Document] = {}
        # To look a directory up asks the system: with 1000 open files nobody does that for each.
        self._in: dict[str, dict[str, Document]] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._by_uri.values()))

    def open(self, item: types.TextDocumentItem) -> Document | None:
        """The new document, None when it is not a Go file on this machine's disk."""
        name = file_name(item.uri)
        if name is None or not name.endswith(".go"):
            return None
        self.close(item.uri)
        directory = file_key(Path(name).parent)
        text = Text(item.text)
        document = Document(item.uri, name, file_key(name), item.version, text, directory)
        self._by_uri[item.uri] = document
        self._in.setdefault(directory, {})[item.uri] = document
        return document

    def in_directory(self, directory: str) -> list[Document]:
        """The open documents that lie in a directory (`file_key`)."""
        return list(self._in.get(directory, {}).values())

    def change(self, params: types.DidChangeTextDocumentParams) -> Document | None:
        document = self._by_uri.get(params.text_document.uri)
        if document is None:
            return None
        changes = params.content_changes
        parts = [one for one in changes if isinstance(one, types.TextDocumentContentChangePartial)]
        if len(changes) == len(parts) > _FEW:
            # To replace a name everywhere in a large file is thousands of them.
            document.edit_all(parts, self._encoding)
            changes = ()
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangeWholeDocument):
                document.replace(Text(change.text))
                continue
            start = document.text.offset(change.range.start, self._encoding)
            end = document.text.offset(change.range.end, self._encoding)
            document.edit(start, max(start, end), change.text)
        document.version = params.text_document.version
        return document

    def save(self, uri: str, content: str | None) -> Document | None:
        """Note that the text is on the disk now; ``content`` when the client sent it along."""
        document = self._by_uri.get(uri)
        if document is not None:
            if content is not None and content != document.text.text:
                document.replace(Text(content))
            document.mark_saved()
            if (now := file_key(Path(document.name).parent)) != document.directory:
                # It was opened before there was one, and a link is there now.
                self._leave(document)
                document.directory = now
                self._in.setdefault(now, {})[uri] = document
        return document

    def close(self, uri: str) -> Document | None:
        document = self._by_uri.pop(uri, None)
        if document is not None:
            self._leave(document)
        return document

    def _leave(self, document: Document) -> None:
        together = self._in[document.directory]
        del together[document.uri]
        if not together:
            del self._in[document.directory]

    def get(self, uri: str) -> Document | None:
        return self._by_uri.get(uri)

    def of_file(self, key: str) -> Document | None:
        """The open document of a file (`file_key`), however the client spells its name."""
        return next((document for document in self if document.key == key), None)
