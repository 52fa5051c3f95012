"""What is written in golsp-mem.toml, in an editor and on the command line, and what holds then."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golsp_mem.config import (
    DEFAULT_SEVERITY,
    Exclusion,
    Settings,
    codes_named,
    resolve,
)
from golsp_mem.errors import ConfigError
from golsp_mem.model import Allocates, Code, Severity
from golsp_mem.options import (
    Budget,
    Options,
    Target,
    find_file,
    key_of,
    keys,
    read_file,
    read_options,
    structure_options,
)
from tests.cli.builders import finding

HEAP = {code for code in Code if code.startswith("heap-")}


def toml(tmp_path: Path, text: str) -> Options:
    path = tmp_path / "golsp-mem.toml"
    path.write_text(text)
    return read_options(path)


def test_every_setting_of_the_file(tmp_path: Path) -> None:
    text = """\
"$schema" = "https://example.com/golsp-mem.schema.json"
select = ["heap-*"]
ignore = ["heap-defer"]
exclude = ["gen/"]
generated = true
fail-on = "error"
baseline = "base.json"
require-reason = true
noalloc-exempt = ["panic"]
tags = ["netgo"]
tests = true
large-frame-bytes = 8192
timeout-seconds = 10

[severity]
"heap-new" = "warning"

[budget."example.com/m/..."]
max-allocations = 3
[budget."example.com/m.F"]
max-bytes = 64

[[configurations]]
goos = "linux"
goarch = "arm64"
tags = []
[[configurations]]
goos = "windows"
"""
    assert toml(tmp_path, text) == Options(
        severity={"heap-new": "warning"},
        select=("heap-*",),
        ignore=("heap-defer",),
        exclude=("gen/",),
        generated=True,
        fail_on="error",
        baseline="base.json",
        require_reason=True,
        noalloc_exempt=("panic",),
        budget={
            "example.com/m/...": Budget(max_allocations=3),
            "example.com/m.F": Budget(max_bytes=64),
        },
        configurations=(Target("linux", "arm64", ()), Target("windows")),
        tags=("netgo",),
        tests=True,
        large_frame_bytes=8192,
        timeout_seconds=10.0,
        root=str(tmp_path),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('severty = "x"', "unknown setting 'severty'; did you mean 'severity'?"),
        ('fail_on = "error"', "unknown setting 'fail_on'; did you mean 'fail-on'?"),
        ("failOn = 1", "unknown setting 'failOn'; did you mean 'fail-on'?"),
        ("zzz = 1\nyyy = 2", "unknown setting 'zzz'; unknown setting 'yyy'"),
        ('go-path = "/tmp/evil"', "unknown setting 'go-path'"),
        ('root = "/"', "unknown setting 'root'"),
        (
            '[budget."m.F"]\nmax-byte = 1',
            "unknown key of budget 'm.F' 'max-byte'; did you mean 'max-bytes'?",
        ),
        (
            '[[configurations]]\ngoss = "x"',
            "unknown key of a configuration 'goss'; did you mean 'goos'?",
        ),
        ('select = "heap-*"', "select must be a list, got 'heap-*'"),
        ('noalloc-exempt = "panic"', "noalloc-exempt must be a list, got 'panic'"),
        ("configurations = 3", "configurations must be a list, got 3"),
        ("select = [1]", "expected str, got 1"),
        ("tests = 1", "expected bool, got 1"),
        ('tests = "yes"', "expected bool, got 'yes'"),
        ("large-frame-bytes = 1.5", "expected int, got 1.5"),
        ("large-frame-bytes = true", "expected int, got True"),
        ("timeout-seconds = false", "expected float, got False"),
        ('timeout-seconds = "9"', "expected float, got '9'"),
        ("[severity]\nheap-new = 3", "expected str, got 3"),
        ("severity = 3", "severity"),
        ("budget = 3", "budget"),
        ('budget = ["m"]', "budget"),
        ('[budget]\n"m.F" = 3', "budget 'm.F' must be a table, got 3"),
        ('[budget."m.F"]\nmax-bytes = "x"', "got 'x' at budget['m.F'].max-bytes"),
        ('[[configurations]]\ntags = "a"', "tags must be a list, got 'a'"),
        ("[[configurations]]\ngoos = 1", "expected str, got 1 at configurations[0].goos"),
        ("configurations = [3]", "each of configurations must be a table, got 3"),
        ("fail-on = 1", "expected str, got 1 at fail-on"),
        ("not toml", "golsp-mem.toml"),
        ("a = 1\na = 2", "golsp-mem.toml"),
    ],
)
def test_a_file_that_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        toml(tmp_path, text)
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'golsp-mem.toml'}: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"large-frame-bytes": 1}, "did you mean 'largeFrameBytes'?"),
        ({"budget": {"m.F": {"maxByte": 1}}}, "did you mean 'maxBytes'?"),
        ({"tags": "a,b"}, "tags must be a list, got 'a,b'"),
        ({"failOn": 1}, "expected str, got 1 at failOn"),
        ({"root": "/"}, "unknown setting 'root'"),
        ({3: 4}, "unknown setting 3"),
        (["a"], "expected a table of settings, got list"),
        ("x", "expected a table of settings, got str"),
    ],
)
def test_settings_of_an_editor_that_are_wrong(raw: object, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        structure_options(raw, style="editor", origin="settings of the editor")
    assert str(raised.value).startswith("settings of the editor: ")
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, Options()),
        ({}, Options()),
        ([], Options()),
        ({"severity": [], "budget": []}, Options(severity={}, budget={})),
        ({"tests": None, "tags": None}, Options()),
        ({"goPath": "/go", "inlayHints": True}, Options(go_path="/go", inlay_hints=True)),
        ({"timeoutSeconds": 3}, Options(timeout_seconds=3.0)),
        ({"tags": ["a"]}, Options(tags=("a",))),
        ({"budget": {"m.F": {"maxBytes": 0}}}, Options(budget={"m.F": Budget(max_bytes=0)})),
        ({"configurations": [{"goos": "js"}]}, Options(configurations=(Target("js"),))),
    ],
)
def test_settings_of_an_editor(raw: object, expected: Options) -> None:
    assert structure_options(raw, style="editor", origin="e") == expected


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(keys("editor")) | st.text(max_size=5), values, max_size=4))
def test_whatever_an_editor_sends_is_settings_or_a_readable_error(raw: object) -> None:
    try:
        resolve(structure_options(raw, style="editor", origin="e"))
    except ConfigError as error:
        assert str(error)


def test_both_styles_name_the_same_settings() -> None:
    assert {key_of("large_frame_bytes", style) for style in ("toml", "editor")} == {
        "large-frame-bytes",
        "largeFrameBytes",
    }
    in_editor_only = {name.replace("-", "").lower() for name in keys("editor")} - {
        name.replace("-", "").lower() for name in keys("toml")
    }
    assert in_editor_only == {"gopath"}


def test_the_nearest_file_is_found(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_file(inner) is None or tmp_path not in find_file(inner).parents
    (tmp_path / "golsp-mem.toml").write_text("tests = true\n")
    assert read_file(inner) == Options(tests=True, root=str(tmp_path))
    (tmp_path / "a" / "golsp-mem.toml").write_text("")
    assert read_file(inner) == Options(root=str(tmp_path / "a"))
    # A directory of that name is none.
    (inner / "golsp-mem.toml").mkdir()
    assert find_file(inner) == tmp_path / "a" / "golsp-mem.toml"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_options(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xe4\n")
    with pytest.raises(ConfigError, match=r"latin\.toml: .*UTF-8"):
        read_options(tmp_path / "latin.toml")
    (tmp_path / "notepad.toml").write_bytes(b"\xef\xbb\xbftests = true\n")
    assert read_options(tmp_path / "notepad.toml").tests


# ---- layers


def on(settings: Settings) -> set[Code]:
    return set(settings.severity)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([], set(Code)),
        ([Options(select=("heap-*",))], HEAP),
        ([Options(select=("heap-*",), ignore=("heap-new",))], HEAP - {Code.HEAP_NEW}),
        ([Options(ignore=("heap-*",)), Options(ignore=("stack-*",))],
         {code for code in Code if not code.startswith(("heap-", "stack-"))}),
        ([Options(ignore=("heap-new",)), Options(select=("heap-new",))], {Code.HEAP_NEW}),
        ([Options(select=("heap-new",)), Options(select=("heap-defer",))], {Code.HEAP_DEFER}),
        ([Options(select=("heap-new",)), Options(ignore=("heap-new",))], set()),
        ([Options(select=("heap-new",)), Options(select=())], {Code.HEAP_NEW}),
        ([Options(severity={"heap-*": "off"})], set(Code) - HEAP),
        ([Options(severity={"heap-*": "off"}), Options(severity={"heap-new": "hint"})],
         set(Code) - HEAP | {Code.HEAP_NEW}),
        ([Options(severity={"heap-new": "off"}), Options(select=("heap-new",))],
         {Code.HEAP_NEW}),
    ],
)  # fmt: skip
def test_which_codes_are_on(layers: list[Options], expected: set[Code]) -> None:
    assert on(resolve(*layers)) == expected


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{"heap-new": "error"}], (Severity.ERROR, Severity.HINT)),
        ([{"heap-*": "warning"}], (Severity.WARNING, Severity.WARNING)),
        # In one table, the code wins over its family, wherever it stands.
        ([{"heap-*": "warning", "heap-new": "error"}], (Severity.ERROR, Severity.WARNING)),
        ([{"heap-new": "error", "heap-*": "warning"}], (Severity.ERROR, Severity.WARNING)),
        ([{"heap-n*": "error", "heap-*": "warning"}], (Severity.ERROR, Severity.WARNING)),
        # A later layer wins over an earlier one, whatever it names.
        ([{"heap-new": "error"}, {"heap-*": "warning"}], (Severity.WARNING, Severity.WARNING)),
        ([{"heap-new": "error"}, {"heap-defer": "error"}], (Severity.ERROR, Severity.ERROR)),
    ],
)
def test_severities(
    layers: list[dict[str, str]], expected: tuple[Severity | None, Severity | None]
) -> None:
    made = resolve(*(Options(severity=layer) for layer in layers)).severity
    assert (made[Code.HEAP_NEW], made[Code.HEAP_DEFER]) == expected


def test_exclusions_keep_the_directory_that_they_are_relative_to() -> None:
    settings = resolve(
        Options(exclude=("gen/", "*.pb.go"), root="/w"), Options(exclude=("x.go",), root="/w/sub")
    )
    assert settings.exclude == (
        Exclusion("/w", "gen/"),
        Exclusion("/w", "*.pb.go"),
        Exclusion("/w/sub", "x.go"),
    )


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([Options(baseline="b.json", root="/w")], "/w/b.json"),
        ([Options(baseline="ci/b.json", root="/w"), Options(root="/w/sub")], "/w/ci/b.json"),
        (
            [Options(baseline="b.json", root="/w"), Options(baseline="c.json", root="/w/sub")],
            "/w/sub/c.json",
        ),
        ([Options(baseline="/abs/b.json", root="/w")], "/abs/b.json"),
        # An empty name switches the file's off.
        ([Options(baseline="b.json", root="/w"), Options(baseline="", root="/w")], None),
        ([Options(root="/w")], None),
    ],
)
def test_a_baseline_is_relative_to_who_names_it(
    layers: list[Options], expected: str | None
) -> None:
    assert resolve(*layers).baseline == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([], Severity.WARNING),
        (["error"], Severity.ERROR),
        (["error", "hint"], Severity.HINT),
        (["never"], None),
        (["never", "error"], Severity.ERROR),
    ],
)
def test_fail_on(written: list[str], expected: Severity | None) -> None:
    assert resolve(*(Options(fail_on=word) for word in written)).fail_on == expected


def test_budgets_of_several_layers_add_up_by_name() -> None:
    settings = resolve(
        Options(budget={"a": Budget(1, 2), "b": Budget(3)}), Options(budget={"a": Budget(4)})
    )
    assert settings.budget == {"a": Budget(4), "b": Budget(3)}


def test_plain_settings_of_a_later_layer_win() -> None:
    settings = resolve(
        Options(tests=True, tags=("a",), large_frame_bytes=1, generated=True),
        Options(tests=False, tags=(), timeout_seconds=5.0),
    )
    made = (settings.tests, settings.tags, settings.large_frame_bytes, settings.timeout_seconds)
    assert made == (False, (), 1, 5.0)
    assert settings.generated


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (Options(select=("heap-nwe",)), "unknown code 'heap-nwe' (did you mean heap-new?)"),
        (Options(ignore=("nope-*",)), "unknown code 'nope-*' (golsp-mem explain lists them)"),
        (Options(severity={"heap-new": "loud"}), "severity of heap-new: 'loud' is not one of hint"),
        (Options(severity={"heap": "hint"}), "unknown code 'heap'"),
        (Options(fail_on="hnit"), "fail-on: 'hnit' is not one of"),
        (Options(noalloc_exempt=("cold",)), "noalloc-exempt: 'cold' is not one of panic, error"),
        (Options(budget={"m.F": Budget(max_bytes=-1)}), "budget of m.F: must not be below 0"),
        (Options(budget={"m": Budget(-1)}), "budget of m: must not be below 0"),
        (Options(large_frame_bytes=0), "large-frame-bytes: must be above 0"),
        (Options(timeout_seconds=0.0), "timeout-seconds: must be above 0"),
        (Options(timeout_seconds=float("nan")), "timeout-seconds: must be above 0"),
        (Options(tags=("-race",)), "tags: "),
        (Options(tags=("a,b",)), "tags: "),
        (Options(configurations=(Target(tags=("-x",)),)), "tags: "),
    ],
)
def test_what_cannot_hold(options: Options, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        resolve(options)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("level", "allocates", "expected"),
    [
        (None, Allocates.ALWAYS, Severity.ERROR),
        (None, Allocates.CONDITIONAL, Severity.WARNING),
        ("warning", Allocates.ALWAYS, Severity.WARNING),
        ("warning", Allocates.CONDITIONAL, Severity.INFORMATION),
        ("hint", Allocates.CONDITIONAL, Severity.HINT),
        ("off", Allocates.ALWAYS, None),
        ("off", Allocates.CONDITIONAL, None),
    ],
)
def test_a_promise_that_is_broken_on_a_condition_speaks_lower(
    level: str | None, allocates: Allocates, expected: Severity | None
) -> None:
    settings = resolve(Options(severity={"contract-noalloc": level} if level else None))
    broken = finding(code=Code.CONTRACT_NOALLOC, allocates=allocates)
    assert settings.severity_of(broken) == expected


def test_an_owner_that_a_caller_may_hold_speaks_lower() -> None:
    lost = finding(code=Code.KEEPALIVE_MISSING, allocates=Allocates.CONDITIONAL)
    assert Settings().severity_of(lost) is Severity.INFORMATION
    proved = finding(code=Code.KEEPALIVE_MISSING)
    assert Settings().severity_of(proved) is Severity.WARNING


@pytest.mark.parametrize("allocates", list(Allocates))
@pytest.mark.parametrize(
    "code", sorted(set(Code) - {Code.CONTRACT_NOALLOC, Code.KEEPALIVE_MISSING})
)
def test_other_codes_speak_alike_on_a_condition(code: Code, allocates: Allocates) -> None:
    assert Settings().severity_of(finding(code=code, allocates=allocates)) == DEFAULT_SEVERITY[code]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("heap-new", {Code.HEAP_NEW}),
        ("heap-make-*", {Code.HEAP_MAKE_SLICE, Code.HEAP_MAKE_MAP, Code.HEAP_MAKE_CHAN}),
        ("heap-new*", {Code.HEAP_NEW}),
        ("*", set(Code)),
    ],
)
def test_names_of_codes(written: str, expected: set[Code]) -> None:
    assert set(codes_named(written)) == expected


@given(st.text(max_size=12))
def test_any_other_name_is_an_error(name: str) -> None:
    known = name in list(Code) or (
        name.endswith("*") and any(code.startswith(name[:-1]) for code in Code)
    )
    if known:
        assert codes_named(name)
    else:
        with pytest.raises(ConfigError, match="unknown code"):
            codes_named(name)
