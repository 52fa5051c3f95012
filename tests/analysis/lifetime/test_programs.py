"""Programs that fail, and do not after the edit; the article's programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.analysis.lifetime.last_use import last_needed
from golsp_mem.analysis.lifetime.proving.fixes import keep_edits
from golsp_mem.model import Position
from golsp_mem.source.edits import applied
from golsp_mem.source.syntax import GoFile
from tests.analysis.lifetime.workshop import FIXTURES, Workshop, copied, is_formatted, write


@pytest.mark.parametrize(
    ("release", "case", "which"),
    [
        ("1.22", "finalizer", 0),
        ("1.27", "finalizer", 0),
        ("1.27", "finalizer", 1),
        ("1.24", "cleanup", 0),
        ("1.27", "cleanup", 0),
    ],
)
def test_the_edit_repairs_the_program(release: str, case: str, which: int, tmp_path: Path) -> None:
    shop = Workshop.open(release, copied(case, tmp_path))
    before = shop.run()
    assert "bad file descriptor" in before
    assert "failed: 0" not in before
    (finding,) = shop.findings()
    file = shop.file()
    edit = keep_edits(file, finding)[which]
    proof = shop.proved(file, edit)
    assert proof.is_confirmed, proof.reason
    text = applied(file, edit.edits)
    assert is_formatted(shop.toolchain, text)
    write(file, edit, text)
    assert shop.run() == "failed: 0\n"
    assert shop.findings() == []


def place(file: GoFile, marked: str) -> Position:
    """Where the ``|`` stands in a piece of the file's text."""
    before, _, after = marked.partition("|")
    offset = file.text.index((before + after).encode()) + len(before.encode())
    return file.tree.span(offset, offset).start


@pytest.mark.parametrize("release", ["1.22", "1.27"])
@pytest.mark.parametrize(
    ("case", "output"), [("k1", "268435456\nkept: false\n"), ("k2", "1000000\nkept: true\n")]
)
def test_the_articles_programs(release: str, case: str, output: str) -> None:
    shop = Workshop.open(release, FIXTURES / case)
    assert shop.run() == output
    file = shop.file()
    last = last_needed(file, shop.live(), place(file, "|bs := make"))
    assert last is not None
    assert (last.variable, last.line) == ("bs", place(file, "|// last needed here").line)


def test_len_and_cap_do_not_need_the_block() -> None:
    shop = Workshop.open("1.27", FIXTURES / "k1")
    file = shop.file()
    last = last_needed(file, shop.live(), place(file, "Println(len(|bs))"))
    assert last is not None
    assert last.measured_later
    assert last.live is None
    assert last.text == (
        "bs is last needed at line 24; from then on it does not keep its block alive "
        "(len and cap later on need only the length)"
    )


def test_the_call_is_named_until_which_a_value_lives() -> None:
    shop = Workshop.open("1.27", FIXTURES / "quiet")
    file = shop.file("quiet.go")
    last = last_needed(file, shop.live(), place(file, "|b []byte) (int, error) {\n\tf, err"))
    assert last is not None
    assert last.live is not None
    assert last.live.target == "(*File).Fd"
    assert "until the call to (*File).Fd there returns" in last.text


@pytest.mark.parametrize(
    ("case", "name", "marked"),
    [
        ("k1", "main.go", "|during := used()"),  # a number references nothing
        ("k1", "main.go", "func main() {\n\tbs := make([]byte, 1<<28)\n\t|fill"),
        ("k1", "main.go", "// The |article"),
        ("quiet", "quiet.go", "defer |f.Close()"),
        ("quiet", "quiet.go", "return |f.Name()"),
        ("quiet", "quiet.go", "Generic[T any](|f *os.File"),
    ],
)
def test_says_nothing_about_what_it_cannot_tell(case: str, name: str, marked: str) -> None:
    shop = Workshop.open("1.27", FIXTURES / case)
    file = shop.file(name)
    assert last_needed(file, shop.live(), place(file, marked)) is None
