"""`stack-too-large` on trial: is the size the reason, or would a small one be on the heap as well?

The compiler names the size first whatever else is true (cmd/compile/internal/escape/escape.go,
newLoc), so its text alone decides nothing. Each candidate is made small, all in one compile: what
then stays on the stack was too large and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path

from golsp_mem.analysis.stack.constants import Constants
from golsp_mem.model import Code, Finding, Message, MessageKind
from golsp_mem.source.edits import TextEdit, applied
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

# Small enough for every bound, large enough for most constant indices.
_SMALL_BYTES = 1 << 10
_HEAP = (MessageKind.MOVED, MessageKind.ESCAPES)
# Alone each, where they cannot be compiled together.
_MOST_ALONE = 32

Sources = Callable[[str], GoFile | None]
CompileEscapes = Callable[[Mapping[Path, bytes]], Awaitable[Sequence[Message] | None]]
"""The ``-m`` messages of edited texts; None where they do not compile."""


async def told(
    findings: Iterable[Finding], sources: Sources, compile_escapes: CompileEscapes
) -> list[Finding]:
    """The findings without those of `stack-too-large` that another reason keeps on the heap, or of
    which a trial could not decide. Compiles only where there are candidates."""
    kept = list(findings)
    candidates = [one for one in kept if one.code is Code.STACK_TOO_LARGE]
    if not candidates:
        return kept
    true = await _proved(candidates, sources, compile_escapes)
    return [one for one in kept if one.code is not Code.STACK_TOO_LARGE or one in true]


async def _proved(
    candidates: Sequence[Finding], sources: Sources, compile_escapes: CompileEscapes
) -> list[Finding]:
    edits = {n: edit for n, one in enumerate(candidates) if (edit := _shrunk(one, sources))}
    messages = await compile_escapes(_texts(edits.values(), sources)) if edits else None
    if messages is not None:
        return [candidates[n] for n in edits if not _on_heap(candidates[n], messages)]
    found = []
    for n, edit in list(edits.items())[:_MOST_ALONE]:
        alone = await compile_escapes(_texts([edit], sources))
        if alone is not None and not _on_heap(candidates[n], alone):
            found.append(candidates[n])
    return found


def _texts(edits: Iterable[TextEdit], sources: Sources) -> dict[Path, bytes]:
    by_file: dict[str, dict[TextEdit, None]] = {}
    for edit in edits:
        # Two variables of one type are shrunk by one edit.
        by_file.setdefault(edit.span.file, {})[edit] = None
    return {
        Path(name): applied(file, list(ones))
        for name, ones in by_file.items()
        if (file := sources(name)) is not None
    }


def _on_heap(finding: Finding, messages: Iterable[Message]) -> bool:
    place = finding.why.position if finding.why is not None else finding.span.start
    return any(
        one.kind in _HEAP
        and (one.position.file, one.position.line) == (place.file, place.line)
        # What is edited stands behind the place of the message, on its line or elsewhere.
        and (one.position.column == place.column or one.subject == finding.subject)
        for one in messages
    )


def _shrunk(finding: Finding, sources: Sources) -> TextEdit | None:
    """The edit that makes the value small; None where the text does not show what its size is."""
    file = sources(finding.span.file)
    if file is None or not finding.bytes:
        return None
    start, end = file.tree.bounds(finding.span)
    node = file.tree.smallest(start, end)
    if finding.code is Code.STACK_TOO_LARGE and node.kind == "identifier":
        declaration = next((one for one in node.ancestors() if one.kind in _DECLARATIONS), None)
        return _of_type(file, declaration, finding.bytes) if declaration is not None else None
    around = (*node.walk(), *node.ancestors())
    call = next((one for one in around if one.kind in _MAKERS and one.start < end), None)
    if call is None:
        return None
    arguments = call.field("arguments")
    given = arguments.named_children if arguments is not None else ()
    function = call.field("function")
    if function is not None and file.tree.source(function) == "make" and len(given) > 1:
        return _fewer(file, given[-1], finding.bytes)
    return _of_type(file, call, finding.bytes)


_DECLARATIONS = frozenset({"var_spec", "short_var_declaration"})
_MAKERS = frozenset({"call_expression", "composite_literal"})


def _fewer(file: GoFile, length: Node, size: int) -> TextEdit | None:
    known = Constants((file,)).of(file, length)
    count = known.integer if known is not None else None
    if not count:
        return None
    few = max(min(_SMALL_BYTES // max(size // count, 1), count - 1), 1)
    return TextEdit(file.tree.node_span(length), str(few))


def _of_type(file: GoFile, within: Node, size: int) -> TextEdit | None:
    """The largest array in the type that is written there, or in the struct of that name."""
    arrays = [(file, node) for node in within.walk() if node.kind == "array_type"]
    if not arrays:
        names = {
            file.tree.source(node)
            for node in within.walk()
            if node.kind in ("type_identifier", "identifier")
        }
        arrays = [
            (file, node)
            for spec in _type_specs(file)
            if (name := spec.field("name")) is not None and file.tree.source(name) in names
            for node in spec.walk()
            if node.kind == "array_type"
        ]
    best: tuple[int, Node] | None = None
    for _, array in arrays:
        length = array.field("length")
        known = Constants((file,)).of(file, length) if length is not None else None
        count = known.integer if known is not None else None
        if length is not None and count and (best is None or count > best[0]):
            best = (count, length)
    return _fewer(file, best[1], size) if best is not None else None


def _type_specs(file: GoFile) -> list[Node]:
    return [
        spec
        for declaration in file.tree.root.walk()
        if declaration.kind == "type_declaration"
        for spec in declaration.named_children
    ]
