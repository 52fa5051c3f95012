"""``python -m tests.truth.conditions``: condition x release x runs, and every one that is wrong."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from attrs import evolve

from golsp_mem.compiler.facts import pointer_size
from tests.toolchains import go_binary
from tests.truth.conditions.case import Case
from tests.truth.conditions.judge import Taken, Wrong, judge
from tests.truth.conditions.kinds import all_cases
from tests.truth.conditions.program import write_program
from tests.truth.runs import Go, run

RELEASES = ("1.22", "1.24", "1.25", "1.26", "1.27")


@click.command()
@click.option("--go", "releases", multiple=True, help="Releases, as 1.26; default: all.")
@click.option("--only", default="", help="A regular expression of case names.")
@click.option("--keep", type=click.Path(path_type=Path), help="Write the programs here.")
@click.option("--goarch", help="Another architecture that this machine can run: 386 on amd64.")
@click.option("--all", "everything", is_flag=True, help="Print what was said of each case, too.")
def main(
    releases: tuple[str, ...], only: str, keep: Path | None, goarch: str | None, everything: bool
) -> None:
    """Compare what golsp-mem says of each condition with runs on both sides of it."""
    bad = 0
    if goarch is not None:
        os.environ["GOARCH"] = goarch
    for release in releases or RELEASES:
        with tempfile.TemporaryDirectory(prefix="truth-conditions-") as scratch:
            directory = keep / release if keep else Path(scratch)
            directory.mkdir(parents=True, exist_ok=True)
            # What other cases declare may be used by those that are asked for.
            cases = [
                c if re.search(only, c.name) else evolve(c, body="", inputs=())
                for c in all_cases(pointer_size(goarch or "amd64"))
                if _at_least(release, c.since)
            ]
            wrong, runs, said = measure(cases, directory, release)
        bad += len(wrong)
        functions = sum(bool(c.inputs) for c in cases)
        print(f"go{release}: {functions} functions, {runs} runs, {len(wrong)} wrong")
        for one in wrong:
            print(f"  {one}"[:400])
        if everything:
            for name, texts in said.items():
                print(f"  {name}: {texts}")
    sys.exit(int(bad > 0))


def _at_least(release: str, since: str) -> bool:
    return tuple(map(int, release.split("."))) >= tuple(map(int, since.split(".")))


def measure(
    cases: Sequence[Case], directory: Path, release: str
) -> tuple[list[Wrong], int, dict[str, str]]:
    """What is wrong, how many runs there were, and what was said of each case."""
    directory = Path(os.path.realpath(directory))
    write_program(cases, directory, release)
    go = Go.at(go_binary(release))
    binary = directory / "cond.exe"
    go.run("build", "-o", str(binary), ".", directory=directory)
    # No collection may take or give memory meanwhile, and no tiny block be left half used.
    done = run([str(binary)], directory, {**go.env, "GODEBUG": ""}, 120)
    assert done.status == 0, done.stderr
    taken = [
        Taken(int(o), int(b)) for _, o, b in (line.split() for line in done.stdout.splitlines())
    ]
    checked = run(
        [sys.executable, "-m", "golsp_mem", "check", "--all", "--format", "json", "./..."],
        directory, go.env, 300,
    )  # fmt: skip
    assert checked.status in (0, 1), checked.stderr
    claims = _claims(json.loads(checked.stdout)["findings"])
    wrong, at, said = [], 0, {}
    for case in cases:
        runs = list(zip(case.inputs, taken[at : at + len(case.inputs)], strict=True))
        at += len(case.inputs)
        own = [c for name in (case.function, *case.also) for c in claims.get(name, ())]
        wrong += judge(case, own, runs)
        said[case.name] = " | ".join(
            f"{c['allocates']}: {c['condition']} [{c['message']}]" for c in own
        )
    return wrong, at, said


def _claims(findings: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """By function, closures with the function that they are written in."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for finding in findings:
        if not finding["code"].startswith("heap-"):
            continue
        name = finding["function"].removeprefix("example.org/cond").lstrip("/.")
        name = name.removeprefix("main.")
        found[re.sub(r"[.-](?:func\d+|range\d+|gowrap\d+|deferwrap\d+|\d+).*", "", name)].append(
            finding
        )
    return found


if __name__ == "__main__":
    main()
