"""Claims of a function against what its runs took. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from tests.truth.conditions.case import Case, Fact, Input
from tests.truth.conditions.texts import UnknownTextError, holds


@frozen
class Taken:
    """What one run allocated: objects, and bytes by size class."""

    objects: int
    bytes: int


@frozen
class Wrong:
    case: str
    args: str
    said: str
    taken: Taken | None
    why: str

    def __str__(self) -> str:
        took = f"{self.taken.objects} objects, {self.taken.bytes} B" if self.taken else "not run"
        return f"{self.case}({self.args}): {self.why}: took {took}; said {self.said}"


def judge(
    case: Case, claims: Sequence[Mapping[str, Any]], runs: Sequence[tuple[Input, Taken]]
) -> list[Wrong]:
    """Every run that the claims of the case's function do not tell right."""
    wrong = []
    said = " | ".join(_said(claim) for claim in claims) or "nothing"
    if any(claim["message"].startswith("literal is") for claim in claims):
        # One that nobody wrote has no words.
        wrong.append(Wrong(case.name, "", said, None, "a literal without words"))
    for given, taken in runs:
        # What lies in a neighbour's block is no object of its own.
        objects = [one for one in claims if "in the block of its neighbours" not in one["message"]]
        try:
            verdicts = [_verdict(claim, given.facts) for claim in objects]
        except UnknownTextError as error:
            wrong.append(Wrong(case.name, given.args, said, taken, str(error)))
            continue
        if given.facts.get("elsewhere"):
            # What is called allocates, too: only claims of what does not happen could be wrong.
            verdicts = [*verdicts, None]
        why = _disagreement(case, objects, verdicts, taken)
        if why:
            wrong.append(Wrong(case.name, given.args, said, taken, why))
    return wrong


def _verdict(claim: Mapping[str, Any], facts: Mapping[str, Fact]) -> bool | None:
    if claim["allocates"] == "never" or facts.get("reached") is False:
        # Claims are of the line: what does not reach it says nothing of them.
        return False
    if claim["allocates"] == "always":
        return True
    condition = claim["condition"]
    if claim.get("hidden") or condition is None:
        return None
    return holds(condition, facts)


def _disagreement(
    case: Case, claims: Sequence[Mapping[str, Any]], verdicts: Sequence[bool | None], taken: Taken
) -> str | None:
    sure = sum(verdict is True for verdict in verdicts)
    maybe = sum(verdict is None for verdict in verdicts)
    if case.several:
        if sure and not taken.objects:
            return "claimed, not allocated"
        if not sure and not maybe and taken.objects:
            return "allocated, not claimed"
        return None
    if not sure <= taken.objects <= sure + maybe:
        return f"{sure} objects claimed" + (f" and {maybe} open" if maybe else "")
    # The tiny allocator puts several objects without pointers below 16 B into one block.
    given = [claim for claim, verdict in zip(claims, verdicts, strict=False) if verdict]
    sizes = [claim["size_class"] for claim in given]
    tiny = any(claim["bytes"] is not None and claim["bytes"] < 16 for claim in given)
    if not maybe and None not in sizes and not tiny and sum(sizes) != taken.bytes:
        return f"{sum(sizes)} B claimed"
    return None


def _said(claim: Mapping[str, Any]) -> str:
    condition = f" {claim['condition']}" if claim["condition"] else ""
    size = f" {claim['bytes']}→{claim['size_class']} B" if claim["size_class"] else ""
    return f"{claim['code']} {claim['allocates']}{condition}{size} [{claim['message']}]"
