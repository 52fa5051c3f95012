"""Which repository, which commit: real git, in the states that people and CI bring."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve

from golsp_mem.errors import GitFailed, UsageError
from golsp_mem.toolchain.revisions.git import (
    commit_of,
    has_directory,
    merge_base,
    outside_hooks,
    repository,
)
from tests.toolchain.repositories import commit, git, init, needs


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """main: one, two; feature (checked out): one, three; and odd names."""
    top = init(tmp_path.resolve() / "repo")
    commit(top, {"a.txt": "1\n", "sub dir/ö/b.txt": "1\n"})
    git(top, "tag", "v1")
    git(top, "tag", "-a", "-m", "annotated", "v1-signed")
    git(top, "checkout", "-q", "-b", "feature")
    commit(top, {"a.txt": "3\n"})
    # A search takes the youngest commit: that of main may be a second younger, if the clock ticks.
    git(top, "commit", "-q", "--amend", "-m", "three")
    git(top, "checkout", "-q", "main")
    commit(top, {"a.txt": "2\n"})
    git(top, "checkout", "-q", "feature")
    return top


async def test_a_directory_below_the_top(history: Path) -> None:
    repo = await repository(history / "sub dir" / "ö")
    assert repo.top == history
    assert repo.prefix == PurePosixPath("sub dir/ö")
    assert repo.common == history / ".git"
    assert not repo.shallow


async def test_a_directory_behind_a_symbolic_link(history: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(history / "sub dir")
    repo = await repository(link)
    assert (repo.directory, repo.top) == (link, history)
    assert repo.prefix == PurePosixPath("sub dir")


async def test_a_linked_work_tree_of_a_bare_repository(history: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(history), "bare.git")
    git(tmp_path / "bare.git", "worktree", "add", "-q", str(tmp_path / "linked"), "main")
    repo = await repository(tmp_path / "linked" / "sub dir")
    assert repo.top == history.parent / "linked"
    assert repo.common == history.parent / "bare.git"


@pytest.mark.parametrize(
    ("where", "says"),
    [
        pytest.param("plain", "is in no git repository", id="no-repository"),
        pytest.param("repo/.git", "in no git work tree", id="inside-the-git-directory"),
        pytest.param("missing", "is no directory", id="no-directory"),
    ],
)
async def test_no_work_tree(history: Path, tmp_path: Path, where: str, says: str) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match=says) as raised:
        await repository(tmp_path / where)
    assert "\n" not in str(raised.value)


async def test_no_git(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(history))
    with pytest.raises(UsageError, match="git is not on PATH"):
        await repository(history)


async def test_a_repository_of_another_user(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(2, 36)
    # git's own switch for this test (t/t0033-safe-directory.sh).
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(UsageError, match=r"run: git config --global --add safe\.directory .*repo$"):
        await repository(history)
    # What a CI job may set instead is not lost on the way.
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    assert (await repository(history)).top == history


async def test_what_a_hook_is_told_of_another_repository_is_not_believed(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = init(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / "index"))
    repo = await repository(history)
    assert repo.top == history
    assert outside_hooks({"GIT_DIR": "x", "GIT_INDEX_FILE": "y", "HOME": "z"}) == {"HOME": "z"}


async def test_all_variables_that_git_calls_local_are_known(history: Path) -> None:
    told = set(git(history, "rev-parse", "--local-env-vars").split())
    assert "GIT_INDEX_FILE" in told
    kept = {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}
    assert set(outside_hooks(dict.fromkeys(told, ""))) == told & kept


@pytest.mark.parametrize(
    ("rev", "same_as"),
    [
        ("HEAD", "refs/heads/feature"),
        ("main", "refs/heads/main"),
        ("main~1", "refs/tags/v1"),
        ("v1-signed", "refs/tags/v1"),
        (":/three", "HEAD"),
        ("HEAD^{/three}", "HEAD"),
        ("@", "HEAD"),
    ],
)
async def test_words_for_commits(history: Path, rev: str, same_as: str) -> None:
    repo = await repository(history / "sub dir")
    expected = git(history, "rev-parse", f"{same_as}^{{commit}}")
    assert await commit_of(repo, rev) == expected
    assert await commit_of(repo, expected[:10]) == expected


@pytest.mark.parametrize(
    ("rev", "says"),
    [
        ("-x", "'-x' is not a git revision"),
        ("--all", "'--all' is not a git revision"),
        ("", "is not a git revision"),
        ("main\0", "is not a git revision"),
        ("nowhere", "nowhere is not a commit of .*: .*run git fetch"),
        ("main..feature", "is not a commit of"),
        ("^main", "is not a commit of"),
        ("HEAD:a.txt", "is not a commit of"),
        ("0" * 40, "is not a commit of"),
        (":/no such message", "is not a commit of"),
        ("a\nb", "is not a commit of"),
    ],
)
async def test_words_for_no_commit(history: Path, rev: str, says: str) -> None:
    repo = await repository(history)
    with pytest.raises(UsageError, match=says):
        await commit_of(repo, rev)


async def test_no_commit_yet(tmp_path: Path) -> None:
    repo = await repository(init(tmp_path / "repo"))
    with pytest.raises(UsageError, match="HEAD is not a commit"):
        await commit_of(repo, "HEAD")


async def test_a_repository_of_sha256(tmp_path: Path) -> None:
    needs(2, 29)
    top = init(tmp_path / "repo", "--object-format=sha256")
    made = commit(top, {"a": ""})
    assert len(made) == 64
    assert await commit_of(await repository(top), "HEAD") == made


def clone(history: Path, *options: str) -> Path:
    """As a CI job has it: HEAD detached, no local branches."""
    target = history.parent / "clone"
    git(history.parent, "clone", "-q", *options, history.as_uri(), str(target))
    git(target, "checkout", "-q", "--detach", "origin/feature")
    for name in git(target, "for-each-ref", "--format=%(refname)", "refs/heads").splitlines():
        git(target, "update-ref", "-d", name)
    return target


@pytest.mark.parametrize("branch", ["main", "origin/main", "refs/heads/main", "v1"])
async def test_merge_base(history: Path, branch: str) -> None:
    git(history, "update-ref", "refs/remotes/origin/main", "main")
    assert await merge_base(await repository(history), branch) == git(history, "rev-parse", "v1")


async def test_the_branches_of_a_ci_checkout_are_on_origin(history: Path) -> None:
    repo = await repository(clone(history))
    assert await merge_base(repo, "main") == git(history, "rev-parse", "v1")
    with pytest.raises(UsageError, match=r"main is not a commit of .*: origin/main is one"):
        await commit_of(repo, "main")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--no-single-branch"], "HEAD and main have no common commit: this is a shallow clone"),
        (["--branch=feature"], "neither main nor origin/main is a branch here: this is a shallow"),
    ],
)
async def test_shallow_clones(history: Path, options: list[str], says: str) -> None:
    repo = await repository(clone(history, "--depth=1", *options))
    assert repo.shallow
    with pytest.raises(UsageError, match=f"{says}.*git fetch --unshallow"):
        await merge_base(repo, "main")
    with pytest.raises(UsageError, match=r"HEAD~1 is not a commit of .*: this is a shallow clone"):
        await commit_of(repo, "HEAD~1")


@pytest.mark.parametrize(
    ("branch", "says"),
    [
        ("-v", "'-v' is not a git revision"),
        ("gone", "neither gone nor origin/gone is a branch here: run git fetch"),
        ("alone", "HEAD and alone have no common commit: name a branch"),
    ],
)
async def test_no_merge_base(history: Path, branch: str, says: str) -> None:
    git(history, "checkout", "-q", "--orphan", "alone")
    commit(history, {})
    git(history, "checkout", "-q", "feature")
    with pytest.raises(UsageError, match=says):
        await merge_base(await repository(history), branch)


@pytest.mark.parametrize(
    ("prefix", "there"),
    [
        (".", True),
        ("sub dir", True),
        ("sub dir/ö", True),
        ("a.txt", False),
        ("link", False),
        ("sub*", False),
        (":(top)sub dir", False),
        ("new", False),
        ("module", False),
    ],
)
async def test_directories_of_a_commit(history: Path, prefix: str, there: bool) -> None:
    (history / "link").symlink_to("sub dir")
    head = git(history, "rev-parse", "HEAD")
    git(history, "update-index", "--add", "--cacheinfo", f"160000,{head},module")
    git(history, "add", "link")
    git(history, "commit", "-qm", "x")
    repo = evolve(await repository(history), prefix=PurePosixPath(prefix))
    assert await has_directory(repo, await commit_of(repo, "HEAD")) is there


async def test_a_damaged_repository_is_no_usage_error(history: Path) -> None:
    repo = evolve(await repository(history), prefix=PurePosixPath("sub dir"))
    made = await commit_of(repo, "HEAD")
    tree = git(history, "rev-parse", "HEAD^{tree}")
    (history / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GitFailed, match=r"^git ls-tree failed in ") as raised:
        await has_directory(repo, made)
    assert "\n" not in str(raised.value)
