"""What some calls do where they stand: what is kept until when, which limit holds, which stack a
goroutine starts with. Said from the text around the call and the numbers of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from golsp_mem.advice.markdown import code
from golsp_mem.analysis.sizes import count_text, size_text
from golsp_mem.analysis.stack.limits import stack_limit_calls
from golsp_mem.analysis.stack.numbers import StackNumbers
from golsp_mem.compiler.stackfacts import StackPlatform
from golsp_mem.model import Span
from golsp_mem.source.package import Callee, Place, arguments_of, callee_of
from golsp_mem.source.parts.functions import DECLARATIONS, declared_name
from golsp_mem.source.parts.tree import Node, SourceTree, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, variable_at

# Predeclared types, and builtins that call nothing (those that may allocate are calls).
_NO_CALLS = frozenset({
    "any", "bool", "byte", "cap", "complex", "complex64", "complex128", "error", "float32",
    "float64", "imag", "int", "int8", "int16", "int32", "int64", "len", "max", "min", "real",
    "rune", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr",
})  # fmt: skip
_SHOWN_CALLS = 3


@frozen
class Told:
    """One or two sentences as Markdown on the code at ``span``.

    ``starts``: a ``go`` statement at this line; ``calls_itself``: a direct recursive call, in
    the function of that symbol (without its package). Of both the program's numbers tell more.
    """

    markdown: str
    span: Span
    starts: int | None = None
    calls_itself: str | None = None


def call_told(
    file: GoFile, line: int, column: int, package: Sequence[GoFile], platform: StackPlatform
) -> Told | None:
    """What the call or ``go`` statement does whose name or keyword is at a place (1-based, byte
    column); None for any other."""
    tree = file.tree
    here = tree.offset(line, column)
    node = tree.smallest(here, min(here + 1, len(file.text)))
    if node.kind == "go" and node.parent is not None and node.parent.kind == "go_statement":
        return _go(tree, node.parent)
    call = _call_named_at(node)
    if call is None:
        return None
    if call.parent is not None and call.parent.kind == "go_statement":
        return _go(tree, call.parent)
    place = Place(file, call)
    callee = callee_of(place)
    say = _SAYS.get(callee) if callee is not None else None
    if say is not None:
        said = say(place)
        return Told(said, place.span) if said else None
    if callee == _SET_MAX_STACK:
        return _limit(place, package, platform)
    return _recursion(place, callee)


def call_named_at(file: GoFile, line: int, column: int) -> tuple[str, Span] | None:
    """The last identifier of the function that the call with its name at a place calls, and the
    call's place; None where there is none."""
    here = file.tree.offset(line, column)
    call = _call_named_at(file.tree.smallest(here, min(here + 1, len(file.text))))
    function = call.field("function") if call is not None else None
    if call is None or function is None:
        return None
    named = function.field("field") or function
    return file.tree.source(named), file.tree.span(function.start, function.end)


def _call_named_at(node: Node) -> Node | None:
    """The call of which the node is the name, or a part of it."""
    child = node
    for outer in node.ancestors():
        if outer.kind == "call_expression":
            return outer if outer.field("function") is child else None
        if outer.kind not in ("selector_expression", "parenthesized_expression"):
            return None
        child = outer
    return None


# What is kept


def _keep_alive(call: Place) -> str | None:
    given = arguments_of(call)
    if len(given) != 1:
        return None
    value = unparenthesized(given[0])
    variable = variable_at(call.file, value) if value.kind == "identifier" else None
    name = code(call.file.tree.collapsed(value))
    line = call.span.line
    if variable is None:
        return f"Keeps what {name} points to reachable until here (line {line})."
    before = _last_use_before(variable, call.node)
    if before is None:
        return f"Keeps {name} reachable until here (line {line})."
    tree = call.file.tree
    last = tree.line_of(before.start)
    between = list(dict.fromkeys(_calls_between(tree, before, call.node)))
    if not between:
        return (
            f"Keeps {name} reachable until here (line {line}); its last use is in line {last}, "
            "and no call stands between the two."
        )
    shown = ", ".join(code(one) for one in between[:_SHOWN_CALLS])
    more = f" and {len(between) - _SHOWN_CALLS} more" if len(between) > _SHOWN_CALLS else ""
    return (
        f"Keeps {name} reachable until here (line {line}). Its last use is in line {last}: "
        f"without this it may be collected during {shown}{more}."
    )


def _last_use_before(variable: Variable, call: Node) -> Node | None:
    before = [use for use in variable.uses if use.end <= call.start]
    return max(before, key=lambda use: use.start, default=None)


def _calls_between(tree: SourceTree, use: Node, call: Node) -> Iterator[str]:
    """The calls that begin behind the expression with the last use, up to ``call``."""
    first = use
    for outer in use.ancestors():
        if outer.kind in ("call_expression", "selector_expression", "argument_list",
                          "unary_expression", "parenthesized_expression"):  # fmt: skip
            first = outer
        else:
            break
    start, end = first.end, call.start
    for node in tree.nodes_touching(start, end):
        if node.kind == "call_expression" and start <= node.start and node.end <= end:
            function = node.field("function")
            if function is not None and not _collects_nothing(tree, function):
                yield tree.collapsed(function)


def _collects_nothing(tree: SourceTree, function: Node) -> bool:
    """Whether what looks like a call is none at run time: a conversion, or a builtin that the
    compiler writes in place. Types of other packages cannot be told from functions here."""
    if function.kind not in ("identifier", "type_identifier"):
        return function.kind.endswith("_type") or tree.collapsed(function) == "unsafe.Pointer"
    name = tree.source(function)
    return name in _NO_CALLS or any(
        spec.kind == "type_spec" and (own := spec.field("name")) and tree.source(own) == name
        for declared in tree.root.named_children
        if declared.kind == "type_declaration"
        for spec in declared.named_children
    )


def _set_finalizer(call: Place) -> str | None:
    given = arguments_of(call)
    if len(given) != 2:
        return None
    owner, finalizer = (code(call.file.tree.collapsed(one)) for one in given)
    if given[1].kind == "nil":
        return f"Takes the finalizer from {owner}: it is collected like any other block."
    run = "The function literal" if given[1].kind == "func_literal" else finalizer
    return (
        f"{run} runs once, in a goroutine of the runtime, some time after {owner} can no longer "
        f"be reached. Until it has run, {owner} and all that it points to are kept."
    )


def _add_cleanup(call: Place) -> str | None:
    given = arguments_of(call)
    if len(given) != 3:
        return None
    owner, cleanup, argument = (code(call.file.tree.collapsed(one)) for one in given)
    run = "The function literal" if given[1].kind == "func_literal" else cleanup
    return (
        f"{run} runs with {argument} some time after {owner} can no longer be reached. "
        f"{argument} is kept until then, {owner} is not; if {argument} or the function refers to "
        f"{owner}, it never runs."
    )


_SAYS: dict[Callee, Callable[[Place], str | None]] = {
    Callee("runtime", "KeepAlive"): _keep_alive,
    Callee("runtime", "SetFinalizer"): _set_finalizer,
    Callee("runtime", "AddCleanup"): _add_cleanup,
}

# Stacks

_SET_MAX_STACK = Callee("runtime/debug", "SetMaxStack")


def _limit(call: Place, package: Sequence[GoFile], platform: StackPlatform) -> Told | None:
    for one in stack_limit_calls(call.file, package, platform.pointer_bytes):
        if one.span != call.span:
            continue
        if one.value is None:
            said = f"Sets the stack limit to {code(one.argument)}, which only the run time knows; "
            said += "the largest power of two not above it holds, as stacks double."
        else:
            holds = size_text(platform.effective_limit(one.value))
            said = f"With {count_text(one.value)} bytes the limit that holds is **{holds}**: stacks"
            said += " double, and that is the largest that is not above it (nor above the ceiling)."
        return Told(said, call.span)
    return None


def _go(tree: SourceTree, statement: Node) -> Told | None:
    call = next(iter(statement.named_children), None)
    function = call.field("function") if call is not None else None
    if function is None:
        return None
    name = "the function literal" if function.kind == "func_literal" else code(
        tree.collapsed(function)
    )  # fmt: skip
    span = tree.span(statement.start, function.end if function.kind != "func_literal" else
                     function.start + len("func"))  # fmt: skip
    return Told(f"Starts {name} on a stack of its own.", span, starts=span.line)


def _recursion(call: Place, callee: Callee | None) -> Told | None:
    outer = next((one for one in call.node.ancestors() if one.kind in DECLARATIONS), None)
    function = call.node.field("function")
    if outer is None or function is None:
        return None
    tree = call.file.tree
    name = declared_name(tree, outer)
    if callee is not None and callee.package == "" and outer.kind == "function_declaration":
        if callee.name != name.removesuffix("[...]"):
            return None
    elif not _is_own_method(tree, outer, function):
        return None
    return Told(f"{code(name)} calls itself here.", call.span, calls_itself=name)


def _is_own_method(tree: SourceTree, method: Node, function: Node) -> bool:
    """Whether ``r.M`` in a method M means it: r is the receiver."""
    receiver, name = method.field("receiver"), method.field("name")
    operand, field = function.field("operand"), function.field("field")
    if receiver is None or name is None or operand is None or field is None:
        return False
    names = [one for part in receiver.named_children for one in part.fields("name")]
    return (
        function.kind == "selector_expression"
        and tree.source(field) == tree.source(name)
        and tree.source(operand) in [tree.source(one) for one in names]
    )


def started_words(numbers: StackNumbers) -> str:
    """The stack of the goroutine that a ``go`` statement starts."""
    needs = size_text(numbers.deepest_path_bytes)
    said = f"It begins with {size_text(numbers.start_bytes)}; with all that it calls directly it "
    said += f"needs up to {needs}"
    if numbers.recursive or numbers.recursive_below:
        return f"{said}, more for each recursion."
    if len(numbers.growth_steps) < 2:
        return f"{said} and never grows."
    if numbers.deepest_path_bytes <= numbers.start_bytes:
        said += ", and the runtime keeps a part free"
    steps = " → ".join(size_text(step) for step in numbers.growth_steps[:4])
    return f"{said}: it grows {steps}{' …' if len(numbers.growth_steps) > 4 else ''}."


def recursion_words(numbers: StackNumbers) -> str:
    """What a recursive call costs, and when the stack is full."""
    if numbers.recursion is None or numbers.max_depth is None:
        return ""
    round_bytes = count_text(numbers.recursion.cheapest.round_bytes)
    depth = count_text(numbers.max_depth)
    if numbers.min_depth is not None and numbers.min_depth != numbers.max_depth:
        depth = f"{count_text(numbers.min_depth)} to {depth}"
    return (
        f"Each round takes {round_bytes} B of stack: after about {depth} calls the limit of "
        f"{size_text(numbers.limit_bytes)} is reached and the program dies."
    )
