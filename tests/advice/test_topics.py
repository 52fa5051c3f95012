"""The pages say true things: their examples compile, print and allocate what they claim."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from golsp_mem.advice import links, topics
from golsp_mem.advice.explanations.explain import explain_topic
from golsp_mem.advice.explanations.explain import topics as all_topics
from golsp_mem.compiler.stackfacts import max_variable_bytes
from golsp_mem.errors import UsageError
from golsp_mem.model import Code
from tests.advice.snippets import build_and_run, holds, run_go, snippets_in, write_module
from tests.toolchains import RELEASES, WHOLE, go_binary

SUPPORTED = [one for one in RELEASES if one != "1.21" and (WHOLE or one in {"1.22", "1.27"})]
GENERAL = [
    "memory-block",
    "stack-and-heap",
    "escape-analysis",
    "stack-growth",
    "stack-limit",
    "keepalive",
    "finalizers-and-cleanups",
    "garbage-collection",
    "size-classes",
    "ranking",
]


def test_there_is_a_page_for_every_topic_and_code() -> None:
    assert set(topics.names()) == {*GENERAL, *(code.value for code in Code)}


@pytest.mark.parametrize("name", topics.names())
def test_a_page_has_a_head_sources_and_working_links(name: str) -> None:
    topic = topics.read_topic(name)
    assert topic.info.title
    assert len(topic.info.summary) < 100
    assert "Sources:" in topic.text
    for page in re.findall(r"\]\(([^)]+)\)", topic.text):
        assert page.removesuffix(".md") in topics.names(), f"{name} links to {page}"
    if name in list(Code):
        assert topic.info.title.startswith((f"{name}:", "The stack limit"))


def test_the_general_topics_come_first() -> None:
    infos = all_topics()
    assert {info.name for info in infos[: len(GENERAL) - 1]} == set(GENERAL) - {"stack-limit"}
    assert [info.name for info in infos[len(GENERAL) - 1 :]] == [code.value for code in Code]


@pytest.mark.parametrize("code", list(Code))
def test_each_code_leads_to_a_page_that_exists(code: Code) -> None:
    page = links.command(code.value).removeprefix("golsp-mem explain ")
    assert (Path(topics.__file__).parent / "topics" / f"{page}.md").is_file()


def test_links_are_for_a_home_that_the_metadata_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package names none yet: a page says which command prints the others."""
    topic = topics.read_topic("heap-append")
    assert links.home() is None
    assert "](" not in topic.body()
    assert "(size classes)" in topic.body()
    assert topic.body().endswith("See also: `golsp-mem explain size-classes`\n")
    monkeypatch.setattr(links, "home", lambda: "https://example.com/x")
    address = f"https://example.com/x/{links.PAGES}"
    assert (Path(__file__).parents[2] / links.PAGES.removeprefix("blob/main/")).is_dir()
    assert f"([size classes]({address}/size-classes.md))" in topic.body()
    assert "See also" not in topic.body()


@pytest.mark.parametrize(
    ("release", "shown", "hidden"),
    [
        ("go1.26.8", "since Go 1.24 a declared variable above 128 KiB", "10485760"),
        ("1.24", "since Go 1.24 a declared variable above 128 KiB", "10485760"),
        ("go1.22.10", "10485760 bytes", "so the\naddresses are equal"),
        ("go1.27-devel_abc", "above 128 KiB", "10485760"),
    ],
)
def test_a_release_is_shown_its_own_part(release: str, shown: str, hidden: str) -> None:
    markdown = explain_topic("stack-growth", release).markdown
    assert shown in markdown
    assert hidden not in markdown
    assert "<!--" not in markdown


def test_without_a_release_all_parts_are_shown() -> None:
    markdown = explain_topic("stack-growth").markdown
    assert "above 128 KiB" in markdown
    assert "10485760" in markdown


@pytest.mark.parametrize(
    ("text", "release", "expected"),
    [
        ("a\n<!-- go>=1.24 -->\nb\n<!-- go<1.24 -->\nc\n<!-- end -->\nd\n", "1.24", "a\nb\nd\n"),
        ("a\n<!-- go>=1.24 -->\nb\n<!-- go<1.24 -->\nc\n<!-- end -->\nd\n", "1.23", "a\nc\nd\n"),
        ("a\n<!-- go>=1.24 -->\nb\n<!-- end -->\nd\n", "1.22", "a\nd\n"),
        ("a\n<!-- go>=1.24 -->\nb\n<!-- end -->\nd\n", None, "a\nb\nd\n"),
        ("nothing to choose", "1.26", "nothing to choose"),
    ],
)
def test_parts_by_release(text: str, release: str | None, expected: str) -> None:
    assert topics.for_release(text, release) == expected


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("heap-boxin", "heap-boxing"),
        ("keep-alive", "keepalive"),
        ("stackgrowth", "stack-growth"),
        ("zzz", "there are"),
        ("../../model", "no topic"),
    ],
)
def test_an_unknown_topic_is_answered_with_the_closest(asked: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        explain_topic(asked)


@pytest.mark.parametrize("release", SUPPORTED)
def test_the_examples_hold(release: str, tmp_path: Path) -> None:
    found = [
        snippet
        for name in topics.names()
        for snippet in snippets_in(topics.for_release(topics.read_topic(name).text, release), name)
    ]
    assert len(found) > 25
    outcome = build_and_run(go_binary(release), tmp_path, found)
    wrong = [
        f"{snippet.origin}: {call} claims {claim}, takes {count}"
        for snippet in found
        for (call, claim), count in zip(
            snippet.claims, outcome.allocations.get(snippet.origin, ()), strict=True
        )
        if not holds(claim, count)
    ]
    assert wrong == []
    assert sum(bool(snippet.claims) for snippet in found) > 15
    outputs = {s.origin: s.output or "" for s in found if s.is_program}
    assert outcome.outputs == outputs
    for snippet in found:
        for message in snippet.messages:
            assert message in outcome.messages[snippet.origin], snippet.origin


def test_the_examples_pass_vet(tmp_path: Path) -> None:
    found = [
        snippet
        for name in topics.names()
        for snippet in snippets_in(topics.for_release(topics.read_topic(name).text, "1.27"), name)
    ]
    packages = write_module(tmp_path, found, language="1.24")
    done = run_go(go_binary("1.27"), tmp_path, "vet", "./...")
    assert done.returncode == 0, f"{done.stderr}\n{ {p: s.origin for p, s in packages.items()} }"


GROWTH = """package main

import "unsafe"

//go:noinline
func address(p *int) uintptr {{ return uintptr(unsafe.Pointer(p)) }}

//go:noinline
func f(i int) byte {{
	var a [{size}]byte
	return a[i]
}}

func main() {{
	var x int
	before := address(&x)
	f(100)
	print(address(&x) != before)
}}
"""


@pytest.mark.parametrize("release", SUPPORTED)
def test_the_bound_for_variables_is_the_one_on_the_pages(release: str, tmp_path: Path) -> None:
    bound = max_variable_bytes(f"go{release}")
    for name in ("stack-growth", "stack-too-large"):
        assert f"{bound} bytes" in topics.read_topic(name).body(release)
    (tmp_path / "go.mod").write_text("module growth\n\ngo 1.22\n")
    for size, grows in ((bound, "true"), (bound + 1, "false")):
        (tmp_path / "main.go").write_text(GROWTH.format(size=size))
        binary = tmp_path / f"growth-{size}"
        built = run_go(go_binary(release), tmp_path, "build", "-o", str(binary), ".")
        assert built.returncode == 0, built.stderr
        # A collection would shrink the stack, which moves it too.
        environment = {**os.environ, "GOGC": "off"}
        done = subprocess.run([binary], env=environment, capture_output=True, text=True)
        assert done.stderr == grows, f"[{size}]byte"


def test_the_claims_for_the_tests_are_not_shown() -> None:
    for name in topics.names():
        fences = re.findall(r"^```(.+)$", topics.read_topic(name).body(), flags=re.MULTILINE)
        assert set(fences) <= {"go", "output", "text", "toml"}, name


@pytest.mark.parametrize("release", ["1.26", "1.27"])
def test_allocators_of_size_classes_are_told_of_releases_that_call_them(
    release: str, tmp_path: Path
) -> None:
    sizes = (16, 48, 80, 88, 512)
    text = "package p\n" + "".join(
        f"\nvar P{n} *[{n}]byte\n\nfunc F{n}() {{ P{n} = new([{n}]byte) }}\n" for n in sizes
    )
    (tmp_path / "p.go").write_text(text)
    command = [str(go_binary(release)), "tool", "compile", "-p", "p", "-S", "p.go"]
    env = {**os.environ, "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    called = re.findall(r"\tCALL\s+runtime\.(newobject|mallocgc\w+)", done.stdout)
    assert len(called) == len(sizes)
    page = explain_topic("size-classes", f"go{release}.1").markdown
    most = max((n for n, name in zip(sizes, called, strict=True) if "SC" in name), default=0)
    assert (f"of known size up to {most} bytes" in page) == (most > 0)
    assert ("mallocgc" in page) == (most > 0)
