"""What Go says of a package that does not build, without the place it says first."""

from __future__ import annotations

import pytest

from golsp_mem.cli.render.terminal.build_errors import failures, said
from golsp_mem.model import BuildError, PackageStatus, Position
from golsp_mem.report.model import CheckedPackage
from golsp_mem.toolchain.go_list import opened
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
