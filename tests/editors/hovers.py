"""Every hover on a finding of real modules: ``python -m tests.editors.hovers DIRECTORY…``.

Each directory is a module or a package; what lies below it is looked at too. Prints hovers longer
than five lines, those that say something twice, and those with the compiler's spelling; the exit
status is 1 where there are any. With ``--print`` each hover is printed once, to be read.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.e2e.editor import Editor, editor_on

LINES = 5
# What only the compiler writes: its names, its notes, its types.
SPELLING = re.compile(
    r"\.\.\. argument|func literal|~r\d|~b\d|leaking param|escapes to heap|moved to heap"
    r"|\{storage for|\.autotmp|<node "
    r"|go\.shape|interface \{\}|n×|may heap|\.\(\*\w+\)\.func\d|\[\.\.\.\]\.|%!|<nil>|\bNone\b"
)


def complaints(hover: str) -> Iterator[str]:
    """What is wrong with the text of one hover."""
    blocks = [one for one in re.split(r"\n\s*\n", hover.strip()) if one.strip()]
    if len(blocks) > LINES:
        yield f"{len(blocks)} lines"
    # Addresses of links hold names as files do.
    plain = re.sub(r"\]\([^)]*\)", "]", hover)
    found = SPELLING.search(plain)
    if found:
        yield f"spelling {found[0]!r}"
    # The same piece of code may stand in several lines; the same words may not.
    words = re.split(r"[.;:]\s|\n", re.sub(r"`[^`]*`", "`…`", plain))
    sentences = Counter(one.strip().lower() for one in words if len(one.strip()) > 24)
    for sentence, times in sentences.items():
        if times > 1:
            yield f"twice: {sentence!r}"
    longest = max((len(one) for one in plain.splitlines()), default=0)
    if longest > 320:
        yield f"a line of {longest} characters"


def sources(directory: Path) -> Iterator[Path]:
    """The Go files at and below a directory, without tests and what is no part of the module."""
    yield from (one for one in sorted(directory.glob("*.go")) if "_test." not in one.name)
    for below in sorted(one for one in directory.iterdir() if one.is_dir()):
        other = below.name in ("testdata", "vendor") or below.name[0] in "._"
        if not other and not (below / "go.mod").exists():
            yield from sources(below)


async def look(
    files: Iterable[Path], editor: Editor, texts: Counter[str]
) -> tuple[Counter[str], int]:
    """How many hovers of each code were read, and how many complaints there were."""
    seen: Counter[str] = Counter()
    bad = 0
    for file in files:
        uri = await editor.opened(file)
        status = next(one for one in reversed(editor.statuses) if one.uri == uri)
        if status.state != "idle":
            bad += "not part of the build" not in status.message
            print(f"{file}: not looked at: {status.message}")
        places = {
            (one.range.start.line, one.range.start.character): str(one.code)
            for one in editor.client.diagnostics.get(uri, [])
        }
        for (line, character), code in sorted(places.items()):
            hover = await editor.hover(uri, line, character)
            seen[code] += 1
            texts[hover or "no hover"] += 1
            for said in complaints(hover or "") if hover else ("no hover",):
                bad += 1
                print(f"{file}:{line + 1}:{character + 1} {code}: {said}\n{hover}\n")
        editor.close(uri)
    return seen, bad


async def main(directories: Sequence[Path], show: bool) -> int:
    total: Counter[str] = Counter()
    bad = 0
    texts: Counter[str] = Counter()
    for directory in directories:
        async with editor_on(directory, settings={"coldPaths": "show"}) as editor:
            seen, wrong = await look(sources(directory), editor, texts)
        total, bad = total + seen, bad + wrong
        print(f"{directory}: {seen.total()} hovers, {wrong} complaints", file=sys.stderr)
    for text, times in texts.most_common() if show else ():
        print(f"== {times} times\n{text}\n")
    print(f"{total.total()} hovers of {len(total)} codes, {bad} complaints: {dict(total)}")
    return 1 if bad else 0


if __name__ == "__main__":
    named = [name for name in sys.argv[1:] if name != "--print"]
    sys.exit(asyncio.run(main([Path(name).resolve() for name in named], "--print" in sys.argv)))
