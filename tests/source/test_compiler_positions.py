"""Positions that real compilers print, mapped to the expressions they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from golsp_mem.model import Code
from tests.source.sample import (
    FILES,
    expectations,
    messages,
    runtime_calls,
    sample_file,
    source_of,
)

RELEASES = ("1.22", "1.26", "1.27")
SINCE = {"constructs.go": 22, "rangefunc.go": 23, "newexpr.go": 26}


def in_release(file: str, release: str) -> bool:
    return int(release.split(".")[1]) >= SINCE[file]


@pytest.mark.parametrize("release", RELEASES)
def test_each_message_is_located_at_an_expected_expression(release: str) -> None:
    files = {name: sample_file(name) for name in FILES}
    astray = []
    for told in messages(release):
        file = files[told.file]
        here = [one for one in expectations() if (one.file, one.line) == (told.file, told.line)]
        located = {
            (one.code, source_of(file, file.locate(one.code, told.line, told.column, told.subject)))
            for one in here
        }
        if not located & {(one.code, one.text) for one in here}:
            # Inlined and instantiated code is reported at the call and at the function's name.
            text = source_of(file, file.locate(Code.HEAP_OTHER, told.line, told.column))
            if text not in ("generic(1, n)", 'generic("s", n)', "generic"):
                astray.append((told, located))
    assert messages(release)
    assert not astray


@pytest.mark.parametrize("release", RELEASES)
def test_each_expected_expression_is_reported(release: str) -> None:
    files = {name: sample_file(name) for name in FILES}
    silent = [
        one
        for one in expectations()
        if one.told
        and in_release(one.file, release)
        and one.text
        not in (
            source_of(
                files[one.file],
                files[one.file].locate(one.code, one.line, told.column, told.subject),
            )
            for told in messages(release)
            if (told.file, told.line) == (one.file, one.line)
        )
    ]
    assert not silent


@pytest.mark.parametrize("release", RELEASES)
def test_lines_of_the_object_file_lead_to_the_expressions(release: str, tmp_path: Path) -> None:
    files = {name: sample_file(name) for name in FILES}
    calls = runtime_calls(release, tmp_path / "sample.a")
    found = {
        (file, line, code, text)
        for file, line, code in calls
        for construct in files[file].constructs(code, line)
        if (text := source_of(files[file], construct.span))
    }
    expected = {(one.file, one.line, one.code, one.text) for one in expectations() if not one.told}
    assert expected <= found


def test_line_alone_finds_each_expression_among_the_constructs() -> None:
    files = {name: sample_file(name) for name in FILES}
    missing = [
        one
        for one in expectations()
        if one.text
        not in (
            source_of(files[one.file], construct.span)
            for construct in files[one.file].constructs(one.code, one.line)
        )
    ]
    assert not missing
