"""Comments of other tools: ``//nolint``, ``//gcassert:noescape``, ``// +checkescape``."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen

from golsp_mem.model import Code, Span
from golsp_mem.source.directives import Directives, Origin, exempt_lines, read_directives
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary

GO_AST = Path(__file__).parent / "goast" / "main.go"


def read(text: str) -> Directives:
    return read_directives(GoFile.parse("p.go", text.encode()))


def in_function(body: str) -> Directives:
    """The directives of a function's body; its first line is line 3."""
    return read(f"package p\nfunc F() {{\n{body}\n}}\n")


@pytest.mark.parametrize(
    ("comment", "explicit", "reason"),
    [
        ("//nolint", False, ""),
        ("// nolint", False, ""),
        ("///  nolint", False, ""),
        ("//nolint // why", False, "why"),
        ("//nolint why", False, ""),
        ("//nolint:all", False, ""),
        ("//nolint:allocs", False, ""),
        ("//nolint:golsp-mem,all", False, ""),
        ("//nolint:golsp-mem", True, ""),
        ("// nolint: golsp-mem", True, ""),
        ("//nolint:GOLSP-MEM", True, ""),
        ("//nolint:errcheck , golsp-mem // why // so", True, "why // so"),
    ],
)
def test_what_counts_as_a_nolint(comment: str, explicit: bool, reason: str) -> None:
    found = in_function(f"x() {comment}")
    assert found.malformed == ()
    (one,) = found.suppressions
    assert (one.codes, one.explicit, one.reason) == ((), explicit, reason)
    assert (one.first_line, one.last_line) == (3, 3)


@pytest.mark.parametrize(
    "comment",
    [
        *("//NOLINT", "//nolint,golsp-mem", "//nolintgolsp-mem", "//\tnolint", "/* nolint */"),
        *(
            "/*nolint:golsp-mem*/",
            "//nolint:errcheck",
            "//nolint:",
            "// see //nolint",
            "//nolint\t",
        ),
    ],
)
def test_what_does_not(comment: str) -> None:
    assert in_function(f"x() {comment}") == Directives()


HINT = "write // before the reason: //nolint:golsp-mem // why"


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (
            "//nolint:golsp-mem why",
            f"//nolint does not know 'golsp-mem why' ({HINT})",
        ),
        (
            "//nolint:errcheck,golspmem",
            "//nolint does not know 'golspmem' (did you mean golsp-mem?)",
        ),
    ],
)
def test_a_nolint_that_misses_golsp_mem_is_told(comment: str, text: str) -> None:
    found = in_function(f"x() {comment}")
    assert (found.suppressions, [one.text for one in found.malformed]) == ((), [text])


NOLINT = "//nolint:golsp-mem // why"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(f"{NOLINT}\npackage p\nvar x = 1\n", (1, 4), id="file"),
        pytest.param(f"{NOLINT}\n\npackage p\nvar x = 1\n", (1, 1), id="file-after-empty-line"),
        pytest.param(f"package p\n{NOLINT}\nfunc F() {{\n\tx()\n}}\n", (2, 5), id="function"),
        pytest.param(f"package p\n// F.\n{NOLINT}\nfunc F() {{\n}}\n", (2, 5), id="doc-comment"),
        pytest.param(f"package p\n{NOLINT}\n\nfunc F() {{\n}}\n", (2, 2), id="empty-line"),
        pytest.param(f"package p\n\t{NOLINT}\nfunc F() {{\n}}\n", (2, 2), id="other-column"),
        pytest.param(f"package p\nfunc F() {{ {NOLINT}\n\tx()\n}}\n", (2, 2), id="behind-func"),
        pytest.param(
            f"package p\nfunc F() {{\n\tx(1, {NOLINT}\n\t\t2)\n}}\n", (3, 3), id="behind-argument"
        ),
        pytest.param(
            f"package p\nfunc F() {{\n\t{NOLINT}\n\tif x {{\n\t\ty()\n\t}}\n}}\n",
            (3, 6),
            id="block",
        ),
        pytest.param(
            f"package p\nfunc F() {{\nswitch x {{\n{NOLINT}\ncase 1:\n\ty()\n// z\n}}\n}}\n",
            (4, 6),
            id="case",
        ),
        pytest.param(
            f"package p\nfunc F() {{\n\tx := 1 {NOLINT}\n           y()\n}}\n",
            (3, 3),
            id="below-left",
        ),
        pytest.param(
            f"package p\nvar x = 1 {NOLINT}\nvar y22 = f(\n\t1)\n", (2, 4), id="below-by-chance"
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_lines_that_a_nolint_governs(text: str, lines: tuple[int, int], newline: str) -> None:
    (one,) = read(text.replace("\n", newline)).suppressions
    assert (one.first_line, one.last_line) == lines


def test_only_the_first_nolint_above_code_reaches_into_it() -> None:
    found = in_function("//nolint:errcheck\n//nolint:golsp-mem\nx()")
    assert found.suppressions == ()
    assert [one.text for one in found.malformed] == [
        "of several //nolint above the same code only the first is read; join them"
    ]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("//gcassert:noescape\nx()", 4),
        ("// gcassert:bce,noescape\nx()", 4),
        ("x() //gcassert:noescape", 3),
        ("x() //nolint //gcassert:noescape", 3),
        ("x() /* //gcassert:noescape */", 3),
        ("x(\n\ta) //gcassert:noescape", 3),
        ("if a {\n\tx()\n} //gcassert:noescape", 3),
        ("for range a { //gcassert:noescape\n\tx()\n}", 4),
        ("for { //gcassert:noescape\n\tx()\n}", 4),
        ("x()\n//gcassert:noescape\n\ny()", 3),
        ("x()\n//gcassert:noescape\ny()", 5),
        ("x()\n\n//gcassert:noescape\n\ny()", 7),
    ],
)
def test_the_line_that_a_gcassert_governs(body: str, line: int) -> None:
    (one,) = in_function(body).contracts
    assert (one.first_line, one.last_line, one.function) == (line, line, None)
    assert (one.origin, one.anchor.line) == (Origin.GCASSERT, line)


def test_a_gcassert_above_a_function_governs_its_first_line() -> None:
    text = "package p\n\n// F.\n//\n//gcassert:noescape\nfunc F(a int) *int {\n\treturn &a\n}\n"
    (one,) = read(text).contracts
    assert (one.first_line, one.last_line) == (6, 6)
    assert one.governs(Span("p.go", 6, 8, 6, 9), Code.HEAP_VARIABLE)
    assert not one.governs(Span("p.go", 7, 9, 7, 11), Code.HEAP_VARIABLE)
    assert not one.governs(Span("p.go", 6, 8, 6, 9), Code.HEAP_MAP_INSERT)


@pytest.mark.parametrize(
    ("comment", "malformed"),
    [
        ("//gcassert:bce,inline", []),
        ("//gcassert: noescape", []),
        ("//  gcassert:noescape", []),
        ("//gcassert:noescpe", ["gcassert does not know 'noescpe' (did you mean noescape?)"]),
    ],
)
def test_what_is_no_gcassert_of_ours(comment: str, malformed: list[str]) -> None:
    found = in_function(f"x() {comment}")
    assert (found.contracts, [one.text for one in found.malformed]) == ((), malformed)


@pytest.mark.parametrize(
    ("comments", "has", "lacks"),
    [
        ("// +checkescape", Code.HEAP_MAKE_MAP, Code.HEAP_BOXING),
        ("// +checkescape:all", Code.HEAP_MAKE_MAP, Code.HEAP_CONCAT),
        ("// +checkescape:hard,stack", Code.HEAP_APPEND, Code.HEAP_MAP_INSERT),
        ("// +checkescape:local,hard", Code.HEAP_CLOSURE, Code.HEAP_BOXING),
        ("// +checkescape:heap", Code.HEAP_NEW, Code.HEAP_CLOSURE),
        ("// +checkescape:builtin", Code.HEAP_CLOSURE, Code.HEAP_NEW),
        ("// +checkescape:heap\n// +checkescape:local", Code.HEAP_NEW, Code.HEAP_APPEND),
        ("// +checkescape\n//\n//go:nosplit", Code.HEAP_NEW, Code.HEAP_CONCAT),
    ],
)
def test_what_a_checkescape_promises(comments: str, has: Code, lacks: Code) -> None:
    found = read(f"package p\n\n// F does.\n{comments}\nfunc F() {{\n\tx()\n}}\n")
    assert found.malformed == ()
    (one,) = found.contracts
    assert (one.origin, one.function) == (Origin.CHECKESCAPE, "F")
    assert one.last_line == one.first_line + 2
    assert has in (one.codes or ())
    assert lacks not in (one.codes or (lacks,))


OPTIONS = "all, builtin, dynamic, hard, heap, interface, stack, unknown, local"


@pytest.mark.parametrize(
    ("comments", "malformed"),
    [
        ("// +checkescape:stack,interface,dynamic,unknown", []),
        ("// +mustescape:local,heap", []),
        ("// says +checkescape", []),
        (
            "//+checkescape",
            ["//+checkescape: misspelt, not read by gVisor; write // +checkescape"],
        ),
        (
            "// +checkescapes:all",
            ["// +checkescapes:all: misspelt, not read by gVisor; write // +checkescape"],
        ),
        (
            "// +checkescape all",
            ["// +checkescape all: options follow a colon without blanks: // +checkescape:all"],
        ),
        (
            "// +checkescape:local",
            ["// +checkescape:local: it names no kind; write // +checkescape:local,hard"],
        ),
        (
            "// +mustescape:heaps",
            [f"// +mustescape:heaps: unknown option 'heaps' (there are {OPTIONS})"],
        ),
    ],
)
def test_a_checkescape_that_promises_nothing_we_judge(comments: str, malformed: list[str]) -> None:
    found = read(f"package p\n\n{comments}\nfunc F() {{\n}}\n")
    assert (found.contracts, [one.text for one in found.malformed]) == ((), malformed)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("package p\n// +checkescape:all\n\nfunc F() {\n}\n", True),
        ("package p\nfunc F() {\n\t// +checkescape\n\tx()\n}\n", True),
        ("package p\n// +checkescape\ntype T int\n", True),
        ("// +checkescape:all      - Analyzes for all escapes.\npackage p\n", False),
    ],
)
def test_a_checkescape_belongs_into_a_doc_comment(text: str, told: bool) -> None:
    found = read(text)
    assert (found.contracts, len(found.malformed)) == ((), told)


def test_lines_that_say_so_are_exempt() -> None:
    text = (
        "package p\n\n// +checkescape\nfunc F() {\n\tx() // escapes: no\n\ty() // ESCAPES\n"
        "\tz() // it escapes\n\t// escapes: alone\n\tw()\n}\n"
    )
    file = GoFile.parse("p.go", text.encode())
    (one,) = read_directives(file).contracts
    governed = [
        line for line in range(1, 11) if one.governs(Span("p.go", line, 2, line, 3), Code.HEAP_NEW)
    ]
    assert governed == [4, 7, 9]
    assert exempt_lines(file) == one.exempt_lines == {5, 6, 8}


@frozen
class Group:
    """A comment group as go/ast has it: see goast/main.go."""

    line: int
    column: int
    end_line: int
    owner: int
    below: int


def asked(paths: list[Path]) -> dict[str, list[Group]]:
    done = subprocess.run(
        [str(go_binary("1.26")), "run", str(GO_AST), *map(str, paths)],
        env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"},
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        name: [
            Group(one["Line"], one["Column"], one["EndLine"], one["Owner"], one["Below"])
            for one in groups or ()
        ]
        for name, groups in json.loads(done.stdout).items()
    }


def with_directives(text: bytes) -> bytes:
    """The file with both directives in every ``//`` comment, which stay where they are."""
    tree = GoFile.parse("p.go", text).tree
    parts, done = [], 0
    for node in tree.root.walk():
        if node.kind == "comment" and text.startswith(b"//", node.start):
            parts += [text[done : node.start], b"//nolint //gcassert:noescape "]
            done = node.start + 2
    return b"".join([*parts, text[done:]])


def behind_lines(text: bytes) -> bytes:
    """The file with both directives behind every other line, wherever a comment can stand, and
    alone above some."""
    tree = GoFile.parse("p.go", text).tree
    taken: set[int] = set()
    for node in tree.root.walk():
        if node.kind in ("comment", "raw_string_literal"):
            taken.update(range(tree.line_of(node.start), tree.line_of(node.end) + 1))
    lines = text.split(b"\n")
    for index, line in enumerate(lines[:-1]):
        if index % 2 and not taken & {index, index + 1}:
            indent = line[: len(line) - len(line.lstrip())]
            above = indent + b"//nolint //gcassert:noescape\n" + b"\n" * (index % 3)
            lines[index] = (above if index % 5 == 0 else b"") + line
            lines[index] += b" //nolint //gcassert:noescape" if index % 4 == 1 else b""
    return b"\n".join(lines)


SOURCES = [
    *("go/ast/commentmap.go", "go/ast/ast.go", "encoding/json/decode.go", "net/http/transport.go"),
    *("go/printer/nodes.go", "runtime/proc.go", "reflect/type.go", "text/template/exec.go"),
]


@pytest.mark.parametrize("marked", [with_directives, behind_lines])
def test_places_are_those_of_go_ast(tmp_path: Path, marked: Callable[[bytes], bytes]) -> None:
    root = go_binary("1.26").parents[1] / "src"
    files: dict[str, GoFile] = {}
    for source in SOURCES:
        # `go run` would take names in .go for its own.
        target = tmp_path / f"{source.replace('/', '_')}.txt"
        target.write_bytes(marked((root / source).read_bytes()))
        files[str(target)] = GoFile.parse(str(target), target.read_bytes())
    compared = 0
    for name, groups in asked([Path(name) for name in files]).items():
        file = files[name]
        found = read_directives(file)
        suppressions = {(one.span.line, one.span.column): one for one in found.suppressions}
        contracts = {one.span.line: one.first_line for one in found.contracts}
        for group in groups:
            start = file.tree.offset(group.line, group.column)
            if not file.text.startswith(b"//nolint", start):
                continue
            one = suppressions[group.line, group.column]
            # golangci-lint ends a file at its last declaration, we with its last line.
            end = group.end_line if not group.below else max(group.end_line, group.below)
            whole = one.last_line == file.tree.lines and group.below > 0
            assert one.first_line == group.line
            assert one.last_line == end or whole, (name, group)
            assert contracts[group.line] == group.owner, (name, group)
            compared += 1
    assert compared > 2000
