"""What else holds an owner where what was taken from it is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from golsp_mem.analysis.lifetime.called import (
    is_kept_by,
    is_kept_in_literal,
)
from golsp_mem.analysis.lifetime.dropping import is_stored_and_dropped
from golsp_mem.analysis.lifetime.loops import is_held_by_range
from golsp_mem.analysis.lifetime.mistakes.paths import has_run
from golsp_mem.analysis.lifetime.needing import is_needed_in, is_only_stored_in
from golsp_mem.analysis.lifetime.order import (
    is_around,
    is_bare_return_of,
    is_called_last,
    is_captured_in,
    is_deferred_around,
    is_given_too,
    is_handed_back,
    is_named_in,
    is_only_set_later,
    is_released_later,
    is_returned_later,
    is_used_inside,
    is_used_later,
)
from golsp_mem.analysis.lifetime.proving.probe import Request
from golsp_mem.analysis.lifetime.reading.callees import callees, parameter_at
from golsp_mem.analysis.lifetime.reading.effects import Effect, Holder, UseEffect
from golsp_mem.analysis.lifetime.reading.fields import ELEMENT
from golsp_mem.analysis.lifetime.reading.held import holds
from golsp_mem.analysis.lifetime.reading.origins import passed
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.replacing import JUMPS_ON, Replacements
from golsp_mem.analysis.lifetime.reading.sites import Site, When, reaches
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.source.package import Place, arguments_of, initial_value
from golsp_mem.source.parts.guards import statement_around
from golsp_mem.source.parts.positions import anchor
from golsp_mem.source.parts.tree import Node, unparenthesized
from golsp_mem.source.variables import (
    Variable,
    function_node,
    in_same_function,
    is_assigned_again,
    share_a_loop,
    variable_at,
)

_KEEPING = (Effect.KEPT, Effect.LENT)
_IN_RESULT = "is in what is returned"
_IN_RESULT_TOO = "is returned too"
_PLAIN = ("nil", "int_literal", "true", "false")


def _asked(
    variable: Variable, at: Site, use: Place, start: int, *, is_inlined: bool
) -> tuple[Request, ...]:
    """Asks the trial whether a holder is live at the site; ``is_inlined``: or kept by the function
    that is called there, if that is not inlined. Empty where it has no name there."""
    if not reaches(variable, at.node):
        return ()
    called = at.node.field("function") if is_inlined else None
    name = use.of(called).text.partition("[")[0].rpartition(".")[2] if called is not None else ""
    return (
        Request(
            use.of(at.node), max(start, variable.declaration.end), variable.name, variable.name,
            None, variable.declaration.start, name,
        ),
    )  # fmt: skip


def held(
    package: Package,
    variable: Variable,
    holders: Iterable[Holder],
    at: Site,
    use: Place,
    start: int,
    owner: Node,
    others: Replacements,
    stored: list[Request],
) -> str | None:
    """What else holds the owner at the site, or may; None: nothing but the variable. Of holders
    that hold it only if they are on the heap ``stored`` gets what the trial has to answer."""
    if is_held_by_range(package, variable, at, start):
        return f"the loop holds what {variable.name} is an element of"
    called = at.node.field("function") if at.node.kind == "call_expression" else None
    is_literal = at.literal is None and called is not None and called.kind == "func_literal"
    own = at.literal if at.when is not When.NOW else None
    if is_literal and called is not None and at.when is When.GOROUTINE:
        own = called
        if is_needed_in(package, variable, use.of(called)):
            return f"the function literal keeps {variable.name}"
    for holder in _at_site(tuple(holders), at, use, owner):
        name = holder.variable.name
        for effect in holder.effects:
            if own is not None and own.start <= effect.use.start < own.end:
                continue
            if holder.variable is variable and others.is_other(effect.use, at):
                continue
            if is_let_go(package, holder, effect, at):
                continue
            why = _effect_holds(effect.effect, effect.use, at, name, owner)
            if why is not None:
                return why
        if at.when is When.LATER and is_released_later(holder.variable, at):
            return f"{name} is used later"
        if is_returned_later(holder.variable, at):
            return f"{name} is returned"
        if is_kept_by(package, holder, variable.uses, use.of(at.node), owner, at.raw):
            is_set = _is_stored_by(package, holder, use.of(at.node), at)
            asked = _asked(holder.variable, at, use, start, is_inlined=True)
            if not is_set or not asked:
                return f"the call keeps {name}"
            stored += asked
        if _elements_are_deferred(holder.variable, at):
            return f"deferred calls hold the elements of {name}"
        if holder.variable is not variable:
            asked = _asked(holder.variable, at, use, start, is_inlined=False)
            is_set = bool(asked) and _is_only_set_later(holder.variable, at, start)
            why = _other_holds(package, holder, at, use, start, is_set=is_set)
            if why is not None:
                return why
            stored += asked if is_set else ()
    return _held_at(package, variable, at, use, start, owner)


def is_plainly_held(variable: Variable | None, why: str, use: Node) -> bool:
    """Whether nobody need be told what holds an owner: the one value that a constructor returns has
    it, or the function has deferred a call of its method, ``defer f.Close()``."""
    if use.kind == "return_statement" and why.endswith((_IN_RESULT, _IN_RESULT_TOO)):
        listed = use.named_children[0].named_children if use.named_children else ()
        return sum(one.kind not in _PLAIN for one in listed) < 2
    for one in variable.uses if variable is not None else ():
        selector = one.parent
        call = selector.parent if selector is not None else None
        is_method = selector is not None and selector.kind == "selector_expression"
        outer = call.parent if call is not None and is_method else None
        if outer is not None and outer.kind == "defer_statement" and is_deferred_around(one, use):
            return True
    return False


def _held_at(
    package: Package, variable: Variable, at: Site, use: Place, start: int, owner: Node
) -> str | None:
    """What the site itself, or what comes behind it, does to hold the variable."""
    if is_kept_in_literal(package, variable, use.of(at.node), at.raw):
        return f"the call keeps {variable.name}"
    if at.literal is not None and is_used_inside(variable, at.literal, use.node):
        return f"{variable.name} is used later in the function literal"
    if at.literal is None and at.when is not When.LATER and is_given_too(variable, at.node, owner):
        return f"the call gets {variable.name} too"
    if at.literal is None and at.when is When.NOW and _gets_memory_of(package, variable, use, at):
        return f"the call gets memory of {variable.name}"
    if at.when is When.GOROUTINE and is_used_later(variable, at, start):
        return f"{variable.name} is used behind the go statement"
    if at.when is When.LATER and (
        is_named_in(variable, at.node, owner) or is_bare_return_of(variable, at.node)
    ):
        return f"{variable.name} {_IN_RESULT_TOO}"
    if at.when is When.NOW and at.literal is not None and is_captured_in(variable, at.literal):
        called = at.node.field("function") if at.node.kind == "call_expression" else None
        local = package.variable(use.of(called)) if called is not None else None
        if not is_called_last(local, at) and not _is_only_called(package, variable, use, at):
            return f"{variable.name} is held by the function literal"
    return None


def _gets_memory_of(package: Package, variable: Variable, use: Place, at: Site) -> bool:
    """Whether the site is a call that gets a pointer into the object's own block, or a variable
    that has one."""
    if at.node.kind != "call_expression" or is_assigned_again(variable):
        return False
    call = use.of(at.node)
    for one in arguments_of(call):
        given = call.of(unparenthesized(one))
        named = package.variable(given) if given.node.kind == "identifier" else None
        start = initial_value(named) if named is not None else None
        # A number is made of a pointer by a conversion, and holds nothing.
        made = given.node if start is None else unparenthesized(start[0].node)
        if made.kind in _POINTING and holds(package, given, variable) is not None:
            return True
    return False


_POINTING = ("slice_expression", "unary_expression")


def _is_only_set_later(variable: Variable, at: Site, start: int) -> bool:
    return (
        at.when is When.NOW
        and is_used_later(variable, at, start)
        and is_only_set_later(variable, at)
        and not is_handed_back(variable, at)
    )


def _is_only_called(package: Package, variable: Variable, use: Place, at: Site) -> bool:
    """Whether the functions of the package that get a literal only call it, and need nothing of it
    behind the last call: what it captured was read when it began."""
    if at.literal is None or is_used_later(variable, at, at.node.end):
        return False
    call = use.of(at.node)
    given = [unparenthesized(one) for one in arguments_of(call)]
    index = next((n for n, one in enumerate(given) if one.start == at.literal.start), None)
    functions = callees(package, call) if index is not None else ()
    names = [(one, parameter_at(one, index or 0)) for one in functions]
    held = [package.variable(one.of(name)) if name is not None else None for one, name in names]
    return bool(held) and all(one is not None and _calls_only(one) for one in held)


def _calls_only(parameter: Variable) -> bool:
    uses = [one.parent for one in parameter.uses if one.start != parameter.declaration.start]
    calls = [
        one
        for one in uses
        if one is not None
        and one.kind == "call_expression"
        and one.parent is not None
        and one.parent.kind not in ("defer_statement", "go_statement")
        and in_same_function(parameter, one)
    ]
    last = max(calls, key=lambda one: one.start, default=None)
    return last is not None and len(calls) == len(uses) and not share_a_loop(last, last)


def _other_holds(
    package: Package, holder: Holder, at: Site, use: Place, start: int, *, is_set: bool
) -> str | None:
    """What another variable, by which the owner is reached, does to hold it; ``is_set``: only its
    fields are set behind the site."""
    variable = holder.variable
    if not is_set and not at.is_storing and (
        is_used_later(variable, at, start) or is_handed_back(variable, at)
    ):  # fmt: skip
        return f"{variable.name} may hold it and is used later"
    if at.when is When.NOW and _is_live(package.live, holder, use.of(at.node)):
        return f"{variable.name} may hold it and is live here"
    if any(_is_deferred_where_put(holder, effect) for effect in holder.effects):
        return f"a deferred call holds {variable.name}"
    return None


def _is_live(live: Liveness, holder: Holder, call: Place) -> bool:
    """Whether the compiler keeps the whole variable at a call, though the text needs it no more:
    parameters stay live where the value has a place of its own among the arguments. Of calls in an
    inlined function those at which nothing is live have no line: there nothing is known, but of
    what the owner is an element of."""
    at = anchor(call.node)
    called = call.node.field("function")
    word = call.of(called).text.rpartition(".")[2] if called is not None else ""
    name = holder.variable.name
    whole = {name, f"&{name}", f"{name}.ptr"}
    found = live.at(call.file.tree.span(at, at).start)
    own = [one for one in found if (one.target or word).rpartition(".")[2] == word]
    is_listed = holder.path is not None and holder.path[:1] == (ELEMENT,)
    facts = own or (found if is_listed else ())
    return bool(facts) and all(whole & {*fact.names} for fact in facts)


def _elements_are_deferred(variable: Variable, at: Site) -> bool:
    """Whether a loop in front of the site has a deferred call for each element of the variable:
    ``for _, f := range files { defer f.Close() }``."""
    for use in variable.uses:
        clause = use.parent
        left = clause.field("left") if clause is not None else None
        loop = clause.parent if clause is not None else None
        if clause is None or loop is None or left is None or len(left.named_children) < 2:
            continue
        element = variable_at(variable.file, left.named_children[1])
        is_before = loop.end <= at.node.start and is_around(loop, at.node, "for_statement")
        if element is None or not is_before or clause.field("right") is not use:
            continue
        jumps = [one.start for one in loop.walk() if one.kind in JUMPS_ON]
        for other in element.uses:
            deferred = _defer_around(other)
            listed = deferred.parent if deferred is not None else None
            if deferred is None or listed is None or listed.parent is not loop.field("body"):
                continue
            if all(jump > deferred.end for jump in jumps):
                return True
    return False


def _defer_around(use: Node) -> Node | None:
    return next((one for one in use.ancestors() if one.kind == "defer_statement"), None)


def _is_deferred_where_put(holder: Holder, effect: UseEffect) -> bool:
    """Whether what is put into another holder has a deferred call each time, in a loop, say:
    ``defer f.Close(); files = append(files, f)``."""
    deferred = _defer_around(effect.use) if effect.effect is Effect.DEFERRED else None
    if deferred is None or deferred.parent is None:
        return False
    for put in holder.effects:
        if put.effect is not Effect.INTO or not is_around(deferred, put.use, "defer_statement"):
            continue
        start, end = sorted((deferred.start, put.use.start))
        if not any(
            one.kind in JUMPS_ON and start < one.start < end for one in deferred.parent.walk()
        ):
            return True
    return False


def is_let_go(package: Package, holder: Holder, effect: UseEffect, at: Site) -> bool:
    """Whether what outlives the function has dropped the owner again before the site."""
    return effect.effect is Effect.KEPT and is_stored_and_dropped(
        package, Place(holder.variable.file, effect.use), at.node
    )


def _at_site(holders: Sequence[Holder], at: Site, use: Place, owner: Node) -> Iterator[Holder]:
    """Those that hold the owner, as the first does, when the call at the site runs: not what it
    returns itself, ``r, err := c.run()``, nor what another branch or code behind it sets, nor what
    is set in another round of the loop that declares the owner than the one that takes from it."""
    call = at.node
    is_call = at.when is When.NOW and call.kind == "call_expression"
    loop = next((one for one in call.ancestors() if one.kind == "for_statement"), None)
    left = [
        one
        for one in holders[1:]
        if is_call and (loop is None or _is_within(loop, one.variable.declaration))
    ]
    known = {one.variable.declaration.start for one in holders if one not in left}
    first = holders[0].variable if holders else None
    while found := [one for one in left if _holds_already(one, known, use.of(call), first, owner)]:
        known |= {one.variable.declaration.start for one in found}
        left = [one for one in left if one not in found]
    return (one for one in holders if one not in left)


def _holds_already(
    holder: Holder, before: Set[int], call: Place, owner: Variable | None, taken: Node
) -> bool:
    return any(
        start in before
        and not _is_set_behind(node, call)
        and not (
            owner is not None
            and start == owner.declaration.start
            and _is_apart(owner, call.of(node), taken)
        )
        for start, node in holder.ways
    )


def _is_apart(owner: Variable, way: Place, taken: Node) -> bool:
    """Whether no round of a loop that declares the owner runs both."""
    if function_node(way.node) is not function_node(taken) or not in_same_function(owner, taken):
        return False
    if share_a_loop(way.node, taken, behind=owner.declaration.start):
        return False
    is_ahead = way.node.start < taken.start
    first, second = (way.node, taken) if is_ahead else (taken, way.node)
    return not _is_within(statement_around(taken) or taken, way.node) and not has_run(
        first, way.of(second), surely=False
    )


def _is_set_behind(way: Node, call: Place) -> bool:
    """Whether what stands at a node of the same function has not run when the call runs."""
    if _is_within(call.node, way):
        return True
    is_here = function_node(way) is function_node(call.node)
    return is_here and not has_run(way, call, surely=False)


def _is_within(outer: Node, node: Node) -> bool:
    return outer.start <= node.start and node.end <= outer.end


def _is_stored_by(package: Package, holder: Holder, call: Place, at: Site) -> bool:
    """Whether the function that is called with the holder does nothing with it but to read the
    resource and to set fields."""
    functions = callees(package, call)
    return at.when is When.NOW and at.raw is not None and len(functions) == 1 and any(
        is_only_stored_in(package, functions[0], name(functions[0]), resource)
        for use in holder.variable.uses
        if (resource := at.raw.below(use)) is not None
        for outer, name in passed(package, holder.variable, use)
        if outer.node.start == call.node.start and outer.node.end == call.node.end
    )  # fmt: skip


def _effect_holds(effect: Effect, use: Node, at: Site, name: str, owner: Node) -> str | None:
    if effect is Effect.INTO:
        return None
    if effect is Effect.RETURNED:
        is_here = at.when is When.LATER and at.node.start <= use.start < at.node.end
        return f"{name} {_IN_RESULT}" if is_here else None
    is_before = use.start < at.node.end or share_a_loop(use, at.node) or at.is_storing
    is_its_own = owner.start <= use.start < owner.end and at.node.start <= use.start
    if not is_before or (is_its_own and effect in _KEEPING):
        return None
    if effect is Effect.DEFERRED:
        # One that is deferred in a branch only holds nothing on the other, but for what was
        # taken in that branch.
        is_run = is_deferred_around(use, at.node) or (
            use.end <= owner.start and is_around(use, owner, "defer_statement")
        )
        return f"a deferred call holds {name}" if is_run else None
    if effect is Effect.CONCURRENT:
        return f"a goroutine holds {name}"
    return f"{name} is stored where it outlives the function"
