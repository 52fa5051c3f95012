"""Names of functions as the linker has them (``example.com/m/p.(*T[int]).M``)."""

from __future__ import annotations

import re

# cmd/compile/internal/ir/func.go (closureName): F.func1, F.func1.2, F.gowrap1, F.deferwrap1.
_LITERAL_NUMBERS = re.compile(r"\.(func|gowrap|deferwrap)\d+(?:\.\d+)*")


def folded_name(name: str) -> str:
    """The name with its type arguments folded, as profiles print it: ``p.(*T[...]).M``."""
    start, end = name.find("["), name.rfind("]")
    return f"{name[:start]}[...]{name[end + 1 :]}" if 0 <= start < end else name


def short_name(name: str) -> str:
    """The name without the directories of its package; type arguments stay whole."""
    function, bracket, arguments = name.partition("[")
    return function.rsplit("/", 1)[-1] + bracket + arguments


def stable_name(name: str) -> str:
    """The name without the numbers of its function literals, which change with each literal that
    is written before them, and with each copy that is inlined elsewhere."""
    return _LITERAL_NUMBERS.sub(r".\1", name)


def package_of(name: str) -> str:
    """The import path in a function's name, as the linker escapes it (``yaml%2ev3``)."""
    head, slash, tail = name.partition("[")[0].rpartition("/")
    return head + slash + tail.partition(".")[0]


def own_name(name: str) -> str:
    """The name without its package: ``F``, ``(*T).M``, ``F.func1``, ``F[...]``. Of a name with
    type arguments only the folded one will do."""
    return name.rpartition("/")[2].partition(".")[2]
