"""Texts that ``go`` shall compile in place of files: editors' buffers and edits on trial."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def overlay_file(overlay: Mapping[Path, bytes] | None) -> Iterator[Path | None]:
    """The file that ``go -overlay`` reads (JSON: path -> replacement), with its texts.

    None where there is nothing to replace. All of it goes when the block is left.
    """
    if not overlay:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="golsp-mem-") as directory:
        replace = {}
        for number, (path, text) in enumerate(overlay.items()):
            copy = Path(directory) / f"{number}.go"
            copy.write_bytes(text)
            replace[str(path)] = str(copy)
        description = Path(directory) / "overlay.json"
        description.write_text(json.dumps({"Replace": replace}), encoding="utf-8")
        yield description
