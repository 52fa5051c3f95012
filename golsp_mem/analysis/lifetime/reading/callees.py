"""Which functions of the package a call runs, and what they do with a raw argument."""

from __future__ import annotations

from collections.abc import Iterator, Set
from enum import StrEnum

from golsp_mem.analysis.lifetime.reading.expressions import bare, conversion, static_type
from golsp_mem.analysis.lifetime.reading.fields import is_raw
from golsp_mem.analysis.lifetime.reading.memory import reads_memory
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.standard import (
    COPYING_NUMBERS,
    KEEPING_MEMORY,
    RAW_PACKAGES,
    RELEASING,
    WAITING,
)
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import (
    Callee,
    Place,
    arguments_of,
    callee_of,
    initial_value,
    receiver_of,
)
from golsp_mem.source.parts.functions import parameter_names
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable, is_assigned_again

_DEPTH = 4
# Types, not functions, that stand before parentheses in those packages.
_TYPES = frozenset({"Errno", "Signal", "WaitStatus", "Token", "HWND", "Handle", "NTStatus"})
# Of memory these need the length alone.
_MEASURES = frozenset({"len", "cap", "print", "println"})
_RELEASING_WORDS = ("close", "free", "release", "unmap", "destroy", "delete", "unref", "dispose")
_PASSED_OVER = ("parenthesized_expression", "index_expression", "slice_expression",
                "type_conversion_expression")  # fmt: skip
_INTERFACES = frozenset(
    {"any", *(f"io.{name}" for name in ("Writer", "Reader", "Closer", "ReadWriter", "ReadCloser",
                                        "WriteCloser", "ReadWriteCloser", "WriterTo"))}
)  # fmt: skip
_READERS = frozenset({"copy", "string", "append"})


class Raw(StrEnum):
    """What is passed on: a descriptor or handle, memory that is read through, a struct that holds
    a descriptor or handle in a field, or what waits for events of a descriptor."""

    NUMBER = "number"
    MEMORY = "memory"
    PART = "part"
    WATCHED = "watched"


def callees(package: Package, call: Place) -> tuple[Place, ...]:
    """The functions of this package, declared or literal, that a call may run; empty where it
    runs others, or nobody knows."""
    function = call.node.field("function")
    if function is None:
        return ()
    node = _without_type_arguments(unparenthesized(function))
    if node.kind == "func_literal":
        return (call.of(node),)
    if node.kind == "index_expression":  # of a package variable: `handlers["x"](fd)`
        node = node.field("operand") or node
        is_local = package.variable(call.of(node)) is not None
        named = call.file.tree.source(node)
        return () if is_local else package.syntax.functions_in_variables.get(named, ())
    if node.kind == "identifier":
        return _named(package, call.of(node))
    operand, name = node.field("operand"), node.field("field")
    if node.kind != "selector_expression" or operand is None or name is None:
        return ()
    if callee_of(call) is not None:
        return ()
    return methods(package, call.of(operand), call.file.tree.source(name))


def _named(package: Package, name: Place) -> tuple[Place, ...]:
    """The functions that an identifier may mean."""
    variable = package.variable(name)
    if variable is None:
        found = package.syntax.functions.get(name.text)
        if found is None:
            return package.syntax.functions_in_variables.get(name.text, ())
        return (found,)
    literal = literal_of(variable)
    if literal is not None:
        return (literal,)
    start = initial_value(variable)
    if start is None or start[0].node.kind != "identifier" or is_assigned_again(variable):
        return ()
    return () if start[0].text == name.text else _named(package, start[0])


def methods(package: Package, operand: Place, name: str) -> tuple[Place, ...]:
    """The methods of the package that ``operand.name`` may be."""
    known = static_type(package, operand)
    if known is not None:
        found = promoted(package, base_of(known), name)
        if found is not None:
            return (found,)
        if base_of(known) in package.syntax.structs or "." in known:
            return ()
    listed = package.syntax.methods.get(name, ())
    asked = package.syntax.interfaces.get(base_of(known or ""), frozenset())
    return tuple(one for one in listed if _has_methods(package, one, asked)) if asked else listed


def _has_methods(package: Package, method: Place, names: Set[str]) -> bool:
    """Whether the type of a method has, by name, all methods of an interface."""
    kind = receiver_of(method)
    return (
        kind is None
        or all(promoted(package, kind, name) is not None for name in names)
        or bool(package.syntax.embedded.get(kind))
    )


def promoted(package: Package, kind: str, name: str, depth: int = _DEPTH) -> Place | None:
    """The method of a type, its own or that of what it embeds."""
    own = package.syntax.functions.get(f"{kind}.{name}")
    if own is not None or depth == 0:
        return own
    for written in package.syntax.embedded.get(kind, ()):
        found = promoted(package, base_of(written), name, depth - 1)
        if found is not None:
            return found
    return None


def literal_of(variable: Variable) -> Place | None:
    """The function literal that a variable starts with, if it keeps it."""
    start = initial_value(variable)
    if start is None or start[0].node.kind != "func_literal" or is_assigned_again(variable):
        return None
    return start[0]


def _without_type_arguments(node: Node) -> Node:
    if node.kind in ("type_instantiation_expression", "index_expression"):
        inner = node.named_children[0] if node.named_children else None
        return inner if inner is not None and inner.kind == "identifier" else node
    return node


def parameters(function: Place) -> tuple[Node | None, ...]:
    """The names of a function's parameters in order, None for what has no name."""
    listed = function.node.field("parameters")
    found: list[Node | None] = []
    for child in listed.named_children if listed is not None else ():
        names: list[Node | None] = list(child.fields("name"))
        found += names or [None]
    return tuple(found)


def function_parameters(function: Place) -> Iterator[tuple[int, str]]:
    """(place, name) of the parameters that are functions."""
    for index, name in enumerate(parameters(function)):
        kind = name.parent.field("type") if name is not None and name.parent is not None else None
        if name is not None and kind is not None and kind.kind == "function_type":
            yield index, function.file.tree.source(name)


def function_given(package: Package, argument: Place) -> Place | None:
    """The function of the package, declared or literal, that an argument is."""
    node = argument.node
    if node.kind == "func_literal":
        return argument
    if node.kind == "identifier":
        is_local = package.variable(argument) is not None
        return package.syntax.functions.get(argument.text) if not is_local else None
    operand, name = node.field("operand"), node.field("field")
    if node.kind != "selector_expression" or operand is None or name is None:
        return None
    kind = base_of(argument.of(operand).text.strip("()"))
    return package.syntax.functions.get(f"{kind}.{argument.file.tree.source(name)}")


def receiver(function: Place) -> Node | None:
    """The name of a method's receiver."""
    listed = function.node.field("receiver")
    return next(iter(parameter_names(listed)), None) if listed is not None else None


def parameter_at(function: Place, index: int) -> Node | None:
    """The parameter that gets the argument; a variadic one gets all that are left."""
    listed = parameters(function)
    if not listed:
        return None
    return listed[min(index, len(listed) - 1)]


def takes_raw(package: Package, call: Place, index: int, what: Raw, depth: int = _DEPTH) -> bool:
    """Whether a call uses a raw argument while it runs, and does not release it."""
    callee = callee_of(call)
    if callee is not None and (callee.name in RELEASING or _releases(package, callee)):
        return False
    if callee is not None and callee.package in RAW_PACKAGES:
        if what is Raw.WATCHED:
            return callee.name in WAITING
        is_call = callee.name not in (*_TYPES, *COPYING_NUMBERS)
        return is_call and conversion(package, call) is None
    own = callees(package, call)
    if own:
        return depth > 0 and any(
            uses_resource(package, one, parameter_at(one, index), what, depth) for one in own
        )
    if what is Raw.WATCHED:
        return False
    if callee is None:
        # A method of another package reads the memory that it gets.
        if what is Raw.PART:
            return _sends_rights(call)
        return what is Raw.MEMORY or (what is Raw.NUMBER and _is_function_value(package, call))
    if not callee.package:
        if _is_package_function(package, callee):
            return what is not Raw.PART
        return what is Raw.MEMORY and callee.name in _READERS
    if (callee.package, callee.name) in KEEPING_MEMORY:
        return False
    if (callee.package, callee.name) == ("runtime", "KeepAlive"):
        return False  # what is handed to it may be gone
    if callee.package == "unsafe":
        return False  # no call: the compiler makes a pointer of it
    if callee.package == "os" and callee.name == "NewFile":
        return True
    if callee.package == "io" or (
        (callee.package, callee.name[:1], index) == ("fmt", "F", 0) and what is not Raw.MEMORY
    ):
        return True  # a writer or reader with the descriptor in it
    # What takes a descriptor as a number is made to use it; the standard library's only
    # functions of that kind are named above.
    return what is Raw.MEMORY or (what is Raw.NUMBER and "." in callee.package.partition("/")[0])


def receiver_takes_raw(package: Package, call: Place, what: Raw, depth: int = _DEPTH) -> bool:
    """Whether a method uses its receiver, which is or holds a raw resource: ``fd.Write(b)``."""
    function = call.node.field("function")
    node = unparenthesized(function) if function is not None else None
    operand = node.field("operand") if node is not None else None
    name = node.field("field") if node is not None else None
    if operand is None or name is None or depth == 0:
        return False
    called = call.file.tree.source(name)
    if any(word in called.lower() for word in _RELEASING_WORDS):
        return False
    own = callees(package, call)
    if own:
        return any(uses_resource(package, one, receiver(one), what, depth) for one in own)
    if what is Raw.PART and any(one.uses(called) for one in package.foreign.values()):
        return True
    known = static_type(package, call.of(operand))
    if known is None or not _is_interface(package, known):
        return False
    # Behind an interface nobody knows what runs; who put a descriptor there means it to be used.
    return what is Raw.NUMBER or any(
        uses_resource(package, one, receiver(one), what, depth)
        for one in package.syntax.methods.get(called, ())
    )


def _is_interface(package: Package, written: str) -> bool:
    known = package.syntax.types.get(written, written)
    return known.startswith("interface") or known in _INTERFACES


def _sends_rights(call: Place) -> bool:
    function = call.node.field("function")
    name = function.field("field") if function is not None else None
    return name is not None and call.file.tree.source(name) == "WriteMsgUnix"


def _is_function_value(package: Package, call: Place) -> bool:
    """Whether the call is of a variable, a field or an element that holds a function: what it
    runs nobody knows, but who passes on a raw resource means it to be used."""
    function = call.node.field("function")
    node = unparenthesized(function) if function is not None else None
    if node is None:
        return False
    if node.kind == "identifier":
        return package.variable(call.of(node)) is not None
    if node.kind in ("call_expression", "index_expression", "type_assertion_expression"):
        return True
    name = node.field("field") if node.kind == "selector_expression" else None
    kinds = package.syntax.fields.get(call.file.tree.source(name), ()) if name is not None else ()
    return any(package.syntax.types.get(one, one).startswith("func") for one in kinds)


def _is_package_function(package: Package, callee: Callee) -> bool:
    """Whether the name is that of a package variable, which holds a function."""
    return callee.name in package.syntax.variables


def _releases(package: Package, callee: Callee) -> bool:
    """Whether a cleanup calls the function too, and its name says that it releases: a cleanup
    may write or make a system call as well."""
    name = callee.name.lower()
    return any(word in name for word in _RELEASING_WORDS) and any(
        callee in one.releases for one in package.cleanups.calls
    )


def uses_resource(
    package: Package, function: Place, name: Node | None, what: Raw, depth: int = _DEPTH
) -> bool:
    """Whether the body of a function of the package uses a parameter or its receiver as the
    resource, or the one in it."""
    if function.node.field("body") is None:
        return True  # assembly
    variable = package.variable(function.of(name)) if name is not None else None
    if variable is None:
        return False
    if what is Raw.PART and any(
        _uses_copy(package, function, one, depth) for one in _field_copies(package, variable)
    ):
        return True
    return any(_uses_held(package, function, held, what, depth)
               for held in _copies(package, variable))  # fmt: skip


def _uses_held(package: Package, function: Place, held: Variable, what: Raw, depth: int) -> bool:
    for call, place, inner in calls_with(package, function, held):
        part = Raw.PART if inner and what is Raw.PART else what
        if what is Raw.PART and inner and not _is_raw_field(package, inner):
            continue
        if what is Raw.PART and inner:
            part = Raw.NUMBER
        if place >= 0 and takes_raw(package, call, place, part, depth - 1):
            return True
        if place < 0 and receiver_takes_raw(package, call, part, depth - 1):
            return True
    if what is Raw.MEMORY and any(
        reads_memory(package, Place(held.file, use)) for use in held.uses
    ):
        return True
    return what is Raw.NUMBER and is_by_key(package) and any(map(_is_key, held.uses))


def is_by_key(package: Package) -> bool:
    """Whether a cleanup releases by deleting from a map: a handle is used by looking it up."""
    return any(Callee("", "delete") in one.releases for one in package.cleanups.calls)


def _is_key(use: Node) -> bool:
    outer = use.parent
    return outer is not None and outer.kind == "index_expression" and outer.field("index") is use


def _is_raw_field(package: Package, name: str) -> bool:
    return any(is_raw(package.syntax, one) for one in package.syntax.fields.get(name, ()))


def reads_field(package: Package, function: Place, name: Node | None, field: str) -> bool:
    """Whether a function reads the memory that a field of its receiver, or of a parameter, has."""
    variable = package.variable(function.of(name)) if name is not None else None
    for use in variable.uses if variable is not None else ():
        outer = use.parent
        chosen = outer.field("field") if outer is not None else None
        if outer is None or chosen is None or function.file.tree.source(chosen) != field:
            continue
        place = function.of(outer)
        target = _target(package, place)
        if reads_memory(package, place) or (
            target is not None and _uses_copy(package, function, target, _DEPTH, Raw.MEMORY)
        ):
            return True
    return False


def _field_copies(package: Package, variable: Variable) -> Iterator[Variable]:
    """The variables that get what a raw field of the variable holds: ``range w.fds``."""
    for use in variable.uses:
        node = use
        while (
            node.parent is not None
            and node.parent.kind == "selector_expression"
            and (node.parent.field("operand") is node)
        ):
            node = node.parent
        name = node.field("field")
        if name is None or not _is_raw_field(package, variable.file.tree.source(name)):
            continue
        target = _target(package, Place(variable.file, node))
        if target is not None:
            yield target


def _uses_copy(
    package: Package, function: Place, variable: Variable, depth: int, what: Raw = Raw.NUMBER
) -> bool:
    return any(_uses_held(package, function, held, what, depth)
               for held in _copies(package, variable))  # fmt: skip


def _copies(package: Package, variable: Variable) -> tuple[Variable, ...]:
    """The variable and those that get its value, or an element of it, by a plain assignment."""
    found = {variable.declaration.start: variable}
    pending = [variable]
    while pending:
        for use in pending.pop().uses:
            target = _target(package, Place(variable.file, use))
            if target is not None and target.declaration.start not in found:
                found[target.declaration.start] = target
                pending.append(target)
    return tuple(found.values())


def _target(package: Package, use: Place) -> Variable | None:
    """The variable that is set to what a use is, conversions and an index passed over."""
    node = use.node
    while node.parent is not None:
        outer = node.parent
        if outer.kind == "argument_list" and outer.parent is not None:
            if conversion(package, use.of(outer.parent)) is None:
                return None
            outer = outer.parent
        elif outer.kind not in _PASSED_OVER:
            break
        node = outer
    listed = node.parent
    statement = listed.parent if listed is not None else None
    if listed is None or statement is None:
        return None
    if listed.kind == "range_clause" and listed.field("right") is node:
        left = listed.field("left")
        names = left.named_children[1:] if left is not None else ()
        if not names and left is not None and _is_channel(package, use.of(node)):
            names = left.named_children
        return package.variable(use.of(names[0])) if names else None
    if listed.kind != "expression_list" or statement.field("left") is listed:
        return None
    left = statement.field("left")
    names = left.named_children if left is not None else statement.fields("name")
    position = listed.named_children.index(node)
    if len(names) != len(listed.named_children) or names[position].kind != "identifier":
        return None
    return package.variable(use.of(names[position]))


def _is_channel(package: Package, place: Place) -> bool:
    return (static_type(package, place) or "").startswith(("chan ", "<-chan "))


def returns_parameter(package: Package, function: Place) -> int | None:
    """The parameter that a function returns as it is, converted or not; -1: its receiver."""
    names = parameters(function)
    own = receiver(function)
    for node in function.node.walk():
        if node.kind != "return_statement" or not node.named_children:
            continue
        values = node.named_children[0].named_children
        inner = bare(package, function.of(values[0])) if len(values) == 1 else None
        is_name = inner is not None and inner.node.kind == "identifier"
        held = package.variable(inner) if inner is not None and is_name else None
        if held is not None and own is not None and held.declaration.start == own.start:
            return -1
        for index, name in enumerate(names):
            if held is not None and name is not None and held.declaration.start == name.start:
                return index
    return None


def calls_with(
    package: Package, function: Place, variable: Variable
) -> Iterator[tuple[Place, int, str]]:
    """(call, argument, field) of the calls in a function that get the variable's value or what
    is below it, conversions passed over; argument -1: as their receiver."""
    starts = {use.start for use in variable.uses}
    for node in function.node.walk():
        if node.kind != "call_expression" or conversion(package, function.of(node)) is not None:
            continue
        called = node.field("function")
        operand = called.field("operand") if called is not None else None
        given = list(enumerate(arguments_of(function.of(node))))
        if operand is not None and callee_of(function.of(node)) is None:
            given.append((-1, operand))
        for index, one in given:
            inner, name = bare(package, function.of(one)).node, ""
            while inner.kind in (
                "index_expression", "slice_expression", "selector_expression", "unary_expression",
            ):  # fmt: skip
                operand, selected = inner.field("operand"), inner.field("field")
                if operand is None:
                    break
                if selected is not None and not name:
                    name = function.file.tree.source(selected)
                inner = unparenthesized(operand)
            if inner.kind == "identifier" and inner.start in starts:
                yield function.of(node), index, name
