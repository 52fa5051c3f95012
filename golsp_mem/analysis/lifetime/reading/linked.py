"""The linker's names of function literals in package variables, and of ``init`` functions.

Their numbers span a package: the text of one file has them from its own first one. Several on one
line have their numbers in source order. A literal that was not compiled by itself runs where it
stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve

from golsp_mem.compiler.objects.symbols import own_name
from golsp_mem.model import Finding, FunctionFacts
from golsp_mem.source.syntax import GoFile

_NUMBERED = re.compile(r"(?P<kind>init\.(?:func)?|glob\.\.func)(?P<number>\d+)")


def with_linked_names(
    findings: Iterable[Finding], files: Sequence[GoFile], functions: Sequence[FunctionFacts]
) -> Iterator[Finding]:
    """The findings with the names that the package's functions have."""
    known: dict[str, dict[str, str]] = {}
    by_path = {file.path: file for file in files}
    for finding in findings:
        path, head = finding.span.file, f"{finding.package}."
        match = _NUMBERED.match(finding.function.removeprefix(head))
        if match is None or path not in by_path:
            yield finding
            continue
        if path not in known:
            known[path] = _names(by_path[path], functions)
        name = known[path].get(match[0], "init")
        rest = finding.function.removeprefix(head)[match.end() :] if name != "init" else ""
        yield evolve(finding, function=f"{head}{name}{rest}")


def _names(file: GoFile, functions: Sequence[FunctionFacts]) -> dict[str, str]:
    """The linked name by the one that the file alone gives."""
    linked: dict[tuple[int, bool], list[re.Match[str]]] = defaultdict(list)
    for facts in functions:
        match = _NUMBERED.fullmatch(own_name(facts.name)) if facts.file == file.path else None
        if match is not None:
            linked[facts.line, match["kind"].endswith("func")].append(match)
    written: dict[tuple[int, bool], list[str]] = defaultdict(list)
    for function in file.functions:
        if _NUMBERED.fullmatch(function.name) is not None:
            written[function.span.line, function.is_literal].append(function.name)
    found: dict[str, str] = {}
    for place, names in written.items():
        numbered = sorted(linked[place], key=lambda match: int(match["number"]))
        if len(numbered) == len(names):
            found.update(zip(names, (match[0] for match in numbered), strict=True))
    return found
