"""Profile-guided optimisation: what is compiled is what ``go build`` compiles.

``go list -export`` has no step that prepares profiles (cmd/go/internal/work/action.go, IsCmdList;
Go 1.22 to 1.27): it compiles without one what nobody has built before, and returns what was
compiled with one when somebody has. So whatever a profile applies to is built before it is listed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from golsp_mem.config import Settings
from golsp_mem.toolchain.go import Toolchain, compile_flags
from golsp_mem.toolchain.module import module_root
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.stuck import unless_stuck

AUTO, OFF = "auto", "off"
LEFT_OUT = "golsp-mem: the profile (PGO) is left out: not all of it builds"
"""What is said in the compiler's stead where `build` fails."""
_PROFILE = "default.pgo"


def may_apply(settings: Settings, patterns: Sequence[str], directory: Path) -> bool:
    """Whether a profile can have a say in what the patterns name: one that was named, or the
    ``default.pgo`` of a command. Import paths may lie anywhere below the module."""
    if settings.pgo not in (None, AUTO):
        return settings.pgo != OFF
    return any(_has_profile(directory, pattern) for pattern in patterns)


def _has_profile(directory: Path, pattern: str) -> bool:
    head, dots, _ = pattern.partition("...")
    if pattern.startswith((".", "/")):
        base = directory / head
        if not dots:
            return (base / _PROFILE).is_file()
    else:
        base = module_root(directory)
    # ./cmd/a... also means the directories beside it that begin so.
    base = base if base.is_dir() else base.parent
    for where, below, files in os.walk(base):
        if _PROFILE in files:
            return True
        below[:] = [
            name for name in below if not name.startswith((".", "_")) and name != "testdata"
        ]
        if len(Path(where).parts) - len(base.parts) > _DEEPEST:
            below.clear()
    return False


_DEEPEST = 32


async def build(
    toolchain: Toolchain,
    patterns: Sequence[str],
    *,
    directory: Path,
    settings: Settings,
    gcflags: str,
    tests: bool,
    overlay: Path | None,
) -> bool:
    """Compile what the patterns name into the build cache, as ``go build`` does, and keep nothing.
    False where go refuses to: then nobody knows what was compiled with a profile. Raises
    GoFailed, AnalysisTimeout."""
    commands = [["build"], ["test", "-c", "-vet=off"]] if tests else [["build"]]
    for command in commands:
        argv = [toolchain.binary, *command, "-o", os.devnull, *flags(settings)]
        if command[0] == "build":
            argv.append("-buildvcs=false")
        argv += compile_flags(settings, gcflags, overlay)
        async with unless_stuck(directory, toolchain.version.goos, toolchain.version.goarch):
            done = await process.run(
                [*argv, "--", *patterns],
                cwd=directory, env=toolchain.environment, timeout=settings.timeout_seconds,
            )  # fmt: skip
        if done.status != 0:
            return False
    return True


def flags(settings: Settings) -> list[str]:
    """The go command's flag for the policy; none for its own default."""
    return [f"-pgo={settings.pgo}"] if settings.pgo else []
