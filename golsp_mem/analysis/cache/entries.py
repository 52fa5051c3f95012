"""Entries of a cache on disk: JSON behind a digest of it and of its key, one file each."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from golsp_mem.analysis.cache.sealed import MOST_BYTES, opened, place_of, sealed

_KEPT_SECONDS = 30 * 24 * 3600.0
_ROOM = re.compile("[0-9a-f]{2}")


@define
class Entries:
    """The entries of one kind below ``directory``. Failing writes are no failure."""

    directory: Path
    _wrote: bool = field(default=False)

    def load(self, key: str) -> Mapping[str, Any] | None:
        """The entry, None where there is none that is whole. ``key`` is hexadecimal."""
        text = self.load_bytes(key)
        try:
            raw = None if text is None else json.loads(text)
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
            return None
        return raw if isinstance(raw, dict) else None

    def load_bytes(self, key: str) -> bytes | None:
        """What `save_bytes` kept; None where there is nothing that is whole."""
        try:
            return opened(self._path(key), key)
        except (OSError, ValueError):
            return None

    def save(self, key: str, entry: Mapping[str, object]) -> None:
        text = json.dumps(entry, ensure_ascii=True, separators=(",", ":"))
        self.save_bytes(key, text.encode("ascii"))

    def save_bytes(self, key: str, text: bytes) -> None:
        path = self._path(key)
        if len(text) > MOST_BYTES:
            return
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(sealed(text, key))
                if path.is_dir() and not path.is_symlink():
                    # No file takes the place of a directory.
                    shutil.rmtree(path, ignore_errors=True)
                Path(scratch).replace(path)
            except OSError:
                Path(scratch).unlink(missing_ok=True)
        if not self._wrote:
            self._wrote = True
            self._prune()

    def _path(self, key: str) -> Path:
        return Path(place_of(self.directory, key))

    def _prune(self) -> None:
        oldest = time.time() - _KEPT_SECONDS
        for room in self.directory.glob("*"):
            # A cache that somebody else packed may hold links to where it has no business.
            if room.is_symlink() or not _ROOM.fullmatch(room.name):
                continue
            for path in room.glob("*"):
                with contextlib.suppress(OSError):
                    if path.lstat().st_mtime < oldest and not path.is_dir():
                        path.unlink()
