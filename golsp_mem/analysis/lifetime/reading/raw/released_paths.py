"""What the cleanups of a package and of those that it imports release, by the names on the way."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.analysis.lifetime.reading.fields import ELEMENT, FieldPath, Fields
from golsp_mem.analysis.lifetime.reading.package import Package

# A type, the path below it to what is released, and the type of the owner.
Known = tuple[str, FieldPath, str]


def paths_by_name(package: Package) -> dict[str, list[Known]]:
    """What cleanups release, by each name on the path."""
    found: dict[str, list[Known]] = {}
    listed = [known for owner in package.foreign.values() for kind, path in owner.released()
              for known in [(kind, path, kind)]]  # fmt: skip
    for call in package.cleanups.calls:
        for path in call.paths if call.type is not None and not call.removes else ():
            listed += _from_inside(package, call.type or "", path)
    for known in listed:
        for name in set(known[1]) - {ELEMENT}:
            found.setdefault(name, []).append(known)
    return found


def _from_inside(package: Package, owner: str, path: FieldPath) -> Iterator[Known]:
    """The path from the owner, and from the structs in it that are nowhere else: a method of such
    a struct has a pointer into the owner."""
    fields = Fields(package.syntax)
    yield owner, path, owner
    outer = owner
    for index in range(1, len(path)):
        step = fields.walk(owner, path[:index])
        if step is None or step[1].startswith("*") or fields.only_in(step[1]) != {outer}:
            return
        outer = step[1]
        yield outer, path[index:], owner
