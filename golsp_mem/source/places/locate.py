"""From a place and a code to the exact expression."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import frozen

from golsp_mem.model import Code, Span
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.guards import is_statement
from golsp_mem.source.parts.positions import anchor
from golsp_mem.source.parts.tree import Node, SourceTree
from golsp_mem.source.places.candidate import ONLY_BY_SUBJECT, Candidate, called_name
from golsp_mem.source.places.constructs import VARIADIC, candidates, elided_type

_NOISE = re.compile(r"[\s()]")
_LITERAL_BODY = re.compile(r"\{(?:[^{}]|\{\})+\}")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_CLOSURE = re.compile(r"func\d+|\d+")
# Statements that begin with an expression, which is what is reported there.
_MAP_TYPES = ("map_type", "type_identifier", "qualified_type", "generic_type")
_FIRST_BYTE = ("expression_statement", "labeled_statement", "empty_statement")
# What grew too large for the stack has a construct of its own.
_TOO_LARGE = tuple(code for code in Code if code.row.fits_a_stack)


@frozen
class Construct:
    """An expression that may be the allocation that ``code`` names.

    ``text`` is its source, white space collapsed and shortened; ``subject`` the variable's
    name or ``... argument``, where there is one; ``rank`` 0 where syntax alone is sure that
    it is such a construct, higher the weaker the guess.
    """

    span: Span
    code: Code
    text: str
    subject: str | None = None
    rank: int = 0


class Locator:
    """The constructs of one file, indexed by the line on which the compiler reports them."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._indexed: set[int] = set()
        self._judged: set[Node] = set()
        self._by_line: dict[int, list[Candidate]] = {}
        self._made: dict[tuple[Code, int], tuple[int, tuple[Construct, ...]]] = {}

    def constructs(self, code: Code, line: int) -> tuple[Construct, ...]:
        """What on the line could be ``code``, in source order."""
        candidates = self._candidates(code, line)
        # Looking at other lines may bring more that is reported here.
        made = self._made.get((code, line), (0, ()))
        if made[0] != len(candidates):
            found = (one for one in candidates if one.rank < ONLY_BY_SUBJECT)
            made = self._made[code, line] = (len(candidates), tuple(map(self._construct, found)))
        return made[1]

    def locate(
        self, code: Code, line: int, column: int | None, subject: str | None, nth: int
    ) -> Span | None:
        """See GoFile.locate."""
        found = self._candidates(code, line)
        if subject and not subject.startswith(VARIADIC):
            found = [one for one in found if one.subject != VARIADIC]
        if column:
            place = self._tree.offset(line, column)
            at_place = [candidate for candidate in found if candidate.anchor == place]
            if code is Code.HEAP_CONVERSION and not self._narrowed(at_place, subject):
                own = [one for one in found if anchor(one.node) == place]
                at_place = self._narrowed(own, subject) or at_place or own
            if at_place:
                chosen = self._narrowed(at_place, subject) or at_place
                return self._span(min(chosen, key=lambda one: (one.rank, one.start - one.end)))
            return self._anything_at(place)
        if subject:
            narrowed = self._narrowed(found, subject)
            if not narrowed and (code is Code.HEAP_VARIABLE or len(found) != 1):
                return None
            found = narrowed or found
        else:
            found = [one for one in found if one.rank < ONLY_BY_SUBJECT]
        ranked = sorted(found, key=lambda one: one.rank)
        return self._span(ranked[nth]) if 0 <= nth < len(ranked) else None

    def boxed_at(self, line: int, column: int, subject: str) -> Span | None:
        """See GoFile.boxed_at. A conversion is reported where its operand is."""
        place = self._tree.offset(line, column)
        words = _any_arguments(comparable(subject))
        around = [
            one
            for one in self._candidates(Code.HEAP_BOXING, line)
            if one.start <= place < one.end and any(map(words.fullmatch, self._printed(one)))
        ]
        if around:
            return self._span(min(around, key=lambda one: one.end - one.start))
        return self.locate(Code.HEAP_BOXING, line, column, subject, 0)

    def map_literal(self, line: int, type_: str | None) -> Span | None:
        """See GoFile.map_literal."""
        found: dict[int, tuple[Node, Node]] = {}
        start, end = self._tree.line_bounds(line)
        for node in self._tree.nodes_touching(start, end):
            if node.kind == "keyed_element" and start <= node.start < end:
                outer = next((one for one in node.ancestors() if _is_literal(one)), None)
            else:
                outer = node if _is_literal(node) and node.start >= start else None
            written = _literal_type(outer) if outer is not None else None
            if outer is not None and written is not None and written.kind in _MAP_TYPES:
                found[outer.start] = (outer, written)
        if len(found) > 1 and type_ is not None:
            found = {
                at: one
                for at, one in found.items()
                if _unqualified(self._tree.source(one[1])) == type_
            }
        literal = next(iter(found.values()))[0] if len(found) == 1 else None
        return None if literal is None else self._tree.node_span(literal)

    def call_span(self, line: int, callee: str, column: int | None) -> Span | None:
        """See GoFile.call_span."""
        calls = [
            one
            for one in self._candidates(Code.HEAP_OTHER, line)
            if one.node.kind in ("call_expression", "type_conversion_expression")
        ]
        wanted = last_identifier(callee)
        named = [one for one in calls if called_name(self._tree, one.node) == wanted]
        if column:
            place = self._tree.offset(line, column)
            at_place = [one for one in calls if one.anchor == place]
            # The reason of another call on the line is no reason to show that one.
            if at_place and (at_place[0] in named or not named):
                return self._span(at_place[0])
        if not named and _CLOSURE.fullmatch(wanted):
            named = [one for one in calls if _calls_literal(one.node)]
        return self._span(named[0]) if named else None

    def _candidates(self, code: Code, line: int) -> list[Candidate]:
        if not 1 <= line <= self._tree.lines:
            return []
        self._tree.look_at(self._tree.line_bounds(line)[1])
        if line not in self._indexed:
            self._indexed.add(line)
            self._index(line)
        codes = _TOO_LARGE if code is Code.STACK_TOO_LARGE else (code,)
        wanted = [one for one in self._by_line.get(line, ()) if one.code in codes]
        return sorted(wanted, key=lambda one: (one.start, -one.end))

    def _index(self, line: int) -> None:
        start, end = self._tree.line_bounds(line)
        for node in self._tree.nodes_touching(start, end):
            if not start <= node.start <= node.end <= end:
                # What lies within the line no other line touches.
                if node in self._judged:
                    continue
                self._judged.add(node)
            for found in candidates(self._tree, node):
                reported = self._tree.line_of(found.anchor)
                self._by_line.setdefault(reported, []).append(found)

    def _narrowed(self, found: Iterable[Candidate], subject: str | None) -> list[Candidate]:
        """Those that print as the compiler printed the subject; failing that, begin so."""
        if not subject:
            return []
        listed = list(found)
        wanted = comparable(subject)
        exact = [one for one in listed if wanted in self._printed(one)]
        if exact:
            return exact
        head = _head(subject)
        return [one for one in listed if head and _head(self._text(one)) == head]

    def _printed(self, candidate: Candidate) -> tuple[str, ...]:
        if candidate.subject is not None:
            return (comparable(candidate.subject), comparable(candidate.subject.split()[-1]))
        return (comparable(self._text(candidate)),)

    def _text(self, candidate: Candidate) -> str:
        written = self._tree.text[candidate.start : candidate.end].decode("utf-8", "replace")
        return "func literal" if candidate.node.kind == "func_literal" else written

    def _anything_at(self, place: int) -> Span | None:
        """The expression or statement reported there, whatever it is.

        An inlined callee's allocation is reported at the call, that of a range-over-func
        loop's body at its ``for``, that of a generic function's wrapper at the name.
        """
        for node in self._tree.nodes_touching(place, place + 1):
            if node.kind in DECLARATIONS:
                name, receiver = node.field("name"), node.field("receiver")
                if name is not None and place in (name.start, receiver and receiver.start):
                    return self._tree.node_span(name)
            elif _is_expression(node) and anchor(node) == place:
                return self._tree.node_span(node)
            elif is_statement(node) and anchor(node) == place and node.kind not in _FIRST_BYTE:
                body = node.field("body")
                text = self._tree.text[node.start : body.start if body is not None else node.end]
                return self._tree.span(node.start, node.start + len(text.rstrip()))
        return None

    def _span(self, candidate: Candidate) -> Span:
        return self._tree.span(candidate.start, candidate.end)

    def _construct(self, found: Candidate) -> Construct:
        text = self._tree.collapsed_bytes(found.start, found.end)
        return Construct(self._span(found), found.code, text, found.subject, found.rank)


def _is_literal(node: Node) -> bool:
    """Whether it is a literal, be its type written or left out."""
    if node.kind != "literal_value":
        return node.kind == "composite_literal"
    return node.parent is not None and node.parent.kind == "literal_element"


def _literal_type(literal: Node) -> Node | None:
    return literal.field("type") if literal.kind == "composite_literal" else elided_type(literal)


def _unqualified(type_: str) -> str:
    """A type's text without package names and blanks, predeclared names as the linker has them."""
    for alias, name in (("interface{}", "any"), ("uint8", "byte"), ("int32", "rune")):
        type_ = type_.replace(alias, name)
    return _PACKAGE.sub("", "".join(type_.split()))


_PACKAGE = re.compile(r"\w+\.(?=\w)")


def comparable(text: str) -> str:
    """An expression's text as the compiler shortens it, without blanks and parentheses.

    The compiler prints ``T{...}`` for literals, ``func literal``, and ``([]byte)(s)`` where
    the source has ``[]byte(s)``; of cgo's names it knows only those that cgo made of them.
    """
    previous = ""
    while previous != text:
        previous, text = text, _LITERAL_BODY.sub("{}", text)
    return _NOISE.sub("", text.replace("_Ctype_", "C.").replace("_Cfunc_", "C."))


def _any_arguments(words: str) -> re.Pattern[str]:
    """What the compiler printed (see `comparable`), with anything for variadic arguments."""
    return re.compile(".*".join(map(re.escape, words.split("...argument..."))), re.DOTALL)


def last_identifier(symbol: str) -> str:
    """``Grow`` of ``strings.(*Builder).Grow``, ``G`` of ``p.G[go.shape.int]``."""
    previous = ""
    while previous != symbol:
        previous, symbol = symbol, _BRACKETS.sub("", symbol)
    return symbol.removesuffix("-fm").rsplit(".", 1)[-1].strip("()*")


def _head(text: str) -> str:
    return re.split(r"[({]", text.lstrip("("), maxsplit=1)[0].strip(" \t\n)")


def _calls_literal(node: Node) -> bool:
    function = node.field("function")
    return function is not None and function.kind == "func_literal"


def _is_expression(node: Node) -> bool:
    return node.kind.endswith(("_expression", "_literal", "literal_value", "identifier"))
