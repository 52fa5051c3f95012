"""What each condition text promises: from the facts of one run, whether something is allocated.

The table is the reading of a person who takes the words literally. A text that it does not know
is itself a finding of the oracle: nobody tried it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.truth.conditions.case import Fact

Holds = Callable[[Mapping[str, Fact]], bool | None]
"""True, False, or None where the words leave it open."""


class UnknownTextError(Exception):
    """A condition that no row of the table reads."""


def _open(_facts: Mapping[str, Fact]) -> bool | None:
    return None


HOLDS: tuple[tuple[str, Holds], ...] = (
    # boxing
    (r"when the value is 256 or more", lambda f: 256 <= f["bits"] < 1 << 63),
    (r"when the value is negative, or 256 or more", lambda f: f["bits"] >= 256),
    (r"when its bits, read as one unsigned number, are 256 or more.*", lambda f: f["bits"] >= 256),
    (r"when the string is not empty", lambda f: not f.get("empty", f.get("len") == 0)),
    (r"when the slice is not nil", lambda f: not f["nil"]),
    # make
    (r"when the length is above 0", lambda f: f["len"] > 0),
    (r"when the capacity is above 0", lambda f: f["cap"] > 0),
    (r"when it takes more than 32 B", lambda f: f.get("needc", f["need"]) > 32),
    (r"when the size hint is above 8", lambda f: f["hint"] > 8),
    # conversions
    (r"when it has two bytes or more", lambda f: f["len"] >= 2),
    (r"when it has more than 32 bytes", lambda f: f["len"] > 32),
    (r"when the text takes 30 bytes or more", lambda f: f["len"] >= 30),
    (r"when it has more than 32 runes", lambda f: f["len"] > 32),
    # concatenations
    (
        r"when two or more operands are not empty(?:, or the only such one lies on the stack)?",
        lambda f: f["operands"] >= 2 or (f["operands"] == 1 and f.get("onstack", False)),
    ),
    (
        r"when two or more operands are not empty and the result is longer than 32 B",
        lambda f: f["operands"] >= 2 and f["len"] > 32,
    ),
    (
        r"when the only operand that is not empty lies on the stack",
        lambda f: f["operands"] == 1 and f.get("onstack", False),
    ),
    (r"when the result is not empty", lambda f: f["len"] > 0),
    (r"when the result is longer than 32 B", lambda f: f["len"] > 32),
    # append
    (r"when the capacity is exceeded", lambda f: not f["room"]),
    (
        r"when the capacity is exceeded, unless up to 32 B fit into a buffer on the stack",
        lambda f: False if f["room"] else (True if f["need"] > 32 else None),
    ),
    (r"when it outgrows its buffer of 32 B on the stack", lambda f: f["need"] > 32),
    (
        r"when the slice still lies in its buffer on the stack",
        lambda f: f["buffer"] and 0 < f["need"] <= 32,
    ),
    # maps
    (r"when the table has to grow, or gets its first group", lambda f: f["grows"]),
    (r"for each new key.*, and when the table has to grow", lambda f: f["grows"] or f["new"]),
    # control flow
    (r"unless line \d+.* first", lambda f: f.get("reached")),
    (r"when the (?:else )?(?:branch|case) .*at line \d+.* is taken", lambda f: f.get("reached")),
    (r"when `.*` lets what is right of it run.*", lambda f: f["left"]),
    (r"once for each turn of the loop.*", lambda f: f["turns"] > 0),
    (r"when the format has no verb(?: and there are no arguments)?", lambda f: not f["verbs"]),
    # pools, copies: what another part of the program decides
    (r"when the pool of defer records is empty", _open),
    (r"first use only: .*", _open),
    (r"only when the goroutine has to wait .*", _open),
    (r"when no finished goroutine can be used again", _open),
    (r"in \d+ of the \d+ places that .* was compiled into", _open),
    (r"in \d+ of the \d+ places that .* was compiled into, .*", _open),
    (r"when a map without pointers is iterated for the first time", _open),
    (r"when maps\.clone has to: it lives in the runtime", _open),
    (r"not where .* inlines .* and keeps it on the stack", _open),
)  # fmt: skip


def holds(condition: str, facts: Mapping[str, Fact]) -> bool | None:
    """What a condition, whole, says of a run. Raises UnknownTextError."""
    verdict: bool | None = True
    for part in condition.split("; and "):
        one = _part(part, facts)
        if one is False:
            return False
        verdict = None if one is None else verdict
    return verdict


_WHERE_IT_STAYS = re.compile(r"(.*) \(and longer than 32 B where it stays in its function\)")


def _part(text: str, facts: Mapping[str, Fact]) -> bool | None:
    open_fate = _WHERE_IT_STAYS.fullmatch(text)
    if open_fate is not None:
        # Of a result of up to 32 B the words leave it open.
        needed = _part(open_fate[1], facts)
        return None if needed and facts["len"] <= 32 else needed
    for pattern, decide in HOLDS:
        if re.fullmatch(pattern, text):
            try:
                return decide(facts)
            except KeyError as error:
                raise UnknownTextError(f"“{text}”: the case does not say {error}") from error
    raise UnknownTextError(f"“{text}”: no reading of it")
