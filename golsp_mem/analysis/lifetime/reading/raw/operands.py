"""What an operand is of which something is selected: its type, what that embeds, and the interfaces
behind which others stand."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.reading.expressions import Path, static_type
from golsp_mem.analysis.lifetime.reading.fields import FieldPath, Fields
from golsp_mem.analysis.lifetime.reading.imports import Getter
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.taking import is_whole
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place

_DEPTH = 4


class Operands:
    """Answers for one package whose types are known."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.fields = Fields(package.syntax)

    def walk(self, kind: str, names: FieldPath) -> tuple[FieldPath, str] | None:
        owner = self._package.owner_of(kind)
        return owner.walk(kind, names) if owner is not None else self.fields.walk(kind, names)

    def embedding(self, outer: str, kind: str, depth: int = _DEPTH) -> Path | None:
        """The embedded fields by which a value of type ``outer`` reaches one of ``kind``."""
        outer = self._package.syntax.aliases.get(outer, outer)
        if outer == kind:
            return ()
        for written in self._package.syntax.embedded.get(outer, ()) if depth else ():
            inner = base_of(written)
            chain = self.embedding(inner, kind, depth - 1)
            if chain is not None:
                return (inner.rpartition(".")[2], *chain)
        return None

    def type_of(self, selector: Place) -> str | None:
        found = self._package.types.of_operand(selector)
        if found is not None:
            return found
        operand = selector.node.field("operand")
        return static_type(self._package, selector.of(operand)) if operand is not None else None

    def is_interface(self, kind: str) -> bool:
        known = self._package.syntax.types.get(kind, kind)
        return known.startswith("interface")

    def behind(self, kind: str, name: str, depth: int = _DEPTH) -> Path | None:
        """The embedded fields to an interface of the package that has the method."""
        if self.is_interface(kind):
            written = self._package.syntax.types.get(kind, kind)
            return () if name in written or not is_whole(written) else None
        for embedded in self._package.syntax.embedded.get(kind, ()) if depth else ():
            found = self.behind(base_of(embedded), name, depth - 1)
            if found is not None:
                return (base_of(embedded).rpartition(".")[2], *found)
        return None

    def may_be(self, value: Place, getter: Getter) -> bool:
        """Whether what a function takes for an owner of a type, in one case of a type switch, may
        be that: the value has no other type, as far as the text tells."""
        kind = getter.kind
        if kind is None or getter.path or not getter.is_case:
            return True
        written = base_of(static_type(self._package, value) or "")
        is_known = written in self._package.syntax.members or written.startswith(("os.", "net."))
        return not is_known or self.embedding(written, kind) is not None
