"""Records what ``-m -live`` of each Go release prints for the sample.

Run ``python -m tests.data.live.record`` after a change of the sample or for a new release; it
writes ``go1.xx/live.txt``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.toolchains import RELEASES, go_binary

HERE = Path(__file__).parent


def record(go: Path, module: Path, flags: str = "-m -live") -> str:
    """The compiler's text for the module at ``module``, with paths relative to it."""
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
    done = subprocess.run(
        [str(go), "list", "-export", f"-gcflags={flags}", "."],
        cwd=module,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def main() -> None:
    for release in RELEASES:
        if release == "1.21":
            continue
        with tempfile.TemporaryDirectory() as scratch:
            module = Path(scratch) / "sample"
            shutil.copytree(HERE / "sample", module)
            target = HERE / f"go{release}" / "live.txt"
            target.parent.mkdir(exist_ok=True)
            text = record(go_binary(release), module)
            # Inlined library code has this machine's GOROOT in its positions.
            root = str(go_binary(release).parent.parent)
            target.write_text(text.replace(root, "$GOROOT"), encoding="utf-8")


if __name__ == "__main__":
    main()
