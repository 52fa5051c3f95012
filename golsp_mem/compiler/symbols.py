"""Names of functions as the linker has them (``example.com/m/p.(*T[int]).M``)."""

from __future__ import annotations


def folded_name(name: str) -> str:
    """The name with its type arguments folded, as profiles print it: ``p.(*T[...]).M``."""
    start, end = name.find("["), name.rfind("]")
    return f"{name[:start]}[...]{name[end + 1 :]}" if 0 <= start < end else name


def short_name(name: str) -> str:
    """The name without the directories of its package; type arguments stay whole."""
    function, bracket, arguments = name.partition("[")
    return function.rsplit("/", 1)[-1] + bracket + arguments
