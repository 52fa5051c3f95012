"""Functions that hand a raw argument on in a result: ``newJob(fd)``, ``tokenOf(h).handle()``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import parameters, receiver
from golsp_mem.analysis.lifetime.reading.expressions import Path
from golsp_mem.analysis.lifetime.reading.fields import (
    ELEMENT,
    Fields,
    element_of,
    is_own_pointer,
    is_raw,
)
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.taking import Carried, Taking
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node

_PARAMETER = "a parameter"

# What the results of a function carry when its variables (by the place of their declaration) do,
# and what is put below its parameters then: (result, parameter or None, what it carries).
Results = Callable[[Place, dict[int, set[Carried]]], Iterable[tuple[int, int | None, Carried]]]


@frozen
class Passed:
    """``result`` has at ``inside`` what the parameter (-1: the receiver) has at ``path``; ``into``:
    it is no result, but put below this parameter (-1: the receiver)."""

    parameter: int
    path: Path
    result: int
    inside: Path
    into: int | None = None


class Passing:
    """Answers for one package; each function is read once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._fields = Fields(package.syntax)
        self._known: dict[tuple[str, int], tuple[Passed, ...]] = {}

    def of(self, function: Place, results: Results) -> tuple[Passed, ...]:
        """What a declared function hands on; nothing while it is being read (recursion)."""
        key = (function.file.path, function.node.start)
        if key not in self._known:
            self._known[key] = ()
            if function.node.field("body") is not None:
                self._known[key] = tuple(dict.fromkeys(self._read(function, results)))
        return self._known[key]

    def _read(self, function: Place, results: Results) -> Iterator[Passed]:
        seeds: dict[int, set[Carried]] = {}
        for index, name in [(-1, receiver(function)), *enumerate(parameters(function))]:
            if name is not None:
                seeds[name.start] = set(self._seeds(function, function.of(name), index))
        if not any(seeds.values()):
            return
        for result, into, (taking, inside) in results(function, seeds):
            given = int(taking.path[0]) if taking.kind == _PARAMETER else None
            if given is not None and given != into:
                yield Passed(given, taking.path[1:], result, inside, into)

    def _seeds(self, function: Place, name: Place, index: int) -> Iterator[Carried]:
        written = _type(name)
        if written is None:
            return
        paths: list[Path] = []
        if is_raw(self._package.syntax, written) and not (
            is_own_pointer(self._package.syntax, written)
        ):
            paths = [()]
        elif base_of(written) in self._package.syntax.structs:
            kind = base_of(written)
            paths = list(self._fields.raw_below(kind))
            # The elements of a generic container are whatever it is instantiated with.
            listed = self._package.syntax.type_parameters.get(kind, ())
            fields = self._package.syntax.structs[kind]
            paths += [
                (one, ELEMENT) for one, inner in fields.items() if element_of(inner) in listed
            ]
        elif written in _type_parameters(function):
            paths = [()]
        for path in paths:
            yield Taking(name, name, (str(index), *path), _PARAMETER), path


def _type_parameters(function: Place) -> Iterator[str]:
    """The names of a function's type parameters, and of its receiver's."""
    listed = function.node.field("type_parameters")
    for child in listed.named_children if listed is not None else ():
        yield from (function.file.tree.source(one) for one in child.fields("name"))
    own = receiver(function)
    written = _type(function.of(own)) if own is not None else None
    yield from (one.strip() for one in (written or "").partition("[")[2].rstrip("]").split(","))


def _type(name: Place) -> str | None:
    parent: Node | None = name.node.parent
    kind = parent.field("type") if parent is not None else None
    return name.file.tree.source(kind) if kind is not None else None
