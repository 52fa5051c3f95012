"""The file of accepted findings: what is in it, what it is read as, how several become one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.errors import ConfigError
from golsp_mem.model import Allocates, Code
from golsp_mem.report.comparing.baseline import (
    Accepted,
    Baseline,
    baseline_of,
    baseline_text,
    merged_baselines,
    parse_baseline,
)
from golsp_mem.report.model import Configuration
from tests.report.builders import LINUX, NETGO, WINDOWS, report, shown

words = st.text(max_size=20)
entries = st.builds(Accepted, words, words, words, words, words)
configurations = st.builds(
    Configuration, words, words, words, st.lists(words).map(tuple), st.booleans()
)
baselines = st.builds(
    Baseline,
    st.lists(entries, max_size=4).map(tuple),
    st.lists(configurations, max_size=2).map(tuple),
    st.dictionaries(words, words, max_size=3),
)


@given(baselines)
def test_what_is_written_is_read(baseline: Baseline) -> None:
    assert parse_baseline(baseline_text(baseline), "b.json") == baseline


def test_one_line_for_each_entry() -> None:
    text = baseline_text(
        Baseline(
            (Accepted("m", "m.F", "heap-new", "f1", "s1"), Accepted("m", "m.Ü", "heap-new", "f2")),
            (NETGO,),
            {"m": "d"},
        )
    )
    lines = [line.strip().rstrip(",") for line in text.splitlines()]
    assert '"m": "d"' in lines
    assert json.loads(lines[5]) == {
        "package": "m", "function": "m.F", "code": "heap-new", "fingerprint": "f1", "source": "s1",
    }  # fmt: skip
    assert "source" not in json.loads(lines[6])
    assert json.loads(text)["made_with"] == [
        {"go": "go1.26.8", "goos": "linux", "goarch": "amd64", "tags": ["netgo"], "tests": False}
    ]


def test_files_of_older_releases() -> None:
    text = json.dumps(
        {
            "schema": 1,
            "accepted": [{"package": "m", "function": "F", "code": "heap-new", "fingerprint": "f"}],
        }
    )
    assert parse_baseline(text, "b.json") == Baseline((Accepted("m", "F", "heap-new", "f"),))


GOOD = {"go": "go1.26", "goos": "linux", "goarch": "amd64", "tags": [], "tests": False}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "not a baseline"),
        ("null", "not a baseline"),
        ('{"schema": 2, "accepted": []}', "schema 2 is not 1"),
        ('{"accepted": []}', "schema null is not 1"),
        ('{"schema": 1, "accepted": {}}', "not a baseline"),
        ('{"schema": 1, "accepted": [{"fingerprint": 1}]}', "entry 1 needs"),
        ('{"schema": 1, "accepted": ["f"]}', "entry 1 needs"),
        *(
            (json.dumps({"schema": 1, "accepted": [], **wrong}), "made_with or sources")
            for wrong in (
                {"made_with": 3},
                {"made_with": [3]},
                {"made_with": None},
                {"made_with": [{**GOOD, "tests": 1}]},
                {"made_with": [{**GOOD, "tags": "a"}]},
                {"made_with": [{**GOOD, "go": None}]},
                {"made_with": [{"go": "go1.26"}]},
                {"sources": 3},
                {"sources": ["m"]},
                {"sources": {"m": 3}},
            )
        ),
    ],
)
def test_a_file_that_is_no_baseline(content: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as raised:
        parse_baseline(content, "b.json")
    assert str(raised.value).startswith("baseline b.json: ")


def test_what_a_report_accepts(tmp_path: Path) -> None:
    file = tmp_path / "m.go"
    file.write_text("package m\n\nfunc F() {\n\tnew(T)\n}\n")
    span = evolve(shown().finding.span, file=str(file), line=4)
    made = baseline_of(
        report(
            shown(span=span, fingerprint="b"),
            shown(span=span, fingerprint="a", bookkeeping=True),
            shown(span=span, fingerprint="never", allocates=Allocates.NEVER),
            shown(span=span, fingerprint="comment", code=Code.DIRECTIVE_UNUSED),
            shown(span=span, fingerprint="promise", code=Code.CONTRACT_NOALLOC),
            errors={"bad": "no"},
        ),
        SourceCache(),
        {"m": [str(file)], "bad": [str(file)], "elsewhere": [str(file)]},
    )
    assert sorted(one.fingerprint for one in made.accepted) == ["a", "b", "promise"]
    assert list(made.accepted) == sorted(made.accepted)
    assert made.made_with == (LINUX,)
    assert list(made.sources) == ["m"]
    [digest] = {one.source for one in made.accepted}
    assert len(digest) == len(made.sources["m"]) == 16


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("\tnew(T)", "\tnew(U)", False),
        ("\tnew(T)", "\t\tnew(T)", True),  # indentation
        ("\n", "\r\n", True),  # line ends
        ("package m\n", "package m\n\n// More.\n", True),  # another line
        ("func G() {}", "func G() { F() }", True),  # another function
        ("func F() {", "func F(n int) {", False),
    ],
)
def test_the_digest_of_a_function_is_of_its_text(
    tmp_path: Path, old: str, new: str, same: bool
) -> None:
    text = "package m\n\nfunc F() {\n\tnew(T)\n}\n\nfunc G() {}\n"
    digests = []
    for content in (text, text.replace(old, new)):
        file = tmp_path / "m.go"
        file.write_text(content, newline="")
        line = content.splitlines().index(next(x for x in content.splitlines() if "new(" in x)) + 1
        span = evolve(shown().finding.span, file=str(file), line=line)
        made = baseline_of(report(shown(span=span)), SourceCache(), {"m": [str(file)]})
        digests.append(made.accepted[0].source)
    assert (digests[0] == digests[1]) is same


# ---- several as one


def entry(package: str, mark: str = "f") -> Accepted:
    return Accepted(package, f"{package}.F", "heap-new", mark)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([[entry("b")], [entry("a")]], [entry("a"), entry("b")]),
        ([[entry("a")], []], [entry("a")]),
        # Of a package in several parts, the larger count of each entry.
        ([[entry("a")] * 2, [entry("a")]], [entry("a")] * 2),
        ([[entry("a", "f")], [entry("a", "g")]], [entry("a", "f"), entry("a", "g")]),
    ],
)
def test_merged(parts: list[list[Accepted]], expected: list[Accepted]) -> None:
    made = merged_baselines(
        Baseline(tuple(part), (LINUX,), {one.package: "d" for one in part}) for part in parts
    )
    assert list(made.accepted) == expected
    assert made.made_with == (LINUX,)
    assert made.sources == {one.package: "d" for one in expected}


def test_parts_that_were_made_differently_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"linux/amd64 and with go1\.26\.8 windows/amd64"):
        merged_baselines([Baseline((), (LINUX,)), Baseline((), (WINDOWS,))])
    # An older file does not say what it was made with.
    assert merged_baselines([Baseline(()), Baseline((), (LINUX,))]).made_with == (LINUX,)
