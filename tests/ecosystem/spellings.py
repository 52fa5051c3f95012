"""Names that only the compiler and the linker use: no person should read one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

SPELLING = re.compile(
    r"""~[rpb]\d+               # results and parameters without a name
    | \.autotmp_ | (?<![\w`&])\#\w+\d  # temporaries, the states of iterators
    | go\.shape | \.dict\b     # shapes of type arguments
    | \b_C(?:type|func|fpvar|macro|2func)_\w+ | _cgo_ | _cgoexp
    | (?<=\w)·\d              # a type or variable counted within its function
    | [\w)\]]-fm\b | -range\d+ | \.gowrap | \.deferwrap
    | \.func\d+
    | \bruntime\.(?:conv|malloc|newobject|growslice|mapassign|makeslice)\w*
    """,
    re.VERBOSE,
)
# What is told on purpose: which function of the runtime was called.
_ON_PURPOSE = re.compile(r"Run-time call: `[^`]*`")
# What people are shown of a finding.
_SPOKEN = ("message", "condition", "type")


def spellings(text: str) -> list[str]:
    """The compiler's names in the text."""
    return [match[0] for match in SPELLING.finditer(_ON_PURPOSE.sub("", text))]


def in_report(report: Mapping[str, Any]) -> Iterator[str]:
    """Each text of the findings for people that has one, with its place."""
    for one in report["findings"]:
        if one.get("hidden"):
            continue
        for name in _SPOKEN:
            found = spellings(str(one.get(name) or ""))
            if found:
                place = f"{one['file']}:{one['line']}:{one['column']}"
                yield f"{place}: {one['code']} {name} {found[0]}: {one[name]}"
