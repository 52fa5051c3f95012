"""The pages of advice/topics: Markdown with a head of TOML between ``+++`` lines.

A page may have parts that hold for some releases only. They stand between HTML comments, so
that the page reads well on the web too, where every part is shown::

    <!-- go>=1.24 -->
    Since Go 1.24 …
    <!-- go<1.24 -->
    Up to Go 1.23 …
    <!-- end -->
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from importlib import resources

import cattrs
from attrs import frozen

from golsp_mem.advice.links import command, href
from golsp_mem.errors import UsageError

_PART = re.compile(r"<!-- (?:go(?P<sign><|>=)1\.(?P<minor>\d+)|(?P<end>end)) -->\n?")
_RELATIVE = re.compile(r"\[(?P<words>[^\]]*)\]\((?P<page>[a-z-]+)\.md\)")
_CLAIMS = re.compile(r"^(```[a-z]+) [^\n]*$", re.MULTILINE)
_RELEASE = re.compile(r"(?:go)?1\.(\d+)")


@frozen
class TopicInfo:
    """What a list of topics shows of one page."""

    name: str
    title: str
    summary: str


@frozen
class _Head:
    title: str
    summary: str


@frozen
class Topic:
    """One page. ``text`` is its Markdown below the head, with the parts for all releases."""

    info: TopicInfo
    text: str

    def body(self, release: str | None = None) -> str:
        """The text for ``release`` (``"1.26"``, ``"go1.26.8"``; None: for all), with absolute
        links, or the commands that print the other pages at its end."""
        # The words behind a fence's language are claims for the tests (tests/advice).
        shown = _CLAIMS.sub(r"\1", for_release(self.text, release))
        others = dict.fromkeys(match["page"] for match in _RELATIVE.finditer(shown))
        shown = _RELATIVE.sub(_absolute, shown)
        if not others or href(self.info.name):
            return shown
        commands = ", ".join(f"`{command(page)}`" for page in others)
        return f"{shown.rstrip()}\n\nSee also: {commands}\n"


@cache
def names() -> tuple[str, ...]:
    """The names of all pages, sorted."""
    pages = resources.files(__package__).joinpath("topics").iterdir()
    return tuple(sorted(page.name[:-3] for page in pages if page.name.endswith(".md")))


@cache
def read_topic(name: str) -> Topic:
    """The page ``name``. Raises UsageError with the closest names when there is none."""
    if name not in names():
        close = get_close_matches(name, names(), n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(names())}"
        raise UsageError(f"no topic {name!r}: {hint}")
    page = resources.files(__package__).joinpath("topics", f"{name}.md")
    _, head, text = page.read_text(encoding="utf-8").split("+++\n", 2)
    fields = cattrs.Converter(forbid_extra_keys=True).structure(tomllib.loads(head), _Head)
    return Topic(TopicInfo(name, fields.title, fields.summary), text.strip() + "\n")


def for_release(text: str, release: str | None) -> str:
    """``text`` without the parts that do not hold for ``release``; None keeps them all."""
    match = _RELEASE.match(release or "")
    minor = int(match[1]) if match else None
    kept: list[str] = []
    position, shown = 0, True
    for mark in _PART.finditer(text):
        if shown:
            kept.append(text[position : mark.start()])
        position = mark.end()
        if mark["end"] or minor is None:
            shown = True
        else:
            bound = int(mark["minor"])
            shown = minor >= bound if mark["sign"] == ">=" else minor < bound
    if shown:
        kept.append(text[position:])
    return re.sub(r"\n{3,}", "\n\n", "".join(kept))


def _absolute(link: re.Match[str]) -> str:
    address = href(link["page"])
    if address:
        return f"[{link['words']}]({address})"
    return f"`{link['words']}`" if link["words"] == link["page"] else link["words"]
