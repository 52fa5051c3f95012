"""The rules, one row each: all that the rooms and the faces ask of a code stands here.

Whoever adds one writes its row, what finds it, and its page (advice/topics); `.ci/generate`
carries it into the JSON schema, the table of README.md and the settings of VS Code.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class Severity(StrEnum):
    """How loudly a finding speaks; the order of `rank` is the order of loudness."""

    HINT = "hint"
    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Family(StrEnum):
    """What a code is about: the first word of its name, and in settings ``heap-*``."""

    HEAP = "heap"
    STACK = "stack"
    KEEPALIVE = "keepalive"
    CONTRACT = "contract"
    DIRECTIVE = "directive"

    @property
    def pattern(self) -> str:
        """All of its codes, as settings write them."""
        return f"{self}-*"


@frozen
class Row:
    """What holds of one code.

    ``what`` completes *it finds …*, ``noun`` *… is allocated on the heap*. ``block`` says what one
    heap block holds (``{type}``, ``{bytes}``, ``{block}``); ``whole`` of a code whose construct's
    page would only repeat it. ``in_hints``: inlay hints show it. ``takes_heap``: always, on a
    condition and never mean something for it, and its reason is an escape flow (of others:
    evidence).

    Of heap codes only: ``grows``: it allocates when what is there is full, so the size is that of
    the growth. ``sized_late``: an unknown size is the program's own choice at run time.
    ``of_elements``: the finding's type is that of one element. ``fits_a_stack``: the construct is
    on the stack but for its size (`Code.STACK_TOO_LARGE`). ``escapes``: ``-m`` has words for it,
    so a promise of ``noescape`` speaks of it. ``checkescape``: the kinds of gVisor's checker that
    it is of (tools/checkescape: ``heap`` calls of newobject, ``builtin`` other calls).
    """

    what: str
    severity: Severity = Severity.HINT
    noun: str = "object"
    block: str = ""
    whole: bool = False
    in_hints: bool = False
    takes_heap: bool = False
    grows: bool = False
    sized_late: bool = False
    of_elements: bool = False
    fits_a_stack: bool = False
    escapes: bool = False
    checkescape: tuple[str, ...] = ()


def _heap(
    what: str,
    noun: str = "object",
    *,
    block: str = "",
    whole: bool = False,
    grows: bool = False,
    sized_late: bool = False,
    of_elements: bool = False,
    fits_a_stack: bool = False,
    escapes: bool = True,
    checkescape: tuple[str, ...] = (),
) -> Row:
    return Row(
        what, Severity.HINT, noun, block, whole, True, True,
        grows, sized_late, of_elements, fits_a_stack, escapes, checkescape,
    )  # fmt: skip


_WHOLE = "The whole {type} ({bytes} B) is {block}."


class Code(StrEnum):
    """The codes in the order of every list of them; each has its `Row` as ``code.row``.
    ``is_heap``: whether it is one of the constructs that allocate."""

    row: Row
    family: Family
    is_heap: bool

    def __new__(cls, name: str, row: Row | None = None) -> Code:
        # None: a type checker takes Code("heap-new"), which only looks up, for a call of this.
        assert row is not None
        code = str.__new__(cls, name)
        code._value_ = name
        code.row = row
        # Asked of each of thousands of findings, often.
        code.family = Family(name.partition("-")[0])
        code.is_heap = code.family is Family.HEAP and name != "heap-call"
        return code

    # fmt: off
    HEAP_VARIABLE = "heap-variable", _heap(
        "a declared variable that was moved to the heap",
        block=_WHOLE, fits_a_stack=True, checkescape=("heap",))
    HEAP_NEW = "heap-new", _heap(
        "`new(T)`", "new object", block=_WHOLE, fits_a_stack=True, checkescape=("heap",))
    HEAP_LITERAL = "heap-literal", _heap(
        "`&T{}`, slice and map literals", "literal",
        block=_WHOLE, fits_a_stack=True, checkescape=("heap", "builtin"))
    HEAP_MAKE_SLICE = "heap-make-slice", _heap(
        "`make`", "slice", block="All elements ({bytes} B) lie in {block}.", whole=True,
        sized_late=True, of_elements=True, fits_a_stack=True, checkescape=("builtin",))
    HEAP_MAKE_MAP = "heap-make-map", _heap(
        "`make`", "map", sized_late=True, checkescape=("builtin",))
    HEAP_MAKE_CHAN = "heap-make-chan", _heap(
        "`make`", "channel", sized_late=True, escapes=False, checkescape=("builtin",))
    HEAP_CLOSURE = "heap-closure", _heap(
        "function literals and method values that carry variables", "closure",
        block="The function value and what it captures ({bytes} B) are {block}.", whole=True,
        checkescape=("builtin",))
    HEAP_BOXING = "heap-boxing", _heap(
        "a value that becomes an interface",
        block="The copy of the {type} ({bytes} B) is {block}.")
    HEAP_CONCAT = "heap-concat", _heap(
        "strings joined with `+`", "concatenated string", sized_late=True)
    HEAP_CONVERSION = "heap-conversion", _heap(
        "string to or from bytes, runes, an integer", "converted copy", sized_late=True)
    HEAP_APPEND = "heap-append", _heap(
        "`append` past the capacity", grows=True, sized_late=True, of_elements=True,
        escapes=False, checkescape=("builtin",))
    HEAP_MAP_INSERT = "heap-map-insert", _heap(
        "an insert that may grow a map", grows=True, escapes=False)
    HEAP_GOROUTINE = "heap-goroutine", _heap("a `go` statement")
    HEAP_DEFER = "heap-defer", _heap("a `defer` in a loop")
    HEAP_OTHER = "heap-other", _heap(
        "any other allocating call of the runtime, by its name", escapes=False)
    # What it calls allocates: no construct of its own, and listed only where somebody asks.
    HEAP_CALL = "heap-call", Row(
        "a call of a function elsewhere that allocates for its caller, where asked for",
        takes_heap=True)
    STACK_LARGE_FRAME = "stack-large-frame", Row(
        "a frame that makes a new goroutine's stack grow more than once")
    STACK_TOO_LARGE = "stack-too-large", Row(
        "a value that is on the heap for its size alone",
        block=_WHOLE, takes_heap=True, checkescape=("heap",))
    STACK_RECURSION = "stack-recursion", Row("a recursion with no bound but the stack limit")
    STACK_LIMIT = "stack-limit", Row(
        "a `debug.SetMaxStack` whose effective value is another", Severity.WARNING)
    KEEPALIVE_MISSING = "keepalive-missing", Row(
        "a resource that is used after its owner may be collected", Severity.WARNING)
    KEEPALIVE_INEFFECTIVE = "keepalive-ineffective", Row(
        "a `runtime.KeepAlive` that changes nothing")
    # It stands for the allocation that breaks the promise.
    CONTRACT_NOALLOC = "contract-noalloc", Row(
        "an allocation in code that promises none", Severity.ERROR,
        in_hints=True, takes_heap=True)
    CONTRACT_UNKNOWN = "contract-unknown", Row(
        "calls in code that promises to allocate nothing, which nobody can follow",
        Severity.INFORMATION)
    CONTRACT_BUDGET = "contract-budget", Row(
        "more allocations or bytes than a budget allows", Severity.ERROR)
    DIRECTIVE_UNUSED = "directive-unused", Row(
        "a comment that suppresses nothing", Severity.WARNING)
    DIRECTIVE_MALFORMED = "directive-malformed", Row(
        "a comment that cannot be followed", Severity.WARNING)
    DIRECTIVE_UNEXPLAINED = "directive-unexplained", Row(
        "a suppression without a reason, where reasons are asked for", Severity.WARNING)
    # fmt: on

    @property
    def speaks_of_heap(self) -> bool:
        """Whether always, on a condition and never mean anything for it (`Row.takes_heap`)."""
        return self.row.takes_heap
