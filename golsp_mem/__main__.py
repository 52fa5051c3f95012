"""``python -m golsp_mem``."""

import contextlib
import os
import sys

# Python looks for modules where it was started first: a checkout could bring its own click.py.
with contextlib.suppress(FileNotFoundError):  # Of a directory that is gone nothing is loaded.
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109
        del sys.path[0]

from golsp_mem.cli.main import entry

entry()
