"""Actions on golsp-mem's own comments: accept a finding in the code, remove what does nothing."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.codes import Family
from golsp_mem.model import Code, Finding
from golsp_mem.source.directives import read_directives
from golsp_mem.source.edits import TextEdit, applied
from golsp_mem.source.syntax import GoFile


@frozen
class CommentFix:
    """An edit of one comment, with its title."""

    title: str
    edit: TextEdit


def comment_fix(file: GoFile, finding: Finding) -> CommentFix | None:
    """*Ignore heap-new here*, or for a comment that suppresses nothing *Remove the comment*; None
    where no comment could do it. ``file`` is the finding's, as it was analysed."""
    if finding.code is Code.DIRECTIVE_UNUSED:
        return _removal(file, finding)
    if finding.code.family is Family.DIRECTIVE:
        return None
    comment = f"//golsp-mem:ignore {finding.code}"
    for edit in _places(file, finding, comment):
        if edit is not None and _governs(file, finding, edit):
            return CommentFix(f"Ignore {finding.code} here ({comment})", edit)
    return None


def _places(file: GoFile, finding: Finding, comment: str) -> tuple[TextEdit | None, TextEdit]:
    """Behind the code of the finding's line, and on a line of its own above."""
    tree = file.tree
    start, end = tree.line_bounds(finding.span.line)
    written = tree.text[start:end]
    behind = start + len(written.rstrip())
    indent = written[: len(written) - len(written.lstrip())].decode("ascii", "replace")
    newline = "\r\n" if tree.text[end : end + 1] == b"\r" else "\n"
    return (
        # A line has room for one comment.
        None if b"//" in written else TextEdit(tree.span(behind, end), f" {comment}"),
        TextEdit(tree.span(start, start), f"{indent}{comment}{newline}"),
    )


def _governs(file: GoFile, finding: Finding, edit: TextEdit) -> bool:
    """Whether the comment, once written, stands for the finding, and for no more lines than the
    finding has."""
    known = read_directives(file).suppressions
    found = read_directives(GoFile.parse(file.path, applied(file, (edit,)))).suppressions
    moved = edit.new_text.count("\n")
    return len(found) == len(known) + 1 and any(
        one.codes == (finding.code.value,)
        and one.first_line <= finding.span.line + moved
        and one.last_line <= finding.span.end_line + moved
        and finding.span.line + moved <= one.last_line
        and one.span.line == edit.span.line
        for one in found
    )


def _removal(file: GoFile, finding: Finding) -> CommentFix | None:
    tree = file.tree
    start, end = tree.bounds(finding.span)
    line_start, line_end = tree.line_bounds(finding.span.line)
    directive = tree.text[start:end]
    if b"," in directive.partition(b" ")[0] and directive.startswith(b"//nolint"):
        return None  # the other linters of its list need it
    if tree.text[end:line_end].strip():
        return None  # another directive follows in the same comment
    before = tree.text[line_start:start].rstrip()
    if before:
        span = tree.span(line_start + len(before), line_end)
    else:
        span = tree.span(line_start, tree.line_bounds(finding.span.line + 1)[0])
    return CommentFix("Remove the comment", TextEdit(span, ""))
