"""When a place runs, within one call of the declared function around it.

A function literal runs where it is called: in place, by defer and go, through the variable that
holds it, by sync.Once, or by a function that is known to call what it is given. Of any other
nobody here knows who calls it and how often (`Execution.detached`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from attrs import evolve, frozen

from golsp_mem.model import Execution, PathKind, Span
from golsp_mem.source.flow.coldpaths import (
    Outcomes,
    called_name,
    cold_kind_of,
    makes_an_error,
    place_of,
)
from golsp_mem.source.flow.loops import loops_around
from golsp_mem.source.flow.outcomes import Declared
from golsp_mem.source.parts.functions import parameter_names
from golsp_mem.source.parts.guards import FUNCTIONS
from golsp_mem.source.parts.tree import Node, outer_parentheses, unparenthesized
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, setter, variable_at

# Functions of the standard library that call what they are given for each element.
_FOR_EACH = re.compile(
    r"(?:sort\.(?:Slice|SliceStable|SliceIsSorted|Search|Find)"
    r"|slices\.\w+Func|maps\.\w+Func"
    r"|(?:strings|bytes)\.(?:Map|\w+Func|\w+FuncSeq)"
    r"|filepath\.Walk|filepath\.WalkDir|fs\.WalkDir|ast\.Inspect)"
)
# Those that call it once for each time they are called themselves.
_FOR_CALL = re.compile(r"time\.AfterFunc|context\.AfterFunc|\w[\w.]*\.Go|\w[\w.]*\.Cleanup")
_ONCE_FUNCTIONS = ("sync.OnceFunc", "sync.OnceValue", "sync.OnceValues")
# How many literals within literals, and parameters that are passed on, are followed.
_DEEPEST = 8


def within(outer: Execution, inner: Execution) -> Execution:
    """When a place runs whose function, or the literal around it, runs as ``outer`` says."""
    if inner.path is PathKind.ONCE:
        return inner
    cold = outer.path in (PathKind.ERROR, PathKind.PANIC, PathKind.TEST)
    if inner.detached and not cold:
        return inner
    depth = inner.loop_depth + (0 if inner.detached else outer.loop_depth)
    path = PathKind.LOOP if depth else outer.path
    if inner.path in (PathKind.ERROR, PathKind.PANIC, PathKind.TEST):
        path = inner.path
    if cold and (outer.path is PathKind.TEST or not inner.path.is_cold):
        path = outer.path
    bounds = [one.bound for one in (outer, inner) if one.loop_depth]
    product: int | None = 1
    for bound in bounds:
        product = None if product is None or bound is None else product * bound
    said = (path, depth, product if bounds else None, inner.detached or outer.detached)
    if said == (inner.path, inner.loop_depth, inner.bound, inner.detached):
        return inner
    path, depth, product, detached = said
    return evolve(inner, path=path, loop_depth=depth, bound=product, detached=detached)


def joined(executions: Iterable[Execution]) -> Execution:
    """When something runs that runs at each of these; at least one.

    Cold places add nothing to others. It is in a loop only where all the others are, at the
    smallest of their depths.
    """
    every = list(executions)
    hot = [one for one in every if not one.path.is_cold]
    if hot:
        least = min(hot, key=lambda one: (one.loop_depth, one.bound is not None))
        path = PathKind.LOOP if least.loop_depth else PathKind.NORMAL
        return evolve(least, path=path, detached=any(one.detached for one in hot))
    paths = {one.path for one in every}
    if len(paths) > 1:
        paths.discard(PathKind.TEST)
    if len(paths) == 1:
        return next(one for one in every if one.path in paths)
    cold = PathKind.ERROR if PathKind.ONCE not in paths else PathKind.NORMAL
    return Execution(cold)


class Functions(Protocol):
    """What is asked of a package's functions (`PackageFunctions`)."""

    def named(self, name: str) -> Sequence[Declared]: ...

    def is_once(self, called: str) -> bool: ...

    def ends(self) -> Outcomes: ...


@frozen(eq=False)
class ExecutionFinder:
    """Places of one package's files."""

    functions: Functions

    def of(self, file: GoFile, span: Span, *, made_anew: bool = False) -> Execution:
        """When the place runs; the innermost syntax that covers the span stands for it.
        ``made_anew``: it is a variable that its loop makes each turn (`is_declared_by_loop`)."""
        return self._of(file, place_of(file.tree, span), _DEEPEST, made_anew=made_anew)

    def of_references(self, file: GoFile, line: int, name: str) -> list[Execution]:
        """When what a function value stands for is called, for each mention of the function
        ``name`` on a line that says so; empty where one does not."""
        found = []
        start, end = file.tree.line_bounds(line)
        for node in file.tree.nodes_touching(start, end):
            named = node.kind in ("identifier", "field_identifier", "type_identifier")
            if not named or file.tree.source(node) != name or not start <= node.start < end:
                continue
            value = node
            if node.parent is not None and node.parent.kind == "selector_expression":
                value = node.parent
            value = outer_parentheses(value)
            call = value.parent
            if call is not None and call.kind == "call_expression":
                found.append(self._of(file, call, _DEEPEST))
                continue
            one = self._of_value(file, value, _DEEPEST)
            if one.detached:
                return []
            found.append(one)
        return found

    def _of(self, file: GoFile, place: Node, depth: int, *, made_anew: bool = False) -> Execution:
        path = list(_up_to_function(place))
        function = path[-1]
        # What makes a literal is not what the literal does.
        here = self._inside(file, path, made_anew=made_anew)
        if function.kind != "func_literal":
            return here
        if depth == 0:
            return evolve(here, detached=True)
        return within(self._of_value(file, function, depth - 1), here)

    def _inside(self, file: GoFile, path: list[Node], *, made_anew: bool) -> Execution:
        known = self.functions.ends()
        loops = (
            list(loops_around(file.tree, path, known, made_anew=made_anew)) if len(path) > 1 else []
        )
        bound: int | None = 1
        for loop in loops:
            bound = None if bound is None or loop.bound is None else bound * loop.bound
        kind = PathKind.LOOP if loops else PathKind.NORMAL
        cold = cold_kind_of(file.tree, path[0], known)
        if cold is not None:
            kind = PathKind(cold)
        elif path[-1].kind in FUNCTIONS and (
            any(makes_an_error(file.tree, node) for node in path) or _is_error_text(file, path[-1])
        ):
            kind = PathKind.ERROR
        return Execution(kind, len(loops), bound if loops else None)

    def _of_value(self, file: GoFile, value: Node, depth: int) -> Execution:
        """When a function value that is made at a node is called."""
        made = self._of(file, value.parent, depth) if value.parent is not None else Execution()
        called = self._called(file, outer_parentheses(value), depth)
        if called is not None:
            return called
        kept = made.path in (PathKind.ERROR, PathKind.PANIC)
        return Execution(made.path if kept else PathKind.NORMAL, detached=True)

    def _called(self, file: GoFile, value: Node, depth: int) -> Execution | None:
        parent = value.parent
        if parent is None:
            return None
        if parent.kind == "call_expression":
            return self._of(file, parent, depth)
        if parent.kind == "argument_list" and parent.parent is not None:
            return self._as_argument(file, value, parent.parent, depth)
        variable = _holder(file, value)
        if variable is None or depth == 0:
            return None
        return self._through(file, variable, value, depth - 1)

    def _as_argument(self, file: GoFile, value: Node, call: Node, depth: int) -> Execution | None:
        function = call.field("function")
        if function is None or call.kind != "call_expression":
            return None
        text = file.tree.collapsed(function)
        if text in _ONCE_FUNCTIONS or (text.endswith(".Do") and self.functions.is_once(text)):
            return Execution(PathKind.ONCE)
        if _FOR_CALL.fullmatch(text):
            return self._of(file, call, depth)
        if _FOR_EACH.fullmatch(text):
            return within(self._of(file, call, depth), Execution(PathKind.LOOP, 1))
        name = called_name(file.tree, call)
        declared = self.functions.named(name or "")
        if len(declared) != 1 or depth == 0:
            return None
        arguments = value.parent.named_children if value.parent is not None else ()
        inner = self._of_parameter(declared[0], arguments.index(value), depth - 1)
        return within(self._of(file, call, depth), inner) if inner is not None else None

    def _of_parameter(self, callee: Declared, number: int, depth: int) -> Execution | None:
        """When a function calls one of its parameters; None where it does other things with it."""
        parameters = callee.node.field("parameters")
        names = parameter_names(parameters) if parameters is not None else ()
        if number >= len(names):
            return None
        variable = variable_at(callee.file, names[number])
        return self._through(callee.file, variable, None, depth) if variable is not None else None

    def _through(
        self, file: GoFile, variable: Variable, value: Node | None, depth: int
    ) -> Execution | None:
        """When what a variable holds is called; None where the variable is more than called."""
        calls = []
        for use in variable.uses:
            inside = value is not None and value.start <= use.start < value.end
            if use.start == variable.declaration.start or inside or _is_assigned(use):
                continue
            called = self._called(file, outer_parentheses(use), depth)
            if called is None:
                return None
            calls.append(called)
        return joined(calls) if calls else None


def _up_to_function(place: Node) -> Iterator[Node]:
    """The place and what holds it, up to and with the function or the declaration around it."""
    yield place
    node = place
    while node.parent is not None and node.parent.parent is not None:
        node = node.parent
        yield node
        if node.kind in FUNCTIONS:
            return


def _is_error_text(file: GoFile, function: Node) -> bool:
    """Whether the function is the ``Error`` method that makes a type an error."""
    if function.kind != "method_declaration":
        return False
    name, parameters = function.field("name"), function.field("parameters")
    result = function.field("result")
    return (
        name is not None
        and file.tree.source(name) == "Error"
        and parameters is not None
        and not parameters.named_children
        and result is not None
        and file.tree.source(result) == "string"
    )


def _holder(file: GoFile, value: Node) -> Variable | None:
    """The local variable that a value is assigned to."""
    values = value.parent
    if values is None:
        return None
    if values.kind != "expression_list" or values.parent is None:
        return None
    owner = values.parent
    if owner.kind in ("short_var_declaration", "assignment_statement"):
        left = owner.field("left")
        names = left.named_children if left is not None else ()
    elif owner.kind == "var_spec":
        names = owner.fields("name")
    else:
        return None
    index = values.named_children.index(value)
    if index >= len(names):
        return None
    name = unparenthesized(names[index])
    return variable_at(file, name) if name.kind == "identifier" else None


def _is_assigned(use: Node) -> bool:
    owner = setter(use)
    return owner is not None and owner.kind == "assignment_statement"
