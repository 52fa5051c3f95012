"""Files with two shapes of calls told as what they are.

The grammar takes ``Alloc[T](x)`` for a conversion to a generic type, and wraps the last argument
of ``f(xs...)``. The trees of these files are those of the text without ``[T]`` and ``...``, with
blanks in their place: all offsets, and the text itself, stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from golsp_mem.source.package import PackageSyntax
from golsp_mem.source.parts.tree import SourceTree
from golsp_mem.source.syntax import GoFile

_MAY = re.compile(rb"\]\(|\.\.\.\s*\)")


def called_plainly(files: Iterable[GoFile]) -> list[GoFile]:
    """The files, those again that have no such call."""
    listed = list(files)
    kinds: set[str] = set()
    for syntax in PackageSyntax.split(listed):
        kinds.update(syntax.types)
    return [_plain(one, kinds) if _MAY.search(one.text) else one for one in listed]


def _plain(file: GoFile, kinds: set[str]) -> GoFile:
    text = bytearray(file.text)
    found = list(_left_out(file, kinds))
    if not found:
        return file
    for start, end in found:
        text[start:end] = re.sub(rb"[^\n]", b" ", file.text[start:end])
    tree = SourceTree(file.path, bytes(text))
    tree.text = file.text
    return GoFile(tree)


def _left_out(file: GoFile, kinds: set[str]) -> Iterator[tuple[int, int]]:
    """The byte offsets of what the tree shall not have."""
    for declaration in file.tree.declarations:
        if _MAY.search(file.text, declaration.start, declaration.end) is None:
            continue
        for node in declaration.walk():
            if node.kind == "variadic_argument":
                dots = node.token("...")
                if dots is not None:
                    yield dots.start, dots.end
            elif node.kind == "type_conversion_expression":
                written = node.field("type")
                if written is None or written.kind != "generic_type":
                    continue
                listed = written.field("type_arguments")
                name = written.named_children[0]
                text = file.tree.source(listed) if listed is not None else "\n"
                if file.tree.source(name) not in kinds and "\n" not in text and listed is not None:
                    yield listed.start, listed.end
