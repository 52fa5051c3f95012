"""Goroutine stacks in numbers: by platform and by Go release.

Sources, equal in Go 1.22 to 1.27 unless a line says otherwise: runtime/stack.go
(``newstack``, ``stackGuard``, ``fixedStack``), runtime/proc.go (``main``, ``newproc1``),
internal/abi/stack.go (``StackSmall``), internal/goarch/goarch_*.go, and
cmd/compile/internal/ir/cfg.go for the largest variables.
"""

from __future__ import annotations

from attrs import frozen

from golsp_mem.compiler.facts import minor_of, pointer_size

# internal/abi/stack.go. StackNosplitBase is 800 since 1.19.
_NOSPLIT_BASE = 800
STACK_SMALL = 128

_STACK_MIN = 2048

# The call instruction pushes the return address here; elsewhere the callee saves it in
# its own frame.
_PUSHES_RETURN = frozenset({"386", "amd64"})
# goarch._MinFrameSize and goarch._StackAlign, where they are not 0 and the pointer's size.
_MIN_FRAME = {
    "arm": 4, "mips": 4, "mipsle": 4, "arm64": 8, "loong64": 8, "mips64": 8, "mips64le": 8,
    "riscv64": 8, "s390x": 8, "ppc64": 32, "ppc64le": 32,
}  # fmt: skip
_STACK_ALIGN = {"arm64": 16, "ppc64": 16, "ppc64le": 16}

_DEFAULT_LIMIT_64, _DEFAULT_LIMIT_32 = 1_000_000_000, 250_000_000

# The largest variable that a declaration keeps on the stack (ir.MaxStackVarSize): 10 MiB,
# then 128 KiB from Go 1.24 on (golang/go#73536 speaks of the consequences).
_MAX_VARIABLE_SINCE = 24
_MAX_VARIABLE_OLD, _MAX_VARIABLE = 10 << 20, 128 << 10

MAX_IMPLICIT_BYTES = 64 << 10
"""The largest object of new(T), &T{}, make and []T{…} on a stack (ir.MaxImplicitStackVarSize)."""


def max_variable_bytes(version: str) -> int:
    """The largest declared variable that stays on the stack; ``version`` as GOVERSION says.

    A version that is no release of Go 1 (``devel …``) counts as newest.
    """
    minor = minor_of(version)
    old = minor is not None and minor < _MAX_VARIABLE_SINCE
    return _MAX_VARIABLE_OLD if old else _MAX_VARIABLE


def power_of_two_below(value: int) -> int:
    """The largest power of two not above ``value``; 0 for values below 1."""
    return 1 << (value.bit_length() - 1) if value >= 1 else 0


@frozen
class StackPlatform:
    """What a goroutine's stack is made of on one platform; all sizes in bytes.

    ``start_bytes`` is a new goroutine's stack (before Go's adaptive start, 1.19, changes it
    after a collection), ``guard_bytes`` the part at its bottom that split checks keep free,
    ``call_bytes`` what a call itself pushes, ``entry_bytes`` what a new goroutine has used
    when its function starts.
    """

    goarch: str
    pointer_bytes: int
    start_bytes: int
    guard_bytes: int
    call_bytes: int
    entry_bytes: int

    @property
    def default_limit(self) -> int:
        """What the runtime sets as maximum: 1 GB on 64-bit, 250 MB on 32-bit.

        runtime/proc.go, main.
        """
        return _DEFAULT_LIMIT_64 if self.pointer_bytes == 8 else _DEFAULT_LIMIT_32

    def effective_limit(self, setting: int | None = None) -> int:
        """The largest stack that a goroutine can really have.

        Stacks double, so that is the largest power of two not above the setting of
        ``debug.SetMaxStack`` (None: the default), nor above the ceiling, twice the default.
        Never below the starting size, which needs no growth. A negative setting becomes a
        huge unsigned number in the runtime, so the ceiling holds.
        """
        ceiling = 2 * self.default_limit
        value = self.default_limit if setting is None else setting
        if value < 0:
            value = ceiling
        return max(power_of_two_below(min(value, ceiling)), self.start_bytes)


def stack_platform(goos: str, goarch: str, *, race: bool = False) -> StackPlatform:
    """The numbers of one GOOS and GOARCH; ``race`` for builds with the race detector."""
    pointer = pointer_size(goarch)
    system = {"windows": 4096, "plan9": 512}.get(goos, 0)
    if goos == "ios" and goarch == "arm64":
        system = 1024
    start = _STACK_MIN + system
    start = 1 << (start - 1).bit_length()
    multiplier = 1 + (goos in {"aix", "openbsd"}) + race
    call = pointer if goarch in _PUSHES_RETURN else 0
    align = _STACK_ALIGN.get(goarch, pointer)
    entry = 4 * pointer + _MIN_FRAME.get(goarch, 0)
    entry = -(-entry // align) * align
    return StackPlatform(
        goarch=goarch,
        pointer_bytes=pointer,
        start_bytes=start,
        guard_bytes=_NOSPLIT_BASE * multiplier + system + STACK_SMALL,
        call_bytes=call,
        # gostartcall pushes goexit as the return address where calls push one.
        entry_bytes=entry + call,
    )
