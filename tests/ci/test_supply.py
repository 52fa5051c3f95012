"""What CI installs is what pyproject.toml asks for, and a release is made of what was tried."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / ".ci" / "requirements.txt").read_text(encoding="utf-8")


def locked() -> dict[str, list[str]]:
    """Versions by name; one that differs by Python has several."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", LOCK, re.MULTILINE):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def test_the_lock_has_all_that_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for group in extras.values() for one in group)]
    versions = locked()
    for requirement in map(Requirement, wanted):
        there = versions.get(canonicalize_name(requirement.name), [])
        assert there, f"{requirement} is not in .ci/requirements.txt: run .ci/lock"
        assert all(map(requirement.specifier.contains, there)), f"{requirement}: run .ci/lock"


def test_each_version_of_the_lock_has_hashes() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_only_one_job_of_a_release_builds_and_it_publishes_nothing() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["build"]["permissions"] == {"contents": "read"}
    for name, job in jobs.items():
        scripts = [step.get("run", "") for step in job["steps"]]
        assert any(".ci/release" in script for script in scripts) is (name == "build")
        if name != "build":
            assert "build" in _needs(jobs, name)
    assert "password" not in text
    for script in (".ci/release", ".ci/package", ".ci/sbom", ".ci/lock"):
        assert (ROOT / script).stat().st_mode & 0o111


def _needs(jobs: dict[str, dict[str, object]], name: str) -> set[str]:
    said = jobs[name].get("needs", [])
    direct = {said} if isinstance(said, str) else set(said)  # type: ignore[call-overload]
    return direct.union(*(_needs(jobs, one) for one in direct))
