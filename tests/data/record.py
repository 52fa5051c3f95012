"""Records what ``-m=2`` of each Go release prints for escape-sample.

Run ``python -m tests.data.record`` after a change of the sample or for a new release; it
writes ``go1.xx/escape-flows.txt``. Lines about inlining are left out: nothing here reads them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.toolchains import RELEASES, go_binary

HERE = Path(__file__).parent
_INLINING = (": can inline ", ": cannot inline ", ": inlining call to ")


def record(go: Path, module: Path) -> str:
    """The text for the module at ``module``, with paths relative to it."""
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
    done = subprocess.run(
        [str(go), "build", "-gcflags=-m=2", "."],
        cwd=module,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stderr.splitlines(keepends=True)
    return "".join(line for line in lines if not any(word in line for word in _INLINING))


def main() -> None:
    for release in RELEASES:
        if release == "1.21":
            continue
        with tempfile.TemporaryDirectory() as scratch:
            module = Path(scratch) / "sample"
            shutil.copytree(HERE / "escape-sample", module)
            target = HERE / f"go{release}" / "escape-flows.txt"
            target.parent.mkdir(exist_ok=True)
            target.write_text(record(go_binary(release), module), encoding="utf-8")


if __name__ == "__main__":
    main()
