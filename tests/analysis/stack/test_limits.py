"""Limits and constants: pure tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.analysis.sizes import count_text, size_text
from golsp_mem.analysis.stack.limits import limit_of, program_limit, stack_limit_calls
from golsp_mem.compiler.objects.calls import CompiledFunction
from golsp_mem.compiler.stackfacts import power_of_two_below, stack_platform
from golsp_mem.source.syntax import GoFile

MIB = 1 << 20


@pytest.mark.parametrize(
    ("goarch", "setting", "effective"),
    [
        ("amd64", None, 512 * MIB),
        ("amd64", 100_000_000, 64 * MIB),
        ("amd64", 64 * MIB, 64 * MIB),
        ("amd64", 4 << 30, 1024 * MIB),
        ("amd64", 2_000_000_000, 1024 * MIB),
        ("amd64", -1, 1024 * MIB),
        ("amd64", 0, 2048),
        ("arm64", None, 512 * MIB),
        ("386", None, 128 * MIB),
        ("arm", 400_000_000, 256 * MIB),
        ("386", 1 << 30, 256 * MIB),
    ],
)
def test_the_usable_limit(goarch: str, setting: int | None, effective: int) -> None:
    assert stack_platform("linux", goarch).effective_limit(setting) == effective


@pytest.mark.parametrize(
    ("goos", "goarch", "start", "guard", "entry"),
    [
        ("linux", "amd64", 2048, 928, 40),
        ("darwin", "arm64", 2048, 928, 48),
        ("windows", "amd64", 8192, 5024, 40),
        ("linux", "386", 2048, 928, 20),
        ("linux", "ppc64le", 2048, 928, 64),
        ("ios", "arm64", 4096, 1952, 48),
        ("plan9", "amd64", 4096, 1440, 40),
    ],
)
def test_platforms(goos: str, goarch: str, start: int, guard: int, entry: int) -> None:
    platform = stack_platform(goos, goarch)
    assert (platform.start_bytes, platform.guard_bytes, platform.entry_bytes) == (
        start,
        guard,
        entry,
    )


@given(st.integers(min_value=1, max_value=1 << 40))
def test_power_of_two_below(value: int) -> None:
    power = power_of_two_below(value)
    assert power <= value < 2 * power
    assert power & (power - 1) == 0


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("100_000_000", 100_000_000),
        ("0x10", 16),
        ("017", 15),
        ("0o17", 15),
        ("0b101", 5),
        ("1e9", 1_000_000_000),
        ("1.5*kb", 1536),
        ("64 << 20", 64 * MIB),
        ("kb*kb", MIB),
        ("(7*mb)/2", 7 * MIB // 2),
        ("int(mb) - 1", MIB - 1),
        ("-mb", -MIB),
        ("local", 5),
        ("mb | 1 &^ 0", MIB + 1),
        ("n", None),
        ("other", None),
        ("1 / 0", None),
        ("1 << 100000", None),
        ("1e999999", None),
        ("f()", None),
        ('len("abc")', None),
        ("iotas", 1),
        ("math.MaxInt32", (1 << 31) - 1),
        ("math.MaxInt", (1 << 63) - 1),
        ("16 << (^uint(0) >> 63)", 32),
        ("mib", 1 << 20),
        ("once", 3 << 20),
        ("twice", None),
        ("addressed", None),
        ("elsewhere", 9),
        ("*fromFlag", 5 << 20),
        ("intoFlag", 6 << 20),
        ("handled", 7),
        ("again", None),
    ],
)
def test_constant_arguments(argument: str, value: int | None) -> None:
    source = f"""package p

import "runtime/debug"

const (
	kb = 1 << 10
	mb = kb * kb
)

const (
	_ = iota
	iotas
)

const (
	_   = 1 << (10 * iota)
	kib
	mib
)

var once = 3 << 20
var twice, addressed = 1, 2
var fromFlag = flag.Int("max-stack", 5<<20, "")
var intoFlag int

func init() {{
	twice = 3
	take(&addressed)
	flag.IntVar(&intoFlag, "into", 6<<20, "")
}}

func g(n int) {{
	const local = 5
	handled := 7
	again := 7
	again++
	debug.SetMaxStack({argument})
}}
"""
    file = GoFile.parse("/p.go", source.encode())
    other = GoFile.parse("/q.go", b"package p\n\nconst elsewhere = 9\n")
    (call,) = stack_limit_calls(file, (file, other))
    assert (call.argument, call.value) == (argument, value)
    limit = program_limit((call,))
    assert limit.setting == value
    assert ("sets another" in limit.note) == (value is None)
    assert ("flag" in limit.note) == (call.flag is not None)


@pytest.mark.parametrize(
    ("imports", "call", "count"),
    [
        ('import d "runtime/debug"', "d.SetMaxStack(1)", 1),
        ('import . "runtime/debug"', "SetMaxStack(1)", 1),
        ('import d "runtime/debug"', "(d.SetMaxStack)(1)", 1),
        ('import _ "runtime/debug"', "debug.SetMaxStack(1)", 0),
        ('import "example.com/debug"', "debug.SetMaxStack(1)", 0),
        ('import "runtime/debug"', "debug := thing{}; debug.SetMaxStack(1)", 0),
        ('import "runtime/debug"', "_ = debug.SetMaxStack", 0),
        ('import "runtime/debug"', "debug.SetMaxStack(", 0),
    ],
)
def test_only_calls_of_the_real_function(imports: str, call: str, count: int) -> None:
    source = f"package p\n\n{imports}\n\nfunc g() {{\n\t{call}\n}}\n"
    assert len(stack_limit_calls(GoFile.parse("/p.go", source.encode()))) == count


@given(st.binary(max_size=200))
def test_any_argument_is_survived(text: bytes) -> None:
    source = b'package p\n\nimport "runtime/debug"\n\nfunc g() { debug.SetMaxStack(' + text + b") }"
    for call in stack_limit_calls(GoFile.parse("/p.go", source)):
        assert call.span.file == "/p.go"


@pytest.mark.parametrize(
    ("body", "setting", "note"),
    [
        ("debug.SetMaxStack(1); debug.SetMaxStack(2)", 2, ""),
        ("debug.SetMaxStack(1); if ok { debug.SetMaxStack(2) }", None, "on lines 3, 3"),
        ("if ok { debug.SetMaxStack(2) }", 2, "once the SetMaxStack on line 3 has run"),
        ("if ok { return }; debug.SetMaxStack(2)", 2, "once the SetMaxStack on line 3 has run"),
        ("defer debug.SetMaxStack(1); debug.SetMaxStack(2)", None, "on lines 3, 3"),
        ("debug.SetMaxStack(2); debug.SetMaxStack(n)", None, "SetMaxStack(n) on line 3"),
        ("", None, ""),
    ],
)
def test_which_call_wins(body: str, setting: int | None, note: str) -> None:
    source = f'package p\nimport "runtime/debug"\nfunc init() {{ {body} }}\n'
    limit = program_limit(stack_limit_calls(GoFile.parse("/p.go", source.encode())))
    assert limit.setting == setting
    assert note in limit.note
    assert bool(note) == bool(limit.note)


@pytest.mark.parametrize(
    ("function", "setting"),
    [
        ("func main() { defer debug.SetMaxStack(debug.SetMaxStack(1<<20)); run() }", 1 << 20),
        # What it was is back before anything else runs.
        ("func init() { defer debug.SetMaxStack(debug.SetMaxStack(1<<20)) }", None),
        ("func main() { func() { defer debug.SetMaxStack(debug.SetMaxStack(1)) }() }", None),
        ("func main() { debug.SetMaxStack(debug.SetMaxStack(1<<20)) }", None),
    ],
)
def test_what_is_given_back_when_the_program_ends(function: str, setting: int | None) -> None:
    source = f'package main\nimport "runtime/debug"\n{function}\n'
    limit = program_limit(stack_limit_calls(GoFile.parse("/p.go", source.encode())))
    assert limit.setting == setting


def test_a_function_value_may_set_another() -> None:
    value = ("runtime/debug.SetMaxStack·f",)
    main = CompiledFunction("main.main", 1, "/p.go", 3, 8, True, (), 1, (), mentions=value)
    limit = limit_of([main], {"/p.go": None}.get, str, 8)
    assert (limit.setting, "as a value" in limit.note) == (None, True)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1040, "1040 B"),
        (2048, "2 KiB"),
        (5000, "4.9 KiB"),
        (20 * 1024, "20 KiB"),
        (512 * MIB, "512 MiB"),
        (1 << 30, "1 GiB"),
        (5 << 40, "5120 GiB"),
    ],
)
def test_sizes_read_well(size: int, text: str) -> None:
    assert size_text(size) == text


def test_counts_read_well() -> None:
    assert count_text(520223) == "520 223"
