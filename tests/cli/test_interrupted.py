"""An interrupted command ends, whatever a thread of it still computes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from golsp_mem.cli import running
from golsp_mem.cli.interrupts import Terminated

PROGRAM = """
import threading, time
from golsp_mem.cli import main
from golsp_mem.cli.interrupts import Terminated

def busy(arguments, key):
    threading.Thread(target=time.sleep, args=(3600,)).start()
    raise {error}

main._dispatch = busy
main.entry()
"""


@pytest.mark.parametrize(("error", "status"), [("KeyboardInterrupt", 130), ("Terminated(15)", 143)])
def test_a_busy_thread_does_not_keep_the_program(error: str, status: int) -> None:
    program = PROGRAM.format(error=error)
    done = subprocess.run([sys.executable, "-c", program], timeout=60, capture_output=True)
    assert done.returncode == status


@pytest.mark.skipif(sys.platform == "win32", reason="there SIGTERM ends a process at once")
def test_a_signal_ends_what_computes_in_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_PATIENCE_SECONDS", 1)

    async def busy() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(10**9):
            pass

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated):
        running.run(busy())
    assert signal.getsignal(signal.SIGTERM) is before
