"""Compiles a module with a release and asks lifetimes of it, through the real toolchain code."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from golsp_mem.analysis.engine import Engine
from golsp_mem.analysis.lifetime.proving.fixes import KeepEdit
from golsp_mem.analysis.proof.claims import ValueLive, Verdict
from golsp_mem.compiler.facts import NEWEST_MINOR
from golsp_mem.compiler.text.liveness import Liveness
from golsp_mem.config import Settings
from golsp_mem.model import Allocates, Finding
from golsp_mem.source.edits import applied, moved
from golsp_mem.source.syntax import GoFile
from golsp_mem.toolchain.go import Toolchain, find_go
from golsp_mem.toolchain.plans.live import compiler_of
from tests.fixtures.wants import wanted as wants_of
from tests.toolchains import go_binary

FIXTURES = Path(__file__).parents[3] / "fixtures" / "keepalive"


@frozen
class Workshop:
    """A module directory and a Go release."""

    toolchain: Toolchain
    directory: Path
    settings: Settings

    @classmethod
    def open(cls, release: str, directory: Path) -> Workshop:
        settings = Settings(go_path=str(go_binary(release)))
        return cls(asyncio.run(find_go(settings, directory)), directory, settings)

    def files(self) -> list[GoFile]:
        return [
            GoFile.parse(str(path), path.read_bytes())
            for path in sorted(self.directory.glob("*.go"))
        ]

    def file(self, name: str = "main.go") -> GoFile:
        path = self.directory / name
        return GoFile.parse(str(path), path.read_bytes())

    async def compile_live(self, overlay: Mapping[Path, bytes]) -> Liveness:
        compiler = compiler_of(
            self.toolchain, ".", directory=self.directory, settings=self.settings
        )
        return await compiler(overlay)

    def live(self, overlay: Mapping[Path, bytes] | None = None) -> Liveness:
        return asyncio.run(self.compile_live(overlay or {}))

    def findings(self) -> list[Finding]:
        """What the engine finds of lifetimes; doubts left out."""
        analysis = asyncio.run(self._engine().check(["."]))
        return [
            one
            for one in analysis.findings
            if one.code.startswith("keepalive-") and one.allocates is not Allocates.NEVER
        ]

    def _engine(self) -> Engine:
        # Without a store: a fixture's text stays, the code that reads it does not.
        return Engine(self.settings, self.directory, cache=Path(os.devnull))

    def proved(self, file: GoFile, edit: KeepEdit) -> Verdict:
        """What the compiler says of an edit, as it is asked before the edit is offered."""
        edits = {Path(file.path): applied(file, edit.edits)}
        claim = ValueLive(edit.variable, edit.call, moved(file, edit.edits, edit.call))

        async def judged() -> Verdict:
            judge = await self._engine().judge()
            return await judge.judge(edits, claim)

        return asyncio.run(judged())

    def run(self, **environment: str) -> str:
        """Build and run the main package; its output."""
        done = subprocess.run(
            [self.toolchain.binary, "run", "."],
            cwd=self.directory,
            env={**os.environ, **self.toolchain.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def copied(case: str, target: Path) -> Path:
    """A fixture module in a place where it may be changed."""
    return Path(shutil.copytree(FIXTURES / case, target / case))


def wanted(directory: Path, *, compared: bool = True) -> set[tuple[str, int, str]]:
    """(file, line, code) of what a fixture wants of any release."""
    wants = wants_of(directory, NEWEST_MINOR, compared=compared)
    return {(want.file, want.line, want.code) for want in wants}


def reported(findings: list[Finding]) -> set[tuple[str, int, str]]:
    return {(Path(one.span.file).name, one.span.line, one.code.value) for one in findings}


def write(file: GoFile, edit: KeepEdit, text: bytes) -> None:
    """Put the edited text where the file is."""
    assert text != file.text, f"{edit} changes nothing"
    Path(file.path).write_bytes(text)


def is_formatted(toolchain: Toolchain, text: bytes) -> bool:
    """Whether gofmt of the release has nothing to change."""
    gofmt = Path(toolchain.version.goroot) / "bin" / "gofmt"
    done = subprocess.run([str(gofmt)], input=text, capture_output=True, check=True)
    return done.stdout == text
