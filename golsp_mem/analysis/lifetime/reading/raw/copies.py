"""Copies of an owner's struct: they have the raw resource, and hold nothing of the owner."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.callees import callees, receiver
from golsp_mem.analysis.lifetime.reading.definitions import definitions
from golsp_mem.analysis.lifetime.reading.expressions import (
    Path,
    root_of,
    static_type,
    variable_type,
)
from golsp_mem.analysis.lifetime.reading.fields import element_of
from golsp_mem.analysis.lifetime.reading.origins import passed
from golsp_mem.analysis.lifetime.reading.package import Package, cleanups_on, role_of
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place
from golsp_mem.source.parts.functions import receiver_type
from golsp_mem.source.parts.tree import element_value, unparenthesized
from golsp_mem.source.variables import Variable


class Copies:
    """Answers for one package whose types are known."""

    def __init__(self, package: Package) -> None:
        self._package = package
        own = {one.type for one in package.cleanups.calls if one.paths and not one.removes}
        foreign = {kind for one in package.foreign.values() for kind, _ in one.released()}
        self._kinds = frozenset(kind for kind in own | foreign if kind)

    def owner_copied(self, expression: Place) -> tuple[Place, str] | None:
        """The pointer E and the owner's type, where the expression is ``*E``."""
        node = unparenthesized(expression.node)
        operand = node.field("operand")
        if node.kind != "unary_expression" or operand is None or node.token("*") is None:
            return None
        return self._pointer(expression.of(unparenthesized(operand)))

    def receiver_copied(self, call: Place) -> tuple[Place, str] | None:
        """The pointer and the owner's type, where a method with a value receiver is called on a
        pointer: ``h.Write(b)`` begins with a copy of ``*h``."""
        function = call.node.field("function")
        node = unparenthesized(function) if function is not None else None
        operand = node.field("operand") if node is not None else None
        if node is None or node.kind != "selector_expression" or operand is None:
            return None
        found = self._pointer(call.of(unparenthesized(operand)))
        if found is None or not callees(self._package, call):
            return None
        by_value = all(map(has_value_receiver, callees(self._package, call)))
        return found if by_value else None

    def methods(self) -> Iterator[str]:
        """The names of the owners' methods that begin with a copy."""
        for name, function in self._package.syntax.functions.items():
            kind, dot, method = name.partition(".")
            if dot and kind in self._kinds and has_value_receiver(function):
                yield method

    def is_copy(self, place: Place) -> bool:
        """Whether a variable holds a value, no pointer, of an owner's type that is surely a copy
        of another."""
        root = root_of(self._package, place)
        variable = self._package.variable(root.place)
        if root.place.node.kind != "identifier" or variable is None:
            return False
        if root.path and self.type_of(place) in self._kinds:
            return self._is_copied_below(variable, root.path)
        written = self.type_of(root.place) or ""
        element = element_of(written)
        if written not in self._kinds and (element is None or element not in self._kinds):
            return False
        if role_of(variable) in ("parameter", "receiver"):
            return True
        if self._may_be_marked(variable):
            return False
        known = definitions(self._package, variable)
        return any(one.value.node.kind != "composite_literal" for one in known if not one.path) or (
            element is not None and bool(known)
        )

    def _is_copied_below(self, variable: Variable, path: Path) -> bool:
        """Whether ``*E`` is stored there: ``p := panel{left: *newGauge()}``, ``p.left = *g``."""
        if role_of(variable) in ("parameter", "receiver") or self._may_be_marked(variable):
            return False
        for one in definitions(self._package, variable):
            value = one.value
            if not one.path and len(path) == 1 and value.node.kind == "composite_literal":
                body = value.node.field("body")
                for entry in body.named_children if body is not None else ():
                    named = entry.kind == "keyed_element" and entry.named_children
                    if named and value.of(named[0]).text == path[0]:
                        copied = value.of(element_value(entry))
                        if self.owner_copied(copied) is not None:
                            return True
            elif one.path == path and self.owner_copied(value) is not None:
                return True
        return False

    def type_of(self, place: Place) -> str | None:
        """The type of an expression: as written, or as the compiler said where the same variable
        is selected from."""
        known = static_type(self._package, place)
        variable = self._package.variable(place) if place.node.kind == "identifier" else None
        if known is not None or variable is None:
            return known
        for use in variable.uses:
            selector = use.parent
            if selector is not None and selector.kind == "selector_expression":
                found = self._package.types.of_operand(Place(variable.file, selector))
                if found is not None:
                    return found
        return variable_type(self._package, variable)

    def _pointer(self, pointer: Place) -> tuple[Place, str] | None:
        written = self.type_of(pointer) or ""
        kind = base_of(written)
        is_pointer = written.startswith("*") and not written.startswith("**")
        return (pointer, kind) if is_pointer and kind in self._kinds else None

    def _may_be_marked(self, variable: Variable) -> bool:
        """Whether the variable's own block may have the cleanup."""
        for use in variable.uses:
            outer = use.parent
            if outer is not None and outer.kind == "unary_expression" and outer.token("&"):
                return True
            for call, name in passed(self._package, variable, use):
                for function in callees(self._package, call):
                    own = name(function)
                    held = self._package.variable(function.of(own)) if own is not None else None
                    if held is not None and cleanups_on(self._package, held):
                        return True
        return False


def has_value_receiver(function: Place) -> bool:
    """Whether a method begins with a copy of what it is called on."""
    if receiver(function) is None:
        return False
    found = receiver_type(function.file.tree, function.node)
    return found is not None and not found[0].startswith("*")
