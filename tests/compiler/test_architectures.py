"""One portable package, compiled for several architectures: what is told of it is the same.

Each architecture compiles Go's runtime once, so the suite takes those that are read differently;
``GOLSP_MEM_TEST_ARCHITECTURES=all`` takes them all, with two releases.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.program import Done, run
from tests.toolchains import go_binary

PACKAGE = Path(__file__).parent / "portable"
ARCHITECTURES = (
    "amd64", "arm64", "386", "arm", "riscv64", "ppc64le", "s390x", "loong64", "mips", "mips64le",
)  # fmt: skip


def check(release: str, goarch: str, goos: str = "linux") -> Done:
    env = {**os.environ, "GOOS": goos, "GOARCH": goarch, "GOLSP_MEM_CACHE": "off", "GOFLAGS": ""}
    go = str(go_binary(release))
    return run("check", "--format", "json", "--go", go, cwd=PACKAGE, env=env)


def told(release: str, goarch: str) -> list[tuple[int, str, str, str | None]]:
    done = check(release, goarch)
    assert done.status == 0, done.stderr
    findings = json.loads(done.stdout)["findings"]
    return [(one["line"], one["code"], one["allocates"], one["type"]) for one in findings]


ALL = os.environ.get("GOLSP_MEM_TEST_ARCHITECTURES") == "all"


@pytest.mark.parametrize("release", ["1.22", "1.27"] if ALL else ["1.27"])
def test_every_architecture_tells_the_same(release: str) -> None:
    expected = told(release, "amd64")
    assert len(expected) > 15
    for goarch in ARCHITECTURES if ALL else ("386", "arm", "riscv64"):
        assert told(release, goarch) == expected, goarch


def test_what_cannot_be_read_is_refused() -> None:
    done = check("1.27", "wasm", "js")
    assert done.status == 2
    assert len(done.stderr.splitlines()) == 1
    assert "GOARCH=wasm cannot be read" in done.stderr
