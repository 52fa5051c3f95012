"""A package as it would be compiled if an edit had only moved lines.

While the compiler works on a saved text its outcome is guessed from the last one, and all that the
source says of it is found out. What was guessed right needs no second look (`again.Remembered`),
and nothing is ever told of what was guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve

from golsp_mem.analysis.compiled import CompiledPackage, Site
from golsp_mem.compiler.objects.calls import CompiledFunction
from golsp_mem.model import Message, Position, StackFrame

Lines = Callable[[int], int | None]


def lines_moved(old: bytes, new: bytes) -> Lines | None:
    """Where each line (from 1) of an old text is in a new one, None where the edit was; None
    instead of it all where no line has another number."""
    before, after = old.split(b"\n"), new.split(b"\n")
    shift = len(after) - len(before)
    if shift == 0:
        return None
    most = min(len(before), len(after))
    first = next((n for n in range(most) if before[n] != after[n]), most)
    last = next((n for n in range(most - first) if before[-1 - n] != after[-1 - n]), most - first)
    end = len(before) - last

    def moved(line: int) -> int | None:
        if line <= first:
            return line
        return line + shift if line > end else None

    # Behind what was added at the end of a text there is but an empty line.
    return moved if last > (before[-1] == b"") else None


def moved(package: CompiledPackage, lines: Mapping[str, Lines]) -> CompiledPackage:
    """The package with new numbers for the lines of some files (as `StackFrame` names them); what
    stood in an edited line is left out."""
    if not lines:
        return package

    def line_in(file: str, line: int) -> int | None:
        return lines[file](line) if file in lines else line

    messages: dict[tuple[str, int], list[Message]] = {}
    for (file, line), said in package.messages.items():
        new = line_in(file, line)
        if new == line:
            messages[file, line] = said
        elif new is not None:
            messages[file, new] = [
                evolve(one, position=Position(file, new, one.position.column)) for one in said
            ]
    functions = {}
    for name, facts in package.functions.items():
        new = line_in(facts.file, facts.line)
        functions[name] = facts if new in (None, facts.line) else evolve(facts, line=new)
    return evolve(
        package,
        sites=[site for one in package.sites if (site := _moved_site(one, lines)) is not None],
        messages=messages,
        functions=functions,
        compiled=[_moved_function(one, lines) for one in package.compiled],
        references=[
            one._replace(line=new)
            for one in package.references
            if (new := line_in(one.file, one.line)) is not None
        ],
    )


def _moved_site(site: Site, lines: Mapping[str, Lines]) -> Site | None:
    stack = site.allocation.stack
    if all(frame.file not in lines for frame in stack):
        return site
    frames = []
    for frame in stack:
        new = lines[frame.file](frame.line) if frame.file in lines else frame.line
        if new is None:
            return None
        frames.append(StackFrame(frame.function, frame.file, new))
    inlined = tuple(
        [
            frozenset([new for one in here if (new := lines[frame.file](one)) is not None])
            if frame.file in lines
            else here
            for frame, here in zip(stack, site.lines, strict=False)
        ]
    )
    return Site(evolve(site.allocation, stack=tuple(frames)), site.copy_at, inlined)


def _moved_function(function: CompiledFunction, lines: Mapping[str, Lines]) -> CompiledFunction:
    def new(file: str, line: int) -> int:
        found = lines[file](line) if file in lines else line
        return line if found is None else found

    goroutines = [one._replace(line=new(one.file, one.line)) for one in function.goroutines]
    indirect = [one._replace(line=new(one.file, one.line)) for one in function.indirect]
    return evolve(
        function,
        line=new(function.file, function.line),
        goroutines=tuple(goroutines),
        indirect=tuple(indirect),
    )
