"""One compile of one package variant, ``compile`` called directly from a build plan.

What is wanted decides what runs, each in a process group of its own:

- the **object** comes from the parallel backend, without ``-m``, which would switch that off;
- the **escape text** is complete before the backend starts, after a third of the time. A second
  compiler writes it at the same time and is killed then. That moment is told by the compiler
  itself: ``-d=ssa/number_lines/time=1`` makes the first pass of the backend write a line for each
  function (cmd/compile/internal/ssa/compile.go, LogStat; the same in Go 1.22 to 1.27). With two
  cores one compiler that writes both is as fast, and costs a third less;
- **liveness** is backend text: one compiler that runs to its end, and leaves the object as well.

Where only text is wanted no DWARF is made. In an object it stays: it has types compiled that are
in no other way used, and their functions.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import define, evolve, field, frozen

from golsp_mem.errors import GoFailed, OutOfResources
from golsp_mem.toolchain.go import Toolchain
from golsp_mem.toolchain.go_list import ListedPackage
from golsp_mem.toolchain.plans.plan import Plan
from golsp_mem.toolchain.processes import process
from golsp_mem.toolchain.processes.scratch import scratch
from golsp_mem.toolchain.processes.shortage import refuse_killed, refuse_shortage

_NO_DWARF = "-dwarf=false"
_TEXT_ONLY = (_NO_DWARF, "-d=ssa/number_lines/time=1")
_BACKEND_STARTED = "\tTIME(ns)\t"
# A compiler on one core begins with a heap of 4 MiB and collects it all the time; with 256 MiB, as
# -d=gcstart allows since Go 1.26 (cmd/compile/internal/gc/main.go), it needs a sixth less.
_FEW_COLLECTIONS = "-d=gcstart=256"
_FEW_COLLECTIONS_SINCE = 26
# With text the compiler's backend runs on one core. A second compiler for the text, beside one that
# uses all cores, is faster where there are more than two; on two it costs a third more.
_ENOUGH_CORES = 4
# More processes of one compiler than this do not make it faster.
_MOST_BACKENDS = 4
_NOT_FOR_CHILDREN = frozenset({"GOTOOLDIR", "GOMODCACHE", "GOENV", "GOVERSION", "GOFLAGS"})
# What `asm` is told of the target besides its name (gc.go, asmArgs). Others are left to go.
_ASSEMBLED = {"amd64": "GOAMD64", "386": "GO386"}


class CannotCompile(GoFailed):
    """Not by hand: the go command has to do this one."""


@frozen
class Wanted:
    """``escapes``: the level of ``-m`` text, 0 for none. ``all_errors``: of texts that do not
    compile, not only the first ten. ``flags`` are the compiler's own, besides. ``begun`` is called
    when the last compiler that writes text runs."""

    escapes: int = 0
    all_errors: bool = False
    live: bool = False
    object: bool = False
    flags: tuple[str, ...] = ()
    begun: Callable[[], None] = field(default=lambda: None, eq=False)


@frozen
class Built:
    """``text`` are the lines of ``-m``, ``-live`` or both, with the files' own names (absolute, or
    as another compile trimmed them). ``archive`` lives as long as the block that made it.
    ``error`` is the compiler's complaint, None when the text compiles.
    """

    text: tuple[str, ...] = field(repr=False)
    archive: Path | None
    error: str | None


@frozen
class Unit:
    """One compile: a variant of a plan, the files that are passed (absolute; for cgo the
    rewritten ones), edited texts by path, archives other than the plan's by import path."""

    plan: Plan
    variant: ListedPackage
    files: tuple[str, ...]
    texts: Mapping[str, bytes] = field(factory=dict)
    exports: Mapping[str, str] = field(factory=dict)


@asynccontextmanager
async def compiling(toolchain: Toolchain, unit: Unit, wanted: Wanted) -> AsyncIterator[Built]:
    """Compile; what was built goes when the block is left.

    Raises CannotCompile for what only the go command can, GoFailed when the compiler does not
    run or is killed. Cancelling kills every process.
    """
    with scratch() as own:
        call = await prepared(toolchain, unit, own.path)
        call = evolve(call, argv=(*call.argv, *wanted.flags))
        if wanted.live or (wanted.object and wanted.escapes and usable_cores() < _ENOUGH_CORES):
            yield await _whole(call, wanted)
        elif wanted.object and wanted.escapes:
            yield await _side_by_side(call, wanted)
        elif wanted.object:
            yield await _object(call)
        else:
            yield await _front_end(call, wanted)


@asynccontextmanager
async def text_of(
    toolchain: Toolchain, unit: Unit, flags: Sequence[str]
) -> AsyncIterator[AsyncIterator[str]]:
    """The compiler's text while it comes, in pieces of whole lines; leaving the block kills the
    compiler.

    It ends where the backend starts. Raises as `compiling`.
    """
    with scratch() as own:
        call = await prepared(toolchain, unit, own.path)
        async with call.started([*flags, *_TEXT_ONLY], "text.a") as child:
            yield _until_backend(call, child)


@frozen
class _Call:
    """A compiler's command line, complete but for what is wanted, and where it runs."""

    argv: tuple[str, ...]
    files: tuple[str, ...]
    place: Path
    directory: Path
    environment: Mapping[str, str]
    assembly: _Assembly | None
    names: Mapping[str, str]

    def complete(self, flags: Sequence[str]) -> list[str]:
        """The command line that leaves the object."""
        header = ["-asmhdr", self.assembly.header] if self.assembly else []
        return self.command([*flags, *header], "pkg.a")

    def command(self, flags: Sequence[str], output: str) -> list[str]:
        # Not the null device: the compiler removes its output file when the code has errors
        # (cmd/compile/internal/base, ErrorExit), and as root it would succeed.
        return [*self.argv, "-o", str(self.place / output), *flags, *self.files]

    def started(
        self, flags: Sequence[str], output: str
    ) -> contextlib.AbstractAsyncContextManager[process.Child]:
        return process.start(self.command(flags, output), cwd=self.directory, env=self.environment)

    def named(self, line: str) -> str:
        """Lines of text with the files' own names for those of the edited copies."""
        for copy, name in self.names.items():
            if copy in line:
                line = line.replace(copy, name)
        return line


async def prepared(toolchain: Toolchain, unit: Unit, place: Path) -> _Call:
    """How the compiler is called for a unit, with what it needs written to ``place``. Raises as
    `compiling`."""
    variant, recipe = unit.variant, unit.variant.recipe
    if recipe is None:
        raise CannotCompile(f"{variant.import_path} is a dependency, not what was listed")
    tools = Path(toolchain.variables.get("GOTOOLDIR", ""))
    compiler = tools / ("compile.exe" if os.name == "nt" else "compile")
    if not compiler.is_file():
        raise GoFailed(
            f"{compiler} is missing from the Go installation at {toolchain.version.goroot}"
        )
    environment = _environment(toolchain)
    files, names = _edited_copies(unit, place)
    config = place / "importcfg"
    config.write_text(_import_config(unit), encoding="utf-8")
    argv = [str(compiler), "-p", recipe.compile_path, "-pack", "-nolocalimports",
            "-importcfg", str(config)]  # fmt: skip
    if toolchain.minor >= _FEW_COLLECTIONS_SINCE:
        argv.append(_FEW_COLLECTIONS)
    if recipe.language:
        argv.append(f"-lang={recipe.language}")
    if variant.standard:
        argv.append("-std")
    if recipe.is_complete:
        argv.append("-complete")
    if names:
        argv += ["-trimpath", ";".join(f"{copy}=>{name}" for copy, name in names.items())]
    embedded = unit.plan.embedded(variant)
    if embedded.patterns:
        embed = place / "embedcfg"
        embed.write_text(json.dumps(embedded.configuration(variant.directory)), "utf-8")
        argv += ["-embedcfg", str(embed)]
    assembly = None
    if recipe.assembly and not recipe.uses_cgo:
        # As if the compiler had been run; -gensymabis needs no definitions.
        (place / "go_asm.h").write_bytes(b"")
        assembly = _Assembly.of(toolchain, variant, tools, place)
        argv += ["-symabis", await assembly.symabis(environment)]
    return _Call(tuple(argv), files, place, Path(variant.directory), environment, assembly, names)


def usable_cores() -> int:
    """The cores that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _environment(toolchain: Toolchain) -> dict[str, str]:
    """What the go command gives its children: every variable that it knows, set."""
    version = toolchain.version
    known = {k: v for k, v in toolchain.variables.items() if v and k not in _NOT_FOR_CHILDREN}
    return {**toolchain.environment, **known, "GOROOT": version.goroot}


def _edited_copies(unit: Unit, place: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """The files to pass, and by the copies' paths the names that they stand for."""
    names: dict[str, str] = {}
    files = []
    for number, file in enumerate(unit.files):
        text = unit.texts.get(file)
        if text is None:
            files.append(file if _lies_in(unit.variant, file) else _generated(file, number, place))
            continue
        if ";" in file or "=>" in file:
            raise CannotCompile(f"{file}: such a name cannot be rewritten")
        copy = place / f"{number}.go"
        copy.write_bytes(text)
        names[str(copy)] = file
        files.append(str(copy))
    return tuple(files), names


def _lies_in(variant: ListedPackage, file: str) -> bool:
    return os.path.dirname(file) == os.path.normpath(variant.directory)  # noqa: PTH120 - hot


def _generated(file: str, number: int, place: Path) -> str:
    """A copy of what cgo wrote. The build cache has no names for it, but the compiler allows cgo's
    directives in files named ``_cgo_`` only, and methods on types of other files only
    (cmd/compile/internal/noder and types2, isCgoGeneratedFile). A rewritten file begins with a
    line comment that names its origin."""
    content = Path(file).read_bytes()
    origin = re.search(rb"^//line (?:.*[/\\])?([^/\\\n]+?):\d", content[:4096], re.MULTILINE)
    is_rewritten = origin is not None and not origin[1].startswith(b"_cgo_")
    copy = place / (f"{number}.cgo1.go" if is_rewritten else f"_cgo_{number}.go")
    copy.write_bytes(content)
    return str(copy)


def _import_config(unit: Unit) -> str:
    recipe = unit.variant.recipe
    lines = []
    for written, actual in recipe.import_map.items() if recipe else ():
        # `p [q.test]` is what a test recompiled; its archive is found under p.
        path = actual.partition(" ")[0]
        if written != path:
            lines.append(f"importmap {written}={path}\n")
    exports = {**unit.plan.exports_for(unit.variant), **unit.exports}
    lines += [f"packagefile {path}={archive}\n" for path, archive in exports.items()]
    return "".join(lines)


async def _object(call: _Call) -> Built:
    backends = min(_MOST_BACKENDS, usable_cores())
    done = await process.run(
        call.complete([f"-c={backends}"]), cwd=call.directory, env=call.environment
    )
    output = [call.named(line) for line in _lines(done.stdout)]
    error = _complaint(done.status, output, done.stderr)
    return Built((), None if error else await _with_assembly(call), error)


async def _whole(call: _Call, wanted: Wanted) -> Built:
    flags = [
        *(["-live"] if wanted.live else []),
        *(() if wanted.object else (_NO_DWARF,)),
        *([f"-m={wanted.escapes}"] if wanted.escapes else []),
    ]
    done = await process.run(
        call.complete(flags), cwd=call.directory, env=call.environment, begun=wanted.begun
    )
    output = [call.named(line) for line in _lines(done.stdout)]
    error = _complaint(done.status, output, done.stderr)
    if error:
        return Built((), None, error)
    return Built(tuple(output), await _with_assembly(call) if wanted.object else None, None)


async def _front_end(call: _Call, wanted: Wanted) -> Built:
    flags = [f"-m={wanted.escapes}", *(["-e"] if wanted.all_errors else []), *_TEXT_ONLY]
    async with call.started(flags, "text.a") as child:
        wanted.begun()
        complaint = asyncio.ensure_future(child.stderr())
        try:
            reader = _Reader(call)
            if await reader.read(child):
                return Built(tuple(reader.lines), None, None)
            error = _complaint(await child.status(), reader.lines, await complaint)
            return Built(() if error else tuple(reader.lines), None, error)
        finally:
            complaint.cancel()


async def _side_by_side(call: _Call, wanted: Wanted) -> Built:
    front = asyncio.ensure_future(_front_end(call, wanted))
    try:
        built = await _object(call)
        # Both say what does not compile; the first one is enough.
        return built if built.error else evolve(built, text=(await front).text)
    finally:
        front.cancel()
        with contextlib.suppress(asyncio.CancelledError, GoFailed, OutOfResources):
            await front


@define
class _Reader:
    call: _Call
    lines: list[str] = field(factory=list)

    async def read(self, child: process.Child) -> bool:
        """Take the text; True when it ended because the backend had started."""
        async for line in child.output_lines():
            if _BACKEND_STARTED in line:
                return True
            self.lines.append(self.call.named(line))
        return False


async def _until_backend(call: _Call, child: process.Child) -> AsyncIterator[str]:
    async for piece in child.output_pieces():
        before, started, _ = piece.partition(_BACKEND_STARTED)
        if started:
            if before := before.rpartition("\n")[0]:
                yield call.named(before)
            return
        yield call.named(piece)


def _lines(output: bytes) -> list[str]:
    return output.decode("utf-8", "replace").splitlines()


def _complaint(status: int, output: Sequence[str], stderr: bytes) -> str | None:
    """Why nothing was compiled. Raises GoFailed, OutOfResources where that is no
    fault of the text."""
    if status == 0:
        return None
    if status < 0:
        refuse_killed(status, "the Go compiler")
        raise GoFailed(f"the Go compiler was ended by signal {-status}")
    text = "\n".join(line for line in (*output, *_lines(stderr)) if line.strip())
    refuse_shortage(text, "the Go compiler")
    return text or f"the Go compiler ended with status {status}"


async def _with_assembly(call: _Call) -> Path:
    archive = call.place / "pkg.a"
    if call.assembly is not None:
        await call.assembly.add_to(archive, call.environment)
    return archive


@frozen
class _Assembly:
    """The assembler's part of a package (gc.go, asm and symabis)."""

    argv: tuple[str, ...]
    files: tuple[str, ...]
    place: Path
    directory: Path

    @classmethod
    def of(
        cls, toolchain: Toolchain, variant: ListedPackage, tools: Path, place: Path
    ) -> _Assembly:
        version, recipe = toolchain.version, variant.recipe
        assert recipe is not None
        name = _ASSEMBLED.get(version.goarch)
        if name is None:
            raise CannotCompile(f"assembly for {version.goarch} is left to the go command")
        assembler = tools / ("asm.exe" if os.name == "nt" else "asm")
        argv = [str(assembler), "-p", recipe.compile_path, "-I", str(place),
                "-I", str(Path(version.goroot) / "pkg" / "include"),
                "-D", f"GOOS_{version.goos}", "-D", f"GOARCH_{version.goarch}",
                "-D", f"{name}_{toolchain.variables.get(name, '')}"]  # fmt: skip
        if variant.standard:
            argv.append("-std")
        files = tuple(str(Path(variant.directory) / file) for file in recipe.assembly)
        return cls(tuple(argv), files, place, Path(variant.directory))

    @property
    def header(self) -> str:
        return str(self.place / "go_asm.h")

    async def symabis(self, environment: Mapping[str, str]) -> str:
        """The file that tells the compiler which functions are written in assembly."""
        output = str(self.place / "symabis")
        await self._run(["-gensymabis", "-o", output, *self.files], environment)
        return output

    async def add_to(self, archive: Path, environment: Mapping[str, str]) -> None:
        members = []
        for number, file in enumerate(self.files):
            output = self.place / f"{number}.o"
            await self._run(["-o", str(output), file], environment)
            members.append(output)
        with archive.open("ab") as packed:
            for member in members:
                content = member.read_bytes()
                # The layout of cmd/go/internal/work/gc.go, packInternal.
                head = f"{member.name:16}{0:<12d}{0:<6d}{0:<6d}{0o644:<8o}{len(content):<10d}`\n"
                packed.write(head.encode() + content + b"\0" * (len(content) & 1))

    async def _run(self, flags: Sequence[str], environment: Mapping[str, str]) -> None:
        done = await process.run([*self.argv, *flags], cwd=self.directory, env=environment)
        if done.status != 0:
            # The go command words it better, and knows more of C headers.
            raise CannotCompile(done.stderr.decode("utf-8", "replace").strip() or "asm failed")
