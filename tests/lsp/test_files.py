"""Which files and modules an analysis reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.lsp.state.files import footprint, module_roots, read_texts
from tests.files import write_files


@pytest.mark.parametrize(
    ("files", "folder", "roots"),
    [
        (["go.mod", "a.go"], ".", ["."]),
        (["go.mod", "sub/go.mod", "sub/deep/go.mod"], ".", [".", "sub", "sub/deep"]),
        (["go.work", "x/go.mod", "y/go.mod"], ".", ["x", "y"]),
        (["go.mod", "p/a.go"], "p", ["p"]),
        (["go.mod", "p/q/go.mod"], "p", ["p", "p/q"]),
        (["a.go"], ".", []),
        (["go.mod", "vendor/x/go.mod", "testdata/go.mod", ".git/go.mod", "_x/go.mod",
          "node_modules/y/go.mod"], ".", ["."]),
    ],
)  # fmt: skip
def test_modules(tmp_path: Path, files: list[str], folder: str, roots: list[str]):
    write_files(tmp_path, dict.fromkeys(files, ""))
    found = module_roots(str(tmp_path / folder))
    assert sorted(Path(root).relative_to(tmp_path).as_posix() for root in found) == sorted(roots)


def test_a_footprint_tells_of_every_change(tmp_path: Path):
    write_files(tmp_path, {"a.go": "package a", "go.mod": "", "sub/b.go": ""})
    first = footprint(str(tmp_path))
    assert footprint(str(tmp_path)) == first
    write_files(tmp_path, {"go.mod": "module x"})
    assert footprint(str(tmp_path)) == first
    seen = {first}
    for change in ({"a.go": "package ab"}, {"b.go": ""}):
        write_files(tmp_path, change)
        seen.add(footprint(str(tmp_path)))
    (tmp_path / "a.go").unlink()
    seen.add(footprint(str(tmp_path)))
    assert len(seen) == 4


def test_what_cannot_be_read_is_left_out(tmp_path: Path):
    write_files(tmp_path, {"a.go": "package a"})
    (tmp_path / "d.go").mkdir()
    names = [str(tmp_path / name) for name in ("a.go", "d.go", "none.go")]
    assert [text.text for text in read_texts(names).values()] == ["package a"]
    assert footprint(str(tmp_path / "none")) == ()
