"""Markdown (CommonMark) from untrusted pieces: identifiers, paths and compiler text.

What comes from a workspace can be chosen by an attacker (a file name, an identifier of a
dependency), so it never reaches a renderer as markup: no HTML, no links but our own, no
headings, no line breaks. Every such piece goes through ``code``, ``text`` or ``fence``.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

# Control characters, line separators and the bidirectional overrides that make shown text
# differ from the real one (CVE-2021-42574). Shown as escapes, so that they are seen.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
# What can be markup inside a line; then what can be only at its start (headings, lists, lines
# under headings); then what some renderers turn into links by themselves.
_MARKUP = re.compile(
    r"[\\`*_\[\]<>|~&$@#]|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]|^\d{3,9}[.)]"
    r"|:(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\.",
    re.IGNORECASE,
)
_BACKTICKS = re.compile("`+")
_SCHEMES = frozenset({"file", "http", "https", "untitled", "vscode-remote"})
_ELLIPSIS = "…"


def _show(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"


def one_line(value: str, limit: int = 200) -> str:
    """``value`` as one visible line of at most ``limit`` characters."""
    flat = _UNSEEN.sub(_show, re.sub(r"[\t\r\n\v\f ]+", " ", value)).strip()
    return flat if len(flat) <= limit else flat[: limit - 1] + _ELLIPSIS


def code(value: str, limit: int = 200) -> str:
    """An inline code span that shows exactly ``value``, whatever backticks it has."""
    shown = one_line(value, limit)
    if not shown:
        return "` `"
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    # A span that starts or ends with a backtick needs a space, which renderers drop again.
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def text(value: str, limit: int = 400) -> str:
    """``value`` as plain words: what could be markup is escaped, and nothing else.

    ``&`` and ``<`` become entities, as some editors render HTML before they see the escapes.
    """
    return _MARKUP.sub(_escape, one_line(value, limit))


def words(value: str, limit: int = 400) -> str:
    """A sentence of ours in which pieces of code stand between backticks: those are code, all else
    is plain words. With a backtick too many all of it is."""
    pieces = one_line(value, limit).split("`")
    if len(pieces) % 2 == 0:
        return text(value, limit)
    shown = []
    for number, piece in enumerate(pieces):
        if number % 2:
            shown.append(code(piece))
        elif piece:
            # Blanks at its ends belong to the sentence.
            ends = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
            shown.append(f"{ends[0]}{text(piece)}{ends[1]}" if piece.strip() else piece)
    return "".join(shown)


def _escape(match: re.Match[str]) -> str:
    found = match[0]
    entity = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(found)
    return entity or f"{found[:-1]}\\{found[-1]}"


def fence(source: str, language: str = "go") -> str:
    """A fenced block that ``source`` cannot leave."""
    lines = [_UNSEEN.sub(_show, line) for line in source.strip("\n").split("\n")]
    body = "\n".join(lines)
    longest = max((len(run) for run in _BACKTICKS.findall(body)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{body}\n{marks}"


def link(label: str, target: str) -> str:
    """A link with a ``label`` that is Markdown already; only the label when ``target`` is
    empty or is no address that an editor may open (``javascript:``, ``command:`` …)."""
    try:
        scheme = urlsplit(target).scheme
    except ValueError:
        return label
    if scheme not in _SCHEMES:
        return label
    if "]:" in label:
        # At the start of a paragraph this would define a reference, code span or not.
        label = text(label.strip("` "))
    address = quote(target.encode("utf-8", "replace"), safe="%/:?#@!$&'*+,;=~-._")
    return f"[{label}]({address})"


_PIECES = re.compile(
    r"(?P<kept>^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)$|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)"
    r"|\]\([^)\s]*\))|(?P<run>(?:[^\W_]|[./:,()-]|\\[!-/:-@\[-`{-~]|&(?:amp|lt|gt);)+)",
    re.MULTILINE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|&(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}


def without_escapes(markdown: str) -> str:
    """The same for a renderer that shows escapes as they are written (Neovim's): words that have
    some are code."""
    return _PIECES.sub(_as_code, markdown)


def _as_code(match: re.Match[str]) -> str:
    run = match["run"]
    if run is None or not _ESCAPED.search(run):
        return match[0]
    beside = match.string[match.start() - 1 : match.start()] + match.string[match.end() :][:1]
    if "`" in beside:
        return run
    plain = _ESCAPED.sub(lambda one: one[1] or _ENTITIES[one[2]], run)
    before, after = "", ""
    while plain.endswith((".", ",", ":")) or (
        plain[-1:] == ")" and plain.count("(") < plain.count(")")
    ):
        plain, after = plain[:-1], plain[-1] + after
    while plain.startswith("(") and plain.count("(") > plain.count(")"):
        plain, before = plain[1:], before + plain[0]
    return f"{before}{code(plain)}{after}" if plain else run
