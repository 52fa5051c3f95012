"""`stack-too-large` is told where the size is the reason, and nowhere else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from golsp_mem.analysis.engine import Engine
from golsp_mem.config import resolve
from golsp_mem.model import Code
from golsp_mem.options import Options
from tests.analysis.stack.program import HERE
from tests.toolchains import go_binary

ONLY_LARGE = {"onlyLarge", "structLarge", "made", "newLarge", "literal"}
ONLY_LARGE |= {"printed", "returned", "elsewhere", "ranged", "keyed", "keyedLiteral", "typed"}
# Another reason would keep them on the heap, or (indexed) no smaller one compiles.
NOT_TOLD = {"escapes", "structEscapes", "madeEscapes", "stored", "closure", "indexed"}
NOT_TOLD |= {"returnedEscapes", "keyedEscapes", "typedKept"}


@pytest.mark.parametrize("release", ["1.24", "1.27"])
async def test_only_what_would_stay_if_it_were_small(release: str, tmp_path: Path) -> None:
    module = shutil.copytree(HERE / "programs" / "large", tmp_path / "large")
    settings = resolve(Options(go_path=str(go_binary(release))))
    analysis = await Engine(settings, module, cache=tmp_path / "cache").check(["."])
    told = {
        one.function.removeprefix("main.")
        for one in analysis.findings
        if one.code is Code.STACK_TOO_LARGE
    }
    assert told == ONLY_LARGE
    heap = {one.function.removeprefix("main.") for one in analysis.findings if one.bytes}
    assert heap >= NOT_TOLD
