"""What calls cost with all that they call, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import evolve

from golsp_mem.advice.markdown import code
from golsp_mem.analysis.call_program import CallCost
from golsp_mem.analysis.calls.summaries import Total
from golsp_mem.analysis.calls.trees import noun_of
from golsp_mem.analysis.costs import Bounds
from golsp_mem.analysis.sizes import size_text
from golsp_mem.compiler.objects.symbols import short_name
from golsp_mem.model import UnknownCall
from golsp_mem.report.policy.calls import place_of

_SHOWN_UNKNOWN = 3


def bounds_words(total: Total) -> str:
    """``1 to 3 allocations · 64 B to 1 KiB``: of what can be followed."""
    objects = _or_more(total.cost.objects, unknown=total.unknown)
    size = _or_more(total.cost.bytes, unknown=total.unknown)
    if objects.nothing:
        return "nothing that is known" if total.unknown else "no allocations"
    text = f"{_range(objects)} allocation{'' if objects.most == 1 else 's'}"
    if size.most is not None or size.least:
        text += f" · {_sizes(size)}"
    return text if total.returns else f"{text}, and never returns"


def _or_more(bounds: Bounds, *, unknown: bool) -> Bounds:
    """What surely happens is only a part where something is unknown."""
    return evolve(bounds, most=None) if unknown and bounds.least else bounds


def _range(bounds: Bounds) -> str:
    least, most = bounds.least, bounds.most
    if most is None:
        return f"{least} or more" if least else "any number of"
    if least == most:
        return str(most)
    return f"{least} to {most}" if least else f"up to {most}"


def _sizes(bounds: Bounds) -> str:
    if bounds.most is None:
        return f"{size_text(bounds.least)} or more"
    if bounds.exact:
        return size_text(bounds.most)
    if not bounds.least:
        return f"up to {size_text(bounds.most)}"
    return f"{size_text(bounds.least)} to {size_text(bounds.most)}"


def call_markdown(cost: CallCost, *, counted: bool = False) -> str:
    """What a call of a function allocates with all that it calls: one or two sentences.

    ``counted``: calls that nobody can follow are counted by kind, not listed with their places.
    """
    parts = [f"A call of {code(short_name(cost.name))} {_said(cost)}."]
    chain, last = cost.further.chain, cost.further.last
    if chain and last is not None:
        ways = " → ".join(code(short_name(hop.function)) for hop in chain[-3:])
        noun = noun_of(last.code) if last.code else "object"
        when = f" {last.condition}" if last.condition else ""
        parts.append(f"Nearest: {noun} in {ways} ({code(place_of(chain[-1]))}){when}.")
    unknown = cost.further.unknown
    if unknown:
        calls = "1 call" if len(unknown) == 1 else f"{len(unknown)} calls"
        named = _kinds(unknown) if counted else _places(unknown)
        parts.append(f"{calls} further in cannot be followed: {named}.")
    return " ".join(parts)


def _kinds(unknown: Sequence[UnknownCall]) -> str:
    """``interface method (21), function value (8)``."""
    kinds = Counter(one.kind for one in unknown)
    if len(unknown) == 1:
        return unknown[0].kind
    return ", ".join(f"{kind} ({times})" for kind, times in kinds.most_common())


def _places(unknown: Sequence[UnknownCall]) -> str:
    listed = "; ".join(
        f"{one.kind} in {code(short_name(one.function))} ({code(place_of(one))})"
        for one in unknown[:_SHOWN_UNKNOWN]
    )
    return listed if len(unknown) <= _SHOWN_UNKNOWN else f"{listed}; …"


def _said(cost: CallCost) -> str:
    total = cost.total
    if total.cost.objects.nothing:
        return f"allocates nothing{' that is known' if total.unknown else ''}"
    what = "what can be followed of its calls" if cost.further.unknown else "all that it calls"
    return f"makes {bounds_words(total)}, with {what}"
