"""The packaged extension, VS Code with it, and where pictures go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.vscode.host import SERVER_LOG, Host, running_host
from tests.editors.vscode.install import (
    EXTENSION,
    HERE,
    alone,
    extension_sources,
    pack_extension,
)
from tests.editors.vscode.vsix import pack


@pytest.fixture(scope="session")
def vsix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our extension as users get it, built once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    target = shared / "golsp-mem.vsix"
    # It builds in the checkout, where another worker may be building too.
    with alone("package"):
        if not target.exists():
            pack_extension(extension_sources(), target)
    return target


@pytest.fixture(scope="session")
def extensions(vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ours, and the probe that looks at it from inside."""
    return [vsix, pack(HERE / "probe", tmp_path_factory.mktemp("vsix") / "probe.vsix")]


@pytest.fixture(scope="session")
def code(
    extensions: list[Path], server_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """VS Code as somebody has set it up who works with golsp-mem."""
    home = tmp_path_factory.mktemp("vscode")
    program = home / "golsp-mem"
    program.write_text(
        f'#!/bin/sh\n[ "$1" != serve ] || set -- "$@" --log-file "{home / SERVER_LOG}"\n'
        f'exec "{server_program}" "$@"\n'
    )
    program.chmod(0o755)
    machine = {"golsp-mem.server.path": str(program)}
    with running_host(home, extensions, user={}, machine=machine) as host:
        yield host


@pytest.fixture
def readme() -> str | None:
    """Where the README's pictures are, when ``GOLSP_MEM_PICTURES`` asks for new ones."""
    return str(EXTENSION / "images") if os.environ.get("GOLSP_MEM_PICTURES") else None
