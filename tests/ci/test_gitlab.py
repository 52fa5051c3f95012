"""The GitLab job: its lines, run with bash as the shell executor would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.ci.steps import BROKEN, GOOD, ROOT, Ran, bash, git, outside_ci, repository
from tests.toolchains import WHOLE

JOB = yaml.safe_load((ROOT / "golsp_mem" / "gitlab-ci.yml").read_text(encoding="utf-8"))[
    "golsp-mem"
]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory on PATH whose python3 is this one, as in an image that has it."""
    tools = tmp_path_factory.mktemp("tools")
    (tools / "python3").symlink_to(getattr(sys, "_base_executable", sys.executable))
    return tools


def run(project: Path, python: Path, **variables: str) -> Ran:
    env = {**outside_ci(), "CI_PROJECT_DIR": str(project)}
    env["PATH"] = f"{python}:{env['PATH']}"
    for name, value in JOB["variables"].items():
        env[name] = value.replace("$CI_PROJECT_DIR", str(project))
    env |= {"GOLSP_MEM_SOURCE": str(ROOT), **variables}
    return bash("\n".join([*JOB["before_script"], *JOB["script"]]), project, env)


def reports(project: Path) -> tuple[list[dict[str, object]], ET.Element]:
    named = JOB["artifacts"]["reports"]
    quality = json.loads((project / named["codequality"]).read_text())
    return quality, ET.parse(project / named["junit"]).getroot()


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="installs all again: GOLSP_MEM_TEST_RELEASES=all")
def test_the_job(tmp_path: Path, python: Path) -> None:
    project = repository(tmp_path / "project", BROKEN)
    done = run(project, python)
    assert done.status == 1, done.stderr
    quality, junit = reports(project)
    [entry] = quality
    assert (entry["check_name"], entry["location"]) == (
        "contract-noalloc",
        {"path": "m.go", "lines": {"begin": 4, "end": 4}},
    )
    assert junit.findall(".//failure")
    # What the cache holds is not part of the module's packages.
    listed = subprocess.run(
        ["go", "list", "./..."], cwd=project, capture_output=True, text=True, check=True
    )
    assert listed.stdout.split() == ["example.com/m"]


@pytest.mark.slow
@pytest.mark.skipif(
    not WHOLE, reason="installs all and compiles the library twice: GOLSP_MEM_TEST_RELEASES=all"
)
def test_a_merge_request(tmp_path: Path, python: Path) -> None:
    project = repository(tmp_path / "project", BROKEN)
    assert run(project, python).status == 1
    # The next job may get the cache at another place.
    project = project.rename(tmp_path / "moved")
    git(project, "clean", "--quiet", "-fdx", "-e", ".golsp-mem/")
    git(project, "switch", "--quiet", "-c", "change")
    (project / "m.go").write_text(GOOD)
    (project / "n.go").write_text("package m\n\nfunc N() chan int { return make(chan int) }\n")
    done = run(
        project,
        python,
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
        GOLSP_MEM_OPTIONS="--fail-on hint",
    )
    assert done.status == 1, done.stderr
    assert [entry["check_name"] for entry in reports(project)[0]] == ["heap-make-chan"]


def test_where_it_comes_from_must_be_said(tmp_path: Path, python: Path) -> None:
    done = run(repository(tmp_path / "project", GOOD), python, GOLSP_MEM_SOURCE="")
    assert (done.status, done.stdout) == (
        2,
        "set GOLSP_MEM_SOURCE to what pip installs golsp-mem from\n",
    )


def test_merge_requests_have_their_history() -> None:
    assert JOB["variables"]["GIT_DEPTH"] == "0"
    assert JOB["artifacts"]["when"] == "always"
