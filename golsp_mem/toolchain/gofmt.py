"""``gofmt`` of the release that compiles."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.scratch import scratch

_SECONDS = 30.0


async def gofmt(toolchain: Toolchain, text: bytes) -> bytes | None:
    """The text as gofmt writes it, with the line ends that it has; None where it does not parse or
    this Go has no gofmt beside it (some distributions package it apart).

    Raises GoFailed when it cannot be started, AnalysisTimeout, OutOfResources.
    """
    name = "gofmt.exe" if os.name == "nt" else "gofmt"
    program = Path(toolchain.version.goroot) / "bin" / name
    if not program.is_file():
        return None
    is_windows = b"\r\n" in text
    plain = text.replace(b"\r\n", b"\n")
    with scratch() as own:
        file = own.path / "formatted.go"
        file.write_bytes(plain)
        argv: Sequence[str] = [str(program), str(file)]
        done = await process.run(argv, cwd=own.path, env=toolchain.environment, timeout=_SECONDS)
    if done.status != 0:
        return None
    return done.stdout.replace(b"\n", b"\r\n") if is_windows else done.stdout
