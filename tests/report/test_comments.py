"""What comments decide: suppressions, promises, and complaints about the comments themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from golsp_mem.analysis.dependencies import SourceCache
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Analysis, Code, Finding, Severity
from golsp_mem.report.model import Quiet
from golsp_mem.report.policy.judge import Judged, judged
from tests.report.judging import GO, LINUX, WINDOWS, analysed, found, judge, told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "m.go"


def of_line(
    file: Path, line: str, settings: Settings | None = None, code: Code = Code.HEAP_NEW
) -> Judged:
    """What is made of one line in a function; ``new(T)`` in it is found."""
    file.write_text(f"package m\n\nfunc F() {{\n\t{line}\n}}\n")
    findings = [found(file, "new(T)", code)] if "new(T)" in line else []
    return judge(analysed([file], *findings), settings=settings)


NEW = ("heap-new", "hint")
UNUSED = ("directive-unused", "warning")
MALFORMED = ("directive-malformed", "warning")
UNEXPLAINED = ("directive-unexplained", "warning")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("use(new(T))", [NEW]),
        ("use(new(T)) //golsp-mem:ignore heap-new why", []),
        ("use(new(T)) //golsp-mem:ignore heap-* why", []),
        ("use(new(T)) //golsp-mem:ignore * why", []),
        ("use(new(T)) //golsp-mem:ignore heap-defer,heap-new why", []),
        ("use(new(T)) //nolint:golsp-mem // why", []),
        ("use(new(T)) //nolint:errcheck,golsp-mem", []),
        ("use(new(T)) //nolint", []),
        ("use(new(T)) //nolint:all", []),
        ("use(new(T)) //nolint:errcheck", [NEW]),
        # One that names golsp-mem and does nothing is told of, any other may serve others.
        ("use() //golsp-mem:ignore heap-new why", [UNUSED]),
        ("use(new(T)) //golsp-mem:ignore heap-defer why", [NEW, UNUSED]),
        ("use() //nolint:golsp-mem // why", [UNUSED]),
        ("use() //nolint:errcheck,golsp-mem", [UNUSED]),
        ("use() //nolint", []),
        ("use() //nolint:all", []),
        # What cannot be understood suppresses nothing.
        ("use(new(T)) //golsp-mem:ignore heap-nwe why", [NEW, MALFORMED]),
        ("use(new(T)) //golsp-mem:ignore", [NEW, MALFORMED]),
        ("use(new(T)) //golsp-mem:ignroe heap-new why", [NEW, MALFORMED]),
        ("use(new(T)) //nolint:golspmem", [NEW, MALFORMED]),
        # What is understood of it does.
        ("use(new(T)) //golsp-mem:ignore heap-nwe,heap-new why", [MALFORMED]),
        # Comments about comments: never about themselves.
        ("use() //golsp-mem:ignroe //golsp-mem:ignore directive-malformed why", []),
        ("use() //golsp-mem:ignore directive-unused why", []),
        (
            "//golsp-mem:ignore directive-unused why\n\t//golsp-mem:ignore heap-new why\n\tuse()",
            [],
        ),
        (
            "//golsp-mem:ignore directive-malformed why\n\t//golsp-mem:ignroe x\n\tuse(new(T))",
            [NEW],
        ),
        ("use(new(T)) //golsp-mem:ignore heap-defer //golsp-mem:ignore directive-unused", [NEW]),
    ],
)
def test_suppressions(file: Path, line: str, expected: list[tuple[str, str]]) -> None:
    assert told(of_line(file, line)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("use(new(T)) //golsp-mem:ignore heap-new", [UNEXPLAINED]),
        ("use(new(T)) //golsp-mem:ignore heap-new once per start", []),
        ("use(new(T)) //nolint:golsp-mem", [UNEXPLAINED]),
        ("use(new(T)) //nolint:golsp-mem // once per start", []),
        ("use(new(T)) //nolint", []),
        ("use() //golsp-mem:ignore heap-new", [UNEXPLAINED, UNUSED]),
    ],
)
def test_reasons_can_be_required(file: Path, line: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(told(of_line(file, line, Settings(require_reason=True)))) == sorted(expected)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("use() //golsp-mem:ignore heap-nwe", "unknown code 'heap-nwe' (did you mean heap-new?)"),
        (
            "use() //nolint:golsp-mem",
            "//nolint:golsp-mem suppresses nothing of golsp-mem; remove it",
        ),
        (
            "use() //nolint:errcheck,golsp-mem",
            "suppresses nothing of golsp-mem; remove golsp-mem from its list",
        ),
        (
            "use() //golsp-mem:ignore heap-new,heap-defer",
            "//golsp-mem:ignore heap-new,heap-defer suppresses nothing of golsp-mem; remove it",
        ),
    ],
)
def test_complaints_say_what_to_do(file: Path, line: str, says: str) -> None:
    [one] = of_line(file, line).report.for_people
    assert one.finding.message.endswith(says)
    start = line.index("//") + 2
    assert (one.finding.span.line, one.finding.span.column) == (4, start)


def test_a_comment_for_a_code_that_is_off_is_not_unused(file: Path) -> None:
    line = "use(new(T)) //golsp-mem:ignore heap-new why"
    off = {code: Severity.WARNING for code in Code if code is not Code.HEAP_NEW}
    made = of_line(file, line, Settings(severity=off))
    assert told(made) == []
    assert made.report.left.suppressed == 0


def test_a_verdict_never_does_not_use_a_comment(file: Path) -> None:
    file.write_text("package m\n\nfunc F() {\n\tnew(T) //golsp-mem:ignore heap-new why\n}\n")
    never = found(file, "new(T)", allocates=Allocates.NEVER)
    assert told(judge(analysed([file], never))) == [UNUSED]


def test_what_is_suppressed_is_counted(file: Path) -> None:
    made = of_line(file, "use(new(T)) //golsp-mem:ignore heap-new why")
    assert made.report.left.suppressed == 1
    assert made.report.shown == ()


def test_a_comment_is_used_if_one_configuration_uses_it(file: Path) -> None:
    file.write_text("package m\n\nfunc F() {\n\tnew(T) //golsp-mem:ignore heap-new why\n}\n")
    without = Analysis(GO, (analysed([file]),), seconds=1.0)
    using = Analysis(GO, (analysed([file], found(file, "new(T)")),), seconds=1.0)

    def codes(*analyses: Analysis) -> list[list[Code]]:
        pairs = list(zip((LINUX, WINDOWS), analyses, strict=True))
        made = judged(pairs, Settings(), file.parent, SourceCache())
        return [[one.finding.code for one in two.report.shown] for two in made]

    assert codes(without, using) == [[], []]
    assert codes(without, without) == [[Code.DIRECTIVE_UNUSED], [Code.DIRECTIVE_UNUSED]]


# ---- promises

PROMISED = """\
package m

//golsp-mem:noalloc the hot path
func F(n int) (*T, error) {
	if n < 0 {
		panic(fmt.Sprint("n", n))
	}
	if n == 0 {
		return nil, fmt.Errorf("bad %v", m)
	}
	return new(T), nil//0
}

func Free() *U { return new(U) }
"""


def promised(file: Path, comment: str = "", **fields: object) -> list[Finding]:
    file.write_text(PROMISED.replace("//0", comment))
    return [
        found(file, 'fmt.Sprint("n", n)', Code.HEAP_BOXING),
        found(file, 'fmt.Errorf("bad %v", m)', Code.HEAP_OTHER),
        found(file, "new(T)", **fields),
        found(file, "new(U)", function="example.com/m.Free"),
    ]


def contracts(made: Judged) -> list[tuple[str, str]]:
    return [
        (one.finding.subject or "", one.severity)
        for one in made.report.for_people
        if one.finding.code is Code.CONTRACT_NOALLOC
    ]


@pytest.mark.parametrize(
    ("exempt", "expected"),
    [
        ((), ['fmt.Sprint("n", n)', 'fmt.Errorf("bad %v", m)', "new(T)"]),
        (("panic",), ['fmt.Errorf("bad %v", m)', "new(T)"]),
        (("error",), ['fmt.Sprint("n", n)', "new(T)"]),
        (("panic", "error"), ["new(T)"]),
    ],
)
def test_a_promise_is_broken_by_each_allocation(
    file: Path, exempt: tuple[str, ...], expected: list[str]
) -> None:
    made = judge(analysed([file], *promised(file)), settings=Settings(noalloc_exempt=exempt))
    assert contracts(made) == [(subject, Severity.ERROR) for subject in expected]
    # Each allocation that breaks it is said once to people, and stays there for programs.
    plain = {one.finding.subject: one.quiet for one in made.report.shown
             if one.finding.code is not Code.CONTRACT_NOALLOC}  # fmt: skip
    assert plain == {
        subject: Quiet.RETOLD if subject in expected else None
        for subject in ('fmt.Sprint("n", n)', 'fmt.Errorf("bad %v", m)', "new(T)", "new(U)")
    }


@pytest.mark.parametrize(
    ("allocates", "expected"),
    [
        (Allocates.ALWAYS, [("new(T)", Severity.ERROR)]),
        (Allocates.CONDITIONAL, [("new(T)", Severity.WARNING)]),
        (Allocates.NEVER, []),
    ],
)
def test_how_sure_a_promise_is_broken(
    file: Path, allocates: Allocates, expected: list[tuple[str, str]]
) -> None:
    package = analysed([file], *promised(file, allocates=allocates)[2:])
    assert contracts(judge(package)) == expected
    assert contracts(judge(package, with_never=True)) == expected


def test_the_message_names_the_promise(file: Path) -> None:
    made = judge(analysed([file], *promised(file)[2:3]))
    [one] = made.report.for_people
    text = "breaks //golsp-mem:noalloc of F: new(T) is allocated on the heap"
    assert one.finding.message == text
    assert made.report.reaches(Severity.ERROR)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("", [("contract-noalloc", "error")]),
        # An ignored allocation is excused from the promise.
        (" //golsp-mem:ignore heap-new why", []),
        (" //nolint:golsp-mem // why", []),
        # The promise alone is ignored: the allocation is told of itself.
        (" //golsp-mem:ignore contract-noalloc why", [("heap-new", "hint")]),
        (" //golsp-mem:ignore contract-* why", [("heap-new", "hint")]),
    ],
)
def test_a_broken_promise_can_be_ignored(
    file: Path, comment: str, expected: list[tuple[str, str]]
) -> None:
    assert told(judge(analysed([file], *promised(file, comment)[2:3]))) == expected


def test_without_promises_the_allocation_is_told_of_itself(file: Path) -> None:
    on = {code: Severity.HINT for code in Code if code is not Code.CONTRACT_NOALLOC}
    package = analysed([file], *promised(file)[2:3])
    assert told(judge(package, settings=Settings(severity=on))) == [("heap-new", "hint")]


def test_a_promise_holds_where_allocations_are_not_told_of(file: Path) -> None:
    only = Settings(severity={Code.CONTRACT_NOALLOC: Severity.ERROR})
    made = judge(analysed([file], *promised(file)[2:]), settings=only)
    assert told(made) == [("contract-noalloc", "error")]


@pytest.mark.parametrize(
    ("findings", "why"),
    [
        ({"bookkeeping": True}, "the runtime's books are not the author's affair"),
        ({"code": Code.STACK_LARGE_FRAME}, "it takes no heap"),
        ({"code": Code.KEEPALIVE_MISSING}, "it takes no heap"),
    ],
)
def test_what_breaks_no_promise(file: Path, findings: dict[str, object], why: str) -> None:
    file.write_text(PROMISED)
    package = analysed([file], found(file, "new(T)", **findings))  # type: ignore[arg-type]
    assert contracts(judge(package)) == [], why


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("func F() {\n\t//gcassert:noescape\n\tuse(new(T))\n}\n", 1),
        ("func F() {\n\t//gcassert:inline\n\tuse(new(T))\n}\n", 0),
        ("// +checkescape\nfunc F() {\n\tuse(new(T))\n}\n", 1),
        ("// +checkescape:stack\nfunc F() {\n\tuse(new(T))\n}\n", 0),
        ("// +checkescape\nfunc F() {\n\tuse(new(T)) // escapes: why\n}\n", 0),
        ("func F() {\n\tuse(new(T)) //golsp-mem:noalloc\n}\n", 1),
        # Two promises about one allocation: one breach.
        ("//golsp-mem:noalloc\n// +checkescape\nfunc F() {\n\tuse(new(T))\n}\n", 1),
    ],
)
def test_promises_in_other_words(file: Path, text: str, expected: int) -> None:
    file.write_text(f"package m\n\n{text}")
    assert len(contracts(judge(analysed([file], found(file, "new(T)"))))) == expected


def test_a_file_that_is_gone_decides_nothing(file: Path) -> None:
    package = analysed([file], *promised(file)[2:3])
    file.unlink()
    assert told(judge(package)) == [("heap-new", "hint")]


def test_a_broken_promise_carries_what_breaks_it(file: Path) -> None:
    """Two allocations at one place, of which one's sentence ends like the other's: neither the
    place nor the words tell them apart."""
    file.write_text("package m\n\n//golsp-mem:noalloc\nfunc F() {\n\tuse(new(T))\n}\n")
    first, second = (
        evolve(found(file, "new(T)"), message=message)
        for message in ("new(T) is allocated", "loop: new(T) is allocated")
    )
    made = judge(analysed([file], first, second)).report.shown
    breaches = [one.finding for one in made if one.finding.code is Code.CONTRACT_NOALLOC]
    broken = [one.breach.allocation for one in breaches if one.breach]
    assert [one.message for one in broken] == [first.message, second.message]
    assert len({one.fingerprint for one in broken}) == 2
    for one in breaches:
        assert one.breach is not None
        assert one.message == f"{one.breach.promise}: {one.breach.allocation.message}"
