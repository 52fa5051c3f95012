"""The report for people, character by character."""

from __future__ import annotations

import re
from pathlib import Path

from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.cli.render.terminal.style import Style
from golsp_mem.cli.render.terminal.text import TextOptions, render
from golsp_mem.model import (
    Allocates,
    BuildError,
    Code,
    Finding,
    Position,
    Severity,
    StackFrame,
    Step,
)
from golsp_mem.report.model import Report, State
from tests.cli.builders import broken, finding, package, report

SOURCE = b'package m\n\nfunc F() *int {\n\tx := "\xe6\x97\xa5", 1\n\treturn &T{\n\t\t1,\n\t}\n}\n'


def shown(made: Report, *, colour: bool = False, width: int = 100, summary: bool = True) -> str:
    options = TextOptions(Style(colour), width, summary)
    return "".join(render(made, SourceTexts(), options))


def on_disk(directory: Path) -> str:
    file = directory / "m.go"
    file.write_bytes(SOURCE)
    return str(file)


def test_a_finding_with_all_that_is_known(tmp_path: Path) -> None:
    file = on_disk(tmp_path)
    one = finding(
        file,
        (4, 14, 4, 15),
        bytes=40,
        size_class=48,
        stack=(
            StackFrame("strings.Clone", "/go/src/strings/clone.go", 20),
            StackFrame("m.F", file, 4),
        ),
        reason=(
            Step("flow: ~r0 ← &x:", Position(file, 4, 2)),
            Step("a step\nwithout a place"),
        ),
    )
    assert (
        shown(report(one, directory=tmp_path))
        == """\
m.go  example.com/m, 1 finding

m.go:4:14: hint[heap-variable]: x is moved to the heap
  |
4 |     x := "日", 1
  |                ^ always, 40 B -> size class 48 B
  = in m.F, inlined from strings.Clone (/go/src/strings/clone.go:20)
  = 1. flow: ~r0 ← &x: (m.go:4:2)
  = 2. a step without a place

1 finding in 1 package, 1.23 s (go1.26.8 linux/amd64)
  heap-variable  1  1 always
To learn more: golsp-mem explain heap-variable
"""
    )


def test_a_span_of_several_lines_and_a_line_without_column(tmp_path: Path) -> None:
    file = on_disk(tmp_path)
    several = finding(file, (5, 9, 7, 3), code=Code.HEAP_LITERAL, message="&T{} escapes")
    whole = finding(
        file,
        (6, 0, 6, 0),
        code=Code.HEAP_BOXING,
        allocates=Allocates.CONDITIONAL,
        condition="the value is 256 or above",
        function="",
    )
    assert (
        shown(report(several, whole, directory=tmp_path), summary=False)
        == """\
m.go  example.com/m, 2 findings

m.go:5:9: hint[heap-literal]: &T{} escapes
  |
5 |     return &T{
  |            ^^^ to line 7: always
  = in m.F

m.go:6: hint[heap-boxing]: x is moved to the heap
  |
6 |         1,
  |         ^^ when the value is 256 or above

"""
    )


def test_findings_are_grouped_by_file_and_counted_by_code(tmp_path: Path) -> None:
    a, b = str(tmp_path / "a.go"), str(tmp_path / "sub" / "b.go")
    text = shown(
        report(
            finding(a, code=Code.HEAP_BOXING),
            finding(a, code=Code.HEAP_BOXING, allocates=Allocates.CONDITIONAL),
            finding(b, code=Code.STACK_LIMIT),
            directory=tmp_path,
        )
    )
    headings = [line for line in text.splitlines() if line.endswith(("findings", "finding"))]
    assert headings == ["a.go  example.com/m, 2 findings", "sub/b.go  example.com/m, 1 finding"]
    # Nothing is said of always or when where the code is no allocation.
    table = text[text.index("3 findings in") :].splitlines()[1:3]
    assert table == ["  heap-boxing  2  1 always, 1 conditional", "  stack-limit  1"]


def test_without_the_source_the_finding_is_still_told() -> None:
    text = shown(report(finding("/w/gone.go", bytes=8, size_class=8)), summary=False)
    assert "gone.go:3:2: hint[heap-variable]" in text
    assert "  = always, 8 B\n" in text
    assert "|" not in text


def test_packages_that_do_not_build_are_named_with_their_first_error() -> None:
    failed = broken("bad/bad.go:3:5: undefined: y", Position("/w/bad/bad.go", 3, 5))
    two = package(path="example.com/two", errors=(BuildError("one"), BuildError("two")))
    text = shown(report(failed=(failed, two)))
    assert (
        text
        == """\
error: example.com/m/bad does not build
  bad/bad.go:3:5: undefined: y

error: example.com/two does not build
  one and 1 more error

No findings in 3 packages, 2 of them failed to build, 1.23 s (go1.26.8 linux/amd64)
"""
    )


def test_known_findings_are_not_shown_but_counted() -> None:
    text = shown(report(finding(), finding(), state=State.UNCHANGED))
    assert "blocks.go" not in text
    assert "No new findings in 1 package" in text
    assert "2 known findings of the baseline not shown" in text


def test_colour_changes_no_character(tmp_path: Path) -> None:
    made = report(
        finding(on_disk(tmp_path), (4, 2, 4, 3)), directory=tmp_path, severity=Severity.ERROR
    )
    coloured = shown(made, colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == shown(made)


def hostile(**fields: object) -> Finding:
    return finding("/w/\x1b]0;t\x07.go", **fields)


def test_nothing_of_the_workspace_steers_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "e.go"
    file.write_bytes(b"x := \x1b[2J\xc2\x9b\n")
    text = shown(
        report(
            finding(
                str(file),
                (1, 1, 1, 2),
                message="say \x1b[31m \x9b",
                function="m.\x1b]",
                condition="\x1b[8m",
                allocates=Allocates.CONDITIONAL,
                reason=(Step("\x1b[1A", Position("/w/\x1b.go", 1)),),
            ),
            hostile(package="p\x1bq"),
            directory=tmp_path,
            failed=(broken("\x1b[2J"),),
        )
    )
    assert not set(text) & set("\x1b\x9b\x07")


def test_what_does_not_fit_beside_the_mark_goes_below(tmp_path: Path) -> None:
    condition = "when " + "some long condition " * 6 + "holds"
    one = finding(
        on_disk(tmp_path),
        (4, 2, 4, 3),
        allocates=Allocates.CONDITIONAL,
        condition=condition,
    )
    lines = shown(report(one, directory=tmp_path), width=80, summary=False).splitlines()
    assert lines[5:7] == ["  |     ^", f"  = {condition}"]


def test_a_size_in_the_message_is_not_said_twice() -> None:
    one = finding("/w/gone.go", bytes=40, size_class=48, message="t is moved (40 B, takes 48 B)")
    text = shown(report(one), summary=False)
    assert "  = always\n" in text


def test_width_bounds_source_lines(tmp_path: Path) -> None:
    file = tmp_path / "long.go"
    file.write_bytes(b"a" * 5000 + b"SPAN" + b"b" * 5000 + b"\n")
    made = report(finding(str(file), (1, 5001, 1, 5005)), directory=tmp_path)
    lines = shown(made, width=80, summary=False).splitlines()
    source, mark = lines[4], lines[5]
    assert len(source) <= 80
    start = mark.index("^")
    assert source[start : start + 4] == "SPAN"
