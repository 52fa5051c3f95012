"""A descriptor of ``f.Fd()`` for one system call: ``SyscallConn`` and ``Control``, which hold f.

Only for calls that do not wait for data: Fd puts a descriptor into blocking mode (os/file_unix.go),
Control leaves it as it is, and a read from a pipe would come back with EAGAIN. Nor for locks, which
go when Control is over. What may go wrong in SyscallConn and Control goes where the error of the
call goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.rows.lifetimes.controlled import (
    BY_NUMBER,
    Use,
    declared,
    text_of,
    used_later,
)
from golsp_mem.advice.fixes.shape import (
    function_around,
    has_comment,
    is_alone_on_lines,
    is_path,
    node_of,
    statement_around,
    without_lines,
)
from golsp_mem.analysis.lifetime.proving.outliving import SYSCALLS, outlives
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.package import (
    Place,
    arguments_of,
    callee_of,
    initial_value,
    without_conversions,
)
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import is_assigned_again, share_a_loop, variable_at

# What neither waits for data nor releases the descriptor, by the beginning of its name.
_AT_ONCE = re.compile(
    r"Ioctl|Fcntl|Flock|Fstat|Fch(?:mod|own|dir)|Fsync|Fdatasync|Ftruncate|Fallocate|Fadvise|"
    r"Setsockopt|Getsockopt|Getsockname|Getpeername|Fgetxattr|Fsetxattr|Flistxattr|Fremovexattr|"
    r"Futimes|SyncFileRange|Seek|Lseek|GetConsoleMode|SetConsoleMode|LockFileEx|UnlockFileEx"
)
_NUMBERS = frozenset(
    {
        *("SYS_IOCTL", "SYS_FCNTL", "SYS_FSYNC", "SYS_FSTAT", "SYS_FTRUNCATE"),
        *("SYS_FDATASYNC", "SYS_FLOCK", "SYS_SETSOCKOPT", "SYS_GETSOCKOPT"),
    }
)
_CORNER = "a descriptor that does not block stays so; of a closed file the error is os.ErrClosed"


def _use(file: GoFile, finding: Finding) -> Use | None:
    statement = statement_around(node_of(file, finding.span))
    if statement is None or (has_comment(file, statement) and statement.kind != "if_statement"):
        return None
    if not is_alone_on_lines(file, statement):
        return None
    for call in _calls(file, statement):
        taken = [node for node in call.walk() if _is_owner(_fd_of(file, node), finding)]
        owners = {_fd_of(file, node) for node in taken}
        if len(owners) == 1:
            return Use(file, owners.pop() or "", call, statement, tuple(taken), None)
        found = _kept_number(file, finding, call, statement)
        if found is not None:
            return found
    return None


def _is_owner(owner: str | None, finding: Finding) -> bool:
    """Whether it is what the finding is of; the field is named there by which an embedded file is
    meant."""
    subject = finding.subject or ""
    return owner is not None and (subject == owner or subject.startswith(f"{owner}."))


def _calls(file: GoFile, statement: Node) -> Iterator[Node]:
    """The system calls of a statement's own head that may be made in a Control."""
    body = statement.field("consequence") if statement.kind == "if_statement" else None
    end = body.start if body is not None else statement.end
    for node in statement.walk():
        if node.kind != "call_expression" or node.end > end:
            continue
        callee = callee_of(Place(file, node))
        if callee is None or callee.package not in SYSCALLS or outlives(Place(file, node)):
            continue
        if callee.name in BY_NUMBER:
            first = next(iter(arguments_of(Place(file, node))), None)
            if first is not None and file.tree.source(first).rpartition(".")[2] in _NUMBERS:
                yield node
        elif _AT_ONCE.match(callee.name) and function_around(node) is function_around(statement):
            yield node


def _fd_of(file: GoFile, node: Node) -> str | None:
    """X of ``X.Fd()``."""
    function = node.field("function") if node.kind == "call_expression" else None
    name = function.field("field") if function is not None else None
    operand = function.field("operand") if function is not None else None
    if name is None or operand is None or file.tree.source(name) != "Fd":
        return None
    if arguments_of(Place(file, node)) or not is_path(operand):
        return None
    return file.tree.source(operand)


def _kept_number(file: GoFile, finding: Finding, call: Node, statement: Node) -> Use | None:
    """``fd := int(f.Fd())`` in the same list of statements, used in the call and nowhere else."""
    for node in call.walk():
        variable = variable_at(file, node) if node.kind == "identifier" else None
        start = initial_value(variable) if variable is not None else None
        if variable is None or start is None:
            continue
        owner = _fd_of(file, without_conversions(start[0]).node)
        if owner is None or not _is_owner(owner, finding):
            continue
        dropped = statement_around(variable.declaration)
        uses = [use for use in variable.uses if use.start != variable.declaration.start]
        if dropped is None or dropped.kind != "short_var_declaration":
            return None
        left = dropped.field("left")
        alone = left is not None and len(left.named_children) == 1
        if not alone or dropped.parent is not statement.parent or has_comment(file, dropped):
            return None
        if not all(call.start <= use.start < call.end for use in uses):
            return None
        if not is_alone_on_lines(file, dropped) or not _stays(file, start[0]):
            return None
        return Use(file, owner, call, statement, tuple(uses), dropped)
    return None


def _stays(file: GoFile, value: Place) -> bool:
    """Whether the owner is a variable that nobody sets again."""
    call = without_conversions(value).node
    function = call.field("function")
    operand = function.field("operand") if function is not None else None
    owner = variable_at(file, operand) if operand is not None else None
    return owner is not None and not is_assigned_again(owner)


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context
    use = _use(file, finding)
    if use is None:
        return
    for name in declared(use):
        found = used_later(use, name)
        if found is not None:
            yield Place(file, found)


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    use = _use(file, finding)
    if use is None:
        return
    # Taken elsewhere and used in a loop the number is another one.
    if use.dropped is not None and share_a_loop(use.dropped, use.statement) != share_a_loop(
        use.statement, use.statement
    ):
        return
    text = text_of(context, use)
    if text is None:
        return
    statement = use.statement
    edits = [TextEdit(file.tree.span(statement.start, text[0]), text[1])]
    if use.dropped is not None:
        edits.append(without_lines(file, use.dropped))
    yield Candidate(
        row="descriptors",
        title=f"Use {use.owner}.SyscallConn, whose Control keeps {use.owner} open during the call",
        edits=tuple(edits),
        findings=(finding,),
        corner=_CORNER,
        ends=(finding,),
    )


ROW = Row("descriptors", frozenset({Code.KEEPALIVE_MISSING}), _candidates, _asks)
