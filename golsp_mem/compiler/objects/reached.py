"""Which functions of an object file can run at all.

A function literal that was inlined wherever it is called leaves a body that nothing refers to:
Go 1.22 to 1.25 compile it, 1.26 and 1.27 leave an empty one, and the linker drops both. Declared
functions may be called from other packages, from assembly and by reflection: of these nothing
can be said here.
"""

from __future__ import annotations

from collections.abc import Iterable

from golsp_mem.compiler.objects.callsites import VALUE_SUFFIX, is_literal
from golsp_mem.compiler.objects.goobj import Function, GoObject


def reached_functions(obj: GoObject) -> list[Function]:
    """The functions of an object in its order, without literals to which nothing leads.
    Raises ArchiveError."""
    functions = list(obj.functions())
    literals = {one.name: one for one in functions if is_literal(one.name)}
    if not literals:
        return functions
    waiting = set(_in_data(obj))
    for function in functions:
        if function.name not in literals:
            waiting.update(_referred(function))
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        literal = literals.get(name)
        if literal is not None and name not in reached:
            reached.add(name)
            waiting.update(_referred(literal))
    return [one for one in functions if one.name not in literals or one.name in reached]


def _referred(function: Function) -> Iterable[str]:
    return [one.removesuffix(VALUE_SUFFIX) for one in function.targets]


def _in_data(obj: GoObject) -> Iterable[str]:
    own = VALUE_SUFFIX.encode()
    # A function's value (f·f) refers to it whether anybody uses the value or not, and so does what
    # DWARF says of it, in symbols without names.
    found = obj.data_targets(lambda name: not name.endswith(own))
    return [one.removesuffix(VALUE_SUFFIX) for one in found]
