"""Which of the losses that were found are told: one fault once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from attrs import evolve, frozen

from golsp_mem.analysis.lifetime.candidates import Candidate
from golsp_mem.analysis.lifetime.order import is_set_in
from golsp_mem.analysis.lifetime.reading.expressions import root_of
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.analysis.lifetime.reading.raw.uses import How, RawUse
from golsp_mem.analysis.lifetime.reading.sites import When
from golsp_mem.model import Step
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.tree import Node


class Level(IntEnum):
    """How sure it is that the owner is lost. ``UNDECIDED``: the compiler did not say."""

    NONE = 0
    UNDECIDED = 1
    DOUBT = 2
    CALLERS = 3
    PROVED = 4


@frozen
class Verdict:
    level: Level
    why: str = ""
    steps: tuple[Step, ...] = ()


@frozen(eq=False)
class Fault:
    """A candidate with what became of it."""

    candidate: Candidate
    verdict: Verdict
    # Uses before this one that what mends this one mends, too.
    earlier: tuple[RawUse, ...] = ()

    @property
    def use(self) -> RawUse:
        return self.candidate.use


def each_once(package: Package, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults that are told, of those with one remedy one: of one place and of one call the
    surest, and where the owner must live longer still, only that."""
    # Whatever order a set has.
    listed = sorted(faults, key=_order)
    chosen: dict[tuple[object, ...], Fault] = {}
    for key_of in (_place, _call):
        chosen = {}
        for one in listed:
            chosen.setdefault(key_of(one), one)
        listed = sorted(chosen.values(), key=_order)
    left = [one for one in listed if not any(_covers(package, other, one) for other in listed)]
    last = [one for one in left if not any(_is_before(one, other) for other in left)]
    return tuple(
        evolve(one, earlier=tuple(other.use for other in left if _is_before(other, one)))
        for one in last
    )


def _order(fault: Fault) -> tuple[int, str, int, int, int, str]:
    """The surest first; then in the order of the text, the resource itself before what holds it."""
    use = fault.use
    taken = use.taking.expression
    return (
        -fault.verdict.level, taken.file.path, taken.node.start, len(use.path),
        use.place.node.start, fault.candidate.loss.name,
    )  # fmt: skip


def _place(fault: Fault) -> tuple[object, ...]:
    span = fault.use.place.span
    return (span.file, span.line, span.column)


def _call(fault: Fault) -> tuple[object, ...]:
    use, loss = fault.use, fault.candidate.loss
    owner = loss.kept or loss.name
    return (use.place.file.path, use.node.start, use.node.end, loss.when, owner)


def _covers(package: Package, other: Fault, one: Fault) -> bool:
    """Whether what mends another fault mends this one: the same resource, that comes to the other
    use whenever it comes to this."""
    mine, its = one.use, other.use
    if other is one or its.taking is not mine.taking or other.verdict.level < one.verdict.level:
        return False
    if its.how is How.STORED and mine.how is not How.STORED:
        root = root_of(package, mine.place).place
        held = package.variable(root) if root.node.kind == "identifier" else None
        is_below = mine.place.node.kind == "selector_expression" and held is not None
        is_read_back = root.node.kind == "identifier" and (
            held is None or (is_below and role_of(held) in ("parameter", "receiver"))
        )
        if is_read_back or _comes_to(mine.node, its.node):
            return True
    outlives = other.candidate.loss.when is When.LATER or its.is_watched
    return (
        outlives
        and one.candidate.loss.when is not When.LATER
        and not mine.is_watched
        and _comes_to(mine.node, its.node)
    )


def _is_before(one: Fault, later: Fault) -> bool:
    """Whether the way from a use leads to a later one of the same owner: who keeps it until that
    keeps it here."""
    loss, other = one.candidate.loss, later.candidate.loss
    if loss.released is not None or other.released is not None or one is later:
        return False
    if loss.when is not When.NOW or other.when is not When.NOW or (
        one.verdict.level != later.verdict.level or loss.kept != other.kept
    ):  # fmt: skip
        return False
    if loss.variable is None or other.variable is None:
        is_same = loss.variable is other.variable and one.use.taking is later.use.taking
    else:
        is_same = loss.variable is other.variable and not is_set_in(
            loss.variable, loss.site.node.end, other.site.node.start
        )
    mine, its = loss.site.node, other.site.node
    is_behind = mine.end <= its.start
    return is_same and is_behind and _comes_to(mine, its)


def _comes_to(node: Node, later: Node) -> bool:
    """Whether the way from a node leads to a later one, or out of the function."""
    statement = statement_around(node)
    listed = statement.parent if statement is not None else None
    is_behind = node.end <= later.start or (node.start, node.end) == (later.start, later.end)
    return listed is not None and is_behind and later.start < listed.end
