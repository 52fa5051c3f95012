"""The predicted depth of a recursion against the depth at which a real program dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.analysis.stack.limits import ProgramLimit
from tests.analysis.stack.program import HERE, Program, build
from tests.toolchains import WHOLE

RELEASES = ("1.22", "1.24", "1.27") if WHOLE else ("1.22", "1.27")
# The default fills half a gigabyte.
SETTINGS = dict.fromkeys(RELEASES, (1 << 20, 100_000_000) if WHOLE else (1 << 20,)) | {
    "1.27": (1 << 20, 100_000_000, 0)
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Program]:
    return {}


def program(
    programs: dict[tuple[str, str], Program], release: str, goarch: str, target: Path
) -> Program:
    key = (release, goarch)
    if key not in programs:
        programs[key] = build(release, HERE / "programs" / "depth", target, goarch)
    return programs[key]


def observed_depth(built: Program, function: str, setting: int, directory: Path) -> int:
    counter = directory / "calls"
    done = built.run(str(counter), function, str(setting), GOTRACEBACK="none")
    assert "stack overflow" in done.stderr
    return int.from_bytes(counter.read_bytes(), "little")


@pytest.mark.parametrize("function", ["small", "middle", "large"])
@pytest.mark.parametrize(
    ("release", "setting"),
    [(release, setting) for release in RELEASES for setting in SETTINGS[release]],
)
def test_depth_is_where_the_program_dies(
    programs: dict[tuple[str, str], Program],
    release: str,
    setting: int,
    function: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    built = program(programs, release, "amd64", tmp_path_factory.getbasetemp())
    numbers = built.numbers(f"main.{function}", limit=ProgramLimit(setting or None))
    observed = observed_depth(built, function, setting, tmp_path)
    assert numbers.max_depth == pytest.approx(observed, rel=0.02)
    assert numbers.recursive == (f"main.{function}",)


@pytest.mark.parametrize(
    ("function", "setting"),
    # Filling four gigabytes takes half of what the whole file takes.
    [("huge", 0), ("huge", 3 << 20), ("ping", 0), *([("small", 4 << 30)] if WHOLE else [])],
)
def test_depth_of_uncommon_recursions(
    programs: dict[tuple[str, str], Program],
    function: str,
    setting: int,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Frames that jump several sizes, two functions that call each other, the ceiling."""
    built = program(programs, "1.27", "amd64", tmp_path_factory.getbasetemp())
    numbers = built.numbers(f"main.{function}", limit=ProgramLimit(setting or None))
    observed = observed_depth(built, function, setting, tmp_path)
    assert numbers.max_depth == pytest.approx(observed, rel=0.02)


@pytest.mark.parametrize("setting", [0, 50_000_000])
@pytest.mark.parametrize("function", ["small", "middle", "large"])
def test_depth_on_32_bit(
    programs: dict[tuple[str, str], Program],
    function: str,
    setting: int,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    built = program(programs, "1.27", "386", tmp_path_factory.getbasetemp())
    numbers = built.numbers(f"main.{function}", limit=ProgramLimit(setting or None))
    assert numbers.limit_bytes == (128 << 20 if not setting else 32 << 20)
    observed = observed_depth(built, function, setting, tmp_path)
    assert numbers.max_depth == pytest.approx(observed, rel=0.02)
