"""All type errors of a package: how to ask the compiler what the type of an expression is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from golsp_mem.config import Settings
from golsp_mem.toolchain.go import Toolchain, list_packages
from golsp_mem.toolchain.overlay import overlay_file

TypeErrors = Callable[[Mapping[Path, bytes]], Awaitable[tuple[str, ...]]]


def type_errors_of(
    toolchain: Toolchain,
    package: str,
    *,
    directory: Path,
    settings: Settings,
    tests: bool = False,
) -> TypeErrors:
    """Every line that the compiler says against the package with an overlay (``-e``: without
    the limit of ten). It ends after its front end, so this costs a fraction of a compile.

    The function raises UsageError, GoFailed, AnalysisTimeout as `list_packages` does.
    """

    async def type_errors(overlay: Mapping[Path, bytes]) -> tuple[str, ...]:
        lines: list[str] = []
        with overlay_file(overlay) as description:
            listed = await list_packages(
                toolchain, [package], directory=directory, settings=settings, gcflags="-e",
                tests=tests, overlay=description, on_line=lines.append,
            )  # fmt: skip
        for one in listed:
            if one.error is not None:
                lines += one.error.splitlines()
        return tuple(dict.fromkeys(lines))

    return type_errors
