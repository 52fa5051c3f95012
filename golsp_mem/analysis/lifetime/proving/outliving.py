"""System calls of which something lasts as long as the descriptor is open: a lock, a registration,
an address. To keep the owner until such a call has returned gives it back a moment later.

flock(2): a lock goes with the last descriptor of its file; epoll_ctl(2) and inotify(7): so do
registrations and watches; bind(2) and listen(2) speak of the socket. What is mapped stays mapped
(mmap(2)), and what fchmod(2), fsync(2) or ftruncate(2) did is the file's.
"""

from __future__ import annotations

import re

from golsp_mem.analysis.lifetime.reading.telling import TELLING
from golsp_mem.source.package import Place, arguments_of, callee_of
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.variables import function_node

SYSCALLS = ("syscall", "golang.org/x/sys/unix", "golang.org/x/sys/windows")
"""The packages of system calls."""
_BOUND = re.compile(
    r"Flock|FcntlFlock|EpollCtl|InotifyAddWatch|FanotifyMark|Bind|Listen|Kevent|TimerfdSettime|"
    r"LockFileEx|CreateIoCompletionPort"
)
_BOUND_NUMBERS = re.compile(
    r"SYS_(?:FLOCK|EPOLL_CTL|INOTIFY_ADD_WATCH|FANOTIFY_MARK|BIND|LISTEN|TIMERFD_SETTIME|"
    r"IO_URING_REGISTER)"
)
_BY_NUMBER = ("Syscall", "Syscall6", "RawSyscall", "RawSyscall6", "SyscallNoError")
# Words of an argument with which such a call gives back what there was.
_GIVES_BACK = re.compile(r"\b(?:LOCK_UN|F_UNLCK|EPOLL_CTL_DEL|EV_DELETE|F_GETLK)\b")
_LEAVES = ("return_statement", "break_statement", "continue_statement", "goto_statement")
_DEPTH = 3


def outlives(call: Place, depth: int = _DEPTH) -> bool:
    """Whether what a call does lasts as long as the descriptor, by itself or by a function of the
    same file that makes such a call with what it gets."""
    callee = callee_of(call)
    given = [call.of(one).text for one in arguments_of(call)]
    if callee is not None and callee.package in SYSCALLS:
        bound = (
            _BOUND_NUMBERS.search(given[0]) if callee.name in _BY_NUMBER and given
            else _BOUND.fullmatch(callee.name)
        )  # fmt: skip
        return bound is not None and not any(map(_GIVES_BACK.search, given))
    if callee is not None and callee.package:
        return False
    function = call.node.field("function")
    name = function.field("field") or function if function is not None else None
    if name is None or depth == 0:
        return False
    return any(
        outlives(call.of(one), depth - 1)
        for declared in call.file.tree.declarations
        if (own := declared.field("name")) is not None and declared.field("parameters") is not None
        and call.of(own).text == call.of(name).text
        for one in declared.walk()
        if one.kind == "call_expression" and function_node(one) is declared
    )  # fmt: skip


def is_last(call: Place, statement: Node) -> bool:
    """Whether its function does nothing behind a statement but to leave and to say what failed."""
    around = function_node(call.node)
    if around is None:
        return True
    return not any(
        one.kind == "call_expression"
        and one.start >= statement.end
        and not _only_tells(call.of(one))
        for one in around.walk()
    )


def _only_tells(call: Place) -> bool:
    callee = callee_of(call)
    if callee is not None and callee.package in TELLING:
        return True
    for outer in call.node.ancestors():
        body = outer.field("consequence") if outer.kind == "if_statement" else None
        listed = body.named_children[-1:] if body is not None else ()
        last = listed[0].named_children[-1:] if listed and listed[0].named_children else ()
        if body is not None and body.start < call.node.start and last and last[0].kind in _LEAVES:
            return True
    return False
