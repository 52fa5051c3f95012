"""The edits, and the proof that decides whether they are offered."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest

from golsp_mem.advice.actions.keepalive import (
    KeepAliveFix,
    explain_title,
    keepalive_fixes,
)
from golsp_mem.advice.hover import finding_markdown
from golsp_mem.analysis.lifetime.proving.fixes import KeepEdit
from golsp_mem.analysis.proof.claims import Outcome
from golsp_mem.model import Code, Finding, Position, Span, Step
from golsp_mem.source.edits import TextEdit, applied, insert_statement_after
from golsp_mem.source.syntax import GoFile
from tests.analysis.lifetime.workshop import FIXTURES, Workshop, copied, is_formatted

AFTER = "Keep {} alive until after this call"
END = "Keep {} alive until the end of the function"


def _fixes(shop: Workshop, name: str) -> dict[str, list[KeepAliveFix]]:
    file = shop.file(name)
    return {
        finding.function.rsplit(".", 1)[-1]: list(keepalive_fixes(file, finding))
        for finding in shop.findings()
        if finding.code is Code.KEEPALIVE_MISSING
    }


def _changes(file: GoFile, edit: KeepEdit) -> list[str]:
    lines = difflib.ndiff(
        file.text.decode().splitlines(), applied(file, edit.edits).decode().splitlines()
    )
    return [line for line in lines if line[0] in "+-"]


@pytest.mark.parametrize("release", ["1.22", "1.27"])
def test_every_offered_edit_is_formatted_and_confirmed(release: str) -> None:
    shop = Workshop.open(release, FIXTURES / "file")
    file = shop.file("file.go")
    offered = _fixes(shop, "file.go")
    assert {name: [fix.title for fix in fixes] for name, fixes in offered.items()} == {
        "Sync": [AFTER.format("f"), END.format("f")],
        "ReadOnce": [AFTER.format("f")],  # the call is in a loop: nothing to defer there
        "Descriptor": [],  # no KeepAlive helps a number that is returned
        "Stat": [AFTER.format("f"), END.format("f")],
        "Address": [AFTER.format("p"), END.format("p")],
        "Lock": [],  # it would be given back when the function returns
        "Locked": [END.format("f")],
    }
    for fix in [fix for fixes in offered.values() for fix in fixes]:
        assert is_formatted(shop.toolchain, applied(file, fix.edits)), fix
        proof = shop.proved(file, fix.edit)
        assert proof.is_confirmed, (fix.title, proof)
        assert proof.reason.startswith("confirmed by the compiler: ")


def test_a_return_becomes_an_assignment_and_the_import_comes() -> None:
    shop = Workshop.open("1.27", FIXTURES / "file")
    after, end = _fixes(shop, "file.go")["Sync"]
    file = shop.file("file.go")
    assert _changes(file, after.edit) == [
        '+ \t"runtime"',
        "- \treturn syscall.Fsync(int(f.Fd())) // want keepalive-missing",
        "+ \terr := syscall.Fsync(int(f.Fd()))",
        "+ \truntime.KeepAlive(f)",
        "+ \treturn err // want keepalive-missing",
    ]
    assert _changes(file, end.edit) == ['+ \t"runtime"', "+ \tdefer runtime.KeepAlive(f)"]


RETURNS = [
    (
        (
            "func F(f *os.File, b []byte) (n int, err error) {\n"
            "\treturn syscall.Read(int(f.Fd()), b)\n}"
        ),
        [
            "+ \tn, err = syscall.Read(int(f.Fd()), b)",
            "+ \truntime.KeepAlive(f)",
            "+ \treturn n, err",
        ],
    ),
    (
        "func F(f *os.File, err []byte) (int, error) {\n\treturn syscall.Read(int(f.Fd()), err)\n}",
        [
            "+ \tn, err2 := syscall.Read(int(f.Fd()), err)",
            "+ \truntime.KeepAlive(f)",
            "+ \treturn n, err2",
        ],
    ),
    (
        "func F(f *os.File) (*int, error) {\n\treturn nil, syscall.Fchdir(int(f.Fd()))\n}",
        [
            "+ \terr := syscall.Fchdir(int(f.Fd()))",
            "+ \truntime.KeepAlive(f)",
            "+ \treturn nil, err",
        ],
    ),
]


@pytest.mark.parametrize(("function", "added"), RETURNS)
def test_returns_keep_their_values(function: str, added: list[str], tmp_path: Path) -> None:
    shop = Workshop.open("1.27", tmp_path)
    (tmp_path / "go.mod").write_text("module example.com/r\n\ngo 1.22\n")
    head = 'package r\n\nimport (\n\t"os"\n\trt "runtime"\n\t"syscall"\n)\n\nvar _ = rt.GC\n\n'
    (tmp_path / "r.go").write_text(head + function + "\n")
    fixes = _fixes(shop, "r.go")["F"]
    file = shop.file("r.go")
    expected = [line.replace("runtime.", "rt.") for line in added]
    assert [line for line in _changes(file, fixes[0].edit) if line[0] == "+"] == expected
    assert is_formatted(shop.toolchain, applied(file, fixes[0].edits))
    proof = shop.proved(file, fixes[0].edit)
    assert proof.is_confirmed, proof


def test_an_edit_that_does_not_build_is_not_offered(tmp_path: Path) -> None:
    # The variable's scope ends with the statement behind which the call would stand.
    shop = Workshop.open("1.27", tmp_path)
    (tmp_path / "go.mod").write_text("module example.com/r\n\ngo 1.22\n")
    (tmp_path / "r.go").write_text(
        'package r\n\nimport (\n\t"os"\n\t"syscall"\n)\n\nfunc F(path string) {\n'
        "\tif f, err := os.Open(path); err == nil && syscall.Fchdir(int(f.Fd())) != nil {\n"
        '\t\tprintln("no")\n\t}\n}\n'
    )
    (fix,) = _fixes(shop, "r.go")["F"]
    proof = shop.proved(shop.file("r.go"), fix.edit)
    assert not proof.is_confirmed
    assert "does not build" in proof.reason
    assert "undefined: f" in proof.reason


def test_an_edit_that_keeps_nothing_is_not_offered() -> None:
    shop = Workshop.open("1.27", FIXTURES / "file")
    file = shop.file("file.go")
    good = _fixes(shop, "file.go")["Sync"][0].edit
    comment = TextEdit(Span(file.path, 1, 1, 1, 1), "// Edited.\n\n")
    idle = KeepEdit((comment,), good.variable, good.call, good.kept)
    proof = shop.proved(file, idle)
    assert not proof.is_confirmed
    assert proof.reason == "not offered: the compiler keeps nothing more at the call in line 14"


def test_what_is_live_needs_no_edit(tmp_path: Path) -> None:
    shop = Workshop.open("1.27", copied("finalizer", tmp_path))
    file = shop.file()
    (finding,) = shop.findings()
    (after, _) = keepalive_fixes(file, finding)
    Path(file.path).write_bytes(applied(file, after.edits))
    edited = shop.file()
    call = edited.text.index(b"(d.fd, b)")
    place = edited.tree.span(call, call).start
    second = insert_statement_after(edited, place.line, after.edit.kept)
    assert second is not None
    again = KeepEdit((second,), "d", place, after.edit.kept)
    proof = shop.proved(edited, again)
    assert proof == type(proof)(
        Outcome.REFUTED, "not needed: d is live at the call in line 38 already"
    )


def test_explains_with_the_places_own_words() -> None:
    shop = Workshop.open("1.27", FIXTURES / "cleanup")
    (finding,) = shop.findings()
    assert explain_title(finding) == "Explain KeepAlive for d"
    page = finding_markdown(finding, finding.reason, "go1.27.3", link=lambda _: "")
    assert "- d is last needed at line 44" in page
    assert "the cleanup of" in page
    assert re.search(r"^- fd is taken from d here · `main\.go:44`$", page, re.MULTILINE)
    assert "does not know" not in page


def test_names_cannot_break_out_of_the_page() -> None:
    span = Span("/p/a.go", 1, 1, 1, 2)
    hostile = "[x](command:evil) <b>"
    finding = Finding(
        Code.KEEPALIVE_MISSING, span, "p", "p.f", hostile, subject="x` + y",
        reason=(Step(hostile, Position("/p/[y](command:evil).go", 1, 1)),),
    )  # fmt: skip
    page = finding_markdown(finding, finding.reason, "go1.27.3", link=lambda _: "")
    assert "[x](" not in page
    assert "[y](" not in page.replace("`[y](command:evil).go:1`", "")
    assert "<b>" not in page
    assert keepalive_fixes(GoFile.parse("/p/a.go", b"package p\n"), finding) == ()


def test_other_findings_have_no_such_action() -> None:
    finding = Finding(Code.HEAP_NEW, Span("/p/a.go", 1, 1, 1, 2), "p", "p.f", "m", subject="x")
    assert explain_title(finding) is None
    assert keepalive_fixes(GoFile.parse("/p/a.go", b"package p\n"), finding) == ()
