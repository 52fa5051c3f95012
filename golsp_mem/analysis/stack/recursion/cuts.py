"""What a call hands on less of: the rest of a text or list, a number that is counted.

Syntax only: ``f(s[1:])``, a variable that holds what is left, ``f(n-1)``. Halves end soon, a path
is short, into a buffer is written, and what is pushed and popped is a stack of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from attrs import frozen

from golsp_mem.analysis.stack.recursion.bounds import parameters_of
from golsp_mem.analysis.stack.recursion.members import Member
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node, SourceTree, unparenthesized

_CUTS = re.compile(r"(?:strings|bytes)\.Cut(?:Prefix)?$")
_TEXTS = re.compile(r"string|\[\](?:byte|rune|uint8)|json\.RawMessage|\[\]\*?\w*(?i:token)\w*")
_RESTS = re.compile(r"(?i)rest|tail|remain|left")
# A path has as many parts as the system, a server or a file format lets it have.
_PATHS = re.compile(r"(?i)(?:path|dir|file|url|uri|prefix|pattern)(?:name)?s?$")
# One element is no rest: xs[i:i+1].
_ONE = re.compile(r".*\[(.+):\1\+\d\]$", re.DOTALL)
_HALVES = re.compile(r"/\s*2\b|>>\s*1\b")
# What lies behind the last dot has none; what lies in front is a parent's name.
_LASTS = re.compile(r"\bLastIndex\w*\(")
# A level is counted beside what is gone down.
_LEVELS = re.compile(r"(?i)depth|level|indent|max|limit|nest")
_NAME = re.compile(r"\b[A-Za-z_]\w*\b")
_INDEXED = re.compile(r"(?<![\w.])(\w+)(?:\.(\w+))?\[([^\]\n:]*)[\]:]")
_GRID = re.compile(r"\[\]\[\](?:string|byte|rune|bool|u?int(?:8|16|32|64)?)")
_CELL = re.compile(r"(?<![\w.])(\w+)\[(\w+)\]\[(\w+)\]")
_LEAVES = ("return_statement", "break_statement", "continue_statement", "panic")
# So long as a text is, so often it is copied: it takes hours before the stack is full.
_COPIES = (
    r"(?:\[\](?:rune|byte)|(?<![\w.\]])string|strings\.(?:Split|Fields|To|Replace|Map)\w*"
    r"|bytes\.(?:Split|Fields|To|Replace|Map|Clone)\w*)\((?:{0})(?:\[[^\]\n]*:\])?[,)]"
)
_STEP = r"(?m)(?<![\w.*]){}(?:--|\+\+| [-+]= \d)"


class End(Enum):
    """What is left: ``s[1:]``, ``s[:n]``, ``s[i:j]``."""

    LAST = "last"
    FIRST = "first"
    MIDDLE = "middle"


@frozen
class Cut:
    """That a call hands on a rest: ``text`` of a string or bytes, ``words`` of a list of strings,
    else of any other list."""

    text: bool
    end: End = End.LAST
    words: bool = False


def is_of_words(type_: str) -> bool:
    return type_ in ("[]string", "...string")


def indexes_a_text(member: Member) -> bool:
    """Whether a number that the function is given is a place in a text that it is given, or that
    what it is given holds; or two of them the place of a cell in a grid."""
    listed = parameters_of(member.file, member.syntax)
    texts = {one.name for one in listed if _TEXTS.fullmatch(one.type)}
    numbers = {one.name for one in listed if one.type == "int"}
    given = {one.name for one in member.syntax.parameters}
    grids = {one.name for one in listed if _GRID.fullmatch(one.type)}
    written = _written(member)
    for match in _CELL.finditer(written):
        # Where a picture is measured, it is as large as data says.
        if match[1] in grids and {match[2], match[3]} <= numbers and f"len({match[1]})" in written:
            return True
    for match in _INDEXED.finditer(written):
        root, field, index = match.groups()
        if numbers.isdisjoint(_NAME.findall(index)):
            continue
        held = rf"(?m)^\s+(?:\w+, )*{field}(?:, \w+)*\s+(?:string|\[\]byte|\[\]rune)\b".encode()
        if root in texts if field is None else root in given and re.search(held, member.file.text):
            return True
    return False


def arguments_of(call: Node) -> Sequence[Node]:
    listed = call.field("arguments")
    return listed.named_children if listed is not None else ()


def is_given(member: Member, operand: Node) -> bool:
    """Whether something is, or is part of, a parameter or receiver."""
    return _given(member, operand) is not None


def cuts(member: Member, call: Node) -> Iterator[Cut]:
    """The rests that a call hands on."""
    for argument in arguments_of(call):
        found = _cut(member, call, argument)
        if found is not None:
            yield found


def copies_rests(member: Member) -> bool:
    """Whether a function copies the whole text that it is given, of which it hands on a rest."""
    texts = [
        re.escape(one.name)
        for one in parameters_of(member.file, member.syntax)
        if one.name and _TEXTS.fullmatch(one.type)
    ]
    written = _written(member)
    if texts:
        texts += re.findall(rf"(?m)(?<![\w.])(\w+) := (?:{'|'.join(texts)})\[[^\]\n]*:\]$", written)
    return bool(texts) and re.search(_COPIES.format("|".join(texts)), written) is not None


def counts(member: Member, call: Node) -> bool:
    """Whether a call hands on a parameter and a number more or less, and it is tested when to
    end. Levels are not meant, which are counted beside something else."""
    tree = member.file.tree
    for argument in arguments_of(call):
        node = unparenthesized(argument)
        if node.kind == "identifier":
            before = _written(member)[: call.start - tree.bounds(member.syntax.span)[0]]
            name = tree.source(node)
            if not re.search(_STEP.format(re.escape(name)), before):
                continue
        else:
            left, right, sign = (node.field(n) for n in ("left", "right", "operator"))
            if node.kind != "binary_expression" or left is None or right is None or sign is None:
                continue
            if sign.kind not in ("+", "-") or right.kind != "int_literal":
                continue
            node, name = left, tree.source(left)
        if node.kind != "identifier" or not is_given(member, node) or _LEVELS.search(name):
            continue
        if _is_tested(member, call, name):
            return True
    return False


def _given(member: Member, operand: Node) -> str | None:
    """The parameter or receiver that something is part of."""
    while operand.kind in ("selector_expression", "index_expression", "slice_expression"):
        inner = operand.field("operand")
        if inner is None:
            return None
        operand = inner
    if operand.kind != "identifier":
        return None
    span = member.file.tree.node_span(operand)
    declared = member.file.declaration_of(span.line, span.column)
    found = any(parameter.span == declared for parameter in member.syntax.parameters)
    return member.file.tree.source(operand) if found else None


def _written(member: Member) -> str:
    start, end = member.file.tree.bounds(member.syntax.span)
    return member.file.text[start:end].decode("latin-1")


def _cut(member: Member, call: Node, node: Node, *, deep: bool = True) -> Cut | None:
    tree = member.file.tree
    node = unparenthesized(node)
    if node.kind == "variadic_argument":
        node = node.named_children[0]
    if node.kind == "slice_expression":
        operand = node.field("operand")
        name = _given(member, operand) if operand is not None else None
        if operand is None or name is None or _PATHS.search(tree.source(operand)):
            return None
        if _ONE.fullmatch(tree.source(node).replace(" ", "")):
            return None
        if _is_cut_at(member, node, _HALVES) or _is_cut_at(member, node, _LASTS):
            return None
        if _is_filled(member, operand):
            return None
        types = {one.name: one.type for one in parameters_of(member.file, member.syntax)}
        plain = operand.kind == "identifier"
        type_ = types.get(name, "") if plain else ""
        if re.search(rf"\b{re.escape(name)} \.\.\.", _written(member)):
            type_ = f"[]{type_}"
        return Cut(
            _TEXTS.fullmatch(type_) is not None, _end(tree, node, operand), is_of_words(type_)
        )
    return _of_variable(member, call, node) if node.kind == "identifier" and deep else None


def _end(tree: SourceTree, cut: Node, operand: Node) -> End:
    start, end = cut.field("start"), cut.field("end")
    whole = re.escape(f"len({tree.source(operand)})")
    # s[i:len(s)], s[1 : len(s)-1]: nobody looks for that end.
    if end is not None and re.fullmatch(rf"{whole}( *- *\d+)?", tree.source(end)):
        end = None if start is not None else end
    if start is not None and end is not None:
        return End.MIDDLE
    return End.LAST if end is None else End.FIRST


def _of_variable(member: Member, call: Node, node: Node) -> Cut | None:
    """What a variable holds that a call gets: set in front of it whatever way leads to it."""
    tree = member.file.tree
    name = tree.source(node)
    if f"append({name}," in _written(member) or _PATHS.search(name):
        return None
    start, end = tree.bounds(member.syntax.span)
    for statement in tree.smallest(start, end).walk():
        if statement.kind not in ("short_var_declaration", "assignment_statement"):
            continue
        left, right = statement.field("left"), statement.field("right")
        if left is None or right is None or not _leads_to(statement, call):
            continue
        targets = [tree.source(each) for each in left.named_children]
        if name not in targets:
            continue
        values = right.named_children
        if len(values) == len(targets):
            found = _cut(member, call, values[targets.index(name)], deep=False)
        else:
            found = _rest(member, values[0], name)
        if found is not None:
            return found
    return None


def _leads_to(statement: Node, call: Node) -> bool:
    """Whether the branch that a statement stands in is the call's."""
    for outer in statement.ancestors():
        if outer.kind in ("if_statement", "expression_case", "type_case", "default_case"):
            return outer.start <= call.start < outer.end
        if outer.kind in ("func_literal", *DECLARATIONS):
            return True
    return True


def _rest(member: Member, value: Node, name: str) -> Cut | None:
    """``token, rest := next(s)``: what is left, by its name, of what the function got."""
    called = value.field("function") if value.kind == "call_expression" else None
    if called is None:
        return None
    tree = member.file.tree
    if not _CUTS.fullmatch(tree.source(called)) and not _RESTS.search(name):
        return None
    types = {one.name: one.type for one in parameters_of(member.file, member.syntax)}
    given = any(
        is_given(member, argument) and _may_be_a_text(tree.source(argument), types)
        for argument in arguments_of(value)
    )
    return Cut(True) if given else None


def _may_be_a_text(written: str, types: Mapping[str, str]) -> bool:
    """Whether a parameter is of a text's type; of fields that is not told, but the left side of a
    node is none."""
    type_ = types.get(written)
    return (
        _TEXTS.fullmatch(type_) is not None if type_ is not None else ".left" not in written.lower()
    )


def _is_cut_at(member: Member, node: Node, what: re.Pattern[str]) -> bool:
    """Whether the place where it is cut is written so, ``len(s)/2``, or is a variable that is."""
    text = member.file.tree.source(node)
    if what.search(text):
        return True
    written = _written(member)
    return any(
        re.search(rf"\b{name}\s*:?=[^=\n]*(?:{what.pattern})", written)
        for name in _NAME.findall(text.partition("[")[2])
    )


def _is_filled(member: Member, operand: Node) -> bool:
    """Whether the function writes into it: a buffer."""
    name = re.escape(member.file.tree.source(operand))
    index = rf"(?<![\w.]){name}\[[^\]\n]*\](?:, \S+)* [-+|&^]?= "
    filled = rf"\b(?:copy|Put\w+)\({name}\b"
    return re.search(rf"{index}|{filled}", _written(member)) is not None


def _is_tested(member: Member, call: Node, name: str) -> bool:
    """Whether a test of the number decides about the call, or none tests it at all, nor anything
    else: ``if isWrapper(skip) { return caller(skip + 1) }`` ends with what is there."""
    tree = member.file.tree
    tested = False
    word = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
    start, end = tree.bounds(member.syntax.span)
    for node in tree.smallest(start, end).walk():
        found = _decides(member, call, node, word)
        if found:
            return True
        tested = tested or found is not None
    return not tested and not any(outer.kind == "if_statement" for outer in call.ancestors())


def _decides(member: Member, call: Node, node: Node, word: re.Pattern[str]) -> bool | None:
    """Whether a test of the number decides about the call; None where it is none."""
    tree = member.file.tree
    if node.kind == "binary_expression":
        sign, left = node.field("operator"), node.field("left")
        if sign is None or left is None or sign.kind not in ("&&", "||"):
            return None
        return left.end <= call.start < node.end if word.search(tree.source(left)) else None
    if node.kind == "expression_switch_statement":
        value = node.field("value")
        return True if value is not None and word.search(tree.source(value)) else None
    if node.kind == "expression_case":
        return True if word.search(tree.source(node).partition(":")[0]) else None
    condition = node.field("condition")
    if condition is None or not word.search(tree.source(condition)):
        return None
    then = node.field("consequence")
    if then is None or then.start <= call.start < then.end:
        return True
    leaves = any(each.kind in _LEAVES for each in then.walk())
    return leaves or node.field("alternative") is not None
