"""KeepAlive: raw resources used in calls at which their owner is dead.

Evidence is three-fold, and a finding needs all of it: the value has a finalizer or cleanup
(lifetime_cleanups, lifetime_std), nothing but the one variable holds it (lifetime_owners), and
the compiler's ``-live`` text does not list that variable at the call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from golsp_mem.analysis.lifetime.cleanups import cleanups_of
from golsp_mem.analysis.lifetime.ineffective import syntactic_ineffective
from golsp_mem.analysis.lifetime.last_use import last_needed
from golsp_mem.analysis.lifetime.owners import (
    has_own_cleanup,
    is_cleanup_of,
    is_made_here,
    may_lose,
)
from golsp_mem.analysis.lifetime.package import (
    Package,
    cleanups_on,
    facts_at,
    place_of_call,
    role_of,
)
from golsp_mem.analysis.lifetime.standard import standard_type
from golsp_mem.analysis.lifetime.uses import Raw, RawUse, Way, kept_value, raw_uses
from golsp_mem.compiler.liveness import LiveFact, Liveness
from golsp_mem.model import Allocates, Code, Finding, Position, Step
from golsp_mem.source.package import PackageSyntax, Place
from golsp_mem.source.syntax import GoFile
from golsp_mem.source.variables import Variable, share_a_loop

# Words without which nothing here can be found: the cheap question before a compile.
_PATTERNS = re.compile(
    rb"\b(?:SetFinalizer|AddCleanup|KeepAlive)\b|\.Fd\(\)"
    rb"|\buintptr\(\s*unsafe\.Pointer\("
)


@frozen
class Doubt:
    """What would be a finding if the value is not live at the call under another name.

    ``call`` is where the compiler reports the call. Proof (advice/actions_keepalive.py) decides:
    a KeepAlive behind the call must make something live there that was not.
    """

    finding: Finding
    call: Position


@frozen
class LifetimeReport:
    """``findings`` are certain, ``doubtful`` need a second compile each."""

    findings: tuple[Finding, ...]
    doubtful: tuple[Doubt, ...] = ()


def needs_liveness(texts: Iterable[bytes]) -> bool:
    """Whether a package with these file texts can have a finding: only then is ``-live`` run."""
    return any(_PATTERNS.search(text) is not None for text in texts)


def lifetime_report(package: str, files: Sequence[GoFile], live: Liveness) -> LifetimeReport:
    """What one package shows, without fingerprints, in no order.

    ``package`` is the import path, ``files`` those that the compile named (of a test variant:
    all of that variant), ``live`` the facts of that same compile with absolute file names.
    """
    findings: list[Finding] = []
    doubtful: list[Doubt] = []
    for syntax in PackageSyntax.split(files):
        known = Package(syntax, cleanups_of(syntax), live)
        # Without a single fact the text of the compile is not here: nothing can be told.
        if live.facts:
            for use in raw_uses(known):
                judged = _judge(package, known, use)
                if isinstance(judged, Doubt):
                    doubtful.append(judged)
                elif judged is not None:
                    findings.append(judged)
            findings += _returned(package, known)
        findings += syntactic_ineffective(package, known)
    return LifetimeReport(tuple(_once(findings)), tuple(doubtful))


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each place and code: an expression may reach a call by two ways."""
    return list({(one.code, one.span): one for one in findings}.values())


def _judge(package: str, known: Package, use: RawUse) -> Finding | Doubt | None:
    owner = use.raw.owner
    function = owner.function
    call = use.call.node
    if "[...]" in function.name or is_cleanup_of(known, owner):
        return None  # generic code has no lines of its own in the -live text
    if not _is_owned(known, use.raw) or not may_lose(known, owner, call):
        return None
    at = facts_at(known.live, use.call.file, place_of_call(use.call))
    if any(owner.name in fact.variables for fact in at):
        return None
    if not at and not _has_facts(known.live, owner):
        return None
    finding = _missing(package, known, use, at)
    return Doubt(finding, place_of_call(use.call)) if _is_doubtful(owner, use, at) else finding


def _is_owned(known: Package, raw: Raw) -> bool:
    if raw.way is Way.ADDRESS:
        # A block of this function may lie on its stack, where liveness does not speak of it.
        return role_of(raw.owner) in ("parameter", "receiver") or is_made_here(raw.owner)
    return has_own_cleanup(known, raw.owner, raw.expression.node)


def _has_facts(live: Liveness, owner: Variable) -> bool:
    """Whether the text speaks of the owner's function at all.

    A literal that was inlined wherever it is called has no lines of its own: there silence
    does not mean that nothing is live.
    """
    span = owner.function.span
    return any(span.line <= fact.position.line <= span.end_line for fact in live.in_file(span.file))


def _is_doubtful(owner: Variable, use: RawUse, at: Sequence[LiveFact]) -> bool:
    """Whether what is live at the call could be the owner's value under another name.

    A value may lie in a slot that the compiler named, or that is named as a variable of an
    inlined function, if the value is needed later at all.
    """
    if not at:
        return False
    tree = owner.file.tree
    own = {tree.source(node) for node in tree.smallest(*tree.bounds(owner.function.span)).walk()
           if node.kind == "identifier"}  # fmt: skip
    if any(fact.made or not fact.variables <= own for fact in at):
        return True
    call = use.call.node
    return any(one.start >= call.end or share_a_loop(one, call) for one in owner.uses
               if one.start != owner.declaration.start)  # fmt: skip


def _missing(package: str, known: Package, use: RawUse, at: Sequence[LiveFact]) -> Finding:
    owner, raw = use.raw.owner, use.raw
    function = use.call.node.field("function")
    called = use.call.of(function).text if function is not None else "the call"
    name = owner.name
    kept = f" {use.argument.text}, taken from it," if use.is_kept else ""
    if raw.way is Way.ADDRESS:
        message = (
            f"{name} is not kept during {called}: {use.argument.text} is only a number, and the "
            f"block of {name} may be collected before the call returns"
        )
    else:
        message = (
            f"{name} is not kept during {called}: it may be collected and its "
            f"{_word(known, raw)} may release{kept or f' {use.argument.text}'} before the call "
            "returns"
        )
    if role_of(owner) in ("parameter", "receiver"):
        message += ", unless every caller keeps it"
    return Finding(
        code=Code.KEEPALIVE_MISSING,
        span=use.argument.span,
        package=package,
        function=f"{package}.{owner.function.name}",
        message=message,
        allocates=Allocates.ALWAYS,
        type=_type_text(package, raw),
        subject=name,
        reason=tuple(_evidence(known, use, at)),
    )


def _word(known: Package, raw: Raw) -> str:
    marks = known.cleanups.of_type(raw.kind) if raw.kind is not None else ()
    return marks[0].word if marks else "finalizer"


def _type_text(package: str, raw: Raw) -> str | None:
    if raw.kind is None:
        return None
    return f"*{raw.kind}" if standard_type(raw.kind) is not None else f"*{package}.{raw.kind}"


def _evidence(known: Package, use: RawUse, at: Sequence[LiveFact]) -> Iterator[Step]:
    raw = use.raw
    owner = raw.owner
    if raw.kind is not None:
        standard = standard_type(raw.kind)
        if standard is not None:
            yield Step(f"*{raw.kind} has a finalizer ({standard.source})")
        for mark in known.cleanups.of_type(raw.kind)[:1]:
            yield Step(f"the {mark.word} of *{raw.kind} is set here", mark.span.start)
    if use.is_kept:
        yield Step(
            f"{use.argument.text} is taken from {owner.name} here", raw.expression.span.start
        )
    last = last_needed(owner.file, known.live, owner.file.tree.node_span(owner.declaration).start)
    if last is not None and last.line <= place_of_call(use.call).line:
        yield Step(last.text, last.use.start)
    names = sorted({name for fact in at for name in fact.names})
    listed = ", ".join(names) if names else "nothing"
    yield Step(
        f"live at this call, says the compiler: {listed}; not {owner.name}",
        place_of_call(use.call),
    )


def _returned(package: str, known: Package) -> Iterator[Finding]:
    """Resources that are returned while their owner, made here, is lost at the return."""
    for file in known.syntax.files:
        for node in file.tree.root.walk():
            if node.kind != "return_statement" or not node.named_children:
                continue
            for value in node.named_children[0].named_children:
                raw = kept_value(known, Place(file, value))
                if raw is None or raw.way is Way.ADDRESS or "[...]" in raw.owner.function.name:
                    continue
                owner = raw.owner
                if role_of(owner) is not None or not has_own_cleanup(
                    known, owner, raw.expression.node
                ):
                    continue
                if not may_lose(known, owner, node) or _is_named_in(owner, node, raw):
                    continue
                yield _lost(package, known, raw, Place(file, value))


def _is_named_in(owner: Variable, statement: object, raw: Raw) -> bool:
    start, end = getattr(statement, "start", 0), getattr(statement, "end", 0)
    inner = raw.expression.node
    return any(
        start <= use.start < end and not inner.start <= use.start < inner.end for use in owner.uses
    )


def _lost(package: str, known: Package, raw: Raw, value: Place) -> Finding:
    name = raw.owner.name
    steps = [
        Step(f"the {mark.word} is set here", mark.span.start)
        for mark in cleanups_on(known, raw.owner)[:1]
    ]
    return Finding(
        code=Code.KEEPALIVE_MISSING,
        span=value.span,
        package=package,
        function=f"{package}.{raw.owner.function.name}",
        message=(
            f"{name} is lost when this returns: its {_word(known, raw)} may release {value.text} "
            f"at any time; return {name} itself, or keep it where {value.text} is kept"
        ),
        type=_type_text(package, raw),
        subject=name,
        reason=tuple(steps),
    )
