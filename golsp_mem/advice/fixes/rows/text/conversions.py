"""``string(b)`` and ``[]byte(s)`` where the other kind would do: the mirrored function, or a form
of the conversion for which the compiler makes no copy.
"""

from __future__ import annotations

from collections.abc import Iterator

from golsp_mem.advice.fixes.candidate import Candidate, FixContext, Row
from golsp_mem.advice.fixes.shape import (
    arguments,
    called,
    called_of,
    has_comment,
    is_alone_on_lines,
    is_path,
    node_of,
    replace,
    siblings,
    statement_around,
    without_lines,
)
from golsp_mem.model import Code, Finding
from golsp_mem.source.edits import TextEdit
from golsp_mem.source.package import Place
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, setter, variable_at

_BODIES = ("block", "expression_case", "type_case", "default_case", "communication_case")
# `fmt.Appendf` is there since Go 1.19.
_APPENDF_SINCE = 19
_BYTES = ("[]byte", "[]uint8")
# Both write the same and return the same; `(*os.File).WriteString` copies nothing since Go 1.20.
_WRITERS = frozenset(
    {"strings.Builder", "bytes.Buffer", "bufio.Writer", "bufio.ReadWriter", "os.File"}
)
_COPYING = _WRITERS - {"bufio.Writer", "bufio.ReadWriter"}
# Of strings and bytes: the same of both kinds of arguments, none of which is kept.
_MIRRORED = frozenset({"Contains", "Count", "EqualFold", "HasPrefix", "HasSuffix", "Index",
                       "LastIndex"})  # fmt: skip
# Their second argument is no text of the kind.
_FIRST_ONLY = frozenset({"ContainsAny", "ContainsRune", "IndexAny", "IndexByte", "IndexRune",
                         "LastIndexAny", "LastIndexByte"})  # fmt: skip


def _converted(file: GoFile, finding: Finding) -> tuple[Node, Node, str] | None:
    """The conversion, its operand and its kind, of a finding in the function's own text."""
    node = unparenthesized(node_of(file, finding.span))
    return _conversion(file, node) if finding.callee is None else None


def _conversion(file: GoFile, node: Node) -> tuple[Node, Node, str] | None:
    """``string`` or ``bytes`` with the operand of a conversion."""
    node = unparenthesized(node)
    if node.kind == "type_conversion_expression":
        written, operand = node.field("type"), node.field("operand")
    else:
        written, listed = node.field("function"), node.field("arguments")
        given = listed.named_children if listed is not None else ()
        operand = given[0] if len(given) == 1 else None
    if written is None or operand is None:
        return None
    kind = file.tree.source(unparenthesized(written))
    if kind == "string":
        return node, operand, "string"
    return (node, operand, "bytes") if kind in _BYTES else None


def _asks(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Place]:
    del context
    found = _converted(file, finding)
    if found is None:
        return
    yield Place(file, found[1])
    call = _call_around(found[0])
    target = called(file, call) if call is not None else None
    if call is not None and target is not None:
        yield Place(file, target[0])
        for one in arguments(call):
            inner = _conversion(file, one)
            if inner is not None and inner[0] is not found[0]:
                yield Place(file, inner[1])
    variable, _ = _only_use(file, found[0])
    if variable is not None:
        yield from (
            Place(file, operand) for use in variable.uses if (operand := _indexed(use)) is not None
        )


def _candidates(context: FixContext, file: GoFile, finding: Finding) -> Iterator[Candidate]:
    found = _converted(file, finding)
    if found is None or not context.means_builtin(file, found[0], "string", "byte", "uint8"):
        return
    _, operand, kind = found
    type_ = context.type_of(file, operand)
    if kind == "string" and not _is_bytes(context, type_):
        return
    if kind == "bytes" and type_ not in ("string", "untyped string"):
        return
    for make in (_printed, _written, _mirrored, _moved):
        made = make(context, file, found)
        if made is None:
            continue
        title, edits, needs, drops = made
        yield Candidate(
            row="conversions", title=title, edits=edits, findings=(finding,), gone=(finding,),
            needs=needs, drops=drops,
            corner=_corner(context, file, found, make is _printed),
        )  # fmt: skip
        return


def _is_bytes(context: FixContext, type_: str | None) -> bool:
    """Whether it is a slice of bytes, or a type of the package that stands for one."""
    return type_ is not None and context.package.types.get(type_, type_) in _BYTES


_Made = tuple[str, tuple[TextEdit, ...], tuple[str, ...], tuple[str, ...]]


def _call_around(node: Node) -> Node | None:
    listed = outer_parentheses(node).parent
    if listed is None or listed.kind != "argument_list" or listed.parent is None:
        return None
    return listed.parent if listed.parent.kind == "call_expression" else None


def _printed(context: FixContext, file: GoFile, found: tuple[Node, Node, str]) -> _Made | None:
    """``w.Write([]byte(fmt.Sprintf(…)))`` as ``fmt.Fprintf(w, …)``, and what else is made of the
    bytes as ``fmt.Appendf(nil, …)``: the same but where nothing is printed, which gives nil."""
    node, operand, kind = found
    inner = unparenthesized(operand)
    name = called_of(file, inner, "fmt")
    if kind != "bytes" or name not in ("Sprintf", "Sprint", "Sprintln"):
        return None
    function, listed = inner.field("function"), inner.field("arguments")
    qualifier = function.field("operand") if function is not None else None
    if listed is None or qualifier is None or not listed.named_children:
        return None
    given = file.tree.source(listed)[1:]
    suffix = name.removeprefix("Sprint")
    fmt = file.tree.source(qualifier)
    call = _call_around(node)
    target = called(file, call) if call is not None else None
    if call is not None and target is not None and target[1] == "Write" and len(
        arguments(call)
    ) == 1:  # fmt: skip
        writer = context.type_of(file, target[0])
        address = "&" if writer in _WRITERS else ""
        written = f"{fmt}.Fprint{suffix}({address}{file.tree.source(target[0])}, {given}"
        return (
            f"Print to it with fmt.Fprint{suffix}: the string and its copy go",
            (replace(file, call, written),), (), (),
        )  # fmt: skip
    if context.language < _APPENDF_SINCE or not _prints_something(file, listed, suffix):
        return None
    text = f"{fmt}.Append{suffix}(nil, {given}"
    return (
        f"Use fmt.Append{suffix}: the string that is copied goes",
        (replace(file, outer_parentheses(node), text),), (), (),
    )  # fmt: skip


def _corner(
    context: FixContext, file: GoFile, found: tuple[Node, Node, str], is_printed: bool
) -> str | None:
    """What changes for a writer that keeps the bytes, against what io.Writer asks: fmt prints into
    a buffer that it uses again. A bufio.Writer hands long ones on to such a writer, long strings to
    its WriteString (bufio.go)."""
    call = _call_around(found[0])
    target = called(file, call) if call is not None else None
    if target is None or target[1] not in ("Write", "WriteString"):
        return None
    writer = (context.type_of(file, target[0]) or "").lstrip("*")
    if is_printed and target[1] == "Write":
        return None if writer in _COPYING else "unless the writer keeps the bytes"
    if writer in _WRITERS - _COPYING:
        return "unless the writer below has a WriteString of another meaning"
    return None


def _prints_something(file: GoFile, listed: Node, suffix: str) -> bool:
    """Whether the text can never be empty: there are letters beside the verbs."""
    if suffix == "ln":
        return True
    literal = unparenthesized(listed.named_children[0])
    if suffix != "f" or literal.kind != "interpreted_string_literal":
        return False
    return file.tree.source(literal)[1:2] not in ("%", '"', "\\")


def _written(context: FixContext, file: GoFile, found: tuple[Node, Node, str]) -> _Made | None:
    """``b.WriteString(string(x))`` as ``b.Write(x)``, and the other way round."""
    node, operand, kind = found
    call = _call_around(node)
    target = called(file, call) if call is not None else None
    if call is None or target is None or len(arguments(call)) != 1:
        return None
    wanted, other = ("WriteString", "Write") if kind == "string" else ("Write", "WriteString")
    writer = context.type_of(file, target[0])
    if target[1] != wanted or writer is None or writer.lstrip("*") not in _WRITERS:
        return None
    function = call.field("function")
    name = function.field("field") if function is not None else None
    if name is None:
        return None
    edits = (
        replace(file, name, other),
        replace(file, outer_parentheses(node), file.tree.source(operand)),
    )
    return f"Use {other}: the converted copy goes", edits, (), ()


def _mirrored(context: FixContext, file: GoFile, found: tuple[Node, Node, str]) -> _Made | None:
    """``strings.Contains(string(b), "x")`` as ``bytes.Contains(b, []byte("x"))``, and so on."""
    node, operand, kind = found
    call = _call_around(node)
    if call is None or kind != "string":
        return None
    name = called_of(file, call, "strings")
    given = arguments(call)
    if name is None or len(given) != 2 or name not in _MIRRORED | _FIRST_ONLY:
        return None
    qualifier = context.qualifier(file, call, "bytes")
    function = call.field("function")
    if qualifier is None or function is None:
        return None
    written = []
    for one in given:
        inner = _conversion(file, one)
        if one is outer_parentheses(node):
            written.append(file.tree.source(operand))
        elif name in _FIRST_ONLY:
            written.append(file.tree.source(one))
        elif inner is not None and inner[2] == "string":
            if not _is_bytes(context, context.type_of(file, inner[1])):
                return None
            written.append(file.tree.source(inner[1]))
        elif one.kind == "interpreted_string_literal":
            written.append(f"[]byte({file.tree.source(one)})")
        else:
            return None
    if name in _FIRST_ONLY and given[0] is not outer_parentheses(node):
        return None
    text = f"{qualifier}{name}({', '.join(written)})"
    return (
        f"Use bytes.{name}: the converted copy goes",
        (replace(file, call, text),),
        ("bytes",),
        ("strings",),
    )


def _only_use(file: GoFile, node: Node) -> tuple[Variable | None, Node | None]:
    """The variable of ``x := string(b)`` that only the next statement uses, and that one."""
    statement = statement_around(node)
    if statement is None or statement.kind != "short_var_declaration":
        return None, None
    left, right = statement.field("left"), statement.field("right")
    if left is None or right is None or len(left.named_children) != 1:
        return None, None
    if len(right.named_children) != 1 or unparenthesized(right.named_children[0]) is not node:
        return None, None
    variable = variable_at(file, left.named_children[0])
    listed = siblings(statement)
    index = listed.index(statement) if statement in listed else -1
    following = listed[index + 1] if 0 <= index < len(listed) - 1 else None
    if variable is None or following is None:
        return None, None
    uses = [use for use in variable.uses if use.start != variable.declaration.start]
    if not uses or any(not following.start <= use.start < following.end for use in uses):
        return None, None
    return variable, following


def _indexed(use: Node) -> Node | None:
    """The map of ``m[x]``."""
    parent = outer_parentheses(use).parent
    if parent is None or parent.kind != "index_expression":
        return None
    return parent.field("operand") if parent.field("index") is outer_parentheses(use) else None


def _moved(context: FixContext, file: GoFile, found: tuple[Node, Node, str]) -> _Made | None:
    """``x := string(b)`` into the one place where it is used, when the compiler makes no copy
    there: a map read, a comparison, a switch, a concatenation with a literal."""
    node, operand, kind = found
    variable, following = _only_use(file, node)
    statement = statement_around(node)
    if variable is None or following is None or statement is None or kind != "string":
        return None
    if not is_path(operand):
        return None
    uses = [use for use in variable.uses if use.start != variable.declaration.start]
    if len(uses) != 1 or has_comment(file, statement) or not is_alone_on_lines(file, statement):
        return None
    where = _free_form(context, file, uses[0], following)
    if where is None:
        return None
    edits = (
        without_lines(file, statement),
        replace(file, uses[0], file.tree.source(node)),
    )
    return f"Convert within the {where}: the compiler makes no copy there", edits, (), ()


def _free_form(context: FixContext, file: GoFile, use: Node, following: Node) -> str | None:
    """What kind of place it is; None where it may be evaluated again, later, or copied."""
    node = outer_parentheses(use)
    parent = node.parent
    if parent is None:
        return None
    if _runs_with_a_call(file, following, node) or any(
        one.kind in ("for_statement", "func_literal") for one in node.ancestors()
        if one.start >= following.start
    ):  # fmt: skip
        return None
    if parent.kind == "expression_switch_statement" and parent.field("value") is node:
        return "switch" if parent is following else None
    if parent.kind == "binary_expression":
        operator = parent.field("operator")
        if operator is not None and operator.kind == "+":
            return "concatenation"
        compares = operator is not None and operator.kind in ("==", "!=", "<", "<=", ">", ">=")
        return "comparison" if compares else None
    indexed = _indexed(use)
    type_ = (context.type_of(file, indexed) or "") if indexed is not None else ""
    if not context.package.types.get(type_, type_).startswith("map[string]"):
        return None
    return None if _is_written(parent) else "map read"


def _runs_with_a_call(file: GoFile, following: Node, node: Node) -> bool:
    """Whether anything that may change the bytes runs in the statement before the place, or with
    it: a call behind it in one expression is made before the conversion is."""
    pending = [following]
    while pending:
        one = pending.pop()
        if one.kind in _BODIES and not one.start <= node.start < one.end:
            continue
        if one.kind == "assignment_statement" and one.end <= node.start:
            return True
        if one.kind in ("call_expression", "send_statement", "inc_statement", "dec_statement"):
            function = one.field("function")
            if function is None or file.tree.source(function) != "len":
                return True
        if one.kind == "unary_expression" and file.tree.source(one).startswith("<-"):
            return True
        pending.extend(one.children)
    return False


def _is_written(place: Node) -> bool:
    """Whether ``m[x]`` is set rather than read."""
    parent = outer_parentheses(place).parent
    if parent is None or parent.kind in ("inc_statement", "dec_statement"):
        return True
    owner = setter(outer_parentheses(place))
    if owner is not None:
        return owner.kind in ("assignment_statement", "range_clause")
    return parent.kind == "unary_expression"


ROW = Row("conversions", frozenset({Code.HEAP_CONVERSION}), _candidates, _asks)
