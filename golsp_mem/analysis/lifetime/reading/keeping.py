"""What the calls of a package keep of their arguments beyond the call, and what they hand back.

What a function of the package does with an argument the compiler's escape tags tell ("leaking
param"); where it kept one only to set a finalizer on it, and for generic code and literals,
the function's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from golsp_mem.analysis.lifetime.reading.callees import (
    callees,
    function_given,
    function_parameters,
    parameter_at,
    parameters,
    promoted,
    receiver,
)
from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP
from golsp_mem.analysis.lifetime.reading.effects import Effect, Way
from golsp_mem.analysis.lifetime.reading.expressions import static_type
from golsp_mem.analysis.lifetime.reading.fields import element_of
from golsp_mem.analysis.lifetime.reading.origins import IsKept
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.pools import is_pool
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import (
    Place,
    arguments_of,
    callee_of,
    initial_value,
    parameters_of,
    results_of,
)
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import is_assigned_again

_DEPTH = 4
_CLEANUP_ARGUMENT = 2
_MARKS = frozenset({"SetFinalizer", "AddCleanup", "KeepAlive"})
# They use what they get while they run; New… of them return what holds it.
_BORROWERS = frozenset(
    {"fmt", "io", "log", "errors", "strconv", "os", "syscall", "reflect", "testing", "bufio",
     "encoding/binary", "encoding/json", "golang.org/x/sys/unix", "C", "unsafe", "strings",
     "bytes", "sort", "slices", "io/ioutil", "context", "time", "weak", "maps", "cmp"}
)  # fmt: skip
# Of the borrowers these keep what they get.
_KEEPERS = frozenset({("time", "AfterFunc"), ("context", "AfterFunc"), ("log", "SetOutput")})
_RUNNERS = frozenset({
    ("sync.Once", "Do"), ("sync.Map", "Range"),
    *(("syscall.RawConn", name) for name in ("Control", "Read", "Write")),
})  # fmt: skip
_COLLECTIONS = ("slices", "maps")
# Of these the other functions return, or yield, elements of what they get.
_ASKING = ("BinarySearch", "Compare", "Contains", "Equal", "Index", "IsSorted", "Sort")
_COPYING = frozenset({("", "copy"), ("maps", "Copy"), ("maps", "Insert")})
_PLAIN = re.compile(
    r"(?:u?int(?:8|16|32|64)?|uintptr|byte|rune|bool|string|float(?:32|64)|complex(?:64|128))"
)


def is_plain(written: str) -> bool:
    """Whether a value of a type as written is a number, say, that holds nothing."""
    return written == "error" or _PLAIN.fullmatch(written) is not None


class Keeping:
    """Answers for one package; ``is_kept`` and ``is_lent`` tell what a function does with a
    variable of its own."""

    def __init__(self, package: Package, is_kept: IsKept, is_lent: IsKept) -> None:
        self._package = package
        self._is_kept = is_kept
        self._is_lent = is_lent

    def retains(self, call: Place, index: int, way: Way) -> Effect | None:
        """How a function keeps its argument beyond the call, its results apart."""
        callee = callee_of(call)
        own = callees(self._package, call)
        if own:
            kept = self.strongest(self.keeps(one, parameter_at(one, index), way) for one in own)
            is_borrowed = kept is Effect.LENT and all(self._lends(call, one) for one in own)
            return None if is_borrowed else kept
        if callee is None:
            # A method of another package, a function value.
            method = self._method_expression(call)
            if method is not None and index == 0:
                return self.keeps(method, receiver(method), way)
            if self._is_value(call):
                return Effect.LENT
            return None if self._runs_only(call) else Effect.KEPT
        if callee.package == "runtime" and callee.name in _MARKS:
            # What a cleanup captures lives as long as what the cleanup is set on.
            return Effect.KEPT if index > 0 and way.wrapped else None
        if (callee.package, callee.name) in _KEEPERS:
            return Effect.KEPT
        if callee.package == "sync" and callee.name.startswith("Once"):
            return None  # what it returns has it, until that was called
        owner = self._package.foreign.get(callee.package)
        if owner is not None:
            return Effect.KEPT if owner.keeps(callee.name, index) else None
        is_foreign = bool(callee.package) and callee.package not in _BORROWERS
        return Effect.KEPT if is_foreign else None

    def _lends(self, call: Place, function: Place) -> bool:
        """Whether the functions that a call gives a function are of this package, and keep nothing
        of what that hands them."""
        given = arguments_of(call)
        wanted = [index for index, _ in function_parameters(function)]
        if not wanted or wanted[-1] >= len(given):
            return False
        for index in wanted:
            found = function_given(self._package, call.of(unparenthesized(given[index])))
            names = parameters(found) if found is not None else ()
            if found is None or any(
                variable is None or self._is_kept(variable, None)
                for name in (receiver(found), *names) if name is not None
                for variable in (self._package.variable(found.of(name)),)
            ):  # fmt: skip
                return False
        return True

    def _method_expression(self, call: Place) -> Place | None:
        """The method behind ``get(w)`` where ``get := (*Winch).Handle``."""
        function = call.node.field("function")
        variable = self._package.variable(call.of(function)) if function is not None else None
        start = initial_value(variable) if variable is not None else None
        node = start[0].node if start is not None else None
        if variable is None or start is None or node is None or node.kind != "selector_expression":
            return None
        operand, name = node.field("operand"), node.field("field")
        if operand is None or name is None or is_assigned_again(variable):
            return None
        kind = base_of(start[0].of(operand).text.strip("()"))
        return promoted(self._package, kind, variable.file.tree.source(name))

    def _runs_only(self, call: Place) -> bool:
        """Whether a method of the standard library runs what it gets and forgets it."""
        function = call.node.field("function")
        node = unparenthesized(function) if function is not None else None
        operand = node.field("operand") if node is not None else None
        name = node.field("field") if node is not None else None
        if operand is None or name is None:
            return False
        if call.file.tree.source(name) == "Put" and is_pool(self._package, call.of(operand)):
            return True  # it gives away what it has, to whoever asks and to the collector
        known = self._package.types.of_operand(call.of(node)) if node is not None else None
        written = known or static_type(self._package, call.of(operand)) or ""
        return (base_of(written), call.file.tree.source(name)) in _RUNNERS

    def keeps(self, function: Place, name: Node | None, way: Way) -> Effect | None:
        if function.node.field("body") is None or name is None:
            return None
        if self._package.keeps(function, function.file.tree.source(name)) is False:
            return None
        variable = self._package.variable(function.of(name))
        if variable is None or not self._is_kept(variable, way.left):
            return None
        return Effect.LENT if self._is_lent(variable, way.left) else Effect.KEPT

    @staticmethod
    def strongest(effects: Iterable[Effect | None]) -> Effect | None:
        found = set(effects)
        return next((one for one in (Effect.KEPT, Effect.LENT) if one in found), None)

    def returns(self, call: Place, index: int | None) -> bool:
        """Whether a result of the call may hold the argument, or the receiver (None)."""
        callee = callee_of(call)
        own = callees(self._package, call)
        if own:
            return any(self.hands_back(one, index) or self._applies(one, index) for one in own)
        if callee is None:
            function = call.node.field("function")
            name = function.field("field") if function is not None else None
            called = call.file.tree.source(name) if name is not None else ""
            return called == "SyscallConn" or (index is not None and called.startswith("With"))
        if not callee.package:
            return callee.name == "append"
        if callee.package == "io" and callee.name.endswith(("er", "At", "To", "From")):
            return True  # a conversion, io.Closer(f), or what wraps its argument
        if callee.package in _COLLECTIONS:
            return not callee.name.startswith(_ASKING)
        owner = self._package.foreign.get(callee.package)
        if owner is not None and index is not None:
            return owner.returns(callee.name, index)
        return callee.package not in _BORROWERS or callee.name.startswith(
            ("New", "Multi", "Limit", "Tee", "With", "Nop")
        )

    def _applies(self, function: Place, index: int | None) -> bool:
        """Whether an argument is an option, which a function applies to what it returns: that has
        what the option has."""
        listed = parameters_of(function)
        if index is None or not listed:
            return False
        written = listed[min(index, len(listed) - 1)][1].removeprefix("...").removeprefix("[]")
        option = self._package.syntax.types.get(base_of(written), written)
        given = option.partition("(")[2].partition(")")[0].rpartition(" ")[2]
        return option.startswith("func(") and given.startswith("*") and any(
            base_of(one) == base_of(given) for _, one in results_of(function)
        )  # fmt: skip

    def goes_below_first(self, call: Place, index: int) -> bool:
        """Whether a call puts what an argument holds into the first one: ``copy``. What a cleanup
        gets is held as long as what the cleanup is set on."""
        callee = callee_of(call)
        named = (callee.package, callee.name) if callee is not None else None
        if named == ("runtime", ADD_CLEANUP):
            return index == _CLEANUP_ARGUMENT
        return index == 1 and named in _COPYING and not callees(self._package, call)

    def hands_back(self, function: Place, index: int | None) -> bool:
        """Whether a result of a function of the package may hold an argument, or the receiver."""
        holding = any(self._can_hold(written) for _, written in results_of(function))
        return holding and self._flows_out(function, index)

    def _can_hold(self, written: str, depth: int = _DEPTH) -> bool:
        """Whether a value of a type can hold a pointer to an owner."""
        while (element := element_of(written)) is not None:
            written = element
        syntax = self._package.syntax
        if is_plain(written) or depth == 0:
            return depth == 0
        if written in syntax.members:
            kinds = [*syntax.structs.get(written, {}).values(), *syntax.embedded.get(written, ())]
            return any(self._can_hold(one, depth - 1) for one in kinds)
        known = syntax.types.get(written)
        return self._can_hold(known, depth - 1) if known is not None else True

    def _flows_out(self, function: Place, index: int | None) -> bool:
        name = receiver(function) if index is None else parameter_at(function, index)
        if name is None:
            return False
        written = function.file.tree.source(name)
        known = self._package.functions.get((function.file.path, function.span.line))
        if known is not None and "[" not in known.name:
            return any(one.subject == written for one in known.leaks)
        variable = self._package.variable(function.of(name))
        return variable is not None and any(
            outer.kind == "return_statement" for use in variable.uses for outer in use.ancestors()
        )

    def _is_value(self, call: Place) -> bool:
        """Whether a variable of the function is called, as options are."""
        function = call.node.field("function")
        node = unparenthesized(function) if function is not None else None
        return (
            node is not None
            and node.kind == "identifier"
            and self._package.variable(call.of(node)) is not None
        )
