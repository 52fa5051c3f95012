"""What golsp-mem says: the part of ``check --format json`` that the oracle judges."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

import cattrs
from attrs import evolve, frozen

from tests.truth.evidence import Frame, Place, is_runtime, real


@frozen
class Claim:
    """One finding; fields as in the contract, files absolute."""

    code: str
    file: str
    line: int
    column: int
    function: str
    message: str
    allocates: str
    stack: tuple[Frame, ...]
    condition: str | None = None
    bytes: int | None = None
    size_class: int | None = None
    runtime_call: str | None = None
    stays_in_tests: int = 0

    @property
    def tiny(self) -> bool:
        """Whether the tiny allocator may serve it: the profile sees one object in several."""
        return self.size_class == 16 and self.bytes is not None and self.bytes < 16

    @property
    def heap(self) -> bool:
        """Whether it speaks of the heap at all."""
        return self.code.startswith("heap-") or self.code == "stack-too-large"

    @property
    def places(self) -> tuple[Place, ...]:
        """The stack down to the line that the claim is made for.

        One claim speaks for every copy of that line, whatever it was inlined into further out.
        """
        places = tuple(frame.place for frame in self.stack)
        for depth, frame in enumerate(self.stack):
            if (frame.file, frame.line) == (self.file, self.line):
                return places[: depth + 1]
        return places


@frozen
class _Report:
    findings: tuple[Claim, ...]


def read_claims(text: str, directory: str, goroot: str) -> tuple[Claim, ...]:
    """The findings of a JSON report made in ``directory``, each once.

    Inlined code of the runtime is stripped from their stacks, as profiles do not show it.
    Raises ValueError or a cattrs error where the report does not keep the contract.
    """
    raw = json.loads(text)
    if not isinstance(raw, Mapping) or raw.get("schema") != 1:
        raise ValueError("not a report of schema 1")
    report = cattrs.structure(raw, _Report)

    def absolute(file: str) -> str:
        return real(file if file.startswith("<") else os.path.join(directory, file))  # noqa: PTH118

    def visible(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
        named = [evolve(frame, file=absolute(frame.file)) for frame in frames]
        while named and is_runtime(named[0].function, named[0].file, goroot):
            del named[0]
        return tuple(named)

    return tuple(
        dict.fromkeys(
            evolve(claim, file=absolute(claim.file), stack=visible(claim.stack))
            for claim in report.findings
            if claim.heap
        )
    )
