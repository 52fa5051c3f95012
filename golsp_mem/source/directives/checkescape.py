"""``// +checkescape`` as gVisor reads it.

Source: gVisor, tools/checkescape/checkescape.go (read at 3c5eee1, August 2026).

- It counts in the doc comment of a function declaration only, a line of its own, spelt exactly
  ``// +checkescape`` or ``// +checkescape:OPTION[,OPTION]``, without blanks in the list. Several
  lines add up; the one without options sets ``local,hard`` anew. ``//+checkescape`` and
  ``// +checkescapes`` are errors there, as are unknown options and a list that names no kind.
- ``heap``: memory for variables, new, ``&T{}`` and slice literals. ``builtin``: append, make,
  closures and map literals. ``hard``: both. ``local``: only the function itself; else what it
  calls statically counts, too. ``all``: hard and all soft kinds.
- A comment that begins with ``// escapes``, in any case, exempts its line, for callers as well.

We honour ``heap``, ``builtin`` and the exempt lines, and judge all as ``local``: what a function
calls counts where the compiler inlined it. The soft kinds are not judged:
stack splits (``stack``), calls through an interface (``interface``) or of a function value
(``dynamic``) that may allocate, calls into packages without analysis (``unknown``). What
checkescape does not look for breaks nothing either: boxing, conversions, concatenations, map
inserts, go statements. It calls every make and closure an escape; for us only what the object
code allocates is one. ``// +mustescape`` promises the opposite, for checkescape's own tests: no
contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.model import Code
from golsp_mem.source.directives.comments import Comment, CommentGroup, CommentIndex
from golsp_mem.source.directives.model import Contract, Malformed, Origin
from golsp_mem.source.directives.placement import FunctionPlaces
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node, shorten
from golsp_mem.source.syntax import GoFile

_WORD = re.compile(rb"\+(?:check|must)escape")
_MAGIC = "// +checkescape"
_TEST_MAGIC = "// +mustescape:"
_MISSPELT = ("//+checkescape", "// +checkescapes")
_EXEMPT = re.compile(rb"// escapes", re.IGNORECASE)
_WELL_FORMED = re.compile(r"// \+checkescape(?::[a-z]+(?:,[a-z]+)*)?")
_HEAP = frozenset(code for code in Code if "heap" in code.row.checkescape)
_BUILTIN = frozenset(code for code in Code if "builtin" in code.row.checkescape)
_KINDS = {
    "heap": _HEAP,
    "builtin": _BUILTIN,
    "hard": _HEAP | _BUILTIN,
    "all": _HEAP | _BUILTIN,
    **dict.fromkeys(("stack", "interface", "dynamic", "unknown"), frozenset[Code]()),
}
_KIND_NAMES = ", ".join(sorted(_KINDS))


def read_checkescape(
    file: GoFile, comments: CommentIndex, functions: FunctionPlaces
) -> Iterator[Contract | Malformed]:
    """One contract for each function that promises something we judge."""
    done = -1
    exempt: frozenset[int] | None = None
    for comment in comments.saying(_WORD):
        group = comments.group(comment)
        declaration = _documented(comments, group)
        if declaration is None:
            if _WELL_FORMED.fullmatch(comment.text):
                text = f"{shorten(comment.text)} is read in the doc comment of a function only"
                yield Malformed(comments.span(comment), text)
            continue
        if group.first.start == done:
            continue
        done = group.first.start
        reading = _Reading(comments)
        for member in group.comments:
            reading.add(member)
        reading.close()
        yield from reading.malformed
        function = functions.at(declaration)
        if reading.first is None or not reading.codes or function is None:
            continue
        if exempt is None:
            exempt = exempt_lines(file)
        first, last = function.span.line, function.span.end_line
        yield Contract(
            comments.span(reading.first), shorten(reading.first.text), Origin.CHECKESCAPE,
            first, last,
            region=function.span, anchor=function.name_span, function=function.name,
            codes=reading.codes,
            exempt_lines=frozenset(line for line in exempt if first <= line <= last),
        )  # fmt: skip


def exempt_lines(file: GoFile) -> frozenset[int]:
    """The lines that ``// escapes`` comments exempt from checkescape's contracts, also from
    those of callers."""
    comments = CommentIndex(file.tree)
    return frozenset(
        comment.line
        for comment in comments.saying(_EXEMPT)
        if comment.text.lower().startswith("// escapes")
    )


class _Reading:
    """The lines of one doc comment, added up as findReasons does."""

    def __init__(self, comments: CommentIndex) -> None:
        self._comments = comments
        self.first: Comment | None = None
        self.codes: frozenset[Code] = frozenset()
        self._names_kinds = False
        self.malformed: list[Malformed] = []

    def add(self, comment: Comment) -> None:
        text = comment.text
        if text.startswith(_MISSPELT):
            self._complain(comment, f"misspelt, not read by gVisor; write {_MAGIC}")
        elif text == _MAGIC:
            self.first = self.first or comment
            self.codes, self._names_kinds = _KINDS["hard"], True
        elif text.startswith(f"{_MAGIC}:"):
            self.first = self.first or comment
            words = text.removeprefix(f"{_MAGIC}:").split(",")
            known = [word for word in words if word in _KINDS]
            self._unknown(comment, words)
            self.codes = self.codes.union(*(_KINDS[word] for word in known))
            self._names_kinds = self._names_kinds or bool(known)
        elif text.startswith(_TEST_MAGIC):
            self._unknown(comment, text.removeprefix(_TEST_MAGIC).split(","))
        elif text.startswith(_MAGIC):
            self._complain(comment, f"options follow a colon without blanks: {_MAGIC}:all")

    def close(self) -> None:
        """After the last line."""
        if self.first is not None and not self._names_kinds:
            self._complain(self.first, f"it names no kind; write {_MAGIC}:local,hard")

    def _unknown(self, comment: Comment, words: list[str]) -> None:
        for word in words:
            if word != "local" and word not in _KINDS:
                name = shorten(word)
                self._complain(comment, f"unknown option {name!r} (there are {_KIND_NAMES}, local)")

    def _complain(self, comment: Comment, text: str) -> None:
        said = f"{shorten(comment.text)}: {text}"
        self.malformed.append(Malformed(self._comments.span(comment), said))


def _documented(comments: CommentIndex, group: CommentGroup) -> Node | None:
    """The function declaration whose doc comment the group is."""
    tree = comments.tree
    if group.code_after >= len(tree.text):
        return None
    if tree.line_of(group.code_after) != group.last.end_line + 1:
        return None
    node = comments.node_at(group.code_after, group.last.node)
    while node.parent is not None and node.start == group.code_after:
        if node.kind in DECLARATIONS:
            return node
        node = node.parent
    return None
