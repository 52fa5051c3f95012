"""Allocations that no edit takes away, and what people do instead, in a sentence."""

from __future__ import annotations

import re

from golsp_mem.advice.causes import Classification
from golsp_mem.advice.markdown import code
from golsp_mem.model import Code, Finding

# Functions that are given addresses as interface values, and find out at run time of what.
_FINDS_TYPES = re.compile(
    r"(?P<call>[\w.()*\[\]]*?\b(?:Unmarshal\w*|Decode\w*|binary\.Read|[SF]?[Ss]can\w*|As))\("
)
_CONVERTED, _PASSED = "interface-converted", "call parameter"


def unavoidable(finding: Finding, classified: Classification) -> str | None:
    """Why the variable has to be on the heap: of one whose address is all that a call gets which
    reads types at run time (``json.Unmarshal(b, &v)``); None for any other."""
    if finding.code is not Code.HEAP_VARIABLE or not finding.subject:
        return None
    notes = classified.route.notes
    if not notes or notes[-1].why != _PASSED:
        return None
    if not any(note.why == _CONVERTED for note in notes):
        return None
    found = _FINDS_TYPES.match(notes[-1].expr)
    if found is None:
        return None
    return (
        f"No edit avoids it: {code(found['call'])} finds out types at run time, so the compiler "
        f"cannot see that it does not keep the address of {code(finding.subject)}. People pass one "
        "that is used again, or of a field or an element of what is on the heap anyway."
    )
