"""The patterns of gitignore(5), matched without backtracking over what was matched before.

As regular expressions, a pattern of a workspace (``a*a*a*a*b``) keeps a machine busy for
minutes. Here all ways to match are followed at once, as bits of one number (the Shift-And of
Baeza-Yates and Gonnet, "A new approach to text searching", CACM 35(10), 1992), so each byte of a
name is looked at once. What a pattern means is what git 2.39's dir.c and wildmatch.c make of it, on
bytes as there.
"""

from __future__ import annotations

import os
import string
from collections.abc import Sequence

from attrs import define, field, frozen

# No path is longer (PATH_MAX of Linux).
MOST_BYTES = 4096

_SLASH = ord("/")
_POSIX: dict[bytes, frozenset[int]] = {
    b"alnum": frozenset((string.ascii_letters + string.digits).encode()),
    b"alpha": frozenset(string.ascii_letters.encode()),
    b"blank": frozenset(b" \t"),
    b"cntrl": frozenset([*range(32), 127]),
    b"digit": frozenset(string.digits.encode()),
    b"graph": frozenset(range(33, 127)),
    b"lower": frozenset(string.ascii_lowercase.encode()),
    b"print": frozenset(range(32, 127)),
    b"punct": frozenset(string.punctuation.encode()),
    b"space": frozenset(b" \t\n\r\v\f"),
    b"upper": frozenset(string.ascii_uppercase.encode()),
    b"xdigit": frozenset(string.hexdigits.encode()),
}

# A place that one byte of a set fits; None is a star.
_Token = frozenset[int] | None
_ANY = frozenset(range(256)) - {_SLASH}


@frozen
class Pattern:
    """One pattern: of names in any directory, or of paths."""

    negated: bool
    only_directories: bool
    what: Name | Path

    def ends(self, parts: Sequence[bytes]) -> int:
        """The paths of the first 1, 2, … parts of a file's path that fit, as bits 0, 1, …"""
        if isinstance(self.what, Path):
            found = self.what.ends(parts)
        else:
            found = sum(self.what.fits(part) << number for number, part in enumerate(parts))
        # All but the last are directories.
        return found & ~(1 << len(parts) - 1) if self.only_directories else found


def parse(line: str) -> Pattern | None:
    """The pattern in a line; None for a comment, an empty line, and what can match nothing.

    Raises ValueError for what is longer than a path, and for a ``!`` without a pattern.
    """
    text = _trimmed(_bytes(line))
    if len(text) > MOST_BYTES:
        raise ValueError(f"a pattern of more than {MOST_BYTES} bytes")
    if not text or text.startswith(b"#"):
        return None
    negated = text.startswith(b"!")
    text = text[negated:]
    if not text:
        raise ValueError("'!' without a pattern")
    only_directories = text.endswith(b"/")
    text = text[: len(text) - only_directories]
    anywhere = b"/" not in text
    tokens = _tokens(text.removeprefix(b"/"))
    if not tokens:
        return None
    segments: list[list[_Token]] = [[]]
    for token in tokens:
        if isinstance(token, int):
            segments.append([])
        else:
            segments[-1].append(token)
    what = _name(segments[0]) if anywhere else _path(segments)
    return Pattern(negated, only_directories, what)


def _bytes(text: str) -> bytes:
    try:
        return os.fsencode(text)
    except UnicodeEncodeError:
        # JSON can name what no file system can hold.
        return text.encode("utf-8", "replace")


def _trimmed(text: bytes) -> bytes:
    """Without the line end, and without trailing spaces that no backslash protects."""
    text = text.removesuffix(b"\n").removesuffix(b"\r")
    end = kept = 0
    while end < len(text):
        if text[end : end + 1] == b"\\" and end + 1 < len(text):
            end += 2
            kept = end
        else:
            end += 1
            if text[end - 1 : end] != b" ":
                kept = end
    return text[:kept]


def _tokens(text: bytes) -> list[_Token | int]:
    """Sets, stars (None) and slashes (their number); none for a pattern that cannot match."""
    tokens: list[_Token | int] = []
    at = 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == _SLASH:
            tokens.append(_SLASH)
        elif letter == ord("*"):
            tokens.append(None)
        elif letter == ord("?"):
            tokens.append(_ANY)
        elif letter == ord("["):
            found = _class(text, at)
            if found is None:
                return []
            members, at = found
            tokens.append(members)
        elif letter == ord("\\"):
            if at == len(text):
                return []
            tokens.append(_SLASH if text[at] == _SLASH else frozenset([text[at]]))
            at += 1
        else:
            tokens.append(frozenset([letter]))
    return tokens


def _class(text: bytes, at: int) -> tuple[frozenset[int], int] | None:
    """The bytes that a bracket stands for, and where it ends; None where it does not end."""
    negated = text[at : at + 1] in (b"!", b"^")
    at += negated
    members: set[int] = set()
    previous: int | None = None
    first = True
    while first or text[at : at + 1] != b"]":
        first = False
        if at >= len(text):
            return None
        letter = text[at]
        if letter == ord("-") and previous is not None and text[at + 1 : at + 2] not in (b"", b"]"):
            at += 1
            if text[at] == ord("\\"):
                at += 1
                if at >= len(text):
                    return None
            members.update(range(previous, text[at] + 1))
            previous = None
        elif letter == ord("[") and text[at + 1 : at + 2] == b":":
            end = text.find(b"]", at + 2)
            if end < 0:
                return None
            if end - 1 < at + 2 or text[end - 1] != ord(":"):
                # No class: a bracket like any other.
                members.add(letter)
                previous = letter
            else:
                named = _POSIX.get(text[at + 2 : end - 1])
                if named is None:
                    return None
                members |= named
                previous, at = None, end
        else:
            if letter == ord("\\"):
                at += 1
                if at >= len(text):
                    return None
            previous = text[at]
            members.add(previous)
        at += 1
    made = frozenset(range(256)) - members if negated else frozenset(members)
    return made - {_SLASH}, at + 1


@define
class Name:
    """What one name fits: bytes and stars, read as an automaton whose states are bits."""

    _stars: int = 0
    _bytes: dict[int, int] = field(factory=dict)
    _length: int = 0

    def add(self, token: _Token) -> None:
        here = 1 << self._length
        if token is None:
            if self._stars & (here >> 1):
                # Stars that follow each other are one.
                return
            self._stars |= here
        else:
            for letter in token:
                self._bytes[letter] = self._bytes.get(letter, 0) | here
        self._length += 1

    def fits(self, name: bytes) -> bool:
        states = _after_stars(1, self._stars)
        for letter in name:
            if not states:
                return False
            moved = (states & self._bytes.get(letter, 0)) << 1
            states = _after_stars(moved | (states & self._stars), self._stars)
        return bool(states >> self._length & 1)


def _after_stars(states: int, stars: int) -> int:
    """With those that a star reaches by standing for nothing."""
    return states | (states & stars) << 1


@frozen
class Path:
    """What a path fits: names by the bits of their places, and ``**``; likewise an automaton."""

    names: tuple[tuple[Name, int], ...]
    stars: int
    length: int

    def ends(self, parts: Sequence[bytes]) -> int:
        """The paths of the first 1, 2, … parts that fit, as bits 0, 1, …"""
        ends = 0
        states = _after_stars(1, self.stars)
        for number, part in enumerate(parts):
            moved = 0
            for name, places in self.names:
                if states & places and name.fits(part):
                    moved |= (states & places) << 1
            states = _after_stars(moved | (states & self.stars), self.stars)
            if not states:
                break
            ends |= (states >> self.length & 1) << number
        return ends


def _path(segments: Sequence[Sequence[_Token]]) -> Path:
    names: dict[tuple[_Token, ...], tuple[Name, int]] = {}
    stars = length = 0
    after_stars = False
    for number, segment in enumerate(segments):
        is_last = number + 1 == len(segments)
        if len(segment) > 1 and not any(token is not None for token in segment):
            if not after_stars:
                stars |= 1 << length
                length += 1
            after_stars = True
            if not is_last:
                continue
            # The last ** stands for something.
            segment = (None,)  # noqa: PLW2901 - one that any name fits
        key = tuple(segment)
        name, places = names.get(key) or (_name(segment), 0)
        names[key] = (name, places | 1 << length)
        length += 1
        after_stars = False
    return Path(tuple(names.values()), stars, length)


def _name(segment: Sequence[_Token]) -> Name:
    name = Name()
    for token in segment:
        name.add(token)
    return name


class Rules:
    """The patterns of one directory, the last one that fits decides. As gitignore(5) says, a file
    in an excluded directory cannot be taken back."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Raises ValueError as `parse` does."""
        parsed = (parse(line) for line in lines)
        self._patterns = [pattern for pattern in parsed if pattern is not None][::-1]

    def match(self, relative: str) -> bool:
        """Whether the file of a path (``/`` separated) is excluded."""
        parts = _bytes(relative).split(b"/")
        open_ends = (1 << len(parts)) - 1
        for pattern in self._patterns:
            fitting = pattern.ends(parts) & open_ends
            if fitting and not pattern.negated:
                return True
            open_ends &= ~fitting
        return False
