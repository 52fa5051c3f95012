"""The extension as a package: what is in it, and that it agrees with the server."""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from attrs import fields

from golsp_mem import __version__
from golsp_mem.config import DEFAULT_SEVERITY, Settings
from golsp_mem.lsp.state.session import CLIENT_KEYS
from golsp_mem.model import Code, Severity
from golsp_mem.options import Options, structure_options
from tests.editors.vscode.install import (
    EXTENSION,
    alone,
    extension_sources,
    pack_extension,
    run,
)

ROOT = Path(__file__).resolve().parents[3]
MANIFEST = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
SETTINGS = MANIFEST["contributes"]["configuration"]["properties"]
CLIENT_ONLY = {
    "golsp-mem.server.path",
    "golsp-mem.trace.server",
    "golsp-mem.gutterMarks",
}
# What only a run in the terminal has, the server decides, or nobody writes.
NOT_OF_EDITORS = {"root", "fail_on", "baseline", "configurations", "pgo"}
OPTIONS = [option.name for option in fields(Options) if option.name not in NOT_OF_EDITORS]


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def test_every_option_of_the_server_is_a_setting() -> None:
    assert set(SETTINGS) - CLIENT_ONLY == {f"golsp-mem.{camel(name)}" for name in OPTIONS}


def test_the_defaults_shown_are_the_servers() -> None:
    settings = Settings()
    shown = {name: SETTINGS[f"golsp-mem.{camel(name)}"]["default"] for name in OPTIONS}
    assert shown.pop("tests") == settings.test_findings
    assert shown.pop("cold_paths") == "quiet"  # what an editor makes of None
    # Written as "nothing on top", in the editor's settings as well as on the server.
    for name in (
        "severity",
        "select",
        "ignore",
        "exclude",
        "budget",
        "tags",
        "noalloc_exempt",
        "profile",
    ):
        assert not shown.pop(name)
    assert shown == {name: getattr(settings, name) for name in shown}


def test_the_server_understands_the_defaults() -> None:
    raw = {
        name.removeprefix("golsp-mem."): about["default"]
        for name, about in SETTINGS.items()
        if name not in CLIENT_ONLY
    }
    assert structure_options(raw, style="editor", origin="package.json").tests == "open"


def test_severities_are_those_of_the_server() -> None:
    about = SETTINGS["golsp-mem.severity"]
    names = about["propertyNames"]["enum"]
    assert {name for name in names if not name.endswith("*")} == set(Code)
    assert about["additionalProperties"]["enum"] == ["off", *Severity]
    loud = {code for code, severity in DEFAULT_SEVERITY.items() if severity is not Severity.HINT}
    assert all(f"`{code}`" in about["markdownDescription"] for code in loud)


def test_settings_that_start_programs_are_not_the_workspaces_to_make() -> None:
    programs = {"golsp-mem.server.path", "golsp-mem.goPath"}
    assert {SETTINGS[name]["scope"] for name in programs} == {"machine-overridable"}
    trust = MANIFEST["capabilities"]["untrustedWorkspaces"]
    assert trust["supported"] == "limited"
    assert set(trust["restrictedConfigurations"]) == programs


def test_what_our_clients_say_at_the_start_is_no_unknown_setting() -> None:
    code = (EXTENSION / "src" / "server.ts").read_text(encoding="utf-8")
    plugin = (EXTENSION.parent / "neovim" / "lsp" / "golsp_mem.lua").read_text(encoding="utf-8")
    [sent] = re.findall(r"initializationOptions: \{(.*?)\n      \}", code, re.DOTALL)
    [options] = re.findall(r"init_options = \{(.*?)\}", plugin)
    named = {*re.findall(r"^ +(\w+):", sent, re.MULTILINE), *re.findall(r"(\w+) =", options)}
    assert {"explain", "problems", "more", "hoversDiagnostics"} == named
    assert named <= CLIENT_KEYS


def test_every_setting_says_what_it_does() -> None:
    assert [name for name, about in SETTINGS.items() if not about["markdownDescription"]] == []


def test_the_readme_shows_pictures_and_names_settings_that_exist() -> None:
    readme = (EXTENSION / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"\]\((images/[^)]+)\)", readme)
    assert pictures
    assert [name for name in pictures if not (EXTENSION / name).is_file()] == []
    named = set(re.findall(r"golsp-mem\.[a-z]+(?:\.?[A-Za-z]+)*", readme)) - {"golsp-mem.toml"}
    assert named <= set(SETTINGS)
    commands = set(re.findall(r"\*golsp-mem: ([^*]+)\*", readme.replace("\n", " ")))
    titles = {command["title"] for command in MANIFEST["contributes"]["commands"]}
    assert commands
    assert commands <= titles


def walkthrough_steps() -> list[dict[str, Any]]:
    (walkthrough,) = MANIFEST["contributes"]["walkthroughs"]
    return list(walkthrough["steps"])


def walkthrough_pictures() -> set[str]:
    return {step["media"]["image"] for step in walkthrough_steps()}


def test_the_walkthrough_starts_commands_that_exist() -> None:
    commands = {command["command"] for command in MANIFEST["contributes"]["commands"]}
    # What the extension registers without a title, and what VS Code makes of a view.
    commands |= {"golsp-mem.explainAt", "golsp-mem.findings.focus"}
    text = "".join(step["description"] for step in walkthrough_steps())
    events = [event for step in walkthrough_steps() for event in step["completionEvents"]]
    started = re.findall(r"\(command:([^)]+)\)", text)
    started += [event.partition(":")[2] for event in events if event.startswith("onCommand:")]
    assert len(walkthrough_steps()) == 3
    assert started
    assert set(started) <= commands
    assert all((EXTENSION / picture).is_file() for picture in walkthrough_pictures())


def test_versions_agree() -> None:
    assert MANIFEST["version"] == __version__
    assert f"## {__version__}" in (EXTENSION / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_lock_file_names_no_registry_but_the_public_one() -> None:
    lock = json.loads((EXTENSION / "package-lock.json").read_text(encoding="utf-8"))
    resolved = [package.get("resolved") for package in lock["packages"].values()]
    public = "https://registry.npmjs.org/"
    assert [url for url in resolved if url and not url.startswith(public)] == []


@pytest.mark.editor
def test_types_hold_and_rules_do_what_their_tables_say() -> None:
    sources = extension_sources()
    assert "error" not in run("npm", "run", "check", directory=sources)
    report = run("npm", "test", directory=sources)
    assert "# fail 0" in report
    assert "# pass 0" not in report


@pytest.mark.editor
def test_scripts_have_types_and_no_lint() -> None:
    """The extension's and those of the HTML report, by the versions of package-lock.json."""
    tools = extension_sources() / "node_modules" / ".bin"
    page = ROOT / "golsp_mem" / "cli" / "render" / "page"
    run(str(tools / "tsc"), "-p", str(ROOT / ".ci" / "jsconfig.json"), directory=ROOT)
    sources = (str(page), str(EXTENSION / "src"), str(EXTENSION / "test"))
    lint = (str(tools / "biome"), "lint", f"--config-path={ROOT / '.ci'}", "--error-on-warnings")
    run(*lint, *sources, directory=ROOT)


@pytest.mark.editor
def test_the_same_sources_give_the_same_bytes(vsix: Path, tmp_path: Path) -> None:
    sources, copy = extension_sources(), tmp_path / "elsewhere" / "editors" / "vscode"
    made = shutil.ignore_patterns("node_modules", "out", "server", "*.vsix", "__pycache__")
    shutil.copytree(sources, copy, ignore=made)
    # What the server's wheel is made of.
    shutil.copytree(ROOT / "golsp_mem", tmp_path / "elsewhere" / "golsp_mem", ignore=made)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / "elsewhere" / name)
    (copy / "node_modules").symlink_to(sources / "node_modules")
    for file in copy.iterdir():
        if file.is_file():
            file.chmod(0o600)
            os.utime(file, (0, 0))
    with alone("package"):
        pack_extension(copy, tmp_path / "again.vsix")
    assert (tmp_path / "again.vsix").read_bytes() == vsix.read_bytes()


@pytest.mark.editor
def test_the_package_holds_what_is_needed_and_nothing_else(vsix: Path) -> None:
    with zipfile.ZipFile(vsix) as archive:
        names = set(archive.namelist())
        dates = {info.date_time for info in archive.infolist()}
    assert names == {
        "[Content_Types].xml",
        "extension.vsixmanifest",
        "extension/LICENSE.txt",
        "extension/changelog.md",
        "extension/icon.png",
        "extension/out/extension.js",
        "extension/package.json",
        "extension/readme.md",
        f"extension/server/golsp_mem-{__version__}-py3-none-any.whl",
        *(f"extension/{picture}" for picture in walkthrough_pictures()),
    }
    assert len(dates) == 1
    assert vsix.stat().st_size < 2_000_000


@pytest.mark.editor
def test_without_anything_that_builds_the_server_it_says_so(tmp_path: Path) -> None:
    sources = extension_sources()
    copy = tmp_path / "editors" / "vscode"
    shutil.copytree(sources / "scripts", copy / "scripts")
    (copy / "node_modules").symlink_to(sources / "node_modules")
    node = shutil.which("node")
    assert node
    with pytest.raises(RuntimeError, match="it needs uv, or a Python with hatchling, pip or build"):
        run(node, "scripts/package.mjs", directory=copy, environment={"PATH": "", "PYTHON": ""})
