"""``golsp-mem explain``: a page by its name, or a place with its page and its own numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from attrs import asdict, frozen

from golsp_mem.advice.hover import allocations_of, finding_markdown, function_markdown
from golsp_mem.advice.markdown import code
from golsp_mem.advice.topics import TopicInfo, names, read_topic
from golsp_mem.errors import BuildFailed, UsageError
from golsp_mem.model import (
    Allocates,
    Analysis,
    Code,
    Finding,
    FunctionFacts,
    PackageAnalysis,
    Position,
    Step,
)

Link = Callable[[Position], str]


class Analyser(Protocol):
    """What explain_place needs of analysis.engine.Engine."""

    async def check(self, patterns: Sequence[str], *, tests: bool = False) -> Analysis: ...

    async def flow(self, package: PackageAnalysis, finding: Finding) -> tuple[Step, ...]: ...


@frozen
class Numbers:
    """What is known of a place, in bytes and counts; None where it cannot be derived.

    ``growth_steps`` are the stack sizes that a new goroutine passes through, ``limit_bytes``
    the usable stack limit, ``max_depth`` the calls of a recursive function until then.
    """

    frame_bytes: int | None = None
    deepest_path_bytes: int | None = None
    growth_steps: tuple[int, ...] | None = None
    limit_bytes: int | None = None
    max_depth: int | None = None
    allocations: int | None = None
    bytes_per_call: int | None = None

    def as_json(self) -> dict[str, int | list[int]]:
        """The object ``numbers`` of contract.md: only what is known."""
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in known.items()
        }


@frozen
class Explanation:
    """A page as Markdown; ``topic`` is its name."""

    topic: str
    markdown: str
    numbers: Numbers = Numbers()


def topics() -> tuple[TopicInfo, ...]:
    """All pages, the general ones first, then one per code in the order of `Code`."""
    codes = [code.value for code in Code]
    general = [name for name in names() if name not in codes]
    return tuple(read_topic(name).info for name in (*general, *codes))


def explain_topic(name: str, release: str | None = None) -> Explanation:
    """The page ``name`` (a topic or a code), for ``release`` (``go1.26.8``) or for all.

    Raises UsageError with the closest names when there is none.
    """
    topic = read_topic(name.strip().lower())
    markdown = f"# {topic.info.title}\n\n{topic.body(release)}"
    return Explanation(topic.info.name, markdown)


def file_link(position: Position) -> str:
    """A ``file:`` address with the line, as terminals and editors open it."""
    path = Path(position.file)
    return f"{path.as_uri()}#L{position.line}" if path.is_absolute() else ""


async def explain_place(
    engine: Analyser,
    file: Path,
    line: int,
    column: int | None = None,
    *,
    link: Link = file_link,
) -> Explanation:
    """The page of what is at ``file:line[:column]``, with that place's own numbers and flow.

    A finding there is explained by its code's page; else the function that the line belongs to
    by ``stack-growth``. Raises UsageError when the line is in no function that was built,
    BuildFailed when the package did not build, and what ``engine.check`` raises.
    """
    path = _resolved(file)
    analysis = await engine.check([str(path.parent)], tests=path.name.endswith("_test.go"))
    release = analysis.go.version
    for package in analysis.packages:
        found = _findings_at(package, path, line, column)
        if found:
            return await _explain_findings(engine, package, found, release, link)
    for package in analysis.packages:
        facts = _function_at(package, path, line)
        if facts:
            return _explain_function(package, facts, release, link)
    failed = next((package for package in analysis.packages if package.error), None)
    if failed:
        raise BuildFailed(f"{failed.import_path} does not build: {failed.error}")
    raise UsageError(
        f"nothing to explain at {file}:{line}: it is in no function of the packages in "
        f"{path.parent} (is the file left out by a build tag, or the function inlined away?)"
    )


def _resolved(file: Path) -> Path:
    return file.resolve()


def _same_file(written: str, path: Path) -> bool:
    return Path(written) == path or Path(written).resolve() == path


def _findings_at(
    package: PackageAnalysis, path: Path, line: int, column: int | None
) -> list[Finding]:
    """The findings at the place, those that allocate first, the narrowest first."""
    found = [
        finding
        for finding in package.findings
        if finding.span.line <= line <= finding.span.end_line
        and (column is None or finding.span.contains(line, column))
        and _same_file(finding.span.file, path)
    ]
    return sorted(
        found,
        key=lambda finding: (
            finding.allocates is Allocates.NEVER,
            finding.span.end_line - finding.span.line,
            finding.span.end_column - finding.span.column,
            finding.sort_key,
        ),
    )


def _function_at(package: PackageAnalysis, path: Path, line: int) -> FunctionFacts | None:
    """The function that starts last at or above the line."""
    above = [
        facts for facts in package.functions if facts.line <= line and _same_file(facts.file, path)
    ]
    return max(above, key=lambda facts: facts.line, default=None)


async def _explain_findings(
    engine: Analyser,
    package: PackageAnalysis,
    found: Sequence[Finding],
    release: str,
    link: Link,
) -> Explanation:
    first = found[0]
    page = read_topic(first.code.value)
    parts = [f"# {page.info.title}"]
    for finding in found:
        flow = await engine.flow(package, finding)
        place = code(f"{Path(finding.span.file).name}:{finding.span.line}")
        parts.append(f"## {place} in {code(finding.function)}")
        parts.append(finding_markdown(finding, flow or finding.reason, release, link=link))
    parts += ["---", page.body(release)]
    allocations, size = allocations_of(found)
    facts = next((facts for facts in package.functions if facts.name == first.function), None)
    numbers = Numbers(
        frame_bytes=facts.frame_bytes if facts else None,
        allocations=allocations,
        bytes_per_call=size,
    )
    return Explanation(page.info.name, "\n\n".join(parts), numbers)


def _explain_function(
    package: PackageAnalysis, facts: FunctionFacts, release: str, link: Link
) -> Explanation:
    page = read_topic("stack-growth")
    own = [finding for finding in package.findings if finding.function == facts.name]
    allocations, size = allocations_of(own)
    parts = [
        f"# {page.info.title}",
        f"## {code(facts.name)}",
        function_markdown(facts, own, link=link),
        "---",
        page.body(release),
    ]
    numbers = Numbers(frame_bytes=facts.frame_bytes, allocations=allocations, bytes_per_call=size)
    return Explanation(page.info.name, "\n\n".join(parts), numbers)
