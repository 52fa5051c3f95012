"""Everything that a person may read of a module's findings: messages, hovers, pages, reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from golsp_mem.advice.brief import brief_markdown
from golsp_mem.advice.hover import finding_markdown
from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.model import Analysis, Finding
from tests.ecosystem.spellings import spellings


def analysed(directory: Path, patterns: Sequence[str], go: Path) -> Analysis:
    """The packages with the escape flow of each finding, nothing taken from a cache."""
    engine = Engine(Settings(go_path=str(go)), directory)
    return asyncio.run(engine.check(list(patterns), reasons=True))


def texts_of(finding: Finding, sources: SourceCache, release: str) -> Iterator[str]:
    """What is shown of one finding. Bookkeeping is for programs."""
    source = sources(finding.span.file)
    flow = finding.reason[1:]
    yield finding.message
    yield finding.condition or ""
    yield finding.type or ""
    yield finding_markdown(finding, flow, release, link=lambda _: "", source=source)
    yield brief_markdown([finding], flow, link=lambda _: "", more=lambda _: "", source=source)


def spelled(analysis: Analysis) -> Iterator[str]:
    """Each text that has a name of the compiler's, with its place."""
    sources = SourceCache()
    for finding in analysis.findings:
        if finding.bookkeeping:
            continue
        for text in texts_of(finding, sources, analysis.go.version):
            for found in dict.fromkeys(spellings(text)):
                line = next(line for line in text.splitlines() if found in line)
                span = finding.span
                yield f"{span.file}:{span.line}:{span.column}: {finding.code} {found}: {line}"
