"""The few words that every format for people shares."""

from __future__ import annotations

from golsp_mem.model import Allocates, Code, Finding


def verdict(finding: Finding) -> str:
    """``always``, ``when …``, ``sometimes`` or ``never``; empty for what is no allocation."""
    if not finding.code.speaks_of_heap:
        return ""
    if finding.allocates is Allocates.CONDITIONAL:
        condition = finding.condition
        if not condition:
            return "sometimes"
        worded = condition.startswith(("when ", "if ", "only ", "unless ", "on "))
        return condition if worded else f"when {condition}"
    return str(finding.allocates)


def size(finding: Finding) -> str:
    """``40 B -> size class 48 B``; empty where the compiler did not fix a size. Of a recursion it
    is the first function's frame."""
    if finding.code is Code.STACK_RECURSION and finding.bytes is not None:
        return f"frame {amount(finding.bytes)}"
    if finding.bytes is None:
        return "" if finding.size_class is None else f"size class {amount(finding.size_class)}"
    if finding.size_class in (None, finding.bytes):
        return amount(finding.bytes)
    if finding.shares_block:
        return f"{amount(finding.bytes)} of a shared block of {finding.size_class} B"
    return f"{amount(finding.bytes)} -> size class {amount(finding.size_class or 0)}"


def details(finding: Finding) -> str:
    """Verdict and size, as far as the message has not said them; may be empty."""
    told = finding.bytes is not None and f"({finding.bytes} B" in finding.message
    return ", ".join(filter(None, (verdict(finding), "" if told else size(finding))))


def amount(size_in_bytes: int) -> str:
    """Bytes for people: exact, with the binary unit beside large ones."""
    # Below 10 KiB the plain number reads as well, and size classes are written that way.
    for unit, factor, least in (
        ("GiB", 1 << 30, 1 << 30),
        ("MiB", 1 << 20, 1 << 20),
        ("KiB", 1 << 10, 10 << 10),
    ):
        if size_in_bytes >= least:
            return f"{size_in_bytes} B ({size_in_bytes / factor:.4g} {unit})"
    return f"{size_in_bytes} B"


def plural(number: int, noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
