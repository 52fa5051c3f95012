"""Least and most per call against what runs: each function of the sample is called and counted."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.heap.per_call import PerCall, function_on, per_call
from golsp_mem.config import Settings
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary

SAMPLE = Path(__file__).parent / "per_call" / "main.go"
_WANT = re.compile(r"^func (\w+).*// want (\S+) (\S+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("per-call")
    shutil.copytree(SAMPLE.parent, directory, dirs_exist_ok=True)
    (directory / "go.mod").write_text("module example.com/percall\n\ngo 1.23\n")
    return directory


@pytest.fixture(scope="module")
def sums(module: Path) -> dict[str, PerCall]:
    engine = Engine(Settings(go_path=str(go_binary("1.27"))), module, cache=module / "cache")
    analysis = asyncio.run(engine.check(["."]))
    path = module / "main.go"
    file = GoFile.parse(str(path), path.read_bytes())
    here = [finding for finding in analysis.findings if finding.span.file == str(path)]
    found = {}
    for function in file.functions:
        node = function_on(file, function.span.line)
        if node is not None and not function.is_literal:
            name = function.name.removesuffix("[...]")
            found[name] = per_call(file, node, here)
    return found


def _shown(least: int, most: int | None) -> str:
    return f"{least}..{'*' if most is None else most}"


def test_the_sum_is_the_one_that_the_code_says(sums: dict[str, PerCall]) -> None:
    said = _WANT.findall(SAMPLE.read_text())
    assert len(said) > 25
    got = []
    for name, _, _ in said:
        total = sums[name].total
        got.append((name, _shown(total.objects.least, total.objects.most),
                    _shown(total.bytes.least, total.bytes.most)))  # fmt: skip
    assert got == said


def test_what_runs_stays_within(module: Path, sums: dict[str, PerCall]) -> None:
    run = subprocess.run(
        [go_binary("1.27"), "run", "."],
        cwd=module,
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "GOGC": "off", "GOTOOLCHAIN": "local"},
        check=True,
    )
    measured: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in run.stdout.splitlines():
        name, _, objects, size = line.split()
        measured[name].append((float(objects), float(size)))
    assert len(measured) > 25
    for name, counted in measured.items():
        total = sums[name].total
        for bounds, values in zip(
            (total.objects, total.bytes), zip(*counted, strict=True), strict=True
        ):
            assert bounds.least <= min(values), name
            assert bounds.most is None or max(values) <= bounds.most, name
            if bounds.most is None:
                assert len(set(values)) > 1, f"{name} has a bound"
