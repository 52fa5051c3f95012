"""What findings name, go/types finds there: a sample of ``python -m tests.truth.operands``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.toolchains import go_binary
from tests.truth.operands.__main__ import build_checker, compare
from tests.truth.runs import Go

SAMPLE = Path(__file__).parent / "operands" / "sample"


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_checker(tmp_path_factory.mktemp("operands"))


@pytest.mark.slow
@pytest.mark.parametrize("release", ["1.24", "1.27"])
def test_go_types_contradicts_nothing(release: str, checker: Path) -> None:
    result = compare(SAMPLE, checker, Go.at(go_binary(release)))
    assert result.wrong == ()
    assert result.unnamed == ()
    assert result.verdicts["right"] > 40


@pytest.mark.slow
def test_go_types_contradicts_what_is_wrong(checker: Path, tmp_path: Path) -> None:
    """Each finding of the sample, said to be of another operand, type or size."""
    go = Go.at(go_binary("1.26"))
    file = str(SAMPLE / "sample.go")
    line = next(
        n
        for n, text in enumerate(Path(file).read_text(encoding="utf-8").splitlines(), start=1)
        if "len(msg), msg)" in text
    )
    text = Path(file).read_text(encoding="utf-8").splitlines()[line - 1]
    column = text.index("len(msg)") + 1
    base = {
        "code": "heap-boxing", "file": file, "line": line, "column": column, "end_line": line,
        "end_column": column + len("len(msg)"), "package": "example.org/operands/sample",
        "message": "len(msg) is copied", "allocates": "conditional", "type": "int", "bytes": 8,
        "function": "sample.F", "runtime_call": "runtime.convT64",
    }  # fmt: skip
    wrong = [
        base,
        {**base, "type": "string"},
        {**base, "bytes": 16},
        {**base, "code": "heap-conversion"},
        {**base, "column": column - 1},
    ]
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"findings": wrong}))
    fields = "ImportPath,Dir,Export,GoFiles,CgoFiles,DepOnly,ImportMap"
    listing = go.run("list", "-export", "-deps", f"-json={fields}", ".", directory=SAMPLE)
    command = [str(checker), str(report), "amd64"]
    done = subprocess.run(command, input=listing, capture_output=True, text=True, check=True)
    verdicts = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert verdicts == ["right", "wrong", "wrong", "wrong", "wrong"]
