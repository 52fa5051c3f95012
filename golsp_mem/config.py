"""Settings: what holds, once all that somebody wrote (`golsp_mem.options`) is laid together.

Settings are what the engine and the faces read: every field has a value.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum

from attrs import evolve, field, frozen

from golsp_mem.errors import ConfigError
from golsp_mem.model import Allocates, Code, Finding, PathKind, Severity
from golsp_mem.options import PGO_WORDS, Budget, Options, Target

DEFAULT_SEVERITY: Mapping[Code, Severity] = {code: code.row.severity for code in Code}

# A new goroutine starts with 2 KiB; a frame above 4 KiB makes it grow more than once
# (runtime.newstack doubles until the frame fits).
DEFAULT_LARGE_FRAME_BYTES = 4096

NEVER = "never"
COLD_KINDS = ("panic", "error")
COLD_PATHS = ("show", "quiet", "hide")


@frozen
class Exclusion:
    """A pattern as .gitignore writes them, and the directory that it is relative to."""

    root: str
    pattern: str


class TestFindings(StrEnum):
    """Of which ``_test.go`` files an editor shows findings: none, open ones, all."""

    __test__ = False  # for pytest

    OFF = "off"
    OPEN = "open"
    ALL = "all"


class Analyse(StrEnum):
    """When an editor's package is analysed: after each save, also while somebody types (of the text
    that is not saved yet), or only when a command asks for it."""

    ON_SAVE = "onSave"
    ON_TYPE = "onType"
    MANUAL = "manual"


class HeapCalls(StrEnum):
    """Which calls that allocate elsewhere are findings: none, those that the order puts among the
    first, those that a profile measured, all (somebody chose the code by its name), or all and
    those that cannot be followed where a profile measured what they allocate."""

    NONE = "none"
    RANKED = "ranked"
    MEASURED = "measured"
    ALL = "all"
    ALL_AND_MEASURED = "all and measured"

    @property
    def are_chosen(self) -> bool:
        return self in (HeapCalls.ALL, HeapCalls.ALL_AND_MEASURED)

    @property
    def are_measured(self) -> bool:
        return self in (HeapCalls.MEASURED, HeapCalls.ALL_AND_MEASURED)


@frozen
class Settings:
    """What holds. ``severity`` lacks the codes that are off; ``fail_on`` None: nothing fails.

    ``cold_paths`` (one of `COLD_PATHS`, None: not written) is what becomes of findings whose lines
    run once or to report an error or panic. ``profile`` names heap profiles, of which the newest
    counts; findings with ``hot`` percent of it or more are louder in editors. ``noalloc_exempt``
    are the kinds of cold paths (`COLD_KINDS`) that contracts overlook.
    """

    severity: Mapping[Code, Severity] = field(factory=lambda: dict(DEFAULT_SEVERITY))
    exclude: tuple[Exclusion, ...] = ()
    generated: bool = False
    fail_on: Severity | None = Severity.WARNING
    baseline: str | None = None
    require_reason: bool = False
    noalloc_exempt: tuple[str, ...] = ()
    cold_paths: str | None = None
    profile: tuple[Exclusion, ...] = ()
    hot: float = 1.0
    budget: Mapping[str, Budget] = field(factory=dict)
    heap_calls: HeapCalls = HeapCalls.NONE
    configurations: tuple[Target, ...] = ()
    tags: tuple[str, ...] = ()
    tests: bool = False
    test_findings: TestFindings = TestFindings.OPEN
    large_frame_bytes: int = DEFAULT_LARGE_FRAME_BYTES
    timeout_seconds: float = 600.0
    inlay_hints: bool = False
    code_lens: bool = True
    diagnostics: bool = True
    problems_level: Severity = Severity.HINT
    analyse: Analyse = Analyse.ON_SAVE
    go_path: str | None = None
    goos: str | None = None
    goarch: str | None = None
    # The go command's -pgo: auto, off, or an absolute file; None: as it is without.
    pgo: str | None = None

    @property
    def asks_for_calls(self) -> bool:
        """Whether what all calls allocate has to be known."""
        counted = any(budget.calls for budget in self.budget.values())
        return counted or self.heap_calls not in (HeapCalls.NONE, HeapCalls.RANKED)

    def is_cold(self, finding: Finding) -> bool:
        """Whether ``cold_paths`` speaks of the finding: an allocation that runs once, or to report
        an error or panic."""
        return finding.code.is_heap and finding.execution.path in (
            PathKind.ERROR, PathKind.PANIC, PathKind.ONCE,
        )  # fmt: skip

    def severity_of(self, finding: Finding) -> Severity | None:
        """How loudly to show the finding; None when its code is off.

        A contract that is broken on a condition speaks one level lower than one that is broken
        whenever the line runs; what the callers of the function do is no condition. So does an
        owner that is lost unless a caller holds it. What a strict promise forbids is an error.
        """
        severity = self.severity.get(finding.code)
        if severity is not None and finding.strict:
            return Severity.ERROR
        if severity is None or finding.code not in _LOWERED:
            return severity
        if finding.as_written is Allocates.ALWAYS:
            return severity
        return list(Severity)[max(severity.rank - 1, 0)]


_LOWERED = (Code.CONTRACT_NOALLOC, Code.KEEPALIVE_MISSING)
_PLAIN = ("generated", "require_reason", "tags", "large_frame_bytes", "timeout_seconds",
          "inlay_hints", "code_lens", "diagnostics", "go_path", "goos", "goarch",
          "noalloc_exempt", "cold_paths", "hot", "configurations")  # fmt: skip


def resolve(*layers: Options) -> Settings:
    """Settings from options, later layers win.

    Severities and budgets merge entry by entry, exclusions and ignored codes add up; a layer
    that selects codes forgets what earlier ones ignored. Raises ConfigError for what cannot be.
    """
    settings = Settings()
    severity = dict(settings.severity)
    selected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    for layer in layers:
        plain = {name: getattr(layer, name) for name in _PLAIN}
        written = {name: value for name, value in plain.items() if value is not None}
        settings = evolve(settings, **written)
        for name, level in sorted((layer.severity or {}).items(), key=_precision):
            _set_severity(severity, name, level)
        if layer.select:
            selected, ignored = layer.select, ()
        ignored += layer.ignore or ()
        exclusions = tuple(Exclusion(layer.root, pattern) for pattern in layer.exclude or ())
        settings = evolve(
            settings,
            exclude=settings.exclude + exclusions,
            budget={**settings.budget, **(layer.budget or {})},
        )
        if layer.profile is not None:
            profile = tuple(Exclusion(layer.root, pattern) for pattern in layer.profile)
            settings = evolve(settings, profile=profile)
        if layer.baseline is not None:
            path = os.path.join(layer.root, layer.baseline)  # noqa: PTH118 - keeps links
            settings = evolve(settings, baseline=path if layer.baseline else None)
        if layer.pgo is not None:
            settings = evolve(settings, pgo=_profile(layer.pgo, layer.root))
        settings = _with_tests(settings, layer.tests)
        if layer.problems_level is not None:
            settings = evolve(settings, problems_level=_level(layer.problems_level))
        if layer.analyse is not None:
            settings = evolve(settings, analyse=_moment(layer.analyse))
        if layer.fail_on is not None:
            settings = evolve(settings, fail_on=_threshold(layer.fail_on))
    _refuse(settings)
    if Code.HEAP_CALL in {*selected, *(name for one in layers for name in one.severity or ())}:
        settings = evolve(settings, heap_calls=HeapCalls.ALL)
    return evolve(settings, severity=_chosen(severity, selected, ignored))


def _precision(entry: tuple[str, str]) -> tuple[bool, int]:
    """Families before codes, wide before narrow: the order in a table means nothing."""
    name, _ = entry
    return (not name.endswith("*"), len(name))


def _set_severity(severity: dict[Code, Severity], name: str, level: str) -> None:
    for code in codes_named(name):
        if level == "off":
            severity.pop(code, None)
        elif level in list(Severity):
            severity[code] = Severity(level)
        else:
            raise ConfigError(
                f"severity of {name}: {level!r} is not one of {', '.join(Severity)}, off"
            )


def _with_tests(settings: Settings, written: bool | str | None) -> Settings:
    """A run in the terminal knows yes and no; an editor also what is open."""
    if written is None:
        return settings
    if isinstance(written, bool):
        shown = TestFindings.ALL if written else settings.test_findings
        return evolve(settings, tests=written, test_findings=shown)
    if written not in list(TestFindings):
        raise ConfigError(f"tests: {written!r} is not one of {', '.join(TestFindings)}")
    shown = TestFindings(written)
    return evolve(settings, tests=shown is TestFindings.ALL, test_findings=shown)


def _profile(written: str, root: str) -> str:
    """A policy for PGO: a word, or a file, relative to where the settings lie."""
    if written in PGO_WORDS:
        return written
    path = os.path.join(root, written)  # noqa: PTH118 - keeps links
    if not written or "\0" in written or not os.path.isfile(path):  # noqa: PTH113
        raise ConfigError(f"pgo: {written!r} is neither auto, off, nor a CPU profile that is there")
    return path


def _level(written: str) -> Severity:
    if written in list(Severity):
        return Severity(written)
    raise ConfigError(f"problems-level: {written!r} is not one of {', '.join(Severity)}")


def _moment(written: str) -> Analyse:
    if written in list(Analyse):
        return Analyse(written)
    raise ConfigError(f"analyse: {written!r} is not one of {', '.join(Analyse)}")


def _threshold(written: str) -> Severity | None:
    if written == NEVER:
        return None
    if written in list(Severity):
        return Severity(written)
    raise ConfigError(f"fail-on: {written!r} is not one of {', '.join(Severity)}, {NEVER}")


def _chosen(
    severity: Mapping[Code, Severity], selected: Sequence[str], ignored: Sequence[str]
) -> dict[Code, Severity]:
    """The severities of the chosen codes. A selected code that was switched off is back with
    its default."""
    chosen = _codes(selected) if selected else set(severity)
    chosen -= _codes(ignored)
    return {code: severity.get(code, DEFAULT_SEVERITY[code]) for code in Code if code in chosen}


def _codes(written: Iterable[str]) -> set[Code]:
    return {code for name in written for code in codes_named(name)}


def _refuse(settings: Settings) -> None:
    """Raises ConfigError for values that no run can have."""
    if settings.large_frame_bytes <= 0:
        raise ConfigError("large-frame-bytes: must be above 0")
    if not settings.timeout_seconds > 0:  # nan is not either
        raise ConfigError("timeout-seconds: must be above 0")
    tags = [*settings.tags, *(tag for one in settings.configurations for tag in one.tags or ())]
    if any(tag.startswith("-") or "," in tag or not tag for tag in tags):
        raise ConfigError("tags: write one tag an entry, none starting with '-'")
    for kind in settings.noalloc_exempt:
        if kind not in COLD_KINDS:
            raise ConfigError(f"noalloc-exempt: {kind!r} is not one of {', '.join(COLD_KINDS)}")
    if not 0 <= settings.hot <= 100:
        raise ConfigError("hot: a share in percent, from 0 to 100")
    if settings.cold_paths not in (None, *COLD_PATHS):
        raise ConfigError(
            f"cold-paths: {settings.cold_paths!r} is not one of {', '.join(COLD_PATHS)}"
        )
    for name, budget in settings.budget.items():
        for limit in (budget.max_allocations, budget.max_bytes):
            if limit is not None and limit < 0:
                raise ConfigError(f"budget of {name}: must not be below 0")


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
    close = get_close_matches(written, list(Code), n=1)
    hint = f"did you mean {close[0]}?" if close else "golsp-mem explain lists them"
    raise ConfigError(f"unknown code {written!r} ({hint})")
