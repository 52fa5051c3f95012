"""From candidates to whole texts: edits, imports, gofmt."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from attrs import define, field

from golsp_mem.advice.fixes.candidate import Candidate, FixContext
from golsp_mem.source.edits import (
    TextEdit,
    applied,
    default_name,
    import_name,
    insert_import,
    remove_import,
    uses_package,
)
from golsp_mem.source.syntax import GoFile

Format = Callable[[bytes], Awaitable[bytes | None]]


@define(eq=False)
class Editor:
    """Makes the edited texts of one package. ``format`` is gofmt; a file that it would change
    already is left as its author formats it."""

    context: FixContext
    format: Format
    _clean: dict[str, bool] = field(factory=dict)

    async def texts(self, candidates: Sequence[Candidate]) -> dict[Path, bytes] | None:
        """The texts with all of the edits; None where they overlap or an import stands in the way
        of one."""
        by_file: dict[str, list[TextEdit]] = {}
        for one in candidates:
            for edit in one.edits:
                by_file.setdefault(edit.span.file, []).append(edit)
        found: dict[Path, bytes] = {}
        for path, listed in by_file.items():
            file = self.context.files[path]
            edits = list(dict.fromkeys(listed))
            if overlap(file, edits):
                return None
            text = with_imports(
                path,
                applied(file, edits),
                needs=[need for one in candidates if _edits(one, path) for need in one.needs],
                drops=[drop for one in candidates if _edits(one, path) for drop in one.drops],
            )
            if text is None:
                return None
            found[Path(path)] = await self._formatted(file, text)
        return found

    def fitting(
        self, accepted: Sequence[Candidate], candidates: Sequence[Candidate]
    ) -> list[Candidate]:
        """Those of the candidates that touch nothing which the accepted ones, or an earlier one of
        them, change."""
        by_file: dict[str, list[TextEdit]] = {}
        found = []
        for one in (*accepted, *candidates):
            together = {
                path: [*by_file.get(path, ()), *(e for e in one.edits if e.span.file == path)]
                for path in {edit.span.file for edit in one.edits}
            }
            if any(
                overlap(self.context.files[path], list(dict.fromkeys(edits)))
                for path, edits in together.items()
            ):
                continue
            by_file.update(together)
            if one not in accepted:
                found.append(one)
        return found

    async def _formatted(self, file: GoFile, text: bytes) -> bytes:
        if file.path not in self._clean:
            self._clean[file.path] = await self.format(file.text) == file.text
        if not self._clean[file.path]:
            return text
        return await self.format(text) or text


def _edits(candidate: Candidate, path: str) -> bool:
    return any(edit.span.file == path for edit in candidate.edits)


def overlap(file: GoFile, edits: Iterable[TextEdit]) -> bool:
    """Whether two of the edits touch the same bytes, or insert at one place other than whole
    lines."""
    end, before_inserts = -1, False
    lines = [edit for edit in edits if _inserts_lines(file, edit)]
    others = [edit for edit in edits if edit not in lines]
    places = {file.tree.bounds(edit.span) for edit in lines}
    for start, stop in sorted([*places, *(file.tree.bounds(edit.span) for edit in others)]):
        if start < end or (start == end and (before_inserts or start == stop)):
            return True
        end, before_inserts = stop, start == stop
    return False


def _inserts_lines(file: GoFile, edit: TextEdit) -> bool:
    """Whether it inserts whole lines between two lines: several of these may stand there."""
    start, stop = file.tree.bounds(edit.span)
    return start == stop and edit.new_text.endswith("\n") and file.text[start - 1 : start] in b"\n"


def with_imports(
    path: str, text: bytes, *, needs: Iterable[str], drops: Iterable[str]
) -> bytes | None:
    """The text that imports what it needs, and no more what it left off using; None where that
    cannot be written."""
    for need in dict.fromkeys(needs):
        file = GoFile.parse(path, text)
        if import_name(file, need) is not None or not uses_package(file, default_name(need)):
            continue
        edit = insert_import(file, need)
        if edit is None:
            return None
        text = applied(file, [edit])
    for drop in dict.fromkeys(drops):
        file = GoFile.parse(path, text)
        name = import_name(file, drop)
        if not name or uses_package(file, name):
            continue
        edit = remove_import(file, drop)
        if edit is None:
            return None
        text = applied(file, [edit])
    return text


def line_edits(file: GoFile, text: bytes) -> tuple[TextEdit, ...]:
    """The edits of whole lines that make a file's text another one."""
    tree = file.tree
    old, new = file.text.splitlines(keepends=True), text.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    # Most of a file is the same: only what lies between is compared.
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    matcher = difflib.SequenceMatcher(
        None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False
    )
    return tuple(
        TextEdit(
            tree.span(starts[head + a], starts[head + b]),
            b"".join(new[head + c : head + d]).decode("utf-8", "replace"),
        )
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )
