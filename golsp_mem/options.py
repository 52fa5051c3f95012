"""Options as somebody wrote them: in ``golsp-mem.toml``, on the command line, in an editor.

Every field may be missing. The workspace's file is untrusted input, so it cannot name programs
to run: `Options.go_path` comes from the command line or from the editor's machine settings only.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import cattrs
from attrs import evolve, fields, frozen
from cattrs.gen import make_dict_structure_fn, override

from golsp_mem.errors import ConfigError
from golsp_mem.files import MOST_SETTINGS_BYTES, read_regular

FILE_NAME = "golsp-mem.toml"

# Of which test files an editor shows findings.
TEST_WORDS = ("off", "open", "all")
# Of the go command's -pgo, beside a file.
PGO_WORDS = ("auto", "off")


@frozen
class Target:
    """One of several configurations to check: what is not written is this machine's."""

    goos: str | None = None
    goarch: str | None = None
    tags: tuple[str, ...] | None = None


@frozen
class Budget:
    """What a package or a function may take: allocating places, and bytes of one run of each.
    ``calls``: calls that allocate elsewhere count, too."""

    max_allocations: int | None = None
    max_bytes: int | None = None
    calls: bool | None = None


@frozen
class Options:
    """What was written. Names are camelCase in editors and kebab-case in TOML.

    ``tests``: whether ``_test.go`` files are analysed; editors say ``off``, ``open`` or ``all``.
    ``root`` is the directory that ``exclude`` and ``baseline`` are relative to; nobody writes it.
    """

    severity: Mapping[str, str] | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    generated: bool | None = None
    fail_on: str | None = None
    baseline: str | None = None
    require_reason: bool | None = None
    noalloc_exempt: tuple[str, ...] | None = None
    cold_paths: str | None = None
    profile: tuple[str, ...] | None = None
    hot: float | None = None
    budget: Mapping[str, Budget] | None = None
    configurations: tuple[Target, ...] | None = None
    tags: tuple[str, ...] | None = None
    tests: bool | str | None = None
    large_frame_bytes: int | None = None
    timeout_seconds: float | None = None
    inlay_hints: bool | None = None
    code_lens: bool | None = None
    diagnostics: bool | None = None
    problems_level: str | None = None
    analyse: str | None = None
    go_path: str | None = None
    goos: str | None = None
    goarch: str | None = None
    pgo: str | None = None
    root: str = ""


_LISTS = frozenset(
    {"profile", "select", "ignore", "exclude", "noalloc_exempt", "configurations", "tags"},
)
# A workspace's file is not trusted to choose the program that we run.
_HIDDEN = {"toml": frozenset({"go_path", "root"}), "editor": frozenset({"root", "pgo"})}


def key_of(name: str, style: str) -> str:
    """How a field is written: ``large-frame-bytes`` in TOML, ``largeFrameBytes`` in editors."""
    if style == "toml":
        return name.replace("_", "-")
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def keys(style: str, kind: type = Options) -> list[str]:
    """Every key that may be written in a style, ``"toml"`` or ``"editor"``."""
    return [
        key_of(attribute.name, style)
        for attribute in fields(kind)
        if attribute.name not in _HIDDEN[style]
    ]


def structure_options(raw: object, *, style: str, origin: str) -> Options:
    """Options from a decoded mapping; ``style`` is ``"toml"`` or ``"editor"``.

    Raises ConfigError, naming ``origin`` and each wrong key, when anything is not understood.
    """
    if style == "editor":
        raw = _tables_of_lua(raw)
    if raw is None:
        return Options()
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{origin}: expected a table of settings, got {type(raw).__name__}")
    problems = list(_shape_problems(raw, style))
    if problems:
        raise ConfigError(f"{origin}: {'; '.join(problems)}")
    present = {key: value for key, value in raw.items() if value is not None}
    try:
        return _converter(style).structure(present, Options)
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        lines = cattrs.transform_error(error, format_exception=_said)
        details = "; ".join(_placed(line, style) for line in lines)
        raise ConfigError(f"{origin}: {details}") from error


def _tables_of_lua(raw: object) -> object:
    """Lua cannot tell an empty table from an empty list: Neovim sends ``{}`` as ``[]``."""
    if raw == []:
        return {}
    if not isinstance(raw, Mapping):
        return raw
    return {
        key: {} if value == [] and key in ("severity", "budget") else value
        for key, value in raw.items()
    }


def _said(error: BaseException, kind: type | None) -> str:
    # What `_strict` says is for people; the rest cattrs says better.
    return str(error) if type(error) is ValueError else cattrs.v.format_exception(error, kind)


def _placed(line: str, style: str) -> str:
    """A line of cattrs with the place as people write it: ``at fail-on`` for ``@ $.fail_on``."""
    said, _, place = line.rpartition(" @ $")
    if not place:
        return f"{said} in the settings"
    for attribute in fields(Options):
        if place.removeprefix(".").startswith(attribute.name):
            place = place.replace(attribute.name, key_of(attribute.name, style), 1)
    for attribute in (*fields(Budget), *fields(Target)):
        if place.endswith(f".{attribute.name}"):
            place = place.removesuffix(attribute.name) + key_of(attribute.name, style)
    return f"{said} at {place.removeprefix('.')}"


def _shape_problems(raw: Mapping[object, object], style: str) -> Iterator[str]:
    """What cattrs would say less clearly: misspelt keys, a word where a list belongs."""
    yield from _unknown(raw, keys(style), "setting")
    yield from _no_lists(raw, style)
    budgets = raw.get("budget")
    if isinstance(budgets, Mapping):
        for name, budget in budgets.items():
            if isinstance(budget, Mapping):
                yield from _unknown(budget, keys(style, Budget), f"key of budget {name!r}")
            else:
                yield f"budget {name!r} must be a table, got {budget!r}"
    targets = raw.get("configurations")
    if isinstance(targets, list):
        for target in targets:
            if isinstance(target, Mapping):
                yield from _unknown(target, keys(style, Target), "key of a configuration")
                yield from _no_lists(target, style)
            else:
                yield f"each of configurations must be a table, got {target!r}"


def _no_lists(raw: Mapping[Any, object], style: str) -> Iterator[str]:
    # A word would pass for the list of its letters.
    lists = {key_of(name, style) for name in _LISTS}
    for key, value in raw.items():
        if key in lists and value is not None and not isinstance(value, list | tuple):
            yield f"{key} must be a list, got {value!r}"


def _unknown(raw: Mapping[Any, object], known: Iterable[str], what: str) -> Iterator[str]:
    names = list(known)
    for key in raw:
        if key in names:
            continue
        close = get_close_matches(str(key), names, n=1)
        yield f"unknown {what} {key!r}" + (f"; did you mean {close[0]!r}?" if close else "")


def _strict(value: object, kind: type) -> object:
    # cattrs' default hooks coerce ("yes" -> True, 1.5 -> 1); a misspelt setting must not pass.
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise ValueError(f"expected {kind.__name__}, got {value!r}")
    return value


def _switch_or_word(value: object, _: object) -> bool | str:
    if isinstance(value, bool) or value in TEST_WORDS:
        return value
    raise ValueError(f"expected bool, got {value!r} (editors: {', '.join(TEST_WORDS)})")


def _converter(style: str) -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (bool, int, float, str):
        converter.register_structure_hook(kind, _strict)
    converter.register_structure_hook(bool | str | None, _switch_or_word)
    for model in (Target, Budget, Options):
        renames: Any = {
            attribute.name: override(
                rename=key_of(attribute.name, style), omit=attribute.name in _HIDDEN[style]
            )
            for attribute in fields(model)
        }
        hook = make_dict_structure_fn(model, converter, _cattrs_forbid_extra_keys=True, **renames)
        converter.register_structure_hook(model, hook)
    return converter


def find_file(directory: Path) -> Path | None:
    """The nearest ``golsp-mem.toml`` at or above a directory."""
    for parent in (directory, *directory.parents):
        path = parent / FILE_NAME
        # Whatever has that name was meant: what cannot be read is told, not passed over.
        if os.path.lexists(path) and not path.is_dir():
            return path
    return None


def read_options(path: Path) -> Options:
    """Options of a TOML file; its paths are relative to where it lies.

    Raises ConfigError when the file cannot be read or understood.
    """
    try:
        # Windows' Notepad writes a byte order mark.
        raw = tomllib.loads(read_regular(path, MOST_SETTINGS_BYTES).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: it is not written in UTF-8 ({error.reason})") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: tables or lists that are nested too deeply") from error
    except ValueError as error:  # what is no UTF-8, no TOML, or a number of 5000 digits
        raise ConfigError(f"{path}: {error}") from error
    # A name of its own: editors that know TOML schemas read it, we do not.
    raw.pop("$schema", None)
    options = structure_options(raw, style="toml", origin=str(path))
    if options.baseline:
        _refuse_outside("baseline", options.baseline, path)
    if options.pgo not in (None, *PGO_WORDS):
        _refuse_outside("pgo", options.pgo or "", path)
    return evolve(options, root=str(path.parent))


def _refuse_outside(key: str, written: str, settings: Path) -> None:
    """Raises ConfigError for a file that settings of a workspace name and that does not lie in it:
    in the repository around the settings, or beside or below them."""
    home = settings.parent
    above = (home, *home.parents)
    top = next((one for one in above if os.path.lexists(one / ".git")), home)
    if "\0" in written:
        raise ConfigError(f"{settings}: {key}: no file has a NUL in its name")
    real = Path(os.path.realpath(home / written))
    if not real.is_relative_to(os.path.realpath(top)):
        raise ConfigError(
            f"{settings}: {key}: {written} lies outside {top}; keep it in the repository, or "
            f"name it with --{key}"
        )


def read_file(directory: Path) -> Options:
    """Options of the nearest ``golsp-mem.toml`` at or above ``directory``; none is fine.

    Raises ConfigError when the file cannot be read or understood.
    """
    path = find_file(directory)
    return read_options(path) if path else Options()
