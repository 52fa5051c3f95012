"""Quick fixes for allocations: offered once the compiler has confirmed them, right in the text."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from golsp_mem.lsp.client.offer import FIX_ALL
from tests.e2e.conftest import Module
from tests.e2e.editor import Editor, editor_on
from tests.e2e.test_stack_and_lifetime import applied

KINDS = """package m

type kind interface{ name() string }

type basic string

func (b basic) name() string { return string(b) }

var number basic = "number"
"""
USES = """package m

import "fmt"

func Key(host, path string) string {
	return fmt.Sprintf("%s:%s", host, path)
}

func Double(xs []int) []int {
	out := []int{}
	for _, x := range xs {
		out = append(out, x*2)
	}
	return out
}

func Kind() kind {
	return number
}

func Doubled(xs []int) []int {
	var out []int
	for _, x := range xs {
		out = append(out, x*2)
	}
	return out
}
"""
PORT = """
func Port(host string, port int64) string {
	return fmt.Sprintf("%s:%d", host, port)
}
"""


async def asked(
    editor: Editor, uri: str, line: int, character: int, **context: Any
) -> dict[str, Any]:
    here = types.Position(line, character)
    raw = await editor.client.protocol.send_request_async(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            types.Range(here, here),
            types.CodeActionContext(list(editor.client.diagnostics.get(uri, [])), **context),
        ),
    )
    return {action.title: action for action in raw or []}


async def test_confirmed_edits_are_offered_where_the_allocation_is(module: Module) -> None:
    folder = module({"a.go": USES + PORT, "kinds.go": KINDS})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        await editor.until(lambda: editor.codes(folder / "a.go"))
        joined = await asked(editor, uri, 5, 30)
        fix = joined["Join with +: fmt.Sprintf and 2 boxed values → 1 concatenation"]
        assert fix.kind == types.CodeActionKind.QuickFix
        assert fix.diagnostics
        text = applied(USES + PORT, fix)
        assert 'return host + ":" + path\n' in text
        assert '"fmt"' in text, "Port needs it"
        [title] = [one for one in await asked(editor, uri, 29, 30) if one.startswith("Join")]
        assert title.endswith("1 concatenation, and strconv's string unless it is of 0 to 99")
        # Where the meaning changes in a corner the title says so, and the other edit is there, too.
        found = [title for title in await asked(editor, uri, 23, 10) if "Preallocate" in title]
        title = "Preallocate out: an append that grows → 1 allocation of len(xs)"
        assert sorted(found) == [title, f"{title} (empty instead of nil where len(xs) is 0)"]


async def test_an_automatic_question_is_answered_at_once_and_known_later(module: Module) -> None:
    folder = module({"a.go": USES, "kinds.go": KINDS})
    automatic = types.CodeActionTriggerKind.Automatic
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        await editor.until(lambda: editor.codes(folder / "a.go"))

        async def offered() -> bool:
            found = await asked(editor, uri, 5, 30, trigger_kind=automatic)
            return any(title.startswith("Join") for title in found)

        for _ in range(200):
            if await offered():
                break
        else:
            raise AssertionError("never offered")


async def test_all_safe_edits_of_a_file_at_once(module: Module) -> None:
    folder = module({"a.go": USES, "kinds.go": KINDS})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        await editor.until(lambda: editor.codes(folder / "a.go"))
        [(title, fix)] = (await asked(editor, uri, 0, 0, only=[FIX_ALL])).items()
        assert title == "Apply all 3 edits of golsp-mem"
        assert fix.kind == FIX_ALL
        text = applied(USES, fix)
        assert "out := make([]int, 0, len(xs))" in text
        assert "out = slices.Grow(out, len(xs))" in text
        assert "Sprintf" not in text
        # What was not asked for is not worked out.
        assert not [one for one in await asked(editor, uri, 0, 0) if one.startswith("Apply")]
        await editor.save_and_wait(folder / "a.go", text)
        assert await asked(editor, uri, 0, 0, only=[FIX_ALL]) == {}


CALLS = """package m

import (
	"regexp"
	"strings"
)

func Longest(s string) (n int) {
	for _, part := range strings.Split(s, ",") {
		n = max(n, len(part))
	}
	return n
}

func Matches(s string) bool {
	return regexp.MustCompile("^a+$").MatchString(s)
}
"""


async def offered(
    editor: Editor, uri: str, line: int, character: int, start: str
) -> dict[str, Any]:
    """What is offered once an edit is there whose title begins so: linked code is read first."""
    for _ in range(20):
        found = await asked(editor, uri, line, character)
        if any(title.startswith(start) for title in found):
            return found
    raise AssertionError(f"no {start}")


async def test_calls_that_allocate_further_in_have_edits_without_a_finding(module: Module) -> None:
    folder = module({"a.go": CALLS, "go.mod": "module example.com/m\n\ngo 1.26\n"})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        split = await offered(editor, uri, 8, 32, "Range over")
        fix = split["Range over strings.SplitSeq: the slice of the parts goes"]
        assert 'for part := range strings.SplitSeq(s, ",") {' in applied(CALLS, fix)
        once = await offered(editor, uri, 15, 20, "Make it once")
        [title] = [one for one in once if one.startswith("Make it once")]
        # What changes is said where a person chooses.
        assert title.endswith("(when the program starts, where a wrong pattern then panics)")
        assert "var matchesPattern = regexp.MustCompile" in applied(CALLS, once[title])


LIFETIMES = """package m

import "runtime"

type handle struct{ id int }

func Captured() *handle {
	h := &handle{1}
	runtime.AddCleanup(h, func(int) { println(h.id) }, 0)
	return h
}

func Finalized() *handle {
	h := &handle{1}
	runtime.SetFinalizer(h, func(h *handle) { println(h.id) })
	return h
}
"""


async def test_a_cleanup_that_keeps_its_object_gets_the_value(module: Module) -> None:
    folder = module({"a.go": LIFETIMES, "go.mod": "module example.com/m\n\ngo 1.26\n"})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a.go")
        await editor.until(lambda: editor.codes(folder / "a.go"))
        given = await offered(editor, uri, 8, 43, "Give the cleanup")
        [fix] = [one for title, one in given.items() if title.startswith("Give")]
        assert fix.diagnostics
        assert "func(id int) { println(id) }, h.id)" in applied(LIFETIMES, fix)
        # No finding is of a finalizer: who has the cursor there is offered the cleanup.
        used = await offered(editor, uri, 14, 12, "Use runtime.AddCleanup")
        [fix] = [one for title, one in used.items() if title.startswith("Use")]
        assert "AddCleanup(h, func(id int) { println(id) }, h.id)" in applied(LIFETIMES, fix)
