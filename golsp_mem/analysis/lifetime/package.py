"""One package's text, cleanups and liveness, and the small questions about all three."""

from __future__ import annotations

from attrs import frozen

from golsp_mem.analysis.lifetime.cleanups import CleanupCall, Cleanups
from golsp_mem.compiler.liveness import LiveFact, Liveness
from golsp_mem.model import Position
from golsp_mem.source.package import PackageSyntax, Place, imported
from golsp_mem.source.positions import anchor
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable


@frozen(eq=False)
class Package:
    """What all questions about one package share."""

    syntax: PackageSyntax
    cleanups: Cleanups
    live: Liveness


def place_of_call(call: Place) -> Position:
    """Where the compiler reports a call."""
    at = anchor(call.node)
    return call.file.tree.span(at, at).start


def facts_at(live: Liveness, file: GoFile, place: Position) -> tuple[LiveFact, ...]:
    """What is live at a call. cgo rewrites calls of C: in its files only the line holds."""
    if imported(file, "C") == "C":
        return live.on_line(place.file, place.line)
    return live.at(place)


def role_of(variable: Variable) -> str | None:
    """``parameter``, ``result`` or ``receiver``; None for what is declared in the body."""
    span = variable.file.tree.node_span(variable.declaration)
    return next((one.role for one in variable.function.parameters if one.span == span), None)


def cleanups_on(package: Package, variable: Variable) -> tuple[CleanupCall, ...]:
    """The SetFinalizer and AddCleanup calls that name this very variable, removals too."""
    return tuple(
        one
        for one in package.cleanups.calls
        if one.place.file is variable.file
        and any(use.start == one.value.start for use in variable.uses)
    )
