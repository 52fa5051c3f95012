"""Values that are printed or compared, and so released by nobody."""

from __future__ import annotations

from golsp_mem.analysis.lifetime.reading.standard import RAW_PACKAGES, releases_by_name
from golsp_mem.source.package import Callee, PackageSyntax, Place, arguments_of, callee_of

SAYING = ("errors", "log", "log/slog")
"""Packages whose functions only say what they get."""
TELLING = (*SAYING, "fmt", "strconv")
"""Those and what makes a text, or writes one to somebody."""
_BUILTIN = ("print", "println", "panic")
_TEXTS = ("interpreted_string_literal", "raw_string_literal")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def tells(package: PackageSyntax, call: Place) -> bool:
    """Whether a call says its arguments to somebody, in a text that stands among them: what takes
    a descriptor to release it takes no text, as far as it is not this package's own."""
    callee = callee_of(call)
    if callee is not None and callee.package in TELLING:
        return True
    if callee is not None and not callee.package and callee.name in _BUILTIN:
        return callee.name not in package.functions
    function = call.node.field("function")
    name = function.field("field") if function is not None else None
    if callee is not None and (not callee.package or callee.package in RAW_PACKAGES):
        return False
    if name is None or call.file.tree.source(name) in package.methods:
        return False
    known = Callee("", call.file.tree.source(name))
    return not releases_by_name(known) and any(one.kind in _TEXTS for one in arguments_of(call))


def is_only_told(package: PackageSyntax, place: Place) -> bool:
    """Whether a value is only printed or compared: no release."""
    for outer in place.node.ancestors():
        if outer.kind == "call_expression":
            if tells(package, place.of(outer)):
                return True
            callee = callee_of(place.of(outer))
            # What is said of it then is how its release went.
            if callee is not None and (callee.package in RAW_PACKAGES or releases_by_name(callee)):
                return False
        elif outer.kind == "binary_expression":
            operator = outer.field("operator")
            if operator is not None and place.file.tree.source(operator) in _COMPARISONS:
                return True
        elif outer.kind not in ("argument_list", "selector_expression"):
            return False
    return False
