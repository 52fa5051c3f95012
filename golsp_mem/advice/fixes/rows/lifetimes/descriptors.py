"""A descriptor of ``f.Fd()`` for one system call: ``SyscallConn`` and ``Control``, which hold f.

Only for calls that do not wait for data: Fd puts a descriptor into blocking mode (os/file_unix.go),
Control leaves it as it is, and a read from a pipe would come back with EAGAIN. What may go wrong in
SyscallConn and Control goes where the error of the call goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    function_around,
    has_comment,
    indent,
    is_alone_on_lines,
    is_path,
    newline,
    node_of,
    siblings,
    statement_around,
    statements_of,
)
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.package import (
    Place,
    arguments_of,
    callee_of,
    initial_value,
    results_of,
    without_conversions,
)
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import is_assigned_again, share_a_loop, variable_at

_PACKAGES = ("syscall", "golang.org/x/sys/unix", "golang.org/x/sys/windows")
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
_BY_NUMBER = ("Syscall", "Syscall6", "RawSyscall", "RawSyscall6")
_CORNER = "a descriptor that does not block stays so; of a closed file the error is os.ErrClosed"
_CONSTANTS = ("nil", "true", "false", "int_literal", "interpreted_string_literal", "identifier")


@frozen(eq=False)
class _Use:
    """One system call with the descriptor of ``owner``. ``taken`` are the expressions in it that
    are the number, ``dropped`` the statement before it that took it, where there is one."""

    file: GoFile
    owner: str
    call: Node
    statement: Node
    taken: tuple[Node, ...]
    dropped: Node | None

    @property
    def words(self) -> set[str]:
        """What the call names beside the number."""
        tree = self.file.tree
        return {
            tree.source(one)
            for one in self.call.walk()
            if one.kind == "identifier" and one not in self.taken
        }

    @property
    def by_number(self) -> bool:
        callee = callee_of(Place(self.file, self.call))
        return callee is not None and callee.name in _BY_NUMBER


def _use(file: GoFile, finding: Finding) -> _Use | None:
    statement = statement_around(node_of(file, finding.span))
    if statement is None or (has_comment(file, statement) and statement.kind != "if_statement"):
        return None
    if not is_alone_on_lines(file, statement):
        return None
    for call in _calls(file, statement):
        taken = [node for node in call.walk() if _is_owner(_fd_of(file, node), finding)]
        owners = {_fd_of(file, node) for node in taken}
        if len(owners) == 1:
            return _Use(file, owners.pop() or "", call, statement, tuple(taken), None)
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
        if callee is None or callee.package not in _PACKAGES:
            continue
        if callee.name in _BY_NUMBER:
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


def _kept_number(file: GoFile, finding: Finding, call: Node, statement: Node) -> _Use | None:
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
        return _Use(file, owner, call, statement, tuple(uses), dropped)
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
    for name in _declared(use):
        found = _later(use, name)
        if found is not None:
            yield Place(file, found)


def _declared(use: _Use) -> tuple[Node, ...]:
    """The variables that the statement declares for the results of the call."""
    if use.statement.kind != "short_var_declaration":
        return ()
    left = use.statement.field("left")
    return left.named_children if left is not None else ()


def _later(use: _Use, name: Node) -> Node | None:
    variable = variable_at(use.file, name)
    if variable is None:
        return None
    return next((one for one in variable.uses if one.start > use.statement.end), None)


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    use = _use(file, finding)
    if use is None:
        return
    # Taken elsewhere and used in a loop the number is another one.
    if use.dropped is not None and share_a_loop(use.dropped, use.statement) != share_a_loop(
        use.statement, use.statement
    ):
        return
    text = _text(context, use)
    if text is None:
        return
    tree = file.tree
    statement = use.statement
    edits = [TextEdit(tree.span(statement.start, text[0]), text[1])]
    if use.dropped is not None:
        start = tree.line_bounds(tree.line_of(use.dropped.start))[0]
        end = min(tree.line_bounds(tree.line_of(use.dropped.end))[1] + 1, len(tree.text))
        edits.append(TextEdit(tree.span(start, end), ""))
    yield Candidate(
        row="descriptors",
        title=f"Use {use.owner}.SyscallConn, whose Control keeps {use.owner} open during the call",
        edits=tuple(edits),
        findings=(finding,),
        corner=_CORNER,
        ends=(finding,),
    )


@frozen(eq=False)
class _Writer:
    """Writes lines at the statement's depth."""

    use: _Use
    connection: str
    control: str
    number: str

    @property
    def call(self) -> str:
        """The call with the number of Control's function."""
        file, call = self.use.file, self.use.call
        text, at = "", call.start
        for node in sorted(self.use.taken, key=lambda one: one.start):
            outer = _converted(file, node)
            typed = self.number if outer is node else f"{_conversion(file, outer)}({self.number})"
            if self.use.dropped is not None:
                typed = self._as_kept(node)
                outer = node
            text += file.text[at : outer.start].decode("utf-8", "replace") + typed
            at = outer.end
        return text + file.text[at : call.end].decode("utf-8", "replace")

    def _as_kept(self, use: Node) -> str:
        variable = variable_at(self.use.file, use)
        start = initial_value(variable) if variable is not None else None
        assert start is not None
        file, value = self.use.file, start[0].node
        inner = without_conversions(start[0]).node
        head = file.text[value.start : inner.start].decode("utf-8", "replace")
        return head + self.number + file.text[inner.end : value.end].decode("utf-8", "replace")

    def lines(self, *lines: str) -> str:
        file = self.use.file
        return (newline(file) + indent(file, self.use.statement)).join(lines)

    def taken(self, error: str) -> str:
        return f"{self.connection}, {error} := {self.use.owner}.SyscallConn()"

    def made(self, target: str, results: str, sign: str) -> tuple[str, ...]:
        """``target := conn.Control(func(fd uintptr) { results = call })``."""
        return (
            f"{target} {sign} {self.connection}.Control(func({self.number} uintptr) {{",
            f"\t{results} = {self.call}",
            "})",
        )


def _converted(file: GoFile, node: Node) -> Node:
    """The conversion right around the number, if there is one."""
    listed = node.parent
    call = listed.parent if listed is not None and listed.kind == "argument_list" else None
    if call is not None and without_conversions(Place(file, call)).node is node:
        return call
    return node


def _conversion(file: GoFile, call: Node) -> str:
    function = call.field("function")
    return file.tree.source(function) if function is not None else ""


def _text(context: FixContext, use: _Use) -> tuple[int, str] | None:
    """Where the rewritten part of the statement ends, and what stands there instead."""
    file, statement = use.file, use.statement
    number = next(one for one in ("fd", "handle", "descriptor", "number") if one not in use.words)
    connection = context.fresh(file, statement, "conn", "raw")
    control = context.fresh(file, statement, "controlErr")
    if connection is None or control is None or not context.means_builtin(file, statement, "nil"):
        return None
    writer = _Writer(use, connection, control, number)
    if use.by_number:
        return _by_number(context, use, writer)
    if statement.kind == "return_statement":
        return _returned(context, use, writer)
    if statement.kind in ("short_var_declaration", "assignment_statement"):
        return _assigned(context, use, writer)
    if statement.kind == "if_statement":
        return _tested(context, use, writer)
    return None


def _returned(context: FixContext, use: _Use, writer: _Writer) -> tuple[int, str] | None:
    """``return call``: the results have the types of the function's."""
    file, statement = use.file, use.statement
    listed = statement.named_children[0] if statement.named_children else None
    values = listed.named_children if listed is not None else ()
    function = function_around(statement)
    results = results_of(Place(file, function)) if function is not None else ()
    if [unparenthesized(one) for one in values] != [use.call] or not results:
        return None
    if results[-1][1] != "error" or not context.means_builtin(file, statement, "error"):
        return None
    names: list[str] = []
    declared: list[str] = []
    for name, type_ in results[:-1]:
        chosen = name if name not in ("", "_") else context.fresh(file, statement, "n", "result")
        if chosen is None or chosen in names:
            return None
        names.append(chosen)
        if name in ("", "_"):
            declared.append(f"var {chosen} {type_}")
    error = results[-1][0] if results[-1][0] not in ("", "_") else "err"
    if use.words.intersection([*names, error]):
        return None
    listed_names = ", ".join([*names, error])
    return statement.end, writer.lines(
        *declared,
        writer.taken(error),
        f"if {error} != nil {{", f"\treturn {listed_names}", "}",
        *writer.made(writer.control, listed_names, ":="),
        f"if {writer.control} != nil {{",
        f"\treturn {', '.join([*names, writer.control])}", "}",
        f"return {listed_names}",
    )  # fmt: skip


def _assigned(context: FixContext, use: _Use, writer: _Writer) -> tuple[int, str] | None:
    """``n, err := call`` and ``err = call``: the last is the error."""
    file, statement = use.file, use.statement
    left, right = statement.field("left"), statement.field("right")
    if left is None or right is None or len(right.named_children) != 1:
        return None
    operator = statement.token("=") or statement.token(":=")
    if unparenthesized(right.named_children[0]) is not use.call or operator is None:
        return None
    names = left.named_children
    error = names[-1]
    if error.kind != "identifier" or file.tree.source(error) == "_":
        return None
    text, err = file.tree.source(left), file.tree.source(error)
    if statement.kind == "assignment_statement":
        # The targets are set in the Control's function: no name of it may mean something there.
        if not all(one.kind == "identifier" for one in names):
            return None
        if err == writer.number or writer.number in text.split(", "):
            return None
        open_error = context.fresh(file, statement, "connErr")
        if open_error is None:
            return None
        return statement.end, writer.lines(
            writer.taken(open_error),
            f"if {open_error} == nil {{",
            *(f"\t{line}" for line in writer.made(open_error, text, "=")),
            "}",
            f"if {open_error} != nil {{", f"\t{err} = {open_error}", "}",
        )  # fmt: skip
    if use.words.intersection(map(file.tree.source, names)):
        return None
    declared: list[str] = []
    for one in names[:-1]:
        name = file.tree.source(one)
        if name == "_":
            continue
        variable = variable_at(file, one)
        if variable is None or name == writer.number:
            return None
        if variable.declaration.start != one.start:
            continue  # it was declared before
        later = _later(use, one)
        type_ = context.type_of(file, later) if later is not None else None
        if type_ is None:
            return None
        declared.append(f"var {name} {type_}")
    return statement.end, writer.lines(
        *declared,
        writer.taken(err),
        f"if {err} == nil {{",
        *(f"\t{line}" for line in writer.made(writer.control, text, ":=")),
        f"\tif {writer.control} != nil {{", f"\t\t{err} = {writer.control}", "\t}",
        "}",
    )  # fmt: skip


def _tested(context: FixContext, use: _Use, writer: _Writer) -> tuple[int, str] | None:
    """``if err := call; err != nil {`` and ``if call != nil {``."""
    file, statement = use.file, use.statement
    if statement.parent is not None and statement.parent.kind == "if_statement":
        return None
    call = use.call
    initializer, condition = statement.field("initializer"), statement.field("condition")
    if initializer is not None and initializer.start <= call.start < initializer.end:
        left, right = initializer.field("left"), initializer.field("right")
        if left is None or right is None or initializer.kind != "short_var_declaration":
            return None
        if len(left.named_children) != 1 or [*map(unparenthesized, right.named_children)] != [call]:
            return None
    elif initializer is not None or not _compares(condition, call):
        return None
    error, inner = (context.fresh(file, statement, one) for one in ("fdErr", "callErr"))
    if error is None or inner is None or not context.means_builtin(file, statement, "error"):
        return None
    head = file.text[statement.start : call.start].decode("utf-8", "replace")
    return call.end, writer.lines(
        writer.taken(error),
        f"if {error} == nil {{",
        f"\tvar {inner} error",
        *(f"\t{line}" for line in writer.made(error, inner, "=")),
        f"\tif {error} == nil {{", f"\t\t{error} = {inner}", "\t}",
        "}",
        f"{head}{error}",
    )  # fmt: skip


def _compares(condition: Node | None, call: Node) -> bool:
    return (
        condition is not None
        and condition.kind == "binary_expression"
        and call in (condition.field("left"), condition.field("right"))
    )


def _by_number(context: FixContext, use: _Use, writer: _Writer) -> tuple[int, str] | None:
    """``_, _, errno := syscall.Syscall(…)`` with ``if errno != 0 { return …, errno }`` behind it:
    other errors are returned as that one is."""
    file, statement = use.file, use.statement
    left, right = statement.field("left"), statement.field("right")
    after = next((one for one in siblings(statement) if one.start >= statement.end), None)
    if left is None or right is None or statement.kind != "short_var_declaration":
        return None
    if [*map(unparenthesized, right.named_children)] != [use.call]:
        return None
    names = [file.tree.source(one) for one in left.named_children]
    if len(names) != 3 or names[:2] != ["_", "_"] or names[2] in ("_", writer.number):
        return None
    variable = variable_at(file, left.named_children[2])
    if variable is None or variable.declaration.start != left.named_children[2].start:
        return None
    returned = _returned_if_set(file, after, names[2]) if after is not None else None
    callee = use.call.field("function")
    operand = callee.field("operand") if callee is not None else None
    connected = context.fresh(file, statement, "connErr")
    if returned is None or operand is None or connected is None or names[2] in use.words:
        return None
    return statement.end, writer.lines(
        writer.taken(connected),
        f"if {connected} != nil {{", f"\treturn {', '.join([*returned, connected])}", "}",
        f"var {names[2]} {file.tree.source(operand)}.Errno",
        *writer.made(connected, f"_, _, {names[2]}", "="),
        f"if {connected} != nil {{", f"\treturn {', '.join([*returned, connected])}", "}",
    )  # fmt: skip


def _returned_if_set(file: GoFile, statement: Node, errno: str) -> tuple[str, ...] | None:
    """What is returned before the error where a number is not zero."""
    condition, body = statement.field("condition"), statement.field("consequence")
    if statement.kind != "if_statement" or condition is None or body is None:
        return None
    if statement.field("initializer") is not None or statement.field("alternative") is not None:
        return None
    if file.tree.source(condition) != f"{errno} != 0" or len(statements_of(body)) != 1:
        return None
    (inner,) = statements_of(body)
    function = function_around(statement)
    results = results_of(Place(file, function)) if function is not None else ()
    listed = inner.named_children[0] if inner.named_children else None
    values = listed.named_children if listed is not None else ()
    if inner.kind != "return_statement" or not values or len(values) != len(results):
        return None
    if results[-1][1] != "error" or any(one.kind not in _CONSTANTS for one in values[:-1]):
        return None
    return tuple(file.tree.source(one) for one in values[:-1])


ROW = Row("descriptors", frozenset({Code.KEEPALIVE_MISSING}), _candidates, _asks)
