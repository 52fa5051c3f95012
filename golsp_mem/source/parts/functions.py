"""The functions of a file, declared and literal, named as the compiler's symbols are.

Names follow cmd/compile/internal/ir/func.go (closureName) without the package: ``F``,
``T.M``, ``(*T).M``, ``G[...]``, ``init.0``; literals ``F.func1``, within literals
``F.func1.2``, in package variables ``init.func1`` (``glob..func1`` before Go 1.21).
They are approximate where syntax cannot know: wrappers of go and defer statements
(``F.gowrap1``, ``F.deferwrap2``) have no literal, bodies of range-over-func loops become
``F-range1`` and take their literals out of the count from Go 1.27, literals in code that the
compiler drops (``if false``) are counted here, and ``init`` numbers span a package, not a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.tree import Node, SourceTree

_LONGEST_NAME = 4096
DECLARATIONS = ("function_declaration", "method_declaration")


@frozen
class Parameter:
    """A named parameter, result or receiver: ``role`` is one of those three words."""

    name: str
    span: Span
    role: str


@frozen
class FunctionSyntax:
    """A function as written. ``span`` is all of it, ``name_span`` the name (of a literal: the
    keyword ``func``), ``body`` the braces and what they hold (None: no body here).

    ``receiver`` is the receiver's type name with its star, such as ``*T``.
    """

    name: str
    span: Span
    name_span: Span
    body: Span | None
    is_literal: bool
    parameters: tuple[Parameter, ...] = ()
    receiver: str | None = None


def signature_parts(node: Node) -> tuple[tuple[str, Node], ...]:
    """The parameter lists of a function node with the role of what they declare."""
    parts = []
    for name, role in (("receiver", "receiver"), ("parameters", "parameter"), ("result", "result")):
        part = node.field(name)
        if part is not None and part.kind == "parameter_list":
            parts.append((role, part))
    return tuple(parts)


def parameter_names(parameter_list: Node) -> tuple[Node, ...]:
    """The identifiers that a parameter list declares."""
    names: list[Node] = []
    for child in parameter_list.named_children:
        if child.kind in ("parameter_declaration", "variadic_parameter_declaration"):
            names.extend(name for name in child.fields("name") if name.kind == "identifier")
    return tuple(names)


def literals_in(tree: SourceTree, node: Node) -> Iterator[Node]:
    """Every func literal below the node, in source order."""
    pending = [node]
    while pending:
        inner = pending.pop()
        if inner.kind == "func_literal":
            yield inner
        pending.extend(
            child for child in reversed(inner.children) if tree.says_func(child.start, child.end)
        )


def functions_of(
    tree: SourceTree, declaration: Node, name: str, literals_before: int = 0
) -> tuple[FunctionSyntax, ...]:
    """A top-level declaration's functions, outer before inner.

    ``name`` is what its literals' names start with; ``literals_before`` how many literals of
    that name came before (package variables share ``init``).
    """
    functions = []
    counts = {declaration: literals_before}
    names = {declaration: name}
    if declaration.kind in DECLARATIONS:
        functions.append(_function(tree, declaration, name, is_literal=False))
    for literal in literals_in(tree, declaration):
        # In broken code a literal can stand where a declaration should.
        outer = next(
            (
                node
                for node in literal.ancestors()
                if node is declaration or node.kind == "func_literal"
            ),
            declaration,
        )
        counts[outer] = number = counts.get(outer, 0) + 1
        prefix = ".func" if outer is declaration else "."
        own = names[outer]
        # No function nests so deep; text that does must not cost the square of its length.
        if len(own) < _LONGEST_NAME:
            own = f"{own}{prefix}{number}"
        names[literal] = own
        functions.append(_function(tree, literal, own, is_literal=True))
    return tuple(functions)


def declared_name(tree: SourceTree, declaration: Node) -> str:
    """The symbol of a declared function without its package; ``_`` if it has no name."""
    name = declaration.field("name")
    text = tree.source(name) if name is not None else "_"
    # The bytes, not the tree, know a method's type parameters (parser.py).
    if name is not None and tree.text[name.end : name.end + 1] == b"[":
        text += "[...]"
    receiver = receiver_type(tree, declaration)
    if receiver is not None:
        base, generic = receiver
        base += "[...]" if generic else ""
        return f"({base}).{text}" if base.startswith("*") else f"{base}.{text}"
    return text


def receiver_type(tree: SourceTree, declaration: Node) -> tuple[str, bool] | None:
    """A method's receiver such as ``*T``, and whether T is generic; None for functions."""
    receiver = declaration.field("receiver")
    if receiver is None or not receiver.named_children:
        return None
    written = receiver.named_children[0].field("type")
    star, generic = "", False
    while written is not None:
        if written.kind == "pointer_type":
            star = "*"
        elif written.kind == "generic_type":
            generic = True
        elif written.kind != "parenthesized_type":
            return star + tree.source(written), generic
        written = next(iter(written.named_children), None)
    return None


def _function(tree: SourceTree, node: Node, name: str, *, is_literal: bool) -> FunctionSyntax:
    body, written = node.field("body"), node.field("name")
    keyword = node.token("func") or node
    receiver = receiver_type(tree, node)
    return FunctionSyntax(
        name=name,
        span=tree.node_span(node),
        name_span=tree.node_span(written or keyword),
        body=tree.node_span(body) if body is not None else None,
        is_literal=is_literal,
        parameters=tuple(
            Parameter(tree.source(identifier), tree.node_span(identifier), role)
            for role, part in signature_parts(node)
            for identifier in parameter_names(part)
        ),
        receiver=receiver[0] if receiver is not None else None,
    )


class FunctionIndex:
    """The functions of a file, found declaration by declaration when asked for."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._found: dict[int, tuple[FunctionSyntax, ...]] = {}
        # Those whose names count others before them.
        self._counted: set[int] = set()

    def of(self, declaration: Node) -> tuple[FunctionSyntax, ...]:
        """The functions of one top-level declaration."""
        known = self._found.get(declaration.start)
        if known is None:
            known = self._found[declaration.start] = self._of(declaration)
        elif declaration.start in self._counted:
            self._tree.look_at_all()
        return known

    def _of(self, declaration: Node) -> tuple[FunctionSyntax, ...]:
        name, before = "init", 0
        if declaration.kind in DECLARATIONS:
            name = declared_name(self._tree, declaration)
        if name == "init":
            self._counted.add(declaration.start)
            self._tree.look_at_all()
            if declaration.kind in DECLARATIONS:
                name = f"init.{self._inits[declaration.start]}"
            else:
                before = self._literals_before.get(declaration.start, 0)
        return functions_of(self._tree, declaration, name, before)

    def all(self) -> tuple[FunctionSyntax, ...]:
        """The functions of the file in source order."""
        return tuple(
            function for declaration in self._tree.declarations for function in self.of(declaration)
        )

    @cached_property
    def _inits(self) -> dict[int, int]:
        """The number of each ``init`` function, by its start."""
        starts = (
            node.start
            for node in self._tree.declarations
            if node.kind == "function_declaration" and declared_name(self._tree, node) == "init"
        )
        return {start: number for number, start in enumerate(starts)}

    @cached_property
    def _literals_before(self) -> dict[int, int]:
        """How many outermost literals stand in package variables before each declaration."""
        before, count = {}, 0
        for node in self._tree.declarations:
            if node.kind == "var_declaration":
                before[node.start] = count
                count += sum(
                    1
                    for literal in literals_in(self._tree, node)
                    if not any(outer.kind == "func_literal" for outer in literal.ancestors())
                )
        return before
