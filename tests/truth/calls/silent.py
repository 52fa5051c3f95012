"""``python -m tests.truth.calls.silent DIRECTORY …``: no function that allocates is said not to.

For each module the tests of a package (and its benchmarks, once) run at MemProfileRate 1. Each
function on the stack of something that was allocated, the module's own, a dependency's or the
standard library's, allocates or calls who does: its total must not be "nothing".
"""

from __future__ import annotations

import json
import linecache
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path

import click
from attrs import frozen

from golsp_mem.analysis.calls.bodies import RUNTIME, Named
from golsp_mem.analysis.calls.summaries import Archive
from golsp_mem.analysis.calls.through import Through
from golsp_mem.compiler.objects.symbols import folded_name, package_of
from golsp_mem.compiler.pprof.reader import Frame, Sample, is_runtime, read_profile
from golsp_mem.compiler.rules import rule_for
from golsp_mem.config import Settings
from golsp_mem.model import Allocates
from golsp_mem.toolchain.go import environment
from tests.toolchains import go_binary
from tests.truth.calls.program import bodies_of, checked_run

# What the runtime keeps for itself at such calls is no allocation of whoever makes them.
BOOKKEEPING = (
    "runtime.acquireSudog", "runtime.typeAssert", "runtime.interfaceSwitch", "runtime.getitab",
    "runtime.buildTypeAssertCache", "runtime.buildInterfaceSwitchCache", "runtime.newdefer",
    "runtime.assertE2I", "runtime.(*mcache)", "runtime.startm", "runtime.malg",
)  # fmt: skip
_LITERAL = re.compile(r"\.func\d+(\.\d+)*$")


@frozen
class Row:
    """Functions on stacks, by what is said of a call of them; ``absent``: only ever inlined."""

    counts: Mapping[str, int]
    wrong: tuple[str, ...]


def measure(go: Path, directory: Path, *, benchmarks: bool) -> Row:
    """Run and compare one package."""
    env = environment(Settings(go_path=str(go)), directory)
    with tempfile.TemporaryDirectory(prefix="truth-silent-") as scratch:
        heap = Path(scratch) / "heap"
        checked_run(
            [str(go), "test", "-short", *(("-bench=.", "-benchtime=1x") if benchmarks else ()),
             "-vet=off", f"-o={scratch}/t", "-memprofilerate=1", f"-memprofile={heap}", "."],
            directory, env,
        )  # fmt: skip
        samples = read_profile(heap.read_bytes(), str(heap)).samples
    through = Through(bodies_of(go, directory, _archives(go, directory, env)))
    seen: dict[str, Sample] = {}
    for sample in samples:
        # What is made for a panic, or runs after it, is nothing that a function does which returns.
        if any(_is_bookkeeping(one) or _panics(one) for one in sample.stack):
            continue
        for one in takewhile(lambda one: one.function != "runtime.gopanic", sample.stack):
            if not is_runtime(one):
                seen.setdefault(one.function, sample)
    return _judged(through, seen)


def _is_bookkeeping(frame: Frame) -> bool:
    rule = rule_for(frame.function)
    return frame.function.startswith(BOOKKEEPING) or (rule is not None and rule.bookkeeping)


def _panics(frame: Frame) -> bool:
    return "panic(" in linecache.getline(frame.file, frame.line)


def _judged(through: Through, seen: Mapping[str, Sample]) -> Row:
    named = _by_folded_name(through, {package_of(name) for name in seen})
    counts: dict[str, int] = defaultdict(int)
    wrong = []
    for name, sample in sorted(seen.items()):
        # Of a literal that is inlined wherever it is called the compiler leaves an empty function.
        copies = [
            one
            for one in named.get(name, ())
            if one.package != RUNTIME
            and not (_LITERAL.search(name) and not through.bodies.body(one).events)
        ]
        said = [through.total(one).allocates for one in copies]
        if not copies:
            counts["absent"] += 1
        elif all(one is Allocates.NEVER for one in said):
            counts["never"] += 1
            stack = " < ".join(f"{one.function}:{one.line}" for one in sample.stack[:6])
            wrong.append(f"{name}: nothing said; {stack}")
        else:
            known = [str(one) for one in said if one not in (None, Allocates.NEVER)]
            counts[known[0] if known else "unknown"] += 1
    return Row(counts, tuple(wrong))


def _by_folded_name(through: Through, packages: set[str]) -> dict[str, list[Named]]:
    found = defaultdict(list)
    for package in packages:
        for one in through.bodies.names(package.replace("%2e", ".")):
            found[folded_name(one.name)].append(one)
    return found


def _archives(go: Path, directory: Path, env: Mapping[str, str]) -> dict[str, Archive]:
    """Of packages that were compiled anew for the test those."""
    listed = checked_run(
        [str(go), "list", "-test", "-export", "-deps", "-json=ImportPath,Export,ForTest", "."],
        directory, env,
    )  # fmt: skip
    decoder, at = json.JSONDecoder(), 0
    plain, own = {}, {}
    while at < len(listed.rstrip()):
        one, at = decoder.raw_decode(listed, at)
        at += 1
        if one.get("Export"):
            path = one["ImportPath"].partition(" ")[0]
            (own if one.get("ForTest") else plain)[path] = Archive(one["Export"])
    return plain | own


def lines(row: Row) -> Iterator[str]:
    """What came out, for people."""
    said = ", ".join(f"{number} {what}" for what, number in sorted(row.counts.items()))
    yield f"{sum(row.counts.values())} functions: {said}"
    yield from row.wrong


@click.command()
@click.argument("directories", nargs=-1, required=True)
@click.option("--go", "release", default="1.26", help="The release, as 1.26.")
@click.option("--benchmarks", is_flag=True, help="Run those once, too.")
def main(directories: tuple[str, ...], release: str, *, benchmarks: bool) -> None:
    """Exit status 1: something that allocates is said not to."""
    bad = False
    for name in directories:
        row = measure(go_binary(release), Path(name).resolve(), benchmarks=benchmarks)
        click.echo(f"{name}: " + "\n  ".join(lines(row)))
        bad = bad or bool(row.wrong)
    raise SystemExit(int(bad))


if __name__ == "__main__":
    main()
