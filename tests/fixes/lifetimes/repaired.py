"""The edits of lifetimes that a package gets, each confirmed, and the program with them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from golsp_mem.advice.fixes.candidate import Candidate
from golsp_mem.advice.fixes.confirm import Confirmer, confirmer_of
from golsp_mem.advice.fixes.rows.table import LIFETIMES
from golsp_mem.advice.fixes.sites import sites_in
from golsp_mem.analysis.engine import Engine
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Finding
from golsp_mem.source.syntax import GoFile
from tests.toolchains import go_binary


@frozen(eq=False)
class Offers:
    """``confirmed`` and ``refused`` are the candidates of one package."""

    confirmer: Confirmer
    confirmed: tuple[Candidate, ...]
    refused: tuple[Candidate, ...]

    async def texts(self, *, last: bool = False) -> dict[Path, bytes]:
        """The texts with one edit for each place: the first offered, or the last."""
        chosen: dict[tuple[str, int], Candidate] = {}
        for one in self.confirmed:
            span = one.findings[0].span
            top = self.confirmer.context.files[span.file].function_at(span.line)
            key = (span.file, top.span.line if top is not None else 0)
            if last or key not in chosen:
                chosen[key] = one
        fitting = self.confirmer.editor.fitting((), tuple(chosen.values()))
        return await self.confirmer.editor.texts(fitting) or {}


async def offers(directory: Path, release: str) -> Offers:
    """What an editor offers in the package of a directory, place by place."""
    settings = Settings(go_path=str(go_binary(release)))
    engine = Engine(settings, directory, cache=Path(os.devnull))
    analysis = await engine.check(["."])
    files = _parsed(analysis.packages[0].files)
    findings: list[Finding] = [
        one for one in analysis.findings
        if one.code.startswith("keepalive-") and one.allocates is not Allocates.NEVER
    ]  # fmt: skip
    confirmer = await confirmer_of(engine, files, analysis.findings)
    for file in files:
        package = analysis.packages[0].import_path
        findings += [
            one
            for one in sites_in(file, package, 1, file.tree.lines)
            if one.subject == "runtime.SetFinalizer"
        ]
    candidates = await confirmer.candidates(findings, LIFETIMES)
    confirmed, refused = [], []
    for one in candidates:
        found = await confirmer.confirmed(one)
        (confirmed if found is not None else refused).append(one)
    return Offers(confirmer, tuple(confirmed), tuple(refused))


def _parsed(paths: Iterable[str]) -> list[GoFile]:
    return [GoFile.parse(path, Path(path).read_bytes()) for path in paths]


def outcomes(directory: Path, release: str) -> dict[str, str]:
    """What the program prints of each shape. It fails where it does not build."""
    done = subprocess.run(
        [str(go_binary(release)), "run", "."],
        cwd=directory,
        env={**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(line.split("\t", 1) for line in done.stdout.splitlines())
