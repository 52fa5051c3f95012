"""What a range clause holds while its loop runs."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.order import is_deleted, is_set_in
from golsp_mem.analysis.lifetime.reading.expressions import ranged_over, root_of, static_type
from golsp_mem.analysis.lifetime.reading.fields import element_of
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.sites import Site, When
from golsp_mem.source.package import Place
from golsp_mem.source.variables import Variable


def is_held_by_range(package: Package, variable: Variable, at: Site, start: int) -> bool:
    """Whether the site is in the loop whose range clause sets the variable to elements of a slice,
    array or map: the compiler keeps its own copy of that, which is live in every turn, the last
    one too. Not where the loop takes elements out, or the variable has another value at ``start``,
    the byte offset at which it is read."""
    ranged = ranged_over(variable)
    listed = variable.declaration.parent
    clause = listed.parent if listed is not None else None
    loop = clause.parent if clause is not None else None
    if ranged is None or clause is None or loop is None or at.when is not When.NOW:
        return False
    if not clause.end <= at.node.start < loop.end or at.literal is not None:
        return False
    if is_set_in(variable, clause.end, start) or not _has_elements(package, ranged):
        return False
    root = root_of(package, ranged).place
    held = package.variable(root) if root.node.kind == "identifier" else None
    if held is not None and is_deleted(variable, held, at.node):
        return False
    return held is None or not is_set_in(held, clause.end, loop.end)


def _has_elements(package: Package, ranged: Place) -> bool:
    """Whether what is ranged over is no iterator and no channel. Where the type is not told, a
    variable or a field with two names before it is taken for a slice."""
    written = static_type(package, ranged)
    if written is None:
        return ranged.node.kind not in ("call_expression", "type_conversion_expression")
    written = written.removeprefix("*")
    for _ in range(4):
        if element_of(written) is not None or written not in package.syntax.types:
            break
        written = package.syntax.types[written]
    return element_of(written) is not None and "chan " not in written.partition("]")[0][:8]
