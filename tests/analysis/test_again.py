"""What is worked out once stands exactly as long as what it was worked out from."""

from __future__ import annotations

from attrs import define, field

from golsp_mem.analysis.again import Noting, Remembered
from golsp_mem.source.syntax import GoFile


@define
class _Facts:
    numbers: dict[str, int] = field(factory=dict)

    def number(self, name: str) -> int:
        return self.numbers.get(name, 0)


@define
class _Work:
    """A sum of two facts and the length of a file, with a count of how often it was made."""

    facts: _Facts
    files: dict[str, GoFile]
    remembered: Remembered[int] = field(factory=Remembered)
    done: int = 0

    def value(self, of: object = None) -> int:
        return self.remembered.of("key", of, self.facts, self.files.get, self._sum)

    def _sum(self, noting: Noting) -> int:
        self.done += 1
        one, two = noting.ask("number", "one"), noting.ask("number", "two")
        assert isinstance(one, int)
        assert isinstance(two, int)
        file = noting.sources("a.go")
        return one + two + (len(file.text) if file is not None else 0)


def _work() -> _Work:
    return _Work(_Facts({"one": 1, "two": 2}), {"a.go": GoFile.parse("a.go", b"package a\n")})


def test_stands_while_nothing_changes_and_what_was_not_asked_does() -> None:
    work = _work()
    assert work.value() == 13
    work.facts.numbers["three"] = 3
    work.files["b.go"] = GoFile.parse("b.go", b"package a\n")
    assert work.value() == 13
    assert work.done == 1


def test_is_done_again_when_an_answer_the_file_or_the_subject_is_another() -> None:
    work = _work()
    work.value()
    work.facts.numbers["two"] = 5
    assert work.value() == 16
    work.files["a.go"] = GoFile.parse("a.go", b"package ab\n")
    assert work.value() == 17
    del work.files["a.go"]
    assert work.value() == 6
    assert work.value("other") == 6
    assert work.done == 5


def test_forgets_what_nobody_asked_for() -> None:
    work = _work()
    work.value()
    work.remembered.drop_unused()
    assert work.value() == 13
    work.remembered.drop_unused()
    work.remembered.drop_unused()
    assert work.value() == 13
    assert work.done == 2
