"""Methods that fmt, errors or encoding/json call again for the same value, or one that it holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set

from golsp_mem.analysis.stack.reached.asked import ASKED, asks_again, calls_asker
from golsp_mem.analysis.stack.reached.callees import last_name, package_of, receiver_of
from golsp_mem.analysis.stack.reached.interfaces import Interfaces
from golsp_mem.analysis.stack.reached.maybe import MaybeCall
from golsp_mem.analysis.stack.reached.written import declaring
from golsp_mem.compiler.objects.calls import Call, CompiledFunction
from golsp_mem.source.syntax import GoFile


class Asking:
    """The calls of one package's methods to themselves by way of who asks a value for its text."""

    def __init__(
        self,
        functions: Sequence[CompiledFunction],
        sources: Callable[[str], GoFile | None],
        interfaces: Interfaces,
        files_of: Callable[[str], Set[str]],
    ) -> None:
        self._functions = functions
        self._sources = sources
        self._interfaces = interfaces
        self._files_of = files_of

    def again(self, number: int) -> Iterator[MaybeCall]:
        """A method that has itself called again by fmt or encoding/json, for the same value or one
        that it holds."""
        function = self._functions[number]
        method = last_name(function.name)
        if method not in ASKED or function.is_wrapper or not calls_asker(function, method):
            return
        file = self._sources(function.file)
        syntax = file.declaration_at(function.line) if file is not None else None
        if file is None or syntax is None or self._is_asked_otherwise(function.name):
            return
        for one in asks_again(file, syntax):
            itself = one.field is None
            if one.field is not None and not self._is_child(function.name, one.field):
                continue
            for call in function.calls:
                if one.callee in (call.target, *call.entered):
                    made = Call("", call.stack_delta, call.pushes, call.entered)
                    yield MaybeCall(
                        number, made, one.text, one.line, itself, not itself, call.target, itself
                    )
                    break

    def _is_child(self, method: str, field: str) -> bool:
        """Whether a field holds what has the same method: the receiver's type, or an error."""
        owner = re.escape(receiver_of(method))
        types = rf"{owner}|error" if last_name(method) in ("Error", "Is", "As") else owner
        declared = declaring(field, rf"(?:\[\w*\]|map\[\w+\])*\*?(?:{types})\b")
        return any(
            declared.search(file.text)
            # A field is declared beside its methods.
            for path in self._files_of(package_of(method))
            if (file := self._sources(path)) is not None
        )

    def _is_asked_otherwise(self, name: str) -> bool:
        """Whether it is of a value that fmt asks to format itself, or a String of one that it asks
        for its Error."""
        has = self._interfaces.methods_of.get(receiver_of(name), frozenset())
        others = {"Format", "Error"} - {last_name(name)}
        return last_name(name) in ("String", "Error") and not others.isdisjoint(has)
