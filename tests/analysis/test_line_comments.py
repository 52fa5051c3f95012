"""Code that ``//line`` comments give other places is told where it stands."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Code
from golsp_mem.source.parts.line_comments import as_it_stands, first_line_moved
from tests.toolchains import go_binary

FILE = """\
package p

//line p.y:10
func F() *int { return new(int) }

//line p.go:3
func G() chan int { return make(chan int) }
/*line q.y:50:5*/ func H() []int { x := 1; return []int{*F(), *I(&x)} }

func I(x *int) *int { return x }
//line /dev/zero:1
var text = "a" + `
//line not a comment`
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"package p\n//line p.y:10\n", 2),
        (b"package p\n//line p.y:10\r\n", 2),
        (b"package p\n//line p.y:10:3\n", 2),
        (b"package p\n\n/*line p.y:10*/ func F() {}\n", 3),
        (b"package p\n\nvar x /*line :10:1*/ = 1\n", 3),
        # Not obeyed.
        (b"package p\n //line p.y:10\n", None),
        (b"package p\n// line p.y:10\n", None),
        (b"package p\n//line p.y\n", None),
        (b"package p\n//lines p.y:10\n", None),
        (b"package p\n/*line\np.y:10*/\n", None),
    ],
)
def test_which_comments_count(text: bytes, line: int | None) -> None:
    assert first_line_moved(text) == line
    standing = as_it_stands(text)
    assert first_line_moved(standing) is None
    assert len(standing) == len(text)
    assert (standing == text) is (line is None)


def test_findings_lie_where_the_code_stands(tmp_path: Path) -> None:
    module = tmp_path / "m"
    module.mkdir()
    (module / "go.mod").write_text("module example.org/m\n\ngo 1.22\n")
    file = module / "p.go"
    file.write_text(FILE)
    engine = Engine(Settings(go_path=str(go_binary("1.26"))), module, cache=tmp_path / "kept")
    expected = [
        (str(file), 4, 24, Code.HEAP_NEW),
        (str(file), 7, 28, Code.HEAP_MAKE_CHAN),
        (str(file), 8, 51, Code.HEAP_LITERAL),
    ]
    # Fresh, from the store, and of a save.
    for apart in (False, False, True):
        [found] = asyncio.run(engine.check(["."], apart=apart)).packages
        seen = [(f.span.file, f.span.line, f.span.column, f.code) for f in found.findings]
        assert seen == expected
        assert {one.file for one in found.functions} == {str(file)}
    file.write_text(FILE.replace("*I(&x)}", "x + *I(F())}"))
    saved = asyncio.run(engine.saved(tests=False))
    fresh = asyncio.run(engine.check(["."], apart=True))
    assert saved is not None
    assert saved.packages == fresh.packages
    assert saved.findings


def test_of_a_module_in_the_cache_the_comments_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the go command replaces no file: what lies in another is not told."""
    monkeypatch.setenv("GOMODCACHE", str(tmp_path))
    module = tmp_path / "example.org" / "m@v1.0.0"
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module example.org/m\n\ngo 1.22\n")
    (module / "p.go").write_text(FILE)
    (module / "q.go").write_text("package p\n\nfunc Q() *int { return new(int) }\n")
    (module / "r.go").write_text("package p\n\n//line r.y:5\nvar R = func() *int { return Q() }\n")
    engine = Engine(Settings(go_path=str(go_binary("1.26"))), module, cache=tmp_path / "kept")
    [found] = asyncio.run(engine.check(["."])).packages
    assert not found.errors
    # The copy in r.y allocates like the function itself.
    [one] = [one for one in found.findings if Path(one.span.file).name == "q.go"]
    assert (one.span.line, one.allocates) == (3, Allocates.ALWAYS)
