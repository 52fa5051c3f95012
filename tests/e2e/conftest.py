"""Go modules for the server to look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.files import write_files
from tests.toolchains import missing

Module = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def module(tmp_path: Path) -> Module:
    """Makes a module of files; its directory."""
    if shutil.which("go") is None:
        missing("no Go on PATH")

    def make(files: Mapping[str, str], name: str = "m") -> Path:
        return write_files(
            tmp_path / name, {"go.mod": f"module example.com/{name}\n\ngo 1.22\n", **files}
        )

    return make
