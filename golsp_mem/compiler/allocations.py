"""Which runtime calls allocate, when, and how much.

A call relocation to a function of this table *is* an allocation. The table was derived from
the runtime's own call graph: the functions that the compiler calls by number
(builtinlist.go) and that reach ``mallocgc`` without passing a panic, Go 1.22 to 1.27
(tests/compiler/test_allocations.py holds each release to it).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from enum import Enum

from attrs import frozen

from golsp_mem.compiler.facts import SIZE_CLASSES, pointer_size, size_class
from golsp_mem.compiler.goobj import Function, GoObject, Relocation
from golsp_mem.model import Allocation, Code


class Sizing(Enum):
    """Where the size of one object comes from."""

    TYPE = "the type argument is the object's type"
    ELEMENT = "the type argument is the element's type; the count is known at run time"
    NAMED = "the type argument names the result, whose size is the runtime's business"
    UNKNOWN = "no type argument"


@frozen
class Rule:
    """What one runtime function allocates. ``guard``: its own condition, None if always.

    ``bookkeeping`` marks caches and pools of the runtime itself: real allocations in a
    profile, yet nothing that the line's author can change.
    """

    code: Code
    sizing: Sizing = Sizing.UNKNOWN
    guard: str | None = None
    bytes: int | None = None
    pointers: bool = True
    bookkeeping: bool = False


_FIRST_USE = "first use only: the runtime fills a cache for this {}"
_SUDOG = "only when the goroutine has to wait and the runtime's pool of waiters is empty"
_LONGER = "when the result is not empty (and longer than 32 B if it stays in the function)"
_GROWS = "when the capacity is exceeded"
_TABLE_GROWS = "when the table has to grow, or gets its first group"

RULES: dict[str, Rule] = {
    "runtime.newobject": Rule(Code.HEAP_OTHER, Sizing.TYPE),
    "runtime.mallocgc": Rule(Code.HEAP_OTHER, Sizing.TYPE),
    "runtime.makeslice": Rule(Code.HEAP_MAKE_SLICE, Sizing.ELEMENT, "when the length is above 0"),
    "runtime.makeslice64": Rule(Code.HEAP_MAKE_SLICE, Sizing.ELEMENT, "when the length is above 0"),
    "runtime.makeslicecopy": Rule(
        Code.HEAP_MAKE_SLICE, Sizing.ELEMENT, "when the length is above 0"
    ),
    "runtime.makemap": Rule(Code.HEAP_MAKE_MAP, Sizing.NAMED),
    "runtime.makemap64": Rule(Code.HEAP_MAKE_MAP, Sizing.NAMED),
    "runtime.makemap_small": Rule(Code.HEAP_MAKE_MAP),
    "runtime.makechan": Rule(Code.HEAP_MAKE_CHAN, Sizing.NAMED),
    "runtime.makechan64": Rule(Code.HEAP_MAKE_CHAN, Sizing.NAMED),
    "runtime.growslice": Rule(Code.HEAP_APPEND, Sizing.ELEMENT, _GROWS),
    "runtime.growsliceNoAlias": Rule(Code.HEAP_APPEND, Sizing.ELEMENT, _GROWS),
    "runtime.growsliceBuf": Rule(
        Code.HEAP_APPEND, Sizing.ELEMENT, "when it outgrows its buffer on the stack"
    ),
    "runtime.growsliceBufNoAlias": Rule(
        Code.HEAP_APPEND, Sizing.ELEMENT, "when it outgrows its buffer on the stack"
    ),
    "runtime.convT": Rule(Code.HEAP_BOXING, Sizing.TYPE),
    "runtime.convTnoptr": Rule(Code.HEAP_BOXING, Sizing.TYPE),
    "runtime.convT16": Rule(
        Code.HEAP_BOXING, guard="when the value is 256 or more", bytes=2, pointers=False
    ),
    "runtime.convT32": Rule(
        Code.HEAP_BOXING, guard="when the value is 256 or more", bytes=4, pointers=False
    ),
    "runtime.convT64": Rule(
        Code.HEAP_BOXING, guard="when the value is 256 or more", bytes=8, pointers=False
    ),
    "runtime.convTstring": Rule(Code.HEAP_BOXING, guard="when the string is not empty"),
    "runtime.convTslice": Rule(Code.HEAP_BOXING, guard="when the slice is not nil"),
    "runtime.intstring": Rule(
        Code.HEAP_CONVERSION, guard="when the result leaves the function", bytes=4, pointers=False
    ),
    "runtime.slicebytetostring": Rule(
        Code.HEAP_CONVERSION,
        guard="when it has two bytes or more (more than 32 if it stays in the function)",
    ),
    "runtime.slicerunetostring": Rule(Code.HEAP_CONVERSION, guard=_LONGER),
    "runtime.stringtoslicebyte": Rule(Code.HEAP_CONVERSION, guard=_LONGER),
    "runtime.stringtoslicerune": Rule(Code.HEAP_CONVERSION, guard=_LONGER),
    "runtime.newproc": Rule(
        Code.HEAP_GOROUTINE, guard="when no finished goroutine can be used again"
    ),
    "runtime.deferproc": Rule(Code.HEAP_DEFER, guard="when the pool of defer records is empty"),
    "runtime.deferrangefunc": Rule(
        Code.HEAP_DEFER, guard="when the pool of defer records is empty"
    ),
    "runtime.typeAssert": Rule(
        Code.HEAP_OTHER, guard=_FIRST_USE.format("type assertion"), bookkeeping=True
    ),
    "runtime.interfaceSwitch": Rule(
        Code.HEAP_OTHER, guard=_FIRST_USE.format("type switch"), bookkeeping=True
    ),
    "runtime.mapiterinit": Rule(
        Code.HEAP_OTHER, guard="when the map is being iterated while it grows", bookkeeping=True
    ),
    "runtime.addCovMeta": Rule(
        Code.HEAP_OTHER, guard=_FIRST_USE.format("coverage record"), bookkeeping=True
    ),
}
for _name in ("2", "3", "4", "5", "s"):
    RULES[f"runtime.concatstring{_name}"] = Rule(
        Code.HEAP_CONCAT,
        guard="when two or more operands are not empty"
        " (and the result is longer than 32 B if it stays in the function)",
    )
    RULES[f"runtime.concatbyte{_name}"] = Rule(Code.HEAP_CONCAT, guard=_LONGER)
for _name in ("", "NoScan", "NoCap", "NoCapNoScan"):
    RULES[f"runtime.moveSlice{_name}"] = Rule(
        Code.HEAP_APPEND, guard="when the slice still lies in its buffer on the stack"
    )
for _name in ("", "_fast32", "_fast32ptr", "_fast64", "_fast64ptr", "_faststr"):
    RULES[f"runtime.mapassign{_name}"] = Rule(
        Code.HEAP_MAP_INSERT, Sizing.NAMED, guard=_TABLE_GROWS
    )
for _name in ("assertE2I", "assertE2I2"):
    RULES[f"runtime.{_name}"] = Rule(
        Code.HEAP_OTHER, guard=_FIRST_USE.format("pair of types"), bookkeeping=True
    )
for _name in ("chanrecv1", "chanrecv2", "chansend1", "selectnbsend", "selectnbrecv", "selectgo"):
    RULES[f"runtime.{_name}"] = Rule(Code.HEAP_OTHER, guard=_SUDOG, bookkeeping=True)

# Implemented in the runtime under another package's name (go:linkname), or exported by it:
# a profile blames the caller's line.
_LINKNAMED = (
    "internal/bytealg.MakeNoZero", "internal/godebug.registerMetric",
    "internal/godebug.setNewIncNonDefault", "internal/godebug.setUpdate",
    "internal/reflectlite.ifaceE2I", "internal/reflectlite.unsafe_New", "maps.clone",
    "os.runtime_args", "os/signal.signal_disable", "os/signal.signal_enable",
    "plugin.lastmoduleinit", "reflect.addReflectOff", "reflect.chanrecv", "reflect.chansend0",
    "reflect.compiledTypelinks", "reflect.gcbits", "reflect.growslice", "reflect.ifaceE2I",
    "reflect.makechan", "reflect.makemap", "reflect.mapassign0", "reflect.mapassign_faststr0",
    "reflect.mapclone", "reflect.mapiterinit", "reflect.rselect", "reflect.typelinks",
    "reflect.unsafe_New", "reflect.unsafe_NewArray", "runtime.(*Frames).Next",
    "runtime.(*Pinner).Pin", "runtime.BlockProfile", "runtime.Caller", "runtime.CallersFrames",
    "runtime.GoroutineProfile", "runtime.MutexProfile", "runtime.SetFinalizer",
    "runtime.SetBlockProfileRate", "runtime.SetCPUProfileRate", "runtime.addCleanup",
    "runtime.AddCleanup", "runtime/metrics.runtime_readMetrics",
    "runtime/pprof.runtime_expandFinalInlineFrame", "sync.runtime_notifyListWait",
    "sync.runtime_Semacquire", "sync.runtime_SemacquireMutex", "sync.runtime_SemacquireRWMutex",
    "sync.runtime_SemacquireRWMutexR", "sync.runtime_SemacquireWaitGroup",
    "internal/sync.runtime_SemacquireMutex", "internal/poll.runtime_Semacquire",
    "internal/poll.runtime_pollSetDeadline", "internal/poll.runtime_pollOpen",
    "internal/synctest.Run", "syscall.runtimeClearenv", "syscall.runtimeSetenv",
    "syscall.runtimeUnsetenv", "syscall.runtime_envs", "time.Sleep", "time.modTimer",
    "time.newTimer", "time.resetTimer", "time.startTimer",
    "unique.runtime_registerUniqueMapCleanup", "weak.runtime_registerWeakPointer",
    "weak.runtime_makeStrongFromWeak",
)  # fmt: skip
_POOLED = re.compile(
    r"emacquire|notifyList|poll|Sleep|Timer|typelinks|ifaceE2I|rselect|chan(send|recv)"
)
for _name in _LINKNAMED:
    RULES[_name] = Rule(
        Code.HEAP_OTHER,
        guard=f"when {_name} has to: it lives in the runtime",
        bookkeeping=bool(_POOLED.search(_name)),
    )
RULES["internal/bytealg.MakeNoZero"] = Rule(
    Code.HEAP_MAKE_SLICE, guard="when the length is above 0"
)

# Since Go 1.26 (GOEXPERIMENT=sizespecializedmalloc, default in 1.27) small objects of known
# size have allocators of their own, named after their size class or tiny size.
_SPECIALISED = re.compile(
    r"runtime\.mallocgc(?P<kind>SmallNoScan|SmallScanNoHeader|Tiny)(?:SC(?P<class>\d+)|Size(?P<size>\d+))$"
)


def call_family(runtime_call: str) -> str:
    """What tells one cause from another: all allocators of one object are ``object``, whichever
    the release and the object's size make the compiler call (Go 1.26+ has one a size class)."""
    if runtime_call.startswith(("runtime.mallocgc", "runtime.newobject")):
        return "object"
    return runtime_call


def rule_for(target: str) -> Rule | None:
    """The rule of a called function by its symbol name; None when it does not allocate."""
    # Generic functions of the runtime (AddCleanup) are compiled where they are used.
    rule = RULES.get(target) or RULES.get(target.partition("[")[0])
    if rule is None and target.startswith("runtime.mallocgc") and _SPECIALISED.match(target):
        return RULES["runtime.mallocgc"]
    return rule


@frozen
class TypeFacts:
    """Size in bytes of a Go type, and whether it holds pointers."""

    size: int
    pointers: bool


TypeResolver = Callable[[str], TypeFacts | None]

_BASIC = {
    "bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
    "int64": 8, "uint64": 8, "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip


def basic_type(name: str, goarch: str) -> TypeFacts | None:
    """Facts of a type that needs no declaration to be known: ``int``, ``*T``, ``[]T`` …"""
    word = pointer_size(goarch)
    name = name.removeprefix("go.shape.")
    if name in _BASIC:
        return TypeFacts(_BASIC[name], pointers=False)
    if name in {"int", "uint", "uintptr"}:
        return TypeFacts(word, pointers=False)
    if name in {"string", "error"} or name.startswith("interface {"):
        return TypeFacts(2 * word, pointers=True)
    if name.startswith("[]"):
        return TypeFacts(3 * word, pointers=True)
    if name.startswith(("*", "map[", "chan ", "<-chan ", "func(")) or name == "unsafe.Pointer":
        return TypeFacts(word, pointers=True)
    return None


class TypeTable:
    """The types whose descriptors one object defines, by name without ``type:``.

    The first two words of a descriptor are Size_ and PtrBytes (internal/abi/type.go).
    """

    def __init__(self, obj: GoObject) -> None:
        self._obj = obj
        self._index = obj.symbol_indices(b"type:")
        word = pointer_size(obj.goarch)
        big_endian = obj.goarch in {"mips", "ppc", "mips64", "ppc64", "s390x"}
        self._words = struct.Struct((">" if big_endian else "<") + ("QQ" if word == 8 else "II"))

    def get(self, name: str) -> TypeFacts | None:
        index = self._index.get(b"type:" + name.encode())
        if index is None:
            return None
        data = self._obj.data(index)
        if len(data) < self._words.size:
            return None
        size, pointer_bytes = self._words.unpack_from(data)
        return TypeFacts(size, pointers=pointer_bytes > 0)


def display_type(name: str) -> str:
    """A type as its author would write it: without the compiler's own marks."""
    return name.replace("noalg.", "").replace("go.shape.", "")


def allocations(function: Function, resolve: TypeResolver, goarch: str) -> Iterator[Allocation]:
    """Every allocating call of a compiled function, in code order.

    ``resolve`` gives a type's facts by name, None when nobody knows.
    """
    types: list[Relocation] = []
    for relocation in function.relocations:
        if relocation.size == 0:
            continue
        target = relocation.target
        if target.startswith("type:"):
            types.append(relocation)
            continue
        rule = rule_for(target)
        if rule is not None:
            type_name = _type_argument(function, types, relocation, goarch)
            yield _allocation(function, relocation, rule, type_name, resolve, goarch)
        if rule is not None or (relocation.is_call and not target.startswith(_KEEPS_REGISTERS)):
            # Registers do not survive a call, so a type named before it is not an argument.
            types.clear()


# Calls that the compiler makes without saving registers (cmd/compile, ssa ops of each arch).
_KEEPS_REGISTERS = ("runtime.gcWriteBarrier", "runtime.duff")
_AX, _BX, _SI = 0, 3, 6


def _type_register(target: str) -> int:
    """Where the register ABI of amd64 passes the type: the first, second or fifth argument."""
    if target.startswith("runtime.mallocgc"):
        return _BX
    return _SI if target.startswith("runtime.growslice") else _AX


def _type_argument(
    function: Function, types: Sequence[Relocation], call: Relocation, goarch: str
) -> str | None:
    """The type that a call is given: the nearest one named before it.

    On amd64 the code around tells more: other types may be loaded meanwhile, to be stored.
    None when one reaches the call by a way that is not understood.
    """
    if not types:
        return None
    if goarch != "amd64":
        return types[-1].target[5:]
    code, wanted = function.code, _type_register(call.target)
    for type_ in reversed(types):
        register = _loaded_register(code, type_.offset)
        if register is None:
            continue
        # MOVQ register, wanted: 48 89 /r between registers; REX.R extends the source.
        move = bytes((0x48 | (register >> 3 << 2), 0x89, 0xC0 | (register & 7) << 3 | wanted))
        if register == wanted or move in code[type_.offset + 4 : call.offset]:
            return type_.target[5:]
    return None


def _loaded_register(code: bytes, offset: int) -> int | None:
    """The register of ``LEAQ symbol(SB), register`` whose displacement is at ``offset``."""
    if offset < 3 or code[offset - 3] not in (0x48, 0x4C) or code[offset - 2] != 0x8D:
        return None
    modrm = code[offset - 1]
    return (modrm >> 3 & 7) | (code[offset - 3] & 4) << 1 if modrm & 0xC7 == 5 else None


def _allocation(
    function: Function,
    call: Relocation,
    rule: Rule,
    type_name: str | None,
    resolve: TypeResolver,
    goarch: str,
) -> Allocation:
    facts: TypeFacts | None = None
    if rule.sizing is Sizing.UNKNOWN:
        type_name = None
    elif type_name is not None:
        facts = resolve(type_name)
    size = class_ = None
    if rule.sizing is Sizing.TYPE:
        size, class_ = _object_size(function, call, facts, goarch)
    elif rule.bytes is not None:
        size, class_ = rule.bytes, size_class(rule.bytes, pointers=rule.pointers, goarch=goarch)
    elif call.target in {"runtime.convTstring", "runtime.convTslice"}:
        size = pointer_size(goarch) * (2 if call.target.endswith("string") else 3)
        class_ = size_class(size, pointers=True, goarch=goarch)
    return Allocation(
        code=rule.code,
        runtime_call=call.target,
        function=function.name,
        stack=function.stack_at(call.offset),
        type=display_type(type_name) if type_name is not None else None,
        bytes=size,
        size_class=class_,
        guard=rule.guard,
        offset=call.offset,
        element_bytes=facts.size if facts and rule.sizing is Sizing.ELEMENT else None,
        pointers=facts.pointers if facts else None,
        bookkeeping=rule.bookkeeping,
    )


def _object_size(
    function: Function, call: Relocation, facts: TypeFacts | None, goarch: str
) -> tuple[int | None, int | None]:
    special = _SPECIALISED.match(call.target)
    if facts is not None:
        return facts.size, size_class(facts.size, pointers=facts.pointers, goarch=goarch)
    # Without a type (Go 1.25+ merges neighbouring objects) the size is an immediate operand.
    size = _size_operand(function.code, call.offset, goarch)
    if special and special["class"]:
        pointers = special["kind"] == "SmallScanNoHeader"
        # Class 0 of the runtime's table is "large"; ours starts at its class 1.
        class_ = SIZE_CLASSES[int(special["class"]) - 1]
        return size, max(class_, 16) if not pointers and class_ < 16 else class_
    if size is None:
        return None, None
    if special and special["kind"] == "Tiny":
        return size, 16
    # An untyped block holds no pointers (walk and ssagen merge only such objects).
    return size, size_class(size, pointers=False, goarch=goarch)


def _size_operand(code: bytes, call_offset: int, goarch: str) -> int | None:
    """The constant first argument of an untyped mallocgc call; None if it is not plain.

    amd64: ``MOVL $size, AX; XORL BX, BX`` (b8 imm32 31 db) within the 24 bytes before.
    """
    if goarch != "amd64":
        return None
    window = code[max(0, call_offset - 24) : call_offset]
    found = -1
    for match in re.finditer(rb"\xb8(....)\x31\xdb", window, re.DOTALL):
        found = int.from_bytes(match.group(1), "little")
    return found if found >= 0 else None
