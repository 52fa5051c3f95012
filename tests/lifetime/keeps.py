"""``python -m tests.lifetime.keeps [--go RELEASE]``: KeepAlive calls, run with and without them.

Each shape of ``programs/keeps`` has one. Where the run ends otherwise without it the call keeps
something, and nothing may be told of it. Exit status 1: something is.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tests.lifetime.oracle import outcomes, shapes, told
from tests.toolchains import go_binary

_PROGRAM = Path(__file__).parent / "programs" / "keeps"
_CALL = re.compile(r"(?:defer )?runtime\.KeepAlive\((.*)\)")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lifetime.keeps", description=__doc__)
    parser.add_argument("--go", default="1.27", metavar="RELEASE")
    go = str(go_binary(parser.parse_args(argv).go))
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    said = told(go, environment, _PROGRAM)
    with_calls = outcomes(go, environment, _PROGRAM)
    with tempfile.TemporaryDirectory(prefix="golsp-mem-keeps-") as scratch:
        plain = Path(scratch) / "keeps"
        shutil.copytree(_PROGRAM, plain)
        text = (plain / "keeps.go").read_text(encoding="utf-8")
        (plain / "keeps.go").write_text(_CALL.sub(_without, text), encoding="utf-8")
        without = outcomes(go, environment, plain)
    wrong = found = idle = 0
    for shape in shapes(_PROGRAM):
        messages = [one.message for one in said
                    if one.file == shape.file and one.line in shape.lines]  # fmt: skip
        keeps = with_calls[shape.name] != without[shape.name]
        idle += not keeps
        found += bool(messages) and not keeps
        wrong += bool(messages) and keeps
        if bool(messages) == keeps:
            print(
                "!" if keeps else " ", shape.name, "keeps" if keeps else "keeps nothing", messages
            )
    print(f"{found} of {idle} calls that keep nothing told, {wrong} false of {len(without) - idle}")
    return int(bool(wrong))


def _without(call: re.Match[str]) -> str:
    return f"_ = {0 if call[1] == 'nil' else call[1]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
