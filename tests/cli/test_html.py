"""The HTML report without a browser: its policy, its data, its size."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from attrs import Factory, define
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.cli.render.page.data import NONE
from golsp_mem.cli.render.page.html import SCRIPTS, render
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Allocates, Code, Position, StackFrame, Step
from golsp_mem.report.model import Configuration, Quiet, Report, State
from tests.cli.builders import finding
from tests.cli.rendering import HOSTILE, NAMES, report_of, shown
from tests.cli.runner import BROKEN, GOOD, run, write_module
from tests.editors.vscode.install import program
from tests.toolchains import go_binary

PAGE = resources.files("golsp_mem.cli.render.page")


@define
class Parsed(HTMLParser):
    """What a browser's parser finds: elements with their attributes, scripts, the title."""

    scripts: list[tuple[Mapping[str, str | None], str]] = Factory(list)
    styles: list[str] = Factory(list)
    attributes: list[tuple[str, str, str | None]] = Factory(list)
    title: str = ""
    _within: str = ""

    def __attrs_post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif self._within == "style":
            self.styles.append(data)
        elif self._within == "title":
            self.title += data

    @property
    def data(self) -> dict[str, Any]:
        """All JSON of the page by its element's name."""
        return {str(one["id"]): json.loads(text) for one, text in self.scripts if "id" in one}

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = self.data["report"]
        return report


def page_of(report: Report, **options: int) -> Parsed:
    text = "".join(render(report, SourceTexts(), **options))
    parsed = Parsed()
    parsed.feed(text.encode().decode())
    parsed.close()
    return parsed


def column(page: Parsed, name: str) -> list[int]:
    values: list[int] = page.report["columns"][name]
    return values


def said(page: Parsed, name: str) -> list[str | None]:
    strings = page.report["strings"]
    return [None if one == NONE else strings[one] for one in column(page, name)]


def test_the_policy_allows_this_script_and_this_style_alone() -> None:
    page = page_of(report_of(shown()))
    [policy] = [
        value
        for tag, name, value in page.attributes
        if tag == "meta" and name == "content" and value and "default-src" in value
    ]
    [script] = [text for attributes, text in page.scripts if not attributes]
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"] == f"'{digest(script)}'"
    assert allowed["style-src"] == f"'{digest(''.join(page.styles))}'"
    assert allowed["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = page_of(report_of(shown()))
    asked = {value for _, name, value in page.attributes if name in ("src", "href", "action")}
    assert asked == {"data:,"}
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"url\(|@import", "".join(page.styles))


# What makes text into elements or into code; none of it is needed.
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|"
    r"createContextualFragment|srcdoc|setAttribute\(\s*[\"']style|\bfetch\(|XMLHttpRequest|import\("
)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_only_makes_text(name: str) -> None:
    assert SINKS.findall(PAGE.joinpath(name).read_text(encoding="utf-8")) == []


def test_every_part_of_the_script_is_used_and_valid(tmp_path: Path) -> None:
    assert sorted(SCRIPTS) == sorted(one.name for one in PAGE.iterdir() if one.name.endswith(".js"))
    [script] = [text for attributes, text in page_of(report_of()).scripts if not attributes]
    file = tmp_path / "script.js"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run([program("node"), "--check", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@given(HOSTILE, HOSTILE, NAMES)
def test_any_text_stays_data(message: str, function: str, name: str) -> None:
    """No text opens or closes an element, and all of it arrives as it was."""
    one = finding(
        f"/w/{name}", message=message, function=function, type=function,
        reason=(Step(message), Step(f"x ← {message}:")), stack=(StackFrame(function, name, 1),),
    )  # fmt: skip
    plain = page_of(report_of(shown(), directory=Path("/w/plain")))
    page = page_of(report_of(shown(one), directory=Path("/w") / name))
    assert [attributes for attributes, _ in page.scripts] == [one for one, _ in plain.scripts]
    assert page.attributes[1:] == plain.attributes[1:]
    assert said(page, "message") == [message]
    assert said(page, "function") == [function]
    assert page.report["name"] == name


@given(st.text(), st.sampled_from(["\udcff", "\ud800", "\udcff</script>"]))
def test_names_that_are_not_utf8(text: str, odd: str) -> None:
    page = page_of(report_of(shown(finding(message=text + odd))))
    assert said(page, "message") == [text + odd]


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"\xff.go")
    file.write_bytes(b"package m // \xff\r\nvar x = y\r\n")
    page = page_of(report_of(shown(finding(str(file), (2, 5, 2, 6))), directory=tmp_path))
    assert page.data["source-0"] == "package m // \udcff\nvar x = y\n"
    assert page.report["strings"][page.report["files"][0]["path"]] == "\udcff.go"


def test_texts_are_written_once(tmp_path: Path) -> None:
    """A thousand findings of one cause take little more room than their numbers."""
    file = tmp_path / "m.go"
    file.write_text("package m\n" * 1000)
    text = "a long message that many findings share, " * 5
    flow = tuple(Step(f"{text}{number}") for number in range(20))
    stack = (StackFrame(text, str(file), 1), StackFrame("m.F", str(file), 2))
    many = [
        shown(finding(str(file), (line, 1, line, 2), message=text, reason=flow, stack=stack))
        for line in range(1, 1001)
    ]
    one = "".join(render(report_of(many[0], directory=tmp_path), SourceTexts()))
    all_of_them = "".join(render(report_of(*many, directory=tmp_path), SourceTexts()))
    assert all_of_them.count(json.dumps(text)) == 1
    assert (len(all_of_them) - len(one)) / 999 < 120


def test_only_sources_with_findings_and_within_bounds(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "unasked"):
        (tmp_path / f"{name}.go").write_text(f"package {name}\n" * 10)
    (tmp_path / "b.go").write_text("package b\n" * 1000)
    found = [shown(finding(str(tmp_path / f"{name}.go"))) for name in ("a", "b", "c", "missing")]
    everything = page_of(report_of(*found, directory=tmp_path))
    assert [one["kept"] for one in everything.report["files"]] == [True, True, True, False]
    small = page_of(report_of(*found, directory=tmp_path), max_source_bytes=500)
    assert [one["kept"] for one in small.report["files"]] == [True, False, True, False]
    assert sorted(small.data) == ["report", "source-0", "source-2"]
    assert "package unasked" not in json.dumps(everything.data)


def test_a_line_comment_does_not_choose_a_file_to_hand_on(tmp_path: Path) -> None:
    """``//line /etc/passwd:1`` puts that name into object files."""
    secret = tmp_path / "id_rsa"
    secret.write_text("a private key\n")
    link = tmp_path / "link.go"
    link.symlink_to(secret)
    pipe = tmp_path / "pipe.go"
    os.mkfifo(pipe)
    found = [shown(finding(str(file), (1, 1, 1, 2))) for file in (secret, link, pipe, tmp_path)]
    page = page_of(report_of(*found, directory=tmp_path))
    assert sorted(page.data) == ["report"]
    assert [one["kept"] for one in page.report["files"]] == [False] * 4


def test_what_the_map_counts() -> None:
    found = [
        shown(finding(bytes=40, size_class=48)),
        shown(finding(bytes=40)),
        shown(finding(code=Code.HEAP_APPEND, allocates=Allocates.CONDITIONAL)),
        shown(finding(allocates=Allocates.NEVER, bytes=8)),
        shown(finding(code=Code.STACK_LARGE_FRAME, bytes=9000)),
        shown(finding(code=Code.STACK_TOO_LARGE, bytes=9000)),
        # It stands for the allocation that breaks the contract, which is quiet.
        shown(finding(code=Code.CONTRACT_NOALLOC, bytes=16)),
        shown(finding(bytes=16), quiet=Quiet.RETOLD),
        shown(finding(bytes=16), quiet=Quiet.GENERATED),
    ]
    report = report_of(*found)
    page = page_of(report)
    assert column(page, "heap") == [1, 1, 1, 0, 0, 0, 1]
    assert column(page, "taken") == [48, 40, NONE, 8, 9000, 9000, 16]
    counted = report.allocations - report.silenced(Quiet.GENERATED)
    assert sum(column(page, "heap")) == counted
    verdicts = [*page.report["verdicts"], ""]
    assert [verdicts[one] for one in column(page, "verdict")] == [
        "always", "always", "conditional", "never", "", "always", "always",
    ]  # fmt: skip
    assert page.report["generated"] == 1


def test_states_and_configurations() -> None:
    windows = Configuration("go1.26.8", "windows", "amd64")
    found = [
        shown(state=State.NEW, explained_by="go1.26.8 -> go1.27.3"),
        shown(state=State.UNCHANGED, configurations=("windows/amd64",)),
    ]
    page = page_of(report_of(*found, compared=True, base="main", configurations=(windows,)))
    assert [page.report["states"][one] for one in column(page, "state")] == ["new", "unchanged"]
    assert said(page, "explained") == ["go1.26.8 -> go1.27.3", None]
    assert said(page, "configurations") == [None, "windows/amd64"]
    assert (page.report["compared"], page.report["base"]) == (True, "main")


@pytest.mark.parametrize(
    ("goos", "goarch", "frame", "start", "moves"),
    [
        # runtime.newstack doubles until the frame and the guard (928 B) fit; a new goroutine has
        # used 40 B on amd64.
        ("linux", "amd64", 1200, 2048, []),
        ("linux", "amd64", 5000, 2048, [[2048, 8192, 40]]),
        ("linux", "amd64", 100_000, 2048, [[2048, 131072, 40]]),
        ("windows", "amd64", 5000, 8192, [[8192, 16384, 40]]),
    ],
)
def test_how_a_stack_grows(
    goos: str, goarch: str, frame: int, start: int, moves: list[list[int]]
) -> None:
    one = finding(code=Code.STACK_LARGE_FRAME, bytes=frame)
    configuration = Configuration("go1.26.8", goos, goarch)
    page = page_of(report_of(shown(), shown(one), configurations=(configuration,)))
    assert page.report["growths"] == [{"finding": 1, "start": start, "moves": moves}]


def test_the_growth_is_that_of_the_configuration_that_has_the_frame() -> None:
    one = finding(code=Code.STACK_LARGE_FRAME, bytes=5000)
    both = (
        Configuration("go1.26.8", "linux", "amd64"),
        Configuration("go1.26.8", "windows", "amd64"),
    )
    page = page_of(report_of(shown(one, configurations=("windows/amd64",)), configurations=both))
    assert page.report["growths"][0]["start"] == 8192


def test_evidence_is_told_in_its_own_words() -> None:
    steps = (
        Step("fd is taken from d here", Position("/w/a.go", 4, 2)),
        Step("live at this call, says the compiler: nothing; not d"),
    )
    one = finding("/w/a.go", (5, 2, 5, 4), Code.KEEPALIVE_MISSING, reason=steps)
    page = page_of(report_of(shown(one)))
    strings = page.report["strings"]
    (flow,) = column(page, "flow")
    says, unread, truncated, segments = page.report["flows"][flow]
    assert strings[says] == "fd is taken from d here (a.go:4)"
    assert [strings[one] for one in unread] == [steps[1].text]
    assert (truncated, segments) == (0, [])


def test_a_flow_as_it_is_drawn() -> None:
    at = Position("/w/m.go", 6, 22)
    steps = (
        Step("&T{...} escapes to heap in F:", at),
        Step("x ← &{storage for &T{...}}:"),
        Step("&T{...} (spill)", at),
        Step("x := &T{...} (assign)", at),
        Step("{heap} ← x:"),
        Step("put(x) (call parameter)"),
        Step("a line of another kind"),
    )
    page = page_of(report_of(shown(finding(reason=steps)), shown()))
    flow, none = column(page, "flow")
    says, unread, truncated, segments = page.report["flows"][flow]
    strings = page.report["strings"]
    assert none == NONE
    assert strings[says] == "&T{...} escapes to heap in F:"
    assert [strings[one] for one in unread] == ["a line of another kind"]
    assert truncated == 0
    drawn = [(strings[source], strings[end], heap) for source, end, heap, _ in segments]
    assert drawn == [("&T{...}", "x", 0), ("x", "the heap", 1)]
    expression, why, file, line, place = segments[0][3]
    assert (strings[expression], strings[why]) == ("x := &T{...}", "assign")
    assert (strings[file], line, place) == ("m.go", 6, 22)
    assert segments[1][3][2:] == [NONE, 0, 0]


def test_the_command_writes_a_page(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=GOOD)
    done = run("report", "--go", str(go_binary("1.26")), cwd=module)
    assert (done.status, done.stdout) == (0, "")
    page = module / "golsp-mem.html"
    assert f"wrote {page}: " in done.stderr
    parsed = Parsed()
    parsed.feed(page.read_text(encoding="utf-8"))
    assert said(parsed, "function") == ["example.com/m.Moved", "example.com/m.Joined"]
    assert sum(column(parsed, "heap")) == 2
    assert parsed.data["source-0"] == GOOD
    # The flows are there unless they are not wanted.
    assert any(parsed.report["flows"][one][3] for one in column(parsed, "flow") if one != NONE)


def test_the_command_tells_what_does_not_build(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=GOOD, bad__bad_go=BROKEN)
    where = ("--go", str(go_binary("1.26")), "-o", "out.html", "--no-reasons", "-q")
    done = run("report", *where, cwd=module)
    assert done.status == 3
    assert "example.com/m/bad does not build" in done.stderr
    assert "undefinedName" in (module / "out.html").read_text(encoding="utf-8")


def test_the_command_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    module = write_module(tmp_path / "m", m_go=GOOD)
    done = run("report", "-o", "no/such.html", cwd=module)
    assert (done.status, done.stdout) == (2, "")
    assert "no such directory" in done.stderr
