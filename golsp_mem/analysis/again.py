"""What was worked out once stands as long as all that it was worked out from does.

While a piece of work is done, `Noting` notes what it asks and what it is told, which files it looks
at, and of those how far (`Reach`). The next time the same is asked: where every answer is the same,
so is the result. A file is the same while it is the very object that was looked at (`KnownFiles`
keeps those whose text is), or a later one that begins as that did, as far as it was looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Generic, TypeVar

from attrs import define, field, frozen

from golsp_mem.source.parts.reach import Reach
from golsp_mem.source.syntax import GoFile

T = TypeVar("T")
Sources = Callable[[str], GoFile | None]
Question = tuple[str, tuple[Hashable, ...], tuple[tuple[str, Hashable], ...]]


@define(eq=False)
class Noting:
    """Passes questions on to ``facts`` (methods, by name) and to ``files``, and notes them."""

    facts: object
    files: Sources
    answers: dict[Question, object] = field(init=False, factory=dict)
    seen: dict[str, _Seen | None] = field(init=False, factory=dict)
    _following: ExitStack = field(init=False, factory=ExitStack)

    def ask(self, name: str, *given: Hashable, **named: Hashable) -> object:
        question = (name, given, tuple(named.items()))
        if question not in self.answers:
            with self._at_rest():
                self.answers[question] = _asked(self.facts, question)
        return self.answers[question]

    def sources(self, path: str) -> GoFile | None:
        """A file, of which anything may be looked at."""
        file = self.parts(path)
        seen = self.seen[path]
        if seen is not None:
            seen.reach.end = float("inf")
        return file

    def parts(self, path: str) -> GoFile | None:
        """A file that is asked nothing but through its tree and its methods, by work that keeps
        nothing of an earlier one."""
        file = self.files(path)
        if path not in self.seen:
            self.seen[path] = None if file is None else self._followed(file)
        return file

    def _followed(self, file: GoFile) -> _Seen:
        reach = Reach()
        self._following.enter_context(file.tree.followed_by(reach))
        return _Seen(file.tree.token, reach)

    @contextmanager
    def working(self) -> Iterator[Noting]:
        """While the work goes on."""
        with self._following:
            yield self

    @contextmanager
    def _at_rest(self) -> Iterator[None]:
        """How far others look for their answers is not to be noted: the answers are."""
        reaches = [one.reach for one in self.seen.values() if one is not None]
        for reach in reaches:
            reach.rests = True
        try:
            yield
        finally:
            for reach in reaches:
                reach.rests = False


@frozen(eq=False)
class _Seen:
    """The text that was looked at (`SourceTree.token`), and how far."""

    token: object
    reach: Reach

    def is_still(self, file: GoFile) -> bool:
        return file.begins_as(self.token, self.reach.end, self.reach.outer)


def _asked(facts: object, question: Question) -> object:
    name, given, named = question
    return getattr(facts, name)(*given, **dict(named))


@frozen(eq=False)
class _Result(Generic[T]):
    of: object
    value: T
    answers: Mapping[Question, object]
    seen: Mapping[str, _Seen | None]

    def holds(self, of: object, facts: object, files: Sources) -> bool:
        if self.of is not of and self.of != of:
            return False
        for path, known in self.seen.items():
            file = files(path)
            if file is None or known is None:
                if file is not None or known is not None:
                    return False
            elif not known.is_still(file):
                return False
        return all(_asked(facts, one) == said for one, said in self.answers.items())


@define(eq=False)
class Unnoted(Noting):
    """Passes on and notes nothing: nobody will ask again."""

    def ask(self, name: str, *given: Hashable, **named: Hashable) -> object:
        return getattr(self.facts, name)(*given, **named)

    def parts(self, path: str) -> GoFile | None:
        return self.files(path)

    def sources(self, path: str) -> GoFile | None:
        return self.files(path)


@define(eq=False)
class Remembered(Generic[T]):
    """Results by key; ``once``: of one reading, in which nothing changes."""

    once: bool = False
    _results: dict[Hashable, _Result[T]] = field(init=False, factory=dict)
    _used: set[Hashable] = field(init=False, factory=set)
    _told: dict[Hashable, tuple[object, T]] = field(init=False, factory=dict)

    def of(
        self,
        key: Hashable,
        of: object,
        facts: object,
        files: Sources,
        work: Callable[[Noting], T],
    ) -> T:
        """What ``work`` makes of ``of``, which is compared, with what it asks of ``facts`` and
        ``files``; it must ask nothing else."""
        if self.once:
            told = self._told.get(key)
            if told is None or told[0] != of:
                told = self._told[key] = (of, work(Unnoted(facts, files)))
            return told[1]
        self._used.add(key)
        known = self._results.get(key)
        if known is not None and known.holds(of, facts, files):
            return known.value
        noting = Noting(facts, files)
        with noting.working():
            value = work(noting)
        self._results[key] = _Result(of, value, noting.answers, noting.seen)
        return value

    def drop_unused(self) -> None:
        """Forget what nobody has asked for since the last time."""
        self._results = {key: one for key, one in self._results.items() if key in self._used}
        self._used = set()
