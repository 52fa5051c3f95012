"""What takes from an input: moves a cursor, cuts a piece off, reads, scans.

A recursion that takes something before it calls itself goes as deep as its input nests. What runs
before a call is told from the text: the statements in front of it in every list of statements
around it, without those that leave, and all of a loop.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple

from golsp_mem.analysis.again import Sources
from golsp_mem.analysis.stack.recursion.bounds import is_from_outside, parameters_of
from golsp_mem.analysis.stack.recursion.members import Declarations, Member
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile

# What a reader, scanner or lexer of another package is asked.
_READS = re.compile(
    r"(?i:read|next|peek|scan|token|rawtoken|advance|recv|receive|accept|skip|consume|expect|lex|"
    r"discard|more)(?![a-z])\w*"
)
_NO_READS = re.compile(r"(?:os|ioutil|filepath|fs|reflect|runtime|atomic|rand)\.|.*(?i:dir)\w*$")
_READERS = re.compile(
    r"\*?(?:bufio\.(?:Reader|Scanner|ReadWriter)|io\.\w*(?:Reader|Scanner|ReadCloser|ReadWriter)"
    r"|(?:json|xml|gob)\.Decoder|(?:csv|tar|strings|bytes)\.Reader|bytes\.Buffer|scanner\.Scanner)"
)
# What is held by a state, and is a text or hands one out; a decoder may be of one message only.
_SOURCE = re.compile(
    r"^(?:\[\](?:byte|rune|uint8)|<?-?chan\b.*|(?:\[\])*\*?\w*(?i:tok|item|lexeme)\w*)$"
)
_DECODERS = ("*xml.Decoder", "*json.Decoder", "*gob.Decoder", "xml.TokenReader")
_FIELD = re.compile(r"(?:(\w+(?:, \w+)*)\s+)?(\S[^`/]*?)\s*(?:`.*|//.*)?$")
# A cursor of an output.
_WRITES = re.compile(
    r"(?i)emit|encod|print|writ|marshal|format|dump|render|flush|compil|append|add"
)
# Functions that take from a reader which they are given.
_READING_PACKAGES = ("io", "binary", "bufio", "fmt", "utf8", "protowire", "leb128")
_ENDS = ("return_statement", "continue_statement", "break_statement", "goto_statement")
_CASES = ("expression_case", "type_case", "default_case", "communication_case")
_WRAPS = ("parenthesized_expression", "expression_list")
_PARTS = ("identifier", "selector_expression", "unary_expression", "index_expression")
_ACTS = ("call_expression", "inc_statement", "dec_statement", "assignment_statement")
_WAITS = ("expression_statement", "receive_statement")
_DEPTH = 4


class Root(NamedTuple):
    """A parameter, or `OUTSIDE`, that is taken from; ``sure`` where the text shows how."""

    name: str
    sure: bool = True


Roots = frozenset[Root]
_NONE: Roots = frozenset()
OUTSIDE = ""
"""The root of what is declared outside of a function."""


class Inputs:
    """Which functions of a package take from an input, and from which: the names of their
    parameters, or `OUTSIDE`."""

    def __init__(
        self, declarations: Declarations, paths: Collection[str], sources: Sources
    ) -> None:
        self._declarations = declarations
        self._paths = sorted(paths)
        self._sources = sources
        self._taken: dict[tuple[str, int, int], Roots] = {}
        self._below: dict[tuple[str, int, int], Roots] = {}
        self._indices: dict[str, bool] = {}
        self._foreign: dict[str, bool] = {}
        self._readers: dict[str, bool] = {}
        self._holding: dict[tuple[str, int], bool] = {}

    def is_source(self, written: str, depth: int = 1) -> bool:
        """Whether values of a type are, or hold, what can be taken from: a reader, a text that is
        indexed, a channel."""
        if _READERS.fullmatch(written) or _SOURCE.search(written):
            return True
        name = written.lstrip("*").partition("[")[0]
        key = (name, depth)
        if name.isidentifier() and key not in self._holding:
            self._holding[key] = False
            self._holding[key] = any(self._holds(match, depth) for match in self._structs(name))
        return self._holding.get(key, False)

    def _structs(self, name: str) -> Iterator[re.Match[bytes]]:
        head = rf"(?m)^(?:type |\t){re.escape(name)}(?:\[[^\]\n]*\])? struct ?"
        declared = head + r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}"
        for path in self._paths:
            file = self._sources(path)
            yield from re.finditer(declared.encode(), file.text) if file is not None else ()

    def _holds(self, declared: re.Match[bytes], depth: int) -> bool:
        for line in re.split(r"[\n;]", declared[1].decode("latin-1")):
            match = _FIELD.match(line.strip())
            if match is None:
                continue
            names, written = match[1] or "", match[2]
            if written == "string":
                if any(self._is_indexed(name) for name in names.split(", ")):
                    return True
            elif written not in _DECODERS and depth >= 0 and self.is_source(written, depth - 1):
                return True
        return False

    def _is_indexed(self, field: str) -> bool:
        """Whether a field of a text is indexed or cut anywhere."""
        used = re.compile(rf"\.{re.escape(field)}\[".encode())
        return any(
            used.search(file.text)
            for path in self._paths
            if (file := self._sources(path)) is not None
        )

    def is_declared(self, name: str) -> bool:
        """Whether the package has a function or method of that name."""
        return name in self._names

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._declarations.names)

    def takes(self, one: Member, depth: int = _DEPTH) -> bool:
        """Whether a function takes from an input, or one that it calls, ``depth`` calls away."""
        return bool(self._from(one, depth))

    def taken_by(self, one: Member, depth: int) -> Roots:
        """From which of its parameters a function takes."""
        return self._from(one, depth)

    def taken_before(self, one: Member, call: Node, names: Collection[str]) -> Roots:
        """What is taken from before a call; ``names`` are the functions of the cycle, whose own
        taking is not counted twice."""
        found: set[Root] = set()
        for node in before(call):
            key = (one.file.path, node.start, node.end)
            if key not in self._below:
                self._below[key] = self._from_within(one, node, names, _DEPTH)
            found |= self._below[key]
        return frozenset(found)

    def _from(self, one: Member, depth: int) -> Roots:
        key = (one.file.path, one.syntax.span.line, depth)
        if key not in self._taken:
            self._taken[key] = _NONE  # a function that calls itself adds nothing
            start, end = one.file.tree.bounds(one.syntax.body or one.syntax.span)
            body = one.file.tree.smallest(start, end)
            self._taken[key] = self._from_within(one, body, (), depth)
        return self._taken[key]

    def _from_within(self, one: Member, within: Node, names: Collection[str], depth: int) -> Roots:
        found: set[Root] = set()
        for node in one.file.tree.once((_acting, within), lambda: _acting(within)):
            if node.kind == "call_expression":
                found |= self._from_call(one, node, names, depth)
            elif node.kind == "unary_expression":
                found |= _roots_of(one, node.field("operand"))
            else:
                found |= self._moved(one, node)
        return frozenset(found)

    def _from_call(self, one: Member, call: Node, names: Collection[str], depth: int) -> Roots:
        called = call.field("function")
        if called is None or called.kind not in ("identifier", "selector_expression"):
            return _NONE
        text = one.file.tree.source(called)
        qualifier, _, name = text.rpartition(".")
        if name in names or _NO_READS.match(text) or _WRITES.match(name):
            return _NONE
        operand = called.field("operand")
        listed = call.field("arguments")
        given = listed.named_children if listed is not None else ()
        if qualifier in one.file.tree.once(_imported, lambda: _imported(one.file)):
            if qualifier not in _READING_PACKAGES or not _is_read(name.removeprefix("F")):
                return _NONE
            return _roots_of(one, given[0], sure=False) if given else _NONE
        helper = self._declarations.of(name, one.syntax.name)
        if helper is None or (operand is not None and self._is_foreign(one, operand)):
            # What a call returns was made for it: n.MapIterator().Next() takes nothing from n.
            if operand is None or not _is_read(name) or operand.kind == "call_expression":
                return _NONE
            return _roots_of(one, operand, sure=self._is_reader(one, operand))
        if depth == 0 or helper.syntax.span == one.syntax.span:
            return _NONE
        inner = self._from(helper, depth - 1)
        found: set[Root] = {root for root in inner if root.name == OUTSIDE}
        for parameter, argument in zip(_names(helper), (operand, *given), strict=False):
            for root in inner:
                if root.name == parameter:
                    found |= _roots_of(one, argument, sure=root.sure)
        return frozenset(found)

    def _is_reader(self, one: Member, operand: Node) -> bool:
        """Whether what is asked is a reader of the standard library, by the type of the parameter
        or field."""
        name = one.file.tree.source(operand).rpartition(".")[2]
        if operand.kind == "identifier":
            types = [each.type for each in parameters_of(one.file, one.syntax) if each.name == name]
            return bool(types) and _READERS.fullmatch(types[0]) is not None
        if operand.kind != "selector_expression":
            return False
        if name not in self._readers:
            declared = rf"(?m)(?:^\s+|[{{;] )(?:\w+, )*{re.escape(name)}(?:, \w+)*\s+(\*?\w+\.\w+)"
            found = [
                _READERS.fullmatch(match[1].decode("latin-1")) is not None
                for path in self._paths
                if (file := self._sources(path)) is not None
                for match in re.finditer(declared.encode(), file.text)
            ]
            self._readers[name] = bool(found) and all(found)
        return self._readers[name]

    def _is_foreign(self, one: Member, operand: Node) -> bool:
        """Whether what a method is called on is a field whose type another package declares: own
        methods of that name are not meant."""
        if operand.kind != "selector_expression":
            return False
        field = one.file.tree.source(operand).rpartition(".")[2]
        if field not in self._foreign:
            found = [
                foreign
                for path in self._paths
                if (file := self._sources(path)) is not None
                for foreign in file.tree.once((_declares, field), partial(_declares, file, field))
            ]
            self._foreign[field] = bool(found) and all(found)
        return self._foreign[field]

    def _moved(self, one: Member, node: Node) -> Roots:
        """``p.i++``, ``p.rest = p.rest[1:]``, ``p.token = p.token.next``: of what outlives the
        call; what is only counted is used as no index anywhere."""
        tree = one.file.tree
        if node.kind in ("inc_statement", "dec_statement"):
            moved = [each for each in node.named_children if self._is_cursor(one, each)]
            return _roots_of(one, *moved)
        if node.kind != "assignment_statement":
            return _NONE
        left, right = node.field("left"), node.field("right")
        if left is None or right is None:
            return _NONE
        sign = tree.text[left.end : right.start].strip()
        targets = [each for each in left.named_children if _outlives(one, each)]
        if sign in (b"+=", b"-="):
            return _roots_of(one, *(each for each in targets if self._is_cursor(one, each)))
        value = tree.collapsed(right).replace(" ", "")
        return _roots_of(one, *(each for each in targets if self._goes_on(one, each, value)))

    def _goes_on(self, one: Member, target: Node, value: str) -> bool:
        written = one.file.tree.collapsed(target).replace(" ", "")
        name = re.escape(written)
        # What is put behind, and what goes around in circles.
        if value.startswith("append(") or "%" in value:
            return False
        # A pattern of its own for each variable takes longer to make than to use.
        named = written in value
        # What is left behind its beginning, or the next one; [:n] takes from the end.
        if named and re.search(rf"(?<![\w.]){name}\)?(\[(?!0?:)[^\]]*:|\.\w+$)", value):
            return True
        if named and re.match(rf"(strings|bytes)\.Trim(?!Right|Suffix)\w*\({name}", value):
            return True
        # What a local copy has come to: i := p.i; …; p.i = i + 1.
        copy = re.match(r"([A-Za-z_]\w*)(?:[+-]\w+)?$", value)
        moved = (named and re.search(rf"(?<![\w.]){name}[+-]", value) is not None) or (
            copy is not None and _is_copy(one, copy[1], name)
        )
        return moved and self._is_cursor(one, target)

    def _is_cursor(self, one: Member, target: Node) -> bool:
        if not _outlives(one, target):
            return False
        name = one.file.tree.collapsed(target).replace(" ", "")
        last = name.rpartition(".")[2]
        word = rf"\.{re.escape(last)}\b" if "." in name else rf"\b{re.escape(last.lstrip('*'))}\b"
        if word not in self._indices:
            uses = [
                file.tree.once((_uses, word), partial(_uses, file, word))
                for path in self._paths
                if (file := self._sources(path)) is not None
            ]
            # Where it is put at an index too, that is the stack of a machine.
            self._indices[word] = any(read for read, _ in uses) and not any(put for _, put in uses)
        return self._indices[word]


def _uses(file: GoFile, word: str) -> tuple[bool, bool]:
    """Whether anything is read, or put, at an index made of a variable or field, by a pattern of
    its name: ``s.stack[s.top] = v``. Of a path, whose names a program gives, nothing is read."""
    read = rf"(?<![Pp]ath)\[[\w. +-]*{word}(?![^\]\n]*\] =[^=])"
    put = rf"\[[\w. +-]*{word}[ +-]*\w*\] =[^=]"
    return (
        re.search(read.encode(), file.text) is not None,
        re.search(put.encode(), file.text) is not None,
    )


def _declares(file: GoFile, field: str) -> tuple[bool, ...]:
    """Whether types of other packages are those of a field, one for each that is declared."""
    declared = rf"(?m)^\s+(?:\w+, )*{re.escape(field)}(?:, \w+)*\s+\*?([A-Za-z_]\w*\.)?\w"
    return tuple(one[1] is not None for one in re.finditer(declared.encode(), file.text))


def _imported(file: GoFile) -> frozenset[str]:
    return frozenset(one.name or one.path.rpartition("/")[2] for one in file.imports)


def _is_copy(one: Member, name: str, of: str) -> bool:
    """Whether a local variable begins as what a pattern of a name means, and is moved then."""
    start, end = one.file.tree.bounds(one.syntax.span)
    text = one.file.text[start:end].decode("latin-1")
    begins = rf"(?m)^\s*(?:\w+, )*{name}(?:, \w+)* := (?:[^\n=]*, ?)?{of}\b"
    return (
        re.search(begins, text) is not None
        and re.search(rf"\b{name}(\+\+| \+= )", text) is not None
    )


def _is_read(name: str) -> bool:
    return _READS.fullmatch(name) is not None


def _outlives(one: Member, target: Node) -> bool:
    """Whether a variable is there when the call has returned: a field, what a pointer leads to,
    a variable from outside."""
    if target.kind == "identifier":
        return is_from_outside(one.file, one.syntax, target)
    return target.kind in ("selector_expression", "unary_expression")


def _names(one: Member) -> list[str | None]:
    """The receiver (None: none) and one name for each argument of a call."""
    tree = one.file.tree
    start, end = tree.bounds(one.syntax.span)
    function = tree.smallest(start, end)
    receiver = next((each.name for each in one.syntax.parameters if each.role == "receiver"), None)
    names: list[str | None] = [receiver]
    listed = function.field("parameters")
    for declaration in listed.named_children if listed is not None else ():
        declared = declaration.fields("name")
        names += [tree.source(each) for each in declared] or [None]
    return names


def _roots_of(one: Member, *nodes: Node | None, sure: bool = True, depth: int = 2) -> Roots:
    """The parameters, or `OUTSIDE`, that expressions are parts of; none for what the function
    makes itself: a file that it opens."""
    found: set[Root] = set()
    tree = one.file.tree
    for node in nodes:
        inner = node
        while inner is not None and inner.kind != "identifier":
            only = inner.named_children[0] if inner.kind in _WRAPS else None
            inner = inner.field("operand") or inner.field("function") or only
        if inner is None:
            continue
        span = tree.node_span(inner)
        declared = one.file.declaration_of(span.line, span.column)
        if declared is None or not one.syntax.span.contains(declared.line, declared.column):
            found.add(Root(OUTSIDE, sure))
        elif any(each.span == declared for each in one.syntax.parameters):
            found.add(Root(tree.source(inner), sure))
        elif depth and (value := _first_value(tree.smallest(*tree.bounds(declared)))) is not None:
            found |= _roots_of(one, value, sure=sure, depth=depth - 1)
    return frozenset(found)


def _first_value(name: Node) -> Node | None:
    """What a local variable is declared with, if that is a part of something."""
    listed = name.parent
    statement = listed.parent if listed is not None else None
    if listed is None or statement is None or statement.kind != "short_var_declaration":
        return None
    right = statement.field("right")
    values = right.named_children if right is not None else ()
    if len(values) != len(listed.named_children):
        return None
    index = next(
        (i for i, each in enumerate(listed.named_children) if each.start == name.start), None
    )
    value = values[index] if index is not None else None
    return value if value is not None and value.kind in _PARTS else None


def _acting(within: Node) -> list[Node]:
    """The calls, receives and assignments in a node, without those of function literals, which run
    another time, and without receives that only wait."""
    found = []
    pending = [within]
    while pending:
        node = pending.pop()
        if node.kind in _ACTS:
            found.append(node)
        elif node.kind == "unary_expression":
            operand, parent = node.field("operand"), node.parent
            waits = parent is None or (parent.kind in _WAITS and parent.field("left") is None)
            if operand is not None and node.token("<-") and not waits:
                found.append(node)
        pending += [one for one in node.named_children[::-1] if one.kind != "func_literal"]
    return found


def before(call: Node) -> Iterator[Node]:
    """What may run before a call, inside its function."""
    inner = call
    arguments = call.field("arguments")
    if arguments is not None:
        yield arguments
    for outer in call.ancestors():
        if outer.kind in DECLARATIONS or (outer.kind == "func_literal" and not _runs_there(outer)):
            return
        if outer.kind == "for_statement":
            yield outer
        consequence = outer.field("consequence") if outer.kind == "if_statement" else None
        for child in outer.named_children:
            if child.end > inner.start:
                break
            if child.kind in _CASES or (
                consequence is not None and child.start == consequence.start
            ):
                continue
            yield from _staying(child)
        inner = outer


def _runs_there(literal: Node) -> bool:
    """Whether it is called, or deferred, where it stands."""
    outer = literal.parent
    called = outer.field("function") if outer is not None else None
    return called is not None and called.start == literal.start


def _staying(statement: Node) -> Iterator[Node]:
    """A statement in front, without the branch that never comes to what is behind it."""
    if statement.kind != "if_statement":
        yield statement
        return
    for name in ("initializer", "condition"):
        part = statement.field(name)
        if part is not None:
            yield part
    for name in ("consequence", "alternative"):
        part = statement.field(name)
        if part is not None and not _leaves(part):
            yield part


def _leaves(block: Node) -> bool:
    statements = block.named_children
    while statements and statements[-1].kind == "statement_list":
        statements = statements[-1].named_children
    return bool(statements) and statements[-1].kind in _ENDS


def calls_of(
    file: GoFile, within: Node, names: Collection[str], texts: Collection[str]
) -> Sequence[Node]:
    """The calls of functions by their last names, or of what is written as one of ``texts``."""
    found = []
    for node in within.walk():
        called = node.field("function") if node.kind == "call_expression" else None
        if called is None:
            continue
        text = file.tree.source(called)
        last = text.rpartition(".")[2].partition("[")[0]
        if last in names or file.tree.collapsed(called) in texts:
            found.append(node)
    return found
