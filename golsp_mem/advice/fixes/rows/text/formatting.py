"""``fmt.Sprintf`` and ``fmt.Sprint`` of strings and integers: ``+`` and strconv.

Formatting boxes each argument and makes the result; joining makes the result, and one string for
an integer from 100 on (strconv, `FormatInt`: smaller ones are there already), while boxing one
costs nothing below 256 (runtime/iface.go). So integers are only worth it alone, or beside at least
as many strings, and those have to be boxed in every copy of the function: a caller that inlines it
with a constant boxes nothing, and would pay for the integer's string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    argument_of,
    arguments,
    called_of,
    has_comment,
    is_operand,
    replace,
)
from golsp_mem.analysis.proof.trades import Instead
from golsp_mem.model import Code, Finding
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile

_VERB = re.compile(r"%(.)", re.DOTALL)
# heap/verdicts.py: of what some copies of a function do not allocate.
_NOT_EVERYWHERE = re.compile(r"\bin \d+ of the \d+ places ")
_HIDDEN_PERCENT = re.compile(r"\\(?:x25|045|u0025|U00000025)")
_SIGNED = {"int8", "int16", "int32", "int64", "rune"}
_UNSIGNED = {"uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "byte"}
# What strconv takes as it is: within a longer text, conversions would hide it.
_DIRECT = ("int", "int64", "uint64")
_MOST_VERBS = 3
# What has more pieces reads better as a format.
_MOST_TERMS = 5
# Types that these name differ from one platform to the next (syscall.Stat_t.Nlink).
_PLATFORM = ("syscall", "golang.org/x/sys/unix", "golang.org/x/sys/windows", "C")


@frozen
class _Term:
    """One piece of the joined string. ``kind``: text, string, bytes, number."""

    text: str
    kind: str
    argument: Node | None = None


def _call(file: GoFile, finding: Finding) -> tuple[Node, str] | None:
    """The call that boxes the finding's value."""
    boxed = argument_of(file, finding)
    name = called_of(file, boxed[0], "fmt") if boxed is not None else None
    return (boxed[0], name) if boxed is not None and name in ("Sprintf", "Sprint") else None


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context
    found = _call(file, finding)
    if found is not None:
        yield from (Place(file, one) for one in arguments(found[0]))


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    found = _call(file, finding)
    if found is None or has_comment(file, found[0]):
        return
    call, name = found
    given = arguments(call)
    terms = (
        _formatted(context, file, given) if name == "Sprintf" else _printed(context, file, given)
    )
    if (
        not terms
        or any("\n" in one.text for one in terms)
        or not context.means_builtin(file, call, "string", "int64", "uint64")
    ):
        return
    boxed = context.near(file, call, Code.HEAP_BOXING)
    if not _is_worth_it(file, terms, boxed):
        return
    if any(_is_number(one) and one.kind != "int" for one in terms) and any(
        found.path in _PLATFORM for found in file.imports
    ):
        return
    text, needs = _joined(context, file, call, terms)
    if text is None:
        return
    instead = []
    if len(terms) > 1:
        instead.append(Instead(finding.function, Code.HEAP_CONCAT))
    if any(one.kind == "bytes" for one in terms):
        instead.append(Instead(finding.function, Code.HEAP_CONVERSION))
    yield Candidate(
        row="formatting",
        title=_title(name, terms, needs, len(boxed)),
        edits=(replace(file, call, text),),
        findings=boxed,
        gone=boxed,
        instead=tuple(instead),
        needs=needs,
        drops=("fmt",),
    )


def _formatted(context: FixContext, file: GoFile, given: tuple[Node, ...]) -> list[_Term] | None:
    """The pieces of a format with its arguments; None for what only fmt knows how to write."""
    literal = unparenthesized(given[0]) if given else None
    if literal is None or literal.kind != "interpreted_string_literal":
        return None
    written = file.tree.source(literal)[1:-1]
    if _HIDDEN_PERCENT.search(written):
        return None
    terms: list[_Term] = []
    text, at, values = "", 0, list(given[1:])
    for verb in _VERB.finditer(written):
        if verb.start() < at:
            continue
        text += written[at : verb.start()]
        at = verb.end()
        if verb[1] == "%":
            text += "%"
            continue
        if not values:
            return None
        term = _term(context, file, values.pop(0), verb[1])
        if term is None:
            return None
        if text:
            terms.append(_Term(f'"{text}"', "text"))
            text = ""
        terms.append(term)
    if values or (written.endswith("%") and at < len(written)):
        return None
    text += written[at:]
    if text:
        terms.append(_Term(f'"{text}"', "text"))
    verbs = sum(one.kind != "text" for one in terms)
    return terms if 0 < verbs <= _MOST_VERBS and len(terms) <= _MOST_TERMS else None


def _printed(context: FixContext, file: GoFile, given: tuple[Node, ...]) -> list[_Term] | None:
    term = _term(context, file, given[0], "v") if len(given) == 1 else None
    # Sprint writes a []byte as its numbers.
    return [term] if term is not None and term.kind != "bytes" else None


def _term(context: FixContext, file: GoFile, node: Node, verb: str) -> _Term | None:
    type_ = context.type_of(file, node)
    text = file.tree.source(node)
    if type_ in ("string", "untyped string") and verb in "sv":
        return _Term(text, "string", node)
    if type_ in ("[]byte", "[]uint8") and verb == "s":
        return _Term(text, "bytes", node)
    if verb not in "dv":
        return None
    if type_ == "int":
        return _Term(text, "int", node)
    if type_ in _SIGNED or type_ in _UNSIGNED:
        return _Term(text, str(type_), node)
    return None


def _is_number(term: _Term) -> bool:
    return term.kind not in ("text", "string", "bytes")


def _is_worth_it(file: GoFile, terms: list[_Term], boxed: tuple[Finding, ...]) -> bool:
    numbers = sum(map(_is_number, terms))
    places = [
        file.tree.bounds(one.span) for one in boxed
        if not (numbers and _NOT_EVERYWHERE.search(one.condition or ""))
    ]  # fmt: skip

    def is_boxed(term: _Term) -> bool:
        node = term.argument
        return node is not None and any(node.start <= a and b <= node.end for a, b in places)

    if len(terms) > 1 and any(_is_number(one) and one.kind not in _DIRECT for one in terms):
        return False
    texts = sum(one.kind in ("string", "bytes") and is_boxed(one) for one in terms)
    if len(terms) == 1:
        return bool(boxed)
    return texts >= max(1, numbers)


def _joined(
    context: FixContext, file: GoFile, call: Node, terms: list[_Term]
) -> tuple[str | None, tuple[str, ...]]:
    needs: tuple[str, ...] = ()
    prefix = ""
    if any(map(_is_number, terms)):
        found = context.qualifier(file, call, "strconv")
        if found is None:
            return None, ()
        prefix, needs = found, ("strconv",)
    written = [_written(one, prefix, alone=len(terms) == 1) for one in terms]
    text = " + ".join(written)
    if is_operand(call) and (len(terms) > 1 or not _is_primary(terms[0])):
        text = f"({text})"
    return text, needs


def _written(term: _Term, prefix: str, *, alone: bool) -> str:
    if term.kind == "text":
        return term.text
    if term.kind == "string":
        binary = term.argument is not None and term.argument.kind == "binary_expression"
        return f"({term.text})" if binary and not alone else term.text
    if term.kind == "bytes":
        return f"string({term.text})"
    if term.kind == "int":
        return f"{prefix}Itoa({term.text})"
    if term.kind in ("int64", "uint64"):
        return f"{prefix}Format{'Int' if term.kind == 'int64' else 'Uint'}({term.text}, 10)"
    if term.kind in _SIGNED:
        return f"{prefix}FormatInt(int64({term.text}), 10)"
    return f"{prefix}FormatUint(uint64({term.text}), 10)"


def _is_primary(term: _Term) -> bool:
    node = term.argument
    return term.kind != "string" or (
        node is not None and not node.kind.startswith(("binary", "unary"))
    )


def _title(name: str, terms: list[_Term], needs: tuple[str, ...], boxed: int) -> str:
    values = "1 boxed value" if boxed == 1 else f"{boxed} boxed values"
    if len(terms) == 1:
        kind = terms[0].kind
        if kind == "string":
            return f"Use the string itself: fmt.{name} and {values} go"
        if kind == "bytes":
            return f"Convert with string(…): fmt.{name} and {values} go"
        return f"Write the number with strconv: fmt.{name} and {values} go"
    how = "Join with + and strconv" if needs else "Join with +"
    # strconv has the strings of 0 to 99 (itoa.go, small).
    made = ", and strconv's string unless it is of 0 to 99" if needs else ""
    return f"{how}: fmt.{name} and {values} → 1 concatenation{made}"


ROW = Row("formatting", frozenset({Code.HEAP_BOXING}), _candidates, _asks)
