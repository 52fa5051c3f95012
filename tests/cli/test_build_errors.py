"""What Go says of a package that does not build, without the place it says first."""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.cli.render.terminal.build_errors import failures, said
from golsp_mem.errors import GolspMemError
from golsp_mem.model import BuildError, PackageStatus, Position
from golsp_mem.report.model import CheckedPackage
from golsp_mem.toolchain.go_list import opened, refuse
from tests.cli.rendering import broken, report_of

AT = Position("/w/bad/bad.go", 4, 25)


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("bad/bad.go:4:25: undefined: y", AT, "undefined: y"),
        ("C:\\bad\\bad.go:4:25: undefined: y", AT, "undefined: y"),
        ("go.mod:4: unknown directive: x", AT, "unknown directive: x"),
        ("undefined: y", AT, "undefined: y"),
        ("a.go:7:1: other declaration", AT, "a.go:7:1: other declaration"),
        ("bad/bad.go:4:25: undefined: y", None, "bad/bad.go:4:25: undefined: y"),
        ("", AT, ""),
    ],
)
def test_the_place_is_not_said_twice(text: str, at: Position | None, expected: str) -> None:
    assert said(BuildError(text, at)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("../go.mod:4: unknown directive: x", "/w/go.mod:4: unknown directive: x"),
        ("a.go:1:2: x; ../../b/c.go:1:9: y", "a.go:1:2: x; /b/c.go:1:9: y"),
        ("module ../lib listed in go.work: 1", "module ../lib listed in go.work: 1"),
    ],
)
def test_places_above_the_directory_can_be_opened(text: str, expected: str) -> None:
    assert opened(text, "/w/sub") == expected


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("go.mod:5: unknown directive: foo", 3),
        ("../go.work:2: unknown directive: uze", 3),
        ("go: error reading go.mod: missing module declaration. To specify the module path: x", 3),
        ("go: inconsistent vendoring in /w: example.com/o@v1.6.0: is explicitly required", 3),
        ("go: cannot load module o listed in go.work file: open o/go.mod: no such file", 3),
        ("go: updates to go.mod needed; to update it:", 3),
        ("go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)", 4),
        ("exit status 7", 4),
        ("go: unsupported GOOS/GOARCH pair linux/x", 2),
    ],
)
def test_what_no_package_was_looked_at_for(text: str, status: int) -> None:
    with pytest.raises(GolspMemError) as refused:
        refuse(Path("/w/sub"), text)
    assert refused.value.exit_status == status


def test_every_error_of_every_package() -> None:
    errors = (BuildError("one", AT), BuildError("two"))
    bad = CheckedPackage("example.com/m/bad", PackageStatus.FAILED, errors)
    silent = CheckedPackage("example.com/m/silent", PackageStatus.FAILED)
    found = list(failures(report_of(failed=(bad, broken(path="example.com/m/worse"), silent))))
    assert [(one.import_path, one.text) for one in found] == [
        ("example.com/m/bad", "one"),
        ("example.com/m/bad", "two"),
        ("example.com/m/worse", "undefined: y"),
        ("example.com/m/silent", "no message"),
    ]
    assert [one.at for one in found[:2]] == [AT, Position("/w/go.mod", 1)]
