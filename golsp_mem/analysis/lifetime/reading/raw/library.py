"""What the standard library does with raw resources that it is given: it collects them from
iterators, keeps them in atomics and maps, and wraps writers around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from golsp_mem.analysis.lifetime.reading.callees import callees
from golsp_mem.analysis.lifetime.reading.expressions import bare, static_type
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.carrying import numbers
from golsp_mem.analysis.lifetime.reading.raw.taking import (
    SOME,
    WATCHED,
    WRAPPED,
    Carried,
    Taking,
)
from golsp_mem.analysis.lifetime.reading.standard import (
    COPYING_NUMBERS,
    KEEPING_MEMORY,
    RAW_PACKAGES,
)
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Callee, Place, arguments_of, callee_of
from golsp_mem.source.parts.tree import Node, unparenthesized

_COLLECTING = frozenset({("slices", name) for name in ("Collect", "Sorted", "SortedFunc")})
# Results that are, or have the elements of, the first argument.
_COPYING = frozenset(
    {
        *(("slices", name) for name in ("Clone", "Compact", "Max", "Min", "Values", "Grow")),
        *(("maps", name) for name in ("Clone", "Values")),
        ("sync", "OnceValue"),
    }
)
# Paths with a descriptor in them, as text.
_FORMATTING = frozenset({("fmt", "Sprintf"), ("fmt", "Sprint")})
_NUMBERS_AS_TEXT = frozenset({("strconv", "Itoa"), ("strconv", "FormatInt"),
                              ("strconv", "FormatUint"), ("fmt", "Sprint")})  # fmt: skip
_DESCRIPTORS = re.compile(r"[\"`]/(?:proc/[^\"`]*/fd|dev/fd)/")
_OF_ELEMENTS = frozenset({("slices", "Max"), ("slices", "Min")})
_LISTING = ("Fields", "Split")
_VIEWING = (*_LISTING, "Trim", "Cut")
_WRAPPING = ("New", "Multi", "Tee", "Limit")
_STORING = ("Store", "Swap", "LoadOrStore")
_LOADING = ("Load", "Swap", "LoadAndDelete")


class Yielding(Protocol):
    """What iterators hand out."""

    def yielded(self, call: Place) -> tuple[Taking, ...]: ...


class Library:
    """Answers for one declaration; ``carried`` tells what its expressions carry."""

    def __init__(
        self, package: Package, takings: Yielding, carried: Callable[[Place], set[Carried]]
    ) -> None:
        self._package = package
        self._takings = takings
        self._carried = carried

    def returned(self, call: Place, callee: Callee) -> set[Carried]:
        """What a result of a function of the library carries."""
        given = arguments_of(call)
        key = (callee.package, callee.name)
        if not given or not callee.package:
            return set()
        first = call.of(unparenthesized(given[0]))
        if key in _COLLECTING:
            return {(one, (ELEMENT, *one.inside)) for one in self._takings.yielded(first)
                    if one.result == 0}  # fmt: skip
        if key in _FORMATTING and _DESCRIPTORS.search(call.text):
            return {(taking, (WRAPPED,)) for one in given for taking, path in
                    self._carried(call.of(one)) if not path and not taking.is_memory}  # fmt: skip
        if callee.name in COPYING_NUMBERS and callee.package in RAW_PACKAGES:
            found = set().union(*(self._carried(call.of(one)) for one in given))
            return {(taking, (SOME,)) for taking, _ in numbers(found)}
        if key in _COPYING:
            found = self._carried(first)
            if key in _OF_ELEMENTS:
                return {(taking, path[1:]) for taking, path in found if path[:1] == (ELEMENT,)}
            is_new = callee.name == "Clone"
            return {one for one in found if not is_new or not one[0].is_memory or one[1]}
        if callee.package in ("bytes", "strings") and callee.name.startswith(_VIEWING):
            # `Fields`, `Split` and the like return parts of what they get.
            below = (ELEMENT,) if callee.name.startswith(_LISTING) else ()
            return {(taking, below) for taking, path in self._carried(first)
                    if taking.is_memory and not path}  # fmt: skip
        if callee.package.partition("/")[0].count(".") or not callee.name.startswith(_WRAPPING):
            return set()
        return {
            (taking, (WRAPPED,))
            for one in given
            for taking, path in self._carried(call.of(one))
            if path[:1] == (WRAPPED,) or (
                key in KEEPING_MEMORY if taking.is_memory else
                self._has_methods(call.of(one)) and not taking.is_address)
        }  # fmt: skip

    def joined(self, text: Place) -> set[Carried]:
        """What a path made of parts carries: ``"/proc/self/fd/" + strconv.Itoa(fd)``."""
        if not _DESCRIPTORS.search(text.text):
            return set()
        found: set[Carried] = set()
        for node in text.node.walk():
            place = text.of(node)
            callee = callee_of(place) if node.kind == "call_expression" else None
            if callee is not None and (callee.package, callee.name) in _NUMBERS_AS_TEXT:
                for one in arguments_of(place):
                    found |= {(taking, (WRAPPED,)) for taking, path in
                              self._carried(place.of(one)) if not path}  # fmt: skip
        return found

    def _has_methods(self, value: Place) -> bool:
        """Whether a value is of a type of the package with methods, so that a writer, say, which
        gets it uses the resource by them."""
        written = static_type(self._package, value)
        node = unparenthesized(value.node)
        function = node.field("function") if node.kind == "call_expression" else None
        if written is None and function is not None:
            if bare(self._package, value).node.start != node.start:
                written = value.file.tree.source(function)
            else:
                return bool(callees(self._package, value.of(node)))
        kind = base_of(written or "")
        return any(key.startswith(f"{kind}.") for key in self._package.syntax.functions)

    def stored(self, call: Place) -> Iterator[tuple[Place, set[Carried]]]:
        """(container, what it holds from then on) of ``number.Store(fd)``, ``byName.Store(k, fd)``
        and ``atomic.StoreInt64(&number, fd)``."""
        given = arguments_of(call)
        callee = callee_of(call)
        if callee is not None:
            if callee.package in RAW_PACKAGES:
                yield from self._watched(call, callee)
            if (
                callee.package == "sync/atomic"
                and callee.name.startswith(_STORING)
                and (len(given) > 1)
            ):
                pointed = unparenthesized(given[0])
                inner = pointed.field("operand") if pointed.kind == "unary_expression" else None
                if inner is not None:
                    yield call.of(inner), self._carried(call.of(given[1]))
            return
        operand, name = _method(call)
        if operand is None or name not in _STORING or callees(self._package, call):
            return
        if len(given) == 1:
            yield operand, self._carried(call.of(given[0]))
        elif len(given) == 2:
            found = self._carried(call.of(given[1]))
            yield operand, {(taking, (ELEMENT, *path)) for taking, path in found}

    def _watched(self, call: Place, callee: Callee) -> Iterator[tuple[Place, set[Carried]]]:
        """What ``EpollCtl(ep, EPOLL_CTL_ADD, fd, &event)`` and ``Kevent(kq, changes, …)`` register:
        they keep the number alone."""
        given = arguments_of(call)
        if callee.name == "EpollCtl" and len(given) > 2 and registers(call):
            found = self._carried(call.of(given[2]))
            yield call.of(given[0]), {(taking, (WATCHED,)) for taking, path in found if not path}
        elif callee.name == "Kevent" and len(given) > 1:
            found = self._carried(call.of(given[1]))
            yield call.of(given[0]), {(taking, (WATCHED,)) for taking, _ in found}

    def loaded(self, call: Place) -> set[Carried]:
        """What ``number.Load()`` and ``byName.Load(k)`` carry."""
        operand, name = _method(call)
        if operand is None or name not in _LOADING or callees(self._package, call):
            return set()
        found = self._carried(operand)
        if name == "Load" and not arguments_of(call):
            return found
        return {(taking, path[1:]) for taking, path in found if path[:1] in ((ELEMENT,), (SOME,))}


def may_carry(text: str, callee: Callee) -> bool:
    """Whether a function of the library may return what it gets, by names alone; ``text`` is of
    the function that calls it."""
    key = (callee.package, callee.name)
    if key in _FORMATTING or key in _NUMBERS_AS_TEXT:
        return _DESCRIPTORS.search(text) is not None
    return key in KEEPING_MEMORY or key in _COPYING or key in _COLLECTING


def registers(call: Place) -> bool:
    """Whether a call of EpollCtl adds a descriptor, or changes what is awaited of it."""
    return not call.of(arguments_of(call)[1]).text.endswith("_DEL")


def _method(call: Place) -> tuple[Place | None, str]:
    function: Node | None = call.node.field("function")
    chosen = unparenthesized(function) if function is not None else None
    operand = chosen.field("operand") if chosen is not None else None
    name = chosen.field("field") if chosen is not None else None
    if operand is None or name is None:
        return None, ""
    return call.of(operand), call.file.tree.source(name)
