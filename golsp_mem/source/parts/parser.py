"""Go text to a tree-sitter tree, around what the grammar does not know yet."""

from __future__ import annotations

import re
from functools import cache

import tree_sitter
import tree_sitter_go

_NEW = re.compile(rb"\bnew\(")
_GENERIC_METHOD = re.compile(rb"^func[ \t]*\([^()]*\)[ \t]*\w+\[", re.MULTILINE)
_NOT_NEWLINE = re.compile(rb"[^\r\n]")
_TOKENS = re.compile(
    rb'"(?:\\.|[^"\\\n])*"|`[^`]*`|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/|[()\[\]]', re.DOTALL
)
_LONGEST = 4096


def parse(text: bytes) -> tree_sitter.Tree:
    """The tree of any bytes; node offsets are those of ``text``.

    tree-sitter-go 0.25 takes the argument of ``new`` for a type, and Go 1.26 allows an
    expression there, which it parses into rubble that reaches to the end of the file. Under
    another name of the same length ``new`` is an ordinary function to the grammar. The type
    parameters of methods (Go 1.27) it does not know either: they are blanked.
    """
    tree = _parser().parse(text)
    if not tree.root_node.has_error:
        return tree
    known = bytearray(text)
    types: dict[bytes, bool] = {}
    for match in _NEW.finditer(text):
        argument = _inside(text, match.end(), b"()")
        if argument is None:
            continue
        if argument not in types:
            types[argument] = _is_type(argument)
        if not types[argument]:
            known[match.start() : match.start() + 3] = b"nEW"
    for match in _GENERIC_METHOD.finditer(text):
        parameters = _inside(text, match.end(), b"[]")
        if parameters is not None:
            end = match.end() + len(parameters) + 1
            known[match.end() - 1 : end] = _NOT_NEWLINE.sub(b" ", text[match.end() - 1 : end])
    return tree if known == text else _parser().parse(bytes(known))


@cache
def field_number(name: str) -> int:
    """What the grammar counts a field by, from 1."""
    number = _language().field_id_for_name(name)
    assert number is not None, name
    return number


@cache
def _language() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_go.language())


def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(_language())


def _inside(text: bytes, start: int, brackets: bytes) -> bytes | None:
    """What stands between a bracket, just before ``start``, and the one that closes it."""
    depth = 1
    for token in _TOKENS.finditer(text, start, start + _LONGEST):
        depth += {brackets[:1]: 1, brackets[1:]: -1}.get(token[0], 0)
        if depth == 0:
            return text[start : token.start()]
    return None


def _is_type(argument: bytes) -> bool:
    return not _parser().parse(b"package p\nvar _ " + argument + b"\n").root_node.has_error
