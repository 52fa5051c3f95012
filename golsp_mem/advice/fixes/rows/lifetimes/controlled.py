"""A system call written anew: its descriptor is what ``Control`` hands to a function.

What may go wrong in SyscallConn and Control goes where the error of the call goes.
"""

from __future__ import annotations

from attrs import frozen

from golsp_mem.advice.fixes.candidate import FixContext
from golsp_mem.advice.fixes.shape import (
    function_around,
    indent,
    newline,
    siblings,
    statements_of,
)
from golsp_mem.source.package import (
    Place,
    callee_of,
    initial_value,
    results_of,
    without_conversions,
)
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import variable_at

# They give an errno, and take the number of the call first.
BY_NUMBER = ("Syscall", "Syscall6", "RawSyscall", "RawSyscall6")
_CONSTANTS = ("nil", "true", "false", "int_literal", "interpreted_string_literal", "identifier")


@frozen(eq=False)
class Use:
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
        return callee is not None and callee.name in BY_NUMBER


def declared(use: Use) -> tuple[Node, ...]:
    """The variables that the statement declares for the results of the call."""
    if use.statement.kind != "short_var_declaration":
        return ()
    left = use.statement.field("left")
    return left.named_children if left is not None else ()


def used_later(use: Use, name: Node) -> Node | None:
    variable = variable_at(use.file, name)
    if variable is None:
        return None
    return next((one for one in variable.uses if one.start > use.statement.end), None)


@frozen(eq=False)
class _Writer:
    """Writes lines at the statement's depth."""

    use: Use
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


def text_of(context: FixContext, use: Use) -> tuple[int, str] | None:
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


def _returned(context: FixContext, use: Use, writer: _Writer) -> tuple[int, str] | None:
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


def _assigned(context: FixContext, use: Use, writer: _Writer) -> tuple[int, str] | None:
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
        later = used_later(use, one)
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


def _tested(context: FixContext, use: Use, writer: _Writer) -> tuple[int, str] | None:
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


def _by_number(context: FixContext, use: Use, writer: _Writer) -> tuple[int, str] | None:
    """``_, _, errno := syscall.Syscall(…)`` with ``if errno != 0 { return …, errno }`` behind it,
    or in its head: other errors are returned as that one is."""
    file, statement = use.file, use.statement
    inner = statement.field("initializer") if statement.kind == "if_statement" else None
    made = inner or statement
    after = statement
    if inner is None:
        after = next((one for one in siblings(statement) if one.start >= statement.end), statement)
    left, right = made.field("left"), made.field("right")
    if left is None or right is None or made.kind != "short_var_declaration":
        return None
    if [*map(unparenthesized, right.named_children)] != [use.call]:
        return None
    names = [file.tree.source(one) for one in left.named_children]
    if len(names) != 3 or names[:2] != ["_", "_"] or names[2] in ("_", writer.number):
        return None
    variable = variable_at(file, left.named_children[2])
    if variable is None or variable.declaration.start != left.named_children[2].start:
        return None
    if inner is not None and _means_another(file, statement, names[2]):
        return None
    returned = _returned_if_set(file, after, names[2])
    callee, condition = use.call.field("function"), after.field("condition")
    operand = callee.field("operand") if callee is not None else None
    connected = context.fresh(file, statement, "connErr")
    if returned is None or operand is None or connected is None or names[2] in use.words:
        return None
    lines = (
        writer.taken(connected),
        f"if {connected} != nil {{", f"\treturn {', '.join([*returned, connected])}", "}",
        f"var {names[2]} {file.tree.source(operand)}.Errno",
        *writer.made(connected, f"_, _, {names[2]}", "="),
        f"if {connected} != nil {{", f"\treturn {', '.join([*returned, connected])}", "}",
    )  # fmt: skip
    if inner is None or condition is None:
        return statement.end, writer.lines(*lines)
    return condition.start, writer.lines(*lines, "if ")


def _means_another(file: GoFile, statement: Node, name: str) -> bool:
    """Whether the name is used in the function outside of the statement, but for other ``if``
    statements that declare it in their heads: it is declared in front of the statement then."""
    function = function_around(statement)
    for node in function.walk() if function is not None else ():
        if node.kind != "identifier" or file.tree.source(node) != name:
            continue
        if statement.start <= node.start < statement.end:
            continue
        variable = variable_at(file, node)
        listed = variable.declaration.parent if variable is not None else None
        head = listed.parent if listed is not None else None
        outer = head.parent if head is not None else None
        if outer is None or outer.kind != "if_statement" or outer.field("initializer") is not head:
            return True
    return False


def _returned_if_set(file: GoFile, statement: Node, errno: str) -> tuple[str, ...] | None:
    """What is returned before the error where a number is not zero."""
    condition, body = statement.field("condition"), statement.field("consequence")
    if statement.kind != "if_statement" or condition is None or body is None:
        return None
    if statement.field("alternative") is not None:
        return None
    if statement.parent is not None and statement.parent.kind == "if_statement":
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
    before = tuple(file.tree.source(one) for one in values[:-1])
    return before if errno not in before else None
