"""Diagnostics and hover in a real Emacs with eglot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toolchains import missing

pytestmark = pytest.mark.editor

PROBE = Path(__file__).with_name("probe.el")


@pytest.fixture(scope="module")
def emacs() -> str:
    binary = shutil.which("emacs")
    if binary is None:
        missing("emacs is not here: apt install emacs-nox elpa-eglot")
    done = subprocess.run(
        [str(binary), "--batch", "--eval", "(require 'eglot)"], capture_output=True, timeout=60
    )
    if done.returncode:
        missing("emacs has no eglot: apt install elpa-eglot")
    return str(binary)


def test_diagnostics_and_hover(
    emacs: str, server_program: Path, orders: Callable[[str], Path], tmp_path: Path
) -> None:
    env = {
        **os.environ,
        "HOME": str(tmp_path),
        # eglot comes from the machine's packages, Go's build cache from the real home.
        "GOCACHE": os.environ.get("GOCACHE", str(Path.home() / ".cache" / "go-build")),
        "PROBE_SERVER": str(server_program),
        "PROBE_FILE": str(orders("orders") / "book.go"),
    }
    done = subprocess.run(
        [emacs, "--batch", "-l", str(PROBE)], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout[done.stdout.index("{") :])
    assert {"heap-literal", "heap-append"} <= set(seen["codes"])
    assert "always" in seen["hover"]
