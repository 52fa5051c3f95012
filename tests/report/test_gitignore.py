"""Patterns against git itself, and patterns that keep a matcher busy."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from golsp_mem.config import Exclusion
from golsp_mem.errors import ConfigError
from golsp_mem.report.policy.exclude import Exclusions
from golsp_mem.report.policy.gitignore import Rules, parse
from tests.toolchain.repositories import IDENTITY, init

# Letters that mean something in patterns, and few others, so that they meet in names.
PATTERN = st.lists(
    st.sampled_from(
        [*"abA/*?!#\\[]-^ .é", "**", "**/", "/**", "[a-b]", "[!a]", "[[:alpha:]]", "[a/b]", "[]a]"]
    ),
    min_size=1,
    max_size=7,
).map("".join)
NAME = st.text(st.sampled_from("abA!#-^ .é[]\\*"), min_size=1, max_size=4).filter(
    lambda name: name.strip(".") and name.strip()
)
PATH = st.lists(NAME, min_size=1, max_size=4).map("/".join)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return init(tmp_path_factory.mktemp("ignored") / "repo")


def ignored_by_git(repo: Path, patterns: list[str], paths: list[str]) -> set[str]:
    """What git would ignore if the paths were files. They need not be there: then
    git takes them for files, and what is above them for directories."""
    (repo / ".gitignore").write_bytes(b"".join(os.fsencode(one) + b"\n" for one in patterns))
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin", "--verbose", "--non-matching"],
        cwd=repo, env={**os.environ, **IDENTITY}, capture_output=True,
        input=b"".join(os.fsencode(path) + b"\0" for path in paths),
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    fields = done.stdout.split(b"\0")[:-1]
    found = zip(fields[2::4], fields[3::4], strict=True)
    return {os.fsdecode(path) for rule, path in found if rule and not rule.startswith(b"!")}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(PATTERN, min_size=1, max_size=4),
    st.lists(PATH, min_size=1, max_size=12, unique=True),
)
@example(["a/**"], ["a", "a/b", "a/a/b", "b/a/b"])
@example(["**/a/**/b"], ["a/b", "b/a/a/b", "a/b/a"])
@example(["[a/b]"], ["a", "b/a"])
@example(["a\\ "], ["a", "a "])
@example(["*", "!*/", "!a"], ["a", "b/a", "b/b"])
def test_patterns_mean_what_they_mean_to_git(
    repo: Path, patterns: list[str], paths: list[str]
) -> None:
    try:
        rules = Rules(patterns)
    except ValueError:
        return
    assert {path for path in paths if rules.match(path)} == ignored_by_git(repo, patterns, paths)


@given(st.text(), PATH)
def test_any_text_is_a_pattern_or_said_to_be_none(line: str, path: str) -> None:
    try:
        line.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return
    try:
        Rules([line]).match(path)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    "pattern",
    [
        "*".join("a" * 500) + "b",
        "**/" * 300 + "a/" * 100 + "b",
        "[a-z]*" * 600 + "b",
        "?*" * 1000 + "b",
        "**/*a" * 400 + "b",
    ],
)
def test_no_pattern_keeps_a_matcher_busy(pattern: str) -> None:
    # A machine that needs more than the suite's time limit here tries all ways.
    exclusions = Exclusions([Exclusion("/w", pattern)])
    for name in ("a" * 250 + ".go", "a/" * 1000 + "a.go", "a" * 200 + "/" + "a" * 200):
        assert not exclusions.covers(f"/w/{name}")


def test_too_much_is_refused() -> None:
    with pytest.raises(ConfigError, match="exclude: a pattern of more than 4096 bytes"):
        Exclusions([Exclusion("/w", "a" * 5000)])
    with pytest.raises(ConfigError, match="exclude: more than 64 KiB of patterns"):
        Exclusions([Exclusion("/w", f"{number}" * 500) for number in range(200)])


def test_comments_and_nothing() -> None:
    assert parse("# x") is parse("") is parse("   ") is parse("/") is parse("[a") is None
