"""What the functions that a call runs do with a raw argument, or what holds one."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from golsp_mem.analysis.lifetime.reading.callees import callees, parameter_at, receiver
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
from golsp_mem.source.package import (
    Callee,
    Place,
    arguments_of,
    callee_of,
)
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.variables import Variable

_DEPTH = 4
# Types, not functions, that stand before parentheses in those packages.
_TYPES = frozenset({"Errno", "Signal", "WaitStatus", "Token", "HWND", "Handle", "NTStatus"})
_RELEASING_WORDS = ("close", "free", "release", "unmap", "destroy", "delete", "unref", "dispose")
_PASSED_OVER = ("parenthesized_expression", "index_expression", "slice_expression",
                "type_conversion_expression")  # fmt: skip
_INTERFACES = frozenset(
    {"any", *(f"io.{name}" for name in ("Writer", "Reader", "Closer", "ReadWriter", "ReadCloser",
                                        "WriteCloser", "ReadWriteCloser", "WriterTo"))}
)  # fmt: skip
_READERS = frozenset({"copy", "string", "append"})


_STATEMENTS = ("statement_list", "func_literal", "call_expression")


class Raw(StrEnum):
    """What is passed on: a descriptor or handle, memory that is read through, a struct that holds
    a descriptor or handle in a field, or what waits for events of a descriptor."""

    NUMBER = "number"
    MEMORY = "memory"
    PART = "part"
    WATCHED = "watched"


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
    if what in (Raw.NUMBER, Raw.PART) and any(
        takes_raw(package, call, place, Raw.PART, depth - 1)
        for call, place in _literals_with(package, function, held, what)
    ):
        return True
    if what is Raw.MEMORY and any(
        reads_memory(package, Place(held.file, use)) for use in held.uses
    ):
        return True
    return what is Raw.NUMBER and is_by_key(package) and any(map(_is_key, held.uses))


def _literals_with(
    package: Package, function: Place, held: Variable, what: Raw
) -> Iterator[tuple[Place, int]]:
    """(call, argument) of the calls that get a struct literal, or a pointer to one, with the
    variable's value, or a raw field of it, in it: ``start(&attr{Files: p.files})``."""
    for use in held.uses:
        inner = outer_parentheses(use)
        outer = inner.parent
        if what is Raw.PART:
            name = outer.field("field") if outer is not None else None
            if name is None or not _is_raw_field(package, function.file.tree.source(name)):
                continue
        literal = next(
            (one for one in use.ancestors() if one.kind in ("composite_literal", *_STATEMENTS)
             and conversion(package, function.of(one)) is None), None,
        )  # fmt: skip
        if literal is None or literal.kind != "composite_literal":
            continue
        top = literal.parent
        value = top if top is not None and top.kind == "unary_expression" else literal
        listed = value.parent
        call = listed.parent if listed is not None else None
        if listed is not None and call is not None and listed.kind == "argument_list":
            yield function.of(call), listed.named_children.index(value)


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
    return variable is not None and any(
        inner == field and place >= 0 and takes_raw(package, call, place, Raw.MEMORY)
        for call, place, inner in calls_with(package, function, variable)
    )


def writes_by(package: Package, function: Place, name: Node | None, field: str) -> bool:
    """Whether a function uses a writer, say, that a field of its receiver, or of a parameter, has:
    ``io.WriteString(l.w, text)``, ``l.w.Write(b)``."""
    variable = package.variable(function.of(name)) if name is not None else None
    return variable is not None and any(
        inner == field and (
            takes_raw(package, call, place, Raw.NUMBER)
            if place >= 0 else receiver_takes_raw(package, call, Raw.NUMBER)
        )
        for call, place, inner in calls_with(package, function, variable)
    )  # fmt: skip


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
