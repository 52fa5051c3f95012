"""Changes of JSON that leave it JSON: bytes that are changed by chance are none, and refused before
anything looks at what they say."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

# What stands for anything else.
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1 << 31, 1 << 63, 1 << 70, 0.5, 1e308, "", "x", "\x00", "\ud800",
    "../a.go", "/w/a.go", [], {}, [None], {"": None}, [[]],
)  # fmt: skip

_Place = tuple[Any, Any]
"""A list or an object, and an index or a key of it."""


def changed(data: bytes, chosen: random.Random, words: Sequence[bytes]) -> bytes | None:
    """A line of ``data`` changed that holds JSON; None where none does."""
    lines = data.split(b"\n")
    if chosen.random() < 0.2 and len(lines) > 1:
        lines.insert(chosen.randrange(len(lines)), chosen.choice(lines))
        return b"\n".join(lines)
    wraps = all(_decoded(line) is None for line in lines)
    at = chosen.randrange(len(lines))
    whole = _decoded(data if wraps else lines[at])
    if whole is None:
        return None
    tree = whole[0]
    for _ in range(1 << chosen.randrange(3)):
        tree = _changed(tree, chosen, words)
    text = json.dumps(tree).encode()
    if wraps:
        return text
    lines[at] = text
    return b"\n".join(lines)


def _decoded(data: bytes) -> list[Any] | None:
    try:
        return [json.loads(data)]
    except (ValueError, RecursionError):
        return None


def _changed(tree: Any, chosen: random.Random, words: Sequence[bytes]) -> Any:
    places = list(_places(tree))
    if not places:
        return chosen.choice(_VALUES)
    where, key = chosen.choice(places)
    kind = chosen.randrange(6)
    if kind == 0:
        del where[key]
    elif kind == 1:
        other, from_key = chosen.choice(places)
        where[key] = copy.deepcopy(other[from_key])
    elif kind == 2 and isinstance(where, list):
        where.insert(key, copy.deepcopy(where[key]))
    elif kind == 2:
        _, from_key = chosen.choice(places)
        where[str(from_key)] = where.pop(key)
    elif kind == 3 and isinstance(where[key], str):
        word = chosen.choice([*words, "é".encode(), b"\n", b"a.go"]).decode("utf-8", "replace")
        at = chosen.randrange(len(where[key]) + 1)
        where[key] = where[key][:at] + word + where[key][at:]
    elif kind == 3 and isinstance(where[key], int):
        where[key] += chosen.choice((-1, 1, 1 << 16))
    elif kind == 4:
        where[key] = [where[key]]
    else:
        where[key] = copy.deepcopy(chosen.choice(_VALUES))
    return tree


def _places(tree: Any) -> Iterator[_Place]:
    if isinstance(tree, dict | list):
        keys: Any = list(tree) if isinstance(tree, dict) else range(len(tree))
        for key in keys:
            yield tree, key
            yield from _places(tree[key])
