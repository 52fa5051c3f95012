"""What a finalizer or cleanup releases: the fields of its object, through all that it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import evolve

from golsp_mem.analysis.lifetime.reading.callees import receiver
from golsp_mem.analysis.lifetime.reading.cleanups import (
    ADD_CLEANUP,
    SET_FINALIZER,
    CleanupCall,
    Cleanups,
    cleanup_calls,
    pointed_by,
    pointed_type,
)
from golsp_mem.analysis.lifetime.reading.fields import (
    ELEMENT,
    FieldPath,
    Fields,
    is_own_pointer,
)
from golsp_mem.analysis.lifetime.reading.forwarded import forwarded
from golsp_mem.analysis.lifetime.reading.guards import guards_of
from golsp_mem.analysis.lifetime.reading.held_functions import functions_in_field
from golsp_mem.analysis.lifetime.reading.standard import (
    RAW_PACKAGES,
    RELEASING,
)
from golsp_mem.analysis.lifetime.reading.stored import (
    closures_behind,
    file_of,
    path_below,
    stored_values,
    texts_of,
)
from golsp_mem.analysis.lifetime.reading.telling import is_only_told
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import (
    Callee,
    PackageSyntax,
    Place,
    arguments_of,
    callee_of,
    is_number,
    named,
    parameters_of,
    receiver_of,
)
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.places.candidate import BUILTINS, NUMBER_TYPES
from golsp_mem.source.variables import Variable, variable_at

_DEPTH = 6
_CLOSING = re.compile(r"(?<![\w.])(\w+)\.Close\(\)")
_Names = dict[str, FieldPath]


def cleanups_of(package: PackageSyntax) -> Cleanups:
    """The package's finalizers and cleanups with the types and fields that they concern."""
    calls: list[CleanupCall] = []
    running: list[Place] = []
    for call in cleanup_calls(package):
        if call.removes:
            calls.append(call)
            continue
        for one in (call, *forwarded(package, call)):
            reader = _Reader(package, one)
            calls.append(reader.read())
            running += reader.bodies
    return Cleanups(tuple(calls), tuple(running), tuple(guards_of(package, calls)))


def body_of(package: PackageSyntax, function: Place) -> Place | None:
    """The function that a finalizer or cleanup is, as far as its name tells."""
    node = function.node
    if node.kind == "func_literal":
        return function
    callee = named(function)
    if callee is not None and callee.package == "":
        held = package.functions_in_variables.get(callee.name, ())
        return package.functions.get(callee.name) or next(iter(held), None)
    method = _method_expression(function)
    if method is not None:
        return package.functions.get(method)
    # `reaper.reap`: a method value whose only parameter is the object.
    name = node.field("field") if node.kind == "selector_expression" else None
    found = package.methods.get(function.file.tree.source(name), ()) if name else ()
    return found[0] if len(found) == 1 else None


class _Reader:
    """Reads one cleanup: its type, what it releases, and the functions that run."""

    def __init__(self, package: PackageSyntax, call: CleanupCall) -> None:
        self._package = package
        self._fields = Fields(package)
        self._call = call
        self._kind = ""
        self._known: set[tuple[str, int, tuple[tuple[str, FieldPath], ...]]] = set()
        self.bodies: list[Place] = []
        self._releases: set[Callee] = set()
        self._behind: set[FieldPath] = set()

    def read(self) -> CleanupCall:
        call = self._call
        body = body_of(self._package, call.run)
        variable = variable_at(call.place.file, call.value)
        kind = call.type
        if call.kind == SET_FINALIZER and body is not None:
            kind = self._parameter_type(body)
        if kind is None or kind not in self._package.types:
            known = pointed_type(self._package, variable) if variable is not None else None
            kind = known or pointed_by(self._package, call.place.of(call.value)) or kind
        if kind is not None:
            kind = self._package.aliases.get(kind, kind)
        self._kind = kind or ""
        paths: set[FieldPath] = set()
        if body is not None and call.kind == SET_FINALIZER:
            name = _value_name(body)
            used = list(self._used(body, {name: ()} if name is not None else {}, _DEPTH))
            # Passed on to whoever releases; else, through sync/atomic say, whatever is read.
            paths = {path for path, given in used if given} or {
                path for path, _ in used if not self._is_plain(path)
            }
        given: set[FieldPath] = set()
        if variable is not None and (call.kind == ADD_CLEANUP or not any(map(self._is_raw, paths))):
            given = set(self._given(variable, body))
        if body is not None and call.kind == ADD_CLEANUP:
            self._follow(body, _DEPTH)
            # A state that both the object and its cleanup point to: what of it is released.
            name = _value_name(body)
            followed = [one for one in given if self._is_plain(one) or self._is_number_at(one)]
            for shared in followed if name is not None else ():
                used = list(self._used(body, {name or "": shared}, _DEPTH))
                paths |= {path for path, passed in used if passed}
        paths |= {path for path in given if not self._is_plain(path)}
        paths = {path[:-1] if path[-1:] == (ELEMENT,) else path for path in paths}
        memory = set(self._aliases(variable, paths)) if variable is not None else set()
        paths |= memory | set(self._copied_by_methods(paths))
        return evolve(
            call, type=kind, memory=frozenset(memory), behind=frozenset(self._behind),
            paths=frozenset(below for path in paths if path for below in self._raw(path)),
            releases=frozenset(self._releases),
        )  # fmt: skip

    def _aliases(self, variable: Variable, paths: set[FieldPath]) -> Iterator[FieldPath]:
        """The fields that point into memory which another field has, and is released:
        ``head: (*uint32)(unsafe.Pointer(&mem[0]))`` beside ``mem: mem``."""
        stored = list(self._texts(variable))
        released = {text for text, path in stored if path in paths and text.isidentifier()}
        for text, path in stored:
            found = self._fields.walk(self._kind, path)
            if (
                text in released
                and path not in paths
                and found is not None
                and (found[1].startswith(("*", "[]", "unsafe.", "string")))
            ):
                yield path

    def _texts(self, variable: Variable) -> Iterator[tuple[str, FieldPath]]:
        """(local name, path) of what is put below the object."""
        for value, path in stored_values(self._package, variable, self._kind):
            yield from ((text, path) for text in texts_of(self._package, value))

    def _copied_by_methods(self, paths: set[FieldPath]) -> Iterator[FieldPath]:
        """The fields that a method of the type sets to what is released: ``b.flame.of = b.fd``."""
        for key, function in self._package.functions.items() if self._kind else ():
            own = receiver(function) if key.rpartition(".")[0] == self._kind else None
            if own is None:
                continue
            names: _Names = {function.file.tree.source(own): ()}
            for node in function.node.walk():
                left, right = node.field("left"), node.field("right")
                if node.kind != "assignment_statement" or left is None or right is None:
                    continue
                for one, value in zip(left.named_children, right.named_children, strict=False):
                    target = path_below(function.of(one), names)
                    if (
                        target
                        and target not in paths
                        and (path_below(function.of(value), names) in paths)
                    ):
                        yield target

    def _is_raw(self, path: FieldPath) -> bool:
        return next(self._raw(path), None) is not None

    def _raw(self, path: FieldPath) -> Iterator[FieldPath]:
        """The path, or those below it that can hold a raw resource."""
        found = self._fields.walk(self._kind, path)
        kinds = [found[1]] if found is not None else self._package.fields.get(path[-1], ())
        whole = found[0] if found is not None else path
        for written in kinds:
            if self._is_parameter(written):
                yield whole
            yield from ((*whole, *below) for below in self._fields.raw_below(written))

    def _is_parameter(self, written: str) -> bool:
        """Whether a type is a type parameter of the object's."""
        listed = self._package.type_parameters.get(self._kind, ())
        return written in listed

    def _is_plain(self, path: FieldPath) -> bool:
        found = self._fields.walk(self._kind, path)
        return found is not None and is_own_pointer(self._package, found[1])

    def _parameter_type(self, body: Place) -> str | None:
        if body.node.kind == "method_declaration" and not parameters_of(body):
            return receiver_of(body)
        parameters = parameters_of(body)
        written = parameters[0][1] if parameters else ""
        name = base_of(written)
        return name if written.startswith("*") and name.isidentifier() else None

    def _used(self, body: Place, names: _Names, depth: int) -> Iterator[tuple[FieldPath, bool]]:
        """The paths below the object that a function reads, with whether it passes each on to a
        call that may release it; what it calls with the object or a part of it included."""
        if not any(one.node.start == body.node.start and one.file is body.file
                   for one in self.bodies):  # fmt: skip
            self.bodies.append(body)
        if not names or depth == 0:
            return
        names = dict(names)
        for node in body.node.walk():
            place = body.of(node)
            if node.kind in ("short_var_declaration", "var_spec", "assignment_statement"):
                names.update(_renamed(place, names))
            elif node.kind == "range_clause":
                names.update(_ranged(place, names))
            elif node.kind == "call_expression":
                self._note_release(place)
                yield from self._called(place, names, depth)
            elif node.kind == "selector_expression":
                yield from self._selected(place, names, depth)
            elif node.kind == "send_statement":
                sent = node.field("value")
                path = path_below(body.of(sent), names) if sent is not None else None
                if path:
                    yield path, True
            elif node.kind == "unary_expression" and node.token("*") is not None:
                self._note_behind(place, names)

    def _called(self, call: Place, names: _Names, depth: int) -> Iterator[tuple[FieldPath, bool]]:
        callee = callee_of(call)
        function = None
        if callee is not None and not callee.package:
            function = self._package.functions.get(callee.name)
        paths = [path_below(call.of(one), names) for one in arguments_of(call)]
        if function is not None and function.node.field("body") is not None:
            listed = [name for name, _ in parameters_of(function)]
            given = {name: path for name, path in zip(listed, paths, strict=False)
                     if path is not None}  # fmt: skip
            yield from self._into(function, given, depth)
            for path in paths[len(listed) :] if listed else ():  # of a variadic parameter
                if path is not None:
                    yield from self._into(function, {listed[-1]: path}, depth)
        elif self._may_release(call) or self._calls_field(call, names):
            known = self._in_field(call, names)
            for one in known or ():
                listed = [name for name, _ in parameters_of(one)]
                given = {name: path for name, path in zip(listed, paths, strict=False)
                         if path is not None}  # fmt: skip
                yield from self._into(one, given, depth)
            if known is None:
                yield from ((path, True) for path in paths if path)

    def _may_release(self, call: Place) -> bool:
        callee = callee_of(call)
        if callee is None or (not callee.package and callee.name in BUILTINS | NUMBER_TYPES):
            return False
        return not callee.package or callee.package in RAW_PACKAGES or callee.name in RELEASING

    def _calls_field(self, call: Place, names: _Names) -> bool:
        """``r.release(r.value)``: a function that the object holds gets a part of it."""
        function = call.node.field("function")
        path = path_below(call.of(function), names) if function is not None else None
        found = self._fields.walk(self._kind, path) if path else None
        return found is not None and found[1].startswith("func")

    def _goes_to_field(self, selector: Place, names: _Names) -> bool:
        """Whether a value is what known functions in a field get: what they do is read there."""
        listed = selector.node.parent
        call = listed.parent if listed is not None and listed.kind == "argument_list" else None
        return call is not None and self._in_field(selector.of(call), names) is not None

    def _in_field(self, call: Place, names: _Names) -> tuple[Place, ...] | None:
        """The functions that such a field may hold, where the package shows all of them."""
        function = call.node.field("function")
        path = path_below(call.of(function), names) if function is not None else None
        above = self._fields.walk(self._kind, path[:-1]) if path else None
        if path is None or above is None or not self._calls_field(call, names):
            return None
        return functions_in_field(self._package, self._fields.struct(above[1]), path[-1])

    def _selected(
        self, selector: Place, names: _Names, depth: int
    ) -> Iterator[tuple[FieldPath, bool]]:
        if is_only_told(self._package, selector) or self._goes_to_field(selector, names):
            return
        operand, field = selector.node.field("operand"), selector.node.field("field")
        held = path_below(selector.of(operand), names) if operand is not None else None
        if held is None or field is None:
            return
        name = selector.file.tree.source(field)
        at = self._fields.walk(self._kind, held)
        method = self._fields.method(at[1], name) if at is not None else None
        if method is None:
            yield (*held, name), False
            return
        own = receiver(method[1])
        if own is not None:
            name = method[1].file.tree.source(own)
            yield from self._into(method[1], {name: (*held, *method[0])}, depth)

    def _into(self, function: Place, names: _Names, depth: int) -> Iterator[tuple[FieldPath, bool]]:
        key = (function.file.path, function.node.start, tuple(sorted(names.items())))
        if key in self._known:
            return
        self._known.add(key)
        yield from self._used(function, names, depth - 1)

    def _follow(self, body: Place, depth: int) -> None:
        self.bodies.append(body)
        for node in body.node.walk():
            if node.kind == "call_expression":
                self._note_release(body.of(node))
        if depth and body.node.kind == "func_literal":
            for node in body.node.walk():
                callee = callee_of(body.of(node)) if node.kind == "call_expression" else None
                inner = self._package.functions.get(callee.name) if callee else None
                if callee and callee.package == "" and inner is not None:
                    self._follow(inner, depth - 1)

    def _only_tells(self, body: Place | None) -> bool:
        """Whether a cleanup does nothing with what it gets, or prints it."""
        name = _value_name(body) if body is not None else None
        if body is None or name is None:
            return False
        return all(
            is_only_told(self._package, body.of(node))
            for node in body.node.walk()
            if node.kind == "identifier" and body.of(node).text == name
            and not _is_declared(node)
        )  # fmt: skip

    def _note_behind(self, read: Place, names: _Names) -> None:
        operand = read.node.field("operand")
        path = path_below(read.of(operand), names) if operand is not None else None
        if path and self._is_number_at(path):
            self._behind.add(path)

    def _is_number_at(self, path: FieldPath) -> bool:
        """Whether a field is a pointer to a number."""
        found = self._fields.walk(self._kind, path)
        return found is not None and found[1].startswith("*") and is_number(found[1][1:])

    def _note_release(self, call: Place) -> None:
        callee = callee_of(call)
        if callee is not None:
            self._releases.add(callee)

    def _given(self, variable: Variable, body: Place | None) -> Iterator[FieldPath]:
        """The fields whose values the cleanup gets: by its argument, or by what it captures."""
        call = self._call
        is_released = call.argument is not None and not self._only_tells(body)
        sources = [call.argument] if call.argument is not None and is_released else []
        if body is not None and body.node.kind == "func_literal":
            sources.append(body.node)
        whole = [*(call.place.of(one) for one in sources), *([body] if body is not None else ())]
        names = {variable.name, *([_value_name(body) or ""] if body is not None else ())}
        for place in whole:
            behind = closures_behind(self._package, variable, self._kind, place, names)
            sources += [one.node for one in behind]
        stored: dict[str, list[FieldPath]] = {}
        for text, where in self._texts(variable):
            stored.setdefault(text, []).append(where)
        for source in sources:
            # A parameter of that name is another value.
            is_renamed = source.kind == "func_literal" and any(
                name == variable.name for name, _ in parameters_of(call.place.of(source))
            )
            for node in source.walk():
                place = call.place.of(node)
                if is_only_told(self._package, place) or (
                    is_renamed and node.kind == "selector_expression"
                ):
                    continue
                if node.kind == "selector_expression":
                    path = path_below(place, {variable.name: ()})
                    if path and not _is_operand(node):
                        yield path
                elif node.kind == "identifier" and place.text in stored:
                    held = variable_at(place.file, node)
                    is_own = held is not None and held.is_declared_in(source)
                    yield from () if is_own else stored[place.text]
        closed = [name for one in sources for name in _closed(call.place.of(one), body)]
        for value, path in stored_values(self._package, variable, self._kind) if closed else ():
            if file_of(value) in closed:
                yield path


def _closed(source: Place, body: Place | None) -> Iterator[str]:
    """The variables that a cleanup closes: what its literal does, or what it gets and closes."""
    if source.node.kind == "identifier":
        name = _value_name(body) if body is not None else None
        if body is not None and name is not None and f"{name}.Close()" in body.text:
            yield source.text
    elif source.node.kind == "func_literal":
        yield from (match[1] for match in _CLOSING.finditer(source.text))


def _is_operand(node: Node) -> bool:
    outer = node.parent
    return (
        outer is not None and outer.kind == "selector_expression" and outer.field("operand") is node
    )


def _is_declared(name: Node) -> bool:
    return name.parent is not None and name.parent.kind == "parameter_declaration"


def _value_name(body: Place) -> str | None:
    """What a finalizer calls its object: the receiver or the first parameter."""
    function = body.file.function_at(body.span.line, body.span.column)
    if function is None:
        return None
    is_own = body.node.kind == "method_declaration" and not parameters_of(body)
    wanted = "receiver" if is_own else "parameter"
    return next((one.name for one in function.parameters if one.role == wanted), None)


def _method_expression(function: Place) -> str | None:
    """``T.M`` of ``(*T).M``."""
    text = function.text.replace(" ", "")
    if not text.startswith("(*") or ")." not in text:
        return None
    kind, _, name = text[2:].rpartition(").")
    kind = base_of(kind)
    return f"{kind}.{name}" if kind.isidentifier() and name.isidentifier() else None


def _renamed(declaration: Place, names: Mapping[str, FieldPath]) -> Iterator[tuple[str, FieldPath]]:
    """``fd := h.fd``, ``data := m.data``: other names for what lies below the value."""
    left = declaration.node.field("left")
    listed = left.named_children if left is not None else declaration.node.fields("name")
    right = declaration.node.field("right") or declaration.node.field("value")
    for name, value in zip(listed, right.named_children if right else (), strict=False):
        path = path_below(declaration.of(value), names)
        if path is not None and name.kind == "identifier":
            yield declaration.file.tree.source(name), path


def _ranged(clause: Place, names: Mapping[str, FieldPath]) -> Iterator[tuple[str, FieldPath]]:
    """``for _, fd := range d.fds``."""
    left, right = clause.node.field("left"), clause.node.field("right")
    path = path_below(clause.of(right), names) if right is not None else None
    listed = left.named_children if left is not None else ()
    if path is not None and len(listed) == 2:
        yield clause.file.tree.source(listed[1]), (*path, ELEMENT)
