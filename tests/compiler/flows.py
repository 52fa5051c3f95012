"""Flow blocks of recorded text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from golsp_mem.compiler.text.flows import Flow, FlowReader


def flows_in(lines: Iterable[str]) -> Iterator[Flow]:
    """All flow blocks of ``-m=2`` text."""
    reader = FlowReader()
    for line in lines:
        flow = reader.feed(line)
        if flow:
            yield flow
    last = reader.end()
    if last:
        yield last
