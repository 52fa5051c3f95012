"""The GitHub action: its steps, run with bash as a runner would."""

from __future__ import annotations

import json
import re
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
    """The environment of a runner on which the first step, the installation, has run."""
    temp = tmp_path_factory.mktemp("runner")
    env = {**outside_ci(), "RUNNER_TEMP": str(temp), "GITHUB_ACTION_PATH": str(ROOT)}
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
        {"shard": "1/1; touch pwned"},
    ],
)
def test_hostile_inputs_do_nothing(
    runner: dict[str, str], tmp_path: Path, inputs: dict[str, str]
) -> None:
    workspace = repository(tmp_path / "work", GOOD)
    done, _ = run(runner, workspace, **inputs)
    assert done.status != 0
    assert not (workspace / "pwned").exists()
