"""Builds a Go program with a release, reads its call graph, and runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from attrs import frozen

from golsp_mem.analysis.stack.callgraph import CallGraph, read_graph
from golsp_mem.analysis.stack.context import StackContext
from golsp_mem.analysis.stack.numbers import StackNumbers, stack_numbers
from golsp_mem.compiler.objects.archive import read_archive
from golsp_mem.compiler.objects.builtins import parse_builtins
from golsp_mem.compiler.objects.calls import CompiledFunction, parse_call_types, read_functions
from golsp_mem.compiler.stackfacts import StackPlatform, stack_platform
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary

HERE = Path(__file__).parent


@frozen
class Program:
    """A built program: its executable, the graph of all its packages, and its platform."""

    binary: Path
    graph: CallGraph
    platform: StackPlatform
    own: tuple[CompiledFunction, ...]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.binary), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **environment},
        )

    def numbers(self, name: str, **options: Any) -> StackNumbers:
        numbers = stack_numbers(self.graph, self.platform, name, **options)
        assert numbers is not None, f"{name} is not in the graph"
        return numbers


def build(release: str, directory: Path, target: Path, goarch: str = "amd64") -> Program:
    """Build the main package in ``directory`` for linux; skips where the release is missing."""
    go = go_binary(release)
    env = {
        **os.environ,
        "GOTOOLCHAIN": "local",
        "GOOS": "linux",
        "GOARCH": goarch,
        "CGO_ENABLED": "0",
        "GOFLAGS": "",
        "GOWORK": "off",
    }

    def output(*arguments: str) -> str:
        done = subprocess.run(
            [str(go), *arguments], cwd=directory, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    binary = target / f"program-{release}-{goarch}"
    output("build", "-o", str(binary), ".")
    exports = output("list", "-deps", "-export", "-f", "{{.Export}}", ".").split()
    own = output("list", "-export", "-f", "{{.Export}}", ".").split()
    source = go.parent.parent / "src" / "cmd" / "internal"
    builtins = parse_builtins((source / "goobj" / "builtinlist.go").read_text())
    calls = parse_call_types((source / "objabi" / "reloctype.go").read_text())

    return Program(
        binary,
        read_graph(
            (Path(file).read_bytes() for file in exports),
            builtins,
            calls,
            own=[Path(file).read_bytes() for file in own],
        ),
        stack_platform("linux", goarch),
        tuple(
            function
            for file in own
            for function in read_functions(
                read_archive(Path(file).read_bytes(), builtins), calls, whole=True
            )
        ),
    )


def write_module(directory: Path, source: str, **more: str) -> Path:
    """A module of one main package; ``more`` are further files, ``_`` standing for a dot."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "go.mod").write_text("module example.com/program\n\ngo 1.22\n")
    (directory / "main.go").write_text(source)
    for name, text in more.items():
        (directory / name.replace("_", ".", 1)).write_text(text)
    return directory


def context_of(package: str, main: Path, program: Program) -> StackContext:
    """What findings are told in: a package of one file."""
    file = GoFile.parse(str(main), main.read_bytes())
    return StackContext(
        package=package,
        own_files=frozenset({str(main)}),
        platform=program.platform,
        go_version="go1.26.6",
        large_frame_bytes=4096,
        sources=lambda path: file if path == str(main) else None,
    )
