"""JSON text of values that come from outside."""

from __future__ import annotations

import json
import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def dumps(value: object, indent: int | None = None) -> str:
    """JSON that UTF-8 can hold: readable, escaped only where it has lone surrogates.

    File names that are not UTF-8 reach Python as lone surrogates.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text


def utf8(text: str) -> str:
    """The text as readers take it that refuse lone surrogates, even escaped ones.

    Of a file name that is not UTF-8, the wrong bytes become U+FFFD.
    """
    return _SURROGATE.sub("\ufffd", text)
