"""*Explain stack growth of f*: the page ``stack-growth`` with the function's own numbers."""

from __future__ import annotations

from golsp_mem.advice.explanations.explain import Explanation, Numbers
from golsp_mem.advice.markdown import code, text
from golsp_mem.advice.topics import read_topic
from golsp_mem.analysis.sizes import count_text, size_text
from golsp_mem.analysis.stack.growth import Growth
from golsp_mem.analysis.stack.numbers import StackNumbers
from golsp_mem.compiler.objects.symbols import folded_name, short_name
from golsp_mem.compiler.stackfacts import StackPlatform, stack_platform
from golsp_mem.model import GoVersion

_HEAD_ROWS, _TAIL_ROWS = 8, 4
_SHOWN_NAMES = 5


def stack_title(function: str) -> str:
    """The title of the action for a function by its linker name, or as the source writes it."""
    return f"Explain stack growth of {_short(function)}"


def numbers_of(numbers: StackNumbers) -> Numbers:
    """The stack's part of ``explain --format json``."""
    cheapest = numbers.recursion.cheapest if numbers.recursion is not None else None
    return Numbers(
        frame_bytes=numbers.frame_bytes,
        deepest_path_bytes=numbers.deepest_path_bytes,
        growth_steps=numbers.growth_steps,
        limit_bytes=numbers.limit_bytes,
        min_depth=numbers.min_depth,
        max_depth=numbers.max_depth,
        max_depth_at_most=True if cheapest is not None and cheapest.hidden else None,
    )


def explain_stack(
    numbers: StackNumbers, go: GoVersion, *, go_statement: bool = False
) -> Explanation:
    """The page with the numbers of one function of this code.

    ``go_statement``: the question was asked at a ``go`` statement that starts the function.
    """
    page = read_topic("stack-growth")
    name = code(_short(numbers.function))
    start = "The `go` statement starts a goroutine with" if go_statement else "A goroutine in"
    main = numbers.function == "main.main"
    parts = [
        f"# {page.info.title}",
        f"## {name}",
        _summary(numbers),
        "### The deepest path",
        _path(numbers),
        "### How the stack grows",
        _growth(numbers, f"{start} {name}{', which' if go_statement else ''}", main=main),
    ]
    if numbers.recursive:
        parts += ["### Recursion", _recursion(numbers)]
    parts += ["### The limit", _limit(numbers, go), "---", page.body(go.version)]
    return Explanation(page.info.name, "\n\n".join(parts), numbers_of(numbers))


def _short(name: str) -> str:
    return short_name(folded_name(name))


def _summary(numbers: StackNumbers) -> str:
    deepest = size_text(numbers.deepest_path_bytes)
    count = len(numbers.deepest_path)
    lines = [
        f"- its own frame: **{size_text(numbers.frame_bytes)}**",
        f"- at its deepest, with what it calls: **{deepest}** in "
        + ("one function" if count == 1 else f"{count} functions"),
    ]
    if numbers.unknown_calls:
        lines.append(
            f"- {count_text(numbers.unknown_calls)} calls below it go through interfaces or "
            "function values, so what they need is not in these numbers"
        )
    if numbers.recursive_below:
        unique = list(dict.fromkeys(_short(name) for name in numbers.recursive_below))
        names = ", ".join(code(name) for name in unique[:_SHOWN_NAMES])
        more = len(unique) - _SHOWN_NAMES
        lines.append(
            f"- functions below it that recurse are counted once: {names}"
            + (f" and {more} more" if more > 0 else "")
        )
    return "\n".join(lines)


def _path(numbers: StackNumbers) -> str:
    rows = [f"| {code(_short(name))} | {size:,} |" for name, size in numbers.deepest_path]
    hidden = len(rows) - _HEAD_ROWS - _TAIL_ROWS
    if hidden > 1:
        middle = numbers.deepest_path[_HEAD_ROWS:-_TAIL_ROWS]
        total = sum(size for _, size in middle)
        rows[_HEAD_ROWS:-_TAIL_ROWS] = [f"| … {hidden} more | {total:,} |"]
    table = "\n".join(["| function | frame (B) |", "|---|---:|", *rows]).replace(",", " ")
    return (
        f"{table}\n\nThis is the deepest way that the direct calls allow, whether or not a run "
        "takes it. Panics, and the collector's work that an allocation may be asked to do, are "
        "left out."
    )


def _growth(numbers: StackNumbers, who: str, *, main: bool) -> str:
    start = size_text(numbers.start_bytes)
    if not numbers.growths:
        text = f"{who} stays in its first {start} along this path: no growth, nothing is copied."
        if numbers.recursive:
            text += (
                " That holds for one round; the recursion makes the stack double again and again."
            )
    else:
        rows = [_step(growth) for growth in numbers.growths]
        table = "\n".join(["| stack | when entering | bytes copied |", "|---|---|---:|", *rows])
        first = numbers.growths[0]
        text = (
            f"{who} begins with {start}, {numbers.entry_bytes} B of it in use, and grows "
            f"{_times(len(numbers.growths))} along the path that needs most, first in "
            f"{code(_short(first.function))}: {count_text(numbers.bytes_copied)} B are copied in "
            f"all.\n\n{table}"
        )
    note = (
        "Since Go 1.19 new goroutines may start larger, with the average that the last "
        "collection saw: then there are fewer steps."
    )
    if main:
        note += (
            " The main goroutine runs the packages' initialisers before `main`; what they made "
            "it grow to, it still has."
        )
    return f"{text}\n\n{note}"


def _step(growth: Growth) -> str:
    sizes = f"{size_text(growth.old_bytes)} → {size_text(growth.new_bytes)}"
    return f"| {sizes} | {code(_short(growth.function))} | {count_text(growth.copied_bytes)} |"


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _recursion(numbers: StackNumbers) -> str:
    recursion = numbers.recursion
    if recursion is None:
        return ""
    cheapest = recursion.cheapest
    names = list(dict.fromkeys(code(_short(frame.function)) for frame in cheapest.frames))
    calls = "calls"
    if len(names) == 1:
        text = f"{names[0]} calls itself"
    else:
        text = f"The cheapest round is {' → '.join([*names, names[0]])}"
        # What else a round enters is not counted.
        calls = f"calls of {code(_short(recursion.counted))}"
    if cheapest.maybe:
        ways = ", ".join(
            f"{code(one.through)} on line {one.line}"
            + (", whose frames are not all known" if one in cheapest.hidden else "")
            for one in cheapest.maybe
        )
        text += f", through {ways}, which may lead there"
    text += f"; it takes {count_text(cheapest.round_bytes)} B of stack"
    if cheapest.entries > 1:
        text += f" for {cheapest.entries} {calls}: the compiler inlined some of them"
    if numbers.min_depth is None or numbers.max_depth is None:
        return f"{text}. Nothing on that way checks the stack, so no limit stops it."
    depth = f"**{count_text(numbers.max_depth)}**"
    if numbers.min_depth != numbers.max_depth:
        text += f". The dearest takes {count_text(recursion.dearest.round_bytes)} B"
        if not recursion.complete:
            text += " at the most"
        depth = f"**{count_text(numbers.min_depth)}** to {depth}"
    about = "at most" if cheapest.hidden else "about"
    return (
        f"{text}: after {about} {depth} {calls} the stack is full and the program dies with `fatal "
        "error: stack overflow`, which cannot be recovered from."
    )


def _limit(numbers: StackNumbers, go: GoVersion) -> str:
    platform = stack_platform(go.goos, go.goarch)
    setting = numbers.limit.setting
    written = (
        f"`SetMaxStack({setting})`"
        if setting is not None
        else f"the default setting ({count_text(platform.default_limit)} bytes)"
    )
    if numbers.limit.note:
        written += f" ({text(numbers.limit.note)})"
    other = _other_width(platform, go.goos)
    bits = 8 * other.pointer_bytes
    return (
        f"On {code(go.goarch)} {written} works as **{size_text(numbers.limit_bytes)}**: stacks "
        f"double, so the largest power of two not above the setting holds. On {bits}-bit the same "
        f"program has {size_text(other.effective_limit(setting))}, and frames of other sizes "
        "(set GOARCH to see them). See `golsp-mem explain stack-limit`."
    )


def _other_width(platform: StackPlatform, goos: str) -> StackPlatform:
    return stack_platform(goos, "386" if platform.pointer_bytes == 8 else "amd64")
