"""Where a raw resource is taken out of its owner: by a field, a method, a function, an address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import evolve

from golsp_mem.analysis.lifetime.reading.callees import callees, promoted, receiver
from golsp_mem.analysis.lifetime.reading.expressions import Path, root_of
from golsp_mem.analysis.lifetime.reading.fields import (
    ELEMENT,
    FieldPath,
    is_array,
    is_memory,
    is_own_pointer,
)
from golsp_mem.analysis.lifetime.reading.imports import Getter
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.controls import (
    RAW_CONN,
    controlling,
    parameter_of_literal,
)
from golsp_mem.analysis.lifetime.reading.raw.copies import Copies, has_value_receiver
from golsp_mem.analysis.lifetime.reading.raw.mapped import Functions, taken_by_mapping
from golsp_mem.analysis.lifetime.reading.raw.operands import Operands
from golsp_mem.analysis.lifetime.reading.raw.passing import Passing
from golsp_mem.analysis.lifetime.reading.raw.released_paths import Known, paths_by_name
from golsp_mem.analysis.lifetime.reading.raw.surroundings import (
    is_bound,
    is_called,
    is_called_on,
    is_of_literal,
    is_type_parameter,
    is_value,
    loaded_field,
    method_value,
    run_once,
    uninstantiated,
)
from golsp_mem.analysis.lifetime.reading.raw.taking import (
    BEHIND,
    CALLED,
    Carried,
    Taking,
    behind_interface,
    may_be_file,
    owners_of,
)
from golsp_mem.analysis.lifetime.reading.returns import returned
from golsp_mem.analysis.lifetime.reading.standard import STANDARD_TYPES
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.analysis.lifetime.reading.using import Raw, uses_resource
from golsp_mem.source.package import Place, arguments_of, callee_of, initial_value, named
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized

_DEPTH = 4


# What a function hands out, the operand of a method, the embedded fields from there to its
# receiver, and the arguments.
_Called = tuple[tuple[Getter, ...], Place | None, Path, tuple[Node, ...]]


class Takings:
    """Answers for one package whose types are known; ``getters`` is asked for what its functions
    return."""

    def __init__(
        self, package: Package, names: frozenset[str], getters: Callable[[Takings], Functions]
    ) -> None:
        self._package = package
        self._operands = Operands(package)
        self.copies = Copies(package)
        self.passing = Passing(package)
        self._getters = getters(self)
        self.names = names
        self._known: dict[tuple[str, int, int], tuple[Taking, ...]] = {}
        self._paths = paths_by_name(package)
        self._memory = {(one.type, path) for one in package.cleanups.calls for path in one.memory}
        self._behind = {(one.type, path) for one in package.cleanups.calls for path in one.behind}
        # Selectors of which the compiler did not tell the operand's type.
        self.undecided: list[Place] = []

    def of(self, expression: Place) -> Taking | None:
        """The taking that an expression without conversions around it is; of a call with several
        results the first."""
        listed = self.results(expression)
        return next((one for one in listed if one.result == 0 and one.into is None), None)

    def results(self, expression: Place) -> tuple[Taking, ...]:
        """The takings that the results of an expression are."""
        node = unparenthesized(expression.node)
        key = (expression.file.path, node.start, node.end)
        if key not in self._known:
            self._known[key] = ()
            self._known[key] = tuple(self._find(expression.of(node)))
        return self._known[key]

    def yielded(self, call: Place) -> tuple[Taking, ...]:
        """What an iterator that a call returns hands out, ``result`` its place."""
        key = (call.file.path, call.node.start, -call.node.end)
        if key not in self._known:
            self._known[key] = tuple(self._through(call, yields=True))
        return self._known[key]

    def optional(self, call: Place, kind: str) -> Iterator[Carried]:
        """What the option that a call returns puts into a struct of a type."""
        key = (f"{call.file.path}:{kind}", call.node.start, -call.node.end)
        if key not in self._known:
            given = arguments_of(call)
            self._known[key] = tuple(
                Taking(call, owner, path, one.kind, one.is_memory, is_part=one.is_part,
                       inside=one.inside)
                for function in callees(self._package, call)
                for one in self._getters.options(function, kind)
                for owner, path in owners_of(one, call, None, given)
            )  # fmt: skip
        return ((one, one.inside) for one in self._known[key])

    def copied(self, expression: Place) -> Taking | None:
        """The taking that a copy of an owner's struct is: ``*h``."""
        return self._copy(expression, self.copies.owner_copied(expression))

    def receiver_copied(self, call: Place) -> Taking | None:
        """The copy of the owner that a call of a method with a value receiver begins with."""
        found = self.copies.receiver_copied(call)
        return self._copy(found[0], found) if found is not None else self._promoted(call)

    def _promoted(self, call: Place) -> Taking | None:
        """The part of an owner that a method is promoted from: ``f.stat()`` needs only what
        ``f.raw`` points to."""
        function = call.node.field("function")
        node = unparenthesized(function) if function is not None else None
        operand, name = (node.field("operand"), node.field("field")) if node else (None, None)
        if node is None or operand is None or name is None or node.kind != "selector_expression":
            return None
        kind = base_of(self._operands.type_of(call.of(node)) or "")
        found = self._operands.fields.method(kind, call.file.tree.source(name))
        chain = found[0] if found is not None else ()
        part = self._operands.walk(kind, chain) if chain else None
        if part is None or not part[1].startswith("*"):
            return None
        for owner, path, _ in self._paths.get(chain[-1], ()):
            if owner == kind and path[: len(chain)] == chain and len(path) > len(chain):
                key = (call.file.path, -node.start, operand.end)
                if key not in self._known:
                    place = call.of(operand)
                    taking = Taking(place, place, (), kind, is_part=True, written=part[1])
                    self._known[key] = (taking,)
                return self._known[key][0]
        return None

    def _copy(self, expression: Place, found: tuple[Place, str] | None) -> Taking | None:
        if found is None:
            return None
        key = (expression.file.path, -expression.node.start, found[0].node.end)
        if key not in self._known:
            taking = Taking(expression, found[0], (), found[1], is_part=True)
            self._known[key] = (taking,)
        return self._known[key][0]

    def pairs(self, call: Place) -> Iterator[Getter]:
        """What the functions of the package that a call runs return beside its owner."""
        for function in callees(self._package, call):
            yield from self._getters.pairs(function)

    def getters_of(self, function: Place) -> tuple[Getter, ...]:
        """What a function of the package hands out."""
        return self._getters.of(function)

    def _find(self, expression: Place) -> Iterator[Taking]:
        node = expression.node
        if node.kind == "selector_expression":
            found = self._field(expression) or self._bound(expression)
            if found is not None:
                yield found
        elif node.kind == "identifier":
            found = self._controlled(expression)
            if found is not None:
                yield found
        elif node.kind == "call_expression":
            function = node.field("function")
            if function is None:
                return
            chosen = expression.of(unparenthesized(function))
            found = self._literal(expression) or self._loaded(expression, chosen)
            known = [found] if found is not None else list(self._standard(expression, chosen))
            known = known or list(self._through(expression))
            yield from known or taken_by_mapping(
                self._package, self._getters, self.names, expression
            )

    def _loaded(self, call: Place, chosen: Place) -> Taking | None:
        field = loaded_field(call, chosen)
        found = self._field(field) if field is not None else None
        return evolve(found, expression=call) if found is not None else None

    def _field(self, selector: Place) -> Taking | None:
        """``c.sock.n``: peel selectors until what is left is an owner."""
        name = selector.node.field("field")
        field_name = selector.file.tree.source(name) if name is not None else ""
        known = self._paths.get(field_name, ())
        guarded = self._guarded(selector, field_name)
        if guarded is not None or not known or is_called(selector.node):
            return guarded
        names: FieldPath = ()
        node = selector.node
        was_unknown = False
        while node.kind in ("selector_expression", "index_expression", "unary_expression"):
            operand, name = node.field("operand"), node.field("field")
            if operand is None:
                break
            if node.kind == "index_expression":
                names = (ELEMENT, *names)
            elif name is not None:
                names = (selector.file.tree.source(name), *names)
                written = self._operands.type_of(selector.of(node))
                was_unknown |= written is None
                found = self._of_owner(selector, selector.of(operand), written, names, known)
                if found is not None:
                    return found
            node = unparenthesized(operand)
        if was_unknown:
            self.undecided.append(selector)
        return None

    def _bound(self, selector: Place) -> Taking | None:
        """``g.poke``, promoted from a number in the owner ``g``: a copy of the number, bound."""
        operand, name = selector.node.field("operand"), selector.node.field("field")
        called = selector.file.tree.source(name) if name is not None else ""
        if operand is None or called not in self._package.syntax.methods:
            return None
        kind = "" if is_called(selector.node) else base_of(self._operands.type_of(selector) or "")
        found = self._operands.fields.method(kind, called) if kind else None
        if found is None or not found[0] or not has_value_receiver(found[1]):
            return None
        chain, method = found
        if (kind, chain) not in {one[:2] for one in self._paths.get(chain[-1], ())}:
            return None
        if not uses_resource(self._package, method, receiver(method), Raw.NUMBER):
            return None
        copied = ".".join((selector.of(operand).text, *chain))
        return Taking(selector, selector.of(operand), (), kind, inside=(CALLED,), written=copied)

    def _guarded(self, selector: Place, name: str) -> Taking | None:
        """What the cleanup of a guard that lies beside it releases."""
        operand = selector.node.field("operand")
        found = [one for one in self._package.guards if one.path == (name,)]
        if not found or operand is None or is_called(selector.node):
            return None
        kind = base_of(self._operands.type_of(selector) or "")
        for one in found:
            chain = self._operands.embedding(kind, one.kind) if kind else None
            if chain is not None:
                owner = (*chain, *one.owner)
                return Taking(selector, selector.of(operand), owner, one.type)
        return None

    def _of_owner(
        self, selector: Place, operand: Place, written: str | None, names: FieldPath,
        known: Iterable[Known],
    ) -> Taking | None:  # fmt: skip
        for kind, path, owner in known:
            if written is None:
                # A field of a field of an unknown value: only that chain of names.
                if len(path) < 2 or names != path:
                    continue
                chain: Path | None = ()
                whole = names
            else:
                if kind != owner and not written.startswith("*"):
                    continue  # a copy of what is inside
                chain = self._operands.embedding(base_of(written), kind)
                found = self._operands.walk(kind, names) if chain is not None else None
                whole = found[0] if found is not None else names
            if chain is None or whole != path[: len(whole)]:
                continue
            taking = self._taking(selector, operand, chain, (kind, path, owner), whole)
            is_copy = written is not None and not written.startswith("*")
            if (
                taking is not None
                and is_copy
                and (root_of(self._package, operand).is_call or self.copies.is_copy(operand))
            ):
                return evolve(taking, is_of_copy=True)
            return taking
        return None

    def _taking(
        self, selector: Place, operand: Place, chain: Path, known: Known, whole: FieldPath
    ) -> Taking | None:
        kind, path, owner = known
        found = self._operands.walk(kind, whole)
        written = found[1] if found is not None else ""
        rest = path[len(whole) :]
        if any(name != ELEMENT for name in rest):
            # A struct of the owner is taken where its value is copied, not where it is passed by.
            is_pointed = written.startswith("*") and (
                is_bound(selector.node) or is_called_on(selector.node)
            )
            if not (is_value(selector.node) or is_pointed or self._is_copied_by_method(selector)):
                return None
            return Taking(selector, operand, chain, owner, is_part=True, written=written)
        if (owner, whole) in self._behind:
            return Taking(selector, operand, chain, owner, inside=(BEHIND,))
        kinds = {written} if written else self._package.syntax.fields.get(whole[-1], frozenset())
        return Taking(
            selector, operand, chain, owner,
            is_memory=(owner, whole) in self._memory or any(
                is_memory(self._package.syntax, one)
                and not is_own_pointer(self._package.syntax, one) for one in kinds),
            is_array=any(is_array(self._package.syntax, one) for one in kinds),
        )  # fmt: skip

    def _is_copied_by_method(self, selector: Place) -> bool:
        """Whether a method with a value receiver is called on what the selector names."""
        outer = outer_parentheses(selector.node).parent
        call = outer.parent if outer is not None else None
        if outer is None or call is None or not is_called(outer):
            return False
        found = callees(self._package, selector.of(call))
        return bool(found) and all(map(has_value_receiver, found))

    def _standard(self, call: Place, selector: Place) -> Iterator[Taking]:
        """``f.Fd()`` of the standard library's types, and of interfaces with such a method."""
        selector = method_value(self._package, selector) or selector
        operand, name = selector.node.field("operand"), selector.node.field("field")
        is_function = named(selector) is not None
        if operand is None or name is None or is_function or arguments_of(call):
            return
        called = selector.file.tree.source(name)
        if called not in self.names:
            return
        written = self._operands.type_of(selector)
        if written is None:
            self.undecided.append(selector)
            return
        kind = base_of(written)
        for standard in STANDARD_TYPES:
            if called in standard.raw and promoted(self._package, kind, called) is None:
                owner = f"{standard.package}.{standard.name}"
                chain = self._operands.embedding(kind, owner)
                if chain is not None:
                    yield Taking(call, selector.of(operand), chain, owner)
                    return
        behind = self._operands.behind(kind, called)
        if behind is not None or is_type_parameter(selector, kind):
            yield from self._dynamic(call, selector.of(operand), called, behind or ())
            return
        found = [getter for one in self._package.foreign.values()
                 for getter in one.dynamic(kind, called)]  # fmt: skip
        yield from behind_interface(call, selector.of(operand), (), found)

    def _dynamic(self, call: Place, operand: Place, name: str, path: Path) -> Iterator[Taking]:
        """A method of an interface: raw if what may stand behind it hands out a raw resource."""
        is_raw = any(name in one.raw for one in STANDARD_TYPES)
        if is_raw and (path or may_be_file(self._package, operand)):
            yield Taking(call, operand, path, None)
            return
        found = [one for method in self._package.syntax.methods.get(name, ())
                 for one in self._getters.of(method)]  # fmt: skip
        yield from behind_interface(call, operand, path, found)

    def _through(self, call: Place, *, yields: bool = False) -> Iterator[Taking]:
        """What a function that is called hands out of what it gets."""
        for getters, operand, chain, given in self._called(call):
            for getter in getters:
                if getter.is_yielded is not yields or getter.called is not None:
                    continue
                for owner, path in owners_of(getter, call, operand, given):
                    if not self._operands.may_be(owner, getter):
                        continue
                    yield Taking(call, owner, (*chain, *path) if getter.parameter is None else path,
                                 getter.kind, getter.is_memory,
                                 is_part=getter.is_part, result=getter.result,
                                 inside=getter.inside, into=getter.into,
                                 is_of_copy=self.copies.is_copy(owner))  # fmt: skip

    def _called(self, call: Place) -> Iterator[_Called]:
        """The functions that a call runs, as far as they are of this package or of an imported
        one with owners."""
        function = call.node.field("function")
        if function is None:
            return
        chosen = call.of(uninstantiated(unparenthesized(function)))
        given = arguments_of(call)
        callee = callee_of(call)
        if chosen.node.kind in ("identifier", "func_literal", "index_expression"):
            variable = self._package.variable(chosen)
            start = initial_value(variable) if variable is not None else None
            if start is not None and start[0].node.kind == "selector_expression":
                # ``get()`` behind ``get := h.Fd``.
                yield from self._method(start[0], given)
                return
            for own in callees(self._package, call):
                name = own.node.field("name")
                if name is None or own.file.tree.source(name) in self.names:
                    yield self._getters.of(own), None, (), given
        elif chosen.node.kind == "selector_expression":
            if callee is None:
                yield from self._method(chosen, given)
            elif callee.package in self._package.foreign:
                yield self._package.foreign[callee.package].getters(callee.name), None, (), given

    def _method(self, selector: Place, given: tuple[Node, ...]) -> Iterator[_Called]:
        operand, name = selector.node.field("operand"), selector.node.field("field")
        called = selector.file.tree.source(name) if name is not None else ""
        if operand is None or called not in self.names:
            return
        kind = base_of(selector.file.tree.source(operand).strip("()"))
        if given and (kind in self._package.syntax.types or self._package.owner_of(kind)):
            # ``(*Handle).Fd(h)``
            for getters, chain in self._of_method(kind, called):
                yield getters, selector.of(given[0]), chain, given[1:]
            return
        written = self._operands.type_of(selector)
        if written is None:
            self.undecided.append(selector)
            return
        for getters, chain in self._of_method(base_of(written), called):
            yield getters, selector.of(operand), chain, given

    def _of_method(
        self, kind: str, name: str, depth: int = _DEPTH
    ) -> Iterator[tuple[tuple[Getter, ...], Path]]:
        """What the method of a type hands out, and the embedded fields to its receiver."""
        kind = self._package.syntax.aliases.get(kind, kind)
        found = self._operands.fields.method(kind, name)
        if found is not None:
            yield self._getters.of(found[1]), self._operands.fields.block_of(kind, found[0])
            return
        owner = self._package.foreign_of(kind)
        if owner is not None:
            outer = owner.method(kind, name)
            if outer is not None:
                yield owner.getters(outer[1]), outer[0]
            return
        for written in self._package.syntax.embedded.get(kind, ()) if depth else ():
            inner = base_of(written)
            for getters, chain in self._of_method(inner, name, depth - 1):
                yield getters, (inner.rpartition(".")[2], *chain)

    def _controlled(self, identifier: Place) -> Taking | None:
        """The descriptor that RawConn hands to a literal."""
        found = next(self._called_back(identifier), None)
        if found is not None:
            return found
        selector = controlling(self._package, identifier)
        operand = selector.node.field("operand") if selector is not None else None
        if selector is None or operand is None:
            return None
        if base_of(self._operands.type_of(selector) or "") != RAW_CONN:
            return None
        return Taking(identifier, selector.of(operand), (), RAW_CONN)

    def _called_back(self, identifier: Place) -> Iterator[Taking]:
        """What a function of the package hands to the literal that it is called with."""
        given = parameter_of_literal(self._package, identifier)
        if given is None:
            return
        call, argument, index = given
        for getters, operand, chain, arguments in self._called(call):
            for one in getters:
                if one.called != argument or one.result != index:
                    continue
                owner = operand
                if one.parameter is not None:
                    owner = call.of(arguments[one.parameter])
                if owner is not None:
                    path = (*(chain if one.parameter is None else ()), *one.path)
                    yield Taking(identifier, owner, path, one.kind, one.is_memory,
                                 is_part=one.is_part, inside=one.inside)  # fmt: skip

    def _literal(self, call: Place) -> Taking | None:
        """``get()`` behind ``get := func() int { return h.fd }``: what the literal takes from
        a variable that is not its own."""
        for literal in callees(self._package, call) or run_once(self._package, call):
            for value in returned(literal) if literal.node.kind == "func_literal" else ():
                taking = self.of(value)
                if taking is None:
                    continue
                if not is_of_literal(self._package, literal, taking.owner):
                    return evolve(taking, expression=call, result=0)
        return None
