"""What trials told the last time, for who waits for them: it is shown beside what the compiler just
said, where no text that it names was edited, or it would go and come back with each save."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen

from golsp_mem.model import Code, Finding
from golsp_mem.source.syntax import GoFile

Source = Callable[[str], GoFile | None]


@frozen
class Told:
    """``findings`` are those that trials added, None where they changed others besides; ``texts``
    those of the files that they name."""

    findings: tuple[Finding, ...] | None = ()
    texts: Mapping[str, bytes] = {}

    @classmethod
    def of(cls, untried: Sequence[Finding], found: Sequence[Finding], source: Source) -> Told:
        """What is in ``found`` and was not `decided` when nothing was tried."""
        untried = decided(untried)
        # Of thousands, what was not tried are the very objects: no need to compare each.
        gone = list(_others(untried, found))
        added = []
        for one in _others(found, untried):
            if one in gone:
                gone.remove(one)
            else:
                added.append(one)
        if gone:
            return cls(None)
        named = {path for one in added for path in _files_of(one)}
        files = {path: source(path) for path in named}
        if None in files.values():
            return cls(None)
        return cls(tuple(added), {path: file.tree.text for path, file in files.items() if file})

    def still(self, source: Source) -> tuple[Finding, ...] | None:
        """The findings, if their files are as they were: until trials say something else."""
        if self.findings is None:
            return None
        for path, text in self.texts.items():
            file = source(path)
            if file is None or file.tree.text != text:
                return None
        return self.findings


def decided(untried: Sequence[Finding]) -> list[Finding]:
    """What trials leave as it is: whether it is the size alone that is too large they tell."""
    return [one for one in untried if one.code is not Code.STACK_TOO_LARGE]


def _others(findings: Sequence[Finding], known: Sequence[Finding]) -> Iterator[Finding]:
    ids = set(map(id, known))
    return (one for one in findings if id(one) not in ids)


def _files_of(finding: Finding) -> Iterator[str]:
    yield finding.span.file
    yield from (one.file for one in finding.stack)
    yield from (one.position.file for one in finding.reason if one.position is not None)
