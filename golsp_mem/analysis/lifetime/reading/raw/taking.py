"""What an expression takes out of an owner."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.analysis.lifetime.reading.expressions import Path
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node

# A field of which the text does not tell the name.
SOME = "?"
# What a function value uses when it is called.
CALLED = "()"
# What a value of the standard library uses of what it was made with: a writer around a descriptor.
WRAPPED = "<>"


@frozen(eq=False)
class Taking:
    """An expression whose value is a raw resource, or holds one.

    The owner is what ``owner`` and the fields of ``path`` below it reach; ``kind`` its type, a
    name of this package or ``os.File``, None where only the run time knows (an interface) and of
    addresses. ``is_memory``: what was taken is read through, it is no number. ``is_part``: it is
    a struct with the resource in a field. ``is_array``: the elements lie in the owner itself.
    ``result``: which of a call's results it is; ``inside``: where below that it lies. ``into``: it
    is no result, the call stores it below this argument (-1: its receiver). ``is_of_copy``: the
    owner as written is a copy of the owner's struct. ``written``: the type of a part, as written.
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

    @property
    def text(self) -> str:
        return " ".join(self.expression.text.split())


# A raw resource and where it lies below a value.
Carried = tuple[Taking, Path]


def is_within(node: Node, taking: Taking) -> bool:
    """Whether the use is part of the very expression that takes (``f(x).Fd()``)."""
    inner = taking.expression.node
    return inner.start <= node.start and node.end <= inner.end
