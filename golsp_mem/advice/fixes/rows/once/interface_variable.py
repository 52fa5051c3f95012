"""A package variable that is boxed at each of its uses: declared as the interface value once.

Only variables that nobody sets, or takes the address of: what is boxed at the start is then what
would be boxed at each use.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import found, has_comment, node_of, replace
from golsp_mem.model import Code, Finding
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile


@frozen(eq=False)
class _Variable:
    name: str
    file: GoFile
    spec: Node


def _wants(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    name = _name(file, finding)
    if name is not None and _declared(context, name) is not None:
        yield Place(file, node_of(file, finding.span))


def _name(file: GoFile, finding: Finding) -> str | None:
    node = unparenthesized(node_of(file, finding.span))
    if node.kind != "identifier":
        return None
    name = file.tree.source(node)
    return None if file.is_local(name, node.start) or name[0].isupper() else name


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    name = _name(file, finding)
    variable = _declared(context, name) if name is not None else None
    if variable is None or name in context.words_beside or context.package.is_set(variable.name):
        return
    boxed = [one for one in context.findings if _boxes(context, one, variable.name)]
    interface = _interface(context, boxed)
    value = variable.spec.field("value")
    if interface is None or value is None or has_comment(variable.file, variable.spec):
        return
    if _is_used_otherwise(context, variable.name, boxed):
        return
    text = f"{variable.name} {interface} = {_value(variable, value)}"
    places = "1 place" if len(boxed) == 1 else f"{len(boxed)} places"
    yield Candidate(
        row="interface variable",
        title=(f"Declare {variable.name} as {interface}: boxed once at the start, not at {places}"),
        edits=(replace(variable.file, variable.spec, text),),
        findings=tuple(boxed),
        gone=tuple(boxed),
        names=(variable.name,),
    )


def _declared(context: FixContext, name: str) -> _Variable | None:
    """The declaration of one variable with a value; None where tests of another platform's file
    may set it."""
    for file in context.files.values():
        for declaration in file.tree.declarations:
            if declaration.kind != "var_declaration":
                continue
            for spec in found(declaration, "var_spec"):
                names = [file.tree.source(one) for one in spec.fields("name")]
                if name not in names:
                    continue
                value = spec.field("value")
                if len(names) != 1 or value is None or len(value.named_children) != 1:
                    return None
                return _Variable(name, file, spec)
    return None


def _value(variable: _Variable, value: Node) -> str:
    """The value, with the type that the variable has until now."""
    written = variable.spec.field("type")
    text = variable.file.tree.source(value)
    first = unparenthesized(value.named_children[0])
    if written is None or first.kind in ("composite_literal", "call_expression"):
        return text
    return f"{variable.file.tree.source(written)}({text})"


def _is_used_otherwise(context: FixContext, name: str, boxed: list[Finding]) -> bool:
    """Whether there are uses at which it is not boxed, in tests, too: ``x == "a"`` builds with an
    ``any`` and means something else then, ``string(x)`` does not build, ``var y = x`` hands the
    type on."""
    places = {(one.span.file, context.files[one.span.file].tree.bounds(one.span)) for one in boxed}
    return any(
        (file.path, (node.start, node.end)) not in places
        for file in context.files.values()
        for node in file.tree.root.walk()
        if node.kind == "identifier"
        and file.tree.source(node) == name
        and not file.is_local(name, node.start)
        and not _is_plain_argument(context, file, node)
        and (node.parent is None or node.parent.kind != "var_spec"
             or node not in node.parent.fields("name"))
    )  # fmt: skip


def _is_plain_argument(context: FixContext, file: GoFile, node: Node) -> bool:
    """Whether a function of the package gets it whose parameters have types of their own: it builds
    only where the same comes in."""
    listed = node.parent
    call = listed.parent if listed is not None and listed.kind == "argument_list" else None
    function = call.field("function") if call is not None else None
    if function is None or function.kind != "identifier":
        return False
    name = file.tree.source(function)
    if file.is_local(name, function.start):
        return False
    declared = [
        one
        for each in context.files.values()
        for one in each.tree.declarations
        if one.kind == "function_declaration"
        and (named := one.field("name")) is not None
        and each.tree.source(named) == name
    ]
    return len(declared) == 1 and declared[0].field("type_parameters") is None


def _boxes(context: FixContext, finding: Finding, name: str) -> bool:
    file = context.files.get(finding.span.file)
    return file is not None and finding.code is Code.HEAP_BOXING and _name(file, finding) == name


def _interface(context: FixContext, boxed: list[Finding]) -> str | None:
    """The one interface that all of its boxes are wanted as, ``any`` aside."""
    wanted = set()
    for one in boxed:
        file = context.files[one.span.file]
        node = node_of(file, one.span)
        wanted.add(context.wanted.get((file.path, node.start, node.end), "any"))
    named = wanted - {"any", "interface{}"}
    if len(named) > 1 or any("." in one or " " in one for one in named):
        return None
    return next(iter(named), "any")


ROW = Row("interface variable", frozenset({Code.HEAP_BOXING}), _candidates, wants=_wants)
