"""A compile with ``-gcflags=-live``: what is live at which call, of files or of texts on trial."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from golsp_mem.compiler.liveness import Liveness, parse
from golsp_mem.config import Settings
from golsp_mem.errors import BuildFailed
from golsp_mem.toolchain.go import Toolchain, list_packages
from golsp_mem.toolchain.overlay import overlay_file
from golsp_mem.toolchain.replayed import names_in
from golsp_mem.toolchain.trimmed import TrimmedNames


async def live_facts(
    toolchain: Toolchain,
    package: str,
    *,
    directory: Path,
    settings: Settings,
    tests: bool = False,
    overlay: Mapping[Path, bytes] | None = None,
) -> Liveness:
    """The liveness of one package (with ``tests`` of its test variants too), replayed from the
    build cache where it can be.

    Raises BuildFailed when the package does not build: its facts would have holes that look
    like dead variables. Raises UsageError, GoFailed, AnalysisTimeout as `list_packages` does.
    """
    lines: list[str] = []
    with overlay_file(overlay) as description:
        listed = await list_packages(
            toolchain, [package], directory=directory, settings=settings,
            gcflags="-live", tests=tests, overlay=description, on_line=lines.append,
        )  # fmt: skip
    for one in listed:
        if not one.dep_only and one.error is not None:
            raise BuildFailed(_first_error(one.error))
    own = [file for one in listed if not one.dep_only for file in one.files]
    trimmed = TrimmedNames.of(listed) if toolchain.trimpath else None
    return Liveness.of(parse(dict.fromkeys(lines)), names_in(directory, own, trimmed))


def _first_error(text: str) -> str:
    """The first line of a compiler's text that is not a ``# package`` heading."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("# ")]
    return lines[0].strip() if lines else "the package does not build"


def compiler_of(
    toolchain: Toolchain,
    package: str,
    *,
    directory: Path,
    settings: Settings,
    tests: bool = False,
) -> Callable[[Mapping[Path, bytes]], Awaitable[Liveness]]:
    """`live_facts` of one package as a function of the overlay, for proofs."""

    async def compile_live(overlay: Mapping[Path, bytes]) -> Liveness:
        return await live_facts(
            toolchain, package, directory=directory, settings=settings, tests=tests,
            overlay=overlay,
        )  # fmt: skip

    return compile_live
