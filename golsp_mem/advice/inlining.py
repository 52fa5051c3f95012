"""Why a function is not inlined, in words."""

from __future__ import annotations

from golsp_mem.advice.markdown import code
from golsp_mem.analysis.freed import Freed
from golsp_mem.compiler.text.inlining import Inlining

_MOST_NAMES = 3


def inlining_markdown(found: Inlining, *, names_it: bool = False) -> str:
    """One sentence: *Not inlined: cost 95, budget 80.* ``names_it`` begins it with the function's
    name, at a call of it."""
    who = f"{code(found.name)} is not inlined" if names_it else "Not inlined"
    if found.why_not is None:
        who = f"{code(found.name)} can be inlined" if names_it else "Can be inlined"
        return f"{who}: cost {found.cost}."
    if found.cost is not None and found.budget is not None:
        over = found.cost - found.budget
        return f"{who}: cost {found.cost}, budget {found.budget} ({over} too many)."
    return f"{who}: the compiler says {code(found.why_not)}."


def freed_markdown(freed: Freed) -> str:
    """*If it were inlined, `&Order{…}` would not be allocated: 2 allocations less at 2 calls.*"""
    names = ", ".join(code(one) for one in freed.subjects[:_MOST_NAMES])
    more = ", …" if len(freed.subjects) > _MOST_NAMES else ""
    objects = "1 allocation" if freed.objects == 1 else f"{freed.objects} allocations"
    calls = "1 call" if freed.calls == 1 else f"{freed.calls} calls"
    return (
        f"If it were inlined, {names}{more} would not be on the heap: {objects} less at {calls} "
        "(tried with the compiler)."
    )
