"""``python -m tests.ecosystem``: real modules, and what is said of them now and was said before."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from tests.ecosystem import digests, spellings
from tests.ecosystem.modules import Module, failed, modules, report
from tests.toolchains import go_binary
from tests.truth.runs import Go

KEPT = Path(__file__).with_name("digests.txt")
RELEASE = "1.26"


@click.command()
@click.argument("names", nargs=-1)
@click.option("--update", is_flag=True, help="Keep what is said now.")
@click.option(
    "--rows", type=click.Path(path_type=Path), help="Write every finding here, a line each."
)
def main(names: tuple[str, ...], update: bool, rows: Path | None) -> None:
    """Check the modules whose paths contain one of NAMES, by default all of modules.toml.

    Prints by module and code what differs from digests.txt; for the findings themselves write the
    --rows of both engines and diff them. Exit status 1: something differs, or a text has a spelling
    of the compiler's.
    """
    go = Go.at(go_binary(RELEASE))
    kept = digests.read(KEPT.read_text(encoding="utf-8")) if KEPT.is_file() else {}
    total: Counter[str] = Counter()
    lines: list[str] = []
    now = {}
    for module in chosen(names):
        found = report(module, go)
        name = f"{module.path}@{module.version}"
        now[name] = digests.digests_of(found)
        lines += [f"{module.path}\t{code}\t{claims}" for _, code, claims in digests.rows(found)]
        total += Counter(findings=len(found["findings"]))
        if update:
            # Kept one by one: the next may take long.
            KEPT.write_text(digests.written(_in_order({**kept, **now})), encoding="utf-8")
        print(f"{name}: {len(found['findings'])} findings", flush=True)
        for text in told(kept.get(name), now[name]):
            total["differences"] += 1
            print(f"  {text}")
        for text in spellings.in_report(found):
            total["spellings"] += 1
            print(f"  compiler's spelling: {text}"[:300])
        for package in failed(found):
            print(f"  does not build: {package}")
    if rows is not None:
        rows.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")
    print(
        f"{len(now)} modules, {total['findings']} findings, {total['differences']} differences "
        f"by code, {total['spellings']} spellings of the compiler"
    )
    sys.exit(int((total["differences"] > 0 and not update) or total["spellings"] > 0))


def chosen(names: tuple[str, ...]) -> list[Module]:
    found = [one for one in modules() if not names or any(name in one.path for name in names)]
    if not found:
        raise click.UsageError(f"no module of modules.toml has {' or '.join(names)} in its path")
    return found


def _in_order(kept: Mapping[str, digests.Digests]) -> dict[str, digests.Digests]:
    """Those of modules.toml, as they stand there."""
    names = [f"{one.path}@{one.version}" for one in modules()]
    return {name: kept[name] for name in names if name in kept}


def told(before: digests.Digests | None, after: digests.Digests) -> list[str]:
    """What differs, a line each."""
    if before is None:
        return ["nothing is kept of it; run with --update"]
    return [str(one) for one in digests.differences(before, after)]


if __name__ == "__main__":
    main()
