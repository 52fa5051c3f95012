"""An ``atomic.Value`` that holds numbers or truth values: ``atomic.Int64`` and the like, which box
nothing.

Of a Value nobody stored anything in, Load gives nil: ``.(int64)`` panics, ``n, _ := ….(int64)``
gives 0, as the number does. For what is larger, ``atomic.Pointer`` gains nothing by itself: what is
stored needs a block of its own either way.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import argument_of, arguments, called, has_comment, replace
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit, import_name
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

# sync/atomic/type.go, since Go 1.19.
_SINCE = 19
_PATH = "sync/atomic"
# The type by what is stored, and what it takes: that of an int has 64 bits everywhere.
_TYPES = {
    "int64": ("Int64", "int64"), "int32": ("Int32", "int32"), "int": ("Int64", "int64"),
    "uint64": ("Uint64", "uint64"), "uint32": ("Uint32", "uint32"), "uint": ("Uint64", "uint64"),
    "uintptr": ("Uintptr", "uintptr"), "bool": ("Bool", "bool"),
}  # fmt: skip
_EARLY = "a Load before the first Store then gives the zero value and panics no more"


@frozen(eq=False)
class _Use:
    """``variable.Store(value)`` or ``variable.Load().(type)``; ``node`` is all of it."""

    file: GoFile
    node: Node
    variable: Node
    value: Node | None
    written: Node | None


def _stored(context: FixContext, file: GoFile, finding: Finding) -> tuple[str, list[_Use]] | None:
    """The variable of ``v.Store(x)``, one of the package's own, with every use of it."""
    boxed = argument_of(file, finding)
    target = called(file, boxed[0]) if boxed is not None else None
    if target is None or target[1] != "Store" or target[0].kind != "identifier":
        return None
    name = file.tree.source(target[0])
    if name[0].isupper() or name in context.words_beside or file.is_local(name, target[0].start):
        return None
    uses = []
    for other in context.files.values():
        for node in other.tree.root.walk():
            if node.kind != "identifier" or other.tree.source(node) != name:
                continue
            if other.is_local(name, node.start) or _declared(node) is not None:
                continue
            use = _use(other, node)
            if use is None:
                return None
            uses.append(use)
    return name, uses


def _use(file: GoFile, node: Node) -> _Use | None:
    selector = node.parent
    call = selector.parent if selector is not None else None
    if selector is None or call is None or call.kind != "call_expression":
        return None
    found, given = called(file, call), arguments(call)
    if found is None or found[0] is not node:
        return None
    if found[1] == "Store" and len(given) == 1:
        return _Use(file, call, node, given[0], None)
    outer = call.parent
    if found[1] != "Load" or outer is None or outer.kind != "type_assertion_expression":
        return None
    written = outer.field("type")
    return _Use(file, outer, node, None, written) if written is not None else None


def _declared(node: Node) -> Node | None:
    """The specification that declares a name."""
    parent = node.parent
    is_spec = parent is not None and parent.kind == "var_spec" and node in parent.fields("name")
    return parent if is_spec else None


def _spec(context: FixContext, name: str) -> tuple[GoFile, Node] | None:
    """``var v atomic.Value`` of the package."""
    for file in context.files.values():
        qualifier = import_name(file, _PATH)
        for declaration in file.tree.declarations:
            for node in declaration.walk() if declaration.kind == "var_declaration" else ():
                spec = _declared(node) if node.kind == "identifier" else None
                if spec is None or file.tree.source(node) != name:
                    continue
                written = spec.field("type")
                if written is None or spec.field("value") is not None or not qualifier:
                    return None
                if len(spec.fields("name")) != 1 or has_comment(file, spec):
                    return None
                named = file.tree.source(written) == f"{qualifier}.Value"
                return (file, written) if named else None
    return None


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    found = _stored(context, file, finding)
    for use in found[1] if found is not None else ():
        if use.value is not None:
            yield Place(use.file, use.value)


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    found = _stored(context, file, finding) if context.language >= _SINCE else None
    spec = _spec(context, found[0]) if found is not None else None
    if found is None or spec is None:
        return
    name, uses = found
    types = {_type(context, use) for use in uses}
    if len(types) != 1 or not (type_ := next(iter(types))) or type_ not in _TYPES:
        return
    if not context.means_builtin(file, file.tree.root, *_TYPES):
        return
    kind, takes = _TYPES[type_]
    edits, panics = [replace(spec[0], spec[1], f"{import_name(spec[0], _PATH)}.{kind}")], False
    for use in uses:
        made = _edits(use, type_, takes)
        if made is None or has_comment(use.file, use.node):
            return
        edits += made
        panics |= use.written is not None and len(made) == 1
    boxed = tuple(one for one in context.findings if _boxes(context, one, uses))
    yield Candidate(
        row="atomics",
        title=f"Make {name} an atomic.{kind}: nothing is boxed at a Store",
        edits=tuple(edits),
        findings=boxed,
        gone=boxed,
        names=(name,),
        corner=_EARLY if panics else None,
    )


def _type(context: FixContext, use: _Use) -> str | None:
    if use.written is not None:
        return use.file.tree.source(use.written)
    type_ = context.type_of(use.file, use.value) if use.value is not None else None
    return {"untyped int": "int", "untyped bool": "bool"}.get(type_ or "", type_)


def _edits(use: _Use, type_: str, takes: str) -> list[TextEdit] | None:
    """One edit, of what panics where nothing was stored; two of ``x, _ := v.Load().(T)``."""
    file = use.file
    if use.value is not None:
        text = file.tree.source(use.value)
        return [replace(file, use.value, text if type_ == takes else f"{takes}({text})")]
    load = f"{file.tree.source(use.variable)}.Load()"
    made = replace(file, use.node, load if type_ == takes else f"{type_}({load})")
    listed = use.node.parent
    statement = listed.parent if listed is not None and listed.kind == "expression_list" else None
    left = statement.field("left") if statement is not None else None
    if left is None or statement is None or statement.field("right") is not listed:
        return [made]
    targets = left.named_children
    if len(targets) == 1:
        return [made]
    if len(targets) != 2 or file.tree.source(targets[1]) != "_":
        return None
    return [replace(file, left, file.tree.source(targets[0])), made]


def _boxes(context: FixContext, finding: Finding, uses: list[_Use]) -> bool:
    file = context.files.get(finding.span.file)
    if file is None or finding.code is not Code.HEAP_BOXING:
        return False
    start, end = file.tree.bounds(finding.span)
    return any(
        use.file is file and use.value is not None and use.value.start <= start
        and end <= use.value.end
        for use in uses
    )  # fmt: skip


ROW = Row("atomics", frozenset({Code.HEAP_BOXING}), _candidates, _asks)
