"""A check of what did not change writes what it wrote, and anything that changed is seen."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from golsp_mem.cli import analysing, kept, repeated
from golsp_mem.cli.main import main
from tests.files import write_files
from tests.toolchains import go_binary

FILES = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "golsp-mem.toml": "",
    "a/a.go": "package a\n\nfunc New(n int) *int { return &n }\n",
    "a/a_test.go": "package a\n",
    "b/b.go": (
        'package b\n\nimport "example.com/m/a"\n\n'
        "func Get() *int { return a.New(3) }\n\nfunc Far() *int { x := 4; return &x }\n"
    ),
    # The kinds of findings are counted below the time of the run.
    "c/c.go": (
        "package c\n\nfunc All(n int, s string, f func(any)) (*[]byte, map[int]int, chan int) {\n"
        "\tf(s)\n\tf(s + s)\n\tb := []byte(s)\n\tb = append(b, s...)\n\tm := make(map[int]int, n)\n"
        "\tm[n] = n\n\tf(make([]int, n))\n\tf(func() int { return n })\n\tgo f(n)\n\tf(&[]int{n})\n"
        "\tf(new([8]int))\n\treturn &b, m, make(chan int)\n}\n"
    ),
}
SECONDS = re.compile(r'"seconds": [0-9.]+|[0-9]+\.[0-9]{2} s ')


class Checks:
    """Runs ``golsp-mem check`` and tells whether it read anything."""

    def __init__(self, module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = module
        self.made = 0
        self.flags: list[str] = []
        self.go = str(go_binary("1.26"))
        whole = analysing.outcome_of

        async def counted(*arguments: object) -> object:
            self.made += 1
            return await whole(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(analysing, "outcome_of", counted)

    def run(self, *formats: str) -> tuple[int, list[str]]:
        """The status and what was written in each format, without its seconds."""
        outputs = [self.module / f"out.{name}" for name in formats]
        told = [f"--format={name}={path}" for name, path in zip(formats, outputs, strict=True)]
        status = main(
            ["check", "-C", str(self.module), "--go", self.go, *self.flags, *told, "./..."]
        )
        return status, [SECONDS.sub("", path.read_text()) for path in outputs]

    def fresh(self) -> bool:
        """Whether the last run made its report."""
        made, self.made = self.made, 0
        return made > 0


@pytest.fixture
def checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checks:
    monkeypatch.setenv("GOLSP_MEM_CACHE", str(tmp_path / "store"))
    # The files of a test are younger than what is trusted.
    monkeypatch.setattr(kept, "_YOUNG_NANOSECONDS", -(10**15))
    return Checks(write_files(tmp_path / "m", FILES), monkeypatch)


def test_the_same_again(checks: Checks, capsys: pytest.CaptureFixture[str]) -> None:
    first = checks.run("json", "text")
    assert checks.fresh()
    assert '"heap-' in first[1][0]
    # What was compiled says more than what comes from the build cache.
    second = checks.run("json", "text")
    checks.fresh()
    third = checks.run("json", "text")
    assert not checks.fresh()
    assert first == second == third
    seconds = json.loads((checks.module / "out.json").read_text())["summary"]["seconds"]
    assert seconds > 0
    assert capsys.readouterr().err == ""


def test_a_terminal_of_another_size_is_another_request(
    checks: Checks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go = str(go_binary("1.26"))
    checks.run("json")

    def shown(columns: str) -> str:
        monkeypatch.setenv("COLUMNS", columns)
        main(["check", "-C", str(checks.module), "--go", go, "./..."])
        return SECONDS.sub("", capsys.readouterr().out)

    wide = shown("100")
    checks.fresh()
    assert shown("100") == wide != ""
    assert not checks.fresh()
    shown("50")
    assert checks.fresh()


def edit(name: str, old: str, new: str) -> Callable[[Checks, pytest.MonkeyPatch], None]:
    def change(checks: Checks, _: pytest.MonkeyPatch) -> None:
        path = checks.module / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


def ask(*flags: str) -> Callable[[Checks, pytest.MonkeyPatch], None]:
    return lambda checks, _: checks.flags.extend(flags)


CHANGES = {
    "other code": edit("a/a.go", "*int { return &n }", "int  { return n+0}"),
    "a comment": edit("b/b.go", "func Far", "//golsp-mem:ignore heap-variable: known\nfunc Far"),
    "a line above": edit("b/b.go", "func Far", "\nfunc Far"),
    "a test": edit("a/a_test.go", "package a\n", "package a\n\n//golsp-mem:noalloc\nfunc t() {}\n"),
    "broken code": edit("b/b.go", "x := 4", "x := y"),
    "one more file": lambda checks, _: write_files(checks.module, {"a/c.go": FILES["a/a.go"]
                                                   .replace("New", "Old")}),
    "a package less": lambda checks, _: (checks.module / "b/b.go").unlink(),
    "the language": edit("go.mod", "1.22", "1.21"),
    "settings": edit("golsp-mem.toml", "", 'fail-on = "never"\n'),
    "all": ask("--all"),
    "a threshold": ask("--fail-on=hint"),
    "tests": ask("--tests"),
    "tags": ask("--tags=x"),
    "a target": ask("--goarch=arm64"),
    "the environment": lambda _, patch: patch.setenv("GOFLAGS", "-tags=y"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_is_seen(checks: Checks, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    checks.run("json")
    checks.run("json")
    checks.fresh()
    CHANGES[name](checks, monkeypatch)
    changed = checks.run("json")
    assert checks.fresh()
    monkeypatch.setenv("GOLSP_MEM_CACHE", "off")
    assert changed == checks.run("json")


def test_what_was_written_a_moment_ago_is_not_trusted(
    checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("GOLSP_MEM_CACHE", str(checks.module.parent / "store"))
    os.utime(checks.module / "a/a.go")
    for _ in range(2):
        checks.run("json")
    assert not (checks.module.parent / "store" / "answers").exists()


def test_damage_is_no_answer(checks: Checks) -> None:
    for _ in range(2):
        first = checks.run("json")
    checks.fresh()
    for entry in (checks.module.parent / "store" / "answers").rglob("*.json"):
        text = entry.read_bytes()
        entry.write_bytes(text[:-40] + text[-41:-40] * 40)
    assert checks.run("json") == first
    assert checks.fresh()


WRAPPER = """#!/bin/sh
if rm {hang} 2>/dev/null && test "$1" = list; then echo $$ >{hung}; sleep 60; fi
exec {go} "$@"
"""


@pytest.mark.parametrize(("stop", "status"), [(None, 0), (signal.SIGTERM, 143)])
def test_a_go_command_that_hangs_is_ended(
    checks: Checks, monkeypatch: pytest.MonkeyPatch, stop: signal.Signals | None, status: int
) -> None:
    place = checks.module.parent
    (place / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(place / "tmp"))
    text = WRAPPER.format(hang=place / "hang", hung=place / "hung", go=checks.go)
    (place / "go").write_text(text)
    (place / "go").chmod(0o755)
    checks.go = str(place / "go")
    for _ in range(3):
        checks.run("json")
    checks.fresh()
    (place / "hang").touch()
    monkeypatch.setattr(repeated, "_SECONDS", 1.0 if stop is None else 60.0)

    def stopped() -> None:
        while not (place / "hung").exists():
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(os.getpid(), stop or 0)

    if stop is not None:
        threading.Thread(target=stopped).start()
    assert checks.run("json")[0] == status
    assert checks.fresh() is (stop is None)
    with pytest.raises(ProcessLookupError):
        os.killpg(int((place / "hung").read_text()), 0)
    assert not list((place / "tmp").iterdir())
