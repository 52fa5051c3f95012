"""Functions as people call them."""

from __future__ import annotations

import re

from golsp_mem.compiler.objects.callsites import is_literal
from golsp_mem.source.syntax import GoFile


def short_function(name: str) -> str:
    """``errors.New`` of ``errors.New``, ``yaml.v3.unmarshal`` of its escaped full path."""
    return name.rsplit("/", 1)[-1].replace("%2e", ".")


def function_words(name: str, file: GoFile | None, line: int) -> str:
    """A function as people call it. A literal has no name: the one that its code stands in has,
    which ``line`` of ``file`` tells; the compiler's own (``G.F.func1-range2``) only counts them."""
    if not is_literal(name):
        return short_function(name)
    around = file.declaration_at(line) if file is not None else None
    kind = "a loop's body" if _LOOP_BODY.search(name) else "a function literal"
    if around is None:
        return kind
    return f"{kind} in {around.name}"


# cmd/compile/internal/rangefunc: the body of a loop over a function.
_LOOP_BODY = re.compile(r"-range\d+$")
