"""A gate does not pass because it could not look: bases that do not build, shards that are
missing, patterns that name nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.runner import Done, check, run, write_module
from tests.toolchain.repositories import commit, git, init
from tests.toolchains import go_binary

POINTER = "package {}\n\nfunc F() *int {{ return new(int) }}\n"
NEW = ("--new-from-rev", "HEAD", "--fail-on", "hint", "-q")


def repository(directory: Path, ignored: str, **files: str) -> Path:
    """A repository with a module; files that ``ignored`` matches are there and not committed."""
    init(directory)
    write_module(directory, **files)
    (directory / ".gitignore").write_text(ignored)
    commit(directory, {})
    return directory


# ---- a base that does not build


def part_of_a_package(tmp_path: Path) -> Path:
    return repository(
        tmp_path / "m", "gen.go\n",
        a__a_go="package a\n\nfunc F() *int { return G() }\n",
        a__gen_go="package a\n\nfunc G() *int { return new(int) }\n",
    )  # fmt: skip


def a_whole_package(tmp_path: Path) -> Path:
    text = 'package a\n\nimport "example.com/m/gen"\n\nfunc F() *int { return gen.F() }\n'
    return repository(tmp_path / "m", "/gen/\n", a__a_go=text, gen__gen_go=POINTER.format("gen"))


def a_broken_commit(tmp_path: Path) -> Path:
    repo = repository(tmp_path / "m", "", a__a_go="package a\n\nfunc F() {\n")
    (repo / "a" / "a.go").write_text(POINTER.format("a"))
    return repo


def a_broken_module(tmp_path: Path) -> Path:
    repo = repository(tmp_path / "m", "", a__a_go=POINTER.format("a"))
    good = (repo / "go.mod").read_text()
    commit(repo, {"go.mod": f"{good}\nrequire ???\n"})
    (repo / "go.mod").write_text(good)
    return repo


def a_submodule(tmp_path: Path) -> Path:
    library = init(tmp_path / "library")
    commit(library, {"go.mod": "module example.com/l\n\ngo 1.22\n", "l.go": POINTER.format("l")})
    repo = init(tmp_path / "m")
    git(repo, "submodule", "--quiet", "add", str(library), "l")
    module = "module example.com/m\n\ngo 1.22\n\nrequire example.com/l v0.0.0\n"
    text = 'package a\n\nimport "example.com/l"\n\nfunc F() *int { return l.F() }\n'
    commit(repo, {"go.mod": f"{module}\nreplace example.com/l => ./l\n", "a/a.go": text})
    return repo


def a_workspace_that_git_ignores(tmp_path: Path) -> Path:
    text = 'package a\n\nimport "example.com/l"\n\nfunc F() *int { return l.F() }\n'
    return repository(
        tmp_path / "m", "go.work\n", a__a_go=text, l__l_go=POINTER.format("l"),
        l__go_mod="module example.com/l\n\ngo 1.22\n", go_work="go 1.22\n\nuse (\n\t.\n\t./l\n)\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [part_of_a_package, a_whole_package, a_broken_commit, a_broken_module, a_submodule,
     a_workspace_that_git_ignores],
)  # fmt: skip
def test_a_base_that_does_not_build(tmp_path: Path, make: object) -> None:
    assert callable(make)
    repo = make(tmp_path)
    done = check(*NEW, "./a", cwd=repo)
    assert done.status == 3, done
    told, advice = done.stderr.splitlines()
    assert told.startswith("golsp-mem: example.com/m/a does not build at HEAD and was not compared")
    assert "--allow-unbuilt-base" in advice
    done = check(*NEW, "./a", "--allow-unbuilt-base", cwd=repo)
    assert (done.status, done.stderr.count("\n")) == (0, 1)
    # Equal parts know equally little.
    done = check(*NEW, "./a", "--shard", "1/1", "--format", "json=out.json", cwd=repo)
    assert done.status == 3
    assert run("merge", "out.json", cwd=repo).status == 3
    assert run("merge", "out.json", "--allow-unbuilt-base", cwd=repo).status == 0


def test_the_text_says_how_many_were_not_compared(tmp_path: Path) -> None:
    repo = part_of_a_package(tmp_path)
    done = check("--new-from-rev", "HEAD", cwd=repo)
    assert "No new findings in 1 package, 1 of them not compared" in done.stdout


def test_a_difference_from_what_does_not_build(tmp_path: Path) -> None:
    repo = part_of_a_package(tmp_path)
    diff = ("diff", "--go", str(go_binary("1.26")), "-q", "HEAD")
    done = run(*diff, cwd=repo)
    assert done.status == 3
    assert "example.com/m/a does not build at HEAD and was not compared: a/a.go" in done.stderr
    assert run(*diff, "--allow-unbuilt-base", cwd=repo).status == 0
    (repo / "a" / "a.go").write_text("package a\n\nfunc F() {\n")
    assert run(*diff, "--allow-unbuilt-base", cwd=repo).status == 3


# ---- shards


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of three packages with each shard's results in three formats."""
    repo = init(tmp_path_factory.mktemp("shards") / "m")
    write_module(repo, **{f"{name}__{name}_go": POINTER.format(name) for name in "abc"})
    commit(repo, {})
    for number in (1, 2, 3):
        done = check(
            "--shard", f"{number}/3", "--format", f"json={number}.json",
            "--format", f"sarif={number}.sarif", "--write-baseline", f"{number}.base", cwd=repo,
        )  # fmt: skip
        assert done.status == 0, done
    return repo


@pytest.mark.parametrize("suffix", ["json", "sarif", "base"])
def test_a_shard_that_is_missing(shards: Path, suffix: str) -> None:
    def merge(*numbers: int, more: tuple[str, ...] = ()) -> Done:
        return run("merge", *more, *(f"{number}.{suffix}" for number in numbers), cwd=shards)

    done = merge(1, 3)
    assert (done.status, done.stdout) == (2, "")
    assert "shard 2 of 3 is missing" in done.stderr
    done = merge(1, 3, more=("--allow-missing-shards",))
    assert done.status == 0
    assert "warning: shard 2 of 3 is missing" in done.stderr
    whole = merge(3, 1, 2)
    assert (whole.status, whole.stderr) == (0, "")
    assert '"part"' not in whole.stdout
    assert all(f"example.com/m/{name}" in whole.stdout for name in "abc")


def test_shards_of_other_runs_do_not_join(shards: Path, tmp_path: Path) -> None:
    repo = tmp_path / "m"
    shutil.copytree(shards, repo)

    def other(*flags: str) -> str:
        done = check("--shard", "2/3", "--format", "json=other.json", *flags, cwd=repo)
        assert done.status == 0, done
        done = run("merge", "1.json", "other.json", "3.json", cwd=repo)
        assert (done.status, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        return done.stderr

    assert "other flags" in other("--generated")
    assert "3 and 2 shards" in other("--shard", "2/2")
    (repo / "d").mkdir()
    (repo / "d" / "d.go").write_text(POINTER.format("d"))
    assert "other packages or files" in other()
    commit(repo, {})
    assert "1.json and other.json are shards of different runs: commit" in other()


def test_a_shard_is_not_compared_with_a_whole(shards: Path) -> None:
    done = run("diff", "1.json", "2.json", cwd=shards)
    assert (done.status, done.stdout) == (2, "")
    assert "1.json is shard 1 of 3; golsp-mem merge all of them first" in done.stderr


# ---- files that say nothing of what is checked


def test_results_of_another_module(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=POINTER.format("m"))
    other = write_module(tmp_path / "o", o_go=POINTER.format("o"))
    (other / "go.mod").write_text("module example.com/other\n\ngo 1.22\n")
    for directory in (module, other):
        done = check("--format", "json=../" + directory.name + ".json", "--write-baseline",
                     f"../{directory.name}.base", cwd=directory)  # fmt: skip
        assert done.status == 0, done
    done = run("diff", "../o.json", "../m.json", cwd=module)
    assert (done.status, done.stdout) == (2, "")
    assert "no package in common" in done.stderr
    done = check("--baseline", "../o.base", cwd=module)
    assert (done.status, done.stdout) == (2, "")
    assert "is of other packages (example.com/other)" in done.stderr
    assert "--write-baseline" in done.stderr


def test_a_package_that_a_baseline_does_not_know_yet(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=POINTER.format("m"))
    assert check("--write-baseline", "../m.base", cwd=module).status == 0
    (module / "sub").mkdir()
    (module / "sub" / "s.go").write_text(POINTER.format("s"))
    done = check("--baseline", "../m.base", "--fail-on", "hint", "./sub", cwd=module)
    assert done.status == 1, done


def test_files_that_are_cut_off_or_of_another_release(shards: Path, tmp_path: Path) -> None:
    text = (shards / "1.json").read_text()
    baseline = (shards / "1.base").read_text()
    document = json.loads(text)
    cases = {
        "cut.json": (text[: len(text) // 2], "the file ends early: write it again"),
        "next.json": (json.dumps({**document, "schema": 2}), "check --format json=FILE"),
        "code.json": (
            json.dumps({**document, "findings": [{**document["findings"][0], "code": "heap-x"}]}),
            "a code that this golsp-mem knows",
        ),
        "cut.base": (baseline[: len(baseline) // 2], "not JSON"),
    }
    for name, (broken, says) in cases.items():
        (tmp_path / name).write_text(broken)
        done = run("merge", name, cwd=tmp_path)
        assert (done.status, done.stdout, done.stderr.count("\n")) == (2, "", 1), name
        assert says in done.stderr, done.stderr
    module = write_module(tmp_path / "m", m_go=POINTER.format("m"))
    for broken, says in (
        (baseline.replace('"schema": 1', '"schema": 2'), "schema 2 is not 1"),
        (baseline[:40], "not JSON"),
        ("[]", "not a baseline"),
    ):
        (module / "b").write_text(broken)
        done = check("--baseline", "b", cwd=module)
        assert (done.status, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert says in done.stderr
        assert "--write-baseline" in done.stderr
    (module / "b").write_text(baseline.replace("heap-new", "heap-x").replace("m/a", "m"))
    done = check("--baseline", "b", cwd=module)
    assert "warning: baseline" in done.stderr
    assert "heap-x" in done.stderr


# ---- patterns


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("patterns") / "w"
    write_module(
        directory / "a", a_go=POINTER.format("a"), b_go=POINTER.format("a").replace("F", "G")
    )
    write_module(directory / "b" / "c", c_go=POINTER.format("c"))
    (directory / "b" / "c" / "go.mod").write_text("module example.com/c\n\ngo 1.22\n")
    (directory / "go.work").write_text("go 1.22\n\nuse (\n\t./a\n\t./b/c\n)\n")
    (directory / "a" / "empty").mkdir()
    return directory


@pytest.mark.parametrize(
    ("place", "patterns", "says"),
    [
        (".", (), "./a/... ./b/c/..."),
        ("a", ("./nothing",), "./..."),
        ("a", ("./nothing/...",), "./..."),
        ("a", ("./empty/...",), "./..."),
        ("a", ("fmt/nothing",), "./..."),
        ("a", ("example.com/nowhere",), "./..."),
        ("a", ("vendor",), "./..."),
        ("a", ("./a.go", "../b/c/c.go"), "./..."),
        ("a", ("--", "a.go", "--baseline"), "is not a package pattern"),
    ],
)
def test_patterns_that_name_nothing(
    workspace: Path, place: str, patterns: tuple[str, ...], says: str
) -> None:
    done = check(*patterns, cwd=workspace / place)
    assert (done.status, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert says in done.stderr, done.stderr


def test_one_of_the_patterns_names_nothing(workspace: Path) -> None:
    done = check("-q", "./...", "./empty/...", cwd=workspace / "a")
    assert done.status == 0
    done = check("./...", "./empty/...", cwd=workspace / "a")
    assert "warning: ./empty/... matched no packages" in done.stderr


def test_files_named_one_by_one(workspace: Path) -> None:
    place = workspace / "a"
    assert check("a.go", cwd=place).status == 0
    for flags in (("--write-baseline", "../x"), ("--shard", "1/1"), ("--new-from-rev", "HEAD")):
        done = check("a.go", *flags, cwd=place)
        assert (done.status, done.stdout) == (2, ""), done
        assert "name the package" in done.stderr
    (place / "b.go").write_text("package a\n\nfunc G() *int { return F() }\n")
    done = check("b.go", cwd=place)
    assert done.status == 3
    assert "golsp-mem check ." in done.stderr


# ---- generic code that nothing instantiates

GENERIC = """package a

func Boxed[T any](v T) any { return v }

func Used[T any](v T) *T { return &v }

func Len[T any](v []T) int { return len(v) }

func Map[T, U any](in []T, f func(T) U) (out []U) {
	for _, one := range in {
		out = append(out, f(one))
	}
	return out
}

func _[T any]() {}

type Set[T comparable] struct{ m map[T]struct{} }

func (s *Set[T]) Add(v T) { s.m[v] = struct{}{} }

func (s Set[T]) Len() int { return len(s.m) }

var P, Q = Used(3), Len([]int{})

var Text = `
func InText[T any]() {}
`
"""
USER = """package b

import "example.com/m/a"

func F(in []int) []string { return a.Map(in, func(int) string { return "" }) }
"""
TEST = """package a

import "testing"

func TestBoxed(t *testing.T) { Boxed(3) }
"""


def test_generic_code_that_nothing_instantiates(tmp_path: Path) -> None:
    module = write_module(tmp_path, a__a_go=GENERIC, a__a_test_go=TEST, b__b_go=USER)
    for flags, functions in (
        (("./a",), ("Boxed[...]", "Map[...]", "(*Set[...]).Add", "Set[...].Len")),
        (("./...",), ("Boxed[...]", "(*Set[...]).Add", "Set[...].Len")),
        (("./...", "--tests"), ("(*Set[...]).Add", "Set[...].Len")),
    ):
        saved = ("--format", "text", "--format", "json=made.json")
        done = check("-v", *flags, *saved, cwd=module)
        said = f"{len(functions)} generic functions not looked at: nothing here instantiates them"
        assert said in done.stdout
        named = [line for line in done.stderr.splitlines() if ": not looked at: " in line]
        assert [line.split(" ")[4] for line in named] == [f"example.com/m/a.{f}" for f in functions]
        merged = run("merge", "made.json", "--format", "text", cwd=module)
        assert said in merged.stdout
        assert json.loads((module / "made.json").read_text())["summary"]["uncompiled"] == len(
            functions
        )
