"""Findings that a project has accepted, so that CI stops new ones only.

A baseline knows a finding by its fingerprint: package, function, construct, subject and cause,
never the line; of a function literal in a package variable also the file's name. It also records
what it was made with, and a digest of the source text of each accepted function and of each
package: where those are as they were and the Go release, the target or the tags are not, a
difference comes from them and not from the code.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import asdict, evolve, field, frozen

from golsp_mem.codes import Family
from golsp_mem.errors import ConfigError
from golsp_mem.model import Allocates
from golsp_mem.report.json.parts import part_from
from golsp_mem.report.json.reader import decoded
from golsp_mem.report.model import Configuration, Part, Report
from golsp_mem.report.sources import Sources, declaration_digest, package_digest

SCHEMA = 1
_AGAIN = "make it again with --write-baseline"


@frozen(order=True)
class Accepted:
    """One accepted finding. The fingerprint identifies it; ``source`` is the digest of the
    declaration that it stands in, empty where that was not recorded."""

    package: str
    function: str
    code: str
    fingerprint: str
    source: str = ""


@frozen
class Baseline:
    """What a file holds. ``sources`` are digests of packages by import path; ``made_with`` is
    empty in files of golsp-mem before 0.2, ``part`` None unless it is that of a shard."""

    accepted: tuple[Accepted, ...]
    made_with: tuple[Configuration, ...] = ()
    sources: Mapping[str, str] = field(factory=dict)
    part: Part | None = None


def baseline_of(report: Report, sources: Sources, files: Mapping[str, Sequence[str]]) -> Baseline:
    """The baseline that accepts all of a report, bookkeeping too; verdicts "never" and findings
    about comments are not entries. ``files`` are the packages' by import path."""
    accepted = tuple(
        sorted(
            Accepted(
                shown.finding.package,
                shown.finding.function,
                shown.finding.code,
                shown.finding.fingerprint,
                declaration_digest(sources, shown.finding),
            )
            for shown in report.shown
            if shown.finding.allocates is not Allocates.NEVER
            and shown.finding.code.family is not Family.DIRECTIVE
        )
    )
    built = {package.import_path for package in report.packages if not package.errors}
    digests = {
        path: package_digest(sources, files[path]) for path in sorted(built) if path in files
    }
    return Baseline(accepted, report.configurations, digests, report.part)


def merged_baselines(baselines: Iterable[Baseline]) -> Baseline:
    """One baseline of several: of a package that occurs in more than one, the larger count of
    each entry; equal to the baseline of one run where the packages are disjoint.

    Raises ConfigError when they were made with different Go releases, targets or tags.
    """
    most: Counter[Accepted] = Counter()
    made_with: tuple[Configuration, ...] = ()
    sources: dict[str, str] = {}
    for baseline in baselines:
        if made_with and baseline.made_with and made_with != baseline.made_with:
            raise ConfigError(
                f"these baselines were made with {titles(made_with)} and with "
                f"{titles(baseline.made_with)}; make them with the same"
            )
        made_with = made_with or baseline.made_with
        most |= Counter(baseline.accepted)
        sources |= baseline.sources
    return Baseline(tuple(sorted(most.elements())), made_with, dict(sorted(sources.items())))


def titles(configurations: Iterable[Configuration]) -> str:
    """``go1.26.8 linux/amd64, go1.26.8 windows/amd64``."""
    return ", ".join(one.title + (" with tests" if one.tests else "") for one in configurations)


def baseline_text(baseline: Baseline) -> str:
    """The file: one entry a line, sorted, so that a diff reads well and merges."""
    made_with = [one.as_json() for one in baseline.made_with]
    entries = [
        {"package": one.package, "function": one.function, "code": one.code,
         "fingerprint": one.fingerprint, **({"source": one.source} if one.source else {})}
        for one in baseline.accepted
    ]  # fmt: skip
    part = f' "part": {json.dumps(asdict(baseline.part))},' if baseline.part else ""
    head = f'{{"schema": {SCHEMA},{part} "made_with": {json.dumps(made_with)},\n'
    sources = _lines(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in baseline.sources.items())
    return (
        f'{head}"sources": {{{sources}}},\n'
        f'"accepted": [{_lines(json.dumps(entry) for entry in entries)}]}}\n'
    )


def _lines(entries: Iterable[str]) -> str:
    body = ",\n".join(f"  {entry}" for entry in entries)
    return f"\n{body}\n" if body else ""


def parse_baseline(text: str, origin: str) -> Baseline:
    """The baseline in a text. Raises ConfigError naming ``origin`` for what is none."""
    try:
        raw: Any = decoded(text, f"baseline {origin}")
    except ConfigError as error:
        raise ConfigError(f"{error} ({_AGAIN})") from error
    entries = raw.get("accepted") if isinstance(raw, dict) else None
    if not isinstance(entries, list):
        raise ConfigError(f"baseline {origin}: not a baseline of golsp-mem ({_AGAIN})")
    if type(raw.get("schema")) is not int or raw["schema"] != SCHEMA:
        said = json.dumps(raw.get("schema"))[:40]
        raise ConfigError(f"baseline {origin}: schema {said} is not {SCHEMA} ({_AGAIN})")
    try:
        made_with = tuple(_configuration(one) for one in raw.get("made_with", ()))
        sources = {str(path): _text(digest) for path, digest in raw.get("sources", {}).items()}
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise ConfigError(f"baseline {origin}: made_with or sources cannot be read") from error
    accepted = tuple(_entry(origin, number, entry) for number, entry in enumerate(entries, 1))
    return Baseline(accepted, made_with, sources, part_from(raw.get("part"), origin))


def _entry(origin: str, number: int, entry: object) -> Accepted:
    names = ("package", "function", "code", "fingerprint")
    if not isinstance(entry, Mapping) or not all(isinstance(entry.get(n), str) for n in names):
        raise ConfigError(f"baseline {origin}: entry {number} needs {', '.join(names)}")
    made = Accepted(*(entry[name] for name in names))
    source = entry.get("source")
    return evolve(made, source=source) if isinstance(source, str) else made


def _configuration(raw: object) -> Configuration:
    if not isinstance(raw, Mapping):
        raise TypeError(raw)
    tags = raw["tags"]
    if not isinstance(tags, list) or not isinstance(raw["tests"], bool):
        raise TypeError(raw)
    go, goos, goarch = (_text(raw[name]) for name in ("go", "goos", "goarch"))
    build = raw.get("build", [])
    if not isinstance(build, list):
        raise TypeError(raw)
    return Configuration(
        go, goos, goarch, tuple(map(_text, tags)), raw["tests"], tuple(map(_text, build))
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
