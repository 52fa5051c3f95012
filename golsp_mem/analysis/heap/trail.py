"""Where each allocating call of a package and each line of the compiler's text went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import define, field, frozen

from golsp_mem.analysis.compiled import CompiledPackage, Site
from golsp_mem.analysis.heap.groups import Group
from golsp_mem.analysis.heap.matching import fit
from golsp_mem.model import Allocation, Finding, Message, MessageKind

NO_LINE = "in a wrapper of the compiler's or a stub of cgo's, which nobody wrote"
NO_PLACE = (
    "an allocation of this line, which has another reason or none, may be the one that it speaks of"
)


@frozen
class CallTrail:
    """One allocating call of an object file, and the finding that it is part of; None: none, and
    ``why``. ``compiled_in`` is the linked name of the function whose machine code holds it, which
    others may be inlined into."""

    allocation: Allocation
    compiled_in: str
    finding: Finding | None
    why: str | None = None


@frozen
class MessageTrail:
    """One “escapes” or “moved” line, and the finding that it explains; None: none, and ``why``."""

    message: Message
    finding: Finding | None
    why: str | None = None


@define
class Trail:
    """What `heap_findings` did with its package, for whoever asks about one file. ``unparsed``
    counts lines of the compiler's text, of the whole package, that fit no known form."""

    calls: list[CallTrail] = field(factory=list)
    messages: list[MessageTrail] = field(factory=list)
    unparsed: int = 0

    def follow(
        self,
        package: CompiledPackage,
        groups: Sequence[Group],
        found: Sequence[Finding],
        kept: Mapping[int, Finding],
    ) -> None:
        """``found`` begins with one finding a group, ``kept`` is by the ``id`` of each of them the
        one that stands for it."""
        self.unparsed += package.unparsed
        grouped: set[int] = set()
        for group, finding in zip(groups, found, strict=False):
            for site in group.sites:
                grouped.add(id(site))
                self._add(site, kept[id(finding)])
        for site in package.sites:
            if id(site) not in grouped:
                self._add(site, None, NO_LINE)
        self.messages += _messages(package, found, kept, self.calls)

    def _add(self, site: Site, finding: Finding | None, why: str | None = None) -> None:
        self.calls.append(CallTrail(site.allocation, site.copy_at[-1][1], finding, why))


def _messages(
    package: CompiledPackage,
    found: Iterable[Finding],
    kept: Mapping[int, Finding],
    calls: Iterable[CallTrail],
) -> Iterator[MessageTrail]:
    spoken: dict[Message, Finding] = {}
    for finding in found:
        if finding.why is not None:
            spoken.setdefault(finding.why, kept[id(finding)])
    through: dict[tuple[str, int], list[CallTrail]] = defaultdict(list)
    for call in calls:
        for frame in call.allocation.stack[1:]:
            through[frame.file, frame.line].append(call)
    for place, messages in package.messages.items():
        heap = [one for one in messages if one.kind in (MessageKind.ESCAPES, MessageKind.MOVED)]
        # Instantiations of generic code have it at the declaration as well.
        copies = {one.text: spoken[one] for one in heap if one in spoken}
        for message in heap:
            told = spoken.get(message, copies.get(message.text))
            if told is None:
                # What an inlined function allocates is reported where it is called, too.
                told = next(
                    (one.finding for one in through[place] if fit(message, one.allocation)), None
                )
            yield MessageTrail(message, told, None if told else NO_PLACE)
