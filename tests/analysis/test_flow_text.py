"""Flows of a package are asked of the compiler once, and never of the go command."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.flow_text import FlowText, FlowTexts
from golsp_mem.config import Settings
from golsp_mem.model import Finding, PackageAnalysis
from golsp_mem.toolchain.plans.planner import Planner
from golsp_mem.toolchain.processes import process
from tests.files import write_files
from tests.toolchains import go_binary

SOURCE = "package m\n\nvar sink any\n\n" + "".join(
    f"func f{n}(x int) *int {{ y := x + {n}; sink = []int{{y}}; return &y }}\n\n" for n in range(40)
)


class Started:
    """The programs that were started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        start = process._start

        async def counted(argv: list[str], *rest: object, **more: object) -> object:
            self.names.append(f"{Path(argv[0]).name} {argv[1]}".partition(" -")[0])
            return await start(argv, *rest, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(process, "_start", counted)

    def taken(self) -> list[str]:
        names, self.names = self.names, []
        return names


async def analysed(module: Path) -> tuple[Engine, PackageAnalysis, list[Finding]]:
    engine = Engine(Settings(go_path=str(go_binary("1.26"))), module, cache=module / "cache")
    [package] = (await engine.check(["."])).packages
    return engine, package, [one for one in package.findings if one.why is not None]


async def test_one_compile_answers_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"go.mod": "module m\n\ngo 1.22\n", "m.go": SOURCE})
    # A plan is kept of a directory that was not written to just now.
    await asyncio.sleep(2.1)
    engine, package, findings = await analysed(tmp_path)
    assert len(findings) >= 80
    started = Started(monkeypatch)
    first = await engine.flow(package, findings[-1])
    assert started.taken() == ["compile"]
    again = [await engine.flow(package, one) for one in findings]
    assert started.taken() == []
    assert again[-1] == first
    assert all(again)

    # As told by a fresh run with all reasons.
    [whole] = (await engine.check(["."], reasons=True)).packages
    told = {(one.code, one.span): one.reason[1:] for one in whole.findings}
    assert [told[one.code, one.span] for one in findings] == again

    (tmp_path / "m.go").write_text(SOURCE.replace("f3(", "g3("))
    await asyncio.sleep(0.1)
    started.taken()
    await engine.flow(package, findings[-1])
    assert "compile" in started.taken()


async def test_who_leaves_ends_the_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"go.mod": "module m\n\ngo 1.22\n", "m.go": SOURCE})
    engine, package, findings = await analysed(tmp_path)
    begun = asyncio.Event()

    class Endless:
        async def __aenter__(self) -> Endless:
            return self

        async def __aexit__(self, *_: object) -> None:
            ended.set()

        def __aiter__(self) -> Endless:
            return self

        async def __anext__(self) -> str:
            begun.set()
            await asyncio.sleep(0.001)
            return "m.go:1:1: can inline f"

    ended = asyncio.Event()
    monkeypatch.setattr(Planner, "text_of", lambda *_: Endless())
    monkeypatch.setattr(Planner, "state", lambda *_, **__: "the same")
    one, other = (asyncio.ensure_future(engine.flow(package, found)) for found in findings[:2])
    await begun.wait()
    await asyncio.sleep(0.05)
    one.cancel()
    await asyncio.sleep(0.05)
    assert not ended.is_set()
    other.cancel()
    await asyncio.wait_for(ended.wait(), 10)


async def test_what_fails_is_not_kept() -> None:
    class Failing:
        async def __aenter__(self) -> Failing:
            raise OSError("no")

        async def __aexit__(self, *_: object) -> None: ...

    texts = FlowTexts()
    text = texts.of("state", Failing)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="no"):
        [_ async for _ in text.pieces()]
    assert isinstance(texts.of("state", Failing), FlowText)  # type: ignore[arg-type]
    assert texts.of("state", Failing) is not text  # type: ignore[arg-type]
    texts.close()
