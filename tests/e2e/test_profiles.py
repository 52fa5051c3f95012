"""What was measured, in an editor: a profile that the settings name, a benchmark that is run."""

from __future__ import annotations

import subprocess

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.e2e.conftest import Module
from tests.e2e.editor import editor_on
from tests.toolchains import go_binary

CODE = """package m

import "errors"

type T struct{ a, b, c int }

var kept *T

func Make(n int) { kept = &T{n, n, n} }

func Fail(n int) error {
	if n > 5 {
		return errors.New(string(make([]byte, n)))
	}
	return nil
}
"""
TESTS = """package m

import "testing"

func BenchmarkMake(b *testing.B) {
	for i := 0; i < b.N; i++ {
		Make(i)
	}
}

func Benchmarks() {}
"""


async def test_a_profile_speaks_in_hovers_hints_lenses_and_diagnostics(module: Module):
    folder = module({"a.go": CODE, "a_test.go": TESTS})
    subprocess.run(  # noqa: ASYNC221 - before the editor starts
        [str(go_binary("1.27")), "test", "-run=^$", "-bench=.", "-benchtime=100x",
         "-memprofile=heap.prof", "-memprofilerate=1", "-o=tests.out"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    settings = {"inlayHints": True, "profile": [str(folder / "*.prof")]}
    async with editor_on(folder, settings=settings) as editor:
        uri = await editor.opened(folder / "a.go")
        severity, message = [
            (one.severity, one.message)
            for params in editor.published
            if params.uri == uri
            for one in params.diagnostics
            if one.range.start.line == 8
        ][-1]
        assert severity in (types.DiagnosticSeverity.Information, types.DiagnosticSeverity.Warning)
        assert "in 101 objects" in message
        hover = await editor.hover(uri, 8, 27)
        assert hover is not None
        assert "measured 2424 B in 101 objects" in hover
        assert any("heap 24 B · " in label for _, label in await editor.hints(uri))
        assert any("measured" in title for _, title in await editor.lenses(uri))

        # Settings hold at once: what is hot, and whether anything was measured.
        def told() -> tuple[object, str]:
            found = editor.client.diagnostics[uri]
            return next((one.severity, one.message) for one in found if one.range.start.line == 8)

        for changed, level, measured in (
            ({**settings, "hot": 100}, types.DiagnosticSeverity.Hint, True),
            ({**settings, "hot": 0.001}, types.DiagnosticSeverity.Warning, True),
            ({"inlayHints": True}, types.DiagnosticSeverity.Hint, False),
            (settings, severity, True),
        ):
            editor.client.set_configuration({"golsp-mem": changed})
            editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({}))
            await editor.until(
                lambda level=level, measured=measured: (
                    (told()[0], "objects" in told()[1]) == (level, measured)
                )
            )


async def test_what_only_reports_errors_is_quiet_unless_asked(module: Module):
    folder = module({"a.go": CODE})
    async with editor_on(folder, settings={"inlayHints": True}) as editor:
        uri = await editor.opened(folder / "a.go")
        assert not any(place.startswith("12:") for place, _ in await editor.hints(uri))
        assert not any(line == 10 for line, _ in await editor.lenses(uri))
    settings = {"inlayHints": True, "coldPaths": "show"}
    async with editor_on(folder, settings=settings) as editor:
        uri = await editor.opened(folder / "a.go")
        assert any(line == 10 for line, _ in await editor.lenses(uri))


async def test_a_benchmark_is_profiled_by_its_lens(module: Module):
    folder = module({"a.go": CODE, "a_test.go": TESTS})
    async with editor_on(folder) as editor:
        uri = await editor.opened(folder / "a_test.go")
        titles = [(line, title) for line, title in await editor.lenses(uri) if "Profile" in title]
        assert titles == [(4, "Profile this benchmark")]
        where = {"uri": uri, "name": "BenchmarkMake"}
        page = await editor.run("golsp-mem.profileBenchmark", where)
        [figures] = page["numbers"].values()
        assert figures == {"allocs_per_op": 1, "bytes_per_op": 24}
        assert "a.go:9" in page["markdown"]
        with pytest.raises(JsonRpcException):
            await editor.run("golsp-mem.profileBenchmark", {"uri": uri, "name": "-x"})
