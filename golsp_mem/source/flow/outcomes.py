"""What the functions of a package do to those that call them: never return, only fail, call the
functions that they are given. By name: where two functions share one, both must do it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from attrs import evolve, field, frozen

from golsp_mem.source.flow.coldpaths import Outcomes, is_last_act, is_surely_failing, may_fail
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.guards import CASES, is_statement
from golsp_mem.source.parts.tree import Node, SourceTree
from golsp_mem.source.syntax import GoFile

_RETURN = re.compile(rb"\breturn\b([^\n]*)")
_MAY_END = re.compile(rb"\b(?:panic|throw|Exit|Goexit|Fatal\w*|Panic\w*|FailNow|Skip\w*)\(")
_MAY_FAIL = re.compile(rb"Errorf\(|errors\.New\(|\w\{|\bErr[A-Z]|\bEOF\b")
_NAME = re.compile(rb"^func\s*(?:\([^()]*\)\s*)?(\w+)", re.MULTILINE)
# A chain of helpers that call helpers is short.
_ROUNDS = 4

_Verdict = Callable[[SourceTree, Node, Outcomes], bool]
# By file and by what is known so far: the functions in it that do not end in the one way.
Verdicts = dict[tuple[GoFile, _Verdict, Outcomes], frozenset[str]]


@frozen
class Declared:
    """A declared function and the file that has it; equal to the same one of the same file."""

    file: GoFile
    node: Node


@frozen(eq=False)
class PackageFunctions:
    """The declared functions of a package's files. ``before`` are the `verdicts` of an earlier
    one: they hold for files that are still the same."""

    files: tuple[GoFile, ...]
    before: Verdicts = field(factory=dict)
    verdicts: Verdicts = field(init=False, factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, list[Declared]]:
        """Functions and methods by their last identifier."""
        found: dict[str, list[Declared]] = defaultdict(list)
        for file in self.files:
            starts = {match.start(): match[1].decode() for match in _NAME.finditer(file.text)}
            for node in file.tree.declarations:
                if node.kind in DECLARATIONS and node.start in starts:
                    found[starts[node.start]].append(Declared(file, node))
        return found

    def named(self, name: str) -> Sequence[Declared]:
        """Those with a last identifier."""
        return self.by_name.get(name, ())

    def places(self, name: str) -> Sequence[tuple[str, int]]:
        """Where those are declared: files and byte offsets."""
        return tuple([(one.file.path, one.node.start) for one in self.named(name)])

    def is_once(self, called: str) -> bool:
        """Whether ``x.y.Do`` is the method of a sync.Once."""
        holder = called.split(".")[-2]
        declared = re.compile(rb"\b%s\b[^\n=]*\bsync\.Once\b" % re.escape(holder.encode()))
        embedded = rb"\n\s*sync\.Once\s*\n"
        return any(
            declared.search(file.text) or re.search(embedded, file.text)
            for file in self.files
            if b"sync.Once" in file.text
        )

    def ends(self) -> Outcomes:
        """`outcomes`."""
        return self.outcomes

    @cached_property
    def outcomes(self) -> Outcomes:
        """Which of them end in one way only."""
        known = Outcomes()
        for _ in range(_ROUNDS):
            more = evolve(
                known,
                never_return=self._all(known, known.never_return, _never_returns),
                only_fail=self._all(known, known.only_fail, _only_fails),
            )
            if more == known:
                break
            known = more
        return known

    def _all(self, known: Outcomes, names: frozenset[str], holds: _Verdict) -> frozenset[str]:
        others: set[str] = set()
        for file, declared in self._by_file.items():
            key = (file, holds, known)
            if key not in self.verdicts:
                found = self.before.get(key)
                if found is None:
                    found = frozenset(n for n, one in declared if not holds(file.tree, one, known))
                self.verdicts[key] = found
            others |= self.verdicts[key]
        return names | (self.by_name.keys() - others)

    @cached_property
    def _by_file(self) -> Mapping[GoFile, list[tuple[str, Node]]]:
        found: dict[GoFile, list[tuple[str, Node]]] = defaultdict(list)
        for name, declared in self.by_name.items():
            for one in declared:
                found[one.file].append((name, one.node))
        return found


def _never_returns(tree: SourceTree, function: Node, known: Outcomes) -> bool:
    text = tree.text[function.start : function.end]
    last = text.rstrip(b"} \t\r\n").rpartition(b"\n")[2]
    named = re.findall(rb"(\w+)\(", last)
    if not _MAY_END.search(last) and not any(n.decode() in known.never_return for n in named):
        return False
    body = _statements(function)
    if not body or any(node.kind == "return_statement" for node in _own_nodes(function)):
        return False
    end = body[-1]
    return (
        end.kind == "expression_statement"
        and bool(end.named_children)
        and is_last_act(tree, end.named_children[0], known)
    )


def _only_fails(tree: SourceTree, function: Node, known: Outcomes) -> bool:
    text = tree.text[function.start : function.end]
    returned = _RETURN.findall(text)
    if not returned or not may_fail(tree, function):
        return False
    for words in returned:
        named = {name.decode() for name in re.findall(rb"(\w+)\(", words)}
        if not _MAY_FAIL.search(words) and not named & known.only_fail:
            return False
    returns = [node for node in _own_nodes(function) if node.kind == "return_statement"]
    for statement in returns:
        values = [child for lists in statement.named_children for child in lists.named_children]
        if not values or not is_surely_failing(tree, values[-1], known):
            return False
    return bool(returns)


def _statements(function: Node) -> list[Node]:
    body = function.field("body")
    if body is None:
        return []
    lists = [node for node in body.children if node.kind == "statement_list"]
    return [node for one in lists for node in one.children if is_statement(node)]


def _own_nodes(function: Node) -> Iterator[Node]:
    """The statements of a function, without those of literals in it."""
    body = function.field("body")
    pending = [body] if body is not None else []
    while pending:
        node = pending.pop()
        yield node
        if is_statement(node) or node.kind in ("block", "statement_list", *CASES):
            pending.extend(node.children)
