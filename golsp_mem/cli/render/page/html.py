"""``golsp-mem report``: one HTML file that needs no network and trusts nothing it shows.

The policy in its head lets nothing load and nothing run but this script, by its hash. What comes
from the workspace is JSON in elements of a type that browsers do not run; the script puts it
into the page as text nodes only.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Iterator
from functools import lru_cache, partial
from importlib import resources

from golsp_mem.cli.render.page.data import PageData
from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.report.model import Report
from golsp_mem.source.syntax import GoFile

_PAGE = "golsp_mem.cli.render.page"
SCRIPTS = (
    "words.js", "model.js", "map.js", "list.js", "source.js", "pictures.js", "details.js",
    "frames.js", "tables.js", "main.js",
)  # fmt: skip
"""The parts of the script, in the order in which they are joined."""

MAX_SOURCE_BYTES = 64 << 20
"""Source texts that one page carries; browsers open a file of this size in a few seconds."""


def render(
    report: Report, sources: SourceTexts, max_source_bytes: int = MAX_SOURCE_BYTES
) -> Iterator[str]:
    """The page in pieces.

    Sources that are no Go files, cannot be read, or find no room in ``max_source_bytes`` are left
    out, and the page says so.
    """
    style, script = _asset("page.css"), _script()
    data = PageData(report, lru_cache(maxsize=16)(partial(_parsed, sources)))
    kept = list(_within_bounds(data, sources, max_source_bytes))
    head, tail = _asset("page.html").split("<!-- data -->\n")
    title = html.escape(one_line(f"{report.directory.name or 'report'} · golsp-mem"))
    policy = _policy(script, style)
    yield _filled(head, {"policy": policy, "style": style, "title": title})
    yield _element("report", data.json(kept))
    for number, (file, has) in enumerate(zip(data.files, kept, strict=True)):
        if has:
            yield _element(f"source-{number}", _text(sources, file))
    yield _filled(tail, {"script": script})


def _parsed(sources: SourceTexts, file: str) -> GoFile | None:
    lines = sources.lines(file)
    return GoFile.parse(file, b"\n".join(lines)) if lines else None


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _script() -> str:
    parts = "\n".join(_asset(name) for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}}})();\n'


def _asset(name: str) -> str:
    return resources.files(_PAGE).joinpath(name).read_text(encoding="utf-8")


def _filled(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"[[{name}]]", value)
    return template


def _element(name: str, value: object) -> str:
    return f'<script type="application/json" id="{name}">{_embedded(value)}</script>\n'


def _embedded(value: object) -> str:
    """JSON that can neither end its element nor, as pure ASCII, be read as another encoding."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _within_bounds(data: PageData, sources: SourceTexts, left: int) -> Iterator[bool]:
    """Whether each file's text goes into the page: it can be read, and there is room."""
    for file in data.files:
        size = sum(len(line) + 1 for line in sources.lines(file)) if _is_go_file(file) else 0
        has = 0 < size <= left
        left -= size if has else 0
        yield has


def _is_go_file(file: str) -> bool:
    """Whether a file may go into a page that is handed on: a ``//line`` comment can name any file
    of this machine, or a device, and a link with the right name can lead there."""
    real = os.path.realpath(file)
    return real.endswith(".go") and os.path.isfile(real)  # noqa: PTH113 - a name of any bytes


def _text(sources: SourceTexts, file: str) -> str:
    """A file's text; bytes that are not UTF-8 become lone surrogates, which the page shows."""
    return b"\n".join(sources.lines(file)).decode("utf-8", "surrogateescape")
