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
_TYPES = (VALUE, "reflect.Type")
# reflect.ValueOf(&any), and helpers named after it: a value of a type that no program wrote.
_NEW = "ValueOf("
# What an interface of the value holds is a part of it.
_HELD = re.compile(r"reflect\.ValueOf\((\w+)\.Interface\(\)\)")
# What is only set is not gone down.
_HOLDS = re.compile(r"reflect\.Interface\b|NumMethod|(?<!\.Set\(reflect\.)ValueOf\(")


def fills_types_only(member: Member) -> bool:
    """Whether a function is given a reflect.Value, and never asks what an interface holds."""
    tree = member.file.tree
    function = tree.smallest(*tree.bounds(member.syntax.span))
    given = any(type_ == VALUE for _, type_ in typed(member.file, function))
    return given and _HOLDS.search(tree.source(function)) is None


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
