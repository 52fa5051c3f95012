"""Carries what the tables of the program say into the files that repeat it (`.ci/generate`).

Codes (golsp_mem/codes.py) stand in the JSON schema, the table of README.md and the settings of
VS Code. Everything else in those files is written by hand and stays.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from golsp_mem.codes import Code, Family, Severity

ROOT = Path(__file__).resolve().parent.parent
_LOUD = {
    Severity.WARNING: "warnings",
    Severity.INFORMATION: "information",
    Severity.ERROR: "errors",
}


def names() -> list[str]:
    """Families and codes, as settings name them."""
    return [*(family.pattern for family in Family), *(str(code) for code in Code)]


def schema(text: str) -> str:
    """The JSON schema of golsp-mem.toml."""
    raw = json.loads(text)
    raw["$defs"]["code"]["enum"] = names()
    return _json(raw)


def manifest(text: str) -> str:
    """The extension's package.json."""
    raw = json.loads(text)
    settings = raw["contributes"]["configuration"]["properties"]
    severity = settings["golsp-mem.severity"]
    severity["propertyNames"]["enum"] = names()
    described = severity["markdownDescription"]
    severity["markdownDescription"] = re.sub(r"What is not named .*$", _loud(), described)
    for name in ("golsp-mem.select", "golsp-mem.ignore"):
        settings[name]["items"]["enum"] = names()
    return _json(raw)


def readme(text: str) -> str:
    """README.md: codes that find the same share a line."""
    groups = [(what, list(codes)) for what, codes in groupby(Code, lambda code: code.row.what)]
    lines = [f"| {', '.join(f'`{code}`' for code in codes)} | {what} |\n" for what, codes in groups]
    table = "| code | what it finds |\n|---|---|\n" + "".join(lines)
    return re.sub(r"\| code \| what it finds \|\n(?:\|.*\n)+", lambda _: table, text)


GENERATED: Mapping[str, Callable[[str], str]] = {
    "golsp_mem/golsp-mem.schema.json": schema,
    "editors/vscode/package.json": manifest,
    "README.md": readme,
}


def _loud() -> str:
    told = [
        f"{_listed(codes)}, which are {plural}"
        for severity, plural in _LOUD.items()
        if (codes := [f"`{code}`" for code in Code if code.row.severity is severity])
    ]
    return f"What is not named is a hint, except {', and '.join(told)}."


def _listed(words: Iterable[str]) -> str:
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def _json(raw: Any) -> str:
    return json.dumps(raw, indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the files that differ, and say which; with ``--check`` write none, and return 1."""
    differing = 0
    for name, made in GENERATED.items():
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        if (after := made(before)) != before:
            differing += 1
            if "--check" not in arguments:
                path.write_text(after, encoding="utf-8")
            print(f"{name} {'is out of date: run .ci/generate' if arguments else 'written'}")
    return int(differing > 0 and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
