"""The interfaces and methods of a package: which methods a call through an interface may reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial

from golsp_mem.analysis.again import Noting, Remembered
from golsp_mem.analysis.stack.reached.callees import TYPE_ARGUMENTS, receiver_of
from golsp_mem.analysis.stack.reached.written import declared_methods
from golsp_mem.compiler.objects.calls import CompiledFunction
from golsp_mem.compiler.objects.symbols import own_name
from golsp_mem.source.syntax import GoFile

Sources = Callable[[str], GoFile | None]
Interface = tuple[tuple[str, int | None], ...]
"""The methods of an interface, with the number of their arguments."""
# Errors hold errors: the universe's interface is each package's own.
_UNIVERSE: Interface = (("Error", 0),)


class Interfaces:
    """The methods of one package's functions (by their numbers), and the interfaces that its own
    files declare, with ``error``. ``known`` is what an earlier look has left."""

    def __init__(
        self,
        functions: Sequence[CompiledFunction],
        sources: Sources,
        known: Remembered[tuple[Interface, ...]],
    ) -> None:
        self._functions = functions
        self._sources = sources
        self._known = known

    @cached_property
    def methods(self) -> Mapping[str, tuple[int, ...]]:
        """Methods by their last name; of a method and its wrapper the method."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for number, function in enumerate(self._functions):
            receiver, dot, name = own_name(TYPE_ARGUMENTS.sub("", function.name)).rpartition(".")
            if not dot or "." in receiver or "func" in name or "-" in name or name.isdigit():
                continue
            kept = found[name].get(function.name)
            if kept is None or self._functions[kept].is_wrapper:
                found[name][function.name] = number
        return {name: tuple(numbers.values()) for name, numbers in found.items()}

    @cached_property
    def methods_of(self) -> Mapping[str, frozenset[str]]:
        """The methods that each type of the package has."""
        found: dict[str, set[str]] = defaultdict(set)
        for name, numbers in self.methods.items():
            for number in numbers:
                found[receiver_of(self._functions[number].name)].add(name)
        return {owner: frozenset(names) for owner, names in found.items()}

    def with_method(self, name: str, arguments: int | None) -> Sequence[frozenset[str]]:
        """The methods of each interface whose method of the name takes so many arguments; of
        those that take any number only where there are no others."""
        found = self._declared.get(name, ())
        exact = [names for names, count in found if count is not None and count == arguments]
        return exact or [names for names, count in found if None in (count, arguments)]

    @cached_property
    def _declared(self) -> Mapping[str, Sequence[tuple[frozenset[str], int | None]]]:
        """By each of its methods, the interfaces, with the number of its arguments."""
        files = {function.file for function in self._functions if not function.is_wrapper}
        found: dict[str, list[tuple[frozenset[str], int | None]]] = defaultdict(list)
        declared = [_UNIVERSE]
        for path in sorted(files):
            file = self._sources(path)
            if file is None or b"interface" not in file.text:
                continue
            work = partial(_declared_methods, path)
            declared += self._known.of(path, None, None, self._sources, work)
        for methods in declared:
            for name, count in methods:
                found[name].append((frozenset(one for one, _ in methods), count))
        return found


def _declared_methods(path: str, noting: Noting) -> tuple[Interface, ...]:
    file = noting.sources(path)
    return tuple(declared_methods(file)) if file is not None else ()
