"""``go vet`` of one package with texts that stand for its files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from golsp_mem.toolchain.go import compile_flags
from golsp_mem.toolchain.overlay import overlay_file
from golsp_mem.toolchain.plans.planner import Planner
from golsp_mem.toolchain.processes import process

Vet = Callable[[Mapping[Path, bytes]], Awaitable[Counter[str]]]
_PLACE = re.compile(r"^(?:vet: )?\S*?\.go:\d+(?::\d+)?: ")


def vet_of(planner: Planner) -> Vet:
    """Asks what vet complains of, tests included: how often each sentence comes, without places,
    which an edit moves. What does not build is a complaint, too.

    The function raises GoFailed when vet cannot be started, AnalysisTimeout, OutOfResources.
    """
    toolchain, settings = planner.toolchain, planner.settings

    async def vet(overlay: Mapping[Path, bytes]) -> Counter[str]:
        with overlay_file(overlay) as description:
            argv = [toolchain.binary, "vet", "-buildvcs=false"]
            argv += compile_flags(settings, "", description)
            argv += ["--", planner.package]
            done = await process.run(
                argv, cwd=planner.directory, env=toolchain.environment,
                timeout=settings.timeout_seconds,
            )  # fmt: skip
        return complaints(done.stderr.decode("utf-8", "replace")) if done.status else Counter()

    return vet


def complaints(text: str) -> Counter[str]:
    """The sentences of vet's output without their places; lines that name packages are left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return Counter(_PLACE.sub("", line) for line in lines)
