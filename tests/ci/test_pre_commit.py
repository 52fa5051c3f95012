"""The pre-commit hook, installed and run by pre-commit itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.steps import BROKEN, GOOD, ROOT, git, outside_ci, repository
from tests.toolchains import WHOLE


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="installs all again: GOLSP_MEM_TEST_RELEASES=all")
def test_a_commit_that_breaks_a_promise_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "golsp-mem"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(source))
    # What is not committed yet is tried as well.
    (source / ".pre-commit-hooks.yaml").write_bytes((ROOT / ".pre-commit-hooks.yaml").read_bytes())
    git(source, "add", "-A")
    git(source, "commit", "--quiet", "--allow-empty", "-m", "as it is")
    revision = git(source, "rev-parse", "HEAD").strip()
    project = repository(tmp_path / "project", GOOD)
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {source}\n    rev: {revision}\n    hooks:\n      - id: golsp-mem\n"
    )
    env = {**outside_ci(), "PRE_COMMIT_HOME": str(tmp_path / "home")}
    tool = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*tool, "install"], cwd=project, env=env, check=True, capture_output=True)

    def commit(message: str) -> subprocess.CompletedProcess[str]:
        git(project, "add", "-A")
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return subprocess.run(
            ["git", *who, "commit", "-m", message],
            cwd=project, env=env, capture_output=True, text=True,
        )  # fmt: skip

    done = commit("kept")
    assert done.returncode == 0, done.stdout + done.stderr
    (project / "m.go").write_text(BROKEN)
    done = commit("broken")
    assert done.returncode == 1
    assert "contract-noalloc" in done.stdout + done.stderr
    assert git(project, "log", "--oneline").count("\n") == 2
