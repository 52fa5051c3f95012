"""The fields of a package's types: what a name selects, embedded structs passed through, and which
of them can hold a raw resource."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import PackageSyntax, Place

# Any element of a slice, array, map or channel: which one the text seldom tells.
ELEMENT = "[]"
_DEPTH = 4
_RAW_TYPES = (
    *("int", "int32", "int64", "uint", "uint32", "uint64", "uintptr", "unsafe.Pointer"),
    *("syscall.Handle", "windows.Handle", "int8", "int16", "uint8", "uint16"),
)
# They hold a number, which Load hands out.
ATOMIC = tuple(f"atomic.{name}" for name in ("Int32", "Int64", "Uint32", "Uint64", "Uintptr"))
_MEMORY = ("[]byte", "[]uint8")
_SEQUENCE = re.compile(r"(?:\[[^\]]*\]|map\[[^\]]*\]|chan |<-chan )(?P<element>.+)")

FieldPath = tuple[str, ...]


def element_of(written: str) -> str | None:
    """T of ``[]T``, ``[4]T``, ``map[K]T``, ``chan T``."""
    match = _SEQUENCE.fullmatch(written)
    return match["element"] if match is not None else None


@frozen(eq=False)
class Fields:
    """Answers for one package. Types are names of it, without star and type arguments, or as
    written; paths are canonical: the embedded fields on the way are named."""

    syntax: PackageSyntax

    def struct(self, written: str) -> str:
        """The declared struct behind a type as written, through aliases and definitions."""
        name = base_of(written)
        for _ in range(_DEPTH):
            if name in self.syntax.members or name not in self.syntax.types:
                break
            name = base_of(self.syntax.types[name])
        return name

    def step(self, kind: str, name: str, depth: int = _DEPTH) -> tuple[FieldPath, str] | None:
        """The path and type of what ``x.name`` selects, x being of type ``kind``."""
        kind = self.struct(kind)
        own = self.syntax.structs.get(kind, {}).get(name)
        if own is not None:
            return (name,), own
        for written in self.syntax.embedded.get(kind, ()):
            inner = _field_name(written)
            if inner == name:
                return (name,), written
        for written in self.syntax.embedded.get(kind, ()) if depth else ():
            found = self.step(written, name, depth - 1)
            if found is not None:
                return (_field_name(written), *found[0]), found[1]
        return None

    def walk(self, kind: str, names: FieldPath) -> tuple[FieldPath, str] | None:
        """The canonical path and type of what the names lead to from a value of type ``kind``."""
        path: FieldPath = ()
        written = kind
        for name in names:
            if name == ELEMENT:
                element = element_of(self._resolved(written))
                if element is None:
                    return None
                path, written = (*path, ELEMENT), element
                continue
            found = self.step(written, name)
            if found is None:
                return None
            path, written = (*path, *found[0]), found[1]
        return path, written

    def _resolved(self, written: str) -> str:
        for _ in range(_DEPTH):
            if element_of(written) is not None or written not in self.syntax.types:
                break
            written = self.syntax.types[written]
        return written

    def method(self, kind: str, name: str, depth: int = _DEPTH) -> tuple[FieldPath, Place] | None:
        """The method that ``x.name`` is, and the embedded fields that lead to its receiver."""
        own = self.syntax.functions.get(f"{base_of(kind)}.{name}")
        if own is not None:
            return (), own
        for written in self.syntax.embedded.get(self.struct(kind), ()) if depth else ():
            found = self.method(written, name, depth - 1)
            if found is not None:
                return (_field_name(written), *found[0]), found[1]
        return None

    def block_of(self, kind: str, path: FieldPath) -> FieldPath:
        """The path without the fields at its end that lie in the same block as what holds them."""
        while path:
            found = self.walk(kind, path)
            if found is None or found[1].startswith("*") or not self._is_struct(found[1]):
                break
            path = path[:-1]
        return path

    def _is_struct(self, written: str) -> bool:
        return self.struct(written) in self.syntax.members

    def only_in(self, kind: str) -> frozenset[str]:
        """The declared structs that hold a value (no pointer) of the struct type directly."""
        return frozenset(
            outer
            for outer, fields in self.syntax.structs.items()
            if kind in fields.values() or kind in self.syntax.embedded.get(outer, ())
        )

    def raw_below(self, written: str, depth: int = _DEPTH) -> Iterator[FieldPath]:
        """The paths below a value of a type that can hold a raw resource."""
        if is_raw(self.syntax, written):
            yield ()
            return
        kind = self.struct(written)
        if written.startswith("*") or depth == 0:
            return
        parameters = self.syntax.type_parameters.get(kind, ())
        for name, inner in self.syntax.structs.get(kind, {}).items():
            if inner in parameters:
                yield (name,)  # whatever it is instantiated with
            yield from ((name, *path) for path in self.raw_below(inner, depth - 1))
        for embedded in self.syntax.embedded.get(kind, ()):
            yield from (
                (_field_name(embedded), *path) for path in self.raw_below(embedded, depth - 1)
            )


def _field_name(embedded: str) -> str:
    return base_of(embedded).rpartition(".")[2]


def is_raw(package: PackageSyntax, written: str) -> bool:
    """Whether a value of this type can be a descriptor, a handle or an address, or holds such as
    its elements."""
    for _ in range(_DEPTH):
        if (
            written in _RAW_TYPES
            or written in ATOMIC
            or written.startswith(("C.", "*"))
            or written in _MEMORY
        ):
            return True
        element = element_of(written)
        if element is not None and not element.startswith("*"):
            written = element
        elif written in package.types:
            written = package.types[written]
        else:
            return False
    return False


def is_own_pointer(package: PackageSyntax, written: str) -> bool:
    """Whether the type is a pointer to a struct of this package that has fields: plain Go."""
    return written.startswith("*") and bool(package.members.get(base_of(written)))


def is_memory(package: PackageSyntax, written: str) -> bool:
    """Whether a raw value of this type is memory that is read through it, no number."""
    for _ in range(_DEPTH):
        if written in _MEMORY or written.startswith("*") or written == "unsafe.Pointer":
            return True
        if written not in package.types:
            return False
        written = package.types[written]
    return False


def is_array(package: PackageSyntax, written: str) -> bool:
    """Whether the elements lie in the value itself, so that a slice of it holds its block."""
    for _ in range(_DEPTH):
        if written.startswith("["):
            return not written.startswith("[]")
        written = package.types.get(written, "")
    return False
