"""Options as written (in ``golsp-mem.toml``, on the command line, by an editor), and the
settings that follow from them.

Options are what somebody wrote: every field may be missing. Settings are what the
engine and the faces read: every field has a value. The workspace's file is untrusted
input, so it cannot name programs to run: `Options.go_path` comes from the command line
or from the editor's machine settings only.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cattrs
from attrs import evolve, field, fields, frozen
from cattrs.gen import make_dict_structure_fn, override

from golsp_mem.errors import ConfigError
from golsp_mem.model import Code, Finding, Severity

FILE_NAME = "golsp-mem.toml"

DEFAULT_SEVERITY: Mapping[Code, Severity] = {
    **dict.fromkeys(Code, Severity.HINT),
    Code.STACK_LIMIT: Severity.WARNING,
    Code.KEEPALIVE_MISSING: Severity.WARNING,
}

# A new goroutine starts with 2 KiB; a frame above 4 KiB makes it grow more than once
# (runtime.newstack doubles until the frame fits; seed fact W1).
DEFAULT_LARGE_FRAME_BYTES = 4096


@frozen
class Options:
    """What was written. Names are camelCase in editors and kebab-case in TOML."""

    severity: Mapping[str, str] | None = None
    tags: tuple[str, ...] | None = None
    tests: bool | None = None
    large_frame_bytes: int | None = None
    timeout_seconds: float | None = None
    inlay_hints: bool | None = None
    code_lens: bool | None = None
    diagnostics: bool | None = None
    go_path: str | None = None
    goos: str | None = None
    goarch: str | None = None


@frozen
class Settings:
    """What holds. ``severity`` lacks the codes that are off."""

    severity: Mapping[Code, Severity] = field(factory=lambda: dict(DEFAULT_SEVERITY))
    tags: tuple[str, ...] = ()
    tests: bool = False
    large_frame_bytes: int = DEFAULT_LARGE_FRAME_BYTES
    timeout_seconds: float = 600.0
    inlay_hints: bool = False
    code_lens: bool = True
    diagnostics: bool = True
    go_path: str | None = None
    goos: str | None = None
    goarch: str | None = None

    def severity_of(self, finding: Finding) -> Severity | None:
        """How loudly to show the finding; None when its code is off."""
        return self.severity.get(finding.code)


def _key(name: str, style: str) -> str:
    if style == "toml":
        return name.replace("_", "-")
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _strict(value: object, kind: type) -> object:
    # cattrs' default hooks coerce ("yes" -> True, 1.5 -> 1); a misspelt setting must not pass.
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise ValueError(f"expected {kind.__name__}, got {value!r}")
    return value


def _converter(style: str, hidden: Iterable[str]) -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (bool, int, float, str):
        converter.register_structure_hook(kind, _strict)
    renames: Any = {
        attribute.name: override(rename=_key(attribute.name, style), omit=attribute.name in hidden)
        for attribute in fields(Options)
    }
    hook = make_dict_structure_fn(Options, converter, _cattrs_forbid_extra_keys=True, **renames)
    converter.register_structure_hook(Options, hook)
    return converter


def structure_options(raw: object, *, style: str, origin: str) -> Options:
    """Options from a decoded mapping; ``style`` is ``"toml"`` or ``"editor"``.

    Raises ConfigError, naming ``origin`` and each wrong key, when anything is not understood.
    """
    if raw is None:
        return Options()
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{origin}: expected a table of settings, got {type(raw).__name__}")
    # A workspace's file is not trusted to choose the program that we run.
    hidden = ("go_path",) if style == "toml" else ()
    tags = raw.get("tags")
    if isinstance(tags, str):
        raise ConfigError(f"{origin}: tags must be a list of strings, got {tags!r}")
    present = {key: value for key, value in raw.items() if value is not None}
    try:
        return _converter(style, hidden).structure(present, Options)
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        details = "; ".join(
            line.replace("@ $.", "at ").replace("@ $", "in the settings")
            for line in cattrs.transform_error(error)
        )
        raise ConfigError(f"{origin}: {details}") from error


def read_file(directory: Path) -> Options:
    """Options of the nearest ``golsp-mem.toml`` at or above ``directory``; none is fine.

    Raises ConfigError when the file cannot be read or understood.
    """
    for parent in (directory, *directory.parents):
        path = parent / FILE_NAME
        if not path.is_file():
            continue
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path}: {error}") from error
        return structure_options(raw, style="toml", origin=str(path))
    return Options()


def resolve(*layers: Options) -> Settings:
    """Settings from options, later layers win; severities merge code by code.

    Raises ConfigError for an unknown code or severity.
    """
    settings = Settings()
    severity = dict(settings.severity)
    for layer in layers:
        for name in (
            "tags",
            "tests",
            "large_frame_bytes",
            "timeout_seconds",
            "inlay_hints",
            "code_lens",
            "diagnostics",
            "go_path",
            "goos",
            "goarch",
        ):
            value = getattr(layer, name)
            if value is not None:
                settings = evolve(settings, **{name: value})
        for written_code, level in (layer.severity or {}).items():
            for code in codes_named(written_code):
                if level == "off":
                    severity.pop(code, None)
                elif level in list(Severity):
                    severity[code] = Severity(level)
                else:
                    raise ConfigError(
                        f"severity of {written_code}: {level!r} is not one of "
                        f"{', '.join(Severity)}, off"
                    )
    if settings.large_frame_bytes <= 0:
        raise ConfigError("large-frame-bytes: must be above 0")
    if settings.timeout_seconds <= 0:
        raise ConfigError("timeout-seconds: must be above 0")
    if any(tag.startswith("-") or "," in tag for tag in settings.tags):
        raise ConfigError("tags: write one tag an entry, none starting with '-'")
    return evolve(settings, severity=severity)


def codes_named(written: str) -> list[Code]:
    """The codes that a written name stands for: a code, or a family such as ``heap-*``.

    Raises ConfigError when there is none.
    """
    if written.endswith("*"):
        family = [code for code in Code if code.startswith(written[:-1])]
        if family:
            return family
    elif written in list(Code):
        return [Code(written)]
    raise ConfigError(f"unknown code {written!r} (golsp-mem explain lists them)")
