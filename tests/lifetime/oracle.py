"""Go programs of shapes that are run, and what golsp-mem says of the same text.

Each of ``programs/`` holds one function, with what it needs, for each shape: ``// shape fail
NAME`` or ``// shape sound NAME`` begins it. A failing shape loses its owner between taking a raw
resource and using it: the run ends with EBADF, a fault, or the mark of what was released. A sound
one holds it. What the comment says is a claim that the run has to bear out.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from attrs import frozen

from tests.program import run

# In the order in which they were written; of each but the first `README.md` says how many were
# told at first sight.
PROGRAMS = tuple(
    Path(__file__).parent / "programs" / name
    for name in (
        "handles",
        "ports",
        "sockets",
        "cables",
        "pumps",
        "drills",
        "winches",
        "looms",
        "kilns",
        "mills",
        "docks",
        "yards",
        "wrecks",
        "reefs",
        "capes",
        "piers",
        "quays",
        "fjords",
        "tarns",
        "weirs",
        "depots",
    )
)
_SHAPE = re.compile(r"^// shape (fail|sound) (\S+)")
_CODES = ("keepalive-missing",)
# Programs of mistakes with finalizers, cleanups and KeepAlive calls: told by the other code, too.
_MISTAKES = {
    "wrecks": (*_CODES, "keepalive-ineffective"),
    "reefs": (*_CODES, "keepalive-ineffective"),
    "capes": (*_CODES, "keepalive-ineffective"),
    "keeps": (*_CODES, "keepalive-ineffective"),
}


class Kind(StrEnum):
    FAIL = "fail"
    SOUND = "sound"


@frozen
class Shape:
    """One shape of the program; ``lines`` are those of its text, 1-based, end exclusive."""

    name: str
    kind: Kind
    file: str
    lines: range


@frozen
class Told:
    """One finding, as far as the comparison needs it."""

    file: str
    line: int
    severity: str
    message: str


@frozen
class Judged:
    """A shape with what became of it when it ran and what was told of it."""

    shape: Shape
    outcome: str
    told: tuple[Told, ...]

    @property
    def failed(self) -> bool:
        return self.outcome != "ok"

    @property
    def is_right(self) -> bool:
        return bool(self.told) == self.failed


def shapes(program: Path) -> tuple[Shape, ...]:
    """Every shape of the program's text, in the order of files and lines."""
    found = []
    for path in sorted(program.glob("*.go")):
        lines = path.read_text(encoding="utf-8").splitlines()
        marks = [(n, m) for n, line in enumerate(lines, 1) if (m := _SHAPE.match(line))]
        ends = [*[n for n, _ in marks], len(lines) + 1][1:]
        for (start, mark), end in zip(marks, ends, strict=True):
            found.append(Shape(mark[2], Kind(mark[1]), path.name, range(start, end)))
    return tuple(found)


def outcomes(
    go: str,
    environment: Mapping[str, str],
    program: Path,
    names: Collection[str] | None = None,
) -> dict[str, str]:
    """Build the program and run each shape, or those named: what it ended with.

    Raises CalledProcessError. Each in a process of its own: a descriptor that was closed twice is
    somebody else's the second time.
    """
    with tempfile.TemporaryDirectory(prefix="golsp-mem-lifetime-") as scratch:
        binary = str(Path(scratch) / "shapes")
        subprocess.run(
            [go, "build", "-o", binary, "."], cwd=program, env=dict(environment), check=True,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        return {
            shape.name: _outcome(binary, shape.name)
            for shape in shapes(program)
            if names is None or shape.name in names
        }


def _outcome(binary: str, name: str) -> str:
    done = subprocess.run([binary, name], capture_output=True, text=True, timeout=60, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(f"{name}\t")]
    return lines[-1].partition("\t")[2] if lines else f"exit status {done.returncode}"


def told(go: str, environment: Mapping[str, str], program: Path) -> tuple[Told, ...]:
    """What ``golsp-mem check`` says of the program's lifetimes."""
    done = run(
        "check", "--format", "json", "--go", go, ".",
        cwd=program, env={**environment, "GOLSP_MEM_CACHE": "off"},
    )  # fmt: skip
    if done.status not in (0, 1):
        raise RuntimeError(done.stderr)
    report = json.loads(done.stdout)
    return tuple(
        Told(Path(one["file"]).name, one["line"], one["severity"], one["message"])
        for one in report["findings"]
        if one["code"] in _MISTAKES.get(program.name, _CODES)
    )


def judged(
    known: Sequence[Shape], ended: Mapping[str, str], said: Iterable[Told]
) -> tuple[Judged, ...]:
    """Each shape with its outcome and the findings on its lines."""
    said = tuple(said)
    return tuple(
        Judged(
            shape,
            ended.get(shape.name, "did not run"),
            tuple(one for one in said if one.file == shape.file and one.line in shape.lines),
        )
        for shape in known
    )


def recall(results: Sequence[Judged]) -> float:
    """The share of the shapes that failed of which something is told."""
    failed = [one for one in results if one.failed]
    return sum(bool(one.told) for one in failed) / len(failed) if failed else 1.0


def false_alarms(results: Sequence[Judged]) -> list[Judged]:
    return [one for one in results if one.told and not one.failed]
