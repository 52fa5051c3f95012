"""What functional options put into what they get: ``apply(with(f))`` returns the ``*opts`` in which
the literal that ``with`` returns has stored ``f.Fd()``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from golsp_mem.analysis.lifetime.reading.callees import callees, parameters
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.surroundings import is_of_literal
from golsp_mem.analysis.lifetime.reading.raw.taking import CALLED, PUT, Carried
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place, arguments_of, results_of
from golsp_mem.source.parts.tree import Node, unparenthesized


def set_by(function: Place) -> tuple[Node, str] | None:
    """The only parameter of a function literal, and the type that it points to."""
    names = parameters(function)
    name = names[0] if len(names) == 1 else None
    written = name.parent.field("type") if name is not None and name.parent is not None else None
    if name is None or written is None or written.kind != "pointer_type":
        return None
    return name, base_of(function.of(written).text)


def by_options(
    package: Package,
    call: Place,
    held: Callable[[Place], set[Carried]],
    options: Callable[[Place, str], Iterator[Carried]],
    carried: Callable[[Place], set[Carried]],
) -> Iterator[Carried]:
    """What the struct that a call returns has of the options that it gets; ``held`` tells what a
    variable of this declaration holds, ``options`` what the literals that a call returns put into
    a struct of a type, ``carried`` what an expression carries."""
    given = [call.of(unparenthesized(one)) for one in arguments_of(call)]
    if not any(one.node.kind in ("func_literal", "call_expression") for one in given):
        return
    kinds = {base_of(written) for one in callees(package, call)
             for _, written in results_of(one)[:1]}  # fmt: skip
    for one in given if kinds else ():
        found = set_by(one) if one.node.kind == "func_literal" else None
        if found is not None and found[1] in kinds:
            for taking, path in held(one.of(found[0])):
                if path and not is_of_literal(package, one, taking.owner):
                    yield taking, path
        if one.node.kind == "call_expression":
            for kind in kinds:
                yield from options(one, kind)
            # ``withFD(int(f.Fd()))``
            yield from ((taking, path[2:]) for taking, path in carried(one)
                        if path[:2] == (CALLED, PUT) and path[2:])  # fmt: skip
