"""A profile (PGO): what is told is of what ``go build`` makes, whoever built before."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.compiler.pprof.profile_pb2 import Profile
from golsp_mem.config import Settings, resolve
from golsp_mem.errors import ConfigError
from golsp_mem.model import Allocates, Finding
from golsp_mem.options import Options, read_options
from golsp_mem.toolchain.pgo import may_apply
from tests.files import write_files
from tests.toolchains import go_binary

_STEPS = "\n".join(
    f"\tt.B += i * {n}\n\tt.C ^= t.B << {n}\n\tt.D -= t.A + t.C" for n in range(2, 9)
)
LIB = f"""package lib

type T struct{{ A, B, C, D int }}

func Hot(i int) *T {{
	t := &T{{A: i}}
{_STEPS}
	return t
}}

func Warm(i int) int {{ return Hot(i).A }}

func Cold(i int) *T {{ return &T{{B: i}} }}

var Kept *T

//go:noinline
func Keep(i int) {{ Kept = Cold(i) }}
"""
MAIN = """package main

import "example.org/m/lib"

func main() {
	sum := 0
	for i := range 1000 {
		sum += lib.Hot(i).A
		sum += lib.Warm(i)
	}
	lib.Keep(sum)
	println(sum)
}
"""


def profile() -> bytes:
    """A CPU profile in which main.main and lib.Warm spend all their time in lib.Hot."""
    made = Profile(string_table=["", "cpu", "nanoseconds", "main.go"])
    made.sample_type.add(type=1, unit=2)
    stacks = [[("example.org/m/lib.Hot", 7, 5), ("main.main", 8, 5)],
              [("example.org/m/lib.Hot", 7, 5), ("example.org/m/lib.Warm", 31, 31),
               ("main.main", 9, 5)]]  # fmt: skip
    for stack in stacks:
        sample = made.sample.add(value=[1_000_000_000])
        for name, line, start in stack:
            made.string_table.append(name)
            number = len(made.string_table) - 1
            made.function.add(
                id=number, name=number, system_name=number, filename=3, start_line=start
            )
            made.location.add(id=number).line.add(function_id=number, line=line)
            sample.location_id.append(number)
    return made.SerializeToString()


@pytest.fixture
def module(tmp_path: Path) -> Path:
    # Nobody has compiled these texts before; what they import has been, with this profile too.
    unique = f"// {uuid.uuid4()}\n"
    write_files(
        tmp_path,
        {
            "go.mod": "module example.org/m\n\ngo 1.22\n",
            "lib/lib.go": LIB + unique,
            "cmd/x/main.go": MAIN + unique,
            "cmd/y/main.go": 'package main\n\nimport "example.org/m/lib"\n\n'
            f"func main() {{ lib.Keep(lib.Warm(3)) }}\n{unique}",
        },
    )
    (tmp_path / "cmd/x/default.pgo").write_bytes(profile())
    return tmp_path


def checked(module: Path, pgo: str | None = None) -> list[Finding]:
    engine = Engine(
        Settings(go_path=str(go_binary("1.26")), pgo=pgo), module,
        cache=module / f"cache-{uuid.uuid4()}",
    )  # fmt: skip
    analysis = asyncio.run(engine.check(["./..."]))
    assert analysis.warnings == ()
    return list(analysis.findings)


def conditions(findings: list[Finding]) -> dict[str, str | None]:
    return {
        one.function.rpartition("/")[2]: one.condition
        for one in findings
        if one.allocates is not Allocates.NEVER and one.code.speaks_of_heap
    }


@pytest.mark.slow
def test_what_was_built_before_changes_nothing(module: Path) -> None:
    cold = checked(module)
    assert checked(module) == cold
    subprocess.run(
        [go_binary("1.26"), "build", "-o", "/dev/null", "-gcflags=-m", "./..."],
        cwd=module, check=True, capture_output=True,
    )  # fmt: skip
    assert checked(module) == cold
    said = conditions(cold)
    hot = said["lib.Hot"]
    assert hot is not None
    assert "not where example.org/m/cmd/x inlines lib.Hot and keeps it on the stack" in hot


@pytest.mark.slow
def test_without_it(module: Path) -> None:
    off = conditions(checked(module, "off"))
    assert off["lib.Hot"] is None
    (module / "cmd/x/default.pgo").unlink()
    assert conditions(checked(module)) == off


@pytest.mark.slow
def test_half_a_build_is_without_it_and_says_so(module: Path) -> None:
    write_files(module, {"broken/broken.go": "package broken\n\nfunc f() int { return nope }\n"})
    engine = Engine(Settings(go_path=str(go_binary("1.26"))), module, cache=module / "cache")
    analysis = asyncio.run(engine.check(["./..."]))
    assert analysis.warnings == ("the profile (PGO) is left out: not all of it builds",)
    assert conditions(list(analysis.findings))["lib.Hot"] is None


@pytest.mark.parametrize(
    ("pattern", "policy", "expected"),
    [
        ("./...", None, True),
        ("./...", "auto", True),
        ("./...", "off", False),
        ("./lib", "/x.pgo", True),
        ("./lib", None, False),
        ("./lib/...", None, False),
        ("./cmd/x", None, True),
        ("./cmd...", None, True),
        ("example.org/m/cmd/x", None, True),
    ],
)
def test_where_it_may_apply(
    tmp_path: Path, pattern: str, policy: str | None, expected: bool
) -> None:
    write_files(tmp_path, {"go.mod": "", "lib/l.go": "", "cmd/x/default.pgo": ""})
    assert may_apply(Settings(pgo=policy), [pattern], tmp_path) is expected


def test_the_policy_is_a_word_or_a_file_that_is_there(tmp_path: Path) -> None:
    write_files(tmp_path, {"cpu.pgo": "", "golsp-mem.toml": 'pgo = "cpu.pgo"\n', ".git/HEAD": ""})
    written = read_options(tmp_path / "golsp-mem.toml")
    assert resolve(written).pgo == str(tmp_path / "cpu.pgo")
    assert resolve(written, Options(pgo="off")).pgo == "off"
    with pytest.raises(ConfigError, match="neither auto, off, nor a CPU profile that is there"):
        resolve(Options(pgo="missing.pgo", root=str(tmp_path)))
    write_files(tmp_path, {"golsp-mem.toml": 'pgo = "../cpu.pgo"\n'})
    with pytest.raises(ConfigError, match="lies outside"):
        read_options(tmp_path / "golsp-mem.toml")
