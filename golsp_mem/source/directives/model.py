"""What comments ask for, as values. Lines are 1-based, columns 1-based UTF-8 bytes."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from golsp_mem.model import Code, Span


@frozen
class Suppression:
    """A comment that takes findings out of reports.

    ``span`` is the directive, ``text`` the same without its reason and in one line. It governs
    the lines ``first_line`` to ``last_line``, both included. ``codes`` are codes and families
    such as ``heap-*`` as written, not looked up; empty for all. ``reason`` is empty when there
    is none. ``explicit``: it names golsp-mem, so that it may be called unused; a ``//nolint``
    for all linters may serve another one.
    """

    span: Span
    text: str
    first_line: int
    last_line: int
    codes: tuple[str, ...] = ()
    reason: str = ""
    explicit: bool = True


class Origin(StrEnum):
    """The tool whose comment a contract is."""

    GOLSP_MEM = "golsp-mem"
    GCASSERT = "gcassert"
    CHECKESCAPE = "checkescape"


class Reach(StrEnum):
    """How far a promise reaches: the code itself with what was inlined into it, all that it calls
    as far as that can be followed, or that and nothing else."""

    LOCAL = "local"
    CALLS = "calls"
    STRICT = "strict"


@frozen
class Contract:
    """A comment that promises that code does not allocate.

    It governs the lines ``first_line`` to ``last_line``, both included, or exactly: what begins
    in ``region`` and not on one of the ``exempt_lines``. ``function`` is the
    governed function's name as FunctionSyntax has it, None where a statement or a line is governed.
    ``anchor`` is where a message about the promise belongs: the function's name (the keyword of a
    literal), or the governed statement's first line. ``codes`` are the kinds of allocation that
    break it, None for all. What it calls counts where the compiler inlined it, and as far as
    ``reach`` says.
    """

    span: Span
    text: str
    origin: Origin
    first_line: int
    last_line: int
    region: Span
    anchor: Span
    function: str | None = None
    codes: frozenset[Code] | None = None
    reason: str = ""
    exempt_lines: frozenset[int] = field(default=frozenset(), repr=False)
    reach: Reach = Reach.LOCAL

    def governs(self, span: Span, code: Code | None = None) -> bool:
        """Whether an allocation at the place breaks the promise, of that kind if one is given.

        Making the closure of a governed literal is the affair of the function around it.
        """
        if self.codes is not None and code is not None and code not in self.codes:
            return False
        region = self.region
        begins_inside = (
            (region.line, region.column)
            <= (span.line, span.column)
            < (region.end_line, region.end_column)
        )
        return begins_inside and span.line not in self.exempt_lines


@frozen
class Malformed:
    """A comment that wants to steer the checker and cannot. ``text`` says in one line why, and
    what to write."""

    span: Span
    text: str


@frozen
class Directives:
    """All that one file's comments ask for, each in source order."""

    suppressions: tuple[Suppression, ...] = ()
    contracts: tuple[Contract, ...] = ()
    malformed: tuple[Malformed, ...] = ()
