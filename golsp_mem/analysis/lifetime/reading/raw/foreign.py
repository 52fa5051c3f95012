"""Imported packages with finalizers and cleanups: read by their text alone, as far as an importer
can see of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, partial

from attrs import evolve, field, frozen

from golsp_mem.analysis.lifetime.reading.callees import parameter_at, receiver
from golsp_mem.analysis.lifetime.reading.cleanups import Cleanups, Guard
from golsp_mem.analysis.lifetime.reading.fields import FieldPath, Fields
from golsp_mem.analysis.lifetime.reading.holders import Sharing
from golsp_mem.analysis.lifetime.reading.imports import Getter
from golsp_mem.analysis.lifetime.reading.origins import Origin
from golsp_mem.analysis.lifetime.reading.package import Package, cleanups_on
from golsp_mem.analysis.lifetime.reading.raw.beside import with_numbers_beside
from golsp_mem.analysis.lifetime.reading.raw.getters import ReturnedTakings
from golsp_mem.analysis.lifetime.reading.raw.names import candidate_names
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.analysis.lifetime.reading.released import cleanups_of
from golsp_mem.analysis.lifetime.reading.using import Raw, uses_resource
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.source.package import PackageSyntax, Place, results_of
from golsp_mem.source.syntax import GoFile


@frozen(eq=False)
class ForeignPackage:
    """An `Imported` package by its files, test files left out."""

    path: str
    package: Package
    name: str = field(init=False)

    @name.default
    def _name(self) -> str:
        return self.package.syntax.name

    @classmethod
    def of(cls, path: str, files: Sequence[GoFile]) -> ForeignPackage | None:
        """None for a package in which no type has a cleanup, or a number beside its owner."""
        plain = [one for one in files if not one.path.endswith("_test.go")]
        for syntax in PackageSyntax.split(plain):
            cleanups = cleanups_of(syntax)
            package = Package(syntax, cleanups, Liveness(()))
            package = with_numbers_beside(package, candidate_names(package))
            owns = any(one.type is not None and one.paths for one in cleanups.calls)
            if owns or package.cleanups.guards:
                return cls(path, package)
        return None

    @property
    def _cleanups(self) -> Cleanups:
        return self.package.cleanups

    @cached_property
    def _takings(self) -> Takings:
        names = candidate_names(self.package)
        return Takings(self.package, names, partial(ReturnedTakings, self.package))

    @cached_property
    def _fields(self) -> Fields:
        return Fields(self.package.syntax)

    @cached_property
    def _sharing(self) -> Sharing:
        return Sharing(self.package)

    def _own(self, kind: str) -> str:
        return kind.removeprefix(f"{self.name}.")

    def released(self) -> Iterator[tuple[str, FieldPath]]:
        for one in self._cleanups.calls:
            for path in one.paths if one.type is not None and not one.removes else ():
                yield f"{self.name}.{one.type}", path

    def guards(self) -> Iterator[Guard]:
        for one in self._cleanups.guards:
            yield evolve(one, kind=f"{self.name}.{one.kind}")

    def word(self, kind: str) -> str | None:
        return next((one.word for one in self._cleanups.of_type(self._own(kind))), None)

    def names(self) -> frozenset[str]:
        return frozenset(one for one in self._takings.names if one[:1].isupper())

    def walk(self, kind: str, names: FieldPath) -> tuple[FieldPath, str] | None:
        return self._fields.walk(self._own(kind), names)

    def method(self, kind: str, name: str) -> tuple[FieldPath, str] | None:
        found = self._fields.method(self._own(kind), name)
        if found is None:
            return None
        key = next((key for key, one in self.package.syntax.functions.items()
                    if one.node is found[1].node), None)  # fmt: skip
        path = self._fields.block_of(self._own(kind), found[0])
        return (path, key) if key is not None else None

    def getters(self, function: str) -> tuple[Getter, ...]:
        place = self.package.syntax.functions.get(function)
        if place is None:
            return ()
        return tuple(
            evolve(one, kind=f"{self.name}.{one.kind}" if one.kind and "." not in one.kind
                   else one.kind)
            for one in self._takings.getters_of(place)
        )  # fmt: skip

    def dynamic(self, kind: str, name: str) -> tuple[Getter, ...]:
        written = self.package.syntax.types.get(self._own(kind), "")
        if not kind.startswith(f"{self.name}.") or not written.startswith("interface"):
            return ()
        return tuple(
            getter
            for one in self.package.syntax.methods.get(name, ())
            for getter in self._takings.getters_of(one)
        )

    def uses(self, method: str) -> bool:
        return any(
            uses_resource(self.package, one, receiver(one), Raw.PART)
            for one in self.package.syntax.methods.get(method, ())
        )

    def marks(self, method: str) -> bool:
        for function in self.package.syntax.methods.get(method, ()):
            own = receiver(function)
            held = self.package.variable(function.of(own)) if own is not None else None
            if held is not None and any(not one.removes for one in cleanups_on(self.package, held)):
                return True
        return False

    def makes(self, function: str, index: int, path: FieldPath = ()) -> bool | None:
        place = self.package.syntax.functions.get(function)
        if place is None:
            return None
        found = {one.origin for one in self._sharing.origins.of_result(place, index, path)}
        if Origin.OUTSIDE in found or not found:
            return False if found else None
        if path:
            found -= {Origin.CONTAINER}
        return True if found and found <= {Origin.NEW} else None

    def keeps(self, function: str, index: int) -> bool:
        variable = self._parameter(function, index)
        if variable is None:
            return True
        held = self.package.variable(variable)
        return held is not None and self._sharing.is_kept(held, ())

    def returns(self, function: str, index: int) -> bool:
        place = self.package.syntax.functions.get(function)
        if place is None or self._parameter(function, index) is None:
            return True
        return self._sharing.keeping.hands_back(place, index)

    def _parameter(self, function: str, index: int) -> Place | None:
        place = self.package.syntax.functions.get(function)
        if place is None or (not results_of(place) and place.node.field("body") is None):
            return None
        name = parameter_at(place, index)
        return place.of(name) if name is not None else None
