"""Which ``-m`` line belongs to which allocation on the same source line.

The object file knows lines, the compiler's text knows columns and expressions; what joins
them is the construct (a ``make`` cannot explain a closure) and the type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from enum import Enum, auto
from typing import TypeVar

from golsp_mem.model import Allocation, Code, Message, MessageKind


class Subject(Enum):
    """What kind of expression a message speaks of, by its text."""

    VARIABLE = auto()
    CLOSURE = auto()
    VARIADIC = auto()
    APPEND = auto()
    MAKE_SLICE = auto()
    MAKE_MAP = auto()
    MAKE_CHAN = auto()
    NEW = auto()
    ADDRESS_LITERAL = auto()
    LITERAL = auto()
    CONCAT = auto()
    CONVERSION = auto()
    EXPRESSION = auto()


_CONVERSION = re.compile(
    r"(?P<type>string|\(\[\](?:byte|rune|uint8|int32)\)|[\w.]+|\(\[\][\w.]+\))\(.*\)$", re.DOTALL
)
_COMPOSITE = re.compile(r"(?P<type>.+)\{(?:\.\.\.)?\}$", re.DOTALL)


def subject_of(message: Message) -> Subject:
    """The kind of expression that the message's subject is."""
    text = message.subject
    if message.kind is MessageKind.MOVED:
        return Subject.VARIABLE
    if text == "func literal":
        return Subject.CLOSURE
    if text == "... argument":
        return Subject.VARIADIC
    if text == "append":
        return Subject.APPEND
    if text.startswith("make("):
        if text.startswith("make(map["):
            return Subject.MAKE_MAP
        if text.startswith(("make(chan ", "make(<-chan ")):
            return Subject.MAKE_CHAN
        return Subject.MAKE_SLICE
    if text.startswith("new("):
        return Subject.NEW
    if text.startswith("&") and text.endswith("}"):
        return Subject.ADDRESS_LITERAL
    if _COMPOSITE.match(text):
        return Subject.LITERAL
    if _joins(text):
        return Subject.CONCAT
    if (match := _CONVERSION.match(text)) and len(_arguments(text, match.end("type") + 1)) == 1:
        return Subject.CONVERSION
    return Subject.EXPRESSION


def _joins(text: str) -> bool:
    """Whether the outermost operation adds what may be strings: nothing is added to a number."""
    if " + " not in text:
        return False
    depth = 0
    operands, start = [], 0
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece == " + " and depth == 0:
            operands.append(text[start : match.start()])
            start = match.end()
        depth += (piece in "([{") - (piece in ")]}")
    return bool(operands) and not any(map(_NUMBER.fullmatch, (*operands, text[start:])))


_NUMBER = re.compile(r"-?[0-9](?:[0-9a-zA-Z_.]|(?<=[eEpP])[+-])*|'(?:[^'\\]|\\.)*'")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`| \+ |[()\[\]{}]')

_OBJECTS = {
    Subject.VARIABLE: 2,
    Subject.NEW: 3,
    Subject.ADDRESS_LITERAL: 3,
    Subject.LITERAL: 3,
    Subject.VARIADIC: 3,
    Subject.MAKE_SLICE: 1,
    Subject.CONVERSION: 2,
}
# How well a kind of subject explains an allocation of a code; absent: not at all.
_FITS: dict[Code, dict[Subject, int]] = {
    Code.HEAP_MAKE_SLICE: {Subject.MAKE_SLICE: 3, Subject.APPEND: 1},
    Code.HEAP_MAKE_MAP: {Subject.MAKE_MAP: 3, Subject.LITERAL: 3, Subject.MAKE_SLICE: 2},
    Code.HEAP_MAKE_CHAN: {Subject.MAKE_CHAN: 3, Subject.MAKE_SLICE: 1},
    Code.HEAP_BOXING: {
        Subject.EXPRESSION: 3,
        Subject.LITERAL: 2,
        Subject.CONCAT: 2,
        Subject.CONVERSION: 2,
    },
    Code.HEAP_CONCAT: {Subject.CONCAT: 3},
    Code.HEAP_CONVERSION: {Subject.CONVERSION: 3},
    Code.HEAP_APPEND: {Subject.APPEND: 3},
    Code.HEAP_CLOSURE: {Subject.CLOSURE: 3, Subject.EXPRESSION: 2},
    Code.HEAP_OTHER: _OBJECTS,
}


# The code of an object (newobject, mallocgc) by the expression that made it.
OBJECT_CODES = {
    Subject.VARIABLE: Code.HEAP_VARIABLE,
    Subject.NEW: Code.HEAP_NEW,
    Subject.ADDRESS_LITERAL: Code.HEAP_LITERAL,
    Subject.LITERAL: Code.HEAP_LITERAL,
    Subject.VARIADIC: Code.HEAP_LITERAL,
    Subject.MAKE_SLICE: Code.HEAP_MAKE_SLICE,
    Subject.CONVERSION: Code.HEAP_CONVERSION,
}


def is_closure(allocation: Allocation) -> bool:
    """Whether the object is a closure: a struct whose first word is the code's address."""
    return bool(allocation.type and allocation.type.startswith("struct { F uintptr"))


def family(allocation: Allocation) -> Code:
    """The allocation's code before its source is looked at; HEAP_OTHER for any object."""
    return Code.HEAP_CLOSURE if is_closure(allocation) else allocation.code


# A literal as the compiler prints it.
# Of a type of its own: T(1). Also how a call looks.
TYPED_CONSTANT = re.compile(
    r"""[\w.]+\((?:-?[0-9][0-9a-zA-Z_.+]*|true|false|"(?:[^"\\]|\\.)*(?:"|\.\.\.))\)"""
)
# A long string is cut, and then not closed (go/constant, the short form).
CONSTANT = re.compile(
    r"""-?[0-9][0-9a-zA-Z_.+]*|true|false|"(?:[^"\\]|\\.)*(?:"|\.\.\.)|'(?:[^'\\]|\\.)*'"""
)
_DIRECTORY = re.compile(r"(?:[\w.~%-]+/)+")
_QUALIFIER = re.compile(r"[\w./~%-]+[./](?=[\w])")
# The bracket before type arguments: of no slice, array or map.
_ARGUMENTS = re.compile(r"(?<=\w)(?<!\bmap)\[(?![\]\d])")
_VAGUE = ("go.shape.", "DYNAMICTYPE")
_ARRAY = re.compile(r"\[\d+\]")
_NAMED = re.compile(r"\w+(?:\[.+\])?")


def bare_type(name: str) -> str:
    """A type's text without package paths, so that both witnesses spell it alike."""
    name = name.replace("interface {}", "any").replace("uint8", "byte").replace("int32", "rune")
    # Types declared in functions are counted (``t·2``).
    return _LOCAL.sub("", _QUALIFIER.sub("", name)).replace(" ", "")


_LOCAL = re.compile(r"·\d+")


def without_arguments(name: str) -> str:
    """A bare type without the arguments of generic ones: ``[]L[map[K]V]`` -> ``[]L``."""
    kept = []
    depth = 0
    for index, char in enumerate(name):
        if char == "[" and (depth or _ARGUMENTS.match(name, index)):
            depth += 1
        elif char == "]" and depth:
            depth -= 1
        elif not depth:
            kept.append(char)
    return "".join(kept)


def _type_of_subject(kind: Subject, text: str) -> str | None:
    if kind is Subject.NEW:
        return text[4:-1]
    if kind in (Subject.ADDRESS_LITERAL, Subject.LITERAL):
        match = _COMPOSITE.match(text.removeprefix("&"))
        return match["type"] if match else None
    return None


def is_method_value(allocation: Allocation) -> bool:
    """Whether the object binds a method to its receiver (``f := x.M``)."""
    return is_bound_type(allocation.type)


def is_bound_type(type_: str | None) -> bool:
    """Whether it is the type of such objects."""
    # typecheck.MethodValueType: the receiver's field is called R.
    return bool(type_ and type_.startswith("struct { F uintptr; R "))


def fit(message: Message, allocation: Allocation) -> int:
    """How well the message explains the allocation; 0: it cannot."""
    if message.kind not in (MessageKind.MOVED, MessageKind.ESCAPES, MessageKind.STAYS):
        return 0
    kind = subject_of(message)
    if family(allocation) is Code.HEAP_BOXING and CONSTANT.fullmatch(message.subject):
        # The linker stores it: what is boxed here is something else.
        return 0
    score = _FITS.get(family(allocation), {}).get(kind, 0)
    if not score:
        return 0
    if kind is Subject.CONVERSION and _BASIC.match(message.subject):
        # Other words may be those of a call.
        score += 1
    if kind is Subject.EXPRESSION and is_closure(allocation) and not is_method_value(allocation):
        return 0
    if kind is Subject.CONVERSION and not _converts_so(message.subject, allocation):
        return 0
    if allocation.runtime_call.startswith("runtime.moveSlice"):
        # It ends an append that stands elsewhere, or in what was inlined.
        score -= 1
    if message.kind is MessageKind.STAYS:
        # "does not escape" explains only what the release allocates all the same: a small map that
        # stays lies on the stack, head and all (walk/builtin.go, walkMakeMap).
        if allocation.runtime_call == "runtime.makemap_small":
            return 0
        if family(allocation) in (Code.HEAP_OTHER, Code.HEAP_BOXING, Code.HEAP_CLOSURE):
            return 0
        return score
    score += 2
    have = allocation.type
    if kind is Subject.MAKE_SLICE and allocation.code is not Code.HEAP_MAKE_SLICE:
        # A named type, of which the text does not say what it is.
        written = next(iter(_arguments(message.subject, len("make("))), "")
        if allocation.code in (Code.HEAP_MAKE_MAP, Code.HEAP_MAKE_CHAN):
            return score if have and bare_type(written) == bare_type(have) else 0
        if have and not _holds(have, written):
            return 0
    if kind is Subject.CONVERSION and family(allocation) is Code.HEAP_OTHER:
        return _fit_constant(message.subject, have)
    wanted = _type_of_subject(kind, message.subject)
    if wanted and wanted.startswith("[") and allocation.code is Code.HEAP_MAKE_MAP:
        # Which map is made the call need not say; that it is none of these it does.
        return 0
    if wanted is None or have is None:
        if kind is Subject.VARIADIC and have is not None:
            return score + 2 if _ARRAY.match(have) else 0
        return score
    # Generic code has shapes, or no types at all, where the other witness has the real ones.
    vague = any(word in f"{wanted} {have}" for word in _VAGUE)
    # Of strings.Reader and bufio.Reader on one line: the one that both call by the same package.
    # A package's name need not be its path's last element, so another one disproves nothing.
    same_package = _DIRECTORY.sub("", wanted) == _DIRECTORY.sub("", have)
    wanted, have = bare_type(wanted), bare_type(have)
    if kind is Subject.LITERAL and _ARRAY.match(have) and _NAMED.fullmatch(wanted):
        # A type of its own may be a slice: its array has the elements' type. What says more of the
        # array, `[]T{...}` or the variadic arguments, goes before.
        return score - 3 if message.subject.endswith("{...}") else 0
    if wanted.startswith("[]"):
        have = _ARRAY.sub("[]", have, count=1)
    elif wanted.startswith("[...]"):
        wanted, have = wanted[5:], _ARRAY.sub("", have, count=1)
    if wanted == have:
        return score + 3 + same_package
    return score if vague or without_arguments(wanted) == without_arguments(have) else 0


def _holds(type_: str, slice_: str) -> bool:
    """Whether an object of a type, or an array of them, can be a slice's memory."""
    if not slice_.startswith("[]") or any(one in type_ + slice_ for one in _VAGUE):
        return True
    wanted = without_arguments(bare_type(slice_[2:]))
    have = without_arguments(bare_type(type_))
    return wanted in (have, _ARRAY.sub("", have, count=1))


def _converts_so(subject: str, allocation: Allocation) -> bool:
    """Whether the conversion's type can be what the runtime function makes: of a named type the
    text does not say whether it is a string."""
    name = allocation.runtime_call.removeprefix("runtime.")
    made = next((types for calls, types in _MAKES.items() if name.startswith(calls)), None)
    written = _BASIC.match(subject)
    return made is None or written is None or written[0] in made


_BASIC = re.compile(r"string\(|\(\[\](?:byte|uint8)\)\(|\(\[\](?:rune|int32)\)\(")
_MAKES = {
    ("slicebytetostring", "slicerunetostring", "intstring"): ("string(",),
    ("stringtoslicebyte", "concatbyte"): ("([]byte)(", "([]uint8)("),
    ("stringtoslicerune",): ("([]rune)(", "([]int32)("),
}


def _fit_constant(subject: str, type_: str | None) -> int:
    """Of ``[]byte("text")``: an array of as many bytes is allocated and filled
    (cmd/compile/internal/walk/convert.go, walkStringToBytes)."""
    constant = _CONVERTED_CONSTANT.fullmatch(subject)
    array = _BYTES.fullmatch(type_ or "")
    if constant is None or array is None:
        return 0
    if constant["end"] != '"':
        return 8
    length = sum(len(_bytes_of(one[0])) for one in _CHARACTER.finditer(constant["text"]))
    # It says more than a literal, of which nobody knows how long it is.
    return 10 if length == int(array[1]) else 0


def _bytes_of(character: str) -> bytes:
    """One character of a string as go/constant quotes it (strconv.Quote)."""
    if character[0] != "\\" or len(character) == 2:
        return character[-1].encode()
    code = int(f"0x{character[2:]}", base=0)
    return bytes([code]) if character[1] == "x" else chr(code).encode("utf-8", "surrogatepass")


_CONVERTED_CONSTANT = re.compile(r'.+\("(?P<text>(?:[^"\\]|\\.)*)(?P<end>"|\.\.\.)\)', re.DOTALL)
_CHARACTER = re.compile(r"\\x\w\w|\\u\w{4}|\\U\w{8}|\\.|.", re.DOTALL)
_BYTES = re.compile(r"\[(\d+)\]uint8")
Key = TypeVar("Key", bound=Hashable)


def assign(
    messages: Iterable[Message],
    allocations: Sequence[tuple[Key, Allocation]],
    placed: Callable[[Message, Key], int | None] = lambda _message, _key: 0,
    *,
    function: Callable[[Key], Hashable] = lambda _key: None,
    turn: Callable[[Message], tuple[int, int]] = lambda message: (0, message.position.column),
) -> dict[Key, Message]:
    """Messages to allocations of one line, best fits first, each used once per code and
    ``function`` that is compiled there.

    ``placed`` says how well the message's place explains the allocation, None: not at all. Among
    equals that whose ``turn`` is first goes to the first call.
    """
    pairs = [
        (
            -score,
            -place,
            turn(message),
            number,
            message,
            key,
            family(allocation),
        )
        for message in messages
        for number, (key, allocation) in enumerate(allocations)
        if (score := fit(message, allocation)) and (place := placed(message, key)) is not None
    ]
    pairs.sort(key=lambda pair: pair[:4])
    taken: dict[Key, Message] = {}
    used: set[tuple[Message, Code, Hashable]] = set()
    for *_, message, key, code in pairs:
        if key in taken or (message, code, function(key)) in used:
            continue
        taken[key] = message
        used.add((message, code, function(key)))
    return taken


def constant_length(message: Message) -> int | None:
    """The capacity (else the length) of a ``make`` whose size the compiler knew."""
    arguments = make_arguments(message.subject)
    return int(arguments[-1]) if arguments and arguments[-1].isdigit() else None


def make_arguments(text: str) -> tuple[str, ...]:
    """Length and capacity, as far as they are written, of ``make(T, length, capacity)``."""
    if not text.startswith("make(") or not text.endswith(")"):
        return ()
    return _arguments(text, len("make("))[1:]


def _arguments(text: str, start: int) -> tuple[str, ...]:
    """What stands between the parenthesis before ``start`` and the last one, split at commas."""
    parts, depth = [], 0
    for match in _PIECE.finditer(text, start, len(text) - 1):
        piece = match[0]
        depth += (piece in "([{") - (piece in ")]}")
        if piece == "," and depth == 0:
            parts.append(text[start : match.start()].strip())
            start = match.end()
    last = text[start:-1].strip()
    return (*parts, last) if last or parts else ()


_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`|[()\[\]{},]')
