"""``python -m tests.truth.operands DIRECTORY …``: construct, operand, type and size of every
finding of these modules, held to go/types (`checker/main.go`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from tests.toolchains import go_binary
from tests.truth.runs import Go, run

CHECKER = Path(__file__).parent / "checker"
_FIELDS = "ImportPath,Dir,Export,GoFiles,CgoFiles,DepOnly,ImportMap"


@frozen
class Wrong:
    """A finding that go/types contradicts."""

    place: str
    said: str
    why: str


@frozen
class Result:
    verdicts: Counter[str]
    wrong: tuple[Wrong, ...]
    unnamed: tuple[Wrong, ...]


def build_checker(directory: Path) -> Path:
    binary = directory / "operands"
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    # The newest reads what all others write.
    go = str(go_binary("1.27"))
    subprocess.run([go, "build", "-o", str(binary), "."], cwd=CHECKER, env=env, check=True)
    return binary


def compare(module: Path, checker: Path, go: Go) -> Result:
    """The verdicts of one module's findings, those of its tests left out."""
    env = {**go.env, "GOLSP_MEM_CACHE": "off"}
    checked = run(
        [sys.executable, "-m", "golsp_mem", "check", "--format", "json", "./..."], module, env, 600
    )
    assert checked.status in (0, 1, 3), checked.stderr
    report = json.loads(checked.stdout)
    for finding in report["findings"]:
        finding["file"] = os.path.realpath(module / finding["file"])
    listing = go.run(
        "list", "-export", "-deps", "-e", f"-json={_FIELDS}", "./...", directory=module
    )
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(report, file)
        file.flush()
        done = subprocess.run(
            [str(checker), file.name, report["go"]["goarch"]],
            input=listing, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    verdicts: Counter[str] = Counter()
    told: dict[str, list[Wrong]] = {"wrong": [], "unnamed": []}
    for line in done.stdout.splitlines():
        one = json.loads(line)
        verdicts[one["verdict"]] += 1
        if one["verdict"] in told:
            told[one["verdict"]].append(_wrong(report["findings"][one["finding"]], one["why"]))
    return Result(verdicts, tuple(told["wrong"]), tuple(told["unnamed"]))


def _wrong(finding: dict[str, Any], why: str) -> Wrong:
    place = f"{finding['file']}:{finding['line']}:{finding['column']}"
    size = f" {finding['bytes']} B" if finding["bytes"] is not None else ""
    said = f"{finding['code']} {finding['message']} [{finding['type']}{size}]"
    return Wrong(place, said, why)


@click.command()
@click.argument("modules", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--go", "release", default="1.26")
@click.option("--list", "listing", is_flag=True, help="Also list what names nothing.")
def main(modules: tuple[Path, ...], release: str, listing: bool) -> None:
    """Exit status 1: a contradiction, or fewer than 97 % of the findings name their construct."""
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="truth-operands-") as scratch:
        checker = build_checker(Path(scratch))
        for module in modules:
            result = compare(module, checker, Go.at(go_binary(release)))
            total += result.verdicts
            print(f"{module.name}: {dict(result.verdicts)}", flush=True)
            for one in result.wrong:
                print(f"  {one.place}: {one.said}: {one.why}")
            for one in result.unnamed if listing else ():
                print(f"  unnamed {one.place}: {one.said}: {one.why}")
    judged = total["right"] + total["wrong"] + total["unnamed"]
    named = (judged - total["unnamed"]) / max(judged, 1)
    print(f"{judged} findings, {total['wrong']} contradictions, {named:.1%} named")
    sys.exit(int(total["wrong"] > 0 or named < 0.97))


if __name__ == "__main__":
    main()
