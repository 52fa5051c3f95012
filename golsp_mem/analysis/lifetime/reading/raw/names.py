"""The names that may select a raw resource, by the text alone: what the compiler is asked about."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from golsp_mem.analysis.lifetime.reading.callees import callees, returns_parameter
from golsp_mem.analysis.lifetime.reading.expressions import conversion
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.beside import possible_fields
from golsp_mem.analysis.lifetime.reading.raw.library import may_carry
from golsp_mem.analysis.lifetime.reading.standard import STANDARD_TYPES
from golsp_mem.source.package import Place, arguments_of, callee_of, named
from golsp_mem.source.parts.tree import Node, unparenthesized

_ROUNDS = 4
# What may give a value to a name.
_ASSIGNS = (
    "call_expression", "short_var_declaration", "assignment_statement", "range_clause", "var_spec",
)  # fmt: skip


def candidate_names(package: Package) -> frozenset[str]:
    """Every name that may select a raw resource: the fields on the way to what cleanups release,
    methods of the standard library, and methods and functions of the package that return such."""
    names = {
        name for one in package.cleanups.calls for path in one.paths for name in path
        if name.isidentifier()
    }  # fmt: skip
    names |= {name for one in package.cleanups.guards for name in one.path}
    names |= {method for one in STANDARD_TYPES for method in one.raw}
    names |= {name for one in package.foreign.values() for name in one.names()}
    names |= possible_fields(package, names)
    for _ in range(_ROUNDS):
        words = _words({*names, "Control"})
        found = {
            key.rpartition(".")[2]
            for key, function in package.syntax.functions.items()
            if key.rpartition(".")[2] not in names
            and words.search(function.file.text, function.node.start, function.node.end)
            and _may_return(package, function, names)
        }
        if not found:
            break
        names |= found
    return frozenset(names)


def _words(names: Collection[str]) -> re.Pattern[bytes]:
    """Finds any of the names in a text."""
    return re.compile(
        rb"\b(?:" + b"|".join(re.escape(one.encode()) for one in sorted(names)) + rb")\b"
    )


def selectors(package: Package, names: frozenset[str]) -> Iterator[Place]:
    """Every selector of the package with one of the names."""
    words = _words(names)
    for file in package.syntax.files:
        if words.search(file.text) is None:
            continue
        for declaration in file.tree.declarations:
            if words.search(file.text, declaration.start, declaration.end) is None:
                continue
            for node in declaration.walk():
                name = node.field("field") if node.kind == "selector_expression" else None
                if name is None or file.tree.source(name) not in names:
                    continue
                # Of a function of another package, `rig.Open`, nothing is asked.
                if (found := named(Place(file, node))) is None or not found.package:
                    yield Place(file, node)


def _may_return(package: Package, function: Place, names: set[str]) -> bool:
    """Whether a returned value may come from one of the names, by the text alone."""
    text = function.text
    if "return" not in text and "*" not in text.partition("{")[0]:
        return False
    if not any(name in text for name in names) and "Control(" not in text:
        return False
    reader = _Tainted(package, function, names)
    return reader.returns()


class _Tainted:
    """Which local names of a function may hold what one of the candidate names selects."""

    def __init__(self, package: Package, function: Place, names: set[str]) -> None:
        self._package = package
        self._function = function
        self._names = names
        self._held: set[str] = set()

    def returns(self) -> bool:
        nodes = list(self._function.node.walk())
        assigning = [one for one in nodes if one.kind in _ASSIGNS]
        for _ in range(_ROUNDS):
            before = len(self._held)
            for node in assigning:
                self._assign(node)
            if len(self._held) == before:
                break
        for node in nodes:
            if node.kind == "assignment_statement" and self._stores(node):
                return True
            if node.kind == "return_statement":
                values = node.named_children[0].named_children if node.named_children else ()
                if any(map(self._captures, values)):
                    return True
                if any(map(self._is_tainted, values)) or (not values and self._held):
                    return True
            elif node.kind == "call_expression" and any(
                self._is_tainted(one) for one in arguments_of(self._function.of(node))
            ):
                function = node.field("function")
                if function is not None and function.kind == "identifier":
                    return True  # of an iterator, say: `yield(fd)`
        return False

    def _captures(self, value: Node) -> bool:
        """Whether a function literal names a variable that may hold such a value."""
        source = self._function.file.tree.source
        return any(
            one.kind == "identifier" and source(one) in self._held
            for literal in value.walk()
            if literal.kind == "func_literal"
            for one in literal.walk()
        )

    def _stores(self, node: Node) -> bool:
        """Whether an assignment puts such a value below a pointer."""
        left, right = node.field("left"), node.field("right")
        below = left is not None and any(
            one.kind in ("selector_expression", "unary_expression") for one in left.named_children
        )
        return below and right is not None and self._is_tainted(right)

    def _assign(self, node: Node) -> None:
        source = self._function.file.tree.source
        if node.kind == "call_expression":
            function = node.field("function")
            if function is not None and source(function).endswith(("Control", "Read", "Write")):
                for given in arguments_of(self._function.of(node)):
                    listed = given.field("parameters") if given.kind == "func_literal" else None
                    for child in listed.named_children if listed is not None else ():
                        self._held.update(source(name) for name in child.fields("name"))
            return
        left = node.field("left")
        right = node.field("right") or node.field("value")
        names = left.named_children if left is not None else ()
        if node.kind == "var_spec":
            names = node.fields("name")
        if right is None or not names or not self._is_tainted(right):
            return
        for name in names:
            root = self._function.file.tree.source(_root(name))
            if root.isidentifier() and root not in ("err", "ok", "_"):
                self._held.add(root)

    def _is_tainted(self, node: Node) -> bool:
        source = self._function.file.tree.source
        if node.kind == "func_literal":
            return False
        if node.kind == "identifier":
            return source(node) in self._held
        if node.kind == "selector_expression":
            name = node.field("field")
            if name is not None and source(name) in self._names:
                return True
        if node.kind == "call_expression" and not self._passes_on(node):
            return False
        return any(map(self._is_tainted, node.named_children))

    def _passes_on(self, node: Node) -> bool:
        """Whether a call's result may be what it gets: a conversion, a getter, unsafe's."""
        call = self._function.of(node)
        if conversion(self._package, call) is not None:
            return True
        function = node.field("function")
        text = self._function.file.tree.source(function) if function is not None else ""
        callee = callee_of(call)
        if callee is not None and callee.package:
            is_same = callee.package in ("unsafe", "sync/atomic")
            return is_same or may_carry(self._function.text, callee)
        last = re.split(r"[.\[]", text)[-1] if "[" not in text else text.partition("[")[0]
        if last in self._names or last in ("append", "SyscallConn", "Load"):
            return True
        return any(
            one.node.kind == "func_literal" or returns_parameter(self._package, one) is not None
            for one in callees(self._package, call)
        )


def _root(node: Node) -> Node:
    while node.kind in ("selector_expression", "index_expression", "unary_expression"):
        operand = node.field("operand")
        if operand is None:
            break
        node = unparenthesized(operand)
    return node
