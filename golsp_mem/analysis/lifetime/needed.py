"""Whether a package can lose an owner at all: asked of every package, so this imports nothing."""

from __future__ import annotations

import re

# Words without which nothing here can be found: the cheap question before a compile.
_PATTERNS = re.compile(
    rb"\b(?:SetFinalizer|AddCleanup|KeepAlive)\b(?!:)|\.Fd\(\)"
    rb"|\.(?:Control|Read|Write)\(func\(\w+ uintptr"
    rb"|\bNewFile\(uintptr"
    rb"|\buintptr\(\s*unsafe\.Pointer\("
)


# Who imports an owner of somebody else's and takes its number has one of these to use it with: no
# constant (unix.O_RDWR).
_RAW_USERS = re.compile(
    rb"\b(?:syscall|unix|windows)\.(?:\w*[a-z]|\w+\()|\b(?:unsafe|C)\.\w|\bNewFile\("
)
# What gives back what is a number, or memory that no collector knows of.
_RELEASES = re.compile(
    rb"\b(?:syscall|unix|windows)\.(?:Munmap|Close|CloseHandle|Closesocket|UnmapViewOfFile)\("
    rb"|\bC\.\w*(?:free|destroy|delete|dispose)\w*\("
)
_CLEANUPS = re.compile(rb"\bruntime\.(?:SetFinalizer|AddCleanup)\(|\.Fd\(\)|\.Control\(func\(")


def may_use_imported(text: bytes) -> bool:
    """Whether code of this file can use a raw resource of an imported owner."""
    return _RAW_USERS.search(text) is not None


def sets_cleanups(text: bytes) -> bool:
    """Whether a file of an imported package sets a finalizer or cleanup, or takes the number of
    what has one, which it may have beside it."""
    return _CLEANUPS.search(text) is not None


def needs_liveness(text: bytes) -> bool:
    """Whether code of this file can have a finding: only then is its package compiled once more."""
    return _PATTERNS.search(text) is not None


def gives_back(text: bytes) -> bool:
    """Whether code of this file releases what it, or other code, may use behind that: no compile
    is needed to tell."""
    return _RELEASES.search(text) is not None
