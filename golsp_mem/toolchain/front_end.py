"""``compile`` called directly, for the text that its front end writes.

``go`` holds a compiler's output back until the whole compile has ended; ``-m=2`` of go/types
is 118 MB. Called directly the compiler writes while it works, and is killed as soon as the
wanted block has passed. Its inputs are asked of ``go list`` once for each question.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen

from golsp_mem.config import Settings
from golsp_mem.errors import GoFailed
from golsp_mem.toolchain import process
from golsp_mem.toolchain.go import Toolchain, check_patterns
from golsp_mem.toolchain.trimmed import TrimmedNames

_FIELDS = (
    "ImportPath,Dir,Export,ForTest,Standard,DepOnly,CompiledGoFiles,ImportMap,Module,"
    "EmbedPatterns,EmbedFiles,TestEmbedPatterns,TestEmbedFiles,XTestEmbedPatterns,XTestEmbedFiles"
)


@frozen
class CompileInputs:
    """All that one compile of a package needs. ``files`` are absolute.

    ``trimmed`` reads the file names of its dependencies where those have -trimpath.
    """

    import_path: str
    directory: str
    standard: bool
    language: str | None
    files: tuple[str, ...]
    imports: Mapping[str, str]
    exports: Mapping[str, str]
    embed_patterns: tuple[str, ...]
    embed_files: tuple[str, ...]
    trimmed: TrimmedNames


async def compile_inputs(
    toolchain: Toolchain, package: str, file: str, *, directory: Path, settings: Settings
) -> CompileInputs:
    """The inputs of the variant of ``package`` that ``file`` (absolute) belongs to.

    Raises GoFailed when no variant holds the file or its dependencies do not build.
    """
    check_patterns([package])
    argv = [toolchain.binary, "list", "-e", "-export", "-deps", "-compiled", f"-json={_FIELDS}"]
    if file.endswith("_test.go"):
        argv.append("-test")
    if settings.tags:
        argv.append(f"-tags={','.join(settings.tags)}")
    done = await process.run(
        [*argv, "--", package],
        cwd=directory,
        env=toolchain.environment,
        timeout=settings.timeout_seconds,
    )
    listed = _decode(done.stdout)
    exports = {_text(p, "ImportPath"): _text(p, "Export") for p in listed if p.get("Export")}
    for raw in listed:
        files = _absolute(raw)
        # cgo compiles a rewritten copy of the file: x.go -> x.cgo1.go.
        rewritten = Path(file).stem + ".cgo1.go"
        holds = file in files or any(Path(path).name == rewritten for path in files)
        if raw.get("DepOnly") or not holds:
            continue
        module = raw.get("Module")
        version = module.get("GoVersion") if isinstance(module, Mapping) else None
        return CompileInputs(
            import_path=_text(raw, "ImportPath").split(" ", 1)[0],
            directory=_text(raw, "Dir"),
            standard=bool(raw.get("Standard")),
            language="go" + ".".join(str(version).split(".")[:2]) if version else None,
            files=files,
            imports=_mapping(raw.get("ImportMap")),
            exports=exports,
            embed_patterns=tuple(_embedded(raw, "Patterns")),
            embed_files=tuple(_embedded(raw, "Files")),
            trimmed=TrimmedNames(
                {_text(p, "ImportPath").partition(" ")[0]: _text(p, "Dir") for p in listed}
            ),
        )
    raise GoFailed(f"{file} is in no package that builds as {package}")


@asynccontextmanager
async def compiler_text(
    toolchain: Toolchain, inputs: CompileInputs, flags: Sequence[str]
) -> AsyncIterator[AsyncIterator[str]]:
    """The compiler's text for the inputs, line by line; leaving the block kills it."""
    goroot = Path(toolchain.version.goroot)
    host = await _tool_directory(toolchain)
    compiler = host / ("compile.exe" if os.name == "nt" else "compile")
    if not compiler.is_file():
        raise GoFailed(f"{compiler} is missing from the Go installation at {goroot}")
    with tempfile.TemporaryDirectory(prefix="golsp-mem-") as scratch:
        config = Path(scratch) / "importcfg"
        config.write_text("".join(_import_config(inputs)), encoding="utf-8")
        # Not the null device: the compiler removes its output file when the code has errors
        # (cmd/compile/internal/base, ErrorExit), and as root it would succeed.
        unused = Path(scratch) / "unused.a"
        argv = [str(compiler), "-o", str(unused), "-p", inputs.import_path]
        if inputs.language:
            argv.append(f"-lang={inputs.language}")
        if inputs.standard:
            argv.append("-std")
        if inputs.embed_patterns:
            embed = Path(scratch) / "embedcfg"
            embed.write_text(_embed_config(inputs), encoding="utf-8")
            argv += ["-embedcfg", str(embed)]
        argv += ["-nolocalimports", "-importcfg", str(config), *flags, *inputs.files]
        async with process.start(
            argv, cwd=Path(inputs.directory), env=toolchain.environment
        ) as child:
            yield child.output_lines()


async def _tool_directory(toolchain: Toolchain) -> Path:
    done = await process.run(
        [toolchain.binary, "env", "GOTOOLDIR"],
        cwd=Path(toolchain.version.goroot),
        env=toolchain.environment,
        timeout=60,
    )
    return Path(done.stdout.decode("utf-8", "replace").strip())


def _import_config(inputs: CompileInputs) -> Iterable[str]:
    for written, actual in inputs.imports.items():
        if written != actual:
            yield f"importmap {written}={actual}\n"
    for path, archive in inputs.exports.items():
        yield f"packagefile {path}={archive}\n"


def _embed_config(inputs: CompileInputs) -> str:
    # Which file came by which pattern does not matter to escape analysis.
    files = {name: str(Path(inputs.directory) / name) for name in inputs.embed_files}
    names = list(files)
    patterns = dict.fromkeys(inputs.embed_patterns, names)
    return json.dumps({"Patterns": patterns, "Files": files})


def _decode(text: bytes) -> list[Mapping[str, object]]:
    decoder = json.JSONDecoder()
    rest = text.decode("utf-8", "replace")
    found = []
    position = 0
    while (start := rest.find("{", position)) >= 0:
        raw, position = decoder.raw_decode(rest, start)
        found.append(raw)
    return found


def _absolute(raw: Mapping[str, object]) -> tuple[str, ...]:
    directory = _text(raw, "Dir")
    return tuple(
        os.path.normpath(os.path.join(directory, name))  # noqa: PTH118 - one call per file
        for name in _texts(raw, "CompiledGoFiles")
    )


def _text(raw: Mapping[str, object], key: str) -> str:
    return str(raw.get(key) or "")


def _texts(raw: Mapping[str, object], key: str) -> list[str]:
    value = raw.get(key)
    return [str(item) for item in value] if isinstance(value, list) else []


def _mapping(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}


def _embedded(raw: Mapping[str, object], what: str) -> Iterable[str]:
    for prefix in ("", "Test", "XTest"):
        yield from _texts(raw, f"{prefix}Embed{what}")
