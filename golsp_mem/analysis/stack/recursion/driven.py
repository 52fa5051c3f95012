"""What makes a recursion deep: an input that it reads, data that is built, a number; or nothing
that this package shows.

Told unasked is what data drives. A tree that programs build in their text, a reflect.Type, a
registry, the parents of a scope end with what programmers write: those are doubts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from attrs import evolve, frozen

from golsp_mem.analysis.stack.recursion import doubts
from golsp_mem.analysis.stack.recursion.bounds import parameters_of
from golsp_mem.analysis.stack.recursion.cuts import (
    Cut,
    End,
    arguments_of,
    copies_rests,
    counts,
    cuts,
    indexes_a_text,
    is_given,
)
from golsp_mem.analysis.stack.recursion.drives import Drive
from golsp_mem.analysis.stack.recursion.entries import (
    comes_from_a_file,
    is_filled_by_data,
    roots,
    tables,
)
from golsp_mem.analysis.stack.recursion.grown import Growth, Types
from golsp_mem.analysis.stack.recursion.handed_on import goes_down
from golsp_mem.analysis.stack.recursion.inputs import OUTSIDE, Inputs, calls_of
from golsp_mem.analysis.stack.recursion.makings import ANY_LISTS, base_of
from golsp_mem.analysis.stack.recursion.members import Member
from golsp_mem.analysis.stack.recursion.naming import (
    FILLS,
    WRITES,
    are_writers,
    is_of_a_program,
    is_reader,
)
from golsp_mem.analysis.stack.recursion.reflected import VALUE, fills_types_only, is_part_of_value
from golsp_mem.analysis.stack.recursion.spines import ANY_LINK
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.tree import Node

_LOOP_HEAD = re.compile(r"\bfor [^;{\n]*;[^;{\n]*;[^{\n]*\{")
_REFLECTED = re.compile(r"\breflect\.(?:Type|StructField)\b")
_SYNTAX = re.compile(r"\*?ast\.\w+")


@frozen
class Calling:
    """A function of a cycle, and its calls that stay in the cycle; ``texts`` are indirect ones."""

    member: Member
    calls: Sequence[Node]
    texts: Collection[str] = ()


def find_calls(member: Member, names: Collection[str], texts: Collection[str]) -> Calling:
    """The calls of one function that stay in the cycle; ``texts`` are indirect ones."""
    start, end = member.file.tree.bounds(member.syntax.body or member.syntax.span)
    body = member.file.tree.smallest(start, end)
    return Calling(member, calls_of(member.file, body, names, texts), texts)


def driver(cycle: Sequence[Calling], names: Collection[str], inputs: Inputs, types: Types) -> Drive:
    """What makes a cycle deep, unless something may end it; ``names`` are the last names of its
    functions."""
    drive = _driver(cycle, names, inputs, types)
    calls = [(one.member, one.calls) for one in cycle]
    if drive.is_data and doubts.marks_a_table(calls):
        return Drive.MET
    if not drive.is_data or drive is Drive.COUNT:
        return drive
    if doubts.counts_a_number(calls):
        return Drive.COMPARED
    if doubts.is_flagged(calls):
        return Drive.FLAGGED
    if drive is Drive.LED_ON and doubts.notes_what_it_meets(calls, types.programs):
        return Drive.MET
    if drive is not Drive.INPUT:
        return drive
    if doubts.holds_a_lock(calls):
        return Drive.LOCKED
    if doubts.is_leveled_elsewhere(calls, inputs.is_declared) or doubts.is_given_a_level(calls):
        return Drive.GUARDED
    if doubts.is_checked(calls, names, types.programs):
        return Drive.CHECKED
    if doubts.is_scanned(calls, names, types.programs):
        return Drive.SCANNED
    if doubts.is_indented(calls):
        return Drive.INDENTED
    if doubts.goes_back(calls):
        return Drive.GOES_BACK
    if doubts.asks_again(calls):
        return Drive.ASKING
    return Drive.FLAGGED if doubts.is_set_once(calls) else drive


def _driver(
    cycle: Sequence[Calling], names: Collection[str], inputs: Inputs, types: Types
) -> Drive:
    typed: dict[str, list[tuple[str, str]]] = {}
    for one in cycle:
        parameters = typed_parameters(one.member)
        # Of several methods of one name that of a node says what is gone down.
        leads = any(types.family(text) for _, text in parameters[:1])
        if leads or one.member.called not in typed:
            typed[one.member.called] = parameters
    # The state of a parser may hold functions too: it is handed on, not gone down.
    families = {
        family: None
        for one in cycle
        for family in _descended(one, typed, types)
        if ANY_LISTS[0] not in family
    }
    registered = [one for one in families if types.is_registered(one) and not types.is_parsed(one)]
    if registered:
        looped = any(types.spines(one) is not None for one in registered)
        return Drive.REGISTERED if looped else Drive.PROGRAM
    if all(any(types.is_of_types(text) for _, text in each) for each in typed.values()):
        written = " ".join(text for each in typed.values() for _, text in each)
        return Drive.PROGRAM if _REFLECTED.search(written) else Drive.TYPES
    if all(_fills_a_value(one, call, typed) for one in cycle for call in one.calls):
        return Drive.TYPES
    declared = [one.member for one in cycle if not one.member.syntax.is_literal]
    if declared and all(fills_types_only(one) for one in declared):
        return Drive.TYPES
    found = [(one, call, [*cuts(one.member, call)]) for one in cycle for call in one.calls]
    if any(cut.words for *_, rests in found for cut in rests):
        return Drive.NAMES
    own = [[] if _is_of_another(one, call) else rests for one, call, rests in found]
    if all(_are_regexps(one.member) for one in cycle) or any(_is_go(one.member) for one in cycle):
        return Drive.GUARDED
    # What goes down a tree in each round is no deeper than the tree, whatever it reads.
    if not _goes_down_trees(cycle, typed, types):
        if _takes(cycle, names, typed, inputs, types):
            return Drive.INPUT
        whole = [any(cut.text for cut in rests) for rests in own]
        if whole and all(whole) and _goes_down(cycle, typed, types):
            return Drive.BOTH
        if _hands_on_rests(own, cycle, typed, types):
            if {cut.end for rests in own for cut in rests if cut.text} == {End.MIDDLE}:
                return Drive.SEARCHED
            return Drive.COPIED if copies_rests(cycle[0].member) else Drive.INPUT
    # What a tree is printed with counts its levels.
    if any(
        counts(one.member, call) and not _descended(evolve(one, calls=(call,)), typed, types)
        for one in cycle
        for call in one.calls
    ):
        # Constants that a program starts with are bounds; who calls a library nobody knows.
        if any(indexes_a_text(one.member) for one in cycle):
            return Drive.INPUT
        return Drive.COUNT if is_of_a_program([one.member for one in cycle]) else Drive.COUNTED
    if not goes_down([(one.member.file, one.member.syntax) for one in cycle]):
        return Drive.STATES
    built = _built(cycle, typed, types)
    texts = any(cut.text for rests in own for cut in rests)
    if built is Drive.BUILT and not texts and _hands_on_lists(own):
        return Drive.LISTED
    if built is Drive.BUILT and any(_is_led_on(one, types) for one in cycle):
        return Drive.LED_ON
    return built


def _fills_a_value(
    one: Calling, call: Node, typed: Mapping[str, Sequence[tuple[str, str]]]
) -> bool:
    """Whether a call hands on a part of the Go value that the function got."""
    return any(
        text == VALUE and is_part_of_value(one.member, argument)
        for argument, text in _paired(one.member, call, typed, one.texts)
    )


def _is_led_on(one: Calling, types: Types) -> bool:
    """Whether it calls with what it has looked up, in a table of data or a file, by what it got."""
    given = [argument for call in one.calls for argument in arguments_of(call)]
    return any(comes_from_a_file(one.member, argument) for argument in given) or any(
        is_filled_by_data(one.member, table, types.programs, types.is_registered)
        for argument in given
        for table in tables(one.member, argument)
    )


def typed_parameters(member: Member) -> list[tuple[str, str]]:
    """(name, type) of the receiver and the parameters."""
    tree = member.file.tree
    start, end = tree.bounds(member.syntax.span)
    receiver = tree.smallest(start, end).field("receiver")
    written = []
    for one in receiver.named_children if receiver is not None else ():
        name, type_ = one.field("name"), one.field("type")
        if type_ is not None:
            written.append((tree.source(name) if name is not None else "", tree.source(type_)))
    return [*written, *((one.name, one.type) for one in parameters_of(member.file, member.syntax))]


def _takes(
    cycle: Sequence[Calling],
    names: Collection[str],
    typed: Mapping[str, Sequence[tuple[str, str]]],
    inputs: Inputs,
    types: Types,
) -> bool:
    """Whether something is taken from an input in front of a call. That a method reads is known of
    the package's own; of others only their names say so, so the function's must say so too, as
    where no text, reader or channel is found in what is taken from."""
    declared = [one.member.syntax for one in cycle if not one.member.syntax.is_literal]
    if are_writers([one.member for one in cycle], WRITES) and not any(
        is_reader(one) for one in declared
    ):
        return False
    for one in cycle:
        reads = is_reader(one.member.syntax)
        of_types = {n for n, text in typed_parameters(one.member) if types.is_of_types(text)}
        sources = {n for n, text in typed_parameters(one.member) if inputs.is_source(text)}
        for call in one.calls:
            taken = inputs.taken_before(one.member, call, names)
            handed = _handed(one, call) if taken else frozenset()
            # A node that loses a child is no input of who goes down to its children.
            down = _descended(evolve(one, calls=(call,)), typed, types) if taken else []
            handed -= {
                name
                for name, text in typed_parameters(one.member)
                if any(types.family(text) & family for family in down)
            }
            for root in taken:
                known = root.sure and root.name in sources
                if (known or reads) and root.name not in of_types and root.name in handed:
                    return True
    return False


def _handed(one: Calling, call: Node) -> frozenset[str]:
    """The parameters that a call gets, as they are or in part; what is outside all calls share.
    Whose method is called through an interface is another object, with an input of its own."""
    operand = None if _is_of_another(one, call) else _operand(call)
    called = call.field("function")
    if operand is None and called is not None and one.member.file.tree.source(called) in one.texts:
        operand = called  # f := p.table[c]: bound to what holds the table
    given = (*([operand] if operand is not None else []), *arguments_of(call))
    return frozenset({OUTSIDE}).union(*(roots(one.member, node) for node in given))


def _goes_down_trees(
    cycle: Sequence[Calling], typed: Mapping[str, Sequence[tuple[str, str]]], types: Types
) -> bool:
    """Whether every call hands on a part of what no input makes."""
    return all(
        any(
            _is_there(cycle, family, types)
            for family in _descended(evolve(one, calls=(call,)), typed, types)
        )
        for one in cycle
        for call in one.calls
    )


def _is_there(cycle: Sequence[Calling], family: frozenset[str], types: Types) -> bool:
    """Whether what is gone down was made by no input, nor is by who goes down: an insert."""
    # Lists and maps of anything are as deep as the decoder of another package lets them be.
    if ANY_LISTS[0] in family:
        return True
    if types.growth(family) in (Growth.PARSED, Growth.CHAINED):
        return False
    return not any(types.makes(one.member, family) for one in cycle)


def _are_regexps(member: Member) -> bool:
    """Whether a parsed regular expression is gone down: regexp/syntax refuses more than 1000 levels
    (maxHeight in parse.go)."""
    given = any(text == "*syntax.Regexp" for _, text in typed_parameters(member))
    return given and any(one.path == "regexp/syntax" for one in member.file.imports)


def _is_go(member: Member) -> bool:
    """Whether Go code is gone down: go/parser refuses more than 100 000 levels (maxNestLev in
    parser.go)."""
    given = any(_SYNTAX.fullmatch(text) for _, text in typed_parameters(member))
    return given and any(one.path == "go/ast" for one in member.file.imports)


def _hands_on_rests(
    rests: Sequence[Sequence[Cut]],
    cycle: Sequence[Calling],
    typed: Mapping[str, Sequence[tuple[str, str]]],
    types: Types,
) -> bool:
    """Whether calls hand on the rest of a text, ``rests`` being those of each call; of another list
    only where that is all that changes from call to call, in a program: who gives lists to a
    library nobody knows."""
    if are_writers([one.member for one in cycle], FILLS):
        return False
    # What is left in front is mostly a parent's name, or as much as there is room for.
    if any(cut.text and cut.end is not End.FIRST for found in rests for cut in found):
        return True
    down = any(_descended(one, typed, types) for one in cycle)
    return _hands_on_lists(rests) and not down and is_of_a_program([one.member for one in cycle])


def _goes_down(
    cycle: Sequence[Calling], typed: Mapping[str, Sequence[tuple[str, str]]], types: Types
) -> bool:
    """Whether what is gone down is not made by who goes down."""
    return any(
        not any(types.makes(each.member, family) for each in cycle)
        for one in cycle
        for family in _descended(one, typed, types)
    )


def _hands_on_lists(rests: Sequence[Sequence[Cut]]) -> bool:
    """Whether every call hands on the rest of a list. What is cut in the middle is divided: deep
    only where the pieces are bad."""
    return {cut.end for found in rests for cut in found} == {End.LAST} and all(rests)


def _is_of_another(one: Calling, call: Node) -> bool:
    """Whether a method of a part is called, through an interface: as deep as the parts nest."""
    called = call.field("function")
    is_indirect = called is not None and one.member.file.tree.collapsed(called) in one.texts
    return is_indirect and _operand(call) is not None


def _operand(call: Node) -> Node | None:
    """X of ``X.f()``."""
    called = call.field("function")
    return called.field("operand") if called is not None else None


def _built(
    cycle: Sequence[Calling], typed: Mapping[str, Sequence[tuple[str, str]]], types: Types
) -> Drive:
    """What makes the deepest of the types that are gone down."""
    found = [
        drive
        for one in cycle
        for family in dict.fromkeys(_descended(one, typed, types))
        if (drive := _made(one, cycle, family, types)) is not None
    ]
    return next((one for one in found if one.is_data), found[0] if found else Drive.BUILT)


def _made(
    one: Calling, cycle: Sequence[Calling], family: frozenset[str], types: Types
) -> Drive | None:
    growth = types.growth(family)
    if growth in (Growth.CHAINED, Growth.BUILT) and types.is_balanced(family):
        return Drive.BALANCED
    fields = types.spines(family) if ANY_LISTS[0] not in family else None
    hung = types.chained_fields(family) if growth is Growth.CHAINED else None
    lists = ANY_LISTS[0] in family
    if hung is not None and (lists or _follows(cycle, hung or fields or ())):
        return Drive.GUARDED if types.is_counted_chain(family) else Drive.DATA
    if fields is not None and (ANY_LINK in fields or _follows(cycle, fields)):
        return Drive.CHAINED
    if growth in (Growth.CHAINED, Growth.PARSED):
        return Drive.GUARDED if types.is_guarded(family) else Drive.PARSED
    if growth is not Growth.BUILT:
        return None
    # A program builds its own; of what a library builds only a list is so deep.
    alone = len(one.calls) == 1 and not _in_a_loop(one.calls[0])
    own = is_of_a_program([one.member]) and ANY_LISTS[0] not in family
    return Drive.LINKED if own or (alone and types.is_list(family)) else None


def _follows(cycle: Sequence[Calling], fields: Collection[tuple[str, str]]) -> bool:
    """Whether the functions name one of the fields along which a chain is long, each with its type
    where that is known: a method that names a field of its receiver means that type's. Along what
    a loop follows, ``for ; n != nil; n = n.next``, no call goes down."""
    for one in cycle:
        text = _text_of(one.member)
        owner = base_of(one.member.syntax.receiver or "")
        receiver = next((p.name for p in one.member.syntax.parameters if p.role == "receiver"), "")
        for type_, field in fields:
            if type_ and not _goes_on_for(one, type_):
                continue
            if not field:
                return True
            steps = rf"(?:\b(\w+))?\.{re.escape(field)}\b"
            for match in re.finditer(steps, _LOOP_HEAD.sub("for {", text)):
                if not type_ or match[1] != receiver or not receiver or owner == type_:
                    return True
    return False


def _goes_on_for(one: Calling, type_: str) -> bool:
    """Whether a function that asks for the type of what it got calls on for one of them."""
    start, end = one.member.file.tree.bounds(one.member.syntax.span)
    tree = one.member.file.tree
    named = re.compile(rf"\b{re.escape(type_)}\b")
    others = False
    switched = False
    for node in tree.smallest(start, end).walk():
        if node.kind == "type_switch_statement":
            switched = True
        if node.kind not in ("type_case", "default_case"):
            continue
        calls = any(node.start <= call.start < node.end for call in one.calls)
        if node.kind == "default_case":
            others = others or calls
        elif named.search(tree.source(node).partition(":")[0]):
            return calls
    return others or not switched


def _text_of(member: Member) -> str:
    start, end = member.file.tree.bounds(member.syntax.span)
    return member.file.text[start:end].decode("latin-1")


def _in_a_loop(call: Node) -> bool:
    for outer in call.ancestors():
        if outer.kind == "for_statement":
            return True
        if outer.kind in ("func_literal", *DECLARATIONS):
            return False
    return False


def _descended(
    one: Calling, typed: Mapping[str, Sequence[tuple[str, str]]], types: Types
) -> list[frozenset[str]]:
    """The types that lead to themselves of which a call of the cycle gets a part, in the place of
    such a type."""
    member = one.member
    listed = [
        (name, family)
        for name, text in typed_parameters(member)
        if (family := types.family(text)) and (ANY_LISTS[0] not in family or _takes_lists(member))
    ]
    found = []
    for call in one.calls if listed else ():
        for argument, text in _paired(member, call, typed, one.texts):
            family = types.family(text)
            if not family or (argument.kind == "identifier" and is_given(member, argument)):
                continue
            origins = roots(member, argument)
            found += [each for name, each in listed if name in origins and each & family]
    return found


def _paired(
    member: Member,
    call: Node,
    typed: Mapping[str, Sequence[tuple[str, str]]],
    texts: Collection[str],
) -> list[tuple[Node, str]]:
    """The receiver and the arguments of a call with the types of what they become."""
    called = call.field("function")
    if called is None:
        return []
    name = member.file.tree.source(called).rpartition(".")[2].partition("[")[0]
    if name not in typed and member.file.tree.collapsed(called) in texts:
        # fmt.Sprint(t.left) asks it for the same method.
        return [
            (one, text) for _, text in typed_parameters(member)[:1] for one in arguments_of(call)
        ]
    parameters = typed.get(name, ())
    operand = called.field("operand") if called.kind == "selector_expression" else None
    given = list(arguments_of(call))
    if operand is not None and len(parameters) == len(given) + 1:
        given.insert(0, operand)
    return [(node, text) for node, (_, text) in zip(given, parameters, strict=False)]


def _takes_lists(member: Member) -> bool:
    """Whether it looks for the lists and maps that decoders make of documents."""
    start, end = member.file.tree.bounds(member.syntax.span)
    text = member.file.text[start:end].decode("utf-8", "replace").replace(" ", "")
    return any(one in text for one in ANY_LISTS)
