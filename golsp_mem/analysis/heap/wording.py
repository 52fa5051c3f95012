"""The one sentence that a finding says, and the words of its conditions."""

from __future__ import annotations

import re
from collections.abc import Callable

from golsp_mem.analysis.heap.conditions import NEVER
from golsp_mem.analysis.names import short_function
from golsp_mem.compiler.facts import TINY_BLOCK
from golsp_mem.model import Allocates, Allocation, Code, Span
from golsp_mem.source.parts.guards import Guard
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.written import call_arguments


def size_words(size: int | None, size_class: int | None) -> str:
    """`` (40 B, takes 48 B)``; empty when the compiler fixed no size."""
    if size is None:
        return f" ({size_class} B)" if size_class else ""
    if size_class is None or size_class == size:
        return f" ({size} B)"
    if size < TINY_BLOCK == size_class:
        # runtime/malloc.go: tiny objects without pointers are put into one block together.
        return f" ({size} B in a block of 16 B that it shares)"
    return f" ({size} B, takes {size_class} B)"


def sentence(
    code: Code,
    allocation: Allocation,
    *,
    subject: str | None,
    callee: str | None,
    size: int | None,
    size_class: int | None,
    one_of: int = 0,
    verdict: Allocates,
    known_hint: bool = False,
    stays: bool = False,
) -> str:
    """What is allocated, in one sentence without its condition. ``one_of``: of how many values
    on the line it is one, where nothing tells which; ``verdict``: ``never`` where the
    call has nothing to take, or is not reached; ``known_hint``: a map's size is a constant;
    ``stays``: the value does not outlive its call; ``callee``: what was inlined, in words."""
    always = verdict is Allocates.ALWAYS
    sized = size_words(size, size_class)
    if verdict is Allocates.NEVER:
        named = subject if subject and subject not in _NO_SOURCE else code.row.noun
        what = f"{_CONVERTED.sub(_AS_WRITTEN, named)} takes nothing from the heap"
        return f"{callee}, inlined here: {what}" if callee else what
    if one_of > 1:
        kind = short_type(allocation.type)
        typed = f", a {kind}," if kind else ""
        what = f"one of the {one_of} values boxed here{typed} is copied to the heap"
    else:
        what = _what(code, allocation, subject, always=always)
    if stays and allocation.runtime_call in _MAKES_TABLES:
        # Its header is a variable of the function (cmd/compile/internal/walk, walkMakeMap).
        what = f"the table of {subject or 'a map'} is allocated on the heap"
    elif always and allocation.runtime_call in _MAKES_TABLES:
        what += ", and its table" + ("" if known_hint else " where the size hint is above 8")
    if callee:
        return f"{callee}, inlined here, allocates: {what}{sized}"
    return f"{what}{sized}"


# With a hint above 8 (runtime/map.go; internal/runtime/maps since Go 1.24): in objects of its own.
_MAKES_TABLES = ("runtime.makemap", "runtime.makemap64")


def _what(code: Code, allocation: Allocation, subject: str | None, *, always: bool) -> str:
    kind = short_type(allocation.type)
    # Generic code is compiled by shape; nobody wrote those words.
    if subject:
        subject = subject.replace("go.shape.", "").replace(_DYNAMIC_TYPE, kind or "T")
        subject = _CONVERTED.sub(_AS_WRITTEN, subject)
    if code is Code.HEAP_LITERAL and allocation.code is Code.HEAP_MAP_INSERT:
        if always:
            return f"the entries of {subject or 'a literal'} are put into a table on the heap"
        return f"the entries of {subject or 'a literal'} may grow its map on the heap"
    # A call of mallocgc without a type makes one block of several variables (Go 1.25+).
    merged = kind is None and allocation.runtime_call.startswith("runtime.mallocgc")
    block = ", in one block with its neighbours" if merged else ""
    if code is Code.HEAP_VARIABLE:
        return f"{variable_words(subject, kind)} lives on the heap{block}"
    if code is Code.HEAP_NEW:
        return f"{subject or code.row.noun} is allocated on the heap{block}"
    if code is Code.HEAP_BOXING:
        value = subject or (f"a value of type {kind}" if kind else "a value")
        return f"{value} is copied to the heap to become an interface value"
    if code is Code.HEAP_APPEND:
        if allocation.runtime_call.startswith("runtime.moveSlice"):
            return "the appended slice moves from its stack buffer to the heap"
        return f"append {'puts' if always else 'may grow'} the slice on the heap"
    if code is Code.HEAP_MAP_INSERT:
        return "insert may grow the map on the heap"
    if code is Code.HEAP_GOROUTINE:
        if allocation.runtime_call == "runtime.newproc":
            return "go statement starts a goroutine with a stack of its own"
        return "go statement puts its call and arguments on the heap"
    if code is Code.HEAP_DEFER:
        if allocation.runtime_call.startswith("runtime.defer"):
            return "defer in a loop keeps its record on the heap"
        return "defer in a loop puts its call and arguments on the heap"
    if code is Code.HEAP_OTHER:
        named = f" for {kind}" if kind else ""
        return f"{short_function(allocation.runtime_call)} allocates{named}"
    text = subject if subject and subject not in _NO_SOURCE else None
    if subject == "... argument":
        return "the slice for the variadic arguments is allocated on the heap"
    if text is None and code is Code.HEAP_LITERAL and (kind or "").startswith("["):
        return "the array of a literal, or of variadic arguments, is allocated on the heap"
    return f"{text or code.row.noun} is allocated on the heap"


_NO_SOURCE = ("func literal", "... argument")
# The compiler writes ``([]byte)(s)``.
_CONVERTED = re.compile(r"\((\[\](?:byte|rune))\)\(")
_AS_WRITTEN = r"\1("
# Names that the compiler gives (cmd/compile/internal: typecheck.temp, noder's ~r0 and ~p1,
# rangefunc's #state1): nobody wrote them.
_COMPILERS_NAME = re.compile(r"^(?:~(?P<role>[rbp])\w*|\.(?:autotmp_|this)\w*|#\w+|\.\w+)$")


def is_speakable(subject: str) -> bool:
    """Whether a person who wrote the code knows these words."""
    return not any(mark in subject for mark in _MARKS)


_MARKS = (
    *("~r", "~p", "~b", ".autotmp_", "#", "_Ctype_", "_Cfunc_", "_Cvar_", "__cgo"),
    "... argument",
)


def is_of_callee(subject: str) -> bool:
    """Whether it names variables of another package's function (``make([]byte, bufio.size)``)."""
    return bool(_FOREIGN_NAME.search(_QUOTED.sub("", subject)))


_FOREIGN_NAME = re.compile(r"(?<![\w.)\]])[a-zA-Z_]\w*\.[a-z_]\w*(?!\()")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


_OTHER_PACKAGE = re.compile(r"^\w+\.(?=[\w.~#])")


def variable_words(subject: str | None, kind: str | None) -> str:
    """A variable by the compiler's name for it, where it has one that somebody wrote."""
    if subject is None:
        return f"a variable of type {kind}" if kind else "a variable"
    # Of another package's function that was inlined: ``lib.e``.
    subject = _OTHER_PACKAGE.sub("", subject)
    made = _COMPILERS_NAME.match(subject.partition(" ")[0])
    if made is None:
        inlined = ", inlined here," if " of " in subject else ""
        return f"variable {subject}{inlined}"
    if made["role"]:
        return "an unnamed result" if made["role"] == "r" else "an unnamed parameter"
    if subject.startswith("#"):
        return "what the loop over a function keeps between its turns"
    return f"a value of type {kind}" if kind else "a value without a name"


# How the compiler prints a type that it finds in the dictionary of generic code.
_DYNAMIC_TYPE = "<node DYNAMICTYPE>"
_UNNAMED = re.compile(r"\b(?:struct|interface)\b")


def is_of_generic_code(subject: str) -> bool:
    """Whether the compiler's words for an expression speak of shapes, which nobody wrote."""
    return "go.shape." in subject or _DYNAMIC_TYPE in subject


def in_source_words(subject: str, written: str | None) -> str:
    """The compiler's words for an expression of generic code, with the type parameters that were
    ``written`` instead of the shapes that it was compiled for; as they are where that is None."""
    if written is None:
        return subject
    if not subject.endswith("}"):
        return written
    type_ = written.partition("{")[0]
    # Braces of the type itself: where it ends, only a parser knows.
    if _UNNAMED.search(type_):
        return subject
    return type_ + ("{}" if subject.endswith("{}") else "{...}")


def typed_as_written(subject: str, written: str | None) -> str:
    """``&os.PathError{...}`` where the compiler has what that is an alias of, ``&fs.PathError``."""
    if written is None or not subject.startswith(("&", "new(")) or subject[:1] != written[:1]:
        return subject
    return in_source_words(subject, written)


# Of each package path in a type, all but its last element.
_DIRECTORIES = re.compile(r"(?:[\w.~%@+-]+/)+")


def short_type(name: str | None) -> str | None:
    """A type with package names instead of package paths."""
    if name is None:
        return None
    name = _DIRECTORIES.sub("", name)
    name = _LOCAL.sub("", _FIELD.sub(r"\1", name))
    if "_Ctype_" in name:
        # cgo/out.go: C.T is _Ctype_T of the package, an unnamed struct _Ctype_struct___0.
        name = _NAMELESS.sub("C struct", _OF_CGO.sub("C.", name))
    return name


# Of a type declared in a function (``p.t·2``), and of an unexported field of an unnamed struct.
_LOCAL = re.compile(r"·\d+")
_FIELD = re.compile(r"(?<=[{;] )(?:[\w%-]+\.)+([a-z_]\w*)(?= [^}])")
_OF_CGO = re.compile(r"\b(?:\w+\.)?_Ctype_")
_NAMELESS = re.compile(r"C\.struct___\d+")


def guard_words(guard: Guard, callee: str | None) -> str:
    """The condition that a guard puts on an allocation behind it, ``callee`` in words."""
    where = f" in {callee}" if callee else ""
    text = f"`{guard.text}`" if guard.text else ""
    if guard.kind == "short-circuit":
        return f"when {text or 'the left side'} lets what is right of it run{where}"
    if guard.kind == "early-exit":
        return f"unless line {guard.line}{where} {guard.way} first"
    if guard.kind == "loop":
        return f"once for each turn of the loop at line {guard.line}{where}"
    branch = {"else": "the else branch", "case": "the case", "select": "the select case"}
    name = branch.get(guard.kind, "the branch")
    return f"when {name} {text + ' ' if text else ''}at line {guard.line}{where} is taken"


_ERRORF = "fmt.Errorf"


def known_guard(
    function: str, file_name: str, span: Span, sources: Callable[[str], GoFile | None]
) -> list[str] | None:
    """What decides in a function of the standard library whose arguments at the call say more
    than its code; None for others.

    fmt.Errorf comes to errors.New only for a format without verbs and arguments (fmt/errors.go,
    Go 1.26 and 1.27): with a verb it formats, and that allocates elsewhere.
    """
    if function != _ERRORF:
        return None
    file = sources(file_name)
    arguments = call_arguments(file, span) if file is not None else ()
    if not arguments:
        return None
    if arguments[-1].endswith("..."):
        return ["when the format has no verb and there are no arguments"]
    if len(arguments) > 1:
        return [NEVER]
    if arguments[0][:1] not in ('"', "`"):
        return ["when the format has no verb"]
    return [NEVER] if "%" in arguments[0] else []


def combined(conditions: list[str]) -> tuple[Allocates, str | None]:
    """Verdict and condition in words from all that has to hold."""
    if not conditions:
        return Allocates.ALWAYS, None
    return Allocates.CONDITIONAL, "; and ".join(dict.fromkeys(conditions))
