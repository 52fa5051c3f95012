"""What every test needs, however the suite was started."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from golsp_mem.analysis.invariants import STRICT

if TYPE_CHECKING:
    from xdist.scheduler import LoadFileScheduling

# Shells start background jobs deaf to Ctrl-C, nohup to a hang-up; programs under test inherit that.
_DEAF = {signal.SIGINT: signal.default_int_handler}
if hasattr(signal, "SIGHUP"):
    _DEAF[signal.SIGHUP] = signal.SIG_DFL

# VS Code's take turns at one server and one display: in two workers one would only wait.
_TOGETHER = "tests/editors/vscode/"
# What takes minutes begins first, or the last of it runs alone.
_LONGEST_FIRST = (
    _TOGETHER,
    "tests/e2e/test_shared_cache.py",
    "tests/ci/",
    "tests/editors/",
    "tests/cli/test_hostile.py",
    "tests/cli/test_blind.py",
    "tests/differential/",
    "tests/e2e/",
    "tests/faults/",
    "tests/analysis/",
    "tests/profile/",
    "tests/cli/",
)


# A slow machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """States that cannot be are failures here, of the programs under test too."""
    os.environ.setdefault(STRICT, "1")
    # The program starts two thousand times here: compiled anew each time, that is a third of it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Collecting garbage is a quarter of what the go command and the compiler cost.
    os.environ.setdefault("GOGC", "400")
    for number, handler in _DEAF.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first."""
    items.sort(key=lambda one: _turn(one.nodeid))


def _turn(nodeid: str) -> int:
    return next(
        (n for n, start in enumerate(_LONGEST_FIRST) if nodeid.startswith(start)),
        len(_LONGEST_FIRST),
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Files as ``--dist loadfile`` has them, but for those that go together."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(_TOGETHER):
                return _TOGETHER
            scope: str = super()._split_scope(nodeid)
            return scope

    return Together(config, log)
