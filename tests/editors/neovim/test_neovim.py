"""The plugin in a real Neovim: attach, diagnostics, hover, edits, explanations, health."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.editors.neovim.run import neovim_binary, run_lua
from tests.files import write_files
from tests.toolchain.test_compiling import LEAVES, slow
from tests.toolchain.test_compiling import module as module_of_leaves
from tests.toolchains import missing

pytestmark = pytest.mark.editor

PLUGIN = Path(__file__).resolve().parents[3] / "editors" / "neovim"
PROBE = Path(__file__).with_name("probe.lua")
GOPLS = "golang.org/x/tools/gopls@v0.21.0"


# One line allocates in each round, one now and then, one once.
ROUNDS = """package orders

var sink *Order

func Rounds(list []*Order) {
	for _, one := range list {
		sink = new(Order)
		list = append(list, one)
	}
	sink = new(Order)
}
"""


@frozen
class State:
    """A file that could not be looked at: what the person was told, what the statusline says."""

    told: list[str]
    status: str


@frozen
class Seen:
    """What the probe saw."""

    encoding: str
    codes: list[str]
    hover: str
    explanation: str
    float_after_q: bool
    place: str
    hints: list[str]
    workspace: str
    hidden: bool
    shown_again: bool
    settings: int
    before: int
    after: int
    fixed: str
    saves: int
    lens: str
    lens_page: str
    action_page: str
    quickfix: list[tuple[int, int, str, str]]
    causes: list[tuple[int, str]]
    off: str
    on: int
    gutter: dict[str, Any]
    page: str
    jumped: int
    choices: list[str]
    status: str
    help: str
    states: dict[str, State]
    health: str
    health_without: str
    commands_elsewhere: bool


@pytest.fixture(scope="module")
def neovim() -> Path:
    return neovim_binary()


@pytest.fixture(scope="module")
def gopls() -> Path:
    """gopls from the Go module proxy, built once and kept."""
    home = Path.home() / ".cache" / "golsp-mem-tests" / "gopls"
    binary = home / "gopls"
    go = shutil.which("go")
    if not binary.is_file() and go:
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [go, "install", GOPLS],
            env={**os.environ, "GOBIN": str(home), "GOFLAGS": "-mod=mod"},
            capture_output=True,
            timeout=600,
        )
    if not binary.is_file():
        missing(f"{GOPLS} cannot be installed")
    return binary


def write_states(folder: Path) -> Path:
    """One directory for each reason why a file is not looked at."""
    go_file = "package m\n\nfunc F() *int { return new(int) }\n"
    module = "module example.com/m\n\ngo 1.22\n"
    return write_files(
        folder,
        {
            "outside/a.go": go_file,
            "broken/go.mod": module,
            "broken/a.go": go_file + "\nvar x int = missing\n",
            "no_go/go.mod": module,
            "no_go/a.go": go_file,
            "missing/a.go": go_file,
            "missing/b.go": go_file,
            "ends/a.go": go_file,
        },
    )


def plugin(server: Path) -> dict[str, str]:
    return {"PROBE_PLUGIN": str(PLUGIN), "PROBE_SERVER": str(server)}


# Six saves say what twenty say, in less time; `GOLSP_MEM_SAVES=20` asks for more.
SAVES = os.environ.get("GOLSP_MEM_SAVES", "6")


def in_module(module: Path) -> dict[str, str]:
    return {"PROBE_FILE": str(module / "book.go"), "PROBE_RAW": str(module / "raw.go")}


@pytest.fixture(scope="module")
def seen(neovim: Path, server_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    scratch = tmp_path_factory.mktemp("neovim")
    orders = Path(__file__).parents[1] / "orders"
    module = Path(shutil.copytree(orders, scratch / "orders"))
    (module / "rounds.go").write_text(ROUNDS, encoding="utf-8")
    env = {
        **plugin(server_program),
        **in_module(module),
        "PROBE_STATES": str(write_states(scratch / "states")),
        "PROBE_SAVES": SAVES,
    }
    seen = run_lua(neovim, PROBE, scratch, env)
    return Seen(**seen | {"states": {name: State(**one) for name, one in seen["states"].items()}})


def test_positions_are_bytes(seen: Seen) -> None:
    assert seen.encoding == "utf-8"


def test_findings_are_diagnostics(seen: Seen) -> None:
    assert {"heap-literal", "heap-append", "heap-make-slice"} <= set(seen.codes)
    assert "heap-other" not in seen.codes


def test_hover_tells_size_and_verdict(seen: Seen) -> None:
    assert "Order" in seen.hover
    assert "always" in seen.hover


def test_explanation_floats(seen: Seen) -> None:
    assert "literal" in seen.explanation.lower()
    assert len(seen.explanation.splitlines()) > 5


def test_q_closes_the_float(seen: Seen) -> None:
    assert not seen.float_after_q


def test_explaining_a_place_tells_of_that_place(seen: Seen) -> None:
    assert "Order" in seen.place
    assert seen.place != seen.explanation


def test_hints_that_the_settings_switch_on(seen: Seen) -> None:
    assert any("heap" in hint for hint in seen.hints)


def test_workspace_tells_what_it_found(seen: Seen) -> None:
    assert re.fullmatch(r"golsp-mem: [1-9]\d* findings in 1 package", seen.workspace)


def test_commands_stay_out_of_other_buffers(seen: Seen) -> None:
    assert not seen.commands_elsewhere


def test_settings_take_effect_while_it_runs(seen: Seen) -> None:
    assert seen.settings == len(seen.codes) > 1


def test_toggle_hides_and_shows(seen: Seen) -> None:
    assert seen.hidden
    assert seen.shown_again


def test_saving_a_fix_clears_the_finding(seen: Seen) -> None:
    assert (seen.before, seen.after) == (1, 0)


def test_a_lens_and_an_action_open_their_page(seen: Seen) -> None:
    assert "alloc" in seen.lens
    assert "frame" in seen.lens_page
    assert "literal" in seen.action_page.lower()


def test_findings_fill_the_quickfix_list(seen: Seen) -> None:
    assert len(seen.quickfix) >= len(seen.codes)
    assert all(re.search(r"\[[a-z-]+\] \w+", text) for _, _, text, _ in seen.quickfix)
    assert seen.jumped in {line for line, _, _, _ in seen.quickfix}


def test_findings_with_one_cause_stand_below_it(seen: Seen) -> None:
    headings = [text for valid, text in seen.causes if not valid]
    assert len(seen.causes) == len(headings) + len(seen.quickfix)
    assert not seen.causes[0][0]
    places = [int(re.search(r": (\d+) places?$", text)[1]) for text in headings]  # type: ignore[index]
    assert places == sorted(places, reverse=True)
    assert sum(places) == len(seen.quickfix)


def test_a_code_is_turned_off_and_on(seen: Seen) -> None:
    assert seen.off == '[severity]\n"heap-literal" = "off"'
    assert seen.on == 0, "a file without any setting is none"


def test_signs_are_for_what_each_round_allocates(seen: Seen) -> None:
    assert (seen.gutter["before"], seen.gutter["after"]) == (0, 0)
    assert seen.gutter["lines"] == ["\t\tsink = new(Order)"]


def test_the_report_opens_as_a_page(seen: Seen) -> None:
    assert "Content-Security-Policy" in seen.page
    assert "book.go" in seen.page


def test_the_command_completes_and_the_statusline_counts(seen: Seen) -> None:
    assert {"findings", "explain", "health", "next", "workspace"} <= set(seen.choices)
    assert seen.status == f"mem {len(seen.codes)}"


def test_help_is_there_after_the_set_up(seen: Seen) -> None:
    assert seen.help == "help"
    tags = (PLUGIN / "doc" / "tags").read_text(encoding="utf-8").splitlines()
    named = re.findall(r"\*(\S+)\*(?=\s|$)", (PLUGIN / "doc" / "golsp_mem.txt").read_text("utf-8"))
    assert [line.split("\t")[0] for line in tags] == sorted(named)


@pytest.mark.parametrize(
    ("state", "words", "reason"),
    [
        ("outside", "mem outside a module", "go mod init NAME"),
        ("broken", "mem does not build", "undefined: missing"),
        ("no_go", "mem no usable Go", "/nowhere/go"),
    ],
)
def test_what_was_not_looked_at_is_told_once(
    seen: Seen, state: str, words: str, reason: str
) -> None:
    got = seen.states[state]
    assert got.status == words
    assert len(got.told) == 1
    assert reason in got.told[0]


def test_a_missing_program_is_told_once(seen: Seen) -> None:
    (told,) = seen.states["missing"].told
    assert "/nowhere/golsp-mem is not executable" in told


def test_a_program_that_ends_leads_to_its_health(seen: Seen) -> None:
    (told,) = seen.states["ends"].told
    assert told == "golsp-mem: the server did not go on; :checkhealth golsp_mem tells why"


def test_every_save_brings_the_new_finding(seen: Seen) -> None:
    assert seen.saves == int(SAVES)


def test_keepalive_is_applied_and_ends_the_warning(seen: Seen) -> None:
    assert "runtime.KeepAlive(" in seen.fixed
    assert '"runtime"' in seen.fixed


def test_health_names_the_go_that_is_used(seen: Seen) -> None:
    assert "ERROR" not in seen.health
    assert "go1." in seen.health


def test_health_without_the_server_says_what_to_do(seen: Seen) -> None:
    assert "/nowhere/golsp-mem is not executable" in seen.health_without
    assert "pip install" in seen.health_without


def test_a_first_build_says_what_it_does(
    neovim: Path, server_program: Path, tmp_path: Path
) -> None:
    folder = module_of_leaves(tmp_path / "m")
    env = {
        **plugin(server_program),
        "PROBE_FILE": str(folder / "m.go"),
        "GOCACHE": str(tmp_path / "gocache"),
        "GOFLAGS": f"-toolexec={slow(tmp_path / 'slow')}",
    }
    seen = run_lua(neovim, PROBE.with_name("cold.lua"), tmp_path, env)
    words = f"compiling {LEAVES + 1} of {LEAVES + 1} packages, once"
    told = [text for _, text in seen["told"]]
    assert f"golsp-mem: {words}" in told
    assert told[-1] == "", "the command line is left as it was"
    assert seen["status"][0] == "mem starting …"
    assert any(re.fullmatch(r"mem compiling \d+ of \d+", one) for one in seen["status"])
    assert seen["status"][-1] == "mem 1"


def test_beside_gopls(
    neovim: Path,
    server_program: Path,
    gopls: Path,
    orders: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """Two servers on one file: diagnostics, hover, saves and an edit are as with one."""
    env = {
        **plugin(server_program),
        **in_module(orders("orders")),
        "PROBE_GOPLS": str(gopls),
        "PROBE_SAVES": "3",
    }
    seen = run_lua(neovim, PROBE, tmp_path, env)
    assert seen["clients"] == 2
    assert "heap-literal" in seen["codes"]
    assert "always" in seen["hover"]
    assert seen["saves"] == 3
    assert "runtime.KeepAlive(" in seen["fixed"]
