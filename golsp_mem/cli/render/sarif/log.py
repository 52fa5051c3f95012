"""A SARIF 2.1.0 log as text, and several logs as one.

Section numbers are those of the OASIS specification.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from golsp_mem.analysis.callers import copies_by_function
from golsp_mem.cli.render.sarif.parts import INLINED, as_whole, inlined_from
from golsp_mem.errors import ConfigError
from golsp_mem.report.json.jsons import dumps
from golsp_mem.report.json.parts import part_from
from golsp_mem.report.model import Part

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
VERSION = "2.1.0"
PART = "part"
"""The property of a run that says which shard it is, as `golsp_mem.report.json.parts` writes it."""

Json = Mapping[str, object]

# What the runs that we write have besides their results. A run with anything else may refer to
# it by number (artifacts, threadFlowLocations ...), so it cannot be laid together with another.
_MEMBERS = frozenset(
    {"tool", "columnKind", "originalUriBaseIds", "invocations", "properties", "results"}
)
_SUCCESS, _NOTES = "executionSuccessful", "toolExecutionNotifications"


@frozen
class Run:
    """One run (3.14): its members but for ``results``, and each result as JSON text."""

    head: Json
    results: Sequence[str]


def log_text(runs: Iterable[Run]) -> Iterator[str]:
    """A log; each result is a line of its own."""
    yield f'{{"$schema": {dumps(SCHEMA)}, "version": {dumps(VERSION)}, "runs": [\n'
    before = ""
    for run in runs:
        yield before + dumps(run.head)[:-1] + ',\n"results": ['
        separator = "\n  "
        for result in run.results:
            yield separator + result
            separator = ",\n  "
        yield "]}"
        before = ",\n"
    yield "]}\n"


def is_log(raw: object) -> bool:
    """Whether a decoded JSON value claims to be a SARIF log, of whichever version."""
    return isinstance(raw, Mapping) and isinstance(raw.get("runs"), list) and "version" in raw


def succeeded(runs: Iterable[Run]) -> bool:
    """Whether no run says that it failed (3.20.14)."""
    return all(
        invocation.get(_SUCCESS) is not False
        for run in runs
        for invocation in _objects(run.head.get("invocations"))
    )


def parts_of(logs: Iterable[tuple[str, object]]) -> dict[Hashable, list[tuple[str, Part | None]]]:
    """Which parts of which runs the logs (origin, decoded JSON) are, those of one run together.

    Raises ConfigError for what is no log.
    """
    groups: dict[Hashable, list[tuple[str, Part | None]]] = {}
    for origin, raw in logs:
        for number, run in enumerate(_runs(origin, raw)):
            properties = run.get("properties")
            part = properties.get(PART) if isinstance(properties, Mapping) else None
            key = _key_of(_Shard(origin, run), number)
            groups.setdefault(key, []).append((origin, part_from(part, origin)))
    return groups


def _key_of(shard: _Shard, number: int) -> str:
    try:
        return shard.key or f"{shard.origin}\0{number}"
    except RecursionError as error:
        raise ConfigError(f"{shard.origin}: JSON that is nested too deeply") from error


def joined_logs(logs: Iterable[tuple[str, object]]) -> list[Run]:
    """The runs of all logs (origin, decoded JSON), shards of one run joined.

    Runs that say the same of tool, configuration and columns are shards of one: results are in
    the order of their packages, a package that is in two of them with equal results counts once,
    the invocation is successful if all were. Where the work tree lay is what the first says. What
    the packages of one part inline changes what is said of another's (`INLINED`).
    Raises ConfigError for what is no log, and for a package whose results differ.
    """
    shards: dict[str, list[_Shard]] = {}
    for origin, raw in logs:
        for number, run in enumerate(_runs(origin, raw)):
            shard = _Shard(origin, run)
            shards.setdefault(_key_of(shard, number), []).append(shard)
    try:
        return [_joined(alike) for alike in shards.values()]
    except RecursionError as error:
        raise ConfigError("these logs have JSON that is nested too deeply") from error


def _runs(origin: str, raw: object) -> list[Json]:
    if not is_log(raw) or not isinstance(raw, Mapping):
        raise ConfigError(f"{origin}: not a SARIF log")
    if raw["version"] != VERSION:
        raise ConfigError(f"{origin}: a SARIF log of another version than {VERSION}")
    runs: list[Json] = []
    for number, run in enumerate(raw["runs"]):
        if not isinstance(run, Mapping):
            raise ConfigError(f"{origin}: runs[{number}] must be an object")
        results = run.get("results")
        if results is not None and not (
            isinstance(results, list) and all(isinstance(one, Mapping) for one in results)
        ):
            raise ConfigError(f"{origin}: runs[{number}].results must be a list of objects")
        runs.append(run)
    return runs


@frozen
class _Shard:
    """One run of a file."""

    origin: str
    run: Json

    @property
    def results(self) -> list[Json]:
        return _objects(self.run.get("results"))

    @property
    def key(self) -> str | None:
        """What shards of one run have in common; None for a run that is none of ours."""
        invocations = self.run.get("invocations")
        if not self.run.keys() <= _MEMBERS or not isinstance(invocations, list):
            return None
        if len(invocations) != 1 or not isinstance(invocations[0], Mapping):
            return None
        if invocations[0].keys() != {_SUCCESS, _NOTES}:
            return None
        if not all(map(_package_of, self.results)):
            return None
        same = ("tool", "columnKind")
        return dumps([*(self.run.get(name) for name in same), _whole(self.run)])


def _whole(run: Json) -> object:
    """The property bag of a run without what makes it a part."""
    properties = run.get("properties")
    if not isinstance(properties, Mapping):
        return properties
    return {name: value for name, value in properties.items() if name not in (PART, INLINED)}


def _joined(shards: Sequence[_Shard]) -> Run:
    first = shards[0].run
    head = {name: value for name, value in first.items() if name != "results"}
    if "properties" in head:
        head["properties"] = _whole(first)
    copies = copies_by_function(
        entry for shard in shards for entry in inlined_from(shard.run.get("properties"))
    )
    if len(shards) == 1:
        return Run(head, [dumps(as_whole(result, copies)) for result in shards[0].results])
    results: dict[str, list[str]] = {}
    notes: dict[str, list[Json]] = {}
    # Notes on no package tell what a log leaves out; they come last and hold for each shard.
    others: list[Json] = []
    successful = True
    for shard in shards:
        mine: dict[str, list[str]] = defaultdict(list)
        for result in shard.results:
            mine[_package_of(result)].append(dumps(as_whole(result, copies)))
        for package, texts in mine.items():
            if results.setdefault(package, texts) != texts:
                raise ConfigError(
                    f"{shard.origin}: {package} differs from another log; merge logs of the "
                    "same code, each package checked once"
                )
        [invocation] = _objects(shard.run["invocations"])
        successful = successful and invocation[_SUCCESS] is True
        said: dict[str, list[Json]] = defaultdict(list)
        for note in _objects(invocation[_NOTES]):
            said[_package_of(note)].append(note)
        others += said.pop("", [])
        for package, told in said.items():
            notes.setdefault(package, told)
    ordered = [note for package in sorted(notes) for note in notes[package]]
    head["invocations"] = [{_SUCCESS: successful, _NOTES: [*ordered, *others]}]
    return Run(head, [text for package in sorted(results) for text in results[package]])


def _package_of(entry: Json) -> str:
    """The import path in an object's property bag (3.8); empty when there is none."""
    properties = entry.get("properties")
    package = properties.get("package") if isinstance(properties, Mapping) else None
    return package if isinstance(package, str) else ""


def _objects(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
