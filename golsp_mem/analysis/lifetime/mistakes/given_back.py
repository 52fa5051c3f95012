"""Which calls give a raw resource back: system calls, and the package's functions around them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import StrEnum

from attrs import frozen

from golsp_mem.analysis.lifetime.mistakes.parts import part_unmapped
from golsp_mem.analysis.lifetime.mistakes.paths import is_set_within
from golsp_mem.analysis.lifetime.reading.callees import callees, parameters, receiver
from golsp_mem.analysis.lifetime.reading.cleanups import pointed_type
from golsp_mem.analysis.lifetime.reading.expressions import Path, conversion, static_type
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.standard import RAW_PACKAGES
from golsp_mem.source.package import Place, arguments_of, callee_of, initial_value, selected
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable, function_node, is_assigned_again

_DEPTH = 4
_OF_C = ("free", "destroy", "delete", "dispose")
_CLOSING = frozenset({"Close", "CloseHandle", "Closesocket", "close"})
_UNMAPPING = frozenset({"Munmap", "UnmapViewOfFile", "munmap", "free"})
_SAME_BLOCK = frozenset({"Slice", "String", "SliceData", "StringData"})
_COPIES = ("string", "[]byte", "[]rune")
NUMBER = "Fd()"


class Kind(StrEnum):
    """``FILE``: the number of an *os.File, whose own Close may be called twice."""

    FILE = "file"
    NUMBER = "number"
    MEMORY = "memory"


@frozen(eq=False)
class Resource:
    """What an expression names: ``path`` below a variable. ``read`` has the byte offset at which
    each variable on the way there is read, the named one's first."""

    variable: Variable
    path: Path
    read: tuple[tuple[Variable, int], ...]

    @property
    def text(self) -> str:
        return ".".join([self.variable.name, *self.path])

    def is_as(self, other: Resource) -> bool:
        """Whether two name the same resource: nothing is set between the readings."""
        if not _is_same(self.variable, other.variable) or self.path != other.path:
            return False
        at = [offset for one, offset in (*self.read, *other.read)
              if _is_same(one, self.variable)]  # fmt: skip
        return not is_set_within(self.variable, self.path, min(at), max(at))

    def is_named_as(self, other: Resource) -> bool:
        """Whether both are written by way of the same variable."""
        return _is_same(self.read[0][0], other.read[0][0])

    def is_set(self, start: int, end: int) -> bool:
        """Whether what names it is set between two byte offsets; the names on the way there are
        set once."""
        return is_set_within(self.variable, self.path, start, end)


@frozen(eq=False)
class Release:
    """A call that gives a resource back whatever happens in it. ``is_cleared``: what names the
    resource is set to something else by the very call; ``given``: the resource as written, or
    what it lies in. ``is_flagged``: a flag tells a second call that it has run."""

    call: Place
    given: Place
    resource: Resource
    kind: Kind
    is_cleared: bool = False
    is_flagged: bool = False

    @property
    def statement(self) -> Node:
        """The call, or all of the statement that defers it, or a literal with it."""
        node = self.call.node
        listed = [node.parent]
        literal = function_node(node)
        if literal is not None and literal.kind == "func_literal" and always_runs(
            self.call, literal
        ):  # fmt: skip
            listed.append(literal.parent.parent if literal.parent is not None else None)
        return next(
            (one for one in listed if one is not None and one.kind == "defer_statement"), node
        )

    @property
    def is_deferred(self) -> bool:
        return self.statement is not self.call.node


def _is_same(one: Variable, other: Variable) -> bool:
    return one.file is other.file and one.declaration.start == other.declaration.start


def resource_of(
    known: Package, expression: Place, *below: str, depth: int = _DEPTH
) -> Resource | None:
    """The variable, and the fields below it, that an expression is of: through slices, addresses
    of elements, conversions that copy nothing, and variables that are set once. The number of a
    file is `NUMBER` below it, or what ``os.NewFile`` made it of."""
    path: list[str] = list(reversed(below))
    node = unparenthesized(expression.node)
    while node.kind != "identifier":
        place = expression.of(node)
        inner: Node | None = None
        if node.kind == "selector_expression" and not _is_package(known, place):
            name = node.field("field")
            inner = node.field("operand")
            path.append(expression.file.tree.source(name) if name is not None else "")
        elif node.kind == "slice_expression":
            inner = node.field("operand")
        elif node.kind == "unary_expression" and place.text.startswith("&"):
            element = unparenthesized(node.field("operand") or node)
            inner = element.field("operand") if element.kind == "index_expression" else None
        elif node.kind in ("call_expression", "type_conversion_expression"):
            inner = _called_on(place, "Fd")
            if inner is not None:
                path.append(NUMBER)
            else:
                got = _got(known, place)
                inner = got[0] if got is not None else _passed_through(known, place)
                path += reversed(got[1] if got is not None else ())
        if inner is None:
            return None
        node = unparenthesized(inner)
    variable = known.variable(expression.of(node))
    if variable is None:
        return None
    whole, own = tuple(reversed(path)), (variable, node.start)
    start = initial_value(variable)
    if depth and start is not None and not is_assigned_again(variable):
        number = made_file_of(start[0]) if whole[:1] == (NUMBER,) else None
        behind = resource_of(known, number or start[0], depth=depth - 1)
        if behind is not None and start[1] == 0:
            rest = whole[1:] if number is not None else whole
            return Resource(behind.variable, (*behind.path, *rest), (own, *behind.read))
    return Resource(variable, whole, (own,))


def made_file_of(call: Place) -> Place | None:
    """The number that ``os.NewFile`` makes a file of."""
    callee = callee_of(call) if call.node.kind == "call_expression" else None
    if callee is None or (callee.package, callee.name) != ("os", "NewFile"):
        return None
    given = arguments_of(call)
    return call.of(given[0]) if given else None


def _got(known: Package, call: Place) -> tuple[Node, Path] | None:
    """X of ``X.Bytes()``, and the path below it, of a method that returns what lies there and does
    nothing else."""
    function = call.node.field("function") if call.node.kind == "call_expression" else None
    operand = function.field("operand") if function is not None else None
    own = callees(known, call) if operand is not None and not arguments_of(call) else ()
    name = receiver(own[0]) if len(own) == 1 else None
    body = own[0].node.field("body") if name is not None else None
    statements = [one for listed in body.named_children for one in listed.named_children
                  ] if body is not None else []  # fmt: skip
    if operand is None or name is None or len(statements) != 1:
        return None
    values = statements[0].named_children
    if statements[0].kind != "return_statement" or len(values) != 1:
        return None
    path: list[str] = []
    node = unparenthesized(values[0].named_children[0] if values[0].named_children else values[0])
    while node.kind in ("selector_expression", "slice_expression"):
        field = node.field("field")
        path += [own[0].file.tree.source(field)] if field is not None else []
        inner = node.field("operand")
        if inner is None:
            return None
        node = unparenthesized(inner)
    is_own = node.kind == "identifier" and own[0].file.tree.source(node) == (
        own[0].file.tree.source(name)
    )
    return (operand, tuple(reversed(path))) if is_own and path else None


def _called_on(call: Place, name: str) -> Node | None:
    """X of ``X.name()``."""
    function = call.node.field("function") if call.node.kind == "call_expression" else None
    if function is None or function.kind != "selector_expression" or arguments_of(call):
        return None
    field = function.field("field")
    is_it = field is not None and call.file.tree.source(field) == name
    return function.field("operand") if is_it else None


def _closed_file(known: Package, call: Place) -> Place | None:
    """f of ``f.Close()`` where that is an *os.File."""
    operand = _called_on(call, "Close")
    if operand is None:
        return None
    place = call.of(unparenthesized(operand))
    return place if is_file(known, place) else None


def is_file(known: Package, expression: Place) -> bool:
    """Whether an expression is an *os.File, as far as the text tells."""
    is_name = expression.node.kind == "identifier"
    variable = known.variable(expression) if is_name else None
    kind = pointed_type(known.syntax, variable) if variable is not None else None
    return kind == "os.File" or static_type(known, expression) == "*os.File"


def _is_package(known: Package, selector: Place) -> bool:
    chosen = selected(selector)
    return chosen is not None and known.variable(selector.of(chosen[0])) is None


def _passed_through(known: Package, call: Place) -> Node | None:
    """What a conversion, or a function of unsafe, gives the same memory of."""
    function, given = call.node.field("function"), arguments_of(call)
    if function is not None and call.file.tree.source(function) in _COPIES:
        return None
    callee = callee_of(call) if call.node.kind == "call_expression" else None
    if callee is not None and callee.package == "unsafe":
        return given[0] if given and callee.name in (*_SAME_BLOCK, "Pointer") else None
    converted = conversion(known, call)
    return converted.node if converted is not None else None


def releases_in(known: Package, function: Place) -> Iterator[Release]:
    """Every call in a function, its literals included, that gives back what its text names."""
    if _releasing_words(known).isdisjoint(_words(known, function)):
        return
    for node in function.node.walk():
        if node.kind == "call_expression" and _may_release(known, function.of(node)):
            yield from releases_of(known, function.of(node))


def _may_release(known: Package, call: Place) -> bool:
    """Whether the last word of what is called is one that may give something back: to ask what it
    is takes a hundred times as long."""
    word = _last_word(call)
    return word is None or word in _releasing_words(known)


def _last_word(call: Place) -> str | None:
    called = call.node.field("function")
    while called is not None and called.kind == "selector_expression":
        called = called.field("field")
    if called is None or not called.kind.endswith("identifier"):
        return None
    return call.file.tree.source(called)


def _releasing_words(known: Package) -> frozenset[str]:
    """The words without one of which no text gives anything back: what is called for that, and
    the names of functions, and of variables that functions are in, whose texts have such a word."""
    return known.once("releasing words", lambda: _found_releasing_words(known))


def _found_releasing_words(known: Package) -> frozenset[str]:
    syntax = known.syntax
    named = [
        (file.tree.source(name), Place(file, one))
        for file in syntax.files
        for one in file.tree.declarations
        if one.kind in ("function_declaration", "method_declaration")
        and (name := one.field("name")) is not None
    ]
    named += [(name, one) for name, listed in syntax.functions_in_variables.items()
              for one in listed]  # fmt: skip
    of_c = {word for _, place in named for word in re.findall(r"\bC\.(\w+)", place.text)}
    first = {word for word in of_c if any(part in word.lower() for part in _OF_C)}
    first |= _CLOSING | _UNMAPPING
    # Many a Close gives nothing back: what calls one counts only if some function does.
    more = {
        name
        for name, place in named
        if not first.isdisjoint(_words(known, place)) and _gives_back(known, place, first)
    }
    found: set[str] = set()
    while more:
        found |= more
        more = {
            name
            for name, place in named
            if name not in found and not found.isdisjoint(_words(known, place))
        }
    return frozenset(first | found)


def _gives_back(known: Package, function: Place, words: Collection[str]) -> bool:
    """Whether a function itself gives something back, by a call whose last word is one of these."""
    calls = (function.of(one) for one in function.node.walk() if one.kind == "call_expression")
    return any(
        kind_of(one) is not None or _closed_file(known, one) is not None
        for one in calls
        if _last_word(one) in words
    )


def _words(known: Package, place: Place) -> frozenset[str]:
    key = ("words", place.file.path, place.node.start)
    return known.once(key, lambda: frozenset(re.findall(r"\w+", place.text)))


def releases_of(known: Package, call: Place, depth: int = _DEPTH) -> Iterator[Release]:
    """What one call gives back."""
    given = arguments_of(call)
    kind = kind_of(call)
    if kind is not None:
        if part_unmapped(known, call) is not None:
            return
        resource = resource_of(known, call.of(given[0])) if given else None
        if resource is not None:
            yield Release(call, call.of(unparenthesized(given[0])), resource, kind)
        return
    file = _closed_file(known, call)
    if file is not None:
        resource = resource_of(known, file, NUMBER)
        if resource is not None:
            yield Release(call, file, resource, Kind.FILE)
        return
    own = callees(known, call) if depth else ()
    if len(own) != 1:
        return
    for one in released_by(known, own[0], depth - 1):
        value = argument_of(call, one.index)
        resource = resource_of(known, value, *one.path) if value is not None else None
        if value is not None and resource is not None:
            yield Release(call, value, resource, one.kind, one.is_cleared, one.is_flagged)


def argument_of(call: Place, index: int) -> Place | None:
    """An argument of a call, -1 being what the method is called on."""
    given = arguments_of(call)
    if index >= 0:
        return call.of(given[index]) if index < len(given) else None
    function = call.node.field("function")
    operand = function.field("operand") if function is not None else None
    return call.of(operand) if operand is not None else None


def kind_of(call: Place) -> Kind | None:
    callee = callee_of(call)
    if callee is None or callee.package not in RAW_PACKAGES:
        return None
    # Which of several arguments C frees its name does not say: `cursor_free(context, cursor)`.
    is_of_c = callee.package == "C" and len(arguments_of(call)) == 1
    if callee.name in _UNMAPPING or (
        is_of_c and any(word in callee.name.lower() for word in _OF_C)
    ):
        return Kind.MEMORY
    return Kind.NUMBER if callee.name in _CLOSING else None


@frozen(eq=False)
class GivenBack:
    """What a function gives back in every call: ``path`` below a parameter, -1 being its receiver.

    ``is_cleared``: the parameter, or what lies below it, is set to something else there;
    ``is_asked``: it may return before, having asked whether there is anything to give back;
    ``is_flagged``: a flag.
    """

    index: int
    path: Path
    kind: Kind
    is_cleared: bool
    is_asked: bool
    is_flagged: bool = False


def released_by(known: Package, function: Place, depth: int = _DEPTH) -> tuple[GivenBack, ...]:
    """What a function gives back in every call. Calls that find it given back already, by a flag
    or by the field itself, count."""
    key = ("released_by", function.file.path, function.node.start, depth)
    return known.once(key, lambda: tuple(_released_by(known, function, depth)))


def _released_by(known: Package, function: Place, depth: int) -> Iterator[GivenBack]:
    if _releasing_words(known).isdisjoint(_words(known, function)):
        return
    names: list[tuple[int, Node]] = [
        (index, one) for index, one in enumerate(parameters(function)) if one is not None
    ]
    own = receiver(function)
    if own is not None:
        names.append((-1, own))
    body = function.node.field("body")
    if not names or body is None:
        return
    for node in function.node.walk():
        place = function.of(node)
        if node.kind != "call_expression" or not _may_release(known, place):
            continue
        if not always_runs(place, function.node):
            continue
        for one in releases_of(known, place, depth):
            variable, path = one.resource.variable, one.resource.path
            index = next((at for at, name in names if variable.declaration.start == name.start),
                         None)  # fmt: skip
            asked = list(_asked_before(place, function.node))
            if index is None or not all(_is_about(call, (variable.name, *path)) for call in asked):
                continue
            yield GivenBack(
                index, path, one.kind,
                one.is_cleared or is_set_within(variable, path, body.start, body.end),
                any(call.text.replace(" ", "") != f"{variable.name}==nil" for call in asked),
                any(call.text.replace(".", "").isidentifier() for call in asked),
            )  # fmt: skip


def always_runs(call: Place, function: Node) -> bool:
    """Whether a call is in no branch, loop or literal of the function."""
    if function_node(call.node) is not function:
        return False
    node = call.node
    while node.parent is not None and node.parent is not function:
        outer = node.parent
        if outer.kind == "if_statement" and node.kind in ("block", "if_statement"):
            return False
        if outer.kind == "binary_expression" and outer.field("left") is not node:
            return False
        if outer.kind in ("for_statement", "go_statement") or outer.kind.endswith("_case"):
            return False
        node = outer
    return True


def _asked_before(call: Place, function: Node) -> Iterator[Place]:
    """The conditions under which the function returns before the call; the return statement
    itself where it stands in no branch."""
    for node in function.walk():
        if node.kind != "return_statement" or node.end > call.node.start:
            continue
        if function_node(node) is not function:
            continue
        branch = next((one for one in node.ancestors() if one.kind == "if_statement"), None)
        condition = branch.field("condition") if branch is not None else None
        yield call.of(condition or node)


def _is_about(condition: Place, whole: tuple[str, ...]) -> bool:
    """Whether a condition asks for the resource, what it lies in, or a flag beside it."""
    text = condition.text.replace(" ", "")
    for count in range(1, len(whole) + 1):
        name = ".".join(whole[:count])
        if text.startswith((f"{name}==", f"{name}<", f"len({name})==")):
            return True
    return text.replace(".", "").isidentifier() and condition.node.kind != "return_statement"
