"""What each round of a loop makes around what the round before has made: ``r = &counted{r}``, ``h =
logged(h)``, ``next := h; h = func() { next() }``. A method, or a literal, that calls the same of
what it holds goes as deep as the loop has rounds.

Left out are loops with a constant number of rounds, and what handles requests: programs register
that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from attrs import frozen

from golsp_mem.analysis.stack.loops import is_of_a_round, is_short, loops_around, typed
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_SET = re.compile(rb"(?m)^[ \t]+(\w+) = (?:(?!append\()(?:&?\w+\{|\w+\()[^\n]*\b\1\b|func\()")
_REQUESTS = re.compile(r"Handler|http\.|\bgin\.|\becho\.|grpc\.")


@frozen
class Around:
    """What a loop makes around the last: a value of the type ``name``, what a function ``name``
    returns, or a literal that stands on ``line`` of ``file`` and holds the last as ``held``."""

    name: str = ""
    file: str = ""
    line: int = 0
    held: str = ""


def wrapped_types(files: Sequence[GoFile]) -> frozenset[str]:
    """The types of which loops make chains."""
    around = _in_all(files)
    names = {one.name for one in around if one.name}
    found = {one.name for one in around if one.name and not one.held}
    for file, function in _functions(files, names):
        for node in function.walk():
            type_ = node.field("type") if node.kind == "composite_literal" else None
            held = [given for given, _ in typed(file, function)]
            if type_ is not None and type_.kind == "type_identifier" and _holds(file, node, held):
                found.add(file.tree.source(type_))
    return frozenset(found)


def wrapped_literals(files: Sequence[GoFile]) -> frozenset[Around]:
    """The function literals of which loops make chains, with the names by which they call the
    last."""
    around = _in_all(files)
    found = {one for one in around if one.line}
    names = {one.name for one in around if one.name}
    for file, function in _functions(files, names):
        given = {name for name, type_ in typed(file, function) if not _REQUESTS.search(type_)}
        for node in function.walk():
            if node.kind == "func_literal":
                line = file.tree.node_span(node).line
                found |= {Around("", file.path, line, one) for one in given}
    return frozenset(found)


def _in_all(files: Sequence[GoFile]) -> set[Around]:
    return {
        one
        for file in files
        if not file.path.endswith("_test.go")
        for one in file.tree.once(_in_loops, partial(_listed, file))
    }


def _listed(file: GoFile) -> tuple[Around, ...]:
    return tuple(_in_loops(file))


def _in_loops(file: GoFile) -> Iterator[Around]:
    for match in _SET.finditer(file.text):
        name = match[1].decode("latin-1")
        node = file.tree.smallest(match.start(1), match.end(1))
        assignment = next((o for o in node.ancestors() if o.kind == "assignment_statement"), None)
        right = assignment.field("right") if assignment is not None else None
        loops = loops_around(node)
        if right is None or not right.named_children or not loops or is_short(file, loops[0]):
            continue
        value = right.named_children[0]
        text = file.tree.source(value)
        if is_of_a_round(file, loops[0], name) or _REQUESTS.search(text):
            continue
        if value.kind == "func_literal":
            for held in re.findall(rf"(?m)^\s+(\w+) := {name}$", file.tree.source(loops[0])):
                yield Around("", file.path, file.tree.node_span(value).line, held)
            continue
        called = value.field("function")
        if called is not None and called.kind == "identifier" and _holds(file, value, [name]):
            yield Around(file.tree.source(called), held=name)
        made = value.named_children[0] if value.kind == "unary_expression" else value
        type_ = made.field("type")
        if type_ is not None and type_.kind == "type_identifier" and _holds(file, made, [name]):
            yield Around(file.tree.source(type_))


def _holds(file: GoFile, made: Node, names: Collection[str]) -> bool:
    """Whether a literal has, or a call gets, one of the names as it is."""
    text = file.tree.source(made)
    return any(
        re.search(rf"[{{(,:]\s*{re.escape(one)}\s*[,)}}]", text) is not None for one in names if one
    )


def _functions(files: Sequence[GoFile], names: Collection[str]) -> Iterator[tuple[GoFile, Node]]:
    """The declared functions, no methods, of the names."""
    for name in sorted(names):
        heading = re.compile(rb"(?m)^func " + re.escape(name.encode()) + rb"\(")
        for file in files:
            for match in heading.finditer(file.text):
                function = file.tree.top_level(match.start())
                if function is not None and function.kind in DECLARATIONS:
                    yield file, function
