"""A commit beside the user's work tree: what is in it, that it goes, that it disturbs nobody."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from golsp_mem.errors import GitFailed, NotInCommit
from golsp_mem.toolchain.processes.scratch import sweep
from golsp_mem.toolchain.revisions.git import Repository, commit_of, repository
from golsp_mem.toolchain.revisions.worktree import worktree
from tests.toolchain.repositories import IDENTITY, commit, git, init, needs, worktrees
from tests.toolchains import go_binary

LIBRARY = "package {0}\n\nfunc F(n int) *int {{ return &n }}\n"
MODULE = {
    "go.mod": "module example.com/m\n\ngo 1.22\n",
    "a/a.go": LIBRARY.format("a"),
    "b/b.go": LIBRARY.format("b"),
}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path.resolve() / "cache"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    made = init(tmp_path.resolve() / "re po ö")
    commit(made, MODULE)
    return made


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A TMPDIR that must be empty again at the end."""
    directory = tmp_path.resolve() / "tmp"
    directory.mkdir()
    monkeypatch.setenv("TMPDIR", str(directory))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield directory
    # What a killed run left goes with the next run that comes a minute later.
    for left in directory.iterdir():
        os.utime(left, (0, 0))
    sweep(str(directory))
    assert list(directory.iterdir()) == []


async def at(directory: Path, rev: str = "HEAD") -> tuple[Repository, str]:
    repo = await repository(directory)
    return repo, await commit_of(repo, rev)


def texts(directory: Path) -> dict[str, str]:
    files = (path for path in directory.rglob("*") if path.is_file() and path.name != ".git")
    return {path.relative_to(directory).as_posix(): path.read_text() for path in files}


def stamps(directory: Path) -> dict[str, int]:
    files = (path for path in directory.rglob("*") if path.is_symlink() or path.is_file())
    return {path.relative_to(directory).as_posix(): path.lstat().st_mtime_ns for path in files}


def left_in(cache: Path) -> list[str]:
    return [path.name for path in cache.rglob("*") if path.is_dir() and path.name != ".worktrees"]


def assert_as_before(top: Path, cache: Path) -> None:
    assert worktrees(top) == [top]
    assert not (top / ".git" / "worktrees").exists()
    assert left_in(cache) == []
    assert git(top, "status", "--porcelain") == ""


async def test_the_commit_is_there_and_then_gone(top: Path, cache: Path) -> None:
    old = git(top, "rev-parse", "HEAD")
    commit(top, {"a/a.go": "package a\n"})
    repo, _ = await at(top)
    async with worktree(repo, old, cache=cache) as directory:
        assert texts(directory) == MODULE
        assert git(directory, "rev-parse", "HEAD") == old
        assert git(directory, "status", "--porcelain") == ""
        assert worktrees(top) == [top, directory]
        assert directory.is_relative_to(cache)
    assert (top / "a" / "a.go").read_text() == "package a\n"
    assert_as_before(top, cache)


async def test_a_directory_below_the_top(top: Path, cache: Path) -> None:
    repo, made = await at(top / "a")
    async with worktree(repo, made, cache=cache) as directory:
        assert texts(directory) == {"a.go": MODULE["a/a.go"]}
        assert (directory.parent / "go.mod").is_file()


async def test_a_directory_that_the_commit_lacks(top: Path, cache: Path) -> None:
    old = git(top, "rev-parse", "HEAD")
    commit(top, {"c/c.go": "package c\n"})
    repo = await repository(top / "c")
    with pytest.raises(NotInCommit, match=f"c does not exist at {old[:12]}$"):
        async with worktree(repo, old, cache=cache):
            pass
    assert_as_before(top, cache)


async def test_repositories_of_every_kind(top: Path, cache: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(top), "bare.git")
    linked = tmp_path / "linked"
    git(tmp_path / "bare.git", "worktree", "add", "-q", str(linked), "main")
    outer = init(tmp_path / "outer")
    git(outer, "submodule", "add", "-q", top.as_uri(), "inner")
    for directory in (linked, outer / "inner"):
        before = worktrees(directory)
        repo, made = await at(directory)
        async with worktree(repo, made, cache=cache) as found:
            assert texts(found) == MODULE
            assert len(worktrees(directory)) == len(before) + 1
        assert worktrees(directory) == before


async def test_submodules_stay_empty(top: Path, cache: Path) -> None:
    outer = init(top.parent / "outer")
    git(outer, "submodule", "add", "-q", top.as_uri(), "inner")
    git(outer, "config", "submodule.recurse", "true")
    made = commit(outer, {})
    async with worktree(await repository(outer), made, cache=cache) as directory:
        assert list((directory / "inner").iterdir()) == []
    assert_as_before(outer, cache)


async def test_what_a_sparse_checkout_leaves_out(top: Path, cache: Path) -> None:
    needs(2, 36)
    git(top, "sparse-checkout", "set", "--cone", "a")
    repo, made = await at(top)
    async with worktree(repo, made, cache=cache) as directory:
        assert set(texts(directory)) == {"go.mod", "a/a.go"}
    git(top, "sparse-checkout", "disable")
    assert_as_before(top, cache)


async def test_nothing_of_the_repository_runs(
    top: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $0 >> '{ran}'\n")
    program.chmod(0o755)
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        shutil.copy(program, top / ".git" / "hooks" / hook)
    git(top, "config", "core.fsmonitor", str(program))
    git(top, "config", "core.askPass", str(program))
    monkeypatch.setenv("GIT_ASKPASS", str(program))
    git(top, "worktree", "add", "-q", "--detach", str(tmp_path / "by-hand"))
    assert ran.is_file(), "git itself runs them"
    git(top, "worktree", "remove", "--force", str(tmp_path / "by-hand"))
    ran.unlink()
    repo, made = await at(top)
    async with worktree(repo, made, cache=cache) as directory:
        assert texts(directory) == MODULE
    assert not ran.exists()


async def test_filters_run_unattended(top: Path, cache: Path) -> None:
    names = ("GIT_TERMINAL_PROMPT", "GIT_LFS_SKIP_SMUDGE", "GIT_INDEX_FILE", "GIT_ASKPASS")
    made = commit(top, {".gitattributes": "b/* filter=env\n"})
    shown = " ".join(f"${{{name}-unset}}" for name in names)
    git(top, "config", "filter.env.smudge", f'echo "{shown}"')
    async with worktree(await repository(top), made, cache=cache) as directory:
        assert (directory / "b" / "b.go").read_text() == "0 1 unset \n"


async def test_a_repository_of_another_user_that_is_declared_safe(
    top: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, made = await at(top)
    # git's own switch for this test (t/t0033-safe-directory.sh).
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(top))
    async with worktree(repo, made, cache=cache) as directory:
        assert texts(directory) == MODULE


HOOK = """\
#!/bin/sh
exec '{python}' - <<'EOF'
import asyncio
from pathlib import Path
from golsp_mem.toolchain.revisions.git import commit_of, repository
from golsp_mem.toolchain.revisions.worktree import worktree

async def main():
    repo = await repository(Path.cwd())
    async with worktree(repo, await commit_of(repo, "HEAD"), cache=Path("{cache}")) as directory:
        Path("{seen}").write_text((directory / "a" / "a.go").read_text())

asyncio.run(main())
EOF
"""


async def test_inside_a_pre_commit_hook(top: Path, cache: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    hook = top / ".git" / "hooks" / "pre-commit"
    hook.write_text(HOOK.format(python=sys.executable, cache=cache, seen=seen))
    hook.chmod(0o755)
    (top / "a" / "a.go").write_text("package a\n")
    git(top, "commit", "-q", "-a", "-m", "with GIT_INDEX_FILE set")
    assert seen.read_text() == MODULE["a/a.go"]
    assert git(top, "show", "--name-only", "--format=") == "a/a.go"
    assert_as_before(top, cache)


async def test_a_failure_inside_the_block(top: Path, cache: Path) -> None:
    repo, made = await at(top)
    with pytest.raises(ZeroDivisionError):
        async with worktree(repo, made, cache=cache):
            raise ZeroDivisionError
    assert_as_before(top, cache)


async def test_a_checkout_that_fails(top: Path, cache: Path) -> None:
    made = commit(top, {".gitattributes": "b/* filter=broken\n"})
    git(top, "config", "filter.broken.smudge", "false")
    git(top, "config", "filter.broken.required", "true")
    with pytest.raises(GitFailed, match=r"^git reset failed in .*smudge filter broken failed"):
        async with worktree(await repository(top), made, cache=cache):
            pass
    git(top, "config", "--unset", "filter.broken.required")
    assert_as_before(top, cache)


async def test_cancelled_again_and_again(top: Path, cache: Path) -> None:
    repo, made = await at(top)
    inside = asyncio.Event()

    async def work() -> None:
        async with worktree(repo, made, cache=cache):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    assert task.cancelled()
    assert_as_before(top, cache)


RUN = """\
import asyncio, sys
from pathlib import Path
from golsp_mem.cli.running import run
from golsp_mem.toolchain.revisions.git import commit_of, repository
from golsp_mem.toolchain.revisions.worktree import worktree

async def main(top, cache):
    repo = await repository(Path(top))
    cache = Path(cache) if cache else None
    async with worktree(repo, await commit_of(repo, "HEAD"), cache=cache) as found:
        print(found, flush=True)
        await asyncio.Event().wait()

run(main(*sys.argv[1:]))
"""


def started(top: Path, cache: Path | str) -> subprocess.Popen[str]:
    """A run in a process of its own that holds its work tree until a signal ends it."""
    argv = [sys.executable, "-c", RUN, str(top), str(cache)]
    env = {**os.environ, **IDENTITY}
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, stdout=pipe, stderr=pipe, text=True, env=env)


def path_of(run: subprocess.Popen[str]) -> Path:
    assert run.stdout is not None
    line = run.stdout.readline()
    assert line, run.communicate()[1]
    return Path(line.rstrip("\n"))


def end(run: subprocess.Popen[str], number: signal.Signals) -> None:
    run.send_signal(number)
    run.communicate()


@pytest.mark.parametrize(
    "numbers",
    [
        [signal.SIGTERM],
        [signal.SIGINT],
        [signal.SIGTERM, signal.SIGTERM],
        [signal.SIGINT, signal.SIGINT],
        [signal.SIGINT, signal.SIGTERM],
    ],
)
def test_signals(top: Path, cache: Path, numbers: list[signal.Signals]) -> None:
    run = started(top, cache)
    assert path_of(run).is_dir()
    for number in numbers[:-1]:
        run.send_signal(number)
    end(run, numbers[-1])
    assert run.returncode != 0
    assert_as_before(top, cache)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_while_git_checks_out(
    top: Path, cache: Path, tmp_path: Path, number: signal.Signals
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    git(top, "config", "filter.slow.smudge", f"echo now > '{fifo}'; sleep 600")
    git(top, "config", "filter.slow.clean", "cat")
    commit(top, {".gitattributes": "b/* filter=slow\n"})
    run = started(top, cache)
    assert fifo.read_text() == "now\n"
    end(run, number)
    assert_as_before(top, cache)


@pytest.mark.parametrize("with_cache", [True, False])
async def test_the_next_run_removes_what_a_killed_one_left(
    top: Path, cache: Path, temporary: Path, with_cache: bool
) -> None:
    run = started(top, cache if with_cache else "")
    left = path_of(run)
    end(run, signal.SIGKILL)
    assert left.is_dir()
    repo, made = await at(top)
    async with worktree(repo, made, cache=cache) as directory:
        assert (directory == left) is with_cache
        assert texts(directory) == MODULE
        assert worktrees(top) == [top, directory]
    assert not left.exists()
    assert_as_before(top, cache)


def test_killed_while_git_checks_out(top: Path, cache: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    # The orphan ends when the test does.
    git(top, "config", "filter.slow.smudge", f"echo $$ > '{fifo}'; exec sleep 600")
    commit(top, {".gitattributes": "b/* filter=slow\n"})
    run = started(top, cache)
    sleeper = int(fifo.read_text())
    end(run, signal.SIGKILL)
    os.killpg(os.getpgid(sleeper), signal.SIGKILL)
    git(top, "config", "--unset", "filter.slow.smudge")
    again = started(top, cache)
    assert worktrees(top) == [top, path_of(again)]
    end(again, signal.SIGTERM)
    assert_as_before(top, cache)


async def test_runs_at_the_same_time(top: Path, cache: Path) -> None:
    old = git(top, "rev-parse", "HEAD")
    commit(top, {"a/a.go": "package a\n"})
    repo, new = await at(top)
    other = started(top, cache)
    theirs = path_of(other)
    async with (
        worktree(repo, old, cache=cache) as first,
        worktree(repo, new, cache=cache) as second,
    ):
        assert len({theirs, first, second}) == 3
        assert texts(first) == MODULE
        assert texts(second) == texts(theirs)
    assert worktrees(top) == [top, theirs]
    assert texts(theirs) == {**MODULE, "a/a.go": "package a\n"}
    end(other, signal.SIGTERM)
    assert_as_before(top, cache)


async def test_many_runs_at_the_same_time(top: Path, cache: Path) -> None:
    repo, made = await at(top)
    met = asyncio.Barrier(8)

    async def one() -> Path:
        async with worktree(repo, made, cache=cache) as directory:
            await met.wait()
            assert texts(directory) == MODULE
            return directory

    assert len(set(await asyncio.gather(*(one() for _ in range(8))))) == 8
    assert_as_before(top, cache)


@pytest.mark.parametrize("state", ["off", "no-directory", "no-locks"])
async def test_where_the_cache_is_of_no_use(
    top: Path, cache: Path, temporary: Path, state: str
) -> None:
    if state == "no-directory":
        os.close(os.open(cache, os.O_CREAT))
    repo, made = await at(top)
    if state == "no-locks":
        # Nobody can open these lock files, not even root.
        async with worktree(repo, made, cache=cache) as directory:
            for number in range(10):
                lock = directory.with_name(f"{directory.name[:-1]}{number}.lock")
                lock.unlink(missing_ok=True)
                lock.mkdir()
    async with worktree(repo, made, cache=None if state == "off" else cache) as directory:
        assert directory.is_relative_to(temporary)
        assert texts(directory) == MODULE
    assert worktrees(top) == [top]


async def test_the_users_own_work_trees_are_left_alone(top: Path, cache: Path) -> None:
    """Also those whose directory is gone for now, and those named like this program."""
    repo, made = await at(top)
    async with worktree(repo, made, cache=cache) as directory:
        name = directory.name
    mine = [top.parent / "golsp-mem-issue", top.parent / "unplugged"]
    for path in mine:
        git(top, "worktree", "add", "-q", "--detach", str(path))
        for record in (top / ".git" / "worktrees").iterdir():
            os.utime(record, (1, 1))
    shutil.rmtree(mine[1])
    mine.append(top.parent / "elsewhere" / f"{name}-not")
    git(top, "worktree", "add", "-q", "--detach", str(mine[2]))
    git(top, "worktree", "move", str(mine[2]), str(top.parent / "moved"))
    async with worktree(repo, made, cache=cache):
        pass
    assert set(worktrees(top)) == {top, mine[0], mine[1], top.parent / "moved"}


@pytest.mark.parametrize(("age", "kept"), [("young", True), ("old", False)])
async def test_a_work_tree_that_is_not_here(
    top: Path, cache: Path, tmp_path: Path, age: str, kept: bool
) -> None:
    """Of a container that shares the repository, perhaps: only an old record is removed."""
    repo, made = await at(top)
    async with worktree(repo, made, cache=cache) as directory:
        usual = directory
    git(top, "worktree", "add", "-q", "--detach", str(usual))
    shutil.rmtree(usual)
    if age == "old":
        os.utime(top / ".git" / "worktrees" / usual.name, (1, 1))
    async with worktree(repo, made, cache=cache) as directory:
        assert (directory != usual) is kept
        assert texts(directory) == MODULE
    assert worktrees(top) == ([top, usual] if kept else [top])


@pytest.mark.parametrize(("age", "kept"), [("young", True), ("old", False)])
async def test_a_record_that_git_never_finished(
    top: Path, cache: Path, age: str, kept: bool
) -> None:
    repo, made = await at(top)
    async with worktree(repo, made, cache=cache) as directory:
        record = top / ".git" / "worktrees" / f"{directory.name}7"
    record.mkdir(parents=True)
    (record / "locked").write_text("initializing")
    if age == "old":
        os.utime(record, (1, 1))
    async with worktree(repo, made, cache=cache) as directory:
        assert texts(directory) == MODULE
    assert record.exists() is kept


async def test_stamps_belong_to_the_content(top: Path, cache: Path) -> None:
    """Same place, same text, same time; another text of the same size, another time."""
    commits = [git(top, "rev-parse", "HEAD")]
    commits.append(commit(top, {"a/a.go": MODULE["a/a.go"].replace("*int", "*uint")[:-1]}))
    (top / "link").symlink_to("a")
    commits.append(commit(top, {"a/a.go": MODULE["a/a.go"].replace("F", "G")}))
    commits.append(commit(top, {".gitattributes": "*.go ident\n"}))
    repo = await repository(top)
    seen = []
    for made in [*commits, commits[0]]:
        async with worktree(repo, made, cache=cache) as directory:
            seen.append((directory, stamps(directory)))
    assert len({place for place, _ in seen}) == 1
    first, second, third, attributed, again = (found for _, found in seen)
    assert first == again
    assert first["b/b.go"] == second["b/b.go"] == third["b/b.go"]
    assert first[".git"] == second[".git"]
    assert len({found["a/a.go"] for found in (first, second, third)}) == 3
    assert "link" in third
    assert attributed["b/b.go"] != third["b/b.go"]
    # Go's index takes no file that changed a moment ago; some file systems keep seconds only.
    times = [time for found in (first, second, third) for time in found.values()]
    assert all(10**18 <= time < 1.3 * 10**18 for time in times)
    whole = {found["a/a.go"] // 10**9 for found in (first, second, third)}
    assert len(whole) == 3


async def test_unchanged_packages_are_compiled_once(top: Path, cache: Path, tmp_path: Path) -> None:
    first = git(top, "rev-parse", "HEAD")
    second = commit(top, {"a/a.go": LIBRARY.format("a").replace("F", "G")})
    repo = await repository(top)
    env = {**os.environ, "GOCACHE": str(tmp_path / "go-build"), "GOTOOLCHAIN": "local"}
    compiled = []
    for made in (first, first, second, second, first):
        async with worktree(repo, made, cache=cache) as directory:
            done = await asyncio.create_subprocess_exec(
                go_binary("1.26"), "list", "-x", "-export", "-gcflags=-m", "./...",
                cwd=directory, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            _, stderr = await done.communicate()
            assert done.returncode == 0, stderr.decode()
            lines = [line for line in stderr.decode().splitlines() if "/compile " in line]
            compiled.append([name for name in ("m/a", "m/b") for x in lines if name in x])
    assert compiled == [["m/a", "m/b"], [], ["m/a"], [], []]


async def test_a_workspace_and_a_vendor_directory_are_in_it(top: Path, cache: Path) -> None:
    files = {
        "go.work": "go 1.22\n\nuse (\n\t.\n\t./other\n)\n",
        "other/go.mod": "module example.com/other\n\ngo 1.22\n",
        "other/o.go": textwrap.dedent("""\
            package other

            import "example.com/m/a"

            var P = a.F(1)
            """),
        "vendor/modules.txt": "## workspace\n",
    }
    made = commit(top, files)
    repo = await repository(top)
    async with worktree(repo, made, cache=cache) as directory:
        done = await asyncio.create_subprocess_exec(
            go_binary("1.26"), "list", "-export", "-f", "{{.ImportPath}} {{.Dir}}", "./other",
            cwd=directory, env={**os.environ, "GOTOOLCHAIN": "local"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        stdout, stderr = await done.communicate()
        assert stdout.decode() == f"example.com/other {directory}/other\n", stderr.decode()
