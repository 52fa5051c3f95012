"""``golsp-mem report`` in a real browser: what a person sees and does, and what nobody can do."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from golsp_mem.cli.render.page.html import render
from golsp_mem.cli.render.sources import SourceTexts
from golsp_mem.model import Allocates, Code, Position, Severity, StackFrame, Step
from golsp_mem.report.model import (
    Configuration,
    Gone,
    Measured,
    MeasuredLine,
    Measurement,
    Quiet,
    Report,
    State,
    is_heap,
)
from tests.cli.builders import finding
from tests.cli.rendering import LINUX, broken, report_of, shown
from tests.editors.vscode.install import browser as chromium
from tests.editors.vscode.install import program
from tests.toolchains import WHOLE

pytestmark = pytest.mark.editor

DRIVER = Path(__file__).with_name("page.mjs")
END_SECONDS = 120

SOURCE = """\
package m

func F(n int) []*T {
\tt := T{a: n}
\ts := "日本" + name(n)
\tout := append(list, &t)
\treturn out
}
"""
# Each statement that runs when it is let out of its place leaves a mark on the window.
ATTACKS = (
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 2'>",
    '"><svg onload="window.hit = 3">',
    "javascript:window.hit=4",
    "]]><!--<script>window.hit = 5//-->",
    "\u202egnp.tsal\u2066 \u200b \x1b[31m \x00 \u2028 \udcff",
    "[[script]] ${window.hit = 6} &lt;b&gt;",
    "__proto__",
    "http://example.com/pixel.gif",
)


@frozen
class Seen:
    """``read`` are the answers of the steps that ask, in their order."""

    read: list[Any]
    requests: list[str]
    complaints: list[str]


class Driver:
    """One browser for all reports of a run; each is opened in a profile of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [program("node"), str(DRIVER), json.dumps(chromium())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, job: Mapping[str, Any]) -> Seen:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watch = threading.Timer(END_SECONDS, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        finally:
            watch.cancel()
        assert answer, "the browser's driver has ended"
        told = json.loads(answer)
        assert "error" not in told, told["error"][-3000:]
        return Seen(**told["seen"])

    def close(self) -> None:
        self._process.communicate(timeout=END_SECONDS)


class Browser:
    """Opens reports; whatever a test looks at, nothing may be fetched and nothing complained of."""

    def __init__(self, directory: Path, driver: Driver) -> None:
        self._directory = directory
        self._driver = driver

    def look(self, report: Report, *steps: Mapping[str, Any], address: str = "") -> list[Any]:
        page = self._directory / "a report.html"
        chunks = render(report, SourceTexts())
        page.write_text("".join(chunks), encoding="utf-8")
        failure = str(self._directory / "failure.png")
        job = {"url": page.as_uri() + address, "steps": list(steps), "failure": failure}
        seen = self._driver.ask(job)
        assert seen.complaints == []
        assert [url for url in seen.requests if not url.startswith((page.as_uri(), "data:"))] == []
        return seen.read


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    one = Driver()
    yield one
    one.close()


@pytest.fixture
def browser(tmp_path: Path, driver: Driver) -> Browser:
    directory = tmp_path / "browser"
    directory.mkdir()
    return Browser(directory, driver)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A directory with one Go file."""
    directory = tmp_path / "work"
    directory.mkdir()
    (directory / "m.go").write_text(SOURCE, encoding="utf-8")
    return directory


def sample(work: Path) -> Report:
    """Two packages: sized or not, always or on a condition, heap or stack, a broken contract."""
    file = str(work / "m.go")
    flow = (
        Step("t escapes to heap in F:", Position(file, 4, 2)),
        Step("out ← &t:"),
        Step("&t (address-of)", Position(file, 6, 22)),
        Step("~r0 ← out:"),
        Step("return out (return)", Position(file, 7, 2)),
    )
    stack = (StackFrame("example.com/b.name", "/elsewhere/b.go", 9), StackFrame("m.F", file, 5))
    variable = finding(
        file, (4, 2, 4, 3), message="moved to heap: t", bytes=40, size_class=48, type="m.T",
        reason=flow, runtime_call="runtime.newobject",
    )  # fmt: skip
    concat = finding(
        file, (5, 7, 5, 25), Code.HEAP_CONCAT, message="a new string",
        allocates=Allocates.CONDITIONAL, stack=stack, runtime_call="runtime.concatstring2",
    )  # fmt: skip
    append = finding(
        file, (6, 9, 6, 25), Code.HEAP_APPEND, message="append may grow", bytes=8, size_class=8,
        allocates=Allocates.CONDITIONAL, package="example.com/m/sub", function="m/sub.(*T).G",
    )  # fmt: skip
    frame = finding(
        file, (3, 6, 3, 7), Code.STACK_LARGE_FRAME, message="the frame of F", bytes=5000
    )
    contract = finding(
        file, (6, 22, 6, 24), Code.CONTRACT_NOALLOC, message="F promises not to allocate",
        bytes=16, size_class=16,
    )  # fmt: skip
    return report_of(
        shown(frame, state=State.UNCHANGED),
        shown(variable, state=State.NEW, configurations=("linux/amd64",)),
        shown(concat, state=State.UNCHANGED),
        shown(append, state=State.UNCHANGED),
        shown(contract, Severity.ERROR, state=State.NEW),
        shown(finding(file, (6, 22, 6, 24), message="retold", bytes=16), quiet=Quiet.RETOLD),
        shown(finding(file, (1, 1, 1, 2), message="quiet"), quiet=Quiet.GENERATED),
        directory=work,
        failed=(broken(),),
        compared=True,
        base="v1.2",
        gone=(Gone("example.com/m", "m.Old", "heap-new", "f9", "go1.26.8 -> go1.27.3"),),
        configurations=(LINUX, Configuration("go1.26.8", "windows", "amd64")),
    )


def click(target: str) -> dict[str, Any]:
    return {"click": target}


def read(expression: str) -> dict[str, Any]:
    return {"read": expression}


def texts(selector: str) -> dict[str, Any]:
    return read(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)")


VALUES = (
    "[...document.querySelectorAll('.tile.whole, .tile.group')].map(e => Number(e.dataset.value))"
)
MARKED = "[...document.querySelectorAll('.line.marked .number')].map(e => Number(e.textContent))"


def test_the_map_adds_up_and_can_be_entered(browser: Browser, work: Path) -> None:
    seen = browser.look(
        sample(work),
        read(VALUES),
        click("#measure [data-measure=sites]"),
        read(VALUES),
        texts("#measured"),
        click("#tiles .tile:not(.part) >> nth=0"),
        read(VALUES),
        texts("#path"),
        read("matchMedia('(any)').matches || document.querySelector('#count').textContent"),
        click("#path button >> nth=0"),
        texts("#path"),
    )
    size, sites, measured, inside, path, count, back = seen
    # 48 of the variable, 16 of the broken contract, 8 of the append; the concatenation has no size.
    assert sorted(size) == [8, 64]
    assert sorted(sites) == [1, 3]
    assert "72 B · 4 sites" in measured[0]
    assert "Of 1 site the size is decided at run time" in measured[0]
    assert sum(inside) == 3
    assert "example.com/m" in path[0]
    assert count == "4 of 5 findings"
    assert back == ["All 3 packages"]


def test_the_map_shows_what_was_measured(browser: Browser, work: Path) -> None:
    plain = sample(work)
    sizes = dict(zip([one.finding.code for one in plain.shown], (96, None, 160, 4), strict=False))
    shown_ = tuple(
        evolve(one, measured=Measured(2, size)) if (size := sizes.get(one.finding.code)) else one
        for one in plain.shown
    )
    total = sum(one.measured.bytes for one in shown_ if one.measured)
    calls = (MeasuredLine("m.F", "m.go", 3, 5, 400, "strings.Repeat"),)
    measurement = Measurement(100, 2 * total, (), calls)
    pressed, areas, words, order, elsewhere = browser.look(
        evolve(plain, shown=shown_, measurement=measurement),
        texts("#measure [aria-checked=true]"),
        read(VALUES),
        texts("#measured"),
        texts("#sort option"),
        click("#tab-about"),
        texts("#about td"),
    )
    assert pressed == ["Measured"]
    assert sum(areas) == sum(
        one.measured.bytes for one in shown_ if one.measured and is_heap(one.finding)
    )
    assert "% of the profile" in words[0]
    assert "by measured bytes" in order
    assert "strings.Repeat" in elsewhere


def test_the_map_by_keyboard(browser: Browser, work: Path) -> None:
    focused = "document.activeElement.getAttribute('aria-label')"
    first, entered, path, left = browser.look(
        sample(work),
        {"focus": "#tiles button"},
        {"press": "End"},
        read(focused),
        {"press": "Enter"},
        read("document.activeElement.closest('#tiles') !== null"),
        texts("#path [aria-current]"),
        {"press": "Escape"},
        texts("#path [aria-current]"),
    )
    assert first.startswith("T.G 8 B; m/sub.(*T).G: 8 B, 1 site")
    assert entered is True
    assert path == ["(*T).G"]
    assert left == ["example.com/m/sub"]


def test_the_source_marks_exactly_the_lines_with_findings(browser: Browser, work: Path) -> None:
    marked, lines, underlined, looks = browser.look(
        sample(work),
        read(MARKED),
        texts("#lines .line code"),
        texts("#lines mark"),
        read("[...document.querySelectorAll('.line.marked')].map(e => e.classList[2])"),
    )
    assert marked == [3, 4, 5, 6]
    assert [line.strip() for line in lines] == [line.strip() for line in SOURCE.splitlines()]
    # Columns are bytes of UTF-8: the two characters in quotes take three each.
    assert underlined == ["F", "t", '"日本" + name(n)', "append(list, &t)"]
    assert looks == ["other", "always", "conditional", "always"]


# A text in a picture has its title, the uncut text, as first child.
DRAWN = "[...document.querySelectorAll('#details .picture text')].map(e => e.lastChild.textContent)"


def test_a_finding_is_told_in_full(browser: Browser, work: Path) -> None:
    flow, chips, place, stack, here, jumped = browser.look(
        sample(work),
        click(".finding:has-text('moved to heap')"),
        read(DRAWN),
        texts("#details .chip"),
        texts("#details .place"),
        click(".finding:has-text('a new string')"),
        read(DRAWN),
        texts(".line.here .number"),
        click(".line.marked:has-text('append(list, &t)')"),
        texts("#details h2"),
    )
    assert flow == [
        "&t", "address-of", "m.go:6:22", "&t", "out", "return", "m.go:7:2", "return out",
        "the result",
    ]  # fmt: skip
    assert chips == ["hint", "heap-variable", "always, 40 B -> size class 48 B", "new"]
    assert place == ["m.go:4:2"]
    assert stack == [
        "F", "m.go:5", "inlined call", "name", "b.go:9", "call", "runtime.concatstring2",
    ]  # fmt: skip
    assert here == ["5"]
    assert jumped == ["append may grow"]


LISTED = "[...document.querySelectorAll('.finding div:first-child span')].map(e => e.textContent)"


@pytest.mark.parametrize(
    ("step", "listed"),
    [
        pytest.param({"fill": ["#query", "SUB append"]}, ["append may grow"], id="words"),
        pytest.param({"fill": ["#query", "m.T"]}, ["moved to heap: t"], id="a type"),
        pytest.param({"fill": ["#query", "nowhere"]}, [], id="nothing"),
        pytest.param(
            {"choose": ["#filter-verdict", "on a condition (2)"]},
            ["a new string", "append may grow"],
            id="verdict",
        ),
        pytest.param(
            {"choose": ["#filter-severity", "error (1)"]}, ["F promises not to allocate"],
            id="severity",
        ),
        pytest.param(
            {"choose": ["#filter-code", "heap-append (1)"]}, ["append may grow"], id="code"
        ),
        pytest.param(
            {"choose": ["#filter-package", "example.com/m/sub (1)"]}, ["append may grow"],
            id="package",
        ),
        pytest.param(
            {"choose": ["#filter-state", "new (2)"]},
            ["moved to heap: t", "F promises not to allocate"],
            id="new",
        ),
        pytest.param(
            {"choose": ["#filter-configurations", "windows/amd64"]},
            ["the frame of F", "a new string", "append may grow", "F promises not to allocate"],
            id="configuration",
        ),
        pytest.param(
            {"choose": ["#sort", "by bytes"]},
            ["the frame of F", "moved to heap: t", "F promises not to allocate", "append may grow",
             "a new string"],
            id="by bytes",
        ),
        pytest.param(click("#facts button:has-text('contract')"), ["F promises not to allocate"],
                     id="broken contracts"),
    ],
)  # fmt: skip
def test_filters_and_order(
    browser: Browser, work: Path, step: Mapping[str, Any], listed: list[str]
) -> None:
    waited = {"until": f"({LISTED}).join() === {json.dumps(','.join(listed))}"}
    [seen] = browser.look(sample(work), step, waited, read(LISTED))
    assert seen == listed


def test_findings_with_one_cause_are_one_row(browser: Browser, work: Path) -> None:
    first, (more,) = sample(work), [shown(finding(str(work / "m.go"), (6, 2, 6, 5),
        message="moved to heap: out", type="m.T", bytes=24, size_class=24))]  # fmt: skip
    rows, listed = browser.look(
        evolve(first, shown=(*first.shown, more)),
        click("#tab-causes"),
        texts("#causes tbody tr"),
        click("#causes tr:has-text('variable of m.T') button"),
        read(LISTED),
    )
    assert [row.split("\t")[:4] for row in rows if "variable" in row] == [
        ["variable of m.T", "2", "2", "72 B"]
    ]
    assert listed == ["moved to heap: t", "moved to heap: out"]


def test_typing_is_not_lost_to_a_filter_set_in_the_same_frame(browser: Browser, work: Path) -> None:
    at_once = """(() => {
      const [query, sort] = ["query", "sort"].map((id) => document.getElementById(id));
      query.value = "append";
      query.dispatchEvent(new Event("input"));
      sort.value = "bytes";
      sort.dispatchEvent(new Event("change"));
      return query.value;
    })()"""
    typed, listed = browser.look(sample(work), read(at_once), read(LISTED))
    assert typed == "append"
    assert listed == ["append may grow"]


def test_the_address_brings_back_what_was_seen(browser: Browser, work: Path) -> None:
    report = sample(work)
    address, back, forth = browser.look(
        report,
        {"choose": ["#filter-code", "heap-concat (1)"]},
        click(".finding"),
        read("location.hash"),
        {"until": "history.back() || true"},
        {"until": "document.querySelector('#details h2') === null"},
        {"until": "history.back() || true"},
        {"until": f"({LISTED}).length === 5"},
        read("location.hash"),
        {"until": "history.go(2) || true"},
        {"until": "document.querySelector('#details h2') !== null"},
        read("location.hash"),
    )
    [listed, title, where] = browser.look(
        report, read(LISTED), texts("#details h2"), texts(".line.here .number"), address=address
    )
    assert (back, forth) == ("", address)
    assert (listed, title, where) == (["a new string"], ["a new string"], ["5"])


@pytest.mark.parametrize(
    "address", ["#code=no-such-code&finding=99999", "#finding=-1", "#finding=x&q=%E0%A4", "#%"]
)
def test_an_address_that_means_nothing(browser: Browser, work: Path, address: str) -> None:
    [rows] = browser.look(
        sample(work), read("document.querySelectorAll('#list').length"), address=address
    )
    assert rows == 1


def test_the_other_views(browser: Browser, work: Path) -> None:
    frames, steps, codes, shown_code, about, facts = browser.look(
        sample(work),
        click("#tab-stacks"),
        texts("#stacks tbody tr"),
        read("document.querySelector('#stacks tbody tr').dataset.steps"),
        click("#tab-codes"),
        read("[...document.querySelectorAll('#codes tbody td:first-child')].map(e => e.innerText)"),
        click("#codes tr:has-text('heap-append') button"),
        read(LISTED),
        {"focus": "#tab-findings"},
        {"press": "End"},
        texts("#about"),
        read("[...document.querySelectorAll('#facts button')].map(e => e.textContent)"),
    )
    assert len(frames) == 1
    assert "2 KiB → 8 KiB" in frames[0]
    assert steps == "2048 8192"
    assert sorted(codes) == sorted(Code), "no links: the project has no home on the web"
    assert shown_code == ["append may grow"]
    for told in ("go1.26.8 windows/amd64", "undefined: y", "m.Old", "v1.2", "go1.26.8 -> go1.27.3",
                 "1 finding in generated files"):  # fmt: skip
        assert told in about[0]
    assert facts == [
        "1 package not built", "1 contract broken", "2 findings new", "1 finding gone",
    ]  # fmt: skip


def test_colours_follow_the_system_until_somebody_chooses(browser: Browser, work: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light, dark, chosen, still = browser.look(
        sample(work),
        {"scheme": "light"},
        read(paper),
        {"scheme": "dark"},
        read(paper),
        click("#theme"),
        read(paper),
        {"scheme": "light"},
        click("#theme"),
        read(paper),
    )
    assert light == chosen
    assert dark == still
    assert light != dark


def test_in_a_tab_of_vs_code_its_theme_is_the_systems(browser: Browser, work: Path) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    themes = ["vscode-light", "vscode-dark", "vscode-high-contrast",
              "vscode-high-contrast vscode-high-contrast-light"]  # fmt: skip
    seen = browser.look(
        sample(work),
        {"scheme": "light"},
        *[read(f"(document.body.className = '{theme}', {paper})") for theme in themes],
    )
    assert seen == [seen[0], seen[1], seen[1], seen[0]]
    assert seen[0] != seen[1]


def test_paper_gets_the_findings(browser: Browser, work: Path) -> None:
    _, rows, panes = browser.look(
        sample(work),
        {"read": "dispatchEvent(new Event('beforeprint')) && undefined"},
        {"paper": True},
        texts("#printed tbody tr"),
        read("getComputedStyle(document.querySelector('.panes')).display"),
    )
    assert len(rows) == 5
    assert "moved to heap: t" in rows[1]
    assert panes == "none"


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_is_wider_than_the_screen(browser: Browser, work: Path, width: int) -> None:
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    views = ("findings", "stacks", "codes", "about")
    steps = [step for view in views for step in (click(f"#tab-{view}"), read(wide))]
    assert browser.look(sample(work), {"size": [width, 800]}, *steps) == [0, 0, 0, 0]


NAMELESS = """
[...document.querySelectorAll('button, select, input, a, [role=region], [role=listbox]')]
  .filter(e => !(e.getAttribute('aria-label') || e.innerText.trim() || e.labels?.length))
  .map(e => e.outerHTML)
"""


def test_everything_to_press_has_a_name(browser: Browser, work: Path) -> None:
    views = ("findings", "stacks", "codes", "about")
    steps = [step for view in views for step in (click(f"#tab-{view}"), read(NAMELESS))]
    assert browser.look(sample(work), click(".finding"), *steps) == [[], [], [], []]


def hostile(work: Path) -> Report:
    """Every text of a report is an attack, names of files and directories too."""
    findings = []
    for number, attack in enumerate(ATTACKS):
        file = work / f"{number}{attack.replace('/', '∕').replace(chr(0), '')}.go"
        file.write_bytes(f"package m // {attack}\nvar x = `{attack}`".encode("utf-8", "replace"))
        place = Position(str(file), 2, 9)
        one = finding(
            str(file), (2, 5, 2, 9), list(Code)[number], message=attack, function=attack,
            package=f"example.com/{attack}", type=attack, subject=attack, callee=attack,
            condition=attack, runtime_call=attack, bytes=number * 16 + 16,
            reason=(Step(f"x ← &{attack}:"), Step(f"{attack} (address-of)", place), Step(attack)),
            stack=(StackFrame(attack, attack, 1), StackFrame(attack, str(file), 2)),
        )  # fmt: skip
        findings.append(shown(one, explained_by=attack, configurations=(attack,)))
    frame = finding(str(file), (1, 1, 1, 2), Code.STACK_LARGE_FRAME, function=attack, bytes=9000)
    return report_of(
        *findings,
        shown(frame),
        directory=work,
        failed=tuple(broken(attack, path=attack) for attack in ATTACKS),
        compared=True,
        base=ATTACKS[0],
        gone=tuple(Gone(attack, attack, attack, "f", attack) for attack in ATTACKS),
        configurations=tuple(Configuration(a, a, a, (a,)) for a in ATTACKS),
    )


def test_text_of_the_program_does_nothing(browser: Browser, tmp_path: Path) -> None:
    work = tmp_path / "<img src=x onerror=window.hit=7>"
    work.mkdir()
    visits = [
        step
        for number in range(len(ATTACKS))
        for step in (
            click(f"#list .finding >> nth={number}"),
            read("document.querySelector('#details h2').textContent"),
            read("document.querySelector('#lines .line code').textContent"),
        )
    ]
    foreign = "document.querySelectorAll('img, iframe, object, [onload], [onerror]').length"
    links = "[...document.querySelectorAll('a')].map(a => a.href)"
    *told, hit, strangers, targets, name, everything = browser.look(
        hostile(work),
        *visits,
        click("#tab-stacks"),
        click("#tab-codes"),
        click("#tab-about"),
        click("#tab-findings"),
        {"read": "dispatchEvent(new Event('beforeprint')) && undefined"},
        {"fill": ["#query", "<script>"]},
        click("#tiles button"),
        {"press": "Enter"},
        read("window.hit ?? 'no hit'"),
        read(foreign),
        read(links),
        read("document.querySelector('#name').textContent"),
        read("document.body.textContent.match(/[\\u202a-\\u202e\\u2066-\\u2069]/g)"),
    )
    assert hit == "no hit"
    assert strangers == 0
    assert all(url.startswith("https://github.com/golsp-mem/") for url in targets)
    assert name == work.name
    assert everything is None, "controls that turn text around are written out"
    messages, first_lines = told[:-1:2], told[1::2]
    assert messages == [attack_as_seen(attack) for attack in ATTACKS]
    assert first_lines[0] == f"package m // {ATTACKS[0]}"


def attack_as_seen(attack: str) -> str:
    seen = {"\u202e": "\\u202e", "\u2066": "\\u2066", "\u200b": "\\u200b", "\x1b": "\\x1b",
            "\x00": "\\x00", "\u2028": "\\u2028", "\udcff": "\\xff"}  # fmt: skip
    return "".join(seen.get(character, character) for character in attack)


def crowd(work: Path, count: int) -> Report:
    """Many findings in many packages and files, of few shapes, as in real code."""
    lines = [f"\tuse(&T{{a: {number}}}) // line" for number in range(1000)]
    text = "package m\n" + "\n".join(lines)
    codes = (Code.HEAP_LITERAL, Code.HEAP_APPEND, Code.HEAP_BOXING)
    made = []
    for number in range(count):
        package, place = number % 200, number // 200 % 1000
        file = work / f"p{package}" / "m.go"
        if number < 200:
            file.parent.mkdir()
            file.write_text(text)
        always = number % 3 != 1
        position = Position(str(file), place + 2, 6)
        one = finding(
            str(file), (place + 2, 6, place + 2, 12), codes[number % 3],
            package=f"example.com/m/p{package}", function=f"m/p{package}.F{place // 20}",
            message=f"&T{{a: {place}}} escapes to heap",
            allocates=Allocates.ALWAYS if always else Allocates.CONDITIONAL,
            bytes=8 + number % 500 if always else None, runtime_call="runtime.newobject",
            reason=(
                Step("&T{...} escapes to heap", position),
                Step("{heap} ← &{storage for &T{...}}:"),
                Step("use(&T{...}) (call parameter)", position),
            ),
        )  # fmt: skip
        made.append(shown(one))
    made.sort(key=lambda one: one.finding.sort_key)
    return report_of(*made, directory=work)


@pytest.mark.skipif(not WHOLE, reason="takes as long as all others: GOLSP_MEM_TEST_RELEASES=all")
def test_fifty_thousand_findings(browser: Browser, tmp_path: Path) -> None:
    report = crowd(tmp_path, 50_000)
    rows = "document.querySelectorAll('.finding').length"
    last = "document.querySelector('.finding:last-child').id"
    seen = browser.look(
        report,
        read(rows),
        read("document.querySelectorAll('#tiles button').length"),
        read(VALUES),
        {"scroll": ["#list", 10_000_000]},
        {"until": f"{last} === 'finding-49999'"},
        click("#finding-49999"),
        texts("#details .place"),
        texts(".line.here .number"),
        {"fill": ["#query", "p77.f3 {a:"]},
        {"until": "document.querySelector('#count').textContent.startsWith('20 of')"},
        read(LISTED),
        {"fill": ["#query", ""]},
        {"choose": ["#sort", "by bytes"]},
        read("document.querySelector('.finding small').textContent"),
        {"focus": "#list"},
        {"press": "Home"},
        {"press": "PageDown"},
        read("document.activeElement.getAttribute('aria-activedescendant') !== null"),
        read("document.querySelectorAll('*').length"),
    )
    listed, tiles, values, place, line, found, largest, active, elements = seen
    assert listed < 60
    assert tiles < 400
    assert sum(values) == sum(one.finding.bytes or 0 for one in report.shown)
    assert place == ["p99/m.go:251:6"]
    assert line == ["251"]
    assert found[0] == "&T{a: 60} escapes to heap"
    assert largest == "507 B"
    assert active is True
    assert elements < 3000


def test_a_report_without_findings_or_sources(browser: Browser, tmp_path: Path) -> None:
    measured, details = browser.look(
        report_of(directory=tmp_path), texts("#tiles"), texts("#details")
    )
    assert measured == ["Nothing that matches allocates on the heap."]
    assert details == ["Nothing to show."]
    unbuilt = evolve(report_of(failed=(broken(),), directory=tmp_path))
    for packages, says in (
        (unbuilt.packages[1:], "Nothing was looked at: it does not build."),
        (unbuilt.packages, "Nothing that matches allocates on the heap. 1 package not looked at"),
    ):
        [[tiles]] = browser.look(evolve(unbuilt, packages=packages), texts("#tiles"))
        assert tiles.startswith(says)
    gone = finding(str(tmp_path / "gone.go"))
    [note, lines] = browser.look(
        report_of(shown(gone), directory=tmp_path),
        click(".finding"),
        read("getComputedStyle(document.querySelector('#lines'), '::before').content"),
        read("document.querySelectorAll('.line').length"),
    )
    assert "is not in this report" in note
    assert lines == 0
