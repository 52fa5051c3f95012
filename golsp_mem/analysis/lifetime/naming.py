"""What a KeepAlive names: the owner, as far as the package has a name for it."""

from __future__ import annotations

from itertools import takewhile

from golsp_mem.analysis.lifetime.reading.expressions import Path, variable_type
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place
from golsp_mem.source.variables import Variable


def kept_name(package: Package, variable: Variable, path: Path | None) -> str:
    """What a KeepAlive shall name: the owner, or what holds it from where the text cannot say
    which field or element it is."""
    named = takewhile(lambda name: name != ELEMENT and _is_own(package, name), path or ())
    fields: list[str] = []
    kind = variable_type(package, variable) or _selected_type(package, variable) or ""
    for name in named:
        known = package.syntax.types.get(base_of(kind), kind)
        if known.startswith("interface") or known == "any":
            break  # what stands behind it has no name here
        if "." in base_of(kind) and not name[:1].isupper():
            break
        fields.append(name)
        kind = package.syntax.structs.get(base_of(kind), {}).get(name, "")
    return ".".join([variable.name, *fields])


def _selected_type(package: Package, variable: Variable) -> str | None:
    """What the compiler says of a variable where something is selected from it."""
    selected = (use.parent for use in variable.uses if use.parent is not None)
    found = (package.types.of_operand(Place(variable.file, one)) for one in selected
             if one.kind == "selector_expression")  # fmt: skip
    return next((one for one in found if one is not None), None)


def _is_own(package: Package, field: str) -> bool:
    """Whether the package may name the field: it is no unexported one of an imported type."""
    syntax = package.syntax
    is_declared = field in syntax.fields or any(
        base_of(one).rpartition(".")[2] == field
        for listed in syntax.embedded.values()
        for one in listed
    )
    return field[:1].isupper() or is_declared
