"""``golsp-mem doctor``: what is set up, what is wrong, and the fix."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import fields

from golsp_mem import __version__
from golsp_mem.cli.options import ToolchainFlags, colour_option, format_option, toolchain_options
from golsp_mem.cli.output import write_stdout
from golsp_mem.cli.render.printable import at_line_start, one_line, printable
from golsp_mem.cli.render.terminal.style import Style, wants_colour
from golsp_mem.cli.running import run
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed, GolspMemError
from golsp_mem.options import FILE_NAME
from golsp_mem.report.json.jsons import dumps
from golsp_mem.report.json.paths import PathBase
from golsp_mem.toolchain.doctor import Check, CheckLevel, examine

if TYPE_CHECKING:
    from golsp_mem.cli.accounting import Examined

HEALTHY = 0
UNHEALTHY = 4
SCHEMA = 1

# Small, in every GOROOT, and it allocates.
PROBE = "errors"

_PAINT = {CheckLevel.OK: "green", CheckLevel.WARNING: "yellow", CheckLevel.FAILURE: "red"}


@click.command("doctor")
@format_option("text", "json")
@colour_option
@click.option(
    "--check",
    "file",
    metavar="FILE",
    help="Also say of each allocating call in FILE's object code what became of it.",
)
@toolchain_options
def command(flags: ToolchainFlags, format_: str, colour: str, file: str | None) -> int:
    """Say which Go is used and why, and what is wrong with the set-up.

    With --check FILE also what became of each allocating call in the file's object code, and which
    lines of -m found no place: attach it to a bug report (--format json) about that file.

    Exit status: 0 an analysis can work; 2 FILE is none that is built; 3 its package does not build;
    4 no analysis can work, and the fix is printed.
    """
    root = flags.root()
    path = None if file is None else _checked(root, file)
    checks: list[Check] = []
    settings = Settings(go_path=flags.go_path, goos=flags.goos, goarch=flags.goarch)
    try:
        settings = flags.settings_at(root)
        checks.append(_file(root))
    except GolspMemError as error:
        fix = f"mend {FILE_NAME} or the flag; the README lists the settings"
        checks.append(Check("settings", CheckLevel.FAILURE, str(error), fix))
    checks += run(_look(settings, root, probe=path is None))
    checks += (_editor_command(), _editor_settings(settings))
    healthy = all(check.level is not CheckLevel.FAILURE for check in checks)
    examined = None
    if path is not None and healthy:
        from golsp_mem.cli.accounting import examined_file  # noqa: PLC0415 - only where asked for

        examined = run(examined_file(path, flags.settings_at(path.parent)))
    if format_ == "json":
        text = _json(checks, healthy, examined, root)
    else:
        text = _text(checks, healthy, colour) + _account(examined, root)
    encoding = "utf-8" if format_ == "json" else sys.stdout.encoding or "utf-8"
    write_stdout([text.encode(encoding, "backslashreplace")])
    if examined is not None and examined.error is not None:
        return BuildFailed.exit_status
    return HEALTHY if healthy else UNHEALTHY


def _checked(root: Path, file: str) -> Path:
    from golsp_mem.cli.accounting import checked_file  # noqa: PLC0415 - only where asked for

    return checked_file(root, file)


def _account(examined: Examined | None, root: Path) -> str:
    if examined is None:
        return ""
    from golsp_mem.cli.render.terminal.accounts import account_lines  # noqa: PLC0415

    made = examined.configuration
    lines = ["", f"{examined.package}, {made.title}" + (", with tests" if made.tests else "")]
    lines += made.build
    if examined.error is not None:
        lines.append(f"does not build: {examined.error}")
    lines += account_lines(examined.account, PathBase(root))
    return "".join(f"{at_line_start(printable(line))}\n" for line in lines)


async def _look(settings: Settings, directory: Path, *, probe: bool) -> tuple[Check, ...]:
    checks = await examine(settings, directory)
    if not probe or any(
        check.level is CheckLevel.FAILURE for check in checks if check.name != "module"
    ):
        return checks
    return (*checks, await _probe(settings, directory))


async def _probe(settings: Settings, directory: Path) -> Check:
    """The whole way once: compile a package of the standard library and read its object file."""
    from golsp_mem.analysis.engine import Engine  # noqa: PLC0415 - after the cheap checks

    fix = "report it with the output of: golsp-mem check errors"
    try:
        analysis = await Engine(settings, directory).check([PROBE])
    except GolspMemError as error:
        return Check("analysis", CheckLevel.FAILURE, f"analysing package {PROBE}: {error}", fix)
    functions = sum(len(package.functions) for package in analysis.packages)
    if not functions or not analysis.findings:
        text = f"package {PROBE} compiled, but nothing was found in its object file"
        return Check("analysis", CheckLevel.FAILURE, text, fix)
    text = (
        f"compiled and read package {PROBE} in {analysis.seconds:.2f} s: "
        f"{functions} functions, {len(analysis.findings)} findings"
    )
    return Check("analysis", CheckLevel.OK, text)


def _file(directory: Path) -> Check:
    for parent in (directory, *directory.parents):
        if (parent / FILE_NAME).is_file():
            return Check("settings", CheckLevel.OK, f"read from {parent / FILE_NAME}")
    return Check("settings", CheckLevel.OK, f"defaults; no {FILE_NAME} at or above {directory}")


def _editor_command() -> Check:
    found = shutil.which("golsp-mem")
    if found:
        return Check("editor", CheckLevel.OK, f"editors that look on PATH start {found}")
    return Check(
        "editor",
        CheckLevel.WARNING,
        "golsp-mem is not on PATH: editors will not find the server by its name",
        f"give the editor the command: {sys.executable} -m golsp_mem serve",
    )


def _editor_settings(settings: Settings) -> Check:
    """The settings of the section golsp-mem as they hold without an editor's own."""
    shown: list[str] = []
    for attribute in fields(Settings):
        value = getattr(settings, attribute.name)
        if attribute.name == "severity":
            levels = sorted({str(level) for level in value.values()})
            value = f"{len(value)} codes on ({', '.join(levels)})"
        shown.append(f"{_camel(attribute.name)}: {_plain(value)}")
    return Check("editor", CheckLevel.OK, f"settings of the section golsp-mem: {'; '.join(shown)}")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value is None else str(value)


def _json(checks: list[Check], healthy: bool, examined: Examined | None, root: Path) -> str:
    entries: list[Mapping[str, object]] = [
        {"name": check.name, "level": check.level, "text": check.text, "fix": check.fix}
        for check in checks
    ]
    document: dict[str, object] = {
        "schema": SCHEMA,
        "tool": {"name": "golsp-mem", "version": __version__},
        "ok": healthy,
        "checks": entries,
    }
    if examined is not None:
        document["check"] = {
            "package": examined.package,
            "go": examined.configuration.as_json(),
            "error": examined.error,
            **examined.account.as_json(PathBase(root)),
        }
    return dumps(document, indent=2) + "\n"


def _text(checks: list[Check], healthy: bool, colour: str) -> str:
    style = Style(wants_colour(colour, sys.stdout))
    widest = max(len(check.name) for check in checks)
    lines = [f"golsp-mem {__version__}, Python {sys.version.split()[0]}"]
    for check in checks:
        level = style.paint(f"{check.level:<7}", _PAINT[check.level])
        lines.append(f"{level}  {check.name:<{widest}}  {one_line(check.text)}")
        if check.fix and check.level is not CheckLevel.OK:
            lines.append(
                f"{' ' * 9}{' ' * widest}  {style.paint('fix:', 'bold')} {one_line(check.fix)}"
            )
    failures = sum(check.level is CheckLevel.FAILURE for check in checks)
    lines.append("All that is needed is here." if healthy else f"{failures} to fix.")
    return "\n".join(lines) + "\n"
