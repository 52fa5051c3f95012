"""What the SARIF logs of a run's parts tell each other, so that joined they are the run's.

A package that inlines another's function changes what is said of it (`golsp_mem.analysis.callers`),
and the two may be in different parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from golsp_mem.analysis.callers import Copies, judged
from golsp_mem.cli.render.sarif.rules import message
from golsp_mem.cli.render.wording import details
from golsp_mem.model import (
    Allocates,
    AllocatingCopies,
    Code,
    Finding,
    InlinedHere,
    Span,
    StackFrame,
)
from golsp_mem.report.model import CheckedPackage

Json = Mapping[str, object]

INLINED = "inlined"
"""The property of a part's run that says by package what was inlined from others:
``[function, copies, [[URI, line, family, copies that allocate]]]``."""
CAUSE = "cause"
"""The property of a part's result that says of what it is made: the ``[URI, line]`` of the
allocating call (null where there is none), what it is as written, and the parts of its text."""


def inlined_json(packages: Iterable[CheckedPackage], uri: Callable[[str], str]) -> Json:
    """`INLINED` of a report's packages."""
    return {
        package.import_path: [
            [
                one.function,
                one.copies,
                [[uri(seen.file), seen.line, seen.family, seen.copies] for seen in one.allocating],
            ]
            for one in package.inlined
        ]
        for package in packages
        if package.inlined
    }


def cause_json(finding: Finding, uri: Callable[[str], str], behind: str) -> Json:
    """`CAUSE` of a finding; ``behind`` ends its text."""
    own = next((one for one in finding.stack if one.function == finding.function), None)
    return {
        "call": [uri(own.file), own.line] if own is not None else None,
        "asWritten": finding.as_written,
        "message": finding.message,
        "behind": behind,
    }


def sentence(finding: Finding, behind: str) -> str:
    """A result's text: what, when, how much, and what comes behind it."""
    about = details(finding)
    return (f"{finding.message} ({about})" if about else finding.message) + behind


def inlined_from(properties: object) -> Iterator[tuple[str, list[InlinedHere]]]:
    """What a part says of each of its packages; nothing of what cannot be read."""
    told = properties.get(INLINED) if isinstance(properties, Mapping) else None
    for path, entries in told.items() if isinstance(told, Mapping) else ():
        try:
            yield (
                str(path),
                [
                    InlinedHere(
                        str(function),
                        int(copies),
                        tuple(
                            AllocatingCopies(str(u), int(n), str(f), int(c)) for u, n, f, c in seen
                        ),
                    )
                    for function, copies, seen in entries
                ],
            )
        except (TypeError, ValueError):
            continue


def as_whole(result: Json, copies: Copies) -> Json:
    """A part's result as the whole run has it."""
    properties = result.get("properties")
    if not isinstance(properties, Mapping) or CAUSE not in properties:
        return result
    own = {name: value for name, value in properties.items() if name != CAUSE}
    try:
        finding, behind = _read(result, own, properties[CAUSE])
    except (KeyError, TypeError, ValueError):
        return {**result, "properties": own}
    if finding is None:
        return {**result, "properties": own}
    before, finding = finding, judged(finding, copies)
    if finding == before:
        return {**result, "properties": own}
    values = {**own, "allocates": finding.allocates, "condition": finding.condition}
    order = dict.fromkeys(("package", "function", "allocates", "condition", *own))
    return {
        **result,
        "message": message(sentence(finding, behind)),
        "properties": {name: values[name] for name in order if values.get(name) is not None},
    }


def _read(result: Json, own: Json, cause: Json) -> tuple[Finding | None, str]:
    """As much of the finding as the callers' copies need. Raises KeyError, TypeError and
    ValueError for what nobody of us wrote."""
    call = cause["call"]
    if not isinstance(call, list):
        return None, ""
    uri, line = call
    function, condition = str(own["function"]), own.get("condition")
    size, class_ = own.get("bytes"), own.get("sizeClass")
    finding = Finding(
        code=Code(str(result["ruleId"])),
        span=Span(str(uri), 1, 1, 1, 1),
        package=str(own["package"]),
        function=function,
        message=str(cause["message"]),
        allocates=Allocates(str(own["allocates"])),
        condition=condition if isinstance(condition, str) else None,
        bytes=size if isinstance(size, int) else None,
        size_class=class_ if isinstance(class_, int) else None,
        runtime_call=str(own["runtimeCall"]) if "runtimeCall" in own else None,
        stack=(StackFrame(function, str(uri), int(line)),),
        as_written=Allocates(str(cause["asWritten"])),
    )
    return finding, str(cause["behind"])
