"""What a finalizer or cleanup runs, and which fields of its object it reads."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from golsp_mem.advice.fixes.candidate import FixContext, declared_around
from golsp_mem.advice.fixes.shape import has_comment, statements_of
from golsp_mem.analysis.lifetime.reading.callees import receiver
from golsp_mem.analysis.lifetime.reading.cleanups import (
    SET_FINALIZER,
    CleanupCall,
    pointed_by,
    pointed_type,
)
from golsp_mem.analysis.lifetime.reading.fields import FieldPath, Fields
from golsp_mem.analysis.lifetime.reading.released import cleanups_of
from golsp_mem.model import Finding
from golsp_mem.source.package import Place, named, parameters_of
from golsp_mem.source.parts.functions import receiver_type
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, is_target, variable_at

# To copy more of a named function than this is worse than what is mended.
_MOST_STATEMENTS = 3
_BASIC = frozenset(
    {
        *("int", "int8", "int16", "int32", "int64", "uintptr", "byte", "rune", "bool", "string"),
        *("uint", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "unsafe.Pointer"),
        *("syscall.Handle", "windows.Handle", "time.Duration"),
    }
)
_CONSTANTS = ("nil", "true", "false", "int_literal", "interpreted_string_literal")
_DEPTH = 4


@frozen
class Read:
    """A selector in the code that runs, and the fields below the object that it names."""

    node: Node
    path: FieldPath


@frozen(eq=False)
class Cleaned:
    """A call with what it runs. ``home`` is the literal or declared function whose body runs,
    ``reads`` what of the object is read there, ``variable`` the object where it is set."""

    call: CleanupCall
    home: Place
    variable: Variable
    kind: str
    reads: tuple[Read, ...]

    @property
    def file(self) -> GoFile:
        return self.call.place.file

    @property
    def is_literal(self) -> bool:
        return self.home.node.kind == "func_literal"

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """Each path below the object once, in the order of the code."""
        return tuple(dict.fromkeys(one.path for one in self.reads))


def call_at(context: FixContext, file: GoFile, finding: Finding) -> CleanupCall | None:
    """The call of SetFinalizer or AddCleanup that a finding is of, or in."""
    start, end = file.tree.bounds(finding.span)
    found = [
        one
        for one in cleanups_of(context.package).calls
        if one.place.file is file
        and one.forwards is None
        and not one.removes
        and one.place.node.start <= start
        and end <= one.place.node.end
    ]
    return min(found, key=lambda one: one.place.node.end - one.place.node.start, default=None)


def cleaned(context: FixContext, call: CleanupCall) -> Cleaned | None:
    """None where the object is used otherwise than by reading its fields, or nothing is known of
    its type."""
    file = call.place.file
    variable = variable_at(file, call.value) if call.value.kind == "identifier" else None
    home = _home(context, call)
    if variable is None or home is None:
        return None
    package = context.package
    kind = pointed_type(package, variable) or call.type
    if kind is None or kind not in package.members:
        return None
    bases: dict[int, FieldPath] = dict.fromkeys(_captured(home, variable), ())
    given = _given(call, home, variable)
    if given is not None:
        bases.update(dict.fromkeys(_uses_of(home, given[1]), given[0]))
    reads = _reads(context, kind, home, bases)
    return Cleaned(call, home, variable, kind, reads) if reads is not None else None


def _home(context: FixContext, call: CleanupCall) -> Place | None:
    """The literal; a declared function or method of the same file that may be written in its
    place."""
    file = call.place.file
    if call.function.kind == "func_literal":
        return call.place.of(call.function)
    function = call.place.of(call.function)
    callee = named(function)
    found = None
    if callee is not None and not callee.package:
        found = context.package.functions.get(callee.name)
    elif callee is None and call.function.kind == "selector_expression":
        operand, name = call.function.field("operand"), call.function.field("field")
        if operand is None or name is None:
            return None
        kind = (
            _object_type(context, call) if operand.kind == "identifier" else _starred(file, operand)
        )
        found = context.package.functions.get(f"{kind}.{file.tree.source(name)}")
    if found is None or found.file is not file or not _may_be_written_again(found, call.place.node):
        return None
    return found


def _object_type(context: FixContext, call: CleanupCall) -> str | None:
    variable = variable_at(call.place.file, call.value)
    known = pointed_type(context.package, variable) if variable is not None else None
    return known or pointed_by(context.package, call.place.of(call.value)) or call.type


def _starred(file: GoFile, operand: Node) -> str:
    """``T`` of ``(*T)``."""
    return file.tree.source(unparenthesized(operand)).removeprefix("*").strip()


def _may_be_written_again(function: Place, place: Node) -> bool:
    """Whether the body means the same where the call stands: few statements, nothing but names of
    the file, none of which means something else there."""
    body = function.node.field("body")
    if body is None or has_comment(function.file, body) or function.node.field("type_parameters"):
        return False
    statements = statements_of(body)
    if not 0 < len(statements) <= _MOST_STATEMENTS:
        return False
    if any(one.kind == "func_literal" or one.kind.startswith("label") for one in body.walk()):
        return False
    around = declared_around(function.file, place)
    own = declared_around(function.file, body)
    return not any(
        name in around and name not in own
        for one in body.walk()
        if one.kind in ("identifier", "type_identifier", "package_identifier")
        for name in [function.file.tree.source(one)]
    )


def _captured(home: Place, variable: Variable) -> set[int]:
    if home.node.kind != "func_literal":
        return set()
    return {use.start for use in variable.uses if home.node.start <= use.start < home.node.end}


def _given(call: CleanupCall, home: Place, variable: Variable) -> tuple[FieldPath, Node] | None:
    """The parameter or receiver by which the function gets the object, or a part of it: the path
    below the object, and where its name is declared."""
    name = receiver(home) if home.node.kind == "method_declaration" else _parameter(home)
    operand = call.function.field("operand")
    if name is not None and operand is not None and operand.kind == "identifier":
        return (), name  # h.free
    if name is None:
        return None
    if call.kind == SET_FINALIZER:
        return (), name
    argument = call.argument
    path = _below(call.place.of(argument), variable) if argument is not None else None
    return (path, name) if path is not None else None


def _parameter(home: Place) -> Node | None:
    """The name of the first parameter, where it has one."""
    listed = home.node.field("parameters")
    first = next(iter(listed.named_children), None) if listed is not None else None
    return next(iter(first.fields("name")), None) if first is not None else None


def _below(argument: Place, variable: Variable) -> FieldPath | None:
    """The fields below the object that an argument is, or points to."""
    node = argument.node
    pointed = node.kind == "unary_expression" and node.token("&") is not None
    operand = node.field("operand") if pointed else None
    node = unparenthesized(operand) if operand is not None else node
    names: list[str] = []
    while node.kind == "selector_expression":
        inner, name = node.field("operand"), node.field("field")
        if inner is None or name is None:
            return None
        names.append(argument.file.tree.source(name))
        node = unparenthesized(inner)
    if not any(use.start == node.start for use in variable.uses) or (names and not pointed):
        return None
    return tuple(reversed(names))


def _uses_of(home: Place, name: Node) -> set[int]:
    variable = variable_at(home.file, name)
    if variable is None:
        return set()
    return {use.start for use in variable.uses if use.start != variable.declaration.start}


def _reads(
    context: FixContext, kind: str, home: Place, bases: Mapping[int, FieldPath]
) -> tuple[Read, ...] | None:
    """What is read of the object in the body, by uses of names for it or a part of it; None where
    anything else is done with it."""
    body = home.node.field("body")
    fields = Fields(context.package)
    found: list[Read] = []
    for node in body.walk() if body is not None else ():
        if node.kind != "identifier" or node.start not in bases:
            continue
        chain = _chain(home.file, node, bases[node.start])
        while chain and fields.walk(kind, chain[-1].path) is None:
            chain.pop()
        if not chain or is_target(node) or not _is_value(chain[-1].node):
            return None
        found.append(chain[-1])
    return tuple(found)


def _chain(file: GoFile, base: Node, below: FieldPath) -> list[Read]:
    """The selectors that begin with the identifier, the longest last."""
    found: list[Read] = []
    node, names = base, below
    while True:
        outer = node.parent
        name = outer.field("field") if outer is not None else None
        if outer is None or name is None or outer.kind != "selector_expression":
            return found
        if outer.field("operand") is not node:
            return found
        names = (*names, file.tree.source(name))
        found.append(Read(outer, names))
        node = outer


def _is_value(node: Node) -> bool:
    """Whether what is selected is only read: not sliced, which would take the address of an array,
    and no function that is called."""
    outer = outer_parentheses(node)
    parent = outer.parent
    if parent is None or parent.kind == "slice_expression":
        return False
    return parent.kind != "call_expression" or parent.field("function") is not outer


def is_plain(context: FixContext, written: str, depth: int = _DEPTH) -> bool:
    """Whether a value of the type leads back to no object of the package: a number, a string, an
    address, or a pointer to what another package declares."""
    if written in _BASIC:
        return True
    if written.startswith("*") and "." in written and written[1:].replace(".", "").isidentifier():
        return True
    below = context.package.types.get(written)
    if below is None or depth == 0 or _may_set_itself(context, written):
        return False
    return is_plain(context, below, depth - 1)


def _may_set_itself(context: FixContext, kind: str) -> bool:
    """Whether a method of the type has a pointer to its value."""
    for key, method in context.package.functions.items():
        if key.rpartition(".")[0] == kind:
            found = receiver_type(method.file.tree, method.node)
            if found is None or found[0].startswith("*"):
                return True
    return False


def is_dummy(one: Cleaned) -> bool:
    """Whether the cleanup gets nothing that it uses: a constant, for a parameter without use."""
    argument, listed = one.call.argument, parameters_of(one.home)
    if argument is None or len(listed) != 1 or not one.is_literal:
        return False
    name = _parameter(one.home)
    used = name is not None and bool(_uses_of(one.home, name))
    text = one.file.tree.source(argument)
    return not used and (argument.kind in _CONSTANTS or text == "struct{}{}")
