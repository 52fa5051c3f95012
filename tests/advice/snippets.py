"""The Go examples of a Markdown text, built and run by a real toolchain.

The word after ``go`` in a fence says what the example claims (GitHub shows none of it):

- ``go``: declarations that compile;
- ``go run``: a whole program, followed by an ``output`` block;
- ``go allocs before(1)=1 after(1)=0``: declarations with functions that allocate so many times
  a call (testing.AllocsPerRun).

A ``text -m`` block holds lines that ``-gcflags=-m`` prints for the example above it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve, field, frozen

_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@frozen
class Snippet:
    """One example. ``claims`` are pairs of a call and its number of allocations, such as
    ``"1"`` or, where releases differ, ``">=1"``."""

    origin: str
    source: str
    is_program: bool = False
    output: str | None = None
    claims: tuple[tuple[str, str], ...] = ()
    messages: tuple[str, ...] = ()


@frozen
class Outcome:
    """What the toolchain made of the snippets, by origin."""

    allocations: Mapping[str, Sequence[float]] = field(factory=dict)
    outputs: Mapping[str, str] = field(factory=dict)
    messages: Mapping[str, str] = field(factory=dict)


def snippets_in(text: str, origin: str) -> list[Snippet]:
    """The examples of ``text``, named ``origin#1`` and so on."""
    found: list[Snippet] = []
    for block in _BLOCK.finditer(text):
        word, *rest = block["info"].split() or [""]
        body = block["body"]
        if word == "go":
            claims = []
            for claim in rest[1:] if rest[:1] == ["allocs"] else ():
                call, bracket, count = claim.rpartition(")")
                claims.append((call + bracket, count.removeprefix("=")))
            found.append(
                Snippet(
                    f"{origin}#{len(found) + 1}",
                    body,
                    is_program=rest[:1] == ["run"],
                    claims=tuple(claims),
                )
            )
        elif word == "output":
            found[-1] = evolve(found[-1], output=body)
        elif word == "text" and rest == ["-m"]:
            found[-1] = evolve(found[-1], messages=tuple(body.splitlines()))
    return found


def _measure(package: str, claims: Sequence[tuple[str, str]]) -> str:
    lines = [f"package {package}", 'import "testing"']
    runs = []
    for number, (written, _) in enumerate(claims):
        call = written
        name, bracket, arguments = call.partition("(")
        if name.isidentifier() and bracket:
            # Through a variable, so that the call is not inlined into the measurement.
            lines.append(f"var measured{number} = {name}")
            call = f"measured{number}({arguments}"
        runs.append(f"testing.AllocsPerRun(100, func() {{ {call} }}),")
    lines.append("func Measure() []float64 {\nreturn []float64{")
    return "\n".join([*lines, *runs, "}\n}\n"])


def holds(claim: str, count: float) -> bool:
    """Whether ``count`` allocations are what ``claim`` says."""
    least = claim.removeprefix(">=")
    return count >= float(least) if claim.startswith(">=") else count == float(claim)


def write_module(
    directory: Path, snippets: Iterable[Snippet], language: str = "1.22"
) -> dict[str, Snippet]:
    """A module with one package for each snippet; the packages by their names."""
    packages: dict[str, Snippet] = {}
    (directory / "go.mod").write_text(f"module snippets\n\ngo {language}\n")
    imports, calls = [], []
    for number, snippet in enumerate(snippets):
        package = f"s{number:03}"
        packages[package] = snippet
        folder = directory / package
        folder.mkdir()
        source = snippet.source
        if not snippet.is_program:
            source = f"package {package}\n\n{source}"
        (folder / "snippet.go").write_text(source, encoding="utf-8")
        if snippet.claims:
            (folder / "measure.go").write_text(_measure(package, snippet.claims))
            imports.append(f'"snippets/{package}"')
            calls.append(f'"{package}": {package}.Measure(),')
    main = directory / "measure"
    main.mkdir()
    (main / "main.go").write_text(
        'package main\n\nimport (\n"encoding/json"\n"os"\n' + "\n".join(imports) + "\n)\n\n"
        "func main() {\njson.NewEncoder(os.Stdout).Encode(map[string][]float64{\n"
        + "\n".join(calls)
        + "\n})\n}\n"
    )
    return packages


def run_go(go: Path, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
    return subprocess.run(
        [str(go), *arguments], cwd=directory, env=environment, capture_output=True, text=True
    )


def build_and_run(go: Path, directory: Path, snippets: Iterable[Snippet]) -> Outcome:
    """Builds all snippets with ``-m``, runs the programs and the measurements.

    Fails with the toolchain's words when something does not compile.
    """
    packages = write_module(directory, snippets)
    binaries = directory / "bin"
    binaries.mkdir()
    built = run_go(go, directory, "build", "-gcflags=-m", "./...")
    assert built.returncode == 0, _named(built.stderr, packages)
    # With -o only the programs and what they import are built.
    run_go(go, directory, "build", "-gcflags=-m", "-o", f"{binaries}{os.sep}", "./...")
    messages: dict[str, str] = {}
    for part in re.split(r"^# snippets/", built.stderr, flags=re.MULTILINE)[1:]:
        package, _, text = part.partition("\n")
        if package in packages:
            messages[packages[package].origin] = text
    outputs = {}
    for package, snippet in packages.items():
        if snippet.is_program:
            done = subprocess.run([binaries / package], capture_output=True, text=True)
            assert done.returncode == 0, f"{snippet.origin}: {done.stderr}"
            outputs[snippet.origin] = done.stdout
    measured = subprocess.run([binaries / "measure"], capture_output=True, text=True)
    assert measured.returncode == 0, _named(measured.stderr, packages)
    allocations = {
        packages[package].origin: counts for package, counts in json.loads(measured.stdout).items()
    }
    return Outcome(allocations, outputs, messages)


def _named(text: str, packages: Mapping[str, Snippet]) -> str:
    return re.sub(r"\bs\d{3}\b", lambda match: packages[match[0]].origin, text)
