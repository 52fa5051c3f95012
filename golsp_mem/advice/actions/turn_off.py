"""A code turned off in the text of a ``golsp-mem.toml``, and back on: all else stays as written.

Tables are found by their lines, which TOML allows in more ways than are tried here: so the edited
text is parsed, and refused unless it says what it said before and the one new thing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

from golsp_mem.errors import ConfigError
from golsp_mem.model import Code

_HEADER = re.compile(r"\s*\[\s*severity\s*\]\s*(#.*)?")
# What was there before, for the way back.
_WAS = re.compile(r"# was (.+)")
_OFF = "off"


def turned_off(text: str, code: Code, name: str = "golsp-mem.toml") -> str:
    """The text with ``severity.CODE = "off"``. Raises ConfigError when it is no TOML, or written
    so that only a person can do it; ``name`` is the file in the message."""
    before = _parsed(text, name)
    severity = _severity(before)
    lines = text.splitlines(keepends=True)
    line = f'"{code}" = "{_OFF}"'
    if severity is not None and code in severity:
        at = _line_of(lines, code)
        was = severity[code]
        if at is not None and was != _OFF:
            lines[at] = f'{line}  # was "{was}"{_end(lines[at])}'
    elif (header := _header(lines)) is not None:
        end = _end(lines[header])
        lines[header] = lines[header].rstrip("\r\n") + (end or "\n")
        lines.insert(header + 1, line + (end or "\n"))
    elif "severity" not in before:
        lines += _table(text, line)
    after = {**before, "severity": {**(severity or {}), str(code): _OFF}}
    return _checked("".join(lines), after, code, name)


def turned_on(text: str, code: Code, name: str = "golsp-mem.toml") -> str:
    """The text without ``severity.CODE = "off"``, or with what stood there before `turned_off`;
    unchanged where the code is not off by its own name. Raises ConfigError as `turned_off`."""
    before = _parsed(text, name)
    severity = _severity(before)
    if severity is None or severity.get(code) != _OFF:
        return text
    lines = text.splitlines(keepends=True)
    after = {name: value for name, value in severity.items() if name != code}
    at = _line_of(lines, code)
    if at is not None:
        was = _WAS.search(lines[at])
        if was is not None:
            after[str(code)] = was[1].strip().strip('"')
            lines[at] = f'"{code}" = "{after[str(code)]}"{_end(lines[at])}'
        else:
            del lines[at]
            _drop_empty_table(lines)
    left = {key: value for key, value in before.items() if key != "severity"}
    wanted = {**left, "severity": after} if after or _header(lines) is not None else left
    return _checked("".join(lines), wanted, code, name)


def _parsed(text: str, name: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {error}") from error


def _severity(settings: Mapping[str, object]) -> dict[str, object] | None:
    """The table; None where there is none, or something else of that name."""
    found = settings.get("severity")
    return dict(found) if isinstance(found, dict) else None


def _checked(text: str, wanted: Mapping[str, object], code: Code, name: str) -> str:
    try:
        if tomllib.loads(text) == wanted:
            return text
    except tomllib.TOMLDecodeError:
        pass
    raise ConfigError(f'{name}: its severity is written so that only you can set {code} = "off"')


def _table(text: str, line: str) -> list[str]:
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else end if text.endswith("\n") else end + end
    return [f"{gap}[severity]{end}{line}{end}"]


def _header(lines: list[str]) -> int | None:
    return next((at for at, line in enumerate(lines) if _HEADER.fullmatch(line.rstrip())), None)


def _line_of(lines: list[str], code: Code) -> int | None:
    """The line of the table that sets the code."""
    header = _header(lines)
    if header is None:
        return None
    for at in range(header + 1, len(lines)):
        if lines[at].lstrip().startswith("["):
            return None
        if re.match(rf"""\s*["']?{re.escape(code)}["']?\s*=""", lines[at]):
            return at
    return None


def _drop_empty_table(lines: list[str]) -> None:
    """The table that nothing stands in any more, with the blank line above it."""
    header = _header(lines)
    if header is None or lines[header].rstrip() != "[severity]":
        return
    if any(line.strip() for line in lines[header + 1 :]):
        return
    first = header - 1 if header and not lines[header - 1].strip() else header
    del lines[first:]


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
