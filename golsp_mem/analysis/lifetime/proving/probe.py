"""Texts on trial: KeepAlive behind every use at once, and what is live then that was not.

All edits stay on their line, so that a place moves by what was inserted before it there. The
sets that are live are compared, not the names: what a struct or slice holds shows as
``.autotmp_16`` or ``wHandle``.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path as FilePath

from attrs import evolve, frozen

from golsp_mem.analysis.lifetime.reading.package import function_of
from golsp_mem.compiler.text.liveness import LiveKind, Liveness, variable_of
from golsp_mem.source.package import Place, callee_of, imported, results_of
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.positions import anchor
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import function_node

# A function that does nothing needs no import, which would be another build.
_KEEP = "golspmemkeep"
_SAVED = "golspmemsaved"
_RESULT = "golspmemresult"
_SWITCHES = ("expression_switch_statement", "type_switch_statement", "select_statement")
_BRANCHES = ("if_statement", "for_statement")
_CASES = ("expression_case", "type_case", "default_case", "communication_case")


class Answer(StrEnum):
    """What the trial says of a value at a use."""

    DEAD = "dead"
    LIVE = "live"
    UNKNOWN = "unknown"


@frozen(eq=False)
class Request:
    """Is ``kept``, an expression in scope at ``site``, dead between ``start`` and the site?

    ``name`` is the variable that it starts with. ``saved``: the variable is out of scope or has
    another value at the site; the expression is saved before the statement around ``saved``.
    ``declared``: where the variable is, as a byte offset. ``inlined``: a function that is called
    at the site, and that keeps the value where it is not inlined there.
    """

    site: Place
    start: int
    kept: str
    name: str
    saved: Node | None = None
    declared: int = 0
    inlined: str = ""

    @property
    def key(self) -> tuple[str, int, int, str]:
        return (self.site.file.path, self.start, self.site.node.start, self.kept)

    @property
    def group(self) -> tuple[str, int]:
        """The declaration within which requests may disturb each other."""
        top = self.site.file.tree.top_level(self.site.node.start)
        return self.site.file.path, top.start if top is not None else 0


@frozen
class _Edit:
    """Replace bytes; ``copied`` says that the new text holds those bytes at an offset."""

    start: int
    end: int
    text: bytes
    copied: tuple[int, int, int] | None = None


@frozen(eq=False)
class Probe:
    """Edited texts, and where each place of the old text is in them."""

    requests: tuple[Request, ...]
    overlay: Mapping[FilePath, bytes]
    edits: Mapping[str, tuple[_Edit, ...]]

    def moved(self, file: GoFile, offset: int) -> tuple[int, int]:
        """Line and column of a byte of the old text in the new one."""
        shift = 0
        edits = self.edits.get(file.path, ())
        for one in edits:
            if one.copied is not None and one.copied[0] <= offset < one.copied[1]:
                place = one.start + shift + one.copied[2] + offset - one.copied[0]
                return self._place(file, place)
            if one.end <= offset or one.start == one.end == offset:
                shift += len(one.text) - (one.end - one.start)
        return self._place(file, offset + shift)

    def _place(self, file: GoFile, offset: int) -> tuple[int, int]:
        text = self.overlay.get(FilePath(file.path), file.text)
        head = text[:offset]
        return head.count(b"\n") + 1, offset - head.rfind(b"\n")


def probe(requests: Sequence[Request]) -> Probe:
    """The texts in which every request keeps its expression until behind its site."""
    by_file: dict[str, list[tuple[int, Request]]] = defaultdict(list)
    files: dict[str, GoFile] = {}
    for number, one in enumerate(requests):
        by_file[one.site.file.path].append((number, one))
        files[one.site.file.path] = one.site.file
    overlay: dict[FilePath, bytes] = {}
    all_edits: dict[str, tuple[_Edit, ...]] = {}
    for path, wanted in by_file.items():
        file = files[path]
        edits = _edits(file, wanted)
        text = file.text
        for edit in reversed(edits):
            text = text[: edit.start] + edit.text + text[edit.end :]
        overlay[FilePath(path)] = text
        all_edits[path] = edits
    return Probe(tuple(requests), overlay, all_edits)


def _edits(file: GoFile, wanted: Iterable[tuple[int, Request]]) -> tuple[_Edit, ...]:
    # All files of a package lie in one directory; where that is, a build cache need not care.
    digest = f"{zlib.crc32(FilePath(file.path).name.encode()):08x}"
    inserted: dict[int, list[str]] = defaultdict(list)
    returns: dict[int, tuple[Node, dict[int, Node], list[str]]] = {}
    for number, one in wanted:
        statement = statement_around(one.site.node)
        if statement is None:
            continue
        kept = one.kept
        if one.saved is not None:
            before, body = statement_around(one.saved), _body(one.site.node)
            if before is None or body is None:
                continue
            kept = f"{_SAVED}{number}"
            inserted[body.start + 1].append(f" var {kept} interface{{}}; ")
            inserted[before.start].append(f"{kept} = {one.kept}; ")
        keep = f"{_KEEP}{digest}({kept})"
        if statement.kind == "return_statement":
            value = _value_around(statement, one.site.node)
            if value is not None:
                _, values, keeps = returns.setdefault(statement.start, (statement, {}, []))
                values[value.start] = value
                keeps.append(keep)
            continue
        place, is_before = _place_behind(statement, one.site.node)
        inserted[place].append(f" {keep}; " if is_before else f"; {keep}")
        is_reached = one.saved is not None or not statement.start <= one.declared < statement.end
        if is_before and is_reached and statement.kind in _BRANCHES:
            # The branch may be one that the compiler knows is never taken.
            inserted[statement.end].append(f"; {keep}")
    edits = [_Edit(place, place, "".join(dict.fromkeys(texts)).encode())
             for place, texts in inserted.items()]  # fmt: skip
    for statement, values, keeps in returns.values():
        edits += _split_return(file, statement, values, keeps)
    end = len(file.text)
    edits.append(
        _Edit(end, end, f"\n\n//go:noinline\nfunc {_KEEP}{digest}(interface{{}}) {{}}\n".encode())
    )
    return tuple(sorted(edits, key=lambda one: (one.start, one.end)))


def _body(node: Node) -> Node | None:
    around = function_node(node)
    return around.field("body") if around is not None else None


def _value_around(statement: Node, node: Node) -> Node | None:
    listed = statement.named_children[0].named_children if statement.named_children else ()
    return next((one for one in listed if one.start <= node.start < one.end), None)


def _place_behind(statement: Node, node: Node) -> tuple[int, bool]:
    """Where a statement runs next after the node: the offset, whether code follows there."""
    while statement.kind == "labeled_statement" and len(statement.named_children) > 1:
        statement = statement.named_children[-1]
    if statement.kind in _SWITCHES:
        cases = [one for one in statement.named_children if one.kind in _CASES]
        chosen = next((one for one in cases if one.start <= node.start < one.end), None)
        case = chosen or next(iter(cases), None)
        colon = case.token(":") if case is not None else None
        return (colon.end, True) if colon is not None else (statement.end, False)
    if statement.kind in ("if_statement", "for_statement") and node is not statement:
        while True:
            block = statement.field("consequence") or statement.field("body")
            following = statement.field("alternative")
            if following is None or not following.start <= node.start < following.end:
                break
            statement = following
        if block is not None and node.start < block.start:
            return block.start + 1, True
    return statement.end, False


def _split_return(
    file: GoFile, statement: Node, values: Mapping[int, Node], keeps: Sequence[str]
) -> list[_Edit]:
    """``return f(x)`` as ``{ r := f(x); KeepAlive(…); return r }``."""
    listed = statement.named_children[0].named_children
    kept = "; ".join(dict.fromkeys(keeps))
    around = function_node(statement)
    count = len(results_of(Place(file, around))) if around is not None else 0
    if len(listed) == 1:
        names = ", ".join(f"{_RESULT}{index}" for index in range(count))
        return [
            _Edit(statement.start, listed[0].start, f"{{ {names} := ".encode()),
            _Edit(statement.end, statement.end, f"; {kept}; return {names} }}".encode()),
        ]
    edits = []
    for index, value in enumerate(values.values()):
        head = f"{{ {_RESULT}{index} := " if index == 0 else f"{_RESULT}{index} := "
        text = file.text[value.start : value.end]
        tail = f"; {kept}; " if index == len(values) - 1 else "; "
        edits.append(
            _Edit(statement.start, statement.start, head.encode() + text + tail.encode(),
                  (value.start, value.end, len(head.encode())))
        )  # fmt: skip
        edits.append(_Edit(value.start, value.end, f"{_RESULT}{index}".encode()))
    edits.append(_Edit(statement.end, statement.end, b" }"))
    return edits


# What is live at the calls of one place, by what is called.
_Calls = Mapping[str | None, Counter[str]]
_Live = Mapping[tuple[int, int], _Calls]


def _by_place(live: Liveness, file: GoFile) -> _Live:
    """What is live at each call of a file, by line and column; by line where cgo moved it."""
    by_line = imported(file, "C") == "C"
    found: dict[tuple[int, int], dict[str | None, Counter[str]]] = defaultdict(
        lambda: defaultdict(Counter)
    )
    for fact in live.in_file(file.path):
        # Where only lines are known, the trial's own calls stand among the others.
        is_own = fact.target is not None and f".{_KEEP}" in f".{fact.target}"
        if fact.kind is not LiveKind.ENTRY and not is_own:
            place = fact.position
            found[place.line, 0 if by_line else place.column][fact.target].update(fact.names)
    return found


@frozen
class Gain:
    """What more is live with the edits of a probe. ``speaks``: the compiler lists something at
    those calls at all. ``changed``: it lists other calls, because an edited function is inlined
    no longer."""

    names: frozenset[str]
    speaks: bool
    changed: bool


def _last_name(function: str) -> str:
    """``write`` of ``(*conn).write``, ``send`` of ``send[...]``."""
    return function.partition("[")[0].rpartition(".")[2]


class Comparison:
    """What two compiles say of the same calls, before and with the edits of a probe."""

    def __init__(self, before: Liveness, after: Liveness, made: Probe) -> None:
        self._before = before
        self._after = after
        self._probe = made
        self._known: dict[tuple[str, bool], _Live] = {}
        functions = (function_of(one.site.file, one.site.node) for one in made.requests)
        self._edited = {one.name for one in functions if one is not None}

    def _is_edited(self, target: str, site: Place) -> bool:
        """Whether a function that the site calls was edited too, and may have been inlined."""
        if target not in self._edited:
            return False
        name = target.rpartition(".")[2]
        for node in site.node.walk():
            called = node.field("function") if node.kind == "call_expression" else None
            chosen = unparenthesized(called) if called is not None else None
            if chosen is None:
                continue
            # Of another package's function the compiler says the same name.
            field = chosen.field("field") if callee_of(site.of(node)) is None else chosen
            if field is not None and site.file.tree.source(field) == name:
                return True
        return False

    def gained(self, request: Request) -> Gain:
        """What more is live at the calls from the request's start to its site."""
        found = self._gained(request, self._places(request))
        if found.speaks or found.changed:
            return found
        # A literal that was inlined where it is called, or the body of a loop into the iterator
        # that runs it: its calls are listed there.
        return self._gained(request, self._calls_of_literal(request.site))

    def _calls_of_literal(self, site: Place) -> Iterable[tuple[tuple[int, int], tuple[int, int]]]:
        starts = [one.start for one in site.node.ancestors() if one.kind == "for_statement"]
        literal = function_node(site.node)
        while literal is not None and literal.kind == "func_literal":
            call = outer_parentheses(literal).parent
            if call is not None and call.kind == "call_expression":
                starts.append(anchor(call))
            literal = function_node(literal)
        for at in starts:
            span = site.file.tree.span(at, at)
            yield (span.line, span.column), self._probe.moved(site.file, at)

    def _gained(
        self, request: Request, places: Iterable[tuple[tuple[int, int], tuple[int, int]]]
    ) -> Gain:
        file = request.site.file
        before, after = self._live(file, is_after=False), self._live(file, is_after=True)
        behind = _called_behind(request.site) if imported(file, "C") == "C" else frozenset()
        names: set[str] = set()
        speaks = changed = False
        for old, new in places:
            was, now = before.get(old, {}), after.get(new, {})
            speaks |= bool(now)
            if any(target not in now for target in was):
                changed = True
                continue
            for target, live in now.items():
                is_new = target is not None and target not in was
                if is_new and self._is_edited(target or "", request.site):
                    changed = True
                    continue
                if request.inlined and _last_name(target or "") == request.inlined:
                    return Gain(frozenset(), True, False)  # it is called, and keeps the value
                if (target or "").rpartition(".")[2] in behind:
                    continue
                had = was.get(target, Counter())
                # As many under other names are the same values.
                if live.total() > had.total():
                    names.update(live - had)
        return Gain(frozenset(names), speaks, changed)

    def _places(self, request: Request) -> Iterable[tuple[tuple[int, int], tuple[int, int]]]:
        file = request.site.file
        end = request.site.node.end
        if imported(file, "C") == "C":
            first, last = file.tree.line_of(request.start), file.tree.line_of(end)
            for line in range(first, last + 1):
                yield (line, 0), (line, 0)
            return
        site = request.site.node
        around = function_node(site)
        outer = {anchor(one) for one in _done_behind(site)}
        for node in around.walk() if around is not None else ():
            at = anchor(node)
            if at in outer and at != anchor(site):
                continue  # what gets the site's result comes after it
            if request.start <= at <= end or (node.start, node.end) == (site.start, end):
                span = file.tree.span(at, at)
                yield (span.line, span.column), self._probe.moved(file, at)

    def _live(self, file: GoFile, *, is_after: bool) -> _Live:
        key = (file.path, is_after)
        if key not in self._known:
            self._known[key] = _by_place(self._after if is_after else self._before, file)
        return self._known[key]


def _done_behind(site: Node) -> Iterator[Node]:
    """What the site's own statement does behind it: calls that get its result, a send, a store in
    a map."""
    for outer in site.ancestors():
        if outer.kind in ("call_expression", "send_statement"):
            yield outer
        left = outer.field("left") if outer.kind == "assignment_statement" else None
        if left is not None and not left.start <= site.start < left.end:
            yield from (outer, *left.named_children)


def _called_behind(site: Place) -> frozenset[str]:
    """The functions that get the site's result and so run behind it, by their last names, but for
    those that run before it, too: in a file with cgo only the line tells the calls apart."""
    callers = (one for one in site.node.ancestors() if one.kind == "call_expression")
    return frozenset(_names(site, callers) - _names(site, site.node.walk()))


def _names(place: Place, nodes: Iterable[Node]) -> set[str]:
    found = set()
    for node in nodes:
        called = node.field("function") if node.kind == "call_expression" else None
        if called is not None:
            name = place.file.tree.source(unparenthesized(called)).rpartition(".")[2]
            found |= {name, f"_Cfunc_{name}"}
    return found


def lines_of(request: Request) -> frozenset[int]:
    """The lines that the request changes."""
    nodes = [statement_around(request.site.node), _body(request.site.node)]
    if request.saved is not None:
        nodes.append(statement_around(request.saved))
    tree = request.site.file.tree
    return frozenset(tree.line_of(at) for node in nodes if node is not None
                     for at in (node.start, node.end))  # fmt: skip


def rounds(requests: Iterable[Request]) -> list[list[Request]]:
    """Requests in as few groups as let each declaration ask about one variable at a time."""
    by_group: dict[tuple[str, int], dict[str, list[Request]]] = defaultdict(dict)
    for one in requests:
        by_group[one.group].setdefault(one.kept, []).append(one)
    most = max(map(len, by_group.values()), default=0)
    return [
        [one for kinds in by_group.values() for listed in list(kinds.values())[n : n + 1]
         for one in listed]
        for n in range(most)
    ]  # fmt: skip


def is_own(request: Request, gained: Iterable[str], number: int) -> bool:
    """Whether one of the names is the request's own."""
    wanted = (request.name, f"{_SAVED}{number}")
    return any(variable_of(one) in wanted for one in gained)


def without_saved(gain: Gain, number: int) -> Gain:
    """The gain without what other requests than the one of that number saved."""
    own = f"{_SAVED}{number}"
    others = {one for one in gain.names
              if (name := variable_of(one) or "").startswith(_SAVED) and name != own}  # fmt: skip
    return evolve(gain, names=gain.names - others)


def is_generic(place: Place) -> bool:
    """Whether the compiler prints nothing for the function: instances of generic code."""
    function = function_of(place.file, place.node)
    return function is not None and "[...]" in function.name
