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


def is_over(package: Package, sharing: Sharing, variable: Variable, site: Node) -> bool:
    """Whether a literal's parameter means what nobody has any more at a site behind the call that
    got the literal: ``withFile(func(f *os.File) { fd = int(f.Fd()) }); use(fd)``."""
    given = parameter_of_literal(package, Place(variable.file, variable.declaration))
    if given is None or site.start < given[0].node.end or _is_kept(sharing, variable, None):
        return False
    outer, argument, index = given
    functions = callees(package, outer)
    return bool(functions) and all(
        _lets_go(package, sharing, one, argument, index) for one in functions
    )


def _lets_go(package: Package, sharing: Sharing, function: Place, argument: int, at: int) -> bool:
    """Whether a function lends, at a place of the literal's parameters, only what it makes and
    nobody has when it has returned."""
    calls = calls_of_parameter(package, function, argument)
    for call in calls or ():
        listed = arguments_of(call)
        owner = call.of(listed[at]) if at < len(listed) else None
        held = package.variable(owner) if owner is not None else None
        if owner is None or held is None or role_of(held) is not None:
            return False
        last, _, is_owner = judged(sharing.origins.of_variable(held, ()), is_dynamic=False)
        if last is not Last.HERE or not is_owner or _is_kept(sharing, held, call.node):
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
