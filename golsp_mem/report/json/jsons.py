"""JSON text of values that come from outside."""

from __future__ import annotations

import json
import re

# Controls that JSON itself lets stand (DEL and C1), line ends and what has no width of its own.
_UNSEEN = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: object, indent: int | None = None) -> str:
    """JSON that UTF-8 can hold: readable, escaped only where it has lone surrogates, and where a
    terminal would obey a character or show nothing.

    File names that are not UTF-8 reach Python as lone surrogates.
    """
    text = _UNSEEN.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=indent))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def utf8(text: str) -> str:
    """The text as readers take it that refuse lone surrogates, even escaped ones.

    Of a file name that is not UTF-8, the wrong bytes become U+FFFD.
    """
    return _SURROGATE.sub("\ufffd", text)
