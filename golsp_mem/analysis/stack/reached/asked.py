"""Methods that have themselves called again by who asks a value for its text: fmt, encoding/json,
errors. And what of the stack these take in between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from mmap import mmap

from attrs import frozen

from golsp_mem.analysis.stack.callgraph import CallGraph
from golsp_mem.analysis.stack.reached.callees import package_of
from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.objects.calls import CompiledFunction, read_function
from golsp_mem.errors import ArchiveError
from golsp_mem.model import Span
from golsp_mem.source.parts.functions import FunctionSyntax
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

_VERB = re.compile(r"%([-+# 0]*)[\d.]*([a-zA-Z%])")
_FORMATS = re.compile(r"(?:Sp|Fp|P)rint(?:f|ln)?|Errorf|Append(?:f|ln)?")
# The verbs, with their flags, for which a method is asked (handleMethods in fmt/print.go).
_OF_TEXTS = re.compile(r"[-+ 0]*v|[-+# 0]*[sxXqw]")
_ASKED_BY = {
    "String": ("fmt", _FORMATS, _OF_TEXTS),
    "Error": ("fmt", _FORMATS, _OF_TEXTS),
    "Format": ("fmt", _FORMATS, re.compile(r"[-+# 0]*[^Tp]")),
    "GoString": ("fmt", _FORMATS, re.compile(r"[-+ 0]*#[-+# 0]*v")),
    "MarshalJSON": ("encoding/json", re.compile(r"Marshal(?:Indent)?"), None),
    "Is": ("errors", re.compile(r"Is"), None),
    "As": ("errors", re.compile(r"As"), None),
}
ASKED = frozenset(_ASKED_BY)
"""The methods by which other packages ask a value, or an error, what it is."""
# The functions that call the methods.
_ASKING = {
    "fmt": ("fmt.(*pp).handleMethods",),
    "errors": ("errors.is", "errors.as"),
}
# Their names, and those of what calls them.
_ON_THE_WAY = re.compile(r"fmt\.(?:\w+|\(\*pp\)\.\w+)|errors\.\w+")


@frozen
class Asked:
    """A call by which a method gives its receiver, as it is, or a ``field`` of it, to who asks for
    the same again: ``fmt.Sprintf("%v", t.left)`` in String. With the callee's full name."""

    callee: str
    text: str
    line: int
    field: str | None = None


def calls_asker(function: CompiledFunction, method: str) -> bool:
    """Whether the code calls anything of the package that asks for such methods: of a program's
    methods few do, and only those need their source."""
    package = f"{_ASKED_BY[method][0]}."
    return any(
        name.startswith(package) for call in function.calls for name in (call.target, *call.entered)
    )


def asks_again(file: GoFile, function: FunctionSyntax) -> Iterator[Asked]:
    """The calls by which a method has itself called again."""
    method = function.name.rpartition(".")[2]
    receiver = next((one for one in function.parameters if one.role == "receiver"), None)
    if receiver is None or method not in _ASKED_BY:
        return
    changed = _is_changed(file, function, receiver.name)
    path, asked, wanted = _ASKED_BY[method]
    imported = {one.name or one.path.rpartition("/")[2]: one.path for one in file.imports}
    start, end = file.tree.bounds(function.span)
    for node in file.tree.nodes_touching(start, end):
        called, listed = node.field("function"), node.field("arguments")
        if node.kind != "call_expression" or called is None or listed is None or node.start < start:
            continue
        text = file.tree.collapsed(called)
        qualifier, _, name = text.rpartition(".")
        if imported.get(qualifier) != path or not asked.fullmatch(name):
            continue
        given = listed.named_children
        verbs = _verbs(file, given) if name.endswith("f") else None
        for place, one in enumerate(given):
            if not _is_asked(one):
                continue
            line = file.tree.node_span(node).line
            if wanted is not None:
                verb = "v" if verbs is None else verbs.get(place)
                if verb is None or not wanted.fullmatch(verb):
                    continue
            if _means(file, one, receiver.span) and not changed:
                yield Asked(f"{path}.{name}", text, line)
            operand, field = one.field("operand"), one.field("field")
            if operand is not None and field is not None and _means(file, operand, receiver.span):
                yield Asked(f"{path}.{name}", text, line, file.tree.source(field))


def _verbs(file: GoFile, given: Sequence[Node]) -> Mapping[int, str]:
    """The verbs by the places of the arguments that they format; none where some are numbered."""
    at = next((n for n, one in enumerate(given[:2]) if one.kind.endswith("string_literal")), None)
    text = file.tree.source(given[at]) if at is not None else ""
    if at is None or "%[" in text or "*" in text:
        return {}
    found = [flags + verb for flags, verb in _VERB.findall(text) if verb != "%"]
    return dict(enumerate(found, at + 1))


def _means(file: GoFile, name: Node, declared: Span) -> bool:
    span = file.tree.node_span(name)
    is_name = name.kind == "identifier"
    return is_name and file.declaration_of(span.line, span.column) == declared


def _is_changed(file: GoFile, function: FunctionSyntax, name: str) -> bool:
    """Whether a function sets a variable of that name, or a field of it."""
    start, end = file.tree.bounds(function.span)
    word = re.escape(name)
    fields, signs = r"(?:\.\w+)*(?:, *[\w.]+)*", r"(?::?=[^=]|[-+*/|&^%]=|\+\+|--)"
    setting = rf"(?<![\w.]){word}{fields} *{signs}|&{word}\b"
    return re.search(setting, file.text[start:end].decode("latin-1")) is not None


def _is_asked(argument: Node) -> bool:
    """Whether the call runs when the method does, not in a function literal of it."""
    return not any(one.kind == "func_literal" for one in argument.ancestors())


def bytes_asked(graph: CallGraph, between: str, call_bytes: int) -> int | None:
    """What of the stack is taken from a function that is called to ask, to the method; None where
    that is not known."""
    wanted = _ASKING.get(package_of(between), ())
    first = graph.find(between)
    ways = [(first, 0)] if first is not None and wanted else []
    seen = {first}
    for number, above in ways:
        function = graph.functions[number]
        if function.name in wanted:
            return above + function.frame_bytes + call_bytes
        for target, call in graph.edges(number):
            if target not in seen:
                seen.add(target)
                ways.append((target, above + call.stack_delta + call_bytes))
    return None


def read_askers(archive: bytes | mmap, builtins: Sequence[str]) -> CallGraph | None:
    """The functions of a package's archive that ask for methods, and those that call them."""
    try:
        return CallGraph(
            read_function(function, one.goarch)
            for one in read_archive(archive, builtins)
            for function in one.functions()
            if _ON_THE_WAY.fullmatch(function.name)
        )
    except ArchiveError:
        return None
