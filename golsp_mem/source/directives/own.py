"""``//golsp-mem:ignore CODE[,CODE] why`` and ``//golsp-mem:noalloc [local|strict] [why]``.

A directive begins a ``//`` comment, or follows another tool's directive in the same one
(``//nolint:errcheck //golsp-mem:noalloc``), since a line has room for one comment only. One blank
before the name is allowed: for gofmt (1.21 to 1.27) a name with a hyphen is no directive
(go/ast, isDirective), so in doc comments it writes ``// golsp-mem:noalloc``. A block comment
is never one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from attrs import frozen

from golsp_mem.model import Code, Span
from golsp_mem.source.directives.comments import Comment, CommentIndex
from golsp_mem.source.directives.goast import ast_end
from golsp_mem.source.directives.model import Contract, Malformed, Origin, Reach, Suppression
from golsp_mem.source.directives.placement import (
    FunctionPlaces,
    Governed,
    Placement,
    within_statement,
)
from golsp_mem.source.parts.functions import DECLARATIONS, FunctionSyntax
from golsp_mem.source.parts.tree import Node, shorten
from golsp_mem.source.syntax import GoFile

_WORD = re.compile(rb"golsp-?mem\b")
_PREFIX = "//golsp-mem:"
_FIRST = re.compile(rb"// ?golsp-mem:(?=\S)|//golsp-mem:")
_OTHERS = re.compile(rb"//[^ \t/]|// *nolint[ :]|// golsp-mem:\S")
_BEHIND = re.compile(rb"(?<=[ \t])// ?golsp-mem:(?=\S)")
_BLOCK = re.compile(r"/\*\s*golsp-mem:\S")
_IGNORE, _NOALLOC = "ignore", "noalloc"
# What somebody meant as a directive: a blank behind the colon, no colon, no hyphen. Without the
# colon it may be prose.
_NEARLY = re.compile(
    r"// ?golsp-?mem(?:: *(?:ignore|noalloc)\b"
    r"| +(?:ignore +(?:heap|stack|keepalive|contract|directive)-|noalloc *$))"
)
_WORDS = (_IGNORE, _NOALLOC)
_CODES = re.compile(r"[^\s,]+(?:\s*,\s*[^\s,:/-][^\s,]*)*")
_MARKS = ("//", "--", ":")
_REACH = re.compile(rf"({Reach.LOCAL}|{Reach.STRICT})(?![\w-])")
# What is never executed and so cannot allocate.
_NO_CODE = frozenset(
    {
        *("package_clause", "import_declaration", "import_spec"),
        *("type_declaration", "const_declaration", "interface_type", "struct_type"),
        *("parameter_list", "type_parameter_list"),
    }
)


@frozen
class _Directive:
    """``word`` is what follows the colon, ``rest`` what follows that."""

    span: Span
    word: str
    rest: str


def read_own(
    file: GoFile, comments: CommentIndex, functions: FunctionPlaces
) -> Iterator[Suppression | Contract | Malformed]:
    """What golsp-mem's own directives ask for, in source order."""
    placement = Placement(comments)
    for comment in comments.saying(_WORD):
        directives = list(_split(comments, comment))
        if not directives:
            if _BLOCK.match(comment.text):
                text = f"a block comment is no directive; write {_PREFIX}{_IGNORE} CODE why"
                yield Malformed(comments.span(comment), text)
            elif _NEARLY.match(comment.text):
                text = f"no directive; write {_PREFIX}{_IGNORE} CODE why, or {_PREFIX}{_NOALLOC}"
                yield Malformed(comments.span(comment), text)
            continue
        whole_file = placement.before_package(comment)
        target = None if whole_file else placement.target(comment)
        reader = _Reader(file, functions, target, whole_file=whole_file)
        for directive in directives:
            yield from reader.read(directive)


def _split(comments: CommentIndex, comment: Comment) -> Iterator[_Directive]:
    text = comments.tree.text[comment.start : comment.end]
    found = [match for match in (_FIRST.match(text),) if match]
    if _OTHERS.match(text):
        found += _BEHIND.finditer(text, 2)
    for index, match in enumerate(found):
        stop = found[index + 1].start() if index + 1 < len(found) else len(text)
        stop = len(text[:stop].rstrip())
        said = text[match.end() : stop].decode("utf-8", "replace")
        word = said.split(None, 1)[0] if said and not said[0].isspace() else ""
        span = comments.tree.span(comment.start + match.start(), comment.start + stop)
        yield _Directive(span, word, said[len(word) :].strip())


class _Reader:
    """Reads the directives of one comment."""

    def __init__(
        self,
        file: GoFile,
        functions: FunctionPlaces,
        target: Governed | None,
        *,
        whole_file: bool,
    ) -> None:
        self._tree = file.tree
        self._functions = functions
        self._target = target
        self._whole_file = whole_file

    def read(self, directive: _Directive) -> Iterator[Suppression | Contract | Malformed]:
        if directive.word == _IGNORE:
            yield from self._ignore(directive)
        elif directive.word == _NOALLOC:
            yield self._contract(directive)
        else:
            yield Malformed(directive.span, _unknown(directive))

    def _ignore(self, directive: _Directive) -> Iterator[Suppression | Malformed]:
        match = None if directive.rest.startswith(_MARKS) else _CODES.match(directive.rest)
        after = directive.rest[match.end() :].strip() if match else ""
        if match is None or after.startswith(","):
            example = f"{_PREFIX}{_IGNORE} heap-boxing why"
            yield Malformed(directive.span, f"{_PREFIX}{_IGNORE} names no code; write {example}")
            return
        if after.split(None, 1)[:1] and after.split(None, 1)[0] in list(Code):
            text = f"codes are separated by commas: {shorten(match[0])},{after.split(None, 1)[0]}"
            yield Malformed(directive.span, text)
        written = (code.strip().rstrip(":") for code in match[0].split(","))
        codes = tuple(dict.fromkeys(written))
        lines = self._lines()
        if lines is None:
            yield Malformed(directive.span, _astray(_IGNORE))
            return
        yield Suppression(
            directive.span, shorten(f"{_PREFIX}{_IGNORE} {','.join(codes)}"), *lines,
            codes=codes, reason=_reason(after),
        )  # fmt: skip

    def _lines(self) -> tuple[int, int] | None:
        if self._whole_file:
            return 1, self._tree.lines
        if self._target is None:
            return None
        line_of = self._tree.line_of
        return line_of(self._target.start), line_of(self._target.end)

    def _contract(self, directive: _Directive) -> Contract | Malformed:
        target = self._target
        if self._whole_file:
            text = f"{_PREFIX}{directive.word} governs a function or a statement, never a file"
            return Malformed(directive.span, text)
        if target is None:
            return Malformed(directive.span, _astray(directive.word))
        if any(outer.kind in _NO_CODE for outer in within_statement(target.node)):
            text = f"{_PREFIX}{directive.word} governs nothing here: {_never_executed(target.node)}"
            return Malformed(directive.span, text)
        function = self._governed_function(target)
        if function is not None:
            start, end = self._tree.bounds(function.span)
            if function.is_literal:
                start += len("func")
            anchor = function.name_span
        else:
            start, end = target.start, ast_end(target.node)
            _, line_end = self._tree.line_bounds(self._tree.line_of(start))
            anchor = self._tree.span(start, min(target.end, line_end))
        reach, rest = _reach(directive.rest)
        if meant := _misspelt_reach(reach, rest):
            said = shorten(f"{_PREFIX}{directive.word} {directive.rest}")
            text = f"{said}: write {meant}, or a colon before the reason"
            return Malformed(directive.span, text)
        return Contract(
            directive.span,
            f"{_PREFIX}{directive.word}" + ("" if reach is Reach.CALLS else f" {reach}"),
            Origin.GOLSP_MEM,
            self._tree.line_of(start),
            self._tree.line_of(end),
            region=self._tree.span(start, end),
            anchor=anchor,
            function=function.name if function is not None else None,
            reason=_reason(rest),
            reach=reach,
        )

    def _governed_function(self, target: Governed) -> FunctionSyntax | None:
        if target.node.kind in (*DECLARATIONS, "func_literal"):
            return self._functions.at(target.node)
        if target.opens:
            return None
        return self._functions.literal_on(target.node, self._tree.line_of(target.start))


def _reach(rest: str) -> tuple[Reach, str]:
    """How far the promise reaches, and what is said behind that."""
    word = _REACH.match(rest)
    return (Reach(word[1]), rest[word.end() :].strip()) if word else (Reach.CALLS, rest)


def _misspelt_reach(reach: Reach, rest: str) -> str:
    """What to write instead of a single word that is nearly one for how far the promise reaches, or
    of a second such word; empty where the words are a reason."""
    alone = rest.split()
    chosen = [one.value for one in (Reach.LOCAL, Reach.STRICT)]
    if len(alone) != 1:
        return ""
    if reach is not Reach.CALLS:
        return f"one of {' and '.join(chosen)}" if alone[0] in chosen else ""
    close = get_close_matches(alone[0].lower(), chosen, n=1, cutoff=0.75)
    return close[0] if close else ""


def _reason(text: str) -> str:
    for mark in _MARKS:
        if text.startswith(mark):
            return text.removeprefix(mark).strip()
    return text


def _never_executed(node: Node) -> str:
    if node.kind == "method_elem":
        return "an interface's method has no code; write it above the methods that implement it"
    return "this is never executed"


def _unknown(directive: _Directive) -> str:
    if not directive.word:
        return f"no blank follows the colon: {_PREFIX}{_IGNORE} CODE why"
    word, said = directive.word.lower(), shorten(_PREFIX + directive.word)
    head = re.split(r"[:=,(]", word, maxsplit=1)[0]
    if head == _IGNORE and word != head:
        return f"a blank goes before the codes: {_PREFIX}{_IGNORE} CODE why"
    close = get_close_matches(word, _WORDS, n=1) or get_close_matches(head, _WORDS, n=1)
    hint = f"did you mean {_PREFIX}{close[0]}?" if close else f"there are {', '.join(_WORDS)}"
    return f"unknown directive {said} ({hint})"


def _astray(word: str) -> str:
    return (
        f"{_PREFIX}{word} governs nothing here; put it alone above the statement, or behind it on "
        "the line where it begins"
    )
