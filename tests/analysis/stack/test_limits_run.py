"""What a program sets with ``debug.SetMaxStack``, said of its text and run: the call itself returns
what held before."""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from golsp_mem.analysis.stack.limits import program_limit, stack_limit_calls
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary

CASES = tomllib.loads((Path(__file__).parent / "programs" / "limits.toml").read_text())


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("limits")
    (made / "go.mod").write_text("module example.com/limits\n\ngo 1.22\n")
    calls = ""
    for name, case in CASES.items():
        imports = ("runtime/debug", *case.get("imports", ()))
        text = "package main\n" + "".join(f'import "{one}"\n' for one in imports)
        text += f"{case.get('beside', '')}\nfunc case_{name}() {{\n{case['body']}}}\n"
        (made / f"{name}_case.go").write_text(text)
        calls += f"debug.SetMaxStack(1e9)\ncase_{name}()\n"
        calls += f'println("{name}", debug.SetMaxStack(1e9))\n'
    begin = 'package main\nimport ("flag"; "runtime/debug")\nfunc main() {\nflag.Parse()\n'
    (made / "main.go").write_text(f"{begin}{calls}}}\n")
    return made


def test_what_is_said_is_what_a_run_sets(directory: Path) -> None:
    run = subprocess.run(
        [go_binary("1.27"), "run", "."], cwd=directory, capture_output=True, text=True, check=True,
        env={**os.environ, "GOTOOLCHAIN": "local"},
    )  # fmt: skip
    ran = dict(line.split() for line in run.stderr.splitlines())
    paths = directory.glob("*.go")
    files = {path.stem: GoFile.parse(str(path), path.read_bytes()) for path in paths}
    said = {
        name: program_limit(stack_limit_calls(files[f"{name}_case"], tuple(files.values()))).setting
        for name in CASES
    }
    assert set(ran) == set(CASES)
    assert said == {name: None if name.endswith("_") else int(ran[name]) for name in CASES}
