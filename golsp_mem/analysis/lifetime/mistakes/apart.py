"""Numbers that are closed apart from the file that has them, which closes them once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from golsp_mem.analysis.lifetime.mistakes.given_back import Kind, kind_of, made_file_of
from golsp_mem.analysis.lifetime.reading.expressions import bare, root_of
from golsp_mem.analysis.lifetime.reading.package import Package, function_of, role_of
from golsp_mem.analysis.lifetime.reading.raw.flow import Flow
from golsp_mem.analysis.lifetime.reading.raw.taking import Taking
from golsp_mem.model import Allocates, Code, Finding, Step
from golsp_mem.source.package import Place, arguments_of, initial_value
from golsp_mem.source.variables import Variable, is_assigned_again

_FILE = "os.File"


def closed_apart(import_path: str, known: Package, flows: Iterable[Flow]) -> Iterator[Finding]:
    """``syscall.Close(int(f.Fd()))``: nothing takes the number from f, whose Close or finalizer
    closes what has that number by then. Where the text closes f, too, that is told elsewhere."""
    for flow in flows:
        for node in flow.declaration.node.walk():
            call = flow.declaration.of(node)
            given = arguments_of(call) if node.kind == "call_expression" else ()
            if not given or kind_of(call) is not Kind.NUMBER:
                continue
            number = call.of(given[0])
            if _may_be_another(known, number):
                continue
            takings = [one for one, path in flow.carried_at(number)
                       if not path and one.kind == _FILE and not one.is_adopted]  # fmt: skip
            takings.sort(key=lambda one: one.expression.node.start)
            owners = [(one, _is_certain(known, flow, one)) for one in takings]
            told = [(one, certain) for one, certain in owners if certain is not None]
            if told:
                yield _finding(import_path, number, told)


def _may_be_another(known: Package, number: Place) -> bool:
    """Whether what is closed has a name that is set to something else, too: to a duplicate."""
    inner = bare(known, number)
    variable = known.variable(inner) if inner.node.kind == "identifier" else None
    return variable is not None and is_assigned_again(variable)


def _is_certain(known: Package, flow: Flow, taking: Taking) -> bool | None:
    """Whether the owner is surely closed or collected; None where it is not, or told elsewhere."""
    root = root_of(known, taking.owner)
    if root.is_call:
        return True
    variable = known.variable(root.place) if root.place.node.kind == "identifier" else None
    if variable is None or f"{taking.owner.text}.Close" in flow.declaration.text:
        return None
    start = initial_value(variable)
    if start is not None and made_file_of(start[0]) is not None:
        return None
    is_local = role_of(variable) is None and not root.path and not taking.path
    return is_local and _is_only_called(variable)


def _is_only_called(variable: Variable) -> bool:
    """Whether nothing but methods of the variable's value are called: nobody else has it."""
    for use in (one for one in variable.uses if one.start != variable.declaration.start):
        outer = use.parent
        call = outer.parent if outer is not None else None
        is_method = (
            outer is not None
            and outer.kind == "selector_expression"
            and call is not None
            and call.kind == "call_expression"
            and call.field("function") is outer
        )
        is_compared = outer is not None and outer.kind == "binary_expression"
        if not is_method and not is_compared:
            return False
    return True


def _finding(import_path: str, number: Place, told: list[tuple[Taking, bool]]) -> Finding:
    function = function_of(number.file, number.node)
    first, is_certain = told[0]
    owner = " ".join(first.owner.text.split())
    tail = "" if is_certain else f", unless {owner} is never collected"
    return Finding(
        code=Code.KEEPALIVE_MISSING,
        span=number.span,
        package=import_path,
        function=f"{import_path}.{function.name}" if function is not None else import_path,
        message=(
            f"{' '.join(number.text.split())} is closed here, and {owner} will close it once more, "
            "by Close or its finalizer, when the number may be another's; "
            f"close {owner} instead{tail}"
        ),
        allocates=Allocates.ALWAYS if is_certain else Allocates.CONDITIONAL,
        condition=None if is_certain else f"unless {owner} is never collected",
        reason=(
            Step("*os.File has a finalizer (os/file_unix.go, os/file_windows.go)"),
            *(Step(f"{one.text} is taken here", one.expression.span.start) for one, _ in told),
        ),
    )
