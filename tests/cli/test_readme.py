"""README.md is tried: its commands run, its tables hold what the program has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import fields

from golsp_mem.model import Code
from golsp_mem.options import Options

ROOT = Path(__file__).resolve().parents[2]


def section(title: str) -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def command(title: str) -> str:
    [block] = re.findall(r"^```sh\n(.*?)^```$", section(title), re.DOTALL | re.MULTILINE)
    assert block.count("\n") == 1
    return str(block)


def first_cells(title: str) -> list[str]:
    rows = re.findall(r"^\| (.*?) \|", section(title), re.MULTILINE)[1:]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_every_code_is_in_the_table() -> None:
    assert first_cells("Codes") == list(Code)


def test_every_setting_is_in_the_table() -> None:
    names = {attribute.name.replace("_", "-") for attribute in fields(Options)}
    assert set(first_cells("Settings")) == names - {"go-path", "root"}
    assert "`goPath`" in section("Settings")


def test_the_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_test_command_runs_the_suite() -> None:
    assert "&& .venv/bin/pytest" in command("Test")


@pytest.mark.slow
def test_the_first_command_works_on_a_machine_without_go(tmp_path: Path) -> None:
    """From a clean clone, with a PATH that has no Go, nor anything but Python and a shell."""
    clone, tools = tmp_path / "clone", tmp_path / "bin"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    tools.mkdir()
    python = getattr(sys, "_base_executable", sys.executable)
    (tools / "python3").symlink_to(python)
    for name in ("sh", "uname"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GO", "CGO", "VIRTUAL_ENV"))}
    done = subprocess.run(
        ["sh", "-c", command("Try it")],
        cwd=clone,
        env={**kept, "PATH": str(tools)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\.go:\d+:\d+: hint\[heap-", done.stdout)
    assert done.stdout.count("\n") < 40, "a newcomer reads it on one screen"
    assert re.search(r"^\d+ findings in ", done.stdout, re.MULTILINE)
