"""What is used, or given back once more, after it was given back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve, frozen

from golsp_mem.analysis.lifetime.mistakes.given_back import (
    NUMBER,
    Kind,
    Release,
    Resource,
    is_file,
    made_file_of,
    releases_in,
    resource_of,
)
from golsp_mem.analysis.lifetime.mistakes.paths import comes_round, has_run
from golsp_mem.analysis.lifetime.reading.expressions import conversion, static_type
from golsp_mem.analysis.lifetime.reading.memory import reads_memory
from golsp_mem.analysis.lifetime.reading.package import Package, function_of
from golsp_mem.analysis.lifetime.reading.raw.surroundings import is_called
from golsp_mem.analysis.lifetime.reading.standard import RAW_PACKAGES
from golsp_mem.analysis.lifetime.reading.using import Raw, takes_raw
from golsp_mem.model import Allocates, Code, Finding, Step
from golsp_mem.source.package import Place, arguments_of, callee_of, method_call
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.variables import Variable, function_node

_VALUES = ("identifier", "selector_expression")
_FUNCTIONS = ("function_declaration", "method_declaration", "var_declaration")
# They are given a number that is to become a descriptor.
_TARGETS = ("Dup2", "Dup3")
_UNUSING = ("Close", "Name", "Fd")


def used_after(import_path: str, known: Package) -> Iterator[Finding]:
    """Descriptors, handles and memory that the text uses, returns or releases although it has
    given them back, and numbers that two owners close."""
    imported = {one.path for file in known.syntax.files for one in file.imports}
    if not imported & {*RAW_PACKAGES, "os"}:
        return
    for file in known.syntax.files:
        for declaration in file.tree.declarations:
            if declaration.kind not in _FUNCTIONS:
                continue
            place = Place(file, declaration)
            listed = list(releases_in(known, place))
            owners = list(_owners_in(known, place))
            if listed or owners:
                yield from _Function(import_path, known, place, listed, owners).findings()


@frozen(eq=False)
class _Fault:
    """A use or release of what the call at the byte offset ``by`` has released or owns; ``then`` is
    the call of a second release or owner."""

    by: int
    place: Place
    message: str
    step: Step
    then: int | None = None


class _Function:
    """One declaration with what it gives back, and what it makes files of."""

    def __init__(
        self, import_path: str, known: Package, declaration: Place,
        releases: list[Release], owners: list[Release],
    ) -> None:  # fmt: skip
        self._import_path = import_path
        self._known = known
        self._declaration = declaration
        self._releases = releases
        self._owners = owners

    def findings(self) -> Iterator[Finding]:
        told: set[int] = set()
        for first, *others in _by_fault(self._found()):
            told.update(one.place.node.start for one in (first, *others))
            more = (Step(f"and {one.message}", one.place.span.start) for one in others)
            yield self._finding(first.place, first.message, first.step, *more)
        for made in self._owners:
            used = self._shared(made)
            if used is not None and not told & {made.given.node.start, used.node.start}:
                step = Step(f"{used.text}, which closes it too, is used here", used.span.start)
                found = self._finding(made.given, _two_owners(made), step)
                condition = "unless one of the two is never closed nor collected"
                yield evolve(found, allocates=Allocates.CONDITIONAL, condition=condition)

    def _found(self) -> Iterator[_Fault]:
        for release in self._releases:
            name = " ".join(release.call.text.split())
            at = Step(f"{name} releases it here", release.call.span.start)
            for place in self._uses(release):
                text = " ".join(place.text.split())
                if _is_returned(place) and release.is_deferred:
                    message = f"{text} is returned, and the deferred {name} has released it by then"
                else:
                    message = f"{text} is used after {name} has released it"
                yield _Fault(release.call.node.start, place, message, at)
        for first in self._releases:
            for second in self._releases:
                if self._is_second(first, second):
                    name = " ".join(first.call.text.split())
                    yield _Fault(
                        first.call.node.start,
                        second.given,
                        f"{second.given.text} is released twice, by {name} too",
                        Step(f"{name} releases it, too", first.call.span.start),
                        second.call.node.start,
                    )
        yield from self._owned()

    def _owned(self) -> Iterator[_Fault]:
        for first in self._owners:
            step = Step("this file owns it, and closes it", first.call.span.start)
            for second in self._owners:
                if has_run(first.call.node, second.call) and _is_unchanged(first, second):
                    yield _Fault(
                        first.call.node.start, second.given, _two_owners(second), step,
                        second.call.node.start,
                    )  # fmt: skip
            for other in self._releases:
                if self._is_other_owner(first, other) and not _is_without_file(other, first):
                    yield _Fault(
                        first.call.node.start, other.given, _not_its_own(other), step,
                        other.call.node.start,
                    )  # fmt: skip

    def _shared(self, made: Release) -> Place | None:
        """Where a file is used when another one has been made of its number."""
        if made.resource.path[-1:] != (NUMBER,):
            return None
        body = function_node(made.call.node)
        for node in body.walk() if body is not None else ():
            place = self._declaration.of(node)
            callee = callee_of(place) if node.kind == "call_expression" else None
            if node.kind != "call_expression" or (callee and callee.package == "runtime"):
                continue
            for used, resource in _file_used(self._known, place):
                is_it = resource.read[0][0].declaration.start == (
                    made.resource.variable.declaration.start
                )
                if is_it and has_run(made.call.node, place) and resource.is_as(made.resource):
                    return used
        return None

    def _uses(self, release: Release) -> Iterator[Place]:
        body = function_node(release.statement)
        for node in body.walk() if body is not None else ():
            place = self._declaration.of(node)
            if node.kind == "return_statement" and release.is_deferred:
                yield from self._returned(release, place)
            elif not release.is_deferred:
                for used, resource in _used_at(self._known, place, release.kind):
                    if self._is_gone(release, used, resource):
                        yield used

    def _returned(self, release: Release, statement: Place) -> Iterator[Place]:
        if not has_run(release.statement, statement) or _is_set_later(release):
            return
        for listed in statement.node.named_children:
            for value in listed.named_children:
                resource = resource_of(self._known, statement.of(value))
                if resource is not None and resource.is_as(release.resource):
                    yield statement.of(value)

    def _is_gone(self, release: Release, used: Place, resource: Resource) -> bool:
        if not resource.is_as(release.resource) or _is_own_file(release, resource):
            return False
        if has_run(release.call.node, used):
            return not _may_be_new(release, resource) and not self._is_renewed(release, used)
        loop = comes_round(release.call.node, used)
        return (
            loop is not None
            and not any(one.declaration.start >= loop.start for one, _ in resource.read)
            and not resource.is_set(loop.start, loop.end)
            and not _is_passed(resource, loop.start, loop.end, release)
        )

    def _is_renewed(self, release: Release, used: Place) -> bool:
        """Whether a Dup2 between a Close and a use makes the number a descriptor again."""
        for node in self._declaration.node.walk():
            place = self._declaration.of(node)
            callee = callee_of(place) if node.kind == "call_expression" else None
            if callee is None or callee.name not in _TARGETS or len(arguments_of(place)) < 2:
                continue
            target = resource_of(self._known, place.of(arguments_of(place)[1]))
            is_between = release.call.node.end <= node.start < used.node.start
            if is_between and target is not None and target.is_as(release.resource):
                return True
        return False

    def _is_second(self, first: Release, second: Release) -> bool:
        """Whether a resource is released by both, the first being before or deferred before."""
        if first.call.node is second.call.node:
            return False
        if Kind.MEMORY in (first.kind, second.kind) and first.kind is not second.kind:
            return False
        if first.is_cleared or second.is_cleared or _is_same_file(first, second):
            return False
        if first.is_flagged and second.is_flagged:
            return False
        if _is_set_later(first) or _is_set_later(second):
            return False
        place = second.call.of(second.statement)
        return has_run(first.statement, place) and _is_unchanged(first, second)

    def _is_other_owner(self, made: Release, release: Release) -> bool:
        """Whether what closes the number is not the file that was made of it."""
        own = _file_of(made)
        closed = release.resource.read[0][0]
        if release.kind is Kind.FILE and own is not None and (
            own.start == closed.declaration.start
        ):  # fmt: skip
            return False
        return self._is_second(made, release)

    def _finding(self, place: Place, message: str, *steps: Step) -> Finding:
        function = function_of(place.file, place.node)
        name = function.name if function is not None else ""
        return Finding(
            code=Code.KEEPALIVE_MISSING,
            span=place.span,
            package=self._import_path,
            function=f"{self._import_path}.{name}" if name else self._import_path,
            message=message,
            allocates=Allocates.ALWAYS,
            reason=steps,
        )


def _by_fault(found: Iterable[_Fault]) -> Iterator[list[_Fault]]:
    """What comes of one release, or of what that made a second one, in source order; each place
    once."""
    groups: list[tuple[set[int], dict[int, _Fault]]] = []
    for one in found:
        calls = {one.by} if one.then is None else {one.by, one.then}
        same = [group for group in groups if group[0] & calls]
        places = {one.place.node.start: one}
        for group in reversed(same):
            groups.remove(group)
            calls |= group[0]
            places = {**places, **group[1]}
        groups.append((calls, places))
    for _, places in groups:
        yield [places[start] for start in sorted(places)]


def _is_set_later(release: Release) -> bool:
    """Whether a deferred literal may find another value than there was when it was deferred."""
    statement = release.statement
    around = function_node(statement)
    if statement is release.call.node or around is None:
        return False
    if function_node(release.call.node) is around:
        return False  # the arguments are worked out at the defer statement
    return release.resource.is_set(statement.end, around.end)


def _is_own_file(release: Release, resource: Resource) -> bool:
    """Whether a file is used behind its own Close: it knows that, and says so."""
    return release.kind is Kind.FILE and resource.is_named_as(release.resource)


def _is_same_file(first: Release, second: Release) -> bool:
    """Whether both close one file, or one of them is what os.NewFile made the other's file: a file
    is closed only once."""
    return first.kind is second.kind is Kind.FILE and first.resource.is_named_as(second.resource)


def _is_unchanged(first: Release, second: Release) -> bool:
    return second.resource.is_as(first.resource) and not _may_be_new(first, second.resource)


def _may_be_new(release: Release, resource: Resource) -> bool:
    """Whether what names the resource may be another one at the use than at the release."""
    begin = release.call.node.end
    is_field = any(name != NUMBER for name in resource.path)
    behind = [(one, at) for one, at in resource.read if at > begin]
    if is_field and release.is_cleared and any(_is_root(one, resource) for one, _ in behind):
        return True  # a name that was read before the call is of the old one still
    if behind and resource.is_set(_begin(release), max(at for _, at in behind)):
        return True
    return is_field and any(
        _is_root(one, resource) and _is_passed(resource, begin, at, release) for one, at in behind
    )


def _begin(release: Release) -> int:
    """From where on what names the resource may be set: ``p = C.destroy(p)`` sets it behind."""
    for outer in release.call.node.ancestors():
        if outer.kind == "assignment_statement":
            return outer.start - 1
        if outer.kind in ("statement_list", "func_literal"):
            break
    return release.call.node.end


def _is_root(one: Variable, resource: Resource) -> bool:
    return one.declaration.start == resource.variable.declaration.start


def _is_passed(resource: Resource, start: int, end: int, release: Release) -> bool:
    """Whether a call between two byte offsets gets what the resource lies in: it may set it."""
    for use in resource.variable.uses:
        if not start <= use.start < end or _is_inside(release.call.node, use):
            continue
        node, rest = use, list(resource.path)
        while node.parent is not None and node.parent.kind == "selector_expression":
            name = node.parent.field("field")
            text = resource.variable.file.tree.source(name) if name is not None else ""
            if is_called(node.parent) and rest:
                return True  # a method of what it lies in
            if not rest or rest.pop(0) != text:
                rest = []
                break
            node = node.parent
        outer = node.parent
        if rest and outer is not None and (
            outer.kind == "argument_list"
            or (outer.kind == "unary_expression" and outer.token("&") is not None)
        ):  # fmt: skip
            return True
    return False


def _is_inside(outer: Node, node: Node) -> bool:
    return outer.start <= node.start < outer.end


def _is_returned(place: Place) -> bool:
    outer = place.node.parent
    while outer is not None and outer.kind == "expression_list":
        outer = outer.parent
    return outer is not None and outer.kind == "return_statement"


def _used_at(known: Package, place: Place, kind: Kind) -> Iterator[tuple[Place, Resource]]:
    node = place.node
    if node.kind == "call_expression" and conversion(known, place) is None:
        callee = callee_of(place)
        if callee is not None and (callee.package == "runtime" or callee.name in _TARGETS):
            return
        what = Raw.MEMORY if kind is Kind.MEMORY else Raw.NUMBER
        for index, argument in enumerate(arguments_of(place)):
            resource = resource_of(known, place.of(argument))
            if resource is not None and takes_raw(known, place, index, what):
                yield place.of(argument), resource
        yield from _file_used(known, place)
    elif kind is Kind.MEMORY and node.kind in _VALUES and reads_memory(known, place):
        if (node.parent is not None and is_called(node.parent)) or _is_header(known, place):
            return
        resource = resource_of(known, place)
        if resource is not None:
            yield place, resource


def _is_header(known: Package, place: Place) -> bool:
    """Whether ``*m`` is only a slice that m points to, not the memory behind it."""
    outer = place.node.parent
    if outer is None or outer.kind != "unary_expression":
        return False
    written = (static_type(known, place) or "").removeprefix("*")
    return known.syntax.types.get(written, written).startswith("[]")


def _file_used(known: Package, call: Place) -> Iterator[tuple[Place, Resource]]:
    """f of ``f.Write(b)`` or ``send(f)``, a file that shares the number with another one."""
    chosen = method_call(call)
    given = [call.of(one) for one in arguments_of(call) if one.kind == "identifier"]
    if chosen is not None and chosen[1] not in _UNUSING:
        given.append(call.of(chosen[0]))
    for place in given:
        resource = resource_of(known, place, NUMBER) if is_file(known, place) else None
        if resource is not None:
            yield place, resource


def _owners_in(known: Package, declaration: Place) -> Iterator[Release]:
    """Numbers that ``os.NewFile`` makes a file of, which closes them."""
    if "NewFile" not in declaration.text:
        return
    for node in declaration.node.walk():
        if node.kind != "call_expression":
            continue
        place = declaration.of(node)
        given = made_file_of(place)
        resource = resource_of(known, given) if given is not None else None
        if given is not None and resource is not None:
            yield Release(place, given, resource, Kind.NUMBER)


def _file_of(made: Release) -> Node | None:
    """The name that gets the file that os.NewFile makes."""
    listed = made.call.node.parent
    statement = listed.parent if listed is not None else None
    left = statement.field("left") if statement is not None else None
    return left.named_children[0] if left is not None else None


def _two_owners(second: Release) -> str:
    return (
        f"{second.given.text} gets a second owner here: both files will close it; give os.NewFile "
        "a duplicate"
    )


def _not_its_own(release: Release) -> str:
    # A file may itself be what os.NewFile made.
    other = "another file of its descriptor" if release.kind is Kind.FILE else "the file"
    made = "made" if release.kind is Kind.FILE else "made of it"
    return (
        f"{release.given.text} is closed here and by {other} that os.NewFile {made}: close "
        "one of them, or give os.NewFile a duplicate"
    )


def _is_without_file(release: Release, owner: Release) -> bool:
    """Whether the number is closed where os.NewFile made no file of it: ``if f == nil``."""
    outer: Node
    for outer in release.call.node.ancestors():
        condition = outer.field("condition") if outer.kind == "if_statement" else None
        if condition is not None and "nil" in release.call.of(condition).text:
            return owner.call.node.end <= outer.start
    return False
