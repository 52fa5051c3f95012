"""Findings that a project has accepted, so that CI stops new ones only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import frozen

from golsp_mem.cli.output import write_file
from golsp_mem.errors import ConfigError
from golsp_mem.model import Allocates, Finding

SCHEMA = 1


@frozen(order=True)
class Accepted:
    """One accepted finding. The fingerprint identifies it; the rest is for readers of a diff."""

    package: str
    function: str
    code: str
    fingerprint: str


def read_baseline(path: Path) -> tuple[Accepted, ...]:
    """The accepted findings of a file. Raises ConfigError for a file that is no baseline."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = "--write-baseline makes one"
        raise ConfigError(f"baseline {path}: {error.strerror} ({hint})") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"baseline {path}: not JSON: {error}") from error
    entries = raw.get("accepted") if isinstance(raw, dict) else None
    if not isinstance(entries, list) or raw.get("schema") != SCHEMA:
        raise ConfigError(f"baseline {path}: not a baseline of golsp-mem (schema {SCHEMA})")
    return tuple(_entry(path, number, entry) for number, entry in enumerate(entries, 1))


def _entry(path: Path, number: int, entry: object) -> Accepted:
    names = ("package", "function", "code", "fingerprint")
    if not isinstance(entry, Mapping) or not all(isinstance(entry.get(n), str) for n in names):
        raise ConfigError(f"baseline {path}: entry {number} needs {', '.join(names)}")
    return Accepted(*(entry[name] for name in names))


def write_baseline(path: Path, findings: Iterable[Finding]) -> int:
    """Write one entry a finding, sorted, one a line, and return how many there are.

    Lines and columns are left out: they change without meaning. Verdicts "never" are not
    entries. Raises UsageError when the file cannot be written.
    """
    entries = sorted(
        Accepted(finding.package, finding.function, finding.code, finding.fingerprint)
        for finding in findings
        if finding.allocates is not Allocates.NEVER
    )
    body = ",\n".join(
        "  "
        + json.dumps(
            {
                "package": entry.package,
                "function": entry.function,
                "code": entry.code,
                "fingerprint": entry.fingerprint,
            }
        )
        for entry in entries
    )
    write_file(path, [f'{{"schema": {SCHEMA}, "accepted": [\n{body}\n]}}\n'.encode()])
    return len(entries)
