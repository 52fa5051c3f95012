"""What a text shows that may end a recursion soon, where nothing shows how soon.

A number that every call counts and a test compares; a level that another package's object keeps;
a flag that is set in front of every call and tested; a buffer that is asked again once it is
filled; an indentation, with which a text grows by the square of its depth. None is a bound, each
is a reason to tell of a recursion only who asks for all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from golsp_mem.analysis.stack.recursion.bounds import counts, parameters_of
from golsp_mem.analysis.stack.recursion.counted import leaves
from golsp_mem.analysis.stack.recursion.cuts import arguments_of
from golsp_mem.analysis.stack.recursion.members import Member, body_of, statements_of
from golsp_mem.source.parts.functions import DECLARATIONS, FunctionSyntax
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

Calls = Sequence[tuple[Member, Sequence[Node]]]
"""The functions of a cycle with their calls that stay in it."""
_INDENTS = re.compile(r"(?i)ind|\w*indent(?:ation)?")
_INTEGERS = re.compile(r"u?int(?:8|16|32|64|ptr)?")
_LEVELS = re.compile(r"(?i)(?:de|a)scend|\w*(?:depth|level|nest|recurs)\w*|(?:un)?nest|enter|leave")
_GIVEN = re.compile(r"(?i)\w*(?:depth|level|nest\w*)")
_TESTS_A_MAP = re.compile(r"\bif\b[^{\n]*?\b(\w+)\[[^\]\n]+\]")
_SET = r"(?:map\[[^\]\n]+\](?:bool|struct\{\})|\*?\[\d\w*\]bool)"
_ONE_MORE = re.compile(r"(?<![\w.])([a-zA-Z]\w*) ?\+ ?1\b")
_TABLE = re.compile(r"\*?(?:\[\d+\])+(?:bool|byte|u?int\d*)")
_TOKEN = re.compile(rb"\((?:[^(),\n]*, *)?(\w+)\.(?:Text|Bytes)\(\)")
_PLACE = re.compile(r"(?m)^\s*(\w+)(?:, \w+)* = \1_?\d+\b")
_TESTED = re.compile(r"(\w+\.\w+)(?: [<>]=? [\w.]+)?$")
_PUT = re.compile(r"^(\w+\.\w+) = [\w.]+$")
_FAILS = re.compile(r"(?i)\w*(?:panic|fatal|throw)\([^\n]*\)\s*\}$")
_COMPARED = r"(?<![\w.]){0}\s*(?:[<>]=?|==)|(?:[<>]=?|==)\s*{0}\b(?![.(\[])"


def counts_a_number(cycle: Calls) -> bool:
    """Whether every call of a function that others do not start afresh hands on a number one more
    or less, which is compared, and is no place in a text or list."""
    names = [
        {p.name for p in parameters_of(one.file, one.syntax) if _INTEGERS.fullmatch(p.type)}
        for one, _ in cycle
    ]
    shared = set.intersection(*names) if names else set()
    if any(_is_counted(cycle, name) for name in sorted(shared) if name not in ("", "_")):
        return True
    return any(calls and _hands_on_a_count(one, calls) for one, calls in cycle)


def _hands_on_a_count(one: Member, calls: Sequence[Node]) -> bool:
    """Whether what it takes out of what it got, ``d := ctx.Value(key).(int)``, is compared and put
    into what each call gets, one more."""
    text, tree = _text_of(one), one.file.tree
    more = [
        {name for given in arguments_of(call) for name in _ONE_MORE.findall(tree.source(given))}
        for call in calls
    ]
    own = {parameter.name for parameter in one.syntax.parameters}
    return any(
        not _is_a_place(text, name) and _is_compared(text, name)
        for name in set.intersection(*more) - own
    )


def _is_counted(cycle: Calls, name: str) -> bool:
    gated = False
    for one, calls in cycle:
        text = _text_of(one)
        if _is_a_place(text, name):
            return False
        up = [_counts(one, call, name) for call in calls]
        plain = [_hands_on(one, call, name) for call in calls]
        if not all(a or b for a, b in zip(up, plain, strict=True)):
            return False
        gated = gated or (bool(up) and all(up) and _is_compared(text, name))
    return gated


def _is_a_place(text: str, name: str) -> bool:
    """Whether a number is a place in a text or list."""
    return re.search(rf"\[[^\]\n]*(?<![\w.]){name}\b[^\]\n]*\]", text) is not None


def _is_compared(text: str, name: str) -> bool:
    """Whether a number is compared, and with no length."""
    measured = re.search(rf"(?<![\w.]){name}\s*(?:[<>]=?|==)\s*len\(", text)
    return measured is None and re.search(_COMPARED.format(re.escape(name)), text) is not None


def _counts(one: Member, call: Node, name: str) -> bool:
    tree = one.file.tree
    for argument in arguments_of(call):
        node = unparenthesized(argument)
        left, right, sign = (node.field(n) for n in ("left", "right", "operator"))
        if left is None or right is None or sign is None or tree.source(left) != name:
            continue
        if sign.kind == "-" and right.kind == "int_literal":
            return True
        if counts(tree, node, name):
            return True
    return False


def _hands_on(one: Member, call: Node, name: str) -> bool:
    return any(one.file.tree.source(argument) == name for argument in arguments_of(call))


def is_indented(cycle: Calls) -> bool:
    """Whether a function compares an indentation that it is given, or sets it to a line's."""
    return any(
        _INTEGERS.fullmatch(parameter.type)
        and _INDENTS.fullmatch(parameter.name)
        and re.search(rf"{_COMPARED.format(parameter.name)}|\b{parameter.name} = ", _text_of(one))
        for one, _ in cycle
        for parameter in parameters_of(one.file, one.syntax)
    )


def is_leveled_elsewhere(cycle: Calls, is_declared: Callable[[str], bool]) -> bool:
    """Whether a function first calls what another package declares, by whose name a level is
    counted: ``l.Descend(); defer l.Ascend()``."""
    for one, calls in cycle:
        body = body_of(one)
        first = min((call.start for call in calls), default=0)
        for statement in statements_of(body) if body is not None else ():
            if statement.start >= first:
                break
            for node in statement.walk():
                called = node.field("function") if node.kind == "call_expression" else None
                if called is None or called.kind != "selector_expression" or node.end > first:
                    continue
                name = one.file.tree.source(called).rpartition(".")[2]
                if _LEVELS.fullmatch(name) and not is_declared(name):
                    return True
    return False


def is_given_a_level(cycle: Calls) -> bool:
    """Whether each function gets a level that is no number, ``depth *counter``, and one of them
    leaves by a test of it."""
    levels = [
        [p.name for p in parameters_of(one.file, one.syntax) if _GIVEN.fullmatch(p.name)]
        for one, _ in cycle
    ]
    return all(levels) and any(
        re.search(rf"\bif [^{{\n]*\b{name}\.[^{{\n]*\{{\s*return\b", _text_of(one))
        for (one, _), names in zip(cycle, levels, strict=True)
        for name in names
    )


def is_flagged(cycle: Calls) -> bool:
    """Whether a function puts the same constant into a field or variable in front of each of its
    calls, for which one of the functions leaves: of another value too, ``sub.closed = true``."""
    reset = {
        (name.rpartition(".")[2], value)
        for one, _ in cycle
        for name, value in _flags(_text_of(one))
    }
    for one, calls in cycle:
        before = [_flags_before(one, call) for call in calls]
        for name, value in set.intersection(*before) if before else ():
            last = name.rpartition(".")[2]
            if (last, "false" if value == "true" else "true") in reset:
                continue
            if any(_leaves_for(each, inner, last, value) for each, inner in cycle):
                return True
    return False


def is_set_once(cycle: Calls) -> bool:
    """Whether all calls of a function stand behind a test that leaves for what they, or what leads
    to them, set: ``if r.scale > none { return }; r.scale = n; return r.next()``,
    ``if r.last { fail() }; …; if r.last = r.bit(); r.last { r.next() }``."""
    return any(calls and all(_is_behind(one, call) for call in calls) for one, calls in cycle)


def _is_behind(one: Member, call: Node) -> bool:
    tree = one.file.tree
    outers = [*call.ancestors()]
    held = {
        tree.source(condition)
        for each in outers
        if each.kind == "if_statement" and (condition := each.field("condition")) is not None
    }
    put: set[str] = set()
    for outer in outers:
        for each in outer.named_children[::-1] if outer.kind == "statement_list" else ():
            condition, then = each.field("condition"), each.field("consequence")
            if each.end > call.start:
                continue
            put |= set(_PUT.findall(tree.source(each))[:1])
            if each.kind != "if_statement" or condition is None or then is None:
                continue
            if not leaves(one, then) and not _FAILS.search(tree.source(then)):
                continue
            written = tree.source(condition)
            tested = _TESTED.match(written)
            if tested is not None and (tested[1] in put or written in held):
                return True
    return False


def _leaves_for(one: Member, calls: Sequence[Node], name: str, value: str) -> bool:
    """Whether a test of a flag keeps a function from its calls when the flag has a value."""
    flag = re.compile(rf"(!?)(?:\w+\.)+{re.escape(name)}\b(?![.(\[])")
    body = body_of(one)
    for node in body.walk() if body is not None else ():
        condition, then = node.field("condition"), node.field("consequence")
        if node.kind != "if_statement" or condition is None or then is None:
            continue
        written = one.file.tree.source(condition)
        tested = flag.search(written)
        if tested is None:
            continue
        if (tested[1] == "!") is (value == "false"):
            if flag.fullmatch(written) and leaves(one, then):
                return True
        elif "||" not in written and all(then.start <= call.start < then.end for call in calls):
            return True
    return False


def _flags(text: str) -> set[tuple[str, str]]:
    return set(re.findall(r"(?<![\w.])(\w+\.[\w.]+) = (true|false)\b", text))


def _flags_before(one: Member, call: Node) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for outer in call.ancestors():
        if outer.kind in ("func_literal", *DECLARATIONS):
            break
        for statement in outer.named_children if outer.kind == "statement_list" else ():
            if statement.end <= call.start and statement.kind == "assignment_statement":
                found |= _flags(one.file.tree.source(statement))
    return found


def holds_a_lock(cycle: Calls) -> bool:
    """Whether a method locks a mutex of its receiver until it returns, and all calls are of the
    receiver's methods: a second round waits for the first."""
    locked = False
    for one, calls in cycle:
        receiver = next((p.name for p in one.syntax.parameters if p.role == "receiver"), "")
        tree = one.file.tree
        if not receiver or any(
            not re.match(rf"{receiver}\.\w+\(", tree.source(call)) for call in calls
        ):
            return False
        locking = re.compile(
            rf"\b{receiver}\.(\w+\.)?Lock\(\)\s+defer {receiver}\.(\w+\.)?Unlock\(\)"
        )
        locked = locked or locking.search(_text_of(one)) is not None
    return locked


def asks_again(cycle: Calls) -> bool:
    """Whether the only function ends with asking itself for what it has just fetched:
    ``if len(l.queue) > 0 { return l.pop() }; l.fetch(); return l.Next()``."""
    if len(cycle) != 1:
        return False
    [(one, calls)] = cycle
    body = body_of(one)
    statements = list(statements_of(body)) if body is not None else []
    receiver = next((p.name for p in one.syntax.parameters if p.role == "receiver"), "")
    own = re.compile(rf"{receiver}\.\w+\(")
    calls = [call for call in calls if own.match(one.file.tree.source(call))]
    if len(calls) != 1 or len(statements) < _THREE or not receiver or arguments_of(calls[0]):
        return False
    if _turns_to_the_next(one, calls[0], receiver):
        return True
    last = statements[-1]
    whole = one.file.tree.source(last).removeprefix("return ")
    if last.kind != "return_statement" or whole != one.file.tree.source(calls[0]):
        return False
    tests = any(_is_of_fields(one, node, receiver) for node in statements)
    fetched = one.file.tree.source(statements[-2])
    return tests and (
        statements[-2].kind == "expression_statement" or fetched.startswith(f"{receiver}.")
    )


_THREE = 3


def _turns_to_the_next(one: Member, call: Node, receiver: str) -> bool:
    """``if r.cur == nil { r.cur = next }; …; r.cur = nil; return r.Read()``: only of a part that
    holds nothing it asks once more."""
    text = _text_of(one)
    return any(
        (done := re.fullmatch(rf"({receiver}\.\w+) = nil", one.file.tree.source(each))) is not None
        and f"if {done[1]} == nil {{" in text
        for outer in call.ancestors()
        if outer.kind == "statement_list"
        for each in outer.named_children
        if each.end <= call.start
    )


def _is_of_fields(one: Member, test: Node, receiver: str) -> bool:
    """``if l.err != nil { return }``, ``if !l.queue.empty() { return … }``: of what is kept."""
    condition, then = test.field("condition"), test.field("consequence")
    if test.kind != "if_statement" or condition is None or then is None or not leaves(one, then):
        return False
    initializer = test.field("initializer")
    text = one.file.tree.source(condition)
    return initializer is None and re.search(rf"(?<![\w.]){receiver}\.", text) is not None


def goes_back(cycle: Calls) -> bool:
    """Whether the functions are rules of a generated grammar, which take their place back where
    they fail: ``position3 := position; …; position = position3``."""
    texts = [_text_of(one) for one, _ in cycle if one.syntax.is_literal]
    return len(texts) == len(cycle) and any(_PLACE.search(text) for text in texts)


def notes_what_it_meets(cycle: Calls, files: Sequence[GoFile]) -> bool:
    """Whether a function tests a map in which it notes what it has met, in front of its calls:
    ``if seen[n] { return }; seen[n] = true``."""
    for one, calls in cycle:
        text = _text_of(one)
        first = min((call.start for call in calls), default=0)
        ahead = text[: max(first - one.file.tree.bounds(one.syntax.span)[0], 0)]
        for name in set(_TESTS_A_MAP.findall(text)):
            if not re.search(rf"\b{name}\[[^\]\n]+\] = ", ahead):
                continue
            declared = re.compile(rf"\b{name}\b[^\n={{]*(?:= (?:make\()?)?{_SET}".encode())
            if any(declared.search(file.text) for file in files):
                return True
    return False


def marks_a_table(cycle: Calls) -> bool:
    """Whether it marks where it was in a table of a fixed size that it is given, and tests that:
    ``func fill(g *[8][8]byte, x, y int)``."""
    return any(
        _TABLE.fullmatch(parameter.type)
        and re.search(rf"\bif\b[^{{\n]*\b{parameter.name}\[", text)
        and re.search(rf"\b{parameter.name}(?:\[[^\]\n]+\])+ = ", text)
        for one, _ in cycle
        for text in [_text_of(one)]
        for parameter in parameters_of(one.file, one.syntax)
    )


def is_checked(cycle: Calls, names: Collection[str], files: Sequence[GoFile]) -> bool:
    """Whether nobody but an UnmarshalJSON calls the functions: encoding/json looks at all that it
    hands on first (maxNestingDepth in scanner.go)."""
    found = _called_by(cycle, names, files)
    return bool(found) and all(one.name.endswith(".UnmarshalJSON") for _, one, _ in found)


def is_scanned(cycle: Calls, names: Collection[str], files: Sequence[GoFile]) -> bool:
    """Whether the functions are called with nothing but what a bufio.Scanner with its own buffer
    has cut (bufio.MaxScanTokenSize)."""
    if any(b".Buffer(" in file.text for file in files):
        return False
    found = _called_by(cycle, names, files)
    return bool(found) and all(
        (given := _TOKEN.match(file.text, end)) is not None
        and re.search(rb"\b%s\b[^\n]*bufio\.NewScanner\(" % given[1], file.text) is not None
        for file, _, end in found
    )


def _called_by(
    cycle: Calls, names: Collection[str], files: Sequence[GoFile]
) -> list[tuple[GoFile, FunctionSyntax, int]]:
    """Where others call the functions, each with the function around it and where the name ends;
    none where others than this package's may."""
    if any(name[:1].isupper() or not name for name in names):
        return []
    own = {(one.file.path, one.syntax.span.line) for one, _ in cycle}
    words = "|".join(map(re.escape, sorted(names)))
    called = re.compile(rf"(?<!func )(?<!\) )\b(?:{words})\b".encode())
    return [
        (file, around, match.end())
        for file in files
        for match in called.finditer(file.text)
        if (around := file.function_at(file.tree.line_of(match.start()))) is not None
        and (file.path, around.span.line) not in own
    ]


def _text_of(one: Member) -> str:
    start, end = one.file.tree.bounds(one.syntax.span)
    return one.file.text[start:end].decode("latin-1")
