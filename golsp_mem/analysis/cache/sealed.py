"""Where entries lie and what shows that they are whole: no more than who repeats an answer needs,
which imports nothing that takes longer than it does."""

from __future__ import annotations

import hashlib
import os
import sys

from golsp_mem.files import read_regular

# The largest entries, of packages with 10 000 findings, have some 10 MB.
MOST_BYTES = 128 << 20
_DIGITS = 32


def directory() -> str | None:
    """The user's cache directory for golsp-mem; None where there is no home."""
    configured = os.environ.get("GOLSP_MEM_CACHE")
    if configured is not None:
        return None if configured == "off" else configured
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib takes as long as all of it
    if home.startswith("~"):
        return None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", os.path.join(home, "AppData", "Local"))  # noqa: PTH118
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")  # noqa: PTH118
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")  # noqa: PTH118
    return os.path.join(base, "golsp-mem")  # noqa: PTH118


def place_of(below: str | os.PathLike[str], key: str) -> str:
    """The file of an entry; ``key`` is hexadecimal."""
    return os.path.join(below, key[:2], f"{key[2:]}.json")  # noqa: PTH118


def sealed(payload: bytes, key: str) -> bytes:
    """What is written."""
    return _digest(payload, key) + payload


def opened(path: str | os.PathLike[str], key: str) -> bytes:
    """What `sealed` got. Raises OSError, ValueError where it is another's or not whole."""
    entry = read_regular(path, MOST_BYTES + _DIGITS)
    payload = entry[_DIGITS:]
    if entry[:_DIGITS] != _digest(payload, key):
        raise ValueError("not what was written")
    return payload


def _digest(payload: bytes, key: str) -> bytes:
    digest = hashlib.blake2b(payload, digest_size=_DIGITS // 2, key=key.encode("ascii")[:64])
    return digest.hexdigest().encode("ascii")
