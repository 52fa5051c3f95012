"""Repositories that mean harm: what they name is not read, what they bring is not run, and what
they say is shown as text. Each run gets 3 GB of memory and 40 seconds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from golsp_mem.cli.render.formats import FORMATS
from tests import program
from tests.cli.runner import Done, environment, write_module
from tests.toolchain.repositories import commit, init
from tests.toolchains import WHOLE, go_binary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, links and limits of Unix")

MEMORY_BYTES = 3 << 30
SECONDS = 40
POINTER = "package {}\n\nfunc F() *int {{ return new(int) }}\n"
GO = ("--go", str(go_binary("1.26")))


def run(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    return program.run(
        *arguments, cwd=cwd, env=environment() if env is None else env, seconds=SECONDS,
        memory_bytes=MEMORY_BYTES, errors="surrogateescape",
    )  # fmt: skip


def check(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Done:
    return run("check", *GO, *arguments, cwd=cwd, env=env)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    return write_module(tmp_path / "m", m_go=POINTER.format("m"))


# ---- patterns


def test_a_pattern_that_keeps_a_matcher_busy(module: Path) -> None:
    (module / ("a" * 200 + ".go")).write_text("package m\n\nfunc G() *int { return new(int) }\n")
    (module / "golsp-mem.toml").write_text(f'exclude = ["{"a*" * 100}b"]\n')
    done = check("--format", "json", cwd=module)
    assert done.status == 0, done
    assert len(json.loads(done.stdout)["findings"]) == 2


# ---- //line comments

LINES = """\
package m

var Sink any

//line {}:1
func G(n int) *int {{ Sink = 3; p := new(int); *p = n; return p }}
"""


@pytest.mark.parametrize("name", ["/dev/zero", "../secret", "../secret.go", "/proc/self/environ"])
def test_a_line_comment_that_names_another_file(module: Path, name: str) -> None:
    for secret in ("secret", "secret.go"):
        (module.parent / secret).write_text("package m // a key: 12345\n" * 3)
    (module / "g.go").write_text(LINES.format(name))
    env = environment(SECRET="a key: 12345")
    outputs = [f"--format={one}={module.parent}/out.{one}" for one in FORMATS]
    done = check("--all", *outputs, cwd=module, env=env)
    assert done.status == 0, done
    page = module.parent / "out.html"
    assert run("report", *GO, "--all", "-o", str(page), cwd=module, env=env).status == 0
    written = [*module.parent.glob("out.*")]
    assert len(written) == len(FORMATS) + 1
    assert not any(b"key: 12345" in file.read_bytes() for file in written)
    # A saved result names files, too.
    done = run("merge", str(module.parent / "out.json"), "--format", "text", cwd=module, env=env)
    assert done.status == 0
    assert "key: 12345" not in done.stdout
    assert "return new(int)" in done.stdout


@pytest.mark.parametrize(
    "name",
    ["::set-output name=a::b", " ::error::x", "##[error]x", "##vso[task.complete]x", "\x1b[31mred",
     "a%0Ab", "\u202eog", "\x9b31m"],
)  # fmt: skip
def test_a_name_that_is_a_command_or_moves_the_cursor(module: Path, name: str) -> None:
    (module / "g.go").write_text(LINES.format(name), encoding="utf-8")
    (module / "bad").mkdir()
    text = f"package bad\n\n//line {name}:1\nfunc F() int {{ return undefinedName }}\n"
    (module / "bad" / "b.go").write_text(text, encoding="utf-8")
    outputs = [f"--format={one}={module.parent}/out.{one}" for one in FORMATS if one != "text"]
    done = check("--all", "--format=text", "--full", *outputs, cwd=module)
    assert done.status == 3, done
    said = {"text": done.stdout, "stderr": done.stderr}
    said |= {one: (module.parent / f"out.{one}").read_text() for one in FORMATS if one != "text"}
    for format_, text in said.items():
        for line in text.splitlines():
            command = line.lstrip().startswith(("::set-output", "##", "::error::x"))
            assert not command, (format_, line)
        assert not set(text) & set("\x1b\x9b\u202e"), format_


# ---- programs

CANARY = "#!/bin/sh\ntouch {canary}\nexit 1\n"


def plant(file: Path, canary: Path, text: str = CANARY) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.format(canary=canary))
    file.chmod(0o755)


@pytest.mark.parametrize(
    "entry",
    ["", "./bin", "{module}/bin", "{link}/bin", *([".", "bin", "{module}"] if WHOLE else [])],
)
def test_programs_of_the_workspace_are_not_run(tmp_path: Path, module: Path, entry: str) -> None:
    repo = module
    commit(init(tmp_path / "r"), {})
    shutil.move(tmp_path / "r" / ".git", repo / ".git")
    canary = tmp_path / "ran"
    for name in ("go", "git", "gcc", "golsp-mem"):
        for place in (repo, repo / "bin"):
            plant(place / name, canary)
    (tmp_path / "link").symlink_to(repo)
    first = entry.format(module=repo, link=tmp_path / "link")
    tools = f"{go_binary('1.26').parent}{os.pathsep}{os.environ['PATH']}"
    env = environment(PATH=f"{first}{os.pathsep}{tools}")
    done = run("check", "--new-from-rev", "HEAD", cwd=repo, env=env)
    assert done.status == 0, done
    assert not canary.exists()
    env = environment(PATH=first, PYTHONNOUSERSITE="1")
    done = run("check", "--new-from-rev", "HEAD", cwd=repo, env=env)
    assert done.status != 0
    assert not canary.exists()
    assert run("doctor", cwd=repo, env=env).status in (0, 4)
    assert not canary.exists()


def test_modules_of_the_workspace_are_not_imported(tmp_path: Path, module: Path) -> None:
    canary = tmp_path / "ran"
    code = "import pathlib; pathlib.Path({canary!r}).touch()\n"
    for name in ("click", "attr", "attrs", "rich", "cattrs", "tree_sitter", "go", "tomllib"):
        package = module / name
        package.mkdir()
        (package / "__init__.py").write_text(code.format(canary=str(canary)))
    plant(module / "go" / "bin" / "go", canary)
    done = check(cwd=module)
    assert (done.status, done.stderr) == (0, "")
    run("doctor", cwd=module, env=environment(PATH="/nowhere"))
    assert not canary.exists()


def test_a_repository_runs_nothing(tmp_path: Path) -> None:
    """Its hooks, generators and flags; and no toolchain is fetched."""
    repo = init(tmp_path / "m")
    canary = tmp_path / "ran"
    plant(tmp_path / "tool", canary)
    text = POINTER.format("m").replace("\n\n", f"\n\n//go:generate touch {canary}\n\n", 1)
    write_module(repo, m_go=text)
    (repo / "go.mod").write_text("module example.com/m\n\ngo 1.22\n\ntoolchain go1.99.1\n")
    (repo / ".go" / "env").parent.mkdir()
    (repo / ".go" / "env").write_text(f"GOFLAGS=-toolexec={tmp_path}/tool\n")
    (repo / "go.env").write_text(f"GOFLAGS=-toolexec={tmp_path}/tool\n")
    (repo / "c").mkdir()
    flags = (
        f"// #cgo CFLAGS: -fplugin={tmp_path}/tool\n// #cgo LDFLAGS: -Wl,-plugin,{tmp_path}/tool\n"
    )
    (repo / "c" / "c.go").write_text(f'package c\n\n{flags}import "C"\n')
    commit(repo, {})
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        plant(repo / ".git" / "hooks" / name, canary)
    with (repo / ".git" / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = {tmp_path}/tool\n\tpager = {tmp_path}/tool\n")
    done = check("--new-from-rev", "HEAD", "--shard", "1/1", ".", cwd=repo)
    assert done.status == 0, done
    done = check(cwd=repo)
    assert done.status == 3
    assert "example.com/m/c" in done.stdout
    assert not canary.exists()
    (repo / "golsp-mem.toml").write_text(f'go-path = "{tmp_path}/tool"\n')
    done = check(cwd=repo)
    assert (done.status, done.stderr.count("\n")) == (2, 1)
    assert "go-path" in done.stderr
    assert not canary.exists()


# ---- settings


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('baseline = "/dev/zero"', "lies outside"),
        ('baseline = "../outside.json"', "lies outside"),
        ('baseline = "link.json"', "lies outside"),
        ('baseline = "pipe"', "not a regular file"),
        ('baseline = "."', "not a regular file"),
        ('baseline = "\\u0000"', "NUL"),
        (f'baseline = "{"a" * 5000}"', "File name too long"),
        ('exclude = ["\\u0000[[:nope:]]"]', ""),
        ("a = " + "[" * 100_000, "nested too deeply"),
        ("a = " + "9" * 5000, "golsp-mem.toml"),
    ],
)
def test_settings_of_a_workspace(module: Path, text: str, says: str) -> None:
    (module.parent / "outside.json").write_text('{"schema": 1, "accepted": []}')
    (module / "link.json").symlink_to(module.parent / "outside.json")
    os.mkfifo(module / "pipe")
    (module / "golsp-mem.toml").write_text(text)
    done = check(cwd=module)
    assert done.status == (2 if says else 0), done
    assert done.stderr.count("\n") == (1 if says else 0)
    assert says in done.stderr
    assert "internal error" not in done.stderr


def test_a_baseline_of_the_repository_around(tmp_path: Path) -> None:
    repo = init(tmp_path / "r")
    module = write_module(repo / "sub" / "m", m_go=POINTER.format("m"))
    assert check("--write-baseline", "../../base.json", cwd=module).status == 0
    (module / "golsp-mem.toml").write_text('baseline = "../../base.json"\nfail-on = "hint"\n')
    done = check(cwd=module)
    assert (done.status, done.stderr) == (0, "")
    assert "1 known finding" in done.stdout


# ---- what cannot be had


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--goos", "plan10"), 2, "unsupported GOOS/GOARCH pair"),
        (("--goarch", "vax"), 2, "unsupported GOOS/GOARCH pair"),
        (("--tags", "a b,c!"), 2, "-tags"),
        (("--output", "/dev/full"), 4, "No space left on device"),
        (("--format", "json=/dev/full"), 4, "No space left on device"),
        (("--output", "m.go"), 2, "it is a file of the Go module"),
        (("--format", "json=go.mod"), 2, "it is a file of the Go module"),
        (("--output", ""), 2, "no name of a file"),
    ],
)
def test_go_is_well_and_the_disk_is_full(
    module: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = check(*arguments, cwd=module)
    assert (done.status, done.stderr.count("\n")) == (status, 1), done
    assert says in done.stderr


def test_a_vendor_directory_that_does_not_fit(module: Path) -> None:
    (module / "go.mod").write_text("module m\n\ngo 1.22\n\nrequire example.com/d v1.2.0\n")
    (module / "vendor").mkdir()
    (module / "vendor" / "modules.txt").write_text("# example.com/d v1.0.0\n## explicit\n")
    done = check(cwd=module)
    assert (done.status, done.stderr.count("\n")) == (3, 1)
    assert "inconsistent vendoring" in done.stderr
    assert "example.com/d@v1.2.0: is explicitly required in go.mod" in done.stderr


def test_two_ways_to_name_a_target(module: Path) -> None:
    done = check("--configuration", "linux/amd64", "--goos", "windows", cwd=module)
    assert (done.status, done.stderr.count("\n")) == (2, 1)
    assert "leave --goos and --goarch out" in done.stderr


@pytest.mark.parametrize("arguments", [("check",), ("mcp",), ("--version",), ("--help",)])
def test_streams_that_somebody_closed(module: Path, arguments: tuple[str, ...]) -> None:
    words = [sys.executable, "-m", "golsp_mem", *arguments]
    for closed, status in ((">&-", 0 if "mcp" in arguments else 4), ("<&-", 0), ("2>&-", 0)):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *words],
            cwd=module, env=environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        said = "golsp-mem: cannot write to stdout: Bad file descriptor\n" if status else ""
        assert (done.returncode, done.stderr) == (status, said)


# ---- the store


def _is_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _is_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _is_directory(path: Path) -> None:
    path.unlink()
    (path / "sub").mkdir(parents=True)


def _is_nested(path: Path) -> None:
    path.write_bytes(b"[" * 200_000)


def _is_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _is_other(path: Path) -> None:
    """Another entry under this name, as a whole."""
    others = [one for one in path.parents[1].glob("*/*.json") if one != path]
    path.write_bytes(others[0].read_bytes())


def _is_emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "damage",
    [_is_pipe, _is_link, _is_directory, _is_nested, _is_cut, _is_other, _is_emptied],
)
def test_a_damaged_entry_is_none_and_is_replaced(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    module = write_module(
        tmp_path / "m", a__a_go=POINTER.format("a"), b__b_go=POINTER.format("b").replace("F", "G")
    )
    env = environment(GOLSP_MEM_CACHE=str(tmp_path / "cache"))

    def findings() -> object:
        done = check("--format", "json", cwd=module, env=env)
        assert (done.status, done.stderr) == (0, ""), done
        return json.loads(done.stdout)["findings"]

    first = findings()
    entries = sorted((tmp_path / "cache" / "packages").glob("*/*.json"))
    kept = [entry.read_bytes() for entry in entries]
    assert len(entries) == 2
    damage(entries[0])
    # The answer to the very same question would do without the entry.
    shutil.rmtree(tmp_path / "cache" / "answers", ignore_errors=True)
    assert findings() == first
    assert [entry.read_bytes() for entry in entries] == kept


def test_each_byte_of_an_entry_counts(tmp_path: Path) -> None:
    """Values that still are JSON of the right types must not become other findings."""
    module = write_module(tmp_path / "m", m_go=POINTER.format("m"))
    env = environment(GOLSP_MEM_CACHE=str(tmp_path / "cache"))
    first = check("--format", "json", cwd=module, env=env).stdout.partition('"summary"')[0]
    [entry] = (tmp_path / "cache" / "packages").glob("*/*.json")
    kept = entry.read_bytes()
    for old, new in ((b"heap-new", b"heap-map"), (b"null", b"7"), (b"8", b"9"), (b"[", b"[[")):
        place = kept.rfind(old)
        assert place > 0, old
        entry.write_bytes(kept[:place] + new + kept[place + len(old) :])
        # The answer to the very same question would do without the entry.
        shutil.rmtree(tmp_path / "cache" / "answers", ignore_errors=True)
        done = check("--format", "json", cwd=module, env=env)
        assert done.stdout.partition('"summary"')[0] == first, old
        assert entry.read_bytes() == kept, old


# ---- names and links


def test_names_of_all_kinds(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=POINTER.format("m"))
    names = [b'a"b', b"a'b", b"a\nb", b"a%20b", b"a#b", b"a b", b"a:b", b"a;b", b"a`b`", b"a\\b",
             b"a\x1b[31m", "ü\u202e".encode(), b"-dash", b"::x", b"\xff", b"a$(x)"]  # fmt: skip
    for number, name in enumerate(names):
        package = module / f"p{number}"
        package.mkdir()
        (package / "ok.go").write_text("package p\n")
        text = "package p\n\nfunc F() *int { return new(int) }\n"
        (package / os.fsdecode(name + b".go")).write_text(text)
    strange = module / os.fsdecode(b"\xfe")
    strange.mkdir()
    (strange / "a.go").write_text("package p\n")
    done = check("--format", "json", cwd=module)
    assert done.status == 3, done
    made = json.loads(done.stdout)
    failed = {one["import_path"]: one["error"] for one in made["packages"] if one["error"]}
    assert {path.rpartition("/")[2] for path in failed} == {"p12", "p13", "p14", "\ufffd"}
    assert "not UTF-8" in failed["example.com/m/p14"]
    assert "invalid input file name" in failed["example.com/m/p12"]
    # Each package that go takes has its finding.
    found = {one["package"].rpartition("/p")[2] for one in made["findings"]}
    assert {str(number) for number in range(len(names)) if number not in (12, 13)} <= found


def test_links_that_lead_nowhere_or_in_circles(module: Path) -> None:
    (module / "loop").symlink_to(module)
    (module / "self").symlink_to(module / "self")
    (module / "sub").mkdir()
    (module / "sub" / "a.go").symlink_to(module / "sub" / "b.go")
    (module / "sub" / "b.go").symlink_to(module / "sub" / "a.go")
    (module / "go.work").write_text("go 1.22\n\nuse .\n")
    done = check("--format", "json", cwd=module)
    # Go itself takes no pattern that comes by such a file.
    assert (done.status, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "a.go: too many levels of symbolic links" in done.stderr
    shutil.rmtree(module / "sub")
    done = check("--format", "json", cwd=module)
    assert done.status == 0, done
    assert [one["file"] for one in json.loads(done.stdout)["findings"]] == ["m.go"]


def test_a_workspace_that_points_outside(tmp_path: Path, module: Path) -> None:
    outside = write_module(tmp_path / "o", o_go=POINTER.format("o"))
    (outside / "go.mod").write_text("module example.com/o\n\ngo 1.22\n")
    (module / "go.work").write_text("go 1.22\n\nuse (\n\t.\n\t../o\n\t/dev/zero\n)\n")
    done = check(cwd=module)
    assert done.status == 3, done
    assert done.stderr.count("\n") == 1
    (module / "go.work").write_text("go 1.22\n\nuse (\n\t.\n\t../o\n)\n")
    done = check("--format", "json", cwd=module)
    assert [one["file"] for one in json.loads(done.stdout)["findings"]] == ["m.go"]
