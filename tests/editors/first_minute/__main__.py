"""``python -m tests.editors.first_minute [--before COMMIT]``: steps and seconds to a first finding.

A machine that has an editor and Go, with an empty build cache, an empty store and no server; the
module is gorilla/mux. Does what the README of that commit tells a newcomer to do, and prints each
step, what a person saw with the seconds since the file was opened, and when the first finding was
there. Pictures of VS Code go to ``--pictures``. Times depend on the machine: compare the two.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from attrs import define, field

from tests.editors.neovim.run import neovim_binary, run_lua
from tests.editors.pictures import mux
from tests.editors.vscode.host import running_host
from tests.editors.vscode.install import extension_sources, pack_extension, run

ROOT = Path(__file__).resolve().parents[3]
FILE = "mux.go"
LUA = Path(__file__).with_name("minute.lua")
# The last commit before what is shown in the first minute was worked on.
BEFORE = "ac194d2"
PATIENCE_MS = 420_000


@define
class Minute:
    """What happened: steps of a person with their seconds, then what was seen, in seconds since
    the file was opened."""

    editor: str
    steps: list[tuple[str, float | None]] = field(factory=list)
    seen: list[tuple[float, str]] = field(factory=list)
    offered: list[tuple[float, str]] = field(factory=list)
    first: float | None = None

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.steps.append((name, time.monotonic() - begun))

    def show(self, when: str) -> None:
        print(f"\n{self.editor}, {when}: {len(self.steps)} steps")
        for name, seconds in self.steps:
            print(f"    {name}" + (f" ({seconds:.1f} s)" if seconds is not None else ""))
        for title, told in (("on the screen", self.seen), ("for a statusline only", self.offered)):
            print(f"  {title}:", *(shortened(told) or ["nothing"]), sep="\n    ")
        end = f"{self.first:.1f} s" if self.first is not None else "never"
        print(f"  first finding: {end} after the file was opened", flush=True)


def shortened(told: list[tuple[float, str]]) -> list[str]:
    """The first words of each kind and the last: counts make hundreds of lines."""
    kinds: dict[str, list[str]] = {}
    for seconds, text in told:
        kind = "".join(" " if one.isdigit() else one for one in text)
        kinds.setdefault(" ".join(kind.split()), []).append(f"{seconds:6.1f} s  {text}")
    return sorted(
        line for all_of in kinds.values() for line in ([all_of[0], all_of[-1]][: len(all_of)])
    )


@define
class Machine:
    """Directories that hold nothing yet, and a PATH with Go and what installs Python packages."""

    root: Path

    def directory(self, name: str) -> Path:
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def server(self) -> Path:
        return self.root / "bin" / "golsp-mem"

    def path(self) -> str:
        bare = self.directory("bin")
        for name in ("go", "sh", "uv", "python3", "git"):
            # Beside the Python of the tests, where there is one that no shell has to find.
            found = Path(sys.base_prefix) / "bin" / name
            own = name in ("uv", "python3") and found.is_file()
            target = str(found) if own else shutil.which(name)
            if target and not (bare / name).exists():
                (bare / name).symlink_to(Path(target).resolve())
        return str(bare)

    def environment(self) -> dict[str, str]:
        cold = {"GOCACHE": "gocache", "GOLSP_MEM_CACHE": "store", "UV_CACHE_DIR": "uv"}
        return {name: str(self.directory(below)) for name, below in cold.items()}

    def install_server(self, checkout: Path) -> None:
        """What the README's command does, into directories of this machine."""
        tools = {"UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin"}
        environment = {name: str(self.directory(below)) for name, below in tools.items()}
        self.path()
        program = str(self.root / "bin" / "uv")
        run(program, "tool", "install", "--quiet", "--python", sys.executable, str(checkout),
            directory=self.root, environment=self.environment() | environment)  # fmt: skip


def in_neovim(machine: Machine, checkout: Path, module: Path) -> Minute:
    minute = Minute("Neovim")
    with minute.step("uv tool install CHECKOUT"):
        machine.install_server(checkout)
    init = machine.root / "init.lua"
    with minute.step("two lines in init.lua"):
        plugin = checkout / "editors" / "neovim"
        init.write_text(
            f"vim.opt.runtimepath:append({str(plugin)!r})\nvim.lsp.enable('golsp_mem')\n"
        )
    minute.steps.append(("open mux.go", None))
    env = {
        **machine.environment(),
        "PATH": machine.path(),
        "PROBE_FILE": str(module / FILE),
        "PROBE_MS": str(PATIENCE_MS),
    }
    patience = PATIENCE_MS / 1000 + 30
    seen = run_lua(neovim_binary(), LUA, machine.root, env, init=init, seconds=patience)
    minute.seen, minute.offered, minute.first = seen["shown"], seen["progress"], seen.get("first")
    return minute


def in_vscode(machine: Machine, checkout: Path, module: Path, *, brings_server: bool) -> Minute:
    minute = Minute("VS Code")
    package = machine.root / "golsp-mem.vsix"
    pack_extension(extension_sources(checkout / "editors" / "vscode"), package)
    if not brings_server:
        with minute.step("uv tool install CHECKOUT"):
            machine.install_server(checkout)
    home = machine.directory("home")
    begun = time.monotonic()
    with running_host(
        home, [package], user={}, machine={}, path=machine.path(), more=machine.environment()
    ) as host:
        minute.steps.append(("install the extension", time.monotonic() - begun))
        minute.steps.append(("open mux.go", None))
        saw = host.person(
            "minute", module, file=FILE, seconds=PATIENCE_MS / 1000, pictures=str(host.probes)
        )
        minute.steps += [(f"press {label}", None) for label in saw["pressed"]]
        minute.seen, minute.first = saw["shown"], saw["first"]
        for picture in host.probes.glob("minute-*.png"):
            shutil.copy(picture, machine.root / picture.name)
    return minute


@contextlib.contextmanager
def checkout_of(commit: str, scratch: Path) -> Iterator[Path]:
    """A work tree of the commit, gone at the end."""
    folder = scratch / "before"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def measured(editor: str, checkout: Path, scratch: Path, pictures: Path | None) -> Minute:
    scratch.mkdir()
    module = mux(scratch)
    if editor == "neovim":
        return in_neovim(Machine(scratch), checkout, module)
    brings = (checkout / "editors" / "vscode" / "src" / "install.ts").is_file()
    minute = in_vscode(Machine(scratch), checkout, module, brings_server=brings)
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        for picture in scratch.glob("minute-*.png"):
            shutil.copy(picture, pictures / f"{checkout.name}-{picture.name}")
    return minute


@click.command()
@click.option("--before", default=BEFORE, help="A commit to compare with; empty: none.")
@click.option("--editor", type=click.Choice(["neovim", "vscode"]), multiple=True)
@click.option("--only", type=click.Choice(["before", "now"]), help="One of the two.")
@click.option("--pictures", type=click.Path(path_type=Path))
def main(before: str, editor: tuple[str, ...], only: str | None, pictures: Path | None) -> None:
    """Print steps and seconds to the first finding, in both editors, before and now."""
    chosen: dict[str, Any] = {"neovim": in_neovim, "vscode": in_vscode}
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="golsp-mem-minute-"))
        # Modules of the cache are read-only, and so would be what is left of them.
        scratch = Path(name)
        checkouts = {"now": ROOT}
        if before:
            checkouts = {"before": stack.enter_context(checkout_of(before, scratch)), **checkouts}
        for which in editor or chosen:
            for when, checkout in checkouts.items():
                if only not in (None, when):
                    continue
                minute = measured(which, checkout, scratch / f"{which}-{when}", pictures)
                minute.show(when)
                shutil.rmtree(scratch / f"{which}-{when}", ignore_errors=True)


if __name__ == "__main__":
    # What is installed must not find this checkout.
    for name in ("GOLSP_MEM_CACHE", "PYTHONPATH"):
        os.environ.pop(name, None)
    main()
