"""Which runtime calls allocate, when, and how much.

A call relocation to a function of this table *is* an allocation. The table was derived from
the runtime's own call graph: the functions that the compiler calls by number
(builtinlist.go) and that reach ``mallocgc`` without passing a panic, Go 1.22 to 1.27
(tests/compiler/test_allocations.py holds each release to it).
"""

from __future__ import annotations

import re
from enum import Enum

from attrs import frozen

from golsp_mem.model import Code


class Sizing(Enum):
    """Where the size of one object comes from."""

    TYPE = "the type argument is the object's type"
    ELEMENT = "the type argument is the element's type; the count is known at run time"
    BOXED = "the value's type is named beside the result"
    NAMED = "the type argument names the result, whose size is the runtime's business"
    UNKNOWN = "no type argument"


@frozen
class Rule:
    """What one runtime function allocates. ``guard``: its own condition, None if always; where
    more is known of a call, analysis/heap/conditions says it better.

    ``bytes`` or ``words`` (of a pointer) is the object's size where the function has only one.
    ``buffer``: its first argument is a buffer on the stack for a small result, or nil;
    ``length``: the next is what is converted, byte for byte or to runes.
    ``bookkeeping`` marks caches and pools of the runtime itself: real allocations in a
    profile, yet nothing that the line's author can change.
    """

    code: Code
    sizing: Sizing = Sizing.UNKNOWN
    guard: str | None = None
    bytes: int | None = None
    words: int | None = None
    pointers: bool = True
    buffer: bool = False
    length: bool = False
    bookkeeping: bool = False


_FIRST_USE = "first use only: the runtime fills a cache for this {}"
_BITS = "when its bits, read as one unsigned number, are 256 or more"
_SUDOG = "only when the goroutine has to wait and the runtime's pool of waiters is empty"
_LENGTH = "when the length is above 0"
_GROWS = "when the capacity is exceeded"
_OUTGROWS = "when it outgrows its buffer of 32 B on the stack"
_TABLE_GROWS = "when the table has to grow, or gets its first group"
_NO_RECORD = "when the pool of defer records is empty"


RULES: dict[str, Rule] = {
    "runtime.newobject": Rule(Code.HEAP_OTHER, Sizing.TYPE),
    "runtime.mallocgc": Rule(Code.HEAP_OTHER, Sizing.TYPE),
    "runtime.makeslice": Rule(Code.HEAP_MAKE_SLICE, Sizing.ELEMENT, _LENGTH),
    "runtime.makeslice64": Rule(Code.HEAP_MAKE_SLICE, Sizing.ELEMENT, _LENGTH),
    "runtime.makeslicecopy": Rule(Code.HEAP_MAKE_SLICE, Sizing.ELEMENT, _LENGTH),
    "runtime.makemap": Rule(Code.HEAP_MAKE_MAP, Sizing.NAMED),
    "runtime.makemap64": Rule(Code.HEAP_MAKE_MAP, Sizing.NAMED),
    "runtime.makemap_small": Rule(Code.HEAP_MAKE_MAP),
    "runtime.makechan": Rule(Code.HEAP_MAKE_CHAN, Sizing.NAMED),
    "runtime.makechan64": Rule(Code.HEAP_MAKE_CHAN, Sizing.NAMED),
    "runtime.growslice": Rule(Code.HEAP_APPEND, Sizing.ELEMENT, _GROWS),
    "runtime.growsliceNoAlias": Rule(Code.HEAP_APPEND, Sizing.ELEMENT, _GROWS),
    "runtime.growsliceBuf": Rule(Code.HEAP_APPEND, Sizing.ELEMENT, _OUTGROWS),
    "runtime.growsliceBufNoAlias": Rule(Code.HEAP_APPEND, Sizing.ELEMENT, _OUTGROWS),
    "runtime.convT": Rule(Code.HEAP_BOXING, Sizing.TYPE),
    "runtime.convTnoptr": Rule(Code.HEAP_BOXING, Sizing.TYPE),
    "runtime.convT16": Rule(Code.HEAP_BOXING, Sizing.BOXED, _BITS, bytes=2, pointers=False),
    "runtime.convT32": Rule(Code.HEAP_BOXING, Sizing.BOXED, _BITS, bytes=4, pointers=False),
    "runtime.convT64": Rule(Code.HEAP_BOXING, Sizing.BOXED, _BITS, bytes=8, pointers=False),
    "runtime.convTstring": Rule(
        Code.HEAP_BOXING, Sizing.BOXED, "when the string is not empty", words=2
    ),
    "runtime.convTslice": Rule(
        Code.HEAP_BOXING, Sizing.BOXED, "when the slice is not nil", words=3
    ),
    "runtime.intstring": Rule(Code.HEAP_CONVERSION, bytes=4, pointers=False, buffer=True),
    "runtime.slicebytetostring": Rule(
        Code.HEAP_CONVERSION, guard="when it has two bytes or more", buffer=True, length=True
    ),
    "runtime.slicerunetostring": Rule(Code.HEAP_CONVERSION, buffer=True),
    "runtime.stringtoslicebyte": Rule(
        Code.HEAP_CONVERSION, guard="when the string is not empty", buffer=True, length=True
    ),
    "runtime.stringtoslicerune": Rule(
        Code.HEAP_CONVERSION, guard="when the string is not empty", buffer=True, length=True
    ),
    "runtime.newproc": Rule(
        Code.HEAP_GOROUTINE, guard="when no finished goroutine can be used again"
    ),
    # runtime/runtime2.go, _defer: two flags, sp, pc and three pointers in Go 1.22 to 1.27.
    "runtime.deferproc": Rule(Code.HEAP_DEFER, guard=_NO_RECORD, words=6),
    "runtime.deferprocat": Rule(Code.HEAP_DEFER, guard=_NO_RECORD, words=6),
    # Beside its record, a new(atomic.Pointer[_defer]) for the loop's defers, each time.
    "runtime.deferrangefunc": Rule(Code.HEAP_DEFER, words=1),
    "runtime.typeAssert": Rule(
        Code.HEAP_OTHER, guard=_FIRST_USE.format("type assertion"), bookkeeping=True
    ),
    "runtime.interfaceSwitch": Rule(
        Code.HEAP_OTHER, guard=_FIRST_USE.format("type switch"), bookkeeping=True
    ),
    # runtime/map.go up to Go 1.23: createOverflow, where buckets hold no pointers.
    "runtime.mapiterinit": Rule(
        Code.HEAP_OTHER,
        guard="when a map without pointers is iterated for the first time",
        bookkeeping=True,
    ),
    "runtime.addCovMeta": Rule(
        Code.HEAP_OTHER, guard=_FIRST_USE.format("coverage record"), bookkeeping=True
    ),
}
for _name in ("2", "3", "4", "5", "s"):
    RULES[f"runtime.concatstring{_name}"] = Rule(
        Code.HEAP_CONCAT, guard="when two or more operands are not empty", buffer=True
    )
    RULES[f"runtime.concatbyte{_name}"] = Rule(
        Code.HEAP_CONVERSION, guard="when the result is not empty", buffer=True
    )
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
# Not selectnbsend and selectnbrecv: with a default case nobody waits (runtime/chan.go).
for _name in ("chanrecv1", "chanrecv2", "chansend1", "selectgo"):
    RULES[f"runtime.{_name}"] = Rule(Code.HEAP_OTHER, guard=_SUDOG, bookkeeping=True)

# Implemented in the runtime under another package's name (go:linkname), or exported by it:
# a profile blames the caller's line.
_LINKNAMED = (
    "arena.runtime_arena_arena_New", "arena.runtime_arena_arena_Slice",
    "arena.runtime_arena_heapify", "arena.runtime_arena_newArena",
    "internal/bytealg.MakeNoZero", "internal/coverage/cfile.getCovCounterList",
    "internal/godebug.registerMetric",
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
    "runtime.StartTrace", "runtime.StopTrace", "runtime.pprof_goroutineProfileWithLabels",
    "runtime.pprof_goroutineLeakProfileWithLabels", "runtime.pprof_makeProfStack",
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
RULES["time.Sleep"] = Rule(
    Code.HEAP_OTHER, guard="when a goroutine sleeps for the first time", bookkeeping=True
)
# runtime/coro.go: new(coro), and a goroutine if no finished one can be used again.
RULES["runtime.newcoro"] = Rule(Code.HEAP_GOROUTINE, words=4)
# runtime/symtab.go: a funcinl for code that was inlined; names of generic code are put together.
RULES["runtime.FuncForPC"] = Rule(Code.HEAP_OTHER, guard="when the code there was inlined")
RULES["runtime.(*Func).Name"] = Rule(Code.HEAP_OTHER, guard="when the function is generic")
RULES["runtime.(*TypeAssertionError).Error"] = Rule(Code.HEAP_CONCAT)
RULES["internal/syscall/unix.gostring"] = Rule(
    Code.HEAP_CONVERSION, guard="when the string is not empty"
)
RULES["internal/bytealg.MakeNoZero"] = Rule(Code.HEAP_MAKE_SLICE, guard=_LENGTH)

# Since Go 1.26 (GOEXPERIMENT=sizespecializedmalloc, default in 1.27) small objects of known
# size have allocators of their own, named after their size class or tiny size.
SPECIALISED = re.compile(
    r"runtime\.mallocgc(?P<kind>SmallNoScan|SmallScanNoHeader|Tiny)(?:SC(?P<class>\d+)|Size(?P<size>\d+))$"
)


def call_family(runtime_call: str) -> str:
    """What tells one cause from another: all allocators of one object are ``object``, whichever
    the release and the object's size make the compiler call (Go 1.26+ has one a size class), all
    makers of a slice are ``slice``."""
    if runtime_call.startswith(("runtime.mallocgc", "runtime.newobject")):
        return "object"
    if runtime_call.startswith("runtime.makeslice"):
        return "slice"
    return runtime_call


def rule_for(target: str) -> Rule | None:
    """The rule of a called function by its symbol name; None when it does not allocate."""
    # Generic functions of the runtime (AddCleanup) are compiled where they are used.
    rule = RULES.get(target) or RULES.get(target.partition("[")[0])
    if rule is None and target.startswith("runtime.mallocgc") and SPECIALISED.match(target):
        return RULES["runtime.mallocgc"]
    return rule
