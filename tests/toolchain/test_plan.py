"""Build plans: a compile by one is the go command's, and one that may be wrong is not used."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.objects.builtins import parse_builtins
from golsp_mem.compiler.objects.calls import read_function
from golsp_mem.config import Settings
from golsp_mem.toolchain.go import find_go, read_builtins
from golsp_mem.toolchain.go_list import listing
from golsp_mem.toolchain.plans.compile import CannotCompile, Wanted
from golsp_mem.toolchain.plans.planner import Planner
from tests.toolchains import go_binary

FILES = {
    "go.mod": "module example.org/m\n\ngo 1.22\n",
    "p/p.go": """package p

import (
    _ "embed"
    "fmt"

    "example.org/m/q"
)

//go:embed data/*.txt
var text string

func Escapes(n int) *int { fmt.Sprint(text); q.Use(n); return &n }

func add(a, b int) int

func Keys[K comparable](m map[K]int) (keys []K) {
    for k := range m {
        keys = append(keys, k)
    }
    return keys
}
""",
    "p/add_amd64.s": '#include "textflag.h"\n\nTEXT ·add(SB), NOSPLIT, $0-24\n'
    "    MOVQ a+0(FP), AX\n    ADDQ b+8(FP), AX\n    MOVQ AX, ret+16(FP)\n    RET\n",
    "p/data/a.txt": "a",
    "p/in_test.go": """package p

import (
    _ "embed"
    "testing"
)

//go:embed inner.txt
var inner string

func TestIn(t *testing.T) { t.Log(Escapes(len(inner)), add(1, 2)) }
""",
    "p/inner.txt": "b",
    "p/out_test.go": """package p_test

import (
    "testing"

    "example.org/m/p"
)

func TestOut(t *testing.T) { t.Log(*p.Escapes(1), p.Keys(map[string]int{})) }
""",
    "q/q.go": "package q\n\nfunc Use(n int) *int { return &n }\n",
}


def write_files(root: Path) -> Path:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    # Older than any question: a file that is written while go is asked is another matter.
    age(root)
    return root


def age(root: Path, seconds: float = 0.05) -> None:
    time.sleep(seconds)


def planner_for(directory: Path, release: str = "1.26", **settings: object) -> Planner:
    chosen = Settings(go_path=str(go_binary(release)), **settings)  # type: ignore[arg-type]
    return Planner(asyncio.run(find_go(chosen, directory)), chosen, directory)


def _tail(line: str) -> str:
    return re.sub(r"(^|[\s(])[^\s:()]*/", r"\1", line)


def _without_test_main(lines: list[str]) -> list[str]:
    kept, taken = [], False
    for line in lines:
        if line.startswith("# "):
            taken = not line.endswith("/p.test")
        elif taken:
            kept.append(line)
    return kept


@pytest.mark.parametrize("release", ["1.22", "1.25", "1.27"])
def test_a_compile_by_plan_is_the_go_commands(tmp_path: Path, release: str) -> None:
    directory = write_files(tmp_path) / "p"
    planner = planner_for(directory, release)
    builtins = parse_builtins(read_builtins(planner.toolchain.version.goroot))

    def functions(archive: str | Path | None) -> list[object]:
        assert archive is not None
        return [
            (function.name, function.frame_bytes, read_function(function, obj.goarch))
            for obj in read_archive(Path(archive).read_bytes(), builtins)
            for function in obj.functions()
        ]

    async def run() -> None:
        said: list[str] = []
        built = await listing(
            planner.toolchain, ["."], directory=directory, settings=planner.settings,
            gcflags="-m", tests=True, on_line=said.append,
        )  # fmt: skip
        listed = built.packages
        planned = await planner.planned(tests=True)
        assert planned.edited == frozenset()
        text: list[str] = []
        variants = [one.import_path for one in planned.plan.variants]
        assert [path.partition(" ")[0].rpartition("/")[2] for path in variants] == [
            "p", "p", "p_test",
        ]  # fmt: skip
        for variant in planned.plan.variants:
            async with planner.compiling(planned, variant, Wanted(1, object=True)) as built:
                assert built.error is None
                export = next(p.export for p in listed if p.import_path == variant.import_path)
                assert functions(built.archive) == functions(export)
                text += map(_tail, built.text)
        assert sorted(text) == sorted(map(_tail, _without_test_main(said)))

    asyncio.run(run())


EDITS: dict[str, tuple[Callable[[Path], object], bool]] = {
    "a body": (lambda m: _append(m / "p/p.go", "\nvar More = 1\n"), True),
    "the same text again": (lambda m: (m / "p/p.go").write_text(FILES["p/p.go"]), True),
    "a test's body": (lambda m: _append(m / "p/in_test.go", "\nvar more = 1\n"), True),
    "an import that fmt needs": (lambda m: _replace(m / "p/p.go", '"fmt"', '"fmt"\n"os"'), True),
    "another import": (lambda m: _replace(m / "p/p.go", '"fmt"', '"fmt"\n"expvar"'), False),
    "a hidden import": (lambda m: _replace(m / "p/p.go", '"fmt"', '"internal/abi"'), False),
    "a module's import": (lambda m: _replace(m / "p/p.go", '"fmt"', '"example.org/m/r"'), False),
    "one import less": (lambda m: _replace(m / "p/p.go", '"fmt"', ""), True),
    "a test's import": (lambda m: _replace(m / "p/out_test.go", '"testing"', '_ "net"'), False),
    "a tag": (lambda m: _replace(m / "p/p.go", "package p", "//go:build x\n\npackage p"), False),
    "an embed": (lambda m: _replace(m / "p/p.go", "data/*.txt", "inner.txt"), False),
    "embedded text": (lambda m: _append(m / "p/data/a.txt", "more"), False),
    "an embedded file removed": (lambda m: (m / "p/data/a.txt").unlink(), False),
    "a file added": (lambda m: (m / "p/new.go").write_text("package p\n"), False),
    "a file removed": (lambda m: (m / "p/in_test.go").unlink(), False),
    "a file renamed": (lambda m: (m / "p/p.go").rename(m / "p/p_windows.go"), False),
    "assembly": (lambda m: _append(m / "p/add_amd64.s", "\n"), False),
    "a dependency": (lambda m: _append(m / "q/q.go", "\nvar More = 1\n"), False),
    "a dependency's new file": (lambda m: (m / "q/new.go").write_text("package q\n"), False),
    "a dependency's test": (lambda m: (m / "q/q_test.go").write_text("package q\n"), True),
    "go.mod": (lambda m: _replace(m / "go.mod", "1.22", "1.21"), False),
    "a nested go.mod": (lambda m: (m / "p/go.mod").write_text("module x\n"), False),
    "a go.work": (lambda m: (m / "go.work").write_text("go 1.22\nuse .\n"), False),
    "a vendor directory": (lambda m: (_make(m / "vendor") / "modules.txt").write_text(""), False),
    "an editor's own file": (lambda m: (m / "p/.p.go.swp").write_text(""), True),
    "notes": (lambda m: (m / "p/README.md").write_text("x"), True),
}  # fmt: skip


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def _replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


def _make(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.fixture(scope="module")
def planned_module(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planner]:
    module = write_files(tmp_path_factory.mktemp("plan"))
    planner = planner_for(module / "p")
    asyncio.run(planner.planned(tests=True))
    return module, planner


@pytest.mark.parametrize("edit", EDITS)
def test_what_makes_a_plan_stale(planned_module: tuple[Path, Planner], edit: str) -> None:
    module, planner = planned_module
    change, holds = EDITS[edit]
    assert planner.holding(tests=True) is not None
    before = {
        path: (path.read_bytes(), path.stat()) for path in module.rglob("*") if path.is_file()
    }
    try:
        change(module)
        assert (planner.holding(tests=True) is not None) is holds
    finally:
        _restore(module, before)
        # The inodes' times stay new: the next edit needs a plan of its own.
        age(module)
        asyncio.run(planner.planned(tests=True))


def _restore(module: Path, before: dict[Path, tuple[bytes, os.stat_result]]) -> None:
    for path in [path for path in module.rglob("*") if path.is_file() and path not in before]:
        path.unlink()
    for path, (text, _) in before.items():
        if not path.is_file() or path.read_bytes() != text:
            path.write_bytes(text)
    for path in (module / "vendor",):
        if path.is_dir():
            path.rmdir()


def test_edited_texts_are_compiled(planned_module: tuple[Path, Planner]) -> None:
    module, planner = planned_module
    file = module / "p/p.go"
    grown = file.read_text() + "\nfunc Grown() []int { return make([]int, 3) }\n"
    last = grown.count("\n")
    tested = (module / "p/out_test.go").read_text() + "\nvar x = p.Grown()\n"
    overlay = {file: grown.encode(), module / "p/out_test.go": tested.encode()}

    async def run() -> None:
        planned = await planner.planned(tests=True, overlay=overlay)
        assert planned.edited == {str(path) for path in overlay}
        plain, _, outside = planned.plan.variants
        async with planner.compiling(planned, plain, Wanted(1), overlay) as built:
            assert any(f"p/p.go:{last}" in line and "make([]int, 3)" in line for line in built.text)
        # External tests see the edited package.
        async with planner.compiling(planned, outside, Wanted(1), overlay) as built:
            assert built.error is None
        wrong = {file: grown.replace("make([]int, 3)", "nothing").encode()}
        async with planner.compiling(planned, plain, Wanted(1, object=True), wrong) as built:
            assert built.error is not None
            assert f"{file}:{last}" in built.error
            assert built.archive is None
        with pytest.raises(CannotCompile):
            await planner.planned(tests=True, overlay={file: b'package p\nimport "net"\n'})

    asyncio.run(run())


def test_flags_that_change_code_need_the_go_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-race")
    planner = planner_for(write_files(tmp_path) / "q")
    with pytest.raises(CannotCompile):
        asyncio.run(planner.planned(tests=False))


def test_cgo_is_compiled_from_what_cgo_wrote(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.org/c\n\ngo 1.22\n")
    (tmp_path / "c.go").write_text(
        'package c\n\n// int one(void) { return 1; }\nimport "C"\n\n'
        "func One() *int { n := int(C.one()); return &n }\n"
    )
    (tmp_path / "d.go").write_text("package c\n\nfunc Two() *int { n := *One(); return &n }\n")
    if subprocess.run(["cc", "--version"], capture_output=True).returncode:
        pytest.skip("no C compiler")
    planner = planner_for(tmp_path)

    async def run() -> None:
        planned = await planner.planned(tests=False)
        [variant] = planned.plan.variants
        async with planner.compiling(planned, variant, Wanted(1, object=True)) as built:
            assert built.error is None
            assert any("c.go:6" in line and "moved to heap: n" in line for line in built.text)

    asyncio.run(run())
