"""``golsp-mem explain``: a page by its name, or a place with its page and its own numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from attrs import asdict, evolve, frozen

from golsp_mem.advice.hover import finding_markdown, function_markdown
from golsp_mem.advice.markdown import code
from golsp_mem.advice.topics import TopicInfo, names, read_topic
from golsp_mem.analysis.costs import Bounds
from golsp_mem.analysis.heap.per_call import PerCall, function_around, function_on, per_call
from golsp_mem.codes import Family
from golsp_mem.errors import BuildFailed, UsageError
from golsp_mem.files import read_regular
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
from golsp_mem.source.syntax import GoFile

Link = Callable[[Position], str]


class Analyser(Protocol):
    """What explain_place needs of analysis.engine.Engine."""

    @property
    def directory(self) -> Path: ...

    async def check(self, patterns: Sequence[str], *, tests: bool = False) -> Analysis: ...

    async def flow(self, package: PackageAnalysis, finding: Finding) -> tuple[Step, ...]: ...


@frozen
class Numbers:
    """What is known of a place, in bytes and counts; None where it cannot be derived.

    ``growth_steps`` are the stack sizes that a new goroutine passes through, ``limit_bytes``
    the usable stack limit, ``max_depth`` the calls of a recursive function until then if each
    round is the cheapest, ``min_depth`` if each is the dearest; ``max_depth_at_most``: a round goes
    through frames that are not known, so fewer may do.
    ``allocations`` are the places that allocate whenever they run; the two ranges are what one
    call takes by the function's own code, of which ``bytes_per_call`` is the most.
    """

    frame_bytes: int | None = None
    deepest_path_bytes: int | None = None
    growth_steps: tuple[int, ...] | None = None
    limit_bytes: int | None = None
    min_depth: int | None = None
    max_depth: int | None = None
    max_depth_at_most: bool | None = None
    allocations: int | None = None
    bytes_per_call: int | None = None
    allocations_per_call: Bounds | None = None
    bytes_per_call_range: Bounds | None = None

    def as_json(self) -> dict[str, int | list[int] | dict[str, int | None]]:
        """The object ``numbers`` of ``explain --format json``: only what is known."""
        known = asdict(self, recurse=False, filter=lambda _, value: value is not None)
        return {
            name: value.as_json()
            if isinstance(value, Bounds)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in known.items()
        }


@frozen
class Explanation:
    """A page as Markdown; ``topic`` is its name.

    Where it is about a place, the title comes first, then what is about the place, and the
    page itself after a rule (``---``).
    """

    topic: str
    markdown: str
    numbers: Numbers = Numbers()

    @property
    def own_part(self) -> str:
        """What is said of the place: without the title, and without the page."""
        _, _, rest = self.markdown.partition("\n")
        return rest.partition("\n---\n")[0].strip("\n")


# What the calls of a line allocate, as a page of its own; None where it has none that are known.
CallsPage = Callable[[PackageAnalysis, Path, int], Awaitable[str | None]]

# Whether a function can be inlined and what that would free; None where the compiler is silent.
InliningWords = Callable[[PackageAnalysis, FunctionFacts], Awaitable[str | None]]

# The page stack-growth with the numbers of one function of a package, by its linker name; None
# when they cannot be told.
StackPage = Callable[[PackageAnalysis, str], Awaitable[Explanation | None]]


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
    stack: StackPage | None = None,
    calls: CallsPage | None = None,
    inlining: InliningWords | None = None,
    tests: bool | None = None,
) -> Explanation:
    """The page of what is at ``file:line[:column]``, with that place's own numbers and flow.

    A finding there is explained by its code's page; else the function that the line belongs to
    by ``stack-growth``; where ``calls`` has something to say of its calls, by ``heap-call``.
    ``stack`` tells of a function's stack; without it only the frame is known. ``inlining`` says
    why a function is not inlined. ``tests`` are looked at for files of tests, and for generic code
    that nothing else instantiates.

    Raises UsageError when the line is in no function that was built, BuildFailed when the package
    did not build, and what ``engine.check`` raises.
    """
    path = _resolved(file)
    # The go command knows a module by the way that led to it: a symbolic link, say.
    here = "." if _resolved(engine.directory) == path.parent else str(path.parent)
    with_tests = path.name.endswith("_test.go") if tests is None else tests
    analysis = await engine.check([here], tests=with_tests)
    release = analysis.go.version
    source = _parsed(path)
    for package in analysis.packages:
        found = _findings_at(package, path, line, column)
        if found:
            flows = [await engine.flow(package, finding) for finding in found]
            page = await stack(package, found[0].function) if stack else None
            return _of_findings(package, line, found, flows, release, link, source, page)
    for package in analysis.packages:
        facts = _function_at(package, path, line, source)
        if facts:
            told = await calls(package, path, line) if calls else None
            page = await stack(package, facts.name) if stack else None
            made = _of_function(package, facts, release, link, source, page)
            said = await inlining(package, facts) if inlining else None
            if said:
                head, _, rest = made.markdown.partition("\n\n")
                made = evolve(made, markdown=f"{head}\n\n{said}\n\n{rest}")
            if told and facts.line != line:
                return _of_calls(told, made, release)
            if told:
                _, _, rest = made.markdown.partition("\n")
                title = made.markdown.partition("\n")[0]
                return evolve(made, markdown=f"{title}\n\n{told}\n{rest}")
            return made
    failed = next((package for package in analysis.packages if package.error), None)
    if failed:
        raise BuildFailed(f"{failed.import_path} does not build: {failed.error}")
    is_generic = source is not None and _is_generic(source, line)
    if is_generic and not with_tests:
        return await explain_place(
            engine, file, line, column,
            link=link, stack=stack, calls=calls, inlining=inlining, tests=True,
        )  # fmt: skip
    raise _nothing_at(f"{file}:{line}", path, is_generic=is_generic)


def _nothing_at(place: str, path: Path, *, is_generic: bool) -> UsageError:
    if is_generic:
        return UsageError(
            f"nothing to explain at {place}: the function is generic, and nothing in its "
            "package or its tests instantiates it, so there is no code of it; use it in a test"
        )
    return UsageError(
        f"nothing to explain at {place}: it is in no function of the packages in "
        f"{path.parent} (is the file left out by a build tag, or the function inlined away?)"
    )


def _is_generic(source: GoFile, line: int) -> bool:
    function = source.declaration_at(line)
    return function is not None and source.is_generic(function.span.line)


def _resolved(file: Path) -> Path:
    return file.resolve()


def _parsed(path: Path) -> GoFile | None:
    try:
        return GoFile.parse(str(path), read_regular(path))
    except OSError:
        return None


def _same_file(written: str, path: Path) -> bool:
    return Path(written) == path or Path(written).resolve() == path


def _findings_at(
    package: PackageAnalysis, path: Path, line: int, column: int | None
) -> list[Finding]:
    """The findings at the place, those that allocate first, the narrowest first, each once.

    Those that begin on the line; where none does, those of an expression that goes on there, but
    not of a function literal, whose lines have findings of their own.
    """
    covering = [
        finding
        for finding in package.findings
        if finding.span.line <= line <= finding.span.end_line
        and (column is None or finding.span.contains(line, column))
        and _same_file(finding.span.file, path)
    ]
    found = [one for one in covering if one.span.line == line or column is not None]
    found = found or [one for one in covering if one.code not in _WITH_A_BODY]
    once = {(one.code, one.span, one.message, one.condition): one for one in found}
    return sorted(
        once.values(),
        key=lambda finding: (
            finding.allocates is Allocates.NEVER,
            finding.span.end_line - finding.span.line,
            finding.span.end_column - finding.span.column,
            finding.sort_key,
        ),
    )


_WITH_A_BODY = (Code.HEAP_CLOSURE, Code.HEAP_GOROUTINE, Code.HEAP_DEFER)


def _function_at(
    package: PackageAnalysis, path: Path, line: int, source: GoFile | None
) -> FunctionFacts | None:
    """The function that the line is in: the one that starts on the innermost function's line,
    else the last that starts at or above it within the same declaration."""
    first = 1
    if source is not None:
        inner, outer = source.function_at(line), source.declaration_at(line)
        # Without both, a literal in a package variable may begin on the line.
        first = outer.span.line if outer else line
        line = inner.span.line if inner else line
    above = [
        facts
        for facts in package.functions
        if first <= facts.line <= line and _same_file(facts.file, path)
    ]
    return max(above, key=lambda facts: facts.line, default=None)


def _of_findings(
    package: PackageAnalysis,
    line: int,
    found: Sequence[Finding],
    flows: Sequence[Sequence[Step]],
    release: str,
    link: Link,
    source: GoFile | None,
    stack: Explanation | None,
) -> Explanation:
    first = found[0]
    page = read_topic(first.code.value)
    parts = [f"# {page.info.title}"]
    for finding, flow in zip(found, flows, strict=True):
        place = code(f"{Path(finding.span.file).name}:{finding.span.line}")
        parts.append(f"## {place} in {code(finding.function)}")
        steps = flow or finding.reason
        parts.append(finding_markdown(finding, steps, release, link=link, source=source))
    # A go statement has the stack of the goroutine that it starts.
    starts = any(finding.code is Code.HEAP_GOROUTINE for finding in found)
    if stack and (starts or first.code.family is Family.STACK):
        parts.append(stack.own_part)
    parts += ["---", page.body(release)]
    facts = next((facts for facts in package.functions if facts.name == first.function), None)
    # On the line that declares the function, its own numbers are asked for.
    declared = facts is not None and facts.line == line
    counted = _own(package, facts) if facts and declared else found
    cost = _cost(package, source, facts) if facts and declared else _cost_at(source, found)
    numbers = _numbers(counted, cost, facts, stack)
    if stack and starts:
        numbers = evolve(numbers, frame_bytes=stack.numbers.frame_bytes)
    return Explanation(page.info.name, _joined(parts), numbers)


def _of_function(
    package: PackageAnalysis,
    facts: FunctionFacts,
    release: str,
    link: Link,
    source: GoFile | None,
    stack: Explanation | None,
) -> Explanation:
    page = read_topic("stack-growth")
    own = _own(package, facts)
    cost = _cost(package, source, facts)
    parts = [
        f"# {page.info.title}",
        function_markdown(facts, own, cost, link=link),
        *([stack.own_part] if stack else []),
        "---",
        page.body(release),
    ]
    return Explanation(page.info.name, _joined(parts), _numbers(own, cost, facts, stack))


def _of_calls(told: str, function: Explanation, release: str) -> Explanation:
    """The page of a line whose calls allocate: those first, then the function around it."""
    page = read_topic(Code.HEAP_CALL.value)
    parts = [f"# {page.info.title}", told, function.own_part, "---", page.body(release)]
    return Explanation(page.info.name, _joined(parts), function.numbers)


def _own(package: PackageAnalysis, facts: FunctionFacts) -> list[Finding]:
    return [finding for finding in package.findings if finding.function == facts.name]


def _cost(package: PackageAnalysis, source: GoFile | None, facts: FunctionFacts) -> PerCall | None:
    """What one call of a function takes; None where its text is not to be had."""
    node = function_on(source, facts.line) if source else None
    if source is None or node is None:
        return None
    path = Path(source.path)
    here = [finding for finding in package.findings if _same_file(finding.span.file, path)]
    return per_call(source, node, here)


def _cost_at(source: GoFile | None, found: Sequence[Finding]) -> PerCall | None:
    """What one call of the function around some findings takes by these."""
    first = found[0].span
    node = function_around(source, first.line, first.column) if source else None
    return per_call(source, node, found) if source and node else None


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _numbers(
    findings: Sequence[Finding],
    cost: PerCall | None,
    facts: FunctionFacts | None,
    stack: Explanation | None,
) -> Numbers:
    always = [one for one in findings if one.allocates is Allocates.ALWAYS and one.code.is_heap]
    total = cost.total if cost else None
    return evolve(
        stack.numbers if stack else Numbers(),
        frame_bytes=facts.frame_bytes if facts else None,
        allocations=len(always),
        bytes_per_call=total.bytes.most if total else None,
        allocations_per_call=total.objects if total else None,
        bytes_per_call_range=total.bytes if total else None,
    )
