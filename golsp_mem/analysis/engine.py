"""One run: toolchain output -> facts -> findings."""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import tempfile
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from attrs import define, evolve, field, frozen

from golsp_mem.analysis.compiled import CompiledPackage, FileNames, add_objects
from golsp_mem.analysis.findings import heap_findings
from golsp_mem.analysis.flows import FlowTable, flow_of
from golsp_mem.compiler.allocations import TypeFacts, type_symbols
from golsp_mem.compiler.archive import GoObject, parse_builtins, read_archive
from golsp_mem.compiler.messages import Heading, Unparsed, parse_heading, parse_message
from golsp_mem.config import Settings
from golsp_mem.errors import ArchiveError, UsageError
from golsp_mem.model import (
    Analysis,
    BuildError,
    Finding,
    FunctionFacts,
    GoVersion,
    Message,
    MessageKind,
    PackageAnalysis,
    PackageStatus,
    Position,
    Step,
)
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain import go
from golsp_mem.toolchain.go import ListedPackage, Toolchain

_SOURCE_CACHE_FILES = 256


@frozen
class Progress:
    """What a long run is doing: ``done`` of ``total`` steps, None when nobody knows."""

    message: str
    done: int
    total: int | None


OnProgress = Callable[[Progress], None]


@define
class SourceCache:
    """Parsed Go files by path, the most recently used; an overlay's text wins over the disk."""

    overlay: Mapping[Path, bytes] = field(factory=dict)
    _files: OrderedDict[str, GoFile | None] = field(factory=OrderedDict)

    def __call__(self, path: str) -> GoFile | None:
        if path in self._files:
            self._files.move_to_end(path)
            return self._files[path]
        try:
            text = self.overlay.get(Path(path)) or Path(path).read_bytes()
            parsed: GoFile | None = GoFile.parse(path, text)
        except (OSError, ValueError):
            parsed = None
        self._files[path] = parsed
        if len(self._files) > _SOURCE_CACHE_FILES:
            self._files.popitem(last=False)
        return parsed


@define
class _Texts:
    """The compiler's text by base package, as it streams in."""

    directory: Path
    messages: dict[str, dict[tuple[str, int], list[Message]]] = field(
        factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    unparsed: dict[str, int] = field(factory=lambda: defaultdict(int))
    on_package: Callable[[str], None] | None = None
    flows: FlowTable | None = None
    _current: str = ""
    _paths: dict[str, str] = field(factory=dict)

    def feed(self, line: str) -> None:
        if line.startswith("# "):
            heading = parse_heading(line)
            if heading is not None:
                self._enter(heading)
                return
        if not line.strip() or not self._current:
            return
        if self.flows is not None and self.flows.feed(line, self._path):
            return
        message = parse_message(line)
        if isinstance(message, Unparsed):
            self.unparsed[self._current] += 1
            return
        if message.kind is MessageKind.OTHER:
            return
        position = message.position
        path = self._path(position.file)
        here = self.messages[self._current][path, position.line]
        placed = evolve(message, position=evolve(position, file=path))
        if placed not in here:
            here.append(placed)

    def _enter(self, heading: Heading) -> None:
        self._current = _base_of(heading.package, heading.variant)
        if self.on_package:
            self.on_package(heading.package)

    def _path(self, written: str) -> str:
        known = self._paths.get(written)
        if known is None:
            joined = os.path.join(self.directory, written)  # noqa: PTH118 - hot path
            known = self._paths[written] = os.path.normpath(joined)
        return known


def _relocated(
    messages: Mapping[tuple[str, int], list[Message]], files: Sequence[str]
) -> dict[tuple[str, int], list[Message]]:
    """Messages under the package's own files.

    The go command replays text from its build cache as the run wrote it that compiled first,
    with paths relative to that run's directory: from another one they lead nowhere. All files
    of a package lie in one directory, so the last name tells them apart.
    """
    by_name = {os.path.basename(file): file for file in files}  # noqa: PTH119 - hot path
    own = frozenset(files)
    paths = {
        path: path
        if path in own or os.path.exists(path)  # noqa: PTH110
        else by_name.get(os.path.basename(path), path)  # noqa: PTH119
        for path in {path for path, _ in messages}
    }
    found: dict[tuple[str, int], list[Message]] = {}
    for (path, line), here in messages.items():
        target = found.setdefault((paths[path], line), [])
        for message in here:
            placed = evolve(message, position=evolve(message.position, file=paths[path]))
            if placed not in target:
                target.append(placed)
    return found


def _base_of(package: str, variant: str | None) -> str:
    """The package that a test variant belongs to: ``p`` of ``p_test [p.test]``."""
    if variant and variant.endswith(".test"):
        return variant.removesuffix(".test")
    return package


@define
class Dependencies:
    """What one compile took from other packages' archives: type sizes, names of functions.

    ``exports`` are archive paths by import path. Archives are mapped, not read: only the
    pages that are asked for come into memory.
    """

    exports: Mapping[str, str]
    builtins: Sequence[str]
    _objects: dict[str, GoObject | None] = field(factory=dict)
    _types: dict[str, Mapping[str, TypeFacts]] = field(factory=dict)

    def type_facts(self, name: str) -> TypeFacts | None:
        package = _package_of_type(name)
        if package is None:
            return None
        if package not in self._types:
            obj = self._object(package)
            self._types[package] = type_symbols(obj) if obj else {}
        return self._types[package].get(name)

    def function_name(self, package: str, symbol: int) -> str | None:
        obj = self._object(unquote(package))
        return obj.symbol_name(symbol) if obj and symbol < obj.defined else None

    def _object(self, package: str) -> GoObject | None:
        if package not in self._objects:
            self._objects[package] = self._read(package)
        return self._objects[package]

    def _read(self, package: str) -> GoObject | None:
        path = self.exports.get(package)
        if path is None:
            return None
        try:
            objects = read_archive(map_file(path), self.builtins)
        except (OSError, ValueError, ArchiveError):
            # A size or a name stays unknown; the findings themselves do not depend on it.
            return None
        return objects[0] if objects else None


def map_file(path: str) -> mmap.mmap:
    """A file's bytes without reading them all. Raises OSError, ValueError when empty."""
    with Path(path).open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _package_of_type(name: str) -> str | None:
    head = name.split("[", 1)[0]
    slash = head.rfind("/")
    dot = head.find(".", slash + 1)
    if dot < 0 or " " in head:
        return None
    return unquote(head[:dot])


class Engine:
    """Analyses packages below one directory. Not bound to an event loop until used."""

    def __init__(self, settings: Settings, directory: Path) -> None:
        self.settings = settings
        self.directory = directory
        self._toolchain: Toolchain | None = None
        self._builtins: tuple[str, ...] = ()
        # Reading object files is Python's own work: one thread keeps the event loop free
        # without two runs fighting for the interpreter.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="golsp-mem")

    async def toolchain(self) -> Toolchain:
        """The Go that this engine uses. Raises ToolchainError subclasses."""
        if self._toolchain is None:
            found = await go.find_go(self.settings, self.directory)
            self._builtins = parse_builtins(go.read_builtins(found.version.goroot))
            self._toolchain = found
        return self._toolchain

    async def go_version(self) -> GoVersion:
        return (await self.toolchain()).version

    async def check(
        self,
        patterns: Sequence[str],
        *,
        tests: bool = False,
        reasons: bool = False,
        overlay: Mapping[Path, bytes] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Analysis:
        """Compile and analyse the packages that the patterns name.

        Raises UsageError (bad pattern, nothing matched), ToolchainError, AnalysisTimeout.
        Packages that do not build come back FAILED with their errors. Cancelling kills ``go``
        and its children.
        """
        started = time.monotonic()
        toolchain = await self.toolchain()
        report = on_progress or (lambda _: None)
        compiled = 0

        def count(package: str) -> None:
            nonlocal compiled
            compiled += 1
            report(Progress(f"compiled {package}", compiled, None))

        report(Progress("building", 0, None))
        flows = FlowTable() if reasons else None
        texts = _Texts(self.directory, on_package=count, flows=flows)
        with _overlay_file(overlay) as overlay_path:
            listed = await go.list_packages(
                toolchain, patterns, directory=self.directory, settings=self.settings,
                gcflags="-m=2" if reasons else "-m", tests=tests, overlay=overlay_path,
                on_line=texts.feed,
            )  # fmt: skip
        groups = _by_base(listed, tests)
        if not groups:
            raise UsageError(
                f"no Go packages match {' '.join(patterns)} in {self.directory}; "
                "run inside a module or name a package"
            )
        plain = Dependencies(_exports(listed, None), self._builtins)
        sources = SourceCache(overlay or {})
        names = FileNames.of(
            toolchain.version.goroot,
            {path: [f for p in group for f in p.files] for path, group in groups.items()},
        )
        analysed = []
        loop = asyncio.get_running_loop()
        for number, (import_path, group) in enumerate(groups.items()):
            report(Progress(f"reading {import_path}", number, len(groups)))
            work = partial(
                self._analyse, import_path, group, texts, names, plain,
                Dependencies(_exports(listed, import_path), self._builtins) if tests else plain,
                sources, toolchain.version.goarch,
            )  # fmt: skip
            analysed.append(await loop.run_in_executor(self._executor, work))
            texts.messages.pop(import_path, None)
        if flows is not None:
            analysed = [flows.explain(package) for package in analysed]
        return Analysis(
            go=toolchain.version,
            packages=tuple(analysed),
            seconds=time.monotonic() - started,
            warnings=toolchain.warnings,
        )

    async def flow(self, package: PackageAnalysis, finding: Finding) -> tuple[Step, ...]:
        """Why the finding's value escapes, step by step; empty when the compiler does not say.

        Compiles the package's front end once more with ``-m=2`` and stops it as soon as the
        finding's block has passed. Raises ToolchainError, AnalysisTimeout.
        """
        if finding.why is None:
            return ()
        return await flow_of(
            await self.toolchain(), package.import_path, finding.why,
            directory=self.directory, settings=self.settings,
        )  # fmt: skip

    def _analyse(
        self,
        import_path: str,
        group: Sequence[ListedPackage],
        texts: _Texts,
        names: FileNames,
        plain: Dependencies,
        tested: Dependencies,
        sources: SourceCache,
        goarch: str,
    ) -> PackageAnalysis:
        files = tuple(dict.fromkeys(path for package in group for path in package.files))
        compiled = CompiledPackage(
            import_path=import_path,
            directory=group[0].directory,
            own_files=frozenset(files),
            messages=_relocated(texts.messages.get(import_path, {}), files),
            unparsed=texts.unparsed.get(import_path, 0),
        )
        errors: list[BuildError] = []
        # `p [p.test]` holds all of p and p's tests: reading p too would only say it twice.
        superseded = {p.for_test for p in group if p.export and p.is_variant_of_itself}
        for package in group:
            if package.error is not None:
                errors += _build_errors(package.error, self.directory)
            if package.export is None or package.import_path in superseded:
                continue
            needs = tested if package.for_test else plain
            try:
                objects = read_archive(
                    map_file(package.export), self._builtins, needs.function_name
                )
                add_objects(compiled, package.import_path, objects, names, needs.type_facts)
            except (OSError, ValueError) as error:
                errors.append(BuildError(f"{package.export}: {error}"))
            except ArchiveError as error:
                errors.append(BuildError(f"{package.import_path}: {error}"))
        return PackageAnalysis(
            import_path=import_path,
            directory=compiled.directory,
            status=PackageStatus.FAILED if errors else PackageStatus.OK,
            files=files,
            findings=tuple(heap_findings(compiled, sources, goarch)),
            functions=tuple(_with_leaks(compiled, sources)),
            errors=tuple(dict.fromkeys(errors)),
            unparsed=compiled.unparsed,
        )


def _exports(listed: Sequence[ListedPackage], tested: str | None) -> dict[str, str]:
    """Archives by import path as one compile sees them: ``p [q.test]`` replaces p in q's tests."""
    exports = {p.import_path: p.export for p in listed if p.export and not p.for_test}
    for package in listed:
        if tested and package.for_test == tested and package.export:
            exports[package.import_path.split(" ", 1)[0]] = package.export
    return exports


def _by_base(listed: Sequence[ListedPackage], tests: bool) -> dict[str, list[ListedPackage]]:
    """The named packages with their test variants, without generated test mains."""
    groups: dict[str, list[ListedPackage]] = {}
    for package in listed:
        if package.dep_only or not package.import_path:
            continue
        if tests and package.name == "main" and package.import_path.endswith(".test"):
            # The generated main of a test binary.
            continue
        if package.error and not package.files and not package.directory:
            _refuse(package.error)
        base = package.for_test or package.import_path
        groups.setdefault(base, []).append(package)
    return groups


def _refuse(error: str) -> None:
    """A pattern that names nothing is a wrong call, not a package that does not build."""
    lines = error.splitlines()
    raise UsageError(f"{lines[0] if lines else error} (is this a Go module?)")


def _build_errors(text: str, directory: Path) -> Iterator[BuildError]:
    for line in text.splitlines():
        if not line.strip() or line.startswith("# "):
            continue
        message = parse_error(line, directory)
        yield message


def parse_error(line: str, directory: Path) -> BuildError:
    """One error line of ``go``, with its place when it names one."""
    parts = line.split(":", 3)
    if len(parts) == 4 and parts[1].isdigit() and parts[2].isdigit():
        path = os.path.normpath(os.path.join(directory, parts[0]))  # noqa: PTH118
        return BuildError(line, Position(path, int(parts[1]), int(parts[2])))
    return BuildError(line)


def _with_leaks(compiled: CompiledPackage, sources: SourceCache) -> Iterator[FunctionFacts]:
    leaks: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for (path, line), messages in compiled.messages.items():
        for message in messages:
            if message.kind is not MessageKind.LEAKS:
                continue
            file = sources(path)
            owner = file.function_at(line, message.position.column) if file else None
            if owner is not None:
                leaks[path, owner.name].append(message)
    prefix = compiled.import_path + "."
    for facts in compiled.functions.values():
        short = facts.name.removeprefix(prefix)
        yield evolve(facts, leaks=tuple(leaks.get((facts.file, short), ())))


@contextmanager
def _overlay_file(overlay: Mapping[Path, bytes] | None) -> Iterator[Path | None]:
    """The file that ``go -overlay`` reads (JSON: path -> replacement), with its texts."""
    if not overlay:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="golsp-mem-") as directory:
        replace = {}
        for number, (path, text) in enumerate(overlay.items()):
            copy = Path(directory) / f"{number}.go"
            copy.write_bytes(text)
            replace[str(path)] = str(copy)
        description = Path(directory) / "overlay.json"
        description.write_text(json.dumps({"Replace": replace}), encoding="utf-8")
        yield description
