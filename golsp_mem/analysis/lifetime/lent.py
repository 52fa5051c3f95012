"""Owners that a function of the package makes, and lends to the literal that it gets."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.called import calls_of_parameter
from golsp_mem.analysis.lifetime.judging import Last, judged
from golsp_mem.analysis.lifetime.reading.callees import callees
from golsp_mem.analysis.lifetime.reading.effects import Effect
from golsp_mem.analysis.lifetime.reading.holders import Sharing
from golsp_mem.analysis.lifetime.reading.package import Package, role_of
from golsp_mem.analysis.lifetime.reading.raw.controls import parameter_of_literal
from golsp_mem.source.package import Place, arguments_of
from golsp_mem.source.parts.tree import Node
from golsp_mem.source.variables import Variable

_KEEPING = (Effect.KEPT, Effect.LENT, Effect.CONCURRENT, Effect.RETURNED)


def lent_name(
    package: Package, sharing: Sharing, variable: Variable, owner: Place, site: Place
) -> str | None:
    """What to call an owner that a function lent to a literal, and nobody has any more at a site
    behind: ``withFile(func(f *os.File) { fd = int(f.Fd()) }); use(fd)``, and the same where the
    literal returns the number. "" where somebody may have it, None where it is not lent."""
    if _is_elsewhere(variable, site):
        return f"the {owner.text} lent" if _is_let_go(package, sharing, owner) else ""
    given = parameter_of_literal(package, Place(variable.file, variable.declaration))
    if given is None or site.node.start < given[0].node.end or _is_kept(sharing, variable, None):
        return None
    outer, argument, index = given
    functions = callees(package, outer)
    is_lost = all(_lets_go(package, sharing, one, argument, index) for one in functions)
    return owner.text if functions and is_lost else None


def _is_elsewhere(variable: Variable, site: Place) -> bool:
    """Whether the variable is one of another function, which has returned."""
    top = variable.file.tree.top_level(variable.declaration.start)
    is_here = top is not None and top.start <= site.node.start < top.end
    return variable.file is not site.file or not is_here


def _is_let_go(package: Package, sharing: Sharing, owner: Place) -> bool:
    """Whether what a function lends is only what it makes and nobody has when it has returned."""
    held = package.variable(owner) if owner.node.kind == "identifier" else None
    lending = next((one for one in owner.node.ancestors() if one.kind == "call_expression"), None)
    if held is None or lending is None or role_of(held) is not None:
        return False
    last, _, is_owner = judged(sharing.origins.of_variable(held, ()), is_dynamic=False)
    return last is Last.HERE and is_owner and not _is_kept(sharing, held, lending)


def _lets_go(package: Package, sharing: Sharing, function: Place, argument: int, at: int) -> bool:
    """The same of all that a function lends at a place of the literal's parameters."""
    calls = calls_of_parameter(package, function, argument)
    for call in calls or ():
        listed = arguments_of(call)
        if at >= len(listed) or not _is_let_go(package, sharing, call.of(listed[at])):
            return False
    return bool(calls)


def _is_kept(sharing: Sharing, variable: Variable, lending: Node | None) -> bool:
    """Whether somebody else has, or may have, what a variable means; who is lent it does not."""
    return any(
        one.effect in _KEEPING
        and not (lending is not None and lending.start <= one.use.start < lending.end)
        for holder in sharing.holders(variable, ())
        for one in holder.effects
    )
