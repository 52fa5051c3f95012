"""The table of allocating calls, held to the call graph of each release's own runtime."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from golsp_mem.compiler.allocations import allocations
from golsp_mem.compiler.facts import SIZE_CLASSES, minor_of, size_class
from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.rules import rule_for
from golsp_mem.compiler.types import TypeFacts, basic_type, display_type
from golsp_mem.model import Allocation, Code
from tests.compiler.built import RELEASES, built

# Ways to mallocgc that the caller's line does not pay for: panics and their texts, the scheduler
# and the collector at work on the caller's thread, tracing.
NOT_THE_CALLERS = (
    "throw", "gopanic", "fatal", "print", "morestack", "goPanic", "panic", "gcStart", "schedule",
    "newstack", "goexit", "startm", "newm", "goschedImpl", "park_m", "gcAssistAlloc",
    "deductAssistCredit", "racea", "badsystemstack", "acquirep", "lock", "GC",
    "(*traceAdvancer", "trace", "stopTheWorld", "startTheWorld", "sysmon", "retake",
    "deferreturn", "sigpanic", "wakep", "notesleep", "addOneOpenDefer", "mallocinit",
    "(*timers)", "(*timer)", "ready", "debugCall", "semacquire",
)  # fmt: skip
# They reach mallocgc only to say what went wrong, or once in a program's life; a select with a
# default never waits (runtime/chan.go: block is false), and only who waits needs a sudog.
HARMLESS = re.compile(
    r"runtime\.(ifaceeq|efaceeq|interequal|nilinterequal|interhash|nilinterhash|"
    r"mapaccess[12](_fat)?|mapdelete(_fast\w+)?|mapclear|selectnb(send|recv))$"
)


@pytest.mark.parametrize("release", RELEASES)
def test_every_builtin_that_reaches_mallocgc_has_a_rule(release: str) -> None:
    callers: dict[str, set[str]] = defaultdict(set)
    packages = ["runtime"] if release == "1.22" else ["runtime", "internal/runtime/maps"]
    for package in packages:
        one = built(release, package, "")
        for obj in read_archive(one.archive, one.builtins):
            for function in obj.functions():
                for relocation in function.relocations:
                    if relocation.is_call or relocation.target.endswith("·f"):
                        callers[relocation.target.removesuffix("·f")].add(function.name)
    cut = tuple(f"runtime.{name}" for name in NOT_THE_CALLERS)
    reached, todo = {"runtime.mallocgc"}, ["runtime.mallocgc"]
    while todo:
        for name in callers[todo.pop()]:
            if name not in reached and not name.startswith(cut):
                reached.add(name)
                todo.append(name)
    builtins = built(release).builtins
    allocating = [name for name in builtins if name in reached]
    assert len(allocating) > 40
    unknown = [name for name in allocating if rule_for(name) is None and not HARMLESS.match(name)]
    assert unknown == []


@pytest.mark.parametrize("release", RELEASES)
def test_size_classes_are_the_runtimes(release: str) -> None:
    goroot = built(release).goroot
    new = goroot / "src" / "internal" / "runtime" / "gc" / "sizeclasses.go"
    old = goroot / "src" / "runtime" / "sizeclasses.go"
    text = (new if new.is_file() else old).read_text(encoding="utf-8")
    match = re.search(r"(?i)class_?to_?size = \[\w+\]uint16\{0, ([\d, ]+)\}", text)
    assert match is not None
    assert tuple(int(number) for number in match[1].split(", ")) == SIZE_CLASSES


@pytest.mark.parametrize(
    ("size", "pointers", "expected"),
    [
        (0, True, 0),
        (1, False, 16),
        (8, False, 16),
        (8, True, 8),
        (16, False, 16),
        (40, True, 48),
        (512, True, 512),
        (513, True, 576),
        (1024, True, 1152),
        (1024, False, 1024),
        (32760, True, 32768),
        (32761, True, 32768),
        (32768, False, 32768),
        (32769, False, 40960),
    ],
)
def test_what_the_heap_hands_out(size: int, pointers: bool, expected: int) -> None:
    assert size_class(size, pointers=pointers) == expected


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("runtime.newobject", Code.HEAP_OTHER),
        ("runtime.mallocgcSmallScanNoHeaderSC5", Code.HEAP_OTHER),
        ("runtime.mallocgcTinySize8", Code.HEAP_OTHER),
        ("runtime.growsliceBuf", Code.HEAP_APPEND),
        ("runtime.concatstring3", Code.HEAP_CONCAT),
        ("runtime.mapassign_faststr", Code.HEAP_MAP_INSERT),
        ("runtime.AddCleanup[go.shape.int,go.shape.string]", Code.HEAP_OTHER),
        ("runtime.memmove", None),
        ("runtime.mallocgcfoo", None),
        ("example.com/p.newobject", None),
    ],
)
def test_rules_by_name(name: str, code: Code | None) -> None:
    rule = rule_for(name)
    assert (rule.code if rule else None) == code


@pytest.mark.parametrize(
    ("name", "goarch", "expected"),
    [
        ("int", "amd64", TypeFacts(8, pointers=False)),
        ("int", "386", TypeFacts(4, pointers=False)),
        ("go.shape.string", "amd64", TypeFacts(16, pointers=True)),
        ("[]int", "arm64", TypeFacts(24, pointers=True)),
        ("*example.com/p.T", "arm", TypeFacts(4, pointers=True)),
        ("interface {}", "amd64", TypeFacts(16, pointers=True)),
        ("example.com/p.T", "amd64", None),
    ],
)
def test_types_that_need_no_declaration(name: str, goarch: str, expected: TypeFacts | None) -> None:
    assert basic_type(name, goarch) == expected


def test_types_are_shown_as_written() -> None:
    assert display_type("noalg.struct { F uintptr; X0 go.shape.int }") == (
        "struct { F uintptr; X0 int }"
    )


def sites(release: str, function: str) -> list[Allocation]:
    one = built(release)
    return [
        site
        for obj in read_archive(one.archive, one.builtins)
        for compiled in obj.functions()
        if compiled.name.split("[")[0] == f"example.com/sample.{function}"
        for site in allocations(
            compiled, lambda name: {"example.com/sample.block": TypeFacts(48, pointers=True)}
            .get(name) or basic_type(name, "amd64"), "amd64",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_an_object_has_its_type_and_sizes(release: str) -> None:
    (site,) = sites(release, "direct")
    assert (site.type, site.bytes, site.size_class) == ("example.com/sample.block", 48, 48)
    assert site.stack[0].line == 11


@pytest.mark.parametrize(
    ("version", "minor"),
    [("go1.26.8", 26), ("go1.22rc1", 22), ("devel go1.28-abc", 28), ("gccgo 12", None)],
)
def test_releases_by_name(version: str, minor: int | None) -> None:
    assert minor_of(version) == minor
