"""States of an analysis that cannot be: each is a mistake of golsp-mem, or of what it reads.

Nothing is dropped for them. They stand in the JSON report beside ``unparsed``, and end a run
while the environment has `STRICT`, as it has in the test suite.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

from golsp_mem.errors import Impossible
from golsp_mem.model import Allocates, Finding, PackageAnalysis

STRICT = "GOLSP_MEM_STRICT"


def impossible(package: PackageAnalysis) -> tuple[str, ...]:
    """What of the analysis cannot be, a line each. Raises Impossible while `STRICT` is set."""
    found = (*_repeated(package), *(line for one in package.findings for line in _of(one)))
    if found and os.environ.get(STRICT):
        raise Impossible(f"{package.import_path}: {'; '.join(found)}")
    return found


def _repeated(package: PackageAnalysis) -> Iterator[str]:
    counts = Counter(one.fingerprint for one in package.findings)
    yield from (f"{name} names {count} findings" for name, count in counts.items() if count > 1)


def _of(one: Finding) -> Iterator[str]:
    span = one.span
    where = f"{span.file}:{span.line}:{span.column} {one.code}"
    if (span.end_line, span.end_column) < (span.line, span.column) or span.line < 1:
        yield f"{where} ends before it begins"
    if one.allocates is Allocates.ALWAYS and one.condition is not None:
        yield f"{where} allocates always, but {one.condition}"
    if one.bytes is not None and one.size_class is not None and one.size_class < one.bytes:
        yield f"{where} takes {one.size_class} B for {one.bytes} B"
    if one.code.is_heap and one.runtime_call is not None and not one.stack:
        yield f"{where} has no stack"
