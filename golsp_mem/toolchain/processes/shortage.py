"""Whether memory or disk ran out, or a place cannot be written, while the go command ran.

Go tells it where it tells what is wrong with the code, often as a package that does not build. It
says nothing of the code, and the same may succeed a minute later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from golsp_mem.errors import OutOfResources

# Texts of the operating system (Go's syscall tables), of Go's runtime (mem.go, malloc.go, proc.go)
# and of os/exec for a child that was killed: so does the kernel when memory runs out.
_CAUSES = (
    r"no space left on device",
    r"disk quota exceeded",
    r"read-only file system",
    r"(?:There is )?not enough space on the disk\.?",
    r"too many open files(?: in system)?",
    r"cannot allocate memory",
    r"resource temporarily unavailable",
    r"file too large",
    r"signal: file size limit exceeded(?: \(core dumped\))?",
    r"input/output error",
    r"stale (?:NFS )?file handle",
    r"transport endpoint is not connected",
    r"signal: killed",
    r"(?:fatal error|runtime): (?:runtime: )?(?:out of memory|cannot allocate memory)\b.*",
    r"fatal error: failed to (?:reserve|map|commit) .*",
    r"(?:runtime: )?failed to create new OS thread\b.*",
)
_SHORTAGE = re.compile(rf"(?:^|.*: )(?:{'|'.join(_CAUSES)})\s*")
_ROOM = "make room there"
_ADVICE = {
    "out of memory": "free memory",
    "cannot allocate memory": "free memory",
    "fatal error: failed to ": "free memory or raise the limit (ulimit -v)",
    "signal: killed": "free memory",
    "read-only file system": "make it writable",
    "file too large": "raise the limit (ulimit -f)",
    "file size limit": "raise the limit (ulimit -f)",
    "input/output error": "look at the disk",
    " file handle": "mount it anew",
    "endpoint is not connected": "mount it anew",
    "too many open files": "close some or raise the limit (ulimit -n)",
    "temporarily unavailable": "end some processes or raise the limit (ulimit -u)",
    "OS thread": "end some processes or raise the limit (ulimit -u)",
}
# What has a place in a file is said of the code, whatever it quotes.
_PLACED = re.compile(r".*?:\d+:(?:\d+:)? ")


def shortage_in(lines: Iterable[str]) -> str | None:
    """The first line that says so, None when none does."""
    for line in lines:
        if _SHORTAGE.fullmatch(line) and not _PLACED.match(line):
            return line.strip()
    return None


def refuse_shortage(text: str, what: str) -> None:
    """Raises OutOfResources when that is why ``what`` ("go list", a package) failed with this
    text."""
    line = shortage_in(text.splitlines())
    if line is not None:
        advice = next((advice for part, advice in _ADVICE.items() if part in line), _ROOM)
        raise OutOfResources(f"{what}: {line}; {advice} and try again")


def refuse_killed(status: int, what: str) -> None:
    """Raises OutOfResources for a child that was killed, which we did not do: ``status`` is the
    exit status, negative for a signal (9 is SIGKILL wherever there are signals)."""
    if status == -9:
        refuse_shortage("signal: killed", what)
