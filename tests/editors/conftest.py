"""What the tests of all editors need: our server and Go code to look at."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toolchains import missing

ORDERS = Path(__file__).parent / "orders"
MUX = "github.com/gorilla/mux@v1.8.1"


@pytest.fixture(scope="session")
def server_program() -> Path:
    """The ``golsp-mem`` command of the environment that runs the tests."""
    return Path(sys.executable).parent / "golsp-mem"


@pytest.fixture
def orders(tmp_path: Path) -> Callable[[str], Path]:
    """Gives a copy of the sample module under a name of its own."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(ORDERS, tmp_path / name))

    return copy


@pytest.fixture(scope="session")
def mux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of gorilla/mux, which ``go`` fetches where it fetches all modules."""
    if shutil.which("go") is None:
        missing("go is not on PATH")
    done = subprocess.run(
        ["go", "mod", "download", "-json", MUX], capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        missing(f"{MUX} cannot be fetched: {done.stdout}{done.stderr}")
    folder = tmp_path_factory.mktemp("modules") / "mux"
    # The module cache is read-only, also in what copies keep of it.
    shutil.copytree(json.loads(done.stdout)["Dir"], folder, copy_function=shutil.copyfile)
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755 if each.is_dir() else 0o644)
    return folder
