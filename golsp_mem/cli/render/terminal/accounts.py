"""The account of one file for people, and for a bug report: plain lines."""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.cli.render.printable import one_line
from golsp_mem.cli.render.wording import details, plural
from golsp_mem.report.accounting import Account, Became, CallAccount, Outcome
from golsp_mem.report.json.paths import PathBase

_TITLES = {
    Became.REPORTED: "reported",
    Became.QUIET: "for programs only",
    Became.NEVER: "found to allocate nothing",
    Became.IGNORED: "left out",
    Became.NO_PLACE: "without a place",
}


def account_lines(account: Account, place: PathBase) -> Iterator[str]:
    """Calls first, those that nothing is said of before the rest; then the ``-m`` lines."""
    file = place.show(account.file)
    count = sum(one.copies for one in account.calls)
    counts = ", ".join(
        f"{number} {title}"
        for became, title in _TITLES.items()
        if (number := account.number_of(became))
    )
    yield f"{file}: {plural(count, 'allocating call')} in its object code" + (
        f": {counts}" if counts else ""
    )
    order = list(_TITLES)
    for one in sorted(account.calls, key=lambda one: -order.index(one.outcome.became)):
        yield f"{file}:{one.line}: {_call(one)}"
        for frame in one.call.allocation.stack if len(one.call.allocation.stack) > 1 else ():
            yield f"    at {place.show(frame.file)}:{frame.line} in {frame.function}"
        yield f"  {_outcome(one.outcome, place)}"
    lost = [one for one in account.messages if one.outcome.became is Became.NO_PLACE]
    said = plural(len(account.messages), "line")
    yield f"{said} of -m of what escapes or is moved: {len(lost)} without a place"
    for line in lost:
        at = line.said.message.position
        yield f"{file}:{at.line}:{at.column}: {line.said.message.text}"
        yield f"  {_outcome(line.outcome, place)}"
    if account.elsewhere:
        others = plural(account.elsewhere, "allocating call")
        yield f"{others} of the package in no line of this file"
    if account.unparsed:
        yield f"{plural(account.unparsed, 'line')} of the compiler's text fit no known form"


def _call(one: CallAccount) -> str:
    allocation = one.call.allocation
    what = [allocation.runtime_call]
    if allocation.type is not None:
        what.append(f"of {allocation.type}")
    if allocation.bytes is not None:
        what.append(f"({allocation.bytes} B)")
    copies = f", {one.copies} calls" if one.copies > 1 else ""
    return f"{' '.join(what)} compiled in {one.call.compiled_in}{copies}"


def _outcome(outcome: Outcome, place: PathBase) -> str:
    title = _TITLES[outcome.became] + (f" ({outcome.why})" if outcome.why else "")
    finding = outcome.finding
    if finding is None:
        return title
    at = f"{place.show(finding.span.file)}:{finding.span.line}:{finding.span.column}"
    told = ", ".join(filter(None, (finding.message, details(finding))))
    return f"{title}: {at}: {finding.code}: {one_line(told)}"
