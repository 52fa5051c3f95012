"""`stack-too-large` on trial: is the size the reason, or would a small one be on the heap as well?

The compiler names the size first whatever else is true (cmd/compile/internal/escape/escape.go,
newLoc), so its text alone decides nothing. Each candidate is made small, all in one compile: what
then stays on the stack was too large and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from golsp_mem.analysis.stack.constants import Constants
from golsp_mem.model import Code, Finding, Message, MessageKind
from golsp_mem.source.edits import TextEdit, applied
from golsp_mem.source.package import PackageSyntax, Place
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

# Small enough for every bound, large enough for most constant indices.
_SMALL_BYTES = 1 << 10
_HEAP = (MessageKind.MOVED, MessageKind.ESCAPES)
# Alone each, where they cannot be compiled together.
_MOST_ALONE = 32

Sources = Callable[[str], GoFile | None]
CompileEscapes = Callable[[Mapping[Path, bytes]], Awaitable[Sequence[Message] | None]]
"""The ``-m`` messages of edited texts; None where they do not compile."""


async def told(
    findings: Iterable[Finding],
    sources: Sources,
    compile_escapes: CompileEscapes,
    names: Sequence[str] = (),
) -> list[Finding]:
    """The findings without those of `stack-too-large` that another reason keeps on the heap, or of
    which a trial could not decide. Compiles only where there are candidates. ``names`` are the
    package's files."""
    kept = list(findings)
    candidates = [one for one in kept if one.code is Code.STACK_TOO_LARGE]
    if not candidates:
        return kept
    files = [one for name in names if (one := sources(name)) is not None]
    true = await _proved(candidates, sources, compile_escapes, PackageSyntax(tuple(files)))
    return [one for one in kept if one.code is not Code.STACK_TOO_LARGE or one in true]


async def _proved(
    candidates: Sequence[Finding],
    sources: Sources,
    compile_escapes: CompileEscapes,
    package: PackageSyntax,
) -> list[Finding]:
    edits = {
        n: edit for n, one in enumerate(candidates) if (edit := _shrunk(one, sources, package))
    }
    messages = await compile_escapes(_texts(edits.values(), sources)) if edits else None
    if messages is not None:
        return [candidates[n] for n in edits if not _on_heap(candidates[n], messages)]
    found = []
    for n, edit in list(edits.items())[:_MOST_ALONE]:
        alone = await compile_escapes(_texts([edit], sources))
        if alone is None and (same := _everywhere(edit, sources, package)):
            alone = await compile_escapes(_texts(same, sources))
        if alone is not None and not _on_heap(candidates[n], alone):
            found.append(candidates[n])
    return found


def _everywhere(edit: TextEdit, sources: Sources, package: PackageSyntax) -> list[TextEdit]:
    """The same edit wherever the package writes an array of that length: ``func use(*[1 << 20]T)``
    takes the address of no smaller one."""
    file = sources(edit.span.file)
    if file is None:
        return []
    count = _constant(Place(file, file.tree.smallest(*file.tree.bounds(edit.span))), package)
    arrays = [
        Place(one, length)
        for one in package.files
        for node in one.tree.root.walk()
        if node.kind == "array_type" and (length := node.field("length")) is not None
    ]
    found = [
        TextEdit(one.span, edit.new_text) for one in arrays if _constant(one, package) == count
    ]
    return found if count is not None and len(found) > 1 else []


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
    # That a variable is copied to the heap elsewhere on its line says nothing of itself.
    moved = finding.why is not None and finding.why.kind is MessageKind.MOVED
    kinds = (MessageKind.MOVED,) if moved else _HEAP
    return any(
        one.kind in kinds
        and (one.position.file, one.position.line) == (place.file, place.line)
        # What is edited stands behind the place of the message, on its line or elsewhere.
        and (one.position.column == place.column or one.subject == finding.subject)
        for one in messages
    )


def _shrunk(finding: Finding, sources: Sources, package: PackageSyntax) -> TextEdit | None:
    """The edit that makes the value small; None where the text does not show what its size is."""
    file = sources(finding.span.file)
    if file is None or not finding.bytes:
        return None
    start, end = file.tree.bounds(finding.span)
    node = file.tree.smallest(start, end)
    if finding.code is Code.STACK_TOO_LARGE and node.kind == "identifier":
        declaration = next((one for one in node.ancestors() if one.kind in _DECLARATIONS), None)
        if declaration is None:
            return None
        return _of_type(Place(file, declaration), package, finding.bytes)
    if finding.why is not None and finding.why.kind is MessageKind.MOVED:
        return None  # a variable of what is called there
    around = (*node.walk(), *node.ancestors())
    call = next((one for one in around if one.kind in _MAKERS and one.start < end), None)
    if call is None:
        return None
    arguments = call.field("arguments")
    given = arguments.named_children if arguments is not None else ()
    function = call.field("function")
    if function is not None and file.tree.source(function) == "make" and len(given) > 1:
        return _fewer(Place(file, given[-1]), package, finding.bytes)
    return _of_type(Place(file, call), package, finding.bytes)


_DECLARATIONS = frozenset({"var_spec", "short_var_declaration", "range_clause"})
_NESTED = 3
_MAKERS = frozenset({"call_expression", "composite_literal"})


def _fewer(length: Place, package: PackageSyntax, size: int) -> TextEdit | None:
    known = _constant(length, package)
    if not known:
        return None
    few = max(min(_SMALL_BYTES // max(size // known, 1), known - 1), 1)
    return TextEdit(length.span, str(few))


def _constant(length: Place, package: PackageSyntax) -> int | None:
    known = Constants(package.files or (length.file,)).of(length.file, length.node)
    return known.integer if known is not None and known.flag is None else None


def _of_type(within: Place, package: PackageSyntax, size: int) -> TextEdit | None:
    """The largest array in the type that is written there, or in the types of the names there, or
    in what the functions of those names return."""
    places = [within]
    for _ in range(_NESTED):
        best: tuple[int, Place] | None = None
        for place in places:
            for array in place.node.walk():
                for length in _lengths(array):
                    count = _constant(place.of(length), package)
                    if count and (best is None or count > best[0]):
                        best = (count, place.of(length))
        if best is not None:
            return _fewer(best[1], package, size)
        places = [type_ for place in places for type_ in _meant(place, package)]
    return None


def _lengths(array: Node) -> Iterator[Node]:
    """What says how long an array is: the length in its type, the keys of ``[...]T{9: x}``."""
    length = array.field("length") if array.kind == "array_type" else None
    if length is not None:
        yield length
    literal = array.parent if array.kind == "implicit_length_array_type" else None
    body = literal.field("body") if literal is not None else None
    for element in body.named_children if body is not None else ():
        if element.kind == "keyed_element":
            key = element.named_children[0]
            yield key.named_children[0] if key.kind == "literal_element" else key


def _meant(place: Place, package: PackageSyntax) -> Iterator[Place]:
    """What the types of the names in a place stand for, the types of variables, and what functions
    of such names return."""
    names = {
        place.file.tree.source(node)
        for node in place.node.walk()
        if node.kind in ("type_identifier", "identifier", "field_identifier")
    }
    for node in place.node.walk():
        variable = variable_at(place.file, node) if node.kind == "identifier" else None
        declared = variable.declaration.parent if variable is not None else None
        if declared is not None and (kind := declared.field("type")) is not None:
            yield place.of(kind)
    for file in package.files or (place.file,):
        for spec in _type_specs(file):
            name, written = spec.field("name"), spec.field("type")
            if name is not None and written is not None and file.tree.source(name) in names:
                yield Place(file, written)
    methods = [
        package.methods[name][0] for name in names if len(package.methods.get(name, ())) == 1
    ]
    functions = [package.functions[name] for name in names if name in package.functions]
    for each in (*functions, *methods):
        result = each.node.field("result")
        if result is not None:
            yield each.of(result)


def _type_specs(file: GoFile) -> list[Node]:
    return [
        spec
        for declaration in file.tree.root.walk()
        if declaration.kind == "type_declaration"
        for spec in declaration.named_children
    ]
