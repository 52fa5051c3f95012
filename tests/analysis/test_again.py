"""What is worked out once stands exactly as long as what it was worked out from."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from hypothesis import example, given, settings
from hypothesis import strategies as st

from golsp_mem.analysis.again import Noting, Remembered
from golsp_mem.analysis.dependencies import KnownFiles
from golsp_mem.analysis.execution.again import NotedFunctions
from golsp_mem.model import Code
from golsp_mem.source.flow.execution import ExecutionFinder
from golsp_mem.source.flow.outcomes import PackageFunctions
from golsp_mem.source.package import package_name
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


GO = b"""//go:build go1.21

package a

import "fmt"

var table = map[string]func() *int{"one": func() *int { return new(int) }}

func init() { table["two"] = one }

func one() *int {
    n := limit
    if n > 3 {
        fail(n)
    }
    return &n
}

func init() { each(func(n int) { fmt.Println(n, table) }) }

func each(f func(int)) {
    for n := range 3 {
        f(n)
    }
}

var limit = 5 // of all

func fail(n int) { panic(fmt.Sprint(n)) }
"""
LINES = range(1, GO.count(b"\n") + 3)
EDITS = (b"", b"\n", b"x", b"// ", b"/*", b"*/", b"\nvar n = 1\n", b"\nfunc two() {}\n", b"}", b"f",
         b"\nfunc one() {}\n", b"\nfunc init() {}\n", b'import "os"\n', b"limit", b";")  # fmt: skip


def _told(file: GoFile | None, line: int) -> object:
    """What a line is asked in a reading, without who asks."""
    if file is None:
        return None
    function = file.function_at(line)
    return (
        function, file.line_span(line), file.top_level_span(line), package_name(file),
        file.constructs(Code.HEAP_BOXING, line), file.call_span(line, "Println"),
        file.locate(Code.HEAP_CLOSURE, line), file.guards(line), file.constraints,
        [file.declaration_of(line, column) for column in (5, 8, 12, 17)],
        file.uses("n", function) if function else (),
        [file.is_local("n", file.tree.offset(line, column)) for column in (5, 8)],
    )  # fmt: skip


@settings(max_examples=12)
@given(
    place=st.integers(0, len(GO)),
    removed=st.integers(0, 40),
    added=st.sampled_from(EDITS),
    again=st.tuples(st.integers(0, len(GO)), st.sampled_from(EDITS)),
)
@example(len(GO), 0, b"\nvar n = 1\n", (0, b""))
@example(len(GO), 0, b"\nfunc one() {}\n", (len(GO), b"x"))
@example(GO.index(b" // of all"), 10, b"", (0, b""))
@example(GO.index(b"func fail"), 40, b"", (0, b""))
def test_what_stands_of_a_part_of_a_file_is_what_its_next_text_says(
    place: int, removed: int, added: bytes, again: tuple[int, bytes]
) -> None:
    texts = [GO, GO[:place] + added + GO[place + removed :]]
    texts.append(texts[1][: again[0]] + again[1] + texts[1][again[0] :])
    kept, remembered = KnownFiles(), (Remembered[object](), Remembered[object]())
    for text in texts:
        assert _answers(kept, text, remembered) == _answers(
            KnownFiles(), text, (Remembered(), Remembered())
        )


def _answers(
    files: KnownFiles, text: bytes, remembered: tuple[Remembered[object], Remembered[object]]
) -> list[object]:
    def sources(path: str) -> GoFile:
        return files.parsed(path, text)

    functions = PackageFunctions((sources("a.go"),))
    lines, runs = remembered
    return [
        (
            lines.of(line, None, None, sources, _line_of(line)),
            runs.of(line, None, functions, sources, _run_of(line)),
        )
        for line in LINES
    ]


def _line_of(line: int) -> Callable[[Noting], object]:
    return lambda noting: _told(noting.parts("a.go"), line)


def _run_of(line: int) -> Callable[[Noting], object]:
    def work(noting: Noting) -> object:
        file = noting.parts("a.go")
        assert file is not None
        return ExecutionFinder(NotedFunctions(noting)).of(file, file.line_span(line))

    return work


def test_what_stands_before_an_edit_stands() -> None:
    kept, done = KnownFiles(), list[int]()
    remembered: Remembered[object] = Remembered()
    for text in (GO, GO + b"\nfunc more() {}\n", GO + b"\nfunc mode() {}\n"):
        for line in LINES:

            def work(noting: Noting, line: int = line) -> object:
                done.append(line)
                return _told(noting.parts("a.go"), line)

            remembered.of(line, None, None, lambda path, text=text: kept.parsed(path, text), work)
    # Of each of these lines something counts what stands before or behind it.
    counted = {3, 5, 7, 9, 19, *range(GO.count(b"\n"), LINES[-1] + 1), 27}
    assert {line for line in LINES if done.count(line) > 1} <= counted
