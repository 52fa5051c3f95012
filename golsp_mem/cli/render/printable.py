"""Text of unknown origin, made safe for a terminal.

Identifiers, paths and compiler output come from the workspace: escape sequences in them
must not move the cursor, and bidirectional controls must not reorder what is read.
"""

from __future__ import annotations

import re
import unicodedata

# Cc controls, Cf invisible formatting (bidi, zero width), Cs lone surrogates, Zl/Zp line ends.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_COMMANDS = ("::", "##[", "##vso[")
_SUSPECT = re.compile(r"[^ -~]")


def visible(character: str) -> str:
    """One character as a terminal may show it; unsafe ones as ``\\x1b`` or ``\\u202e``."""
    if " " <= character <= "~" or unicodedata.category(character) not in _UNSAFE:
        return character
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # surrogateescape: a byte that is not UTF-8
        number -= 0xDC00
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def printable(text: str) -> str:
    """The text with every unsafe character (tabs and line ends too) written as an escape."""
    return _SUSPECT.sub(lambda match: visible(match[0]), text)


def one_line(text: str) -> str:
    """The text on one line: runs of white space become one space, the rest is escaped."""
    return printable(" ".join(text.split()))


def at_line_start(text: str) -> str:
    """Safe text as it may begin a line: runners of CI take lines that begin with ``::`` or ``##[``
    for commands, whatever blanks stand before (actions/runner, ActionCommand.cs)."""
    return f"./{text}" if text.lstrip().startswith(_COMMANDS) else text
