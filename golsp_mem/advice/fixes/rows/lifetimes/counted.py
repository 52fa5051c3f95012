"""Structs that nobody may add a field to: somebody counts on how they are laid out or compared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import FixContext
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.edits import import_name
from golsp_mem.source.package import Place, callee_of, initial_value
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

_LAID_OUT = ("C", "encoding/binary")
_COMPARING = ("==", "!=")
_COMPARED = ("identifier", "selector_expression", "index_expression", "unary_expression")
_MOST_COMPARED = 20


def is_counted(context: FixContext, kind: str) -> bool:
    """Whether the struct belongs to an interface of the package, or its layout or its equality to
    what other code counts on."""
    if context.package.name != "main" and kind[:1].isupper():
        return True  # who writes literals of it is not known
    return _is_laid_out(context, kind) or _is_compared(context, kind)


def compared(context: FixContext, kind: str) -> Iterator[Place]:
    """What is compared where the struct may be: their types have to be known."""
    count = 0
    for file in context.files.values():
        if not _by_value(file, kind):
            continue
        for declaration in file.tree.declarations:
            if not any(one.encode() in file.text[declaration.start : declaration.end]
                       for one in _COMPARING):  # fmt: skip
                continue
            for node in declaration.walk():
                left = node.field("left") if node.kind == "binary_expression" else None
                if left is None or left.kind not in _COMPARED or count == _MOST_COMPARED:
                    continue
                if any(node.token(one) is not None for one in _COMPARING):
                    count += 1
                    yield Place(file, left)


def _is_compared(context: FixContext, kind: str) -> bool:
    key = re.compile(rb"map\[\s*%s\s*\]|comparable|sync\.Map" % re.escape(kind.encode()))
    if any(key.search(file.text) for file in context.files.values() if _by_value(file, kind)):
        return True
    places = list(compared(context, kind))
    types = [context.type_of(one.file, one.node) for one in places]
    unknown = len(places) == _MOST_COMPARED
    return unknown or any(one is not None and one.rpartition(".")[2] == kind for one in types)


def _by_value(file: GoFile, kind: str) -> bool:
    """Whether a file names the struct elsewhere than behind a ``*`` and before ``{``."""
    return any(
        leaf.parent is not None
        and leaf.parent.kind not in ("pointer_type", "composite_literal", "type_spec")
        for leaf in file.tree.named(kind)
    )


def _is_laid_out(context: FixContext, kind: str) -> bool:
    for file in context.files.values():
        paths = {one.path for one in file.imports}
        if not paths.isdisjoint(_LAID_OUT) and file.tree.named(kind):
            return True
        name = import_name(file, "unsafe")
        for leaf in file.tree.named(name) if name else ():
            call = next((one for one in leaf.ancestors() if one.kind == "call_expression"), None)
            if call is not None and any(_is_of(context, file, one, kind) for one in call.walk()):
                return True
    return False


def _is_of(context: FixContext, file: GoFile, node: Node, kind: str) -> bool:
    """Whether a node is the name of the struct, or of a variable that is one, or points to one, as
    far as its declaration tells; not what selects a field of it."""
    outer = node.parent
    if node.kind not in ("identifier", "type_identifier"):
        return False
    if outer is not None and outer.kind == "selector_expression":
        return False
    if file.tree.source(node) == kind:
        return True
    variable = variable_at(file, node)
    if variable is None:
        return False
    start = initial_value(variable)
    around = variable.declaration.parent
    if start is not None and start[0].node.kind == "call_expression":
        callee = callee_of(start[0])
        if callee is None:
            return True  # what that returns is not asked
        made = None if callee.package else context.package.functions.get(callee.name)
        result = made.node.field("result") if made is not None else None
        if made is not None:
            return result is not None and _names(made.file, result, kind)
    said = [around] if around is not None else []
    said += [start[0].node] if start is not None else []
    return any(_names(file, one, kind) for one in said)


def _names(file: GoFile, node: Node, kind: str) -> bool:
    return any(
        one.kind in ("identifier", "type_identifier") and base_of(file.tree.source(one)) == kind
        for one in node.walk()
    )
