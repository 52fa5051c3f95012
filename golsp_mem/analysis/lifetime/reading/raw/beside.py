"""Numbers in a struct beside the owner that they were taken from: ``&device{f: f, fd: f.Fd()}``.
Who has lost the struct has lost the owner, and the number with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import partial

from attrs import evolve, field, frozen

from golsp_mem.analysis.lifetime.reading.cleanups import Guard
from golsp_mem.analysis.lifetime.reading.expressions import Path, bare, root_of, static_type
from golsp_mem.analysis.lifetime.reading.fields import Fields, element_of, is_memory, is_raw
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.flow import Flow
from golsp_mem.analysis.lifetime.reading.raw.getters import ReturnedTakings
from golsp_mem.analysis.lifetime.reading.raw.taking import Taking
from golsp_mem.analysis.lifetime.reading.raw.takings import Takings
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place, initial_value
from golsp_mem.source.parts.tree import Node, element_value, outer_parentheses, unparenthesized

_CONSTANT = ("int_literal", "nil", "rune_literal")

_Field = tuple[str, str]
# What an expression reaches: its variable, by the declaration's place or its name, and the path.
_Reached = tuple[str, int, Path]


def possible_fields(package: Package, names: Collection[str]) -> frozenset[str]:
    """The fields that may have such a number, by their types, and by declarations which name one of
    them and what hands out numbers."""
    fields = {name for _, name in _number_fields(package)} - set(names)
    found: set[str] = set()
    if not fields:
        return frozenset()
    for file in package.syntax.files:
        for declaration in file.tree.declarations if b"Fd()" in file.text or (
            b"Control(" in file.text) else ():  # fmt: skip
            text = file.text[declaration.start : declaration.end]
            if b".Fd()" in text or b"Control(" in text:
                found |= {name for name in fields if name.encode() in text}
    return frozenset(found)


def _number_fields(package: Package) -> Iterator[_Field]:
    """(struct, field) of every number that has something beside it which may own it."""
    syntax = package.syntax
    for kind, fields in syntax.structs.items():
        numbers = {name for name, written in fields.items()
                   if is_raw(syntax, written) and not is_memory(syntax, written)}  # fmt: skip
        if kind.isidentifier() and len(syntax.members.get(kind, ())) > len(numbers):
            yield from ((kind, name) for name in numbers)


@frozen(eq=False)
class _Settings:
    """What is put into the fields of one struct in one place: a literal, or statements that set
    those of what a variable holds; ``at`` is where the struct is, if it has a name."""

    at: _Reached | None
    values: dict[str, list[Place]] = field(factory=lambda: defaultdict(list))


_Found = dict[tuple[str, _Reached], _Settings]


def with_numbers_beside(package: Package, names: frozenset[str]) -> Package:
    """The package with the fields that have, wherever they are set, a number of what lies in
    another field of the same struct, and stays there."""
    released = {(one.type, path) for one in package.cleanups.calls for path in one.paths}
    wanted = frozenset((kind, name) for kind, name in _number_fields(package)
                       if name in names and (kind, (name,)) not in released)  # fmt: skip
    if not wanted:
        return package
    takings = Takings(package, names, partial(ReturnedTakings, package))
    found = tuple(_Reader(package, takings, wanted).guards())
    if not found:
        return package
    cleanups = evolve(package.cleanups, guards=(*package.cleanups.guards, *found))
    return evolve(package, cleanups=cleanups)


class _Reader:
    def __init__(self, package: Package, takings: Takings, wanted: Iterable[_Field]) -> None:
        self._package = package
        self._takings = takings
        self._wanted = frozenset(wanted)
        self._kinds = frozenset(kind for kind, _ in self._wanted)
        self._fields = Fields(package.syntax)
        # The fields that lie beside each, and hold its owner wherever both are set.
        self._owners: dict[_Field, dict[str, Taking]] = {}
        # Those that are set to something else, too, or of which nobody knows.
        self._spoilt: set[_Field] = set()

    def guards(self) -> Iterator[Guard]:
        names = {name.encode() for _, name in self._wanted}
        names |= {name.encode() for kind in self._kinds
                  for name in self._package.syntax.members[kind]}  # fmt: skip
        kinds = {kind.encode() for kind in self._kinds}
        for file in self._package.syntax.files:
            for declaration in file.tree.declarations:
                text = file.text[declaration.start : declaration.end]
                if any(one in text for one in kinds) or any(b"." + one in text for one in names):
                    self._read(Place(file, declaration))
        for (kind, name), owners in sorted(self._owners.items()):
            if (kind, name) in self._spoilt:
                continue
            for owner, taking in sorted(owners.items()):
                if (kind, owner) not in self._spoilt:
                    yield Guard(kind, (name,), (owner,), taking.kind or "")
                    break

    def _read(self, declaration: Place) -> None:
        flow: Flow | None = None
        for kind, settings in self._settings(declaration):
            for name in [one for one in settings.values if (kind, one) in self._wanted]:
                for value in settings.values[name]:
                    if _is_constant(self._package, value):
                        continue
                    flow = flow or Flow(self._package, self._takings, declaration)
                    self._note((kind, name), settings, flow, value)
            for name, values in settings.values.items():
                # Where the owner is taken out, somebody else may have it.
                if (kind, name) not in self._wanted and any(map(_is_taken_out, values)):
                    self._spoilt.add((kind, name))

    def _note(self, key: _Field, settings: _Settings, flow: Flow, value: Place) -> None:
        carried = flow.carried_at(value)
        owners: dict[str, Taking] = {}
        for taking, path in carried:
            if path or taking.is_memory or taking.is_part or taking.is_address or not taking.kind:
                owners = {}
                break
            owners |= dict.fromkeys(self._beside(settings, taking), taking)
        known = self._owners.get(key)
        both = owners if known is None else {one: known[one] for one in known if one in owners}
        self._owners[key] = both
        if not both or len(carried) != 1:
            self._spoilt.add(key)

    def _beside(self, settings: _Settings, taking: Taking) -> Iterator[str]:
        """The fields of the struct in which the owner of what was taken lies."""
        reached = self._reached(taking.owner, taking.path)
        if reached is None:
            return
        own, last = settings.at, reached[2][-1:]
        if own is not None and last and reached == (*own[:2], (*own[2], *last)):
            yield last[0]
        for name, values in settings.values.items():
            if len(values) == 1 and reached == self._reached(values[0], ()):
                yield name

    def _reached(self, value: Place, path: Path) -> _Reached | None:
        """What a value is, through ``rc := c.SyscallConn()`` and other names of it."""
        root = root_of(self._package, bare(self._package, value))
        for _ in range(3):
            variable = self._package.variable(root.place)
            if root.place.node.kind != "identifier":
                return None
            if variable is None:
                return root.place.text, -1, (*root.path, *path)
            start = initial_value(variable)
            raw = _connection(start[0]) if start is not None and not root.path else None
            if raw is None:
                return variable.file.path, variable.declaration.start, (*root.path, *path)
            root = root_of(self._package, raw)
        return None

    def _settings(self, declaration: Place) -> Iterator[tuple[str, _Settings]]:
        found: _Found = {}
        for node in declaration.node.walk():
            place = declaration.of(node)
            if node.kind == "composite_literal":
                for body, kind, at in self._literals(place):
                    key = (kind, at or ("", body.start, ()))
                    self._of_literal(place.of(body), kind, found.setdefault(key, _Settings(at)))
            elif node.kind == "selector_expression":
                self._of_selector(place, found)
        yield from ((kind, one) for (kind, _), one in found.items())

    def _literals(self, literal: Place) -> Iterator[tuple[Node, str, _Reached | None]]:
        """(body, struct, where it is held) of a literal, or of its elements, which do not name
        their type: ``[]device{{f, fd}}``."""
        written, body = literal.node.field("type"), literal.node.field("body")
        text = literal.of(written).text if written is not None else ""
        kind, element = self._struct(text), self._struct(element_of(text) or "")
        if kind is not None and body is not None:
            yield body, kind, self._held_by(literal)
        for one in body.named_children if element is not None and body is not None else ():
            inner = element_value(one)
            if inner.kind == "literal_value" and element is not None:
                yield inner, element, None

    def _struct(self, written: str) -> str | None:
        kind = self._package.syntax.aliases.get(base_of(written), base_of(written))
        return kind if kind in self._kinds else None

    def _held_by(self, literal: Place) -> _Reached | None:
        """The variable that begins as the struct, or as a pointer to it."""
        node = outer_parentheses(literal.node)
        if node.parent is not None and node.parent.kind == "unary_expression":
            node = outer_parentheses(node.parent)
        listed = node.parent
        statement = listed.parent if listed is not None else None
        if listed is None or statement is None or listed.kind != "expression_list":
            return None
        left = statement.field("left")
        names = left.named_children if left is not None else statement.fields("name")
        index = listed.named_children.index(node)
        name = names[index] if index < len(names) else None
        if name is None or name.kind != "identifier":
            return None
        return self._reached(literal.of(name), ())

    def _of_literal(self, body: Place, kind: str, settings: _Settings) -> None:
        names = self._package.syntax.members.get(kind, ())
        for number, element in enumerate(body.node.named_children):
            name = names[number] if number < len(names) else ""
            if element.kind == "keyed_element":
                name = body.of(element.named_children[0]).text
            settings.values[name].append(body.of(element_value(element)))

    def _of_selector(self, place: Place, found: _Found) -> None:
        """``d.fd = E``, and what else may set a field: ``&d.fd``, ``d.fd++``."""
        node = place.node
        name, operand = node.field("field"), node.field("operand")
        text = place.file.tree.source(name) if name is not None else ""
        kinds = {kind for kind in self._kinds if text in self._package.syntax.members[kind]}
        outer = outer_parentheses(node).parent
        if not kinds or outer is None or operand is None:
            return
        written = self._package.types.of_operand(place) or static_type(
            self._package, place.of(operand))  # fmt: skip
        if written is not None:
            step = self._fields.step(base_of(written), text)
            kinds &= (
                {self._fields.struct(base_of(written))} if step and len(step[0]) == 1 else set()
            )
        values = _set_to(node, outer)
        if values is None:
            return
        at = self._reached(place.of(operand), ())
        for kind in kinds:
            if len(values) == 1 and at is not None and written is not None:
                settings = found.setdefault((kind, at), _Settings(at))
                settings.values[text].append(place.of(values[0]))
            elif (kind, text) in self._wanted:
                self._spoilt.add((kind, text))


def _set_to(node: Node, outer: Node) -> tuple[Node, ...] | None:
    """What a selector is set to; nothing where that is not known, None where it is not set."""
    if outer.kind == "unary_expression" and outer.token("&") is not None:
        return ()
    if outer.kind in ("inc_statement", "dec_statement"):
        return ()
    statement = outer.parent
    if outer.kind != "expression_list" or statement is None:
        return None
    left, right = statement.field("left"), statement.field("right")
    if left is not outer or right is None or statement.kind == "range_clause":
        return None if left is not outer else ()
    index, values = outer.named_children.index(node), right.named_children
    is_plain = statement.field("operator") is None or len(values) == len(outer.named_children)
    return (values[index],) if is_plain and len(values) == len(outer.named_children) else ()


def _connection(value: Place) -> Place | None:
    """c of ``c.SyscallConn()``."""
    chosen = value.node.field("function") if value.node.kind == "call_expression" else None
    operand = chosen.field("operand") if chosen is not None else None
    name = chosen.field("field") if chosen is not None else None
    if operand is None or name is None or value.file.tree.source(name) != "SyscallConn":
        return None
    return value.of(unparenthesized(operand))


def _is_constant(package: Package, value: Place) -> bool:
    node = bare(package, value).node
    if node.kind == "unary_expression":
        inner = node.field("operand")
        node = inner if inner is not None else node
    return node.kind in _CONSTANT


def _is_taken_out(value: Place) -> bool:
    """Whether nil is set where the function does not close anything."""
    top = value.file.tree.top_level(value.node.start)
    return value.text == "nil" and (top is None or ".Close()" not in value.of(top).text)
