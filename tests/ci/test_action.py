"""The GitHub action: its steps, run with bash as a runner would."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.ci.steps import BROKEN, GOOD, ROOT, Ran, bash, git, outside_ci, repository

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{ inputs\.([a-z-]+) \}\}")


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a runner without Go on which the first step, the installation, has run:
    it brought one."""
    temp, tools = tmp_path_factory.mktemp("runner"), tmp_path_factory.mktemp("tools")
    for tool in ("bash", "git", "realpath", "touch"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    (tools / "python3").symlink_to(getattr(sys, "_base_executable", sys.executable))
    env = {
        **outside_ci(), "PATH": str(tools), "RUNNER_TEMP": str(temp),
        "GITHUB_ACTION_PATH": str(ROOT),
    }  # fmt: skip
    done = bash(STEPS[0]["run"], temp, env)
    assert done.status == 0, done.stderr
    return env


def run(runner: Mapping[str, str], workspace: Path, **inputs: str) -> tuple[Ran, dict[str, str]]:
    """The check step with these inputs, the others at their defaults; and its outputs."""
    values = {name: about["default"] for name, about in ACTION["inputs"].items()}
    values |= {name.replace("_", "-"): value for name, value in inputs.items()}
    given = {
        name: EXPRESSION.sub(lambda match: values[match[1]], text)
        for name, text in STEPS[1]["env"].items()
    }
    places = {
        name: str(workspace.parent / name.lower())
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
    }
    for place in places.values():
        Path(place).write_text("")
    env = {**runner, **given, **places, "GITHUB_WORKSPACE": str(workspace)}
    done = bash(STEPS[1]["run"], workspace, env)
    lines = Path(places["GITHUB_OUTPUT"]).read_text().splitlines()
    return done, dict(line.split("=", 1) for line in lines)


def test_no_input_is_written_into_a_script() -> None:
    assert [step["name"] for step in STEPS if "${{" in step["run"]] == []
    used = {name for text in STEPS[1]["env"].values() for name in EXPRESSION.findall(text)}
    assert used == set(ACTION["inputs"])


def test_a_broken_promise_fails_the_job(runner: dict[str, str], tmp_path: Path) -> None:
    workspace = repository(tmp_path / "work", BROKEN)
    done, outputs = run(runner, workspace)
    assert (done.status, outputs["exit-status"]) == (1, "1")
    assert "::error file=m.go,line=4" in done.stdout
    log = json.loads(Path(outputs["sarif-file"]).read_text())
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["contract-noalloc"]
    assert "Broken contracts" in (tmp_path / "github_step_summary").read_text()


def test_code_that_keeps_its_promises_passes(runner: dict[str, str], tmp_path: Path) -> None:
    workspace = repository(tmp_path / "with blank", GOOD)
    done, outputs = run(runner, workspace, fail_on="hint")
    assert (done.status, outputs["exit-status"]) == (0, "0"), done.stderr
    assert "::error" not in done.stdout


def test_only_what_is_new_since_the_merge_base(runner: dict[str, str], tmp_path: Path) -> None:
    workspace = repository(tmp_path / "work", BROKEN)
    git(workspace, "switch", "--quiet", "-c", "change")
    (workspace / "n.go").write_text("package m\n\nfunc N() chan int { return make(chan int) }\n")
    git(workspace, "add", "-A")
    git(workspace, "commit", "--quiet", "-m", "second")
    done, _ = run(runner, workspace, fail_on="hint", new_from_merge_base="main")
    assert done.status == 1
    assert "n.go" in done.stdout
    assert "m.go" not in done.stdout


@pytest.mark.parametrize("patterns", ["./kept ./broken", "./kept\n./broken\n", "\n./broken\n", ""])
def test_every_pattern_is_checked(runner: dict[str, str], tmp_path: Path, patterns: str) -> None:
    workspace = repository(tmp_path / "work", GOOD)
    for name, source in (("kept", GOOD), ("broken", BROKEN)):
        (workspace / name).mkdir()
        (workspace / name / "m.go").write_text(source)
    done, _ = run(runner, workspace, patterns=patterns)
    assert done.status == 1, done.stderr
    assert "::error file=broken/m.go,line=4" in done.stdout


def test_a_module_below_the_workspace(runner: dict[str, str], tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    module = repository(workspace / "go" / "sub", BROKEN)
    done, outputs = run(runner, workspace, working_directory="go/sub")
    assert done.status == 1
    assert "::error file=go/sub/m.go,line=4" in done.stdout
    assert outputs["sarif-file"] == str(module / "golsp-mem.sarif")


def test_the_base_branch_is_only_at_origin(runner: dict[str, str], tmp_path: Path) -> None:
    # As actions/checkout leaves a pull request: no local branch, HEAD is a commit.
    server = repository(tmp_path / "server", BROKEN)
    git(server, "switch", "--quiet", "-c", "change")
    (server / "n.go").write_text("package m\n\nfunc N() chan int { return make(chan int) }\n")
    git(server, "add", "-A")
    git(server, "commit", "--quiet", "-m", "second")
    git(tmp_path, "clone", "--quiet", str(server), "work")
    workspace = tmp_path / "work"
    git(workspace, "checkout", "--quiet", "--detach")
    git(workspace, "branch", "--quiet", "-D", "change")
    done, _ = run(runner, workspace, fail_on="hint", new_from_merge_base="main")
    assert done.status == 1, done.stderr
    assert "n.go" in done.stdout
    assert "m.go" not in done.stdout


def test_no_sarif_of_an_earlier_run_is_passed_on(runner: dict[str, str], tmp_path: Path) -> None:
    workspace = repository(tmp_path / "work", BROKEN)
    _, outputs = run(runner, workspace)
    assert "sarif-file" in outputs
    done, outputs = run(runner, workspace, baseline="missing.json")
    assert (done.status, outputs) == (2, {"exit-status": "2"})


@pytest.mark.parametrize(
    "inputs",
    [
        {"patterns": "; touch pwned"},
        {"patterns": "$(touch pwned)"},
        {"patterns": "-toolexec=touch"},
        {"fail_on": "`touch pwned`"},
        {"new_from_merge_base": "--upload-pack=touch"},
        {"baseline": "$(touch pwned)"},
        {"working_directory": "$(touch pwned)"},
        {"working_directory": "-x"},
        {"sarif_file": "no/such/$(touch pwned)"},
        {"sarif_file": "x\nexit-status=0"},
        {"shard": "1/1; touch pwned"},
    ],
)
def test_hostile_inputs_do_nothing(
    runner: dict[str, str], tmp_path: Path, inputs: dict[str, str]
) -> None:
    workspace = repository(tmp_path / "work", GOOD)
    done, outputs = run(runner, workspace, **inputs)
    assert done.status != 0
    assert outputs.get("exit-status") != "0"
    assert not (workspace / "pwned").exists()
