"""Decoders that go down a Go value by reflection: as deep as its type nests.

Where each call hands on a reflect.Value that is a field, an element or a new value of what the
function got, an input can nest no deeper than the type, unless the type leads to itself.
"""

from __future__ import annotations

import re

from golsp_mem.analysis.stack.loops import typed
from golsp_mem.analysis.stack.recursion.makings import WORD, assignments_of
from golsp_mem.analysis.stack.recursion.members import Member
from golsp_mem.source.parts.tree import Node

VALUE = "reflect.Value"
_ANY = ("any", "interface{}")
_TYPES = (VALUE, "reflect.Type")
# reflect.ValueOf(&any), and helpers named after it: a value of a type that no program wrote.
_NEW = "ValueOf("
# What an interface of the value holds is a part of it.
_HELD = re.compile(r"reflect\.ValueOf\((\w+)\.Interface\(\)\)")
# Lists and maps of anything, values that are only skipped, new ones of no type that is given.
_HOLDS = re.compile(
    r"\[\](?:any|interface\{\})|map\[string\](?:any|interface\{\})|reflect\.Value\{\}"
    r"|ValueOf\(&|\w\w+ValueOf\("
)


def fills_types_only(member: Member) -> bool:
    """Whether a function is given a reflect.Value, or takes one of what it is given, and makes no
    lists or maps of anything: what an interface holds was there before."""
    tree = member.file.tree
    function = tree.smallest(*tree.bounds(member.syntax.span))
    text = tree.source(function)
    given = dict(typed(member.file, function))
    for name, type_ in given.items():
        if type_ in _ANY:
            text, taken = re.subn(rf"reflect\.ValueOf\({name}\)", VALUE, text)
            if taken:
                return _HOLDS.search(text) is None
    return VALUE in given.values() and _HOLDS.search(text) is None


def is_part_of_value(member: Member, node: Node) -> bool:
    """Whether an expression is a part of a reflect.Value that the function got, or made by the
    type of one."""
    tree = member.file.tree
    function = tree.smallest(*tree.bounds(member.syntax.span))
    given = {name for name, type_ in typed(member.file, function) if type_ in _TYPES}
    pairs = assignments_of(member.file, function) if given else ()
    found, seen, pending = False, set[str](), [tree.source(node)]
    while pending and given:
        text = _HELD.sub(r"\1", pending.pop())
        if _NEW in text:
            return False
        words = set(WORD.findall(text)) - seen
        seen |= words
        found = found or not words.isdisjoint(given)
        pending += [right for left, right in pairs if left in words]
    return found
