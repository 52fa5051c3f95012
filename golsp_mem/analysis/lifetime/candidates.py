"""What may lose its owner: over-generated from the text, with what the trial has to answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from attrs import evolve, frozen

from golsp_mem.analysis.lifetime.called import (
    calls_by_function,
    calls_of_parameter,
    is_kept_by,
    is_kept_by_made,
    is_stopped,
    is_stopped_by,
)
from golsp_mem.analysis.lifetime.dropping import is_dropped, is_left_in, is_replaced, slot_of
from golsp_mem.analysis.lifetime.holding import held, is_let_go, is_plainly_held
from golsp_mem.analysis.lifetime.judging import NOT_KNOWN, Last, is_collected, judged
from golsp_mem.analysis.lifetime.lent import lent_name
from golsp_mem.analysis.lifetime.naming import kept_name
from golsp_mem.analysis.lifetime.order import (
    is_around,
    is_called_again,
    is_deleted,
    is_needed_beside,
    is_set_between,
    is_taken_anew,
    is_taken_out,
    is_used_later,
    release_before,
)
from golsp_mem.analysis.lifetime.proving.probe import Request
from golsp_mem.analysis.lifetime.reading.callees import callees
from golsp_mem.analysis.lifetime.reading.definitions import definitions, is_emptied
from golsp_mem.analysis.lifetime.reading.effects import Effect, Holder
from golsp_mem.analysis.lifetime.reading.expressions import (
    Path,
    root_of,
    static_type,
    variable_type,
)
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.holders import Sharing
from golsp_mem.analysis.lifetime.reading.origins import (
    Origin,
    Source,
    argument_at,
    is_spread,
    is_variadic,
)
from golsp_mem.analysis.lifetime.reading.package import Package, function_of, role_of
from golsp_mem.analysis.lifetime.reading.raw.controls import parameter_of_literal
from golsp_mem.analysis.lifetime.reading.raw.getters import is_cleared
from golsp_mem.analysis.lifetime.reading.raw.uses import RawUse
from golsp_mem.analysis.lifetime.reading.replacing import Replacements
from golsp_mem.analysis.lifetime.reading.sites import Site, When, Within, reaches, site_of
from golsp_mem.analysis.lifetime.reading.typed import base_of
from golsp_mem.source.package import Place, arguments_of, callee_of
from golsp_mem.source.parts.functions import DECLARATIONS
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import Variable, function_node, setter, share_a_loop

_DEPTH = 5
# So many calls that hand the owner in are looked at of one use.
_MOST_CALLERS = 30
_WORD = re.compile(r"\w+")
_INIT = "init"  # sets the package variables
_TAKEN_AWAY = "something else took it from there"
_NAMED_PARTS = ("index_expression", "selector_expression")


@frozen(eq=False)
class Loss:
    """An owner that a function may lose at a site, whether by a use of what was taken from it or
    by a call that gets it.

    ``name`` is how the text calls the owner, ``kept`` what a KeepAlive would name (None: a value
    without a name, which is dead as soon as it was read). ``requests`` is what the trial must
    answer with "dead", ``stored`` what it must of those that hold it. ``callers`` are the calls
    that hand the owner in, ``released`` is a call by which the text gives the resource back before
    the site.
    """

    site: Place
    when: When
    name: str
    kept: str | None
    variable: Variable | None
    last: Last
    why: str = ""
    request: Request | None = None
    stored: tuple[Request, ...] = ()
    callers: tuple[Loss, ...] = ()
    is_open: bool = False
    released: Place | None = None


@frozen(eq=False)
class Candidate:
    """A raw use with the loss that it may suffer."""

    use: RawUse
    loss: Loss
    function: str


class Finder:
    """Finds the candidates of one package."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._sharing = Sharing(package)
        self._origins = self._sharing.origins
        self._calls: dict[tuple[str, int], tuple[Place, ...]] | None = None
        self._left = _MOST_CALLERS
        # The call of a function that is meant, of all of them.
        self._chosen: dict[tuple[str, int], Place] = {}

    def candidate(self, use: RawUse) -> Candidate | None:
        """None where there is nothing to lose: a package variable, a cleanup's own object, a
        value of which it is known that it has no cleanup."""
        self._left = _MOST_CALLERS
        taking = use.taking
        file = taking.expression.file
        function = function_of(file, use.node)
        is_declared = use.node.kind == "var_spec"
        if (function is None and not is_declared) or self._is_cleaning(taking.expression):
            return None
        cleared = is_cleared(self._package, taking)
        if (
            cleared is not None
            and cleared.end <= use.node.start
            and is_around(cleared, use.node, "assignment_statement")
        ):
            return None  # the owner has another one then
        loss = self._loss(
            taking.owner, taking.path, Place(file, use.node), use.is_later, taking.kind is None,
            start=taking.expression.node.end, depth=_DEPTH, address=taking.is_address,
            raw=use.within,
        )  # fmt: skip
        is_held = loss is not None and loss.last is Last.HELD and loss.released is None
        if is_held and loss is not None and is_plainly_held(loss.variable, loss.why, use.node):
            return None
        name = function.name if function is not None else _INIT
        return Candidate(use, loss, name) if loss is not None else None

    def _is_cleaning(self, expression: Place) -> bool:
        around = function_node(expression.node)
        while around is not None:
            if self._package.cleanups.runs(around):
                return True
            around = function_node(around)
        return False

    def _loss(
        self, owner: Place, path: Path, site: Place, is_return: bool, is_dynamic: bool,
        *, start: int, depth: int, address: bool = False, raw: Within | None = None,
    ) -> Loss | None:  # fmt: skip
        root = root_of(self._package, owner)
        whole = (*root.path, *path)
        name = " ".join(owner.text.split())
        node = root.place.node
        if node.kind == "identifier":
            variable = self._package.variable(root.place)
            if variable is None:
                return self._of_slot(owner, site, name)
            over = lent_name(self._package, self._sharing, variable, owner, site)
            if over is not None:
                when = When.LATER if is_return else When.NOW
                return Loss(site, when, over, None, None, Last.HERE) if over else None
            return self._of_variable(
                variable, whole, name, owner, site, is_return, is_dynamic, start, depth, address,
                raw,
            )  # fmt: skip
        if node.kind not in ("call_expression", "composite_literal"):
            return None
        sources = self._origins.of(root.place, whole)
        # `c.File().Fd()`: what the call returns is reached from its receiver.
        held = next(iter(self._sharing.reached(root.place, whole)), None)
        if held is not None:
            if is_called_again(held[0], root.place, site.node):
                return None
            loss = self._of_variable(
                *held, name, owner, site, is_return, is_dynamic, start, depth, address, raw
            )
            # What it was called on holds it no longer where nobody knows that it does at all.
            is_known = loss is None or loss.why != NOT_KNOWN or not sources
            if is_known or is_left_in(held[0], root.place, site.node):
                return loss
        last, why, _ = judged(sources, is_dynamic)
        if is_stopped_by(self._package, owner):
            return None
        if last is Last.HELD or self._is_kept_elsewhere(owner, path, site, raw):
            return None
        return Loss(site, When.LATER if is_return else When.NOW, name, None, None, last, why)

    def _of_slot(self, owner: Place, site: Place, name: str) -> Loss | None:
        """What a package variable holds no longer."""
        slot = slot_of(owner)
        if slot is None or not is_dropped(self._package, owner, slot, site.node):
            return None
        return Loss(site, When.NOW, name, None, None, Last.UNKNOWN, _TAKEN_AWAY)

    def _is_kept_elsewhere(self, owner: Place, path: Path, site: Place, raw: Within | None) -> bool:
        """Whether the very call that an owner without a name is given to keeps it, or puts it
        where a variable that is used later holds it."""
        named, at = owner.node, Site(site.node, When.NOW)
        for effect in self._sharing.climbing.effects_of(owner, path):
            if effect.effect in (Effect.KEPT, Effect.CONCURRENT):
                return True
            held = effect.variable
            if held is not None and is_used_later(held, at, owner.node.end):
                return True
            kept = Holder(held, effect.path) if held is not None else None
            if kept is not None and is_kept_by(self._package, kept, [named], site, named, raw):
                return True
        return is_kept_by_made(self._package, self._sharing.keeping, owner, site, raw)

    def _of_variable(
        self, variable: Variable, path: Path | None, name: str, owner: Place, site: Place,
        is_return: bool, is_dynamic: bool, start: int, depth: int, address: bool,
        raw: Within | None,
    ) -> Loss | None:  # fmt: skip
        at = self._site(variable, site, is_return, owner)
        at = evolve(at, raw=raw) if at is not None else None
        if at is None or is_stopped(self._package, variable, at, start):
            return None
        if is_needed_beside(variable, at.node, start):
            return None
        here = site.of(at.node)
        called = kept_name(self._package, variable, path)
        loss = Loss(here, at.when, name, called, variable, Last.HELD)
        released = release_before(variable, start, at) if not is_return else None
        if released is not None:
            return evolve(loss, released=site.of(released))
        holders = self._holders(variable, path, at)
        others = Replacements(self._package, variable, path, start, owner.node)
        stored: list[Request] = []
        why = held(self._package, variable, holders, at, site, start, owner.node, others, stored)
        if why is not None:
            return evolve(loss, why=why)
        loss = evolve(loss, stored=tuple(stored))
        taken = owner.node if setter(owner.node) is None else None
        sources = frozenset(self._origins.of_variable(variable, path, taken=taken))
        if is_replaced(self._package, variable, at.node):
            sources = frozenset(map(_without_holder, sources))
        if address:
            role = role_of(variable)
            last = Last.CALLERS if role in ("parameter", "receiver") else Last.HERE
            if last is Last.HERE and not all(
                map(is_collected, sources or [Source(Origin.OUTSIDE)])
            ):
                # On the stack, of which liveness does not speak, or not the collector's at all.
                return None
            why = ""
        else:
            last, why, is_owner = judged(sources, is_dynamic)
            if not is_owner:
                return None
        if last is Last.CALLERS and at.when is When.LATER and self._is_taken_out(variable):
            last = Last.HERE
        if self._is_taken_away(last, variable, path, holders, at):
            last, why = Last.UNKNOWN, _TAKEN_AWAY
        kept = loss.kept
        if last is Last.CALLERS and at.when is When.LATER and (
            others.is_before(at.node) or is_replaced(self._package, variable, at.node)
        ):  # fmt: skip
            given = tuple(one for one in sources if one.path)
            callers, is_open = self._callers(given, depth, is_given_up=True)
            if callers or is_open:
                return evolve(loss, last=last, why=why, callers=callers, is_open=is_open)
        is_set = is_set_between(variable, start, at.node, path, owner.node)
        if is_set and owner.node.kind in _NAMED_PARTS and "(" not in loss.name:
            kept = loss.name  # what holds it from where holds another later
        loss = evolve(loss, last=last, why=why, kept=kept)
        if last is Last.CALLERS and at.when is When.LATER:
            return None  # a getter: its callers' uses are told
        if last is Last.CALLERS:
            callers, is_open = self._callers(sources, depth)
            loss = evolve(loss, callers=callers, is_open=is_open)
        is_set |= others.is_before(at.node)
        is_set = is_set and not is_taken_anew(variable, start, at.node, owner.node)
        return evolve(loss, request=self._request(loss, at, owner, variable, start, is_set))

    def _is_taken_away(
        self, last: Last, variable: Variable, path: Path | None, holders: Iterable[Holder], at: Site
    ) -> bool:
        """Whether what outlives the function has given the owner away before the site."""
        if last is Last.HERE:
            return any(
                is_let_go(self._package, one, effect, at) for one in holders
                for effect in one.effects
            )  # fmt: skip
        return last is Last.CALLERS and at.when is When.NOW and any(
            is_deleted(variable, one.variable, at.node)
            and not self._may_have_another(one.variable, variable)
            for one in self._sharing.holders(variable, path)
        )  # fmt: skip

    def _may_have_another(self, holder: Variable, variable: Variable) -> bool:
        """Whether a struct has two fields for values of a type: a map by number, one by name."""
        kind = base_of(variable_type(self._package, variable) or "")
        outer = base_of(variable_type(self._package, holder) or "")
        fields = self._package.syntax.structs.get(outer, {}).values()
        return not kind or sum(kind in _WORD.findall(one) for one in fields) > 1

    def _holders(self, variable: Variable, path: Path | None, at: Site) -> list[Holder]:
        """All that hold the owner, but for what has given it away before the site."""
        is_given = is_replaced(self._package, variable, at.node)
        return [
            one
            for one in self._sharing.holders(variable, path)
            if one.variable is variable
            or not (
                is_given
                or (at.when is When.LATER and is_emptied(one.variable))
                or is_taken_out(variable, one.variable, at)
            )
        ]

    def _is_taken_out(self, variable: Variable) -> bool:
        """Whether the function took the variable's value out of what its caller holds."""
        for one in definitions(self._package, variable):
            root = root_of(self._package, one.value).place
            held = self._package.variable(root) if root.node.kind == "identifier" else None
            if held is not None and held is not variable and is_emptied(held):
                return True
        return False

    def _site(self, variable: Variable, site: Place, is_return: bool, owner: Place) -> Site | None:
        found = site_of(self._package, site, variable.function.span)
        if found is not None and found.when is When.GOROUTINE and (
            found.node.end <= owner.node.start and not share_a_loop(found.node, owner.node)
        ):  # fmt: skip
            # A goroutine that runs already gets it, through a channel, when it is taken.
            statement = statement_around(owner.node)
            return evolve(found, node=statement) if statement is not None else None
        if found is not None and is_return:
            return evolve(found, when=When.LATER) if found.literal is None else None
        return found

    def _request(
        self, loss: Loss, at: Site, owner: Place, variable: Variable, start: int, is_other: bool
    ) -> Request | None:
        if at.when is not When.NOW or loss.kept is None:
            return None
        is_saved = is_other or not reaches(variable, at.node)
        saved = statement_around(owner.node) if is_saved else None
        site = loss.site.of(self._iterated(loss.site, variable) or loss.site.node)
        return Request(site, start, loss.kept, variable.name, saved, variable.declaration.start)

    def _iterated(self, site: Place, variable: Variable) -> Node | None:
        """The loop over an iterator function around a site: its body is a function of its own,
        which the compiler compiles apart from the variable's."""
        found = None
        for outer in site.node.ancestors():
            if outer.start <= variable.declaration.start or outer.kind == "func_literal":
                break
            clause = next((one for one in outer.named_children if one.kind == "range_clause"), None)
            right = clause.field("right") if clause is not None else None
            if right is not None and not right.start <= site.node.start < right.end:
                written = static_type(self._package, site.of(right)) or ""
                if written.startswith(("iter.Seq", "func(")):
                    found = outer
        return found

    def _callers(
        self, sources: Iterable[Source], depth: int, *, is_given_up: bool = False
    ) -> tuple[tuple[Loss, ...], bool]:
        """The calls of this package that hand the owner in, and whether there may be others;
        ``is_given_up``: what they hand in does not hold it when they have returned."""
        found: list[Loss] = []
        is_open = False
        for source in sources:
            variable = source.variable
            if source.origin is not Origin.CALLER or variable is None:
                continue
            function = variable.function
            handed = self._handed_in(source, variable, depth) if function.is_literal else None
            if handed is not None:
                found += handed
                continue
            name = function.name.rsplit(".", 1)[-1]
            calls = self._calls_of(variable) if depth and not function.is_literal else ()
            is_open |= function.is_literal or not depth
            is_open |= name[:1].isupper() and self._package.syntax.name != "main"
            is_open |= not calls and function.receiver is not None
            for call in calls:
                given = argument_at(call, _place_of(variable), variable)
                path = source.path or ()
                self._left -= 1
                if self._left < 0 or len(path) >= _DEPTH or len({*path}) < len(path):
                    is_open = True
                    break
                if is_variadic(variable) and path[:1] == (ELEMENT,) and not is_spread(call):
                    path = path[1:]
                for argument in map(call.of, given):
                    loss = (
                        self._given_up(argument, path, call) if is_given_up
                        else self._loss(argument, path, call, False, False,
                                        start=argument.node.end, depth=depth - 1)
                    )  # fmt: skip
                    if loss is not None and loss.last is Last.HERE and _is_guessed(
                        self._package, call
                    ):  # fmt: skip
                        loss = evolve(loss, last=Last.UNKNOWN, why=NOT_KNOWN)
                    if loss is not None:
                        found.append(loss)
        return tuple(found), is_open

    def _handed_in(self, source: Source, variable: Variable, depth: int) -> list[Loss] | None:
        """What functions of the package that get the literal of a parameter call it with:
        ``db.update(func(t txn) error { … })``. None where nobody knows."""
        given = parameter_of_literal(self._package, Place(variable.file, variable.declaration))
        if given is None or not depth:
            return None
        outer, argument, index = given
        found: list[Loss] = []
        for function in callees(self._package, outer):
            calls = calls_of_parameter(self._package, function, argument)
            if calls is None:
                return None
            key = (function.file.path, function.node.start)
            self._chosen[key] = outer
            for call in calls:
                listed = arguments_of(call)
                owner = call.of(listed[index]) if index < len(listed) else None
                loss = (
                    self._loss(owner, source.path or (), call, False, False,
                               start=owner.node.end, depth=depth - 1)
                    if owner is not None else None
                )  # fmt: skip
                found += [loss] if loss is not None else []
            del self._chosen[key]
        return found or None

    def _given_up(self, owner: Place, path: Path, call: Place) -> Loss:
        """Who holds what a function took out of the owner's ``path`` when that has returned."""
        root = root_of(self._package, owner)
        name = " ".join(owner.text.split())
        found = Loss(call, When.LATER, name, None, None, Last.UNKNOWN)
        variable = self._package.variable(root.place)
        if root.place.node.kind != "identifier" or variable is None:
            return found
        at = Site(call.node, When.NOW)
        for holder in self._sharing.holders(variable, (*root.path, *path)):
            is_kept = any(one.effect is not Effect.INTO for one in holder.effects)
            if holder.variable is not variable and (
                is_kept or is_used_later(holder.variable, at, call.node.start)
            ):
                return evolve(found, last=Last.HELD, why=f"{holder.variable.name} holds it")
        sources = self._origins.of_variable(variable, (*root.path, *path))
        last, why, is_owner = judged(sources, False)
        return evolve(found, last=last if is_owner else Last.HELD, why=why)

    def _calls_of(self, parameter: Variable) -> tuple[Place, ...]:
        if self._calls is None:
            self._calls = calls_by_function(self._package)
        function = _declaration(parameter)
        start = function.start if function is not None else -1
        key = (parameter.file.path, start)
        return (self._chosen[key],) if key in self._chosen else self._calls.get(key, ())


def _is_guessed(package: Package, call: Place) -> bool:
    """Whether a method is called of which only the name tells whose it is."""
    function = call.node.field("function")
    chosen = unparenthesized(function) if function is not None else None
    operand = chosen.field("operand") if chosen is not None else None
    is_method = chosen is not None and chosen.kind == "selector_expression"
    if operand is None or not is_method or callee_of(call) is not None:
        return False
    return static_type(package, call.of(operand)) is None


def _without_holder(source: Source) -> Source:
    is_outside = source.origin is Origin.OUTSIDE
    return Source(Origin.CONTAINER, text=source.text) if is_outside else source


def _declaration(parameter: Variable) -> Node | None:
    return next((node for node in parameter.declaration.ancestors() if node.kind in DECLARATIONS),
                None)  # fmt: skip


def _place_of(parameter: Variable) -> Place:
    return Place(parameter.file, _declaration(parameter) or parameter.declaration)


def requests_of(loss: Loss) -> Iterator[Request]:
    """What the trial has to answer for the loss and for its callers."""
    if loss.request is not None:
        yield loss.request
        yield from loss.stored
    for one in loss.callers:
        yield from requests_of(one)
