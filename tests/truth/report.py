"""Tables and lists of the measures, for people and as JSON."""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Sequence

from attrs import asdict, fields, frozen
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.truth.compare import Disagreement, Figures, Judgement, Share


@frozen
class Row:
    """One measured package; ``judgement`` is None where ``note`` says why nothing came."""

    go: str
    package: str
    judgement: Judgement | None
    note: str = ""
    seconds: float = 0.0


COLUMNS = (
    ("recall lines", "lines"),
    ("bytes", "bytes"),
    ("same stack", "exact_bytes"),
    ("always", "always"),
    ("tiny", "always_tiny"),
    ("never", "never"),
    ("sizes", "sizes"),
    ("-m lines", "m_lines"),
    ("-m bytes", "m_bytes"),
    ("-m escapes", "m_always"),
    ("-m stays", "m_never"),
)


def total(rows: Iterable[Row]) -> Figures:
    return sum((row.judgement.figures for row in rows if row.judgement), Figures())


def print_table(rows: Sequence[Row], console: Console) -> None:
    table = Table(title="golsp-mem against the runtime's allocation profile")
    table.add_column("package", overflow="fold", min_width=24)
    for title, _ in COLUMNS:
        table.add_column(title, justify="right")
    table.add_column("unjudged", justify="right")
    releases = list(dict.fromkeys(row.go for row in rows))
    for release in releases:
        own = [row for row in rows if row.go == release]
        table.add_section()
        table.add_row(Text(release, style="bold"))
        for row in own:
            figures = row.judgement.figures if row.judgement else None
            table.add_row(row.package, *_cells(figures))
        table.add_row(Text("total", style="bold"), *_cells(total(own)))
    if len(releases) > 1:
        table.add_section()
        table.add_row(Text("all", style="bold"), *_cells(total(rows)))
    console.print(table)
    for row in rows:
        if row.note:
            console.print(Text(f"{row.package} {row.go}: {row.note}"), soft_wrap=True)


def _cells(figures: Figures | None) -> list[str]:
    if figures is None:
        return [""] * (len(COLUMNS) + 1)
    cells = [_share(getattr(figures, name), name) for _, name in COLUMNS]
    return [*cells, str(figures.unjudged)]


def _share(share: Share, name: str) -> str:
    if not share.total:
        return "-"
    # Rounded down: 99.996 % must not be read as all.
    percent = f"{int(share.ratio * 100_00) / 100:.2f}%"
    if name.endswith("bytes"):
        return f"{int(share.ratio * 100_0000) / 10000:.4f}%"
    return f"{percent}\n{share.total - share.right} of {share.total}"


def print_disagreements(rows: Iterable[Row], console: Console) -> None:
    for row in rows:
        if row.judgement is None or not row.judgement.disagreements:
            continue
        console.print(Text(f"\n## {row.package} {row.go}", style="bold"))
        for one in sorted(row.judgement.disagreements, key=_order):
            console.print(Text(_describe(one)), soft_wrap=True)


def _order(one: Disagreement) -> tuple[str, int, str, int]:
    return (one.kind, -one.weight, one.file, one.line)


def _describe(one: Disagreement) -> str:
    weight = f" {one.weight} bytes" if one.weight else ""
    place = f"{one.file}:{one.line}" + (f":{one.column}" if one.column else "")
    source = linecache.getline(one.file, one.line).strip()
    return f"{one.kind}: {one.code or '-'} {place}{weight}: {one.detail}\n      {source}"


def as_json(rows: Sequence[Row]) -> dict[str, object]:
    """The same as one JSON object: shares as ``{"right": n, "total": n}``."""
    return {
        "schema": 1,
        "packages": [
            {
                "go": row.go,
                "package": row.package,
                "note": row.note,
                "seconds": round(row.seconds, 1),
                "figures": asdict(row.judgement.figures) if row.judgement else None,
                "disagreements": [
                    {**asdict(one), "source": linecache.getline(one.file, one.line).strip()}
                    for one in (row.judgement.disagreements if row.judgement else ())
                ],
            }
            for row in rows
        ],
        "total": asdict(total(rows)),
    }


def misses(rows: Sequence[Row], targets: Figures) -> list[str]:
    """Which totals lie below the ratios of ``targets`` (shares read as least ratios)."""
    reached = total(rows)
    return [
        f"{f.name}: {getattr(reached, f.name).ratio:.5f} below {wanted.ratio:.5f}"
        for f in fields(Figures)
        if isinstance(wanted := getattr(targets, f.name), Share)
        and wanted.total
        and getattr(reached, f.name).ratio < wanted.ratio
    ]
