"""KeepAlive: raw resources that are used when nothing holds their owner any more.

The candidates are over-generated from the text; each is told only when the compiler, asked by
a trial, says that the owner is dead at the use, and the escape tags and the flows of the text
leave nobody else who holds it. What callers decide is told as that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import field, frozen

from golsp_mem.analysis.lifetime.candidates import Candidate, Finder, Loss, requests_of
from golsp_mem.analysis.lifetime.faults import Fault, Level, Verdict, each_once
from golsp_mem.analysis.lifetime.judging import Last
from golsp_mem.analysis.lifetime.last_use import last_needed
from golsp_mem.analysis.lifetime.proving.placing import LOST, TAKEN
from golsp_mem.analysis.lifetime.proving.probe import Answer, Request, is_generic
from golsp_mem.analysis.lifetime.reading.cleanups import ADD_CLEANUP
from golsp_mem.analysis.lifetime.reading.package import Package
from golsp_mem.analysis.lifetime.reading.raw.controls import RAW_CONN
from golsp_mem.analysis.lifetime.reading.raw.taking import Taking
from golsp_mem.analysis.lifetime.reading.raw.uses import How, RawUse
from golsp_mem.analysis.lifetime.reading.sites import When
from golsp_mem.analysis.lifetime.reading.standard import standard_type
from golsp_mem.decisions import decided
from golsp_mem.model import Allocates, Code, Finding, Step
from golsp_mem.source.package import Place
from golsp_mem.source.variables import Variable

_MOST_CALLERS = 4
_MOST_EARLIER = 3

Answers = Mapping[tuple[str, int, int, str], Answer]


@frozen
class Told:
    """``findings`` without fingerprints, in no order; ``undecided``: candidates of which
    nothing can be told, because the compiler gave no answer."""

    findings: tuple[Finding, ...] = ()
    undecided: int = field(default=0)


def candidates(package: Package, uses: Iterable[RawUse]) -> list[Candidate]:
    """Every raw use of the package that may come when its owner is gone."""
    finder = Finder(package)
    found = map(finder.candidate, uses)
    return [one for one in found if one is not None]


def requests(found: Iterable[Candidate]) -> list[Request]:
    """What the trial has to answer, each question once."""
    asked = {one.key: one for candidate in found for one in requests_of(candidate.loss)}
    return list(asked.values())


def report(
    import_path: str, package: Package, found: Sequence[Candidate], answers: Answers
) -> Told:
    """The findings for the candidates once the trial has answered."""
    faults: list[Fault] = []
    undecided = 0
    for one in found:
        verdict = _verdict(one.loss, answers)
        if verdict.level is Level.UNDECIDED:
            undecided += 1
            site = one.loss.site
            text = "keepalive-missing: no trial tells whether %s is held here"
            decided(site.file.path, site.span.line, text, one.loss.name)
        if verdict.level > Level.UNDECIDED:
            faults.append(Fault(one, verdict))
    told = tuple(_finding(import_path, package, one) for one in each_once(package, faults))
    return Told(told, undecided)


def _verdict(loss: Loss, answers: Answers) -> Verdict:
    if loss.released is not None:
        return Verdict(Level.PROVED)
    answer = _answer(loss, answers)
    if answer is Answer.LIVE:
        return Verdict(Level.NONE)
    if answer is Answer.UNKNOWN:
        return Verdict(Level.UNDECIDED)
    if loss.last is Last.HELD:
        return Verdict(Level.DOUBT, loss.why)
    if any(answers.get(one.key) is not Answer.DEAD for one in loss.stored):
        return Verdict(Level.DOUBT, "what holds it is set later")
    if loss.last is Last.UNKNOWN:
        return Verdict(Level.CALLERS, loss.why)
    if loss.last is Last.CALLERS:
        return _by_callers(loss, answers)
    return Verdict(Level.PROVED)


def _answer(loss: Loss, answers: Answers) -> Answer:
    if loss.when is not When.NOW or loss.kept is None:
        return Answer.DEAD
    if loss.last is Last.HELD and loss.request is None:
        return Answer.DEAD
    if loss.request is None:
        return Answer.UNKNOWN
    found = answers.get(loss.request.key, Answer.UNKNOWN)
    if found is Answer.UNKNOWN and is_generic(loss.site) and loss.variable is not None:
        return _by_text(loss.variable, loss.request)
    return found


def _by_text(variable: Variable, request: Request) -> Answer:
    """Generic code has no lines in the compiler's text: there its own text must tell."""
    later = any(use.start >= request.site.node.end for use in variable.uses)
    return Answer.LIVE if later else Answer.DEAD


def _by_callers(loss: Loss, answers: Answers) -> Verdict:
    """What the calls in this package do with the owner that they hand in."""
    steps = []
    losing = holding = False
    open_ended = loss.is_open
    for one in loss.callers:
        verdict = _verdict(one, answers)
        if verdict.level is Level.PROVED:
            losing, text = True, "does not hold it"
        elif verdict.level in (Level.NONE, Level.DOUBT):
            holding, text = True, "holds it"
        elif verdict.level is Level.UNDECIDED and one.request is not None:
            # With it kept the compiler lists no call there: the function was inlined, and nothing
            # that it does can collect.
            holding, text = True, "calls nothing while it runs"
        else:
            is_passed_on = one.last is Last.CALLERS
            text = "depends on its own callers" if is_passed_on else "may hold it"
            open_ended = True
        steps.append(Step(f"this caller {text}", one.site.span.start))
    steps = sorted(steps, key=lambda step: step.text)[:_MOST_CALLERS]
    if losing:
        return Verdict(Level.PROVED, "", tuple(steps))
    if open_ended:
        return Verdict(Level.CALLERS, "a caller holds it", tuple(steps))
    return Verdict(Level.DOUBT, "every caller holds it" if holding else "its callers hold it",
                   tuple(steps))  # fmt: skip


def _finding(import_path: str, package: Package, fault: Fault) -> Finding:
    candidate, verdict = fault.candidate, fault.verdict
    use, loss = candidate.use, candidate.loss
    allocates = {
        Level.PROVED: Allocates.ALWAYS,
        Level.CALLERS: Allocates.CONDITIONAL,
    }.get(verdict.level, Allocates.NEVER)
    return Finding(
        code=Code.KEEPALIVE_MISSING,
        span=use.place.span,
        package=import_path,
        function=f"{import_path}.{candidate.function}",
        message=_message(package, use, loss, verdict),
        allocates=allocates,
        condition=f"unless {verdict.why}" if verdict.why else None,
        type=_type_text(import_path, package, use.taking),
        # What was released no KeepAlive brings back.
        subject=None if loss.released is not None else loss.kept or loss.name,
        reason=(*_evidence(package, use, loss, verdict), *_earlier(fault)),
    )


def _message(package: Package, use: RawUse, loss: Loss, verdict: Verdict) -> str:
    name, raw = loss.name, use.text
    whose = _whose(package, use.taking, name)
    if loss.released is not None:
        return f"{raw} is used after {_one_line(loss.released)} has released it"
    tail = f", unless {verdict.why}" if verdict.why else ""
    if use.how is How.STORED:
        when = "once this is set" if use.node.kind == "var_spec" else "when the function returns"
        if use.node.kind == "send_statement":
            return (
                f"{name} is lost when the function returns: {whose} may release {raw} at any "
                f"time, while who receives it works with it; send {name} too{tail}"
            )
        return (
            f"{name} is lost {when}: {whose} may release {raw}, which is "
            f"stored here, at any time; keep {name} beside it{tail}"
        )
    if use.how is How.RETURN or loss.when is When.LATER:
        return (
            f"{name} {LOST} this returns: {whose} may release {raw} at any time; return "
            f"{name} itself, or keep it where {use.holder or raw} is kept{tail}"
        )
    if use.how is How.SECOND_OWNER:
        return (
            f"{raw} gets a second owner here, and {name} is not kept: {whose} will close the "
            f"descriptor under the new file; keep {name}, or give os.NewFile a duplicate{tail}"
        )
    during = _during(use, loss)
    if use.taking.is_address:
        return (
            f"{name} is not kept {during}: {raw} is only a number, and the block of {name} may be "
            f"collected before the call returns{tail}"
        )
    kept = f"{raw}, taken from it," if use.is_kept else raw
    if use.holder is not None:
        kept = f"{raw}, which {use.holder} {'watches' if use.is_watched else 'has'},"
    elif use.taking.is_adopted:
        kept = f"{raw}, which it owns,"
    elif use.path and use.place.node.kind == "call_expression":
        kept = f"what {raw} has of it"
    elif raw == use.taking.text or raw.endswith(" of it"):
        kept = raw
    return (
        f"{name} is not kept {during}: it may be collected and {whose} may release {kept} "
        f"before {_before(use, loss)}{tail}"
    )


def _one_line(place: Place) -> str:
    return " ".join(place.text.split())


def _last_need(package: Package, loss: Loss) -> Iterator[Step]:
    if loss.variable is None or loss.when is not When.NOW:
        return
    file = loss.variable.file
    declared = file.tree.node_span(loss.variable.declaration).start
    last = last_needed(file, package.live, declared)
    if last is not None and last.line <= loss.site.span.line:
        yield Step(last.text, last.use.start)


def _during(use: RawUse, loss: Loss) -> str:
    if loss.when is When.GOROUTINE:
        return "while the goroutine runs"
    if loss.when is When.DEFERRED:
        return "until the deferred call"
    if use.how is How.READ:
        return "until this reads the memory"
    if use.how is How.KEY:
        return "until this looks it up"
    if use.node.kind == "range_clause":
        return "while the loop runs"
    function = use.node.field("function")
    called = Place(use.place.file, function).text if function is not None else "the call"
    return f"during {' '.join(called.split())}"


def _before(use: RawUse, loss: Loss) -> str:
    if loss.when in (When.GOROUTINE, When.DEFERRED) or use.how in (How.READ, How.KEY):
        return "it is used"
    return "the call returns"


def _whose(package: Package, taking: Taking, name: str) -> str:
    """Whose finalizer or cleanup releases the resource: what is lost may only hold that."""
    word = _word(package, taking)
    if taking.kind == RAW_CONN:
        return f"the {word} of its file or connection"
    inner = taking.path
    if inner and all(map(str.isidentifier, inner)) and taking.owner.text == name:
        return f"the {word} of {'.'.join((name, *inner))}"
    return f"its {word}"


def _word(package: Package, taking: Taking) -> str:
    if taking.kind is None:
        # Behind an interface: whatever this package, or the standard library, sets.
        return "finalizer or cleanup" if any(
            one.kind == ADD_CLEANUP for one in package.cleanups.calls) else "finalizer"  # fmt: skip
    if not taking.kind:
        return "cleanup"
    owner = package.owner_of(taking.kind)
    if owner is not None:
        return owner.word(taking.kind) or "finalizer"
    marks = package.cleanups.of_type(taking.kind)
    return marks[0].word if marks else "finalizer"


def _type_text(import_path: str, package: Package, taking: Taking) -> str | None:
    if not taking.kind or taking.kind == RAW_CONN:
        return taking.kind or None
    owner = package.owner_of(taking.kind)
    if owner is not None:
        return f"*{owner.path}.{taking.kind.rpartition('.')[2]}"
    standard = standard_type(taking.kind) is not None
    return f"*{taking.kind}" if standard else f"*{import_path}.{taking.kind}"


def _earlier(fault: Fault) -> Iterator[Step]:
    for one in fault.earlier[-_MOST_EARLIER:]:
        yield Step(f"nor is it kept while {one.text} is used here", one.place.span.start)


def _evidence(package: Package, use: RawUse, loss: Loss, verdict: Verdict) -> Iterator[Step]:
    taking = use.taking
    if loss.released is not None:
        yield Step(f"{taking.text} is released here", loss.released.span.start)
        return
    if taking.kind == RAW_CONN:
        yield Step(
            "the *os.File or connection that it is of has a finalizer (os/file_unix.go, "
            "os/file_windows.go, net/fd_posix.go)"
        )
    elif taking.kind is not None:
        standard = standard_type(taking.kind)
        if standard is not None:
            yield Step(f"*{taking.kind} has a finalizer ({standard.source})")
        owner = package.owner_of(taking.kind)
        if owner is not None:
            yield Step(f"*{taking.kind} has a {owner.word(taking.kind)} (set in {owner.path})")
        for mark in package.cleanups.of_type(taking.kind)[:1]:
            yield Step(f"the {mark.word} of *{taking.kind} is set here", mark.span.start)
    if taking.is_adopted:
        yield Step(f"{loss.name} owns {use.text} from here on", taking.expression.span.start)
    elif use.is_kept:
        yield Step(f"{use.text} {TAKEN} {loss.name} here", taking.expression.span.start)
    site = loss.site.span.start
    yield from _last_need(package, loss)
    if loss.kept is None:
        yield Step(f"nothing holds {loss.name} once {taking.text} is read", site)
    elif loss.when is When.NOW and verdict.level > Level.DOUBT:
        if is_generic(loss.site):
            yield Step(f"nothing in the function needs {loss.kept} from here on", site)
        else:
            yield Step(
                f"the compiler, asked by a trial, does not keep {loss.kept} until here; with "
                f"runtime.KeepAlive({loss.kept}) behind it one value more is live", site,
            )  # fmt: skip
    elif loss.when is When.GOROUTINE:
        yield Step(f"{loss.kept} is not used behind the go statement", site)
    yield from verdict.steps
