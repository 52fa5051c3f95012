"""Headers against the go command's own reading of the same text."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.source.parts.header import Header, header_of

TEXTS = {
    "plain": ("package p\n", "p", set()),
    "comments": ("// a\n/* b\n*/ package /*x*/ p // c\n\nimport \"fmt\"\n", None, None),
    "one": ('package p\nimport "fmt"\nvar _ = fmt.Sprint\n', "p", {"fmt"}),
    "semicolons": ('package p;import "fmt";import ("os";`io`);var x = 1\n', "p",
                   {"fmt", "os", "io"}),
    "names": ('package p\nimport (\n\t_ "embed"\n\t. "io"\n\tx "os" // why\n)\n', "p",
              {"embed", "io", "os"}),
    "glued": ('package p\nimport"fmt"\nimport x"os"\nimport(_"io")\n', "p", {"fmt", "os", "io"}),
    "inside": ('package p\nconst s = `\nimport "os"\n`\n', "p", set()),
    "between": ('package p\nimport "io"\n/* x */ import /* y */ "os" /* z */\n', "p", {"io", "os"}),
    "unicode": ('package p\nimport é "fmt"\n', "p", {"fmt"}),
    "mark": ("\ufeffpackage p\r\n\r\nimport \"io\"\r\n", "p", {"io"}),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_package_and_imports(name: str) -> None:
    text, package, imports = TEXTS[name]
    header = header_of(text.encode())
    if package is None:
        assert header is None or header.imports == {"fmt"}
    else:
        assert header == Header(package, frozenset(imports or ()))


def test_the_go_command_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.org/m\n\ngo 1.22\n")
    for name, (text, _, _) in TEXTS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.go").write_bytes(text.encode())
    listed = subprocess.run(
        ["go", "list", "-e", "-json=Dir,Name,Imports", "./..."],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    decoder, position, seen = json.JSONDecoder(), 0, 0
    while (start := listed.find("{", position)) >= 0:
        raw, position = decoder.raw_decode(listed, start)
        header = header_of((Path(raw["Dir"]) / "a.go").read_bytes())
        if header is not None:
            assert (header.package, set(header.imports)) == (
                raw["Name"],
                set(raw.get("Imports", [])),
            )
        seen += 1
    assert seen == len(TEXTS)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("package p\n", "// text\npackage p\n", True),
        ("package p\n", "//go:build linux\n\npackage p\n", False),
        ("package p\n", "// +build linux\n\npackage p\n", False),
        ("//go:build linux\n\npackage p\n", "//go:build darwin\n\npackage p\n", False),
        ("package p\nvar x = 1\n", "package p\nvar x = 2\n", True),
        ("package p\n", "package q\n", False),
        ('package p\nimport "os"\n', 'package p\nimport o "os"\n', True),
        ('package p\nimport "os"\n', 'package p\n// import "os"\n', False),
        ('package p\nimport _ "embed"\n//go:embed a\nvar a string',
         'package p\nimport _ "embed"\n//go:embed b\nvar a string', False),
    ],
)  # fmt: skip
def test_what_makes_another_build(before: str, after: str, same: bool) -> None:
    assert (header_of(before.encode()) == header_of(after.encode())) is same


@given(st.binary(max_size=200))
def test_any_bytes(text: bytes) -> None:
    header_of(text)
    header_of(b"package p\nimport " + text)
