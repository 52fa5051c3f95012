"""What an expression takes out of an owner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.callees import promoted
from golsp_mem.analysis.lifetime.reading.expressions import Path, static_type
from golsp_mem.analysis.lifetime.reading.imports import Getter
from golsp_mem.analysis.lifetime.reading.origins import is_spread
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.standard import FILE_METHODS
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node

# A field of which the text does not tell the name.
SOME = "?"
# The number that a pointer leads to.
BEHIND = "&"
# What a function value uses when it is called.
CALLED = "()"
# Behind that: what the function puts into the struct that it gets, as options do.
PUT = "*"
# What a value of the standard library uses of what it was made with: a writer around a descriptor.
WRAPPED = "<>"
# What an epoll instance waits for: a descriptor of which it has the number, and nothing else.
WATCHED = "{}"


@frozen(eq=False)
class Taking:
    """An expression whose value is a raw resource, or holds one.

    The owner is what ``owner`` and the fields of ``path`` below it reach; ``kind`` its type, a
    name of this package or ``os.File``, None where only the run time knows (an interface) and of
    addresses. ``is_memory``: what was taken is read through, it is no number. ``is_part``: it is
    a struct with the resource in a field. ``is_array``: the elements lie in the owner itself.
    ``result``: which of a call's results it is; ``inside``: where below that it lies. ``into``: it
    is no result, the call stores it below this argument (-1: its receiver). ``is_of_copy``: the
    owner as written is a copy of the owner's struct. ``written``: the type of a part, or the
    receiver of which a method value has a copy, as written.
    ``is_adopted``: the number was there before its owner, which ``expression`` makes of it.
    """

    expression: Place
    owner: Place
    path: Path
    kind: str | None
    is_memory: bool = False
    is_address: bool = False
    is_part: bool = False
    is_array: bool = False
    result: int = 0
    inside: Path = ()
    is_of_copy: bool = False
    into: int | None = None
    written: str = ""
    is_adopted: bool = False

    @property
    def text(self) -> str:
        is_bound = self.inside == (CALLED,) and self.written
        return " ".join((self.written if is_bound else self.expression.text).split())


# A raw resource and where it lies below a value.
Carried = tuple[Taking, Path]


def is_within(node: Node, taking: Taking) -> bool:
    """Whether the use is part of the very expression that takes (``f(x).Fd()``)."""
    inner = taking.expression.node
    return inner.start <= node.start and node.end <= inner.end


def is_whole(interface: str) -> bool:
    """Whether an interface names all of its methods: it embeds no other."""
    body = interface.partition("{")[2].rpartition("}")[0]
    return all("(" in one for one in re.split(r"[;\n]", body) if one.strip())


def may_be_file(package: Package, operand: Place) -> bool:
    """Whether behind an operand, an interface, the standard library's file may stand, or a struct
    of the package that embeds one: they have every method that a declared one lists."""
    syntax = package.syntax
    asked = syntax.interfaces.get(base_of(static_type(package, operand) or ""))
    embedding = [
        kind for kind, listed in syntax.embedded.items() if "os.File" in map(base_of, listed)
    ]
    return asked is None or any(
        all(name in FILE_METHODS or promoted(package, kind, name) is not None for name in asked)
        for kind in ["", *embedding]
    )


def behind_interface(
    call: Place, operand: Place, path: Path, getters: Iterable[Getter]
) -> Iterator[Taking]:
    """What the methods that may stand behind an interface's hand out of their receivers."""
    getters = list(getters)
    owners = {(one.path, one.kind) for one in getters}
    # Of one implementation it is known where the owner lies.
    below, kind = owners.pop() if len(owners) == 1 else ((), None)
    known: set[tuple[int, Path]] = set()
    for one in getters:
        key = (one.result, one.inside)
        is_own = one.parameter is None and one.into is None and one.called is None
        if is_own and not one.is_yielded and key not in known:
            known.add(key)
            yield Taking(call, operand, (*path, *below), kind if below else None, one.is_memory,
                         is_part=one.is_part, result=one.result, inside=one.inside)  # fmt: skip


def owners_of(
    getter: Getter, call: Place, operand: Place | None, given: tuple[Node, ...]
) -> Iterator[tuple[Place, Path]]:
    """What the call gives for the parameter of a getter, and the path below it; each of several
    for a variadic one."""
    where = getter.parameter
    if where is None:
        if operand is not None:
            yield operand, getter.path
        return
    if getter.is_variadic and not is_spread(call):
        yield from ((call.of(one), getter.path[1:]) for one in given[where:])
    elif where < len(given):
        yield call.of(given[where]), getter.path
