"""A view is of the texts that were compiled, and what is asked about it dies with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from golsp_mem.config import Settings
from golsp_mem.lsp.convert import Text, file_key
from golsp_mem.lsp.state.packages import AWAKE, Package, Packages
from golsp_mem.lsp.state.questions import Questions
from golsp_mem.lsp.state.view import View, view_of
from golsp_mem.model import Code, Finding, GoVersion, PackageAnalysis, PackageStatus, Span

GO = GoVersion("go1.26.8", "linux", "amd64", "/go", "/go/bin/go")
COMPILED = """package m

var P *int

func f() {
	P = new(int) //golsp-mem:ignore heap-new read once
}
"""


def view(path: Path, text: str, number: int = 1) -> View:
    finding = Finding(Code.HEAP_NEW, Span(str(path), 6, 6, 6, 14), "m", "m.f", "new(int)")
    package = PackageAnalysis(
        "m", str(path.parent), PackageStatus.OK, (str(path),), (finding,), marked=(str(path),)
    )
    texts = {file_key(path): Text(text)}
    return view_of(number, file_key(path.parent), GO, Settings(), (package,), texts)


def test_comments_are_read_from_the_text_that_was_compiled(tmp_path: Path) -> None:
    """The file was saved again between the build and its judgement: the comment of the text that
    the finding is of still suppresses it, and is neither missed nor called unused."""
    path = tmp_path / "a.go"
    path.write_text("// one line more\n" + COMPILED.replace(" //golsp-mem:ignore heap-new", ""))
    assert view(path, COMPILED).items == {}


def test_the_first_line_keeps_its_columns_behind_a_byte_order_mark(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfpackage m\n\xff"
    path = tmp_path / "a.go"
    path.write_bytes(data)
    assert Text.from_bytes(data).raw == data
    made = view(path, "")
    assert made.derived.sources.text(str(path)) == b""


def test_who_looks_at_a_package_that_rests_sees_what_was_there(tmp_path: Path) -> None:
    packages = Packages()
    for number in range(AWAKE + 2):
        path = tmp_path / str(number) / "a.go"
        path.parent.mkdir()
        path.write_text("// not the text that was compiled")
        text = COMPILED.replace(" //golsp-mem:ignore heap-new", "") + "// \xe4\r"
        packages.of_file(str(path)).accept(view(path, text, number))
    every = [package.view for package in packages if package.view is not None]
    before = [one.held.content() for one in every]
    for package in packages.to_rest():
        package.rest()
    assert [one.held.is_packed for one in every] == [True, True] + [False] * AWAKE
    for one, was in zip(every, before, strict=True):
        assert sum(one.counts.values()) == 1
        key, text = one.directory + "/a.go", was.texts[one.directory + "/a.go"]
        assert (one.packages, one.items, one.functions) == (was.packages, was.items, was.functions)
        assert one.allocations == was.allocations
        assert one.texts[key].raw == text.raw == one.derived.sources.text(key)
        assert one.items[key][0].package is one.packages[0]
    assert len(packages.to_rest()) == 2


async def test_a_question_goes_on_and_is_answered_the_next_time() -> None:
    asked = 0
    answer = asyncio.Event()

    async def work() -> str:
        nonlocal asked
        asked += 1
        await answer.wait()
        return "because"

    questions: Questions[str] = Questions()
    assert await questions.ask("why", work, 0.01) is None
    answer.set()
    assert await questions.ask("why", work, 10) == "because"
    assert await questions.ask("why", work, 0) == "because"
    assert asked == 1


async def test_a_question_ends_when_the_last_who_waits_leaves() -> None:
    ended = asyncio.Event()

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "never"

    questions: Questions[str] = Questions()
    first, second = (asyncio.create_task(questions.ask("why", work, 60)) for _ in range(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    assert not ended.is_set()
    second.cancel()
    await asyncio.wait([second])
    await asyncio.wait_for(ended.wait(), 10)


async def test_a_new_view_ends_what_is_asked_about_the_old_one(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def work() -> tuple[()]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ()

    package = Package(file_key(tmp_path), str(tmp_path))
    old = view(tmp_path / "a.go", COMPILED)
    package.accept(old)
    waiting = asyncio.create_task(old.derived.flows.ask("why", work, 60))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    package.accept(view(tmp_path / "a.go", COMPILED, 2))
    assert await asyncio.wait_for(waiting, 10) is None
    assert ended.is_set()
