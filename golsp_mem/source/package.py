"""One package's Go text as lifetimes need it: what a call calls, what type a variable has.

There is no type checker here. Every answer is either certain from the text or None, and
callers stay silent on None.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from attrs import frozen

from golsp_mem.model import Span
from golsp_mem.source.parts.functions import receiver_type
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, is_target, node_at, owner_of

_INTEGERS = frozenset(
    {
        *("int", "int8", "int16", "int32", "int64", "uintptr", "byte", "rune"),
        *("uint", "uint8", "uint16", "uint32", "uint64"),
    }
)
# Conversions to a number or a bare address: (package, name), "" for the predeclared.
_CONVERSIONS = frozenset(
    {
        *(("", name) for name in _INTEGERS),
        ("unsafe", "Pointer"),
        ("syscall", "Handle"),
        ("golang.org/x/sys/windows", "Handle"),
        *(("C", name) for name in ("int", "uint", "long", "ulong", "longlong", "ulonglong")),
    }
)


@frozen(eq=False)
class Place:
    """A node with the file that holds it."""

    file: GoFile
    node: Node

    @property
    def span(self) -> Span:
        return self.file.tree.node_span(self.node)

    @property
    def text(self) -> str:
        return self.file.tree.source(self.node)

    def of(self, node: Node) -> Place:
        return Place(self.file, node)


@frozen
class Callee:
    """What a call names: ``package`` is an import path, "" for this package's own."""

    package: str
    name: str


def specs(declaration: Node) -> Iterator[Node]:
    """The specs of a declaration of variables or constants; what they are set to, which may be a
    table of thousands of lines, is not looked at."""
    for one in declaration.named_children:
        if one.kind == "var_spec_list":
            yield from one.named_children
        else:
            yield one


@frozen(eq=False)
class PackageSyntax:
    """The files of one package clause. Declarations are found once, when asked for."""

    files: tuple[GoFile, ...]

    @classmethod
    def split(cls, files: Iterable[GoFile]) -> tuple[PackageSyntax, ...]:
        """One for each package clause: ``p_test`` apart from ``p``."""
        clauses: dict[str, list[GoFile]] = defaultdict(list)
        for file in files:
            clauses[package_name(file)].append(file)
        return tuple(cls(tuple(group)) for group in clauses.values())

    @cached_property
    def name(self) -> str:
        return package_name(self.files[0]) if self.files else ""

    @cached_property
    def functions(self) -> Mapping[str, Place]:
        """Declared functions by name; methods as ``T.M``, whatever their receiver's star."""
        found: dict[str, Place] = {}
        for file in self.files:
            for node in file.tree.declarations:
                name = node.field("name")
                if node.kind == "function_declaration" and name is not None:
                    found[file.tree.source(name)] = Place(file, node)
                elif node.kind == "method_declaration" and name is not None:
                    receiver = receiver_of(Place(file, node))
                    if receiver is not None:
                        receiver = self.aliases.get(receiver, receiver)
                        found[f"{receiver}.{file.tree.source(name)}"] = Place(file, node)
        return found

    @cached_property
    def methods(self) -> Mapping[str, tuple[Place, ...]]:
        """Declared methods by their own name, whatever their receivers."""
        found: dict[str, list[Place]] = defaultdict(list)
        for name, function in self.functions.items():
            if "." in name:
                found[name.rpartition(".")[2]].append(function)
        return {name: tuple(listed) for name, listed in found.items()}

    @cached_property
    def structs(self) -> Mapping[str, Mapping[str, str]]:
        """The fields of declared struct types in order: name -> type as written. Struct types
        without a name, inside of others, stand under their own text."""
        return {name: _fields(file, node) for file, name, node in self._struct_types()}

    def struct_of(self, name: str) -> Place | None:
        """The fields of a declared struct type, with their braces."""
        found = (Place(file, node) for file, kind, node in self._struct_types() if kind == name)
        return next(found, None)

    @cached_property
    def types(self) -> Mapping[str, str]:
        """What the declared types stand for, as written: name -> type."""
        return {name: file.tree.source(node) for file, name, node in self._type_specs()}

    @cached_property
    def interfaces(self) -> Mapping[str, frozenset[str]]:
        """The methods of declared interfaces, those of other packages' that they embed left out:
        name -> the methods' names."""
        found: dict[str, set[str]] = {}
        embeds: dict[str, list[str]] = {}
        for file, name, node in self._type_specs():
            if node.kind == "interface_type":
                parts = [(one.field("name"), one) for one in node.named_children]
                found[name] = {file.tree.source(method) for method, _ in parts if method}
                embeds[name] = [file.tree.source(one) for method, one in parts if method is None]
        for _ in found:
            before = {name: len(methods) for name, methods in found.items()}
            for name, listed in embeds.items():
                found[name].update(*(found.get(one, ()) for one in listed))
            if all(len(found[name]) == count for name, count in before.items()):
                break
        return {name: frozenset(methods) for name, methods in found.items()}

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names of package variables."""
        return frozenset(
            file.tree.source(name)
            for file in self.files
            for declaration in file.tree.declarations
            if declaration.kind == "var_declaration"
            for spec in specs(declaration)
            for name in spec.fields("name")
        )

    @cached_property
    def variable_types(self) -> Mapping[str, str]:
        """The types of package variables, where they are written, or of the literal that one is
        set to."""
        found: dict[str, str] = {}
        for file in self.files:
            for declaration in file.tree.declarations:
                for spec in specs(declaration) if declaration.kind == "var_declaration" else ():
                    names, value = spec.fields("name"), spec.field("value")
                    written = spec.field("type")
                    mark = ""
                    if written is None and value is not None and len(names) == 1:
                        literal: Node | None = unparenthesized(value.named_children[0])
                        if literal is not None and literal.kind == "unary_expression":
                            mark, literal = "*", literal.field("operand")
                        is_literal = literal is not None and literal.kind == "composite_literal"
                        written = literal.field("type") if is_literal and literal else None
                    if written is not None:
                        text = mark + file.tree.source(written)
                        found.update((file.tree.source(name), text) for name in names)
        return found

    @cached_property
    def functions_in_variables(self) -> Mapping[str, tuple[Place, ...]]:
        """The functions that a package variable holds, itself or as its elements, where its
        declaration names them all and no statement of the package sets it again."""
        found: dict[str, tuple[Place, ...]] = {}
        for file in self.files:
            for declaration in file.tree.declarations:
                if declaration.kind != "var_declaration":
                    continue
                for spec in specs(declaration):
                    names, value = spec.fields("name"), spec.field("value")
                    if value is None or len(names) != 1:
                        continue
                    name = file.tree.source(names[0])
                    listed = tuple(self._functions_in(Place(file, value.named_children[0])))
                    if listed and None not in listed and not self.is_set(name):
                        found[name] = tuple(one for one in listed if one)
        return found

    def _functions_in(self, value: Place) -> Iterator[Place | None]:
        """The functions that an expression names; None stands for what is not known."""
        node = unparenthesized(value.node)
        if node.kind == "func_literal":
            yield value.of(node)
        elif node.kind == "identifier":
            yield self.functions.get(value.file.tree.source(node))
        elif node.kind == "composite_literal" and (body := node.field("body")) is not None:
            written = node.field("type")
            if written is None or "func" not in value.file.tree.source(written):
                yield None
            for element in body.named_children:
                inner = element.named_children[-1] if element.named_children else element
                if inner.kind == "literal_element" and inner.named_children:
                    inner = inner.named_children[0]
                yield from self._functions_in(value.of(inner))
        else:
            yield None

    def is_set(self, name: str) -> bool:
        """Whether a statement sets the package variable of that name, or a part of it, or takes
        its address."""
        return any(
            node.kind == "identifier" and not file.is_local(name, node.start) and is_target(node)
            for file in self.files
            for node in file.tree.named(name)
        )

    @cached_property
    def type_parameters(self) -> Mapping[str, tuple[str, ...]]:
        """The type parameters of each generic type."""
        found: dict[str, tuple[str, ...]] = {}
        for file, name, written in self._type_specs():
            listed = written.parent.field("type_parameters") if written.parent else None
            if listed is not None:
                found[name] = tuple(file.tree.source(one) for child in listed.named_children
                                    for one in child.fields("name"))  # fmt: skip
        return found

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """``type A = B``: name -> the type's name, without what it is instantiated with."""
        found = {
            name: file.tree.source(node).partition("[")[0]
            for file, name, node in self._type_specs()
            if node.parent is not None and node.parent.kind == "type_alias"
        }
        return {name: found.get(target, target) for name, target in found.items()}

    @cached_property
    def fields(self) -> Mapping[str, frozenset[str]]:
        """The fields of all struct types, nameless ones too: name -> types as written."""
        found: dict[str, set[str]] = defaultdict(set)
        for file, _, written in self._type_specs():
            for node in written.walk():
                if node.kind == "field_declaration":
                    kind = node.field("type")
                    for name in node.fields("name"):
                        text = file.tree.source(kind) if kind is not None else ""
                        found[file.tree.source(name)].add(text)
        return {name: frozenset(kinds) for name, kinds in found.items()}

    @cached_property
    def embedded(self) -> Mapping[str, tuple[str, ...]]:
        """The types, as written, that each declared struct embeds."""
        return {name: tuple(_embedded(file, node)) for file, name, node in self._struct_types()}

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """The fields of declared struct types in order, embedded ones by their type's name."""
        return {name: tuple(_members(file, node)) for file, name, node in self._struct_types()}

    def _struct_types(self) -> Iterator[tuple[GoFile, str, Node]]:
        for file, name, written in self._type_specs():
            for node in written.walk():
                if node is written and node.kind == "struct_type":
                    yield file, name, node
                elif node.kind == "struct_type":
                    yield file, file.tree.source(node), node

    def _type_specs(self) -> Iterator[tuple[GoFile, str, Node]]:
        for file in self.files:
            for declaration in file.tree.declarations:
                if declaration.kind != "type_declaration":
                    continue
                for spec in declaration.named_children:
                    name, written = spec.field("name"), spec.field("type")
                    if name is not None and written is not None:
                        yield file, file.tree.source(name), written

    def calls_near(self, words: re.Pattern[bytes]) -> Iterator[Place]:
        """Every call in the declarations whose text has the words, in source order.

        Most declarations never do: to walk them all costs seconds in big packages.
        """
        for file in self.files:
            if words.search(file.text) is None:
                continue
            for declaration in file.tree.declarations:
                if words.search(file.text, declaration.start, declaration.end) is not None:
                    for node in declaration.walk():
                        if node.kind == "call_expression":
                            yield Place(file, node)


def package_name(file: GoFile) -> str:
    """The name in the package clause; empty where there is none."""
    for node in file.tree.head:
        if node.kind == "package_clause":
            return file.tree.source(node.named_children[0]) if node.named_children else ""
    return ""


def _fields(file: GoFile, struct: Node) -> dict[str, str]:
    fields: dict[str, str] = {}
    for listed in struct.named_children:
        for node in listed.named_children:
            written = node.field("type")
            for name in node.fields("name"):
                fields[file.tree.source(name)] = file.tree.source(written) if written else ""
    return fields


def _embedded(file: GoFile, struct: Node) -> Iterator[str]:
    for listed in struct.named_children:
        for node in listed.named_children:
            written = node.field("type")
            if node.kind == "field_declaration" and not node.fields("name") and written is not None:
                star = "*" if node.token("*") is not None else ""
                yield star + file.tree.source(written)


def _members(file: GoFile, struct: Node) -> Iterator[str]:
    for listed in struct.named_children:
        for node in listed.named_children:
            names = node.fields("name")
            written = node.field("type")
            if names:
                yield from (file.tree.source(name) for name in names)
            elif node.kind == "field_declaration" and written is not None:
                yield file.tree.source(written).partition("[")[0].rpartition(".")[2]


def receiver_of(method: Place) -> str | None:
    """The type of a method's receiver without star and type parameters."""
    found = receiver_type(method.file.tree, method.node)
    return found[0].lstrip("*") if found is not None else None


def _start(place: Place) -> tuple[int, int]:
    span = place.span
    return span.line, span.column


def parameters_of(function: Place) -> tuple[tuple[str, str], ...]:
    """(name, type as written) of each parameter, receiver left out; ``_`` where nameless."""
    listed = function.node.field("parameters")
    found: list[tuple[str, str]] = []
    for child in listed.named_children if listed is not None else ():
        written = child.field("type")
        text = function.file.tree.source(written) if written is not None else ""
        names = [function.file.tree.source(name) for name in child.fields("name")]
        found.extend((name, text) for name in names or ["_"])
    return tuple(found)


def results_of(function: Place) -> tuple[tuple[str, str], ...]:
    """(name, type as written) of each result; the name is empty where there is none."""
    result = function.node.field("result")
    if result is None:
        return ()
    if result.kind != "parameter_list":
        return (("", function.file.tree.source(result)),)
    found: list[tuple[str, str]] = []
    for child in result.named_children:
        written = child.field("type")
        text = function.file.tree.source(written) if written is not None else ""
        names = [function.file.tree.source(name) for name in child.fields("name")]
        found.extend((name, text) for name in names or [""])
    return tuple(found)


def imported(file: GoFile, name: str) -> str | None:
    """The import path behind a package name."""
    for one in file.imports:
        last = one.path.rsplit("/", 1)[-1]
        if last.startswith("v") and last[1:].isdigit():
            last = one.path.rsplit("/", 2)[-2]
        if (one.name or last) == name:
            return one.path
    return None


def callee_of(call: Place) -> Callee | None:
    """The function that a call names; None for methods, function values and the unknown."""
    function = call.node.field("function")
    return named(call.of(unparenthesized(function))) if function is not None else None


def named(expression: Place) -> Callee | None:
    """The package function or type that an expression names."""
    node = expression.node
    if node.kind == "identifier":
        local = expression.file.declaration_of(*_start(expression))
        if local is not None and owner_of(expression.file, node_at(expression.file, local)):
            return None
        return Callee("", expression.text)
    operand, field = node.field("operand"), node.field("field")
    if node.kind != "selector_expression" or operand is None or field is None:
        return None
    if operand.kind != "identifier":
        return None
    package = expression.of(operand)
    if package.file.declaration_of(*_start(package)) is not None:
        return None
    path = imported(expression.file, package.text)
    return Callee(path, expression.file.tree.source(field)) if path is not None else None


def method_call(call: Place) -> tuple[Node, str] | None:
    """The identifier and the name of ``v.M(...)``; None for anything else."""
    function = call.node.field("function")
    return selected(call.of(function)) if function is not None else None


def selected(expression: Place) -> tuple[Node, str] | None:
    """The identifier and the field of ``v.f``, where v is a variable."""
    node = unparenthesized(expression.node)
    operand, field = node.field("operand"), node.field("field")
    if node.kind != "selector_expression" or operand is None or field is None:
        return None
    operand = unparenthesized(operand)
    if operand.kind != "identifier":
        return None
    return operand, expression.file.tree.source(field)


def arguments_of(call: Place) -> tuple[Node, ...]:
    listed = call.node.field("arguments")
    return listed.named_children if listed is not None else ()


def without_conversions(expression: Place) -> Place:
    """What stands inside parentheses and conversions to numbers and bare addresses."""
    place = expression
    while True:
        node = unparenthesized(place.node)
        inner = None
        if node.kind == "type_conversion_expression":
            inner = node.field("operand")
        elif node.kind == "call_expression":
            given = arguments_of(place.of(node))
            callee = callee_of(place.of(node))
            if len(given) == 1 and callee is not None and _is_conversion(callee):
                inner = given[0]
        if inner is None:
            return place.of(node)
        place = place.of(inner)


def _is_conversion(callee: Callee) -> bool:
    """Whether a name is a type's: what ends in _t is reserved for those (POSIX.1-2017, 2.2.2)."""
    is_of_c = callee.package == "C" and callee.name.endswith("_t")
    return is_of_c or (callee.package, callee.name) in _CONVERSIONS


def initial_value(variable: Variable) -> tuple[Place, int] | None:
    """The expression that a variable starts with, and which of its results it is."""
    parent = variable.declaration.parent
    if parent is None:
        return None
    if parent.kind == "var_spec":
        names, values = parent.fields("name"), parent.field("value")
    elif parent.kind == "expression_list" and parent.parent is not None:
        if parent.parent.kind != "short_var_declaration":
            return None
        names, values = parent.named_children, parent.parent.field("right")
    else:
        return None
    if values is None or variable.declaration not in names:
        return None
    index = names.index(variable.declaration)
    given = values.named_children
    if len(given) == len(names):
        return Place(variable.file, unparenthesized(given[index])), 0
    if len(given) == 1:
        return Place(variable.file, unparenthesized(given[0])), index
    return None


def is_number(text: str) -> bool:
    """Whether a type as written is a predeclared integer."""
    return text in _INTEGERS
