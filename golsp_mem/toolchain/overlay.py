"""Texts that ``go`` shall compile in place of files: editors' buffers and edits on trial."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from golsp_mem.toolchain.processes.scratch import scratch


@contextmanager
def overlay_file(overlay: Mapping[Path, bytes] | None) -> Iterator[Path | None]:
    """The file that ``go -overlay`` reads (JSON: path -> replacement), with its texts.

    None where there is nothing to replace. All of it goes when the block is left.
    Raises OutOfResources when it cannot be written.
    """
    if not overlay:
        yield None
        return
    with scratch() as own:
        replace = {}
        for number, (path, text) in enumerate(overlay.items()):
            # The compiler may name the copy, of which only the last name tells the file then.
            copy = own.path / str(number) / path.name
            copy.parent.mkdir()
            copy.write_bytes(text)
            replace[str(path)] = str(copy)
        description = own.path / "overlay.json"
        description.write_text(json.dumps({"Replace": replace}), encoding="utf-8")
        yield description
