"""What SetFinalizer refuses: it ends the program (runtime/mfinal.go, SetFinalizer, Go 1.21 to
1.27), and neither the compiler nor go vet says so."""

from __future__ import annotations

from collections.abc import Sequence

from golsp_mem.analysis.lifetime.reading.callees import methods
from golsp_mem.analysis.lifetime.reading.cleanups import (
    SET_FINALIZER,
    CleanupCall,
    literal_of_pointer,
    pointed_type,
)
from golsp_mem.analysis.lifetime.reading.expressions import static_type, variable_type
from golsp_mem.analysis.lifetime.reading.fields import element_of
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.source.package import Place, callee_of, initial_value, parameters_of
from golsp_mem.source.parts.functions import receiver_type
from golsp_mem.source.parts.tree import unparenthesized
from golsp_mem.source.variables import Variable, is_assigned_again

_POINTERS = ("*", "[]", "map[", "chan ", "func", "interface")
_WITH_POINTERS = ("string", "any", "error")
_DEPTH = 4


def why_refused(known: Package, call: CleanupCall) -> str | None:
    """Why the runtime ends the program at the call; None where it does not, or may not."""
    if call.kind != SET_FINALIZER or call.removes or call.forwards is not None:
        return None
    name = " ".join(call.place.of(call.value).text.split())
    if _is_inside(known, call.place.of(call.value)):
        return f"{name} is not the beginning of what was allocated"
    own = _own_type(known, call.place.of(call.value))
    if own is not None and not own.startswith("*"):
        return f"{name} is a {own}, no pointer"
    return _why_of_function(known, call, name, own)


def _why_of_function(known: Package, call: CleanupCall, name: str, own: str | None) -> str | None:
    taken = _taken(known, call.run)
    if taken is None:
        return None
    if len(taken) != 1:
        return f"its function takes {len(taken) or 'no'} parameters, not {name} alone"
    kind = known.syntax.aliases.get(taken[0].lstrip("*"), taken[0].lstrip("*"))
    wanted = (own or "").removeprefix("*")
    if kind not in known.syntax.structs or wanted not in known.syntax.structs:
        return None
    written = "*" * taken[0].count("*") + kind
    return None if written == own else f"its function takes a {taken[0]}, and {name} is a {own}"


def _taken(known: Package, function: Place) -> tuple[str, ...] | None:
    """The types of the parameters of what is called as the finalizer."""
    node = function.node
    if node.kind == "func_literal":
        return _types(function)
    if node.kind == "identifier":
        found = known.syntax.functions.get(function.text)
        is_local = known.variable(function) is not None
        return _types(found) if found is not None and not is_local else None
    operand, name = node.field("operand"), node.field("field")
    if node.kind != "selector_expression" or operand is None or name is None:
        return None
    if callee_of(function) is not None:
        return None
    inner, method = unparenthesized(operand), function.file.tree.source(name)
    written = function.of(inner).text
    if written.lstrip("*") in known.syntax.structs:
        own = known.syntax.functions.get(f"{written.lstrip('*')}.{method}")
        return (written, *(_types(own) or ())) if own is not None else None
    variable = known.variable(function.of(inner)) if inner.kind == "identifier" else None
    if variable is None or static_type(known, function.of(inner)) is None:
        return None
    bound = methods(known, function.of(inner), method)
    return _types(bound[0]) if len(bound) == 1 else None


def _types(function: Place) -> tuple[str, ...] | None:
    """None where one is variadic or a type parameter."""
    found = receiver_type(function.file.tree, function.node)
    if function.node.field("type_parameters") is not None or (found and "[" in found[0]):
        return None
    types = tuple(written for _, written in parameters_of(function))
    return None if any("..." in one for one in types) else types


def _own_type(known: Package, value: Place) -> str | None:
    """The type of the object as given, where the text tells."""
    literal = literal_of_pointer(value)
    kind = literal.field("type") if literal is not None else None
    if kind is not None:
        return _known(known, f"*{value.of(kind).text}")
    variable = known.variable(value) if value.node.kind == "identifier" else None
    if variable is None:
        return None
    pointed = pointed_type(known.syntax, variable)
    if pointed is not None:
        return _known(known, f"*{pointed}")
    written = variable_type(known, variable) or ""
    return _known(known, written) if written in known.syntax.structs else None


def _known(known: Package, written: str) -> str | None:
    """A pointer to a struct type of the package, or one, not by another name and not generic."""
    name = written.removeprefix("*")
    kind = known.syntax.aliases.get(name, name)
    is_generic = bool(known.syntax.type_parameters.get(kind))
    return written[: -len(name)] + kind if kind in known.syntax.structs and not is_generic else None


def _is_inside(known: Package, value: Place) -> bool:
    """Whether ``&o.field``, ``&list[1]`` surely lies behind the beginning of a block of the heap:
    what was made in the function, and has pointers or is too large for a block that is shared."""
    node = value.node
    operand = node.field("operand") if node.kind == "unary_expression" else None
    if operand is None or node.token("&") is None:
        return False
    inner = unparenthesized(operand)
    if inner.kind == "index_expression":
        return _is_later_element(known, value.of(inner))
    chain: list[str] = []
    while inner.kind == "selector_expression":
        name, outer = inner.field("field"), inner.field("operand")
        if name is None or outer is None:
            return False
        chain.insert(0, value.file.tree.source(name))
        inner = unparenthesized(outer)
    variable = known.variable(value.of(inner)) if inner.kind == "identifier" else None
    kind = _made(known, variable) if variable is not None else None
    return bool(chain) and kind is not None and _is_later_field(known, kind, chain)


def _made(known: Package, variable: Variable) -> str | None:
    """The struct type of what a variable of the function itself holds, or points to."""
    if role_of(variable) is not None or is_assigned_again(variable):
        return None
    start = initial_value(variable)
    if start is not None and literal_of_pointer(start[0]) is not None:
        kind = pointed_type(known.syntax, variable)
        return kind if kind in known.syntax.structs else None
    written = variable_type(known, variable)
    is_made = start is None or start[0].node.kind == "composite_literal"
    return written if is_made and written in known.syntax.structs else None


def _is_later_field(known: Package, kind: str, chain: Sequence[str]) -> bool:
    is_later = False
    for name in chain:
        members = known.syntax.members.get(kind, ())
        kinds = known.syntax.structs.get(kind, {})
        if name not in members or name not in kinds or known.syntax.type_parameters.get(kind):
            return False
        before = members[: members.index(name)]
        is_later |= any(_has_pointers(known, kinds.get(one, "")) or kinds.get(one) == "int"
                        for one in before)  # fmt: skip
        kind = kinds[name]
    return is_later and _has_pointers(known, kind)


def _is_later_element(known: Package, element: Place) -> bool:
    operand, index = element.node.field("operand"), element.node.field("index")
    if operand is None or index is None or operand.kind != "identifier":
        return False
    variable = known.variable(element.of(operand))
    start = initial_value(variable) if variable is not None else None
    if variable is None or start is None or is_assigned_again(variable):
        return False
    callee = callee_of(start[0]) if start[0].node.kind == "call_expression" else None
    is_made = start[0].node.kind == "composite_literal" or (
        callee is not None and (callee.package, callee.name) == ("", "make")
    )
    number = element.file.tree.source(index)
    kind = element_of(variable_type(known, variable) or "")
    is_behind = index.kind == "int_literal" and number.isdecimal() and int(number) > 0
    return is_made and is_behind and kind is not None and _has_pointers(known, kind)


def _has_pointers(known: Package, written: str, depth: int = _DEPTH) -> bool:
    """Whether values of a type surely hold a pointer."""
    if written in known.syntax.types:
        inner = known.syntax.structs.get(written, {}).values()
        return depth > 0 and any(_has_pointers(known, one, depth - 1) for one in inner)
    return written.startswith(_POINTERS) or written in _WITH_POINTERS
