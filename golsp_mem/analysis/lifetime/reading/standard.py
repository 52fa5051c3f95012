"""Types of the standard library that release something when they are collected.

Found with ``grep -rn 'SetFinalizer(\\|AddCleanup(' $GOROOT/src`` in Go 1.22.10 and 1.27.3, test
files and cmd/ left out. What releases only memory (unique, crypto/tls, crypto/internal/*,
runtime) has no raw resource that a program could hold, and is left out too.
"""

from __future__ import annotations

from attrs import frozen

from golsp_mem.source.package import Callee


@frozen
class StandardType:
    """A type with a finalizer or cleanup of its own.

    ``raw`` are the methods that hand out what the cleanup releases, ``constructors`` the
    functions that return a new value, with the places of those results. Empty ``raw``: nothing
    raw leaves the type, and no use of it can be too late.
    """

    package: str
    name: str
    source: str
    raw: tuple[str, ...] = ()
    constructors: tuple[tuple[str, str, tuple[int, ...]], ...] = ()


STANDARD_TYPES = (
    StandardType(
        "os",
        "File",
        "os/file_unix.go, os/file_windows.go: SetFinalizer(f.file, (*file).close)",
        raw=("Fd",),
        constructors=(
            ("os", "Open", (0,)),
            ("os", "Create", (0,)),
            ("os", "OpenFile", (0,)),
            ("os", "NewFile", (0,)),
            ("os", "CreateTemp", (0,)),
            ("os", "OpenInRoot", (0,)),
            ("os", "Pipe", (0, 1)),
            ("io/ioutil", "TempFile", (0,)),
        ),
    ),
    # net's connections and listeners hold a *netFD; File returns a copy of the descriptor in an
    # *os.File, SyscallConn keeps the owner.
    StandardType("net", "netFD", "net/fd_posix.go: SetFinalizer(fd, (*netFD).Close)"),
    # Since 1.23 a pidfd or a handle; WithHandle keeps the owner.
    StandardType(
        "os", "Process", "os/exec.go: SetFinalizer(p, (*Process).Release), AddCleanup since 1.25"
    ),
    StandardType("os", "Root", "os/root_unix.go: SetFinalizer(r.root, (*root).Close)"),
    StandardType("internal/poll", "splicePipe", "internal/poll/splice_linux.go"),
    StandardType("syscall/js", "Value", "syscall/js/js.go: SetFinalizer(gcPtr, …)"),
)

# All methods of the types whose raw ones an interface may have: *os.File in Go 1.27.
FILE_METHODS = frozenset(
    {
        *("Chdir", "Chmod", "Chown", "Close", "Fd", "Name", "Read", "ReadAt", "ReadDir"),
        *("ReadFrom", "Readdir", "Readdirnames", "Seek", "SetDeadline", "SetReadDeadline"),
        *("SetWriteDeadline", "Stat", "Sync", "SyscallConn", "Truncate", "Write", "WriteAt"),
        *("WriteString", "WriteTo"),
    }
)

# Packages whose functions take descriptors, handles and addresses as they are.
RAW_PACKAGES = frozenset(
    {
        "C",
        "syscall",
        "golang.org/x/sys/unix",
        "golang.org/x/sys/windows",
        "internal/syscall/unix",
        "internal/syscall/windows",
    }
)

# What releases the resource: with it in the argument there is nothing left to protect.
RELEASING = frozenset(
    {"Close", "CloseHandle", "CloseOnExec", "Closesocket", "FreeLibrary", "Munmap", "free"}
)

# They keep the memory that they get, and do not read it.
KEEPING_MEMORY = frozenset(
    {("bytes", "NewReader"), ("bytes", "NewBuffer"), ("strings", "NewReader")}
)

# They make no system call: what they return has the numbers that they get.
COPYING_NUMBERS = ("UnixRights",)

# Calls that wait for events of descriptors registered before, by their first argument.
WAITING = frozenset({"EpollWait", "EpollPwait", "EpollPwait2", "Kevent"})

_RELEASING_WORDS = ("close", "free", "release", "unmap", "destroy", "delete", "unref", "dispose")


def releases_by_name(callee: Callee) -> bool:
    """Whether a function releases, as its name has it."""
    return any(word in callee.name.lower() for word in _RELEASING_WORDS)


def standard_type(written: str) -> StandardType | None:
    """The type behind ``os.File`` (import path, dot, name)."""
    return next((one for one in STANDARD_TYPES if f"{one.package}.{one.name}" == written), None)


def constructed(package: str, name: str, result: int) -> StandardType | None:
    """The type of a standard function's result when that is a pointer to one of the table."""
    for one in STANDARD_TYPES:
        for where, what, results in one.constructors:
            if (where, what) == (package, name) and result in results:
                return one
    return None
